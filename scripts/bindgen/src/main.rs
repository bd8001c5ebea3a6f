//! Makes the browser's modules from the compiled page: `execdeck-bindgen INPUT.wasm OUTPUT_FOLDER`.
//!
//! What `wasm-bindgen --target web` does, by the same library. A program of the project's own has a lock file of its
//! own, and leaves out the HTTP client and the test runner that the packaged program brings along.

use std::{env, error::Error, path::PathBuf, process::ExitCode};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("execdeck-bindgen: {problem:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [input, folder] = arguments.as_slice() else {
        return Err("usage: execdeck-bindgen INPUT.wasm OUTPUT_FOLDER".into());
    };
    Bindgen::new()
        .input_path(input)
        .web(true)?
        .typescript(false)
        .out_name("execdeck")
        .generate(folder)?;
    Ok(())
}
