//! Notices that are yet to be delivered, one file each.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::PathBuf,
    time::Duration,
};
use uuid::Uuid;

/// A notice that is older is given up.
const LONGEST: Duration = Duration::from_hours(24);
/// The most that wait.
const MOST: usize = 10_000;

#[derive(Clone)]
pub(super) struct Spool {
    folder: PathBuf,
}

impl Spool {
    pub(super) fn open(folder: PathBuf) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        Ok(Self { folder })
    }

    /// The names of those that wait, the oldest process first.
    pub(super) fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            // What was being written when the server was killed has another name.
            if name.parse::<Uuid>().is_ok() {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Returns the name of the notice. It outlasts a power cut.
    pub(super) fn add(&self, id: Uuid, body: &[u8]) -> io::Result<String> {
        if fs::read_dir(&self.folder)?.count() >= MOST {
            return Err(io::Error::other(format!("{MOST} notices wait already")));
        }
        let name = id.to_string();
        let part = self.folder.join(format!("{name}.part"));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
        file.write_all(body)?;
        file.sync_all()?;
        fs::rename(&part, self.folder.join(&name))?;
        File::open(&self.folder)?.sync_all()?;
        Ok(name)
    }

    /// The notice; `None` if it is too old.
    pub(super) fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let path = self.folder.join(name);
        // A clock that was set back makes none too old.
        let age = path.metadata()?.modified()?.elapsed().unwrap_or_default();
        if age > LONGEST { Ok(None) } else { fs::read(path).map(Some) }
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.folder.join(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_wait_until_they_are_removed_or_too_old() {
        let folder = std::env::temp_dir().join(format!("execdeck-spool-{}", Uuid::now_v7()));
        let spool = Spool::open(folder.clone()).unwrap();
        let ids = [Uuid::now_v7(), Uuid::now_v7()];
        for id in ids.iter().rev() {
            spool.add(*id, b"body").unwrap();
        }
        fs::write(folder.join(format!("{}.part", Uuid::now_v7())), "cut sho").unwrap();
        assert_eq!(spool.list().unwrap(), ids.map(|id| id.to_string()));
        assert_eq!(spool.read(&ids[0].to_string()).unwrap().unwrap(), b"body");
        let old = std::time::SystemTime::now() - LONGEST - Duration::from_secs(1);
        File::open(folder.join(ids[0].to_string())).unwrap().set_modified(old).unwrap();
        assert_eq!(spool.read(&ids[0].to_string()).unwrap(), None);
        spool.remove(&ids[0].to_string()).unwrap();
        assert_eq!(spool.list().unwrap(), [ids[1].to_string()]);
        fs::remove_dir_all(folder).unwrap();
    }
}
