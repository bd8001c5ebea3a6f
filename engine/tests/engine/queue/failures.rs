//! What is in the queue and cannot be started.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_whose_keepers_cannot_be_started_waits_until_they_can() {
    let folder = TempFolder::new();
    let keeper = folder.path().join("keeper");
    std::os::unix::fs::symlink(KEEPER, &keeper).unwrap();
    let engine = Engine::open(EngineConfig { concurrent: 1, keeper: keeper.clone(), ..config(folder.path()) }).await.unwrap();
    let first = create(&engine, &["sleep", "91607"]).await;
    let (second, third) = (create(&engine, &["true"]).await, create(&engine, &["true"]).await);
    std::fs::remove_file(&keeper).unwrap();
    let before = engine.get(second.id).await.unwrap().revision;
    kill(&engine, &first).await;
    eventually(async || engine.get(second.id).await.unwrap().revision > before).await;
    assert_eq!((position(&engine, second.id).await, position(&engine, third.id).await), ((QUEUED, Some(1)), (QUEUED, Some(2))));
    std::os::unix::fs::symlink(KEEPER, &keeper).unwrap();
    for process in [&second, &third] {
        assert_eq!(within(engine.wait(process.id)).await.unwrap().exit, Some(Exit::Code(0)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_whose_folder_cannot_be_used_now_waits_and_the_others_go_on() {
    let folder = TempFolder::new();
    let engine = engine_for(&folder, 1).await;
    let first = create(&engine, &["sleep", "91611"]).await;
    let (stuck, gone, damaged, last) = (
        create(&engine, &["true"]).await,
        create(&engine, &["true"]).await,
        create(&engine, &["true"]).await,
        create(&engine, &["true"]).await,
    );
    // A ticket cannot take the place of a folder.
    std::fs::create_dir(file(&folder, &stuck, "start")).unwrap();
    std::fs::remove_dir_all(file(&folder, &gone, "")).unwrap();
    std::fs::write(file(&folder, &damaged, "spec.json"), "{").unwrap();
    kill(&engine, &first).await;
    assert_eq!(within(engine.wait(last.id)).await.unwrap().exit, Some(Exit::Code(0)));
    for lost in [&gone, &damaged] {
        let ended = within(engine.wait(lost.id)).await.unwrap();
        assert_eq!((ended.state, ended.started_at), (ProcessState::Failed, None));
        assert!(matches!(&ended.exit, Some(Exit::Error(text)) if text.starts_with("Its folder cannot be used: ")), "{ended:?}");
    }
    assert_eq!(position(&engine, stuck.id).await, (QUEUED, Some(1)));
    std::fs::remove_dir(file(&folder, &stuck, "start")).unwrap();
    assert_eq!(within(engine.wait(stuck.id)).await.unwrap().exit, Some(Exit::Code(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_whose_keeper_ended_before_it_could_start_it_is_queued_as_before() {
    let folder = TempFolder::new();
    let keeper = folder.path().join("keeper");
    let replace_keeper = |program: &str| {
        let new = folder.path().join("keeper.new");
        std::os::unix::fs::symlink(program, &new).unwrap();
        std::fs::rename(new, &keeper).unwrap();
    };
    replace_keeper(KEEPER);
    let engine = Engine::open(EngineConfig { concurrent: 1, keeper: keeper.clone(), ..config(folder.path()) }).await.unwrap();
    let first = create(&engine, &["sleep", "91612"]).await;
    let mut script = sh("[ \"$TOKEN\" = hunter2 ] && cat");
    script.secret_env.insert("TOKEN".into(), "hunter2".into());
    let second = engine.create(ME, ProcessSpec { stdin: true, ..script }).await.unwrap();
    let third = create(&engine, &["true"]).await;
    replace_keeper("/bin/false");
    let (mut events, viewer) = (engine.events(), engine.view(second.id).await.unwrap());
    kill(&engine, &first).await;
    let mut states = Vec::new();
    while states.last() != Some(&QUEUED) || states.len() < 2 {
        if let Event::Process(process) = within(events.recv()).await.unwrap()
            && process.id == second.id
            && states.last() != Some(&process.state)
        {
            states.push(process.state);
        }
    }
    assert!(states.ends_with(&[ProcessState::Starting, QUEUED]), "{states:?}");
    assert_eq!((position(&engine, second.id).await, position(&engine, third.id).await), ((QUEUED, Some(1)), (QUEUED, Some(2))));
    assert_eq!(viewer.peek_process().state, QUEUED);
    replace_keeper(KEEPER);
    eventually(async || engine.get(second.id).await.unwrap().state == ProcessState::Running).await;
    engine.write_input(second.id, b"typed\n").await.unwrap();
    engine.close_input(second.id).await.unwrap();
    for process in [&second, &third] {
        assert_eq!(within(engine.wait(process.id)).await.unwrap().exit, Some(Exit::Code(0)));
    }
    assert_eq!(read_output(&engine, second.id).await, b"typed\n");
    assert_eq!((engine.active(), engine.queued()), (0, 0));
}
