use crate::common::{TestEngine, eventually, sh, spec, within};
use execdeck_engine::{Piece, Viewer};
use execdeck_wire::{GapReason, ProcessSpec, Stream};

async fn read_to_end(mut viewer: Viewer) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        let ended = viewer.extent().ended;
        match viewer.read(256 << 10).await.unwrap() {
            Some(Piece::Output(_, offset, bytes)) => {
                assert_eq!(offset, all.len() as u64, "every byte once and in order");
                all.extend_from_slice(bytes);
            }
            Some(gap @ Piece::Gap(..)) => panic!("{gap:?}"),
            None if ended => return all,
            None => within(viewer.changed(true)).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_streams_are_told_apart_and_stay_in_order() {
    let test = TestEngine::new().await;
    let process = test.start(sh("echo a; sleep 0.1; echo b >&2; sleep 0.1; echo c")).await;
    within(test.engine.wait(process.id)).await.unwrap();
    let mut viewer = test.engine.view(process.id).await.unwrap();
    let mut seen = Vec::new();
    while let Some(Piece::Output(stream, _, bytes)) = viewer.read(1 << 20).await.unwrap() {
        seen.push((stream, String::from_utf8(bytes.to_vec()).unwrap()));
    }
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
    assert!(test.engine.read_output(process.id, 0).await.unwrap() == expected);
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
    let gap = viewer.read(100).await.unwrap();
    let Some(Piece::Gap(0, to, GapReason::Retention)) = gap else { panic!("{gap:?}") };
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

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_makes_a_gap_and_never_a_hanging_process() {
    // A folder with room for a megabyte, where the test may mount one.
    let test = TestEngine::new().await;
    let processes = test.folder.path().join("processes");
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs"])
        .arg(&processes)
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !mounted {
        eprintln!("not run: mounting a small file system needs root");
        return;
    }
    let fill = "head -c 3000000 /dev/zero; echo; read go; echo after";
    let process = test.start(ProcessSpec { stdin: true, ..sh(fill) }).await;
    eventually(async || test.engine.get(process.id).await.unwrap().output.end == 3_000_001).await;
    // Room again: output goes on behind the gap.
    let first = processes.join(process.id.to_string()).join("output/00000000000000000000.log");
    std::fs::OpenOptions::new().write(true).open(first).unwrap().set_len(100_000).unwrap();
    test.engine.write_input(process.id, b"go\n").await.unwrap();
    let ended = within(test.engine.wait(process.id)).await;
    let mut viewer = test.engine.view(process.id).await.unwrap();
    let (mut seen, mut gaps) = (Vec::new(), Vec::new());
    while let Some(piece) = viewer.read(1 << 20).await.unwrap() {
        match piece {
            Piece::Output(_, _, bytes) => seen.extend_from_slice(bytes),
            Piece::Gap(from, to, reason) => gaps.push((from, to, reason)),
        }
    }
    std::process::Command::new("umount").args(["-l"]).arg(&processes).status().unwrap();
    assert_eq!(ended.unwrap().output.end, 3_000_007);
    assert!(seen.ends_with(b"after\n"));
    assert!(matches!(gaps[..], [(100_000, 3_000_001, GapReason::NotWritten)]), "{gaps:?}");
}
