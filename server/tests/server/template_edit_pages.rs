//! The pages where templates are edited, exported and imported, as browsers without JavaScript use them.

use crate::{
    common::within,
    support::{client, server},
    template_pages::{TEMPLATES, get, post, printing, save},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn the_form_of_a_template_keeps_all_of_it_and_notices_other_changes() {
    let (server, _folder) = server().await;
    let client = client();
    let new = format!("{TEMPLATES}/new");
    let form = [
        ("title", "Back up"),
        ("description", "First\r\nsecond"),
        ("program", "printf"),
        ("args", "%s\\n\r\n{{host}}\r\n\"two\\nlines\""),
        ("labels", "team=ops"),
        ("variable", "TOKEN"),
        ("value", "hunter2!"),
        ("secret", "yes"),
        ("terminal", "no"),
        ("timeout", "60"),
        ("signal", "INT"),
        ("grace", "5"),
        ("parameter.name", "host"),
        ("parameter.type", "text"),
        ("parameter.required", "yes"),
        ("parameter.pattern", "[a-z0-9-]+"),
        ("preset.name", "web"),
        ("preset.values", "host=web-1"),
        ("reason", "optional"),
    ];
    let with = |more: &[(&'static str, String)]| {
        let form = form.iter().map(|(name, value)| (*name, (*value).to_owned()));
        form.chain(more.iter().cloned()).collect::<Vec<_>>()
    };
    let send = async |path: &str, form: Vec<(&str, String)>| within(client.post(server.url(path)).form(&form).send()).await.unwrap();
    // Adding a row saves nothing, and the page does not contain the secret, which is not lost.
    let key = uuid::Uuid::now_v7().to_string();
    let added = send(&new, with(&[("key", key.clone()), ("do", "add-parameter".into())])).await;
    let html = added.text().await.unwrap();
    assert!(html.contains("Parameter 2") && !html.contains("hunter2!"), "{html}");
    let (_, none) = server.call("list_templates", json!({})).await;
    assert_eq!(none, json!([]));
    let mut masked = with(&[("key", key), ("do", "save".into())]);
    masked.iter_mut().filter(|(_, value)| value == "hunter2!").for_each(|(_, value)| "••••••".clone_into(value));
    let saved = send(&new, masked).await;
    assert_eq!(saved.status(), 303, "{}", saved.text().await.unwrap());
    let (_, list) = server.call("list_templates", json!({})).await;
    let template = list[0].clone();
    assert_eq!(template["spec"]["args"], json!(["%s\\n", "{{host}}", "two\nlines"]));
    assert_eq!((&template["description"], &template["presets"][0]["values"]["host"]), (&json!("First\nsecond"), &json!("web-1")));
    assert_eq!((&template["spec"]["stop"]["signal"], &template["reason"]), (&json!("INT"), &json!("optional")));
    let (_, process) = server.call("start_template", json!({ "id": template["id"], "values": { "host": "a" } })).await;
    assert_eq!(process["spec"]["secret_env"]["TOKEN"], "••••••", "{process}");

    // Somebody else saves it meanwhile: nothing is lost, and nothing is overwritten without a decision.
    let edit = format!("{TEMPLATES}/{}", template["id"].as_str().unwrap());
    let (_, html) = get(&client, &server, &edit).await;
    let revision = template["revision"].to_string();
    assert!(html.contains(&format!("name=\"revision\" value=\"{revision}\"")), "{html}");
    let mut theirs = template.clone();
    theirs["description"] = json!("theirs");
    save(&server, theirs).await;
    let mut mine = with(&[("revision", revision), ("do", "save".into())]);
    mine.iter_mut().filter(|(name, _)| *name == "description").for_each(|(_, value)| "mine".clone_into(value));
    let refused = send(&edit, mine.clone()).await;
    assert_eq!(refused.status(), 409);
    let html = refused.text().await.unwrap();
    assert!(html.contains("This template was saved in the meantime") && html.contains(">\nmine</textarea>"), "{html}");
    let latest = html.split("name=\"latest\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    mine.extend([("latest", latest), ("do", "save-over".into())]);
    assert_eq!(send(&edit, mine).await.status(), 303);
    let (_, now) = server.call("get_template", json!({ "id": template["id"] })).await;
    assert_eq!(now["description"], "mine");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_template_stands_at_its_field() {
    let (server, _folder) = server().await;
    let new = format!("{TEMPLATES}/new");
    let usual = [("title", "t"), ("program", "true"), ("signal", "TERM"), ("grace", "10"), ("do", "save")];
    for (wrong, place) in [
        (&[("title", "")][..], "title"),
        (&[("program", "")], "program"),
        (&[("args", "{{nothing}}")], "args"),
        (&[("cwd", "here")], "cwd"),
        (&[("parameter.name", ""), ("parameter.name", "a"), ("parameter.pattern", "(")], "parameters-1-pattern"),
        (&[("parameter.name", "a"), ("parameter.type", "integer"), ("parameter.min", "x")], "parameters-0-min"),
        (
            &[("parameter.name", "a"), ("parameter.type", "choices"), ("parameter.choices", "x"), ("parameter.defaults", "y")],
            "parameters-0-default",
        ),
        (&[("preset.name", ""), ("preset.values", "a=1")], "presets-0-values"),
    ] {
        let form: Vec<_> = usual.iter().filter(|(name, _)| !wrong.iter().any(|(other, _)| other == name)).chain(wrong).copied().collect();
        let response = post(&client(), &server, &new, &form).await;
        assert!([400, 422].contains(&response.status().as_u16()), "{wrong:?}");
        let html = response.text().await.unwrap();
        let place = format!("id=\"field-edit-{place}-error\" role=\"alert\" class=\"field-error\"");
        assert!(html.contains(&place), "{wrong:?}: {html}");
    }
    let (_, none) = server.call("list_templates", json!({})).await;
    assert_eq!(none, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_are_exported_and_imported_as_a_file() {
    let (server, _folder) = server().await;
    let client = client();
    save(&server, printing("Größe", &["{{text}}"], &json!([{ "name": "text", "type": "text" }]))).await;
    let exported = within(client.get(server.url(&format!("{TEMPLATES}/export"))).send()).await.unwrap();
    assert_eq!(exported.headers()["content-disposition"], "attachment; filename=\"templates.toml\"");
    let toml = exported.text().await.unwrap();
    let (other, _other_folder) = crate::support::server().await;
    let import = async |parts: &[(&str, &str)]| {
        let part = |(name, text): &(&str, &str)| format!("--x\r\nContent-Disposition: form-data; {name}\r\n\r\n{text}\r\n");
        let parts = parts.iter().map(part).collect::<Vec<_>>().concat();
        let request = client.post(other.url(&format!("{TEMPLATES}/import"))).header("content-type", "multipart/form-data; boundary=x");
        within(request.body(format!("{parts}--x--\r\n")).send()).await.unwrap()
    };
    for (parts, said) in [(&[("name=\"toml\"", " ")][..], "Choose a file"), (&[("name=\"toml\"", "[[templates]]\nname = 1")], "templates")]
    {
        let refused = import(parts).await;
        assert_eq!(refused.status(), 400);
        let html = refused.text().await.unwrap();
        assert!(html.contains("role=\"alert\"") && html.contains(said), "{html}");
    }
    let imported = import(&[("name=\"file\"; filename=\"t.toml\"", &toml), ("name=\"toml\"", "")]).await;
    assert_eq!(imported.headers()["location"].to_str().unwrap(), "/admin/exec/templates?imported=1");
    let (_, list) = other.call("list_templates", json!({})).await;
    assert_eq!((&list[0]["name"], &list[0]["spec"]["args"]), (&json!("Größe"), &json!(["%s\\n", "{{text}}"])));
}
