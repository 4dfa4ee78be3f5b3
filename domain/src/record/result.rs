//! A check and its verdict.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::coverage::covered_span;
use crate::error_code::ErrorCode;
use crate::ids::{MonitorId, OrgId};
use crate::quorum::Quorum;
use crate::record::Judged;
use crate::rule::Rule;
use crate::time::Timestamp;

/// What one check of one slot found. Its name is (monitor_id, region, scheduled_at).
#[derive(Clone, Debug, PartialEq)]
pub struct CheckResult {
    /// What was checked.
    pub monitor_id: MonitorId,
    /// Whose it is; a producer that speaks only the public contract does not know.
    pub org_id: Option<OrgId>,
    /// The address as it may be shown: credentials and sensitive query values are cut.
    pub url: String,
    /// The kind of check (`http`, `tcp`, …).
    pub kind: String,
    /// When the check started.
    pub timestamp: Timestamp,
    /// The slot that the check was made for.
    pub scheduled_at: Timestamp,
    /// Milliseconds to the monitor's next slot; unknown for a producer of only the public contract.
    pub interval_ms: Option<u32>,
    /// From where it was checked.
    pub region: String,
    /// The monitor's revision; without one the result counts for the current revision.
    pub revision: Option<u32>,
    /// When the revision began, if that was after the slot: the first check of a revision is named by a slot
    /// that has passed.
    pub revised_at: Option<Timestamp>,
    /// Since which revision the same is checked, where that is an earlier one: those after it changed only how often,
    /// or by which rule.
    pub probe_revision: Option<u32>,
    /// The rule in force.
    pub rule: Rule,
    /// Which regions decide, this one among them, where it is not the only one.
    pub quorum: Option<Arc<Quorum>>,
    /// Whether the target answered as expected.
    pub up: bool,
    /// The HTTP status, where there is one.
    pub status_code: Option<u16>,
    /// From the start of the last attempt to its end, in milliseconds.
    pub latency_ms: Option<u32>,
    /// Attempts made, the confirmations of a failure included.
    pub attempts: u16,
    /// What went wrong, in words.
    pub error: Option<String>,
    /// What went wrong, from the closed list.
    pub error_code: Option<ErrorCode>,
    /// Duration of each phase of the last attempt.
    pub timings: Timings,
    /// When the server's certificate expires.
    pub tls_expires_at: Option<Timestamp>,
    /// What was known of the pings, in verdicts on heartbeats.
    pub judged: Option<Judged>,
}

/// Durations of a check's phases in microseconds; a phase that did not take place is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Timings {
    /// Resolving the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns: Option<u32>,
    /// Opening the TCP connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect: Option<u32>,
    /// The TLS handshake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<u32>,
    /// From the request sent to the first byte of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_byte: Option<u32>,
    /// Receiving the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer: Option<u32>,
}

/// What a single slot looks like in history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PointState {
    /// Answered as expected, in time.
    Up,
    /// Answered as expected, but slower than the rule's threshold.
    Degraded,
    /// Did not answer as expected.
    Down,
    /// Was not checked.
    Skipped,
}

impl PointState {
    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Degraded => "degraded",
            Self::Down => "down",
            Self::Skipped => "skipped",
        }
    }
}

impl CheckResult {
    /// Since when the verdict stands: from the slot or from a late start, as docs/UPTIME.md has it, and never
    /// from before the revision. It lies within the slot's interval.
    pub fn begins_at(&self) -> Timestamp {
        let slot = self.scheduled_at;
        if self.judged.is_some() {
            return self.revised_at.map_or(slot, |at| at.max(slot));
        }
        let interval = i64::from(self.interval_ms.unwrap_or(0));
        let span = covered_span(slot, interval, self.timestamp.millis_since(slot));
        let revised_at = self.revised_at.map_or(slot, |at| at.min(span.end));
        span.start.max(revised_at)
    }

    /// What this slot looks like in history, by itself and without regard to streaks.
    pub fn point_state(&self) -> PointState {
        match (self.up, self.rule.slow_ms, self.latency_ms) {
            (false, ..) => PointState::Down,
            (true, Some(slow), Some(latency)) if latency > slow => PointState::Degraded,
            (true, ..) => PointState::Up,
        }
    }
}
