//! Which monitors on which others depend are announced, and which decisions are looked at again when others' are.

use std::collections::{HashMap, HashSet};

use alerting::Ledger;
use domain::routing::Labels;
use domain::{IncidentId, MonitorId};

use super::Partition;

/// The monitors of a partition on which others depend, and that are announced.
#[derive(Debug, Default)]
pub(super) struct Announced {
    now: HashMap<MonitorId, IncidentId>,
    /// What has changed and was not taken yet.
    changes: Vec<(MonitorId, Option<IncidentId>)>,
}

impl Announced {
    /// Notes what is announced of a monitor.
    pub(super) fn set(&mut self, id: MonitorId, labels: Option<&Labels>, ledger: Option<&Ledger>) {
        // On a drill nothing depends.
        let is_depended_on = id.drill().is_none() && labels.is_some_and(|labels| labels.is_depended_on);
        let incident = ledger.filter(|_| is_depended_on).and_then(Ledger::announced);
        let before = match incident {
            Some(incident) => self.now.insert(id, incident),
            None => self.now.remove(&id),
        };
        if before != incident {
            self.changes.push((id, incident));
        }
    }
}

impl Partition {
    /// Notes what is announced of all monitors.
    pub(in crate::engine) fn note_all_announced(&mut self) {
        let announced: Vec<MonitorId> = self.announced.now.keys().copied().collect();
        for &id in self.held.iter().chain(&announced) {
            let labels = self.labels.labels(id, &self.names);
            self.announced.set(id, labels, self.ledgers.get(&id));
        }
    }

    /// What has changed of what is announced. Others may hear of it once it is durable.
    pub(in crate::engine) fn take_announced(&mut self) -> Vec<(MonitorId, Option<IncidentId>)> {
        std::mem::take(&mut self.announced.changes)
    }

    /// Looks again at the monitors that wait to see what becomes of these.
    pub(in crate::engine) fn look_again(&mut self, changed: &HashSet<MonitorId>) {
        if changed.is_empty() {
            return;
        }
        let (labels, names) = (&self.labels, &self.names);
        let depends = |id: &MonitorId| {
            let labels = labels.labels(*id, names);
            labels.is_some_and(|labels| labels.depends_on.iter().any(|it| changed.contains(it)))
        };
        let again = self.waiting.keys().copied().filter(depends);
        self.unrouted.extend(again);
    }
}
