//! The whole server, as a process of its own, spoken to from outside.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../common/mod.rs"]
mod common;

mod access;
mod account_pages;
mod api;
mod audit;
mod audit_full_disk;
mod authenticator;
mod backup;
mod base_path;
mod browser;
mod client;
mod client_example;
mod client_network;
mod client_service;
mod compress;
mod config;
mod errors;
mod events;
mod export;
mod guard;
mod hardening;
mod health;
mod keeper;
mod limits;
mod lines;
mod losing_rights;
mod mounted;
mod oidc;
mod openapi;
mod output;
mod pages;
mod passkeys;
mod people;
mod per_person;
mod policy;
mod proxied;
mod queue;
mod relay;
mod restart;
mod search;
mod secrets;
mod shutdown;
mod site;
mod stop_command;
mod stream;
mod structure;
mod support;
mod template_commands;
mod template_edit_pages;
mod template_pages;
mod template_secrets;
mod templates;
mod usage;
