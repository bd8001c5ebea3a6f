//! As whom a data folder is read.

use rustix::{
    process::{Gid, Uid, getgroups},
    thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid},
};
use std::io;

/// Reads as this user, or, if root runs this, as another one: what that user cannot read is not read, wherever the links lead that they
/// have put into their folder.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadAs(Option<(Uid, Gid)>);

impl ReadAs {
    /// As another user, of no other groups. For root only.
    pub fn user(uid: u32, gid: u32) -> Self {
        Self(Some((Uid::from_raw(uid), Gid::from_raw(gid))))
    }

    /// Opens something. Only this thread is the other user, and only meanwhile.
    pub fn open<T, E: From<io::Error>>(self, open: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let Some((uid, gid)) = self.0 else { return open() };
        let groups = getgroups().map_err(io::Error::from)?;
        let root = Root { groups };
        set_thread_groups(&[]).map_err(io::Error::from)?;
        set_thread_res_gid(Gid::ROOT, gid, Gid::ROOT).map_err(io::Error::from)?;
        set_thread_res_uid(Uid::ROOT, uid, Uid::ROOT).map_err(io::Error::from)?;
        let opened = open();
        drop(root);
        opened
    }
}

/// Makes this thread root again.
struct Root {
    groups: Vec<Gid>,
}

impl Drop for Root {
    fn drop(&mut self) {
        let restored = set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT)
            .and_then(|()| set_thread_res_gid(Gid::ROOT, Gid::ROOT, Gid::ROOT))
            .and_then(|()| set_thread_groups(&self.groups));
        restored.expect("root may become root again");
    }
}
