//! Monitors, and the organisations that own them.

use std::collections::{BTreeSet, HashMap};

use deadpool_postgres::Pool;
use domain::{MonitorId, OrgId};
use tokio_postgres::Row;

use super::error::StoreError;
use super::fields::{Fields as _, each};

/// Monitors that are remembered, at most.
const CAPACITY: usize = 200_000;

/// What is known of the table of monitors. Only what is there is remembered: what is not there yet may be
/// added at any moment. A removed monitor stays in the table for a while, and counts as being there.
#[derive(Debug)]
pub(crate) struct Directory {
    pool: Pool,
    known: HashMap<MonitorId, OrgId>,
}

impl Directory {
    pub(crate) fn new(pool: Pool) -> Self {
        Self {
            pool,
            known: HashMap::new(),
        }
    }

    /// The organisation that owns a monitor, when it is known.
    pub(crate) fn owner(&self, monitor: MonitorId) -> Option<OrgId> {
        self.known.get(&monitor).copied()
    }

    /// Forgets a monitor that was removed.
    pub(crate) fn forget(&mut self, monitor: MonitorId) {
        self.known.remove(&monitor);
    }

    /// Those of `monitors` that are not known.
    pub(crate) fn unknown(&self, monitors: impl Iterator<Item = MonitorId>) -> Vec<i64> {
        let unknown: BTreeSet<i64> = monitors
            .filter(|monitor| !self.known.contains_key(monitor))
            .map(|monitor| monitor.0)
            .collect();
        unknown.into_iter().collect()
    }

    /// Asks the database about `monitors`; answers those that are there.
    pub(crate) async fn find(&self, monitors: &[i64]) -> Result<Vec<(MonitorId, OrgId)>, StoreError> {
        let client = self.pool.get().await?;
        let select = client
            .prepare_cached("SELECT id, org_id FROM monitors WHERE id = ANY($1)")
            .await?;
        let rows = client.query(&select, &[&monitors]).await?;
        let read = |row: &Row| Ok((MonitorId(row.field(0)?), OrgId(row.field(1)?)));
        Ok(each(&rows, "monitor", read).collect())
    }

    /// Remembers what was found.
    pub(crate) fn remember(&mut self, found: Vec<(MonitorId, OrgId)>) {
        if self.known.len() + found.len() > CAPACITY {
            self.known.clear();
        }
        self.known.extend(found);
    }
}
