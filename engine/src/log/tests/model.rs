//! Random output on a disk that fails at random, read from anywhere.

use super::{Fault, FaultyDisk, Folder, LogWriter, STREAMS, read_all};
use execdeck_wire::{GapReason, Stream};
use proptest::prelude::*;

const CAP: u64 = 4000;
const SEGMENT: u64 = 500;

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
        from in any::<prop::sample::Index>(),
        finish in any::<bool>(),
    ) {
        let (folder, disk) = (Folder::new(), FaultyDisk::default());
        let mut writer = LogWriter::on(disk.clone(), folder.path(), CAP, SEGMENT);
        let mut printed: Vec<(u8, Stream)> = Vec::new();
        let (mut held, mut faulty) = (None, false);
        for step in steps {
            match step {
                Step::Append(stream, length) => {
                    let bytes: Vec<u8> = (printed.len()..printed.len() + length).map(|at| (at * 31 % 251) as u8).collect();
                    writer.append(STREAMS[stream], &bytes);
                    printed.extend(bytes.into_iter().map(|byte| (byte, STREAMS[stream])));
                }
                Step::Hold(share) => {
                    // What has gone already cannot be held.
                    held = share.map(|share| (printed.len() as u64 * u64::from(share) / 255).max(writer.range().start));
                    writer.hold_from(held);
                }
                Step::Faults(faults) => {
                    faulty |= faults.iter().any(|fault| matches!(fault, Fault::Full | Fault::Short(0)));
                    disk.0.borrow_mut().extend(faults);
                }
            }
        }
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
