//! The commands for templates, beside a running server: it notices at once.

use super::{open, record_failure};
use crate::{
    audit::Draft,
    cli::TemplateVerb,
    config::Config,
    deck::{open_templates, template_record},
    host::OpenDatabase,
    templates,
};
use execdeck_wire::Template;
use serde_json::json;
use std::{
    error::Error,
    fs,
    io::{self, Read, Write},
    path::Path,
};

/// The most that is read from standard input, in bytes.
const MAX_INPUT: u64 = 8 << 20;

/// `execdeck template …`
pub fn template(config: &Config, verb: TemplateVerb) -> Result<(), Box<dyn Error>> {
    // Before this becomes the user of the data folder, who may not be able to read the file.
    let new = match &verb {
        TemplateVerb::Export { .. } => Vec::new(),
        TemplateVerb::Import { file: Some(file), .. } => templates::parse(&read(file)?)?,
        TemplateVerb::Import { library: true, .. } => templates::library(),
        TemplateVerb::Import { .. } => return Err("name a file, or --library".into()),
    };
    let OpenDatabase { audit, database, .. } = open(config)?;
    let stored = open_templates(&config.data.folder, database)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    match verb {
        TemplateVerb::Export { names } => {
            let exported = templates::export(&chosen(runtime.block_on(stored.list())?, &names)?);
            write!(io::stdout(), "{exported}")?;
        }
        TemplateVerb::Import { .. } => {
            let draft = Draft::by_command("import_templates");
            let recorded = json!({ "templates": new.iter().map(template_record).collect::<Vec<_>>() });
            let seq = audit.record_blocking(draft.clone().with(recorded))?;
            let imported = runtime.block_on(stored.import(None, new));
            if let Err(error) = &imported {
                record_failure(&audit, draft, seq, error);
            }
            for saved in imported? {
                writeln!(io::stdout(), "{}", saved.name)?;
            }
        }
    }
    Ok(())
}

/// Those with these names, in their order; all if there are none.
fn chosen(all: Vec<Template>, names: &[String]) -> Result<Vec<Template>, String> {
    if names.is_empty() {
        return Ok(all);
    }
    let one = |name: &String| {
        let found = all.iter().find(|template| template.name.to_lowercase() == name.to_lowercase());
        found.cloned().ok_or_else(|| format!("there is no template named {name}"))
    };
    names.iter().map(one).collect()
}

fn read(file: &Path) -> Result<String, String> {
    if file == Path::new("-") {
        let mut text = String::new();
        let read = io::stdin().take(MAX_INPUT).read_to_string(&mut text);
        return read.map(|_| text).map_err(|error| format!("standard input cannot be read: {error}"));
    }
    fs::read_to_string(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))
}
