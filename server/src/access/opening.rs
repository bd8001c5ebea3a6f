//! Opening a session, however somebody has proved who they are.

use super::{
    error::AccessError,
    handle::Access,
    identity::{Credential, Identity},
    passkeys::{NO_SITE, Site},
    secret::{self, Hash, Kind},
    store::{people, sessions},
};
use crate::audit::Draft;
use execdeck_wire::{ErrorCode, SessionInfo, Timestamp};
use rusqlite::Transaction;
use serde_json::Value;
use std::{
    net::IpAddr,
    sync::{Arc, Mutex},
};
use uuid::Uuid;

/// How much of what a browser calls itself is kept, in characters.
const AGENT_CHARS: usize = 200;

/// Where a request to sign in comes from.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// The address, as the trusted proxies say.
    pub address: Option<IpAddr>,
    /// What the browser calls itself (`User-Agent`).
    pub agent: Option<String>,
    /// The value of the session's cookie that it has; that session ends.
    pub session: Option<String>,
    /// The value of the cookie by which it may be known from earlier; it is replaced.
    pub device: Option<String>,
    /// The value of the cookie by which it is known that a passkey was asked for in it.
    pub passkey: Option<String>,
    /// What passkeys are for where the request was sent to; none if they do not work there.
    pub site: Option<Site>,
}

impl Client {
    /// What passkeys are for, or why they do not work.
    pub(super) fn site(&self) -> Result<&Site, AccessError> {
        self.site.as_ref().ok_or_else(|| AccessError::refused(ErrorCode::BadRequest, NO_SITE))
    }
}

/// A session that was opened.
pub struct SignedIn {
    /// The value for the session's cookie.
    pub session: String,
    /// How long the cookie is of use, in seconds.
    pub seconds: u64,
    /// The value for the cookie by which the browser is known later.
    pub device: String,
    /// Who it is.
    pub identity: Arc<Identity>,
}

/// The secrets of a session that is being opened.
pub(super) struct Opening {
    session: String,
    session_hash: Hash,
    device: String,
    device_hash: Hash,
    replaces: Option<Hash>,
    replaces_device: Option<Hash>,
    address: Option<IpAddr>,
    agent: Option<String>,
    now: Timestamp,
    expires_at: Timestamp,
    idle: u64,
    draft: Option<Arc<Mutex<Draft>>>,
}

impl Access {
    /// Opens a session: `write` says whose, in the transaction that also enters it.
    pub(super) async fn open(
        &self,
        client: &Client,
        write: impl FnOnce(&Transaction<'_>, &Opening) -> Result<(), AccessError> + Send + 'static,
    ) -> Result<SignedIn, AccessError> {
        let opening = self.opening(client);
        let (session, device, credential) = (opening.session.clone(), opening.device.clone(), Credential::Session(opening.session_hash));
        self.write(move |transaction| write(transaction, &opening)).await?;
        let identity = self.look_up(&credential).await?.identity.clone();
        Ok(SignedIn { session, seconds: self.inner.settings.session_hours.saturating_mul(3600), device, identity })
    }

    fn opening(&self, client: &Client) -> Opening {
        let (session, device, now) = (secret::random(), secret::random(), self.now());
        let lasts = self.inner.settings.session_hours.saturating_mul(3_600_000_000);
        Opening {
            session_hash: secret::parse(Kind::Session, &session).expect("it was just made"),
            device_hash: secret::parse(Kind::Device, &device).expect("it was just made"),
            session,
            device,
            replaces: client.session.as_deref().and_then(|session| secret::parse(Kind::Session, session)),
            replaces_device: client.device.as_deref().and_then(|device| secret::parse(Kind::Device, device)),
            address: client.address,
            agent: client.agent.as_deref().map(shorten),
            now,
            expires_at: Timestamp::from_micros(now.as_micros().saturating_add(lasts)),
            idle: self.idle(),
            draft: self.draft(),
        }
    }
}

impl Opening {
    /// Says on record what happens besides.
    pub(super) fn note(&self, details: Value) {
        Access::complete(self.draft.as_deref(), |draft| draft.details = Some(details));
    }

    /// Enters the session, in the place of the one that the browser had. Refuses to if a passkey is asked for.
    pub(super) fn insert(&self, transaction: &Transaction<'_>, person: Uuid) -> Result<(), AccessError> {
        if people::by_id(transaction, person)?.is_some_and(|row| row.person.asks_for_passkey) {
            return Err(AccessError::AskedForPasskey);
        }
        self.insert_after_passkey(transaction, person)
    }

    /// The same for somebody who has used a passkey.
    pub(super) fn insert_after_passkey(&self, transaction: &Transaction<'_>, person: Uuid) -> Result<(), AccessError> {
        if let Some(replaced) = &self.replaces {
            sessions::end_secret(transaction, replaced)?;
        }
        sessions::remove_ended(transaction, self.now, self.idle as i64)?;
        let info = SessionInfo {
            id: Uuid::now_v7(),
            person: String::new(),
            created_at: self.now,
            last_seen: self.now,
            expires_at: self.expires_at,
            address: self.address.map(|address| address.to_canonical().to_string()),
            agent: self.agent.clone(),
            current: false,
        };
        sessions::insert(transaction, &self.session_hash, person, &info)?;
        let name = people::by_id(transaction, person)?.map(|row| row.person.name);
        Access::complete(self.draft.as_deref(), |draft| {
            draft.person = name;
            draft.target = Some(info.id.to_string());
        });
        if let Some(replaced) = &self.replaces_device {
            sessions::forget_device(transaction, replaced, person)?;
        }
        sessions::remember_device(transaction, &self.device_hash, person, self.now)?;
        Ok(people::seen(transaction, person, self.now)?)
    }
}

fn shorten(agent: &str) -> String {
    agent.chars().filter(|c| !c.is_control()).take(AGENT_CHARS).collect()
}
