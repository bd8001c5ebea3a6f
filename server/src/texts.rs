//! The texts of the pages in another language, as `server.texts` names them.

use crate::deck::files::regular_file;
use execdeck_app::texts::{Catalogue, CatalogueError, TEMPLATE, install};
use std::{
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

/// The largest file, in bytes: several times as long as all texts.
const LARGEST: u64 = 2 << 20;

/// Why a catalogue cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("server.texts {}: {problem}", path.display())]
pub struct TextsError {
    path: PathBuf,
    problem: Problem,
}

#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("{0}")]
    Read(#[from] io::Error),
    #[error("it is larger than 2 MiB")]
    Large,
    #[error("{0}")]
    Catalogue(#[from] CatalogueError),
}

/// Shows the pages with these texts from now on.
pub(crate) fn use_texts(path: &Path) -> Result<(), TextsError> {
    let catalogue = read(path).map_err(|problem| TextsError { path: path.to_owned(), problem })?;
    if catalogue.untranslated() > 0 {
        tracing::info!(texts = catalogue.untranslated(), file = %path.display(), "texts that are not translated are shown in English");
    }
    if let [first, ..] = catalogue.unknown() {
        tracing::warn!(texts = catalogue.unknown().len(), %first, file = %path.display(), "the pages do not have these texts any more; `execdeck texts` prints those that they have");
    }
    install(catalogue);
    Ok(())
}

fn read(path: &Path) -> Result<Catalogue, Problem> {
    let mut json = String::new();
    regular_file::open(path)?.take(LARGEST + 1).read_to_string(&mut json)?;
    if json.len() as u64 > LARGEST {
        return Err(Problem::Large);
    }
    Ok(Catalogue::read(&json)?)
}

/// `execdeck texts`: all texts of the pages, to be translated.
pub fn print_texts() -> io::Result<()> {
    io::stdout().write_all(TEMPLATE.as_bytes())
}
