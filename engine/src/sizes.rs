//! The sizes that a terminal has had, for whoever draws its output later: the file `sizes`, whose records have 24 bytes. They are
//! little-endian: u64 offset of the output before which the size was set, i64 time in µs, u16 columns, u16 rows, u32 zero.
//!
//! Only the keeper writes it. What cannot be written is lost: output is then drawn for the size before.

use crate::folder::create_new;
use execdeck_wire::TerminalSize;
use std::{
    fs::OpenOptions,
    io,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::Path,
};

const RECORD_BYTES: usize = 24;
/// No more are written: hours in which somebody drags a window without a pause.
const MOST: u64 = 1 << 16;

/// A terminal gets a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SizeChange {
    /// What is printed at this offset and later may be for this size.
    pub offset: u64,
    /// When, in microseconds since 1970.
    pub time_us: i64,
    pub size: TerminalSize,
}

impl SizeChange {
    /// Adds the change to the file.
    pub(crate) fn append(&self, path: &Path) -> io::Result<()> {
        let file = match create_new(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                OpenOptions::new().write(true).custom_flags(libc::O_NOFOLLOW).open(path)?
            }
            created => created?,
        };
        let records = file.metadata()?.len() / RECORD_BYTES as u64;
        if records >= MOST {
            return Ok(());
        }
        // Over what a failed write may have left.
        file.write_all_at(&self.encode(), records * RECORD_BYTES as u64)
    }

    fn encode(&self) -> [u8; RECORD_BYTES] {
        let mut record = [0; RECORD_BYTES];
        record[..8].copy_from_slice(&self.offset.to_le_bytes());
        record[8..16].copy_from_slice(&self.time_us.to_le_bytes());
        record[16..18].copy_from_slice(&self.size.cols.to_le_bytes());
        record[18..20].copy_from_slice(&self.size.rows.to_le_bytes());
        record
    }
}

#[cfg(feature = "host")]
pub(crate) use reading::Sizes;

#[cfg(feature = "host")]
mod reading {
    use super::{MOST, RECORD_BYTES, SizeChange};
    use crate::regular_file;
    use execdeck_wire::TerminalSize;
    use std::{
        collections::VecDeque,
        io::{self, Read},
        path::Path,
    };

    /// The changes of a terminal's size, in the order of the output.
    #[derive(Debug, Default)]
    pub(crate) struct Sizes(VecDeque<SizeChange>);

    #[cfg(test)]
    impl<const N: usize> From<[SizeChange; N]> for Sizes {
        fn from(changes: [SizeChange; N]) -> Self {
            Self(changes.into())
        }
    }

    impl Sizes {
        /// Reads those of the log in a folder; none if an earlier version has kept the process.
        pub(crate) fn of_log(folder: &Path) -> io::Result<Self> {
            let path = folder.parent().unwrap_or(folder).join("sizes");
            let mut bytes = Vec::new();
            match regular_file::open(&path) {
                Ok(file) => file.take(MOST * RECORD_BYTES as u64).read_to_end(&mut bytes)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
                Err(error) => return Err(error),
            };
            let mut changes: VecDeque<SizeChange> = VecDeque::new();
            for change in bytes.as_chunks().0.iter().filter_map(decode) {
                match changes.back_mut() {
                    // Nothing was printed for the one before.
                    Some(last) if last.offset == change.offset => *last = change,
                    // Damaged.
                    Some(last) if last.offset > change.offset => {}
                    _ => changes.push_back(change),
                }
            }
            Ok(Self(changes))
        }

        /// Leaves out all changes up to an offset, and returns the size that is in force there.
        pub(crate) fn skip_to(&mut self, offset: u64) -> Option<TerminalSize> {
            let mut size = None;
            while let Some(change) = self.0.pop_front_if(|change| change.offset <= offset) {
                size = Some(change.size);
            }
            size
        }

        /// The next change, if it is before an offset.
        pub(crate) fn next_before(&mut self, offset: u64) -> Option<SizeChange> {
            self.0.pop_front_if(|change| change.offset < offset)
        }
    }

    /// `None` for what no keeper has written, such as the zeros that a power cut leaves.
    fn decode(record: &[u8; RECORD_BYTES]) -> Option<SizeChange> {
        let u64_at = |at: usize| Some(u64::from_le_bytes(record.get(at..at + 8)?.try_into().ok()?));
        let u16_at = |at: usize| Some(u16::from_le_bytes(record.get(at..at + 2)?.try_into().ok()?));
        let size = TerminalSize { cols: u16_at(16)?, rows: u16_at(18)? };
        let is_whole = (1..=1000).contains(&size.cols) && (1..=1000).contains(&size.rows) && record[20..] == [0; 4];
        let (offset, time_us) = (u64_at(0)?, i64::try_from(u64_at(8)?).ok()?);
        is_whole.then_some(SizeChange { offset, time_us, size })
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use crate::log::tests::Folder;

        fn change(offset: u64, cols: u16) -> SizeChange {
            SizeChange { offset, time_us: offset as i64 + 5, size: TerminalSize { cols, rows: 24 } }
        }

        #[test]
        fn changes_are_read_in_order_and_what_is_damaged_is_left_out() {
            let folder = Folder::new();
            let output = folder.path().join("output");
            assert!(Sizes::of_log(&output).unwrap().0.is_empty());
            let path = folder.path().join("sizes");
            for change in [change(0, 80), change(100, 90), change(100, 120), change(50, 10), change(300, 100)] {
                change.append(&path).unwrap();
            }
            // A write that was cut short, and the next one over it.
            let whole = std::fs::read(&path).unwrap();
            std::fs::write(&path, [whole.as_slice(), &[1; 7]].concat()).unwrap();
            change(400, 132).append(&path).unwrap();
            let mut sizes = Sizes::of_log(&output).unwrap();
            assert_eq!(sizes.skip_to(0).unwrap().cols, 80);
            assert_eq!(sizes.next_before(100), None);
            assert_eq!(sizes.next_before(101), Some(change(100, 120)));
            assert_eq!(sizes.skip_to(u64::MAX).unwrap().cols, 132);
            assert_eq!(sizes.skip_to(u64::MAX), None);
            std::fs::write(&path, [0; 3 * RECORD_BYTES]).unwrap();
            assert!(Sizes::of_log(&output).unwrap().0.is_empty());
        }
    }
}
