//! What is done now and then: what is over is forgotten, what is lost is started anew, and what is held is counted.

use std::collections::HashSet;

use domain::Timestamp;
use tokio::time::Instant;

use super::partition::Totals;
use super::{Engine, FORGET};

impl Engine {
    pub(super) fn sweep(&mut self) {
        let now = shared::now();
        self.restart_lost();
        if self.forgot.elapsed() > FORGET {
            self.forgot = Instant::now();
            self.forget(now);
        }
        let mut total = Totals::default();
        for partition in self.partitions.values_mut() {
            partition.sweep(now);
            total += partition.totals();
        }
        self.refresh_names();
        crate::metrics::totals(
            self.partitions.len(),
            total.monitors,
            total.unrouted,
            total.pending,
        );
        crate::metrics::held_back(total.held_by_dependency, total.held_otherwise);
    }

    /// Starts messages anew whose jobs ended without a word, by a panic.
    fn restart_lost(&mut self) {
        let lost: Vec<_> = self
            .partitions
            .iter()
            .flat_map(|(&number, partition)| partition.lost().map(move |lost| (number, lost)))
            .collect();
        if lost.is_empty() {
            return;
        }
        // A job says how it ended before it is gone.
        if let Ok(report) = self.inputs.reports.try_recv() {
            self.handle_reports(report);
        }
        for (number, (monitor, delivery)) in lost {
            if let Some(partition) = self.partitions.get_mut(&number) {
                partition.restart(monitor, delivery);
            }
        }
    }

    /// Forgets what concerns no monitor that is read here.
    fn forget(&mut self, now: Timestamp) {
        let mut orgs = HashSet::new();
        for partition in self.partitions.values_mut() {
            partition.forget(now);
            orgs.extend(partition.mirror.orgs());
        }
        self.channels.retain(|org| orgs.contains(&org));
        self.inputs.names.forget();
    }
}
