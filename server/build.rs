//! The site and the keeper are embedded. Their folders must be there, even empty, and a change in them means a new binary.

use std::{env, fs, io, path::Path};

fn main() -> io::Result<()> {
    fs::create_dir_all("../target/site")?;
    // A debug build reads the folder at run time.
    let release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    println!("cargo::rerun-if-changed={}", if release { "../target/site" } else { "build.rs" });
    embed_keeper()
}

/// Without `scripts/keep.sh` there is no small keeper: then an empty file is embedded, and the server does its job.
fn embed_keeper() -> io::Result<()> {
    let folder = Path::new("../target/embed");
    fs::create_dir_all(folder)?;
    println!("cargo::rerun-if-changed={}", folder.display());
    let keeper = match fs::read(folder.join("execdeck-keep")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        read => read?,
    };
    let out = env::var_os("OUT_DIR").expect("cargo sets it for build scripts");
    fs::write(Path::new(&out).join("execdeck-keep"), keeper)
}
