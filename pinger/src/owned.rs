//! The shards that this pod checks, readable from every task.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::MonitorId;
use domain::internal::shard_of;

/// One flag per shard; only the schedule sets them.
#[derive(Clone, Debug)]
pub(crate) struct OwnedShards(Arc<[AtomicBool]>);

impl OwnedShards {
    pub(crate) fn new(shards: u32) -> Self {
        Self((0..shards).map(|_| AtomicBool::new(false)).collect())
    }

    pub(crate) fn shards(&self) -> u32 {
        self.0.len() as u32
    }

    pub(crate) fn contains(&self, shard: u32) -> bool {
        self.0
            .get(shard as usize)
            .is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    /// Whether this pod checks the monitor.
    pub(crate) fn owns(&self, monitor: MonitorId) -> bool {
        self.contains(shard_of(monitor, self.shards()))
    }

    /// In ascending order.
    pub(crate) fn list(&self) -> Vec<u32> {
        (0..self.shards()).filter(|&shard| self.contains(shard)).collect()
    }

    pub(crate) fn set(&self, shard: u32, owned: bool) {
        if let Some(flag) = self.0.get(shard as usize) {
            flag.store(owned, Ordering::Relaxed);
        }
    }
}
