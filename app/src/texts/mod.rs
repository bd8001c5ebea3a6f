//! The texts of the pages, and their translation.
//!
//! A text stands in English where it is used, marked by `t!`, or by `plural!` if it depends on a number. A catalogue has the texts in
//! another language, by the English ones: a file of JSON that the server reads at its start ([`Catalogue`], [`install`]) and the page
//! fetches (`app/js/texts.js`). A text that it does not have stays English. `scripts/texts.mjs` collects all texts in `app/texts.json`,
//! also those with which the server answers forms.
//! What the API, a webhook, the log and the command line say is always English.

#[cfg(feature = "ssr")]
mod catalogue;
#[cfg(feature = "ssr")]
mod current;
#[cfg(not(any(feature = "hydrate", feature = "ssr")))]
mod english;
#[doc(hidden)]
pub mod exported;
#[cfg(feature = "hydrate")]
mod page;
#[cfg(feature = "ssr")]
mod read;

#[cfg(feature = "ssr")]
pub use catalogue::Catalogue;
#[cfg(feature = "ssr")]
pub use current::{current, in_english, install};
#[cfg(all(feature = "ssr", feature = "admin"))]
pub(crate) use current::{language, text_address};
#[cfg(all(feature = "ssr", not(feature = "hydrate")))]
pub(crate) use current::{plural_text, translate};
#[cfg(not(any(feature = "hydrate", feature = "ssr")))]
pub(crate) use english::{plural_text, translate};
#[cfg(all(feature = "hydrate", feature = "admin"))]
pub(crate) use page::{language, text_address};
#[cfg(feature = "hydrate")]
pub(crate) use page::{plural_text, translate};
#[cfg(feature = "ssr")]
pub use read::{CatalogueError, TEMPLATE};

use std::fmt::Display;

/// A text in the language of the page: `t!("Stop")` is a `&'static str`, `t!("{count} of {total}", count, total = all.len())` a `String`.
#[macro_export]
#[doc(hidden)]
macro_rules! t {
    ($text:literal) => { $crate::texts::exported::translate($text) };
    ($text:literal, $($value:tt)+) => { $crate::fill_text!([fill_text($text)] $text, $($value)+) };
}

/// A text that depends on a number, which is its `{count}`: `plural!(lines, "{count} line", "{count} lines")`. The English forms are
/// those for 1 and for all other numbers. More values follow as in `t!`.
#[macro_export]
#[doc(hidden)]
macro_rules! plural {
    ($count:expr, $one:literal, $other:literal $(, $($value:tt)+)?) => {{
        let number: u64 = $count;
        $crate::fill_text!([fill_plural(number, $one, $other)] $other, count = number $(, $($value)+)?)
    }};
}

/// Calls what puts the values into a text. The compiler checks them against the English text, `scripts/texts.mjs` its form for 1.
#[macro_export]
#[doc(hidden)]
macro_rules! fill_text {
    ([$fill:ident($($argument:expr),+)] $text:literal, $($name:ident $(= $value:expr)?),+ $(,)?) => {
        match ($($crate::text_value!($name $(= $value)?),)+) {
            ($($name,)+) => {
                if false {
                    let _ = format_args!($text, $($name = $name),+);
                }
                $crate::texts::exported::$fill($($argument,)+ concat!($(stringify!($name), ","),+), &[$($name),+])
            }
        }
    };
}

#[macro_export]
#[doc(hidden)]
macro_rules! text_value {
    ($name:ident) => {
        &$name as &dyn ::std::fmt::Display
    };
    ($name:ident = $value:expr) => {
        &$value as &dyn ::std::fmt::Display
    };
}

pub(crate) use {plural, t};

/// A text as markup, for what is not put together by a view.
#[cfg(feature = "admin")]
pub(crate) fn markup(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// Replaces each `{name}` of a text by the value of that name. `names`: those of the values, each with a comma behind it.
fn fill(text: &str, names: &str, values: &[&dyn Display]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let value = after
            .split_once('}')
            .and_then(|(name, after)| Some((values[names.split(',').position(|known| known == name && !name.is_empty())?], after)));
        rest = after;
        if let Some((value, after)) = value {
            filled.push_str(&value.to_string());
            rest = after;
        } else {
            filled.push('{');
        }
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn values_take_the_places_of_their_names_in_any_order() {
        assert_eq!(fill("{count} of {total}", "count,total,", &[&2, &10]), "2 of 10");
        assert_eq!(fill("von {total} sind es {count}", "count,total,", &[&2, &10]), "von 10 sind es 2");
    }

    #[test]
    fn other_braces_stay() {
        assert_eq!(fill("{json} {a {name}", "name,", &[&"{json}"]), "{json} {a {json}");
    }

    #[test]
    fn english_is_what_stands_in_the_source() {
        let lines = 3;
        assert_eq!(t!("Stop"), "Stop");
        assert_eq!(t!("{name}: {lines} more", name = "web", lines), "web: 3 more");
        assert_eq!(plural!(1, "{count} line", "{count} lines"), "1 line");
        assert_eq!(plural!(0, "{count} line of {name}", "{count} lines of {name}", name = "web"), "0 lines of web");
    }
}
