//! Light, dark, or the system's theme. A cookie remembers it, so that the page has the right colours from the first byte.

use crate::server::BasePath;

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
pub const COOKIE: &str = "theme";

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
    pub const fn label(self) -> &'static str {
        match self {
            Self::Auto => "system",
            Self::Light => "light",
            Self::Dark => "dark",
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

    /// The next choice of the button: from the system's theme to its opposite first, so that each first click is seen.
    #[must_use]
    pub const fn next(self, system_is_dark: bool) -> Self {
        match (self, system_is_dark) {
            (Self::Auto, true) | (Self::Dark, false) => Self::Light,
            (Self::Auto, false) | (Self::Light, true) => Self::Dark,
            (Self::Dark, true) | (Self::Light, false) => Self::Auto,
        }
    }

    /// The cookie that remembers the choice for a year, below the base path.
    pub fn cookie(self, base: &BasePath) -> String {
        let path = if base.0.is_empty() { "/" } else { &base.0 };
        format!("{COOKIE}={}; Path={path}; Max-Age=31536000; SameSite=Lax", self.as_str())
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
    fn the_first_click_goes_to_the_theme_that_is_not_seen_and_three_lead_back() {
        for (dark, first) in [(true, Theme::Light), (false, Theme::Dark)] {
            assert_eq!(Theme::Auto.next(dark), first);
            assert_eq!(first.next(dark).next(dark), Theme::Auto);
        }
    }

    #[test]
    fn the_cookie_is_for_this_server_alone_and_survives_a_link_from_elsewhere() {
        assert_eq!(Theme::Dark.cookie(&BasePath::default()), "theme=dark; Path=/; Max-Age=31536000; SameSite=Lax");
        assert!(Theme::Dark.cookie(&BasePath("/tools/deck".into())).contains("Path=/tools/deck;"));
    }
}
