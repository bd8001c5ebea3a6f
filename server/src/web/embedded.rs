//! What `scripts/site.sh` has built for the browser: embedded in a release binary, read from the build folder otherwise.

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../target/site"]
pub(super) struct Site;
