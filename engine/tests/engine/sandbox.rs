//! Processes in a sandbox. Without bubblewrap, what needs it says so and ends.

use crate::common::{
    ME, TempFolder, TestEngine, eventually, is_run_again, keeper_of, run_again, running, sh, signal, spec, this_program, within,
};
use execdeck_engine::Error;
use execdeck_wire::{Exit, ProcessSpec, ProcessState, Sandbox, TerminalSize};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
};

/// Whether there can be sandboxes here. It says so if not.
async fn sandboxes_work(test: &TestEngine) -> bool {
    match test.engine.create(ME, sandboxed(spec(&["true"]))).await {
        Err(Error::Field("sandbox", reason)) => {
            eprintln!("skipped: {reason}");
            false
        }
        started => {
            within(test.engine.wait(started.unwrap().id)).await.unwrap();
            true
        }
    }
}

fn sandboxed(spec: ProcessSpec) -> ProcessSpec {
    ProcessSpec { cwd: Some("/".into()), sandbox: Some(Sandbox::default()), ..spec }
}

fn text(output: Vec<u8>) -> String {
    String::from_utf8(output).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_system_is_read_only_and_tmp_is_private_and_the_rest_is_as_asked() {
    let test = TestEngine::new().await;
    if !sandboxes_work(&test).await {
        return;
    }
    let folder = TempFolder::new();
    let shared = folder.path().to_str().unwrap().to_owned();
    let probe = format!("/usr/execdeck-{}", uuid::Uuid::now_v7());
    let script = format!(
        "echo x > {probe} || echo read-only; ls -A /tmp | grep -v execdeck-test; echo x > /tmp/mine && echo private; \
         echo kept > {shared}/file; ls -1 /proc | grep -c '^[0-9]'; ls -A /dev/shm; grep -E '^(Cap(Prm|Eff)|NoNewPrivs)' /proc/self/status"
    );
    let sandbox = Some(Sandbox { network: true, writable: vec![shared.clone()] });
    let (ended, _) = test.run(ProcessSpec { sandbox, ..sandboxed(sh(&script)) }).await;
    let output = text(crate::common::read_stream(&test.engine, ended.id, execdeck_wire::Stream::Stdout).await);
    assert_eq!(ended.exit, Some(Exit::Code(0)), "{output}");
    assert!(output.contains("read-only\nprivate\n"), "{output}");
    assert_eq!(fs::read_to_string(folder.path().join("file")).unwrap(), "kept\n");
    assert!(!std::path::Path::new(&probe).exists() && !std::path::Path::new("/tmp/mine").exists());
    // bwrap, the shell, ls and grep.
    let processes: u32 = output.lines().find_map(|line| line.parse().ok()).unwrap();
    assert!((2..=5).contains(&processes), "{output}");
    let none = "0".repeat(16);
    assert!(output.contains(&format!("CapPrm:\t{none}\nCapEff:\t{none}\nNoNewPrivs:\t1\n")), "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fewest_open_files_that_a_spec_may_ask_for_are_enough_for_a_sandbox() {
    let test = TestEngine::new().await;
    if !sandboxes_work(&test).await {
        return;
    }
    let mut few = sandboxed(sh("ulimit -n; echo a | cat; exec 3>/dev/null"));
    few.limits.open_files = 8;
    let (ended, output) = test.run(few).await;
    assert_eq!((ended.exit, text(output).as_str()), (Some(Exit::Code(0)), "8\na\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_network_there_is_not_even_an_interface_to_the_machine() {
    let test = TestEngine::new().await;
    if !sandboxes_work(&test).await {
        return;
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let script = sh(&format!("exec 3<>/dev/tcp/127.0.0.1/{port} && echo connected; echo end"));
    let script = ProcessSpec { program: "bash".into(), ..script };
    let (_, output) = test.run(sandboxed(script.clone())).await;
    assert!(text(output).contains("connected"));
    let sandbox = Some(Sandbox { network: false, writable: Vec::new() });
    let (_, output) = test.run(ProcessSpec { sandbox, ..sandboxed(script) }).await;
    let output = text(output);
    assert!(!output.contains("connected") && output.lines().any(|line| line == "end"), "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_data_of_execdeck_is_not_in_a_sandbox_and_no_folder_around_it_can_be_writable() {
    let test = TestEngine::new().await;
    if !sandboxes_work(&test).await {
        return;
    }
    let other = test.start(spec(&["sleep", "94201"])).await;
    let data = test.folder.path().to_str().unwrap();
    let around = test.folder.path().parent().unwrap().to_str().unwrap();
    let keeper = keeper_of(&other);
    let script = format!(
        "ls -A {data}; cat {data}/secret.key {data}/execdeck.db {data}/processes/{id}/spec.json; ls -A {data}/processes; echo x > {data}/new; \
         cat /proc/{keeper}/environ; kill -0 {keeper} && echo reached; umount {data}; mount --bind / /tmp; unshare -Urm umount {data}; \
         unshare -Urm cat {data}/secret.key; echo end",
        id = other.id
    );
    let process = test.start(sandboxed(sh(&script))).await;
    within(test.engine.wait(process.id)).await.unwrap();
    let output = crate::common::read_stream(&test.engine, process.id, execdeck_wire::Stream::Stdout).await;
    assert_eq!(text(output), "end\n");
    assert!(!test.folder.path().join("new").exists());
    let link = TempFolder::new();
    let path = link.path().join("link");
    symlink(test.folder.path().join("processes"), &path).unwrap();
    let folders = [
        data.to_owned(),
        around.to_owned(),
        format!("{data}/processes"),
        path.to_str().unwrap().to_owned(),
        "/".into(),
        "/no/such/folder".into(),
    ];
    for writable in folders {
        let sandbox = Some(Sandbox { network: true, writable: vec![writable.clone()] });
        let refused = test.engine.create(ME, ProcessSpec { sandbox, ..spec(&["true"]) }).await;
        assert!(matches!(&refused, Err(Error::Field("sandbox.writable", message)) if message.contains(&writable)), "{refused:?}");
    }
    test.engine.kill(other.id, Some("KILL".into())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_the_kernel_cannot_be_changed_from_a_sandbox() {
    let test = TestEngine::new().await;
    if !sandboxes_work(&test).await {
        return;
    }
    // Opening for writing is refused, so nothing is written here.
    let script = "for name in sys/kernel/core_pattern sys/kernel/hostname sys/vm/drop_caches sysrq-trigger; do \
        (: >> /proc/$name) 2> /dev/null && echo opened $name; done; echo done";
    let process = test.start(sandboxed(sh(script))).await;
    within(test.engine.wait(process.id)).await.unwrap();
    let output = crate::common::read_stream(&test.engine, process.id, execdeck_wire::Stream::Stdout).await;
    assert_eq!(text(output), "done\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_reaches_the_program_and_its_exit_code_comes_back() {
    let test = TestEngine::new().await;
    if !sandboxes_work(&test).await {
        return;
    }
    for terminal in [None, Some(TerminalSize { cols: 80, rows: 24 })] {
        let script = sh("trap 'echo bye; exit 3' TERM; trap 'echo leader' USR1; echo up; while :; do sleep 0.05; done");
        let process = test.start(ProcessSpec { terminal, ..sandboxed(script) }).await;
        test.output_contains(&process, "up").await;
        test.engine.kill(process.id, Some("USR1".into())).await.unwrap();
        test.output_contains(&process, "leader").await;
        test.engine.kill(process.id, None).await.unwrap();
        let ended = within(test.engine.wait(process.id)).await.unwrap();
        assert_eq!((ended.state, ended.exit), (ProcessState::Exited, Some(Exit::Code(3))));
        test.output_contains(&process, "bye").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_that_comes_before_the_program_waits_for_it() {
    const NAME: &str = "sandbox::a_signal_that_comes_before_the_program_waits_for_it";
    if !is_run_again() {
        let Some(bwrap) = ["/usr/bin/bwrap", "/bin/bwrap"].into_iter().find(|path| fs::exists(path).unwrap()) else {
            return eprintln!("skipped: there is no bwrap");
        };
        let folder = TempFolder::new();
        let slow = folder.path().join("bwrap");
        fs::write(&slow, format!("#!/bin/sh\nsleep 0.5\nexec {bwrap} \"$@\"\n")).unwrap();
        fs::set_permissions(&slow, PermissionsExt::from_mode(0o755)).unwrap();
        return run_again(this_program().env("PATH", format!("{}:/usr/bin:/bin", folder.path().display())), NAME);
    }
    let test = TestEngine::new().await;
    if !sandboxes_work(&test).await {
        return;
    }
    let process = test.start(sandboxed(spec(&["sleep", "94206"]))).await;
    for signal in ["WINCH", "INT", "INT"] {
        test.engine.kill(process.id, Some(signal.into())).await.unwrap();
    }
    let ended = within(test.engine.wait(process.id)).await.unwrap();
    assert_eq!((ended.state, ended.exit), (ProcessState::Exited, Some(Exit::Code(128 + 2))));
    // A program that never comes needs no signal.
    let process = test.start(sandboxed(spec(&["sleep", "94206"]))).await;
    test.engine.kill(process.id, Some("USR1".into())).await.unwrap();
    test.engine.kill(process.id, None).await.unwrap();
    assert_eq!(within(test.engine.wait(process.id)).await.unwrap().exit, Some(Exit::Signal("TERM".into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ignores_the_stop_is_killed_after_the_grace_period() {
    let test = TestEngine::new().await;
    if !sandboxes_work(&test).await {
        return;
    }
    let mut spec = sandboxed(sh("trap '' TERM; (setsid env -i sleep 94202 &); echo up; while :; do sleep 0.05; done"));
    spec.stop.grace_seconds = 1;
    let process = test.start(spec).await;
    test.output_contains(&process, "up").await;
    eventually(async || !running("sleep 94202").is_empty()).await;
    test.engine.kill(process.id, None).await.unwrap();
    let ended = within(test.engine.wait(process.id)).await.unwrap();
    assert_eq!((ended.state, ended.exit), (ProcessState::Killed, Some(Exit::Signal("KILL".into()))));
    assert_eq!(running("sleep 94202"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_a_sandbox_survives_its_keeper_not_even_what_has_cleared_its_environment() {
    let test = TestEngine::new().await;
    if !sandboxes_work(&test).await {
        return;
    }
    let process = test.start(sandboxed(sh("(setsid env -i sleep 94203 &); echo up; exec sleep 94203"))).await;
    eventually(async || running("sleep 94203").iter().filter(|line| line.starts_with("sleep")).count() == 2).await;
    signal("-KILL", keeper_of(&process));
    let ended = within(test.engine.wait(process.id)).await.unwrap();
    assert_eq!(ended.state, ProcessState::Interrupted);
    eventually(async || running("sleep 94203").is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_come_through_and_are_in_no_command_line_and_no_descriptor_is_left_open() {
    let test = TestEngine::new().await;
    if !sandboxes_work(&test).await {
        return;
    }
    let mut spec =
        sandboxed(sh("echo $GREETING ${#TOKEN} $EXECDECK_PROCESS_ID; env | grep -c EXECDECK; ls /proc/$$/fd; echo up; sleep 94204"));
    spec.env.insert("GREETING".into(), "hello world".into());
    spec.env.insert("LD_PRELOAD".into(), "/no/such/library.so".into());
    spec.secret_env.insert("TOKEN".into(), "hunter2".into());
    let process = test.start(spec).await;
    test.output_contains(&process, "up").await;
    assert_eq!(running("hunter2"), Vec::<String>::new());
    let environment = fs::read(format!("/proc/{}/environ", process.pid.unwrap())).unwrap();
    assert_eq!(String::from_utf8(environment).unwrap(), format!("EXECDECK_PROCESS_ID={}\0", process.id));
    test.engine.kill(process.id, Some("KILL".into())).await.unwrap();
    within(test.engine.wait(process.id)).await.unwrap();
    let output = crate::common::read_stream(&test.engine, process.id, execdeck_wire::Stream::Stdout).await;
    assert_eq!(text(output), format!("hello world 7 {}\n1\n0\n1\n2\nup\n", process.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_not_there_has_failed() {
    let test = TestEngine::new().await;
    if !sandboxes_work(&test).await {
        return;
    }
    for (program, message) in
        [("no-such-program", "No such file or directory: no-such-program"), ("/etc/passwd", "Permission denied: /etc/passwd")]
    {
        let (ended, _) = test.run(sandboxed(spec(&[program]))).await;
        assert_eq!((ended.state, ended.exit), (ProcessState::Failed, Some(Exit::Error(message.into()))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_and_another_user_go_together() {
    let test = TestEngine::new().await;
    if !rustix::process::geteuid().is_root() || !sandboxes_work(&test).await {
        return;
    }
    fs::set_permissions(test.folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let data = test.folder.path().to_str().unwrap();
    let script = format!(
        "id -u; id -g; echo $HOME; cat {data}/secret.key {data}/execdeck.db; ls {data}/processes; echo x > /usr/x; trap 'exit 4' TERM; echo up; while :; do sleep 0.05; done"
    );
    let process = test.engine.create(ME, ProcessSpec { run_as: Some("daemon".into()), ..sandboxed(sh(&script)) }).await;
    let process = match process {
        Err(Error::Field("sandbox", reason)) => return eprintln!("skipped: {reason}"),
        started => started.unwrap(),
    };
    test.output_contains(&process, "up").await;
    test.engine.kill(process.id, None).await.unwrap();
    assert_eq!(within(test.engine.wait(process.id)).await.unwrap().exit, Some(Exit::Code(4)));
    let output = crate::common::read_stream(&test.engine, process.id, execdeck_wire::Stream::Stdout).await;
    assert_eq!(text(output), "1\n1\n/usr/sbin\nup\n");
}

/// A folder in `/tmp`, wherever other temporary files are.
fn in_tmp() -> String {
    let folder = format!("/tmp/execdeck-test-{}", uuid::Uuid::now_v7());
    fs::create_dir_all(format!("{folder}/a/b")).unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn a_working_directory_that_is_not_in_the_sandbox_is_refused_and_any_other_one_works() {
    let test = TestEngine::new().await;
    if !sandboxes_work(&test).await {
        return;
    }
    let (folder, data) = (in_tmp(), test.folder.path().to_str().unwrap());
    let (hidden, link) = (format!("{folder}/a"), format!("{folder}/link"));
    let linked = TempFolder::new();
    symlink(&hidden, &link).unwrap();
    let outside = linked.path().join("link").to_str().unwrap().to_owned();
    symlink(&hidden, &outside).unwrap();
    let in_folder = |cwd: &str, writable: &[&str]| {
        let writable = writable.iter().map(|path| (*path).to_owned()).collect();
        ProcessSpec { cwd: Some(cwd.into()), sandbox: Some(Sandbox { network: true, writable }), ..spec(&["pwd", "-P"]) }
    };
    let inside = format!("{hidden}/b");
    let elsewhere = format!("{folder}/other");
    fs::create_dir(&elsewhere).unwrap();
    for (cwd, writable, part) in [
        (&hidden, vec![], "make this one writable"),
        (&hidden, vec![&*elsewhere], "make this one writable"),
        (&link, vec![], "make this one writable"),
        (&outside, vec![], "make this one writable"),
        (&format!("{data}/processes"), vec![], "data folder"),
    ] {
        let refused = test.engine.create(ME, in_folder(cwd, &writable)).await;
        assert!(
            matches!(&refused, Err(Error::Field("cwd", message)) if message.starts_with(cwd) && message.contains(part)),
            "{cwd} {writable:?}: {refused:?}"
        );
    }
    for (cwd, writable) in [
        (&*hidden, vec![&*hidden]),
        (&inside, vec![&*hidden]),
        (&hidden, vec![&*inside]),
        ("/tmp", vec![]),
        (data, vec![]),
        ("/usr", vec![]),
    ] {
        let (ended, output) = test.run(in_folder(cwd, &writable)).await;
        assert_eq!((ended.exit, text(output)), (Some(Exit::Code(0)), format!("{cwd}\n")), "{cwd} {writable:?}");
    }
    // It is not there outside either.
    let (ended, _) = test.run(in_folder("/no/such/folder", &[])).await;
    assert_eq!(ended.exit, Some(Exit::Error("No such file or directory: /no/such/folder (working directory)".into())));
    fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_folder_that_is_not_in_the_sandbox_is_not_entered() {
    if !is_run_again() {
        let home = in_tmp();
        run_again(this_program().env("HOME", &home), "sandbox::a_home_folder_that_is_not_in_the_sandbox_is_not_entered");
        return fs::remove_dir_all(home).unwrap();
    }
    let test = TestEngine::new().await;
    if !sandboxes_work(&test).await {
        return;
    }
    let (ended, output) = test.run(ProcessSpec { cwd: None, ..sandboxed(spec(&["pwd"])) }).await;
    assert_eq!((ended.exit, text(output).as_str()), (Some(Exit::Code(0)), "/\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bubblewrap_that_lacks_an_option_is_refused_before_anything_is_started_with_it() {
    const NAME: &str = "sandbox::a_bubblewrap_that_lacks_an_option_is_refused_before_anything_is_started_with_it";
    if !is_run_again() {
        let folder = TempFolder::new();
        let bwrap = folder.path().join("bwrap");
        let script =
            "#!/bin/sh\nif grep -qz -- --clearenv /proc/self/fd/$2; then echo 'bwrap: Unknown option --clearenv' >&2; exit 1; fi\n";
        fs::write(&bwrap, script).unwrap();
        fs::set_permissions(&bwrap, PermissionsExt::from_mode(0o755)).unwrap();
        return run_again(this_program().env("PATH", format!("{}:/usr/bin:/bin", folder.path().display())), NAME);
    }
    let test = TestEngine::new().await;
    let refused = test.engine.create(ME, sandboxed(spec(&["true"]))).await;
    assert!(matches!(&refused, Err(Error::Field("sandbox", reason)) if reason.contains("Unknown option --clearenv")), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_that_cannot_be_tried_out_now_is_not_said_not_to_work() {
    if !rustix::process::geteuid().is_root() {
        return eprintln!("skipped: only root can run processes as another user");
    }
    if !is_run_again() {
        return run_again(&mut this_program(), "sandbox::a_sandbox_that_cannot_be_tried_out_now_is_not_said_not_to_work");
    }
    let test = TestEngine::new().await;
    let other = ProcessSpec { run_as: Some("nobody".into()), ..sandboxed(spec(&["true"])) };
    if let Err(Error::Field("sandbox", reason)) = test.engine.create(ME, ProcessSpec { run_as: None, ..other.clone() }).await {
        return eprintln!("skipped: {reason}");
    }
    // No other user than root may have processes now.
    let Rlimit { maximum, .. } = getrlimit(Resource::Nproc);
    setrlimit(Resource::Nproc, Rlimit { current: Some(0), maximum }).unwrap();
    let refused = test.engine.create(ME, other.clone()).await;
    assert!(matches!(&refused, Err(Error::Io { .. })), "{refused:?}");
    setrlimit(Resource::Nproc, Rlimit { current: maximum, maximum }).unwrap();
    match test.engine.create(ME, other).await {
        Err(Error::Field("sandbox", reason)) => eprintln!("skipped: {reason}"),
        started => assert_eq!(within(test.engine.wait(started.unwrap().id)).await.unwrap().exit, Some(Exit::Code(0))),
    }
}
