//! Taking a ping: it counts once Kafka has acknowledged its record, and is answered within two seconds of its arrival.

use std::time::{Duration, Instant};

use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;
use actix_web::web::{Data, Payload};
use domain::Record;
use domain::heartbeat::TAKEN_WITHIN_MS;
use domain::record::PingRequest;
use uuid::Uuid;

use super::Nearest;
use super::answer::{Refusal, Taken};
use super::body;
use super::record::{self, Heard};
use super::route::{Name, Says};
use super::targets::Found;
use crate::client::{client_address, client_prefix};
use crate::{Edge, metrics};

/// How long after its arrival a ping may be answered that it was taken. Whoever looks for overdue heartbeats counts on
/// it.
pub(super) const ANSWERED_WITHIN: Duration = Duration::from_millis(TAKEN_WITHIN_MS.unsigned_abs());

/// Characters that are kept of the name of a program.
const USER_AGENT_CHARS: usize = 200;

/// The longest method that is noted, in bytes.
const METHOD_BYTES: usize = 16;

/// What a request says.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) name: Name,
    /// Whether the heartbeat is to be made where it is missing.
    pub(super) create: bool,
    pub(super) says: Says,
    pub(super) run_id: Result<Option<Uuid>, Refusal>,
    pub(super) latency_ms: Result<Option<u32>, Refusal>,
    pub(super) message: Option<String>,
}

impl Sent {
    /// What says nothing but how the job fares.
    pub(super) fn plain(name: Name, says: Says) -> Self {
        Self {
            name,
            create: false,
            says,
            run_id: Ok(None),
            latency_ms: Ok(None),
            message: None,
        }
    }
}

/// Takes a ping.
///
/// # Errors
/// See [`Refusal`]; nothing was recorded then, or nothing of which that is known.
pub(super) async fn take(
    edge: &Edge,
    request: &HttpRequest,
    payload: Payload,
    sent: Sent,
) -> Result<Taken, Refusal> {
    let taken = take_uncounted(edge, request, payload, sent).await;
    if let Err(refusal) = taken {
        metrics::ping_refused(refusal.status().as_u16());
    }
    taken
}

async fn take_uncounted(
    edge: &Edge,
    request: &HttpRequest,
    payload: Payload,
    sent: Sent,
) -> Result<Taken, Refusal> {
    if let Some(wait) = edge.limits.ping_from(client_prefix(edge, request)) {
        return Err(Refusal::TooMany(wait));
    }
    if sent.name.is_malformed() {
        return Err(Refusal::Url);
    }
    let body = body::read(payload, edge.settings.limits.ping_body_bytes).await?;
    tokio::time::timeout(ANSWERED_WITHIN, record(edge, request, body, sent))
        .await
        .unwrap_or(Err(Refusal::NotNow))
}

/// Records a ping that has just arrived.
async fn record(edge: &Edge, request: &HttpRequest, body: body::Body, sent: Sent) -> Result<Taken, Refusal> {
    let (at, began) = (shared::now(), Instant::now());
    let pings = &edge.pings;
    let nearest = request.app_data::<Data<Nearest>>();
    let redis = nearest.map_or(&edge.redis, |nearest| &nearest.0);
    let found = match pings.targets.find(edge, redis, sent.name, sent.create).await {
        Ok(found) => Some(found),
        Err(Refusal::Ambiguous) => None,
        Err(refusal) => return Err(refusal),
    };
    let exit_status = sent.says.exit_status.map(u8::try_from).transpose();
    let exit_status = exit_status.map_err(|_| Refusal::Url)?;
    let (run_id, latency_ms) = (sent.run_id?, sent.latency_ms?);
    let Found { target, created } = found.ok_or(Refusal::Ambiguous)?;
    let monitor = target.monitor_id;
    if let Some(wait) = edge.limits.ping_of(monitor.0, target.org_id.0) {
        return Err(Refusal::TooMany(wait));
    }
    let _permit = pings.permits.try_take(target.org_id).ok_or(Refusal::NotNow)?;
    let heard = Heard {
        at,
        id: Uuid::now_v7(),
        says: sent.says,
        exit_status,
        run_id,
        latency_ms,
        message: sent.message,
        is_post: request.method() == actix_web::http::Method::POST,
        body,
        request: how(edge, request),
    };
    let ping = record::of(heard, &target, &edge.settings.keyring);
    let kind = ping.kind;
    let payload = Record::Ping(Box::new(ping)).encode();
    let sent = pings.producer.send(&pings.topic, &monitor.to_string(), &payload);
    let acknowledged = match sent {
        Ok(acknowledged) => acknowledged.await,
        Err(error) => Err(error),
    };
    if let Err(error) = acknowledged {
        tracing::debug!(%error, "a ping was not taken");
        return Err(Refusal::NotNow);
    }
    metrics::pinged(kind, began.elapsed());
    Ok(Taken { created })
}

/// How a request came.
fn how(edge: &Edge, request: &HttpRequest) -> PingRequest {
    let user_agent = request.headers().get(USER_AGENT);
    let method = request.method().as_str();
    PingRequest {
        scheme: scheme(edge, request).to_owned(),
        method: method[..method.len().min(METHOD_BYTES)].to_owned(),
        address: Some(client_address(edge, request).to_string()),
        user_agent: user_agent.map(|value| {
            let text = String::from_utf8_lossy(value.as_bytes());
            text.chars().take(USER_AGENT_CHARS).collect()
        }),
        sealed_body: None,
        body_bytes: 0,
    }
}

/// By which scheme a request came to the first proxy, where one that is trusted says so; we ourselves have no TLS.
fn scheme(edge: &Edge, request: &HttpRequest) -> &'static str {
    let peer = request.peer_addr();
    if !peer.is_some_and(|peer| edge.settings.proxies.is_proxy(peer.ip())) {
        return "http";
    }
    let told = request.headers().get("x-forwarded-proto");
    let told = told.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let first = told.split(',').next().unwrap_or_default().trim();
    match first.eq_ignore_ascii_case("https") {
        true => "https",
        false => "http",
    }
}
