//! A monitor as it is answered.

use domain::live::{LiveStatus, Point};
use domain::monitor::MonitorInput;
use domain::{MonitorId, Timestamp};
use serde::Serialize;
use shared::postgres::Stored;

use super::row::{MonitorRow, UNREADABLE};

/// A monitor as it is answered.
#[derive(Debug, Serialize)]
pub(super) struct MonitorView {
    id: MonitorId,
    #[serde(flatten)]
    settings: MonitorInput,
    /// Only when the settings cannot be read: then most of them are null.
    #[serde(skip_serializing_if = "Option::is_none")]
    definition_error: Option<&'static str>,
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
            definition_error: row.spec.value().is_none().then_some(UNREADABLE),
            settings: match row.spec {
                Stored::Read(spec) => MonitorInput::from((row.name, spec)).shown(),
                Stored::Unreadable { .. } => known_settings(&row),
            },
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

/// The writable fields of a monitor whose definition cannot be read, as far as they can be told.
fn known_settings(row: &MonitorRow) -> MonitorInput {
    MonitorInput {
        name: Some(row.name.clone()),
        kind: row.kind().map(str::to_owned),
        url: Some(row.display_url()).filter(|url| !url.is_empty()),
        paused: Some(row.is_paused()),
        ..MonitorInput::default()
    }
}
