//! The service: its parts, how they are wired, and in which order they stop.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use fred::clients::{Client, SubscriberClient};
use fred::interfaces::ClientLike as _;
use http::HeaderValue;
use metrics_exporter_prometheus::PrometheusHandle;
use shared::http::connections::{self, Connections, KEEP_ALIVE};
use shared::http::request_id::identified;
use shared::kafka::{KafkaError, KafkaSettings, Producer};
use shared::ops::{self, Readiness};
use shared::shutdown::{self, CancellationToken};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::checker::Checker;
use crate::clock::Clock;
use crate::definitions::{self, ChangeListener, GainedShards, Loader};
use crate::egress::Egress;
use crate::heartbeats::Reader;
use crate::lease::{LeaseDependencies, Leases};
use crate::metrics::Metrics;
use crate::owned::OwnedShards;
use crate::probe::Network;
use crate::publish::{PendingRecord, Publisher};
use crate::schedule::{CheckDependencies, Scheduler};
use crate::settings::Settings;
use crate::stall::StallWatch;
use crate::target::Resolver;
use crate::{api, housekeeping, limits};

/// How long the last records may take to be acknowledged at shutdown.
const FLUSH_DEADLINE: Duration = Duration::from_secs(10);

/// How long a record waits for Kafka.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(600);

/// How long a batch of results waits for more: one batch per result and partition would cost more than the check.
const LINGER: Duration = Duration::from_millis(50);

/// How long the HTTP server and the Redis clients may take to stop.
const STOP_DEADLINE: Duration = Duration::from_secs(2);

/// Why a pinger cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The address is in use, or not one of this machine.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// The settings of Kafka cannot be used.
    #[error("cannot use Kafka: {0}")]
    Kafka(#[from] KafkaError),
    /// The settings of Redis cannot be used.
    #[error("cannot use Redis: {0}")]
    Redis(#[from] fred::error::Error),
    /// The system's name servers cannot be determined.
    #[error("cannot resolve names: {0}")]
    Dns(String),
    /// The user agent is not a valid header value.
    #[error("PROBE_USER_AGENT is not a valid header value")]
    UserAgent,
}

/// Why a pinger has stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Housekeeping does not start.
    #[error("the housekeeping does not start: {0}")]
    Housekeeping(#[from] tokio_cron_scheduler::JobSchedulerError),
    /// One of its tasks has ended.
    #[error("{0} has ended unexpectedly")]
    Ended(&'static str),
}

/// A pinger that is ready to run.
pub struct Service {
    address: SocketAddr,
    settings: Settings,
    server: Server,
    readiness: Readiness,
    redis: Client,
    subscriber: SubscriberClient,
    publisher: Arc<Publisher>,
    reports: JoinHandle<()>,
    /// Watch this machine as long as the pinger runs.
    watches: Vec<JoinHandle<()>>,
    leases: Leases,
    loader: Loader,
    changes: ChangeListener,
    reconcile: mpsc::Sender<()>,
    scheduler: Scheduler,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// Builds a pinger. Redis, Kafka and user-service need not be there yet.
///
/// # Errors
/// See [`BuildError`].
pub async fn build(settings: Settings, prometheus: PrometheusHandle) -> Result<Service, BuildError> {
    shared::install_crypto();
    let listener = TcpListener::bind(settings.http_addr)
        .and_then(|listener| Ok((listener.local_addr()?, listener)))
        .map_err(|error| BuildError::Listen(settings.http_addr, error))?;
    let (address, listener) = listener;
    let limits = limits::fit(settings.limits, settings.pingers);
    let clock = Clock::system();
    let metrics = Arc::new(Metrics::new());
    let readiness = Readiness::default();
    for part in ["redis", "kafka", "leases"] {
        readiness.phase(part, "starting");
    }

    let stalls = StallWatch::new();
    let resolver = Resolver::asking(&settings.name_servers);
    let resolver = resolver.map_err(|error| BuildError::Dns(error.to_string()))?;
    let watches = vec![
        tokio::spawn(stalls.clone().run()),
        tokio::spawn(resolver.clone().watch_name_servers()),
    ];
    let user_agent = HeaderValue::from_str(&settings.user_agent).map_err(|_| BuildError::UserAgent)?;
    let network = Network::new(resolver, settings.guard.clone(), user_agent);
    let checker = Arc::new(Checker::new(network, stalls.clone()));
    let (publisher, reports) = publisher(&settings, clock.clone(), Arc::clone(&metrics))?;
    let reports = tokio::spawn(Publisher::follow(
        Arc::downgrade(&publisher),
        reports,
        Arc::clone(&metrics),
        readiness.clone(),
    ));

    let redis = shared::redis::connect(&settings.redis)?;
    let subscriber = shared::redis::subscriber(&settings.redis)?;
    let owned = OwnedShards::new(settings.shards);
    let check_dependencies = CheckDependencies {
        checker: Arc::clone(&checker),
        publisher: Arc::clone(&publisher),
        egress: Egress::new(settings.egress_references.clone(), clock.clone()),
        clock: clock.clone(),
        stalls: stalls.clone(),
        metrics: Arc::clone(&metrics),
    };
    let reader = Reader {
        redis: redis.clone(),
        keys: settings.redis.keys(),
        partitions: settings.kafka.partitions(),
    };
    let (scheduler, schedule) = Scheduler::new(check_dependencies, owned.clone(), limits, reader);
    let gained = GainedShards::default();
    let (loader, changes, reconcile) = definitions::build(
        &settings,
        redis.clone(),
        subscriber.clone(),
        schedule.clone(),
        owned,
        gained.clone(),
        Arc::clone(&metrics),
    );
    let dependencies = LeaseDependencies {
        redis: redis.clone(),
        subscriber: subscriber.clone(),
        clock,
        schedule,
        gained,
        readiness: readiness.clone(),
        metrics,
        stalls,
    };
    let leases = Leases::new(&settings, dependencies);
    let state = web::Data::new(api::ApiState::new(checker, settings.internal_keys.clone()));
    let ops = ops::configure(readiness.clone(), prometheus);
    let connections = Connections::watched(KEEP_ALIVE);
    let server = HttpServer::new(move || {
        App::new()
            .wrap(from_fn(identified))
            .wrap(from_fn(connections::bounded))
            .configure(ops.clone())
            .configure(|config| api::configure(config, state.clone()))
    })
    .on_connect(connections.on_connect())
    .keep_alive(KEEP_ALIVE)
    .workers(2)
    .shutdown_timeout(STOP_DEADLINE.as_secs())
    .disable_signals()
    .listen(listener)
    .map_err(|error| BuildError::Listen(address, error))?
    .run();
    Ok(Service {
        address,
        settings,
        server,
        readiness,
        redis,
        subscriber,
        publisher,
        reports,
        watches,
        leases,
        loader,
        changes,
        reconcile,
        scheduler,
    })
}

fn publisher(
    settings: &Settings,
    clock: Clock,
    metrics: Arc<Metrics>,
) -> Result<(Arc<Publisher>, mpsc::Receiver<PendingRecord>), KafkaError> {
    let producer = Producer::lingering(&settings.kafka, DELIVERY_TIMEOUT, LINGER)?;
    let topic = settings.kafka.results_topic();
    let region = settings.place.region().to_owned();
    let (publisher, reports) = Publisher::new(producer, topic, region, clock, metrics);
    Ok((Arc::new(publisher), reports))
}

impl Service {
    /// Where health, metrics and the internal API are served.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The same as a URL for callers on this machine.
    pub fn url(&self) -> String {
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        format!("http://{address}")
    }

    /// Runs until `shutdown`, then drains: shards are handed over, checks in flight end, and the last
    /// records are flushed.
    ///
    /// # Errors
    /// When one of its tasks ends.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), RunError> {
        let server: ServerHandle = self.server.handle();
        let serving = tokio::spawn(self.server);
        let mut housekeeping = housekeeping::start(self.reconcile, self.settings.reconcile_interval).await?;
        let drain = CancellationToken::new();
        let mut scheduler = tokio::spawn(self.scheduler.run(drain.clone(), self.settings.drain_timeout));
        let mut leases = tokio::spawn(self.leases.run(shutdown.clone()));
        let loader = tokio::spawn(self.loader.run(shutdown.clone()));
        let changes = tokio::spawn(self.changes.run(shutdown.clone()));
        let kafka_wait = tokio::spawn(wait_for_kafka(
            self.settings.kafka.clone(),
            self.readiness.clone(),
        ));

        let broken = tokio::select! {
            _ = &mut leases => (!shutdown.is_cancelled()).then_some("the keeper of the leases"),
            _ = &mut scheduler => Some("the schedule"),
        };
        // The leases are released by now, and other pods check the shards.
        self.readiness.phase("leases", "draining");
        drain.cancel();
        if !scheduler.is_finished() {
            let _ = scheduler.await;
        }
        leases.abort();
        loader.abort();
        changes.abort();
        kafka_wait.abort();
        for watch in &self.watches {
            watch.abort();
        }
        self.publisher.flush(FLUSH_DEADLINE).await;
        drop(self.publisher);
        shutdown::within(STOP_DEADLINE, "delivery reports", async {
            let _ = self.reports.await;
        })
        .await;
        shutdown::within(STOP_DEADLINE, "housekeeping", async {
            let _ = housekeeping.shutdown().await;
        })
        .await;
        shutdown::within(STOP_DEADLINE * 2, "HTTP server", async {
            server.stop(true).await;
            let _ = serving.await;
        })
        .await;
        shutdown::within(STOP_DEADLINE, "Redis", async {
            let _ = self.subscriber.quit().await;
            let _ = self.redis.quit().await;
        })
        .await;
        match broken {
            Some(part) => Err(RunError::Ended(part)),
            None => Ok(()),
        }
    }
}

/// Marks Kafka as ready as soon as it answers; later the delivery reports do.
async fn wait_for_kafka(settings: KafkaSettings, readiness: Readiness) {
    loop {
        match settings.cluster_id().await {
            Ok(_) => {
                readiness.ok("kafka");
                return;
            }
            Err(error) => readiness.fail("kafka", error.to_string()),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
