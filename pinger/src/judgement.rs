//! What is said of a heartbeat.

use domain::record::Judged;
use domain::{ErrorCode, Timestamp};

/// What is said of a heartbeat at an instant, which names it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Judgement {
    /// The deadline that has passed; or when it was looked, if none has.
    pub(crate) slot: Timestamp,
    /// What is wrong.
    pub(crate) failure: Option<(ErrorCode, String)>,
    /// What was known.
    pub(crate) judged: Judged,
}

impl Judgement {
    /// How long after its deadline it is said at `now`, in milliseconds; nothing where no deadline has passed.
    pub(crate) fn delay_ms(&self, now: Timestamp) -> Option<i64> {
        let has_passed = self.judged.missed.is_some() || self.judged.run.is_some();
        has_passed.then(|| now.millis_since(self.slot).max(0))
    }
}
