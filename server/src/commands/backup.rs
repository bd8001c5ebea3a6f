//! `execdeck backup`: copies the data folder, beside a running server or without one.

use super::number_of;
use crate::{
    config::Config,
    data_folder::{read_as, require_served},
    deck::{
        Copied, copy, copy_private,
        files::{ReadAs, regular_file},
    },
};
use rusqlite::{Connection, OpenFlags};
use std::{
    error::Error,
    fs::File,
    io::{self, Write},
    path::Path,
    time::Duration,
};

/// How long the copy waits for another program that writes.
const BUSY: Duration = Duration::from_secs(10);
/// Beside `deck.db`, and copied before it: the last entry that the file names is in the copy of the database then, and what waits in
/// the reserve is entered once.
const OF_THE_AUDIT: [&str; 2] = ["audit.head", "audit.reserve"];

/// Copies the data folder into a new one.
pub fn backup(config: &Config, target: &Path) -> Result<(), Box<dyn Error>> {
    let folder = &config.data.folder;
    require_served(folder)?;
    let read_as = read_as(folder)?;
    let Copied { processes, running, bytes } = copy(folder, target, read_as)?;
    for name in OF_THE_AUDIT {
        copy_private(&folder.join(name), &target.join(name), read_as)?;
    }
    copy_database(&folder.join("deck.db"), &target.join("deck.db"), read_as)?;
    // With the names of these files.
    File::open(target)?.sync_all()?;
    let mut output = io::stdout().lock();
    writeln!(
        output,
        "copied {} ({bytes} bytes), accounts, templates and the audit to {}",
        number_of(processes as usize),
        target.display()
    )?;
    if running > 0 {
        let (are, them) = if running == 1 { ("is", "it") } else { ("are", "them") };
        writeln!(output, "{running} of them {are} running; the copy marks {them} as interrupted")?;
    }
    if target.join("secret.key").exists() {
        writeln!(output, "secret.key is in it: whoever can read the copy can read the secrets in it")?;
    } else {
        writeln!(output, "there is no secret.key: the stored secrets need the key from where it is kept (EXECDECK_SECRET_KEY)")?;
    }
    Ok(())
}

/// Writes a copy of a database as it is at this moment.
fn copy_database(from: &Path, to: &Path, read_as: ReadAs) -> Result<(), Box<dyn Error>> {
    let connection = read_as.open(|| {
        // SQLite would wait for a pipe.
        regular_file::open(from)?;
        let connection = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(BUSY)?;
        // With the first query, SQLite opens the files beside it.
        connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0))?;
        Ok::<_, Box<dyn Error>>(connection)
    })?;
    connection.execute("VACUUM INTO ?", [to.to_string_lossy()])?;
    Ok(File::open(to)?.sync_all()?)
}
