//! Keeps the schedule's definitions current: loads those of shards that were gained, follows changes, and reconciles
//! everything from time to time.

mod gained;
mod quorums;
mod reconcile;
mod source;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use domain::MonitorId;
use fred::clients::{Client, SubscriberClient};
use fred::interfaces::{EventInterface as _, PubsubInterface as _};
use shared::http::client::CallError;
use shared::shutdown::CancellationToken;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::metrics::Metrics;
use crate::owned::OwnedShards;
use crate::schedule::{Origin, ScheduleHandle};
use crate::settings::Settings;
pub(crate) use gained::GainedShards;
use reconcile::Reconciliation;
use source::Source;

/// How long user-service may take to load a shard before its mirror is read as well.
const MIRROR_DELAY: Duration = Duration::from_millis(500);

/// The pause before user-service is asked again, at first and at most.
const FIRST_RETRY: Duration = Duration::from_millis(250);
const LAST_RETRY: Duration = Duration::from_secs(10);

/// Ids in one request.
const IDS_PER_REQUEST: usize = 200;

/// Changes that wait to be fetched, at most; with more, everything is reconciled instead.
const MAX_CHANGED: usize = 10_000;

/// Loads and reconciles definitions.
pub(crate) struct Loader {
    source: Arc<Source>,
    schedule: ScheduleHandle,
    gained: GainedShards,
    reconcile: mpsc::Receiver<()>,
}

/// Follows changes of definitions.
pub(crate) struct ChangeListener {
    source: Arc<Source>,
    schedule: ScheduleHandle,
    owned: OwnedShards,
    subscriber: SubscriberClient,
    channels: Channels,
    reconcile: mpsc::Sender<()>,
}

/// What is followed in Redis.
struct Channels {
    definitions_changed: String,
    /// For the keeper of the leases, who has the same subscriber.
    leases_changed: String,
    /// Only the home region says of heartbeats that they are overdue.
    heartbeats_heard: Option<String>,
}

impl Channels {
    fn of(settings: &Settings) -> Self {
        let keys = settings.place.keys(&settings.redis);
        Self {
            definitions_changed: keys.definitions_changed(),
            leases_changed: keys.leases_changed(),
            heartbeats_heard: settings.place.is_home().then(|| keys.heartbeats_heard()),
        }
    }

    fn all(&self) -> Vec<String> {
        let every_region = [&self.definitions_changed, &self.leases_changed];
        let channels = every_region.into_iter().chain(&self.heartbeats_heard);
        channels.cloned().collect()
    }
}

/// The two tasks that keep definitions current. The sender asks the first to reconcile everything.
pub(crate) fn build(
    settings: &Settings,
    redis: Client,
    subscriber: SubscriberClient,
    schedule: ScheduleHandle,
    owned: OwnedShards,
    gained: GainedShards,
    metrics: Arc<Metrics>,
) -> (Loader, ChangeListener, mpsc::Sender<()>) {
    let source = Arc::new(Source::new(settings, redis, metrics));
    // One pending request is as good as many.
    let (reconcile_sender, reconcile) = mpsc::channel(1);
    let loader = Loader {
        source: Arc::clone(&source),
        schedule: schedule.clone(),
        gained,
        reconcile,
    };
    let listener = ChangeListener {
        source,
        schedule,
        owned,
        subscriber,
        channels: Channels::of(settings),
        reconcile: reconcile_sender.clone(),
    };
    (loader, listener, reconcile_sender)
}

impl Loader {
    /// Loads and reconciles until `shutdown`.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        let mut unloaded = BTreeSet::new();
        let mut reconciliation = Reconciliation::default();
        let mut pause = FIRST_RETRY;
        let mut retry_at = Instant::now();
        loop {
            let work = async {
                tokio::select! {
                    biased;
                    shards = self.gained.take() => {
                        if !self.load(&shards).await {
                            unloaded.extend(shards);
                            retry_at = Instant::now() + pause;
                        }
                    }
                    () = tokio::time::sleep_until(retry_at), if !unloaded.is_empty() => {
                        let shards: Vec<u32> = unloaded.iter().copied().collect();
                        match self.fetch(&shards).await {
                            Ok(()) => {
                                unloaded.clear();
                                pause = FIRST_RETRY;
                            }
                            Err(error) => {
                                tracing::warn!(%error, "definitions cannot be fetched from user-service");
                                pause = (pause * 2).min(LAST_RETRY);
                                retry_at = Instant::now() + pause;
                            }
                        }
                    }
                    Some(()) = self.reconcile.recv() => {
                        if let Err(error) = reconciliation.run(&self.source, &self.schedule).await {
                            tracing::warn!(%error, "definitions could not be reconciled");
                        }
                    }
                }
            };
            tokio::select! {
                () = work => {}
                () = shutdown.cancelled() => return,
            }
        }
    }

    /// Loads shards from user-service, and from the mirror when that takes long. True when user-service has answered
    /// completely. The order does not matter: the higher revision stays.
    async fn load(&self, shards: &[u32]) -> bool {
        let mut fetch = std::pin::pin!(self.fetch(shards));
        let fetched = match tokio::time::timeout(MIRROR_DELAY, &mut fetch).await {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => Some(error),
            Err(_) => None,
        };
        let fetched = match fetched {
            Some(error) => {
                self.load_mirrored(shards).await;
                Err(error)
            }
            None => tokio::join!(fetch, self.load_mirrored(shards)).0,
        };
        if let Err(error) = &fetched {
            tracing::warn!(%error, shards = shards.len(), "loaded from the mirror instead of user-service");
        }
        fetched.is_ok()
    }

    async fn fetch(&self, shards: &[u32]) -> Result<(), CallError> {
        let mut after = MonitorId(0);
        loop {
            let page = self.source.read(&self.source.page(shards, after).await?)?;
            self.schedule.upsert(page.monitors, Origin::Load).await;
            match page.next_after {
                Some(next) if next > after => after = next,
                _ => return Ok(()),
            }
        }
    }

    async fn load_mirrored(&self, shards: &[u32]) {
        for &shard in shards {
            if let Err(error) = self.load_mirrored_shard(shard).await {
                tracing::warn!(%error, "the mirror of the definitions cannot be read");
                return;
            }
        }
    }

    async fn load_mirrored_shard(&self, shard: u32) -> Result<(), fred::error::Error> {
        let mut cursor = source::FIRST_CURSOR.to_owned();
        loop {
            let page = self.source.mirrored(shard, &cursor).await?;
            self.schedule.upsert(page.monitors, Origin::Load).await;
            match page.next {
                Some(next) => cursor = next,
                None => return Ok(()),
            }
        }
    }
}

impl ChangeListener {
    /// Follows changes until `shutdown`.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        let mut messages = self.subscriber.message_rx();
        let mut reconnections = self.subscriber.reconnect_rx();
        let mut changed = BTreeSet::new();
        let mut fetch_at = Instant::now();
        tokio::select! {
            () = self.subscribe() => {}
            () = shutdown.cancelled() => return,
        }
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                message = messages.recv() => match message {
                    Ok(message) if *message.channel == *self.channels.definitions_changed => {
                        let ids = message.value.as_str().unwrap_or_default();
                        self.add_changed(&ids, &mut changed);
                    }
                    Ok(message) if Some(&*message.channel) == self.channels.heartbeats_heard.as_deref() => {
                        let ids = message.value.as_str().unwrap_or_default();
                        self.schedule.heard(self.owned_among(&ids).collect()).await;
                    }
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => self.request_reconcile(),
                    Err(RecvError::Closed) => {
                        shutdown.cancelled().await;
                        return;
                    }
                },
                // Changes announced in between were missed.
                Ok(_) = reconnections.recv() => self.request_reconcile(),
                () = tokio::time::sleep_until(fetch_at), if !changed.is_empty() => {
                    if let Err(error) = self.fetch(&mut changed).await {
                        tracing::warn!(%error, "changed definitions could not be fetched");
                        fetch_at = Instant::now() + FIRST_RETRY * 4;
                    }
                }
            }
        }
    }

    /// Subscribes; the client renews the subscription after a reconnect.
    async fn subscribe(&mut self) {
        loop {
            match self.subscriber.subscribe(self.channels.all()).await {
                Ok(()) => break,
                Err(error) => {
                    tracing::warn!(%error, "cannot subscribe to changes of definitions");
                    tokio::time::sleep(FIRST_RETRY).await;
                }
            }
        }
        self.request_reconcile();
    }

    fn add_changed(&self, ids: &str, changed: &mut BTreeSet<i64>) {
        changed.extend(self.owned_among(ids));
        if changed.len() > MAX_CHANGED {
            changed.clear();
            self.request_reconcile();
        }
    }

    fn owned_among<'a>(&'a self, ids: &'a str) -> impl Iterator<Item = i64> + 'a {
        let ids = ids.split(',').filter_map(|id| id.trim().parse().ok());
        ids.filter(|&id| self.owned.owns(MonitorId(id)))
    }

    fn request_reconcile(&self) {
        // A full channel: it is already requested.
        let _ = self.reconcile.try_send(());
    }

    async fn fetch(&self, changed: &mut BTreeSet<i64>) -> Result<(), CallError> {
        while !changed.is_empty() {
            let ids: Vec<i64> = changed.iter().copied().take(IDS_PER_REQUEST).collect();
            let page = self.source.by_ids(&ids).await?;
            let mut removed = ids.clone();
            removed.retain(|id| page.monitors.iter().all(|monitor| monitor.id.0 != *id));
            removed.retain(|id| page.elsewhere.iter().all(|(elsewhere, _)| elsewhere.0 != *id));
            if !page.elsewhere.is_empty() {
                self.schedule.leave_to_others(page.elsewhere).await;
            }
            self.schedule.upsert(page.monitors, Origin::Change).await;
            if !removed.is_empty() {
                self.schedule.remove(removed).await;
            }
            for id in ids {
                changed.remove(&id);
            }
        }
        Ok(())
    }
}
