//! Runs the schedule: timers, changes and finished checks are handled one after the other, so that nothing needs a lock.

mod check;
mod core;
mod lanes;
mod owned;
mod shards;
#[cfg(test)]
mod tests;
mod turns;
mod types;

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use domain::Timestamp;
use futures_util::FutureExt as _;
use shared::shutdown::CancellationToken;
use tokio::sync::{mpsc, oneshot};
use tokio::time::MissedTickBehavior;
use tokio_util::time::delay_queue::Expired;

pub(crate) use self::check::CheckDependencies;
use self::core::Schedule;
pub(crate) use self::owned::OwnedShards;
pub(crate) use self::types::Origin;
use self::types::{Action, SkipSlots};
use crate::monitor::Monitor;
use crate::settings::Limits;

use check::CheckEvent;

/// Commands that wait, at most; each may carry a page of definitions.
const MAX_COMMANDS: usize = 64;

/// Timers that are handled before anything else gets a turn.
const BATCH: usize = 256;

/// How often the clock is synchronised and gauges are set.
const MAINTENANCE_INTERVAL: Duration = Duration::from_secs(1);

enum Command {
    TakeShards(Vec<(u32, Option<Timestamp>)>),
    LoseShards(Vec<u32>),
    HandOver(Vec<u32>, oneshot::Sender<Timestamp>),
    Upsert(Vec<Arc<Monitor>>, Origin),
    Remove(Vec<i64>),
    Touch(Box<[i64]>, oneshot::Sender<bool>),
    BeginReconcile(oneshot::Sender<(u32, Vec<u32>)>),
    EndReconcile(u32, Vec<u32>),
}

/// Sends commands to the schedule.
#[derive(Clone, Debug)]
pub(crate) struct ScheduleHandle(mpsc::Sender<Command>);

impl ScheduleHandle {
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

    /// Marks monitors as unchanged; false when one of them is not known.
    pub(crate) async fn touch(&self, ids: Box<[i64]>) -> bool {
        let (answer, known) = oneshot::channel();
        self.send(Command::Touch(ids, answer)).await;
        known.await.unwrap_or(false)
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

    /// A schedule that only answers.
    #[cfg(test)]
    pub(crate) fn idle(clock: crate::clock::Clock) -> Self {
        let (handle, mut commands) = mpsc::channel(MAX_COMMANDS);
        tokio::spawn(async move {
            while let Some(command) = commands.recv().await {
                if let Command::HandOver(_, answer) = command {
                    let _ = answer.send(clock.now());
                }
            }
        });
        Self(handle)
    }

    async fn send(&self, command: Command) {
        // It fails only after the schedule has ended, when commands no longer matter.
        let _ = self.0.send(command).await;
    }
}

/// The task that runs the schedule.
pub(crate) struct Scheduler {
    schedule: Schedule,
    dependencies: Arc<CheckDependencies>,
    commands: mpsc::Receiver<Command>,
    events: mpsc::UnboundedReceiver<CheckEvent>,
    event_sender: mpsc::UnboundedSender<CheckEvent>,
}

impl Scheduler {
    pub(crate) fn new(
        dependencies: CheckDependencies,
        owned: OwnedShards,
        limits: Limits,
    ) -> (Self, ScheduleHandle) {
        let (handle, commands) = mpsc::channel(MAX_COMMANDS);
        let (event_sender, events) = mpsc::unbounded_channel();
        let scheduler = Self {
            schedule: Schedule::new(dependencies.clock.clone(), owned, limits),
            dependencies: Arc::new(dependencies),
            commands,
            events,
            event_sender,
        };
        (scheduler, ScheduleHandle(handle))
    }

    /// Runs until `drain` is cancelled, then until the checks in flight have ended, at most `deadline`.
    pub(crate) async fn run(mut self, drain: CancellationToken, deadline: Duration) {
        let mut maintenance = tokio::time::interval(MAINTENANCE_INTERVAL);
        maintenance.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut give_up_at = None;
        loop {
            let is_draining = give_up_at.is_some();
            tokio::select! {
                biased;
                // While no check is queued, a finished one is no reason to wake up: it is handled before the next
                // decision.
                Some(event) = self.events.recv(), if is_draining || self.schedule.waiting() > 0 => {
                    self.handle_event(event);
                }
                id = poll_fn(|context| poll_expired(&mut self.schedule, context)) => {
                    self.handle_events();
                    self.schedule.expired(id);
                }
                Some(command) = self.commands.recv() => {
                    self.handle_events();
                    self.handle_command(command);
                }
                _ = maintenance.tick() => {
                    self.handle_events();
                    self.maintain();
                }
                () = drain.cancelled(), if !is_draining => {
                    self.handle_events();
                    give_up_at = Some(tokio::time::Instant::now() + deadline);
                }
            }
            self.expire_due_timers();
            self.run_actions();
            if let Some(at) = give_up_at {
                if self.schedule.running() + self.schedule.waiting() == 0 {
                    return;
                }
                if tokio::time::Instant::now() >= at {
                    tracing::warn!(
                        running = self.schedule.running(),
                        waiting = self.schedule.waiting(),
                        "checks did not end in time"
                    );
                    self.schedule.end_all();
                    self.run_actions();
                    return;
                }
            }
        }
    }

    /// Handles more due timers, without going through all the branches for each.
    fn expire_due_timers(&mut self) {
        for _ in 0..BATCH {
            let expired = poll_fn(|context| poll_expired(&mut self.schedule, context)).now_or_never();
            let Some(id) = expired else { return };
            self.handle_events();
            self.schedule.expired(id);
        }
    }

    fn handle_events(&mut self) {
        while let Ok(event) = self.events.try_recv() {
            self.handle_event(event);
        }
    }

    fn handle_event(&mut self, event: CheckEvent) {
        match event {
            CheckEvent::Failing(from) => self.schedule.failing(from),
            CheckEvent::Finished(check) => self.schedule.finished(check),
        }
    }

    fn handle_command(&mut self, command: Command) {
        match command {
            Command::TakeShards(shards) => self.schedule.take_shards(shards),
            Command::LoseShards(shards) => self.schedule.lose_shards(&shards),
            Command::HandOver(shards, answer) => {
                let _ = answer.send(self.schedule.hand_over(&shards));
            }
            Command::Upsert(monitors, origin) => {
                for monitor in monitors {
                    self.schedule.upsert(monitor, origin);
                }
            }
            Command::Remove(ids) => {
                for id in ids {
                    self.schedule.remove(id);
                }
            }
            Command::Touch(ids, answer) => {
                let _ = answer.send(self.schedule.touch(&ids));
            }
            Command::BeginReconcile(answer) => {
                let _ = answer.send(self.schedule.begin_reconcile());
            }
            Command::EndReconcile(number, shards) => {
                let gone = self.schedule.end_reconcile(number, &shards);
                if gone > 0 {
                    tracing::info!(monitors = gone, "removed monitors that no longer exist");
                }
            }
        }
        self.dependencies
            .metrics
            .monitors
            .set(self.schedule.monitors() as f64);
    }

    fn run_actions(&mut self) {
        let mut started = Vec::new();
        for action in self.schedule.actions() {
            match action {
                Action::Start(start) => {
                    let (id, generation) = (start.monitor.id.0, start.generation);
                    let check = check::run(Arc::clone(&self.dependencies), start, self.event_sender.clone());
                    started.push((id, generation, tokio::spawn(check)));
                }
                Action::Skip(SkipSlots {
                    monitor,
                    from,
                    until,
                    reason,
                }) => self.dependencies.publisher.skipped(&monitor, from, until, reason),
            }
        }
        for (id, generation, task) in started {
            self.schedule.started(id, generation, task);
        }
    }

    fn maintain(&mut self) {
        if self.dependencies.clock.resync() {
            tracing::warn!("the clock was set, or the machine was asleep");
            self.schedule.reset_timers();
        }
        self.schedule.remove_expired_tombstones();
        self.dependencies
            .metrics
            .running
            .set(self.schedule.running() as f64);
        self.dependencies
            .metrics
            .waiting
            .set(self.schedule.waiting() as f64);
    }
}

fn poll_expired(schedule: &mut Schedule, context: &mut Context<'_>) -> Poll<i64> {
    match schedule.queue().poll_expired(context) {
        Poll::Ready(Some(expired)) => Poll::Ready(Expired::into_inner(expired)),
        // Without timers there is nothing to wait for.
        Poll::Ready(None) | Poll::Pending => Poll::Pending,
    }
}
