//! The site is embedded: its folder must be there, even empty, and a change of it means a new binary.

fn main() -> std::io::Result<()> {
    std::fs::create_dir_all("../target/site")?;
    println!("cargo::rerun-if-changed=../target/site");
    Ok(())
}
