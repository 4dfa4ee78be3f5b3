//! One binary for all: each further one costs a link and a hundred megabytes on disk.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod append_delays;
mod common;
mod drills;
mod heartbeats;
mod live;
mod regions;
mod service;
mod silence;
mod steady;
mod store;
mod tools;
