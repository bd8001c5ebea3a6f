//! Why somebody does not get a page.

use super::{PageContext, document::document};
use leptos::prelude::*;

/// The page that says why there is none, and what to do.
pub fn refusal(page: &PageContext, message: &str) -> String {
    document(page, "That didn't work", None, || {
        view! {
            <section class="empty" role="alert">
                <h1>"That didn't work"</h1>
                <p>{message.to_owned()}</p>
                <p class="empty-ways"><a class="button" href=page.href("/admin/exec")>"All processes"</a></p>
            </section>
        }
    })
}
