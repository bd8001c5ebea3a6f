//! Loads the configuration, with errors that name the key.
//!
//! This is our own code rather than `figment` or `config`, because their errors name the key of a wrong value but not the
//! variable it came from, and their variables need lists in TOML syntax or one fixed notation for every key.

use super::{Config, wording::explain};
use crate::policy::Policy;
use execdeck_wire::{MAX_OUTPUT_BYTES, MIN_OUTPUT_BYTES};
use std::{fs, io, path::Path};
use toml::{Table, Value};

/// What is wrong with the configuration, in one sentence.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: String,
        /// Why.
        error: io::Error,
    },
    /// The file is not TOML, or has a key that does not exist or a value that does not fit.
    #[error("{path}: {error}")]
    Content {
        /// Which.
        path: String,
        /// Where and what.
        error: String,
    },
    /// The same for an environment variable.
    #[error("environment variable {variable}: {error}")]
    Variable {
        /// Which.
        variable: String,
        /// What.
        error: String,
    },
    /// A value of the right type that is not allowed, or that contradicts another.
    #[error("{0}")]
    Value(String),
}

const PREFIX: &str = "EXECDECK_";

impl Config {
    /// Reads the file, which must exist if it was named, and overrides it with the variables.
    pub fn load(named: Option<&Path>, variables: impl Iterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let path = named.unwrap_or(Path::new("execdeck.toml"));
        let shown = path.display().to_string();
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(ConfigError::File { path: shown, error }),
        };
        let content = |error: toml::de::Error| ConfigError::Content {
            path: shown.clone(),
            error: explain(error.to_string().trim()).replace('\n', " "),
        };
        // First by itself, so that an error points into the file.
        let file = toml::from_str::<Self>(&text).map_err(content)?;
        if file.access.oidc.client_secret.get().is_some() {
            return Err(ConfigError::Value(format!(
                "{shown}: access.oidc.client_secret must not be in this file. Put the secret into a file of its own, which \
                 access.oidc.client_secret_file names, or into the variable EXECDECK_ACCESS_OIDC_CLIENT_SECRET"
            )));
        }
        let mut table: Table = toml::from_str(&text).map_err(content)?;
        for (variable, value) in variables.filter(|(name, _)| name.starts_with(PREFIX)) {
            set(&mut table, &variable, &value)?;
        }
        let config: Self = Value::Table(table).try_into().map_err(|error: toml::de::Error| ConfigError::Value(explain(error.message())))?;
        config.check()?;
        Ok(config)
    }

    /// Rejects settings that would be unsafe or could not work.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.server.check()?;
        self.check_others()
    }

    /// The same for an application, which listens itself and may speak HTTPS.
    pub(crate) fn check_mounted(&self) -> Result<(), ConfigError> {
        self.server.check_mounted()?;
        self.check_others()
    }

    fn check_others(&self) -> Result<(), ConfigError> {
        self.access.check(!self.server.trusted_proxies.is_empty()).map_err(ConfigError::Value)?;
        if self.data.folder.as_os_str().is_empty() {
            return Err(ConfigError::Value("data.folder is empty; name a folder".into()));
        }
        self.audit.check().map_err(ConfigError::Value)?;
        self.history.check().map_err(ConfigError::Value)?;
        self.webhook.check().map_err(ConfigError::Value)?;
        Policy::new(&self.policy).map_err(ConfigError::Value)?;
        if self.limits.requests_per_second != 0 && self.limits.request_burst == 0 {
            return Err(ConfigError::Value("limits.request_burst must be at least 1 if limits.requests_per_second is set (got 0)".into()));
        }
        self.access.oidc.check(self.server.public_url.is_some()).map_err(ConfigError::Value)?;
        let process = &self.process;
        if process.concurrent == 0 {
            return Err(ConfigError::Value("process.concurrent must be at least 1".into()));
        }
        if let Some((label, most)) = process.per_label.iter().find(|(label, most)| **most == 0 || label.split('=').next() == Some("")) {
            return Err(ConfigError::Value(format!(
                "process.per_label: {label:?} = {most}: expected a label, such as \"job=backup\", or its key, such as \"team\", and at least 1"
            )));
        }
        if process.max_timeout_seconds != 0 && process.default_timeout_seconds > process.max_timeout_seconds {
            return Err(ConfigError::Value(format!(
                "process.default_timeout_seconds is {}, which is longer than process.max_timeout_seconds, {}",
                process.default_timeout_seconds, process.max_timeout_seconds
            )));
        }
        let stream = &self.stream;
        for (key, value, least, most) in [
            // A peer is dropped after 45 s of silence: two pings and a little more.
            ("stream.ping_seconds", stream.ping_seconds, 1, 20),
            ("stream.frame_bytes", stream.frame_bytes as u64, 1024, 16 << 20),
            ("stream.window_bytes", stream.window_bytes, 1024, u64::MAX),
            // The tail that a viewer skips to is 256 KiB long.
            ("stream.skip_bytes", stream.skip_bytes, 256 << 10, u64::MAX),
            ("stream.viewers", stream.viewers as u64, 1, u64::MAX),
            ("output.bytes_per_process", self.output.bytes_per_process, MIN_OUTPUT_BYTES, MAX_OUTPUT_BYTES),
            // A century.
            ("output.compress_after_hours", self.output.compress_after_hours, 0, 876_000),
        ] {
            if !(least..=most).contains(&value) {
                return Err(ConfigError::Value(match most {
                    u64::MAX => format!("{key} must be at least {least} (got {value})"),
                    most => format!("{key} must be between {least} and {most} (got {value})"),
                }));
            }
        }
        if stream.window_bytes < stream.frame_bytes as u64 {
            let (window, frame) = (stream.window_bytes, stream.frame_bytes);
            return Err(ConfigError::Value(format!(
                "stream.window_bytes must not be smaller than stream.frame_bytes (got {window} and {frame})"
            )));
        }
        Ok(())
    }
}

/// Applies `EXECDECK_<SECTION>_<KEY>`, or `EXECDECK_ACCESS_OIDC_<KEY>` for `[access.oidc]`, checking it right away so that an error names the variable.
fn set(table: &mut Table, variable: &str, value: &str) -> Result<(), ConfigError> {
    let fail = |error: String| ConfigError::Variable { variable: variable.to_owned(), error };
    let path = variable[PREFIX.len()..].to_lowercase();
    // Not settings: the first is set in processes, so it is present when Execdeck runs under Execdeck; `secret_key` is for the vault,
    // and `token` for programs that call the API.
    if matches!(path.as_str(), "process_id" | "log" | "secret_key" | "token") {
        return Ok(());
    }
    let (section, key) = path
        .strip_prefix("access_oidc_")
        .map(|key| ("access.oidc", key))
        .or_else(|| path.split_once('_'))
        .ok_or_else(|| fail("expected EXECDECK_<SECTION>_<KEY>, such as EXECDECK_SERVER_ADDRESS".into()))?;
    if (section, key) == ("policy", "rules") {
        return Err(fail("policy.rules can be set only in the file".into()));
    }
    // A value is a number, yes or no, a table in braces, a text, or a list separated by commas, whichever the key takes.
    let text = Value::String(value.to_owned());
    let items = value.split(',').map(str::trim).filter(|item| !item.is_empty());
    let list = Value::Array(items.map(|item| Value::String(item.to_owned())).collect());
    let plain = value.parse().map(Value::Integer).ok().or_else(|| value.parse().map(Value::Boolean).ok());
    let table_in_braces = value.trim_start().starts_with('{').then(|| toml::from_str::<Table>(&format!("value = {value}")).ok()).flatten();
    let candidates = table_in_braces.and_then(|mut table| table.remove("value")).into_iter().chain(plain).chain([text, list]);
    let mut problem = String::new();
    for candidate in candidates {
        let mut only = Table::new();
        insert(&mut only, section, key, candidate.clone());
        match Value::Table(only).try_into::<Config>() {
            Ok(_) => {
                insert(table, section, key, candidate);
                return Ok(());
            }
            // A value of the right type says more about what is wrong than one of another type.
            Err(error) if problem.is_empty() || !error.message().starts_with("invalid type") => error.message().clone_into(&mut problem),
            Err(_) => {}
        }
    }
    Err(fail(explain(&problem)))
}

/// Sets a key of a section; a dot in the section's name leads into a section of a section.
fn insert(table: &mut Table, section: &str, key: &str, value: Value) {
    let (name, inner) = section.split_once('.').map_or((section, None), |(name, inner)| (name, Some(inner)));
    let Value::Table(found) = table.entry(name).or_insert_with(|| Value::Table(Table::new())) else { return };
    match inner {
        Some(inner) => insert(found, inner, key, value),
        None => drop(found.insert(key.to_owned(), value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(variables: &[(&str, &str)]) -> Result<Config, String> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load(None, variables).map_err(|error| error.to_string())
    }

    #[test]
    fn variables_set_numbers_lists_and_text() {
        let config = load(&[
            ("EXECDECK_SERVER_ADDRESS", "127.0.0.1:0"),
            ("EXECDECK_SERVER_ALLOWED_HOSTS", "a.example, b.example"),
            ("EXECDECK_PROCESS_CONCURRENT", "7"),
            ("EXECDECK_DATA_FOLDER", "/tmp/x"),
        ])
        .unwrap();
        assert_eq!(config.server.allowed_hosts, ["a.example", "b.example"]);
        assert_eq!((config.process.concurrent, config.server.address.port()), (7, 0));
        assert_eq!(config.data.folder, Path::new("/tmp/x"));
    }

    #[test]
    fn variables_set_the_keys_of_the_openid_provider() {
        let config = load(&[
            ("EXECDECK_ACCESS_OIDC_ISSUER", "https://id.example.org"),
            ("EXECDECK_ACCESS_OIDC_CLIENT_ID", "deck"),
            ("EXECDECK_ACCESS_OIDC_CLIENT_SECRET", "12345"),
            ("EXECDECK_ACCESS_OIDC_ADMIN_GROUPS", "staff, root"),
            ("EXECDECK_ACCESS_SESSION_HOURS", "7"),
            ("EXECDECK_SERVER_PUBLIC_URL", "http://127.0.0.1:3000"),
        ])
        .unwrap();
        let oidc = &config.access.oidc;
        assert_eq!((oidc.client_id.as_str(), oidc.client_secret.get(), config.access.session_hours), ("deck", Some("12345"), 7));
        assert_eq!(oidc.admin_groups, ["staff", "root"]);
        let shown = toml::to_string_pretty(&config).unwrap() + &format!("{config:?}");
        assert!(shown.contains("[access.oidc]") && !shown.contains("12345"), "{shown}");
        let error = load(&[("EXECDECK_ACCESS_OIDC_ISUER", "x")]).unwrap_err();
        assert!(error.contains("EXECDECK_ACCESS_OIDC_ISUER") && error.contains("isuer"), "{error}");
    }

    #[test]
    fn what_does_not_exist_or_fit_is_named() {
        let error = load(&[("EXECDECK_SERVER_ADRESS", "x")]).unwrap_err();
        assert!(error.contains("EXECDECK_SERVER_ADRESS") && error.contains("adress"), "{error}");
        let error = load(&[("EXECDECK_PROCESS_CONCURRENT", "many")]).unwrap_err();
        assert!(error.contains("EXECDECK_PROCESS_CONCURRENT"), "{error}");
        assert!(load(&[("EXECDECK_TOKEN", "deck_x")]).is_ok(), "it is for programs that call the API");
    }

    #[test]
    fn what_does_not_fit_is_said_in_plain_words() {
        let address = "give an address and a port, such as 127.0.0.1:3000; names such as localhost are not accepted";
        let number = "expected a whole number, 0 or more";
        for (variable, value, what) in [
            ("EXECDECK_SERVER_ADDRESS", "3000", address),
            ("EXECDECK_SERVER_ADDRESS", "localhost:3000", address),
            ("EXECDECK_SERVER_ADDRESS", "127.0.0.1", address),
            ("EXECDECK_PROCESS_CONCURRENT", "many", number),
            ("EXECDECK_HISTORY_KEEP_DAYS", "-1", number),
            ("EXECDECK_PROCESS_PER_LABEL", "{ x", "expected a table in braces, such as { one = 1 }"),
            ("EXECDECK_POLICY_RULES", "[]", "policy.rules can be set only in the file"),
            ("EXECDECK_DATA_FOLDER", "", "data.folder is empty; name a folder"),
            ("EXECDECK_WEBHOOK_URL", "hooks", "webhook.url \"hooks\" is no address; give one such as https://hooks.example.org/execdeck"),
        ] {
            let error = load(&[(variable, value)]).unwrap_err();
            assert!(error.ends_with(what), "{error}");
        }
        let of_file = |text: &str| toml::from_str::<Config>(text).map_err(|error| explain(error.message())).unwrap_err();
        assert_eq!(of_file("[server]\naddress = 3000"), address);
        let list = r#"expected a list, such as ["one", "two"]"#;
        assert!(of_file("[server]\ntrusted_proxies = \"127.0.0.1\"").ends_with(list));
    }

    #[test]
    fn values_that_contradict_each_other_are_named() {
        let error =
            load(&[("EXECDECK_PROCESS_DEFAULT_TIMEOUT_SECONDS", "20"), ("EXECDECK_PROCESS_MAX_TIMEOUT_SECONDS", "10")]).unwrap_err();
        assert!(error.contains("process.default_timeout_seconds") && error.contains("process.max_timeout_seconds"), "{error}");
        for base in ["deck", "/deck/", "/", "/a//b", "/a/../b", "/a b", "/{id}"] {
            let error = load(&[("EXECDECK_SERVER_BASE_PATH", base)]).unwrap_err();
            assert!(error.contains("server.base_path"), "{base}: {error}");
        }
        assert_eq!(load(&[("EXECDECK_SERVER_BASE_PATH", "/tools/deck")]).unwrap().server.base_path, "/tools/deck");
    }

    #[test]
    fn settings_that_contradict_each_other_are_refused_by_name() {
        for (variable, value, key) in [
            ("EXECDECK_STREAM_SKIP_BYTES", "262143", "stream.skip_bytes"),
            ("EXECDECK_STREAM_PING_SECONDS", "21", "stream.ping_seconds"),
            ("EXECDECK_STREAM_PING_SECONDS", "0", "stream.ping_seconds"),
            ("EXECDECK_STREAM_WINDOW_BYTES", "262143", "stream.window_bytes"),
            ("EXECDECK_STREAM_FRAME_BYTES", "1000", "stream.frame_bytes"),
            ("EXECDECK_STREAM_VIEWERS", "0", "stream.viewers"),
            ("EXECDECK_LIMITS_REQUEST_BURST", "0", "limits.request_burst"),
            ("EXECDECK_OUTPUT_BYTES_PER_PROCESS", "1125899906842625", "output.bytes_per_process"),
            ("EXECDECK_OUTPUT_COMPRESS_AFTER_HOURS", "876001", "output.compress_after_hours"),
            ("EXECDECK_HISTORY_KEEP_DAYS", "36501", "history.keep_days"),
            ("EXECDECK_HISTORY_KEEP_BYTES", "65535", "history.keep_bytes"),
        ] {
            let error = load(&[(variable, value)]).unwrap_err();
            assert!(error.contains(key) && error.contains(value), "{error}");
        }
        assert_eq!(load(&[("EXECDECK_PROCESS_CONCURRENT", "0")]).unwrap_err(), "process.concurrent must be at least 1");
        load(&[("EXECDECK_STREAM_SKIP_BYTES", "262144"), ("EXECDECK_STREAM_PING_SECONDS", "1")]).unwrap();
        for labels in ["{ team = 0 }", "{ \"\" = 1 }", "{ \"=backup\" = 1 }"] {
            let error = load(&[("EXECDECK_PROCESS_PER_LABEL", labels)]).unwrap_err();
            assert!(error.starts_with("process.per_label"), "{error}");
        }
    }

    #[test]
    fn a_variable_sets_a_table_as_a_whole() {
        let config = load(&[("EXECDECK_PROCESS_PER_LABEL", "{ \"job=backup\" = 1, team = 5 }"), ("EXECDECK_PROCESS_QUEUE", "0")]).unwrap();
        let per_label: Vec<_> = config.process.per_label.iter().map(|(label, most)| (label.as_str(), *most)).collect();
        assert_eq!((per_label, config.process.queue), (vec![("job=backup", 1), ("team", 5)], 0));
        for wrong in ["team=5", "{ team = \"many\" }", "{ team = "] {
            let error = load(&[("EXECDECK_PROCESS_PER_LABEL", wrong)]).unwrap_err();
            assert!(error.contains("EXECDECK_PROCESS_PER_LABEL"), "{error}");
        }
    }
}
