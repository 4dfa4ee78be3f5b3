//! Sends each message until it is received, refused for good, or given up.

mod backoff;
mod claim;

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::alert_event::AlertKind;
use domain::internal::{SealedChannel, TestOutcome};
use domain::{ChannelId, DeliveryId, IncidentId, MonitorId, OrgId, Timestamp};
use shared::crypto::Keyring;
use shared::shutdown::CancellationToken;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::task::TaskTracker;

pub(crate) use claim::Claims;

use crate::channel::{About, Clients, Message, SendError, Told};
use crate::directory::{Channels, Found, Names};
use crate::ledger::{Delivery, Incident, Outcome};
use crate::metrics;
use claim::Claim;

/// Sends in flight at a time.
const CONCURRENCY: usize = 64;

/// The pause while the channel's configuration is not known.
const UNKNOWN_CHANNEL_PAUSE: Duration = Duration::from_secs(2);

/// A message on its way to one channel.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) partition: i32,
    /// Which assignment of the partition it belongs to.
    pub(crate) epoch: u64,
    pub(crate) monitor: MonitorId,
    pub(crate) org: OrgId,
    pub(crate) kind: AlertKind,
    pub(crate) delivery: Delivery,
    pub(crate) facts: Facts,
}

/// What the message says, as far as the log knows it.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    incident: IncidentId,
    url: String,
    started_at: Timestamp,
    error_code: Option<domain::ErrorCode>,
    error: Option<String>,
    told: Told,
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
    pub(crate) outcome: Option<Outcome>,
    /// Whether the job has ended.
    pub(crate) ended: bool,
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
    permits: Semaphore,
    public_url: String,
    timeout: Duration,
    give_up_after: Duration,
    reports: mpsc::UnboundedSender<Report>,
    tasks: TaskTracker,
}

/// What a sender needs.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) channels: Channels,
    pub(crate) names: Names,
    pub(crate) clients: Clients,
    pub(crate) keyring: Keyring,
    pub(crate) claims: Claims,
    pub(crate) public_url: String,
    pub(crate) timeout: Duration,
    pub(crate) give_up_after: Duration,
    pub(crate) reports: mpsc::UnboundedSender<Report>,
}

impl Facts {
    pub(crate) fn of(incident: &Incident, kind: AlertKind, channel: ChannelId) -> Self {
        let told = match (kind, incident.closed) {
            (AlertKind::Up, Some(closed)) => Told::Up {
                resolved_at: closed.at,
                summary: incident.is_summary_for(channel),
                earlier_outages: incident.earlier_outages,
            },
            _ => Told::Down,
        };
        Self {
            incident: incident.id,
            url: incident.url.clone(),
            started_at: incident.started_at,
            error_code: incident.error_code,
            error: incident.error.clone(),
            told,
        }
    }
}

/// What one attempt came to.
enum Attempt {
    Sent(String),
    Suppressed(&'static str),
    Failed(String),
    /// Tried again; `counts` when the channel was asked.
    Again {
        reason: String,
        after: Option<Duration>,
        counts: bool,
    },
}

impl Sender {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(Inner {
            channels: parts.channels,
            names: parts.names,
            clients: parts.clients,
            keyring: parts.keyring,
            claims: parts.claims,
            permits: Semaphore::new(CONCURRENCY),
            public_url: parts.public_url,
            timeout: parts.timeout,
            give_up_after: parts.give_up_after,
            reports: parts.reports,
            tasks: TaskTracker::new(),
        }))
    }

    /// Starts to send. `stop` ends it between two attempts.
    pub(crate) fn start(&self, job: Job, stop: CancellationToken) {
        let inner = Arc::clone(&self.0);
        self.0.tasks.spawn(async move {
            let outcome = inner.deliver(&job, &stop).await;
            inner.report(&job, outcome, true);
        });
    }

    /// Waits for the sends in flight, once all were stopped.
    pub(crate) async fn ended(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// Sends a test message to a channel that may not be stored yet.
    pub(crate) async fn test(&self, sealed: &SealedChannel) -> TestOutcome {
        let name = sealed.name.clone();
        let incident = IncidentId::new(MonitorId(0), 0, shared::now());
        let id = DeliveryId::new(incident, sealed.id, "test", 0);
        let message = Message {
            id,
            thread: id,
            about: None,
            told: Told::Test { channel: name },
        };
        let sent = self.0.send(sealed, &message).await;
        TestOutcome {
            ok: sent.is_ok(),
            error: sent.err().map(|error| error.to_string()),
        }
    }
}

impl Inner {
    fn report(&self, job: &Job, outcome: Option<Outcome>, ended: bool) {
        // Nobody listens any more when the service has ended.
        let _ = self.reports.send(Report {
            partition: job.partition,
            epoch: job.epoch,
            monitor: job.monitor,
            channel: job.delivery.channel,
            delivery: job.delivery.id,
            outcome,
            ended,
        });
    }

    /// Tries until there is an end; none when it was stopped.
    async fn deliver(&self, job: &Job, stop: &CancellationToken) -> Option<Outcome> {
        let mut attempts = job.delivery.attempts;
        if let Some(next_at) = job.delivery.next_at {
            let wait = next_at.millis_since(shared::now()).max(0) as u64;
            pause(Duration::from_millis(wait), stop).await?;
        }
        let give_up_at = job
            .delivery
            .decided_at
            .plus_millis(self.give_up_after.as_millis() as i64);
        let mut last_reason = String::new();
        loop {
            if shared::now() > give_up_at {
                let hours = self.give_up_after.as_secs() / 3_600;
                let reason = format!("not received within {hours} h; at last: {last_reason}");
                return Some(Outcome::Failed { reason });
            }
            let permit = tokio::select! {
                () = stop.cancelled() => return None,
                permit = self.permits.acquire() => permit.ok()?,
            };
            let attempt = self.attempt(job).await;
            drop(permit);
            let (reason, after, counts) = match attempt {
                Attempt::Sent(receipt) => return Some(Outcome::Sent { receipt }),
                Attempt::Suppressed(reason) => {
                    return Some(Outcome::Suppressed {
                        reason: reason.into(),
                    });
                }
                Attempt::Failed(reason) => return Some(Outcome::Failed { reason }),
                Attempt::Again {
                    reason,
                    after,
                    counts,
                } => (reason, after, counts),
            };
            let wait = if counts {
                attempts += 1;
                let wait = backoff::pause(attempts, after, rand::random());
                let next_at = shared::now().plus_millis(wait.as_millis() as i64);
                let outcome = Outcome::Attempted {
                    reason: reason.clone(),
                    next_at,
                };
                self.report(job, Some(outcome), false);
                wait
            } else {
                after.unwrap_or(UNKNOWN_CHANNEL_PAUSE)
            };
            last_reason = reason;
            pause(wait, stop).await?;
        }
    }

    async fn attempt(&self, job: &Job) -> Attempt {
        let sealed = match self.channels.find(job.org, job.delivery.channel).await {
            Found::Here(sealed) => sealed,
            Found::Removed => return Attempt::Suppressed("the channel was removed"),
            Found::Unknown => {
                return Attempt::Again {
                    reason: "the channel's configuration is not known while user-service is away".to_owned(),
                    after: None,
                    counts: false,
                };
            }
        };
        if job.kind == AlertKind::Down && !sealed.enabled {
            return Attempt::Suppressed("the channel is disabled");
        }
        match self.claims.claim(job.delivery.id).await {
            Claim::Mine => {}
            Claim::Sent => return Attempt::Sent("sent by the owner before".to_owned()),
            Claim::Others(wait) => {
                return Attempt::Again {
                    reason: "another alerter is sending it".to_owned(),
                    after: Some(wait),
                    counts: false,
                };
            }
        }
        let message = self.message(job).await;
        let sent = self.send(&sealed, &message).await;
        match sent {
            Ok(receipt) => {
                self.claims.sent(job.delivery.id).await;
                Attempt::Sent(receipt)
            }
            Err(SendError::Permanent(reason)) => Attempt::Failed(reason),
            Err(SendError::Temporary { reason, retry_after }) => Attempt::Again {
                reason,
                after: retry_after,
                counts: true,
            },
        }
    }

    async fn send(&self, sealed: &SealedChannel, message: &Message) -> Result<String, SendError> {
        let channel = crate::channel::open(sealed, &self.keyring, &self.clients)?;
        let started = Instant::now();
        let sent = match tokio::time::timeout(self.timeout, channel.send(message)).await {
            Ok(sent) => sent.map(|receipt| receipt.0),
            Err(_) => {
                let limit = self.timeout.as_millis();
                Err(SendError::temporary(format!("no answer within {limit} ms")))
            }
        };
        metrics::sent(&sealed.kind, &sent, started.elapsed());
        let took_ms = started.elapsed().as_millis() as u64;
        match &sent {
            Ok(_) => tracing::info!(delivery = %message.id, channel = %sealed.id, took_ms, "sent"),
            Err(error) => {
                tracing::warn!(delivery = %message.id, channel = %sealed.id, took_ms, %error, "not sent")
            }
        }
        sent
    }

    async fn message(&self, job: &Job) -> Message {
        let name = self.names.of(job.monitor).await;
        let facts = job.facts.clone();
        let (name, url) = match name {
            Some(named) => (named.name, named.url),
            None => (facts.url.clone(), facts.url),
        };
        let thread = match facts.told {
            Told::Up { summary: false, .. } => {
                let down = AlertKind::Down.as_str();
                DeliveryId::new(facts.incident, job.delivery.channel, down, 0)
            }
            _ => job.delivery.id,
        };
        Message {
            id: job.delivery.id,
            thread,
            about: Some(About {
                monitor_id: job.monitor,
                incident_id: facts.incident,
                name,
                url,
                started_at: facts.started_at,
                error_code: facts.error_code,
                error: facts.error,
                link: format!("{}/monitors/{}", self.public_url, job.monitor),
            }),
            told: facts.told,
        }
    }
}

/// Waits; none when it was stopped meanwhile.
async fn pause(duration: Duration, stop: &CancellationToken) -> Option<()> {
    tokio::select! {
        () = stop.cancelled() => None,
        () = tokio::time::sleep(duration) => Some(()),
    }
}
