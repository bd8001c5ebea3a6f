//! The queue across restarts of the server, whatever it was doing when it was killed.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn queued_processes_wait_in_their_order_again_after_a_restart_with_their_secrets() {
    let folder = TempFolder::new();
    let order = folder.path().join("order");
    let engine = engine_for(&folder, 1).await;
    let first = create(&engine, &["sleep", "91605"]).await;
    let mut queued = Vec::new();
    for number in 1..=5 {
        let mut script = sh(&format!("[ \"$TOKEN\" = hunter2 ] && echo {number} >> {}", order.display()));
        script.secret_env.insert("TOKEN".into(), "hunter2".into());
        queued.push(engine.create(ME, script).await.unwrap());
    }
    let revisions = engine.get(queued[4].id).await.unwrap().revision;
    engine.kill(queued[2].id, None).await.unwrap();
    drop(engine);
    // One record cannot be read: it is made from the folder.
    let damage = "UPDATE processes SET process = 'damaged' WHERE id = ?";
    assert_eq!(database(folder.path()).execute(damage, [queued[1].id.to_string()]).unwrap(), 1);
    let engine = reopen_for(&folder, 1).await;
    for (process, place) in [(&queued[0], Some(1)), (&queued[1], Some(2)), (&queued[2], None), (&queued[3], Some(3)), (&queued[4], Some(4))]
    {
        assert_eq!(engine.get(process.id).await.unwrap().queue_position, place);
    }
    assert!(engine.get(queued[4].id).await.unwrap().revision > revisions, "newer than what the last server has told");
    kill(&engine, &first).await;
    for process in &queued {
        within(engine.wait(process.id)).await.unwrap();
    }
    assert_eq!(std::fs::read_to_string(order).unwrap(), "1\n2\n4\n5\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_was_being_started_when_its_server_died_is_started_once() {
    let folder = TempFolder::new();
    let starts = folder.path().join("starts");
    let engine = engine_for(&folder, 1).await;
    let first = create(&engine, &["sleep", "91606"]).await;
    let script = format!("echo started >> {}; sleep 91606", starts.display());
    let [issued, taken, lost] = [0; 3].map(|_| sh(&script));
    let (issued, taken, lost) =
        (engine.create(ME, issued).await.unwrap(), engine.create(ME, taken).await.unwrap(), engine.create(ME, lost).await.unwrap());
    drop(engine);
    // As if the server had died before it started a keeper, after that, and after that keeper had died, too.
    for process in [&issued, &taken, &lost] {
        std::fs::rename(file(&folder, process, "queued"), file(&folder, process, "start")).unwrap();
    }
    let keep = |process| {
        let mut command = Command::new(KEEPER);
        command.arg("keep").arg(file(&folder, process, "")).stdin(Stdio::null());
        command
    };
    let mut keeper = keep(&taken).spawn().unwrap();
    std::fs::remove_file(file(&folder, &lost, "start")).unwrap();
    eventually(async || starts.exists()).await;
    let engine = reopen_for(&folder, 3).await;
    for process in [&issued, &taken] {
        eventually(async || engine.get(process.id).await.unwrap().state == ProcessState::Running).await;
    }
    eventually(async || engine.get(lost.id).await.unwrap().state == ProcessState::Interrupted).await;
    assert_eq!(std::fs::read_to_string(starts).unwrap(), "started\nstarted\n");
    // A keeper that comes too late does nothing.
    assert!(!keep(&issued).status().unwrap().success());
    for process in [&first, &issued, &taken] {
        kill(&engine, process).await;
    }
    keeper.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_whose_server_died_as_it_started_the_keeper_is_known_not_to_have_run() {
    let folder = TempFolder::new();
    let engine = engine_for(&folder, 1).await;
    let first = create(&engine, &["sleep", "91613"]).await;
    let late = create(&engine, &["true"]).await;
    let never = create(&engine, &["true"]).await;
    drop(engine);
    // As if they had not been queued.
    for process in [&late, &never] {
        std::fs::remove_file(file(&folder, process, "queued")).unwrap();
        let status = std::fs::read_to_string(file(&folder, process, "status.json")).unwrap();
        std::fs::write(file(&folder, process, "status.json"), status.replace("\"queued\"", "\"starting\"")).unwrap();
    }
    let (ours, theirs) = UnixStream::pair().unwrap();
    drop(ours);
    let mut command = Command::new("sh");
    command.args(["-c", "sleep 0.1; exec \"$@\"", "sh", KEEPER, "keep"]).arg(file(&folder, &late, ""));
    let mut keeper = command.stdin(Stdio::from(OwnedFd::from(theirs))).spawn().unwrap();
    let engine = reopen_for(&folder, 2).await;
    for process in [&late, &never] {
        let ended = within(engine.wait(process.id)).await.unwrap();
        assert_eq!(ended.state, ProcessState::Failed);
        assert_eq!(ended.exit, Some(Exit::Error("Its server ended before it was started. Start it again.".into())));
    }
    kill(&engine, &first).await;
    keeper.wait().unwrap();
}

/// Starts a keeper as a server does, and returns it with the server's end of their connection.
fn keeper_with_server(folder: &TempFolder, process: &Process) -> (Child, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let mut command = Command::new(KEEPER);
    command.arg("keep").arg(file(folder, process, "")).stdin(Stdio::from(OwnedFd::from(theirs)));
    (command.spawn().unwrap(), ours)
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_server_was_doing_when_it_was_killed_its_queue_is_started_in_order_and_once() {
    let folder = TempFolder::new();
    let order = folder.path().join("order");
    let engine = engine_for(&folder, 1).await;
    let first = create(&engine, &["sleep", "91610"]).await;
    let mut queued = Vec::new();
    for number in 1..=7 {
        let mut script = sh(&format!("[ \"$TOKEN\" = hunter2 ] && echo {number} >> {}", order.display()));
        if number == 2 {
            script = sh(&format!("echo 2 >> {}", order.display()));
        } else {
            script.secret_env.insert("TOKEN".into(), "hunter2".into());
        }
        queued.push(engine.create(ME, script).await.unwrap());
    }
    drop(engine);
    let database = database(folder.path());
    let run = |sql: &str, process: &Process| assert_eq!(database.execute(sql, [process.id.to_string()]).unwrap(), 1);
    let issue = |process: &Process| std::fs::rename(file(&folder, process, "queued"), file(&folder, process, "start")).unwrap();
    // 1: nothing was done to it. 2: it had its folder, and no row yet.
    run("DELETE FROM processes WHERE id = ?", &queued[1]);
    // 3: a keeper was about to be started. 4: its keeper was started, and its secrets had not been sent.
    issue(&queued[2]);
    issue(&queued[3]);
    let (mut keeper, server) = keeper_with_server(&folder, &queued[3]);
    drop(server);
    assert!(!keeper.wait().unwrap().success());
    // 5: the same, and half of them had been sent.
    issue(&queued[4]);
    let (mut keeper, mut server) = keeper_with_server(&folder, &queued[4]);
    server.write_all(b"X\x10\0\0\0{\"TOKEN\"").unwrap();
    drop(server);
    assert!(!keeper.wait().unwrap().success());
    // 6: the keeper still waits for them. 7: it was on record as being started already.
    issue(&queued[5]);
    let (mut keeper, server) = keeper_with_server(&folder, &queued[5]);
    issue(&queued[6]);
    run("UPDATE processes SET state = 'starting', process = json_set(process, '$.state', 'starting') WHERE id = ?", &queued[6]);
    drop(database);

    let engine = reopen_for(&folder, 1).await;
    for (process, place) in queued.iter().zip(1..) {
        assert_eq!(position(&engine, process.id).await, (QUEUED, Some(place)));
    }
    drop(server);
    assert!(!keeper.wait().unwrap().success());
    kill(&engine, &first).await;
    for process in &queued {
        let ended = within(engine.wait(process.id)).await.unwrap();
        assert_eq!(ended.exit, Some(Exit::Code(0)), "{}: {ended:?}", process.spec.args[1]);
    }
    assert_eq!(std::fs::read_to_string(order).unwrap(), "1\n2\n3\n4\n5\n6\n7\n");
}

/// Opens the folder once the last engine has let go of it.
async fn reopen_for(folder: &TempFolder, concurrent: usize) -> Engine {
    within(async {
        loop {
            match Engine::open(EngineConfig { concurrent, ..config(folder.path()) }).await {
                Err(Error::InUse(_)) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
                opened => break opened.unwrap(),
            }
        }
    })
    .await
}
