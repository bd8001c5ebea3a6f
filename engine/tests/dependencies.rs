//! The walls between the crates: what each may not depend on.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::process::Command;

/// The names of all crates that a crate is built from.
fn tree(package: &str) -> Vec<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--offline", "--package", package, "--edges", "normal", "--prefix", "none", "--format", "{p}"]);
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn the_engine_knows_neither_pages_nor_http() {
    let crates = tree("execdeck-engine");
    assert!(crates.iter().any(|name| name == "rusqlite"), "{crates:?}");
    for forbidden in ["leptos", "axum", "hyper", "http", "execdeck-app", "execdeck-server"] {
        assert!(!crates.iter().any(|name| name == forbidden), "{forbidden}");
    }
}

#[test]
fn the_wire_types_know_nothing_of_threads_files_or_the_rest_of_the_project() {
    let crates = tree("execdeck-wire");
    assert!(crates.iter().any(|name| name == "serde"), "{crates:?}");
    for forbidden in ["tokio", "leptos", "axum", "rusqlite", "rustix", "execdeck-engine", "execdeck-app"] {
        assert!(!crates.iter().any(|name| name == forbidden), "{forbidden}");
    }
}

#[test]
fn the_client_knows_neither_pages_nor_the_rest_of_the_project_and_needs_no_cmake() {
    let crates = tree("execdeck-client");
    assert!(crates.iter().any(|name| name == "hyper"), "{crates:?}");
    for forbidden in ["leptos", "axum", "rusqlite", "aws-lc-rs", "openssl", "execdeck-engine", "execdeck-app", "execdeck-server"] {
        assert!(!crates.iter().any(|name| name == forbidden), "{forbidden}");
    }
}
