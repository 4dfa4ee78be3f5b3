//! How other tasks speak to the schedule: by commands that it handles one after the other.

use std::sync::Arc;

use domain::{MonitorId, Timestamp};
use tokio::sync::{mpsc, oneshot};

use super::types::Origin;
use crate::monitor::Monitor;

/// Commands that wait, at most; each may carry a page of definitions.
const MAX_COMMANDS: usize = 64;

/// What the schedule is told, or asked.
pub(super) enum Command {
    TakeShards(Vec<(u32, Option<Timestamp>)>),
    LoseShards(Vec<u32>),
    HandOver(Vec<u32>, oneshot::Sender<Timestamp>),
    Upsert(Vec<Arc<Monitor>>, Origin),
    Remove(Vec<i64>),
    LeaveToOthers(Vec<(MonitorId, u32)>),
    Touch(Box<[i64]>, oneshot::Sender<bool>),
    Heard(Vec<i64>),
    BeginReconcile(oneshot::Sender<(u32, Vec<u32>)>),
    Confirm(u32),
    EndReconcile(u32, Vec<u32>),
}

/// Sends commands to the schedule.
#[derive(Clone, Debug)]
pub(crate) struct ScheduleHandle(mpsc::Sender<Command>);

impl ScheduleHandle {
    /// A handle, and where its commands arrive.
    pub(super) fn new() -> (Self, mpsc::Receiver<Command>) {
        let (sender, commands) = mpsc::channel(MAX_COMMANDS);
        (Self(sender), commands)
    }

    /// Starts checking these shards, each from the boundary of its former holder on, in milliseconds.
    pub(crate) async fn take_shards(&self, shards: Vec<(u32, Option<i64>)>) {
        let shards = shards
            .into_iter()
            .map(|(shard, boundary)| (shard, boundary.map(Timestamp::from_millis)))
            .collect();
        self.send(Command::TakeShards(shards)).await;
    }

    /// Drops shards that another pod already checks.
    pub(crate) async fn lose_shards(&self, shards: Vec<u32>) {
        self.send(Command::LoseShards(shards)).await;
    }

    /// Stops checking these shards; returns the boundary up to which they were checked, in milliseconds.
    pub(crate) async fn hand_over(&self, shards: Vec<u32>) -> i64 {
        let (answer, boundary) = oneshot::channel();
        self.send(Command::HandOver(shards, answer)).await;
        boundary.await.map_or(0, Timestamp::as_millis)
    }

    /// Adds or updates monitors.
    pub(crate) async fn upsert(&self, monitors: Vec<Arc<Monitor>>, origin: Origin) {
        self.send(Command::Upsert(monitors, origin)).await;
    }

    /// Removes monitors that were deleted.
    pub(crate) async fn remove(&self, ids: Vec<i64>) {
        self.send(Command::Remove(ids)).await;
    }

    /// Stops checking monitors that other regions check, each from this revision on.
    pub(crate) async fn leave_to_others(&self, monitors: Vec<(MonitorId, u32)>) {
        self.send(Command::LeaveToOthers(monitors)).await;
    }

    /// Marks monitors as unchanged; false when one of them is not known.
    pub(crate) async fn touch(&self, ids: Box<[i64]>) -> bool {
        let (answer, known) = oneshot::channel();
        self.send(Command::Touch(ids, answer)).await;
        known.await.unwrap_or(false)
    }

    /// Says that something was heard of heartbeats that changes when they are overdue.
    pub(crate) async fn heard(&self, ids: Vec<i64>) {
        self.send(Command::Heard(ids)).await;
    }

    /// Begins a reconciliation; returns its number and the owned shards in ascending order.
    pub(crate) async fn begin_reconcile(&self) -> Option<(u32, Vec<u32>)> {
        let (answer, begun) = oneshot::channel();
        self.send(Command::BeginReconcile(answer)).await;
        begun.await.ok()
    }

    /// Removes monitors of `shards` that were not seen since the reconciliation began.
    pub(crate) async fn end_reconcile(&self, number: u32, shards: Vec<u32>) {
        self.send(Command::EndReconcile(number, shards)).await;
    }

    /// Says that this pod knows which shards it holds after so many standstills.
    pub(crate) async fn confirm(&self, stalls: u32) {
        self.send(Command::Confirm(stalls)).await;
    }

    /// A schedule that only answers.
    #[cfg(test)]
    pub(crate) fn idle(clock: crate::clock::Clock) -> Self {
        let (handle, mut commands) = Self::new();
        tokio::spawn(async move {
            while let Some(command) = commands.recv().await {
                if let Command::HandOver(_, answer) = command {
                    let _ = answer.send(clock.now());
                }
            }
        });
        handle
    }

    async fn send(&self, command: Command) {
        // It fails only after the schedule has ended, when commands no longer matter.
        let _ = self.0.send(command).await;
    }
}
