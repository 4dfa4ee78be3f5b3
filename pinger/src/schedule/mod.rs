//! Runs the schedule: timers, changes and ended checks come in one after the other, so that nothing in it
//! needs a lock.

mod check;
mod core;
mod held;
mod lanes;
mod shards;
#[cfg(test)]
mod tests;
mod types;

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use domain::Timestamp;
use futures_util::FutureExt as _;
use shared::shutdown::CancellationToken;
use tokio::sync::{mpsc, oneshot};
use tokio::time::MissedTickBehavior;
use tokio_util::time::delay_queue::Expired;

pub(crate) use self::check::Context;
use self::core::Schedule;
pub(crate) use self::held::Held;
pub(crate) use self::types::Origin;
use self::types::{Order, Skip};
use crate::monitor::Monitor;
use crate::settings::Limits;

use check::Event;

/// Commands that wait, at most; each may carry a page of definitions.
const MAX_COMMANDS: usize = 64;

/// Timers that are taken before anything else gets a turn.
const BATCH: usize = 256;

/// How often the clock is compared and gauges are set.
const UPKEEP: Duration = Duration::from_secs(1);

enum Command {
    Hold(Vec<(u32, Option<Timestamp>)>),
    Lose(Vec<u32>),
    HandOver(Vec<u32>, oneshot::Sender<Timestamp>),
    Upsert(Vec<Arc<Monitor>>, Origin),
    Remove(Vec<i64>),
    Touch(Box<[i64]>, oneshot::Sender<bool>),
    BeginReconcile(oneshot::Sender<(u32, Vec<u32>)>),
    EndReconcile(u32, Vec<u32>),
}

/// Tells the schedule what to do.
#[derive(Clone, Debug)]
pub(crate) struct ScheduleHandle(mpsc::Sender<Command>);

impl ScheduleHandle {
    /// This pod checks these shards from now on; their former holder up to a boundary in milliseconds.
    pub(crate) async fn hold(&self, shards: Vec<(u32, Option<i64>)>) {
        let shards = shards
            .into_iter()
            .map(|(shard, boundary)| (shard, boundary.map(Timestamp::from_millis)))
            .collect();
        self.send(Command::Hold(shards)).await;
    }

    /// Another pod checks these shards already.
    pub(crate) async fn lose(&self, shards: Vec<u32>) {
        self.send(Command::Lose(shards)).await;
    }

    /// Stops checking these shards; answers the boundary up to which they were checked, in milliseconds.
    pub(crate) async fn hand_over(&self, shards: Vec<u32>) -> i64 {
        let (answer, boundary) = oneshot::channel();
        self.send(Command::HandOver(shards, answer)).await;
        boundary.await.map_or(0, Timestamp::as_millis)
    }

    /// Takes definitions in.
    pub(crate) async fn upsert(&self, monitors: Vec<Arc<Monitor>>, origin: Origin) {
        self.send(Command::Upsert(monitors, origin)).await;
    }

    /// Forgets monitors that were removed.
    pub(crate) async fn remove(&self, ids: Vec<i64>) {
        self.send(Command::Remove(ids)).await;
    }

    /// Says that monitors are as they were; whether all of them are known.
    pub(crate) async fn touch(&self, ids: Box<[i64]>) -> bool {
        let (answer, known) = oneshot::channel();
        self.send(Command::Touch(ids, answer)).await;
        known.await.unwrap_or(false)
    }

    /// Begins a comparison; answers its number and the shards held now, in ascending order.
    pub(crate) async fn begin_reconcile(&self) -> Option<(u32, Vec<u32>)> {
        let (answer, begun) = oneshot::channel();
        self.send(Command::BeginReconcile(answer)).await;
        begun.await.ok()
    }

    /// Forgets monitors of `shards` that were not heard of since the comparison began.
    pub(crate) async fn end_reconcile(&self, number: u32, shards: Vec<u32>) {
        self.send(Command::EndReconcile(number, shards)).await;
    }

    /// A schedule that does nothing but answer.
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
        // It fails only after the schedule has ended, when nothing has to be told any more.
        let _ = self.0.send(command).await;
    }
}

/// The schedule and what comes in.
pub(crate) struct Scheduler {
    schedule: Schedule,
    context: Arc<Context>,
    commands: mpsc::Receiver<Command>,
    events: mpsc::UnboundedReceiver<Event>,
    report: mpsc::UnboundedSender<Event>,
}

impl Scheduler {
    pub(crate) fn new(context: Context, held: Held, limits: Limits) -> (Self, ScheduleHandle) {
        let (handle, commands) = mpsc::channel(MAX_COMMANDS);
        let (report, events) = mpsc::unbounded_channel();
        let scheduler = Self {
            schedule: Schedule::new(context.clock.clone(), held, limits),
            context: Arc::new(context),
            commands,
            events,
            report,
        };
        (scheduler, ScheduleHandle(handle))
    }

    /// Runs until `drain` is cancelled, then until the checks in flight have ended, at most `deadline`.
    pub(crate) async fn run(mut self, drain: CancellationToken, deadline: Duration) {
        let mut upkeep = tokio::time::interval(UPKEEP);
        upkeep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut give_up_at = None;
        loop {
            let is_draining = give_up_at.is_some();
            tokio::select! {
                biased;
                // As long as nothing waits for room, the end of a check is no reason to wake up: it is noted
                // before anything else is decided.
                Some(event) = self.events.recv(), if is_draining || self.schedule.waiting() > 0 => {
                    self.note(event);
                }
                id = poll_fn(|context| poll_expired(&mut self.schedule, context)) => {
                    self.note_all();
                    self.schedule.expired(id);
                }
                Some(command) = self.commands.recv() => {
                    self.note_all();
                    self.obey(command);
                }
                _ = upkeep.tick() => {
                    self.note_all();
                    self.upkeep();
                }
                () = drain.cancelled(), if !is_draining => {
                    self.note_all();
                    give_up_at = Some(tokio::time::Instant::now() + deadline);
                }
            }
            self.take_what_is_ready();
            self.carry_out();
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
                    self.carry_out();
                    return;
                }
            }
        }
    }

    /// Takes more timers that are due, without going through all the branches for each.
    fn take_what_is_ready(&mut self) {
        for _ in 0..BATCH {
            let expired = poll_fn(|context| poll_expired(&mut self.schedule, context)).now_or_never();
            let Some(id) = expired else { return };
            self.note_all();
            self.schedule.expired(id);
        }
    }

    fn note_all(&mut self) {
        while let Ok(event) = self.events.try_recv() {
            self.note(event);
        }
    }

    fn note(&mut self, event: Event) {
        match event {
            Event::Failing(from) => self.schedule.failing(from),
            Event::Ended(ended) => self.schedule.ended(ended),
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Hold(shards) => self.schedule.hold(shards),
            Command::Lose(shards) => self.schedule.lose(&shards),
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
                    tracing::info!(monitors = gone, "forgot monitors that are no more");
                }
            }
        }
        self.context.metrics.monitors.set(self.schedule.monitors() as f64);
    }

    fn carry_out(&mut self) {
        let mut started = Vec::new();
        for order in self.schedule.orders() {
            match order {
                Order::Start(start) => {
                    let (id, generation) = (start.monitor.id.0, start.generation);
                    let check = check::run(Arc::clone(&self.context), start, self.report.clone());
                    started.push((id, generation, tokio::spawn(check)));
                }
                Order::Skip(Skip {
                    monitor,
                    from,
                    until,
                    reason,
                }) => self.context.publisher.skipped(&monitor, from, until, reason),
            }
        }
        for (id, generation, task) in started {
            self.schedule.started(id, generation, task);
        }
    }

    fn upkeep(&mut self) {
        if self.context.clock.resync() {
            tracing::warn!("the clock was set, or the machine was asleep");
            self.schedule.clock_was_set();
        }
        self.schedule.housekeep();
        self.context.metrics.running.set(self.schedule.running() as f64);
        self.context.metrics.waiting.set(self.schedule.waiting() as f64);
    }
}

fn poll_expired(schedule: &mut Schedule, context: &mut TaskContext<'_>) -> Poll<i64> {
    match schedule.queue().poll_expired(context) {
        Poll::Ready(Some(expired)) => Poll::Ready(Expired::into_inner(expired)),
        // Without timers there is nothing to wait for here.
        Poll::Ready(None) | Poll::Pending => Poll::Pending,
    }
}
