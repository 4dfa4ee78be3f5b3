//! The edge: it verifies credentials, passes requests on to user-service, answers live status from Redis,
//! takes pings of heartbeats, and serves the dashboard. It has no database.

mod api_keys;
mod authenticate;
mod badges;
mod channel_test;
mod check;
mod client;
mod cors;
mod credential;
mod dashboard;
mod docs;
mod edge;
mod encoding;
mod hosts;
mod limits;
mod live;
mod metrics;
mod pages;
mod ping;
mod proxy;
mod public;
mod revocations;
mod revoked_keys;
mod routes;
mod seen;
mod sessions;
mod settings;
mod slack;
mod stream;
mod token_paths;
mod unavailable;
mod whatsapp;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use fred::clients::Client;
use fred::interfaces::ClientLike as _;
use metrics_exporter_prometheus::PrometheusHandle;
use shared::http::client::ServiceClient;
use shared::http::connections::{self, Connections, KEEP_ALIVE};
use shared::kafka::KafkaError;
use shared::ops::{self, Readiness};
use shared::redis::Keys;
use shared::shutdown::{CancellationToken, within};

pub use cors::Origins;
pub use hosts::Hosts;
pub use settings::{Limits, PagesSettings, Settings};

use crate::pages::Pages;
use api_keys::ApiKeys;
use limits::RateLimits;
use ping::Pings;
use revocations::Revocations;
use seen::Seen;
use stream::Hub;

/// How long user-service may take for an answer; its own statements end before.
const UPSTREAM_TIMEOUT: Duration = Duration::from_secs(12);

/// The largest answer of user-service, in bytes: a page of monitors, whose bodies and headers are part of it.
const MAX_ANSWER_BYTES: usize = 32 * 1024 * 1024;

/// How long the drain may take.
const DRAIN: Duration = Duration::from_secs(15);

/// Why the gateway does not start or ended.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The address is taken, or not ours.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// The Redis settings cannot be used.
    #[error("cannot use Redis: {0}")]
    Redis(#[from] fred::error::Error),
    /// The Kafka settings cannot be used.
    #[error("cannot use Kafka: {0}")]
    Kafka(#[from] KafkaError),
    /// A server ended by itself.
    #[error("the HTTP server ended: {0}")]
    Serve(#[from] std::io::Error),
}

/// What every request handler may use.
struct Edge {
    settings: Settings,
    upstream: ServiceClient,
    redis: Client,
    keys: Keys,
    hub: Hub,
    limits: RateLimits,
    revocations: Revocations,
    api_keys: ApiKeys,
    seen: Seen,
    pings: Pings,
    pages: Option<Pages>,
}

/// A gateway that listens already.
pub struct Service {
    edge: Arc<Edge>,
    readiness: Readiness,
    public: TcpListener,
    ops: TcpListener,
    metrics: PrometheusHandle,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service")
            .field("public", &self.public)
            .field("ops", &self.ops)
            .finish_non_exhaustive()
    }
}

/// Builds the gateway and binds its addresses. Stores and services may still be away.
///
/// # Errors
/// See [`GatewayError`].
pub async fn build(settings: Settings, metrics: PrometheusHandle) -> Result<Service, GatewayError> {
    if let Some(doubt) = settings.hosts.doubt(settings.http_addr.ip()) {
        tracing::warn!("{doubt}");
    }
    metrics::describe();
    let listen = |address| TcpListener::bind(address).map_err(|error| GatewayError::Listen(address, error));
    let (public, ops) = (listen(settings.http_addr)?, listen(settings.ops_addr)?);
    let redis = shared::redis::connect(&settings.redis)?;
    let keys = settings.redis.keys();
    let hub = Hub::new(
        shared::redis::connect(&settings.redis)?,
        keys.clone(),
        settings.limits.streams_per_org,
    );
    let pages = settings.pages.as_ref().map(|pages| {
        let keyring = settings.keyring.clone();
        Pages::new(pages, redis.clone(), keys.clone(), keyring)
    });
    let edge = Edge {
        upstream: ServiceClient::new(UPSTREAM_TIMEOUT).with_max_answer(MAX_ANSWER_BYTES),
        redis,
        keys,
        hub,
        limits: RateLimits::new(&settings.limits),
        revocations: Revocations::default(),
        api_keys: ApiKeys::default(),
        seen: Seen::default(),
        pings: Pings::new(&settings.kafka)?,
        pages,
        settings,
    };
    Ok(Service {
        edge: Arc::new(edge),
        readiness: Readiness::default(),
        public,
        ops,
        metrics,
    })
}

impl Service {
    /// Where metrics and health are.
    pub fn ops_url(&self) -> String {
        let port = self.ops.local_addr().map_or(0, |address| address.port());
        format!("http://{}:{port}", Ipv4Addr::LOCALHOST)
    }

    /// Where the API and the dashboard are.
    pub fn url(&self) -> String {
        let port = self.public.local_addr().map_or(0, |address| address.port());
        format!("http://{}:{port}", Ipv4Addr::LOCALHOST)
    }

    /// Serves until the token is cancelled, then ends the live streams and lets requests finish.
    ///
    /// # Errors
    /// When a server ends by itself.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), GatewayError> {
        let Self {
            edge,
            readiness,
            public,
            ops,
            metrics,
        } = self;
        let stopping = CancellationToken::new();
        let (public, connections) = public::serve(public, Arc::clone(&edge), readiness.clone())?;
        let ops = serve_ops(ops, Arc::clone(&edge), readiness.clone(), metrics)?;
        let handles = [public.handle(), ops.handle()];
        let mut servers = [tokio::spawn(public), tokio::spawn(ops)];
        // Redis or user-service may be away: each takes only a part of the service with it.
        readiness.ok("http");
        let reader = tokio::spawn(edge.hub.clone().run(stopping.clone()));
        let revoked = tokio::spawn(revocations::follow(Arc::clone(&edge), stopping.clone()));
        let changes = tokio::spawn(crate::pages::follow(Arc::clone(&edge), stopping.clone()));
        let rounds = tokio::spawn(crate::pages::make_rounds(Arc::clone(&edge), stopping.clone()));
        let views = tokio::spawn(crate::pages::count_views(Arc::clone(&edge), stopping.clone()));
        let counts = tokio::spawn({
            let (edge, stopping) = (Arc::clone(&edge), stopping.clone());
            async move { edge.limits.exchange(&edge.redis, &edge.keys, &stopping).await }
        });

        let [public, ops] = &mut servers;
        let ended = tokio::select! {
            () = shutdown.cancelled() => None,
            ended = public => Some(ended),
            ended = ops => Some(ended),
        };
        readiness.fail("shutdown", "the gateway is stopping");
        stopping.cancel();
        connections.end_idle();
        within(DRAIN, "requests", stop(&handles)).await;
        edge.pings.finish().await;
        let _ = reader.await;
        let _ = revoked.await;
        let _ = counts.await;
        let _ = changes.await;
        let _ = rounds.await;
        let _ = views.await;
        let _ = edge.redis.quit().await;
        match ended {
            Some(Ok(Err(error))) => Err(error.into()),
            Some(Err(error)) => Err(std::io::Error::other(error).into()),
            Some(Ok(Ok(()))) | None => Ok(()),
        }
    }
}

async fn stop(handles: &[ServerHandle; 2]) {
    for handle in handles {
        handle.stop(true).await;
    }
}

fn serve_ops(
    listener: TcpListener,
    edge: Arc<Edge>,
    readiness: Readiness,
    metrics: PrometheusHandle,
) -> std::io::Result<Server> {
    let edge = Data::from(edge);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(edge.clone())
            .wrap(from_fn(connections::bounded))
            .configure(crate::pages::configure_ops)
            .configure(ops::configure(readiness.clone(), metrics.clone()))
    });
    Ok(server
        .on_connect(Connections::watched(KEEP_ALIVE).on_connect())
        .keep_alive(KEEP_ALIVE)
        .workers(1)
        .disable_signals()
        .listen(listener)?
        .run())
}
