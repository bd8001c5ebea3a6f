//! Performance.
fn main() {}
