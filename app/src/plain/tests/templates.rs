//! The pages of templates.

use super::{HOSTILE, page, problem};
use crate::{
    form::{
        FieldError, Variable,
        template::{TemplateForm, write_values},
    },
    plain::templates::{self, EditPage, Preview, StartPage, TemplateList, VALUE_PREFIX},
    wire::{MASK, Parameter, ParameterType, Preset, ProcessSpec, ReasonRule, Role, Template, TemplateValues},
};

fn parameter(kind: ParameterType) -> Parameter {
    Parameter {
        name: kind.as_str().into(),
        label: Some(HOSTILE.into()),
        kind,
        help: Some(HOSTILE.into()),
        default: Some(HOSTILE.into()),
        pattern: Some(HOSTILE.into()),
        choices: vec![HOSTILE.into(), "plain".into()],
        folder: Some(HOSTILE.into()),
        value: Some(HOSTILE.into()),
        ..Parameter::default()
    }
}

/// A template all of whose texts are hostile.
fn template() -> Template {
    let (hostile, values) = ([(HOSTILE.to_owned(), HOSTILE.to_owned())], TemplateValues::from([("text".to_owned(), HOSTILE.into())]));
    Template {
        id: Some(Default::default()),
        name: HOSTILE.into(),
        description: HOSTILE.into(),
        spec: ProcessSpec {
            program: HOSTILE.into(),
            args: vec![HOSTILE.into(), format!("{{{{{HOSTILE}}}}}"), "two\nlines".into()],
            cwd: Some(HOSTILE.into()),
            env: hostile.clone().into(),
            secret_env: [("TOKEN".to_owned(), MASK.to_owned())].into(),
            labels: hostile.into(),
            ..ProcessSpec::default()
        },
        parameters: ParameterType::ALL.map(parameter).into(),
        presets: vec![Preset { name: HOSTILE.into(), values }],
        confirm: Some(HOSTILE.into()),
        reason: ReasonRule::Required,
        ..Template::default()
    }
}

fn start_page(template: Template) -> StartPage {
    let values = template.parameters.iter().map(|parameter| (parameter.name.clone(), HOSTILE.into())).collect();
    let files = [("file".to_owned(), Ok(vec![HOSTILE.to_owned()]))].into();
    let preview = Some(Preview::of(&template.spec, Some(HOSTILE.into())));
    let (typed, reason, notes) = (write_values(&values), HOSTILE.into(), vec![HOSTILE.into()]);
    StartPage { template, typed, reason, files, notes, preview, problem: Some(problem("", "text")), ..StartPage::default() }
}

#[test]
fn whatever_is_in_a_template_stays_text() {
    let page = page(Role::Admin);
    let list = TemplateList {
        templates: vec![template()],
        total: 1,
        search: HOSTILE.into(),
        examples: vec![template()],
        toml: HOSTILE.into(),
        ..TemplateList::default()
    };
    let mut form = TemplateForm::from_template(&template());
    form.command.variables.push(Variable { name: HOSTILE.into(), value: format!("{HOSTILE}\n"), secret: false });
    let errors = ["title", "parameters.0", "parameters.1.default", "presets.0.values", HOSTILE];
    let errors = errors.map(|field| FieldError { field: field.into(), message: HOSTILE.into() }).into();
    let edit =
        EditPage { id: Some(Default::default()), form, errors, problem: Some(HOSTILE.into()), conflict: Some(1), ..EditPage::default() };
    for html in [
        templates::templates(&page, &list),
        templates::start(&page, &start_page(template())),
        templates::start_question(&page, &start_page(template())),
        templates::remove_question(&page, &template()),
        templates::edit(&page, &edit),
    ] {
        assert!(!html.contains("<script>") && !html.contains("<img"), "{html}");
        assert!(!html.contains("\"'>"), "{html}");
        assert_eq!(html.matches("<textarea").count(), html.matches("</textarea").count());
        assert_eq!(html.matches(" · Execdeck</title>").count(), 1);
    }
}

#[test]
fn no_page_of_a_template_contains_what_was_entered_as_a_secret() {
    let secret = Template {
        parameters: vec![Parameter { name: "token".into(), kind: ParameterType::Secret, ..Parameter::default() }],
        ..template()
    };
    let mut form = start_page(secret);
    form.typed.insert("token".into(), vec!["hunter2".into()]);
    for html in [templates::start(&page(Role::Admin), &form), templates::start_question(&page(Role::Admin), &form)] {
        assert!(!html.contains("hunter2"));
    }
}

#[test]
fn a_parameter_has_the_field_of_its_type() {
    let field = |kind: ParameterType, choices: usize| {
        let choices = (0..choices).map(|number| format!("choice {number}")).collect();
        let parameter = Parameter { name: "p".into(), kind, required: true, min: Some(-2), max: Some(7), choices, ..Parameter::default() };
        let template = Template { parameters: vec![parameter], ..Template::default() };
        templates::start(&page(Role::Operator), &StartPage { template, ..StartPage::default() })
    };
    for (kind, choices, parts) in [
        (ParameterType::Text, 0, &["type=\"text\"", "required"][..]),
        (ParameterType::Integer, 0, &["type=\"number\"", "min=\"-2\"", "max=\"7\"", "From -2 to 7."]),
        (ParameterType::Choice, 4, &["type=\"radio\"", "<fieldset", "choice 3"]),
        (ParameterType::Choice, 5, &["<select", "choice 4"]),
        (ParameterType::Choices, 5, &["type=\"checkbox\"", "<fieldset"]),
        (ParameterType::Date, 0, &["type=\"date\""]),
        (ParameterType::Secret, 0, &["type=\"password\"", "fewer than six characters"]),
        (ParameterType::Flag, 0, &["type=\"checkbox\"", "value=\"true\""]),
    ] {
        let html = field(kind, choices);
        assert!(html.contains(&format!("name=\"{VALUE_PREFIX}p\"")), "{html}");
        for part in parts {
            assert!(html.contains(part), "{part}: {html}");
        }
    }
}

#[test]
fn who_may_not_administer_is_offered_no_editing_and_who_may_not_start_no_start() {
    let list = TemplateList { templates: vec![template()], total: 1, ..TemplateList::default() };
    let html = |role| templates::templates(&page(role), &list);
    assert!(html(Role::Admin).contains("/templates/new") && html(Role::Admin).contains("/templates/import"));
    assert!(!html(Role::Operator).contains("/templates/new") && !html(Role::Operator).contains("/templates/import"));
    assert!(html(Role::Operator).contains("/start") && !html(Role::Viewer).contains("/start"));
}

#[test]
fn the_focus_goes_to_what_has_to_be_entered_yet() {
    let named = |name: &str, required| Parameter { name: name.into(), required, ..Parameter::default() };
    let template =
        Template { parameters: vec![named("first", true), named("second", true)], reason: ReasonRule::Required, ..Template::default() };
    let focused = |filled: &[&str]| {
        let typed = filled.iter().map(|name| ((*name).to_owned(), vec!["x".to_owned()])).collect();
        let html = templates::start(&page(Role::Operator), &StartPage { template: template.clone(), typed, ..StartPage::default() });
        let before = html.split("autofocus").next().unwrap_or_default();
        let field = before.rsplit("<input").next().unwrap_or_default();
        field.split("id=\"").nth(1).unwrap_or_default().split('"').next().unwrap_or_default().to_owned()
    };
    assert_eq!(focused(&[]), "field-start-first");
    assert_eq!(focused(&["first"]), "field-start-second");
    assert_eq!(focused(&["first", "second"]), "field-start--reason");
}
