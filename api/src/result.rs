//! The history of a monitor, and the figures over all of them.

use domain::record::PointState;
use domain::{ErrorCode, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::View;
use crate::as_of::AtQuery;
use crate::monitor::MonitorPath;
use crate::operation::{given_or, given_or_value, operation};
use crate::page::Page;

/// Which results are asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ResultsQuery {
    /// The first instant.
    pub from: Option<Timestamp>,
    /// The first instant after the range.
    pub to: Option<Timestamp>,
    /// Only those of this region. Where there are few among many of others, a page may have fewer than `limit`, or none,
    /// although there are more: as long as `next_cursor` is not null.
    pub region: Option<String>,
    /// How many items, 1 to 200; 50 by default.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// What one check found, or that there was none.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CheckResult {
    /// The instant that the check was due.
    pub scheduled_at: Timestamp,
    /// When it started; null when the slot was not checked.
    #[schema(required = true)]
    pub checked_at: Option<Timestamp>,
    /// The verdict.
    pub outcome: Outcome,
    /// The verdict, with slow answers told apart.
    pub state: PointState,
    /// How long the answer took.
    #[schema(required = true)]
    pub latency_ms: Option<i32>,
    /// The HTTP status of the answer.
    #[schema(required = true)]
    pub status_code: Option<i16>,
    /// What went wrong, in words.
    #[schema(required = true)]
    pub error: Option<String>,
    /// What went wrong, from the closed list.
    #[schema(required = true)]
    pub error_code: Option<ErrorCode>,
    /// Attempts made, retries included.
    pub attempts: i16,
    /// From where it was checked.
    pub region: String,
}

/// The verdict of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The target answered as expected.
    Up,
    /// It did not.
    Down,
    /// It was not checked.
    Skipped,
}

/// Which part of history is drawn, and how finely.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SeriesQuery {
    /// The first instant; 24 hours ago by default.
    pub from: Option<Timestamp>,
    /// The first instant after the range; now by default.
    pub to: Option<Timestamp>,
    /// How many buckets at most, 2 to 300; 120 by default.
    pub points: Option<usize>,
    /// Only what this region found.
    pub region: Option<String>,
    /// Adds what each region found by itself, over at most 120 days. Not together with `region`.
    #[serde(default)]
    #[param(required = false)]
    pub by_region: bool,
}

/// Response times and availability over a range, in buckets without a gap, oldest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Series {
    /// The first instant, rounded down to a bucket.
    pub from: Timestamp,
    /// The first instant after the range.
    pub to: Timestamp,
    /// The length of a bucket.
    pub bucket_seconds: i64,
    /// The buckets.
    pub buckets: Vec<SeriesBucket>,
    /// The same buckets of each region that has results in the range, by name and 16 at most; left out unless `by_region` asks
    /// for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regions: Option<Vec<RegionSeries>>,
}

/// Response times and availability as one region found them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RegionSeries {
    /// The region's name.
    pub region: String,
    /// The buckets, as many and as long as those of the whole.
    pub points: Vec<SeriesBucket>,
}

/// What a bucket adds up to.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct SeriesBucket {
    /// Its first instant.
    pub at: Timestamp,
    /// Checks that were up.
    pub up: i64,
    /// Checks that were up, but slow.
    pub degraded: i64,
    /// Checks that were down.
    pub down: i64,
    /// Slots that were not checked.
    pub skipped: i64,
    /// The part of the measured time that was up, 0 to 1; null where nothing was measured.
    #[schema(required = true)]
    pub availability: Option<f64>,
    /// The part of the time that was measured, 0 to 1.
    pub coverage: f64,
    /// The median response time, exact to 5 %.
    #[schema(required = true)]
    pub p50_ms: Option<f64>,
    /// The 95th percentile.
    #[schema(required = true)]
    pub p95_ms: Option<f64>,
    /// The 99th percentile.
    #[schema(required = true)]
    pub p99_ms: Option<f64>,
    /// The shortest response time.
    #[schema(required = true)]
    pub min_ms: Option<i32>,
    /// The longest response time.
    #[schema(required = true)]
    pub max_ms: Option<i32>,
}

/// Of which range uptime is asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UptimeQuery {
    /// The first instant; a day before `to` by default. Without `from` and `to` the answer has the usual windows.
    pub from: Option<Timestamp>,
    /// The first instant after the range; now by default.
    pub to: Option<Timestamp>,
    /// Leaves time within maintenance windows out.
    #[serde(default)]
    #[param(required = false)]
    pub exclude_maintenance: bool,
    /// Only what this region found; its incidents are those that it had found when they were opened.
    pub region: Option<String>,
}

/// The uptime of a span of time; docs/UPTIME.md has the definition.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Uptime {
    /// The part of the measured time that was up, 0 to 1; null when nothing was measured.
    #[schema(required = true)]
    pub ratio: Option<f64>,
    /// The time that was down.
    pub downtime_seconds: i64,
    /// Incidents that were open at some time in it.
    pub incidents: usize,
    /// The part of the time that was measured, 0 to 1.
    pub coverage: f64,
}

/// The uptime of a range that was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct RangeUptime {
    /// The first instant that was measured.
    pub from: Timestamp,
    /// The first instant after the range.
    pub to: Timestamp,
    /// Its uptime.
    #[serde(flatten)]
    pub uptime: Uptime,
}

/// The uptime of the range that was asked for, or else of the usual windows.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum UptimeAnswer {
    /// With `from` or `to`.
    Range(RangeUptime),
    /// Without.
    Windows(UptimeWindows),
}

/// The uptime of the usual windows, each up to now.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct UptimeWindows {
    /// Of a day.
    #[serde(rename = "24h")]
    pub day: Uptime,
    /// Of 30 days.
    #[serde(rename = "30d")]
    pub month: Uptime,
    /// Of 365 days.
    #[serde(rename = "365d")]
    pub year: Uptime,
    /// Of 7 days.
    #[serde(rename = "7d")]
    pub week: Uptime,
    /// Of 90 days.
    #[serde(rename = "90d")]
    pub quarter: Uptime,
}

/// Counts for the head of a dashboard.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Summary {
    /// Monitors that are up.
    pub up: i64,
    /// Monitors that are degraded.
    pub degraded: i64,
    /// Monitors that are down.
    pub down: i64,
    /// Monitors that were not checked yet.
    pub pending: i64,
    /// Monitors that are paused.
    pub paused: i64,
    /// Incidents that are open.
    pub open_incidents: i64,
    /// Checks in the last sixty minutes. Of the hour in which they begin, its share is taken.
    pub checks_last_hour: i64,
    /// Only as of an instant: monitors of which it is not known in which state they were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_known: Option<i64>,
    /// The instant as of which is answered; left out where none was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
}

operation! {
    /// Lists the results of a monitor, newest first; slots that were not checked are among them.
    ListResults "History": Get "/monitors/{id}/results", View;
    path MonitorPath;
    query ResultsQuery;
    answer 200 Page<CheckResult>;
}

operation! {
    /// Response times and availability of a monitor over a range.
    GetSeries "History": Get "/monitors/{id}/series", View;
    path MonitorPath;
    query SeriesQuery;
    answer 200 Series;
}

operation! {
    /// The uptime of a monitor.
    GetUptime "History": Get "/monitors/{id}/uptime", View;
    path MonitorPath;
    query UptimeQuery;
    answer 200 UptimeAnswer;
}

operation! {
    /// Counts over all monitors, now or as of an instant.
    GetSummary "History": Get "/summary", View;
    query AtQuery;
    answer 200 Summary;
}
