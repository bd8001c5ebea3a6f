//! The first start: creating the first administrator.

use super::{
    PageContext, Problem,
    document::document,
    fields::{Field, field, form_error},
};
use crate::texts::t;
use leptos::prelude::*;

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct SetupForm {
    /// The code as typed.
    pub code: String,
    /// The name as typed.
    pub name: String,
    /// What is wrong.
    pub problem: Option<Problem>,
}

const FORM: &str = "/setup";

/// The page on which the first administrator is created. Its script takes the code from the address's fragment, which no
/// server and no log gets to see.
pub fn setup(page: &PageContext, form: &SetupForm) -> String {
    let problem = form.problem.as_ref();
    let code = Field {
        name: "code",
        label: t!("Setup code"),
        value: &form.code,
        hint: t!("Open the link that Execdeck printed when it started; the code is in it. A restart prints a new one."),
        focused: form.code.is_empty(),
        ..Field::default()
    };
    let name = Field { name: "name", label: t!("Name"), value: &form.name, autocomplete: "username", ..Field::default() };
    let password = Field {
        name: "password",
        label: t!("Password"),
        kind: "password",
        autocomplete: "new-password",
        hint: t!("At least 10 characters."),
        ..Field::default()
    };
    let repeat = Field { name: "repeat", label: t!("Password, again"), kind: "password", autocomplete: "new-password", ..Field::default() };
    document(page, t!("Set up"), Some("setup.js"), || {
        view! {
            <section class="page sign-in">
                <h1>{t!("Set up Execdeck")}</h1>
                <p>{t!("Nobody has an account yet. Create the first one, for an administrator: you.")}</p>
                {form_error(problem)}
                <form class="form card" method="post" action=page.href(FORM)>
                    {field(FORM, &code, problem)}
                    {field(FORM, &name, problem)}
                    {field(FORM, &password, problem)}
                    {field(FORM, &repeat, problem)}
                    <button class="primary" type="submit">{t!("Create account")}</button>
                </form>
            </section>
        }
    })
}
