//! What the regions of a monitor say: a vote each. What they come to together is in [`super::tally`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::found_by::FoundBy;
use super::state::{MonitorState, State, Streak};
use super::transition::ClosedIncident;
use super::verdict::Verdict;
use super::window::{Onset, Window};
use super::{Decision, Effect};
use crate::error_code::ErrorCode;
use crate::quorum::Quorum;
use crate::record::{CheckResult, HEARTBEAT, PointState};
use crate::time::Timestamp;

/// After how many intervals without a result a region is absent.
const ABSENT_AFTER: i64 = 3;

/// The longest interval, in milliseconds, for results that do not say theirs.
const LONGEST_INTERVAL_MS: u32 = 86_400_000;

/// The votes on a monitor that several regions check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Votes {
    /// The revision whose quorum it is. A later one that goes on takes the votes over with its first result.
    pub revision: u32,
    /// By whom the monitor is judged.
    pub quorum: Quorum,
    /// The slot of the first result of the revision.
    pub first_slot: Timestamp,
    /// Milliseconds from one slot of a region to its next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_ms: Option<u32>,
    /// When the last incident ended: what votes say of before that belongs to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// The votes of the regions that were heard of.
    pub regions: BTreeMap<String, Vote>,
}

/// What the results of one region come to, by themselves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Vote {
    /// What it says; nothing before its results have decided that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<Voted>,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Its newest slot in the revision of the votes; none until it is heard of in that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_slot: Option<Timestamp>,
    /// Whether it was not heard of for three intervals, by the newest slot of all.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub absent: bool,
    /// The results in a row that contradict it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against: Option<Streak>,
    /// Failures among its last results, if the rule wants so many of these and it does not say down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Box<Window>>,
    /// The first failure's code, of one that says down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<ErrorCode>,
    /// The first failure in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What a region says of a monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voted {
    /// It answers as expected.
    Up,
    /// It answers as expected, but too slowly.
    Degraded,
    /// It does not, confirmed by the rule.
    Down,
}

/// Folds a result that says by whom it is judged. The revision is that of the result already; the state was `from`
/// before, and beginning the revision has `closed` an incident.
pub(super) fn decide_vote(
    mut state: MonitorState,
    result: &CheckResult,
    quorum: &Quorum,
    from: State,
    closed: Option<ClosedIncident>,
) -> Decision {
    let (region, verdict) = (result.region.as_str(), Verdict::of_result(result));
    let mut votes = match state.votes.take() {
        Some(votes) if votes.revision == state.revision => votes,
        earlier => Votes::begin(state.revision, quorum, verdict.slot, earlier),
    };
    if votes.is_late(region, verdict.slot, result.interval_ms) {
        state.votes = Some(votes);
        return Decision::unchanged(state, Effect::Late);
    }
    if result.kind != HEARTBEAT {
        state.heartbeat = None;
    }
    if let Some(closed) = &closed {
        votes.ended_at = Some(closed.resolved_at);
    }
    (state.fresh, state.streak, state.window) = (false, None, None);
    state.last_slot = state.last_slot.max(Some(verdict.slot));
    votes.interval_ms = result.interval_ms.or(votes.interval_ms);
    let turned_at = votes.take(region, &verdict, state.incident.is_some());
    let (opened, recovered) = state.settle_votes(&mut votes, &verdict, region, turned_at);
    state.votes = Some(votes);
    state.compare(result);
    let closed = recovered.or(closed);
    let decision = Decision::judged(state, result.monitor_id, verdict.slot, from, (opened, closed));
    decision.by_region(region).with_failure(&verdict)
}

impl Votes {
    /// The votes of a revision before its first result. Those of the one before it stay, of regions that still count.
    fn begin(revision: u32, quorum: &Quorum, first_slot: Timestamp, earlier: Option<Box<Self>>) -> Box<Self> {
        let (mut regions, mut interval_ms, mut ended_at) = (BTreeMap::new(), None, None);
        if let Some(earlier) = earlier {
            (interval_ms, ended_at) = (earlier.interval_ms, earlier.ended_at);
            regions = earlier.regions;
            regions.retain(|name, _| quorum.names(name));
        }
        Box::new(Self {
            revision,
            quorum: quorum.clone(),
            first_slot,
            interval_ms,
            ended_at,
            regions,
        })
    }

    /// Begins a revision in which the votes stand until the regions are heard of in it. The failures among the
    /// last results of a region stay, unless it is absent.
    pub(super) fn adopt(&mut self) {
        for vote in self.regions.values_mut() {
            vote.window = vote.window.take().filter(|_| !vote.absent);
            (vote.last_slot, vote.absent) = (None, false);
        }
    }

    /// Whether a result of `revision` decides nothing: it does not say by whom it is judged, as one of a producer of its
    /// own or of an earlier release does, or its region does not count.
    pub(super) fn leave_out(&self, result: &CheckResult, revision: u32) -> bool {
        match result.quorum {
            None => result.revision.is_none() || revision == self.revision,
            Some(_) => revision == self.revision && !self.quorum.names(&result.region),
        }
    }

    /// The newest slot of all regions.
    pub fn newest(&self) -> Option<Timestamp> {
        self.regions.values().filter_map(|vote| vote.last_slot).max()
    }

    /// Milliseconds from one slot of a region to its next.
    pub fn interval_ms(&self) -> i64 {
        i64::from(self.interval_ms.unwrap_or(LONGEST_INTERVAL_MS))
    }

    /// Whether who was heard of last at `slot` is absent when another has a result of `newest`.
    pub fn is_absent_since(&self, slot: Timestamp, newest: Timestamp) -> bool {
        newest.millis_since(slot) >= ABSENT_AFTER * self.interval_ms()
    }

    /// Whether a slot is not newer than its region's, or so old that its region is absent by it. The first result of a
    /// revision is neither.
    fn is_late(&self, region: &str, slot: Timestamp, interval_ms: Option<u32>) -> bool {
        let last = self.regions.get(region).and_then(|vote| vote.last_slot);
        let interval = interval_ms.map_or(self.interval_ms(), i64::from);
        let is_old = |newest: Timestamp| newest.millis_since(slot) >= ABSENT_AFTER * interval;
        last.is_some_and(|last| slot <= last) || self.newest().is_some_and(is_old)
    }

    /// Takes a result of a region in: since when it says that the monitor is not down any more, if this ends that.
    fn take(&mut self, region: &str, verdict: &Verdict<'_>, is_open: bool) -> Option<Timestamp> {
        let slot = verdict.slot;
        let newest = self.newest().map_or(slot, |newest| newest.max(slot));
        let last = self.regions.get(region).and_then(|vote| vote.last_slot);
        let was_absent = last.is_some_and(|last| self.is_absent_since(last, newest));
        if !self.regions.contains_key(region) {
            self.regions.insert(region.to_owned(), Vote::default());
        }
        let vote = self.regions.get_mut(region)?;
        if was_absent {
            vote.window = None;
        }
        if was_absent || last.is_none() {
            vote.begin_anew(verdict, is_open);
        }
        vote.last_slot = Some(slot);
        vote.take(verdict)
    }

    /// Up to which slot enough regions were heard of; none while fewer were in the revision of the votes.
    pub fn heard_until(&self) -> Option<Timestamp> {
        let slots = self
            .quorum
            .regions
            .iter()
            .filter_map(|name| self.regions.get(name)?.last_slot);
        let mut slots: Vec<Timestamp> = slots.collect();
        slots.sort_unstable();
        let needed = usize::from(self.quorum.min_regions).max(1);
        Some(slots[slots.len().checked_sub(needed)?])
    }

    /// What the regions say when it is `now`: those of which nothing was heard for three intervals by then, and those that
    /// have not decided yet, are absent.
    pub fn found_at(&self, now: Timestamp) -> FoundBy {
        let mut found = FoundBy::default();
        for name in &self.quorum.regions {
            let vote = self.regions.get(name);
            let is_heard = |slot: Timestamp| !self.is_absent_since(slot, now);
            let vote = vote.filter(|vote| vote.last_slot.is_some_and(is_heard));
            let regions = match vote.and_then(|vote| vote.state) {
                Some(Voted::Down) => &mut found.down,
                Some(_) => &mut found.up,
                None => &mut found.absent,
            };
            regions.push(name.clone());
        }
        found
    }

    /// Whether too few regions were heard of lately for anything to be decided.
    pub fn is_unseen(&self) -> bool {
        let fresh = self.regions.values().filter(|vote| vote.is_fresh()).count();
        fresh < usize::from(self.quorum.min_regions).max(1)
    }
}

impl Vote {
    /// It was not heard of for a while, or not in this revision: what it saw before says nothing of now. While an incident
    /// is open, it may have been failing ever since.
    fn begin_anew(&mut self, verdict: &Verdict<'_>, is_open: bool) {
        self.against = None;
        if !self.is_down() || is_open {
            return;
        }
        if verdict.is_up() {
            *self = Self::default();
        } else {
            self.since = Some(verdict.begins_at);
            self.error_code = verdict.error_code;
            self.error = verdict.error.map(str::to_owned);
        }
    }

    fn take(&mut self, verdict: &Verdict<'_>) -> Option<Timestamp> {
        let (says_down, is_up) = (self.is_down(), verdict.is_up());
        let state = Voted::of(verdict.point);
        let window = self.window.take();
        if !says_down {
            self.window = Window::extended(window, verdict);
        }
        if says_down != is_up {
            self.against = None;
            if self.state != Some(state) {
                (self.state, self.since) = (Some(state), Some(verdict.begins_at));
            }
            return None;
        }
        let run = Streak::extended(self.against.take(), verdict);
        let since = if is_up {
            (run.count >= verdict.rule.up_after.max(1)).then_some(run.since)
        } else {
            let onset = Onset::confirmed_by(verdict, &run, self.window.as_deref());
            onset.map(|onset| onset.first.since())
        };
        let Some(since) = since else {
            self.against = Some(run);
            return None;
        };
        (self.state, self.since, self.window) = (Some(state), Some(since), None);
        self.error_code = run.error_code.filter(|_| !is_up);
        self.error = run.error.filter(|_| !is_up);
        is_up.then_some(since)
    }

    /// Whether it says something of now.
    pub(super) fn is_fresh(&self) -> bool {
        self.state.is_some() && self.last_slot.is_some() && !self.absent
    }

    pub(super) fn is_down(&self) -> bool {
        self.state == Some(Voted::Down)
    }
}

impl Voted {
    fn of(point: PointState) -> Self {
        match point {
            PointState::Up | PointState::Skipped => Self::Up,
            PointState::Degraded => Self::Degraded,
            PointState::Down => Self::Down,
        }
    }
}
