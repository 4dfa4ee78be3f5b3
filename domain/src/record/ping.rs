//! Pings of heartbeats: what a job says of itself.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ids::{MonitorId, OrgId};
use crate::time::Timestamp;

/// The kind of monitor that is pinged, instead of being checked.
pub const HEARTBEAT: &str = "heartbeat";

/// A request that a job has sent to its heartbeat. Its name is `id`.
#[derive(Clone, Debug, PartialEq)]
pub struct Ping {
    /// Whose ping it is.
    pub monitor_id: MonitorId,
    /// Whose the monitor is.
    pub org_id: OrgId,
    /// The address of the monitor as it may be shown.
    pub url: String,
    /// When the request had arrived, by the clock of the gateway that took it.
    pub timestamp: Timestamp,
    /// Its name, a UUIDv7 of that gateway.
    pub id: Uuid,
    /// What it says.
    pub kind: PingKind,
    /// The run that it belongs to, where the job has named it.
    pub run_id: Option<Uuid>,
    /// The exit status of the job, where it said one.
    pub exit_status: Option<u8>,
    /// How long the job took in milliseconds, where it said so itself.
    pub latency_ms: Option<u32>,
    /// What the job says went wrong, or a message of its own.
    pub message: Option<String>,
    /// When the next ping is due, by the schedule that the gateway knew.
    pub due: Option<Due>,
    /// What a run is held against, as the gateway knew it.
    pub limits: RunLimits,
    /// How it came.
    pub request: PingRequest,
}

/// What a ping says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PingKind {
    /// The job has succeeded.
    Success,
    /// The job has failed.
    Fail,
    /// The job has started.
    Start,
    /// The job goes on: a run that is under way has its time again.
    Log,
    /// It is kept and means nothing: it came by a method that does not count, or with none of the words looked for.
    Ignored,
}

impl PingKind {
    /// The name in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Fail => "fail",
            Self::Start => "start",
            Self::Log => "log",
            Self::Ignored => "ignored",
        }
    }
}

/// When a ping is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Due {
    /// When it is expected: from then on the heartbeat is late.
    pub at: Timestamp,
    /// When it is overdue: the grace time has passed.
    pub deadline: Timestamp,
}

/// What a run is held against when it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunLimits {
    /// A run that was shorter, in milliseconds, counts as a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shortest_ms: Option<u32>,
    /// A success that follows the one before it sooner, in milliseconds, counts as a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least_pause_ms: Option<u32>,
    /// Whether a start and a success count as failures: the job must not run.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub must_not_ping: bool,
}

/// How a ping came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PingRequest {
    /// `http` or `https`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scheme: String,
    /// The method.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub method: String,
    /// The sender's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The sender's `User-Agent`, cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The beginning of the body, sealed in [`Ping::seal_context`], in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed_body: Option<String>,
    /// The length of the whole body in bytes.
    #[serde(skip_serializing_if = "is_zero")]
    pub body_bytes: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Ping {
    /// Whether it is a verdict by itself: it says how a job ended, or that one runs which must not.
    pub fn is_verdict(&self) -> bool {
        match self.kind {
            PingKind::Success | PingKind::Fail => true,
            PingKind::Start => self.limits.must_not_ping,
            PingKind::Log | PingKind::Ignored => false,
        }
    }

    /// The context in which the body of a ping is sealed.
    pub fn seal_context(org: OrgId, monitor: MonitorId, ping: Uuid) -> String {
        format!("ping/{org}/{monitor}/{ping}")
    }
}

/// What whoever looked for overdue heartbeats knew when it decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Judged {
    /// The latest ping that counts; absent when there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_ping: Option<Timestamp>,
    /// The latest start of a run; absent when there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_start: Option<Timestamp>,
    /// The date of the schedule that was missed, where that is what is overdue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missed: Option<Timestamp>,
    /// The run whose time is up, where that is what is overdue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
    /// When the next ping is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Due>,
}

/// A run of a job that has started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// What the job calls it; absent when it does not name its runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// When it started.
    pub started_at: Timestamp,
    /// When the job last said that it goes on, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard_at: Option<Timestamp>,
    /// Whether it was found to take too long.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_overdue: bool,
}
