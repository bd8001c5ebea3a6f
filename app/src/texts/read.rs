//! Reading a catalogue, with all that can be wrong with it.

use super::catalogue::{Catalogue, Translation, name_of};
use icu_locale_core::Locale;
use icu_plurals::{PluralCategory, PluralRules};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// All texts in English, as a catalogue to fill in: `{"language": "", "texts": {"Stop": "", …}}`. A text that depends on a number has an
/// object of its forms.
pub const TEMPLATE: &str = include_str!("../../texts.json");

/// What is wrong with a catalogue, in words for the person who wrote it.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// It is no JSON, or not of this shape.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// Not a language tag.
    #[error("language: `{0}` is no language tag; give one such as \"de\" or \"pt-BR\"")]
    Language(String),
    /// A text that depends on no number has forms.
    #[error("`{0}` is one text for all numbers; give a text in place of the forms")]
    NoForms(String),
    /// It names a value that the text does not have.
    #[error("`{text}` is translated with {{{name}}}, which it does not have")]
    Value {
        /// The English text.
        text: String,
        /// What is between the braces.
        name: String,
    },
    /// A form has an unknown name, or the form for most numbers is missing.
    #[error("`{0}` needs a form \"other\", and may have: zero, one, two, few, many")]
    Forms(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    language: String,
    texts: BTreeMap<String, Written>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a translation is a text, or an object of its forms: {\"one\": \"…\", \"other\": \"…\"}")]
enum Written {
    Text(String),
    Forms(BTreeMap<String, String>),
}

impl Catalogue {
    /// Reads a file of JSON. An empty text is one that is not translated. Texts that the pages no longer have are left out.
    pub fn read(json: &str) -> Result<Self, CatalogueError> {
        let File { language, texts } = serde_json::from_str(json.trim_start_matches('\u{feff}'))?;
        let known = known_texts();
        let rules = language
            .parse::<Locale>()
            .ok()
            .filter(|_| !language.is_empty())
            .and_then(|locale| PluralRules::try_new_cardinal(locale.into()).ok())
            .ok_or_else(|| CatalogueError::Language(language.clone()))?;
        let (mut translations, mut unknown) = (BTreeMap::new(), Vec::new());
        for (english, written) in texts {
            match known.get(&english) {
                None => unknown.push(english),
                Some(Written::Text(_)) if matches!(written, Written::Forms(_)) => return Err(CatalogueError::NoForms(english)),
                Some(_) => drop(checked(&english, written)?.map(|translation| translations.insert(english, translation))),
            }
        }
        let untranslated = known.len() - translations.len();
        Ok(Self::new(language, translations, rules, untranslated, unknown))
    }
}

fn known_texts() -> BTreeMap<String, Written> {
    let template: File = serde_json::from_str(TEMPLATE).expect("the template is a catalogue");
    template.texts
}

fn checked(english: &str, written: Written) -> Result<Option<Translation>, CatalogueError> {
    let translation = match written {
        Written::Text(text) if text.is_empty() => return Ok(None),
        Written::Text(text) => Translation::Text(text),
        Written::Forms(forms) if forms.values().all(String::is_empty) => return Ok(None),
        Written::Forms(forms) => {
            let is_name = |name: &String| PluralCategory::all().any(|category| name_of(category) == name);
            if !forms.keys().all(is_name) || forms.get("other").is_none_or(String::is_empty) {
                return Err(CatalogueError::Forms(english.to_owned()));
            }
            Translation::Forms(forms.into_iter().filter(|(_, form)| !form.is_empty()).collect())
        }
    };
    let written: Vec<&str> = match &translation {
        Translation::Text(text) => vec![text],
        Translation::Forms(forms) => forms.values().map(String::as_str).collect(),
    };
    let has: BTreeSet<&str> = names(english).collect();
    let unknown = written.into_iter().flat_map(names).find(|name| !has.contains(name)).map(str::to_owned);
    match unknown {
        Some(name) => Err(CatalogueError::Value { text: english.to_owned(), name }),
        None => Ok(Some(translation)),
    }
}

/// The names in the braces of a text.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &str) -> Result<Catalogue, String> {
        Catalogue::read(&format!(r#"{{"language": "pl", "texts": {texts}}}"#)).map_err(|error| error.to_string())
    }

    #[test]
    fn texts_and_forms_are_found_by_their_english_text() {
        let forms = r#"{"one": "{count} proces", "few": "{count} procesy", "many": "{count} procesów", "other": "{count} procesu"}"#;
        let catalogue = read(&format!(r#"{{"Stop": "Zatrzymaj", "Cancel": "", "{{count}} processes": {forms}}}"#)).unwrap();
        assert_eq!(catalogue.text("Stop"), Some("Zatrzymaj"));
        assert_eq!(catalogue.text("Cancel"), None);
        let form = |count| catalogue.form("{count} processes", count).unwrap();
        assert_eq!([form(1), form(3), form(5), form(22)], ["{count} proces", "{count} procesy", "{count} procesów", "{count} procesy"]);
        assert_eq!(catalogue.untranslated(), known_texts().len() - 2);
    }

    #[test]
    fn texts_that_the_pages_no_longer_have_are_left_out() {
        let catalogue = read(r#"{"Stopp": "x", "Stop": "Zatrzymaj"}"#).unwrap();
        assert_eq!(catalogue.unknown(), ["Stopp"]);
        // Some editors put a mark of the encoding in front.
        assert!(Catalogue::read(&["\u{feff}", catalogue.json()].concat()).is_ok());
        assert_eq!(catalogue.json(), r#"{"language":"pl","texts":{"Stop":"Zatrzymaj"}}"#);
    }

    #[test]
    fn what_is_wrong_is_said_with_the_text_it_is_in() {
        let wrong = |texts: &str| read(texts).unwrap_err();
        let forms = r#"{"Stop": {"other": "x"}}"#;
        assert_eq!(wrong(forms), "`Stop` is one text for all numbers; give a text in place of the forms");
        assert_eq!(wrong(r#"{"Stop": "{name}"}"#), "`Stop` is translated with {name}, which it does not have");
        assert!(wrong(r#"{"{count} processes": {"one": "x"}}"#).contains("needs a form \"other\""));
        assert!(wrong(r#"{"{count} processes": {"other": "x", "some": "y"}}"#).contains("needs a form \"other\""));
        assert!(wrong(r#"{"Stop": 3}"#).contains("a translation is a text, or an object"), "{}", wrong(r#"{"Stop": 3}"#));
        assert!(Catalogue::read(r#"{"language": "", "texts": {}}"#).unwrap_err().to_string().contains("no language tag"));
        assert!(Catalogue::read(r#"{"language": "e n", "texts": {}}"#).unwrap_err().to_string().contains("no language tag"));
    }
}
