//! A range of time that a user asks for. Pure.

use domain::Timestamp;
use domain::monitor::FieldError;

use super::uptime_window::DAY_MS;

/// From `from`, a day before `to` by default, to `to`, which is now by default; the future is left out.
///
/// # Errors
/// What is wrong with which of the two. The range as it is read is there all the same.
pub(crate) fn range(
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    now: Timestamp,
) -> (Timestamp, Timestamp, Option<FieldError>) {
    let until = to.unwrap_or(now).min(now);
    let from = from.unwrap_or_else(|| until.plus_millis(-DAY_MS));
    let wrong = if from < Timestamp::default() {
        Some(FieldError::new("from", "must not lie before 1970"))
    } else if from >= until {
        Some(FieldError::new("from", "must lie before `to` and in the past"))
    } else {
        None
    };
    (from, until, wrong)
}
