//! The form of an incident in `alert-state`: a field for each kind of alert. It is frozen: what one release has
//! written, the release before and the next one read.

use domain::alert_event::{AlertKind, Source};
use domain::baseline::Anomaly;
use domain::flapping::FlappingRule;
use domain::fold::{Failure, FoundBy};
use domain::{ErrorCode, IncidentId, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::delivery::{Delivery, is_zero};
use crate::escalation::Escalation;
use crate::held_back::HeldBack;
use crate::incident::{Alert, Incident, Resolution};
use crate::lenient::{self, Readable};

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

#[derive(Serialize)]
struct Written<'a> {
    id: IncidentId,
    url: &'a str,
    started_at: Timestamp,
    error_code: Option<ErrorCode>,
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "is_false")]
    slow: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    anomaly: Option<Anomaly>,
    #[serde(skip_serializing_if = "is_false")]
    unseen: bool,
    closed: Option<Resolution>,
    down: &'a Alert,
    #[serde(skip_serializing_if = "Option::is_none")]
    reminders: Option<&'a Alert>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledged: Option<&'a Alert>,
    up: Option<&'a Alert>,
    #[serde(skip_serializing_if = "is_zero")]
    earlier_outages: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    held_until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    newest_failure: Option<&'a Failure>,
    #[serde(skip_serializing_if = "<[Escalation]>::is_empty")]
    escalations: &'a [Escalation],
    #[serde(skip_serializing_if = "is_zero")]
    expired_acknowledgements: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream: Option<&'a HeldBack>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flapping: Option<FlappingRule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    regions: Option<&'a FoundBy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_regions: Option<&'a FoundBy>,
}

#[derive(Deserialize)]
struct Read {
    id: IncidentId,
    url: String,
    started_at: Timestamp,
    error_code: Option<ErrorCode>,
    error: Option<String>,
    #[serde(default)]
    slow: bool,
    #[serde(default, deserialize_with = "lenient::option")]
    anomaly: Option<Anomaly>,
    #[serde(default)]
    unseen: bool,
    closed: Option<Resolution>,
    down: ReadAlert,
    #[serde(default)]
    reminders: Option<ReadAlert>,
    #[serde(default)]
    acknowledged: Option<ReadAlert>,
    up: Option<ReadAlert>,
    #[serde(default)]
    earlier_outages: u32,
    #[serde(default)]
    held_until: Option<Timestamp>,
    #[serde(default)]
    newest_failure: Option<Box<Failure>>,
    #[serde(default)]
    escalations: Readable<Escalation>,
    #[serde(default)]
    expired_acknowledgements: u32,
    #[serde(default, deserialize_with = "lenient::option")]
    upstream: Option<HeldBack>,
    #[serde(default, deserialize_with = "lenient::option")]
    flapping: Option<FlappingRule>,
    #[serde(default, deserialize_with = "lenient::option")]
    regions: Option<Box<FoundBy>>,
    #[serde(default, deserialize_with = "lenient::option")]
    last_regions: Option<Box<FoundBy>>,
}

#[derive(Deserialize)]
struct ReadAlert {
    source: Source,
    seen_at: Timestamp,
    #[serde(default)]
    routed: bool,
    #[serde(default)]
    deliveries: Vec<Delivery>,
}

impl ReadAlert {
    fn of_kind(self, kind: AlertKind) -> Alert {
        Alert {
            kind,
            source: self.source,
            seen_at: self.seen_at,
            routed: self.routed,
            deliveries: self.deliveries,
        }
    }
}

impl Serialize for Incident {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = Written {
            id: self.id,
            url: &self.url,
            started_at: self.started_at,
            error_code: self.error_code,
            error: self.error.as_deref(),
            slow: self.degraded,
            anomaly: self.anomaly,
            unseen: self.unseen,
            closed: self.resolution,
            down: self.opening(),
            reminders: self.alert(AlertKind::Reminder),
            acknowledged: self.alert(AlertKind::Acknowledged),
            up: self.alert(self.closing_kind()),
            earlier_outages: self.earlier_incidents,
            held_until: self.held_until,
            newest_failure: self.newest_failure.as_deref(),
            escalations: &self.escalations,
            expired_acknowledgements: self.expired_acknowledgements,
            upstream: self.upstream.as_ref(),
            flapping: self.flapping,
            regions: self.found_by.as_deref(),
            last_regions: self.last_found_by.as_deref(),
        };
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Incident {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = Read::deserialize(deserializer)?;
        let (opening, closing) = match (read.unseen, read.slow) {
            (true, _) => (AlertKind::Unseen, AlertKind::Seen),
            (false, true) => (AlertKind::Degraded, AlertKind::Recovered),
            (false, false) => (AlertKind::Down, AlertKind::Up),
        };
        let further = [
            (AlertKind::Reminder, read.reminders),
            (AlertKind::Acknowledged, read.acknowledged),
            (closing, read.up),
        ];
        let mut down = read.down;
        if read.escalations.is_part && down.deliveries.iter().all(Delivery::is_in_vain) {
            // Nobody was reached yet, and whom a step would notify cannot be read: it is decided anew.
            down.routed = false;
        }
        let further = further
            .into_iter()
            .filter_map(|(kind, alert)| Some(alert?.of_kind(kind)));
        Ok(Self {
            id: read.id,
            url: read.url,
            started_at: read.started_at,
            error_code: read.error_code,
            error: read.error,
            degraded: read.slow,
            anomaly: read.anomaly,
            unseen: read.unseen,
            resolution: read.closed,
            alerts: std::iter::once(down.of_kind(opening)).chain(further).collect(),
            earlier_incidents: read.earlier_outages,
            held_until: read.held_until,
            newest_failure: read.newest_failure,
            escalations: read.escalations.values,
            expired_acknowledgements: read.expired_acknowledgements,
            upstream: read.upstream,
            flapping: read.flapping,
            found_by: read.regions,
            last_found_by: read.last_regions,
        })
    }
}
