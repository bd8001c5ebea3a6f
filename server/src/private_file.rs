//! Files with a secret in them.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::Path,
};

/// Reads the text of a file, `most` bytes of it at most. `forbidden`: the bits of its mode that would let others in.
pub(crate) fn read(path: &Path, forbidden: u32, most: u64) -> io::Result<String> {
    // Opening a named pipe would wait for a writer.
    if !path.metadata()?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let file = File::open(path)?;
    let mode = file.metadata()?.mode() & 0o777;
    if mode & forbidden != 0 {
        let path = path.display();
        return Err(io::Error::other(format!("others can read or change it (mode {mode:04o}); run chmod 600 {path}")));
    }
    let mut text = String::new();
    file.take(most).read_to_string(&mut text)?;
    Ok(text)
}
