//! Runs the schedule: timers, changes and finished checks are handled one after the other, so that nothing needs a lock.

mod check;
mod core;
mod handle;
mod interrupted;
mod lanes;
mod running;
mod shards;
mod silence;
mod slots;
#[cfg(test)]
mod tests;
mod turns;
mod types;

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use domain::record::SkipReason;
use futures_util::FutureExt as _;
use shared::shutdown::CancellationToken;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

pub(crate) use self::check::CheckDependencies;
use self::core::Schedule;
use self::handle::Command;
pub(crate) use self::handle::ScheduleHandle;
use self::silence::Silence;
pub(crate) use self::types::Origin;
use self::types::{Action, FinishedCheck, SkipSlots};
use crate::heartbeats::{Heartbeats, Looked, Reader};
use crate::owned::OwnedShards;
use crate::settings::Limits;

use check::CheckEvent;

/// Timers that are handled before anything else gets a turn.
const BATCH: usize = 256;

/// How often the clock is synchronised and gauges are set.
const MAINTENANCE_INTERVAL: Duration = Duration::from_secs(1);

/// Events that wait, at most. A check in flight has room for its two. There may be more in flight than the limits say,
/// since those that begin to fail go on beyond the limit of their lane.
fn max_events(limits: Limits) -> usize {
    let checks = limits.regular + limits.failing + limits.catch_up;
    checks.saturating_mul(4)
}

/// What the schedule turns to.
enum Turn {
    Event(CheckEvent),
    Expired(i64),
    HeartbeatDue,
    Looked(Vec<(i64, Looked)>),
    Command(Command),
    Maintenance,
    Drain,
}

/// The task that runs the schedule.
pub(crate) struct Scheduler {
    schedule: Schedule,
    heartbeats: Heartbeats,
    dependencies: Arc<CheckDependencies>,
    silence: Silence,
    /// Whether actions were held back in silence.
    held_back: bool,
    commands: mpsc::Receiver<Command>,
    events: mpsc::Receiver<CheckEvent>,
    event_sender: mpsc::Sender<CheckEvent>,
}

impl Scheduler {
    pub(crate) fn new(
        dependencies: CheckDependencies,
        owned: OwnedShards,
        limits: Limits,
        reader: Reader,
    ) -> (Self, ScheduleHandle) {
        let (handle, commands) = ScheduleHandle::new();
        let (event_sender, events) = mpsc::channel(max_events(limits));
        let scheduler = Self {
            heartbeats: Heartbeats::new(dependencies.clock.clone(), owned.clone(), reader),
            schedule: Schedule::new(dependencies.clock.clone(), owned, limits),
            silence: Silence::new(dependencies.stalls.count()),
            held_back: false,
            dependencies: Arc::new(dependencies),
            commands,
            events,
            event_sender,
        };
        (scheduler, handle)
    }

    /// Runs until `drain` is cancelled, then until the checks in flight have ended, at most `deadline`.
    pub(crate) async fn run(mut self, drain: CancellationToken, deadline: Duration) {
        let mut maintenance = tokio::time::interval(MAINTENANCE_INTERVAL);
        maintenance.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut give_up_at = None;
        loop {
            let is_draining = give_up_at.is_some();
            let turn = tokio::select! {
                biased;
                // While no check is queued, a finished one is no reason to wake up: it is handled before the next
                // decision.
                Some(event) = self.events.recv(), if is_draining || self.schedule.waiting() > 0 => {
                    Turn::Event(event)
                }
                id = poll_fn(|context| self.schedule.poll_expired(context)) => Turn::Expired(id),
                Some(command) = self.commands.recv() => Turn::Command(command),
                Some(page) = self.heartbeats.looked.recv() => Turn::Looked(page),
                () = poll_fn(|context| self.heartbeats.watch.poll_expired(context)) => Turn::HeartbeatDue,
                _ = maintenance.tick() => Turn::Maintenance,
                () = drain.cancelled(), if !is_draining => Turn::Drain,
            };
            self.notice_stalls();
            if let Turn::Event(event) = turn {
                self.handle_event(event);
            } else {
                self.handle_events();
                match turn {
                    Turn::Event(_) => {}
                    Turn::Expired(id) => self.schedule.expired(id),
                    Turn::HeartbeatDue => self.heartbeats.expire_due(BATCH),
                    Turn::Looked(page) => self.heartbeats.take(&page),
                    Turn::Command(command) => self.handle_command(command),
                    Turn::Maintenance => self.maintain(),
                    Turn::Drain => {
                        self.silence.end();
                        give_up_at = Some(tokio::time::Instant::now() + deadline);
                    }
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

    /// Prepares for going on after a standstill.
    fn notice_stalls(&mut self) {
        if self.silence.notice(self.dependencies.stalls.count()) {
            self.dependencies.clock.resync();
            self.schedule.stood_still();
            self.heartbeats.watch.look_at_all();
        }
    }

    /// Handles more due timers, without going through all the branches for each.
    fn expire_due_timers(&mut self) {
        for _ in 0..BATCH {
            let expired = poll_fn(|context| self.schedule.poll_expired(context)).now_or_never();
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
            Command::LoseShards(shards) => {
                self.schedule.lose_shards(&shards);
                self.heartbeats.watch.leave(&shards);
            }
            Command::HandOver(shards, answer) => {
                self.heartbeats.watch.leave(&shards);
                let _ = answer.send(self.schedule.hand_over(&shards));
            }
            Command::Upsert(monitors, origin) => {
                for monitor in monitors {
                    if monitor.heartbeat().is_none() {
                        let (id, revision) = (monitor.id.0, monitor.revision);
                        self.heartbeats.watch.leave_to_checks(id, revision);
                        self.schedule.upsert(monitor, origin);
                    } else if self.schedule.takes(&monitor) {
                        self.heartbeats.watch.upsert(monitor, self.schedule.epoch);
                    }
                }
            }
            Command::Remove(ids) => {
                for id in ids {
                    let revision = self.heartbeats.watch.remove(id);
                    self.schedule.remove(id, revision);
                }
            }
            Command::LeaveToOthers(monitors) => {
                for (id, revision) in monitors {
                    self.heartbeats.watch.leave_to_checks(id.0, revision);
                    self.schedule.leave_to_others(id.0, revision);
                }
            }
            Command::Touch(ids, answer) => {
                let watch = &mut self.heartbeats.watch;
                let epoch = self.schedule.epoch;
                let others: Vec<i64> = ids
                    .iter()
                    .copied()
                    .filter(|id| !watch.touch(*id, epoch))
                    .collect();
                let _ = answer.send(self.schedule.touch(&others));
            }
            Command::BeginReconcile(answer) => {
                let _ = answer.send(self.schedule.begin_reconcile());
            }
            Command::Heard(ids) => ids.into_iter().for_each(|id| self.heartbeats.watch.heard(id)),
            Command::Confirm(stalls) => self.silence.confirm(stalls),
            Command::EndReconcile(number, shards) => {
                let gone = self.schedule.end_reconcile(number, &shards)
                    + self.heartbeats.watch.remove_unseen(number, &shards);
                if gone > 0 {
                    tracing::info!(monitors = gone, "removed monitors that no longer exist");
                }
            }
        }
        self.dependencies
            .metrics
            .monitors
            .set((self.schedule.monitors() + self.heartbeats.watch.len()) as f64);
    }

    /// Does what is to be done, unless it has to be found out first whether other pods have done it.
    fn run_actions(&mut self) {
        self.notice_stalls();
        if self.silence.holds() {
            self.held_back = true;
            return;
        }
        if std::mem::take(&mut self.held_back) {
            self.schedule.discard_outdated();
        }
        let CheckDependencies {
            publisher,
            clock,
            metrics,
            ..
        } = &*self.dependencies;
        self.heartbeats.act(publisher, clock, metrics);
        let (mut started, mut refused) = (Vec::new(), Vec::new());
        for action in self.schedule.actions() {
            match action {
                Action::Start(start) => {
                    let (id, generation) = (start.monitor.id.0, start.generation);
                    match check::run(Arc::clone(&self.dependencies), start, &self.event_sender) {
                        Ok(check) => started.push((id, generation, tokio::spawn(check))),
                        Err(start) => refused.push(start),
                    }
                }
                Action::Skip(SkipSlots {
                    monitor,
                    from,
                    until,
                    reason,
                }) => self.dependencies.publisher.skipped(&monitor, from, until, reason),
                Action::Publish(found) => check::publish(&self.dependencies, *found),
            }
        }
        for (id, generation, task) in started {
            self.schedule.started(id, generation, task);
        }
        for start in refused {
            let (monitor, slot) = (&start.monitor, start.slot);
            let publisher = &self.dependencies.publisher;
            publisher.skipped(monitor, slot, slot, SkipReason::Overload);
            self.schedule.finished(FinishedCheck::of(&start));
        }
    }

    fn maintain(&mut self) {
        self.dependencies.clock.resync();
        if self.dependencies.clock.take_was_set() {
            tracing::warn!("the clock was set, or the machine was asleep");
            self.schedule.reset_timers();
            self.heartbeats.watch.look_at_all();
        }
        self.schedule.remove_expired_tombstones();
        self.schedule.shrink();
        self.heartbeats.count(&self.dependencies.metrics);
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
