//! A catalogue: the texts of a language by the English ones.

use icu_plurals::{PluralCategory, PluralRules};
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

/// The texts of the pages in another language. [`Catalogue::read`] makes one of a file.
#[derive(Debug)]
pub struct Catalogue {
    pub(super) language: String,
    pub(super) texts: HashMap<String, Translation>,
    pub(super) rules: PluralRules,
    pub(super) json: String,
    pub(super) untranslated: usize,
}

/// What an English text is in another language.
#[derive(Debug)]
pub(super) enum Translation {
    Text(String),
    /// By the category of the number, such as `one` or `few`.
    Forms(HashMap<String, String>),
}

impl Catalogue {
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

    /// What browsers get: JSON, as it was read.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The name of that file among those of this build: another one for other texts, so that browsers may keep it for good.
    #[must_use]
    pub fn file_name(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.json.hash(&mut hasher);
        format!("texts-{:016x}.json", hasher.finish())
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
