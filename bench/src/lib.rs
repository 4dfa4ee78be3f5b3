//! What the benchmarks share: reading what a process costs, figures over rounds, servers to check.
//!
//! A benchmark prints its figure beside a baseline that was measured in the same run, the two taking turns.
//! `make bench NAME=pinger` starts what it needs and runs it.

pub mod alert_parents;
pub mod alert_policy;
pub mod alerts;
pub mod api;
pub mod backtest;
pub mod baseline;
pub mod beside;
pub mod edge;
pub mod heartbeats;
pub mod history;
pub mod load;
pub mod machine;
pub mod pages;
pub mod pinger;
pub mod pings;
pub mod report;
pub mod sites;
pub mod stats;
pub mod targets;
pub mod tls;
pub mod visible;

/// What the services allocate with; the baselines are given the same.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
