//! A monitor as it is answered.

use api::Monitor;
use domain::Timestamp;
use domain::live::{LiveStatus, Point};
use domain::monitor::MonitorInput;
use shared::postgres::Stored;

use super::row::{MonitorRow, UNREADABLE};

pub(super) fn view(
    row: MonitorRow,
    status: LiveStatus,
    uptime_24h: Option<f64>,
    sparkline: Vec<Point>,
    now: Timestamp,
) -> Monitor {
    let (muted, muted_until) = row.mute(now);
    Monitor {
        id: row.id,
        definition_error: row.spec.value().is_none().then(|| UNREADABLE.to_owned()),
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
