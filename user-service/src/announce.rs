//! Tells dashboards and alerters of changes that were committed: after the answer, and in order.
//!
//! No request waits for Redis. While Redis is slow or away an announcement is repeated until it is [`LIFETIME`] old;
//! whoever has not heard of the change by then sees it when they next load.

use std::time::Duration;

use api::{ChangedEvent, Incident, Monitor, Resource};
use domain::OrgId;
use fred::clients::Client;
use fred::interfaces::{PubsubInterface as _, StreamsInterface as _};
use serde::Serialize;
use shared::redis::{Keys, STREAM_LENGTH};
use shared::retry::{Pauses, doubling};
use shared::shutdown::CancellationToken;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::live_pause::Pause;
use crate::metrics as names;

/// Announcements that wait, at most. What comes on top is not announced.
const MAX_WAITING: usize = 1_000;

/// How old an announcement may get.
const LIFETIME: Duration = Duration::from_secs(30);

/// The pauses between attempts: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

#[derive(Debug)]
enum Audience {
    /// Those who look at the dashboard: an event of their live stream.
    Dashboards { event: &'static str, data: String },
    /// The same, and whoever asks for a monitor's status.
    Status(Pause),
    /// The alerters, which load what they know of the organisation again.
    Alerters,
}

#[derive(Debug)]
pub(crate) struct Announcement {
    org: OrgId,
    audience: Audience,
    since: Instant,
}

/// Takes announcements from the handlers.
#[derive(Debug)]
pub(crate) struct Announcer(mpsc::Sender<Announcement>);

impl Announcer {
    /// Publishes a changed incident to the dashboards of an organisation.
    pub(crate) fn incident(&self, org: OrgId, incident: &Incident) {
        self.dashboards(org, "incident", incident);
    }

    /// Has the dashboards of an organisation load again what a user created, changed or deleted.
    pub(crate) fn change(&self, org: OrgId, resource: Resource, id: i64) {
        self.dashboards(org, "changed", &ChangedEvent { resource, id });
    }

    /// Shows that a monitor is paused now.
    pub(crate) fn pause(&self, org: OrgId, monitor: &Monitor) {
        match Pause::of(monitor) {
            Ok(pause) => self.add(org, Audience::Status(pause)),
            Err(error) => tracing::error!(%error, "a pause could not be written"),
        }
    }

    /// Has alerters load what they know of an organisation again.
    pub(crate) fn alerting(&self, org: OrgId) {
        self.add(org, Audience::Alerters);
    }

    fn dashboards(&self, org: OrgId, event: &'static str, data: &impl Serialize) {
        match serde_json::to_string(data) {
            Ok(data) => self.add(org, Audience::Dashboards { event, data }),
            Err(error) => tracing::error!(%error, event, "a live event could not be written"),
        }
    }

    fn add(&self, org: OrgId, audience: Audience) {
        let announcement = Announcement {
            org,
            audience,
            since: Instant::now(),
        };
        if self.0.try_send(announcement).is_err() {
            failed(org, "too many changes wait");
        }
    }
}

/// A queue from the handlers to the publisher.
pub(crate) fn channel() -> (Announcer, mpsc::Receiver<Announcement>) {
    let (sender, receiver) = mpsc::channel(MAX_WAITING);
    (Announcer(sender), receiver)
}

fn failed(org: OrgId, why: &str) {
    metrics::counter!(names::MIRROR_FAILURES).increment(1);
    tracing::warn!(org_id = org.0, why, "a change was not announced");
}

/// Publishes announcements, one after the other.
#[derive(Debug)]
pub(crate) struct Publisher {
    pub(crate) redis: Client,
    pub(crate) keys: Keys,
    pub(crate) queue: mpsc::Receiver<Announcement>,
}

impl Publisher {
    /// Publishes until `shutdown`; what waits then gets one attempt each.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        while let Some(Some(announcement)) = shutdown.run_until_cancelled(self.queue.recv()).await {
            self.publish(&announcement, &shutdown).await;
        }
        self.queue.close();
        while let Some(announcement) = self.queue.recv().await {
            self.publish(&announcement, &shutdown).await;
        }
    }

    async fn publish(&self, announcement: &Announcement, shutdown: &CancellationToken) {
        let mut pauses = Pauses::new(doubling(PAUSES.0, PAUSES.1), shutdown);
        while let Err(error) = self.attempt(announcement).await {
            if announcement.since.elapsed() > LIFETIME || pauses.wait().await.is_err() {
                return failed(announcement.org, &error.to_string());
            }
        }
    }

    /// The client's deadline of a command ends it. One that came too late may have been carried out: it is repeated all
    /// the same, since an event that comes twice changes nothing.
    async fn attempt(&self, announcement: &Announcement) -> Result<(), fred::error::Error> {
        let org = announcement.org;
        match &announcement.audience {
            Audience::Dashboards { event, data } => {
                let fields = vec![("event", *event), ("data", data)];
                let cap = ("MAXLEN", "~", STREAM_LENGTH);
                self.redis
                    .xadd(self.keys.stream(org), false, cap, "*", fields)
                    .await
            }
            Audience::Status(pause) => pause.show(&self.redis, &self.keys, org).await,
            Audience::Alerters => {
                let topic = self.keys.channels_changed();
                self.redis.publish(topic, org.to_string()).await
            }
        }
    }
}
