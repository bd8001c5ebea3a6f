//! Makes the browser's modules from the compiled page: `execdeck-bindgen INPUT.wasm OUTPUT_FOLDER`.
//!
//! First splits the pages that load on demand (`#[lazy_route]`) off the page's module, then generates the bindings of
//! what is left, as `wasm-bindgen --target web` does. Writes into the folder:
//! - `execdeck.js`, `execdeck_bg.wasm`: the main module and its bindings
//! - `split.js` and one `.wasm` file for each part: what loads on demand
//! - `preload.json`: the files that each lazy function needs, by the function's name
//!
//! Uses the libraries behind `wasm-bindgen` and `wasm-split-cli` instead of these programs: fewer dependencies, and one
//! lock file of the project's own for both.

use std::{collections::BTreeMap, env, error::Error, fs, path::Path, process::ExitCode};
use wasm_bindgen_cli_support::Bindgen;
use wasm_split_cli_support::{Options, transform};

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let [input, folder] = arguments.as_slice() else {
        eprintln!("usage: execdeck-bindgen INPUT.wasm OUTPUT_FOLDER");
        return ExitCode::FAILURE;
    };
    match run(Path::new(input), Path::new(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("execdeck-bindgen: {problem:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(input: &Path, folder: &Path) -> Result<(), Box<dyn Error>> {
    let program = fs::read(input)?;
    let main = folder.join("main.wasm");
    let mut options = Options::new(&program);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.main_module = "./execdeck.js";
    options.link_name = "./split.js";
    let split = transform(options)?;
    let preload: BTreeMap<_, _> = split.prefetch_map.into_iter().collect();
    fs::write(folder.join("preload.json"), serde_json::to_vec(&preload)?)?;
    Bindgen::new()
        .input_path(&main)
        .web(true)?
        .typescript(false)
        .demangle(false)
        // The parts that load later find the main module's memory and table among its exports.
        .keep_lld_exports(true)
        .out_name("execdeck")
        .generate(folder)?;
    fs::remove_file(main)?;
    Ok(())
}
