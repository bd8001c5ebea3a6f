//! A server that uses a provider, and the way of somebody who signs in.

use super::provider::{CLIENT, Provider, SECRET};
use crate::{
    common::{TempFolder, within},
    people::{nobody, with_cookie},
    support::Server,
};
use reqwest::Response;
use serde_json::{Value, json};
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
};

/// A provider's people get in, as what their groups say.
pub const WATCHERS: [(&str, &str); 4] = [
    ("EXECDECK_ACCESS_OIDC_CREATE", "true"),
    ("EXECDECK_ACCESS_OIDC_NAME", "Test <ID>"),
    ("EXECDECK_ACCESS_OIDC_ADMIN_GROUPS", "admins"),
    ("EXECDECK_ACCESS_OIDC_VIEWER_GROUPS", "watchers,staff"),
];

/// A server that uses a provider, in which somebody named ada is an administrator already.
pub struct Deck {
    pub server: Server,
    pub folder: TempFolder,
}

impl Deck {
    pub fn start(issuer: &str, more: &[(&str, &str)]) -> Self {
        let folder = TempFolder::new();
        let secret = folder.path().join("client.secret");
        fs::write(&secret, format!("{SECRET}\n")).unwrap();
        fs::set_permissions(&secret, Permissions::from_mode(0o600)).unwrap();
        let mut variables = vec![
            ("EXECDECK_SERVER_PUBLIC_URL", "http://deck.test"),
            ("EXECDECK_ACCESS_OIDC_ISSUER", issuer),
            ("EXECDECK_ACCESS_OIDC_CLIENT_ID", CLIENT),
            ("EXECDECK_ACCESS_OIDC_CLIENT_SECRET_FILE", secret.to_str().unwrap()),
        ];
        variables.extend(WATCHERS);
        variables.extend(more);
        Self { server: Server::start_with(folder.path(), &variables), folder }
    }

    /// Starts an attempt: the cookie of the browser, and where it is sent to.
    pub async fn begin(&self, next: &str) -> (String, String) {
        let response = within(nobody().get(self.server.url(&format!("/login/oidc?next={next}"))).send()).await.unwrap();
        assert_eq!(response.status(), 303, "{}", response.text().await.unwrap());
        let cookie = cookie(&response, "-oidc=");
        (cookie, response.headers()["location"].to_str().unwrap().to_owned())
    }

    /// The whole way of somebody whom the provider vouches for.
    pub async fn sign_in(&self, provider: &Provider) -> Response {
        let (cookie, location) = self.begin("").await;
        with_cookie(&self.server, &cookie, &provider.way_back(&provider.asked(&location))).await
    }

    pub async fn whoami(&self, session: &str) -> Value {
        let request = nobody().post(self.server.url("/api/whoami")).header("cookie", session).json(&json!({}));
        within(request.send()).await.unwrap().json().await.unwrap()
    }

    /// Why somebody is not signed in, as the page says it; nothing is set but the page.
    pub async fn refused(&self, response: Response, status: u16) -> String {
        assert_eq!(response.headers().get("set-cookie"), None);
        assert_eq!(response.headers()["cache-control"], "no-store");
        let got = response.status().as_u16();
        let html = response.text().await.unwrap();
        assert_eq!(got, status, "{html}");
        let alert = html.split("class=\"note failed\">").nth(1).unwrap_or_else(|| panic!("{html}"));
        alert.split('<').next().unwrap().to_owned()
    }
}

/// The cookie whose `Set-Cookie` header has this in it.
pub fn cookie(response: &Response, part: &str) -> String {
    let mut cookies = response.headers().get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    let cookie = cookies.find(|cookie| cookie.contains(part)).expect("there is the cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    cookie.split(';').next().unwrap().to_owned()
}

pub fn session(response: &Response) -> String {
    let mut cookies = response.headers().get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    let session = cookies.find(|cookie| !cookie.contains("-oidc=") && !cookie.contains("-device=")).expect("there is a session");
    session.split(';').next().unwrap().to_owned()
}

pub fn location(response: &Response) -> &str {
    response.headers()["location"].to_str().unwrap()
}
