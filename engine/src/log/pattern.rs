//! What is searched for, compiled with the libraries of ripgrep.

use execdeck_wire::Stream;
use grep_regex::{ErrorKind, RegexMatcher, RegexMatcherBuilder};

/// The most memory that a compiled pattern may take, in bytes.
const PATTERN_BYTES: usize = 4 << 20;

/// What is searched for. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pattern {
    pub(super) matcher: RegexMatcher,
    pub(super) stream: Option<Stream>,
}

/// How a text is meant.
#[derive(Clone, Copy, Debug, Default)]
pub struct PatternOptions {
    /// It is a regular expression in the syntax of Rust's `regex`, not plain text.
    pub regex: bool,
    /// Upper and lower case are the same.
    pub ignore_case: bool,
    /// Only lines of this stream.
    pub stream: Option<Stream>,
}

impl Pattern {
    /// Compiles a pattern. The error says what is wrong with a regular expression, or that it would take too much memory.
    pub fn new(text: &str, options: PatternOptions) -> Result<Self, String> {
        let PatternOptions { regex, ignore_case, stream } = options;
        let mut builder = RegexMatcherBuilder::new();
        builder
            .fixed_strings(!regex)
            .case_insensitive(ignore_case)
            .multi_line(true)
            .crlf(true)
            .size_limit(PATTERN_BYTES)
            .dfa_size_limit(PATTERN_BYTES);
        if regex {
            // The builder puts the text into a group: it must be whole by itself, and the errors are to show what was given.
            regex_syntax::ParserBuilder::new().utf8(false).build().parse(text).map_err(|error| error.to_string())?;
        }
        let built = match builder.build(text) {
            // A comment at the end of `(?x) …` would take in the end of the group.
            Err(error) if regex && matches!(error.kind(), ErrorKind::Regex(_)) => builder.build(&format!("{text}\n")).map_err(|_| error),
            built => built,
        };
        let matcher = built.map_err(|error| match error.to_string() {
            text if text.contains("exceeds size limit") => "it is too large: repeat less, or less often".to_owned(),
            text => text,
        })?;
        Ok(Self { matcher, stream })
    }
}
