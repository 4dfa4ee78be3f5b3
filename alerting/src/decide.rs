//! The one way in: what follows from what happened.

use domain::alert_event::AlertEvent;
use domain::fold::Transition;
use domain::{DeliveryId, Effect, MonitorId, OrgId, Record, Timestamp};

use crate::LogPosition;
use crate::ledger::Ledger;
use crate::outcome::DeliveryOutcome;
use crate::settings::NotificationSettings;

/// What has happened.
#[derive(Clone, Copy)]
pub enum Input<'a> {
    /// A record was read: a result, or what a user has done.
    Record {
        /// The record.
        record: &'a Record,
        /// Its place on the log; asked for only when something follows from it.
        position: &'a dyn Fn() -> LogPosition,
    },
    /// Time has passed, or the organisation's settings have become known.
    Tick {
        /// The settings, when they are known.
        settings: Option<NotificationSettings<'a>>,
        /// An incident that is over and was seen before this is not announced as if it were news.
        backlog_before: Timestamp,
    },
    /// A delivery was attempted.
    Attempt {
        /// Which.
        delivery: DeliveryId,
        /// What came of it.
        outcome: &'a DeliveryOutcome,
    },
    /// User-service was asked whose the monitor is.
    Owner(OwnerAnswer),
}

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

/// What follows. Deliveries that are due are in the ledger ([`Ledger::due`]).
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

/// Decides what follows for a monitor. The same ledger, input and time make the same ledger and actions.
#[must_use]
pub fn decide(ledger: &mut Ledger, monitor: MonitorId, input: Input<'_>, now: Timestamp) -> Actions {
    match input {
        Input::Record { record, position } => ledger.fold(record, position, now),
        Input::Tick {
            settings,
            backlog_before,
        } => ledger.route(monitor, settings, backlog_before, now),
        Input::Attempt { delivery, outcome } => ledger.note(monitor, delivery, outcome, now),
        Input::Owner(answer) => ledger.take_owner(monitor, answer, now),
    }
}
