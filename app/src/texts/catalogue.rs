//! A catalogue: the texts of a language by the English ones.

use icu_plurals::{PluralCategory, PluralRules};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
};

/// The texts of the pages in another language. [`Catalogue::read`] makes one of a file.
#[derive(Debug)]
pub struct Catalogue {
    language: String,
    texts: BTreeMap<String, Translation>,
    rules: PluralRules,
    untranslated: usize,
    unknown: Vec<String>,
    json: String,
    file_name: String,
}

/// What an English text is in another language.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Translation {
    Text(String),
    /// By the category of the number, such as `one` or `few`.
    Forms(BTreeMap<String, String>),
}

/// What browsers read.
#[derive(Serialize)]
struct File<'a> {
    language: &'a str,
    texts: &'a BTreeMap<String, Translation>,
}

impl Catalogue {
    pub(super) fn new(
        language: String,
        texts: BTreeMap<String, Translation>,
        rules: PluralRules,
        untranslated: usize,
        unknown: Vec<String>,
    ) -> Self {
        let json = serde_json::to_string(&File { language: &language, texts: &texts }).expect("texts are JSON");
        let mut hasher = DefaultHasher::new();
        json.hash(&mut hasher);
        let file_name = format!("texts-{:016x}.json", hasher.finish());
        Self { language, texts, rules, untranslated, unknown, json, file_name }
    }

    /// The language, such as `de` or `pt-BR` (BCP 47).
    #[must_use]
    pub fn language(&self) -> &str {
        &self.language
    }

    /// How many texts stay English.
    #[must_use]
    pub const fn untranslated(&self) -> usize {
        self.untranslated
    }

    /// Texts in the file that the pages do not have.
    #[must_use]
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }

    /// What browsers get, as JSON: the language and the texts that are translated.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The name of that among the files of this build: another one for other texts, so that browsers may keep it for good.
    #[must_use]
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    pub(super) fn text(&self, english: &str) -> Option<&str> {
        match self.texts.get(english)? {
            Translation::Text(text) => Some(text),
            Translation::Forms(_) => None,
        }
    }

    pub(super) fn form(&self, english: &str, count: u64) -> Option<&str> {
        match self.texts.get(english)? {
            Translation::Text(text) => Some(text),
            Translation::Forms(forms) => {
                forms.get(name_of(self.rules.category_for(count))).or_else(|| forms.get("other")).map(String::as_str)
            }
        }
    }
}

/// The names of the Unicode CLDR, which browsers use, too.
pub(super) const fn name_of(category: PluralCategory) -> &'static str {
    match category {
        PluralCategory::Zero => "zero",
        PluralCategory::One => "one",
        PluralCategory::Two => "two",
        PluralCategory::Few => "few",
        PluralCategory::Many => "many",
        PluralCategory::Other => "other",
    }
}
