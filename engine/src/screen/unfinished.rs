//! Where output ends in the middle of a character or an escape sequence.

/// A sequence that is longer counts as finished, in bytes.
pub(super) const LONGEST: usize = 4 << 10;

const ESC: u8 = 0x1b;

/// How many bytes at the end belong to a character or an escape sequence whose other bytes have not come.
pub(super) fn unfinished(bytes: &[u8]) -> usize {
    let tail = &bytes[bytes.len().saturating_sub(LONGEST)..];
    let Some(last) = memchr::memrchr(ESC, tail) else { return unfinished_character(tail) };
    // The end of a string (ESC \) may itself be cut.
    let string = memchr::memrchr(ESC, &tail[..last]).filter(|begin| is_open_string(&tail[*begin..last]));
    match string {
        Some(begin) if last + 1 == tail.len() => tail.len() - begin,
        _ if is_finished(&tail[last..]) => unfinished_character(tail),
        _ => tail.len() - last,
    }
}

/// Whether a sequence, from its ESC on, is complete.
fn is_finished(sequence: &[u8]) -> bool {
    // These cancel it.
    if sequence.iter().any(|byte| matches!(byte, 0x18 | 0x1a)) {
        return true;
    }
    match sequence.get(1) {
        None => false,
        Some(b'[') => sequence[2..].iter().any(|byte| (0x40..=0x7e).contains(byte)),
        Some(b']' | b'P' | b'X' | b'^' | b'_') => !is_open_string(sequence),
        Some(_) => sequence[1..].iter().any(|byte| (0x30..=0x7e).contains(byte)),
    }
}

/// Whether a sequence is a string (OSC, DCS, SOS, PM or APC) that nothing has ended before the next ESC.
fn is_open_string(sequence: &[u8]) -> bool {
    match sequence.get(1) {
        Some(b']') => memchr::memchr3(0x07, 0x18, 0x1a, sequence).is_none(),
        Some(b'P' | b'X' | b'^' | b'_') => memchr::memchr2(0x18, 0x1a, sequence).is_none(),
        _ => false,
    }
}

fn unfinished_character(bytes: &[u8]) -> usize {
    (1..=3.min(bytes.len()))
        .find(|length| {
            let end = &bytes[bytes.len() - length..];
            end[0] >= 0xc2 && str::from_utf8(end).is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_is_held_back() {
        let cut: [(&[u8], usize); 17] = [
            (b"text", 0),
            (b"", 0),
            (b"a\xc3", 1),
            (b"a\xf0\x9f\x98", 3),
            (b"a\xf0\x9f\x98\x80", 0),
            (b"a\xff", 0),
            (b"a\x1b", 1),
            (b"a\x1b[", 2),
            (b"a\x1b[38;5;1", 8),
            (b"a\x1b[38;5;1m", 0),
            (b"a\x1b[m\xe6\xbc", 2),
            (b"a\x1b]0;title", 9),
            (b"a\x1b]0;title\x1b", 10),
            (b"a\x1b]0;title\x1b\\", 0),
            (b"a\x1b]0;title\x07b", 0),
            (b"a\x1b(", 2),
            (b"a\x1bP1$r", 5),
        ];
        for (bytes, held) in cut {
            assert_eq!(unfinished(bytes), held, "{}", bytes.escape_ascii());
        }
        assert_eq!(unfinished(&[b"\x1b]".as_slice(), &[b'x'; LONGEST]].concat()), 0);
    }
}
