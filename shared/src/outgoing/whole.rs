//! An answer of somebody else's server that is read as a whole.

use std::time::Duration;

use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::connector::{Https, https};
use crate::guard::TargetGuard;
use crate::http::client::{CallError, exchange};

/// How long a connection may take.
const CONNECTED_WITHIN: Duration = Duration::from_secs(5);

/// What a connection may buffer of an answer, in bytes; a larger head is refused.
const MAX_BUFFER_BYTES: usize = 64 * 1024;

/// What is read beside a body, in bytes: a head, certificates, the frames of TLS.
const MAX_BESIDE_BYTES: usize = 256 * 1024;

/// Asks servers of others for something that is read as a whole. It follows no redirect, and keeps no connection.
#[derive(Clone, Debug)]
pub struct GuardedClient {
    client: Client<Https, Full<Bytes>>,
    deadline: Duration,
    max_answer_bytes: usize,
}

impl GuardedClient {
    /// A client each of whose calls ends within `deadline`, with an answer of at most `max_answer_bytes`.
    pub fn new(guard: &TargetGuard, deadline: Duration, max_answer_bytes: usize) -> Self {
        let connector = https(
            guard,
            deadline.min(CONNECTED_WITHIN),
            max_answer_bytes + MAX_BESIDE_BYTES,
        );
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(0)
            .http1_max_buf_size(MAX_BUFFER_BYTES)
            .build(connector);
        Self {
            client,
            deadline,
            max_answer_bytes,
        }
    }

    /// Sends a request and reads the whole answer, whatever its status.
    ///
    /// # Errors
    /// See [`CallError`]; a status is no error here.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, CallError> {
        exchange(&self.client, request, self.deadline, self.max_answer_bytes).await
    }
}
