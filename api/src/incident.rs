//! Incidents, what people do about them, and how each alert was decided.

use domain::alert_event::{AlertKind, Source, Step};
use domain::live::IncidentView;
use domain::{IncidentId, MonitorId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::access::{Respond, View};
use crate::alert_cause::AlertCause;
use crate::as_of::AtQuery;
use crate::delivery_report::DeliveryReport;
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::page::{Page, PageQuery};

/// An incident, with what people did about it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Incident {
    /// What happened.
    #[serde(flatten)]
    pub incident: IncidentView,
    /// Who acknowledged it; null while nobody has, and when that has expired.
    #[schema(required = true)]
    pub acknowledged: Option<Acknowledgement>,
    /// When the last acknowledgement expired, so that its escalation went on; left out otherwise, and once somebody has
    /// acknowledged it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledgement_expired_at: Option<Timestamp>,
    /// The names of its monitor's tags, in alphabetical order; left out of those live events that are about the outage
    /// itself, and as of an instant of which they are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// The notes, oldest first; left out of lists and live events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<Vec<Note>>,
    /// The instant as of which is answered; left out where none was asked for, and in lists, which say it once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
}

/// Who acknowledged an incident, and when.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Acknowledgement {
    /// When.
    pub at: Timestamp,
    /// The name of whoever did.
    pub by: String,
}

/// A note on an incident.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Note {
    /// When it was written.
    pub at: Timestamp,
    /// The name of its author.
    pub by: String,
    /// What it says.
    pub text: String,
}

/// A new note.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NoteInput {
    /// 1 to 2000 characters.
    pub text: String,
}

/// Names an incident.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct IncidentPath {
    /// The incident's id.
    pub id: IncidentId,
}

impl PathParams for IncidentPath {
    const RESOURCE: &'static str = "incident";
}

/// Which incidents are asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IncidentsQuery {
    /// Only those of this monitor.
    pub monitor_id: Option<MonitorId>,
    /// Only those that are open, or only those that are over.
    pub open: Option<bool>,
    /// Only those of monitors with the tag of this name.
    pub tag: Option<String>,
    /// The list as it was at this instant of the last 400 days, as far as that is known; now by default.
    pub at: Option<Timestamp>,
    /// How many items, 1 to 200; 50 by default.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// One step in the life of an alert.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AlertStep {
    /// When.
    pub at: Timestamp,
    /// What happened.
    #[schema(value_type = Step)]
    pub step: String,
    /// What the alert says.
    #[schema(value_type = AlertKind)]
    pub alert: String,
    /// The channel; null when the step concerns all of them.
    #[schema(required = true)]
    pub channel_id: Option<i64>,
    /// What people call the channel; of a member's own one the member's name and the kind. Left out when it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_name: Option<String>,
    /// Why the channel was notified, or which step of an escalation has notified nobody; left out where it was not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<AlertCause>,
    /// The delivery to that channel.
    #[schema(required = true)]
    pub delivery_id: Option<Uuid>,
    /// Which attempt, from 1; 0 where there was none. Of a step of an escalation that has notified nobody: which one,
    /// counted through all rounds.
    pub attempt: i32,
    /// Why it was suppressed, or why the attempt failed.
    #[schema(required = true)]
    pub reason: Option<String>,
    /// What the channel answered.
    #[schema(required = true)]
    pub receipt: Option<String>,
    /// Of a message that the channel took, what the service has reported since; left out where it has not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reported: Option<DeliveryReport>,
    /// The record on the log that caused it.
    #[schema(value_type = Source)]
    pub source: serde_json::Value,
    /// The monitor's revision, and with it its rule, at the time.
    #[schema(required = true)]
    pub revision: Option<i32>,
}

operation! {
    /// Lists incidents, newest first.
    ListIncidents "Incidents": Get "/incidents", View;
    query IncidentsQuery;
    answer 200 Page<Incident>;
}

operation! {
    /// An incident with its notes.
    GetIncident "Incidents": Get "/incidents/{id}", View;
    path IncidentPath;
    query AtQuery;
    answer 200 Incident;
}

operation! {
    /// Lists each step of each alert of an incident, oldest first.
    ListIncidentEvents "Incidents": Get "/incidents/{id}/events", View;
    path IncidentPath;
    query PageQuery;
    answer 200 Page<AlertStep>;
}

operation! {
    /// Acknowledges an incident: reminders and escalations end. Where that has expired it can be acknowledged again.
    AcknowledgeIncident "Incidents": Post "/incidents/{id}/acknowledge", Respond;
    path IncidentPath;
    answer 200 Incident;
}

operation! {
    /// Adds a note to an incident.
    AddIncidentNote "Incidents": Post "/incidents/{id}/notes", Respond;
    path IncidentPath;
    body NoteInput;
    answer 200 Incident;
}
