use crate::common::{EXECDECK, TempFolder};
use std::process::{Command, Output};

fn execdeck(folder: &TempFolder, args: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(EXECDECK).args(args).envs(variables.iter().copied()).current_dir(folder.path()).output().unwrap()
}

#[test]
fn flags_override_variables_which_override_the_file() {
    let folder = TempFolder::new();
    std::fs::write(folder.path().join("execdeck.toml"), "[server]\naddress = \"127.0.0.1:1111\"\n[process]\nconcurrent = 11\n").unwrap();
    let shown = |args: &[&str], variables: &[(&str, &str)]| {
        let output = execdeck(&folder, args, variables);
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(shown(&["config"], &[]).contains("127.0.0.1:1111"));
    let both = shown(&["config"], &[("EXECDECK_SERVER_ADDRESS", "127.0.0.1:2222")]);
    assert!(both.contains("127.0.0.1:2222") && both.contains("concurrent = 11"), "{both}");
    let history = shown(&["config"], &[("EXECDECK_HISTORY_KEEP_DAYS", "30"), ("EXECDECK_OUTPUT_COMPRESS_AFTER_HOURS", "2")]);
    for line in ["keep_days = 30", "keep_processes = 100000", "keep_bytes = 53687091200", "compress_after_hours = 2"] {
        assert!(history.contains(line), "{history}");
    }
    let all = shown(&["config", "--address", "[::1]:3333"], &[("EXECDECK_SERVER_ADDRESS", "127.0.0.1:2222")]);
    assert!(all.contains("[::1]:3333"), "{all}");
}

#[test]
fn an_address_without_a_port_or_with_a_name_is_refused_with_one_that_works() {
    let folder = TempFolder::new();
    for address in ["foo", "127.0.0.1", "localhost:3000"] {
        let error = String::from_utf8(execdeck(&folder, &["config", "--address", address], &[]).stderr).unwrap();
        assert!(error.contains("give an address and a port, such as 127.0.0.1:3000; names such as localhost are not accepted"), "{error}");
    }
}

#[test]
fn a_level_of_the_log_that_there_is_not_is_said_and_takes_no_message_away() {
    let folder = TempFolder::new();
    std::fs::write(folder.path().join("execdeck.toml"), "[server]\naddress = \"0.0.0.0:0\"\n").unwrap();
    let said = |level: &str| {
        let output = execdeck(&folder, &["serve"], &[("EXECDECK_LOG", level)]);
        String::from_utf8(output.stderr).unwrap()
    };
    for (level, known) in [("bogus", false), ("=", false), ("info", true), ("WARN", true), ("info,hyper=debug", true), ("", true)] {
        assert_eq!(!said(level).contains("is no level"), known, "{level}: {}", said(level));
    }
}

#[test]
fn what_is_wrong_is_one_sentence_and_a_failure() {
    let folder = TempFolder::new();
    std::fs::write(folder.path().join("bad.toml"), "[server]\nadress = \"x\"\n").unwrap();
    for (args, variables, word) in [
        (&["serve", "--config", "bad.toml"][..], &[][..], "adress"),
        (&["serve", "--config", "missing.toml"], &[], "missing.toml"),
        (&["serve", "--address", "0.0.0.0:0"], &[], "loopback"),
        (&["config"], &[("EXECDECK_STREAM_PINGS", "3")], "EXECDECK_STREAM_PINGS"),
        (&["config"], &[("EXECDECK_DATA_FOLDER", "")], "data.folder is empty; name a folder"),
        (&["user", "list", "--data", "bad.toml"], &[], "bad.toml is a file, not a folder"),
        (&["serve", "--data", "bad.toml"], &[], "bad.toml is a file, not a folder"),
        (&["user", "add", "ada", "--role", "admin", "--data", "bad.toml"], &[], "bad.toml is a file, not a folder"),
        (&["template", "import"], &[], "name a file, or --library"),
        (&["config"], &[("EXECDECK_HISTORY_KEEP_BYTES", "100")], "history.keep_bytes must be at least 65536 (got 100), or 0"),
    ] {
        let output = execdeck(&folder, args, variables);
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && output.stdout.is_empty());
        assert!(error.contains(word) && error.trim_end().lines().count() == 1, "{error}");
    }
}
