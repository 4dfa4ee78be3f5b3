//! What a decision answers, and what is answered to it.

use domain::alert_event::AlertEvent;
use domain::fold::Transition;
use domain::{Effect, OrgId, Timestamp};

/// What user-service says about whose a monitor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnerAnswer {
    /// It belongs to this organisation.
    Organisation(OrgId),
    /// There is no such monitor.
    NoMonitor,
    /// It cannot be asked.
    Unavailable,
}

/// What follows. Deliveries that are due are in the ledger ([`Ledger::due`](crate::Ledger::due)).
#[derive(Debug, Default)]
pub struct Actions {
    /// What others are to read of it.
    pub events: Vec<AlertEvent>,
    /// Whether the ledger has changed and is to be written.
    pub persist: bool,
    /// How the record was taken; absent when it names another organisation and was ignored, and without a record.
    pub effect: Option<Effect>,
    /// How the record changed the monitor's state.
    pub transition: Option<Transition>,
    /// Whether the delivery was found that a user wants sent once more.
    pub resent: Option<bool>,
    /// The settings, or the owner, are needed before more can be decided.
    pub needs_settings: bool,
    /// When to tick again.
    pub next_due: Option<Timestamp>,
    /// Deliveries that were put off or suppressed because the channel was notified recently.
    pub throttled: u64,
    /// The ledger was emptied: it came from records of another organisation.
    pub disowned: bool,
}

impl Actions {
    /// Ticks again at an instant, or before.
    pub(crate) fn due_at(&mut self, at: Timestamp) {
        self.next_due = Some(self.next_due.map_or(at, |sooner| sooner.min(at)));
    }
}
