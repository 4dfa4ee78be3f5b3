//! SLA reports: how available monitors were in a period, against a target. docs/SLA.md has the definitions.

use domain::fold::CloseReason;
use domain::{ErrorCode, IncidentId, MonitorId, StatusPageId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::{ManageMonitors, View};
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::page::{Page, PageQuery};

/// What an SLA report is asked for.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlaReportInput {
    /// What people call it; the period by default.
    pub name: Option<String>,
    /// Of which time.
    #[schema(required = true)]
    pub period: Option<SlaPeriodInput>,
    /// The time zone in which months and days begin, as in `Europe/Berlin`; UTC by default.
    pub time_zone: Option<String>,
    /// Of which monitors.
    #[schema(required = true)]
    pub selection: Option<SlaSelectionInput>,
    /// Per cent of the covered time that a monitor has to be up: 50 to 100 with at most four decimals; 99.9 by default.
    pub target: Option<f64>,
    /// Whether the target is for the time without maintenance, which it is by default.
    pub exclude_maintenance: Option<bool>,
}

/// The time of an SLA report: a month, a quarter, or `from` and `to`. At most 366 days.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlaPeriodInput {
    /// A month, as in `2026-10`.
    pub month: Option<String>,
    /// A quarter, as in `2026-Q4`.
    pub quarter: Option<String>,
    /// The first day, as in `2026-10-01`, or the first instant.
    pub from: Option<String>,
    /// The first day, or instant, after it.
    pub to: Option<String>,
}

/// The monitors of an SLA report: some, those of a tag, or those of a status page.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlaSelectionInput {
    /// Monitors, 1 to 200.
    pub monitors: Option<Vec<i64>>,
    /// The name of a tag that 1 to 200 monitors have.
    pub tag: Option<String>,
    /// The id of a status page that shows 1 to 200 monitors.
    pub status_page: Option<i64>,
}

/// Of which monitors a report is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum SlaSelection {
    /// Of these.
    Monitors {
        /// Their ids.
        monitors: Vec<MonitorId>,
    },
    /// Of those that have a tag when the report is made.
    Tag {
        /// The name of the tag.
        tag: String,
    },
    /// Of those that a status page shows when the report is made.
    StatusPage {
        /// The id of the status page.
        status_page: StatusPageId,
    },
}

/// How the time of a report was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlaPeriodKind {
    /// A month.
    Month,
    /// A quarter of a year.
    Quarter,
    /// From one day or instant to another.
    Range,
}

/// The time of a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlaPeriod {
    /// How it was asked for.
    pub kind: SlaPeriodKind,
    /// In words, as in `October 2026`.
    pub label: String,
    /// The time zone in which it begins and ends.
    pub time_zone: String,
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
}

/// What was measured of a span of time. The sums are of the same milliseconds as those of `GET /monitors/{id}/uptime`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlaFigures {
    /// The part of the covered time that was up, 0 to 1; null when nothing was measured.
    #[schema(required = true)]
    pub ratio: Option<f64>,
    /// The same in per cent, rounded down, so that it never looks like a target that was missed.
    #[schema(required = true)]
    pub percent: Option<String>,
    /// Milliseconds that were up.
    pub up_ms: i64,
    /// Milliseconds that were up, but slow.
    pub degraded_ms: i64,
    /// Milliseconds that were down.
    pub down_ms: i64,
    /// Milliseconds in all, measured or not.
    pub length_ms: i64,
    /// The part of them that was measured, 0 to 1.
    pub coverage: f64,
    /// Incidents that were open at some time in it.
    pub incidents: usize,
}

/// How much downtime the target allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SlaBudget {
    /// What it allows of the covered time, in milliseconds.
    pub allowed_ms: i64,
    /// What was down.
    pub used_ms: i64,
    /// What is left; negative when it was not enough.
    pub left_ms: i64,
}

/// A mean time, and of how many incidents it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SlaMeanTime {
    /// The mean in milliseconds; null of none.
    #[schema(required = true)]
    pub mean_ms: Option<i64>,
    /// Of how many incidents.
    pub incidents: usize,
}

/// Response times, exact to 5 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlaLatency {
    /// The median.
    pub p50_ms: f64,
    /// The 95th percentile.
    pub p95_ms: f64,
    /// The 99th percentile.
    pub p99_ms: f64,
}

/// What a report says of a monitor, or of all of them together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlaResult {
    /// Of all the time.
    pub all_time: SlaFigures,
    /// Of the time without maintenance.
    pub without_maintenance: SlaFigures,
    /// Whether the target was met; null when nothing was measured.
    #[schema(required = true)]
    pub met: Option<bool>,
    /// Of the figures that the target is for.
    pub budget: SlaBudget,
    /// The mean time from the beginning of an incident to its acknowledgement, of those that were acknowledged.
    pub mtta: SlaMeanTime,
    /// The mean time from the beginning of an incident to its end, of those that ended because the target recovered.
    pub mttr: SlaMeanTime,
    /// Response times; null where none were measured.
    #[schema(required = true)]
    pub latency: Option<SlaLatency>,
}

/// A monitor in a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlaMonitor {
    /// The monitor.
    pub id: MonitorId,
    /// What people called it when the report was made.
    pub name: String,
    /// The first instant that was measured: rounded to what is kept, and not before the monitor was made.
    pub from: Timestamp,
    /// The first instant after what was measured.
    pub to: Timestamp,
    /// What was found.
    #[serde(flatten)]
    pub result: SlaResult,
    /// The incidents that were open at some time in it, the first one first; of very many, the longest.
    pub incidents: Vec<SlaIncident>,
    /// Incidents that are counted and not listed.
    pub incidents_left_out: usize,
}

/// An incident in a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlaIncident {
    /// Its name.
    pub id: IncidentId,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was over; null of one that was not when the report was made.
    #[schema(required = true)]
    pub ended_at: Option<Timestamp>,
    /// How long it lasted as a whole, or had lasted when the report was made.
    pub duration_ms: i64,
    /// Why it was over.
    #[schema(required = true)]
    pub ended_by: Option<CloseReason>,
    /// The code of its first failure.
    #[schema(required = true)]
    pub cause: Option<ErrorCode>,
    /// Whether all of it that lies in the period lies within maintenance.
    pub within_maintenance: bool,
    /// When it was acknowledged.
    #[schema(required = true)]
    pub acknowledged_at: Option<Timestamp>,
    /// Who acknowledged it; left out of files, which go to others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_by: Option<String>,
}

/// All monitors of a report together: the sums of their times, so that each counts for as long as it was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlaTotal {
    /// What was found.
    #[serde(flatten)]
    pub result: SlaResult,
    /// Monitors that met the target.
    pub monitors_met: usize,
    /// Monitors that missed it.
    pub monitors_missed: usize,
    /// Monitors of which nothing was measured.
    pub monitors_unmeasured: usize,
}

/// How the figures were arrived at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SlaMethod {
    /// Grows whenever a definition changes.
    pub version: u32,
    /// The definitions, one sentence or two each.
    pub statements: Vec<String>,
    /// Where the whole definition is.
    pub url: String,
}

/// What a report says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlaReportContent {
    /// What people call it.
    pub name: String,
    /// Whose it is.
    pub organisation: String,
    /// Of which time.
    pub period: SlaPeriod,
    /// Whether the period was not over when it was made, or is only just over: the figures may still change.
    pub preliminary: bool,
    /// When it was made.
    pub computed_at: Timestamp,
    /// Of which monitors.
    pub selection: SlaSelection,
    /// Per cent.
    pub target: f64,
    /// Whether the target is for the time without maintenance.
    pub exclude_maintenance: bool,
    /// All monitors together.
    pub total: SlaTotal,
    /// The monitors, by name.
    pub monitors: Vec<SlaMonitor>,
    /// How the figures were arrived at.
    pub method: SlaMethod,
}

/// A report that is kept as it was made.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SlaReport {
    /// The id.
    pub id: i64,
    /// The schedule that made it; null of one that somebody has made, and when the schedule is gone.
    #[schema(required = true)]
    pub schedule_id: Option<i64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// What it says.
    #[serde(flatten)]
    pub content: SlaReportContent,
}

/// A report in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SlaReportSummary {
    /// The id.
    pub id: i64,
    /// The schedule that made it; null of one that somebody has made, and when the schedule is gone.
    #[schema(required = true)]
    pub schedule_id: Option<i64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// What it says in short.
    #[serde(flatten)]
    pub head: SlaReportHead,
}

/// What a report says in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlaReportHead {
    /// What people call it.
    pub name: String,
    /// Of which time.
    pub period: SlaPeriod,
    /// Whether the figures may still have changed after it was made.
    pub preliminary: bool,
    /// Per cent.
    pub target: f64,
    /// What all monitors together have come to, in per cent, rounded down; null when nothing was measured.
    #[schema(required = true)]
    pub percent: Option<String>,
    /// Whether all together met the target; null when nothing was measured.
    #[schema(required = true)]
    pub met: Option<bool>,
    /// How many monitors it is of.
    pub monitors: usize,
    /// How many of them missed the target.
    pub monitors_missed: usize,
}

/// Names a report.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct SlaReportPath {
    /// The report's id.
    pub id: i64,
}

impl PathParams for SlaReportPath {
    const RESOURCE: &'static str = "SLA report";
}

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlaFileFormat {
    /// A page that stands alone and can be printed.
    Html,
    /// A table, a line for each monitor.
    Csv,
    /// A tagged PDF.
    Pdf,
    /// What `GET` answers, without names of people.
    Json,
}

/// Which file is asked for.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SlaFileQuery {
    /// Its form.
    #[param(inline)]
    pub format: SlaFileFormat,
}

operation! {
    /// Lists the SLA reports that are kept, the latest first.
    ListSlaReports "SLA reports": Get "/sla-reports", View;
    query PageQuery;
    answer 200 Page<SlaReportSummary>;
}

operation! {
    /// Makes an SLA report, and keeps it as it is.
    CreateSlaReport "SLA reports": Post "/sla-reports", ManageMonitors;
    body SlaReportInput;
    answer 201 SlaReport;
}

operation! {
    /// What an SLA report would say. Nothing is kept.
    PreviewSlaReport "SLA reports": Post "/sla-reports/preview", View;
    body SlaReportInput;
    answer 200 SlaReportContent;
}

operation! {
    /// An SLA report.
    GetSlaReport "SLA reports": Get "/sla-reports/{id}", View;
    path SlaReportPath;
    answer 200 SlaReport;
}

operation! {
    /// An SLA report as a file for others.
    GetSlaReportFile "SLA reports": Get "/sla-reports/{id}/file", View;
    path SlaReportPath;
    query SlaFileQuery;
    answer 200 SlaReportContent;
    media type "application/json" or "text/html" or "text/csv" or "application/pdf";
}

operation! {
    /// Deletes an SLA report.
    DeleteSlaReport "SLA reports": Delete "/sla-reports/{id}", ManageMonitors;
    path SlaReportPath;
    answer 204;
}
