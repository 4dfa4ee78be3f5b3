//! Monitors that several regions check, while a batch is folded.

use domain::fold::State;
use domain::live::RegionStatus;
use domain::{CheckResult, ErrorCode, MonitorState, Record};

use super::tracked::{Latest, Tracked};

/// What was known before a result of one of several regions. Nothing is copied of other records.
pub(super) struct BeforeVote {
    state: MonitorState,
    /// Whether the region was not heard of in its revision yet.
    pub(super) is_first: bool,
}

impl BeforeVote {
    pub(super) fn of(state: &MonitorState, record: &Record) -> Option<Self> {
        let Record::Result(result) = record else {
            return None;
        };
        result.quorum.as_ref()?;
        let votes = state.votes.as_ref();
        let votes = votes.filter(|votes| Some(votes.revision) == result.revision);
        let vote = votes.and_then(|votes| votes.regions.get(&result.region));
        Some(Self {
            state: state.clone(),
            is_first: vote.is_none_or(|vote| vote.last_slot.is_none()),
        })
    }

    /// Whether the result has changed nothing but slots, which are found in the history: that of its region, and the newest
    /// one. That a region is absent by it is a change, and so is that it is heard of for the first time in a revision. The
    /// history is asked for successes that stand for as long as the state says.
    pub(super) fn into_steady(self, result: &CheckResult, after: &MonitorState) -> bool {
        let Self {
            state: mut before,
            is_first,
        } = self;
        let (Some(known), Some(votes)) = (&mut before.votes, &after.votes) else {
            return false;
        };
        let is_found = result.up
            && result.interval_ms == votes.interval_ms
            && result.interval_ms.is_none_or(|ms| i32::try_from(ms).is_ok());
        if !is_found || is_first || before.last_slot.is_none() {
            return false;
        }
        let slot = votes.regions.get(&result.region).and_then(|vote| vote.last_slot);
        if let Some(vote) = known.regions.get_mut(&result.region) {
            vote.last_slot = slot;
        }
        before.last_slot = after.last_slot;
        before == *after
    }
}

impl Tracked {
    /// Remembers the latest result of a region, where several decide.
    pub(super) fn note_region(&mut self, result: &CheckResult) {
        let Some(votes) = &self.fold.votes else {
            self.regions.clear();
            return;
        };
        self.regions.insert(result.region.clone(), Latest::of(result));
        if self.regions.len() > votes.quorum.regions.len() {
            self.regions.retain(|name, _| votes.quorum.names(name));
        }
    }

    /// What is wrong with it, as people are shown it: what its latest result says, or while several regions find it down
    /// together, the latest one that fails.
    pub(crate) fn failure(&self) -> (Option<ErrorCode>, Option<&str>) {
        let is_down = self.fold.state == State::Down;
        let shown = match &self.fold.votes {
            None => self.latest.as_ref(),
            Some(_) if !is_down => None,
            Some(_) => {
                let fails = |latest: &&Latest| latest.error_code.is_some() || latest.error.is_some();
                let failing = self.regions.values().filter(fails);
                failing
                    .max_by_key(|latest| latest.checked_at)
                    .or(self.latest.as_ref())
            }
        };
        shown.map_or((None, None), |latest| {
            (latest.error_code, latest.error.as_deref())
        })
    }

    /// What each of several regions says.
    pub(super) fn region_statuses(&self) -> Vec<RegionStatus> {
        let Some(votes) = &self.fold.votes else {
            return Vec::new();
        };
        let status = |name: &String| {
            let vote = votes.regions.get(name);
            let is_heard = vote.is_some_and(|vote| vote.last_slot.is_some());
            let latest = self.regions.get(name).filter(|_| is_heard);
            RegionStatus {
                last_checked_at: latest.map(|latest| latest.checked_at),
                latency_ms: latest.and_then(|latest| latest.latency_ms),
                error_code: latest.and_then(|latest| latest.error_code),
                error: latest.and_then(|latest| latest.error.clone()),
                ..RegionStatus::of(name, vote)
            }
        };
        votes.quorum.regions.iter().map(status).collect()
    }

    /// Whether too few regions were heard of lately, in the revision that is in force.
    pub(super) fn is_unseen(&self) -> bool {
        let votes = self.fold.votes.as_ref();
        votes.is_some_and(|votes| votes.revision == self.fold.revision && votes.is_unseen())
    }
}
