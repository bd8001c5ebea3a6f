//! What was asked for a process beyond its command, in words. Empty where nothing was.

use crate::{
    format,
    texts::{plural, t},
    wire::{ProcessSpec, RestartPolicy},
};

/// What it may use.
pub(super) fn limits(spec: &ProcessSpec) -> String {
    let limits = &spec.limits;
    let known = |is_set: bool, text: String| is_set.then_some(text);
    let texts = [
        known(limits.memory_bytes > 0, t!("{size} memory", size = format::chosen_size(limits.memory_bytes))),
        known(limits.cpu_percent > 0, t!("{percent} % CPU", percent = limits.cpu_percent)),
        known(limits.processes > 0, plural!(limits.processes.into(), "{count} process", "{count} processes")),
        known(limits.open_files > 0, plural!(limits.open_files, "{count} open file", "{count} open files")),
        known(limits.output_bytes > 0, t!("{size} output kept", size = format::chosen_size(limits.output_bytes))),
    ];
    texts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// When it is started again.
pub(super) fn restart(spec: &ProcessSpec) -> String {
    let restart = &spec.restart;
    let (most, delay) = (restart.max_restarts, restart.backoff_seconds);
    let after = match restart.policy {
        RestartPolicy::Never | RestartPolicy::Unknown => None,
        RestartPolicy::OnFailure => Some(t!("After a failure, at most {most} in a row, initial delay {delay} s", most, delay)),
        RestartPolicy::Always => Some(t!("Always, at most {most} in a row, initial delay {delay} s", most, delay)),
    };
    let at_boot = restart.at_boot.then(|| t!("After a reboot of the machine").to_owned());
    after.into_iter().chain(at_boot).collect::<Vec<_>>().join(". ")
}

/// Which user it runs as, and whether it may gain rights.
pub(super) fn user(spec: &ProcessSpec) -> String {
    let user = spec.run_as.as_deref().unwrap_or(t!("The server's user"));
    match (spec.no_new_privs, &spec.run_as) {
        (true, _) => t!("{user}, without gaining more rights", user),
        (false, Some(_)) => user.into(),
        (false, None) => String::new(),
    }
}

/// The sandbox.
pub(super) fn sandbox(spec: &ProcessSpec) -> String {
    let Some(sandbox) = &spec.sandbox else { return String::new() };
    let writable = if sandbox.writable.is_empty() { t!("nothing").into() } else { sandbox.writable.join(", ") };
    if sandbox.network { t!("With network; writable: {writable}", writable) } else { t!("Without network; writable: {writable}", writable) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_is_said_and_nothing_where_nothing_was() {
        let texts = |json: &str| {
            let spec = serde_json::from_str(json).unwrap();
            [limits(&spec), restart(&spec), user(&spec), sandbox(&spec)]
        };
        assert_eq!(texts(r#"{"program":"a"}"#), [const { String::new() }; 4]);
        let spec = r#"{"program":"a","run_as":"www-data","no_new_privs":true,"sandbox":{"network":false,"writable":["/srv","/var/x"]},
            "restart":{"policy":"always","max_restarts":3,"backoff_seconds":2,"at_boot":true},
            "limits":{"memory_bytes":536870912,"cpu_percent":150,"processes":20,"open_files":64,"output_bytes":1048576}}"#;
        let expected = [
            "512 MiB memory, 150 % CPU, 20 processes, 64 open files, 1 MiB output kept",
            "Always, at most 3 in a row, initial delay 2 s. After a reboot of the machine",
            "www-data, without gaining more rights",
            "Without network; writable: /srv, /var/x",
        ];
        assert_eq!(texts(spec), expected);
        assert_eq!(texts(r#"{"program":"a","no_new_privs":true}"#)[2], "The server's user, without gaining more rights");
    }
}
