//! The values to mask, as an automaton that finds all of them in one pass, whatever they share (Aho and Corasick, 1975).

use super::escapes::is_invisible;
use memchr::{memchr, memchr2, memchr3};
use std::collections::BTreeSet;

/// Shorter values are not masked: they would be found by chance.
const MIN_CHARS: usize = 6;

/// How far the text read last agrees with a value.
pub(super) type State = u32;
/// It agrees with none.
pub(super) const START: State = 0;

/// The longest suffix of what was read that begins a value.
struct Node {
    byte: u8,
    /// The first of its children, and the next child of its parent; `START`, which is nobody's child, for none.
    child: State,
    sibling: State,
    /// The longest shorter suffix that begins a value.
    fallback: State,
    /// Its length, in bytes.
    depth: u32,
    /// The length of the longest value that ends here; 0 for none.
    found: u32,
    /// How many of the last bytes may be the beginning of a value that is not complete yet.
    pending: u32,
}

/// The values to look for, without carriage returns: terminals add them.
pub(super) struct Patterns {
    nodes: Vec<Node>,
    /// The state after each byte from [`START`].
    first: [State; 256],
    /// The bytes that values begin with.
    firsts: Vec<u8>,
    /// One bit for each pair of bytes that a value may begin with, an escape sequence in its middle included.
    pairs: Box<[u64; 1 << 10]>,
}

/// What has become of text in which a value may have begun.
enum Followed {
    /// After this many bytes nothing of it can be part of a value.
    Nothing(usize),
    /// From this byte on it may be.
    Open(usize),
}

impl Patterns {
    /// `None` if no value is long enough.
    pub(super) fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let texts: BTreeSet<String> = values.into_iter().flat_map(texts).collect();
        if texts.is_empty() {
            return None;
        }
        let root = Node { byte: 0, child: START, sibling: START, fallback: START, depth: 0, found: 0, pending: 0 };
        let mut patterns = Self { nodes: vec![root], first: [START; 256], firsts: Vec::new(), pairs: Box::new([0; 1 << 10]) };
        for text in &texts {
            patterns.insert(text.as_bytes());
        }
        patterns.link();
        patterns.index_beginnings();
        Some(patterns)
    }

    /// The length of the longest value that ends in this state, in bytes; 0 if none does.
    pub(super) fn found(&self, state: State) -> u64 {
        u64::from(self.nodes[state as usize].found)
    }

    /// How many of the last bytes may be the beginning of a value that is not complete.
    pub(super) fn pending(&self, state: State) -> u64 {
        u64::from(self.nodes[state as usize].pending)
    }

    #[inline]
    pub(super) fn next(&self, mut state: State, byte: u8) -> State {
        loop {
            match self.child(state, byte) {
                START if state == START => return START,
                START => state = self.nodes[state as usize].fallback,
                child => return child,
            }
        }
    }

    /// How much of a text can be passed over from [`START`] on: what follows it may be a value, or the beginning of one, or
    /// is broken up. All of the text if nothing in it matters for what comes next.
    pub(super) fn pass_over(&self, bytes: &[u8]) -> usize {
        let mut from = 0;
        while let Some(at) = self.find(&bytes[from..]) {
            let begun = from + at;
            match self.follow(&bytes[begun..]) {
                Followed::Nothing(length) => from = begun + length,
                Followed::Open(length) => return begun + length,
            }
        }
        bytes.len()
    }

    /// Where a value may begin, at the earliest.
    fn find(&self, bytes: &[u8]) -> Option<usize> {
        let next_first = |bytes: &[u8]| match self.firsts[..] {
            [a] => memchr(a, bytes),
            [a, b] => memchr2(a, b, bytes),
            [a, b, c] => memchr3(a, b, c, bytes),
            _ => {
                let mut last = bytes.first().copied()?;
                let second = bytes[1..].iter().position(|byte| self.may_begin(std::mem::replace(&mut last, *byte), *byte));
                second.or_else(|| bytes.len().checked_sub(1))
            }
        };
        let mut from = 0;
        loop {
            let at = from + next_first(&bytes[from..])?;
            let fits = match bytes.get(at + 1) {
                Some(next) => self.may_begin(bytes[at], *next),
                None => self.first[usize::from(bytes[at])] != START,
            };
            if fits {
                return Some(at);
            }
            from = at + 1;
        }
    }

    /// Follows text in which a value may begin.
    fn follow(&self, bytes: &[u8]) -> Followed {
        let (mut state, mut pending) = (START, 0);
        for (at, &byte) in bytes.iter().enumerate() {
            if is_invisible(byte) {
                return Followed::Open(at - pending);
            }
            state = self.next(state, byte);
            let node = &self.nodes[state as usize];
            match (node.found, node.pending) {
                (1.., _) => return Followed::Open(at - pending),
                (0, 0) => return Followed::Nothing(at + 1),
                (0, open) => pending = open as usize,
            }
        }
        Followed::Open(bytes.len() - pending)
    }

    fn may_begin(&self, first: u8, second: u8) -> bool {
        let pair = usize::from(first) << 8 | usize::from(second);
        self.pairs[pair / 64] >> (pair % 64) & 1 == 1
    }

    fn child(&self, state: State, byte: u8) -> State {
        if state == START {
            return self.first[usize::from(byte)];
        }
        let mut child = self.nodes[state as usize].child;
        while child != START && self.nodes[child as usize].byte != byte {
            child = self.nodes[child as usize].sibling;
        }
        child
    }

    fn insert(&mut self, text: &[u8]) {
        let mut state = START;
        for (at, &byte) in text.iter().enumerate() {
            state = match self.child(state, byte) {
                START => self.add(state, byte, at as u32 + 1),
                child => child,
            };
        }
        self.nodes[state as usize].found = text.len() as u32;
    }

    fn add(&mut self, parent: State, byte: u8, depth: u32) -> State {
        let new = self.nodes.len() as State;
        let sibling = std::mem::replace(&mut self.nodes[parent as usize].child, new);
        self.nodes.push(Node { byte, child: START, sibling, fallback: START, depth, found: 0, pending: 0 });
        if parent == START {
            self.first[usize::from(byte)] = new;
        }
        new
    }

    /// Completes the nodes, the shorter ones first: each takes over from its fallback.
    fn link(&mut self) {
        let mut level = vec![START];
        while !level.is_empty() {
            let mut next = Vec::new();
            for parent in level {
                let mut child = self.nodes[parent as usize].child;
                while child != START {
                    let byte = self.nodes[child as usize].byte;
                    let fallback = if parent == START { START } else { self.next(self.nodes[parent as usize].fallback, byte) };
                    let (found, pending) = (self.found(fallback) as u32, self.pending(fallback) as u32);
                    let node = &mut self.nodes[child as usize];
                    node.fallback = fallback;
                    node.found = node.found.max(found);
                    node.pending = if node.child == START { pending } else { node.depth };
                    next.push(child);
                    child = node.sibling;
                }
            }
            level = next;
        }
    }

    fn index_beginnings(&mut self) {
        for first in 0..=u8::MAX {
            let state = self.first[usize::from(first)];
            if state == START {
                continue;
            }
            self.firsts.push(first);
            let followed = (0..=u8::MAX).filter(|second| self.child(state, *second) != START || is_invisible(*second));
            for second in followed.collect::<Vec<_>>() {
                let pair = usize::from(first) << 8 | usize::from(second);
                self.pairs[pair / 64] |= 1 << (pair % 64);
            }
        }
    }
}

/// What is masked for a value: all of it, and each of its lines. The space around them is not part of them, since shells
/// and editors drop it, unless there is too little else.
fn texts(value: &str) -> Vec<String> {
    let value = value.replace('\r', "");
    let lines = value.split('\n').filter(|_| value.contains('\n'));
    let long = |text: &&str| text.chars().count() >= MIN_CHARS && !text.trim().is_empty();
    let texts = std::iter::once(value.as_str()).chain(lines);
    let texts = texts.filter_map(|text| [text.trim(), text.trim_matches('\n')].into_iter().find(long));
    texts.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_masked_whole_and_by_its_lines_if_they_are_long_enough() {
        assert_eq!(texts("hunter2"), ["hunter2"]);
        assert_eq!(texts("hunte"), [""; 0]);
        assert_eq!(texts("häüöß"), [""; 0], "characters count, not bytes");
        assert_eq!(texts("      "), [""; 0]);
        assert_eq!(texts(" hunter2\n"), ["hunter2"; 2]);
        assert_eq!(texts("abc   "), ["abc   "]);
        assert_eq!(texts("-- BEGIN\r\nabc\r\n  defghi\r\n"), ["-- BEGIN\nabc\n  defghi", "-- BEGIN", "defghi"]);
    }

    #[test]
    fn what_is_left_open_is_told() {
        let patterns = Patterns::new(["secret", "secretary", "retort"]).unwrap();
        let after = |text: &str| text.bytes().fold(START, |state, byte| patterns.next(state, byte));
        let told = |text: &str| (patterns.found(after(text)), patterns.pending(after(text)));
        assert_eq!(told("secre"), (0, 5));
        assert_eq!(told("xsecret"), (6, 6), "secretary may follow");
        assert_eq!(told("secreto"), (0, 4), "retort may follow");
        assert_eq!(told("secretary"), (9, 0));
        assert_eq!(told("secretort"), (6, 0));
        assert_eq!(told("other"), (0, 1));
        assert_eq!(told("ox"), (0, 0));
    }

    #[test]
    fn text_is_passed_over_up_to_where_a_value_may_begin() {
        let patterns = Patterns::new(["secret"]).unwrap();
        assert_eq!(patterns.pass_over(b"so sad, but secure, sesecretary"), 22);
        assert_eq!(patterns.pass_over(b"so s\x1b[m"), 3);
        assert_eq!(patterns.pass_over(b"secsec\r"), 3);
        assert_eq!(patterns.pass_over(b"so is"), 4);
        assert_eq!(patterns.pass_over(b"nothing here"), 12);
        let many = Patterns::new(["secret", "answer", "token-1", "\u{f6}ffnen"]).unwrap();
        assert_eq!(many.pass_over("sonst \u{fc}".as_bytes()), 8);
        assert_eq!(many.pass_over("sonst \u{f6}".as_bytes()), 6);
        assert_eq!(many.pass_over(b"to tokens"), 8);
        assert_eq!(many.pass_over(b""), 0);
    }
}
