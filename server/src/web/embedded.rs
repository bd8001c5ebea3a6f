//! What `scripts/site.sh` has built for the browser: embedded in a release binary, read from the crate's folder otherwise.

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "assets/site"]
// In a package that was made before the site.
#[allow_missing = true]
pub(super) struct Site;
