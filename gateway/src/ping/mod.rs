//! Pings of heartbeats, as clients of healthchecks.io send them. A ping is route → target → kind → record → answer. It
//! needs no credential but the name of its heartbeat.

mod answer;
mod body;
mod duration;
mod parsed;
mod peers;
mod query;
mod record;
mod route;
mod take;
mod targets;

use actix_web::guard::fn_guard;
use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use domain::OrgId;
use fred::clients::Client;
use shared::kafka::{KafkaError, KafkaSettings, Producer};
use shared::permits::FairPermits;

use crate::Edge;
use answer::Refusal;
use query::Query;
use route::Name;
use take::{ANSWERED_WITHIN, Sent, take};
use targets::Targets;

/// Pings that wait for Kafka at a time, in fair shares of the organisations.
const IN_FLIGHT: usize = 8_192;

/// What taking pings needs.
pub(crate) struct Pings {
    targets: Targets,
    producer: Producer,
    topic: String,
    permits: FairPermits<OrgId>,
}

impl Pings {
    /// Kafka may still be away.
    ///
    /// # Errors
    /// When its settings cannot be used.
    pub(crate) fn new(kafka: &KafkaSettings) -> Result<Self, KafkaError> {
        Ok(Self {
            targets: Targets::default(),
            // Given up not long after it was answered that it was not taken.
            producer: Producer::new(kafka, ANSWERED_WITHIN)?,
            topic: kafka.results_topic(),
            permits: FairPermits::new(IN_FLIGHT),
        })
    }

    /// Waits for what is under way to Kafka.
    pub(crate) async fn finish(&self) {
        if let Err(error) = self.producer.flush(ANSWERED_WITHIN).await {
            tracing::warn!(%error, left = self.producer.in_flight(), "pings were not taken at shutdown");
        }
    }
}

/// A connection to Redis that a thread which answers requests has to itself: what it asks needs no other thread.
struct Nearest(Client);

impl Nearest {
    fn connect(edge: &Edge) -> Self {
        let own = shared::redis::connect(&edge.settings.redis);
        Self(own.unwrap_or_else(|_| edge.redis.clone()))
    }
}

/// Adds the addresses of pings, which come before all others: at a name of their own nothing else is answered. Called by
/// each thread that answers requests.
pub(crate) fn configure(edge: &Data<Edge>, config: &mut ServiceConfig) {
    config
        .app_data(Data::new(Nearest::connect(edge)))
        .service(web::resource("/ping/{ping:.*}").to(below_ping))
        .service(web::resource("/api/ping/{ping:.*}").to(below_ping))
        .service(web::resource("/api/push/{token}").to(peers::kuma))
        .service(web::resource("/api/v1/endpoints/{endpoint}/external").to(peers::gatus))
        .service(web::resource("/ext/heartbeat/{tag}/{secret}").to(peers::kener))
        .service(web::resource("/ext/heartbeat/{tag}").to(peers::old_kener));
    if edge.settings.hosts.has_ping_host() {
        let edge = edge.clone();
        let is_there = fn_guard(move |context| edge.settings.hosts.is_ping_host(context.head().headers()));
        config.service(web::resource("/{ping:.*}").guard(is_there).to(at_root));
    }
}

/// A ping at the name for pings alone.
async fn at_root(edge: Data<Edge>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let path = request.uri().path();
    let below = path.strip_prefix('/').unwrap_or(path);
    ping(&edge, &request, payload, below).await
}

/// A ping at `/ping/` or `/api/ping/`.
async fn below_ping(edge: Data<Edge>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let path = request.uri().path();
    let below = path.split_once("/ping/").map_or("", |(_, below)| below);
    ping(&edge, &request, payload, below).await
}

async fn ping(edge: &Edge, request: &HttpRequest, payload: Payload, path: &str) -> HttpResponse {
    if let Some(answer) = answer::to_method(request.method()) {
        return answer;
    }
    let query = Query(request.query_string());
    let taken = match route::parse(path) {
        Some((name, says)) => {
            let sent = Sent {
                create: matches!(name, Name::Slug { .. }) && query.creates(),
                run_id: query.run_id(),
                ..Sent::plain(name, says)
            };
            take(edge, request, payload, sent).await
        }
        None => Err(Refusal::NotFound),
    };
    answer::to_ping(taken, edge.settings.limits.ping_body_bytes)
}
