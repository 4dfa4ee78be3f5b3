//! The HTTP client for calls between the services: pooled, with a deadline on each call and a limit on each
//! answer.

use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::rt::TokioExecutor;

use crate::http::identity::INTERNAL_KEY_HEADER;

/// The largest answer that is read, in bytes, where nothing else is said.
const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The request cannot be made.
    #[error("not a valid request: {0}")]
    Request(#[from] http::Error),
    /// There was no answer.
    #[error("no answer: {0}")]
    Connect(#[from] hyper_util::client::legacy::Error),
    /// The answer broke off or is too large.
    #[error("the answer cannot be read: {0}")]
    Body(Box<dyn std::error::Error + Send + Sync>),
    /// It took longer than allowed.
    #[error("no answer within {} ms", .0.as_millis())]
    Timeout(Duration),
    /// The answer is not what was asked for.
    #[error("answered {status}: {detail}")]
    Status {
        /// The status of the answer.
        status: StatusCode,
        /// The start of its body.
        detail: String,
    },
    /// The answer's JSON does not have the expected form.
    #[error("the answer has another form: {0}")]
    Json(#[from] serde_json::Error),
}

/// Sends a request and reads the whole answer, within a deadline and up to a size.
pub(crate) async fn exchange<C: Connect + Clone + Send + Sync + 'static>(
    client: &Client<C, Full<Bytes>>,
    request: Request<Full<Bytes>>,
    deadline: Duration,
    max_bytes: usize,
) -> Result<Response<Bytes>, CallError> {
    let exchange = async {
        let (head, body) = client.request(request).await?.into_parts();
        let body = Limited::new(body, max_bytes)
            .collect()
            .await
            .map_err(CallError::Body)?;
        Ok(Response::from_parts(head, body.to_bytes()))
    };
    tokio::time::timeout(deadline, exchange)
        .await
        .map_err(|_| CallError::Timeout(deadline))?
}

/// A client for services of ours.
#[derive(Clone, Debug)]
pub struct ServiceClient {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    deadline: Duration,
    max_answer_bytes: usize,
}

impl ServiceClient {
    /// A client each of whose calls ends within `deadline`, with an answer of at most 4 MiB.
    pub fn new(deadline: Duration) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_connect_timeout(Some(deadline.min(Duration::from_secs(2))));
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(crate::tls::client_config())
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(32)
            .build(connector);
        Self {
            client,
            deadline,
            max_answer_bytes: MAX_ANSWER_BYTES,
        }
    }

    /// The same, with answers of at most `bytes`.
    pub fn with_max_answer(mut self, bytes: usize) -> Self {
        self.max_answer_bytes = bytes;
        self
    }

    /// The same connections, for calls that end within `deadline`.
    pub fn within(&self, deadline: Duration) -> Self {
        Self {
            deadline,
            ..self.clone()
        }
    }

    /// Sends a request and reads the whole answer, whatever its status.
    ///
    /// # Errors
    /// See [`CallError`]; a status is no error here.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, CallError> {
        exchange(&self.client, request, self.deadline, self.max_answer_bytes).await
    }

    /// Gets JSON from a service of ours.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn get_json<T: serde::de::DeserializeOwned>(
        &self,
        url: &str,
        internal_key: &str,
    ) -> Result<T, CallError> {
        Ok(serde_json::from_slice(&self.get(url, internal_key).await?)?)
    }

    /// Gets what a service of ours answers, unread.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn get(&self, url: &str, internal_key: &str) -> Result<Bytes, CallError> {
        let request = Request::builder()
            .method(Method::GET)
            .uri(url)
            .header(INTERNAL_KEY_HEADER, internal_key)
            .body(Full::default())?;
        self.succeed(request).await
    }

    /// Posts JSON to a service of ours; answers what it answers, unread.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn post(
        &self,
        url: &str,
        internal_key: &str,
        body: &impl serde::Serialize,
    ) -> Result<Bytes, CallError> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(url)
            .header(INTERNAL_KEY_HEADER, internal_key)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::from(serde_json::to_vec(body)?))?;
        self.succeed(request).await
    }

    /// The body of a success.
    async fn succeed(&self, request: Request<Full<Bytes>>) -> Result<Bytes, CallError> {
        let response = self.send(request).await?;
        if !response.status().is_success() {
            let detail =
                String::from_utf8_lossy(&response.body()[..response.body().len().min(200)]).into_owned();
            return Err(CallError::Status {
                status: response.status(),
                detail,
            });
        }
        Ok(response.into_body())
    }
}
