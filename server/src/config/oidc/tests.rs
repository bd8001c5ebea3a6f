use super::*;

fn base() -> Oidc {
    Oidc { issuer: "https://id.example.org".into(), client_id: "deck".into(), ..Oidc::default() }
}

#[test]
fn what_cannot_work_is_refused_by_the_name_of_its_key() {
    Oidc::default().check(false).unwrap();
    base().check(true).unwrap();
    Oidc { create: true, viewer_groups: vec!["x".into()], ..base() }.check(true).unwrap();
    let secret = OidcSecret("s3cret-value".into());
    for (oidc, key) in [
        (Oidc { client_id: "x".into(), ..Oidc::default() }, "access.oidc.client_id needs access.oidc.issuer"),
        (Oidc { admin_groups: vec!["x".into()], ..Oidc::default() }, "access.oidc.admin_groups needs"),
        (Oidc { client_secret: secret.clone(), ..Oidc::default() }, "access.oidc.client_secret needs"),
        (Oidc { issuer: "http://id.example.org".into(), ..base() }, "access.oidc.issuer is not HTTPS"),
        (Oidc { issuer: "id.example.org".into(), ..base() }, "access.oidc.issuer"),
        (Oidc { issuer: "https://id.example.org/?x".into(), ..base() }, "access.oidc.issuer"),
        (Oidc { issuer: "https://a:s3cret-value@id.example.org".into(), ..base() }, "access.oidc.issuer"),
        (Oidc { client_id: String::new(), ..base() }, "access.oidc.client_id"),
        (Oidc { client_secret_file: Some("/x".into()), client_secret: secret, ..base() }, "access.oidc.client_secret_file"),
        (Oidc { name: "x".repeat(41), ..base() }, "access.oidc.name"),
        (Oidc { scopes: vec!["a b".into()], ..base() }, "access.oidc.scopes"),
        (Oidc { name_claim: String::new(), ..base() }, "access.oidc.name_claim"),
        (Oidc { viewer_groups: vec![" ".into()], ..base() }, "access.oidc.viewer_groups"),
        (Oidc { default_role: "root".into(), ..base() }, "access.oidc.default_role"),
        (Oidc { create: true, ..base() }, "access.oidc.create"),
    ] {
        let error = oidc.check(true).unwrap_err();
        assert!(error.contains(key) && !error.contains("s3cret"), "{oidc:?}: {error}");
        assert!(!format!("{oidc:?}").contains("\"s3cret"), "{oidc:?}");
    }
    assert!(base().check(false).unwrap_err().contains("server.public_url"));
}

#[test]
fn plain_http_is_for_this_machine() {
    for (issuer, allowed) in [
        ("http://127.0.0.1:9000", true),
        ("http://localhost:9000/realms/x", true),
        ("http://[::1]:9000", true),
        ("http://127.0.0.1.evil.example", false),
        ("http://10.0.0.1", false),
        ("ftp://127.0.0.1", false),
    ] {
        assert_eq!(check_issuer(issuer).is_ok(), allowed, "{issuer}");
    }
}

#[test]
fn the_button_names_the_provider() {
    assert_eq!(base().shown_name(), "id.example.org");
    assert_eq!(Oidc { name: "Keycloak".into(), ..base() }.shown_name(), "Keycloak");
}
