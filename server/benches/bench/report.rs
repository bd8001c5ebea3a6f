//! The table: a line for each measure as soon as it is known.

/// What the columns are.
pub fn head() {
    println!("{:<52} {:>8} {:>8}   absolute", "measure, as a ratio to its bare twin", "ratio", "target");
}

/// A ratio that should be at least (`>=`) or at most (`<=`) its target.
pub fn row(name: &str, ratio: f64, target: &str, absolute: &str) {
    println!("{name:<52} {ratio:>8.2} {target:>8}   {absolute}");
}

/// A figure that stands for itself.
pub fn figure(name: &str, target: &str, absolute: &str) {
    println!("{name:<52} {:>8} {target:>8}   {absolute}", "");
}

/// Bytes in a time as MiB/s.
pub fn rate(bytes: u64, seconds: f64) -> f64 {
    bytes as f64 / seconds / f64::from(1 << 20)
}
