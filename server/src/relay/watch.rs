//! Whether somebody is still signed in at the application.

use crate::access::{ASK_AGAIN, Identity, Lost, ask_again};
use execdeck_wire::Right;
use std::sync::Arc;

/// Waits until they are not signed in any more, or do not have the right any more.
pub(super) async fn lost(identity: Arc<Identity>, right: Right) -> Lost {
    loop {
        tokio::time::sleep(ASK_AGAIN).await;
        match ask_again(&identity).await {
            Ok(now) if now.name != identity.name => return Lost::SignIn,
            Ok(now) if !now.may(right) => return Lost::Right,
            Ok(_) => {}
            Err(_) => return Lost::SignIn,
        }
    }
}
