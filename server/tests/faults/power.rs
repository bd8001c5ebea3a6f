//! The power fails: what was not synced is lost, at random moments under load.

use crate::{
    ALONE,
    common::{TempFolder, eventually},
    deck::{self, Deck},
    disks::{Disk, Loss},
    load::{self, Kind, Order},
    members::{self, Members},
    seed::{self, Random, Seed, scale},
    verdict,
};
use execdeck_client::{Client, ClientError, Mode, StartAt};
use execdeck_wire::{Frame, Process};
use futures_util::{StreamExt, stream};
use std::{
    collections::HashMap,
    fs,
    path::Path,
    process::Command,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use uuid::Uuid;

const NAME: &str = "power::no_end_that_was_told_is_lost_and_nothing_is_claimed_that_is_not_there";
/// Set for the run in mounts of its own.
const MAY_MOUNT: &str = "EXECDECK_TEST_MAY_MOUNT";

#[tokio::test(flavor = "multi_thread")]
async fn no_end_that_was_told_is_lost_and_nothing_is_claimed_that_is_not_there() {
    let _alone = ALONE.lock().await;
    if std::env::var_os(MAY_MOUNT).is_none() {
        return run_in_mounts_of_its_own();
    }
    let random = Seed::new("power").random();
    let (folder, notes) = (TempFolder::new(), TempFolder::new());
    fs::write(notes.path().join("worker.sh"), include_str!("worker.sh")).unwrap();
    let mut members = Members::new(&notes.path().join("alive"));
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    let disk = Disk::new(&data, 128);
    let mut deck = Deck::start(&data);
    // The account was put there by the test, which has not synced it.
    rustix::fs::syncfs(fs::File::open(&data).unwrap()).unwrap();
    let mut told = HashMap::new();
    for round in 0..scale(3, 25) {
        let (client, off) = (deck.client(), AtomicBool::new(false));
        let before = told.len();
        let new = Mutex::new(Vec::new());
        tokio::select! {
            () = run_load(&client, notes.path(), &random, &new, &off) => {}
            () = tokio::time::sleep(random.millis(1000..4000)) => {}
        }
        off.store(true, Ordering::SeqCst);
        disk.fail(Loss::Unsynced);
        deck.kill();
        for (_, keeper) in members::keepers(&data) {
            members::signal(keeper, rustix::process::Signal::KILL);
        }
        members.gone().await;
        told.extend(new.into_inner().unwrap().into_iter().map(|process: Process| (process.id, process)));
        assert!(round > 0 || told.len() > before, "nothing had ended before the power failed");
        eventually(async || disk.unmount()).await;
        disk.mount();

        deck.serve();
        check(&deck.client(), notes.path(), &told).await;
    }
    deck.stop();
    drop(deck);
    eventually(async || disk.unmount()).await;
}

/// Starts processes, many at once, and notes whose end was told before the power failed.
async fn run_load(client: &Client, notes: &Path, random: &Random, told: &Mutex<Vec<Process>>, off: &AtomicBool) {
    let kinds = [Kind::Quick, Kind::Quick, Kind::Pipes, Kind::Signal, Kind::Terminal, Kind::Stopped];
    let orders = stream::iter((0..).map(|number| Order::random(kinds[number % kinds.len()], random)));
    let runs = orders.map(|order| load::run(client, notes, order, random)).buffer_unordered(8);
    runs.for_each(async |ended| {
        if !off.load(Ordering::SeqCst) {
            told.lock().unwrap_or_else(PoisonError::into_inner).push(ended);
        }
    })
    .await;
}

async fn check(client: &Client, notes: &Path, told: &HashMap<Uuid, Process>) {
    eventually(async || deck::all(client, Some("active".parse().unwrap())).await.is_empty()).await;
    let processes: HashMap<Uuid, Process> = deck::all(client, None).await.into_iter().map(|process| (process.id, process)).collect();
    let mut wrong = Vec::new();
    for (id, before) in told {
        match processes.get(id) {
            None => wrong.push(format!("{id} is lost; it was {:?} {:?}", before.state, before.exit)),
            Some(now)
                if (now.state, &now.exit, now.ended_at, now.output) != (before.state, &before.exit, before.ended_at, before.output) =>
            {
                wrong.push(format!("{id} was {:?} {:?}, and is {:?} {:?}", before.state, before.exit, now.state, now.exit));
            }
            Some(_) => {}
        }
    }
    for process in processes.values() {
        let verdict = match (read(client, process.id).await, told.contains_key(&process.id)) {
            (Err(error), _) => Err(error.to_string()),
            (Ok((_, missing)), true) if missing > 0 => Err(format!("{missing} bytes are missing")),
            (Ok((output, _)), true) => verdict::check(process, &output, notes, false),
            // The last line may have reached the disk in part.
            (Ok((output, _)), false) => {
                let whole = output.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
                verdict::check(process, &output[..whole], notes, true)
            }
        };
        if let Err(why) = verdict {
            wrong.push(format!("{} {:?}, {:?} {:?}: {why}", process.id, process.spec.args, process.state, process.exit));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The stored output of an ended process, and how many bytes of it are missing.
async fn read(client: &Client, id: Uuid) -> Result<(Vec<u8>, u64), ClientError> {
    let mut stream = client.stream(id, StartAt::Offset(0), Mode::Full).await?;
    let (mut output, mut missing) = (Vec::new(), 0);
    while let Some(frame) = stream.next().await? {
        match frame {
            Frame::Output(_, _, bytes) => output.extend_from_slice(bytes),
            Frame::Gap(from, to, _) => missing += to - from,
            _ => {}
        }
    }
    Ok((output, missing))
}

/// Runs the test again where its mounts go with it.
fn run_in_mounts_of_its_own() {
    if !rustix::process::geteuid().is_root() || !Path::new("/dev/loop-control").exists() {
        eprintln!("{NAME} is skipped: it takes root and loop devices");
        return;
    }
    let seed = Seed::new("power");
    let mut run = Command::new("unshare");
    run.arg("--mount").arg(std::env::current_exe().unwrap()).args(["--exact", NAME, "--nocapture"]);
    let done = run.env(MAY_MOUNT, "1").env(seed::VARIABLE, seed.value().to_string()).output().unwrap();
    let output = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && output.contains("1 passed"), "{output}{}", String::from_utf8_lossy(&done.stderr));
}
