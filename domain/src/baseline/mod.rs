//! What is usual of a monitor's response times, by the hour of the week, and when they are slower than usual.
//!
//! An hour is known by the 95th percentile of its response times. What is usual for it is the median of the same hour of
//! the eight weeks before, and how far they are apart is the median of their distances from it (MAD): neither is moved by
//! a single bad night. Where too few of these weeks are known, the same hour of each day stands in, and where these are
//! too few as well it is still to be learnt.

mod bounds;
mod history;
mod sensitivity;
mod watch;

#[cfg(test)]
mod tests;

pub use bounds::{Anomaly, Bound, Bounds};
pub use history::{Band, HISTORY_MS, HOUR_MS, History, KnownHour, MIN_HOURS, WEEKS, enough_checks, hour_of};
pub use sensitivity::{AnomalyRule, Sensitivity};
pub use watch::{BEGINS_AT, Change, ENDS_BELOW, LAST, Watch};
