//! Signals by their names, without `SIG`.

use rustix::process::Signal;

/// The signal of a name without `SIG`.
pub(crate) fn by_name(name: &str) -> Option<Signal> {
    Some(match name {
        "TERM" => Signal::TERM,
        "INT" => Signal::INT,
        "HUP" => Signal::HUP,
        "QUIT" => Signal::QUIT,
        "KILL" => Signal::KILL,
        "USR1" => Signal::USR1,
        "USR2" => Signal::USR2,
        "STOP" => Signal::STOP,
        "CONT" => Signal::CONT,
        "TSTP" => Signal::TSTP,
        "WINCH" => Signal::WINCH,
        "ALRM" => Signal::ALARM,
        "ABRT" => Signal::ABORT,
        "PIPE" => Signal::PIPE,
        "TTIN" => Signal::TTIN,
        "TTOU" => Signal::TTOU,
        "URG" => Signal::URG,
        "CHLD" => Signal::CHILD,
        _ => return None,
    })
}

/// The name, without `SIG`, of a signal's number.
pub(crate) fn name_of(number: i32) -> String {
    let named = execdeck_wire::SIGNALS.iter().find(|name| by_name(name).is_some_and(|signal| signal.as_raw() == number));
    match (named, number) {
        (Some(name), _) => (*name).to_owned(),
        (None, libc::SIGSEGV) => "SEGV".into(),
        (None, libc::SIGBUS) => "BUS".into(),
        (None, libc::SIGFPE) => "FPE".into(),
        (None, libc::SIGILL) => "ILL".into(),
        (None, libc::SIGTRAP) => "TRAP".into(),
        (None, libc::SIGSYS) => "SYS".into(),
        (None, libc::SIGXCPU) => "XCPU".into(),
        (None, libc::SIGXFSZ) => "XFSZ".into(),
        (None, libc::SIGPWR) => "PWR".into(),
        (None, number) if number >= libc::SIGRTMIN() => format!("RTMIN+{}", number - libc::SIGRTMIN()),
        (None, number) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signal_that_may_be_named_has_a_number_and_back() {
        for name in execdeck_wire::SIGNALS {
            assert_eq!(name_of(by_name(name).unwrap().as_raw()), name);
        }
        assert_eq!(name_of(libc::SIGSEGV), "SEGV");
    }
}
