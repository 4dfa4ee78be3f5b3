//! When which monitor is to be looked at again.

use std::collections::{BTreeSet, HashMap};

use domain::{MonitorId, Timestamp};

/// At most one instant for each monitor.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    at: HashMap<MonitorId, Timestamp>,
    order: BTreeSet<(Timestamp, MonitorId)>,
}

impl Agenda {
    /// Sets a monitor's instant, or removes it.
    pub(super) fn set(&mut self, id: MonitorId, at: Option<Timestamp>) {
        let before = match at {
            Some(at) => self.at.insert(id, at),
            None => self.at.remove(&id),
        };
        if let Some(before) = before {
            self.order.remove(&(before, id));
        }
        self.order.extend(at.map(|at| (at, id)));
    }

    /// Whether a monitor has an instant.
    pub(super) fn has(&self, id: MonitorId) -> bool {
        self.at.contains_key(&id)
    }

    /// Takes a monitor whose time has come.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Option<MonitorId> {
        let &(at, id) = self.order.first()?;
        if at > now {
            return None;
        }
        self.set(id, None);
        Some(id)
    }

    /// Takes all of them.
    pub(super) fn take_all(&mut self) -> impl Iterator<Item = MonitorId> {
        self.order.clear();
        std::mem::take(&mut self.at).into_keys()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn monitors_come_in_the_order_of_their_latest_instants() {
        let (id, at) = (MonitorId, Timestamp::from_millis);
        let mut agenda = Agenda::default();
        agenda.set(id(1), Some(at(30)));
        agenda.set(id(2), Some(at(20)));
        agenda.set(id(1), Some(at(10)));
        agenda.set(id(3), Some(at(5)));
        agenda.set(id(3), None);
        assert_eq!(agenda.take_due(at(9)), None);
        assert_eq!(agenda.take_due(at(30)), Some(id(1)));
        assert_eq!(agenda.take_due(at(30)), Some(id(2)));
        assert_eq!(agenda.take_due(at(30)), None);
        agenda.set(id(4), Some(at(90)));
        assert_eq!(agenda.take_all().collect::<Vec<_>>(), [id(4)]);
        assert_eq!(agenda.take_due(at(99)), None);
    }
}
