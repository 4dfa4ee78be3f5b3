//! What the schedule keeps of each monitor, and its inputs and actions.

use std::sync::Arc;

use domain::Timestamp;
use domain::record::SkipReason;
use tokio::task::JoinHandle;
use tokio_util::time::delay_queue;

use super::lanes::Lane;
use crate::checker::CheckOutcome;
use crate::monitor::Monitor;

/// What is to be done.
#[derive(Debug)]
pub(super) enum Action {
    /// Start a check.
    Start(StartCheck),
    /// Publish that slots were not checked.
    Skip(SkipSlots),
    /// Publish what a check has found that spans a standstill.
    Publish(Box<Found>),
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

/// What a check has found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) monitor: Arc<Monitor>,
    pub(super) slot: Timestamp,
    /// When it began.
    pub(super) timestamp: Timestamp,
    pub(super) outcome: CheckOutcome,
    /// Whether our own network is the cause of its failure.
    pub(super) is_ours: bool,
}

/// From where a definition comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// From loading a shard that was gained.
    Load,
    /// From a change or a reconciliation.
    Change,
}

/// Whether what a check has found was published by its end.
#[derive(Debug)]
pub(super) enum Ending {
    /// It was; or the check was aborted.
    Published,
    /// Not yet: it spans a standstill, in which its shard may have been lost.
    Unpublished(Box<Found>),
    /// There is nothing: standstills left no verdict.
    Void,
}

/// A check that has finished.
#[derive(Debug)]
pub(super) struct FinishedCheck {
    pub(super) id: i64,
    pub(super) generation: u32,
    pub(super) host: u32,
    pub(super) lane: Lane,
    /// Whether the target answered as expected; `None` when the check was not made.
    pub(super) up: Option<bool>,
    pub(super) ending: Ending,
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
            ending: Ending::Published,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryState {
    Idle,
    Waiting,
    Running,
}

/// Why a monitor with a running check is no longer this pod's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaving {
    /// Its shard was handed over: what was due by then is told here.
    HandedOver,
    /// Another pod has taken its shard: what that one checked must not be told as skipped.
    Lost,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) monitor: Arc<Monitor>,
    /// The latest slot that was started, is queued, was skipped, or precedes the monitor's time here.
    pub(super) covered: Timestamp,
    /// The slot of its check that runs or waits.
    pub(super) slot: Timestamp,
    pub(super) timer: Option<delay_queue::Key>,
    pub(super) task: Option<JoinHandle<()>>,
    pub(super) generation: u32,
    pub(super) epoch: u32,
    pub(super) state: EntryState,
    pub(super) on_schedule: bool,
    /// Whether that slot belongs to the monitor's time here, so that something has to be said of it. The first check of a
    /// definition is for a slot that came before.
    pub(super) owed: bool,
    pub(super) failing: bool,
    /// How many of its checks in a row standstills left without a verdict.
    pub(super) voids: u8,
    /// Another pod checks it from now on; it is removed when its running check has finished.
    pub(super) leaving: Option<Leaving>,
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
