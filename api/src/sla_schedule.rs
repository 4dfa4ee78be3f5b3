//! Schedules of SLA reports: which are made by themselves for each month or quarter, and who is told of them.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::{ManageSlaSchedules, ViewSlaSchedules};
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::page::{Page, PageQuery};
use crate::sla_report::{SlaSelection, SlaSelectionInput};
use crate::version::Versioned;

/// For which periods reports are made by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlaCadence {
    /// For each month.
    Monthly,
    /// For each quarter of a year.
    Quarterly,
}

/// A schedule of SLA reports.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SlaSchedule {
    /// The id.
    pub id: i64,
    /// What people call it, and its reports.
    pub name: String,
    /// For which periods.
    pub cadence: SlaCadence,
    /// The time zone in which they begin.
    pub time_zone: String,
    /// Of which monitors.
    pub selection: SlaSelection,
    /// Per cent.
    pub target: f64,
    /// Whether the target is for the time without maintenance.
    pub exclude_maintenance: bool,
    /// The members who are told by mail, by the user's id.
    pub recipients: Vec<i64>,
    /// Whether reports are made.
    pub enabled: bool,
    /// When the next one is made: on the second day after its period at 06:00.
    pub next_at: Timestamp,
    /// The last report that it has made; null before the first one, and when that was deleted.
    #[schema(required = true)]
    pub last_report_id: Option<i64>,
    /// Why there is no report of the last period; null where there is one.
    #[schema(required = true)]
    pub error: Option<String>,
    /// Grows with every change.
    pub version: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// The writable fields of a schedule; in a change, those that are left out stay as they are.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlaScheduleInput {
    /// What people call it, and its reports.
    pub name: Option<String>,
    /// For which periods.
    #[schema(value_type = Option<SlaCadence>)]
    pub cadence: Option<String>,
    /// The time zone in which they begin, as in `Europe/Berlin`; UTC by default.
    pub time_zone: Option<String>,
    /// Of which monitors.
    pub selection: Option<SlaSelectionInput>,
    /// Per cent of the covered time that a monitor has to be up: 50 to 100 with at most four decimals; 99.9 by default.
    pub target: Option<f64>,
    /// Whether the target is for the time without maintenance, which it is by default.
    pub exclude_maintenance: Option<bool>,
    /// Members who are told by mail, by the user's id, at most 50. A mail goes to verified addresses alone, and of monitors
    /// that somebody does not see nothing is told.
    pub recipients: Option<Vec<i64>>,
    /// Whether reports are made, which they are by default.
    pub enabled: Option<bool>,
}

/// Names a schedule.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct SlaSchedulePath {
    /// The schedule's id.
    pub id: i64,
}

impl PathParams for SlaSchedulePath {
    const RESOURCE: &'static str = "SLA schedule";
}

operation! {
    /// Lists the schedules of SLA reports by their id.
    ListSlaSchedules "SLA reports": Get "/sla-schedules", ViewSlaSchedules;
    query PageQuery;
    answer 200 Page<SlaSchedule>;
}

operation! {
    /// Creates a schedule of SLA reports.
    CreateSlaSchedule "SLA reports": Post "/sla-schedules", ManageSlaSchedules;
    body SlaScheduleInput;
    answer 201 SlaSchedule;
    etag Versioned::etag;
}

operation! {
    /// Changes a schedule of SLA reports: what is left out stays.
    EditSlaSchedule "SLA reports": Patch "/sla-schedules/{id}", ManageSlaSchedules;
    path SlaSchedulePath;
    body SlaScheduleInput;
    answer 200 SlaSchedule;
    etag Versioned::etag;
}

operation! {
    /// Deletes a schedule of SLA reports. The reports that it has made stay.
    DeleteSlaSchedule "SLA reports": Delete "/sla-schedules/{id}", ManageSlaSchedules;
    path SlaSchedulePath;
    answer 204;
}
