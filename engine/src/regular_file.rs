//! Files of a data folder. A named pipe or a device in the place of one is an error, and holds nobody up: opening a pipe would wait
//! until somebody opens its other end (`fifo(7)`).

use std::{
    fs::{File, OpenOptions},
    io::{self, Read},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// Opens a file for reading.
pub fn open(path: &Path) -> io::Result<File> {
    open_with(OpenOptions::new().read(true), path)
}

/// Opens a file as the options say, which must have no flags of their own.
pub fn open_with(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let opened = options.custom_flags(libc::O_NONBLOCK).open(path);
    // A pipe that nobody reads from cannot be opened for writing, nor can a socket at all.
    let file = opened.map_err(|error| if error.raw_os_error() == Some(libc::ENXIO) { not_regular() } else { error })?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(not_regular()) }
}

/// All bytes of a file.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn not_regular() -> io::Error {
    io::Error::other("it is not a regular file")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{CWD, Mode, mkfifoat};
    use std::fs;

    #[test]
    fn what_is_no_file_is_refused_at_once() {
        let folder = std::env::temp_dir().join(format!("execdeck-test-{}", uuid::Uuid::now_v7()));
        fs::create_dir(&folder).unwrap();
        let [pipe, socket, file] = ["pipe", "socket", "file"].map(|name| folder.join(name));
        mkfifoat(CWD, &pipe, Mode::RUSR | Mode::WUSR).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        fs::write(&file, "text").unwrap();
        for path in [&pipe, &socket, &folder, Path::new("/dev/zero")] {
            let errors = [open(path), open_with(OpenOptions::new().append(true).create(true), path)].map(|opened| opened.unwrap_err());
            assert!(
                errors.iter().all(|error| error.kind() == io::ErrorKind::IsADirectory || error.to_string() == "it is not a regular file"),
                "{errors:?}"
            );
        }
        assert_eq!(read(&file).unwrap(), b"text");
        assert_eq!(open(&folder.join("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
        fs::remove_dir_all(folder).unwrap();
    }
}
