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
    pub(crate) closed: Option<Closed>,
    pub(crate) down: Alert,
    pub(crate) up: Option<Alert>,
    /// Earlier outages that the message of this one's end tells of as well.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) earlier_outages: u32,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next_at: Option<Timestamp>,
}

/// What came of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
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
        !self.routed || self.deliveries.iter().any(|d| d.status == Status::Pending)
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
        }
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
            closed: None,
            down: Alert::new(seen),
            up: None,
            earlier_outages: 0,
        }
    }

    /// Whether nothing is left to do about it.
    pub(crate) fn is_finished(&self) -> bool {
        self.closed.is_some() && !self.down.is_pending() && self.up.as_ref().is_none_or(|up| !up.is_pending())
    }

    /// Both alerts in the order in which they are told.
    pub(crate) fn alerts(&self) -> impl Iterator<Item = (AlertKind, &Alert)> {
        let up = self.up.as_ref().map(|up| (AlertKind::Up, up));
        std::iter::once((AlertKind::Down, &self.down)).chain(up)
    }

    /// Whether the message of the end is the first that `channel` hears of this outage.
    pub(crate) fn is_summary_for(&self, channel: ChannelId) -> bool {
        self.down.deliveries.iter().all(|d| d.channel != channel)
    }

    /// Marks what is pending of an alert as not to be sent any more.
    pub(crate) fn suppress(&mut self, kind: AlertKind, reason: &str, context: &mut Context<'_>) {
        let id = self.id;
        let alert = match kind {
            AlertKind::Down => Some(&mut self.down),
            AlertKind::Up => self.up.as_mut(),
        };
        let Some(alert) = alert else { return };
        if !alert.routed {
            alert.routed = true;
            context.event(Step::Suppressed, id, kind, &alert.source, None, Some(reason));
            return;
        }
        for delivery in &mut alert.deliveries {
            if delivery.status == Status::Pending {
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
            attempt: delivery.map_or(0, |delivery| delivery.attempts),
            reason: reason.map(str::to_owned),
            receipt: None,
        };
        self.events.push(event);
        self.events.last_mut()
    }
}
