//! Signing in, out, and changing one's password.

use super::{
    error::AccessError,
    handle::Access,
    hashing::{self, Waiter},
    identity::Identity,
    names,
    opening::{Client, SignedIn},
    password_rules,
    pending::Revoked,
    secret::{self, Hash, Kind},
    store::{people, sessions},
    throttle::Attempt,
};
use execdeck_wire::{ErrorCode, Password};
use std::time::Duration;

impl Access {
    /// Signs somebody in with their password. Whether the name is unknown, the password is wrong or the account is disabled,
    /// the answer is the same and takes as long.
    pub async fn sign_in(&self, name: &str, password: &Password, client: &Client) -> Result<SignedIn, AccessError> {
        // A name that no account can have is treated as one that no account has.
        let name = names::normalize(name).unwrap_or_default();
        let device = client.device.as_deref().and_then(|device| secret::parse(Kind::Device, device));
        let (row, known) = self.find(name.clone(), device).await?;
        let attempt = self.inner.throttle.begin(&name, client.address, device.filter(|_| known), self.now())?;
        let waiter = if known { Waiter::Known } else { Waiter::Stranger };
        let hash = row.as_ref().and_then(|row| row.password.clone());
        let (attempt, is_right) = self.try_password(attempt, waiter, &password.0, hash.as_deref()).await?;
        let (Some(row), Some(hash), true) = (row, hash, is_right) else {
            return Err(AccessError::WrongPassword);
        };
        if row.person.disabled {
            return Err(AccessError::WrongPassword);
        }
        if row.person.asks_for_passkey {
            self.inner.throttle.succeeded(attempt);
            return Err(AccessError::PasskeyNext(self.after_password(&row, client)));
        }
        let newer = if hashing::is_outdated(&hash) { Some(self.inner.hashing.hash(&password.0).await?) } else { None };
        let signed_in = self.open(client, move |transaction, opening| {
            // Meanwhile the account may have been disabled or the password changed.
            let row = people::by_id(transaction, row.id)?.filter(|row| !row.person.disabled && row.password.as_ref() == Some(&hash));
            let row = row.ok_or(AccessError::WrongPassword)?;
            if let Some(newer) = newer {
                people::set_password(transaction, row.id, &newer)?;
            }
            opening.insert(transaction, row.id)
        });
        let signed_in = signed_in.await?;
        self.inner.throttle.succeeded(attempt);
        Ok(signed_in)
    }

    /// Ends the session that a request came with. Without one there is nothing to end.
    pub async fn sign_out(&self, identity: &Identity) -> Result<(), AccessError> {
        let sessions = identity.session().into_iter().collect::<Vec<_>>();
        self.revoke(move |_| Ok(Revoked { sessions: sessions.clone(), ..Revoked::default() })).await.map(drop)
    }

    /// Whether one can sign in with a password.
    pub async fn has_password(&self, identity: &Identity) -> Result<bool, AccessError> {
        let id = identity.person;
        let row = self.read(move |connection| people::by_id(connection, id)).await?;
        Ok(row.is_some_and(|row| row.password.is_some()))
    }

    /// Changes one's own password and ends all one's other sessions.
    pub async fn change_password(
        &self,
        identity: &Identity,
        current: &Password,
        new: &Password,
        client: &Client,
    ) -> Result<(), AccessError> {
        let id = identity.person;
        let row = self.read(move |connection| people::by_id(connection, id)).await?.ok_or(AccessError::Ended)?;
        let Some(hash) = row.password.clone() else {
            let message = "Your account has no password: another system says who you are.";
            return Err(AccessError::refused(ErrorCode::Conflict, message));
        };
        password_rules::check(&row.person.name, &new.0)?;
        if !self.is_current_password(&row, &hash, current, client).await? {
            return Err(AccessError::field("current", "The current password is wrong."));
        }
        let newer = self.inner.hashing.hash(&new.0).await?;
        let session = identity.session();
        let write = self.write(move |transaction| {
            if people::by_id(transaction, id)?.is_none_or(|row| row.person.disabled || row.password.as_ref() != Some(&hash)) {
                return Err(AccessError::refused(ErrorCode::Conflict, "Your account was changed meanwhile; try again."));
            }
            people::set_password(transaction, id, &newer)?;
            sessions::end_all(transaction, id, session)?;
            Ok(sessions::forget_devices(transaction, id)?)
        });
        write.await
    }

    /// Whether somebody who is signed in has given their current password.
    pub(super) async fn is_current_password(
        &self,
        row: &people::PersonRow,
        hash: &str,
        password: &Password,
        client: &Client,
    ) -> Result<bool, AccessError> {
        // Neither a stolen session nor the tokens made with it may be of use for guessing: they all count as one browser.
        let own = Some(secret::hash(Kind::Device, row.id.as_bytes()));
        let attempt = self.inner.throttle.begin(&row.person.name, client.address, own, self.now())?;
        let (attempt, is_right) = self.try_password(attempt, Waiter::Known, &password.0, Some(hash)).await?;
        if is_right {
            self.inner.throttle.succeeded(attempt);
        }
        Ok(is_right)
    }

    async fn find(&self, name: String, device: Option<Hash>) -> Result<(Option<people::PersonRow>, bool), AccessError> {
        let find = self.read::<_, rusqlite::Error>(move |connection| {
            let row = people::by_name(connection, &name)?;
            let known = match (&row, &device) {
                (Some(row), Some(device)) => sessions::knows_device(connection, device, row.id)?,
                _ => false,
            };
            Ok((row, known))
        });
        find.await
    }

    /// Compares a password, after the delay that guessing has earned. An attempt that there is no room for does not count.
    async fn try_password(
        &self,
        attempt: Attempt,
        waiter: Waiter,
        password: &str,
        hash: Option<&str>,
    ) -> Result<(Attempt, bool), AccessError> {
        if password.len() > password_rules::MAX_BYTES {
            return Ok((attempt, false));
        }
        let verify = async {
            self.delay(attempt.name(), attempt.delay).await?;
            self.inner.hashing.verify(waiter, password, hash).await
        };
        match verify.await {
            Ok(is_right) => Ok((attempt, is_right)),
            Err(error) => {
                self.inner.throttle.cancelled(attempt);
                Err(error)
            }
        }
    }

    /// Makes somebody who gives this name wait, but only so many at once; the next ones are told to come again.
    pub(super) async fn delay(&self, name: &str, delay: Duration) -> Result<(), AccessError> {
        if !delay.is_zero() {
            let _place = self.inner.delays.take(name).ok_or(AccessError::Busy(5))?;
            tokio::time::sleep(delay).await;
        }
        Ok(())
    }
}
