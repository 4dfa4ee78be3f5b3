//! What is known of each monitor: the state that the fold has reached, and the alerts that are not finished.
//! Pure: everything here takes the time as input.
//!
//! One record per monitor, written whole, so that a decision and the state that led to it become durable
//! together: after a crash either both are there, and the record that is read again is late, or neither is,
//! and the decision is made again under the same names.
//!
//! What may be forgotten: a monitor that is plainly up, without a failing streak, without unfinished alerts,
//! without messages that were given up within seven days,
//! and without a change in the last [`RETENTION_MS`]. Offsets are committed within seconds, so no record from
//! before that change is read again; and late records are recognised by the slots that are read back from the
//! log at the assignment of a partition.

mod alert;
mod essence;
mod monitor;
mod outcome;
mod owner;
mod reminder;
mod resend;
mod route;

#[cfg(test)]
mod tests;

pub(crate) use alert::{Alert, Closed, Delivery, Incident, Status};
pub(crate) use monitor::{Folded, Monitor};
pub(crate) use outcome::Outcome;
pub(crate) use route::{Hearer, Wanted};

/// How long a monitor is remembered after it became unremarkable, in milliseconds.
pub(crate) const RETENTION_MS: i64 = 24 * 3_600_000;

/// Unfinished incidents that one monitor may have. Beyond it the oldest is given up, which its events say.
pub(crate) const MAX_INCIDENTS: usize = 32;
