//! Disks that are full, read-only or gone while processes run: they keep running, whoever runs the server is told, and all is well again
//! when the disk is.

use crate::{
    common::{
        TempFolder, config,
        disks::{Disk, Loss, may_mount_images},
        eventually, sh, signal, within,
    },
    output::read_now,
};
use execdeck_engine::{Engine, EngineConfig};
use execdeck_wire::{Exit, GapReason, ProblemCode, Process, ProcessState};
use rusqlite::{Connection, OpenFlags};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// An engine whose data is on a disk of its own.
struct Broken {
    engine: Engine,
    disk: Disk,
    data: PathBuf,
    /// On another disk.
    elsewhere: TempFolder,
}

impl Broken {
    async fn new() -> Self {
        let elsewhere = TempFolder::new();
        let data = elsewhere.path().join("data");
        fs::create_dir(&data).unwrap();
        let disk = Disk::new(&data, 24);
        let engine = Engine::open(EngineConfig { output_bytes: 1 << 30, ..config(&data) }).await.unwrap();
        Self { engine, disk, data, elsewhere }
    }

    fn codes(&self) -> Vec<ProblemCode> {
        self.engine.problems().iter().map(|problem| problem.code).collect()
    }

    /// Starts a process that prints a line of 8 bytes a hundred times a second, and notes elsewhere how many it has printed, until it
    /// is told to stop; then it exits with 7.
    async fn start_counting(&self) -> Process {
        let (count, stop) = (self.count_file(), self.stop_file());
        let script = format!(
            "n=0; until [ -e {} ]; do n=$((n + 1)); printf '%07d\\n' $n; echo $n > {1}.new; mv {1}.new {1}; sleep 0.01; done; exit 7",
            stop.display(),
            count.display()
        );
        self.engine.create("tester", sh(&script)).await.unwrap()
    }

    /// Whether the history in the file has the end of a process, whatever the engine knows.
    fn is_on_record(&self, process: &Process) -> bool {
        let state = Connection::open_with_flags(self.data.join("execdeck.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).and_then(|database| {
            let sql = "SELECT state FROM processes WHERE id = ?";
            database.query_row(sql, [process.id.to_string()], |row| row.get::<_, String>(0))
        });
        state.is_ok_and(|state| state == "exited")
    }

    fn count_file(&self) -> PathBuf {
        self.elsewhere.path().join("count")
    }

    fn stop_file(&self) -> PathBuf {
        self.elsewhere.path().join("stop")
    }

    fn printed(&self) -> u64 {
        fs::read_to_string(self.count_file()).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
    }

    /// Waits until the process has printed so many more lines.
    async fn goes_on(&self, lines: u64) {
        let before = self.printed();
        eventually(async || self.printed() >= before + lines).await;
    }

    async fn until_told(&self, expected: &[ProblemCode]) {
        eventually(async || expected.iter().all(|code| self.codes().contains(code))).await;
        for problem in self.engine.problems() {
            assert!(problem.message.to_lowercase().contains("running"), "{}", problem.message);
        }
    }

    /// Waits until all is well, lets the process print some more and end, and checks that what it printed in between, and only that,
    /// is one gap.
    async fn ends_well(&self, process: &Process) {
        eventually(async || self.codes().is_empty()).await;
        self.goes_on(20).await;
        fs::write(self.stop_file(), "").unwrap();
        let ended = within(self.engine.wait(process.id)).await.unwrap();
        assert_eq!((ended.state, ended.exit), (ProcessState::Exited, Some(Exit::Code(7))));
        assert_eq!(ended.output.end, self.printed() * 8);
        let (output, gaps) = read_now(&mut self.engine.view(process.id).await.unwrap()).await;
        let [(from, to, GapReason::NotWritten)] = gaps[..] else { panic!("{gaps:?}") };
        let output = output.into_iter().map(|(_, text)| text).collect::<String>();
        let all = (1..=self.printed()).map(|number| format!("{number:07}\n")).collect::<Vec<_>>().concat();
        assert_eq!(output, format!("{}{}", &all[..from as usize], &all[to as usize..]));
        eventually(async || self.is_on_record(process)).await;
        let next = self.engine.create("tester", sh("echo next")).await.unwrap();
        assert_eq!(within(self.engine.wait(next.id)).await.unwrap().exit, Some(Exit::Code(0)));
    }
}

/// Whether the process is suspended.
fn is_stopped(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).unwrap().contains(") T ")
}

/// Takes all the room that is left.
fn fill(disk: &Path) -> PathBuf {
    let filler = disk.join("filler");
    for size in [1 << 20, 4096, 1] {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(&filler).unwrap();
        while std::io::Write::write_all(&mut file, &vec![0; size]).is_ok() {}
    }
    filler
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_for_a_while_costs_a_gap_and_nothing_else() {
    if !may_mount_images("broken_disk::a_disk_that_is_full_for_a_while_costs_a_gap_and_nothing_else") {
        return;
    }
    let broken = Broken::new().await;
    let process = broken.start_counting().await;
    broken.goes_on(20).await;
    let filler = fill(&broken.data);
    broken.until_told(&[ProblemCode::OutputNotWritten, ProblemCode::LittleSpace]).await;
    broken.goes_on(50).await;
    let since = broken.engine.problems()[0].since;
    fs::remove_file(filler).unwrap();
    broken.ends_well(&process).await;
    assert!(since > process.started_at.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_becomes_read_only_costs_a_gap_until_it_is_mounted_anew() {
    if !may_mount_images("broken_disk::a_disk_that_becomes_read_only_costs_a_gap_until_it_is_mounted_anew") {
        return;
    }
    let mut broken = Broken::new().await;
    let process = broken.start_counting().await;
    broken.goes_on(20).await;
    // What is written between the last sync and the moment when the disk is read-only is lost without a trace.
    let pid = process.pid.unwrap();
    signal("-STOP", pid);
    eventually(async || is_stopped(pid) && broken.engine.get(process.id).await.unwrap().output.end >= broken.printed() * 8).await;
    broken.disk.become_read_only();
    signal("-CONT", pid);
    broken.until_told(&[ProblemCode::OutputNotWritten]).await;
    assert!(broken.engine.create("tester", sh("true")).await.is_err());
    broken.until_told(&[ProblemCode::HistoryNotWritable]).await;
    broken.goes_on(50).await;
    broken.disk.replace();
    broken.ends_well(&process).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_costs_a_gap_until_another_one_is_in_its_place() {
    if !may_mount_images("broken_disk::a_disk_that_fails_costs_a_gap_until_another_one_is_in_its_place") {
        return;
    }
    let mut broken = Broken::new().await;
    let process = broken.start_counting().await;
    broken.goes_on(20).await;
    broken.disk.fail(Loss::Nothing);
    broken.until_told(&[ProblemCode::OutputNotWritten]).await;
    // Whoever tries to start another finds out that the history cannot be written, either.
    assert!(broken.engine.create("tester", sh("true")).await.is_err());
    broken.until_told(&[ProblemCode::HistoryNotWritable]).await;
    broken.goes_on(50).await;
    broken.disk.replace();
    broken.ends_well(&process).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_while_the_disk_is_gone_is_on_record_when_it_is_back() {
    if !may_mount_images("broken_disk::an_end_while_the_disk_is_gone_is_on_record_when_it_is_back") {
        return;
    }
    let mut broken = Broken::new().await;
    let process = broken.start_counting().await;
    broken.goes_on(20).await;
    broken.disk.fail(Loss::Nothing);
    fs::write(broken.stop_file(), "").unwrap();
    let ended = within(broken.engine.wait(process.id)).await.unwrap();
    assert_eq!((ended.state, ended.exit.clone()), (ProcessState::Exited, Some(Exit::Code(7))));
    broken.until_told(&[ProblemCode::HistoryNotWritable]).await;
    broken.disk.replace();
    eventually(async || broken.codes().is_empty()).await;
    let status = broken.data.join("processes").join(process.id.to_string()).join("status.json");
    eventually(async || fs::read_to_string(&status).is_ok_and(|text| text.contains("exited"))).await;
    let saved = rusqlite::Connection::open(broken.data.join("execdeck.db")).unwrap();
    let state = || saved.query_row("SELECT state FROM processes", [], |row| row.get::<_, String>(0)).unwrap();
    eventually(async || state() == "exited").await;
}
