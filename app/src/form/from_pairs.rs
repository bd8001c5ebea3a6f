//! From what a browser sends.

use super::{NewForm, Variable};

impl NewForm {
    /// Reads a form as browsers send it, in the order of its fields.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        // A box that is not ticked is not sent.
        let mut form = Self { terminal: false, network: false, ..Self::default() };
        for (name, value) in pairs {
            match name.as_str() {
                // Browsers send line ends as CR LF.
                "command" => form.command = value.replace("\r\n", "\n"),
                "mode" => form.apart = value == "apart",
                "program" => form.program = value,
                "args" => form.args = value.replace("\r\n", "\n"),
                "name" => form.name = value,
                "cwd" => form.cwd = value,
                "labels" => form.labels = value,
                "terminal" => form.terminal = value == "yes",
                // Hidden fields, which nobody types into.
                "cols" => form.size.cols = value.parse().unwrap_or(form.size.cols),
                "rows" => form.size.rows = value.parse().unwrap_or(form.size.rows),
                "stdin" => form.stdin = true,
                "timeout" => form.timeout = value,
                "signal" => form.signal = value,
                "grace" => form.grace = value,
                "output" => form.output = value,
                "files" => form.files = value,
                "memory" => form.memory = value,
                "cpu" => form.cpu = value,
                "processes" => form.processes = value,
                "restart" => form.restart = value,
                "restarts" => form.restarts = value,
                "pause" => form.pause = value,
                "at_boot" => form.at_boot = true,
                "run_as" => form.run_as = value,
                "no_new_privs" => form.no_new_privs = true,
                "sandbox" => form.sandbox = true,
                "network" => form.network = true,
                "writable" => form.writable = value.replace("\r\n", "\n"),
                "variable" => form.variables.push(Variable { name: value, ..Variable::default() }),
                "value" => {
                    if let Some(last) = form.variables.last_mut() {
                        last.value = value;
                    }
                }
                "secret" => {
                    if let Some(last) = form.variables.last_mut() {
                        last.secret = true;
                    }
                }
                _ => {}
            }
        }
        form
    }
}
