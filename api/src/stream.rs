//! Live updates.

use domain::live::{IncidentView, StatusEvent};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::View;
use crate::operation::{given_or, given_or_value, operation};

/// The data of the events of `GET /stream`, by the event's name.
#[allow(clippy::large_enum_variant, reason = "it is the form of the document alone")]
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
pub enum LiveEvent {
    /// A monitor's state or latest result has changed.
    Status(StatusEvent),
    /// An incident was opened, closed, acknowledged or got a note.
    Incident(Box<IncidentView>),
    /// A user created, changed or deleted something: ask for what it is now.
    Changed(ChangedEvent),
    /// The id in `Last-Event-ID` is too old or unknown: load everything anew.
    Reset,
}

/// The data of the live event `changed`.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct ChangedEvent {
    /// What sort of thing it is.
    pub resource: Resource,
    /// Its id; 0 when it may be any of them.
    pub id: i64,
}

/// What users create, change and delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// A monitor, its name or its mute.
    Monitor,
    /// A channel.
    Channel,
    /// A maintenance window.
    MaintenanceWindow,
    /// A tag.
    Tag,
    /// A status page, or a report on it.
    StatusPage,
    /// A route of alerts.
    AlertRoute,
    /// A silence.
    Silence,
    /// An escalation policy.
    EscalationPolicy,
    /// An on-call schedule, or who stands in.
    OnCallSchedule,
    /// A team.
    Team,
}

operation! {
    /// Live updates as server-sent events; `Last-Event-ID` resumes.
    OpenStream "Live updates": Get "/stream", View;
    answer 200 LiveEvent;
    served by Gateway;
    media type "text/event-stream";
}
