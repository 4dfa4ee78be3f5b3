//! Signing in with a provider through the gateway: the redirects that a browser follows, the cookies that it keeps, and
//! what it is told to keep to.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::site::Site;
use e2e::Api;
use http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use serde_json::{Value, json};
use shared::http::client::ServiceClient;
use testkit::{RealProvider, Speaks};

/// What a browser keeps of a site, and with which attributes it came last.
struct Browser {
    base: String,
    client: ServiceClient,
    cookies: BTreeMap<String, String>,
    told: BTreeMap<String, String>,
}

impl Browser {
    fn of(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            client: ServiceClient::new(Duration::from_secs(15)),
            cookies: BTreeMap::new(),
            told: BTreeMap::new(),
        }
    }

    /// Sends a request to the site; redirects are not followed.
    async fn send(&mut self, method: Method, path: &str, body: &str) -> Response<Bytes> {
        let kept: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header(COOKIE, kept.join("; "))
            .header(CONTENT_TYPE, "application/json")
            .body(Full::from(body.to_owned()));
        let answer = self.client.send(request.unwrap()).await.unwrap();
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let text = cookie.to_str().unwrap();
            let (pair, attributes) = text.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            match value {
                "" => drop(self.cookies.remove(name)),
                value => drop(self.cookies.insert(name.to_owned(), value.to_owned())),
            }
            self.told.insert(name.to_owned(), attributes.trim().to_owned());
        }
        answer
    }

    /// Goes to a provider and comes back; answers where that leads.
    async fn sign_in(&mut self, provider: &RealProvider, login: &str, return_to: &str) -> String {
        let start = format!("/api/v1/auth/providers/sso/start?return_to={return_to}");
        let sent = self.send(Method::GET, &start, "").await;
        let to_provider = redirect(&sent);
        assert!(to_provider.starts_with(&provider.url), "{to_provider}");
        assert!(!self.cookies.contains_key("__Host-uptime_refresh"));
        let query = provider.sign_in(&to_provider, login).await;
        let callback = format!("/api/v1/auth/providers/sso/callback{query}");
        let back = self.send(Method::GET, &callback, "").await;
        redirect(&back).strip_prefix(&self.base).unwrap().to_owned()
    }

    async fn post(&mut self, path: &str, body: &Value) -> (StatusCode, Value) {
        let answer = self.send(Method::POST, path, &body.to_string()).await;
        let body = serde_json::from_slice(answer.body()).unwrap_or_default();
        (answer.status(), body)
    }
}

/// Where an answer leads, which nobody keeps and no page frames.
fn redirect(answer: &Response<Bytes>) -> String {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{:?}", answer.body());
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("referrer-policy"), "same-origin");
    let policy = header("content-security-policy");
    for part in [
        "default-src 'self'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    header(LOCATION.as_str())
}

/// A site with a provider, whose cookies are sent by TLS alone.
async fn site() -> (Site, RealProvider) {
    let mut found = None;
    let site = Site::start_with(async |base| {
        let callback = format!("{base}/api/v1/auth/providers/sso/callback");
        let provider = RealProvider::start(Speaks::OpenId, &callback).await;
        let sso = json!([{
            "id": "sso", "name": "Our SSO", "issuer": provider.url, "client_id": RealProvider::CLIENT_ID,
            "client_secret": RealProvider::CLIENT_SECRET
        }]);
        found = Some(provider);
        vec![
            ("PUBLIC_URL", base.to_owned()),
            ("COOKIE_SECURE", "true".to_owned()),
            ("OIDC_PROVIDERS", sso.to_string()),
        ]
    })
    .await;
    Api::when_ready(site.base()).await;
    (site, found.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_goes_to_a_provider_and_comes_back_signed_in() {
    shared::install_crypto();
    let (site, provider) = site().await;
    let mut browser = Browser::of(site.base());
    let ready = async || {
        let mut probe = Browser::of(site.base());
        let answer = probe.send(Method::GET, "/api/v1/auth/providers", "").await;
        (answer.status() == StatusCode::OK).then_some(())
    };
    testkit::eventually("user-service is ready", e2e::PATIENCE, ready).await;

    let led = browser
        .sign_in(&provider, "ada@example.org", "/incidents?open=true")
        .await;
    assert_eq!(led, "/incidents?open=true");
    let kept: Vec<&str> = browser.cookies.keys().map(String::as_str).collect();
    assert_eq!(kept, ["__Host-uptime_device", "__Host-uptime_refresh"]);
    for (name, same_site) in [
        ("__Host-uptime_sign_in", "SameSite=Lax"),
        ("__Host-uptime_refresh", "SameSite=Strict"),
        ("__Host-uptime_device", "SameSite=Strict"),
    ] {
        let told = &browser.told[name];
        for part in ["HttpOnly", "Secure", "Path=/;", same_site] {
            assert!(format!("{told};").contains(part), "{name}: {told}");
        }
        assert!(!told.contains("Domain"), "{name}: {told}");
    }
    let (status, session) = browser.post("/api/v1/auth/refresh", &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{session}");
    assert_eq!(session["user"]["email"], "ada@example.org");

    // Somebody with a password gives it once, and goes on to where they wanted.
    let (status, made) = Browser::of(site.base())
        .post(
            "/api/v1/auth/register",
            &json!({"email": "bo@example.org", "password": e2e::fuzz::PASSWORD, "name": "Bo"}),
        )
        .await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let mut browser = Browser::of(site.base());
    let led = browser.sign_in(&provider, "bo@example.org", "/invitation").await;
    assert_eq!(led, "/login?link=sso&next=%2Finvitation");
    assert!(!browser.cookies.contains_key("__Host-uptime_refresh"));
    let password = json!({"email": "bo@example.org", "password": e2e::fuzz::PASSWORD, "link_identity": true});
    let (status, linked) = browser.post("/api/v1/auth/login", &password).await;
    assert_eq!(status, StatusCode::OK, "{linked}");
    assert_eq!(linked["user"]["id"], made["user"]["id"]);
    let again = Browser::of(site.base())
        .sign_in(&provider, "bo@example.org", "/")
        .await;
    assert_eq!(again, "/");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_takes_an_invitation_along_to_a_provider() {
    shared::install_crypto();
    let (site, provider) = site().await;
    let mut api = Api::when_ready(site.base()).await;
    api.register().await;
    let org = api.get("/api/v1/me").await["org"]["id"].clone();
    let invitation = json!({"email": "eve@example.org", "role": "editor"});
    let invitations = format!("/api/v1/orgs/{org}/invitations");
    let invitation = api.post(&invitations, invitation, StatusCode::CREATED).await;
    let link = invitation["link"].as_str().unwrap();
    let (_, token) = link.split_once("/invitation#").unwrap();

    let mut browser = Browser::of(site.base());
    let start = "/api/v1/auth/providers/sso/start";
    let (status, sent) = browser.post(start, &json!({"invitation": token})).await;
    assert_eq!(status, StatusCode::OK, "{sent}");
    let to_provider = sent["location"].as_str().unwrap();
    assert!(
        to_provider.starts_with(&provider.url) && !to_provider.contains(token),
        "{to_provider}"
    );
    let kept: Vec<&str> = browser.cookies.keys().map(String::as_str).collect();
    assert_eq!(kept, ["__Host-uptime_sign_in"]);
    let query = provider.sign_in(to_provider, "eve@example.org").await;
    let callback = format!("/api/v1/auth/providers/sso/callback{query}");
    let back = browser.send(Method::GET, &callback, "").await;
    assert_eq!(redirect(&back), format!("{}/", site.base()));
    let (status, session) = browser.post("/api/v1/auth/refresh", &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{session}");
    assert_eq!(
        (&session["org"]["id"], &session["org"]["role"]),
        (&org, &json!("editor"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_from_before_the_prefix_goes_on_and_gets_it() {
    shared::install_crypto();
    let (site, _provider) = site().await;
    let mut api = Api::when_ready(site.base()).await;
    api.register().await;
    let mut browser = Browser::of(site.base());
    let login = json!({"email": api.email(), "password": e2e::fuzz::PASSWORD});
    let (status, answer) = browser.post("/api/v1/auth/login", &login).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    // As the release before has called them.
    for name in ["uptime_refresh", "uptime_device"] {
        let value = browser.cookies.remove(&format!("__Host-{name}")).unwrap();
        browser.cookies.insert(name.to_owned(), value);
    }
    let (status, answer) = browser.post("/api/v1/auth/refresh", &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let kept: Vec<&str> = browser.cookies.keys().map(String::as_str).collect();
    assert_eq!(kept, ["__Host-uptime_device", "__Host-uptime_refresh"]);
    assert!(browser.told["uptime_refresh"].contains("Path=/api/v1/auth"));
    let (status, _) = browser.post("/api/v1/auth/refresh", &json!({})).await;
    assert_eq!(status, StatusCode::OK);
    browser.post("/api/v1/auth/logout", &json!({})).await;
    let (status, _) = browser.post("/api/v1/auth/refresh", &json!({})).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}
