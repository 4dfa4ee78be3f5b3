//! A monitor while a batch is folded.

use std::collections::BTreeMap;

use domain::fold::State;
use domain::live::{LiveState, LiveStatus, Point};
use domain::record::{PointState, Timings};
use domain::{CheckResult, ErrorCode, MonitorState, OrgId, Timestamp};

use super::incidents::Incidents;
use crate::batch::Version;

/// The state of a monitor, and what the batch has done to it.
#[derive(Clone, Debug)]
pub(crate) struct Tracked {
    pub(crate) org_id: OrgId,
    pub(crate) fold: MonitorState,
    pub(crate) latest: Option<Latest>,
    /// Whether it is to be written.
    pub(crate) changed: bool,
    /// The newest point that has moved it on.
    pub(crate) newest: Option<Point>,
    pub(crate) incidents: Incidents,
    /// When the revisions began of which the batch tells, as far as it knows. The first one is left out,
    /// because it ends nothing.
    pub(crate) revised: BTreeMap<u32, Timestamp>,
    /// The slots of results of revisions that were over by then.
    pub(crate) overtaken: Vec<Timestamp>,
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

impl Tracked {
    pub(crate) fn new(org_id: OrgId, fold: MonitorState, latest: Option<Latest>) -> Self {
        Self {
            org_id,
            fold,
            latest,
            changed: false,
            newest: None,
            incidents: Incidents::default(),
            revised: BTreeMap::new(),
            overtaken: Vec::new(),
        }
    }

    /// Whether `result` would find nothing new to say: it is up like those before it, in the same state. How
    /// many there were decides nothing any more, and the newest slot can be found in the history, where the
    /// row says its revision.
    pub(crate) fn is_steady(&self, result: &CheckResult) -> bool {
        let state = match result.point_state() {
            PointState::Up => State::Up,
            PointState::Degraded => State::Degraded,
            PointState::Down | PointState::Skipped => return false,
        };
        let fold = &self.fold;
        result.revision.unwrap_or(0) == fold.revision
            && !fold.fresh
            && fold.state == state
            && fold.incident.is_none()
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

    pub(crate) fn version(&self) -> Version {
        Version {
            revision: 2 * u64::from(self.fold.revision) + u64::from(!self.fold.fresh),
            slot: self.fold.last_slot.map_or(0, Timestamp::as_millis),
        }
    }

    /// Failing results in a row.
    pub(crate) fn failing(&self) -> u16 {
        let streak = self.fold.streak.as_ref().filter(|streak| !streak.up);
        streak.map_or(0, |streak| streak.count)
    }

    pub(crate) fn status(&self) -> LiveStatus {
        let latest = self.latest.as_ref();
        LiveStatus {
            state: LiveState::from(&self.fold),
            since: self.fold.since,
            last_checked_at: latest.map(|latest| latest.checked_at),
            latency_ms: latest.and_then(|latest| latest.latency_ms),
            status_code: latest.and_then(|latest| latest.status_code),
            error: latest.and_then(|latest| latest.error.clone()),
            error_code: latest.and_then(|latest| latest.error_code),
            incident_id: self.fold.incident.as_ref().map(|incident| incident.id),
            timings: latest.and_then(|latest| latest.timings),
            tls_expires_at: latest.and_then(|latest| latest.tls_expires_at),
        }
    }
}
