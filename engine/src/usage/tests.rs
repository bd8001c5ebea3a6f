//! The file of samples: written, thinned out, and damaged.

use super::{record::RECORD_BYTES, *};
use execdeck_wire::{Timestamp, Usage, UsageSample};
use std::{fs, path::PathBuf};

struct TempFile(PathBuf);

impl TempFile {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("execdeck-usage-{}", uuid::Uuid::now_v7()));
        fs::create_dir(&folder).unwrap();
        Self(folder.join("usage"))
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.0.parent().unwrap());
    }
}

fn sample(number: u64) -> UsageSample {
    let time = Timestamp::from_micros(1_700_000_000_000_000 + number * 1_000_000);
    UsageSample { time, cpu_ms: number * 3, memory_bytes: 1 << 20, processes: number as u32 }
}

fn written(numbers: std::ops::Range<u64>) -> TempFile {
    let file = TempFile::new();
    let mut writer = UsageWriter::new(file.0.clone());
    numbers.for_each(|number| writer.append(&sample(number)));
    file
}

#[test]
fn samples_read_back_as_they_were_written_also_by_a_second_writer() {
    let file = written(0..3);
    UsageWriter::new(file.0.clone()).append(&sample(3));
    assert_eq!(read(&file.0).unwrap(), (0..4).map(sample).collect::<Vec<_>>());
    assert_eq!(last_known(&file.0), Some(Usage { cpu_ms: 9, peak_memory_bytes: 1 << 20, ..Usage::default() }));
    assert_eq!(read(&file.0.with_extension("other")).unwrap(), []);
}

#[test]
fn wherever_the_file_is_cut_all_whole_samples_are_read_and_the_next_one_follows_them() {
    let whole = fs::read(&written(0..4).0).unwrap();
    for cut in 0..=whole.len() {
        let file = TempFile::new();
        fs::write(&file.0, &whole[..cut]).unwrap();
        let mut expected: Vec<_> = (0..(cut / RECORD_BYTES) as u64).map(sample).collect();
        assert_eq!(read(&file.0).unwrap(), expected, "{cut}");
        UsageWriter::new(file.0.clone()).append(&sample(9));
        expected.push(sample(9));
        assert_eq!(read(&file.0).unwrap(), expected, "{cut}");
    }
}

#[test]
fn what_no_keeper_has_written_is_left_out() {
    let good = fs::read(&written(0..3).0).unwrap();
    let record = |at: usize| &good[at * RECORD_BYTES..(at + 1) * RECORD_BYTES];
    let zeros = [0; RECORD_BYTES];
    let (mut future, mut negative, mut reserved) = (zeros, [0xff; RECORD_BYTES], [0; RECORD_BYTES]);
    future[..8].copy_from_slice(&(Timestamp::now().as_micros() * 2).to_le_bytes());
    negative[28..].fill(0);
    reserved.copy_from_slice(record(1));
    reserved[31] = 1;
    let file = TempFile::new();
    for damage in [zeros, future, negative, reserved] {
        fs::write(&file.0, [record(0), &damage, record(1), record(0), record(2)].concat()).unwrap();
        assert_eq!(read(&file.0).unwrap(), [sample(0), sample(1), sample(2)], "{damage:?}");
    }
}

#[test]
fn what_was_sampled_after_the_clock_was_set_back_is_read_too() {
    let file = written(10..12);
    let later: Vec<_> = (0..2).map(|number| UsageSample { cpu_ms: 100 + number, ..sample(number) }).collect();
    let mut writer = UsageWriter::new(file.0.clone());
    for sample in &later {
        writer.append(sample);
    }
    assert_eq!(read(&file.0).unwrap(), [&[sample(10), sample(11)], &later[..]].concat());
    assert_eq!(check(&file.0).unwrap(), None);
    assert_eq!(last_known(&file.0).unwrap().cpu_ms, 101);
}

#[test]
fn every_second_old_sample_goes_when_there_are_very_many() {
    let file = written(0..MAX_SAMPLES);
    assert_eq!(fs::metadata(&file.0).unwrap().len(), MAX_SAMPLES * RECORD_BYTES as u64);
    UsageWriter::new(file.0.clone()).append(&sample(MAX_SAMPLES));
    let half = MAX_SAMPLES / 2;
    let expected: Vec<_> = (0..half).filter(|number| number % 2 == 1).chain(half..=MAX_SAMPLES).map(sample).collect();
    assert!(read(&file.0).unwrap() == expected);
    assert!(!file.0.with_extension("new").exists());
    // However many are written, the file stays within its bound, with the newest ones whole.
    let mut writer = UsageWriter::new(file.0.clone());
    for number in MAX_SAMPLES + 1..4 * MAX_SAMPLES {
        writer.append(&sample(number));
        assert!(fs::metadata(&file.0).unwrap().len() <= MAX_SAMPLES * RECORD_BYTES as u64);
    }
    let samples = read(&file.0).unwrap();
    assert!(samples.len() as u64 > half);
    assert!(samples[samples.len() - half as usize / 2..] == (4 * MAX_SAMPLES - half / 2..4 * MAX_SAMPLES).map(sample).collect::<Vec<_>>());
}

#[test]
fn a_sample_that_cannot_be_written_is_lost_and_the_next_one_is_not() {
    let file = TempFile::new();
    let mut writer = UsageWriter::new(file.0.clone());
    fs::create_dir(&file.0).unwrap();
    writer.append(&sample(0));
    fs::remove_dir(&file.0).unwrap();
    writer.append(&sample(1));
    assert_eq!(read(&file.0).unwrap(), [sample(1)]);
}
