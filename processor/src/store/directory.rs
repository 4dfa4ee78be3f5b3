//! Which monitors there are, and whose they are.

use std::collections::{BTreeSet, HashMap};

use deadpool_postgres::Pool;
use domain::{MonitorId, OrgId};

use super::error::StoreError;

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

    /// Whose monitor it is, when it is known.
    pub(crate) fn owner(&self, monitor: MonitorId) -> Option<OrgId> {
        self.known.get(&monitor).copied()
    }

    /// Forgets a monitor that was removed.
    pub(crate) fn forget(&mut self, monitor: MonitorId) {
        self.known.remove(&monitor);
    }

    /// Looks those of `monitors` up that are not known.
    pub(crate) async fn look_up(
        &mut self,
        monitors: impl Iterator<Item = MonitorId>,
    ) -> Result<(), StoreError> {
        let unknown: BTreeSet<i64> = monitors
            .filter(|monitor| !self.known.contains_key(monitor))
            .map(|monitor| monitor.0)
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        if self.known.len() + unknown.len() > CAPACITY {
            self.known.clear();
        }
        let unknown: Vec<i64> = unknown.into_iter().collect();
        let client = self.pool.get().await?;
        let select = client
            .prepare_cached("SELECT id, org_id FROM monitors WHERE id = ANY($1)")
            .await?;
        for row in client.query(&select, &[&unknown]).await? {
            self.known.insert(MonitorId(row.get(0)), OrgId(row.get(1)));
        }
        Ok(())
    }
}
