//! The service: what it is made of, how it runs and how it stops.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, HttpServer, web};
use deadpool_postgres::Pool;
use intake::{DeadLetters, Intake, Limits, Offsets};
use metrics_exporter_prometheus::PrometheusHandle;
use shared::http::connections::{self, Connections, KEEP_ALIVE};
use shared::kafka::{Consumer, KafkaError, Start};
use shared::ops::{Readiness, Work};
use shared::shutdown::{CancellationToken, within};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::consume::{
    self, ALERT_EVENTS_GROUP, AlertEvents, DatabaseRetry, Opening, QUEUE, RESULTS_GROUP, Storing,
};
use crate::export::{Export, keep_uptime};
use crate::housekeeping::{Housekeeping, HousekeepingError};
use crate::live::{self, Folded, LiveWriter, Publisher, Stale, Telling};
use crate::settings::Settings;
use crate::store::{Directory, Store};
use crate::{metrics, watch};

/// How long leaving a consumer group may take, and ending what does not end by itself.
const LEAVE_WITHIN: Duration = Duration::from_secs(5);

/// Why the service could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The address is taken or not ours.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// The settings of PostgreSQL cannot be used.
    #[error(transparent)]
    Postgres(#[from] shared::postgres::ConnectError),
    /// The settings of Redis cannot be used.
    #[error("Redis: {0}")]
    Redis(#[from] fred::error::Error),
    /// The settings of Kafka cannot be used.
    #[error("Kafka: {0}")]
    Kafka(#[from] KafkaError),
}

/// Why the service ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The recurring jobs cannot be scheduled.
    #[error(transparent)]
    Housekeeping(#[from] HousekeepingError),
    /// The server for health and metrics has failed.
    #[error("the server for health and metrics: {0}")]
    Server(#[from] std::io::Error),
    /// A part of it has ended.
    #[error("a part of the processor has ended by itself")]
    Ended,
}

/// The processor, ready to run.
#[derive(Debug)]
pub struct Service {
    settings: Settings,
    pool: Pool,
    writer: LiveWriter,
    results: Consumer,
    alert_events: Consumer,
    listener: TcpListener,
    local_addr: SocketAddr,
    readiness: Readiness,
    prometheus: PrometheusHandle,
}

/// Builds the service: it listens already, and joins its groups. Nothing needs to be reachable yet.
///
/// # Errors
/// When the settings cannot be used.
pub async fn build(settings: Settings, prometheus: PrometheusHandle) -> Result<Service, BuildError> {
    let listen = |error| BuildError::Listen(settings.http_addr, error);
    let listener = TcpListener::bind(settings.http_addr).map_err(listen)?;
    let local_addr = listener.local_addr().map_err(listen)?;
    metrics::describe();
    let readiness = Readiness::default();
    readiness.fail("database", "not reached yet");
    readiness.fail("kafka", "not reached yet");
    let kafka = &settings.kafka;
    let subscribe = |group, topic: String| Consumer::subscribe(kafka, group, &[&topic], Start::Earliest);
    Ok(Service {
        pool: shared::postgres::pool(&settings.postgres)?,
        writer: LiveWriter::new(shared::redis::connect(&settings.redis)?, settings.redis.keys()),
        results: subscribe(RESULTS_GROUP, kafka.results_topic())?,
        alert_events: subscribe(ALERT_EVENTS_GROUP, kafka.alert_events_topic())?,
        listener,
        local_addr,
        readiness,
        prometheus,
        settings,
    })
}

impl Service {
    /// Where health and metrics are served.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// The base URL of health and metrics.
    pub fn url(&self) -> String {
        format!("http://{}", self.local_addr)
    }

    /// Runs until `shutdown`, then finishes the current batch and commits it.
    ///
    /// # Errors
    /// When a part of it ends before the shutdown.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), RunError> {
        tracing::info!(url = self.url(), "serving health and metrics");
        let stop = shutdown.child_token();
        let store = Arc::new(Store::new(self.pool.clone()));
        let export = Export::new(self.settings.metrics_per_monitor, self.results.assignments());
        let (results, alert_events) = (Arc::new(self.results), Arc::new(self.alert_events));
        let kafka = &self.settings.kafka;
        let dead_letters = DeadLetters::new(
            kafka,
            kafka.dead_letter_topic(),
            metrics::dead_letter,
            stop.clone(),
        )
        .map_err(std::io::Error::other)?;
        let server = serve(
            self.listener,
            self.readiness.clone(),
            self.prometheus,
            export.clone(),
        )?;
        let stale = Stale::default();
        let patience = self.settings.stalled_after();
        let results_work = self.readiness.work("results", patience);
        let alert_events_work = self.readiness.work("alert_events", patience);
        let mut tasks = JoinSet::new();

        let (batches, batches_in) = mpsc::channel(QUEUE);
        let (stored, stored_in) = mpsc::channel(QUEUE);
        let database = |work: &Work| DatabaseRetry {
            readiness: self.readiness.clone(),
            work: work.clone(),
            shutdown: stop.clone(),
        };
        let results_offsets = Offsets::new(Arc::clone(&results), kafka.results_topic());
        let limits = Limits {
            max: self.settings.batch_max,
            linger: self.settings.batch_linger,
        };
        let opening = Opening {
            kafka: kafka.clone(),
            offsets: results_offsets.clone(),
            retention_ms: self.settings.results_retention_ms(),
            limits,
            dead_letters: dead_letters.clone(),
            park: self.settings.park,
            directory: Directory::new(self.pool.clone()),
            database: database(&results_work),
        };
        tasks.spawn(opening.run(batches));
        let storing = Storing {
            store: Arc::clone(&store),
            dead_letters: dead_letters.clone(),
            export: export.clone(),
            database: database(&results_work),
        };
        tasks.spawn(consume::store(storing, batches_in, stored));
        let publisher = Publisher::new(self.writer.clone(), stale.clone());
        let folded = Folded::default();
        tasks.spawn(consume::publish(
            publisher,
            folded.clone(),
            results_offsets,
            stored_in,
        ));
        let ends = kafka
            .ends(&kafka.results_topic())
            .map_err(std::io::Error::other)?;
        let telling = Telling {
            folded,
            writer: self.writer.clone(),
            stale: stale.clone(),
            store: Arc::clone(&store),
            kafka: kafka.clone(),
            ends,
            assigned: results.assigned(),
            export: export.clone(),
        };
        tasks.spawn(telling.run(stop.clone()));
        let alert_events_intake = Intake::new(
            Offsets::new(Arc::clone(&alert_events), kafka.alert_events_topic()),
            intake::AlertEvents,
            AlertEvents::LIMITS,
            dead_letters,
            stop.clone(),
        );
        let storing_alert_events = AlertEvents {
            store: Arc::clone(&store),
            directory: Directory::new(self.pool.clone()),
            database: database(&alert_events_work),
        };
        tasks.spawn(alert_events_intake.run(storing_alert_events, alert_events_work.clone()));
        let (repairing, stopping) = (Arc::clone(&store), stop.clone());
        tasks.spawn(async move { live::watch(&repairing, &self.writer, &stale, &stopping).await });
        let groups = [
            watch::Group {
                label: "results",
                name: RESULTS_GROUP,
                topic: kafka.results_topic(),
                member: results.assigned(),
                work: results_work,
            },
            watch::Group {
                label: "alert_events",
                name: ALERT_EVENTS_GROUP,
                topic: kafka.alert_events_topic(),
                member: alert_events.assigned(),
                work: alert_events_work,
            },
        ];
        tasks.spawn(watch::lag(
            kafka.clone(),
            groups,
            self.readiness.clone(),
            stop.clone(),
        ));
        tasks.spawn(watch::database(
            self.pool.clone(),
            self.readiness.clone(),
            stop.clone(),
        ));
        tasks.spawn(keep_uptime(export, Arc::clone(&store), stop.clone()));
        let housekeeping = Housekeeping::start(self.pool.clone(), &self.settings).await;

        let ended = match housekeeping {
            Ok(housekeeping) => {
                let first = tasks.join_next().await;
                let early = !stop.is_cancelled() || first.is_some_and(|ended| ended.is_err());
                stop.cancel();
                within(LEAVE_WITHIN, "housekeeping", housekeeping.stop()).await;
                if early { Err(RunError::Ended) } else { Ok(()) }
            }
            Err(error) => {
                stop.cancel();
                Err(error.into())
            }
        };
        let drained = within(self.settings.drain_within, "processor", async {
            while tasks.join_next().await.is_some() {}
        });
        if !drained.await {
            // Nothing of it was committed: it is read again.
            within(LEAVE_WITHIN, "broken-off work", tasks.shutdown()).await;
        }
        for consumer in [results, alert_events] {
            if let Some(consumer) = Arc::into_inner(consumer) {
                consumer.close(LEAVE_WITHIN).await;
            }
        }
        server.stop(true).await;
        ended
    }
}

fn serve(
    listener: TcpListener,
    readiness: Readiness,
    prometheus: PrometheusHandle,
    export: Export,
) -> std::io::Result<ServerHandle> {
    let configure = shared::ops::configure_health(readiness);
    let scrape = move || {
        let text = shared::ops::exposition(&prometheus) + &export.render();
        async move {
            HttpResponse::Ok()
                .content_type("text/plain; version=0.0.4; charset=utf-8")
                .body(text)
        }
    };
    let app = move || {
        App::new()
            .wrap(from_fn(connections::bounded))
            .configure(configure.clone())
            .route("/metrics", web::get().to(scrape.clone()))
    };
    let server = HttpServer::new(app)
        .on_connect(Connections::watched(KEEP_ALIVE).on_connect())
        .keep_alive(KEEP_ALIVE)
        .workers(1)
        .shutdown_timeout(2)
        .disable_signals()
        .listen(listener)?
        .run();
    let handle = server.handle();
    tokio::spawn(server);
    Ok(handle)
}
