//! The site and the keeper are embedded: a change in them means a new binary. They are in `assets`, where `scripts/site.sh` and
//! `scripts/keep.sh` put them, and which is part of the package.

use std::{env, fs, io, path::Path, time::SystemTime};

fn main() -> io::Result<()> {
    // Something that is watched has to be there, even empty. In a package, what is not there never will be.
    if Path::new("../engine/src").exists() {
        fs::create_dir_all("assets/site")?;
        fs::create_dir_all("assets/keep")?;
    }
    // A debug build reads the folder at run time.
    let release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    println!("cargo::rerun-if-changed={}", if release { "assets/site" } else { "build.rs" });
    embed_keeper()
}

/// Without the small keeper for this platform an empty file is embedded, and the server's own binary does the job. One that is
/// older than its source counts as none: server and keeper must speak the same protocol. A package has no source to compare with.
fn embed_keeper() -> io::Result<()> {
    let target = env::var("TARGET").expect("cargo sets it for build scripts");
    let keeper = Path::new("assets/keep").join(format!("execdeck-keep-{target}"));
    println!("cargo::rerun-if-changed=assets/keep");
    let mut source = SystemTime::UNIX_EPOCH;
    for folder in ["../engine/src", "../wire/src"].map(Path::new) {
        if folder.exists() {
            println!("cargo::rerun-if-changed={}", folder.display());
            source = source.max(newest(folder)?);
        }
    }
    let mut program = Vec::new();
    match fs::metadata(&keeper).and_then(|metadata| metadata.modified()) {
        Ok(built) if built >= source => program = fs::read(&keeper)?,
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
