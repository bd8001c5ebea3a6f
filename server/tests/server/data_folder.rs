//! Whose the data folder is, and who else may write to it.

use crate::{
    common::{DEADLINE, EXECDECK, TempFolder, eventually, within},
    support::{PASSWORD, client_with, copy_program},
};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

/// The user and the group that the folder belongs to.
const NOBODY: u32 = 65534;

/// A data folder of nobody's, and a copy of the program, since nobody may not enter the folder that it was built in.
struct Theirs {
    data: PathBuf,
    program: PathBuf,
    _folder: TempFolder,
}

impl Theirs {
    /// `None`, with a message, unless root runs the tests.
    fn new() -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: only root can give a folder to somebody else");
            return None;
        }
        let folder = TempFolder::new();
        let (data, program) = (folder.path().join("data"), folder.path().join("execdeck"));
        copy_program(EXECDECK, &program);
        fs::create_dir(&data).unwrap();
        chown(&data, Some(NOBODY), Some(NOBODY)).unwrap();
        for (path, mode) in [(folder.path(), 0o755), (program.as_path(), 0o755), (data.as_path(), 0o700)] {
            fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
        }
        Some(Self { data, program, _folder: folder })
    }

    /// A command that uses the folder, as root or as nobody.
    fn command(&self, user: u32, args: &[&str]) -> Command {
        let mut command = if user == 0 {
            Command::new(&self.program)
        } else {
            let mut command = Command::new("setpriv");
            command.args([format!("--reuid={user}"), format!("--regid={user}"), "--clear-groups".into()]).arg(&self.program);
            command
        };
        command.args(args).arg("--data").arg(&self.data).env("HOME", "/").env("EXECDECK_LOG", "error").current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs one; whether it succeeded, and what it printed.
    fn run(&self, user: u32, args: &[&str], input: &str) -> (bool, String) {
        run(&mut self.command(user, args), input)
    }

    /// A server of nobody's, and the address that it listens on.
    fn serve(&self) -> (Serving, String) {
        let mut child = self.command(NOBODY, &["serve", "--address", "127.0.0.1:0"]).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let serving = Serving(child);
        (serving, line.trim().strip_prefix("listening on ").expect("the server says where it listens").to_owned())
    }

    /// Whatever in the folder belongs to somebody else.
    fn others(&self) -> Vec<PathBuf> {
        let mut others = Vec::new();
        let mut folders = vec![self.data.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).unwrap().flatten() {
                let metadata = entry.metadata().unwrap();
                if (metadata.uid(), metadata.gid()) != (NOBODY, NOBODY) {
                    others.push(entry.path());
                }
                if metadata.is_dir() {
                    folders.push(entry.path());
                }
            }
        }
        others
    }
}

struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn run(command: &mut Command, input: &str) -> (bool, String) {
    let mut child = command.spawn().unwrap();
    // One that refuses to begin reads nothing.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    // A server that begins although it must not would never end.
    let give_up = Instant::now() + DEADLINE;
    while child.try_wait().unwrap().is_none() {
        if give_up < Instant::now() {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    (status.success(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

fn execdeck(folder: &Path, args: &[&str], input: &str) -> (bool, String) {
    let mut command = Command::new(EXECDECK);
    run(command.args(args).arg("--data").arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()), input)
}

async fn call(address: &str, token: &str, function: &str, arguments: Value) -> (u16, Value) {
    let response = within(client_with(token).post(format!("{address}/api/{function}")).json(&arguments).send()).await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_root_runs_leaves_the_folder_to_the_user_of_the_server() {
    let Some(theirs) = Theirs::new() else { return };
    let (added, said) = theirs.run(0, &["user", "add", "ada", "--role", "admin"], PASSWORD);
    assert!(added && theirs.others().is_empty(), "{said} {:?}", theirs.others());
    let (created, token) = theirs.run(0, &["token", "add", "ada", "--label", "tests"], "");
    assert!(created, "{token}");
    let (server, address) = theirs.serve();
    let spec = json!({ "program": "sleep", "args": ["94180"], "secret_env": { "TOKEN": "swordfish-of-a-test" } });
    let start = async || call(&address, token.trim(), "create_process", json!({ "spec": spec })).await;
    let (status, process) = start().await;
    assert_eq!(status, 200, "{process}");
    let backup = theirs.program.with_file_name("backup");
    let backup = ["backup", backup.to_str().unwrap()];
    let commands: [&[&str]; 6] =
        [&["secret", "rotate"], &["template", "import", "--library"], &["user", "list"], &["audit", "verify"], &["check"], &backup];
    for args in commands {
        let (succeeded, said) = theirs.run(0, args, "");
        assert!(succeeded && theirs.others().is_empty(), "{args:?}: {said} {:?}", theirs.others());
    }
    let (status, process) = start().await;
    assert_eq!(status, 200, "the server can read the new key: {process}");
    let (stopped, said) = theirs.run(0, &["stop", "--all"], "");
    assert!(stopped && said.ends_with("stopped 2 processes\n") && theirs.others().is_empty(), "{said} {:?}", theirs.others());
    drop(server);
}

#[test]
fn a_folder_that_root_has_yet_to_create_belongs_to_whom_the_place_belongs() {
    let Some(theirs) = Theirs::new() else { return };
    let below = theirs.data.join("execdeck/data");
    let (added, said) = execdeck(&below, &["user", "add", "ada", "--role", "admin"], PASSWORD);
    assert!(added && below.join("deck.db").exists() && theirs.others().is_empty(), "{said} {:?}", theirs.others());
}

#[test]
fn root_serves_no_folder_of_somebody_elses() {
    let Some(theirs) = Theirs::new() else { return };
    let (started, said) = theirs.run(0, &["serve", "--address", "127.0.0.1:0"], "");
    let data = theirs.data.display();
    assert!(!started && said.contains(&format!("{data} belongs to nobody")) && said.contains("start the server as nobody"), "{said}");
    assert!(fs::read_dir(&theirs.data).unwrap().next().is_none());
}

#[test]
fn a_folder_that_others_can_write_to_is_not_used() {
    let folder = TempFolder::new();
    for mode in [0o777, 0o770, 0o702, 0o720] {
        fs::set_permissions(folder.path(), PermissionsExt::from_mode(mode)).unwrap();
        for args in [&["serve", "--address", "127.0.0.1:0"][..], &["user", "add", "ada", "--role", "admin"], &["user", "list"]] {
            let (succeeded, said) = execdeck(folder.path(), args, PASSWORD);
            let expected = format!("run: chmod go-w {}\n", folder.path().display());
            assert!(!succeeded && said.ends_with(&expected) && said.contains(&format!("{mode:o}")), "{mode:o} {args:?}: {said}");
        }
    }
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
    for mode in [0o755, 0o750, 0o700] {
        fs::set_permissions(folder.path(), PermissionsExt::from_mode(mode)).unwrap();
        let (succeeded, said) = execdeck(folder.path(), &["user", "add", &format!("ada{mode:o}"), "--role", "admin"], PASSWORD);
        assert!(succeeded, "{mode:o}: {said}");
    }
    fs::create_dir(folder.path().join("processes")).unwrap();
    fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o757)).unwrap();
    let (clean, said) = execdeck(folder.path(), &["check"], "");
    assert!(!clean && said.contains(&format!("others can write to it (mode 757); chmod go-w {}\n", folder.path().display())), "{said}");
}

#[test]
fn root_copies_nothing_that_the_folders_owner_could_not_read() {
    let Some(theirs) = Theirs::new() else { return };
    assert!(theirs.run(0, &["user", "add", "ada", "--role", "admin"], PASSWORD).0);
    drop(theirs.serve());
    let beside = |name: &str| theirs.program.with_file_name(name);
    let secret = beside("of-root");
    fs::write(&secret, "of root's").unwrap();
    fs::set_permissions(&secret, PermissionsExt::from_mode(0o600)).unwrap();
    let backup = |name: &str| theirs.run(0, &["backup", beside(name).to_str().unwrap()], "");
    let (copied, said) = backup("whole");
    assert!(copied && fs::metadata(beside("whole/deck.db")).unwrap().uid() == 0, "{said}");
    for name in ["boot.json", "secret.key", "audit.head", "deck.db", "execdeck.db"] {
        let (path, aside) = (theirs.data.join(name), theirs.data.join("aside"));
        fs::rename(&path, &aside).unwrap();
        std::os::unix::fs::symlink(&secret, &path).unwrap();
        let (copied, said) = backup(&format!("link {name}"));
        assert!(!copied, "{name}: {said}");
        assert!(!fs::read(beside(&format!("link {name}/{name}"))).is_ok_and(|bytes| bytes == b"of root's"), "{name}");
        fs::remove_file(&path).unwrap();
        // Nor does a pipe hold root up.
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        let begin = Instant::now();
        for args in
            [&["check"][..], &["stop", "--all"], &["audit", "verify"], &["backup", beside(&format!("pipe {name}")).to_str().unwrap()]]
        {
            theirs.run(0, args, "");
        }
        assert!(begin.elapsed() < DEADLINE, "{name}");
        fs::rename(&aside, &path).unwrap();
    }
    let (copied, said) = backup("again");
    assert!(copied, "{said}");
}

#[test]
fn root_uses_no_folder_of_its_own_that_others_could_replace() {
    let Some(theirs) = Theirs::new() else { return };
    // Root's, in a folder of nobody's.
    let data = theirs.data.join("data");
    fs::create_dir(&data).unwrap();
    let place = theirs.data.display();
    for args in [&["serve", "--address", "127.0.0.1:0"][..], &["user", "add", "ada", "--role", "admin"], &["check"]] {
        let (succeeded, said) = execdeck(&data, args, PASSWORD);
        assert!(
            !succeeded && said.contains(&format!("others could put another folder in its place, since {place} belongs to nobody")),
            "{args:?}: {said}"
        );
    }
    assert!(fs::read_dir(&data).unwrap().next().is_none());
}

#[test]
fn whoever_may_not_use_a_folder_is_told_who_may() {
    let Some(theirs) = Theirs::new() else { return };
    assert!(theirs.run(0, &["user", "add", "ada", "--role", "admin"], PASSWORD).0);
    fs::create_dir(theirs.data.join("processes")).unwrap();
    chown(theirs.data.join("processes"), Some(NOBODY), Some(NOBODY)).unwrap();
    let closed = format!("{} is closed to this user: run this as the user that runs the server, or as root\n", theirs.data.display());
    for args in [&["user", "list"][..], &["secret", "rotate"], &["backup", "/tmp/none"], &["check"], &["audit", "verify"]] {
        let (succeeded, said) = theirs.run(1, args, "");
        assert!(!succeeded && said == format!("execdeck: {closed}"), "{args:?}: {said}");
    }
    // As earlier versions have left it after a command that root ran.
    chown(theirs.data.join("deck.db"), Some(0), Some(0)).unwrap();
    for (user, args) in [(NOBODY, &["serve", "--address", "127.0.0.1:0"][..]), (NOBODY, &["user", "list"]), (0, &["user", "list"])] {
        let (succeeded, said) = theirs.run(user, args, "");
        let data = theirs.data.display();
        let expected = format!("deck.db belongs to root; give the folder to the user that runs the server: chown -R nobody {data}\n");
        assert!(!succeeded && said.ends_with(&expected), "{args:?}: {said}");
    }
    chown(&theirs.data, Some(0), Some(0)).unwrap();
    let (started, said) = theirs.run(NOBODY, &["serve", "--address", "127.0.0.1:0"], "");
    assert!(!started && said.contains("belongs to root") && said.contains("chown -R nobody"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_the_server_may_not_read_is_a_problem_until_it_may() {
    let Some(theirs) = Theirs::new() else { return };
    assert!(theirs.run(0, &["user", "add", "ada", "--role", "admin"], PASSWORD).0);
    let token = theirs.run(0, &["token", "add", "ada", "--label", "tests"], "").1;
    let (server, address) = theirs.serve();
    let key = theirs.data.join("secret.key");
    // A copy that belongs to root, as an earlier version has left it after root had replaced the key.
    // It takes the place in one step: the server must not find the key gone, or readable by everybody, in between.
    let copy = key.with_extension("copy");
    fs::write(&copy, fs::read(&key).unwrap()).unwrap();
    fs::set_permissions(&copy, PermissionsExt::from_mode(0o600)).unwrap();
    fs::rename(&copy, &key).unwrap();
    let problem = async || call(&address, token.trim(), "get_health", json!({})).await.1["problems"][0].clone();
    eventually(async || problem().await["code"] == "secret_key_not_usable").await;
    let message = problem().await["message"].as_str().unwrap().to_owned();
    assert!(message.contains("chown") && !message.contains(theirs.data.to_str().unwrap()), "{message}");
    let advice = format!("it belongs to root; give it to the user that runs the server: chown nobody {}", key.display());
    for user in [0, NOBODY] {
        let (clean, said) = theirs.run(user, &["check"], "");
        assert!(!clean && said.contains(&advice) && !said.contains("backup"), "{said}");
    }
    drop(server);
    let (started, said) = theirs.run(NOBODY, &["serve", "--address", "127.0.0.1:0"], "");
    assert!(!started && said.contains(&advice), "{said}");
    chown(&key, Some(NOBODY), Some(NOBODY)).unwrap();
    let (server, address) = theirs.serve();
    let health = call(&address, token.trim(), "get_health", json!({})).await.1;
    assert_eq!(health["problems"], json!([]));
    fs::rename(&key, theirs.data.join("aside")).unwrap();
    let codes = async || call(&address, token.trim(), "get_health", json!({})).await.1["problems"].to_string();
    eventually(async || codes().await.contains("secret_key_not_usable")).await;
    fs::rename(theirs.data.join("aside"), &key).unwrap();
    eventually(async || codes().await == "[]").await;
    drop(server);
}
