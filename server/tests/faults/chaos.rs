//! The server and keepers are killed again and again while processes of all kinds run.

use crate::{
    ALONE,
    common::{TempFolder, eventually},
    deck::{self, Deck, persist},
    load::{self, KINDS, Kind, Order},
    members::{self, Members},
    seed::{Random, Seed, scale},
    verdict::{self, Notes},
};
use execdeck_client::Client;
use execdeck_wire::{Process, ProcessState};
use futures_util::{StreamExt, stream};
use rustix::process::Signal;
use std::{
    collections::{HashMap, HashSet},
    fs,
    path::Path,
};
use uuid::Uuid;

const PROCESSES: usize = 200;
/// How many of them are asked for at once.
const AT_ONCE: usize = 40;

#[tokio::test(flavor = "multi_thread")]
async fn whenever_the_server_and_keepers_are_killed_every_byte_and_every_end_is_known_and_nothing_is_left() {
    let _alone = ALONE.lock().await;
    let seed = Seed::new("chaos");
    let (folder, notes) = (TempFolder::new(), TempFolder::new());
    fs::write(notes.path().join("worker.sh"), include_str!("worker.sh")).unwrap();
    let mut members = Members::new(&notes.path().join("alive"));
    let mut deck = Deck::start(folder.path());
    let client = deck.client();
    let random = seed.random();

    let load = async {
        let orders = (0..PROCESSES).map(|number| Order::random(KINDS[number % KINDS.len()], &random));
        let runs = stream::iter(orders).map(|order| load::run(&client, notes.path(), order, &random));
        runs.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await
    };
    let (told, harmed) = tokio::join!(load, destroy(&mut deck, &random));
    stop_the_rest(&client).await;

    let processes: HashMap<Uuid, Process> = deck::all(&client, None).await.into_iter().map(|process| (process.id, process)).collect();
    let lost: Vec<_> = Notes::all(notes.path()).into_iter().filter(|id| !processes.contains_key(id)).collect();
    assert!(lost.is_empty(), "these have run, and Execdeck does not know them: {lost:?}");
    for process in &told {
        let now = &processes[&process.id];
        assert_eq!((now.state, &now.exit, now.ended_at), (process.state, &process.exit, process.ended_at), "an end changes no more");
    }
    let mut wrong = Vec::new();
    for process in processes.values() {
        let harmed = harmed.contains(&process.id);
        let verdict = stored(&client, process).await.and_then(|output| {
            compare_with_files(folder.path(), process.id, &output)?;
            verdict::check(process, &output, notes.path(), harmed)
        });
        if let Err(why) = verdict {
            wrong.push(format!("{} {:?}, {:?} {:?}, harmed: {harmed}: {why}", process.id, process.spec.args, process.state, process.exit));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let ran = processes.keys().filter(|id| !Notes::of(notes.path(), **id).began().is_empty()).count();
    assert!(ran > PROCESSES * 3 / 4, "only {ran} of {} have run", processes.len());
    let interrupted = processes.values().filter(|process| process.state == ProcessState::Interrupted).count();
    assert!(interrupted > 0 && processes.len() >= PROCESSES, "{interrupted} of {} are interrupted", processes.len());

    members.gone().await;
    eventually(async || members::keepers(folder.path()).is_empty()).await;
    eventually(async || members::zombies(deck.pid()).is_empty()).await;
    deck.stop();
}

/// Kills the server and some keepers, at random moments. Returns the processes whose keepers were killed.
async fn destroy(deck: &mut Deck, random: &Random) -> HashSet<Uuid> {
    let mut harmed = HashSet::new();
    for _ in 0..scale(6, 50) {
        tokio::time::sleep(random.millis(100..1500)).await;
        if random.once_in(2) {
            harmed.extend(kill_keeper(deck.data(), random));
        }
        if random.once_in(6) {
            deck.stop();
        } else {
            deck.kill();
        }
        if random.once_in(2) {
            harmed.extend(kill_keeper(deck.data(), random));
        }
        // Sometimes the next one does not even come to listen.
        while random.once_in(3) {
            deck.begin();
            tokio::time::sleep(random.millis(0..400)).await;
            deck.kill();
        }
        // Sometimes a keeper does not answer for a while.
        let wedged = if random.once_in(3) { random.pick(&members::keepers(deck.data())).map(|(_, pid)| *pid) } else { None };
        if let Some(pid) = wedged {
            members::signal(pid, Signal::STOP);
        }
        deck.serve();
        tokio::time::sleep(random.millis(0..300)).await;
        if let Some(pid) = wedged {
            members::signal(pid, Signal::CONT);
        }
    }
    // At least one.
    while harmed.is_empty() {
        harmed.extend(kill_keeper(deck.data(), random));
        tokio::time::sleep(random.millis(10..100)).await;
    }
    harmed
}

/// Kills one of the keepers that run.
fn kill_keeper(data: &Path, random: &Random) -> Option<Uuid> {
    let keepers = members::keepers(data);
    let (id, pid) = *random.pick(&keepers)?;
    members::signal(pid, Signal::KILL);
    Some(id)
}

/// Stops what runs on because nobody was told that it had been started, and waits until all have ended.
async fn stop_the_rest(client: &Client) {
    eventually(async || {
        let active = deck::all(client, Some("active".parse().unwrap())).await;
        for process in active.iter().filter(|process| matches!(Order::of(&process.spec).kind, Kind::Input | Kind::Deaf | Kind::Stopped)) {
            persist(async || client.kill_process(process.id, None).await).await.unwrap();
        }
        active.is_empty()
    })
    .await;
}

/// The whole output of a process over HTTP.
async fn stored(client: &Client, process: &Process) -> Result<Vec<u8>, String> {
    let output = persist(async || client.output(process.id, ..).await?.read_to_end().await).await.map_err(|error| error.to_string())?;
    let range = process.output;
    if (range.start, range.end) == (0, output.len() as u64) { Ok(output) } else { Err(format!("{} bytes of {range:?}", output.len())) }
}

/// Compares the output of a process with its files.
fn compare_with_files(data: &Path, id: Uuid, output: &[u8]) -> Result<(), String> {
    let folder = data.join("processes").join(id.to_string()).join("output");
    let mut logs: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    logs.retain(|path| path.extension().is_some_and(|extension| extension == "log"));
    logs.sort();
    let files: Vec<u8> = logs.iter().flat_map(|log| fs::read(log).unwrap()).collect();
    if files == output { Ok(()) } else { Err(format!("{} bytes are in its files", files.len())) }
}
