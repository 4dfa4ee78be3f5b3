//! A monitor while a batch is folded.

use std::collections::BTreeMap;

use domain::fold::{HeartbeatState, State};
use domain::heartbeat::StateSpan;
use domain::live::{LiveState, LiveStatus, Point};
use domain::record::{Ping, PointState, Timings};
use domain::{CheckResult, ErrorCode, MonitorState, OrgId, Timestamp};
use uuid::Uuid;

use super::incidents::{Failure, Incidents};

use crate::batch::Version;

/// The state of a monitor, and what the batch has done to it.
#[derive(Clone, Debug)]
pub(crate) struct Tracked {
    pub(crate) org_id: OrgId,
    pub(crate) fold: MonitorState,
    pub(crate) latest: Option<Latest>,
    /// The latest result of each region, where several decide together.
    pub(crate) regions: BTreeMap<String, Latest>,
    /// Whether it is to be written.
    pub(crate) changed: bool,
    /// The newest point that has moved it on.
    pub(crate) newest: Option<Point>,
    pub(crate) incidents: Incidents,
    /// How often what is known of its pings has changed, ever.
    pub(crate) heartbeat_changes: i64,
    /// What the heartbeat is taken for, as the batch tells it, in the order of the log.
    pub(crate) spans: Vec<StateSpan>,
    /// What its pings, and what was decided for want of them, look like on a sparkline.
    pub(crate) points: Vec<Point>,
    /// How long runs took in milliseconds, by the names of the pings that have ended them.
    pub(crate) durations: Vec<(Uuid, u32)>,
    /// The pings that came while it was paused: they are kept, and mean nothing.
    pub(crate) ignored: Vec<Uuid>,
    /// When the revisions began of which the batch tells, as far as it knows. The first one is left out,
    /// because it ends nothing.
    pub(crate) revised: BTreeMap<u32, Timestamp>,
    /// The slots of results of revisions that were over by then.
    pub(crate) overtaken: Vec<Timestamp>,
    /// The places in the batch of results that have no say, because several regions decide together; in ascending order.
    pub(crate) uncounted: Vec<usize>,
}

/// The latest result, as far as people are shown it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Latest {
    pub(crate) checked_at: Timestamp,
    pub(crate) latency_ms: Option<u32>,
    pub(crate) status_code: Option<u16>,
    pub(crate) error_code: Option<ErrorCode>,
    pub(crate) error: Option<String>,
    pub(crate) timings: Option<Timings>,
    pub(crate) tls_expires_at: Option<Timestamp>,
}

impl Latest {
    pub(crate) fn of(result: &CheckResult) -> Self {
        Self {
            checked_at: result.timestamp,
            latency_ms: result.latency_ms,
            status_code: result.status_code,
            error_code: result.error_code,
            error: result.error.clone(),
            timings: Some(result.timings).filter(|timings| *timings != Timings::default()),
            tls_expires_at: result.tls_expires_at,
        }
    }
}

impl Latest {
    /// Of a ping that `state` has taken in, and what fails by it.
    pub(super) fn of_ping(ping: &Ping, state: &MonitorState, failure: Option<Failure<'_>>) -> Self {
        let last = state.heartbeat.as_ref().and_then(|heartbeat| heartbeat.last_ping);
        Self {
            checked_at: ping.timestamp,
            latency_ms: last.and_then(|last| last.duration_ms),
            error_code: failure.and_then(|failure| failure.error_code),
            error: failure.and(ping.message.clone()),
            ..Self::default()
        }
    }

    /// What it looks like on a sparkline.
    pub(super) fn point(&self, has_failed: bool) -> Point {
        Point {
            at: self.checked_at,
            state: if has_failed {
                PointState::Down
            } else {
                PointState::Up
            },
            latency_ms: self.latency_ms,
        }
    }
}

impl Tracked {
    pub(crate) fn new(
        org_id: OrgId,
        fold: MonitorState,
        latest: Option<Latest>,
        heartbeat_changes: i64,
    ) -> Self {
        Self {
            org_id,
            fold,
            latest,
            regions: BTreeMap::new(),
            changed: false,
            newest: None,
            incidents: Incidents::default(),
            heartbeat_changes,
            spans: Vec::new(),
            points: Vec::new(),
            durations: Vec::new(),
            ignored: Vec::new(),
            revised: BTreeMap::new(),
            overtaken: Vec::new(),
            uncounted: Vec::new(),
        }
    }

    /// Whether `result` would find nothing new to say: it is up like those before it, in the same state. How
    /// many there were decides nothing any more, and the newest slot can be found in the history, where the
    /// row says its revision. While a failure is among the last results by whose number its rule goes, each
    /// success moves it, and is written; so is each result while one of the last was slower than usual.
    pub(crate) fn is_steady(&self, result: &CheckResult) -> bool {
        let state = match result.point_state() {
            PointState::Up => State::Up,
            PointState::Degraded => State::Degraded,
            PointState::Down | PointState::Skipped => return false,
        };
        let fold = &self.fold;
        // What is not in the history cannot be found there.
        result.judged.is_none()
            && result.quorum.is_none()
            && result.revision.unwrap_or(0) == fold.revision
            && !fold.fresh
            && fold.state == state
            && fold.incident.is_none()
            && fold.window.is_none()
            && fold.is_as_usual(result)
            && fold.streak.as_ref().is_some_and(|streak| streak.up)
    }

    /// Whether both would decide alike.
    pub(crate) fn agrees_with(&self, other: &Self) -> bool {
        let decisive = |fold: &MonitorState| {
            let mut fold = fold.clone();
            if let (Some(streak), None) = (&mut fold.streak, &fold.incident)
                && streak.up
            {
                streak.count = 0;
            }
            fold
        };
        decisive(&self.fold) == decisive(&other.fold)
    }

    /// How far the log was folded, as far as the state tells.
    pub(crate) fn newness(&self) -> (u64, Option<i64>, Option<Timestamp>) {
        let heartbeat = self.fold.heartbeat.as_ref();
        let heard = heartbeat.and_then(|heartbeat| {
            let last_ping = heartbeat.last_ping.map(|last| last.at);
            last_ping.max(heartbeat.last_start)
        });
        (self.version().revision, self.reached(), heard)
    }

    /// What Redis is to hold of its pings; none when it never had any.
    pub(crate) fn heartbeat(&self) -> Option<HeartbeatState> {
        let heartbeat = self.fold.heartbeat.as_deref().cloned();
        // Resuming forgets them.
        heartbeat.or_else(|| (self.heartbeat_changes > 0).then(HeartbeatState::default))
    }

    /// The newest slot, in milliseconds; where several regions decide, the sum of those of all: the slots of one do not wait
    /// for those of another.
    fn reached(&self) -> Option<i64> {
        match &self.fold.votes {
            None => self.fold.last_slot.map(Timestamp::as_millis),
            Some(votes) => {
                let slots = votes.regions.values().filter_map(|vote| vote.last_slot);
                Some(slots.map(Timestamp::as_millis).sum())
            }
        }
    }

    pub(crate) fn version(&self) -> Version {
        Version {
            revision: 2 * u64::from(self.fold.revision) + u64::from(!self.fold.fresh),
            slot: self.reached().unwrap_or(0) + self.heartbeat_changes,
        }
    }

    /// Failing results in a row.
    pub(crate) fn failing(&self) -> u16 {
        let streak = self.fold.streak.as_ref().filter(|streak| !streak.up);
        streak.map_or(0, |streak| streak.count)
    }

    pub(crate) fn status(&self) -> LiveStatus {
        let latest = self.latest.as_ref();
        let (error_code, error) = self.failure();
        // The record of a slow region comes after that of a fast one, and may be of an earlier check: who is shown the status
        // takes what was checked earlier for older.
        let newest = self.regions.values().map(|latest| latest.checked_at).max();
        LiveStatus {
            state: LiveState::from(&self.fold),
            since: self.fold.since,
            last_checked_at: latest.map(|latest| latest.checked_at).max(newest),
            latency_ms: latest.and_then(|latest| latest.latency_ms),
            status_code: latest.and_then(|latest| latest.status_code),
            error: error.map(str::to_owned),
            error_code,
            incident_id: self.fold.incident.as_ref().map(|incident| incident.id),
            timings: latest.and_then(|latest| latest.timings),
            tls_expires_at: latest.and_then(|latest| latest.tls_expires_at),
            regions: self.region_statuses(),
            is_unseen: self.is_unseen(),
            anomaly: self.fold.anomaly(),
            ..LiveStatus::default()
        }
        .with_heartbeat(self.fold.heartbeat.as_deref())
    }
}
