//! The site is embedded: its folder must be there, even empty, and a change of it means a new binary.

fn main() -> std::io::Result<()> {
    std::fs::create_dir_all("../target/site")?;
    // A debug build reads the folder at run time.
    let release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    println!("cargo::rerun-if-changed={}", if release { "../target/site" } else { "build.rs" });
    Ok(())
}
