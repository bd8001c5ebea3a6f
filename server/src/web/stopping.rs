//! When answers without a known end are cut off because the server stops.

use crate::listen::FINISHING;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Until what is open has had its time to finish.
pub(crate) async fn stopped(stopping: CancellationToken) {
    stopping.cancelled().await;
    sleep(FINISHING).await;
}
