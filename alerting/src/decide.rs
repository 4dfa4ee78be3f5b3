//! The one way in: what follows from what happened.

use domain::{DeliveryId, MonitorId, Record, Timestamp};

use crate::actions::{Actions, OwnerAnswer};
use crate::incident::LogPosition;
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
    /// Nothing of a delivery is on its way, and what came of its attempts was said before.
    Idle(DeliveryId),
    /// User-service was asked whose the monitor is.
    Owner(OwnerAnswer),
    /// What decides who is notified is not known and cannot be waited for: nobody is, for this reason.
    Withhold(&'static str),
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
        Input::Idle(delivery) => ledger.note_idle(monitor, delivery, now),
        Input::Owner(answer) => ledger.take_owner(monitor, answer, now),
        Input::Withhold(reason) => ledger.withhold(monitor, reason, now),
    }
}
