//! A gateway on ports of its own, in front of a user-service that the test plays.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

pub(crate) mod pages;
pub(crate) mod pings;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::web::Bytes;
use api::{Actor, Principal, Role};
use domain::OrgId;
use domain::revocation::Revocations;
use fred::clients::Client;
use fred::interfaces::ClientLike as _;
use http::{Method, Request, Response};
use http_body_util::Full;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::json;
use shared::http::client::ServiceClient;
use shared::redis::{Keys, RedisSettings};
use shared::settings::Reader;
use shared::shutdown::CancellationToken;
use shared::token::TokenKey;
use testkit::{HttpServer, Reply, Seen};
use uuid::Uuid;

pub(crate) const SECRET: &str = "a secret of at least thirty-two bytes";
/// Says what the body of a request is.
pub(crate) const JSON: (&str, &str) = ("content-type", "application/json");

pub(crate) const INTERNAL_KEY: &str = "an internal key of at least thirty-two bytes";

pub(crate) const ENCRYPTION_KEYS: &str = "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

pub(crate) struct Gateway {
    pub(crate) url: String,
    pub(crate) ops_url: String,
    upstream: HttpServer,
    revoked: Arc<Mutex<Revocations>>,
    pub(crate) redis: Client,
    pub(crate) keys: Keys,
    pub(crate) stop: CancellationToken,
    pub(crate) task: tokio::task::JoinHandle<()>,
    client: ServiceClient,
}

impl Gateway {
    pub(crate) async fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_with(&[], answer).await
    }

    pub(crate) async fn start_with(
        more: &[(&str, &str)],
        answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        shared::install_crypto();
        let revoked = Arc::new(Mutex::new(Revocations::default()));
        let told = Arc::clone(&revoked);
        let upstream = HttpServer::start(move |seen| match asks_what_is_revoked(seen) {
            true => Reply::new(200, serde_json::to_string(&*told.lock().unwrap()).unwrap()),
            false => answer(seen),
        })
        .await;
        let given = more.iter().find(|(name, _)| *name == "REDIS_PREFIX");
        let prefix = given.map_or_else(
            || format!("{}:", testkit::unique()),
            |(_, prefix)| (*prefix).to_owned(),
        );
        let redis_url = testkit::redis_url();
        let url = upstream.url();
        let mut variables = vec![
            ("HTTP_ADDR", "127.0.0.1:0"),
            ("OPS_ADDR", "127.0.0.1:0"),
            ("USER_SERVICE_URL", &url),
            ("ALERTER_URL", &url),
            ("PINGER_URL", &url),
            ("REDIS_URL", &redis_url),
            ("REDIS_PREFIX", &prefix),
            ("JWT_SECRET", SECRET),
            ("INTERNAL_API_KEY", INTERNAL_KEY),
            ("ENCRYPTION_KEYS", ENCRYPTION_KEYS),
            // Only who tests pings has a Kafka.
            ("KAFKA_BROKERS", "127.0.0.1:1"),
        ];
        variables.extend_from_slice(more);
        // The last one of a name counts.
        let mut env = Reader::from_values(variables);
        let settings = gateway::Settings::read(&mut env);
        env.finish().unwrap();
        let service = gateway::build(settings, PrometheusBuilder::new().build_recorder().handle())
            .await
            .unwrap();
        let (url, ops_url) = (service.url(), service.ops_url());
        let stop = CancellationToken::new();
        let task = tokio::spawn({
            let stop = stop.clone();
            async move { service.run(stop).await.unwrap() }
        });
        let own = RedisSettings::new(&redis_url, &prefix);
        let redis = shared::redis::connect(&own).unwrap();
        redis.wait_for_connect().await.unwrap();
        let client = ServiceClient::new(Duration::from_secs(20));
        Self {
            url,
            ops_url,
            upstream,
            revoked,
            redis,
            keys: own.keys(),
            stop,
            task,
            client,
        }
    }

    /// What user-service was asked for by requests.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        let mut seen = self.upstream.seen();
        seen.retain(|seen| !asks_what_is_revoked(seen));
        seen
    }

    /// Has user-service say what is revoked.
    pub(crate) fn revoke(&self, revocations: Revocations) {
        *self.revoked.lock().unwrap() = revocations;
    }

    /// As a page of the dashboard logs in.
    pub(crate) async fn login(&self, email: &str, headers: &[(&str, &str)]) -> Response<String> {
        let body = json!({"email": email, "password": "x"}).to_string();
        let headers = [&[JSON][..], headers].concat();
        self.call(Method::POST, "/api/v1/auth/login", &headers, &body)
            .await
    }

    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response<String> {
        let response = self.ask(method.clone(), path, headers, body).await;
        let response = response.map(|body| String::from_utf8_lossy(&body).into_owned());
        if is_own(path) && response.status() != 405 {
            let media_type = response.headers().get("content-type");
            testkit::assert_documented(
                method.as_str(),
                path,
                response.status().as_u16(),
                media_type.map_or("", |value| value.to_str().unwrap()),
                response.body(),
            );
        }
        response
    }

    /// The answer with its body as it comes.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response<Bytes> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::from(body.to_owned())).unwrap();
        self.client.send(request).await.unwrap()
    }

    /// The status of what operators are answered.
    pub(crate) async fn ask_ops(&self, path: &str) -> u16 {
        let request = Request::get(format!("{}{path}", self.ops_url)).body(Full::default());
        let response = self.client.send(request.unwrap()).await.unwrap();
        response.status().as_u16()
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Response<String> {
        self.call(
            Method::GET,
            path,
            &[("authorization", &format!("Bearer {token}"))],
            "",
        )
        .await
    }
}

pub(crate) fn token(org: i64, role: Role) -> String {
    token_of(org, role, None)
}

/// A token of a session.
pub(crate) fn token_of(org: i64, role: Role, session: Option<Uuid>) -> String {
    let principal = Principal {
        org_id: OrgId(org),
        actor: Actor::User(3),
        role,
        narrowed: false,
    };
    TokenKey::new(&SECRET.to_owned().into())
        .mint(&principal, session, shared::now())
        .unwrap()
}

fn asks_what_is_revoked(seen: &Seen) -> bool {
    seen.path.starts_with("/internal/revocations")
}

/// Whether the gateway answers this address itself; what it passes on is what a test has made up.
fn is_own(path: &str) -> bool {
    ["/monitors/preview", "/check-now", "/test"]
        .iter()
        .any(|end| path.ends_with(end))
        && !path.contains("/destinations/")
}
