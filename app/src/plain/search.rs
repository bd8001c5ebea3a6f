//! Searching the output of all processes: the form. What it finds is shown by `frontend/js/search-page.js`.

use super::{
    PageContext,
    document::{Assets, document_with},
    fields::id,
    names::state_name,
};
use crate::{texts::t, wire::ProcessState};
use leptos::prelude::*;

/// What the form asks for, as it was typed.
#[derive(Clone, Debug, Default)]
pub struct SearchForm {
    /// What to search for.
    pub q: String,
    /// Upper and lower case differ.
    pub case: bool,
    /// It is a regular expression.
    pub regex: bool,
    /// Words in the name or the command line of the processes.
    pub name: String,
    /// Their state.
    pub state: String,
    /// A label of theirs.
    pub label: String,
    /// Who started them.
    pub started_by: String,
}

/// The path of the page.
const SEARCH: &str = "/admin/exec/search";

/// The names of the form's ids begin with it.
const FORM: &str = "-search";

/// The page on which the output of all processes is searched.
pub fn search(page: &PageContext, form: &SearchForm) -> String {
    let title = if form.q.is_empty() { t!("Search output").to_owned() } else { t!("{query}, search output", query = form.q) };
    document_with(page, &title, Assets { script: Some("search-page.js"), styles: &["search-page.css"], has_states: true }, || {
        view! {
            <section class="page">
                <h1>{t!("Search output")}</h1>
                {fields(page, form)}
                <p class="note warned without-script">
                    {t!("Searching needs JavaScript, since what is found is shown while it is found. Without it, the log of a process can be downloaded from its page.")}
                </p>
                <div data-search>{form.q.is_empty().then(hints)}</div>
            </section>
        }
    })
}

/// What is said before anything was searched for.
fn hints() -> impl IntoView {
    view! {
        <p class="muted needs-script">
            {t!("Finds lines in all output that you may read, the newest process first: in what a line shows, without colour codes. What is hidden as a secret is not found.")}
        </p>
    }
}

fn fields(page: &PageContext, form: &SearchForm) -> impl IntoView + use<> {
    let error = format!("{}-error", id(FORM, "q"));
    let narrow = [
        ("name", t!("Name or command"), "", &form.name),
        ("label", t!("Label"), "team=ops", &form.label),
        ("started_by", t!("Started by"), "", &form.started_by),
    ];
    let narrow = narrow.map(|(name, label, example, value)| {
        let id = id(FORM, name);
        view! {
            <div class="field">
                <label for=id.clone()>{label}</label>
                <input id=id name=name type="text" translate="no" value=value.clone() placeholder=example autocomplete="off" autocapitalize="none" spellcheck="false"/>
            </div>
        }
    });
    let check = |name: &'static str, label: &'static str, checked: bool| {
        view! { <label class="check"><input type="checkbox" name=name value="true" checked=checked/>{label}</label> }
    };
    view! {
        <form class="card search-form" method="get" action=page.href(SEARCH) role="search" autocomplete="off">
            <div class="field">
                <label for=id(FORM, "q")>{t!("Search for")}</label>
                <div class="search-line">
                    <input id=id(FORM, "q") class="mono" name="q" type="search" value=form.q.clone() required=true autofocus=form.q.is_empty() maxlength="1000"
                        autocomplete="off" autocapitalize="none" spellcheck="false" enterkeyhint="search" aria-describedby=error.clone()/>
                    <button class="primary" type="submit">{t!("Search")}</button>
                </div>
                <p id=error class="field-error" role="alert"></p>
            </div>
            <div class="search-ways">
                {check("case", t!("Match case"), form.case)}
                {check("regex", t!("Regular expression"), form.regex)}
            </div>
            <fieldset class="search-which">
                <legend>{t!("In which processes")}</legend>
                {state(&form.state)}
                {narrow.into_iter().collect_view()}
            </fieldset>
        </form>
    }
}

/// The list of states. One that was asked for in the address stays in it.
fn state(chosen: &str) -> impl IntoView + use<> {
    let groups = [("", t!("any")), ("active", t!("running")), ("ended", t!("ended")), ("unsuccessful", t!("failed"))];
    let mut states: Vec<(String, String)> = groups.map(|(value, label)| (value.to_owned(), label.to_owned())).into();
    states.extend(ProcessState::ALL.iter().filter(|state| **state != ProcessState::Running).map(|state| {
        let label = if *state == ProcessState::Failed { t!("not started") } else { state_name(*state) };
        (state.as_str().to_owned(), label.to_owned())
    }));
    if !states.iter().any(|(value, _)| value == chosen) {
        states.push((chosen.to_owned(), chosen.to_owned()));
    }
    let option = |(value, label): (String, String)| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{label}</option> }
    };
    let id = id(FORM, "state");
    view! {
        <div class="field">
            <label for=id.clone()>{t!("State")}</label>
            <select id=id name="state">{states.into_iter().map(option).collect_view()}</select>
        </div>
    }
}
