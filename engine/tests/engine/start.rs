use crate::common::{TestEngine, read_output, running, sh, spec};
use execdeck_engine::Error;
use execdeck_wire::{Exit, ProcessSpec, ProcessState, TerminalSize};

#[tokio::test(flavor = "multi_thread")]
async fn a_process_ends_with_its_true_code_and_all_its_output() {
    let test = TestEngine::new().await;
    let (process, output) = test.run(sh("echo out; echo err >&2; exit 7")).await;
    assert_eq!((process.state, process.exit), (ProcessState::Exited, Some(Exit::Code(7))));
    assert_eq!(output.len(), 8, "{output:?}");
    assert_eq!(process.output.end, 8);
    assert_eq!(process.started_by, "tester");
    assert!(process.started_at.is_some() && process.ended_at >= process.started_at && process.duration_ms.is_some());
    assert!(process.usage.unwrap().peak_memory_bytes > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_started_says_why_and_leaves_nothing_behind() {
    let test = TestEngine::new().await;
    let folder = test.folder.path().to_str().unwrap().to_owned();
    let script = format!("{folder}/script");
    std::fs::write(&script, "#!/no/such/interpreter\n").unwrap();
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let in_folder = |cwd: &str| ProcessSpec { cwd: Some(cwd.into()), ..spec(&["true"]) };
    for (spec, message) in [
        (spec(&["no-such-program"]), "No such file or directory: no-such-program".to_owned()),
        (spec(&["/no/such/program"]), "No such file or directory: /no/such/program".to_owned()),
        (spec(&["/etc/passwd"]), "Permission denied: /etc/passwd".to_owned()),
        (spec(&[&script]), format!("No such file or directory: the interpreter of {script}")),
        (in_folder("/no/such/folder"), "No such file or directory: /no/such/folder (working directory)".to_owned()),
        (in_folder("/etc/passwd"), "Not a directory: /etc/passwd (working directory)".to_owned()),
    ] {
        let process = test.start(spec).await;
        assert_eq!((process.state, process.exit), (ProcessState::Failed, Some(Exit::Error(message))));
        assert!(process.pid.is_none() && process.ended_at.is_some());
    }
    crate::common::eventually(async || running(&folder).is_empty()).await;
    assert_eq!(test.engine.active(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spec_that_cannot_be_kept_is_refused_and_enters_no_history() {
    let test = TestEngine::new().await;
    let mut spec = spec(&["true"]);
    spec.stop.signal = "SIGTERM".into();
    let error = test.engine.create(crate::common::ME, spec).await.unwrap_err();
    assert!(matches!(&error, Error::Spec(spec) if spec.field == "stop.signal"), "{error}");
    assert!(test.engine.list(Default::default()).await.unwrap().processes.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_is_one_and_takes_a_new_size() {
    let test = TestEngine::new().await;
    let mut spec = sh("test -t 0 && test -t 1 && stty size; read line; stty size; echo got $line");
    spec.terminal = Some(TerminalSize { cols: 100, rows: 30 });
    let process = test.start(spec).await;
    test.output_contains(&process, "30 100").await;
    let viewer = test.engine.view(process.id).await.unwrap();
    viewer.resize(TerminalSize { cols: 90, rows: 20 });
    let other = test.engine.view(process.id).await.unwrap();
    other.resize(TerminalSize { cols: 95, rows: 15 });
    crate::common::eventually(async || test.engine.get(process.id).await.unwrap().terminal == Some(TerminalSize { cols: 90, rows: 15 }))
        .await;
    test.engine.write_input(process.id, "häl lo\n".as_bytes()).await.unwrap();
    test.output_contains(&process, "15 90").await;
    test.output_contains(&process, "got häl lo").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn input_of_a_megabyte_arrives_whole_and_its_end_is_told() {
    let test = TestEngine::new().await;
    let process = test.start(ProcessSpec { stdin: true, ..spec(&["sha256sum"]) }).await;
    let input = "é1234567".repeat(1 << 17);
    for piece in input.as_bytes().chunks(100_000) {
        while let Err(error) = test.engine.write_input(process.id, piece).await {
            assert!(matches!(error, Error::LimitReached(_)), "{error}");
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }
    test.engine.close_input(process.id).await.unwrap();
    let ended = crate::common::within(test.engine.wait(process.id)).await.unwrap();
    assert_eq!(ended.exit, Some(Exit::Code(0)));
    let output = read_output(&test.engine, process.id).await;
    let mut expected =
        std::process::Command::new("sha256sum").stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut expected.stdin.take().unwrap(), input.as_bytes()).unwrap();
    assert_eq!(output, expected.wait_with_output().unwrap().stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_without_input_says_so() {
    let test = TestEngine::new().await;
    let process = test.start(spec(&["sleep", "30"])).await;
    let error = test.engine.write_input(process.id, b"x").await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)), "{error}");
    test.engine.kill(process.id, Some("KILL".into())).await.unwrap();
    crate::common::within(test.engine.wait(process.id)).await.unwrap();
    let error = test.engine.write_input(process.id, b"x").await.unwrap_err();
    assert!(error.to_string().contains("has ended"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn running_again_takes_the_secrets_along_and_shows_none() {
    let test = TestEngine::new().await;
    let mut spec = sh("test ${#TOKEN} = 7");
    spec.secret_env.insert("TOKEN".into(), "hunter2".into());
    let (first, _) = test.run(spec).await;
    assert!(!format!("{first:?}").contains("hunter2"));
    for entry in walk(test.folder.path().join("processes")) {
        let bytes = std::fs::read(&entry).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&bytes).contains("hunter2"), "{}", entry.display());
    }
    let second = test.engine.restart(crate::common::ME, first.id).await.unwrap();
    assert_ne!(first.id, second.id);
    let ended = crate::common::within(test.engine.wait(second.id)).await.unwrap();
    assert_eq!(ended.exit, Some(Exit::Code(0)));
}

/// All files below a folder.
fn walk(folder: std::path::PathBuf) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(path) } else { vec![path] }).collect()
}
