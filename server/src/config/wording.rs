//! What is wrong with a value of the configuration, in plain words.

use crate::wording::in_plain_words;
use regex::Regex;
use std::{net::SocketAddr, sync::LazyLock};

const ADDRESS: &str = "give an address and a port, such as 127.0.0.1:3000; names such as localhost are not accepted";

static NO_ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"invalid type: [^,]*, expected socket address|invalid socket address syntax").expect("it is one"));

/// What TOML or a type says of a value.
pub(super) fn explain(message: &str) -> String {
    in_plain_words(&NO_ADDRESS.replace_all(message, ADDRESS))
        .replace("expected a sequence", r#"expected a list, such as ["one", "two"]"#)
        .replace("expected a map", "expected a table in braces, such as { one = 1 }")
}

/// Reads an address to listen on.
pub fn parse_address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| ADDRESS)
}
