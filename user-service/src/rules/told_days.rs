//! For how long alerters are told of what is over.

use domain::Timestamp;

/// For how many days alerters are told of a silence, or an occurrence of a maintenance window, that is over: an outage that
/// began in it may still have to be judged.
pub(crate) const TOLD_DAYS: i32 = 8;

/// Of which time is told what has instants of its own: silences, occurrences of maintenance windows, mutes and overrides.
/// Before it and after it as much is told as alerters are told before and after an instant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ToldTime {
    /// The first instant that is decided about.
    pub(crate) since: Timestamp,
    /// As of when it is told: what is not over by then is told first.
    pub(crate) at: Timestamp,
    /// The last instant that is decided about.
    pub(crate) until: Timestamp,
}

impl ToldTime {
    /// What alerters are told at an instant.
    pub(crate) fn at(at: Timestamp) -> Self {
        Self {
            since: at,
            at,
            until: at,
        }
    }
}
