//! Input and output of the store.

use domain::fold::HeartbeatState;
use domain::live::{IncidentView, LiveStatus, Point, StatusEvent};
use domain::{MonitorId, OrgId, Record, Timestamp};
use serde_json::value::RawValue;

/// Points of a sparkline.
pub(crate) const SPARKLINE: usize = 60;

/// A record whose monitor is known.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The record.
    pub record: Record,
    /// The organisation that owns the monitor, by the table of monitors.
    pub org_id: OrgId,
    /// When it was appended to the log.
    pub appended_at: Timestamp,
}

/// The changes that a batch made.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    /// Live updates, one for each monitor of the batch.
    pub live: Vec<LiveUpdate>,
    /// Counts by effect.
    pub counts: Counts,
}

/// How many records and rows of a batch had which effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records that advanced a state.
    pub applied: u64,
    /// Records whose slot was not newer than their state's.
    pub late: u64,
    /// Records of an earlier revision.
    pub old_revision: u64,
    /// Records without a verdict.
    pub no_verdict: u64,
    /// Results that have no say in a quorum.
    pub uncounted: u64,
    /// Rows of results that were new.
    pub inserted: u64,
    /// Rows of results that a higher revision has replaced.
    pub replaced: u64,
    /// Results that were there already.
    pub duplicates: u64,
    /// Incidents that began.
    pub opened: u64,
    /// Incidents that ended.
    pub closed: u64,
    /// Dates of heartbeats that were missed.
    pub missed: u64,
}

/// The order in which a monitor's live states follow each other. The greater one is the newer one, however
/// late it comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Twice the revision, and one more when a result of the revision was folded in.
    pub revision: u64,
    /// The newest slot, in milliseconds, or the sum of those of several regions, and one more for each change of what is known of a heartbeat's pings.
    pub slot: i64,
}

/// What Redis is to hold of a monitor.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveUpdate {
    /// Which monitor.
    pub monitor_id: MonitorId,
    /// The organisation that owns it.
    pub org_id: OrgId,
    /// How new the status is.
    pub version: Version,
    /// The status; none when the monitor was removed.
    pub status: Option<LiveStatus>,
    /// Failing results in a row.
    pub failing: u16,
    /// Points of its sparkline.
    pub points: Vec<Point>,
    /// What is known of its pings; none when it is no heartbeat.
    pub heartbeat: Option<HeartbeatState>,
    /// Events for dashboards, sent when the status is new to Redis.
    pub events: Vec<LiveEvent>,
}

/// The points that a sparkline has room for, in the order of their slots.
pub(crate) fn newest_points(mut points: Vec<Point>) -> Vec<Point> {
    points.sort_by_key(|point| point.at);
    points.drain(..points.len().saturating_sub(SPARKLINE));
    points
}

/// An entry of an organisation's live stream.
#[derive(Clone, Debug, PartialEq)]
pub enum LiveEvent {
    /// The monitor has a new status, brought about by this result where it was one.
    Status(Option<Point>),
    /// An incident began or ended.
    Incident(Box<IncidentView>),
}

impl LiveEvent {
    /// The name in the field `event`.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Status(_) => "status",
            Self::Incident(_) => "incident",
        }
    }

    /// The JSON of the field `data`, of a monitor with this status.
    pub(crate) fn data(&self, monitor_id: MonitorId, status: &RawValue) -> serde_json::Result<String> {
        match self {
            &Self::Status(point) => serde_json::to_string(&StatusEvent {
                monitor_id,
                status,
                point,
            }),
            Self::Incident(view) => serde_json::to_string(view),
        }
    }
}
