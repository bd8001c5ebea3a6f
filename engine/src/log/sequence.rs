//! Escape sequences as programs write them, told apart without a terminal.

/// Begins a sequence.
pub(super) const ESC: u8 = 0x1b;
const BELL: u8 = 0x07;

/// How long the sequence is that bytes begin with, none of which is shown; `None` if it takes a terminal to tell, because it is of a rare
/// kind, does not end, or has other control characters or line feeds in it. The first byte is [`ESC`].
pub(super) fn sequence(bytes: &[u8]) -> Option<usize> {
    match bytes.get(1)? {
        b'[' => ended(bytes, 2, |byte| matches!(byte, b' '..=b'?'), |byte| matches!(byte, b'@'..=b'~')),
        b']' => command(bytes),
        b' '..=b'/' => ended(bytes, 2, |byte| matches!(byte, b' '..=b'/'), |byte| matches!(byte, b'0'..=b'~')),
        // Those begin a text for the terminal.
        b'P' | b'X' | b'^' | b'_' => None,
        b'0'..=b'~' => Some(2),
        _ => None,
    }
}

/// The length up to the first byte from a place on that does not continue a sequence, if it ends it.
fn ended(bytes: &[u8], from: usize, continues: impl Fn(u8) -> bool, ends: impl Fn(u8) -> bool) -> Option<usize> {
    let length = bytes[from..].iter().take_while(|byte| continues(**byte)).count();
    bytes.get(from + length).is_some_and(|byte| ends(*byte)).then_some(from + length + 1)
}

/// A title, a link and the like, which ends at a bell or before another sequence.
fn command(bytes: &[u8]) -> Option<usize> {
    let at = 2 + bytes[2..].iter().position(|byte| *byte < b' ')?;
    match bytes[at] {
        BELL => Some(at + 1),
        ESC => Some(at),
        _ => None,
    }
}
