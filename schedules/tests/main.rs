//! One binary for all: each further one costs a link and a hundred megabytes on disk.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod hostile;
mod wire;
