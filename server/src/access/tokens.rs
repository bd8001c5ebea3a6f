//! API tokens: creating, listing and revoking them.

use super::{
    error::AccessError,
    handle::Access,
    identity::{Identity, Via},
    names,
    pending::Revoked,
    store::{people, tokens},
    token_format,
};
use execdeck_wire::{CreatedToken, ErrorCode, NewToken, Right, Rights, Timestamp, TokenInfo};
use rusqlite::Connection;
use uuid::Uuid;

/// How many tokens one person may have.
const MOST_TOKENS: u64 = 100;
/// The longest label, in characters.
const LABEL_CHARS: usize = 100;

/// Whose token it is to be, and which token asks for it.
struct Owner {
    name: String,
    parent: Option<Uuid>,
}

impl Access {
    /// Creates a token for the caller. One that is created with another token may do no more than that one, and ends with it.
    pub async fn create_token(&self, by: &Identity, mut new: NewToken) -> Result<CreatedToken, AccessError> {
        if let Some(right) = new.rights.and_then(|rights| rights.iter().find(|right| !by.may(*right))) {
            return Err(AccessError::field("rights", format!("You do not have the right {} yourself.", right.as_str())));
        }
        let mut parent = None;
        if let Via::Token { id, .. } = by.via {
            parent = Some(id);
            new.rights = Some(new.rights.unwrap_or(by.rights));
            new.expires_at = match (new.expires_at, by.expires_at) {
                (Some(wanted), Some(most)) => Some(wanted.min(most)),
                (wanted, most) => wanted.or(most),
            };
        }
        self.insert_token(Owner { name: by.name.clone(), parent }, new).await
    }

    /// Creates a token from the command line.
    pub async fn add_token(&self, owner: &str, new: NewToken) -> Result<CreatedToken, AccessError> {
        self.insert_token(Owner { name: names::normalize(owner)?, parent: None }, new).await
    }

    /// The caller's tokens, the newest first.
    pub async fn list_tokens(&self, by: &Identity) -> Result<Vec<TokenInfo>, AccessError> {
        let person = by.person;
        self.read(move |connection| tokens::of_person(connection, person)).await
    }

    /// Revokes one of the caller's tokens; or anybody's, for administrators.
    pub async fn revoke_token(&self, by: &Identity, id: Uuid) -> Result<(), AccessError> {
        let of = (!by.may(Right::Administer)).then_some(by.person);
        let draft = self.draft();
        let find = move |connection: &Connection| {
            let missing = || AccessError::refused(ErrorCode::NotFound, "There is no such token; it may have been revoked.");
            let label = tokens::label(connection, id, of)?.ok_or_else(missing)?;
            Self::complete(draft.as_deref(), |draft| draft.target_name = Some(label));
            Ok(Revoked { tokens: tokens::with_descendants(connection, id)?, ..Revoked::default() })
        };
        self.revoke(find).await.map(drop)
    }

    async fn insert_token(&self, owner: Owner, new: NewToken) -> Result<CreatedToken, AccessError> {
        let now = self.now();
        let label = check(&new, now)?;
        let token = token_format::random();
        let secret = token_format::parse(&token).expect("it was just made");
        let (id, rights, expires_at) = (Uuid::now_v7(), new.rights, new.expires_at);
        let info = TokenInfo { id, label, rights, created_at: now, expires_at, last_used: None };
        let written = info.clone();
        Self::complete(self.draft().as_deref(), |draft| draft.target = Some(id.to_string()));
        let write = self.write(move |transaction| {
            let missing = || AccessError::refused(ErrorCode::NotFound, format!("There is no account named {}.", owner.name));
            let row = people::by_name(transaction, &owner.name)?.ok_or_else(missing)?;
            if row.person.disabled {
                let message = format!("The account {} is disabled; enable it first.", owner.name);
                return Err(AccessError::refused(ErrorCode::Conflict, message));
            }
            if tokens::count(transaction, row.id)? >= MOST_TOKENS {
                let message = format!("{} has {MOST_TOKENS} tokens, which is the most; revoke some first.", owner.name);
                return Err(AccessError::refused(ErrorCode::LimitReached, message));
            }
            Ok(tokens::insert(transaction, &secret, row.id, owner.parent, &written)?)
        });
        write.await?;
        Ok(CreatedToken { token, info })
    }
}

/// The label, without blanks around it.
fn check(new: &NewToken, now: Timestamp) -> Result<String, AccessError> {
    let label = new.label.trim();
    if label.is_empty() || label.chars().count() > LABEL_CHARS || label.chars().any(char::is_control) {
        return Err(AccessError::field("label", "Say in 1 to 100 characters what the token is for."));
    }
    if new.rights == Some(Rights::NONE) {
        return Err(AccessError::field("rights", "A token needs at least one right; leave them out for all that its owner has."));
    }
    if new.expires_at.is_some_and(|expires_at| expires_at <= now) {
        return Err(AccessError::field("expires_at", "The token would have expired already; give a time to come."));
    }
    Ok(label.to_owned())
}
