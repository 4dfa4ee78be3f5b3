//! A monitor as it is answered.

use domain::live::{LiveStatus, Point};
use domain::monitor::MonitorInput;
use domain::{MonitorId, Timestamp};
use serde::Serialize;

use super::row::MonitorRow;

/// A monitor as it is answered.
#[derive(Debug, Serialize)]
pub(super) struct MonitorView {
    id: MonitorId,
    #[serde(flatten)]
    settings: MonitorInput,
    muted: bool,
    muted_until: Option<Timestamp>,
    version: i32,
    revision: i32,
    created_at: Timestamp,
    updated_at: Timestamp,
    status: LiveStatus,
    uptime_24h: Option<f64>,
    sparkline: Vec<Point>,
}

impl MonitorView {
    pub(super) fn new(
        row: MonitorRow,
        status: LiveStatus,
        uptime_24h: Option<f64>,
        sparkline: Vec<Point>,
        now: Timestamp,
    ) -> Self {
        let (muted, muted_until) = row.mute(now);
        Self {
            id: row.id,
            settings: MonitorInput::from((row.name, row.spec)).shown(),
            muted,
            muted_until,
            version: row.version,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
            status,
            uptime_24h,
            sparkline,
        }
    }
}
