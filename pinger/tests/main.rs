//! One binary for all: each further one costs a link and a hundred megabytes on disk.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(unreachable_pub, reason = "test helpers")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test says what it measured and what it leaves out"
)]

mod checks;
mod common;
mod hostile_targets;
mod http_options;
mod isolation;
mod kafka;
mod kinds;
mod odd_servers;
mod outages;
mod probe;
mod reasons;
mod regions;
mod resumption;
mod stall;
