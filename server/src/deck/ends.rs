//! The ends of processes that somebody is to be told of.

use super::Deck;
use crate::config::{Webhook, WebhookOn};
use execdeck_engine::{Outbox, TellOf};

/// Which ends the engine keeps until the webhook was told of them.
pub(super) fn tell_of(webhook: &Webhook) -> TellOf {
    match webhook.on {
        _ if webhook.url.is_empty() => TellOf::Nothing,
        WebhookOn::Ends => TellOf::Ends,
        WebhookOn::Failures => TellOf::Failures,
    }
}

impl Deck {
    /// The ends of which the webhook is yet to be told.
    pub fn outbox(&self) -> Outbox {
        self.engine.outbox()
    }
}
