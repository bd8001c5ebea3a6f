//! Switches in a query: `?follow=true`, `?follow=1` or plain `?follow`.

use serde::Deserialize;

/// A switch; off when it is absent.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(crate) enum Flag {
    #[serde(rename = "true", alias = "1", alias = "")]
    On,
    #[default]
    #[serde(rename = "false", alias = "0")]
    Off,
}

impl Flag {
    pub(crate) const fn is_on(self) -> bool {
        matches!(self, Self::On)
    }
}
