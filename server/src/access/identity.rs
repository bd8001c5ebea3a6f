//! Who a request comes from, and what they may do.

use super::{
    asked::Asked,
    proxy::ProxyUser,
    secret::{self, Hash, Kind},
};
use execdeck_wire::{Grants, Me, Right, Rights, Role, SignedInBy, Timestamp};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, net::IpAddr, ops::Deref, sync::Arc};
use uuid::Uuid;

/// How a request proves who it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// By the cookie of this session.
    Session(Uuid),
    /// By an API token.
    Token {
        /// Its public id.
        id: Uuid,
        /// What it is for, in its owner's words.
        label: String,
    },
    /// By the header of a trusted proxy.
    Proxy,
    /// By what the host application says.
    Application,
}

/// Who a request comes from, and what they may do, as it was when the request came.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The account's id.
    pub person: Uuid,
    /// The account's name, as it is on record.
    pub name: String,
    /// The account's role.
    pub role: Role,
    /// What the request may do: the role's rights, or fewer for a token.
    pub rights: Rights,
    /// What the rights are narrowed to.
    pub grants: Grants,
    /// How the request proves it.
    pub via: Via,
    /// When the sign-in ends, used or not; none: when it is ended.
    pub expires_at: Option<Timestamp>,
    pub(super) credential: Credential,
}

impl Identity {
    /// Whether they have this right, for what they may see.
    pub fn may(&self, right: Right) -> bool {
        self.rights.contains(right)
    }

    /// Whether a process with these labels that was started from this template, or a template with these labels, exists for
    /// them.
    pub fn may_see(&self, labels: &BTreeMap<String, String>, template: Option<Uuid>) -> bool {
        self.may(Right::View) && self.grants.cover(labels, template)
    }

    /// Whether they may read the output of such a process.
    pub fn may_read(&self, labels: &BTreeMap<String, String>, template: Option<Uuid>) -> bool {
        self.may(Right::ReadOutput) && self.grants.cover(labels, template)
    }

    /// The answer to `whoami`. `free_commands`: whether the policy lets them start commands outside templates.
    pub fn me(&self, free_commands: bool) -> Me {
        let via = self.signed_in_by();
        let free_commands = free_commands && self.may(Right::Start);
        let (name, grants) = (self.name.clone(), self.grants.clone());
        Me { name, role: self.role, rights: self.rights, grants, via, free_commands, expires_at: self.expires_at }
    }

    /// How the request proves who it comes from, as others are told.
    pub fn signed_in_by(&self) -> SignedInBy {
        match self.via {
            Via::Session(_) => SignedInBy::Session,
            Via::Token { .. } => SignedInBy::Token,
            Via::Proxy => SignedInBy::Proxy,
            Via::Application => SignedInBy::Application,
        }
    }

    /// The session's id, if it is one.
    pub fn session(&self) -> Option<Uuid> {
        if let Via::Session(id) = self.via { Some(id) } else { None }
    }
}

/// Who has sent a request, and from where.
#[derive(Clone, Debug)]
pub struct Requester {
    /// Who.
    pub identity: Arc<Identity>,
    /// The address that the request came from, if it is known.
    pub address: Option<IpAddr>,
}

impl Deref for Requester {
    type Target = Identity;

    fn deref(&self) -> &Identity {
        &self.identity
    }
}

/// What came with a request. A bearer token counts alone, then a trusted proxy's word, then the cookie.
#[derive(Clone, Debug, Default)]
pub struct Credentials<'a> {
    /// The value of the session's cookie.
    pub cookie: Option<&'a str>,
    /// What follows `Bearer` in the `Authorization` header.
    pub bearer: Option<&'a str>,
    /// Whom a trusted proxy names.
    pub proxy: Option<ProxyUser>,
}

/// What an identity was found by, and can be found by again.
#[derive(Clone, Debug)]
pub(super) enum Credential {
    Session(Hash),
    Token(Hash),
    Proxy(ProxyUser),
    /// Somebody whom a trusted proxy has named before. What it said then must not be held against what it says now.
    Person(Uuid),
    /// Whom the host application has signed in.
    Application(Asked),
}

impl Credential {
    /// What the cache finds it by: hashes of different kinds are never equal. What the host application says is not in the cache.
    pub(super) fn key(&self) -> Hash {
        match self {
            Self::Session(hash) | Self::Token(hash) => *hash,
            Self::Proxy(user) => Sha256::digest(format!("proxy\0{}\0{:?}", user.name, user.role)).into(),
            Self::Person(id) => Sha256::digest(format!("person\0{id}")).into(),
            Self::Application(_) => unreachable!("the host application is asked instead"),
        }
    }

    pub(super) fn of_cookie(cookie: &str) -> Option<Self> {
        secret::parse(Kind::Session, cookie).map(Self::Session)
    }
}
