//! Copying a data folder beside an engine that uses it.

use crate::common::{TempFolder, TestEngine, eventually, sh, within};
use execdeck_engine::{ReadAs, check, copy};
use execdeck_wire::{Process, ProcessFilter};
use std::fs;

/// Enough for a copy, which waits until each file is on the device, to take a while.
const FILES: usize = 2000;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_removed_while_it_is_copied_is_not_in_the_copy() {
    let test = TestEngine::new().await;
    let folder_of = |process: &Process| test.folder.path().join("processes").join(process.id.to_string());
    // Removed while its own files are being copied, and while those of the one before it are.
    for is_slow_removed in [true, false] {
        let (slow, _) = test.run(sh("echo slow")).await;
        let (next, _) = test.run(sh("echo next")).await;
        for process in [&slow, &next] {
            eventually(async || !folder_of(process).join("keeper.sock").exists()).await;
        }
        for number in 0..FILES {
            fs::write(folder_of(&slow).join("output").join(format!("clutter {number}")), "x").unwrap();
        }
        let elsewhere = TempFolder::new();
        let (from, to) = (test.folder.path().to_owned(), elsewhere.path().join("new/copy"));
        let target = to.clone();
        let copying = tokio::task::spawn_blocking(move || copy(&from, &target, ReadAs::default()));
        let begun = to.join("processes").join(slow.id.to_string()).join("output/clutter 0");
        eventually(async || begun.exists()).await;
        let (removed, kept) = if is_slow_removed { (&slow, &next) } else { (&next, &slow) };
        test.engine.remove(removed.id).await.unwrap();
        assert!(!copying.is_finished(), "it was too fast");
        let copied = within(copying).await.unwrap().unwrap();
        let all = test.engine.list(ProcessFilter::default()).await.unwrap().processes;
        assert_eq!((copied.processes, copied.running), (all.len() as u64, 0));
        let ids = fs::read_dir(to.join("processes")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut ids: Vec<_> = ids.collect();
        ids.sort_unstable();
        assert!(ids.len() == all.len() && ids.contains(&kept.id.to_string()) && !ids.contains(&removed.id.to_string()), "{ids:?}");
        let findings = check(&to).unwrap().findings;
        assert!(findings.iter().all(|finding| finding.path.to_string_lossy().contains("clutter")), "{findings:?}");
        test.engine.remove(kept.id).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_without_its_files_keeps_nothing_else_from_being_copied() {
    let test = TestEngine::new().await;
    let (damaged, _) = test.run(sh("echo damaged")).await;
    let (whole, _) = test.run(sh("echo whole")).await;
    let output = test.folder.path().join("processes").join(damaged.id.to_string()).join("output");
    eventually(async || !output.with_file_name("keeper.sock").exists()).await;
    fs::remove_dir_all(&output).unwrap();
    let elsewhere = TempFolder::new();
    assert_eq!(copy(test.folder.path(), elsewhere.path(), ReadAs::default()).unwrap().processes, 2);
    let findings = check(elsewhere.path()).unwrap().findings;
    assert!(!findings.is_empty() && findings.iter().all(|finding| finding.path.to_string_lossy().contains(&damaged.id.to_string())));
    assert!(fs::read_dir(elsewhere.path().join("processes").join(whole.id.to_string()).join("output")).unwrap().count() > 0);
}
