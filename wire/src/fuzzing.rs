//! What is fuzzed (`fuzz/`): each function takes bytes that anybody may have sent, and panics if a promise is broken.

use crate::{ClientMessage, Frame, ProcessSpec, parse_command_line};

/// A text message from a viewer.
pub fn client_message(bytes: &[u8]) {
    if let Ok(message) = serde_json::from_slice::<ClientMessage>(bytes) {
        let json = serde_json::to_vec(&message).expect("a message is always valid JSON");
        assert_eq!(serde_json::from_slice::<ClientMessage>(&json).ok(), Some(message));
    }
}

/// A frame from a server.
pub fn frame(bytes: &[u8]) {
    if let Ok(frame) = Frame::decode(bytes) {
        let again = frame.encode();
        assert_eq!(Frame::decode(&again).ok(), Some(frame));
    }
}

/// The JSON of a spec.
pub fn spec(bytes: &[u8]) {
    let Ok(spec) = serde_json::from_slice::<ProcessSpec>(bytes) else { return };
    let json = serde_json::to_vec(&spec).expect("a spec is always valid JSON");
    assert_eq!(serde_json::from_slice::<ProcessSpec>(&json).ok().as_ref(), Some(&spec), "it is stored as it was sent");
    assert!(spec.masked().secret_env.values().all(|value| value == crate::MASK));
    if spec.validate().is_err() {
        return;
    }
    // What is run can be passed to `execve(2)`, and is what people are shown.
    let words: Vec<_> = std::iter::once(&spec.program).chain(&spec.args).cloned().collect();
    let variables = spec.env.iter().chain(&spec.secret_env);
    assert!(words.iter().chain(&spec.cwd).chain(variables.flat_map(|(key, value)| [key, value])).all(|text| !text.contains('\0')));
    assert_eq!(parse_command_line(&spec.command_line()), Ok(words));
    assert!(!spec.display_name().is_empty());
}

#[cfg(test)]
mod tests {
    use super::*;

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
        replay("client_message", client_message);
        replay("frame", frame);
        replay("spec", spec);
    }
}
