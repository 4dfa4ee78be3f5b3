//! Maintenance windows: when monitors may be down.

use domain::maintenance::{Span, WeekdayName};
use domain::{MonitorId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::{ManageMonitors, View};
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::page::{Page, PageQuery};
use crate::version::Versioned;

/// A maintenance window.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MaintenanceWindow {
    /// The id.
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// Which monitors; all of the organisation's when there are none, and no tags either.
    pub monitors: Vec<MonitorId>,
    /// The names of tags, in alphabetical order: it concerns the monitors that have one of them, too.
    pub tags: Vec<String>,
    /// When; left out when it cannot be read.
    #[serde(flatten)]
    #[schema(value_type = SpanOrError)]
    pub span: Option<Span>,
    /// What of it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    pub error: Option<String>,
    /// Grows with every change.
    pub version: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// The times of a window, or why they cannot be read.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "a schema: of two fields, one is there")]
enum SpanOrError {
    /// The times.
    Span(Span),
    /// They cannot be read.
    Unreadable {
        /// What of it cannot be read.
        error: String,
    },
}

/// The writable fields of a window; in a change, those that are left out stay as they are.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MaintenanceWindowInput {
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Which monitors, at most 1000; empty, without tags either, means all of the organisation's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monitors: Option<Vec<i64>>,
    /// The names of tags, at most 50, that there are: it concerns the monitors that have one of them, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Whether it repeats; a change discards the old times.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Repeat>)]
    pub repeat: Option<String>,
    /// Recurring: the first day and time by the clock on the wall, as in `2026-12-01T22:00:00`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts: Option<String>,
    /// Recurring: on which days it recurs, an RRULE of RFC 5545 of which `FREQ` is `DAILY`, `WEEKLY`, `MONTHLY` or
    /// `YEARLY`, as in `FREQ=MONTHLY;BYDAY=2TU`. The time of day is that of `starts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Weekly: the day on which it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<WeekdayName>)]
    pub weekday: Option<String>,
    /// Once: its first instant. Weekly: the time of day, as in `02:00:00`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Once: the first instant after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Weekly and recurring: how long it lasts by the clock on the wall; less than a week.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
    /// Weekly and recurring: the time zone, as in `Europe/Berlin`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// Whether a maintenance window repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Repeat {
    /// Once.
    Once,
    /// Every week.
    Weekly,
    /// By a rule.
    Recurring,
}

/// An occurrence of a maintenance window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MaintenanceOccurrence {
    /// When it begins.
    pub starts_at: Timestamp,
    /// When it ends, or has ended: sooner than it was to where somebody has ended it.
    pub ends_at: Timestamp,
    /// What has become of it.
    pub state: OccurrenceState,
}

/// What has become of an occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OccurrenceState {
    /// It has not begun.
    Scheduled,
    /// It is under way.
    Active,
    /// It is over.
    Ended,
    /// It does not take place, or was ended before it was over.
    Cancelled,
}

/// The occurrences of a window, in their order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MaintenanceOccurrences {
    /// At most 100.
    pub occurrences: Vec<MaintenanceOccurrence>,
}

/// From which instant occurrences are listed.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct OccurrencesQuery {
    /// Those that end after it; now by default.
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// How many, 1 to 100; 10 by default.
    pub limit: Option<u32>,
}

/// Which occurrence of a window.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OccurrenceInput {
    /// When it begins.
    pub starts_at: Timestamp,
}

/// Names a maintenance window.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct MaintenanceWindowPath {
    /// The window's id.
    pub id: i64,
}

impl PathParams for MaintenanceWindowPath {
    const RESOURCE: &'static str = "maintenance window";
}

operation! {
    /// Lists maintenance windows by their id.
    ListMaintenanceWindows "Maintenance": Get "/maintenance-windows", View;
    query PageQuery;
    answer 200 Page<MaintenanceWindow>;
}

operation! {
    /// Creates a maintenance window.
    CreateMaintenanceWindow "Maintenance": Post "/maintenance-windows", ManageMonitors;
    body MaintenanceWindowInput;
    answer 201 MaintenanceWindow;
    etag Versioned::etag;
}

operation! {
    /// A maintenance window.
    GetMaintenanceWindow "Maintenance": Get "/maintenance-windows/{id}", View;
    path MaintenanceWindowPath;
    answer 200 MaintenanceWindow;
    etag Versioned::etag;
}

operation! {
    /// Changes a maintenance window: what is left out stays.
    EditMaintenanceWindow "Maintenance": Patch "/maintenance-windows/{id}", ManageMonitors;
    path MaintenanceWindowPath;
    body MaintenanceWindowInput;
    answer 200 MaintenanceWindow;
    etag Versioned::etag;
}

operation! {
    /// Deletes a maintenance window.
    DeleteMaintenanceWindow "Maintenance": Delete "/maintenance-windows/{id}", ManageMonitors;
    path MaintenanceWindowPath;
    answer 204;
}

operation! {
    /// When a maintenance window would be, that is not created: its next ten occurrences.
    PreviewMaintenanceWindow "Maintenance": Post "/maintenance-windows/preview", ManageMonitors;
    body MaintenanceWindowInput;
    answer 200 MaintenanceOccurrences;
}

operation! {
    /// The occurrences of a maintenance window.
    ListMaintenanceOccurrences "Maintenance": Get "/maintenance-windows/{id}/occurrences", View;
    path MaintenanceWindowPath;
    query OccurrencesQuery;
    answer 200 MaintenanceOccurrences;
}

operation! {
    /// Cancels an occurrence of a maintenance window: one that has not begun does not take place, one that is under way ends
    /// now.
    CancelMaintenanceOccurrence "Maintenance": Post "/maintenance-windows/{id}/occurrences/cancel", ManageMonitors;
    path MaintenanceWindowPath;
    body OccurrenceInput;
    answer 200 MaintenanceWindow;
    etag Versioned::etag;
}

operation! {
    /// Lets an occurrence take place that was cancelled and has not begun.
    RestoreMaintenanceOccurrence "Maintenance": Post "/maintenance-windows/{id}/occurrences/restore", ManageMonitors;
    path MaintenanceWindowPath;
    body OccurrenceInput;
    answer 200 MaintenanceWindow;
    etag Versioned::etag;
}
