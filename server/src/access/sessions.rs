//! The sessions that a person sees and can end.

use super::{
    error::AccessError,
    handle::Access,
    identity::Identity,
    names,
    pending::Revoked,
    store::{people, sessions},
};
use execdeck_wire::{ErrorCode, Right, SessionInfo};
use rusqlite::Connection;
use uuid::Uuid;

impl Access {
    /// One's own sessions that have not ended, the last used first; or another person's, for administrators.
    pub async fn list_sessions(&self, by: &Identity, of: Option<&str>) -> Result<Vec<SessionInfo>, AccessError> {
        let of = of.map(names::normalize).transpose()?.filter(|of| *of != by.name);
        if of.is_some() && !by.may(Right::Administer) {
            return Err(AccessError::refused(ErrorCode::Forbidden, "Seeing other people's sessions needs the right to administer."));
        }
        let (name, current, now, idle) = (of.unwrap_or_else(|| by.name.clone()), by.session(), self.now(), self.idle() as i64);
        let list = self.read(move |connection| {
            let missing = || AccessError::refused(ErrorCode::NotFound, format!("There is no account named {name}."));
            let row = people::by_name(connection, &name)?.ok_or_else(missing)?;
            let mut list = sessions::of_person(connection, &row, now, idle)?;
            for session in &mut list {
                session.current = Some(session.id) == current;
            }
            Ok::<_, AccessError>(list)
        });
        list.await
    }

    /// Ends one of one's own sessions; or anybody's, for administrators.
    pub async fn end_session(&self, by: &Identity, id: Uuid) -> Result<(), AccessError> {
        let of = (!by.may(Right::Administer)).then_some(by.person);
        let draft = self.draft();
        let find = move |connection: &Connection| {
            let missing = || AccessError::refused(ErrorCode::NotFound, "There is no such session; it may have ended.");
            let owner = sessions::owner(connection, id, of)?.ok_or_else(missing)?;
            Self::complete(draft.as_deref(), |draft| draft.target_name = Some(owner));
            Ok(Revoked { sessions: vec![id], ..Revoked::default() })
        };
        self.revoke(find).await.map(drop)
    }

    /// Ends all of one's own sessions but the one that the request came with; how many there were.
    pub async fn end_other_sessions(&self, by: &Identity) -> Result<usize, AccessError> {
        let (person, but) = (by.person, by.session());
        let find = move |connection: &Connection| Ok(Revoked { sessions: sessions::ids(connection, person, but)?, ..Revoked::default() });
        Ok(self.revoke(find).await?.sessions.len())
    }
}
