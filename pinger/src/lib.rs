//! Checks monitors at their slots and publishes the results.
//!
//! In: definitions from user-service, for the shards on which this pod holds leases (`lease`, `definitions`). Decide:
//! when a monitor is due and whether there is room to check it (`schedule`). Out: attempts on fresh connections
//! (`checker`, `probe`, `target`), and one record per slot on Kafka (`publish`).

mod api;
mod checker;
mod clock;
mod definitions;
mod egress;
mod error;
mod heartbeats;
mod housekeeping;
mod lease;
mod limits;
mod metrics;
mod monitor;
mod owned;
mod place;
mod probe;
mod publish;
mod schedule;
mod service;
mod settings;
mod stall;
mod target;
mod zone;

pub use place::Place;
pub use service::{BuildError, RunError, Service, build};
pub use settings::{Limits, Settings};
