//! A stop that somebody asked for ends a process for good, whatever its policy.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_while_it_runs_ends_it_for_good() {
    let test = TestEngine::new().await;
    for stop in [None, Some("KILL"), Some("keeper")] {
        let process = test.start(restarted(sh("echo up; exec sleep 947100"), RestartPolicy::Always, 5)).await;
        test.output_contains(&process, "up").await;
        match stop {
            Some("keeper") => signal("-TERM", keeper_of(&process)),
            stop => drop(test.engine.kill(process.id, stop.map(str::to_owned)).await.unwrap()),
        }
        let ended = within(test.engine.wait(process.id)).await.unwrap();
        assert_eq!((ended.state, ended.restarts, ended.gave_up), (ProcessState::Killed, 0, false), "{stop:?}");
        assert_eq!(read_output(&test.engine, process.id).await, b"up\n");
    }
    assert_eq!(running("sleep 947100"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_while_it_waits_ends_it_for_good_in_the_state_of_its_last_attempt() {
    let test = TestEngine::new().await;
    for stop in [None, Some("KILL"), Some("keeper")] {
        let go = test.folder.path().join("go");
        let script = sh(&format!("until [ -e {} ]; do sleep 0.01; done; exit 7", go.display()));
        let process = test.start(after(restarted(script, RestartPolicy::Always, 5), LONG)).await;
        let keeper = keeper_of(&process);
        fs::write(&go, "").unwrap();
        let waits = reaches(&test.engine, &process, ProcessState::Restarting).await;
        fs::remove_file(&go).unwrap();
        assert_eq!((waits.pid, &waits.exit, waits.ended_at, waits.restarts), (None, &None, None, 0));
        assert_eq!(waits.attempts[0].exit, Some(Exit::Code(7)));
        let pause = waits.next_start_at.unwrap().as_millis() - waits.attempts[0].ended_at.unwrap().as_millis();
        assert!((3_240_000..=3_960_000).contains(&pause), "{pause}");
        assert!(matches!(test.engine.remove(process.id).await, Err(Error::Conflict(_))));
        match stop {
            Some("keeper") => signal("-TERM", keeper),
            stop => {
                let stopped = test.engine.kill(process.id, stop.map(str::to_owned)).await.unwrap();
                assert_ne!(stopped.state, ProcessState::Restarting);
                assert_eq!(stopped.next_start_at, None);
            }
        }
        let ended = within(test.engine.wait(process.id)).await.unwrap();
        assert_eq!((ended.state, &ended.exit, ended.gave_up), (ProcessState::Exited, &Some(Exit::Code(7)), false), "{stop:?}");
        assert_eq!((ended.restarts, ended.pid, ended.next_start_at), (0, process.pid, None));
        assert!(ended.ended_at > ended.attempts[0].ended_at);
        let output = String::from_utf8(read_output(&test.engine, process.id).await).unwrap();
        assert!(output.ends_with("\n[execdeck] stopped before restart 1\n"), "{output}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_while_descendants_of_the_leader_are_being_stopped_ends_it_for_good() {
    let test = TestEngine::new().await;
    let mut spec = restarted(sh("(trap '' TERM; echo up; sleep 947101) & sleep 0.2; exit 5"), RestartPolicy::Always, 5);
    spec.stop.grace_seconds = LONG;
    let process = test.start(spec).await;
    reaches(&test.engine, &process, ProcessState::Stopping).await;
    test.engine.kill(process.id, None).await.unwrap();
    test.engine.kill(process.id, Some("KILL".into())).await.unwrap();
    let ended = within(test.engine.wait(process.id)).await.unwrap();
    assert_eq!((ended.exit, ended.restarts, ended.gave_up), (Some(Exit::Code(5)), 0, false));
    assert_eq!(running("sleep 947101"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_to_the_leader_alone_is_no_stop() {
    let test = TestEngine::new().await;
    let process = test.start(restarted(sh("echo up; exec sleep 947102"), RestartPolicy::OnFailure, 5)).await;
    test.output_contains(&process, "up").await;
    test.engine.kill(process.id, Some("INT".into())).await.unwrap();
    let again = reaches_attempt(&test.engine, &process, 2).await;
    assert_eq!((&again.attempts[0].exit, again.restarts), (&Some(Exit::Signal("INT".into())), 1));
    assert_eq!((again.pid, again.started_at), (again.attempts[1].pid, process.started_at));
    assert_ne!(again.pid, process.pid);
    test.output_contains(&process, "killed by signal INT; restart 1 of 5").await;
    test.engine.kill(process.id, None).await.unwrap();
    within(test.engine.wait(process.id)).await.unwrap();
}
