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

/// Shell built-ins, which are not programs.
const BUILTINS: [&str; 8] = ["cd", "export", "source", ".", "alias", "unset", "set", "exec"];

/// Walks over the quotes as a shell would (POSIX, Shell Command Language, section 2.2).
fn shell_syntax(line: &str) -> Option<String> {
    let first = line.split_whitespace().next().unwrap_or_default();
    if BUILTINS.contains(&first) || is_assignment(first) {
        return Some(first.to_owned());
    }
    let mut rest = line.chars().peekable();
    let mut quote = None;
    // The word so far; a shell gives some characters a meaning only in some places of a word.
    let mut word = String::new();
    while let Some(c) = rest.next() {
        if quote.is_none() && c.is_whitespace() {
            word.clear();
            continue;
        }
        let in_address = word.contains("://");
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
            (None, '&' | ';' | '?' | '(' | ')') if in_address => {}
            (None, '|' | '&' | '<' | '>') => {
                return Some(if rest.peek() == Some(&c) { format!("{c}{c}") } else { c.to_string() });
            }
            (None, ';' | '*' | '?' | '(' | ')') => return Some(c.to_string()),
            (None, '~' | '#') if word.is_empty() => return Some(c.to_string()),
            (None, '{') if is_expanded(rest.clone()) => return Some("{".into()),
            _ => {}
        }
        word.push(c);
    }
    None
}

/// Whether a word sets a variable for the command after it, such as `LANG=C`.
fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// Whether a shell makes several words of what follows an opening brace, as of `a,b}` and `1..3}`.
fn is_expanded(rest: impl Iterator<Item = char>) -> bool {
    let inside: String = rest.take_while(|c| !c.is_whitespace()).collect();
    inside.split_once('}').is_some_and(|(inside, _)| !inside.contains(['"', '\'', '{']) && (inside.contains(',') || inside.contains("..")))
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
            ("LANG=C sort x", "LANG=C"),
            ("cd /srv", "cd"),
            ("(ls)", "("),
            ("cp a.{txt,bak}", "{"),
            ("make # all of it", "#"),
            ("curl http://host/ > x", ">"),
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
            "curl http://host/x?a=1&b=2#top",
            "jq {} x#y",
            "dd if=a of=b",
            "awk '{print $1,$2}'",
            r#"curl -d {"a":1,"b":2} x"#,
            "--x=y a",
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
