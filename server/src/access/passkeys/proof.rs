//! Showing that it is the person who asks, and not somebody at their open browser or with a stolen session.

use super::{Challenge, ceremonies::Ceremony, verify::challenge};
use crate::access::{
    AccessError, Identity, Via,
    handle::Access,
    opening::Client,
    store::{passkeys, people, sessions},
    throttle::Network,
};
use execdeck_wire::{ErrorCode, Password, Proof};

/// How long ago somebody without a password may have signed in, in microseconds.
const RECENT: u64 = 10 * 60 * 1_000_000;

impl Access {
    /// A challenge for one of the caller's passkeys, whose answer is a [`Proof`].
    pub async fn begin_passkey_proof(&self, by: &Identity, client: &Client) -> Result<Challenge, AccessError> {
        let site = client.site()?;
        let (person, host) = (by.person, site.host().to_owned());
        let mut allowed = self.read(move |connection| passkeys::of_person(connection, person)).await?;
        allowed.retain(|row| row.info.site == host);
        if allowed.is_empty() {
            return Err(AccessError::refused(ErrorCode::Conflict, "You have no passkey for this address."));
        }
        let (options, state) = challenge(site, &allowed)?;
        let ceremony = Ceremony::Prove { person, state };
        let secret = self.inner.ceremonies.begin(Network::of(client.address), ceremony, self.now());
        Ok(Challenge { options, secret: Password(secret) })
    }

    /// Refuses a request that does not come from the person themselves.
    pub(super) async fn require_proof(&self, by: &Identity, proof: &Proof, client: &Client) -> Result<(), AccessError> {
        let person = by.person;
        if let Some(answer) = &proof.passkey {
            let Some((Ceremony::Prove { person: of, state }, _)) = self.inner.ceremonies.take(client.passkey.as_deref(), self.now()) else {
                return Err(AccessError::refused(ErrorCode::BadRequest, "The passkey came too late; try again."));
            };
            if of != person {
                return Err(AccessError::UnknownPasskey);
            }
            let used = self.verify_passkey(client.site()?, *state, answer, Some(person)).await?;
            // What is on record is the change that follows.
            return self.unrecorded().write(move |transaction| used.note(transaction)).await;
        }
        let row = self.read(move |connection| people::by_id(connection, person)).await?.ok_or(AccessError::Ended)?;
        if let Some(hash) = &row.password {
            let Some(password) = &proof.password else {
                return Err(AccessError::field("password", "Enter your current password, or use a passkey that you have."));
            };
            if !self.is_current_password(&row, hash, password, client).await? {
                return Err(AccessError::field("password", "The current password is wrong."));
            }
            return Ok(());
        }
        let Via::Session(session) = by.via else {
            let message = "Another system says with each request who you are; passkeys are for those who sign in here.";
            return Err(AccessError::refused(ErrorCode::Conflict, message));
        };
        let opened = self.read(move |connection| sessions::opened(connection, session)).await?.ok_or(AccessError::Ended)?;
        if self.now().as_micros().saturating_sub(opened.as_micros()) > RECENT {
            let message = "You signed in more than 10 minutes ago. Sign out and in again, or use a passkey that you have.";
            return Err(AccessError::refused(ErrorCode::Forbidden, message));
        }
        Ok(())
    }
}
