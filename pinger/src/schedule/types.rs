//! What the schedule keeps of each monitor, and its inputs and actions.

use std::sync::Arc;

use domain::Timestamp;
use domain::record::SkipReason;
use tokio::task::JoinHandle;
use tokio_util::time::delay_queue;

use super::lanes::Lane;
use crate::monitor::Monitor;

/// What is to be done.
#[derive(Debug)]
pub(super) enum Action {
    /// Start a check.
    Start(StartCheck),
    /// Publish that slots were not checked.
    Skip(SkipSlots),
}

/// A check to make.
#[derive(Debug)]
pub(super) struct StartCheck {
    pub(super) monitor: Arc<Monitor>,
    pub(super) slot: Timestamp,
    pub(super) generation: u32,
    pub(super) lane: Lane,
    /// Whether it runs at its slot, so that its lateness is meaningful.
    pub(super) on_schedule: bool,
}

/// Slots that were not checked.
#[derive(Debug)]
pub(super) struct SkipSlots {
    pub(super) monitor: Arc<Monitor>,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) reason: SkipReason,
}

/// From where a definition comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// From loading a shard that was gained.
    Load,
    /// From a change or a reconciliation.
    Change,
}

/// A check that has finished.
#[derive(Clone, Copy, Debug)]
pub(super) struct FinishedCheck {
    pub(super) id: i64,
    pub(super) generation: u32,
    pub(super) host: u32,
    pub(super) lane: Lane,
    /// Whether the target answered as expected; `None` when the check was not made.
    pub(super) up: Option<bool>,
    /// Whether it spans a standstill, so that nothing was said of its slot.
    pub(super) interrupted: bool,
    /// Whether it was for a slot that was due.
    pub(super) on_schedule: bool,
}

impl FinishedCheck {
    /// Of a check of which nothing is known yet.
    pub(super) fn of(start: &StartCheck) -> Self {
        Self {
            id: start.monitor.id.0,
            generation: start.generation,
            host: start.monitor.host,
            lane: start.lane,
            up: None,
            interrupted: false,
            on_schedule: start.on_schedule,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryState {
    Idle,
    Waiting,
    Running,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) monitor: Arc<Monitor>,
    /// The latest slot that was started, is queued, was skipped, or precedes the monitor's time here.
    pub(super) covered: Timestamp,
    pub(super) timer: Option<delay_queue::Key>,
    pub(super) task: Option<JoinHandle<()>>,
    pub(super) generation: u32,
    pub(super) epoch: u32,
    pub(super) state: EntryState,
    pub(super) on_schedule: bool,
    pub(super) failing: bool,
    /// Another pod checks it from now on; it is removed when its running check has finished.
    pub(super) leaving: bool,
}

impl Entry {
    /// The lane of its checks on schedule.
    pub(super) fn scheduled_lane(&self) -> Lane {
        if self.failing {
            Lane::Failing
        } else {
            Lane::Regular
        }
    }
}
