//! Requests to the APIs of services, and what comes back.

use std::time::Duration;

use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderName, USER_AGENT};
use hyper::{Method, Request, StatusCode};
use serde::Serialize;
use serde_json::Value;
use shared::outgoing::{Bytes, Exchanges, excerpt};

use crate::channel::{Form, SendError};

/// From so many bytes on, a part of an address may be a credential.
const MIN_CREDENTIAL_BYTES: usize = 20;

/// The shortest token in a head that is taken for one.
const MIN_SECRET_BYTES: usize = 8;

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

    /// Asks for something.
    pub(super) async fn get(
        &self,
        url: &str,
        headers: &[(HeaderName, String)],
    ) -> Result<Answered, SendError> {
        self.exchange(Method::GET, url, "application/json", headers, Vec::new())
            .await
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
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish()
            .into_bytes();
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
            // Discord refuses requests without.
            .header(USER_AGENT, "uptime-monitor")
            .header(CONTENT_TYPE, content_type);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(body))).map_err(invalid)?;
        let answer = self.0.send(request).await?;
        let (status, retry_after) = (answer.status, answer.retry_after());
        let body = answer.start().await;
        let body = without_credentials(&String::from_utf8_lossy(&body), url);
        // Of `Bearer …` what follows the scheme.
        let secrets = headers
            .iter()
            .filter_map(|(_, value)| value.split(' ').next_back());
        let body = secrets
            .filter(|secret| secret.len() >= MIN_SECRET_BYTES)
            .fold(body, |body, secret| body.replace(secret, "…"));
        Ok(Answered {
            status,
            retry_after,
            body,
        })
    }
}

impl Answered {
    /// The body as JSON; null when it is none.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// What a success says; null when its body is missing or breaks off, which takes nothing back.
    ///
    /// # Errors
    /// When it is a page of somebody in between, who has not passed the message on.
    pub(super) fn taken(&self) -> Result<Value, SendError> {
        if self.body.trim_start().starts_with('<') {
            let reason = format!(
                "HTTP {}, but not of the service: {}",
                self.status.as_u16(),
                excerpt(&self.body)
            );
            return Err(SendError::temporary(reason));
        }
        Ok(self.json())
    }

    /// The same, where its body names another status than its head.
    pub(super) fn with_status(mut self, code: Option<u64>) -> Self {
        let code = code.and_then(|code| u16::try_from(code).ok());
        if let Some(status) = code.and_then(|code| StatusCode::from_u16(code).ok()) {
            self.status = status;
        }
        self
    }

    /// The same, of which the API says in the body how long it wants to be left alone, unless the head has said so.
    pub(super) fn with_wait(mut self, asked: Option<Duration>) -> Self {
        self.retry_after = self.retry_after.or(asked);
        self
    }

    /// It will not work until the channel is changed: why, in words, and what the API says.
    pub(super) fn permanent(&self, why: &str, reason: Option<&str>) -> SendError {
        let said = excerpt(reason.unwrap_or(&self.body));
        let status = self.status.as_u16();
        SendError::Permanent(match said.is_empty() {
            true => format!("{why} (HTTP {status})"),
            false => format!("{why} (HTTP {status}: {said})"),
        })
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

/// An answer without what it quotes of the address: webhooks have their credential in the path or the query.
fn without_credentials(body: &str, url: &str) -> String {
    let path = url.splitn(4, '/').nth(3).unwrap_or_default();
    path.split(['/', '?', '&', '=', '#'])
        .filter(|part| part.len() >= MIN_CREDENTIAL_BYTES)
        .fold(body.to_owned(), |body, part| body.replace(part, "…"))
}

fn invalid(error: impl std::error::Error) -> SendError {
    SendError::Permanent(format!("invalid request: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_quotes_the_address_does_not_tell_its_credentials() {
        let url = "https://a.hook.example.org:8443/hooks/aLongCredential_0123?sig=anotherLong-Credential";
        for (said, kept) in [
            ("no /hooks/aLongCredential_0123 here", "no /hooks/… here"),
            ("sig is 'anotherLong-Credential'", "sig is '…'"),
            (
                "a.hook.example.org:8443 knows no hooks",
                "a.hook.example.org:8443 knows no hooks",
            ),
        ] {
            assert_eq!(without_credentials(said, url), kept);
        }
    }
}
