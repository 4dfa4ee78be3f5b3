//! What the schedule keeps of each monitor, what it is told, and what it orders.

use std::sync::Arc;

use domain::Timestamp;
use domain::record::SkipReason;
use tokio::task::JoinHandle;
use tokio_util::time::delay_queue;

use super::lanes::Lane;
use crate::monitor::Monitor;

/// What is to be done.
#[derive(Debug)]
pub(super) enum Order {
    /// Make a check.
    Start(Start),
    /// Tell that slots were not checked.
    Skip(Skip),
}

/// A check to make.
#[derive(Debug)]
pub(super) struct Start {
    pub(super) monitor: Arc<Monitor>,
    pub(super) slot: Timestamp,
    pub(super) generation: u32,
    pub(super) lane: Lane,
    /// Whether it runs in turn, so that its lateness says something.
    pub(super) in_turn: bool,
}

/// Slots that were not checked.
#[derive(Debug)]
pub(super) struct Skip {
    pub(super) monitor: Arc<Monitor>,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) reason: SkipReason,
}

/// From where a definition comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// From the load of a shard that was taken over.
    Load,
    /// From a change or a comparison.
    Change,
}

/// A check has ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub(super) id: i64,
    pub(super) generation: u32,
    pub(super) host: u32,
    pub(super) lane: Lane,
    /// Whether the target answered as expected; unknown when the check was not made.
    pub(super) up: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Idle,
    Waiting,
    Running,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) monitor: Arc<Monitor>,
    /// The latest slot that was begun, waits, was skipped, or lies before the monitor's time here.
    pub(super) covered: Timestamp,
    pub(super) timer: Option<delay_queue::Key>,
    pub(super) task: Option<JoinHandle<()>>,
    pub(super) generation: u32,
    pub(super) epoch: u32,
    pub(super) phase: Phase,
    pub(super) in_turn: bool,
    pub(super) failing: bool,
    /// Another pod checks it from now on; it is forgotten when what is begun has ended.
    pub(super) leaving: bool,
}

impl Entry {
    /// Which room its checks take when their time has come.
    pub(super) fn lane_in_turn(&self) -> Lane {
        if self.failing {
            Lane::Failing
        } else {
            Lane::Regular
        }
    }
}
