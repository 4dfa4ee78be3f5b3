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
