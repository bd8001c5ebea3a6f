//! Examples to import.

use super::file;
use execdeck_wire::Template;

/// Six examples that work on Debian. They have no ids.
pub fn library() -> Vec<Template> {
    file::parse(include_str!("library.toml")).expect("the examples are valid, as a test sees")
}
