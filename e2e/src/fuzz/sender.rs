//! Sends requests as they were made.

use std::time::Duration;

use http::Request;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::{Answer, Made};

/// The longest that an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// A client of one gateway.
#[derive(Clone, Debug)]
pub struct Sender {
    base: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Sender {
    /// A client of the gateway at `base`.
    pub fn new(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// The answer; nothing when this is no request that could be sent.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn send(&self, made: &Made) -> Option<Result<Answer, String>> {
        let request = Request::builder()
            .method(made.method.clone())
            .uri(format!("{}{}", self.base, made.path))
            .body(Full::new(made.body.clone()));
        let mut request = request.ok()?;
        *request.headers_mut() = made.headers.clone();
        let answer = tokio::time::timeout(PATIENCE, self.exchange(request)).await;
        Some(answer.unwrap_or_else(|_| Err(format!("no answer within {PATIENCE:?}"))))
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer, String> {
        let response = self.client.request(request).await;
        let (head, body) = response
            .map_err(|error| format!("no answer: {error:?}"))?
            .into_parts();
        let kind = head.headers.get("content-type");
        let is_stream = kind.is_some_and(|kind| kind.as_bytes() == b"text/event-stream");
        let body = match is_stream {
            true => Bytes::new(),
            false => {
                let body = Limited::new(body, MAX_ANSWER).collect().await;
                body.map_err(|error| format!("the answer breaks off: {error}"))?
                    .to_bytes()
            }
        };
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body,
        })
    }
}
