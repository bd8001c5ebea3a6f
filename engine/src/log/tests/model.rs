//! Random output on a disk that fails at random, read from anywhere, and compressed between crashes.

use super::{
    Fault, FaultyDisk, Folder, Found, LogWriter, STREAMS,
    compressing::{SMALL, compress_small, copy},
    read_all,
};
use crate::log::{compress::compress_with, range_on_disk};
use execdeck_wire::{GapReason, Stream};
use proptest::{prelude::*, sample::Index};
use std::{fs, io};

const CAP: u64 = 4000;
const SEGMENT: u64 = 500;

/// A log and what it should hold.
struct Model {
    folder: Folder,
    disk: FaultyDisk,
    writer: LogWriter<FaultyDisk>,
    printed: Vec<(u8, Stream)>,
    held: Option<u64>,
    /// Whether bytes may have been lost to the disk.
    faulty: bool,
}

impl Model {
    fn of(steps: Vec<Step>) -> Self {
        let (folder, disk) = (Folder::in_memory(), FaultyDisk::default());
        let writer = LogWriter::on(disk.clone(), folder.path(), CAP, SEGMENT);
        let mut model = Self { folder, disk, writer, printed: Vec::new(), held: None, faulty: false };
        for step in steps {
            model.apply(step);
        }
        model
    }

    fn apply(&mut self, step: Step) {
        let printed = &mut self.printed;
        match step {
            Step::Append(stream, length) => {
                let bytes: Vec<u8> = (printed.len()..printed.len() + length).map(|at| (at * 31 % 251) as u8).collect();
                self.writer.append(STREAMS[stream], &bytes);
                printed.extend(bytes.into_iter().map(|byte| (byte, STREAMS[stream])));
            }
            Step::Hold(share) => {
                // What has gone already cannot be held.
                self.held = share.map(|share| (printed.len() as u64 * u64::from(share) / 255).max(self.writer.range().start));
                self.writer.hold_from(self.held);
            }
            Step::Faults(faults) => {
                self.faulty |= faults.iter().any(|fault| matches!(fault, Fault::Full | Fault::Short(0)));
                self.disk.0.borrow_mut().extend(faults);
            }
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Append(usize, usize),
    /// A reader holds the output from this share of it on.
    Hold(Option<u8>),
    Faults(Vec<Fault>),
}

fn step() -> impl Strategy<Value = Step> {
    let fault = prop_oneof![
        3 => Just(Fault::None),
        3 => (0..40usize).prop_map(Fault::Short),
        1 => Just(Fault::Interrupted),
        2 => Just(Fault::Full),
    ];
    prop_oneof![
        12 => (0..3usize, 0..700usize).prop_map(|(stream, length)| Step::Append(stream, length)),
        1 => proptest::option::of(any::<u8>()).prop_map(Step::Hold),
        2 => proptest::collection::vec(fault, 0..8).prop_map(Step::Faults),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn from_any_offset_each_byte_comes_once_or_is_in_a_gap_that_says_why(
        steps in proptest::collection::vec(step(), 0..60),
        room in 1..900usize,
        from in any::<Index>(),
        finish in any::<bool>(),
    ) {
        let Model { folder, mut writer, printed, mut held, faulty, .. } = Model::of(steps);
        if finish {
            writer.finish();
            held = None;
            prop_assert!(folder.size() <= CAP, "{} bytes on disk", folder.size());
        }
        let (range, on_disk) = (writer.range(), folder.bytes_on_disk());
        prop_assert_eq!(range.end, printed.len() as u64);
        prop_assert_eq!(on_disk.keys().next().copied().unwrap_or(range.end), range.start);
        if let Some(held) = held {
            prop_assert!(range.start <= held || faulty, "{} is held, and {} the start", held, range.start);
        }

        let from = from.index(printed.len() + 1) as u64;
        let found = read_all(&folder, from, range.end, Stream::Stdout, room);
        for (offset, expected) in (0..).zip(&printed).skip(from as usize) {
            let gap = found.gaps.iter().find(|(from, to, _)| (*from..*to).contains(&offset));
            match (on_disk.get(&offset), gap) {
                (Some(byte), None) => {
                    prop_assert_eq!(*byte, expected.0);
                    prop_assert_eq!(found.bytes.get(&offset), Some(expected), "at {}", offset);
                }
                (None, Some((_, _, reason))) => {
                    let removed = offset < range.start;
                    prop_assert_eq!(*reason, if removed { GapReason::Retention } else { GapReason::NotWritten });
                    prop_assert!(removed || faulty, "lost without a fault");
                }
                (written, gap) => prop_assert!(false, "{:?} on disk, {:?} read at {}", written, gap, offset),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn compressing_changes_nothing_that_is_read_whatever_the_log_is_like_and_whenever_it_crashes(
        steps in proptest::collection::vec(step(), 0..40),
        cut in proptest::option::of((any::<Index>(), any::<Index>())),
        crashes in proptest::collection::vec(1..40usize, 0..4),
        room in 1..900usize,
        from in any::<Index>(),
    ) {
        let Model { mut folder, mut writer, printed, .. } = Model::of(steps);
        writer.finish();
        if let Some((file, length)) = cut {
            cut_file(&folder, file, length);
        }
        let (from, end) = (from.index(printed.len() + 1) as u64, writer.range().end);
        let (range, before) = (range_on_disk(&folder.path()), read_all(&folder, from, end, Stream::Stdout, room));
        for crash in crashes {
            folder = crash_after(crash, folder);
            prop_assert_eq!(range_on_disk(&folder.path()), range);
            prop_assert_eq!(&read_all(&folder, from, end, Stream::Stdout, room), &before);
        }
        compress_small(&folder);
        prop_assert_eq!(range_on_disk(&folder.path()), range);
        prop_assert_eq!(read_all(&folder, from, end, Stream::Stdout, room), before);
    }

    #[test]
    fn a_compressed_log_that_is_cut_anywhere_shows_nothing_that_was_not_printed(
        steps in proptest::collection::vec(step(), 1..40),
        cut in (any::<Index>(), any::<Index>()),
        room in 1..900usize,
    ) {
        let Model { folder, mut writer, printed, .. } = Model::of(steps);
        writer.finish();
        compress_small(&folder);
        let end = writer.range().end;
        let before = read_all(&folder, 0, end, Stream::Stdout, room);
        cut_file(&folder, cut.0, cut.1);
        let Found { bytes, gaps } = read_all(&folder, 0, end, Stream::Stdout, room);
        for (offset, (byte, _)) in &bytes {
            prop_assert_eq!(*byte, printed[*offset as usize].0);
        }
        for offset in before.bytes.keys().filter(|offset| !bytes.contains_key(offset)) {
            prop_assert!(gaps.iter().any(|(from, to, _)| (*from..*to).contains(offset)));
        }
    }
}

/// Cuts one of the files at one of its bytes.
fn cut_file(folder: &Folder, file: Index, length: Index) {
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    if !files.is_empty() {
        let file = fs::OpenOptions::new().write(true).open(file.get(&files)).unwrap();
        file.set_len(length.index(file.metadata().unwrap().len() as usize + 1) as u64).unwrap();
    }
}

/// What a compressor that is killed after so many steps leaves.
fn crash_after(steps: usize, folder: Folder) -> Folder {
    let (mut passed, mut left) = (0, None);
    let _ = compress_with(SMALL, &folder.path(), &mut || {
        passed += 1;
        if passed < steps {
            return Ok(());
        }
        left.get_or_insert_with(|| copy(&folder));
        Err(io::ErrorKind::Interrupted.into())
    });
    left.unwrap_or(folder)
}
