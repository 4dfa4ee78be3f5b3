//! From jobs to the message that tells of them.

use domain::alert_event::AlertKind;
use domain::{ChannelId, DeliveryId, IncidentId, Timestamp};
use futures_util::future::join_all;

use super::storm::Part;
use super::{Entry, Inner, Job};
use crate::channel::{About, Message, Outage, Told};
use crate::ledger::Incident;

/// Outages of a storm whose names are asked for; as many as fit in a message.
const NAMED: usize = 30;

/// Outages of a storm that a message carries; the rest is counted.
const MAX_OUTAGES: usize = 1_000;

/// What the message says, as far as the log knows it.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(super) incident: IncidentId,
    url: String,
    started_at: Timestamp,
    error_code: Option<domain::ErrorCode>,
    error: Option<String>,
    /// What the channel answered to the message of the beginning.
    first: Option<String>,
    told: Told,
}

impl Facts {
    pub(crate) fn of(incident: &Incident, kind: AlertKind, channel: ChannelId) -> Self {
        let told = match (kind, incident.closed) {
            (AlertKind::Up, Some(closed)) => Told::Up {
                resolved_at: closed.at,
                summary: incident.is_summary_for(channel),
                earlier_outages: incident.earlier_outages,
            },
            (AlertKind::Recovered, Some(closed)) => Told::Recovered {
                resolved_at: closed.at,
            },
            (AlertKind::Reminder, _) => Told::Reminder { now: shared::now() },
            (AlertKind::Acknowledged, _) => Told::Acknowledged,
            (AlertKind::Degraded | AlertKind::Recovered, _) => Told::Degraded,
            (AlertKind::Down | AlertKind::Up, _) => Told::Down,
        };
        Self {
            incident: incident.id,
            url: incident.url.clone(),
            started_at: incident.started_at,
            error_code: incident.error_code,
            error: incident.error.clone(),
            first: incident.receipt_of(channel).map(str::to_owned),
            told,
        }
    }
}

impl Inner {
    /// The message about one outage, or about all of a storm: `others` were gathered by other processes.
    pub(super) async fn message(&self, entries: &[Entry], others: &[Part]) -> Message {
        match entries {
            [entry] if others.is_empty() => self.single(&entry.job).await,
            entries => self.group(entries, others).await,
        }
    }

    async fn single(&self, job: &Job) -> Message {
        let first =
            |kind: AlertKind| DeliveryId::new(job.facts.incident, job.delivery.channel, kind.as_str(), 0);
        let thread = match job.facts.told {
            Told::Up { summary: false, .. } | Told::Reminder { .. } | Told::Acknowledged => {
                first(AlertKind::Down)
            }
            Told::Recovered { .. } => first(AlertKind::Degraded),
            _ => job.delivery.id,
        };
        Message {
            id: job.delivery.id,
            thread,
            first: job.facts.first.clone(),
            about: Some(self.about(job, true).await),
            told: job.facts.told.clone(),
        }
    }

    /// What a message of a storm says of its first outages.
    pub(super) async fn outages(&self, entries: &[Entry], limit: usize) -> Vec<Outage> {
        let outages = entries
            .iter()
            .take(limit)
            .enumerate()
            .map(|(index, entry)| async move {
                let resolved_at = match entry.job.facts.told {
                    Told::Up { resolved_at, .. } | Told::Recovered { resolved_at } => Some(resolved_at),
                    _ => None,
                };
                Outage {
                    about: self.about(&entry.job, index < NAMED).await,
                    resolved_at,
                }
            });
        join_all(outages).await
    }

    async fn group(&self, entries: &[Entry], others: &[Part]) -> Message {
        let mut outages = self.outages(entries, MAX_OUTAGES).await;
        outages.extend(others.iter().flat_map(|part| &part.outages).cloned());
        outages.truncate(MAX_OUTAGES);
        // The same outages make the same message, in whichever order they came.
        let ours = entries.iter().map(|entry| entry.job.facts.incident);
        let first = ours.chain(others.iter().map(|part| part.first)).min();
        let channel = entries
            .first()
            .map_or(ChannelId(0), |entry| entry.job.delivery.channel);
        let kind = entries.first().map_or(AlertKind::Down, |entry| entry.job.kind);
        let name = format!("{}-group", kind.as_str());
        let theirs: usize = others.iter().map(|part| part.deliveries.len()).sum();
        let total = entries.len() + theirs;
        let id = DeliveryId::new(
            first.unwrap_or(IncidentId(uuid::Uuid::nil())),
            channel,
            &name,
            u32::try_from(total).unwrap_or(u32::MAX),
        );
        Message {
            id,
            thread: id,
            first: None,
            about: None,
            told: Told::Group {
                kind,
                total,
                outages,
                link: format!("{}/monitors", self.public_url),
            },
        }
    }

    async fn about(&self, job: &Job, named: bool) -> About {
        let name = if named {
            self.names.of(job.monitor).await
        } else {
            self.names.last_known(job.monitor)
        };
        let facts = job.facts.clone();
        let (name, url) = match name {
            Some(named) => (named.name, named.url.unwrap_or(facts.url)),
            None => (facts.url.clone(), facts.url),
        };
        About {
            monitor_id: job.monitor,
            incident_id: facts.incident,
            name,
            url,
            started_at: facts.started_at,
            error_code: facts.error_code,
            error: facts.error,
            link: format!("{}/monitors/{}", self.public_url, job.monitor),
        }
    }
}
