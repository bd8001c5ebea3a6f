//! Why somebody starts a template, in their own words.

use super::{error::wrong, text};
use execdeck_wire::{ApiError, ReasonRule};

/// The longest reason, in characters.
const MAX_REASON: usize = 500;

/// The reason to record, without blanks around it; refuses one that is missing, too long, or not asked for.
pub fn check_reason(rule: ReasonRule, reason: Option<&str>) -> Result<Option<String>, ApiError> {
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    let Some(reason) = reason else {
        return match rule {
            ReasonRule::Required => Err(wrong("reason", "Say why: this template is only started with a reason.")),
            _ => Ok(None),
        };
    };
    if rule == ReasonRule::None {
        return Err(wrong("reason", "This template takes no reason; leave it out."));
    }
    if reason.chars().count() > MAX_REASON {
        return Err(wrong("reason", format!("The reason must be at most {MAX_REASON} characters long.")));
    }
    text::check_line(reason).and_then(|()| text::check_visible(reason)).map_err(|message| wrong("reason", message))?;
    Ok(Some(reason.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_bounded_line_where_one_is_asked_for() {
        let long = "é".repeat(501);
        for (rule, reason, accepted) in [
            (ReasonRule::None, None, Some(None)),
            (ReasonRule::None, Some(" "), Some(None)),
            (ReasonRule::None, Some("because"), None),
            (ReasonRule::Optional, Some("be\u{200b}cause"), None),
            (ReasonRule::Optional, None, Some(None)),
            (ReasonRule::Optional, Some(" because "), Some(Some("because"))),
            (ReasonRule::Required, Some("because"), Some(Some("because"))),
            (ReasonRule::Required, None, None),
            (ReasonRule::Required, Some("\t"), None),
            (ReasonRule::Required, Some("a\nb"), None),
            (ReasonRule::Required, Some("a\u{1b}[31m"), None),
            (ReasonRule::Required, Some(&long), None),
            (ReasonRule::Required, Some(&long[2..]), Some(Some(&long[2..]))),
        ] {
            let checked = check_reason(rule, reason);
            assert_eq!(checked.as_ref().ok().map(Option::as_deref), accepted, "{rule:?} {reason:?}");
            assert!(checked.is_ok() || checked.unwrap_err().field.as_deref() == Some("reason"));
        }
    }
}
