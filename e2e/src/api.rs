//! The public API as a script uses it.

use std::time::Duration;

use http::{Method, Request, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use serde_json::{Value, json};
use shared::http::client::ServiceClient;

use crate::PATIENCE;

/// A client of one gateway, logged in once [`Api::register`] was called.
#[derive(Clone, Debug)]
pub struct Api {
    base: String,
    client: ServiceClient,
    email: String,
    token: String,
}

const PASSWORD: &str = "correct horse battery staple";

impl Api {
    /// A client of the gateway at `base` (`http://127.0.0.1:8080`), when it is ready.
    pub async fn when_ready(base: &str) -> Self {
        let api = Self {
            base: base.to_owned(),
            client: ServiceClient::new(Duration::from_secs(15)),
            email: String::new(),
            token: String::new(),
        };
        testkit::eventually("the gateway is ready", PATIENCE, async || {
            let answer = api.send(Method::GET, "/health/ready", None).await?;
            (answer.0 == StatusCode::OK).then_some(())
        })
        .await;
        api
    }

    /// Makes an account, as soon as user-service is there.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn register(&mut self) {
        self.email = format!("{}@example.org", testkit::unique());
        let body = json!({"email": self.email, "password": PASSWORD, "name": "Ada"});
        self.begin_session("/api/v1/auth/register", body, StatusCode::CREATED)
            .await;
    }

    /// Logs in again, as after a restore, which ends every session; as soon as user-service is there.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn log_in(&mut self) {
        let body = json!({"email": self.email, "password": PASSWORD});
        self.begin_session("/api/v1/auth/login", body, StatusCode::OK)
            .await;
    }

    /// The access token.
    pub fn credential(&self) -> &str {
        &self.token
    }

    /// The address of the account.
    pub fn email(&self) -> &str {
        &self.email
    }

    async fn begin_session(&mut self, path: &str, body: Value, expected: StatusCode) {
        let session = testkit::eventually("a session can begin", PATIENCE, async || {
            let (status, answer) = self.send(Method::POST, path, Some(body.clone())).await?;
            assert!(
                status == expected || status == StatusCode::SERVICE_UNAVAILABLE,
                "{answer}"
            );
            (status == expected).then_some(answer)
        })
        .await;
        session["access_token"]
            .as_str()
            .expect("a session has a token")
            .clone_into(&mut self.token);
    }

    /// Another credential at the same gateway.
    pub fn with(&self, credential: &str) -> Self {
        Self {
            token: credential.to_owned(),
            ..self.clone()
        }
    }

    /// The same account at another gateway.
    pub fn at(&self, other: &Self) -> Self {
        Self {
            base: other.base.clone(),
            ..self.clone()
        }
    }

    /// Adds a monitor called `name` of `url`, every 10 s.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn add_monitor(&self, name: &str, url: &str) -> i64 {
        let body = json!({"name": name, "url": url, "interval_seconds": 10});
        let monitor = self.post("/api/v1/monitors", body, StatusCode::CREATED).await;
        monitor["id"].as_i64().expect("a monitor has an id")
    }

    /// Adds a heartbeat called `name`, with what it expects; answers its id, and the UUID by which it is pinged.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn add_heartbeat(&self, name: &str, expects: Value) -> (i64, String) {
        let body = json!({"kind": "heartbeat", "name": name, "heartbeat": expects});
        let monitor = self.post("/api/v1/monitors", body, StatusCode::CREATED).await;
        let id = monitor["id"].as_i64().expect("a monitor has an id");
        let addresses = self.get(&format!("/api/v1/monitors/{id}/heartbeat")).await;
        let uuid = addresses["ping_uuid"].as_str().expect("an editor sees it");
        (id, uuid.to_owned())
    }

    /// Sends a ping, without the account's credential; answers its status, if there is an answer.
    ///
    /// # Panics
    /// When the address is malformed.
    pub async fn ping(&self, below: &str) -> Option<StatusCode> {
        let request = Request::get(format!("{}/ping/{below}", self.base)).body(Full::default());
        let answer = self
            .client
            .send(request.expect("the request is well-formed"))
            .await;
        answer.ok().map(|answer| answer.status())
    }

    /// Adds a Slack channel.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn add_slack(&self, webhook_url: &str) -> i64 {
        let body = json!({"name": "Ops", "kind": "slack", "config": {"webhook_url": webhook_url}});
        let channel = self.post("/api/v1/channels", body, StatusCode::CREATED).await;
        channel["id"].as_i64().expect("a channel has an id")
    }

    /// Gets JSON.
    ///
    /// # Panics
    /// When the answer is not 200.
    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self
            .send(Method::GET, path, None)
            .await
            .expect("the gateway answers");
        assert_eq!(status, StatusCode::OK, "GET {path}: {body}");
        body
    }

    /// Gets JSON, or nothing when the answer is not 200.
    pub async fn try_get(&self, path: &str) -> Option<Value> {
        let (status, body) = self.send(Method::GET, path, None).await?;
        (status == StatusCode::OK).then_some(body)
    }

    /// Posts JSON.
    ///
    /// # Panics
    /// When the answer is not the expected one.
    pub async fn post(&self, path: &str, body: Value, expected: StatusCode) -> Value {
        self.call(Method::POST, path, Some(body), expected).await
    }

    /// Sends a request.
    ///
    /// # Panics
    /// When the answer is not the expected one.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>, expected: StatusCode) -> Value {
        let (status, answer) = self
            .send(method.clone(), path, body)
            .await
            .expect("the gateway answers");
        assert_eq!(status, expected, "{method} {path}: {answer}");
        answer
    }

    /// Waits until the monitor's live state is `state`, and answers its status.
    pub async fn await_state(&self, monitor: i64, state: &str) -> Value {
        let path = format!("/api/v1/monitors/{monitor}/status");
        testkit::eventually(&format!("monitor {monitor} is {state}"), PATIENCE, async || {
            self.try_get(&path)
                .await
                .filter(|status| status["state"] == state)
        })
        .await
    }

    /// Waits until the monitor has an incident for which `holds`, and answers it.
    pub async fn await_incident(&self, monitor: i64, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        testkit::eventually(
            &format!("an incident of monitor {monitor} is {what}"),
            PATIENCE,
            async || self.incidents(monitor).await.into_iter().find(&holds),
        )
        .await
    }

    /// The incidents of a monitor, newest first.
    ///
    /// # Panics
    /// When the answer is no list.
    pub async fn incidents(&self, monitor: i64) -> Vec<Value> {
        let answer = self.get(&format!("/api/v1/incidents?monitor_id={monitor}")).await;
        answer["items"].as_array().expect("a list has items").clone()
    }

    /// Posts a form without the account's credential, as somebody else's server does.
    ///
    /// # Panics
    /// When the gateway does not answer.
    pub async fn post_form(&self, path: &str, headers: &[(&str, &str)], form: String) -> StatusCode {
        let mut request = Request::post(format!("{}{path}", self.base))
            .header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(Full::new(form.into()))
            .expect("the request is well-formed");
        let response = self.client.send(request).await;
        response.expect("the gateway answers").status()
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Option<(StatusCode, Value)> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base));
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        let body = body.map_or_else(Bytes::new, |body| {
            request = std::mem::take(&mut request).header("content-type", "application/json");
            body.to_string().into()
        });
        let request = request.body(Full::new(body)).expect("the request is well-formed");
        let response = self.client.send(request).await.ok()?;
        let body = serde_json::from_slice(response.body()).unwrap_or_default();
        Some((response.status(), body))
    }
}
