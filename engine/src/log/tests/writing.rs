use super::{Fault, FaultyDisk, Folder, LogWriter, read_all};
use execdeck_wire::{GapReason, OutputRange, Stream};

#[test]
fn a_full_disk_makes_a_gap_and_room_again_ends_it() {
    let (folder, disk) = (Folder::new(), FaultyDisk::default());
    let mut writer = LogWriter::on(disk.clone(), folder.path(), 1 << 20, 1000);
    writer.append(Stream::Stdout, b"before\n");
    // The first write of these stops midway, the second fails, and then no segment can be made.
    disk.0.borrow_mut().extend([Fault::Short(3), Fault::Full]);
    writer.append(Stream::Stdout, b"cut short\n");
    disk.0.borrow_mut().extend([Fault::Full]);
    writer.append(Stream::Stdout, b"lost\n");
    writer.append(Stream::Stderr, b"after\n");
    assert_eq!(writer.range(), OutputRange { start: 0, end: 28 });
    let found = read_all(&folder, 0, 28, Stream::Stdout, 100);
    assert_eq!(String::from_utf8(found.text()).unwrap(), "before\ncutafter\n");
    assert_eq!(found.gaps, [(10, 22, GapReason::NotWritten)]);
}

#[test]
fn the_cap_counts_the_index_too() {
    let folder = Folder::new();
    let mut writer = LogWriter::new(folder.path(), 64 << 10);
    // Each byte of these needs a record of 32.
    for _ in 0..50_000 {
        writer.append(Stream::Stdout, b"o");
        writer.append(Stream::Stderr, b"e");
    }
    writer.finish();
    assert!(folder.size() <= 64 << 10, "{} bytes on disk", folder.size());
    let range = writer.range();
    assert_eq!(range.end, 100_000);
    assert!(range.end - range.start >= 1000, "{range:?}");
    let found = read_all(&folder, range.start, range.end, Stream::Stdout, 1000);
    assert_eq!((found.bytes.len() as u64, found.gaps), (range.end - range.start, vec![]));
}

#[test]
fn the_cap_counts_a_record_that_was_cut_short() {
    let (folder, disk) = (Folder::new(), FaultyDisk::default());
    // Room for the records and bytes that are whole.
    let mut writer = LogWriter::on(disk.clone(), folder.path(), 3 * (32 + 100), 1000);
    for _ in 0..3 {
        writer.append(Stream::Stdout, &[b'x'; 100]);
        disk.0.borrow_mut().extend([Fault::Short(10), Fault::Full]);
        writer.append(Stream::Stderr, b"lost");
    }
    writer.finish();
    assert!(folder.size() <= 3 * (32 + 100), "{} bytes on disk", folder.size());
}

#[test]
fn the_greatest_cap_there_is_keeps_everything() {
    let folder = Folder::new();
    let mut writer = LogWriter::on(FaultyDisk::default(), folder.path(), u64::MAX, 100);
    writer.hold_from(Some(0));
    for _ in 0..100 {
        writer.append(Stream::Stdout, &[b'x'; 50]);
    }
    assert!(!writer.holds_excess());
    writer.finish();
    assert_eq!(writer.range(), OutputRange { start: 0, end: 5000 });
}

#[test]
fn what_is_held_beyond_the_cap_goes_at_the_end() {
    let folder = Folder::new();
    let mut writer = LogWriter::on(FaultyDisk::default(), folder.path(), 1000, 100);
    writer.hold_from(Some(0));
    for _ in 0..100 {
        writer.append(Stream::Stdout, &[b'x'; 50]);
    }
    assert_eq!(writer.range().start, 0);
    assert!(writer.holds_excess());
    writer.hold_from(Some(4900));
    assert!(!writer.holds_excess(), "a reader this far on loses nothing");
    writer.hold_from(Some(0));
    writer.finish();
    assert!(folder.size() <= 1000, "{} bytes on disk", folder.size());
    assert!(writer.range().start > 3000);
}
