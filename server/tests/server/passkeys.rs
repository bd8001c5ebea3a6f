//! Signing in with passkeys, instead of a password and after it, and all that must not work.

use crate::{
    audit,
    authenticator::Authenticator,
    browser::Browser,
    common::TempFolder,
    people::{add, nobody, save},
    support::{PASSWORD, Server, run},
};
use serde_json::json;
use std::sync::Mutex;

/// Makes an authenticator do something wrong.
type Spoil = fn(&mut Authenticator);

const UNKNOWN: &str = "This passkey is not known here, or cannot be used.";

/// What vera has done, or was refused.
fn recorded(folder: &TempFolder) -> Vec<String> {
    let all = audit::outline(&audit::entries(folder, 0));
    all.iter().filter_map(|line| line.strip_prefix("vera session ")).map(str::to_owned).collect()
}

/// A server with a viewer named vera who has a passkey, her browser, and what has her passkey.
async fn vera() -> (Server, TempFolder, Browser, Authenticator) {
    let folder = TempFolder::new();
    let server = Server::start(folder.path());
    add(&folder, "vera", "viewer");
    let browser = Browser::new(&server);
    let mut authenticator = browser.authenticator();
    browser.sign_in("vera").await;
    browser.add_passkey(&mut authenticator, " my phone ").await;
    (server, folder, browser, authenticator)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_signs_in_without_a_name_and_is_listed_until_it_is_removed() {
    let (server, folder, browser, mut authenticator) = vera().await;
    let other = Browser::new(&server);
    let options = other.ask("passkey_sign_in_options", &json!({})).await;
    assert_eq!(
        (&options["rpId"], &options["userVerification"], &options["allowCredentials"]),
        (&json!("localhost"), &json!("required"), &json!([]))
    );
    let (status, me) = other.call("sign_in_with_passkey", &json!({ "credential": authenticator.get(&options) })).await;
    assert_eq!((status, &me["name"], &me["via"]), (200, &json!("vera"), &json!("session")));
    assert_eq!(other.whoami().await.as_deref(), Some("vera"));
    let list = browser.ask("list_passkeys", &json!({})).await;
    assert_eq!((&list[0]["label"], &list[0]["site"], list.as_array().unwrap().len()), (&json!("my phone"), &json!("localhost"), 1));
    assert!(list[0]["last_used"].is_string());
    let id = &list[0]["id"];
    for (proof, message) in [(json!({}), "Enter your current password"), (json!({ "password": "wrong" }), "The current password is wrong.")]
    {
        let (status, said) = browser.refused("remove_passkey", &json!({ "id": id, "proof": proof })).await;
        assert!(status == 400 && said.contains(message), "{status} {said}");
    }
    browser.ask("remove_passkey", &json!({ "id": id, "proof": { "password": PASSWORD } })).await;
    assert_eq!(browser.ask("list_passkeys", &json!({})).await, json!([]));
    let (status, answer) = Browser::new(&server).use_passkey(&mut authenticator).await;
    assert_eq!((status, &answer["message"]), (401, &json!(UNKNOWN)));
    // Sessions go on.
    assert_eq!(other.whoami().await.as_deref(), Some("vera"));
    assert_eq!(
        recorded(&folder),
        [
            "sign_in allowed",
            "add_passkey allowed",
            "sign_in_with_passkey allowed",
            "remove_passkey refused",
            "remove_passkey refused",
            "remove_passkey allowed"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_passkey_has_to_be_for_this_site_and_this_person_and_is_accepted_once() {
    let (server, folder, browser, _) = vera().await;
    let start = async || browser.ask("passkey_options", &json!({ "proof": { "password": PASSWORD } })).await;
    let options = start().await;
    let selection = &options["authenticatorSelection"];
    assert_eq!((&selection["residentKey"], &selection["userVerification"]), (&json!("required"), &json!("required")));
    assert_eq!((&options["user"]["name"], options["excludeCredentials"].as_array().unwrap().len()), (&json!("vera"), 1));
    let wrong: [Spoil; 4] = [
        |wrong| wrong.origin = "http://localhost:1".into(),
        |wrong| wrong.origin = "https://evil.example".into(),
        |wrong| wrong.site = Some("evil.example".into()),
        |wrong| wrong.verifies = false,
    ];
    for make in wrong {
        let mut authenticator = browser.authenticator();
        make(&mut authenticator);
        let credential = authenticator.create(&start().await);
        let (status, message) = browser.refused("add_passkey", &json!({ "label": "x", "credential": credential })).await;
        assert!(status == 400 && message.contains("not valid for this address"), "{message}");
    }
    // Without a proof nothing begins; a bad label is refused, and so is what is no passkey.
    assert_eq!(browser.call("passkey_options", &json!({})).await.0, 400);
    for (label, credential) in [("", json!({})), ("a\nb", json!({})), ("x", json!({})), ("x", json!("y")), ("x", json!(null))] {
        start().await;
        assert_eq!(browser.call("add_passkey", &json!({ "label": label, "credential": credential })).await.0, 400);
    }
    let mut authenticator = browser.authenticator();
    let (old, new) = (start().await, start().await);
    // The challenge before the last one is not the one that this browser has to answer.
    let credential = authenticator.create(&old);
    assert_eq!(browser.call("add_passkey", &json!({ "label": "x", "credential": credential })).await.0, 400);
    let credential = authenticator.create(&new);
    let (status, message) = browser.refused("add_passkey", &json!({ "label": "x", "credential": credential })).await;
    assert!(status == 400 && message.contains("too late"), "each challenge is good for one answer: {message}");
    // Somebody else's session cannot use the challenge, even with the cookie that goes with it.
    add(&folder, "eve", "viewer");
    let eve = Browser::new(&server);
    eve.sign_in("eve").await;
    let options = start().await;
    let stolen =
        browser.cookies().iter().find(|(name, _)| name.ends_with("-passkey")).map(|(name, value)| (name.clone(), value.clone())).unwrap();
    eve.cookies().insert(stolen.0, stolen.1);
    let credential = authenticator.create(&options);
    assert_eq!(eve.call("add_passkey", &json!({ "label": "x", "credential": credential })).await.0, 400);
    browser.add_passkey(&mut authenticator, "second").await;
    let options = start().await;
    let credential = authenticator.create(&options);
    assert_eq!(browser.call("add_passkey", &json!({ "label": "again", "credential": credential })).await.0, 400);
    assert_eq!(browser.ask("list_passkeys", &json!({})).await.as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_passkey_answers_is_refused_unless_everything_about_it_is_right() {
    let (server, folder, _, mut authenticator) = vera().await;
    let browser = Browser::new(&server);
    let wrong: [(&str, Spoil); 6] = [
        ("another port", |wrong| wrong.origin = "http://localhost:1".into()),
        ("another site", |wrong| wrong.origin = "https://evil.example".into()),
        ("another RP ID", |wrong| wrong.site = Some("evil.example".into())),
        ("nobody verified", |wrong| wrong.verifies = false),
        ("an unknown passkey", |wrong| wrong.pretends = Some(b"unknown".to_vec())),
        ("an older counter", |wrong| wrong.counter = 0),
    ];
    let origin = authenticator.origin.clone();
    for (what, make) in wrong {
        let counter = authenticator.counter;
        make(&mut authenticator);
        let (status, answer) = browser.use_passkey(&mut authenticator).await;
        assert_eq!((status, answer["message"].as_str()), (401, Some(UNKNOWN)), "{what}");
        (authenticator.origin, authenticator.site, authenticator.verifies) = (origin.clone(), None, true);
        (authenticator.pretends, authenticator.counter) = (None, counter.max(authenticator.counter));
    }
    // Another person's passkey, in whoever's name.
    add(&folder, "eve", "viewer");
    let eve = Browser::new(&server);
    eve.sign_in("eve").await;
    let mut other = eve.authenticator();
    eve.add_passkey(&mut other, "eve's").await;
    other.of(&authenticator);
    assert_eq!(browser.use_passkey(&mut other).await.0, 401);
    other.pretends = Some(authenticator.id().to_vec());
    assert_eq!(browser.use_passkey(&mut other).await.0, 401);
    // A challenge is good for one answer, and for the browser that has asked for it.
    let options = browser.ask("passkey_sign_in_options", &json!({})).await;
    let answer = json!({ "credential": authenticator.get(&options) });
    let (status, message) = Browser::new(&server).refused("sign_in_with_passkey", &answer).await;
    assert!(status == 401 && message.contains("too late"), "{message}");
    assert_eq!(browser.whoami().await, None);
    browser.ask("sign_in_with_passkey", &answer).await;
    assert_eq!(browser.whoami().await.as_deref(), Some("vera"));
    let again = json!({ "credential": authenticator.get(&options) });
    assert_eq!(browser.call("sign_in_with_passkey", &again).await.0, 401);
    let options = browser.ask("passkey_sign_in_options", &json!({})).await;
    assert_eq!(browser.call("sign_in_with_passkey", &answer).await.0, 401, "{options}");
    // Nor does a proof sign in, or the other way round.
    let proof = browser.ask("passkey_proof_options", &json!({})).await;
    assert_eq!(browser.call("sign_in_with_passkey", &json!({ "credential": authenticator.get(&proof) })).await.0, 401);
    let options = browser.ask("passkey_sign_in_options", &json!({})).await;
    let arguments = json!({ "proof": { "passkey": authenticator.get(&options) } });
    assert_eq!(browser.call("passkey_options", &arguments).await.0, 400);
    // A disabled account, too, answers as an unknown passkey does.
    save(&server, &json!({ "name": "vera", "disabled": true }));
    let (status, answer) = Browser::new(&server).use_passkey(&mut authenticator).await;
    assert_eq!((status, answer["message"].as_str()), (401, Some(UNKNOWN)));
    save(&server, &json!({ "name": "vera", "disabled": false }));
    assert_eq!(Browser::new(&server).use_passkey(&mut authenticator).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_passkey_is_asked_for_a_password_alone_opens_nothing() {
    let (server, folder, browser, mut authenticator) = vera().await;
    let before = Browser::new(&server);
    before.sign_in("vera").await;
    assert_eq!(browser.call("ask_for_passkey", &json!({ "ask": true })).await.0, 400);
    browser.ask("ask_for_passkey", &json!({ "ask": true, "proof": { "password": PASSWORD } })).await;
    // Sessions that the password alone has opened are over, but for the one that has just proved more.
    assert_eq!((before.whoami().await, browser.whoami().await.as_deref()), (None, Some("vera")));

    let other = Browser::new(&server);
    let (status, error) = other.call("sign_in", &json!({ "name": "vera", "password": PASSWORD })).await;
    assert_eq!((status, &error["code"], &error["field"]), (401, &json!("unauthorized"), &json!("passkey")));
    assert!(other.cookies().is_empty());
    for (name, password) in [("vera", "wrong password"), ("nobody", PASSWORD)] {
        let (_, error) = other.call("sign_in", &json!({ "name": name, "password": password })).await;
        assert_eq!(error["message"], "The name or the password is wrong.", "only the right password shows more");
    }
    // Without the password the second step is not there, and neither with the cookies of another.
    let (status, message) = other.refused("passkey_sign_in_options", &json!({ "after_password": true })).await;
    assert!(status == 401 && message.contains("enter your password again"), "{message}");
    assert_eq!(other.form("vera", "/admin/exec/new").await, (303, "/login/passkey?next=%2Fadmin%2Fexec%2Fnew".into()));
    assert_eq!(other.cookies().keys().filter(|name| !name.ends_with("-passkey")).count(), 0, "nothing is open yet");
    assert_eq!(other.whoami().await, None);
    assert_eq!(other.get("/admin/exec").await.headers()["location"], "/login");
    let page = other.get("/login/passkey?next=//evil.example").await;
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("data-next=\"/admin/exec\""));
    // Somebody else's passkey does not do.
    add(&folder, "eve", "viewer");
    let eve = Browser::new(&server);
    eve.sign_in("eve").await;
    let mut eves_phone = eve.authenticator();
    eve.add_passkey(&mut eves_phone, "eve's").await;
    let options = other.ask("passkey_sign_in_options", &json!({ "after_password": true })).await;
    assert_eq!(options["allowCredentials"].as_array().unwrap().len(), 1);
    assert_eq!(other.call("sign_in_with_passkey", &json!({ "credential": eves_phone.get(&options) })).await.0, 401);
    // That was the one attempt: the password is asked for again.
    assert_eq!(other.call("passkey_sign_in_options", &json!({ "after_password": true })).await.0, 401);
    other.form("vera", "").await;
    // Closing the browser's dialogue costs nothing.
    other.ask("passkey_sign_in_options", &json!({ "after_password": true })).await;
    let options = other.ask("passkey_sign_in_options", &json!({ "after_password": true })).await;
    other.ask("sign_in_with_passkey", &json!({ "credential": authenticator.get(&options) })).await;
    assert_eq!(other.whoami().await.as_deref(), Some("vera"));

    // A password that is changed in between was given for nothing.
    let late = Browser::new(&server);
    late.form("vera", "").await;
    let options = late.ask("passkey_sign_in_options", &json!({ "after_password": true })).await;
    run(folder.path(), &["user", "passwd", "vera"], "another long password");
    assert_eq!(late.call("sign_in_with_passkey", &json!({ "credential": authenticator.get(&options) })).await.0, 401);
    // A passkey alone is enough, since it has verified its owner. It stays when the password is changed.
    assert_eq!(late.use_passkey(&mut authenticator).await.0, 200);
    // Turning it off again needs a proof, which a passkey gives; so does removing the last passkey, which turns it off.
    let options = late.ask("passkey_proof_options", &json!({})).await;
    let id = late.ask("list_passkeys", &json!({})).await[0]["id"].clone();
    late.ask("remove_passkey", &json!({ "id": id, "proof": { "passkey": authenticator.get(&options) } })).await;
    assert_eq!(recorded(&folder).iter().filter(|line| line.starts_with("remove_passkey")).count(), 1, "the proof is no entry of its own");
    let password = json!({ "name": "vera", "password": "another long password" });
    Browser::new(&server).ask("sign_in", &password).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_passkeys_are_removed_by_the_command_line_or_an_administrator() {
    let (server, folder, browser, _) = vera().await;
    let ask = json!({ "ask": true, "proof": { "password": PASSWORD } });
    browser.ask("ask_for_passkey", &ask).await;
    let listed = run(folder.path(), &["user", "passkeys", "vera"], "");
    assert_eq!(listed, "my phone  for localhost, last used: never\n");
    let said = run(folder.path(), &["user", "passwd", "vera"], PASSWORD);
    assert!(said.contains("execdeck user passkeys vera --remove-all"), "{said}");
    assert_eq!(Browser::new(&server).call("sign_in", &json!({ "name": "vera", "password": PASSWORD })).await.0, 401);
    run(folder.path(), &["user", "passkeys", "vera", "--remove-all"], "");
    let browser = Browser::new(&server);
    browser.sign_in("vera").await;
    assert_eq!(browser.ask("list_passkeys", &json!({})).await, json!([]));

    browser.add_passkey(&mut browser.authenticator(), "new").await;
    browser.ask("ask_for_passkey", &ask).await;
    let admin = Browser::new(&server);
    admin.sign_in("ada").await;
    let vera = admin.ask("list_people", &json!({})).await[1].clone();
    assert_eq!((&vera["passkeys"], &vera["asks_for_passkey"]), (&json!(1), &json!(true)));
    // Not one's own: a stolen session must not be enough for that.
    admin.add_passkey(&mut admin.authenticator(), "mine").await;
    assert_eq!(admin.call("save_person", &json!({ "person": { "name": "ada", "remove_passkeys": true } })).await.0, 400);
    let form = [("name", "vera")];
    let removed = admin.send(nobody().post(format!("{}/admin/people/passkeys", admin.origin)).form(&form)).await;
    assert_eq!(removed.headers()["location"], "/admin/people?saved=vera");
    Browser::new(&server).sign_in("vera").await;
    // The last administrator gets in again in the same way.
    admin.ask("ask_for_passkey", &ask).await;
    assert_eq!(Browser::new(&server).call("sign_in", &json!({ "name": "ada", "password": PASSWORD })).await.0, 401);
    run(folder.path(), &["user", "passkeys", "ada", "--remove-all"], "");
    Browser::new(&server).sign_in("ada").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_s_word_is_not_enough_where_a_passkey_is_asked_for() {
    let (server, folder, browser, mut authenticator) = vera().await;
    browser.ask("ask_for_passkey", &json!({ "ask": true, "proof": { "password": PASSWORD } })).await;
    drop(server);
    let proxied = [("EXECDECK_SERVER_TRUSTED_PROXIES", "127.0.0.1"), ("EXECDECK_ACCESS_PROXY_HEADER", "X-Remote-User")];
    let server = Server::start_with(folder.path(), &proxied);
    let through = |name: &str| {
        let mut browser = Browser::new(&server);
        browser.headers.push(("x-remote-user", name.into()));
        browser
    };
    let vera = through("vera");
    let (status, message) = vera.refused("whoami", &json!({})).await;
    assert!(status == 401 && message.contains("passkey"), "{message}");
    assert_eq!(vera.get("/admin/account").await.headers()["location"], "/login?next=%2Fadmin%2Faccount");
    assert_eq!(vera.get("/login").await.status(), 200);
    // The proxy's word and a passkey are; a session of somebody else is not.
    authenticator.origin.clone_from(&vera.origin);
    assert_eq!(vera.use_passkey(&mut authenticator).await.0, 200);
    assert_eq!(vera.whoami().await.as_deref(), Some("vera"));
    let ada = through("ada");
    assert_eq!(ada.whoami().await.as_deref(), Some("ada"));
    ada.sign_in("ada").await;
    let mut mixed = through("vera");
    mixed.cookies = Mutex::new(ada.cookies().clone());
    assert_eq!(mixed.call("whoami", &json!({})).await.0, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn passkeys_are_for_the_public_address_and_for_no_ip_address() {
    let (server, folder, browser, _) = vera().await;
    let by_address =
        Browser { origin: format!("http://{}", server.address), cookies: Mutex::new(browser.cookies().clone()), headers: vec![] };
    let (status, message) = by_address.refused("passkey_sign_in_options", &json!({})).await;
    assert!(status == 400 && message.contains("server.public_url"), "{message}");
    assert!(by_address.get("/admin/account").await.text().await.unwrap().contains("server.public_url"));
    by_address.cookies().clear();
    let page = by_address.get("/login").await.text().await.unwrap();
    assert!(page.contains("Passkeys do not work at this address") && !page.contains("data-passkey="), "{page}");
    drop(server);
    let public = [("EXECDECK_SERVER_TRUSTED_PROXIES", "127.0.0.1"), ("EXECDECK_SERVER_PUBLIC_URL", "https://deck.example")];
    let server = Server::start_with(folder.path(), &public);
    let mut browser = Browser::new(&server);
    browser.headers = vec![("x-forwarded-for", "192.0.2.1".into()), ("x-forwarded-proto", "https".into())];
    browser.sign_in("vera").await;
    let mut authenticator = Authenticator::new("https://deck.example");
    let info = browser.add_passkey(&mut authenticator, "public").await;
    assert_eq!(info["site"], "deck.example");
    // The one for localhost is listed, and not asked for here.
    assert_eq!(browser.ask("list_passkeys", &json!({})).await.as_array().unwrap().len(), 2);
    assert_eq!(browser.ask("passkey_proof_options", &json!({})).await["allowCredentials"].as_array().unwrap().len(), 1);
    assert_eq!(browser.use_passkey(&mut authenticator).await.0, 200);
    assert!(browser.cookies().keys().any(|name| name == "__Host-execdeck-passkey"));
}
