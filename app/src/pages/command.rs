//! What to run: one command line, or program and arguments in fields of their own; below, the words the program will get.

use crate::{
    browser,
    components::{FieldNote, error_id, field_id},
    form::{FieldError, NewForm},
    texts::t,
};
use leptos::{ev, html, prelude::*};

/// Both ways of writing it; switching takes the words along. Without JavaScript the chosen way counts.
#[component]
pub(super) fn Command(form: NewForm, errors: RwSignal<Vec<FieldError>>) -> impl IntoView {
    let (line, program, args) = (NodeRef::<html::Textarea>::new(), NodeRef::<html::Input>::new(), NodeRef::<html::Textarea>::new());
    let apart_choice = NodeRef::<html::Input>::new();
    let typed = RwSignal::new(form.clone());
    let read = move || {
        typed.update(|form| {
            form.command = line.get_untracked().map(|field| field.value()).unwrap_or_default();
            form.program = program.get_untracked().map(|field| field.value()).unwrap_or_default();
            form.args = args.get_untracked().map(|field| field.value()).unwrap_or_default();
        });
    };
    // Something may have been typed before hydration, or restored from an earlier visit.
    Effect::new(move |_| {
        browser::focus_first(line);
        read();
        typed.update(|form| form.apart = apart_choice.get_untracked().is_some_and(|choice| choice.checked()));
    });
    let change = move |apart: bool| {
        read();
        let mut problem = None;
        typed.update(|form| problem = form.set_apart(apart).err());
        typed.with_untracked(|form| {
            line.get_untracked().inspect(|field| field.set_value(&form.command));
            program.get_untracked().inspect(|field| field.set_value(&form.program));
            args.get_untracked().inspect(|field| field.set_value(&form.args));
        });
        errors.update(|errors| {
            errors.retain(|error| !["command", "program", "args"].contains(&error.field.as_str()));
            errors.extend(problem.map(|message| FieldError { field: "args".into(), message }));
        });
    };
    let shell_syntax = Memo::new(move |_| typed.with(NewForm::shell_syntax));
    let through_shell = move || {
        read();
        typed.update(NewForm::run_through_shell);
        typed.with_untracked(|form| {
            line.get_untracked().inspect(|field| {
                field.set_value(&form.command);
                let _ = field.focus();
            })
        });
    };
    let wrong = move |field: &'static str| errors.with(|errors| errors.iter().any(|error| error.field == field)).to_string();
    let words = move || typed.with(|form| form.words().unwrap_or_default());
    let shown = move |word: String| view! { <code translate="no">{if word.is_empty() { "\u{2205}".to_owned() } else { word }}</code> };
    view! {
        <fieldset class="ways">
            <legend class="unseen">{t!("How to write the command")}</legend>
            <div class="segments">
                <label><input type="radio" name="mode" value="line" checked=!form.apart on:change=move |_| change(false)/>{t!("Command line")}</label>
                <label><input node_ref=apart_choice type="radio" name="mode" value="apart" checked=form.apart on:change=move |_| change(true)/>{t!("Program and arguments")}</label>
            </div>
            <div class="field way-line">
                <label class="unseen" for=field_id("command")>{t!("Command")}</label>
                <textarea node_ref=line id=field_id("command") name="command" class="command" rows="2" placeholder="ping -c 5 localhost" spellcheck="false" autocapitalize="off"
                    autocomplete="off" autofocus aria-describedby=error_id("command") aria-invalid=move || wrong("command")
                    on:input=move |_| read() on:keydown=enter>{browser::textarea_text(&form.command)}</textarea>
                <FieldNote field="command" errors/>
            </div>
            <div class="way-apart">
                <div class="field">
                    <label for=field_id("program")>{t!("Program")}</label>
                    <input node_ref=program id=field_id("program") name="program" class="mono" translate="no" value=form.program.clone() placeholder="ping" spellcheck="false" autocapitalize="off"
                        autocomplete="off" aria-describedby=error_id("program") aria-invalid=move || wrong("program") on:input=move |_| read()/>
                    <FieldNote field="program" errors/>
                </div>
                <div class="field">
                    <label for=field_id("args")>{t!("Arguments, one per line, no quoting")}</label>
                    <textarea node_ref=args id=field_id("args") name="args" class="mono" rows="3" placeholder="-c\n5\nlocalhost" spellcheck="false" autocapitalize="off"
                        autocomplete="off" aria-describedby=error_id("args") aria-invalid=move || wrong("args")
                        on:input=move |_| read() on:keydown=control_enter>{browser::textarea_text(&form.args)}</textarea>
                    <FieldNote field="args" errors/>
                </div>
            </div>
            <p class="words">
                <span class="unseen">{t!("Program and arguments:")}" "</span>
                {move || words().into_iter().map(shown).collect_view()}
            </p>
            <p class="hint shell-hint" role="status">
                {move || shell_syntax.get().map(|syntax| view! {
                    <span>{t!("No shell is involved:")}" "<code translate="no">{syntax.clone()}</code>" "{meaning(&syntax)}</span>
                    <button class="small" type="button" on:click=move |_| through_shell()>{t!("Run through a shell")}</button>
                })}
            </p>
        </fieldset>
    }
}

/// What becomes of shell syntax without a shell.
fn meaning(syntax: &str) -> &'static str {
    match syntax {
        "#" => t!("begins a comment, which is dropped."),
        _ if syntax.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '.') => t!("isn't a program."),
        _ => t!("is passed literally."),
    }
}

/// Enter starts the process, Shift+Enter breaks the line.
fn enter(event: ev::KeyboardEvent) {
    if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
        event.prevent_default();
        browser::submit_form_of(&event);
    }
}

/// Ctrl+Enter starts the process, since Enter separates arguments.
fn control_enter(event: ev::KeyboardEvent) {
    if event.ctrl_key() || event.meta_key() {
        enter(event);
    }
}
