//! Signing in with a provider, as a browser does.

use http::{Method, StatusCode};
use serde_json::Value;
use testkit::{FakeSmtp, RealProvider, Speaks};

use super::post::{PUBLIC_URL, on};
use super::{Answer, INTERNAL_KEY, Person, Stores, UserService};

/// The client that the provider knows.
pub(crate) const CLIENT: (&str, &str) = (RealProvider::CLIENT_ID, RealProvider::CLIENT_SECRET);

/// A service with a provider and a mail server.
pub(crate) struct Site {
    pub(crate) provider: RealProvider,
    pub(crate) smtp: FakeSmtp,
    pub(crate) service: UserService,
}

impl Site {
    pub(crate) async fn start(more: &[(&str, &str)]) -> Self {
        let provider = RealProvider::start(Speaks::OpenId, &redirect_uri("sso")).await;
        let smtp = FakeSmtp::start().await;
        let oidc = sso(&provider.url, CLIENT.0, CLIENT.1);
        let mut settings = vec![("OIDC_PROVIDERS", &*oidc)];
        settings.extend_from_slice(more);
        let service = on(Stores::new().await, &smtp, &settings).await;
        Self {
            provider,
            smtp,
            service,
        }
    }

    /// Signs in as `login`; answers what the browser gets when it comes back.
    pub(crate) async fn sign_in(&self, login: &str) -> Answer {
        let begun = begin(&self.service, "sso").await;
        self.come_back(&begun, login).await
    }

    pub(crate) async fn come_back(&self, begun: &Begun, login: &str) -> Answer {
        let query = self.provider.sign_in(&begun.url, login).await;
        back(&self.service, "sso", &query, &begun.cookie).await
    }
}

/// Whose session an answer has begun.
pub(crate) async fn session(service: &UserService, answer: &Answer) -> Value {
    let cookie = set(answer, "uptime_refresh").expect("a session was begun");
    let headers = [("x-internal-key", INTERNAL_KEY), ("cookie", &*cookie)];
    let refreshed = service
        .send(Method::POST, "/api/v1/auth/refresh", &headers, "")
        .await;
    refreshed.expect(200)
}

/// The person whose session it is.
pub(crate) fn person<'a>(service: &'a UserService, session: &Value) -> Person<'a> {
    Person {
        service,
        email: session["user"]["email"].as_str().unwrap().to_owned(),
        user: session["user"]["id"].as_i64().unwrap(),
        org: session["org"]["id"].as_i64().unwrap(),
        role: "owner",
    }
}

/// Where the provider `id` sends people back.
pub(crate) fn redirect_uri(id: &str) -> String {
    format!("{PUBLIC_URL}/api/v1/auth/providers/{id}/callback")
}

/// The element of `OIDC_PROVIDERS` for a provider.
pub(crate) fn sso(issuer: &str, client_id: &str, client_secret: &str) -> String {
    let sso = serde_json::json!([{"id": "sso", "name": "Our SSO", "issuer": issuer, "client_id": client_id,
                                  "client_secret": client_secret}]);
    sso.to_string()
}

/// What a browser has of a sign-in that has begun: where it is sent, and the cookie.
pub(crate) struct Begun {
    pub(crate) url: String,
    pub(crate) cookie: String,
}

impl Begun {
    /// A parameter that is sent to the provider.
    pub(crate) fn parameter(&self, name: &str) -> String {
        let url = url::Url::parse(&self.url).unwrap();
        let found = url.query_pairs().find(|(key, _)| key == name);
        found
            .unwrap_or_else(|| panic!("no {name} in {}", self.url))
            .1
            .into_owned()
    }
}

/// Begins to sign in with the provider `id`.
pub(crate) async fn begin(service: &UserService, id: &str) -> Begun {
    let path = format!("/api/v1/auth/providers/{id}/start?return_to=/incidents");
    let answer = get(service, &path, "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    begun(&answer, answer.header("location"))
}

/// What an answer begins that leads to `url`.
pub(crate) fn begun(answer: &Answer, url: &str) -> Begun {
    let cookie = set(answer, "uptime_sign_in").expect("the browser is given a cookie");
    Begun {
        url: url.to_owned(),
        cookie,
    }
}

/// Comes back from the provider `id` with a query.
pub(crate) async fn back(service: &UserService, id: &str, query: &str, cookie: &str) -> Answer {
    get(
        service,
        &format!("/api/v1/auth/providers/{id}/callback{query}"),
        cookie,
    )
    .await
}

pub(crate) async fn get(service: &UserService, path: &str, cookie: &str) -> Answer {
    let headers = [("x-internal-key", INTERNAL_KEY), ("cookie", cookie)];
    service.send(Method::GET, path, &headers, "").await
}

/// A cookie that an answer sets, as it is sent back; none when it is not set, or removed.
pub(crate) fn set(answer: &Answer, name: &str) -> Option<String> {
    let cookies = answer.headers.get_all("set-cookie").into_iter();
    let texts = cookies.map(|value| value.to_str().unwrap());
    let mut pairs = texts.map(|text| text.split(';').next().unwrap().to_owned());
    let begin = format!("{name}=");
    pairs.rfind(|pair| {
        let pair = pair.strip_prefix("__Host-").unwrap_or(pair);
        pair.starts_with(&begin) && pair != begin
    })
}

/// Where in the dashboard an answer leads.
pub(crate) fn led_to(answer: &Answer) -> &str {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let location = answer.header("location");
    location
        .strip_prefix(PUBLIC_URL)
        .unwrap_or_else(|| panic!("it leads to {location}"))
}
