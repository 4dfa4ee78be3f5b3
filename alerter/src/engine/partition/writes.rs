//! What of a partition goes to `alert-state` and `alert-events`, and what is forgotten there.

use std::collections::HashSet;

use alerting::Ledger;
use domain::alert_state::monitor_key;
use domain::{MonitorId, OrgId, Timestamp};
use tokio::time::Instant;

use super::{LOG_RETENTION_MS, Partition};
use crate::directory::Channels;
use crate::metrics;
use crate::state_log::Write;

impl Partition {
    /// What has to be durable before anything follows from it.
    pub(in crate::engine) fn writes(&mut self, channels: &Channels) -> Vec<Write> {
        let mut writes = self.mirror.writes(self.number, channels);
        writes.extend(self.names.writes(self.number));
        for id in self.changed.drain() {
            let Some(ledger) = self.ledgers.get(&id) else {
                continue;
            };
            let labels = self.labels.labels(id, &self.names);
            self.announced.set(id, labels, Some(ledger));
            match serde_json::to_vec(ledger) {
                Ok(value) => writes.push(Write::State {
                    partition: self.number,
                    key: monitor_key(id),
                    value: Some(value),
                }),
                Err(error) => tracing::error!(monitor_id = id.0, %error, "a state cannot be written"),
            }
        }
        writes.extend(self.forgotten.drain(..).map(|id| Write::State {
            partition: self.number,
            key: monitor_key(id),
            value: None,
        }));
        for event in self.events.drain(..) {
            metrics::event(&event);
            writes.extend(Write::event(&event, self.number));
        }
        writes
    }

    /// Forgets monitors of which nothing was heard for as long as the log is kept, and which `alert-state` does not
    /// hold: a restart would not know them either. And the organisations that have none here.
    pub(in crate::engine) fn forget(&mut self, now: Timestamp) {
        let held = &self.held;
        self.ledgers.retain(|id, ledger| {
            let heard = ledger.state.last_slot;
            let is_old = heard.is_none_or(|slot| now.millis_since(slot) > LOG_RETENTION_MS);
            held.contains(id) || ledger.persisted_at.is_some() || !is_old
        });
        let owners = self
            .ledgers
            .values()
            .flat_map(|ledger| [ledger.org_id, ledger.owner()]);
        let orgs: HashSet<OrgId> = owners.flatten().chain(self.names.orgs()).collect();
        self.mirror.keep(|org| orgs.contains(&org));
    }

    /// Forgets monitors of which nothing is to be remembered.
    pub(in crate::engine) fn sweep(&mut self, now: Timestamp) {
        self.labels.forget(Instant::now());
        self.route_indexes.forget();
        for id in &self.held {
            if self.ledgers.get_mut(id).is_some_and(|ledger| ledger.prune(now)) {
                self.changed.insert(*id);
            }
        }
        let ledgers = &self.ledgers;
        let (over, held) = std::mem::take(&mut self.held)
            .into_iter()
            .partition(|id| ledgers.get(id).is_none_or(|ledger| ledger.may_be_forgotten(now)));
        self.held = held;
        let over: HashSet<MonitorId> = over;
        for id in over {
            if let Some(ledger) = self.ledgers.get_mut(&id) {
                ledger.forget();
                if ledger.is_inactive() {
                    self.ledgers.remove(&id);
                }
            }
            self.names.forget_drill(id);
            self.forgotten.push(id);
        }
        let ledgers = &self.ledgers;
        self.unowned.retain(|id| ledgers.contains_key(id));
        let waits = |id: &MonitorId| ledgers.get(id).is_some_and(Ledger::is_unplanned);
        self.waiting.retain(|id, _| waits(id));
        // Whether others depend on a monitor may have changed.
        self.note_all_announced();
    }
}
