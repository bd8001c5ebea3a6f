//! The attempts of a process that was restarted.

use crate::{
    format,
    texts::t,
    wire::{Process, Timestamp},
};
use leptos::prelude::*;

/// How many are shown, the latest ones.
const SHOWN: usize = 20;
/// From how many on some in the middle may be left out.
const SOME_LEFT_OUT: usize = 100;

/// The latest attempts, newest first, a line each; nothing for a process that was started once.
#[component]
pub(super) fn Attempts(process: RwSignal<Process>, now: Signal<i64>) -> impl IntoView {
    let lines = move || process.with(|process| lines(process, now.get()));
    view! {
        <div hidden=move || process.with(|process| process.attempts.len() < 2)>
            <dt>{t!("Attempts")}</dt>
            <dd><ul class="attempts" aria-label=t!("Attempts")>{move || lines().into_iter().map(|line| view! { <li>{line}</li> }).collect::<Vec<_>>()}</ul></dd>
        </div>
    }
}

/// The number of each attempt, how it ended, how long it lasted and when it started, by a clock in milliseconds.
fn lines(process: &Process, now: i64) -> Vec<String> {
    let attempts = &process.attempts;
    let last = if attempts.len() < SOME_LEFT_OUT { attempts.len() } else { process.restarts as usize + 1 };
    let line = |(number, attempt): (usize, &crate::wire::Attempt)| {
        let ended = format::how_it_ended(attempt);
        let Some(started) = attempt.started_at.map(Timestamp::as_millis) else { return format!("{number}. {ended}") };
        let lasted = |end: i64| format::duration((end - started).max(0) as u64);
        match attempt.ended_at.map(Timestamp::as_millis) {
            None => t!("{number}. {ended} for {time}", number, ended, time = lasted(now)),
            Some(end) => {
                t!("{number}. {ended} after {time}, started {ago}", number, ended, time = lasted(end), ago = format::ago(now - started))
            }
        }
    };
    (1..=last).rev().zip(attempts.iter().rev()).take(SHOWN).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_process::process;
    use serde_json::json;

    #[test]
    fn attempts_are_numbered_also_where_some_are_left_out() {
        let attempt = json!({ "started_at": "2026-11-24T15:00:00Z", "ended_at": "2026-11-24T15:00:02Z", "exit": { "code": 1 } });
        let mut two = process(json!({ "restarts": 1, "attempts": [attempt, attempt] }));
        let now = two.attempts[0].started_at.unwrap().as_millis() + 30_000;
        assert_eq!(lines(&two, now), ["2. exit 1 after 2 s, started 30 s ago", "1. exit 1 after 2 s, started 30 s ago"]);
        two.attempts[1].ended_at = None;
        two.attempts[1].exit = None;
        assert_eq!(lines(&two, now)[0], "2. running for 30 s");
        (two.attempts, two.restarts) = (vec![two.attempts[0].clone(); 100], 499);
        let all = lines(&two, now);
        assert_eq!((all.len(), all[0].starts_with("500. "), all[19].starts_with("481. ")), (20, true, true));
    }
}
