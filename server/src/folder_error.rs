//! Why a data folder is not used.

use std::{io, path::PathBuf};

/// Why a data folder is not used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Others than its owner may write to it.
    #[error("{shown} can be changed by others (mode {mode:o}), who could replace the accounts and the history in it; run: chmod go-w {shown}", shown = path.display())]
    Writable {
        /// The folder.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// Root is asked to serve it, and it belongs to somebody else.
    #[error(
        "{shown} belongs to {owner}, who could change what a server of root's reads; start the server as {owner}, or give the folder to \
         root: chown -R root {shown}",
        shown = path.display()
    )]
    NotRoots {
        /// The folder.
        path: PathBuf,
        /// Whose it is.
        owner: String,
    },
    /// It is root's, but somebody else could put another one in its place.
    #[error(
        "{} belongs to root, but others could put another folder in its place, since {place} {why}; use one in a place that only root \
         can change, such as /var/lib/execdeck",
        path.display(),
        place = place.display()
    )]
    Replaceable {
        /// The folder.
        path: PathBuf,
        /// What on the way to it is not root's alone.
        place: PathBuf,
        /// How so.
        why: String,
    },
    /// It belongs to another user than the one that runs this.
    #[error(
        "{shown} belongs to {owner}, not to {user}: run this as the user that runs the server. If that is {user}: chown -R {user} {shown}",
        shown = path.display()
    )]
    OfAnother {
        /// The folder.
        path: PathBuf,
        /// Whose it is.
        owner: String,
        /// Who runs this.
        user: String,
    },
    /// This user may not look into it.
    #[error("{} is closed to this user: run this as the user that runs the server, or as root", .0.display())]
    Closed(PathBuf),
    /// Neither a server nor `user add` has used it.
    #[error("there is no deck.db in {}; name the data folder with --data", .0.display())]
    Unused(PathBuf),
    /// No server has used it, so there is no history.
    #[error("no server has used {} yet; start one first", .0.display())]
    Unserved(PathBuf),
    /// It is something else.
    #[error("{} is a file, not a folder", .0.display())]
    NotAFolder(PathBuf),
    /// Root could not become the user that it belongs to.
    #[error("{} belongs to {owner}, and root cannot become that user here ({error}): run this as {owner}", path.display())]
    NotBecome {
        /// The folder.
        path: PathBuf,
        /// Whose it is.
        owner: String,
        /// Why not.
        error: io::Error,
    },
    /// It cannot be looked at.
    #[error("{}: {error}", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
}
