//! Who is notified of what, and when. Pure: time is an argument, and there is no clock, no random number and no
//! client in this crate's dependencies.
//!
//! [`decide`] is the entry point while the log is followed: a monitor's [`Ledger`] and an [`Input`] (a record of the
//! log, the passing of time, the outcome of an attempt, an answer about the owner) make the next ledger and the
//! [`Actions`] that follow.
//!
//! A ledger is one record in `alert-state`, written whole, so that a decision and the state that led to it become
//! durable together: after a crash either both are there, and the record that is read again is late, or neither is,
//! and the decision is made again under the same names.
//!
//! What may be forgotten: a monitor that is up, without failures that count, without unfinished alerts, without
//! deliveries that failed within seven days, and without a change in the last [`RETENTION_MS`]. Offsets are committed
//! within seconds, so no record from before that change is read again; and late records are recognised by the slots
//! that are read back from the log when a partition is assigned.

mod actions;
pub mod backtest;
mod closing;
mod decide;
mod delivery;
mod ending;
mod escalation;
pub mod filter;
mod fingerprint;
mod flapping;
mod held_back;
mod incident;
mod known_channel;
mod ledger;
mod lenient;
mod outcome;
mod owner;
mod plan;
mod recipients;
mod recorder;
mod reminder;
mod resend;
mod routing;
mod seed;
mod settings;
mod steps;
mod stored;
mod stray;
mod suppressed_by;
mod undelivered;
mod unseen;
mod upstream;

#[cfg(test)]
mod tests;

pub use actions::{Actions, OwnerAnswer};
pub use decide::{Input, decide};
pub use delivery::{Delivery, DeliveryStatus};
pub use filter::quiet_hours_ended;
pub use incident::{Alert, Incident, LogPosition, Resolution};
pub use known_channel::KnownChannel;
pub use ledger::Ledger;
pub use outcome::DeliveryOutcome;
pub use seed::{Seed, SeedEvent, SeedIncident};
pub use settings::{NotificationSettings, Recipient, Upstream};
pub use steps::FORMERLY_QUIET;
pub use suppressed_by::{suppression_of, without_former_quiet};

/// How long a monitor is remembered after it became unremarkable, in milliseconds.
pub const RETENTION_MS: i64 = 24 * 3_600_000;

/// Unfinished incidents that one monitor may have. Beyond it the oldest is given up, which its events say.
const MAX_INCIDENTS: usize = 32;
