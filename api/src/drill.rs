//! Drills: outages that are rehearsed, with the alerts that real ones have.

use domain::alert_event::AlertKind;
use domain::{ChannelId, DrillId, IncidentId, MonitorId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::access::{ManageMonitors, Respond, View};
use crate::alert_cause::AlertCause;
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::page::{Page, PageQuery};
use crate::version::Versioned;
use crate::why::{WhyAcknowledgement, WhyDelivery};

/// An outage of a monitor that is rehearsed: its alerts are real, and marked as a drill. Nothing of it is in the monitor's
/// state, its uptime or on a status page.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Drill {
    /// The id.
    pub id: DrillId,
    /// What people call it.
    pub name: String,
    /// Whose outage is rehearsed.
    pub monitor_id: MonitorId,
    /// What people call that monitor.
    pub monitor_name: String,
    /// The name of its incident.
    pub incident_id: IncidentId,
    /// How it stands.
    pub state: DrillState,
    /// Who has begun it; null where a schedule or an API key has.
    #[schema(required = true)]
    pub started_by: Option<String>,
    /// The schedule that has begun it.
    #[schema(required = true)]
    pub schedule_id: Option<i64>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ends by itself, or has ended.
    pub ends_at: Timestamp,
    /// Who acknowledged it.
    #[schema(required = true)]
    pub acknowledged: Option<WhyAcknowledgement>,
    /// How many messages about its beginning were taken by their channels, and not reported as not delivered.
    pub received: u32,
    /// How many were given up, or taken and reported as not delivered.
    pub failed: u32,
}

/// How a drill stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DrillState {
    /// It goes on.
    Running,
    /// It is over, and somebody has acknowledged it.
    Acknowledged,
    /// It is over, and somebody has received a message, but nobody has acknowledged it.
    Received,
    /// It is over, and nobody has received a message.
    Unreached,
}

/// A drill with each step of its alerts.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DrillReport {
    /// The drill.
    #[serde(flatten)]
    pub drill: Drill,
    /// Seconds from its beginning until the first channel has taken a message; null while none has.
    #[schema(required = true)]
    pub seconds_to_receive: Option<f64>,
    /// Seconds from its beginning until somebody acknowledged it; null while nobody has.
    #[schema(required = true)]
    pub seconds_to_acknowledge: Option<f64>,
    /// The messages, in the order in which they were decided; at most 500.
    pub deliveries: Vec<DrillDelivery>,
    /// What notified nobody: steps of escalations, and what kept people from being notified.
    pub notes: Vec<DrillNote>,
}

/// A message of a drill.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DrillDelivery {
    /// The message.
    #[serde(flatten)]
    pub delivery: WhyDelivery,
    /// Seconds from its decision until the channel has taken it; null while it has not, and of what was not delivered.
    #[schema(required = true)]
    pub seconds: Option<f64>,
    /// Seconds from the beginning of the drill until the channel has taken it; null like those.
    #[schema(required = true)]
    pub seconds_since_start: Option<f64>,
}

/// What notified nobody.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DrillNote {
    /// When that was decided.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// Of what.
    pub alert: AlertKind,
    /// The channel; null where it concerns all of them.
    #[schema(required = true)]
    pub channel_id: Option<ChannelId>,
    /// The message that was not sent, if it was one.
    #[schema(required = true)]
    pub delivery_id: Option<Uuid>,
    /// The step of an escalation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<AlertCause>,
}

/// A drill that is to begin now.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DrillInput {
    /// Whose outage is rehearsed.
    pub monitor_id: i64,
    /// What people call it, at most 120 characters; by default "Drill of" and the monitor's name.
    pub name: Option<String>,
    /// After how many minutes it ends by itself, 1 to 240; 30 by default.
    pub minutes: Option<u32>,
}

/// Names a drill.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct DrillPath {
    /// The drill's id.
    pub id: DrillId,
}

impl PathParams for DrillPath {
    const RESOURCE: &'static str = "drill";
}

/// Which drills are listed.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct DrillsQuery {
    /// Only those of this monitor.
    pub monitor_id: Option<i64>,
    /// Only those that go on, or only those that are over.
    pub running: Option<bool>,
    /// How many items, 1 to 200; 50 by default.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Begins a drill each month by itself.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DrillSchedule {
    /// The id.
    pub id: i64,
    /// What people call it, and its drills.
    pub name: String,
    /// Whose outage is rehearsed.
    pub monitor_id: MonitorId,
    /// What people call that monitor.
    pub monitor_name: String,
    /// The day of the month, 1 to 28.
    pub day: u32,
    /// The time of the day by the clock on the wall, as in `10:00:00`.
    pub time: String,
    /// The IANA time zone, as in `Europe/Berlin`.
    pub time_zone: String,
    /// After how many minutes its drills end.
    pub minutes: u32,
    /// Whether it begins any.
    pub enabled: bool,
    /// When it begins the next one; null when it is not enabled.
    #[schema(required = true)]
    pub next_at: Option<Timestamp>,
    /// The last drill that it has begun.
    #[schema(required = true)]
    pub last_drill_id: Option<DrillId>,
    /// Grows with every change.
    pub version: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// The writable fields of a schedule of drills; in a change, those that are left out stay as they are.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DrillScheduleInput {
    /// What people call it, and its drills, at most 120 characters; required of a new one.
    pub name: Option<String>,
    /// Whose outage is rehearsed; required of a new one.
    pub monitor_id: Option<i64>,
    /// The day of the month, 1 to 28; required of a new one.
    pub day: Option<u32>,
    /// The time of the day by the clock on the wall, as in `10:00:00`; required of a new one.
    pub time: Option<String>,
    /// The IANA time zone, as in `Europe/Berlin`; UTC by default.
    pub time_zone: Option<String>,
    /// After how many minutes its drills end, 1 to 240; 30 by default.
    pub minutes: Option<u32>,
    /// Whether it begins any, which it does by default.
    pub enabled: Option<bool>,
}

/// Names a schedule of drills.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct DrillSchedulePath {
    /// The schedule's id.
    pub id: i64,
}

impl PathParams for DrillSchedulePath {
    const RESOURCE: &'static str = "drill schedule";
}

operation! {
    /// Lists drills, newest first.
    ListDrills "Drills": Get "/drills", View;
    query DrillsQuery;
    answer 200 Page<Drill>;
}

operation! {
    /// Begins a drill: people are notified as if the monitor were down.
    StartDrill "Drills": Post "/drills", ManageMonitors;
    body DrillInput;
    answer 201 Drill;
}

operation! {
    /// A drill with each step of its alerts.
    GetDrill "Drills": Get "/drills/{id}", View;
    path DrillPath;
    answer 200 DrillReport;
}

operation! {
    /// Acknowledges a drill: reminders and escalations end.
    AcknowledgeDrill "Drills": Post "/drills/{id}/acknowledge", Respond;
    path DrillPath;
    answer 200 Drill;
}

operation! {
    /// Ends a drill now.
    EndDrill "Drills": Post "/drills/{id}/end", ManageMonitors;
    path DrillPath;
    answer 200 Drill;
}

operation! {
    /// Lists the schedules of drills.
    ListDrillSchedules "Drills": Get "/drill-schedules", View;
    query PageQuery;
    answer 200 Page<DrillSchedule>;
}

operation! {
    /// Creates a schedule of drills.
    CreateDrillSchedule "Drills": Post "/drill-schedules", ManageMonitors;
    body DrillScheduleInput;
    answer 201 DrillSchedule;
    etag Versioned::etag;
}

operation! {
    /// A schedule of drills.
    GetDrillSchedule "Drills": Get "/drill-schedules/{id}", View;
    path DrillSchedulePath;
    answer 200 DrillSchedule;
    etag Versioned::etag;
}

operation! {
    /// Changes a schedule of drills: what is left out stays.
    EditDrillSchedule "Drills": Patch "/drill-schedules/{id}", ManageMonitors;
    path DrillSchedulePath;
    body DrillScheduleInput;
    answer 200 DrillSchedule;
    etag Versioned::etag;
}

operation! {
    /// Deletes a schedule of drills. The drills that it has begun stay.
    DeleteDrillSchedule "Drills": Delete "/drill-schedules/{id}", ManageMonitors;
    path DrillSchedulePath;
    answer 204;
}
