//! The heartbeats of this pod: when each is looked at next, and what follows from what was heard. All decisions and no
//! IO: time comes from the clock, and what is to be done is a list of actions.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use domain::Timestamp;
use domain::internal::shard_of;
use domain::judgement::{Judgement, all_overdue, awaited, first_said};
use domain::record::Judged;
use tokio_util::time::{DelayQueue, delay_queue};

use super::queue::{Queue, Turn};
use super::reader::Looked;
use crate::clock::Clock;
use crate::monitor::Monitor;
use crate::owned::OwnedShards;

/// How long a heartbeat is not looked at without a reason, in milliseconds: the start of a run is noticed by then.
const REGULARLY_MS: i64 = 60_000;

/// By how much sooner some are looked at, in milliseconds: not all of them at once.
const SPREAD_MS: i64 = 10_000;

/// When a heartbeat is looked at again whose deadline has passed and cannot be decided yet, in milliseconds, and how much
/// of the time since then is waited for more: see [`again_ms`].
const AGAIN_MS: i64 = 50;
const AGAIN_PART: i64 = 4;

/// When it is looked at again at the latest, in milliseconds.
const AGAIN_MOST_MS: i64 = 500;

/// How long is waited for what decides a deadline, in milliseconds. After that it is skipped: a gap in the uptime, until
/// it is decided after all because nothing was heard since. A date that was missed is told late rather than never.
const PATIENCE_MS: i64 = 10_000;

/// How long a deadline waits that counts as one of which nothing can be said, in milliseconds. Most wait for a moment.
const UNUSUAL_MS: i64 = 1_000;

/// When it is looked whether the log has taken what was said, in milliseconds.
const CONFIRM_MS: i64 = 2_000;

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Action {
    /// Publish what is said of a heartbeat.
    Say(Arc<Monitor>, Box<Judgement>),
    /// Publish that a deadline was not decided, by whoever knew so much when it was expected.
    Skip(Arc<Monitor>, Timestamp, Judged),
}

#[derive(Debug)]
struct Entry {
    monitor: Arc<Monitor>,
    timer: Option<delay_queue::Key>,
    epoch: u32,
    turn: Turn,
    /// Whether nothing was said since it was changed or came here.
    fresh: bool,
    /// The next deadline, as far as is known.
    deadline: Option<Box<Expected>>,
    /// The deadline that was skipped last.
    skipped: Option<Timestamp>,
}

/// A deadline, and what is known of the pings for which it stands.
#[derive(Clone, Copy, Debug)]
struct Expected {
    at: Timestamp,
    judged: Judged,
}

/// The heartbeats of this pod.
#[derive(Debug)]
pub(crate) struct Watch {
    clock: Clock,
    owned: OwnedShards,
    entries: HashMap<i64, Entry>,
    timers: DelayQueue<i64>,
    queue: Queue,
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
            timers: DelayQueue::new(),
            queue: Queue::default(),
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
            self.timers.try_remove(&timer);
        }
        let is_paused = monitor.paused;
        self.entries.insert(
            id,
            Entry {
                monitor,
                timer: None,
                epoch,
                turn: known.map_or(Turn::None, |entry| entry.turn),
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
            self.timers.try_remove(&timer);
        }
        Some(entry.monitor.revision)
    }

    /// Removes what is a heartbeat no more from this revision on, wherever it is checked. Older answers take nothing away.
    pub(crate) fn leave_to_checks(&mut self, id: i64, revision: u32) {
        let known = self.entries.get(&id).map(|entry| entry.monitor.revision);
        if known.is_some_and(|known| known <= revision) {
            self.remove(id);
        }
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
        let Poll::Ready(Some(expired)) = self.timers.poll_expired(context) else {
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
        let entries = &mut self.entries;
        self.queue.next_page(|id, turn| {
            let entry = entries.get_mut(&id).filter(|entry| entry.turn == turn);
            entry.is_some_and(|entry| {
                entry.turn = Turn::Looking;
                true
            })
        })
    }

    /// Takes what was seen of a heartbeat.
    pub(crate) fn looked(&mut self, id: i64, looked: &Looked) {
        let now = self.clock.now();
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        entry.turn = Turn::None;
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
            self.unknown.insert(id);
            self.wait(id, now);
            return;
        };
        // What was resumed or edited is not folded yet.
        if revision.is_some_and(|known| known < monitor.revision) {
            self.unknown.insert(id);
            let is_new = now.millis_since(monitor.changed_at) <= PATIENCE_MS;
            self.arm(
                id,
                now.plus_millis(if is_new { AGAIN_MOST_MS } else { later_ms(id) }),
            );
            return;
        }
        let deadline = heartbeat.expectation.deadline(state);
        entry.deadline = deadline.map(|deadline| {
            Box::new(Expected {
                at: deadline.at,
                judged: awaited(state, &deadline),
            })
        });
        let Some(deadline) = deadline.filter(|deadline| deadline.at <= now) else {
            self.unknown.remove(&id);
            if std::mem::take(&mut entry.fresh)
                && let Some(judgement) = first_said(heartbeat, state, monitor.changed_at, now)
            {
                self.actions
                    .push(Action::Say(Arc::clone(&monitor), Box::new(judgement)));
            }
            let regularly = now.plus_millis(regularly_ms(id));
            // Nobody has folded what came until then at that very instant.
            let next = deadline.map(|deadline| deadline.at.plus_millis(AGAIN_MS));
            let next = next.map_or(regularly, |next| next.min(regularly));
            self.arm(id, next);
            return;
        };
        if *folded_until < deadline.at {
            if now.millis_since(deadline.at) > UNUSUAL_MS {
                self.unknown.insert(id);
            }
            self.wait(id, now);
            return;
        }
        entry.fresh = false;
        self.unknown.remove(&id);
        let until = now.min(*folded_until);
        for mut judgement in all_overdue(heartbeat, state, until, monitor.rule.down_after) {
            judgement.slot = judgement.slot.max(monitor.changed_at);
            self.actions
                .push(Action::Say(Arc::clone(&monitor), Box::new(judgement)));
        }
        self.arm(id, now.plus_millis(CONFIRM_MS));
    }

    /// Looks again soon at a heartbeat of which nothing can be said, and gives its deadline up in the end.
    fn wait(&mut self, id: i64, now: Timestamp) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let Some(expected) = entry.deadline.as_deref().copied() else {
            self.arm(id, now.plus_millis(later_ms(id)));
            return;
        };
        let late_ms = now.millis_since(expected.at);
        if late_ms <= PATIENCE_MS {
            let regularly = now.plus_millis(regularly_ms(id));
            let soon = now.plus_millis(again_ms(late_ms));
            self.arm(id, expected.at.clamp(soon, regularly));
            return;
        }
        if entry.skipped != Some(expected.at) {
            entry.skipped = Some(expected.at);
            let monitor = Arc::clone(&entry.monitor);
            self.actions
                .push(Action::Skip(monitor, expected.at, expected.judged));
        }
        self.arm(id, now.plus_millis(CONFIRM_MS));
    }

    /// Has a heartbeat looked at; before others when its deadline has passed.
    fn look(&mut self, id: i64) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let now = self.clock.now();
        let is_due = entry.deadline.as_ref().is_some_and(|expected| expected.at <= now);
        entry.turn = self.queue.add(id, entry.turn, is_due);
    }

    fn arm(&mut self, id: i64, at: Timestamp) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let at = self.clock.instant_of_ms(at.as_millis());
        match entry.timer {
            Some(key) => self.timers.reset_at(&key, at),
            None => entry.timer = Some(self.timers.insert_at(id, at)),
        }
    }
}

/// When a heartbeat is looked at again whose deadline has passed for so long, in milliseconds: the later it is, the less
/// often. How far the log is folded is told ten times a second, so that most are decided by the third look; where it is not
/// told, each of the deadlines that pass meanwhile costs some thirty looks until it is given up.
fn again_ms(late_ms: i64) -> i64 {
    (late_ms / AGAIN_PART).clamp(AGAIN_MS, AGAIN_MOST_MS)
}

/// When a heartbeat is looked at again for which there is no reason, in milliseconds.
fn regularly_ms(id: i64) -> i64 {
    REGULARLY_MS - id.rem_euclid(SPREAD_MS)
}

/// When a heartbeat is looked at again that does not press, in milliseconds: not all of them at once.
fn later_ms(id: i64) -> i64 {
    CONFIRM_MS + id.rem_euclid(8_000)
}

/// How long the reader is given for a page.
pub(crate) const LOOK_WITHIN: Duration = Duration::from_secs(2);
