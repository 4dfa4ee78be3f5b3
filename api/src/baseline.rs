//! What is usual of a monitor's response times.

use domain::Timestamp;
use domain::baseline::Sensitivity;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::View;
use crate::monitor::MonitorPath;
use crate::operation::{given_or, given_or_value, operation};

/// Of which hours it is asked, and how far from what is usual is usual still.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BaselineQuery {
    /// The first instant; 24 hours before `to` by default.
    pub from: Option<Timestamp>,
    /// The first instant after the range, at most 31 days after `from`; now by default.
    pub to: Option<Timestamp>,
    /// How soon response times count as slower than usual; as the monitor says by default, or else `medium`.
    pub sensitivity: Option<Sensitivity>,
}

/// What is usual of a monitor's response times, hour by hour.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Baseline {
    /// The first instant, rounded down to the hour.
    pub from: Timestamp,
    /// The first instant after the range.
    pub to: Timestamp,
    /// How soon response times count as slower than usual.
    pub sensitivity: Sensitivity,
    /// Whether it is known what is usual in the present hour.
    pub state: BaselineState,
    /// Since when hours are known, of those of the last eight weeks that count; null while there is none.
    #[schema(required = true)]
    pub known_since: Option<Timestamp>,
    /// How many hours are known of the last eight weeks: none with an incident, with maintenance or with too few checks.
    pub known_hours: usize,
    /// In how many of these weeks there is one.
    pub known_weeks: usize,
    /// The hours of the range for which it is known what is usual, oldest first.
    pub points: Vec<BaselinePoint>,
}

/// Whether it is known what is usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BaselineState {
    /// Too few hours are known yet.
    Learning,
    /// It is.
    Ready,
}

/// What is usual in one hour, by the hours before it. All of it is about the 95th percentile of the response times.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct BaselinePoint {
    /// When the hour begins.
    pub hour: Timestamp,
    /// What is faster is unusual, too.
    pub lower_ms: f64,
    /// The median of the hours that it is made of.
    pub median_ms: f64,
    /// What is slower is slower than usual.
    pub upper_ms: f64,
    /// Of how many hours it is made.
    pub hours: usize,
    /// Whether these are the same hour of each day, because too few are known of the same hour of the week.
    pub by_day: bool,
}

operation! {
    /// What is usual of the response times of a monitor, by the hour of the week.
    GetBaseline "History": Get "/monitors/{id}/baseline", View;
    path MonitorPath;
    query BaselineQuery;
    answer 200 Baseline;
}
