//! What is read from claims that were verified.

use crate::{access::ProviderUser, config::Oidc};
use serde_json::{Map, Value};

/// Claims about somebody.
pub(super) type Claims = Map<String, Value>;

/// Whether the ID token lacks something that the provider may tell elsewhere (OpenID Connect Core 1.0, 5.4).
pub(super) fn are_incomplete(settings: &Oidc, claims: &Claims) -> bool {
    text(claims, &settings.name_claim).is_none() || (settings.uses_groups() && find(claims, &settings.groups_claim).is_none())
}

/// Who the claims are about. `issuer` and `subject` are those of the ID token.
pub(super) fn user(settings: &Oidc, issuer: &str, subject: &str, claims: &Claims) -> ProviderUser {
    let name = text(claims, &settings.name_claim).filter(|_| settings.name_claim != "email" || is_verified(claims));
    let groups = match find(claims, &settings.groups_claim) {
        Some(Value::Array(groups)) => groups.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(group)) => vec![group.clone()],
        _ => Vec::new(),
    };
    ProviderUser { issuer: issuer.to_owned(), subject: subject.to_owned(), name: name.map(str::to_owned), groups }
}

/// An address that somebody only claims to have is no name to be known by.
fn is_verified(claims: &Claims) -> bool {
    !matches!(claims.get("email_verified"), Some(Value::Bool(false)))
        && claims.get("email_verified").and_then(Value::as_str) != Some("false")
}

fn text<'a>(claims: &'a Claims, claim: &str) -> Option<&'a str> {
    find(claims, claim)?.as_str().filter(|text| !text.trim().is_empty())
}

/// A claim by its name, which may have dots in it, or else by the way into objects that the dots describe.
fn find<'a>(claims: &'a Claims, claim: &str) -> Option<&'a Value> {
    claims.get(claim).or_else(|| {
        let (object, rest) = claim.split_once('.')?;
        find(claims.get(object)?.as_object()?, rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(settings: &Oidc, claims: Value) -> ProviderUser {
        user(settings, "https://id.example.org", "1", claims.as_object().unwrap())
    }

    #[test]
    fn name_and_groups_are_read_from_the_configured_claims() {
        let oidc = Oidc::default();
        let ada = of(&oidc, json!({ "preferred_username": "Ada", "groups": ["a", 7, "b", null], "sub": "2", "iss": "x" }));
        assert_eq!((ada.name.as_deref(), ada.groups, ada.subject.as_str()), (Some("Ada"), vec!["a".to_owned(), "b".to_owned()], "1"));
        assert_eq!(of(&oidc, json!({ "groups": "one" })).groups, ["one"]);
        for claims in [json!({}), json!({ "preferred_username": 7, "groups": { "a": true } }), json!({ "preferred_username": " " })] {
            let nobody = of(&oidc, claims);
            assert_eq!((nobody.name, nobody.groups.len()), (None, 0));
        }
        let keycloak = Oidc { groups_claim: "realm_access.roles".into(), ..Oidc::default() };
        assert_eq!(of(&keycloak, json!({ "realm_access": { "roles": ["x"] } })).groups, ["x"]);
        assert!(of(&keycloak, json!({ "realm_access": ["x"] })).groups.is_empty());
        let with_dots = Oidc { groups_claim: "https://example.org/groups".into(), ..Oidc::default() };
        assert_eq!(of(&with_dots, json!({ "https://example.org/groups": ["x"] })).groups, ["x"]);
    }

    #[test]
    fn an_address_that_is_not_verified_is_no_name() {
        let oidc = Oidc { name_claim: "email".into(), ..Oidc::default() };
        let name = |claims| of(&oidc, claims).name.is_some();
        assert!(name(json!({ "email": "ada@example.org" })) && name(json!({ "email": "ada@example.org", "email_verified": true })));
        assert!(!name(json!({ "email": "ada@example.org", "email_verified": false })));
        assert!(!name(json!({ "email": "ada@example.org", "email_verified": "false" })));
    }

    #[test]
    fn more_is_asked_for_if_something_is_missing() {
        let (plain, grouped) = (Oidc::default(), Oidc { viewer_groups: vec!["x".into()], ..Oidc::default() });
        for (oidc, claims, incomplete) in [
            (&plain, json!({ "preferred_username": "ada" }), false),
            (&plain, json!({ "groups": [] }), true),
            (&grouped, json!({ "preferred_username": "ada" }), true),
            (&grouped, json!({ "preferred_username": "ada", "groups": [] }), false),
        ] {
            assert_eq!(are_incomplete(oidc, claims.as_object().unwrap()), incomplete, "{claims}");
        }
    }
}
