//! What a record says of its monitor: the part of results and pings that the fold needs.

use super::state::{Failure, OpenIncident};
use crate::error_code::ErrorCode;
use crate::ids::MonitorId;
use crate::record::{CheckResult, Ping, PointState};
use crate::rule::Rule;
use crate::time::Timestamp;

/// A verdict that was reached at a slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verdict<'a> {
    pub(super) monitor_id: MonitorId,
    /// The slot, which names an incident; a ping's is when it arrived.
    pub(super) slot: Timestamp,
    /// Since when it stands.
    pub(super) begins_at: Timestamp,
    pub(super) point: PointState,
    pub(super) rule: Rule,
    pub(super) error_code: Option<ErrorCode>,
    pub(super) error: Option<&'a str>,
}

impl<'a> Verdict<'a> {
    pub(super) fn of_result(result: &'a CheckResult) -> Self {
        Self {
            monitor_id: result.monitor_id,
            slot: result.scheduled_at,
            begins_at: result.begins_at(),
            point: result.point_state(),
            rule: result.rule,
            error_code: result.error_code,
            error: result.error.as_deref(),
        }
    }

    /// It counts by itself: whoever sent it knows of no rule.
    pub(super) fn of_ping(ping: &'a Ping, ended: Result<(), ErrorCode>) -> Self {
        Self {
            monitor_id: ping.monitor_id,
            slot: ping.timestamp,
            begins_at: ping.timestamp,
            point: if ended.is_ok() {
                PointState::Up
            } else {
                PointState::Down
            },
            rule: Rule::default(),
            error_code: ended.err(),
            error: ping.message.as_deref(),
        }
    }

    /// How it fails, where `incident` is open, which may have begun with another failure.
    pub(super) fn failure_during(&self, incident: Option<&OpenIncident>) -> Option<Failure> {
        let is_one = incident.is_some() && !self.is_up();
        is_one.then(|| Failure {
            error_code: self.error_code,
            error: self.error.map(str::to_owned),
        })
    }

    pub(super) fn is_up(&self) -> bool {
        matches!(self.point, PointState::Up | PointState::Degraded)
    }
}
