//! What people type out of habit and only a shell would understand.

use super::NewForm;
use crate::wire::ProcessSpec;

impl NewForm {
    /// The first thing on the command line that only a shell would interpret.
    pub fn shell_syntax(&self) -> Option<String> {
        if self.apart { None } else { shell_syntax(&self.command) }
    }

    /// Has a shell run the command line as it was typed.
    pub fn run_through_shell(&mut self) {
        let args = vec!["-c".to_owned(), self.command.trim().to_owned()];
        self.command = ProcessSpec { program: "sh".into(), args, ..ProcessSpec::default() }.command_line();
    }
}

/// Walks over the quotes as a shell would (POSIX, Shell Command Language, section 2.2).
fn shell_syntax(line: &str) -> Option<String> {
    let mut rest = line.chars().peekable();
    let mut quote = None;
    let mut word_start = true;
    while let Some(c) = rest.next() {
        let starts_word = std::mem::replace(&mut word_start, c.is_whitespace());
        match (quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('\''), _) => {}
            (_, '\\') => drop(rest.next()),
            (_, '`') => return Some("`".into()),
            (_, '$') if rest.peek().is_some_and(|next| next.is_alphanumeric() || "_({?#@*$!".contains(*next)) => {
                let name: String = rest.take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                return Some(format!("${name}"));
            }
            (None, '\'' | '"') => quote = Some(c),
            (None, '|' | '&' | '<' | '>') => {
                return Some(if rest.peek() == Some(&c) { format!("{c}{c}") } else { c.to_string() });
            }
            (None, ';' | '*') => return Some(c.to_string()),
            (None, '?') if !line.contains("://") => return Some("?".into()),
            (None, '~') if starts_word => return Some("~".into()),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_read_is_found() {
        for (line, syntax) in [
            ("cat a | wc -l", "|"),
            ("make && make install", "&&"),
            ("a || b", "||"),
            ("echo x > file", ">"),
            ("sort < file", "<"),
            ("a; b", ";"),
            ("echo \"$HOME/x\"", "$HOME"),
            ("echo `date`", "`"),
            ("ls *.rs", "*"),
            ("ls ~/x", "~"),
            ("sleep 5 &", "&"),
        ] {
            assert_eq!(shell_syntax(line).as_deref(), Some(syntax), "{line}");
        }
    }

    #[test]
    fn what_is_quoted_or_means_nothing_to_a_shell_is_left_alone() {
        for line in [
            "sh -c 'cat a | wc -l; echo $HOME'",
            "grep -E \"a|b\" x",
            r"echo a\|b",
            "echo 5$ a~b",
            "echo 'it is `quoted`'",
            "rsync -a src/ dst/",
        ] {
            assert_eq!(shell_syntax(line), None, "{line}");
        }
    }

    #[test]
    fn a_shell_gets_the_line_as_it_was_typed() {
        let mut form = NewForm { command: "echo 'a b' | wc -c".into(), ..NewForm::default() };
        form.run_through_shell();
        assert_eq!(form.to_spec().unwrap().args, ["-c", "echo 'a b' | wc -c"]);
        assert_eq!(form.shell_syntax(), None);
    }
}
