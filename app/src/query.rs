//! The language of the list's search field: `state:failed user:ada label:team=ops backup`.

use crate::{
    texts::t,
    wire::{ProcessFilter, ProcessState, StateFilter},
};

/// The segments above the list, with the word for each in the field.
pub fn segments() -> [(&'static str, &'static str); 4] {
    [(t!("All"), ""), (t!("Running"), "running"), (t!("Failed"), "failed"), (t!("Ended"), "ended")]
}

/// What can stand before a colon. Any other word with a colon is looked for as it is.
const KEYS: [&str; 5] = ["state", "user", "label", "group", "sort"];

/// Parses the field. `running` means any active state and `failed` any unsuccessful end. A key without a value, which is still being
/// typed, says nothing yet. A key with two different values is an error: a filter has one of each.
pub fn parse(text: &str) -> Result<ProcessFilter, String> {
    let mut filter = ProcessFilter::default();
    let mut words = Vec::new();
    let mut named: Vec<(&str, &str)> = Vec::new();
    for word in text.split_whitespace() {
        match word.split_once(':').filter(|(key, _)| KEYS.contains(key)) {
            Some((_, "")) => {}
            Some((key, value)) => {
                if named.iter().any(|(other, before)| *other == key && *before != value) {
                    return Err(t!("Use {key}: once.", key));
                }
                named.push((key, value));
                narrow(&mut filter, key, value)?;
            }
            None => words.push(word),
        }
    }
    filter.name = Some(words.join(" ")).filter(|name| !name.is_empty());
    Ok(filter)
}

fn narrow(filter: &mut ProcessFilter, key: &str, value: &str) -> Result<(), String> {
    match (key, value) {
        ("state", state) => filter.state = Some(state_named(state)?),
        ("user", user) => filter.started_by = Some(user.into()),
        ("label", label) => filter.label = Some(label.into()),
        // How the rows are grouped (`frontend/js/list/arrangement.js`), which narrows nothing.
        ("group", by) if matches!(by, "name" | "who") || by.starts_with("label:") => {}
        ("group", by) => return Err(t!("“{by}” can't be grouped by. Use name, who or label:KEY.", by)),
        // In which order they are (`frontend/js/list/sort.js`), which narrows nothing either.
        ("sort", by) if !matches!(by, "oldest" | "name" | "who" | "duration" | "cpu" | "memory") => {
            return Err(t!("“{by}” can't be sorted by. Use oldest, name, who, duration, cpu or memory.", by));
        }
        _ => {}
    }
    Ok(())
}

fn state_named(word: &str) -> Result<StateFilter, String> {
    match word {
        "running" => Ok(StateFilter::Active),
        "failed" => Ok(StateFilter::Unsuccessful),
        "not_started" => Ok(StateFilter::Is(ProcessState::Failed)),
        // Words of the API, such as `active`, are taken, but the page shows others.
        _ => word.parse().map_err(|_| {
            t!(
                "“{word}” isn't a state. Use running, failed or ended; or queued, starting, restarting, stopping, exited, killed, timed_out, \
                 not_started or interrupted.",
                word
            )
        }),
    }
}

/// The field's text with another segment chosen.
pub fn with_segment(text: &str, segment: &str) -> String {
    let rest = text.split_whitespace().filter(|word| !word.starts_with("state:"));
    let state = Some(format!("state:{segment}")).filter(|_| !segment.is_empty());
    state.into_iter().chain(rest.map(str::to_owned)).collect::<Vec<_>>().join(" ")
}

/// Which segment the field's text chooses; none when it names a state that is no segment.
pub fn segment(text: &str) -> &str {
    text.split_whitespace().find_map(|word| word.strip_prefix("state:")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_narrows_by_all_that_it_names() {
        let filter = parse("state:failed user:ada label:team=ops nightly backup").unwrap();
        assert_eq!(filter.state, Some(StateFilter::Unsuccessful));
        assert_eq!(filter.started_by.as_deref(), Some("ada"));
        assert_eq!(filter.label.as_deref(), Some("team=ops"));
        assert_eq!(filter.name.as_deref(), Some("nightly backup"));
        for (text, state) in [("state:queued", ProcessState::Queued), ("state:restarting", ProcessState::Restarting)] {
            assert_eq!(parse(text).unwrap().state, Some(StateFilter::Is(state)));
        }
    }

    #[test]
    fn a_key_is_used_once() {
        for text in
            ["label:team=b label:n=3", "state:failed state:ended", "user:ada x user:bob", "sort:cpu sort:name", "group:name group:who"]
        {
            let key = text.split(':').next().unwrap();
            assert_eq!(parse(text), Err(format!("Use {key}: once.")));
        }
        assert_eq!(parse("label:team=b label:team=b"), parse("label:team=b"));
        assert_eq!(parse("http://a http://b").unwrap().name.as_deref(), Some("http://a http://b"));
    }

    #[test]
    fn a_key_whose_value_is_still_to_be_typed_narrows_nothing() {
        for text in ["state:", "user:", "label:", "group:", "sort:", "user: label:"] {
            assert_eq!(parse(&format!("backup {text}")), parse("backup"));
        }
        assert_eq!(parse("label:team=b label:"), parse("label:team=b"));
    }

    #[test]
    fn a_word_that_is_no_state_is_answered_with_all_that_are() {
        let problem = parse("state:asleep").unwrap_err();
        assert!(problem.contains("“asleep”") && !problem.contains("active") && !problem.contains("unsuccessful"), "{problem}");
        let named = problem.split_once("Use ").unwrap().1;
        let words: Vec<_> = named.split([',', ' ', ';', '.']).filter(|word| !matches!(*word, "" | "or")).collect();
        for word in &words {
            assert!(parse(&format!("state:{word}")).is_ok(), "{word}");
        }
        for state in ProcessState::ALL {
            let word = if state == ProcessState::Failed { "not_started" } else { state.as_str() };
            assert!(words.contains(&word), "{word} is missing");
        }
    }

    #[test]
    fn grouping_and_sorting_narrow_nothing() {
        for text in ["group:name", "group:who", "group:label:team", "sort:name", "sort:cpu group:who"] {
            assert_eq!(parse(&format!("{text} backup")).unwrap(), parse("backup").unwrap());
        }
        for text in ["group:weight", "sort:weight"] {
            assert!(parse(text).unwrap_err().contains("weight"));
        }
    }

    #[test]
    fn choosing_a_segment_keeps_the_rest() {
        assert_eq!(with_segment("backup state:failed user:ada", "ended"), "state:ended backup user:ada");
        assert_eq!(with_segment("state:failed", ""), "");
        assert_eq!(segment("x state:ended"), "ended");
    }
}
