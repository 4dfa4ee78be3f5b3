//! Requests to the APIs of services, and what comes back.

use std::time::Duration;

use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderName};
use hyper::{Method, Request, StatusCode};
use serde::Serialize;
use serde_json::Value;
use shared::outgoing::{Bytes, Exchanges};

use crate::channel::{Form, SendError};

/// Speaks with APIs, over one pool of connections.
#[derive(Clone, Debug)]
pub(in crate::channel) struct Api(Exchanges);

/// What an API has answered.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) status: StatusCode,
    pub(super) retry_after: Option<Duration>,
    /// The start of its body.
    pub(super) body: String,
}

impl Api {
    pub(super) fn new(exchanges: Exchanges) -> Self {
        Self(exchanges)
    }

    /// Posts JSON.
    pub(super) async fn post(
        &self,
        url: &str,
        headers: &[(HeaderName, String)],
        body: &impl Serialize,
    ) -> Result<Answered, SendError> {
        self.send(Method::POST, url, headers, body).await
    }

    /// Sends JSON.
    pub(super) async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(HeaderName, String)],
        body: &impl Serialize,
    ) -> Result<Answered, SendError> {
        let body = serde_json::to_vec(body).map_err(invalid)?;
        self.exchange(method, url, "application/json", headers, body)
            .await
    }

    /// Posts a form.
    pub(super) async fn post_form(
        &self,
        url: &str,
        headers: &[(HeaderName, String)],
        fields: &[(&str, &str)],
    ) -> Result<Answered, SendError> {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        let body = form.extend_pairs(fields).finish().into_bytes();
        self.exchange(
            Method::POST,
            url,
            "application/x-www-form-urlencoded",
            headers,
            body,
        )
        .await
    }

    async fn exchange(
        &self,
        method: Method,
        url: &str,
        content_type: &str,
        headers: &[(HeaderName, String)],
        body: Vec<u8>,
    ) -> Result<Answered, SendError> {
        let mut request = Request::builder()
            .method(method)
            .uri(url)
            .header(CONTENT_TYPE, content_type);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(body))).map_err(invalid)?;
        let answer = self.0.send(request).await?;
        Ok(Answered {
            status: answer.status,
            retry_after: answer.retry_after(),
            body: String::from_utf8_lossy(&answer.start().await).into_owned(),
        })
    }
}

impl Answered {
    /// The body as JSON; null when it is none.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// What a status that is no success means, where the API says `reason`, or nothing better than its body. What it
    /// does not take as it is, may be taken short and without formatting.
    pub(super) fn error(&self, reason: Option<&str>, form: Form) -> SendError {
        let text = reason.unwrap_or(&self.body);
        match SendError::from_status(self.status.as_u16(), text, self.retry_after) {
            SendError::Permanent(reason)
                if matches!(self.status.as_u16(), 400 | 413 | 422) && form == Form::Full =>
            {
                SendError::Content(reason)
            }
            error => error,
        }
    }
}

fn invalid(error: impl std::error::Error) -> SendError {
    SendError::Permanent(format!("invalid request: {error}"))
}
