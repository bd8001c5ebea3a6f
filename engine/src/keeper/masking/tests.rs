use super::{
    MASK, Masking,
    escapes::Escapes,
    patterns::Patterns,
    stream::{HELD_FOR, StreamMask},
};
use execdeck_wire::Stream;
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// What is written of output that arrives in these pieces at once.
fn masked<'a>(values: &[&str], pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let (patterns, mut mask, now) = (Patterns::new(values.iter().copied()).unwrap(), StreamMask::default(), Instant::now());
    let mut written = Vec::new();
    for piece in pieces {
        written.extend_from_slice(&mask.push(&patterns, piece, now));
    }
    written.extend(mask.finish());
    written
}

fn masked_text(values: &[&str], text: &str) -> String {
    String::from_utf8(masked(values, [text.as_bytes()])).unwrap()
}

#[test]
fn a_value_cut_at_any_two_bytes_is_masked() {
    let text = "before hunter2\u{20ac}! after".as_bytes();
    let expected = format!("before {MASK} after");
    for first in 0..=text.len() {
        for second in first..=text.len() {
            let written = masked(&["hunter2\u{20ac}!"], [&text[..first], &text[first..second], &text[second..]]);
            assert_eq!(String::from_utf8(written).unwrap(), expected, "{first} {second}");
        }
    }
    assert_eq!(String::from_utf8(masked(&["hunter2\u{20ac}!"], text.chunks(1))).unwrap(), expected);
}

#[test]
fn colours_within_a_value_come_before_the_mask() {
    let text = "a\x1b[31mhun\x1b[1;32mt\x1b(B\x1b[mer\x1b]8;;http://x/\x1b\\2\x1b[0m b";
    assert_eq!(masked_text(&["hunter2"], text), format!("a\x1b[31m\x1b[1;32m\x1b(B\x1b[m\x1b]8;;http://x/\x1b\\{MASK}\x1b[0m b"));
}

#[test]
fn what_is_left_of_a_broken_up_value_does_not_make_another_one() {
    let values = ["aaaaaa", "aaaaabb"];
    assert_eq!(masked_text(&values, "aa\x1baaaabbaaaaa."), format!("\x1ba{MASK}aaaaa."));
    assert_eq!(masked_text(&["hunter2", "m-hunt"], "hun\x1b[mter2-hunt"), format!("\x1b[m{MASK}-hunt"));
}

#[test]
fn a_value_within_a_title_or_behind_a_stray_escape_is_masked() {
    assert_eq!(masked_text(&["hunter2"], "\x1b]0;on hunter2\x07$"), format!("\x1b]0;on {MASK}\x07$"));
    assert_eq!(masked_text(&["hunter2"], "\x1bhunter2\x1b[hunter2"), format!("\x1b{MASK}\x1b[{MASK}"));
    assert_eq!(masked_text(&["31mabc"], "\x1b[31m31m\x1b[0mabc \x1b[31mabc"), format!("\x1b[31m\x1b[0m{MASK} \x1b[{MASK}"));
}

#[test]
fn a_value_of_several_lines_is_one_mask_also_as_a_terminal_prints_it() {
    let value = "-----BEGIN-----\nabcdefgh\nxyz\n-----END-----\n";
    for text in [value.to_owned(), value.replace('\n', "\r\n"), value.replace('\n', "\r\r\n"), value.replace('\n', "\x1b[0m\r\n")] {
        let written = masked_text(&[value], &format!("<{text}>"));
        let seen: String = written.replace("\x1b[0m", "").replace('\r', "");
        assert_eq!(seen, format!("<{MASK}\n>"), "{text:?}");
    }
    assert_eq!(masked_text(&[value], "> abcdefgh, xyz"), format!("> {MASK}, xyz"));
    assert_eq!(masked_text(&[&value.replace('\n', "\r\n")], value), format!("{MASK}\n"));
}

#[test]
fn the_longest_of_several_values_wins_and_overlapping_ones_are_one() {
    let values = ["secret", "secretary", "retaryship", "taryshi"];
    assert_eq!(masked_text(&values, "a secret, secretary"), format!("a {MASK}, {MASK}"));
    assert_eq!(masked_text(&values, "secretaryship!"), format!("{MASK}!"));
    assert_eq!(masked_text(&values, "secretaryshy"), format!("{MASK}shy"));
    assert_eq!(masked_text(&values, "secretsecret secre"), format!("{MASK}{MASK} secre"));
}

#[test]
fn a_whole_value_is_masked_at_once_and_its_beginning_waits_for_a_second() {
    let (patterns, mut mask) = (Patterns::new(["hunter2"]).unwrap(), StreamMask::default());
    let start = Instant::now();
    let at = |ms| start + Duration::from_millis(ms);
    assert_eq!(*mask.push(&patterns, b"go: hunter2", at(0)), *format!("go: {MASK}").as_bytes());
    assert_eq!(mask.due(), None);
    assert_eq!(*mask.push(&patterns, b"go: h", at(0)), *b"go: ");
    assert_eq!(*mask.push(&patterns, b"un", at(500)), *b"");
    assert_eq!(mask.due(), Some(at(0) + HELD_FOR));
    assert_eq!(mask.release_overdue(at(999)), b"");
    assert_eq!(mask.release_overdue(at(1000)), b"h");
    assert_eq!(mask.due(), Some(at(1500)));
    // What is left of it is masked all the same.
    assert_eq!(*mask.push(&patterns, b"ter2", at(1400)), *MASK.as_bytes());
    assert_eq!(mask.due(), None);
    assert_eq!(*mask.push(&patterns, b"hun\x1b[1", at(2000)), *b"");
    assert_eq!(mask.release_overdue(at(3000)), b"hun\x1b[1");
    assert_eq!(*mask.push(&patterns, b"mter3 hun", at(3000)), *b"mter3 ");
    assert_eq!(mask.finish(), b"hun");
}

#[test]
fn a_trickle_that_always_may_become_a_value_is_never_held_for_longer_than_a_second() {
    let value = "a".repeat(1000) + "b";
    let (patterns, mut mask) = (Patterns::new([value.as_str()]).unwrap(), StreamMask::default());
    let start = Instant::now();
    let mut written = 0;
    for ms in 0..5000 {
        let now = start + Duration::from_millis(ms);
        written += mask.release_overdue(now).len();
        written += mask.push(&patterns, b"a", now).len();
        assert!(written as u64 + 1000 >= ms, "{written} after {ms} ms");
    }
}

#[test]
fn what_is_held_back_is_bounded_however_long_an_escape_sequence_is() {
    let patterns = Patterns::new(["hunter2"]).unwrap();
    for (filler, begun) in [(&b"\x1b[m"[..], &b"h"[..]), (b"x", b"h\x1b]0;"), (b"\r", b"h"), (b"\0", b"h")] {
        let (mut mask, now) = (StreamMask::default(), Instant::now());
        let mut written = mask.push(&patterns, begun, now).len();
        let mut taken = begun.len();
        for _ in 0..40 {
            let piece = filler.repeat(10_000);
            taken += piece.len();
            written += mask.push(&patterns, &piece, now).len();
            assert!(taken - written < 300_000, "{filler:?}");
        }
        assert_eq!(*mask.push(&patterns, b"\n hunter2", now), *format!("\n {MASK}").as_bytes(), "{filler:?}");
    }
}

#[test]
fn streams_are_independent_of_each_other() {
    let mut masking = Masking::new(["hunter2"]).unwrap();
    let mut written = Vec::new();
    let mut write = |stream, bytes: &[u8]| written.extend(bytes.iter().map(|byte| (stream, *byte)));
    masking.push(Stream::Stdout, b"hun", &mut write);
    masking.push(Stream::Stderr, b"hunter2", &mut write);
    masking.push(Stream::Stdout, b"ter2 hun", &mut write);
    masking.finish(Stream::Stderr, &mut write);
    masking.finish(Stream::Stdout, &mut write);
    let of = |stream| {
        let bytes = written.iter().filter(|(of, _)| *of == stream).map(|(_, byte)| *byte).collect();
        String::from_utf8(bytes).unwrap()
    };
    assert_eq!((of(Stream::Stdout), of(Stream::Stderr)), (format!("{MASK} hun"), MASK.to_owned()));
    assert_eq!(masking.mask("no file: hunter2/hun"), format!("no file: {MASK}/hun"));
    assert!(Masking::new(["short", ""]).is_none());
}

/// What is covered in `text` if each byte of it counts that `counts` says: for each byte of a value, whether it is the last.
/// Overlapping values are one.
fn covered(values: &[String], text: &[u8], counts: &[bool]) -> Vec<Option<bool>> {
    let places: Vec<usize> = (0..text.len()).filter(|at| counts[*at]).collect();
    let bytes: Vec<u8> = places.iter().map(|at| text[*at]).collect();
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    let found = |value: &String| {
        let value = value.as_bytes();
        let starts = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(value));
        starts.map(|at| (at, at + value.len())).collect::<Vec<_>>()
    };
    let mut all: Vec<_> = values.iter().flat_map(found).collect();
    all.sort_unstable();
    for (start, end) in all {
        match ranges.last_mut() {
            Some(last) if start < last.1 => last.1 = last.1.max(end),
            _ => ranges.push((start, end)),
        }
    }
    let mut covered = vec![None; text.len()];
    for (start, end) in ranges {
        for at in start..end {
            covered[places[at]] = Some(at + 1 == end);
        }
    }
    covered
}

/// The same by looking at all of the text at once, for text without carriage returns.
fn expected(values: &[String], text: &[u8]) -> Vec<u8> {
    let mut escapes = Escapes::default();
    let shown: Vec<bool> = text.iter().map(|byte| !escapes.hides(*byte)).collect();
    let (raw, shown) = (covered(values, text, &vec![true; text.len()]), covered(values, text, &shown));
    let mut expected = Vec::new();
    for (at, byte) in text.iter().enumerate() {
        match (raw[at], shown[at]) {
            (Some(false), _) | (_, Some(false)) => {}
            (Some(true), _) | (_, Some(true)) => expected.extend_from_slice(MASK.as_bytes()),
            (None, None) => expected.push(*byte),
        }
    }
    expected
}

fn pieces<'a>(text: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (text.len() + 1)).collect();
    cuts.extend([0, text.len()]);
    cuts.sort_unstable();
    cuts.windows(2).map(|cut| &text[cut[0]..cut[1]]).collect()
}

fn contains(text: &[u8], value: &str) -> bool {
    text.windows(value.len()).any(|window| window == value.as_bytes())
}

fn values() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[ab]{6,9}|[abc]{6}|(ab){3,6}c?|a{6,12}", 1..5)
}

/// Text that is mostly made of the values and their beginnings, with escape sequences anywhere if wanted.
fn text(values: &[String], noise: &'static str) -> impl Strategy<Value = String> + use<> {
    let values = values.to_owned();
    let part = prop_oneof![
        (0..values.len()).prop_map({
            let values = values.clone();
            move |at| values[at].clone()
        }),
        (0..values.len(), 1..6_usize).prop_map(move |(at, length)| values[at][..length].to_owned()),
        "[abc .]{0,5}",
    ];
    (prop::collection::vec(part, 0..12), prop::collection::vec((any::<prop::sample::Index>(), noise), 0..16)).prop_map(|(parts, noise)| {
        let mut text = parts.concat();
        for (at, piece) in noise {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            text.insert_str(places[at.index(places.len())], &piece);
        }
        text
    })
}

/// An escape sequence, which none of the values can be part of, and which is not cut by others.
const COLOUR: &str = "\x1b\\[[0-9;]{0,5}m";
const ANYTHING: &str = "\x1b\\[[0-9;]{0,3}m|\x1b|\x1b\\]0;|\x07|\r|\n|\\PC";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn exactly_the_values_are_masked_however_they_are_cut_and_coloured(
        (values, plain, colours, cuts) in values().prop_flat_map(|values| {
            let plain = text(&values, "");
            let colours = prop::collection::vec((any::<prop::sample::Index>(), COLOUR), 0..16);
            (Just(values), plain, colours, prop::collection::vec(any::<usize>(), 0..30))
        })
    ) {
        // Colours between the characters of the text only, from the end on, so that none is put into another.
        let mut places: Vec<(usize, &String)> = colours.iter().map(|(at, colour)| (at.index(plain.len() + 1), colour)).collect();
        places.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        let mut text = plain;
        for (at, colour) in places {
            text.insert_str(at, colour);
        }
        let refs: Vec<&str> = values.iter().map(String::as_str).collect();
        let written = String::from_utf8(masked(&refs, pieces(text.as_bytes(), &cuts))).unwrap();
        prop_assert_eq!(written, String::from_utf8(expected(&values, text.as_bytes())).unwrap());
    }

    #[test]
    fn no_value_is_written_whatever_is_between_and_cuts_make_no_difference(
        (values, text, cuts) in values().prop_flat_map(|values| {
            let text = text(&values, ANYTHING);
            (Just(values), text, prop::collection::vec(any::<usize>(), 0..30))
        })
    ) {
        let refs: Vec<&str> = values.iter().map(String::as_str).collect();
        let written = masked(&refs, pieces(text.as_bytes(), &cuts));
        for value in &values {
            prop_assert!(!contains(&written, value), "{}", value);
        }
        prop_assert_eq!(&written, &masked(&refs, [text.as_bytes()]));
    }

    #[test]
    fn other_output_is_written_as_it_is(
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'h'), Just(b'u'), Just(b'\x1b'), Just(b'\r')], 0..300),
        cuts in prop::collection::vec(any::<usize>(), 0..30)
    ) {
        // None of them comes about by chance.
        let values = ["hunter2\u{ffff}", "\rhuhuhuhuhuhuhuhuhuhuhuhu", "uh\x1b[m\x1b[m\x1b[m"];
        prop_assert_eq!(masked(&values, pieces(&bytes, &cuts)), bytes);
    }
}
