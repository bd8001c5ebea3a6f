//! The site and the keeper are embedded. Their folders must be there, even empty, and a change in them means a new binary.

use std::{env, fs, io, path::Path, time::SystemTime};

fn main() -> io::Result<()> {
    fs::create_dir_all("../target/site")?;
    // A debug build reads the folder at run time.
    let release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    println!("cargo::rerun-if-changed={}", if release { "../target/site" } else { "build.rs" });
    embed_keeper()
}

/// Without the small keeper an empty file is embedded, and the server's own binary does the job. One that is older than
/// its source counts as none: server and keeper must speak the same protocol.
fn embed_keeper() -> io::Result<()> {
    let keeper = Path::new("../target/embed/execdeck-keep");
    fs::create_dir_all("../target/embed")?;
    let mut source = SystemTime::UNIX_EPOCH;
    for folder in ["../target/embed", "../engine/src", "../wire/src"] {
        println!("cargo::rerun-if-changed={folder}");
        if folder.ends_with("/src") {
            source = source.max(newest(Path::new(folder))?);
        }
    }
    let mut program = Vec::new();
    match fs::metadata(keeper).and_then(|metadata| metadata.modified()) {
        Ok(built) if built >= source => program = fs::read(keeper)?,
        Ok(_) => println!("cargo::warning=the keeper is older than its source and is not embedded: run scripts/keep.sh"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let out = env::var_os("OUT_DIR").expect("cargo sets it for build scripts");
    fs::write(Path::new(&out).join("execdeck-keep"), program)
}

/// When a file in the folder was last changed.
fn newest(folder: &Path) -> io::Result<SystemTime> {
    let mut newest = SystemTime::UNIX_EPOCH;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        newest = newest.max(if metadata.is_dir() { self::newest(&entry.path())? } else { metadata.modified()? });
    }
    Ok(newest)
}
