use crate::common::{TestEngine, eventually, read_output, sh, spec, within};
use execdeck_engine::{Chunk, Viewer};
use execdeck_wire::{GapReason, Stream};
use std::path::Path;

/// Reads on until the process has ended, and checks that every byte comes once and in order.
async fn read_to_end(mut viewer: Viewer) -> Vec<u8> {
    let (mut all, mut buffer) = (Vec::new(), vec![0; 256 << 10]);
    loop {
        let ended = viewer.extent().ended;
        match viewer.read(&mut buffer).await.unwrap() {
            Some(Chunk::Output { offset, length, .. }) => {
                assert_eq!(offset, all.len() as u64, "every byte once and in order");
                all.extend_from_slice(&buffer[..length]);
            }
            Some(gap @ Chunk::Gap { .. }) => panic!("{gap:?}"),
            None if ended => return all,
            None => within(viewer.changed(true)).await,
        }
    }
}

/// What there is now: the output with its streams, and the gaps.
pub async fn read_now(viewer: &mut Viewer) -> (Vec<(Stream, String)>, Vec<(u64, u64, GapReason)>) {
    let (mut output, mut gaps, mut buffer) = (Vec::new(), Vec::new(), vec![0; 1 << 20]);
    while let Some(chunk) = within(viewer.read(&mut buffer)).await.unwrap() {
        match chunk {
            Chunk::Output { stream, length, .. } => output.push((stream, String::from_utf8_lossy(&buffer[..length]).into_owned())),
            Chunk::Gap { from, to, reason } => gaps.push((from, to, reason)),
        }
    }
    (output, gaps)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_streams_are_told_apart_and_stay_in_order() {
    let test = TestEngine::new().await;
    let process = test.start(sh("echo a; sleep 0.5; echo b >&2; sleep 0.5; echo c")).await;
    within(test.engine.wait(process.id)).await.unwrap();
    let mut viewer = test.engine.view(process.id).await.unwrap();
    let (seen, _) = read_now(&mut viewer).await;
    let expected = [(Stream::Stdout, "a\n"), (Stream::Stderr, "b\n"), (Stream::Stdout, "c\n")];
    assert_eq!(seen, expected.map(|(stream, text)| (stream, text.to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn viewers_from_the_start_and_from_midway_get_every_byte() {
    let test = TestEngine::new().await;
    let process = test.start(spec(&["seq", "1000000"])).await;
    let first = tokio::spawn(read_to_end(test.engine.view(process.id).await.unwrap()));
    eventually(async || test.engine.get(process.id).await.unwrap().output.end > 1_000_000).await;
    let midway = tokio::spawn(read_to_end(test.engine.view(process.id).await.unwrap()));
    let expected: Vec<u8> = (1..=1_000_000).flat_map(|number| format!("{number}\n").into_bytes()).collect();
    assert!(within(first).await.unwrap() == expected);
    assert!(within(midway).await.unwrap() == expected);
    assert!(read_output(&test.engine, process.id).await == expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn output_beyond_its_cap_goes_from_the_start_and_leaves_a_gap_that_says_so() {
    let test = TestEngine::new().await;
    let mut spec = spec(&["seq", "1000000"]);
    spec.limits.output_bytes = 1 << 20;
    let (process, output) = test.run(spec).await;
    assert_eq!(process.output.end, 6_888_896);
    let kept = process.output.end - process.output.start;
    assert!(kept <= 1 << 20 && kept > 1 << 19, "{kept}");
    let mut viewer = test.engine.view(process.id).await.unwrap();
    viewer.seek(0);
    let gap = viewer.read(&mut [0; 100]).await.unwrap();
    let Some(Chunk::Gap { from: 0, to, reason: GapReason::Retention }) = gap else { panic!("{gap:?}") };
    assert_eq!(to, process.output.start);
    assert!(output.ends_with(b"999999\n1000000\n"));
    assert_eq!(output.len() as u64, kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_that_keeps_up_loses_nothing_to_a_cap_smaller_than_its_lag() {
    let test = TestEngine::new().await;
    let mut spec = sh("read go; seq 1000000");
    spec.stdin = true;
    spec.limits.output_bytes = 1 << 20;
    let process = test.start(spec).await;
    let viewer = tokio::spawn(read_to_end(test.engine.view(process.id).await.unwrap()));
    test.engine.write_input(process.id, b"go\n").await.unwrap();
    assert_eq!(within(viewer).await.unwrap().len(), 6_888_896);
}

/// Bytes on disk.
fn size(folder: &Path) -> u64 {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stalled_viewer_holds_beyond_the_cap_goes_with_the_process() {
    let test = TestEngine::new().await;
    let mut spec = sh("read go; seq 1000000");
    spec.stdin = true;
    spec.limits.output_bytes = 1 << 20;
    let process = test.start(spec).await;
    let mut stalled = test.engine.view(process.id).await.unwrap();
    test.engine.write_input(process.id, b"go\n").await.unwrap();
    let ended = within(test.engine.wait(process.id)).await.unwrap();
    let output = test.folder.path().join("processes").join(process.id.to_string()).join("output");
    assert!(size(&output) <= 1 << 20, "{} bytes on disk", size(&output));
    let (_, gaps) = read_now(&mut stalled).await;
    assert_eq!(gaps, [(0, ended.output.start, GapReason::Retention)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trickle_is_not_outgrown_by_its_index_and_the_cap_counts_both() {
    let test = TestEngine::new().await;
    let mut spec = sh("i=0; while [ $i -lt 20000 ]; do printf a; printf b >&2; i=$((i+1)); done");
    spec.limits.output_bytes = 64 << 10;
    let (process, _) = test.run(spec).await;
    let output = test.folder.path().join("processes").join(process.id.to_string()).join("output");
    assert_eq!(process.output.end, 40_000);
    assert!(size(&output) <= 64 << 10, "{} bytes on disk", size(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn output_whose_index_was_lost_is_read_all_the_same() {
    let test = TestEngine::new().await;
    let mut in_terminal = sh("stty -opost; seq 1000");
    in_terminal.terminal = Some(execdeck_wire::TerminalSize { cols: 80, rows: 24 });
    let expected = (1..=1000).map(|number| number.to_string()).collect::<Vec<_>>().join("\n") + "\n";
    for (spec, stream) in [(sh("seq 1000"), Stream::Stdout), (in_terminal, Stream::Terminal)] {
        let (process, _) = test.run(spec).await;
        let index = test.folder.path().join("processes").join(process.id.to_string()).join("output/00000000000000000000.idx");
        for damage in ["zeroed", "empty", "missing"] {
            match damage {
                "zeroed" => std::fs::write(&index, vec![0; std::fs::metadata(&index).unwrap().len() as usize]).unwrap(),
                "empty" => std::fs::write(&index, []).unwrap(),
                _ => std::fs::remove_file(&index).unwrap(),
            }
            let (output, gaps) = read_now(&mut test.engine.view(process.id).await.unwrap()).await;
            assert_eq!((output, gaps), (vec![(stream, expected.clone())], vec![]), "{damage}");
        }
    }
}
