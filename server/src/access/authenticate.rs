//! Who a request comes from.

use super::{
    application,
    cache::Entry,
    error::AccessError,
    handle::Access,
    identity::{Credential, Credentials, Identity, Via},
    proxy::ProxyUser,
    store::{
        people::{self, PersonRow},
        sessions, tokens,
    },
    token_format,
};
use execdeck_wire::{Source, Timestamp};
use std::sync::Arc;

impl Access {
    /// Who a request comes from. That is remembered, so each request may ask.
    pub async fn authenticate(&self, credentials: &Credentials<'_>) -> Result<Arc<Identity>, AccessError> {
        let credential = match (credentials.bearer, &credentials.proxy, credentials.cookie) {
            (Some(token), _, _) => token_format::parse(token).map(Credential::Token).ok_or(AccessError::Ended)?,
            (None, Some(user), _) => return self.authenticate_proxied(user, credentials.cookie).await,
            (None, None, Some(cookie)) => Credential::of_cookie(cookie).ok_or(AccessError::Ended)?,
            (None, None, None) => return Err(AccessError::NotSignedIn),
        };
        let entry = self.look_up(&credential).await?;
        self.note_use(&entry);
        Ok(entry.identity.clone())
    }

    /// Whom a trusted proxy names. If a passkey is asked of them, they also need a session, which only that opens.
    async fn authenticate_proxied(&self, user: &ProxyUser, cookie: Option<&str>) -> Result<Arc<Identity>, AccessError> {
        let entry = match (self.look_up(&Credential::Proxy(user.clone())).await, cookie.and_then(Credential::of_cookie)) {
            (Err(AccessError::AskedForPasskey), Some(session)) => {
                let entry = self.look_up(&session).await.map_err(|_| AccessError::AskedForPasskey)?;
                if entry.identity.name != user.name {
                    return Err(AccessError::AskedForPasskey);
                }
                entry
            }
            (found, _) => found?,
        };
        self.note_use(&entry);
        Ok(entry.identity.clone())
    }

    /// Who that is now, for whatever lives longer than a request. Counts as a use: call it when they do something, such as
    /// type. It costs nothing as long as nothing has changed.
    pub async fn revalidate(&self, identity: &Identity) -> Result<Arc<Identity>, AccessError> {
        let entry = self.look_up(&identity.credential).await?;
        self.note_use(&entry);
        Ok(entry.identity.clone())
    }

    /// The identity, from memory or from the database.
    pub(super) async fn look_up(&self, credential: &Credential) -> Result<Arc<Entry>, AccessError> {
        if let Credential::Application(asked) = credential {
            return application::look_up(asked).await;
        }
        let key = credential.key();
        let cache = &self.inner.cache;
        let has_ended = |entry: &Entry| entry.ends_at().is_some_and(|ends_at| self.now() >= ends_at);
        if let Some(entry) = cache.get(&key).filter(|entry| !has_ended(entry)) {
            return Ok(entry);
        }
        let generation = cache.generation();
        let entry = Arc::new(self.load(credential).await?);
        if has_ended(&entry) || self.inner.pending.takes_away(&entry.identity) {
            return Err(AccessError::Ended);
        }
        cache.insert(generation, key, entry.clone());
        Ok(entry)
    }

    async fn load(&self, credential: &Credential) -> Result<Entry, AccessError> {
        let now = self.now();
        match credential.clone() {
            Credential::Session(secret) => {
                let row = self.read(move |connection| sessions::by_secret(connection, &secret)).await?.ok_or(AccessError::Ended)?;
                let (info, via) = (row.info, Via::Session);
                let identity = identity(row.owner, via(info.id), Some(info.expires_at), credential)?;
                Ok(Entry::new(identity, info.last_seen, Some(info.last_seen), Some(self.idle())))
            }
            Credential::Token(secret) => {
                let row = self.read(move |connection| tokens::by_secret(connection, &secret)).await?.ok_or(AccessError::Ended)?;
                let info = row.info;
                let via = Via::Token { id: info.id, label: info.label };
                let mut identity = identity(row.owner, via, info.expires_at, credential)?;
                identity.rights = info.rights.map_or(identity.rights, |rights| rights.intersection(identity.rights));
                Ok(Entry::new(identity, now, info.last_used, None))
            }
            Credential::Proxy(ProxyUser { name, role }) => {
                self.vouch(Source::Proxy, name.clone(), role, self.inner.settings.proxy_create).await?;
                let row = self.read(move |connection| people::by_name(connection, &name)).await?.ok_or(AccessError::Ended)?;
                if row.person.asks_for_passkey {
                    return Err(AccessError::AskedForPasskey);
                }
                let (last_seen, again) = (row.person.last_seen, Credential::Person(row.id));
                Ok(Entry::new(identity(row, Via::Proxy, None, &again)?, now, last_seen, None))
            }
            Credential::Person(id) => {
                let row = self.read(move |connection| people::by_id(connection, id)).await?;
                let row = row.filter(|row| !row.person.asks_for_passkey).ok_or(AccessError::Ended)?;
                let last_seen = row.person.last_seen;
                Ok(Entry::new(identity(row, Via::Proxy, None, credential)?, now, last_seen, None))
            }
            Credential::Application(_) => unreachable!("the host application is asked instead"),
        }
    }

    /// Writes the use down, at most once a minute, and without making the request wait.
    fn note_use(&self, entry: &Entry) {
        let now = self.now();
        // The application knows itself when its people were there.
        if entry.identity.via == Via::Application || !entry.used(now) {
            return;
        }
        let (access, person, via) = (self.clone(), entry.identity.person, entry.identity.via.clone());
        tokio::spawn(async move {
            let noted = access.write(move |transaction| {
                match via {
                    Via::Session(id) => sessions::used(transaction, id, now)?,
                    Via::Token { id, .. } => tokens::used(transaction, id, now)?,
                    Via::Proxy | Via::Application => {}
                }
                Ok(people::seen(transaction, person, now)?)
            });
            if let Err(error) = noted.await {
                tracing::warn!(%error, "when somebody was last seen cannot be written down");
            }
        });
    }
}

fn identity(owner: PersonRow, via: Via, expires_at: Option<Timestamp>, credential: &Credential) -> Result<Identity, AccessError> {
    let person = owner.person;
    if person.disabled {
        return Err(AccessError::Ended);
    }
    Ok(Identity {
        person: owner.id,
        name: person.name,
        role: person.role,
        rights: person.role.rights(),
        grants: person.grants,
        via,
        expires_at,
        credential: credential.clone(),
    })
}
