//! The language of the list's search field: `state:failed user:ada label:team=ops backup`.

use crate::wire::{ProcessFilter, ProcessState, StateFilter};

/// The segments above the list, with the word for each in the field.
pub const SEGMENTS: [(&str, &str); 4] = [("All", ""), ("Running", "running"), ("Failed", "failed"), ("Ended", "ended")];

/// Parses the field. `running` means any active state and `failed` any unsuccessful end.
pub fn parse(text: &str) -> Result<ProcessFilter, String> {
    let mut filter = ProcessFilter::default();
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        match word.split_once(':') {
            Some(("state", "running")) => filter.state = Some(StateFilter::Active),
            Some(("state", "failed")) => filter.state = Some(StateFilter::Unsuccessful),
            Some(("state", "not_started")) => filter.state = Some(StateFilter::Is(ProcessState::Failed)),
            Some(("state", state)) => filter.state = Some(state.parse()?),
            Some(("user", user)) => filter.started_by = Some(user.into()),
            Some(("label", label)) => filter.label = Some(label.into()),
            // How the rows are grouped (`frontend/js/list/arrangement.js`), which narrows nothing.
            Some(("group", by)) if matches!(by, "name" | "who") || by.starts_with("label:") => {}
            Some(("group", by)) => return Err(format!("{by:?} can't be grouped by; use name, who or label:KEY")),
            // In which order they are (`frontend/js/list/sort.js`), which narrows nothing either.
            Some(("sort", "oldest" | "name" | "who" | "duration" | "cpu" | "memory")) => {}
            Some(("sort", by)) => {
                return Err(format!("{by:?} can't be sorted by; use oldest, name, who, duration, cpu or memory"));
            }
            _ => words.push(word),
        }
    }
    filter.name = Some(words.join(" ")).filter(|name| !name.is_empty());
    Ok(filter)
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
        assert!(parse("state:asleep").unwrap_err().contains("asleep"));
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
