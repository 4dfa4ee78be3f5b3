//! When something is due: every so often, by a cron expression, or by systemd's OnCalendar.
//!
//! Instants are milliseconds since the Unix epoch, and the caller says from which one to look: there is no clock here.
//! An expression is parsed once, and a look-up takes less than a millisecond whatever it says: the longest walks over
//! the months of 230 years. docs/SCHEDULES.md is what users read about it.

mod cron;
mod days;
mod describe;
mod error;
mod expression;
mod local_times;
mod number;
mod on_calendar;
mod period;
mod schedule;
mod zone;

pub use cron::Cron;
pub use error::ScheduleError;
pub use expression::MAX_EXPRESSION;
pub use on_calendar::OnCalendar;
pub use period::Period;
pub use schedule::{Due, Schedule};
