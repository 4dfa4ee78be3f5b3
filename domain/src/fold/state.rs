//! What is known of a monitor: the accumulator of the fold.

use serde::{Deserialize, Serialize};

use super::heartbeat::HeartbeatState;
use super::transition::{CloseReason, ClosedIncident};
use super::usual::Usual;
use super::verdict::Verdict;
use super::votes::Votes;
use super::window::Window;
use crate::error_code::ErrorCode;
use crate::ids::IncidentId;
use crate::time::Timestamp;

/// The accumulator of the fold over one monitor's records.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MonitorState {
    /// The latest revision seen; 0 before any.
    pub revision: u32,
    /// The verdict.
    pub state: State,
    /// Since when the verdict stands; absent before the first one.
    pub since: Option<Timestamp>,
    /// The newest slot that was folded in.
    pub last_slot: Option<Timestamp>,
    /// Whether no result of the current revision was folded in yet.
    #[serde(default)]
    pub fresh: bool,
    /// The results in a row that agree.
    pub streak: Option<Streak>,
    /// The incident that is open.
    pub incident: Option<OpenIncident>,
    /// Whether the monitor is being checked at all.
    #[serde(default)]
    pub activity: Activity,
    /// What is known of its pings, if it is a heartbeat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat: Option<Box<HeartbeatState>>,
    /// What its regions say, if there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub votes: Option<Box<Votes>>,
    /// Failures among its last results, if its rule wants so many of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Box<Window>>,
    /// What is usual of its response times, if they are held against that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usual: Option<Box<Usual>>,
}

/// The verdict on a monitor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Not known yet.
    #[default]
    Pending,
    /// Answers as expected.
    Up,
    /// Answers as expected, but too slowly.
    Degraded,
    /// An incident is open.
    Down,
}

impl State {
    /// The name in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Up => "up",
            Self::Degraded => "degraded",
            Self::Down => "down",
        }
    }
}

/// Whether a monitor is being checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// It is.
    #[default]
    Active,
    /// A user paused it.
    Paused,
    /// A user removed it; its records, if any still come, change nothing.
    Deleted,
}

/// Results in a row that agree on up or down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Streak {
    /// What they agree on.
    pub up: bool,
    /// How many there are.
    pub count: u16,
    /// Since when: the beginning of the first ([`CheckResult::begins_at`]).
    pub since: Timestamp,
    /// The slot of the first, where that is not when it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_slot: Option<Timestamp>,
    /// The first failure's code.
    pub error_code: Option<ErrorCode>,
    /// The first failure in words.
    pub error: Option<String>,
}

impl Streak {
    /// The slot of the first result, which names the incident.
    pub(super) fn slot(&self) -> Timestamp {
        self.first_slot.unwrap_or(self.since)
    }

    pub(super) fn extended(current: Option<Self>, verdict: &Verdict<'_>) -> Self {
        match current {
            Some(mut streak) if streak.up == verdict.is_up() => {
                streak.count = streak.count.saturating_add(1);
                streak
            }
            _ => {
                let (since, slot) = (verdict.begins_at, verdict.slot);
                Self {
                    up: verdict.is_up(),
                    count: 1,
                    since,
                    first_slot: (slot != since).then_some(slot),
                    error_code: verdict.error_code,
                    error: verdict.error.map(str::to_owned),
                }
            }
        }
    }
}

/// An outage that goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenIncident {
    /// Its name.
    pub id: IncidentId,
    /// When its first failing slot began.
    pub started_at: Timestamp,
    /// The first failure's code, of those in a row that have opened it.
    pub error_code: Option<ErrorCode>,
    /// The same in words.
    pub error: Option<String>,
    /// The slot that confirmed it, of a heartbeat, where that is not when it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<Timestamp>,
    /// Whether somebody has acknowledged it.
    #[serde(default)]
    pub acknowledged: bool,
    /// Which regions had found it when it was opened, if there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Box<Seen>>,
}

/// How a verdict says that a monitor has failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Its code.
    pub error_code: Option<ErrorCode>,
    /// The same in words.
    pub error: Option<String>,
}

/// What the regions of a monitor said when an incident was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The revision in which that was.
    pub revision: u32,
    /// The regions that found it down.
    pub down: Vec<String>,
    /// Those that did not.
    pub up: Vec<String>,
    /// Those that were not heard of lately, or had not decided yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<String>,
}

impl OpenIncident {
    pub(super) fn closed(self, resolved_at: Timestamp, reason: CloseReason) -> ClosedIncident {
        // One that never was has lasted for no time.
        let resolved_at = match reason {
            CloseReason::Withdrawn => self.started_at,
            _ => resolved_at.max(self.started_at),
        };
        ClosedIncident {
            id: self.id,
            started_at: self.started_at,
            resolved_at,
            reason,
            error_code: self.error_code,
            error: self.error,
            seen: self.seen,
        }
    }
}
