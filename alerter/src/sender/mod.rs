//! Sends each message until it is received, refused for good, or given up.

mod acknowledge;
mod backoff;
mod batcher;
mod claim;
mod cooldown;
mod deliver;
mod message;
mod pace;
mod reach;
mod storm;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use alerting::{Delivery, DeliveryOutcome};
use domain::alert_event::AlertKind;
use domain::channel::Kind;
use domain::internal::{SealedChannel, TestOutcome};
use domain::{ChannelId, DeliveryId, IncidentId, MonitorId, OrgId};
use shared::crypto::Keyring;
use shared::shutdown::CancellationToken;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

pub(crate) use claim::Claims;
use message::GroupKind;
pub(crate) use message::MessageContext;
pub(crate) use shared::permits::{FairPermits, Permit};
pub(crate) use storm::StormPool;

use crate::channel::{Clients, Message, MessageKind};
use crate::directory::{Channels, Names};
use batcher::{Admission, Batcher, Released};
use cooldown::Cooldowns;
use pace::Pace;
use reach::Reach;

/// Sends in flight at a time, in fair shares; of storms as many again.
const CONCURRENCY: usize = 64;

/// Sends in flight to one channel at a time: when it does not answer, the organisation's other channels go on.
const PER_CHANNEL: usize = 6;

/// Jobs at a time, in fair shares: what is beyond stays with the engine, which has it in `alert-state`.
const MAX_JOBS: usize = 60_000;

/// Test messages in flight at a time, in fair shares.
const TESTS: usize = 16;

/// How long what waited for the end of quiet hours is gathered at least, also where storms are not.
const QUIET_WINDOW: Duration = Duration::from_secs(2);

/// Batchers that are kept before idle ones are dropped.
const MAX_BATCHERS: usize = 10_000;

/// A message on its way to one channel.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) partition: i32,
    /// Which assignment of the partition it belongs to.
    pub(crate) epoch: u64,
    pub(crate) monitor: MonitorId,
    pub(crate) org: OrgId,
    pub(crate) kind: AlertKind,
    pub(crate) delivery: Delivery,
    pub(crate) context: MessageContext,
    /// With which it is a job; that it is gone says that the job is.
    pub(crate) _permit: Arc<Permit<OrgId>>,
}

/// What came of a job's attempt.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) partition: i32,
    pub(crate) epoch: u64,
    pub(crate) monitor: MonitorId,
    pub(crate) channel: ChannelId,
    pub(crate) delivery: DeliveryId,
    /// Absent when the job ended without one.
    pub(crate) outcome: Option<DeliveryOutcome>,
    /// Whether the job has ended.
    pub(crate) ended: bool,
}

/// A job together with what ends it between two attempts.
#[derive(Debug)]
struct Entry {
    job: Job,
    stop: CancellationToken,
    last_reason: String,
}

/// Messages that may be combined into one.
type BatchKey = (OrgId, ChannelId, GroupKind);

type Batchers = Mutex<HashMap<BatchKey, Batcher<Entry>>>;

/// A batch that somebody will close. Without that one it would wait for ever: it is dissolved, and the engine starts
/// its messages anew.
struct OpenBatch<'a> {
    batchers: &'a Batchers,
    key: Option<BatchKey>,
}

impl Drop for OpenBatch<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            let mut batchers = self.batchers.lock().unwrap_or_else(PoisonError::into_inner);
            let batch = batchers.remove(&key);
            drop(batchers);
            drop(batch);
        }
    }
}

/// Sends messages.
#[derive(Clone, Debug)]
pub(crate) struct Sender(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    channels: Channels,
    names: Names,
    clients: Clients,
    keyring: Keyring,
    claims: Claims,
    pool: StormPool,
    jobs: FairPermits<OrgId>,
    permits: FairPermits<OrgId>,
    storms: FairPermits<OrgId>,
    channel_permits: FairPermits<ChannelId>,
    tests: FairPermits<OrgId>,
    cooldowns: Cooldowns,
    pace: Pace,
    reach: Reach,
    batchers: Batchers,
    group_window: Duration,
    public_url: String,
    timeout: Duration,
    give_up_after: Duration,
    reports: mpsc::Sender<Report>,
    tasks: TaskTracker,
    closing: CancellationToken,
}

/// What a sender needs.
#[derive(Debug)]
pub(crate) struct Dependencies {
    pub(crate) channels: Channels,
    pub(crate) names: Names,
    pub(crate) clients: Clients,
    pub(crate) keyring: Keyring,
    pub(crate) claims: Claims,
    pub(crate) pool: StormPool,
    pub(crate) group_window: Duration,
    pub(crate) public_url: String,
    pub(crate) timeout: Duration,
    pub(crate) give_up_after: Duration,
    pub(crate) reports: mpsc::Sender<Report>,
    /// Ends everything between two attempts.
    pub(crate) closing: CancellationToken,
}

impl Job {
    fn batch_key(&self) -> BatchKey {
        (self.org, self.delivery.channel, self.group_kind())
    }
}

impl Sender {
    pub(crate) fn new(needs: Dependencies) -> Self {
        Self(Arc::new(Inner {
            channels: needs.channels,
            names: needs.names,
            clients: needs.clients,
            keyring: needs.keyring,
            claims: needs.claims,
            pool: needs.pool,
            jobs: FairPermits::new(MAX_JOBS),
            permits: FairPermits::new(CONCURRENCY),
            storms: FairPermits::new(CONCURRENCY),
            channel_permits: FairPermits::each(PER_CHANNEL),
            tests: FairPermits::new(TESTS),
            cooldowns: Cooldowns::default(),
            pace: Pace::default(),
            reach: Reach::default(),
            batchers: Mutex::default(),
            group_window: needs.group_window,
            public_url: needs.public_url,
            timeout: needs.timeout,
            give_up_after: needs.give_up_after,
            reports: needs.reports,
            tasks: TaskTracker::new(),
            closing: needs.closing,
        }))
    }

    /// What ends everything between two attempts.
    pub(crate) fn closing(&self) -> CancellationToken {
        self.0.closing.clone()
    }

    /// Starts to send what was decided together. Each is ended between two attempts by its token.
    pub(crate) fn start(&self, jobs: Vec<(Job, CancellationToken)>) {
        let mut together: HashMap<BatchKey, usize> = HashMap::new();
        for (job, _) in &jobs {
            *together.entry(job.batch_key()).or_default() += 1;
        }
        for (job, stop) in jobs {
            let decided_together = together.get(&job.batch_key()).copied().unwrap_or_default();
            let entry = Entry {
                job,
                stop,
                last_reason: String::new(),
            };
            let next_at = entry.job.delivery.next_at;
            let wait = next_at.map_or(0, |at| at.millis_since(shared::now()).max(0));
            match u64::try_from(wait) {
                Ok(wait @ 1..) => {
                    let wait = Duration::from_millis(wait);
                    let later = Arc::clone(&self.0).begin_later(entry, wait, decided_together);
                    self.0.tasks.spawn(later);
                }
                _ => self.0.begin(entry, decided_together),
            }
        }
    }

    /// With which messages become jobs.
    pub(crate) fn job_permits(&self) -> &FairPermits<OrgId> {
        &self.0.jobs
    }

    /// Waits for the sends in flight, once all were stopped.
    pub(crate) async fn ended(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// A permit for a test message of an organisation; none when it has its share in flight.
    pub(crate) fn test_permit(&self, org: OrgId) -> Option<Permit<OrgId>> {
        self.0.tests.try_take(org)
    }

    /// Sends a test message to a channel that may not be stored yet.
    pub(crate) async fn test(&self, sealed: &SealedChannel) -> TestOutcome {
        let incident = IncidentId::new(MonitorId(0), 0, shared::now());
        let id = DeliveryId::new(incident, sealed.id, "test", 0);
        let message = Message {
            id,
            thread: id,
            opening_receipt: None,
            details: None,
            acknowledge: None,
            kind: MessageKind::Test {
                channel: sealed.name.clone(),
            },
        }
        .shown();
        let sent = self.0.send(sealed, self.0.open(sealed), &message).await;
        TestOutcome {
            ok: sent.is_ok(),
            left_out: sent
                .is_ok()
                .then(|| crate::channel::left_out(sealed, &self.0.keyring))
                .flatten(),
            error: sent.err().map(|error| error.to_string()),
        }
    }
}

impl Inner {
    /// Waits while the engine does not take reports: what came of an attempt is not lost.
    async fn report(&self, job: &Job, outcome: Option<DeliveryOutcome>, ended: bool) {
        let report = Report {
            partition: job.partition,
            epoch: job.epoch,
            monitor: job.monitor,
            channel: job.delivery.channel,
            delivery: job.delivery.id,
            outcome,
            ended,
        };
        // Nobody listens any more when the service has ended.
        let _ = self.reports.send(report).await;
    }

    async fn begin_later(self: Arc<Self>, entry: Entry, wait: Duration, decided_together: usize) {
        tokio::select! {
            () = entry.stop.cancelled() => {}
            () = tokio::time::sleep(wait) => {}
        }
        self.begin(entry, decided_together);
    }

    /// Sends a message by itself, or batches it with others. `decided_together` were decided together with it.
    fn begin(self: &Arc<Self>, entry: Entry, decided_together: usize) {
        let key = entry.job.batch_key();
        let kind = self.channels.kind(entry.job.org, entry.job.delivery.channel);
        if kind.is_some_and(Kind::keeps_incidents) {
            self.tasks.spawn(Arc::clone(self).deliver(vec![entry]));
            return;
        }
        let (closes_at, is_storm) = match self.admit(key, entry, decided_together) {
            Admission::SendNow(entry) => {
                self.tasks.spawn(Arc::clone(self).deliver(vec![entry]));
                return;
            }
            Admission::Queued => return,
            Admission::First(closes_at) => (closes_at, false),
            Admission::FirstOfStorm(closes_at) => (closes_at, true),
        };
        self.tasks
            .spawn(Arc::clone(self).close_batch(key, closes_at, is_storm));
    }

    /// Closes a batch when its time has come, and sends what is in it.
    async fn close_batch(self: Arc<Self>, key: BatchKey, mut closes_at: Instant, mut is_storm: bool) {
        let mut open = OpenBatch {
            batchers: &self.batchers,
            key: Some(key),
        };
        let (_, channel, kind) = key;
        if is_storm {
            self.pool.announce((channel, kind)).await;
        }
        let released = loop {
            tokio::select! {
                () = self.closing.cancelled() => return,
                () = tokio::time::sleep_until(closes_at) => {}
            }
            match self.close(key) {
                Ok(released) => break released,
                Err(later) => closes_at = later,
            }
            if !std::mem::replace(&mut is_storm, true) {
                self.pool.announce((channel, kind)).await;
            }
        };
        open.key = None;
        drop(open);
        match released {
            Released::Separately(entries) => {
                for entry in entries {
                    self.tasks.spawn(Arc::clone(&self).deliver(vec![entry]));
                }
            }
            Released::Combined(mut entries) => {
                if entries.len() > 1 {
                    tracing::info!(%channel, messages = entries.len(), "a storm becomes one message");
                }
                if kind.after_quiet.is_some() {
                    // What goes on comes first, and is not what is cut.
                    entries.sort_by_key(|entry| entry.job.context.place_after_quiet());
                }
                self.deliver(entries).await;
            }
        }
    }

    fn admit(&self, key: BatchKey, entry: Entry, decided_together: usize) -> Admission<Entry> {
        let now = Instant::now();
        let (window, decided_together) = match key.2.is_put_together() {
            true => (self.group_window.max(QUIET_WINDOW), usize::MAX),
            false => (self.group_window, decided_together),
        };
        let mut batchers = self.batchers.lock().unwrap_or_else(PoisonError::into_inner);
        if batchers.len() >= MAX_BATCHERS {
            batchers.retain(|_, batcher| !batcher.is_idle(now));
        }
        batchers
            .entry(key)
            .or_insert_with(|| Batcher::new(window, now))
            .admit(entry, decided_together, now)
    }

    fn close(&self, key: BatchKey) -> Result<Released<Entry>, Instant> {
        let mut batchers = self.batchers.lock().unwrap_or_else(PoisonError::into_inner);
        match batchers.get_mut(&key) {
            Some(batcher) => batcher.close(Instant::now()),
            None => Ok(Released::Separately(Vec::new())),
        }
    }
}
