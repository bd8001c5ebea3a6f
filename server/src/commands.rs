//! The commands that manage people, beside a running server: it notices within a quarter of a second.

use crate::{
    access::{Access, AccessError},
    cli::{TokenVerb, UserVerb},
    config::Config,
    serve::open_access,
};
use execdeck_wire::{NewToken, Password, Person, PersonChange, Timestamp};
use std::{
    error::Error,
    future::Future,
    io::{self, IsTerminal, Read},
};

/// The most that is read of a password, in bytes.
const MAX_PASSWORD: u64 = 64 << 10;
/// A day, in microseconds.
const DAY: u64 = 24 * 3600 * 1_000_000;

/// `execdeck user …`
pub fn user(config: &Config, verb: UserVerb) -> Result<(), Box<dyn Error>> {
    let access = open_access(config)?;
    let change = |name: String| PersonChange { name, ..PersonChange::default() };
    match verb {
        UserVerb::List => {
            let people = run(access.list_people())?;
            print!("{}", list(&people));
        }
        UserVerb::Add { name, role } => {
            let save = PersonChange { role: Some(role), password: Some(read_password()?), ..change(name) };
            let person = run(access.add_person(save))?;
            println!("{} was created as {}", person.name, person.role.as_str());
        }
        UserVerb::Disable { name } => {
            let person = changed(&access, PersonChange { disabled: Some(true), ..change(name) })?;
            println!("{} is disabled; sessions have ended, and tokens are revoked", person.name);
        }
        UserVerb::Enable { name } => {
            let person = changed(&access, PersonChange { disabled: Some(false), ..change(name) })?;
            println!("{} is enabled", person.name);
        }
        UserVerb::Passwd { name } => {
            let save = PersonChange { password: Some(read_password()?), ..change(name) };
            println!("{} has a new password; sessions have ended", changed(&access, save)?.name);
        }
        UserVerb::Role { name, role, flag } => {
            let person = changed(&access, PersonChange { role: role.or(flag), ..change(name) })?;
            println!("{} is {} now", person.name, person.role.as_str());
        }
    }
    Ok(())
}

/// `execdeck token …`
pub fn token(config: &Config, verb: TokenVerb) -> Result<(), Box<dyn Error>> {
    let access = open_access(config)?;
    let TokenVerb::Add { user, label, rights, days } = verb;
    let expires_at = days.map(|days| Timestamp::from_micros(Timestamp::now().as_micros() + days * DAY));
    let rights = (!rights.is_empty()).then(|| rights.into_iter().collect());
    let created = run(access.add_token(&user, NewToken { label, rights, expires_at }))?;
    println!("{}", created.token);
    Ok(())
}

fn changed(access: &Access, save: PersonChange) -> Result<Person, Box<dyn Error>> {
    run(access.change_person(save))
}

fn run<T>(work: impl Future<Output = Result<T, AccessError>>) -> Result<T, Box<dyn Error>> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)?)
}

/// One line per person: name, role, and what else there is to know.
fn list(people: &[Person]) -> String {
    let width = people.iter().map(|person| person.name.chars().count()).max().unwrap_or_default();
    let line = |person: &Person| {
        let disabled = if person.disabled { "  disabled" } else { "" };
        format!("{:width$}  {}{disabled}\n", person.name, person.role.as_str())
    };
    people.iter().map(line).collect()
}

/// Reads a password from standard input: its first line.
fn read_password() -> Result<Password, Box<dyn Error>> {
    let mut stdin = io::stdin();
    if stdin.is_terminal() {
        return Ok(Password(rpassword::prompt_password("Password: ")?));
    }
    let mut text = String::new();
    stdin.by_ref().take(MAX_PASSWORD).read_to_string(&mut text)?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err("give the password on standard input, such as: execdeck user add ada --role admin < password.txt".into());
    }
    Ok(Password(line.to_owned()))
}
