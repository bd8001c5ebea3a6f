//! Reading files at an offset, with or without waiting for the disk.

use std::{
    fs::File,
    io::{self, IoSliceMut},
    os::unix::fs::FileExt,
};

/// What to do about bytes that are not in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnCacheMiss {
    /// Wait for the disk.
    Wait,
    /// Fail with [`io::ErrorKind::WouldBlock`].
    WouldBlock,
}

/// What was found at an offset of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// So many bytes, which are in the buffer; none at the end of the file.
    Bytes(usize),
    /// Nothing that can be read, up to this offset.
    Damage(u64),
}

/// Reads from an offset on. Fewer bytes than the buffer has room for: the file ends there or, with
/// [`OnCacheMiss::WouldBlock`], the rest is not in memory.
pub(super) fn read_at(file: &File, buffer: &mut [u8], at: u64, on_cache_miss: OnCacheMiss) -> io::Result<usize> {
    match on_cache_miss {
        OnCacheMiss::Wait => read_waiting(file, buffer, at),
        OnCacheMiss::WouldBlock => read_cached(file, buffer, at),
    }
}

fn read_waiting(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    let mut read = 0;
    while read < buffer.len() {
        match file.read_at(&mut buffer[read..], at + read as u64) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

/// `RWF_NOWAIT`, preadv2(2). Nothing in memory, the end of the file, and a file system that cannot tell: would block.
fn read_cached(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    use rustix::io::{Errno, ReadWriteFlags, preadv2};
    match preadv2(file, &mut [IoSliceMut::new(buffer)], at, ReadWriteFlags::NOWAIT) {
        // Some kernels answer 0 where there is more (preadv2(2), BUGS), others do not know the call.
        Ok(0) if !buffer.is_empty() => Err(io::ErrorKind::WouldBlock.into()),
        Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::INTR | Errno::INVAL | Errno::NOSYS | Errno::PERM) => {
            Err(io::ErrorKind::WouldBlock.into())
        }
        read => Ok(read?),
    }
}
