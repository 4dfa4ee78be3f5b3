//! What an SLA report is of and what it says: from what was measured to whether a target was met. Pure; docs/SLA.md has the
//! definitions.

pub(crate) mod letter;
pub(crate) mod method;
pub(crate) mod outages;
pub(crate) mod period;
pub(crate) mod recurrence;
pub(crate) mod request;
pub(crate) mod result;
pub(crate) mod schedule;
pub(crate) mod target;
