//! Light, dark, or the system's theme. A cookie remembers it, so that the page has the right colours from the first byte. It is changed
//! in the browser (`frontend/js/page-theme.js`).

use crate::texts::t;

/// What the person has chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// The theme of the system.
    #[default]
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

/// The cookie's name.
const COOKIE: &str = "theme";

impl Theme {
    /// The word in the cookie and in the document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Auto => t!("system"),
            Self::Light => t!("light"),
            Self::Dark => t!("dark"),
        }
    }

    /// The word's theme; the system's for anything else.
    pub fn parse(word: &str) -> Self {
        match word {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::Auto,
        }
    }

    /// The theme in a `Cookie` header, if there is one.
    pub fn from_cookies(cookies: &str) -> Option<Self> {
        let value = cookies.split(';').find_map(|cookie| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('='));
        value.map(Self::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_theme_is_that_of_the_cookie() {
        assert_eq!(Theme::from_cookies("a=b; theme=dark; c=d"), Some(Theme::Dark));
        assert_eq!(Theme::from_cookies("theme=sepia"), Some(Theme::Auto));
        assert_eq!(Theme::from_cookies("my-theme=dark"), None);
    }
}
