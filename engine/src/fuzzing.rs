//! What is fuzzed (`fuzz/`): each function takes bytes that anybody may have sent, or that a power cut has left, and panics if a
//! promise is broken.

pub use crate::{export::fuzz_text as text, keeper::fuzz_protocol as protocol, log::fuzz_index as index, screen::fuzz_screen as screen};

use crate::{folder::Status, process::new_process};
use execdeck_wire::ProcessSpec;

/// A `status.json`.
pub fn status(bytes: &[u8]) {
    let Ok(status) = serde_json::from_slice::<Status>(bytes) else { return };
    let json = serde_json::to_vec(&status).expect("a status is always valid JSON");
    assert_eq!(serde_json::from_slice::<Status>(&json).ok().as_ref(), Some(&status));
    let mut process = new_process(uuid::Uuid::nil(), ProcessSpec::default(), &status.started_by, status.template);
    status.apply_to(&mut process);
    process.shorten();
    serde_json::to_vec(&process).expect("a process is always valid JSON");
}

#[cfg(test)]
mod tests {
    fn replay(target: &str, run: fn(&[u8])) {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
        let inputs: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(!inputs.is_empty());
        for input in inputs {
            run(&std::fs::read(&input).unwrap());
        }
    }

    #[test]
    fn what_fuzzing_has_found_keeps_its_promises() {
        replay("protocol", super::protocol);
        replay("index", super::index);
        replay("status", super::status);
        replay("screen", super::screen);
        replay("text", super::text);
    }
}
