//! Incidents that somebody is, or was, to be told of.

use domain::alert_event::{AlertEvent, AlertKind, Source, Step};
use domain::fold::{CloseReason, OpenIncident};
use domain::{ChannelId, DeliveryId, ErrorCode, IncidentId, MonitorId, OrgId, Timestamp};
use serde::{Deserialize, Serialize};

/// An incident together with what came of telling of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Incident {
    pub(crate) id: IncidentId,
    pub(crate) url: String,
    pub(crate) started_at: Timestamp,
    pub(crate) error_code: Option<ErrorCode>,
    pub(crate) error: Option<String>,
    /// Whether the monitor only answers too slowly.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) slow: bool,
    pub(crate) closed: Option<Closed>,
    /// It is told that it began.
    pub(crate) down: Alert,
    /// It is told again while it goes on; the last message to each channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reminders: Option<Alert>,
    /// It is told that somebody has taken it on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) acknowledged: Option<Alert>,
    /// It is told that it is over.
    pub(crate) up: Option<Alert>,
    /// Earlier outages that the message of this one's end tells of as well.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) earlier_outages: u32,
}

fn is_false(value: &bool) -> bool {
    !*value
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// How long a message that was given up can be sent once more, in milliseconds.
const RESENDABLE_MS: i64 = 7 * 24 * 3_600_000;

/// How an incident ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Closed {
    pub(crate) at: Timestamp,
    pub(crate) reason: CloseReason,
}

/// The place of a record on the log, and when it was appended.
pub(crate) type Seen = (Source, Timestamp);

/// The decision to tell of something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Alert {
    /// The record that caused it.
    pub(crate) source: Source,
    /// When that record was appended to the log.
    pub(crate) seen_at: Timestamp,
    /// Whether it was decided to whom it goes.
    #[serde(default)]
    pub(crate) routed: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) deliveries: Vec<Delivery>,
}

/// A message to one channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) id: DeliveryId,
    pub(crate) channel: ChannelId,
    pub(crate) status: Status,
    pub(crate) decided_at: Timestamp,
    #[serde(default)]
    pub(crate) attempts: u32,
    /// When it is tried again, or the filters are asked again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next_at: Option<Timestamp>,
    /// Counts the reminders to the channel.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) ordinal: u32,
    /// What the channel answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) receipt: Option<String>,
    /// When it was given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failed_at: Option<Timestamp>,
    /// The offset of the last record that had it sent once more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) resent_by: Option<i64>,
}

/// What came of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// A filter wants to be asked again.
    Waiting,
    /// It is still to be received.
    Pending,
    /// The channel has received it.
    Sent,
    /// Given up.
    Failed,
    /// Not to be sent any more.
    Suppressed,
}

impl Alert {
    pub(crate) fn new((source, seen_at): Seen) -> Self {
        Self {
            source,
            seen_at,
            routed: false,
            deliveries: Vec::new(),
        }
    }

    pub(crate) fn is_pending(&self) -> bool {
        !self.routed || self.deliveries.iter().any(Delivery::is_unfinished)
    }

    /// Whether it is not decided yet who is told.
    pub(crate) fn is_undecided(&self) -> bool {
        !self.routed || self.deliveries.iter().any(|d| d.status == Status::Waiting)
    }

    pub(crate) fn of(&self, channel: ChannelId) -> Option<&Delivery> {
        self.deliveries
            .iter()
            .find(|delivery| delivery.channel == channel)
    }
}

impl Delivery {
    pub(crate) fn new(incident: IncidentId, channel: ChannelId, alert: AlertKind, now: Timestamp) -> Self {
        Self {
            id: DeliveryId::new(incident, channel, alert.as_str(), 0),
            channel,
            status: Status::Pending,
            decided_at: now,
            attempts: 0,
            next_at: None,
            ordinal: 0,
            receipt: None,
            failed_at: None,
            resent_by: None,
        }
    }

    /// The `ordinal`-th reminder of an outage.
    pub(crate) fn reminder(incident: IncidentId, channel: ChannelId, ordinal: u32, now: Timestamp) -> Self {
        Self {
            id: DeliveryId::new(incident, channel, AlertKind::Reminder.as_str(), ordinal),
            ordinal,
            ..Self::new(incident, channel, AlertKind::Reminder, now)
        }
    }

    fn is_unfinished(&self) -> bool {
        matches!(self.status, Status::Waiting | Status::Pending)
    }

    /// Whether it can be sent once more by hand.
    fn may_be_resent(&self, now: Timestamp) -> bool {
        self.failed_at
            .is_some_and(|at| self.status == Status::Failed && now.millis_since(at) < RESENDABLE_MS)
    }
}

impl Incident {
    pub(crate) fn opened(opened: &OpenIncident, url: &str, seen: Seen) -> Self {
        Self {
            id: opened.id,
            url: url.to_owned(),
            started_at: opened.started_at,
            error_code: opened.error_code,
            error: opened.error.clone(),
            slow: false,
            closed: None,
            down: Alert::new(seen),
            reminders: None,
            acknowledged: None,
            up: None,
            earlier_outages: 0,
        }
    }

    /// A time of slowness.
    pub(crate) fn slowed(id: IncidentId, started_at: Timestamp, url: &str, seen: Seen) -> Self {
        let opened = OpenIncident {
            id,
            started_at,
            error_code: None,
            error: None,
            acknowledged: false,
        };
        Self {
            slow: true,
            ..Self::opened(&opened, url, seen)
        }
    }

    /// Whether nothing is left to do about it. What was given up may still be sent once more.
    pub(crate) fn is_finished(&self, now: Timestamp) -> bool {
        let mut deliveries = self.alerts().flat_map(|(_, alert)| &alert.deliveries);
        self.is_settled() && !deliveries.any(|delivery| delivery.may_be_resent(now))
    }

    /// Whether nothing more comes of it by itself.
    pub(crate) fn is_settled(&self) -> bool {
        self.closed.is_some() && !self.alerts().any(|(_, alert)| alert.is_pending())
    }

    /// What tells that it began.
    pub(crate) fn first_kind(&self) -> AlertKind {
        if self.slow {
            AlertKind::Degraded
        } else {
            AlertKind::Down
        }
    }

    /// What tells that it is over.
    pub(crate) fn last_kind(&self) -> AlertKind {
        if self.slow {
            AlertKind::Recovered
        } else {
            AlertKind::Up
        }
    }

    /// Its alerts in the order in which they are told.
    pub(crate) fn alerts(&self) -> impl Iterator<Item = (AlertKind, &Alert)> {
        let (first, last) = (self.first_kind(), self.last_kind());
        std::iter::once((first, &self.down))
            .chain(self.reminders.iter().map(|alert| (AlertKind::Reminder, alert)))
            .chain(
                self.acknowledged
                    .iter()
                    .map(|alert| (AlertKind::Acknowledged, alert)),
            )
            .chain(self.up.iter().map(move |alert| (last, alert)))
    }

    /// The same, to be changed.
    pub(crate) fn alerts_mut(&mut self) -> impl Iterator<Item = (AlertKind, &mut Alert)> {
        let (first, last) = (self.first_kind(), self.last_kind());
        std::iter::once((first, &mut self.down))
            .chain(
                self.reminders
                    .iter_mut()
                    .map(|alert| (AlertKind::Reminder, alert)),
            )
            .chain(
                self.acknowledged
                    .iter_mut()
                    .map(|alert| (AlertKind::Acknowledged, alert)),
            )
            .chain(self.up.iter_mut().map(move |alert| (last, alert)))
    }

    /// Whether the message of the end is the first that `channel` hears of this outage.
    pub(crate) fn is_summary_for(&self, channel: ChannelId) -> bool {
        self.down.of(channel).is_none()
    }

    /// What a channel answered to the message of the beginning.
    pub(crate) fn receipt_of(&self, channel: ChannelId) -> Option<&str> {
        self.down.of(channel)?.receipt.as_deref()
    }

    /// Marks everything that is pending as not to be sent any more.
    pub(crate) fn suppress_all(&mut self, reason: &str, context: &mut Context<'_>) {
        self.suppress(|_| true, reason, context);
    }

    /// Marks what is pending of some alerts as not to be sent any more.
    pub(crate) fn suppress(
        &mut self,
        which: impl Fn(AlertKind) -> bool,
        reason: &str,
        context: &mut Context<'_>,
    ) {
        let id = self.id;
        for (kind, alert) in self.alerts_mut().filter(|(kind, _)| which(*kind)) {
            if !alert.routed {
                alert.routed = true;
                context.event(Step::Suppressed, id, kind, &alert.source, None, Some(reason));
                continue;
            }
            for delivery in alert
                .deliveries
                .iter_mut()
                .filter(|delivery| delivery.is_unfinished())
            {
                delivery.status = Status::Suppressed;
                let source = &alert.source;
                context.event(Step::Suppressed, id, kind, source, Some(delivery), Some(reason));
            }
        }
    }
}

/// What an event says besides its step.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) org_id: Option<OrgId>,
    pub(crate) monitor_id: MonitorId,
    pub(crate) revision: u32,
    pub(crate) now: Timestamp,
    pub(crate) events: &'a mut Vec<AlertEvent>,
}

impl Context<'_> {
    /// Notes an event. A monitor whose organisation is not known has no channels and no events.
    pub(crate) fn event(
        &mut self,
        step: Step,
        incident_id: IncidentId,
        alert: AlertKind,
        source: &Source,
        delivery: Option<&Delivery>,
        reason: Option<&str>,
    ) -> Option<&mut AlertEvent> {
        let event = AlertEvent {
            v: 1,
            step,
            at: self.now,
            org_id: self.org_id?,
            monitor_id: self.monitor_id,
            incident_id,
            alert,
            delivery_id: delivery.map(|delivery| delivery.id),
            channel_id: delivery.map(|delivery| delivery.channel),
            source: source.clone(),
            revision: Some(self.revision),
            attempt: delivery.map_or(0, |delivery| delivery.attempts),
            reason: reason.map(str::to_owned),
            receipt: None,
        };
        self.events.push(event);
        self.events.last_mut()
    }
}
