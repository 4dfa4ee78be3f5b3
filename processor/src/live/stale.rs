//! Monitors whose updates Redis missed while it was unavailable.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use domain::MonitorId;

/// Monitors that are remembered one by one; beyond that everything counts as missed.
const CAPACITY: usize = 20_000;

/// What is to be written again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Missed {
    #[default]
    Nothing,
    Some(BTreeSet<MonitorId>),
    Everything,
}

/// Remembers the monitors whose updates Redis missed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stale(Arc<Mutex<Owed>>);

#[derive(Debug, Default)]
struct Owed {
    missed: Missed,
    /// What was taken is being written.
    repairing: bool,
}

impl Stale {
    /// Redis has missed these monitors.
    pub(crate) fn add(&self, monitors: impl IntoIterator<Item = MonitorId>) {
        let mut owed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let missed = &mut owed.missed;
        let mut all = match std::mem::take(missed) {
            Missed::Nothing => BTreeSet::new(),
            Missed::Some(known) => known,
            Missed::Everything => {
                *missed = Missed::Everything;
                return;
            }
        };
        all.extend(monitors);
        *missed = if all.len() > CAPACITY {
            Missed::Everything
        } else {
            Missed::Some(all)
        };
    }

    /// Redis has missed everything.
    pub(crate) fn add_everything(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).missed = Missed::Everything;
    }

    /// What was missed so far; from now on that counts as written, once it is said that it is [`Stale::repaired`].
    pub(crate) fn take(&self) -> Missed {
        let mut owed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        owed.repairing = true;
        std::mem::take(&mut owed.missed)
    }

    /// What was taken is written, or was missed again.
    pub(crate) fn repaired(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).repairing = false;
    }

    /// Whether Redis has missed nothing, as far as is known here.
    pub(crate) fn is_clean(&self) -> bool {
        let owed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        !owed.repairing && owed.missed == Missed::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_bounded() {
        let stale = Stale::default();
        stale.add([MonitorId(2), MonitorId(1), MonitorId(2)]);
        assert_eq!(stale.take(), Missed::Some([MonitorId(1), MonitorId(2)].into()));
        assert_eq!(stale.take(), Missed::Nothing);
        stale.add((0..=CAPACITY as i64).map(MonitorId));
        stale.add([MonitorId(1)]);
        assert_eq!(stale.take(), Missed::Everything);
    }
}
