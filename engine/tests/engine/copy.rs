//! Copying a data folder beside an engine that uses it.

use crate::common::{TempFolder, TestEngine, eventually, sh, within};
use execdeck_engine::{check, copy};
use std::{fs, io::Write, path::Path, process::Command};

/// Replaces a file by a pipe, at which whoever reads the file waits.
fn replace_by_pipe(path: &Path) {
    fs::remove_file(path).unwrap();
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_removed_while_it_is_copied_is_not_in_the_copy() {
    let test = TestEngine::new().await;
    let mut kept = Vec::new();
    // Removed before its output is listed, and after.
    for reading in ["spec.json", "output/00000000000000000000.idx"] {
        let (removed, _) = test.run(sh("echo removed")).await;
        kept.push(test.run(sh("echo kept")).await.0.id);
        let path = test.folder.path().join("processes").join(removed.id.to_string());
        eventually(async || !path.join("keeper.sock").exists()).await;
        let pipe = path.join(reading);
        replace_by_pipe(&pipe);
        let elsewhere = TempFolder::new();
        let (from, to) = (test.folder.path().to_owned(), elsewhere.path().join("new/copy"));
        let target = to.clone();
        let copying = tokio::task::spawn_blocking(move || copy(&from, &target));
        // This waits for the copy to read.
        let opened = tokio::task::spawn_blocking(move || fs::File::options().write(true).open(pipe));
        let mut pipe = within(opened).await.unwrap().unwrap();
        test.engine.remove(removed.id).await.unwrap();
        pipe.write_all(b"{}").unwrap();
        drop(pipe);
        let copied = within(copying).await.unwrap().unwrap();
        assert_eq!((copied.processes, copied.running), (kept.len() as u64, 0));
        let checked = check(&to).unwrap();
        assert!(checked.findings.is_empty() && checked.processes == kept.len(), "{reading}: {checked:?}");
        assert!(kept.iter().all(|id| to.join("processes").join(id.to_string()).join("status.json").exists()));
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
    assert_eq!(copy(test.folder.path(), elsewhere.path()).unwrap().processes, 2);
    let findings = check(elsewhere.path()).unwrap().findings;
    assert!(!findings.is_empty() && findings.iter().all(|finding| finding.path.to_string_lossy().contains(&damaged.id.to_string())));
    assert!(fs::read_dir(elsewhere.path().join("processes").join(whole.id.to_string()).join("output")).unwrap().count() > 0);
}
