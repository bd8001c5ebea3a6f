//! Characters by which a text looks like another one.

/// Whether a character ends a line, or changes how what follows it is read or shown.
pub(crate) fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether nothing is drawn for a character (`Default_Ignorable_Code_Point` of Unicode, and the marks of interlinear annotations).
pub(crate) const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a character is either.
pub(crate) fn is_misleading(c: char) -> bool {
    is_control(c) || is_invisible(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_or_turns_a_line_is_misleading_and_letters_are_not() {
        for c in
            "\0\n\u{1b}\u{85}\u{ad}\u{34f}\u{3164}\u{180e}\u{200b}\u{200f}\u{2028}\u{202e}\u{2060}\u{2064}\u{2069}\u{fe0f}\u{feff}".chars()
        {
            assert!(is_misleading(c), "{c:?}");
        }
        for c in "a é\u{301}张राम😀“…".chars() {
            assert!(!is_misleading(c), "{c:?}");
        }
    }
}
