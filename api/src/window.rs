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
    /// Which monitors; all of the organisation's when there are none.
    pub monitors: Vec<MonitorId>,
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
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MaintenanceWindowInput {
    /// What people call it.
    pub name: Option<String>,
    /// Which monitors, at most 1000; empty means all of the organisation's.
    pub monitors: Option<Vec<i64>>,
    /// Whether it repeats; a change discards the old times.
    #[schema(value_type = Option<Repeat>)]
    pub repeat: Option<String>,
    /// Weekly: the day on which it begins.
    #[schema(value_type = Option<WeekdayName>)]
    pub weekday: Option<String>,
    /// Once: its first instant. Weekly: the time of day, as in `02:00:00`.
    pub from: Option<String>,
    /// Once: the first instant after it.
    pub until: Option<String>,
    /// Weekly: how long it lasts by the clock on the wall; less than a week.
    pub minutes: Option<u32>,
    /// Weekly: the time zone, as in `Europe/Berlin`.
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
