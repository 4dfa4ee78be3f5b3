//! What Prometheus learns of single monitors. A bounded table follows the batches; it is written out only
//! when somebody asks, beside the metrics of the process.

mod families;
mod table;
mod uptime;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::MonitorId;
use shared::kafka::{Assignment, Assignments};

use crate::batch::{Applied, Entry, LiveUpdate};
use table::Table;

pub(crate) use uptime::keep_uptime;

/// The series of single monitors.
#[derive(Clone, Debug)]
pub(crate) struct Export(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    table: Table,
    assignments: Assignments,
}

impl Export {
    /// At most `limit` monitors, of the partitions that `assignments` bring.
    pub(crate) fn new(limit: usize, assignments: Assignments) -> Self {
        let table = Table::new(limit);
        Self(Arc::new(Mutex::new(Inner { table, assignments })))
    }

    /// Takes a batch over that was stored; `entries` come with the partition that each was read from.
    pub(crate) fn observe<'a>(
        &self,
        applied: &'a [Applied],
        entries: impl Iterator<Item = (&'a Entry, i32)> + Clone,
    ) {
        let mut inner = self.current();
        inner
            .table
            .admit(applied.iter().flat_map(|part| &part.live), entries.clone());
        inner.table.count(entries);
    }

    /// Heartbeats of partitions that came here, each with its own: a record of theirs may be long in coming, so that they
    /// have series as soon as their states are read.
    pub(crate) fn expect(&self, heartbeats: impl Iterator<Item = (MonitorId, i32)>) {
        self.current().table.expect(heartbeats);
    }

    /// Takes over what is expected of states that were read.
    pub(crate) fn seed(&self, updates: &[LiveUpdate]) {
        self.current().table.seed(updates);
    }

    /// The exposition, as of now.
    pub(crate) fn render(&self) -> String {
        families::render(&self.current().table, shared::now())
    }

    fn monitors(&self) -> Vec<MonitorId> {
        self.current().table.monitors()
    }

    fn set_uptime(&self, shares: &[(MonitorId, f64)]) {
        self.current().table.set_uptime(shares);
    }

    /// The table, without what is read elsewhere by now.
    fn current(&self) -> MutexGuard<'_, Inner> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(change) = inner.assignments.take() {
            match change {
                Assignment::Added(partitions) => {
                    inner
                        .table
                        .assign(partitions.into_iter().map(|(_, partition)| partition));
                }
                Assignment::Removed(partitions) => {
                    inner
                        .table
                        .revoke(partitions.into_iter().map(|(_, partition)| partition));
                }
            }
        }
        inner
    }
}
