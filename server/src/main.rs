//! The `execdeck` binary.
fn main() {
    execdeck_server::process::keep_if_asked();
}
