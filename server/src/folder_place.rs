//! Whether others than root could put another folder in the place of one of root's. What root opens by its path would then be theirs,
//! or lead through their links to files that they cannot change themselves.

use crate::deck::users::user_name;
use std::{
    ffi::OsString,
    fs,
    io::{self, ErrorKind},
    os::unix::fs::MetadataExt,
    path::{Component, Path, PathBuf, absolute},
};

/// The bits of a mode by which others than the owner may write.
pub(crate) const OTHERS_WRITE: u32 = 0o022;
/// In a folder with this bit, only the owner of an entry may replace it.
const STICKY: u32 = 0o1000;
/// As many links as the kernel follows.
const MAX_LINKS: usize = 40;

/// The first folder or link on the way to a path that is not root's alone, and how so; whoever may write to what is there at the end is
/// not looked at. What is not there yet is root's once it is created.
pub(crate) fn not_roots(path: &Path) -> io::Result<Option<(PathBuf, String)>> {
    // What is still to be walked, the next part last, from a folder whose way is root's alone.
    let mut ahead = parts(&absolute(path)?);
    let (mut at, mut links) = (PathBuf::from("/"), 0);
    loop {
        let metadata = match fs::symlink_metadata(&at) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            found => found?,
        };
        let mode = metadata.mode() & 0o7777;
        if metadata.uid() != 0 {
            return Ok(Some((at, format!("belongs to {}", user_name(metadata.uid())))));
        }
        if metadata.is_dir() && !ahead.is_empty() && mode & OTHERS_WRITE != 0 && mode & STICKY == 0 {
            return Ok(Some((at, format!("can be changed by others (mode {mode:o})"))));
        }
        if metadata.is_symlink() {
            links += 1;
            if links > MAX_LINKS {
                return Err(rustix::io::Errno::LOOP.into());
            }
            let target = fs::read_link(&at)?;
            at = if target.is_absolute() { PathBuf::from("/") } else { at.parent().unwrap_or(Path::new("/")).to_owned() };
            ahead.extend(parts(&target));
        }
        match ahead.pop() {
            None => return Ok(None),
            Some(part) if part == ".." => drop(at.pop()),
            Some(part) => at.push(part),
        }
    }
}

/// The names in a path and its `..`, the last one first.
fn parts(path: &Path) -> Vec<OsString> {
    let names = path.components().rev().filter(|part| matches!(part, Component::Normal(_) | Component::ParentDir));
    names.map(|part| part.as_os_str().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};

    #[test]
    fn whatever_others_could_replace_on_the_way_is_found() {
        if !rustix::process::geteuid().is_root() {
            return eprintln!("skipped: only root can give a folder to somebody else");
        }
        let top = std::env::temp_dir().join(format!("execdeck-test-{}", uuid::Uuid::now_v7()));
        let [safe, theirs, open] = ["safe", "theirs", "open"].map(|name| top.join(name));
        for folder in [&safe, &theirs, &open] {
            fs::create_dir_all(folder.join("data")).unwrap();
        }
        chown(&theirs, Some(65534), None).unwrap();
        fs::set_permissions(&open, PermissionsExt::from_mode(0o777)).unwrap();
        symlink("../theirs/data", safe.join("relative")).unwrap();
        symlink(theirs.join("data"), safe.join("absolute")).unwrap();
        symlink("data", safe.join("good")).unwrap();
        symlink("data", safe.join("of-nobody")).unwrap();
        lchown(safe.join("of-nobody"), Some(65534), None).unwrap();
        symlink("loop", safe.join("loop")).unwrap();
        let place = |path: PathBuf| not_roots(&path).unwrap().map(|(place, _)| place);
        for path in ["data", "good", "none/below", "../safe/data"] {
            assert_eq!(place(safe.join(path)), None, "{path}");
        }
        for path in [theirs.join("data"), safe.join("relative"), safe.join("absolute/none")] {
            assert_eq!(place(path), Some(theirs.clone()));
        }
        assert_eq!(place(open.join("data")), Some(open.clone()));
        assert_eq!(place(safe.join("of-nobody")), Some(safe.join("of-nobody")));
        assert!(not_roots(&safe.join("loop")).is_err());
        // As /tmp is.
        fs::set_permissions(&open, PermissionsExt::from_mode(0o1777)).unwrap();
        assert_eq!(place(open.join("data")), None);
        fs::set_permissions(&open, PermissionsExt::from_mode(0o777)).unwrap();
        assert_eq!(place(open), None);
        fs::remove_dir_all(top).unwrap();
    }
}
