//! What can be started on the console's pages: commands that are saved once, whose ids the pages know.

use uuid::{Uuid, uuid};

/// Brings a release out.
pub const DEPLOY: Uuid = uuid!("019ac000-0000-7000-8000-000000000001");
/// Goes back to an earlier release; it has a parameter and asks first.
pub const ROLL_BACK: Uuid = uuid!("019ac000-0000-7000-8000-000000000002");
/// A shell on the machine.
pub const CONSOLE: Uuid = uuid!("019ac000-0000-7000-8000-000000000003");

/// All of them, as the file that `execdeck template import` reads, too.
#[cfg(feature = "ssr")]
const FILE: &str = include_str!("../templates.toml");

/// Saves the templates in a data folder that has none.
#[cfg(feature = "ssr")]
pub async fn create(execdeck: &execdeck_server::Execdeck) -> Result<(), execdeck_app::wire::ApiError> {
    use execdeck_app::{service::Caller, wire::Role};

    let deck = execdeck.deck();
    // Everything is done by somebody. Here it is the console itself.
    let caller = Caller::application("release-console", Role::Admin);
    if deck.list_templates(&caller).await?.is_empty() {
        deck.import_templates(&caller, FILE).await?;
    }
    Ok(())
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_the_templates_that_the_pages_name() {
        for (id, name) in [(DEPLOY, "Deploy"), (ROLL_BACK, "Roll back"), (CONSOLE, "Console")] {
            assert!(FILE.contains(&format!("id = \"{id}\"\nname = \"{name}\"")), "{name}");
        }
    }
}
