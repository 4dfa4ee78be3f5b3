//! Backtests: what is valid, what each candidate makes of a monitor's settings, and how what would have been sent compares
//! with what was. Pure.
//!
//! candidates → settings and rule of a monitor → what is simulated → incidents → the outcome

mod compare;
mod heartbeat;
mod outcome;
mod regions;
mod request;
mod selection;
#[cfg(test)]
mod tests;
mod trial;

pub(crate) use compare::Found;
pub(crate) use outcome::{Frame, Tally};
pub(crate) use request::{Request, field_of};
pub(crate) use selection::{MAX_MONITORS, Selected, goes_to};
pub(crate) use trial::trial;
