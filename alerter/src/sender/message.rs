//! From jobs to the message about them.

use alerting::Incident;
use domain::alert_event::AlertKind;
use domain::baseline::Anomaly;
use domain::flapping::FlappingRule;
use domain::fold::{CloseReason, FoundBy};
use domain::internal::SealedChannel;
use domain::{ChannelId, DeliveryId, IncidentId, MonitorId, Timestamp};
use futures_util::future::join_all;

use super::acknowledge;
use super::storm::Part;
use super::{Entry, Inner, Job};
use crate::channel::{GroupedIncident, IncidentDetails, Message, MessageKind, QuietDigest, Tally};
use crate::links;

/// Incidents of a storm whose monitors' names are asked for; the rest have the name that was last known.
const NAMED: usize = 30;

/// Incidents of a storm that a message carries; the rest is counted.
const MAX_INCIDENTS: usize = 1_000;

/// What the message says, as far as the log knows it.
#[derive(Clone, Debug)]
pub(crate) struct MessageContext {
    pub(super) incident: IncidentId,
    url: String,
    pub(super) started_at: Timestamp,
    error_code: Option<domain::ErrorCode>,
    error: Option<String>,
    anomaly: Option<Anomaly>,
    /// What the channel answered to the message about the beginning.
    opening_receipt: Option<String>,
    flapping: Option<FlappingRule>,
    /// Which regions have found it, where the monitor has several.
    regions: Option<FoundBy>,
    /// Whether it asks for an acknowledgement that nobody has given yet.
    pub(super) asks_for_acknowledgement: bool,
    kind: MessageKind,
}

/// Messages of one kind may be combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct GroupKind {
    pub(super) alert: AlertKind,
    /// What a user has done, where that and no recovery has ended the incidents.
    pub(super) ended_by: Option<CloseReason>,
    /// Whether they are about drills: among real incidents one would be taken for one of them, or they for it.
    pub(super) is_drill: bool,
    /// For the end of which quiet hours of the channel they waited: they are put together, whatever each is about.
    pub(super) after_quiet: Option<Timestamp>,
}

impl GroupKind {
    /// Whether all of it is one message, however little it is: what waited for quiet hours, and what regions have silenced.
    pub(super) fn is_put_together(self) -> bool {
        self.after_quiet.is_some() || matches!(self.alert, AlertKind::Unseen | AlertKind::Seen)
    }
}

impl std::fmt::Display for GroupKind {
    // Its form is part of keys in Redis.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_drill {
            f.write_str("drill-")?;
        }
        if let Some(end) = self.after_quiet {
            return write!(f, "quiet-{}", end.as_millis());
        }
        f.write_str(self.alert.as_str())?;
        match self.ended_by {
            Some(reason) => write!(f, "-{}", reason.as_str()),
            None => Ok(()),
        }
    }
}

impl Job {
    /// With which messages it may be combined.
    pub(super) fn group_kind(&self) -> GroupKind {
        let is_drill = self.monitor.drill().is_some();
        match self.delivery.after_quiet {
            // What begins and what is over is put together.
            Some(_) => GroupKind {
                alert: AlertKind::Down,
                ended_by: None,
                is_drill,
                after_quiet: self.delivery.after_quiet,
            },
            None => GroupKind {
                alert: self.kind,
                ended_by: self.context.ended_by(),
                is_drill,
                after_quiet: None,
            },
        }
    }

    /// Whether it is one message with what else is of its kind, however little that is.
    pub(super) fn is_put_together(&self) -> bool {
        self.group_kind().is_put_together()
    }

    /// Whether it is one of what waited for the end of quiet hours.
    pub(super) fn is_after_quiet(&self) -> bool {
        self.delivery.after_quiet.is_some()
    }
}

impl MessageContext {
    /// What a user has done, where that has ended the incident.
    fn ended_by(&self) -> Option<CloseReason> {
        match self.kind {
            MessageKind::Ended { reason, .. } => Some(reason),
            MessageKind::Seen { reason, .. } => Some(reason).filter(|it| *it != CloseReason::Recovered),
            _ => None,
        }
    }

    /// When the incident was over, if it is over.
    fn resolved_at(&self) -> Option<Timestamp> {
        match self.kind {
            MessageKind::Up { resolved_at, .. }
            | MessageKind::Recovered { resolved_at }
            | MessageKind::Seen { resolved_at, .. }
            | MessageKind::Ended { resolved_at, .. } => Some(resolved_at),
            _ => None,
        }
    }

    /// Whether the target only answers too slowly.
    fn is_degraded(&self) -> bool {
        matches!(
            self.kind,
            MessageKind::Degraded | MessageKind::Recovered { .. } | MessageKind::Ended { degraded: true, .. }
        )
    }

    /// Where it stands among what waited for quiet hours.
    pub(super) fn place_after_quiet(&self) -> (u8, Timestamp) {
        Tally::place(self.resolved_at().is_some(), self.is_degraded(), self.started_at)
    }

    pub(crate) fn new(incident: &Incident, alert: AlertKind, channel: ChannelId) -> Self {
        let kind = match (alert, incident.resolution) {
            (AlertKind::Up | AlertKind::Recovered, Some(resolution))
                if resolution.reason != CloseReason::Recovered =>
            {
                MessageKind::Ended {
                    resolved_at: resolution.at,
                    reason: resolution.reason,
                    degraded: incident.degraded,
                }
            }
            (AlertKind::Up, Some(resolution)) => MessageKind::Up {
                resolved_at: resolution.at,
                summary: incident.is_summary_for(channel),
                earlier_outages: incident.earlier_incidents,
            },
            (AlertKind::Recovered, Some(resolution)) => MessageKind::Recovered {
                resolved_at: resolution.at,
            },
            (AlertKind::Seen, Some(resolution)) => MessageKind::Seen {
                resolved_at: resolution.at,
                reason: resolution.reason,
            },
            (AlertKind::Unseen | AlertKind::Seen, _) => MessageKind::Unseen,
            (AlertKind::Reminder, _) => MessageKind::Reminder { now: shared::now() },
            (AlertKind::Acknowledged, _) => MessageKind::Acknowledged,
            (AlertKind::Degraded | AlertKind::Recovered, _) => MessageKind::Degraded,
            (AlertKind::Down | AlertKind::Up, _) => MessageKind::Down,
        };
        // What is said while it lasts is about now; what began it and has ended is the first failure.
        let (error_code, error) = match alert {
            AlertKind::Reminder | AlertKind::Acknowledged => incident.newest_failure(),
            _ => (incident.error_code, incident.error.as_deref()),
        };
        let tells_of_beginning = matches!(kind, MessageKind::Down | MessageKind::Up { summary: true, .. });
        Self {
            incident: incident.id,
            url: incident.url.clone(),
            started_at: incident.started_at,
            error_code,
            error: error.map(str::to_owned),
            anomaly: incident.anomaly,
            opening_receipt: incident.opening_receipt(channel).map(str::to_owned),
            flapping: incident.flapping().filter(|_| tells_of_beginning),
            regions: match tells_of_beginning {
                true => incident.found_by().cloned(),
                false => incident.last_found_by().cloned(),
            },
            asks_for_acknowledgement: acknowledge::is_asked_for(incident, alert),
            kind,
        }
    }
}

impl Inner {
    /// The message to a channel about one incident, or about all of a storm: `others` are the parts of other processes.
    pub(super) async fn message(
        &self,
        sealed: &SealedChannel,
        entries: &[Entry],
        others: &[Part],
    ) -> Message {
        let message = match entries {
            [entry] if others.is_empty() => self.single(sealed, &entry.job).await,
            entries => self.group(sealed, entries, others).await,
        };
        message.shown()
    }

    async fn single(&self, sealed: &SealedChannel, job: &Job) -> Message {
        let opening =
            |kind: AlertKind| DeliveryId::new(job.context.incident, job.delivery.channel, kind.as_str(), 0);
        let thread = match job.context.kind {
            MessageKind::Up { summary: false, .. }
            | MessageKind::Reminder { .. }
            | MessageKind::Acknowledged => opening(AlertKind::Down),
            MessageKind::Ended { degraded: false, .. } => opening(AlertKind::Down),
            MessageKind::Recovered { .. } | MessageKind::Ended { degraded: true, .. } => {
                opening(AlertKind::Degraded)
            }
            MessageKind::Seen { .. } => opening(AlertKind::Unseen),
            _ => job.delivery.id,
        };
        Message {
            id: job.delivery.id,
            thread,
            opening_receipt: job.context.opening_receipt.clone(),
            details: Some(self.details(job, true).await),
            acknowledge: self.acknowledge_urls(sealed, job),
            kind: job.context.kind.clone(),
        }
    }

    /// What a message about a storm says of its first incidents.
    pub(super) async fn grouped_incidents(&self, entries: &[Entry], limit: usize) -> Vec<GroupedIncident> {
        let incidents = entries
            .iter()
            .take(limit)
            .enumerate()
            .map(|(index, entry)| async move {
                GroupedIncident {
                    details: self.details(&entry.job, index < NAMED).await,
                    resolved_at: entry.job.context.resolved_at(),
                    degraded: entry.job.context.is_degraded(),
                }
            });
        join_all(incidents).await
    }

    /// How much waited for quiet hours of what is sent here, if that is why it is sent together.
    pub(super) fn tally(entries: &[Entry]) -> Option<Tally> {
        entries.first().filter(|first| first.job.is_after_quiet())?;
        let mut tally = Tally::default();
        for Entry { job, .. } in entries {
            tally.count(job.context.resolved_at().is_some(), job.context.is_degraded());
        }
        Some(tally)
    }

    async fn group(&self, sealed: &SealedChannel, entries: &[Entry], others: &[Part]) -> Message {
        let mut incidents = self.grouped_incidents(entries, MAX_INCIDENTS).await;
        incidents.extend(others.iter().flat_map(|part| &part.incidents).cloned());
        // The same deliveries make the same message, in whichever order they came, and others another one.
        let ours = entries.iter().map(|entry| entry.job.context.incident);
        let first = ours.chain(others.iter().map(|part| part.first)).min();
        let channel = entries
            .first()
            .map_or(ChannelId(0), |entry| entry.job.delivery.channel);
        let GroupKind {
            alert,
            ended_by,
            is_drill,
            after_quiet,
        } = entries.first().map_or(
            GroupKind {
                alert: AlertKind::Down,
                ended_by: None,
                is_drill: false,
                after_quiet: None,
            },
            |entry| entry.job.group_kind(),
        );
        let quiet = after_quiet.map(|end| {
            let theirs = others.iter().filter_map(|part| part.tally);
            QuietDigest {
                span: sealed.alerts.quiet_span(end),
                tally: theirs.fold(Self::tally(entries).unwrap_or_default(), Tally::plus),
            }
        });
        if quiet.is_some() {
            incidents.sort_by_key(GroupedIncident::place_after_quiet);
        }
        incidents.truncate(MAX_INCIDENTS);
        let alert = quiet.as_ref().map_or(alert, |quiet| quiet.tally.alert());
        let name = match quiet {
            Some(_) => "quiet-group".to_owned(),
            None => format!("{}-group", alert.as_str()),
        };
        let theirs: usize = others.iter().map(|part| part.deliveries.len()).sum();
        let total = entries.len() + theirs;
        let ours = entries.iter().map(|entry| entry.job.delivery.id);
        let theirs = others.iter().flat_map(|part| part.deliveries.iter().copied());
        let id = DeliveryId::new(
            first.unwrap_or(IncidentId(uuid::Uuid::nil())),
            channel,
            &name,
            digest(ours.chain(theirs)),
        );
        Message {
            id,
            thread: id,
            opening_receipt: None,
            details: None,
            acknowledge: None,
            kind: MessageKind::Group {
                kind: alert,
                ended_by,
                total,
                incidents,
                quiet,
                link: match is_drill {
                    true => links::drills(&self.public_url),
                    false => links::storm(&self.public_url, alert),
                },
            },
        }
    }

    async fn details(&self, job: &Job, named: bool) -> IncidentDetails {
        let name = if named {
            self.names.resolve(job.monitor).await
        } else {
            self.names.last_known(job.monitor)
        };
        let context = job.context.clone();
        let (name, known_url) = match name {
            Some(named) => (Some(named.name), named.url),
            None => (None, None),
        };
        // What was checked the record says; the monitor may be another one by now.
        let url = match context.url.is_empty() {
            false => context.url,
            true => known_url.unwrap_or_default(),
        };
        let name = name.unwrap_or_else(|| nameless(&url, job.monitor));
        IncidentDetails {
            monitor_id: job.monitor,
            incident_id: context.incident,
            name,
            url,
            started_at: context.started_at,
            error_code: context.error_code,
            error: context.error,
            link: links::monitor(&self.public_url, job.monitor),
            anomaly: context.anomaly,
            flapping: context.flapping,
            regions: context.regions,
        }
    }
}

/// What a monitor is called of which no name is known.
fn nameless(url: &str, monitor: MonitorId) -> String {
    match (url, monitor.drill()) {
        ("", Some(drill)) => format!("Drill {drill}"),
        ("", None) => format!("Monitor {monitor}"),
        (url, _) => url.to_owned(),
    }
}

/// A number of some deliveries that does not depend on their order.
fn digest(deliveries: impl Iterator<Item = DeliveryId>) -> u32 {
    let all = deliveries.fold(0, |all, delivery| all ^ delivery.0.as_u128());
    [all, all >> 32, all >> 64, all >> 96]
        .into_iter()
        .fold(0, |digest, part| digest ^ part as u32)
}

#[cfg(test)]
mod tests;
