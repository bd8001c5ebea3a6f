//! The commands that manage people, beside a running server, which notices within a quarter of a second; and those about the
//! audit. `check`: verifies the data folder. `backup`: copies it. `templates`: those for templates. `stop`: stopping the server and
//! its processes.

pub mod backup;
pub mod check;
pub mod stop;
pub mod templates;

use crate::{
    access::{Access, AccessError},
    audit::{self, Audit, Draft, export::Format},
    cli::{AuditVerb, TokenVerb, UserVerb},
    config::Config,
    data_folder::{enter, require_database},
    database::Database,
    deck,
    host::{MIGRATIONS, OpenDatabase},
};
use execdeck_wire::{AuditFilter, AuditOutcome, NewToken, PasskeyInfo, Password, Person, PersonChange, Role, Timestamp};
use serde_json::json;
use std::{
    error::Error,
    future::Future,
    io::{self, BufWriter, IsTerminal, Read, Write},
};

/// The most that is read of a password, in bytes.
const MAX_PASSWORD: u64 = 64 << 10;
/// A day, in microseconds.
const DAY: u64 = 24 * 3600 * 1_000_000;

/// `execdeck user …`
pub fn user(config: &Config, verb: UserVerb) -> Result<(), Box<dyn Error>> {
    enter(&config.data.folder)?;
    if !matches!(verb, UserVerb::Add { .. }) {
        require_database(&config.data.folder)?;
    }
    let OpenDatabase { access, .. } = OpenDatabase::open(config)?;
    let change = |name: String| PersonChange { name, ..PersonChange::default() };
    match verb {
        UserVerb::List => {
            let people = run(access.list_people())?;
            write!(io::stdout(), "{}", list(&people))?;
        }
        UserVerb::Add { name, role } => {
            let save = PersonChange { role: Some(role), password: Some(read_password("user add ada --role admin")?), ..change(name) };
            let person = run(recording(&access, &save).add_person(save))?;
            writeln!(io::stdout(), "{} was created as {}", person.name, person.role.as_str())?;
        }
        UserVerb::Disable { name } => {
            let person = changed(&access, PersonChange { disabled: Some(true), ..change(name) })?;
            writeln!(io::stdout(), "{} is disabled; sessions have ended, and tokens are revoked", person.name)?;
        }
        UserVerb::Enable { name } => {
            let person = changed(&access, PersonChange { disabled: Some(false), ..change(name) })?;
            writeln!(io::stdout(), "{} is enabled", person.name)?;
        }
        UserVerb::Passwd { name } => {
            let save = PersonChange { password: Some(read_password("user passwd ada")?), ..change(name) };
            let person = changed(&access, save)?;
            writeln!(io::stdout(), "{} has a new password; sessions have ended", person.name)?;
            if person.asks_for_passkey {
                writeln!(
                    io::stdout(),
                    "A passkey is still asked for after it. If that is lost: execdeck user passkeys {} --remove-all",
                    person.name
                )?;
            }
        }
        UserVerb::Passkeys { name, remove_all: false } => write!(io::stdout(), "{}", passkeys(&run(access.passkeys_of(&name))?))?,
        UserVerb::Passkeys { name, remove_all: true } => {
            let person = changed(&access, PersonChange { remove_passkeys: true, ..change(name) })?;
            writeln!(io::stdout(), "{} has no passkeys any more; the password alone is enough", person.name)?;
        }
        UserVerb::Role { name, role, flag } => {
            let person = changed(&access, PersonChange { role: role.or(flag), ..change(name) })?;
            writeln!(io::stdout(), "{} is {} now", person.name, person.role.as_str())?;
        }
    }
    Ok(())
}

/// `execdeck token …`
pub fn token(config: &Config, verb: TokenVerb) -> Result<(), Box<dyn Error>> {
    let OpenDatabase { access, .. } = open(config)?;
    let TokenVerb::Add { user, label, rights, days } = verb;
    let expires_at = days.map(|days| Timestamp::from_micros(Timestamp::now().as_micros() + days * DAY));
    let rights = (!rights.is_empty()).then(|| rights.into_iter().collect());
    let details = json!({ "owner": user, "rights": rights, "expires_at": expires_at });
    let access = access.recording(Draft::by_command("create_token").named(&label).with(details));
    let created = run(access.add_token(&user, NewToken { label, rights, expires_at }))?;
    writeln!(io::stdout(), "{}", created.token)?;
    Ok(())
}

fn changed(access: &Access, save: PersonChange) -> Result<Person, Box<dyn Error>> {
    run(recording(access, &save).change_person(save))
}

/// Records what changes an account.
fn recording(access: &Access, save: &PersonChange) -> Access {
    access.recording(Draft::by_command("save_person").named(&save.name).with(deck::change_details(save)))
}

/// `execdeck secret rotate`
pub fn rotate_secret_key(config: &Config) -> Result<(), Box<dyn Error>> {
    let OpenDatabase { audit, database, .. } = open(config)?;
    let seq = audit.record_blocking(Draft::by_command("rotate_secret_key"))?;
    let rotated = deck::rotate_secret_key(&config.data.folder, database);
    if let Err(error) = &rotated {
        record_failure(&audit, Draft::by_command("rotate_secret_key"), seq, error);
    }
    writeln!(io::stdout(), "{}", rotated?)?;
    Ok(())
}

/// Records that what was allowed with entry `seq` has failed. If that cannot be recorded, the failure itself is still the error.
pub(crate) fn record_failure(audit: &Audit, allowed: Draft, seq: u64, error: &impl ToString) {
    if let Err(unrecorded) = audit.record_blocking(Draft { of: Some(seq), ..allowed.ended(AuditOutcome::Failed, error.to_string()) }) {
        eprintln!("execdeck: the failure cannot be recorded: {unrecorded}");
    }
}

/// `execdeck audit …`
pub fn audit(config: &Config, verb: AuditVerb) -> Result<(), Box<dyn Error>> {
    match verb {
        AuditVerb::Verify => {
            let database = open_existing(config)?;
            writeln!(io::stdout(), "{}", audit::verify(&database, &config.data.folder)?.map_err(|broken| broken.to_string())?)?;
            Ok(())
        }
        AuditVerb::Export { format } => export(config, format),
    }
}

/// The database, which has to exist: an audit that is not there must not look like an empty one.
fn open_existing(config: &Config) -> Result<Database, Box<dyn Error>> {
    enter(&config.data.folder)?;
    require_database(&config.data.folder)?;
    Ok(Database::open(&config.data.folder, &MIGRATIONS)?)
}

/// Opens the database, which has to exist, as the user that the folder belongs to.
fn open(config: &Config) -> Result<OpenDatabase, Box<dyn Error>> {
    enter(&config.data.folder)?;
    require_database(&config.data.folder)?;
    Ok(OpenDatabase::open(config)?)
}

fn export(config: &Config, format: Format) -> Result<(), Box<dyn Error>> {
    let database = open_existing(config)?;
    let mut output = BufWriter::new(io::stdout().lock());
    output.write_all(format.header().as_bytes())?;
    let mut after = 0;
    loop {
        let entries = audit::list_after(&database, &AuditFilter::default(), after)?;
        let Some(last) = entries.last() else { break };
        after = last.seq;
        let mut text = String::new();
        for entry in &entries {
            format.write(entry, &mut text);
        }
        output.write_all(text.as_bytes())?;
    }
    Ok(output.flush()?)
}

fn run<T>(work: impl Future<Output = Result<T, AccessError>>) -> Result<T, Box<dyn Error>> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)?)
}

/// How many processes.
fn number_of(processes: usize) -> String {
    if processes == 1 { "1 process".into() } else { format!("{processes} processes") }
}

/// One line per person: name, role, and what else there is to know.
fn list(people: &[Person]) -> String {
    let width = people.iter().map(|person| person.name.chars().count()).max().unwrap_or_default();
    let line = |person: &Person| {
        let disabled = if person.disabled { "  disabled" } else { "" };
        // The groups of the proxy or the provider give them none.
        let role = if person.role == Role::Unknown { "no role" } else { person.role.as_str() };
        format!("{:width$}  {role}{disabled}\n", person.name)
    };
    people.iter().map(line).collect()
}

/// One line per passkey: what it is called, what it is for, and when it was used last.
fn passkeys(passkeys: &[PasskeyInfo]) -> String {
    let line = |passkey: &PasskeyInfo| {
        let used = passkey.last_used.map_or_else(|| "never".to_owned(), |used| used.to_string());
        format!("{}  for {}, last used: {used}\n", passkey.label, passkey.site)
    };
    passkeys.iter().map(line).collect()
}

/// Reads a password from standard input: one line. `command`: how to give it, as an example.
fn read_password(command: &str) -> Result<Password, Box<dyn Error>> {
    let mut stdin = io::stdin();
    if stdin.is_terminal() {
        return Ok(Password(rpassword::prompt_password("Password: ")?));
    }
    let mut text = String::new();
    stdin.by_ref().take(MAX_PASSWORD).read_to_string(&mut text)?;
    let (line, more) = text.split_once('\n').unwrap_or((&text, ""));
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        return Err(format!("give the password on standard input, such as: execdeck {command} < password.txt").into());
    }
    if !more.trim().is_empty() {
        return Err("give the password on standard input as one line; there are more".into());
    }
    Ok(Password(line.to_owned()))
}
