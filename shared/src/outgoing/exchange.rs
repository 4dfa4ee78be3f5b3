//! One HTTP exchange with a receiver. The other side is somebody else's: its answer has a size and a deadline.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_ENCODING, RETRY_AFTER};
use hyper::http::{HeaderMap, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::timeout;

use super::connector::{self, Https};
use crate::guard::TargetGuard;

/// The start of an answer that is read, in bytes. What Slack answers repeats the message, and fits.
const MAX_ANSWER_BYTES: usize = 128 * 1024;

/// Bytes that are read between two writes: certificates, or a head and the start of a body.
const MAX_READ_BYTES: usize = 512 * 1024;

/// What a connection may buffer of an answer, in bytes; a larger head is refused.
const MAX_BUFFER_BYTES: usize = 64 * 1024;

/// The longest excerpt of an answer that people are shown.
const MAX_EXCERPT_CHARS: usize = 200;

/// The longest that a body is waited for once its head is there.
const BODY_PATIENCE: Duration = Duration::from_secs(2);

/// How long an idle connection is kept, and how many to one host.
const IDLE: Duration = Duration::from_secs(30);
const MAX_IDLE_PER_HOST: usize = 8;

/// Sends requests, over one pool of connections.
#[derive(Clone, Debug)]
pub struct Exchanges {
    client: Client<Https, Full<Bytes>>,
    deadline: Duration,
}

/// An answer whose head is there, and whose body may follow.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    headers: HeaderMap,
    body: Incoming,
    patience: Duration,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The connection failed.
    #[error(transparent)]
    Connection(#[from] hyper_util::client::legacy::Error),
    /// It took too long.
    #[error("no response within {} ms", .0.as_millis())]
    Timeout(Duration),
}

impl Exchanges {
    /// Each answer's head has to be there within `deadline`, and each address to pass the guard.
    pub fn new(guard: &TargetGuard, deadline: Duration) -> Self {
        // A connection that is not made in time is told apart from a request that is not answered.
        let connector = connector::https(guard, deadline - deadline / 10, MAX_READ_BYTES);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(MAX_IDLE_PER_HOST)
            .http1_max_buf_size(MAX_BUFFER_BYTES)
            .build(connector);
        Self { client, deadline }
    }

    /// The same connections, for answers whose head is there within `deadline`.
    pub fn within(&self, deadline: Duration) -> Self {
        Self {
            deadline,
            ..self.clone()
        }
    }

    /// Sends a request.
    ///
    /// # Errors
    /// See [`ExchangeError`]; a status is no error here.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Result<Answer, ExchangeError> {
        let answered = timeout(self.deadline, self.client.request(request)).await;
        let (head, body) = answered
            .map_err(|_| ExchangeError::Timeout(self.deadline))??
            .into_parts();
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body,
            patience: BODY_PATIENCE.min(self.deadline / 4),
        })
    }
}

impl Answer {
    /// How long the other side asked to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        let value = self.headers.get(RETRY_AFTER)?.to_str().ok()?;
        value.parse().ok().map(Duration::from_secs)
    }

    /// The start of the body: what came within the size and the time that it has. A body that breaks off takes
    /// nothing back of what the head said.
    pub async fn start(mut self) -> Vec<u8> {
        // Nobody asked for an encoding, and what it hides is not worth what it may become.
        let encoding = self.headers.get(CONTENT_ENCODING);
        if encoding.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
            return Vec::new();
        }
        let mut start = Vec::new();
        let reading = async {
            while let Some(Ok(frame)) = self.body.frame().await {
                let data = frame.into_data().unwrap_or_default();
                let room = MAX_ANSWER_BYTES - start.len();
                start.extend_from_slice(&data[..data.len().min(room)]);
                if start.len() == MAX_ANSWER_BYTES {
                    break;
                }
            }
        };
        // What has not come by then is not waited for.
        let _ = timeout(self.patience, reading).await;
        start
    }
}

impl ExchangeError {
    /// Whether the request may have been received: it was sent, or may have been.
    pub fn may_have_arrived(&self) -> bool {
        match self {
            Self::Connection(error) => !error.is_connect(),
            Self::Timeout(_) => true,
        }
    }

    /// Whether the guard has refused the address.
    pub fn is_blocked(&self) -> bool {
        connector::is_blocked(self)
    }
}

/// The start of a text from outside, on one line.
pub fn excerpt(text: &str) -> String {
    let line: String = text
        .chars()
        .take(MAX_EXCERPT_CHARS)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    line.trim().to_owned()
}
