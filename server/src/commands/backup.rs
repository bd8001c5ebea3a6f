//! `execdeck backup`: copies the data folder, beside a running server or without one.

use super::number_of;
use crate::{
    config::Config,
    data_folder::{read_as, require_served},
    deck::{Copied, copy, copy_database, copy_private},
};
use std::{
    error::Error,
    fs::File,
    io::{self, Write},
    path::Path,
};

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
