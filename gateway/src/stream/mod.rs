//! Live updates: an organisation's stream in Redis as server-sent events.

mod event;
mod hub;
mod narrowed;

use std::collections::VecDeque;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::web::{Bytes, Data};
use api::OpenStream;
use futures_util::stream;
use shared::http::call::Call;
use shared::http::problem::Problem;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

pub(crate) use hub::Hub;

use crate::Edge;
use crate::credential::Credential;
use event::{Event, EventId};
use hub::Listener;
use narrowed::Narrowed;

/// How often a comment is sent, so that nobody between takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// After this long a stream ends, and the client resumes with a credential that is still good.
const LONGEST: Duration = Duration::from_secs(3_600);

/// How long a client should wait before it connects again.
const RETRY: Duration = Duration::from_secs(2);

/// `GET /stream`.
pub(crate) async fn open(edge: Data<Edge>, call: Call<OpenStream>) -> Result<HttpResponse, Problem> {
    let last = call
        .request()
        .headers()
        .get("last-event-id")
        .and_then(|value| value.to_str().ok());
    let narrowed = Narrowed::of(&edge, call.caller).await?;
    let listener = edge
        .hub
        .listen(call.caller.org_id, last.map(str::parse::<EventId>))
        .await?;
    let credential = Credential::of(call.request());
    let credential = credential.ok_or_else(|| Problem::internal("a stream has no credential"))?;
    let reading = Reading {
        ready: VecDeque::from([preamble(&listener)]),
        listener,
        narrowed,
        until: Instant::now() + lasts(&credential),
        revoked: edge.revocations.changes(),
        credential,
        edge,
    };
    let body = stream::unfold(reading, |mut reading| async move {
        let chunk = reading.next().await?;
        Some((Ok::<_, std::convert::Infallible>(chunk), reading))
    });
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header((CACHE_CONTROL, "no-store"))
        // Keeps the compressor, which would hold events back, away.
        .insert_header((CONTENT_ENCODING, "identity"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(body))
}

/// How long a stream may last that was opened with `credential`.
fn lasts(credential: &Credential) -> Duration {
    let Some(expires_at) = credential.expires_at else {
        return LONGEST;
    };
    let left = expires_at.millis_since(shared::now());
    Duration::from_millis(u64::try_from(left).unwrap_or_default()).min(LONGEST)
}

/// Sent at once: the id from which a client resumes that is cut off before its first event.
fn preamble(listener: &Listener) -> Bytes {
    format!("id: {}\nretry: {}\n\n", listener.start(), RETRY.as_millis()).into()
}

struct Reading {
    listener: Listener,
    ready: VecDeque<Bytes>,
    /// What the caller is told of, who is narrowed to tags.
    narrowed: Option<Narrowed>,
    /// Until when the credential is accepted, or the stream lasts at most.
    until: Instant,
    credential: Credential,
    edge: Data<Edge>,
    revoked: watch::Receiver<()>,
}

impl Reading {
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(chunk) = self.ready.pop_front() {
            return Some(chunk);
        }
        let keep_alive = Instant::now() + KEEP_ALIVE;
        loop {
            if Instant::now() >= self.until || self.edge.revocations.include(&self.credential) {
                return None;
            }
            let look_at = self.narrowed.as_ref().map_or(self.until, Narrowed::due);
            tokio::select! {
                event = self.listener.next() => {
                    let event = event?;
                    if self.narrowed.as_mut().is_none_or(|narrowed| narrowed.admits(&event)) {
                        return Some(event.to_bytes());
                    }
                }
                () = sleep_until(look_at) => {
                    if let Some(narrowed) = &mut self.narrowed {
                        // Without an answer the stream ends, and the client asks again.
                        let told = narrowed.look(&self.edge).await?;
                        self.ready.extend(told.iter().map(Event::to_bytes));
                        if let Some(chunk) = self.ready.pop_front() {
                            return Some(chunk);
                        }
                    }
                }
                () = sleep_until(keep_alive.min(self.until)) => {
                    if Instant::now() < self.until {
                        return Some(Bytes::from_static(b": still here\n\n"));
                    }
                }
                changed = self.revoked.changed() => changed.ok()?,
            }
        }
    }
}
