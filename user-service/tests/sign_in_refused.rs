//! Providers that do not behave: tokens that prove nothing, and answers that do not end.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::common::post::PUBLIC_URL;
use crate::common::providers::{Begun, back, begin, get, led_to, person, session, set, sso};
use crate::common::{self, Answer, Stores, UserService};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use testkit::{HttpServer, Reply, Seen};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

const CLIENT_ID: &str = "uptime";
const CLIENT_SECRET: &str = "a secret that whoever operates the provider knows";

/// A key with which a provider signs.
struct Key {
    id: &'static str,
    pair: EcdsaKeyPair,
}

impl Key {
    fn new(id: &'static str) -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
        Self { id, pair }
    }

    fn public(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let (x, y) = (&point[1..33], &point[33..]);
        json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.id,
               "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y)})
    }

    fn sign(&self, kid: &str, claims: &Value) -> String {
        let text = unsigned(&json!({"alg": "ES256", "kid": kid}), claims);
        let signature = self.pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// What a provider answers, which a test changes.
#[derive(Default)]
struct Says {
    keys: Vec<Value>,
    id_token: Option<String>,
    /// In the place of tokens.
    token: Option<Reply>,
}

struct Provider {
    server: HttpServer,
    says: Arc<Mutex<Says>>,
}

fn reply(body: &Value) -> Reply {
    Reply::new(200, body.to_string()).header("content-type", "application/json")
}

fn answer(seen: &Seen, says: &Says) -> Reply {
    let issuer = format!("http://{}", seen.headers["host"].to_str().unwrap());
    match seen.path.as_str() {
        "/.well-known/openid-configuration" => reply(&json!({
            "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys"),
            "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
        })),
        "/keys" => reply(&json!({"keys": says.keys})),
        "/token" => match &says.token {
            Some(reply) => reply.clone(),
            None => {
                let mut tokens = json!({"access_token": "t", "token_type": "Bearer", "expires_in": 60});
                if let Some(id_token) = &says.id_token {
                    tokens["id_token"] = id_token.as_str().into();
                }
                reply(&tokens)
            }
        },
        _ => Reply::new(404, ""),
    }
}

impl Provider {
    async fn start(keys: &[&Key]) -> Self {
        let keys = keys.iter().map(|key| key.public()).collect();
        let says = Arc::new(Mutex::new(Says {
            keys,
            ..Says::default()
        }));
        let said = Arc::clone(&says);
        let server = HttpServer::start(move |seen| answer(seen, &said.lock().unwrap())).await;
        Self { server, says }
    }

    async fn service(&self) -> UserService {
        let oidc = sso(&self.server.url(), CLIENT_ID, CLIENT_SECRET);
        UserService::start_on(
            Stores::new().await,
            &[("PUBLIC_URL", PUBLIC_URL), ("OIDC_PROVIDERS", &oidc)],
        )
        .await
    }

    fn claims(&self, begun: &Begun) -> Value {
        let now = shared::now().as_millis() / 1_000;
        json!({"iss": self.server.url(), "sub": "ada", "aud": CLIENT_ID, "iat": now, "exp": now + 60,
               "nonce": begun.parameter("nonce"), "email": "ada@example.org", "email_verified": true, "name": "Ada"})
    }

    fn asked_for(&self, path: &str) -> usize {
        self.server.seen().iter().filter(|seen| seen.path == path).count()
    }

    /// Comes back to a provider that gives this ID token.
    async fn give(&self, service: &UserService, begun: &Begun, id_token: Option<String>) -> Answer {
        self.says.lock().unwrap().id_token = id_token;
        let query = format!("?code=c&state={}", begun.parameter("state"));
        back(service, "sso", &query, &begun.cookie).await
    }
}

#[track_caller]
fn refused(answer: &Answer, why: &str, what: &str) {
    assert_eq!(
        led_to(answer),
        format!("/login?error={why}&provider=sso"),
        "{what}"
    );
    assert_eq!(set(answer, "uptime_refresh"), None, "{what}");
}

#[tokio::test]
async fn a_token_that_proves_nothing_begins_no_session() {
    let (key, stranger) = (Key::new("k1"), Key::new("k1"));
    let provider = Provider::start(&[&key]).await;
    let service = provider.service().await;
    let now = shared::now().as_millis() / 1_000;
    let changes: &[(&str, &str, Value)] = &[
        ("another nonce", "nonce", json!("another")),
        ("no nonce", "nonce", Value::Null),
        ("another audience", "aud", json!("another client")),
        (
            "an audience beside ours",
            "aud",
            json!([CLIENT_ID, "another client"]),
        ),
        ("another client's", "azp", json!("another client")),
        ("another issuer", "iss", json!("https://accounts.google.com")),
        ("no URL as the issuer", "iss", json!("accounts.google.com")),
        ("expired", "exp", json!(now - 600)),
        ("of the future", "iat", json!(now + 600)),
        ("nobody's", "sub", json!("")),
        ("no subject", "sub", Value::Null),
        (
            "of another access token",
            "at_hash",
            json!("AAAAAAAAAAAAAAAAAAAAAA"),
        ),
    ];
    for (what, claim, value) in changes {
        let begun = begin(&service, "sso").await;
        let mut claims = provider.claims(&begun);
        claims[*claim] = value.clone();
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(*claim);
        }
        let answer = provider
            .give(&service, &begun, Some(key.sign("k1", &claims)))
            .await;
        refused(&answer, "unproven", what);
    }
    let begun = begin(&service, "sso").await;
    let claims = provider.claims(&begun);
    let hs256 = {
        use hmac::{Hmac, KeyInit as _, Mac as _};
        let text = unsigned(&json!({"alg": "HS256"}), &claims);
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(CLIENT_SECRET.as_bytes()).unwrap();
        mac.update(text.as_bytes());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    };
    let tokens = [
        ("signed by a stranger", Some(stranger.sign("k1", &claims))),
        (
            "not signed",
            Some(format!("{}.", unsigned(&json!({"alg": "none"}), &claims))),
        ),
        ("signed with the client's secret", Some(hs256)),
        ("changed", Some(key.sign("k1", &claims).replace('.', ".e"))),
        ("no token", Some("nonsense".to_owned())),
        ("not there", None),
    ];
    for (what, token) in tokens {
        refused(&provider.give(&service, &begun, token).await, "unproven", what);
    }
    assert_eq!(provider.asked_for("/keys"), 1, "the keys were known");
    assert_eq!(
        (service.count("users").await, service.count("sessions").await),
        (0, 0)
    );

    let good = provider
        .give(&service, &begun, Some(key.sign("k1", &claims)))
        .await;
    assert_eq!(led_to(&good), "/incidents");
    assert_eq!(provider.asked_for("/.well-known/openid-configuration"), 1);
}

#[tokio::test]
async fn a_new_login_that_is_demanded_has_a_date() {
    let key = Key::new("one");
    let provider = Provider::start(&[&key]).await;
    let service = provider.service().await;
    let begun = begin(&service, "sso").await;
    let token = key.sign("one", &provider.claims(&begun));
    let answer = provider.give(&service, &begun, Some(token)).await;
    let made = session(&service, &answer).await;
    let ada = person(&service, &made);
    let now = shared::now().as_millis() / 1_000;
    for (auth_time, led) in [
        (json!(null), "/account?error=unproven&provider=sso"),
        (json!(now - 3_600), "/account?error=unproven&provider=sso"),
        (json!(now), "/account?confirmed=sso"),
    ] {
        let body = json!({"provider": "sso"});
        let asked = ada.post("/me/identities/confirm", body).await;
        let begun = common::providers::begun(&asked, asked.body["location"].as_str().unwrap());
        let mut claims = provider.claims(&begun);
        if !auth_time.is_null() {
            claims["auth_time"] = auth_time.clone();
        }
        let token = key.sign("one", &claims);
        let answer = provider.give(&service, &begun, Some(token)).await;
        assert_eq!(led_to(&answer), led, "{auth_time}");
    }
}

#[tokio::test]
async fn keys_are_fetched_once_more_for_one_that_is_unknown() {
    let (old, new) = (Key::new("k1"), Key::new("k2"));
    let provider = Provider::start(&[&old]).await;
    let service = provider.service().await;
    let begun = begin(&service, "sso").await;
    let token = new.sign("k2", &provider.claims(&begun));
    refused(
        &provider.give(&service, &begun, Some(token.clone())).await,
        "unproven",
        "an unknown key",
    );
    assert_eq!(provider.asked_for("/keys"), 2);
    provider.says.lock().unwrap().keys = vec![old.public(), new.public()];
    assert_eq!(
        led_to(&provider.give(&service, &begun, Some(token)).await),
        "/incidents"
    );
    assert_eq!(provider.asked_for("/keys"), 3);
}

#[tokio::test]
async fn what_a_provider_answers_instead_of_a_code_is_told() {
    let key = Key::new("k1");
    let provider = Provider::start(&[&key]).await;
    let service = provider.service().await;
    let begun = begin(&service, "sso").await;
    let state = begun.parameter("state");
    for (query, why) in [
        (format!("?error=access_denied&state={state}"), "denied"),
        (
            format!("?error=server_error&error_description=x&state={state}"),
            "provider",
        ),
        (format!("?state={state}"), "provider"),
        ("?error=access_denied".to_owned(), "expired"),
        (
            format!("?code=c&state={state}&iss=https://other.example"),
            "unproven",
        ),
    ] {
        let answer = back(&service, "sso", &query, &begun.cookie).await;
        refused(&answer, why, &query);
    }
    let wrong = reply(&json!({"error": "invalid_grant"}));
    provider.says.lock().unwrap().token = Some(Reply { status: 400, ..wrong });
    refused(
        &provider.give(&service, &begun, None).await,
        "unproven",
        "a refused code",
    );
}

#[tokio::test]
async fn a_provider_that_hangs_or_does_not_end_is_given_up() {
    let key = Key::new("k1");
    let provider = Provider::start(&[&key]).await;
    let service = provider.service().await;
    let begun = begin(&service, "sso").await;
    let token = key.sign("k1", &provider.claims(&begun));
    let began = Instant::now();
    provider.says.lock().unwrap().token = Some(reply(&json!({})).after(Duration::from_secs(60)));
    refused(
        &provider.give(&service, &begun, None).await,
        "unavailable",
        "it hangs",
    );
    assert!(
        began.elapsed() < Duration::from_millis(4_400),
        "{:?}",
        began.elapsed()
    );
    let large = format!("{{\"access_token\": \"{}\"}}", "x".repeat(300 * 1024));
    provider.says.lock().unwrap().token = Some(Reply::new(200, large));
    refused(
        &provider.give(&service, &begun, None).await,
        "unavailable",
        "it is too large",
    );
    provider.says.lock().unwrap().token = None;
    assert_eq!(
        led_to(&provider.give(&service, &begun, Some(token)).await),
        "/incidents",
        "it is back"
    );
}

#[tokio::test]
async fn who_cannot_be_asked_is_in_nobody_elses_way() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endless = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let head =
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
                let _ = stream.write_all(head.as_bytes()).await;
                while stream.write_all(b"4\r\n    \r\n").await.is_ok() {}
            });
        }
    });
    let oidc = sso(&endless, CLIENT_ID, CLIENT_SECRET);
    let settings = [("PUBLIC_URL", PUBLIC_URL), ("OIDC_PROVIDERS", &*oidc)];
    let service = UserService::start_on(Stores::new().await, &settings).await;
    let answer = get(&service, "/api/v1/auth/providers/sso/start", "").await;
    refused(&answer, "unavailable", "it does not end");
    let ada = service.register().await;
    let link = json!({"provider": "sso", "current_password": common::post::PASSWORD});
    assert_eq!(ada.post("/me/identities", link).await.status, 503);
}
