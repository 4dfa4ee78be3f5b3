//! As of which instants is answered. Pure.

use domain::Timestamp;
use domain::monitor::FieldError;

use super::uptime_window::DAY_MS;

/// How many days before now that may be: as long as versions of monitors and the audit log are kept.
const KEPT_DAYS: i64 = 400;

/// Answers that are made of results at a time, which organisations share: fewer than there are connections for requests.
pub(crate) const PLACES: usize = 4;

/// How far the clock of who asks may be ahead, in milliseconds: what is then is taken for now.
const AHEAD_MS: i64 = 60_000;

/// The instant that is asked for, if it is one of which something is kept.
///
/// # Errors
/// `at` when it lies more than a minute in the future, or before the last 400 days.
pub(crate) fn valid(at: Option<Timestamp>, now: Timestamp) -> Result<Option<Timestamp>, FieldError> {
    let Some(at) = at else { return Ok(None) };
    let since = now.plus_millis(-KEPT_DAYS * DAY_MS);
    match at {
        at if at > now.plus_millis(AHEAD_MS) => Err(FieldError::new("at", "must not lie in the future")),
        at if at < since => Err(before(since, "what was answered is known")),
        at => Ok(Some(at.min(now))),
    }
}

/// That the instant lies before `since`, since when `what`.
pub(crate) fn before(since: Timestamp, what: &str) -> FieldError {
    FieldError::new("at", format!("must not lie before {since}, since when {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_instants_of_which_something_is_kept_are_answered() {
        let now: Timestamp = "2026-11-29T12:00:00Z".parse().unwrap();
        assert_eq!(valid(None, now).unwrap(), None);
        let first: Timestamp = "2025-10-25T12:00:00Z".parse().unwrap();
        for at in [first, now] {
            assert_eq!(valid(Some(at), now).unwrap(), Some(at));
        }
        let wrong = |at: Timestamp| valid(Some(at), now).unwrap_err();
        for ahead in [1, AHEAD_MS] {
            let at = now.plus_millis(ahead);
            assert_eq!(valid(Some(at), now).unwrap(), Some(now), "a clock that is ahead");
        }
        assert_eq!(wrong(now.plus_millis(AHEAD_MS + 1)).field, "at");
        let early = wrong(first.plus_millis(-1));
        assert_eq!(early.field, "at");
        assert!(
            early.message.contains("2025-10-25T12:00:00.000Z"),
            "{}",
            early.message
        );
    }
}
