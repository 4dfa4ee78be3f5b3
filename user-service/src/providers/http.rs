//! The client for providers: the one for services, with smaller answers. It follows no redirect.

use std::pin::Pin;
use std::time::Duration;

use http::header::USER_AGENT;
use http::{HeaderValue, Request};
use http_body_util::Full;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use shared::http::client::{CallError, ServiceClient};

/// How long a provider may take for one answer.
const ANSWER_WITHIN: Duration = Duration::from_millis(2_500);

/// The largest answer of a provider that is read, in bytes.
const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// Asks providers.
#[derive(Debug)]
pub(super) struct Http(ServiceClient);

impl Http {
    pub(super) fn new() -> Self {
        Self(ServiceClient::new(ANSWER_WITHIN).with_max_answer(MAX_ANSWER_BYTES))
    }

    /// Sends a request and reads the whole answer, whatever its status.
    pub(super) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, CallError> {
        let (mut head, body) = request.into_parts();
        // GitHub answers nobody who does not say who asks.
        head.headers
            .insert(USER_AGENT, HeaderValue::from_static("uptime-monitor"));
        let answer = self.0.send(Request::from_parts(head, Full::from(body))).await?;
        Ok(answer.map(|body| body.to_vec()))
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = CallError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, CallError>> + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
