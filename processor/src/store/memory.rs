//! The states that were folded here last. They are valid for as long as their rows say that nobody else has
//! folded since.

use std::collections::{BTreeMap, HashMap};

use domain::fold::Activity;
use domain::{MonitorId, MonitorState, OrgId};
use uuid::Uuid;

use crate::fold::{Latest, States, Tracked};

/// Monitors that are remembered, at most.
const CAPACITY: usize = 200_000;

#[derive(Debug)]
struct Known {
    org_id: OrgId,
    fold: MonitorState,
    latest: Option<Latest>,
    regions: BTreeMap<String, Latest>,
    heartbeat_changes: i64,
}

/// What one store has folded.
#[derive(Debug)]
pub(super) struct Memory {
    /// Who folds here.
    pub(super) folder: Uuid,
    known: HashMap<MonitorId, Known>,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self {
            folder: Uuid::new_v4(),
            known: HashMap::new(),
        }
    }

    /// Takes a state out: until it is put back, what becomes of it is not certain.
    pub(super) fn take(&mut self, monitor: MonitorId) -> Option<Tracked> {
        let known = self.known.remove(&monitor)?;
        let mut tracked = Tracked::new(known.org_id, known.fold, known.latest, known.heartbeat_changes);
        tracked.regions = known.regions;
        Some(tracked)
    }

    /// Remembers what was committed.
    pub(super) fn put_back(&mut self, states: States) {
        if self.known.len() + states.len() > CAPACITY {
            self.known.clear();
        }
        for (monitor, tracked) in states {
            if tracked.fold.activity == Activity::Deleted {
                continue;
            }
            let known = Known {
                org_id: tracked.org_id,
                fold: tracked.fold,
                latest: tracked.latest,
                regions: tracked.regions,
                heartbeat_changes: tracked.heartbeat_changes,
            };
            self.known.insert(monitor, known);
        }
    }
}
