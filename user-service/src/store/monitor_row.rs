//! A row of `monitors`.

use chrono::{DateTime, Utc};
use domain::heartbeat::PingTarget;
use domain::monitor::{Definition, Probe, Spec};
use domain::record::{Lifecycle, LifecycleEvent};
use domain::redact;
use domain::{MonitorId, OrgId, Timestamp};
use shared::crypto::Keyring;
use shared::postgres::Stored;
use tokio_postgres::Row;

use super::{labels, monitor_seal};
use crate::rules::alert_labels::AlertLabels;

/// Each column that [`MonitorRow::read`] reads, with what it is of a present row of a table called `m`.
macro_rules! columns {
    ($first:ident: $first_now:literal, $($name:ident: $now:literal),+ $(,)?) => {
        /// The columns that [`MonitorRow::read`] reads, of a table called `m`.
        pub(crate) const COLUMNS: &str = concat!(
            $first_now, " AS ", stringify!($first),
            $(", ", $now, " AS ", stringify!($name)),+
        );

        /// What each of the same columns is of, in SQL, where it is not the present row: none can be forgotten.
        #[derive(Debug)]
        pub(crate) struct Columns<'a> {
            pub(crate) $first: &'a str,
            $(pub(crate) $name: &'a str),+
        }

        impl Columns<'_> {
            /// As they are selected.
            pub(crate) fn selected(&self) -> String {
                let columns = [(stringify!($first), self.$first), $((stringify!($name), self.$name)),+];
                columns.map(|(name, of)| format!("{of} AS {name}")).join(", ")
            }
        }
    };
}

// Since when the same is checked is known only of the revision for which that was computed: a release that does not compute it
// may have edited the monitor since.
columns! {
    id: "m.id",
    org_id: "m.org_id",
    name: "m.name",
    external_key: "m.external_key",
    spec: "m.spec",
    sealed_spec: "m.sealed_spec",
    revision: "m.revision",
    probe_revision: "CASE WHEN m.probe_revision_of = m.revision THEN m.probe_revision END",
    probe_since: "m.probe_since",
    version: "m.version",
    severity: "m.severity",
    alert_recipients: "m.alert_recipients",
    flapping: "m.flapping",
    anomalies: "m.anomalies",
    muted: "m.muted",
    muted_until: "m.muted_until",
    created_at: "m.created_at",
    updated_at: "m.updated_at",
}

/// What is said of a monitor whose definition cannot be read.
pub(crate) const UNREADABLE: &str =
    "the definition cannot be read, so nothing is checked; send it as a whole, or delete the monitor";

/// A row of `monitors`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MonitorRow {
    pub(crate) id: MonitorId,
    pub(crate) org_id: OrgId,
    pub(crate) name: String,
    /// Unique in the organisation.
    pub(crate) external_key: Option<String>,
    pub(crate) spec: Stored<Spec>,
    pub(crate) revision: i32,
    /// Since which revision the same is checked.
    pub(crate) probe_revision: i32,
    /// When what is checked was changed last; a pause changes nothing of it. None where that is not known to have been.
    pub(crate) probe_since: Option<Timestamp>,
    pub(crate) version: i32,
    /// What it says itself about its alerts. On which monitors it depends is there once it is locked, and not where it was
    /// only read.
    pub(crate) alerts: AlertLabels,
    /// Also when it ended by itself: see [`MonitorRow::mute`].
    pub(crate) muted: bool,
    pub(crate) muted_until: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl MonitorRow {
    pub(crate) fn read(row: &Row, keyring: &Keyring) -> Result<Self, tokio_postgres::Error> {
        let muted_until: Option<DateTime<Utc>> = row.try_get("muted_until")?;
        let probe_since: Option<DateTime<Utc>> = row.try_get("probe_since")?;
        let revision = row.try_get("revision")?;
        let probe_revision: Option<i32> = row.try_get("probe_revision")?;
        let (id, org_id) = (MonitorId(row.try_get("id")?), OrgId(row.try_get("org_id")?));
        let sealed: Option<&[u8]> = row.try_get("sealed_spec")?;
        Ok(Self {
            id,
            org_id,
            name: row.try_get("name")?,
            external_key: row.try_get("external_key")?,
            spec: monitor_seal::open(row.try_get("spec")?, sealed, keyring, org_id, id),
            revision,
            probe_revision: probe_revision.unwrap_or(revision),
            probe_since: probe_since.map(Timestamp::from),
            version: row.try_get("version")?,
            alerts: labels::read(row, id)?,
            muted: row.try_get("muted")?,
            muted_until: muted_until.map(Timestamp::from),
            created_at: row.try_get::<_, DateTime<Utc>>("created_at")?.into(),
            updated_at: row.try_get::<_, DateTime<Utc>>("updated_at")?.into(),
        })
    }

    /// Whether it is muted at `now`, and until when.
    pub(crate) fn mute(&self, now: Timestamp) -> (bool, Option<Timestamp>) {
        let muted = self.muted && self.muted_until.is_none_or(|until| now < until);
        (muted, self.muted_until.filter(|_| muted))
    }

    /// Whether checking is stopped, as far as that can be told.
    pub(crate) fn is_paused(&self) -> bool {
        match &self.spec {
            Stored::Read(spec) => spec.paused,
            Stored::Unreadable { json, .. } => json["paused"] == true,
        }
    }

    /// Its kind, if that can be told.
    pub(crate) fn kind(&self) -> Option<&str> {
        match &self.spec {
            Stored::Read(spec) => Some(spec.probe.kind()),
            Stored::Unreadable { json, .. } => {
                json["kind"].as_str().filter(|kind| Probe::KINDS.contains(kind))
            }
        }
    }

    /// Its address as it may be shown; empty when that cannot be told.
    pub(crate) fn display_url(&self) -> String {
        match &self.spec {
            Stored::Read(spec) => spec.probe.display_url(),
            Stored::Unreadable { json, .. } => json["url"].as_str().map(redact::url).unwrap_or_default(),
        }
    }

    /// Since which revision the same is checked, where that is not this one.
    fn earlier_probe_revision(&self) -> Option<u32> {
        let is_earlier = self.probe_revision < self.revision;
        is_earlier.then_some(self.probe_revision.unsigned_abs())
    }

    /// What pingers need of it; none, which is counted, when it cannot be read.
    pub(crate) fn into_definition(self) -> Option<Definition> {
        Some(Definition {
            id: self.id,
            org_id: self.org_id,
            revision: self.revision.unsigned_abs(),
            changed_at: Some(self.updated_at),
            probe_revision: self.earlier_probe_revision(),
            spec: self.spec.or_left_out("definition", self.id.0)?,
        })
    }

    /// What a gateway has to know of it to take a ping; none of another kind, or when it cannot be read.
    pub(crate) fn ping_target(&self) -> Option<PingTarget> {
        let spec = self.spec.value()?;
        let Probe::Heartbeat(probe) = &spec.probe else {
            return None;
        };
        Some(PingTarget {
            monitor_id: self.id,
            org_id: self.org_id,
            url: spec.probe.display_url(),
            paused: spec.paused,
            expectation: probe.expectation.clone(),
            filter: probe.filter.clone(),
            limits: probe.limits,
        })
    }

    /// The record which tells that this row is removed.
    pub(crate) fn lifecycle_of_deletion(&self, timestamp: Timestamp) -> Lifecycle {
        Lifecycle {
            revision: (self.revision + 1).unsigned_abs(),
            ..self.lifecycle(LifecycleEvent::Deleted, timestamp)
        }
    }

    /// The record which tells that `event` has made this row.
    pub(crate) fn lifecycle(&self, event: LifecycleEvent, timestamp: Timestamp) -> Lifecycle {
        Lifecycle {
            monitor_id: self.id,
            org_id: self.org_id,
            url: self.display_url(),
            timestamp,
            revision: self.revision.unsigned_abs(),
            event,
            incident_id: None,
            usual: None,
            delivery_id: None,
            probe_revision: self
                .earlier_probe_revision()
                .filter(|_| event == LifecycleEvent::Edited),
        }
    }
}
