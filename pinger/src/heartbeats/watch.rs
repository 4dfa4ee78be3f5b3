//! The heartbeats of this pod: when each is looked at next, and what follows from what was heard. All decisions and no
//! IO: time comes from the clock, and what is to be done is a list of actions.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use domain::Timestamp;
use domain::internal::shard_of;
use tokio_util::time::{DelayQueue, delay_queue};

use super::judge;
use super::reader::Looked;
use crate::clock::Clock;
use crate::judgement::Judgement;
use crate::monitor::Monitor;
use crate::owned::OwnedShards;

/// Heartbeats that are looked at together.
pub(crate) const PAGE: usize = 500;

/// How long a heartbeat is not looked at without a reason, in milliseconds: the start of a run is noticed by then.
const REGULARLY_MS: i64 = 60_000;

/// When a heartbeat is looked at again of which nothing could be said, in milliseconds.
const AGAIN_MS: i64 = 250;

/// How long is waited for what decides a deadline, in milliseconds. After that it is skipped: a gap in the uptime, until
/// it is decided after all because nothing was heard since. A date that was missed is told late rather than never.
const PATIENCE_MS: i64 = 10_000;

/// When it is looked whether the log has taken what was said, in milliseconds.
const CONFIRM_MS: i64 = 2_000;

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Action {
    /// Publish what is said of a heartbeat.
    Say(Arc<Monitor>, Box<Judgement>),
    /// Publish that a deadline was not decided.
    Skip(Arc<Monitor>, Timestamp),
}

#[derive(Debug)]
struct Entry {
    monitor: Arc<Monitor>,
    timer: Option<delay_queue::Key>,
    epoch: u32,
    /// Whether it waits to be looked at, or is being looked at.
    looking: bool,
    /// Whether nothing was said since it was changed or came here.
    fresh: bool,
    /// The next deadline, as far as is known.
    deadline: Option<Timestamp>,
    /// The deadline that was skipped last.
    skipped: Option<Timestamp>,
}

/// The heartbeats of this pod.
#[derive(Debug)]
pub(crate) struct Watch {
    clock: Clock,
    owned: OwnedShards,
    entries: HashMap<i64, Entry>,
    queue: DelayQueue<i64>,
    waiting: VecDeque<i64>,
    /// Those of which nothing could be said when they were looked at last.
    unknown: HashSet<i64>,
    actions: Vec<Action>,
}

impl Watch {
    pub(crate) fn new(clock: Clock, owned: OwnedShards) -> Self {
        Self {
            clock,
            owned,
            entries: HashMap::new(),
            queue: DelayQueue::new(),
            waiting: VecDeque::new(),
            unknown: HashSet::new(),
            actions: Vec::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Of how many nothing could be said when they were looked at last.
    pub(crate) fn unknown(&self) -> usize {
        self.unknown.len()
    }

    /// Takes the actions since the last call.
    pub(crate) fn actions(&mut self) -> std::vec::Drain<'_, Action> {
        self.actions.drain(..)
    }

    /// Adds or updates a heartbeat, and looks at it. A revision lower than the known one is ignored.
    pub(crate) fn upsert(&mut self, monitor: Arc<Monitor>, epoch: u32) {
        let id = monitor.id.0;
        if !self.owned.owns(monitor.id) {
            return;
        }
        if let Some(entry) = self.entries.get_mut(&id)
            && monitor.revision <= entry.monitor.revision
        {
            entry.epoch = epoch;
            return;
        }
        let known = self.entries.remove(&id);
        if let Some(timer) = known.as_ref().and_then(|entry| entry.timer) {
            self.queue.try_remove(&timer);
        }
        let is_paused = monitor.paused;
        self.entries.insert(
            id,
            Entry {
                monitor,
                timer: None,
                epoch,
                looking: known.is_some_and(|entry| entry.looking),
                fresh: true,
                deadline: None,
                skipped: None,
            },
        );
        if is_paused {
            self.unknown.remove(&id);
        } else {
            self.look(id);
        }
    }

    /// Removes a heartbeat; answers in which revision it was known.
    pub(crate) fn remove(&mut self, id: i64) -> Option<u32> {
        let entry = self.entries.remove(&id)?;
        self.unknown.remove(&id);
        if let Some(timer) = entry.timer {
            self.queue.try_remove(&timer);
        }
        Some(entry.monitor.revision)
    }

    /// Gives shards up: whoever has them now looks for itself.
    pub(crate) fn leave(&mut self, shards: &[u32]) {
        let total = self.owned.shards();
        self.remove_where(|entry| shards.contains(&shard_of(entry.monitor.id, total)));
    }

    /// Marks a heartbeat as unchanged; false when it is not known.
    pub(crate) fn touch(&mut self, id: i64, epoch: u32) -> bool {
        match self.entries.get_mut(&id) {
            Some(entry) => {
                entry.epoch = epoch;
                true
            }
            None => false,
        }
    }

    /// Removes the heartbeats of `shards`, in ascending order, that were not seen since an epoch began; answers how many.
    pub(crate) fn remove_unseen(&mut self, epoch: u32, shards: &[u32]) -> usize {
        let total = self.owned.shards();
        self.remove_where(|entry| {
            entry.epoch.wrapping_sub(epoch) > u32::MAX / 2
                && shards.binary_search(&shard_of(entry.monitor.id, total)).is_ok()
        })
    }

    fn remove_where(&mut self, is_gone: impl Fn(&Entry) -> bool) -> usize {
        let gone = self.entries.iter().filter(|(_, entry)| is_gone(entry));
        let gone: Vec<i64> = gone.map(|(id, _)| *id).collect();
        for id in &gone {
            self.remove(*id);
        }
        gone.len()
    }

    /// Something was heard of a heartbeat that changes when it is overdue.
    pub(crate) fn heard(&mut self, id: i64) {
        if self.entries.get(&id).is_some_and(|entry| !entry.monitor.paused) {
            self.look(id);
        }
    }

    /// The clock was set, or this process stood still: the timers are wrong.
    pub(crate) fn look_at_all(&mut self) {
        let ids: Vec<i64> = self.entries.keys().copied().collect();
        for id in ids {
            self.heard(id);
        }
    }

    /// Has a heartbeat whose time has come looked at; pending while there is none.
    pub(crate) fn poll_expired(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Poll::Ready(Some(expired)) = self.queue.poll_expired(context) else {
            return Poll::Pending;
        };
        let id = expired.into_inner();
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.timer = None;
            self.look(id);
        }
        Poll::Ready(())
    }

    /// The heartbeats that are to be looked at next, together.
    pub(crate) fn next_page(&mut self) -> Vec<i64> {
        let mut page = Vec::new();
        while page.len() < PAGE
            && let Some(id) = self.waiting.pop_front()
        {
            if self.entries.contains_key(&id) {
                page.push(id);
            }
        }
        page
    }

    /// Takes what was seen of a heartbeat.
    pub(crate) fn looked(&mut self, id: i64, looked: &Looked) {
        let now = self.clock.now();
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        entry.looking = false;
        let monitor = Arc::clone(&entry.monitor);
        let Some(heartbeat) = monitor.heartbeat().filter(|_| !monitor.paused) else {
            return;
        };
        let Looked::Heard {
            state,
            folded_until,
            revision,
        } = looked
        else {
            let deadline = entry.deadline;
            self.unknown.insert(id);
            self.wait(id, deadline, now);
            return;
        };
        // What was resumed or edited is not folded yet.
        if revision.is_some_and(|known| known < monitor.revision) {
            self.unknown.insert(id);
            let is_new = now.millis_since(monitor.changed_at) <= PATIENCE_MS;
            self.arm(id, now.plus_millis(if is_new { AGAIN_MS } else { later_ms(id) }));
            return;
        }
        let must_not_ping = heartbeat.limits.must_not_ping;
        let deadline = heartbeat.expectation.deadline(state);
        entry.deadline = deadline.map(|deadline| deadline.at);
        let Some(deadline) = deadline.filter(|deadline| deadline.at <= now) else {
            self.unknown.remove(&id);
            // Nobody may have pinged since it was changed.
            let changed = state.last_ping.is_none_or(|last| last.at < monitor.changed_at);
            let is_well = state.last_ping.map_or(must_not_ping, |last| !last.failed);
            let has_verdict =
                is_well && state.missed.is_none() && state.runs.iter().all(|run| !run.is_overdue);
            if std::mem::take(&mut entry.fresh) && changed && has_verdict {
                let due = heartbeat.expectation.due_next(state).filter(|_| !must_not_ping);
                let judgement = judge::in_time(state, due, now);
                self.actions
                    .push(Action::Say(Arc::clone(&monitor), Box::new(judgement)));
            }
            let regularly = now.plus_millis(REGULARLY_MS);
            let next = deadline.map_or(regularly, |deadline| deadline.at.min(regularly));
            self.arm(id, next);
            return;
        };
        if *folded_until < deadline.at {
            self.unknown.insert(id);
            self.wait(id, Some(deadline.at), now);
            return;
        }
        entry.fresh = false;
        self.unknown.remove(&id);
        let until = now.min(*folded_until);
        for mut judgement in judge::all_overdue(heartbeat, state, until, monitor.rule.down_after) {
            judgement.slot = judgement.slot.max(monitor.changed_at);
            self.actions
                .push(Action::Say(Arc::clone(&monitor), Box::new(judgement)));
        }
        self.arm(id, now.plus_millis(CONFIRM_MS));
    }

    /// Looks again soon at a heartbeat of which nothing can be said, and gives its deadline up in the end.
    fn wait(&mut self, id: i64, deadline: Option<Timestamp>, now: Timestamp) {
        let is_hopeless = |at: &Timestamp| now.millis_since(*at) > PATIENCE_MS;
        let given_up = deadline.filter(is_hopeless);
        if let Some(entry) = self.entries.get_mut(&id)
            && let Some(at) = given_up
            && entry.skipped != Some(at)
        {
            entry.skipped = Some(at);
            self.actions.push(Action::Skip(Arc::clone(&entry.monitor), at));
        }
        let (soon, late) = (now.plus_millis(AGAIN_MS), now.plus_millis(REGULARLY_MS));
        let next = match (deadline, given_up) {
            (_, Some(_)) => now.plus_millis(CONFIRM_MS),
            (Some(deadline), None) => deadline.clamp(soon, late),
            (None, None) => now.plus_millis(later_ms(id)),
        };
        self.arm(id, next);
    }

    fn look(&mut self, id: i64) {
        if let Some(entry) = self.entries.get_mut(&id)
            && !std::mem::replace(&mut entry.looking, true)
        {
            self.waiting.push_back(id);
        }
    }

    fn arm(&mut self, id: i64, at: Timestamp) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let at = self.clock.instant_of_ms(at.as_millis());
        match entry.timer {
            Some(key) => self.queue.reset_at(&key, at),
            None => entry.timer = Some(self.queue.insert_at(id, at)),
        }
    }
}

/// When a heartbeat is looked at again that does not press, in milliseconds: not all of them at once.
fn later_ms(id: i64) -> i64 {
    CONFIRM_MS + id.rem_euclid(8_000)
}

/// How long the reader is given for a page.
pub(crate) const LOOK_WITHIN: Duration = Duration::from_secs(2);
