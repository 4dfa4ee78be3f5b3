//! Heartbeats: what one expects of its job, and what follows from its pings. Computed alike by gateways, pingers and
//! whoever shows it. Pure.

mod deadline;
mod filter;
mod span;

pub use deadline::{Deadline, Overdue};
pub use filter::{BodyFilter, PingFilter};
pub use span::{BeforeRecord, SpanState, StateSpan, follow, merged, time_within};

pub use schedules::Schedule;

use serde::{Deserialize, Serialize};

use crate::ids::{MonitorId, OrgId};
use crate::record::{Due, Run, RunLimits};
use crate::time::Timestamp;

/// Within how many milliseconds of its arrival a ping is taken or refused. What is decided about silence is announced as
/// much later.
pub const TAKEN_WITHIN_MS: i64 = 2_000;

/// How far the clock of a job may be ahead of a gateway's, in seconds.
const LEAST_EARLY_SECONDS: u32 = 10;

/// What a heartbeat expects of its job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expectation {
    /// When the job runs.
    pub schedule: Schedule,
    /// How long after it was due a ping may arrive, in seconds.
    pub grace_seconds: u32,
    /// How long before it is due a ping counts for it already, in seconds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub early_seconds: u32,
    /// How long after it was due the job must have started, in seconds; absent where starts are not waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_grace_seconds: Option<u32>,
    /// How long a run may take, in seconds, since it started or last said that it goes on; the grace time where absent,
    /// and 0 for as long as it likes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_run_seconds: Option<u32>,
}

fn is_zero(seconds: &u32) -> bool {
    *seconds == 0
}

impl Expectation {
    /// When the next ping is due after the one at `last`; nothing where the schedule has no further date.
    pub fn due_after(&self, last: Timestamp) -> Option<Due> {
        let due = self.schedule.due(last.as_millis(), self.early())?;
        Some(self.due_at(Timestamp::from_millis(due.at_ms)))
    }

    /// How long before it is due a ping counts for it, in seconds: clocks that differ a little are no reason to wait for
    /// another one.
    fn early(&self) -> u32 {
        self.early_seconds.max(LEAST_EARLY_SECONDS)
    }

    fn due_at(&self, at: Timestamp) -> Due {
        Due {
            at,
            deadline: at.plus_millis(1_000 * i64::from(self.grace_seconds)),
        }
    }

    /// When a run has taken too long; nothing where it may take as long as it likes.
    pub fn run_deadline(&self, run: &Run) -> Option<Timestamp> {
        let longest = self.longest_run_seconds.unwrap_or(self.grace_seconds);
        let since = run.heard_at.unwrap_or(run.started_at);
        (longest > 0).then(|| since.plus_millis(1_000 * i64::from(longest)))
    }
}

/// What a gateway has to know to take a ping: in Redis, and in the answer of user-service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PingTarget {
    /// Whose ping it is.
    pub monitor_id: MonitorId,
    /// Whose the monitor is.
    pub org_id: OrgId,
    /// The address of the monitor as it may be shown.
    pub url: String,
    /// Whether it is paused: pings are kept and mean nothing. Whoever reads the log decides that; this may be older.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
    /// What it expects of its job.
    pub expectation: Expectation,
    /// Which requests count, and for what.
    #[serde(default)]
    pub filter: PingFilter,
    /// What a run is held against when it ends.
    #[serde(default)]
    pub limits: RunLimits,
}
