//! Whose the data folder is. It belongs to the user that runs the server, who alone may write to it: whoever else may could replace
//! what is in it, accounts included. What a command that root runs creates in it belongs to that user, too, or the server could not
//! read it.

pub use crate::folder_error::FolderError;
use crate::{
    deck::{files::ReadAs, users::user_name},
    folder_place::{OTHERS_WRITE, not_roots},
};
use rustix::{
    process::{Gid, Uid, geteuid},
    thread::{
        CapabilitySet, CapabilitySets, capabilities, set_capabilities, set_keep_capabilities, set_thread_groups, set_thread_res_gid,
        set_thread_res_uid,
    },
};
use std::{
    fs::{self, Metadata},
    io::{self, ErrorKind},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf, absolute},
};

/// What stopping keeps of root's rights: by them it finds and kills what a dead keeper has left of another user's (`run_as`).
pub const FOR_STOPPING: CapabilitySet = CapabilitySet::KILL.union(CapabilitySet::SYS_PTRACE).union(CapabilitySet::DAC_READ_SEARCH);

/// For a server: refuses a folder that others may write to, or that belongs to somebody else. One that is not there yet is created for
/// this user alone.
pub fn require_own(folder: &Path) -> Result<(), FolderError> {
    let user = geteuid();
    let Some(metadata) = look(folder)? else { return if user.is_root() { require_roots(folder) } else { Ok(()) } };
    require_closed(folder, &metadata)?;
    if metadata.uid() == user.as_raw() {
        return if user.is_root() { require_roots(folder) } else { Ok(()) };
    }
    let (path, owner) = (folder.to_owned(), user_name(metadata.uid()));
    Err(if user.is_root() {
        FolderError::NotRoots { path, owner }
    } else {
        FolderError::OfAnother { path, owner, user: user_name(user.as_raw()) }
    })
}

/// For a command that writes: refuses a folder that others may write to, and becomes the user that it belongs to if root runs this. Call
/// it before there are threads.
pub fn enter(folder: &Path) -> Result<(), FolderError> {
    if let Some(metadata) = look(folder)? {
        require_closed(folder, &metadata)?;
    }
    become_owner(folder, CapabilitySet::empty())
}

/// If root runs this, becomes the user that the folder belongs to, or would belong to once it is created: whom the place belongs to.
/// `kept`: what of root's rights is kept. Call it before there are threads.
pub fn become_owner(folder: &Path, kept: CapabilitySet) -> Result<(), FolderError> {
    if !geteuid().is_root() {
        return Ok(());
    }
    let failed = |error| FolderError::Io { path: folder.to_owned(), error };
    for place in absolute(folder).map_err(failed)?.ancestors() {
        if let Some(metadata) = look(place)? {
            let owner = (Uid::from_raw(metadata.uid()), Gid::from_raw(metadata.gid()));
            if owner.0.is_root() {
                return require_roots(folder);
            }
            let path = folder.to_owned();
            return switch(owner, kept).map_err(|error| FolderError::NotBecome { path, owner: user_name(metadata.uid()), error });
        }
    }
    Ok(())
}

/// As whom a folder is read and not changed: as the user that it belongs to if root runs this.
pub fn read_as(folder: &Path) -> Result<ReadAs, FolderError> {
    match look(folder)? {
        Some(metadata) if geteuid().is_root() => {
            require_closed(folder, &metadata)?;
            if metadata.uid() != 0 {
                return Ok(ReadAs::user(metadata.uid(), metadata.gid()));
            }
            require_roots(folder)?;
        }
        _ => {}
    }
    Ok(ReadAs::default())
}

/// Refuses a folder of root's that others could replace.
fn require_roots(folder: &Path) -> Result<(), FolderError> {
    let path = folder.to_owned();
    match not_roots(folder) {
        Ok(None) => Ok(()),
        Ok(Some((place, why))) => Err(FolderError::Replaceable { path, place, why }),
        Err(error) => Err(FolderError::Io { path, error }),
    }
}

/// Becomes another user for good.
fn switch((uid, gid): (Uid, Gid), kept: CapabilitySet) -> io::Result<()> {
    let kept = kept.intersection(capabilities(None)?.permitted);
    set_keep_capabilities(!kept.is_empty())?;
    set_thread_groups(&[])?;
    set_thread_res_gid(gid, gid, gid)?;
    set_thread_res_uid(uid, uid, uid)?;
    Ok(set_capabilities(None, CapabilitySets { effective: kept, permitted: kept, inheritable: CapabilitySet::empty() })?)
}

/// What is there; `None` if nothing is.
fn look(folder: &Path) -> Result<Option<Metadata>, FolderError> {
    let path = folder.to_owned();
    match fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => Ok(Some(metadata)),
        Ok(_) => Err(FolderError::NotAFolder(path)),
        Err(error) => match error.kind() {
            ErrorKind::NotFound => Ok(None),
            ErrorKind::PermissionDenied => Err(FolderError::Closed(path)),
            _ => Err(FolderError::Io { path, error }),
        },
    }
}

fn require_closed(folder: &Path, metadata: &Metadata) -> Result<(), FolderError> {
    let mode = metadata.mode() & 0o777;
    if mode & OTHERS_WRITE == 0 { Ok(()) } else { Err(FolderError::Writable { path: folder.to_owned(), mode }) }
}

/// Refuses a folder that no server and no `user add` has used: it is probably not the one that was meant.
pub fn require_database(folder: &Path) -> Result<(), FolderError> {
    require(folder, "deck.db", FolderError::Unused)
}

/// Refuses a folder that no server has used.
pub fn require_served(folder: &Path) -> Result<(), FolderError> {
    require_database(folder)?;
    require(folder, "processes", FolderError::Unserved)
}

fn require(folder: &Path, name: &str, missing: fn(PathBuf) -> FolderError) -> Result<(), FolderError> {
    let path = folder.join(name);
    let Err(error) = fs::metadata(&path) else { return Ok(()) };
    Err(match error.kind() {
        ErrorKind::PermissionDenied => FolderError::Closed(folder.to_owned()),
        ErrorKind::NotADirectory => FolderError::NotAFolder(folder.to_owned()),
        ErrorKind::NotFound => missing(folder.to_owned()),
        _ => FolderError::Io { path, error },
    })
}

/// Why a file or folder here cannot be opened, with what to do about it if it belongs to somebody else.
pub(crate) fn why_not_opened(path: &Path, folder: &Path, error: &io::Error) -> String {
    let shown = path.display();
    if path == folder && error.kind() == ErrorKind::AlreadyExists {
        return format!("{shown} is a file, not a folder");
    }
    let owner = fs::metadata(path).map(|metadata| metadata.uid());
    match owner {
        Ok(owner) if error.kind() == ErrorKind::PermissionDenied && owner != geteuid().as_raw() => {
            let server = fs::metadata(folder).map_or(owner, |metadata| metadata.uid());
            let user = if server == owner { "USER".into() } else { user_name(server) };
            let (owner, folder) = (user_name(owner), folder.display());
            format!("{shown} belongs to {owner}; give the folder to the user that runs the server: chown -R {user} {folder}")
        }
        _ => format!("cannot open {shown}: {error}"),
    }
}
