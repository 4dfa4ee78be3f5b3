//! A row of `monitors`.

use chrono::{DateTime, Utc};
use domain::monitor::{Definition, Spec};
use domain::record::{Lifecycle, LifecycleEvent};
use domain::{MonitorId, OrgId, Timestamp};
use tokio_postgres::Row;
use tokio_postgres::types::Json;

/// The columns that [`MonitorRow::read`] reads, of a table called `m`.
pub(crate) const COLUMNS: &str = "m.id, m.org_id, m.name, m.spec, m.revision, m.version, \
     m.muted, m.muted_until, m.created_at, m.updated_at";

/// A row of `monitors`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MonitorRow {
    pub(crate) id: MonitorId,
    pub(crate) org_id: OrgId,
    pub(crate) name: String,
    pub(crate) spec: Spec,
    pub(crate) revision: i32,
    pub(crate) version: i32,
    /// Also when it ended by itself: see [`MonitorRow::mute`].
    pub(super) muted: bool,
    pub(super) muted_until: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl MonitorRow {
    pub(crate) fn read(row: &Row) -> Result<Self, tokio_postgres::Error> {
        let Json(spec) = row.try_get("spec")?;
        let muted_until: Option<DateTime<Utc>> = row.try_get("muted_until")?;
        Ok(Self {
            id: MonitorId(row.try_get("id")?),
            org_id: OrgId(row.try_get("org_id")?),
            name: row.try_get("name")?,
            spec,
            revision: row.try_get("revision")?,
            version: row.try_get("version")?,
            muted: row.try_get("muted")?,
            muted_until: muted_until.map(Timestamp::from),
            created_at: row.try_get::<_, DateTime<Utc>>("created_at")?.into(),
            updated_at: row.try_get::<_, DateTime<Utc>>("updated_at")?.into(),
        })
    }

    /// Whether nobody is told of its outages at `now`, and until when.
    pub(crate) fn mute(&self, now: Timestamp) -> (bool, Option<Timestamp>) {
        let muted = self.muted && self.muted_until.is_none_or(|until| now < until);
        (muted, self.muted_until.filter(|_| muted))
    }

    /// What pingers need of it.
    pub(crate) fn into_definition(self) -> Definition {
        Definition {
            id: self.id,
            org_id: self.org_id,
            revision: self.revision.unsigned_abs(),
            changed_at: Some(self.updated_at),
            spec: self.spec,
        }
    }

    /// The record which tells that `event` has made this row.
    pub(crate) fn lifecycle(&self, event: LifecycleEvent, timestamp: Timestamp) -> Lifecycle {
        Lifecycle {
            monitor_id: self.id,
            org_id: self.org_id,
            url: self.spec.probe.display_url(),
            timestamp,
            revision: self.revision.unsigned_abs(),
            event,
            incident_id: None,
            delivery_id: None,
        }
    }
}
