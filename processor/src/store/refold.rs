//! States and incidents replaced by what a fold of the log makes of them.

use std::collections::{BTreeMap, HashMap};
use std::ops::AddAssign;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{MonitorId, OrgId};
use tokio_postgres::Row;
use uuid::Uuid;

use super::fields::{Fields as _, each};
use super::memory::Memory;
use super::{Store, StoreError, incidents, spans, states};
use crate::fold::{States, Tracked};

/// Incidents that began after the checkpoint, and that the fold does not know.
const REMOVE: &str =
    "DELETE FROM incidents USING unnest($1::bigint[], $2::timestamptz[]) AS kept (monitor_id, last_slot)
     WHERE incidents.monitor_id = kept.monitor_id AND incidents.started_at > kept.last_slot
         AND NOT incidents.id = ANY($3)";

/// What a refold has changed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Refolded {
    /// States that differed.
    pub(crate) changed: u64,
    /// Incidents that never were.
    pub(crate) removed: u64,
    /// States that are newer than the refolded ones.
    pub(crate) skipped: u64,
}

impl AddAssign for Refolded {
    fn add_assign(&mut self, other: Self) {
        self.changed += other.changed;
        self.removed += other.removed;
        self.skipped += other.skipped;
    }
}

impl Store {
    /// The days whose states are kept.
    pub(crate) async fn checkpoints(&self) -> Result<Vec<NaiveDate>, StoreError> {
        let select = "SELECT DISTINCT day FROM state_checkpoints ORDER BY day";
        let rows = self.pool.get().await?.query(select, &[]).await?;
        rows.iter().map(|row| row.field(0)).collect()
    }

    /// The states kept on a day.
    pub(crate) async fn checkpoint_of(&self, day: NaiveDate) -> Result<States, StoreError> {
        let select = "SELECT monitor_id, org_id, fold::text FROM state_checkpoints WHERE day = $1";
        let rows = self.pool.get().await?.query(select, &[&day]).await?;
        rows.iter()
            .map(|row| {
                let id = MonitorId(row.field(0)?);
                let fold =
                    serde_json::from_str(row.field(2)?).map_err(|error| StoreError::State(id, error))?;
                Ok((id, Tracked::new(OrgId(row.field(1)?), fold, None, 0)))
            })
            .collect()
    }

    /// Every monitor, and whose it is.
    pub(crate) async fn owners(&self) -> Result<HashMap<MonitorId, OrgId>, StoreError> {
        let rows = self
            .pool
            .get()
            .await?
            .query("SELECT id, org_id FROM monitors", &[])
            .await?;
        let read = |row: &Row| Ok((MonitorId(row.field(0)?), OrgId(row.field(1)?)));
        Ok(each(&rows, "monitor", read).collect())
    }

    /// Puts `folded` in the place of the stored states, where those are not newer, with its incidents.
    pub(crate) async fn refold(&self, kept: &States, mut folded: States) -> Result<Refolded, StoreError> {
        let mut outcome = Refolded::default();
        let monitors: BTreeMap<MonitorId, OrgId> =
            folded.iter().map(|(&id, tracked)| (id, tracked.org_id)).collect();
        let mut client = self.pool.get().await?;
        let tx = client.transaction().await?;
        let stored = states::lock(&tx, &monitors, &mut Memory::new()).await?;
        folded.retain(|id, tracked| {
            let current = stored.get(id);
            let newer = current.is_some_and(|current| current.newness() > tracked.newness());
            // Whatever Redis holds of its pings is older.
            let changes = current.map_or(0, |current| current.heartbeat_changes);
            tracked.heartbeat_changes = changes + i64::from(tracked.fold.heartbeat.is_some());
            outcome.skipped += u64::from(newer);
            // The latest result is history, and stays what it is.
            tracked.latest = tracked
                .latest
                .take()
                .or_else(|| current.and_then(|current| current.latest.clone()));
            tracked.changed = current.is_none_or(|current| !current.agrees_with(tracked));
            outcome.changed += u64::from(tracked.changed && !newer);
            !newer
        });
        let since = folded.keys().map(|id| {
            let last = kept.get(id).and_then(|kept| kept.fold.last_slot);
            (id.0, last.map_or(DateTime::<Utc>::UNIX_EPOCH, Into::into))
        });
        let (ids, since): (Vec<i64>, Vec<DateTime<Utc>>) = since.unzip();
        let told: Vec<Uuid> = folded
            .values()
            .flat_map(|tracked| tracked.incidents.iter())
            .map(|change| change.id.0)
            .collect();
        let mut open: Vec<Uuid> = folded
            .values()
            .filter_map(|tracked| tracked.fold.incident.as_ref())
            .map(|incident| incident.id.0)
            .collect();
        let mut keep = told;
        keep.append(&mut open);
        outcome.removed = tx.execute(REMOVE, &[&ids, &since, &keep]).await?;
        incidents::replace(&tx, &folded).await?;
        spans::write(&tx, &folded).await?;
        states::update(&tx, &folded, None).await?;
        tx.commit().await?;
        Ok(outcome)
    }
}
