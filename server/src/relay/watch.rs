//! Whether somebody is still signed in at the application.

use crate::access::{ASK_AGAIN, Identity, Lost, ask_again};
use execdeck_wire::Right;
use std::sync::Arc;

/// Waits until somebody is not signed in any more, or `may` does not hold any more. An error of the application that may pass is
/// neither.
pub(super) async fn lost(identity: Arc<Identity>, may: impl Fn(&Identity) -> bool) -> Lost {
    loop {
        tokio::time::sleep(ASK_AGAIN).await;
        match ask_again(&identity).await {
            Ok(now) if !may(&now) => return Lost::Right,
            Ok(_) => {}
            Err(error) if error.code().is_temporary() => {
                tracing::warn!(%error, "the application cannot say whether a viewer is still signed in; trying again");
            }
            Err(_) => return Lost::SignIn,
        }
    }
}

/// Whether somebody has a right for all processes: rights that are narrowed cannot be checked here.
pub(super) fn may(now: &Identity, right: Right) -> bool {
    now.may(right) && now.grants.is_unlimited()
}
