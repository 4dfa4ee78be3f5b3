//! One binary for all: each further one costs a link and a hundred megabytes on disk.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod channel_kinds;
mod fold;
mod fold_edits;
mod fold_heartbeats;
mod fold_usual;
mod fold_votes;
mod fold_windows;
mod golden;
mod heartbeat_spans;
mod monitor_kinds;
mod monitor_shapes;
mod on_call;
mod record_schema;
mod wire;
