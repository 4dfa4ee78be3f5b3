//! The alerter as a whole.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use fred::clients::Client;
use metrics_exporter_prometheus::PrometheusHandle;
use shared::http::identity::InternalKeys;
use shared::kafka::{KafkaError, KafkaSettings, Producer};
use shared::ops::Readiness;
use shared::redis::RedisSettings;
use shared::settings::leads_to_this_machine;
use shared::shutdown::CancellationToken;
use tokio::sync::{Notify, mpsc};

use crate::channel::{Asking, Clients};
use crate::confirmation_codes::ConfirmationCodes;
use crate::confirmations::Confirmations;
use crate::db::Seeds;
use crate::directory::{self, Channels, Names};
use crate::engine::{Engine, Inputs};
use crate::sender::{Claims, Dependencies, Sender, StormPool};
use crate::settings::Settings;
use crate::state_log::StateLog;
use crate::test_limits::TestLimits;
use crate::upstream::Upstreams;
use crate::{http, mail_server};

/// How long the broker may take to acknowledge a record before it is written again.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(10);

/// What the engine has not heard yet of deliveries, and of what user-service answered. Who tells it waits beyond that.
const REPORTS: usize = 10_000;
const UPDATES: usize = 64;

/// Why the alerter cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The address is taken or not ours.
    #[error("cannot listen: {0}")]
    Listen(#[from] std::io::Error),
    /// The Kafka settings cannot be used.
    #[error("cannot use Kafka: {0}")]
    Kafka(#[from] KafkaError),
    /// The Redis settings cannot be used.
    #[error("cannot use Redis: {0}")]
    Redis(#[from] fred::error::Error),
    /// The database settings cannot be used.
    #[error("cannot use the database: {0}")]
    Database(#[from] shared::postgres::ConnectError),
}

/// Why the alerter ended before its shutdown.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The HTTP server cannot run.
    #[error("the HTTP server failed: {0}")]
    Http(#[from] std::io::Error),
    /// The log cannot be read.
    #[error("cannot read the log: {0}")]
    Kafka(#[from] KafkaError),
}

/// An alerter that is ready to run.
#[derive(Debug)]
pub struct Service {
    listener: TcpListener,
    local_addr: SocketAddr,
    metrics: PrometheusHandle,
    internal_keys: InternalKeys,
    readiness: Readiness,
    kafka: KafkaSettings,
    redis: RedisSettings,
    client: Client,
    limits: TestLimits,
    /// None where there is no mail server.
    confirmations: Option<Confirmations>,
    codes: ConfirmationCodes,
    channels: Channels,
    sender: Sender,
    inputs: Inputs,
    /// Ends what the alerter does besides reading the log.
    stop: CancellationToken,
}

/// Builds an alerter. Nothing has to be reachable yet.
///
/// # Errors
/// When the address is taken or the settings cannot be used at all.
pub async fn build(settings: Settings, metrics: PrometheusHandle) -> Result<Service, BuildError> {
    crate::metrics::describe();
    let listener = http::bind(settings.http_addr)?;
    let local_addr = listener.local_addr()?;
    let stop = CancellationToken::new();
    let readiness = Readiness::default();
    readiness.fail("kafka", "not connected yet");

    let (updates_in, updates) = mpsc::channel(UPDATES);
    let (reports_in, reports) = mpsc::channel(REPORTS);
    let url = &settings.user_service_url;
    let channels = Channels::new(url, &settings.internal_keys, updates_in.clone(), stop.clone());
    let names = Names::new(url, &settings.internal_keys);
    let redis = shared::redis::connect(&settings.redis)?;
    let limits = TestLimits::new(redis.clone(), settings.redis.keys(), settings.keyring.clone());
    let confirmations = settings.smtp.as_ref().map(|smtp| {
        if leads_to_this_machine(&settings.public_url) {
            tracing::warn!(
                public_url = settings.public_url,
                "recipients of e-mail cannot follow links there: set PUBLIC_URL to the address of the dashboard"
            );
        }
        let asking = Asking::new(smtp, &settings.public_url, settings.delivery_timeout);
        Confirmations::new(url, &settings.internal_keys, asking, settings.delivery_timeout)
    });
    let clients = Clients::new(
        &settings.guard,
        settings.smtp.as_ref(),
        &settings.slack_api_url,
        &settings.public_url,
        settings.delivery_timeout,
    );
    let codes = ConfirmationCodes::new(
        url,
        &settings.internal_keys,
        (clients.clone(), settings.keyring.clone()),
        settings.delivery_timeout,
    );
    let sender = Sender::new(Dependencies {
        channels: channels.clone(),
        names: names.clone(),
        clients,
        keyring: settings.keyring,
        claims: Claims::new(redis.clone(), settings.redis.keys()),
        pool: StormPool::new(redis.clone(), settings.redis.keys(), settings.group_window),
        group_window: settings.group_window,
        public_url: settings.public_url,
        timeout: settings.delivery_timeout,
        give_up_after: settings.give_up_after,
        reports: reports_in,
        closing: stop.child_token(),
    });
    let producer = Producer::new(&settings.kafka, ACKNOWLEDGED_WITHIN)?;
    let state_log = StateLog::new(&settings.kafka, producer, readiness.clone());
    let seeds = settings.postgres.as_ref().map(Seeds::new).transpose()?;
    let inputs = Inputs {
        state_log,
        backlog_after: settings.backlog_after,
        seeds,
        names,
        updates,
        updates_in,
        reports,
        upstreams: Upstreams::default(),
    };
    Ok(Service {
        listener,
        local_addr,
        metrics,
        internal_keys: settings.internal_keys,
        readiness,
        kafka: settings.kafka,
        redis: settings.redis,
        client: redis,
        limits,
        confirmations,
        codes,
        channels,
        sender,
        inputs,
        stop,
    })
}

impl Service {
    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Its base URL on this machine.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.local_addr.port())
    }

    /// Runs until `shutdown` is cancelled, then drains.
    ///
    /// # Errors
    /// When it cannot go on.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), RunError> {
        // What was started here ends with this call, also when it is dropped in the middle.
        let _ended = self.stop.clone().drop_guard();
        let server = http::server(
            self.listener,
            self.internal_keys,
            self.sender.clone(),
            self.limits,
            self.readiness.clone(),
            self.metrics,
        )?;
        let serving = tokio::spawn(http::serve(server, self.stop.clone()));
        tokio::spawn(self.sender.clone().forget_attempts(self.stop.clone()));
        let upstreams = self.inputs.upstreams.clone();
        tokio::spawn(upstreams.run(self.client.clone(), self.redis.keys(), self.stop.clone()));
        tokio::spawn(mail_server::announce(
            self.client,
            self.redis.keys(),
            self.confirmations.is_some(),
            self.stop.clone(),
        ));
        let changed = [Arc::new(Notify::new()), Arc::new(Notify::new())];
        let [of_mails, of_codes] = changed.clone();
        if let Some(confirmations) = self.confirmations {
            tokio::spawn(confirmations.run(of_mails, self.stop.clone()));
        }
        tokio::spawn(self.codes.run(of_codes, self.stop.clone()));
        tokio::spawn(directory::listen(
            self.redis,
            self.channels.clone(),
            changed,
            self.stop.clone(),
        ));
        let engine = Engine::new(
            self.kafka,
            self.inputs,
            self.channels,
            self.sender,
            self.readiness,
            self.stop.clone(),
        )?;
        engine.run(shutdown).await;
        self.stop.cancel();
        // The server has a deadline of its own.
        let _ = serving.await;
        Ok(())
    }
}
