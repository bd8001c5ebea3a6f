//! Makes the browser's modules from the compiled page: `execdeck-bindgen INPUT.wasm OUTPUT_FOLDER`.
//! `execdeck-bindgen --plain NAME INPUT.wasm OUTPUT_FOLDER` only generates the bindings, for apps whose pages all load at once.
//!
//! First splits the pages that load on demand (`#[lazy_route]`) off the page's module, then generates the bindings of
//! what is left, as `wasm-bindgen --target web` does. Writes into the folder:
//! - `execdeck.js`, `execdeck_bg.wasm`: the main module and its bindings
//! - `snippets/`: the scripts that come with crates, which `execdeck.js` imports
//! - `split.js` and one `.wasm` file for each part: what loads on demand
//! - `preload.json`: the files that each lazy function needs, by the function's name
//! - `merge`: the parts that are to be merged into the main module, one a line; the two files above leave them out
//!
//! Uses the libraries behind `wasm-bindgen` and `wasm-split-cli` instead of these programs: fewer dependencies, and one
//! lock file of the project's own for both.

use std::{collections::BTreeMap, env, error::Error, fs, path::Path, process::ExitCode};
use walrus::Module;
use wasm_bindgen_cli_support::Bindgen;
use wasm_encoder::{ExportSection, RawSection};
use wasm_split_cli_support::{Options, transform};
use wasmparser::{Parser, Payload};

/// The page that most visits begin with. What it shares with others is part of the main module: it compresses better there
/// than alone.
const FIRST: &str = "__list_route_view_";

/// The name under which the main module imports its bindings.
const BINDINGS: &str = "./execdeck_bg.js";

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let result = match arguments.as_slice() {
        [plain, name, input, folder] if plain == "--plain" => bind(&name.to_string_lossy(), Path::new(input), Path::new(folder)),
        [input, folder] => run(Path::new(input), Path::new(folder)),
        _ => Err("usage: execdeck-bindgen [--plain NAME] INPUT.wasm OUTPUT_FOLDER".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("execdeck-bindgen: {problem:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(input: &Path, folder: &Path) -> Result<(), Box<dyn Error>> {
    let program = without_streams(&fs::read(input)?)?;
    let main = folder.join("main.wasm");
    let mut options = Options::new(&program);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.main_module = "./execdeck.js";
    options.link_name = "./split.js";
    let split = transform(options)?;
    let mut preload: BTreeMap<_, _> = split.prefetch_map.into_iter().collect();
    let merged = shared_files(&preload)?;
    preload.values_mut().for_each(|files| files.retain(|file| !merged.contains(file)));
    fs::write(folder.join("preload.json"), serde_json::to_vec(&preload)?)?;
    fs::write(folder.join("merge"), merged.iter().map(|file| format!("{file}\n")).collect::<String>())?;
    let link = folder.join("split.js");
    fs::write(&link, without_loaders(&fs::read_to_string(&link)?, &merged)?)?;
    let mut output = Bindgen::new()
        .input_path(&main)
        .web(true)?
        .typescript(false)
        .demangle(false)
        // The parts that load later find the main module's memory and table among its exports.
        .keep_lld_exports(true)
        .out_name("execdeck")
        .generate_output()?;
    let names = shorten_imports(output.wasm_mut());
    output.emit(folder)?;
    let bindings = folder.join("execdeck.js");
    fs::write(&bindings, rename(&fs::read_to_string(&bindings)?, &names))?;
    fs::remove_file(main)?;
    Ok(())
}

/// The bindings alone, `NAME.js`, `NAME_bg.wasm` and `snippets/`, as `wasm-bindgen --target web --out-name NAME` makes them.
fn bind(name: &str, input: &Path, folder: &Path) -> Result<(), Box<dyn Error>> {
    Bindgen::new().input_path(input).web(true)?.typescript(false).demangle(false).out_name(name).generate(folder)?;
    Ok(())
}

/// The program without the exports of `wasm-streams`. server_fn brings it along for streams in requests, which no function
/// here has, and exports keep all of its code.
fn without_streams(program: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut module = wasm_encoder::Module::new();
    let mut found = false;
    for payload in Parser::new(0).parse_all(program) {
        let payload = payload?;
        if let Payload::ExportSection(exports) = payload {
            let mut section = ExportSection::new();
            for export in exports {
                let export = export?;
                if export.name.contains("intounderlying") {
                    found = true;
                } else {
                    section.export(export.name, export.kind.try_into()?, export.index);
                }
            }
            module.section(&section);
        } else if let Some((id, range)) = payload.as_section() {
            module.section(&RawSection { id, data: &program[usize::try_from(range.start)?..usize::try_from(range.end)?] });
        }
    }
    if !found {
        return Err("there are no exports of wasm-streams to leave out".into());
    }
    Ok(module.finish())
}

/// The files that the first page shares with others.
fn shared_files(preload: &BTreeMap<String, Vec<String>>) -> Result<Vec<String>, Box<dyn Error>> {
    let (first, others): (Vec<_>, Vec<_>) = preload.iter().partition(|(name, _)| name.starts_with(FIRST));
    let (_, files) = first.first().ok_or(format!("there is no page {FIRST}"))?;
    Ok(files.iter().filter(|file| others.iter().any(|(_, page)| page.contains(file))).cloned().collect())
}

/// The linking script without the loaders of these files.
fn without_loaders(script: &str, files: &[String]) -> Result<String, Box<dyn Error>> {
    let mut script = script.to_owned();
    for file in files {
        let (start, end) = (format!("const __{file} = makeLoad("), "\n, []);\n");
        let (before, rest) = script.split_once(&start).ok_or(format!("split.js has no loader of {file}"))?;
        let (_, after) = rest.split_once(end).ok_or(format!("split.js has another loader of {file} than expected"))?;
        let after = after.replace(&format!("__{file}, "), "").replace(&format!("__{file}]"), "]");
        script = format!("{before}{after}");
    }
    Ok(script)
}

/// Gives the functions that the bindings provide short names, which wasm-bindgen ends with hashes that do not compress.
/// Returns the new names by the old ones.
fn shorten_imports(module: &mut Module) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for import in module.imports.iter_mut().filter(|import| import.module == BINDINGS) {
        let next = format!("f{}", names.len());
        import.name.clone_from(names.entry(import.name.clone()).or_insert(next));
    }
    names
}

/// Replaces whole identifiers of a script.
fn rename(script: &str, names: &BTreeMap<String, String>) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let mut renamed = String::new();
    let mut rest = script;
    while let Some(start) = rest.find(is_part) {
        let end = rest[start..].find(|c| !is_part(c)).map_or(rest.len(), |length| start + length);
        let word = &rest[start..end];
        renamed += &rest[..start];
        renamed += names.get(word).map_or(word, String::as_str);
        rest = &rest[end..];
    }
    renamed + rest
}
