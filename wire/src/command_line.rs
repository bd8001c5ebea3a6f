//! A command as one line, and back.

use super::{ProcessSpec, SpecError};

impl ProcessSpec {
    /// Program and arguments as one line that a POSIX shell would split into the same words.
    pub fn command_line(&self) -> String {
        let words = std::iter::once(self.program.as_str()).chain(self.args.iter().map(String::as_str));
        let mut line = String::new();
        for word in words {
            if !line.is_empty() {
                line.push(' ');
            }
            match shlex::try_quote(word) {
                Ok(quoted) => line.push_str(&quoted),
                Err(_) => line.push_str(word),
            }
        }
        line
    }
}

/// Splits a command line into words as a POSIX shell would, without expanding anything.
pub fn parse_command_line(line: &str) -> Result<Vec<String>, SpecError> {
    let fail = |message: &str| Err(SpecError { field: "command", message: message.into() });
    match shlex::split(line) {
        Some(words) if words.is_empty() => fail("Type the command to run, for example: ping -c 3 localhost"),
        Some(words) => Ok(words),
        None => fail("Unclosed quote. Close it or escape it with a backslash."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(program: &str) -> ProcessSpec {
        ProcessSpec { program: program.into(), ..ProcessSpec::default() }
    }

    #[test]
    fn a_command_line_comes_back_as_the_words_it_was_made_of() {
        let words = parse_command_line(r#"sh -c 'echo "$HOME"; exit 3' "" it\'s"#).unwrap();
        assert_eq!(words, ["sh", "-c", "echo \"$HOME\"; exit 3", "", "it's"]);
        let again = ProcessSpec { args: words[1..].to_vec(), ..spec(&words[0]) }.command_line();
        assert_eq!(parse_command_line(&again).unwrap(), words);
        assert!(parse_command_line("echo 'open").is_err());
    }
}
