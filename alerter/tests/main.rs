//! One binary for all: each further one costs a link and a hundred megabytes on disk.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod beginning;
mod channels;
mod common;
mod content;
mod delivery;
mod drills;
mod endings;
mod escalation;
mod filters;
mod held_back;
mod hostile_receivers;
mod kinds;
mod labels;
mod membership;
mod misplaced;
mod number_codes;
mod owner;
mod recipients;
mod regions;
mod restarts;
mod silence;
mod slack_bot;
mod storm;
mod swallowed;
mod upgrade;
mod upstream;
