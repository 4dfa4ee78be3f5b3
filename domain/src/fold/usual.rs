//! Whether response times are slower than usual, by what the log says is usual. It is no verdict: the monitor is up.

use serde::{Deserialize, Serialize};

use super::state::MonitorState;
use super::{Decision, Effect};
use crate::baseline::{Anomaly, Bounds, Change, Watch};
use crate::record::{CheckResult, Lifecycle, Record};
use crate::time::Timestamp;

/// What is usual of a monitor, and how its last results compare with that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usual {
    /// What is usual in which hour; in none, where they are not held against that any more.
    pub bounds: Bounds,
    /// When that was found. What is read once more was found no later, and changes nothing.
    pub found_at: Timestamp,
    /// Which of the last results were slower, the newest in the lowest bit; of a monitor that is as usual it is 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub slower: u16,
    /// Since when response times are slower than usual, where they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anomaly: Option<Anomaly>,
}

/// Response times are slower than usual from now on, or are so no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnomalyChange {
    /// They are.
    Begun {
        /// How much slower.
        anomaly: Anomaly,
        /// Whether somebody is to be notified.
        notify: bool,
    },
    /// They are as usual again.
    Ended,
    /// They are not held against what is usual any more, or something else is checked.
    Dropped,
    /// It is not known any more what is usual: whether they are slower is not known either.
    Expired,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_zero(bits: &u16) -> bool {
    *bits == 0
}

impl MonitorState {
    /// Since when response times are slower than usual, where they are.
    pub fn anomaly(&self) -> Option<Anomaly> {
        self.usual.as_ref()?.anomaly
    }

    /// Whether a result changes nothing of how response times compare with what is usual: it is as usual, and so were those
    /// before it.
    pub fn is_as_usual(&self, result: &CheckResult) -> bool {
        self.usual.as_ref().is_none_or(|usual| {
            let bound = usual.bounds.at(result.scheduled_at);
            let is_slower = bound
                .zip(result.latency_ms)
                .is_some_and(|(bound, ms)| ms > bound.upper_ms);
            usual.slower == 0 && usual.anomaly.is_none() && !(result.up && is_slower)
        })
    }

    /// Compares a result that counts with what is usual in its hour. One of an hour of which that is not known, as of one in
    /// which there always is maintenance, says nothing, unless it is known of no later one either: that ends what went on, of
    /// which nothing would be said otherwise.
    pub(super) fn compare(&mut self, result: &CheckResult) {
        let Some(usual) = &mut self.usual else { return };
        let Some(latency_ms) = result.latency_ms.filter(|_| result.up) else {
            return;
        };
        let Some(bound) = usual.bounds.at(result.scheduled_at) else {
            if usual.bounds.are_over(result.scheduled_at) {
                (usual.slower, usual.anomaly) = (0, None);
            }
            return;
        };
        let mut watch = Watch::from_parts(usual.slower, usual.anomaly.is_some());
        match watch.note(latency_ms, bound.upper_ms) {
            Some(Change::Begun) => {
                usual.anomaly = Some(Anomaly {
                    since: result.begins_at(),
                    expected_ms: bound.median_ms,
                    observed_ms: latency_ms,
                });
            }
            Some(Change::Ended) => usual.anomaly = None,
            None => {}
        }
        (usual.slower, _) = watch.to_parts();
    }
}

/// Takes in what is usual in the coming hours. What was found no later than what is known is late: that nothing is held
/// against it any more is remembered, too, or reading that once more would end what has begun since.
pub(super) fn decide_baseline(mut state: MonitorState, lifecycle: &Lifecycle) -> Decision {
    let is_active = state.activity == super::Activity::Active;
    // Of a monitor that was as usual until a restart the alerter knows nothing, and this may come before its next result.
    let is_first = state.revision == 0 && lifecycle.usual.is_some();
    if !is_active || (lifecycle.revision != state.revision && !is_first) {
        return Decision::unchanged(state, Effect::OldRevision);
    }
    if is_first {
        // Or the next result would begin the revision, and have this forgotten.
        (state.revision, state.fresh) = (lifecycle.revision, true);
    }
    let found_at = lifecycle.timestamp;
    if state
        .usual
        .as_ref()
        .is_some_and(|usual| found_at <= usual.found_at)
    {
        return Decision::unchanged(state, Effect::Late);
    }
    let (slower, anomaly) = match (&lifecycle.usual, state.usual.as_deref()) {
        (Some(_), Some(usual)) => (usual.slower, usual.anomaly),
        _ => (0, None),
    };
    state.usual = Some(Box::new(Usual {
        bounds: lifecycle.usual.as_deref().cloned().unwrap_or_default(),
        found_at,
        slower,
        anomaly,
    }));
    Decision::unchanged(state, Effect::Applied)
}

impl Decision {
    /// With what the record has changed of how response times compare with what is usual; they were so `before`.
    pub(super) fn with_anomaly(mut self, before: Option<Anomaly>, record: &Record) -> Self {
        let after = self.state.anomaly();
        if before == after {
            return self;
        }
        let usual = self.state.usual.as_deref();
        let change = match (after, usual) {
            (Some(anomaly), usual) => AnomalyChange::Begun {
                anomaly,
                notify: usual.is_some_and(|usual| usual.bounds.notify),
            },
            (None, Some(usual)) if !usual.bounds.hours.is_empty() => match record {
                Record::Result(result) if usual.bounds.are_over(result.scheduled_at) => {
                    AnomalyChange::Expired
                }
                _ => AnomalyChange::Ended,
            },
            (None, _) => AnomalyChange::Dropped,
        };
        let (at, region) = match record {
            Record::Result(result) => (
                result.scheduled_at,
                result.quorum.is_some().then(|| result.region.clone()),
            ),
            Record::Lifecycle(lifecycle) => (lifecycle.timestamp, None),
            Record::Ping(ping) => (ping.timestamp, None),
            Record::Skipped(skipped) => (skipped.from, None),
        };
        let state = &self.state;
        let transition = self.transition.get_or_insert_with(|| super::Transition {
            monitor_id: record.monitor_id(),
            revision: state.revision,
            at,
            from: state.state,
            to: state.state,
            opened: None,
            closed: None,
            region,
            anomaly: None,
        });
        transition.anomaly = Some(change);
        self
    }
}
