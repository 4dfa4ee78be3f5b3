//! For how long alerters are told of what is over.

/// For how many days alerters are told of a silence, or an occurrence of a maintenance window, that is over: an outage that
/// began in it may still have to be judged.
pub(crate) const TOLD_DAYS: i32 = 8;
