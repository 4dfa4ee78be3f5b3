//! Putting the service together, running it, and ending it in order.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Once};
use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App as WebApp, HttpServer};
use fred::clients::Client;
use fred::interfaces::ClientLike;
use metrics_exporter_prometheus::PrometheusHandle;
use shared::http::connections::{self, Connections, KEEP_ALIVE};
use shared::kafka::{KafkaError, Producer};
use shared::ops::{self, Readiness};
use shared::outgoing::Exchanges;
use shared::permits::FairPermits;
use shared::shutdown::{CancellationToken, within};
use tokio::sync::{Notify, mpsc};

use crate::announce;
use crate::app::App;
use crate::mail::{Delivery, Mailer, Room};
use crate::mirror::{self, Follower};
use crate::outbox::{self, Publisher};
use crate::passwords::Passwords;
use crate::providers::Providers;
use crate::queue;
use crate::settings::Settings;
use crate::simulations::Simulations;
use crate::sla::{self, Workshop};
use crate::status_pages::proof::Proofs;
use crate::status_pages::{self, StatusPages};
use crate::subscriptions::{Answers, Destinations, Notices};
use crate::{
    api, automatic_reports, baselines, deletion, drill_jobs, export, housekeeping, metrics,
    scheduled_sla_reports, undelivered,
};

/// Threads that serve requests.
const WORKERS: usize = 2;

/// Heartbeats that are made by their first pings at a time: fewer than there are connections for requests.
const FIRST_PINGS: usize = 4;

/// Connections to the database for what recurs, beside those of the pool for requests.
const JOB_CONNECTIONS: usize = 2;

/// Connections to the database for what status pages show, each of which makes one document at a time.
const PAGE_CONNECTIONS: usize = 2;

/// How long a destination of a status page may take to answer.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);

/// How long requests may take to end when the service ends.
const DRAIN_SECONDS: u64 = 6;

/// How long the outbox may take to get empty when the service ends.
const OUTBOX_DRAIN: Duration = Duration::from_secs(5);

/// How long the mails under way may take when the service ends. Those that are broken off may go out again.
const MAILS_DRAIN: Duration = Duration::from_secs(3);

/// How long the announcements that wait may take when the service ends.
const ANNOUNCEMENTS_DRAIN: Duration = Duration::from_secs(2);

/// How long the step of a deletion that is under way may take when the service ends.
const DELETIONS_DRAIN: Duration = Duration::from_secs(1);

/// How often the database is asked whether it is there.
const READINESS_PERIOD: Duration = Duration::from_secs(2);

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The address is taken, or not ours.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// The database's settings cannot be used.
    #[error(transparent)]
    Postgres(#[from] shared::postgres::ConnectError),
    /// Redis's settings cannot be used.
    #[error("cannot use Redis: {0}")]
    Redis(#[from] fred::error::Error),
    /// Kafka's settings cannot be used.
    #[error("cannot use Kafka: {0}")]
    Kafka(#[from] KafkaError),
}

/// Why the service ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The HTTP server broke off.
    #[error("the HTTP server ended: {0}")]
    Server(std::io::Error),
    /// The recurring jobs could not be started.
    #[error("cannot start the recurring jobs: {0}")]
    Jobs(#[from] tokio_cron_scheduler::JobSchedulerError),
}

/// user-service, listening and not yet answering.
#[derive(Debug)]
pub struct Service {
    listener: TcpListener,
    local_addr: SocketAddr,
    metrics: PrometheusHandle,
    readiness: Readiness,
    app: Arc<App>,
    publisher: Publisher,
    follower: Follower,
    announcements: announce::Publisher,
    changes: mpsc::Receiver<domain::MonitorId>,
    pages: status_pages::Publisher,
    external_pages: status_pages::ExternalPages,
}

/// Puts the service together. It connects when it is first used, so it starts while the stores are away.
///
/// # Errors
/// See [`BuildError`].
pub async fn build(settings: Settings, metrics: PrometheusHandle) -> Result<Service, BuildError> {
    let listen = |error| BuildError::Listen(settings.http_addr, error);
    let listener = TcpListener::bind(settings.http_addr).map_err(listen)?;
    let local_addr = listener.local_addr().map_err(listen)?;
    metrics::describe();
    let pool = shared::postgres::pool(
        &settings
            .postgres
            .clone()
            .with_statements_within(api::STATEMENT_WITHIN),
    )?;
    let export_pool = shared::postgres::pool(&settings.postgres.clone().patient().with_max_connections(1))?;
    let sla_pool = shared::postgres::pool(&settings.postgres.clone().with_max_connections(sla::PLACES))?;
    let page_pool =
        shared::postgres::pool(&settings.postgres.clone().with_max_connections(PAGE_CONNECTIONS))?;
    let baseline_pool = shared::postgres::pool(&settings.postgres.clone().with_max_connections(1))?;
    let jobs = shared::postgres::pool(&settings.postgres.with_max_connections(JOB_CONNECTIONS))?;
    let redis: Client = shared::redis::connect(&settings.redis)?;
    let producer = Producer::new(&settings.kafka, outbox::DELIVERY_TIMEOUT)?;
    let (mirror, changes) = mirror::channel();
    let (announcer, queue) = announce::channel();
    let announcements = announce::Publisher {
        redis: redis.clone(),
        keys: settings.redis.keys(),
        queue,
    };
    let wake = Arc::new(Notify::new());
    let publisher = Publisher {
        pool: pool.clone(),
        producer,
        topic: settings.kafka.results_topic(),
        wake: Arc::clone(&wake),
    };
    let follower = Follower {
        pool: pool.clone(),
        redis: redis.clone(),
        keys: settings.redis.keys(),
        keyring: settings.keyring.clone(),
        shards: settings.shards,
    };
    let providers = Providers::new(settings.providers, &settings.public_url);
    let proofs = Proofs::new(settings.domain_name_server);
    let takes_subscribers = !matches!(settings.delivery, Delivery::Nowhere);
    let status_pages = Arc::new(StatusPages::new(
        settings.pages_url,
        &settings.public_url,
        takes_subscribers,
        proofs,
    ));
    let mailer = Arc::new(Mailer {
        delivery: settings.delivery,
        keyring: settings.keyring.clone(),
        public_url: settings.public_url,
        missed: Once::new(),
        wake: Arc::default(),
    });
    if mailer.links_lead_nowhere() {
        tracing::warn!(
            public_url = mailer.public_url,
            "who gets mails cannot follow links there from another machine: set PUBLIC_URL to the address of the dashboard"
        );
    }
    let pages = status_pages::Publisher::new(
        Arc::clone(&status_pages),
        page_pool,
        redis.clone(),
        settings.redis.keys(),
    );
    let outgoing = Exchanges::new(&settings.target_guard, ANSWERED_WITHIN);
    let external_pages =
        status_pages::ExternalPages::new(Arc::clone(&status_pages), jobs.clone(), &settings.target_guard);
    let app = App {
        pool,
        jobs,
        baselines: baseline_pool,
        export_pool,
        redis,
        redis_keys: settings.redis.keys(),
        keyring: settings.keyring,
        internal_keys: settings.internal_keys,
        token_key: settings.token_key,
        target_guard: settings.target_guard,
        passwords: Passwords::new(),
        providers,
        mirror,
        announcer,
        mailer,
        status_pages,
        outgoing,
        answers: Arc::default(),
        outbox: wake,
        deletions: Notify::new(),
        exports: Notify::new(),
        automatic_reports: Notify::new(),
        deletion_days: settings.deletion_days,
        shards: settings.shards,
        regions: settings.regions,
        registration: settings.registration,
        session_days: settings.session_days,
        cookie_secure: settings.cookie_secure,
        plans: settings.plans,
        verify_recipients: settings.verify_recipients,
        seal_monitors: settings.seal_monitors,
        sla: Workshop {
            pool: sla_pool,
            permits: FairPermits::new(sla::PLACES),
        },
        simulations: Simulations::new(),
        first_pings: FairPermits::new(FIRST_PINGS),
        searches: FairPermits::new(crate::rules::search::PLACES),
        as_of: FairPermits::new(crate::rules::as_of::PLACES),
    };
    Ok(Service {
        listener,
        local_addr,
        metrics,
        readiness: Readiness::default(),
        app: Arc::new(app),
        publisher,
        follower,
        announcements,
        changes,
        pages,
        external_pages,
    })
}

impl Service {
    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// How a process on this machine reaches it.
    pub fn url(&self) -> String {
        let mut address = self.local_addr;
        if address.ip().is_unspecified() {
            address.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        format!("http://{address}")
    }

    /// Serves until `shutdown`, then finishes the requests under way and empties the outbox.
    ///
    /// # Errors
    /// See [`RunError`].
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), RunError> {
        let stop = CancellationToken::new();
        let (data, readiness, metrics) = (
            Data::from(Arc::clone(&self.app)),
            self.readiness.clone(),
            self.metrics,
        );
        let server = HttpServer::new(move || {
            WebApp::new()
                .app_data(data.clone())
                .wrap(from_fn(api::admit))
                .wrap(from_fn(connections::bounded))
                .configure(ops::configure(readiness.clone(), metrics.clone()))
                .configure(api::configure)
        })
        .on_connect(Connections::watched(KEEP_ALIVE).on_connect())
        .keep_alive(KEEP_ALIVE)
        .workers(WORKERS)
        .disable_signals()
        .shutdown_timeout(DRAIN_SECONDS)
        .listen(self.listener)
        .map_err(RunError::Server)?
        .run();
        let handle = server.handle();
        let mut serving = tokio::spawn(server);
        let mut jobs = housekeeping::start(Arc::clone(&self.app)).await?;
        let mut publishing = tokio::spawn(self.publisher.run(stop.clone()));
        let mut announcing = tokio::spawn(self.announcements.run(stop.clone()));
        let room = Room {
            pool: self.app.jobs.clone(),
            mailer: Arc::clone(&self.app.mailer),
        };
        let mut mailing = tokio::spawn(send_all(room, Arc::clone(&self.app), stop.clone()));
        let paging = tokio::spawn(self.pages.run(stop.clone()));
        let reading = tokio::spawn(self.external_pages.run(stop.clone()));
        let exporting = tokio::spawn(export::run(Arc::clone(&self.app), stop.clone()));
        let making_reports = tokio::spawn(scheduled_sla_reports::run(Arc::clone(&self.app), stop.clone()));
        let drilling = tokio::spawn(drill_jobs::run(Arc::clone(&self.app), stop.clone()));
        let mut deleting = tokio::spawn(deletion::run(Arc::clone(&self.app), stop.clone()));
        let reporting = tokio::spawn(automatic_reports::run(Arc::clone(&self.app), stop.clone()));
        let passing_on = tokio::spawn(undelivered::run(Arc::clone(&self.app), stop.clone()));
        let comparing = tokio::spawn(baselines::run(Arc::clone(&self.app), stop.clone()));
        let following = tokio::spawn(self.follower.run(self.changes));
        let watching = tokio::spawn(watch(Arc::clone(&self.app), self.readiness.clone()));

        let ended = tokio::select! {
            () = shutdown.cancelled() => Ok(()),
            ended = &mut serving => Err(RunError::Server(match ended {
                Ok(Err(error)) => error,
                Ok(Ok(())) => std::io::Error::other("it stopped"),
                Err(panic) => std::io::Error::other(panic),
            })),
        };
        watching.abort();
        self.readiness.fail("server", "draining");
        handle.stop(true).await;
        if let Err(error) = jobs.shutdown().await {
            tracing::warn!(%error, "the recurring jobs did not end");
        }
        stop.cancel();
        // What Kafka does not take until then stays in the outbox.
        if !within(OUTBOX_DRAIN, "outbox", async {
            let _ = (&mut publishing).await;
        })
        .await
        {
            publishing.abort();
        }
        if !within(ANNOUNCEMENTS_DRAIN, "announcements", async {
            let _ = (&mut announcing).await;
        })
        .await
        {
            announcing.abort();
        }
        if !within(MAILS_DRAIN, "mails", async {
            let _ = (&mut mailing).await;
        })
        .await
        {
            mailing.abort();
        }
        // A step that is broken off is done again.
        if !within(DELETIONS_DRAIN, "deletions", async {
            let _ = (&mut deleting).await;
        })
        .await
        {
            deleting.abort();
        }
        // What they were at is begun anew by another pod.
        exporting.abort();
        making_reports.abort();
        drilling.abort();
        reporting.abort();
        passing_on.abort();
        comparing.abort();
        // What it has taken, another one takes when its lease is over.
        paging.abort();
        reading.abort();
        following.abort();
        let _ = self.app.redis.quit().await;
        ended
    }
}

/// Sends what waits in all queues, each for itself.
async fn send_all(room: Room, app: Arc<App>, stop: CancellationToken) {
    let posting = queue::run(Destinations::new(Arc::clone(&app)), Arc::default(), stop.clone());
    if !app.mailer.is_set() {
        return posting.await;
    }
    tokio::join!(
        queue::run(room, Arc::clone(&app.mailer.wake), stop.clone()),
        queue::run(Answers(Arc::clone(&app)), Arc::clone(&app.answers), stop.clone()),
        queue::run(Notices::new(Arc::clone(&app)), Arc::default(), stop),
        posting,
    );
}

/// Keeps readiness current.
async fn watch(app: Arc<App>, readiness: Readiness) {
    loop {
        let asked = async {
            let client = app.pool.get().await.map_err(|error| error.to_string())?;
            let answer = client.simple_query("SELECT 1").await;
            answer
                .map(|_| ())
                .map_err(|error| shared::postgres::describe(&error))
        };
        match tokio::time::timeout(READINESS_PERIOD, asked).await {
            Ok(Ok(())) => readiness.ok("database"),
            Ok(Err(why)) => readiness.fail("database", why),
            Err(_) => readiness.fail("database", "does not answer"),
        }
        tokio::time::sleep(READINESS_PERIOD).await;
    }
}
