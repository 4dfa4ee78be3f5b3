//! Backtests: what other rules, routes or policies would have sent of the results that are stored.

use domain::alert_event::AlertKind;
use domain::escalation::EscalationPlan;
use domain::flapping::FlappingRule;
use domain::maintenance::Span;
use domain::monitor::ScheduleInput;
use domain::quorum::QuorumInput;
use domain::routing::{Conditions, Recipients};
use domain::severity::Severity;
use domain::suppression::Suppression;
use domain::{ChannelId, ErrorCode, EscalationPolicyId, IncidentId, MonitorId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::View;
use crate::monitor::MonitorPath;
use crate::nullable::given;
use crate::operation::{given_or, given_or_value, operation};

/// What is tried on the results of a monitor that are stored.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BacktestInput {
    /// The first instant, at most 90 days before `until`. Results of up to a day before are gone through, too, so that what
    /// goes on then is known; what comes of them does not count. Without it, it follows from `days`.
    #[serde(default)]
    pub from: Option<Timestamp>,
    /// How many days before `until` it begins instead: 1 to 90, 30 by default. Where the plan does not show results of all of
    /// that time and of the day before, it begins later; the answer says when.
    #[serde(default)]
    pub days: Option<u32>,
    /// The first instant after it; now by default.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// The time zone in which it is night from 22:00 to 07:00; UTC by default.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// What is tried: 1 to 5.
    pub candidates: Vec<BacktestCandidate>,
}

/// What is tried. What is left out is as it is now.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BacktestCandidate {
    /// What people call it, at most 120 characters.
    #[serde(default)]
    pub name: Option<String>,
    /// When the monitor counts as down. Without it, by the rule that each result was judged by. Of a heartbeat only
    /// `down_after` can be tried: so many dates in a row have to be missed.
    pub rule: Option<BacktestRule>,
    /// Whose results count of the regions that check the monitor: 1 to 16, each once. What others have found is left out; with
    /// one, it is judged by that alone. All of those that check it now where `quorum` is tried without them.
    #[serde(default)]
    pub regions: Option<Vec<String>>,
    /// How many of the regions must find it down, where there are at least two of them. Without it, by the quorum that each
    /// result was judged by, and where `regions` are tried, as the monitor has it now. Not for monitors that one region checks.
    #[serde(default)]
    pub quorum: Option<QuorumInput>,
    /// What a heartbeat expects of its job. Monitors of other kinds cannot be tried with it.
    pub heartbeat: Option<BacktestHeartbeat>,
    /// How bad it is when it is down.
    #[serde(default)]
    pub severity: Option<Severity>,
    /// Who is notified; null: the routes decide.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Recipients>)]
    pub recipients: Option<Option<Recipients>>,
    /// When it is flapping; null: never.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<FlappingRule>)]
    pub flapping: Option<Option<FlappingRule>>,
    /// On which monitors it depends. While one of them was down, and that was announced, nobody is notified of it.
    #[serde(default)]
    pub depends_on: Option<Vec<MonitorId>>,
    /// All routes, in the order in which they are asked; at most 1000.
    pub routes: Option<Vec<BacktestRoute>>,
    /// Escalation policies that do something else.
    #[serde(default)]
    pub policies: Vec<BacktestPolicy>,
    /// More maintenance windows, at most 20.
    #[serde(default)]
    pub windows: Vec<Span>,
    /// What keeps nobody from being notified, each once.
    #[serde(default)]
    pub without: Vec<Suppression>,
    /// Everything is as it was at each instant, instead of as it is now. Nothing else can be tried with it.
    #[serde(default)]
    pub as_it_was: bool,
}

/// When a monitor counts as down. What is left out is as it is now.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BacktestRule {
    /// Failing checks that make an outage: 1 to 100.
    pub down_after: Option<u16>,
    /// Successful checks that end it: 1 to 100.
    pub up_after: Option<u16>,
    /// A successful check slower than this, in milliseconds, is degraded; null: none is.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    pub slow_ms: Option<Option<u32>>,
    /// Of how many of the last checks `down_after` have to fail; null: they have to be consecutive.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<u16>)]
    pub down_of: Option<Option<u16>>,
    /// Seconds from the first of these checks to the one that makes the outage, at least.
    pub down_for_seconds: Option<u32>,
}

/// What a heartbeat expects of its job. What is left out is as it is now. What a ping says was decided when it came, so that
/// `post_only` and `body` cannot be tried.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BacktestHeartbeat {
    /// When the job runs.
    pub schedule: Option<ScheduleInput>,
    /// How long after it was due a ping may arrive, in seconds: 60 to 31,536,000.
    pub grace_seconds: Option<u32>,
    /// How long before it is due a ping counts for it already, in seconds: up to 3,600.
    pub early_seconds: Option<u32>,
    /// How long after it was due the job must have said that it starts, in seconds; null: starts are not waited for.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    pub start_grace_seconds: Option<Option<u32>>,
    /// How long a run may take, in seconds; null: the grace time, and 0: as long as it likes.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    pub longest_run_seconds: Option<Option<u32>>,
    /// A run that was shorter, in seconds, counts as a failure; null: none does.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    pub shortest_run_seconds: Option<Option<u32>>,
    /// A success that follows the one before it sooner, in seconds, counts as a failure; null: none does.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    pub least_pause_seconds: Option<Option<u32>>,
}

/// A route that is tried.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BacktestRoute {
    /// What it takes; everything, where it has no conditions.
    #[serde(default)]
    pub conditions: Conditions,
    /// Who is notified.
    pub recipients: Recipients,
    /// Whether the next routes are asked, too.
    #[serde(default, rename = "continue")]
    pub goes_on: bool,
}

/// What an escalation policy would do.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BacktestPolicy {
    /// Which.
    pub id: EscalationPolicyId,
    /// What it would do.
    #[serde(flatten)]
    pub plan: EscalationPlan,
}

/// Of which monitors: those that are named, that have a tag, or whose outages go to an escalation policy now.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BacktestSelection {
    /// At most 100.
    pub monitors: Vec<MonitorId>,
    /// The name of a tag.
    pub tag: Option<String>,
    /// An escalation policy.
    pub policy_id: Option<EscalationPolicyId>,
}

/// What is tried on the results of several monitors.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BacktestsInput {
    /// Of which monitors: exactly one of its fields is given.
    pub selection: BacktestSelection,
    /// What is tried.
    pub backtest: BacktestInput,
}

/// What would have been sent, beside what was.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Backtest {
    /// The first instant; later than was asked by `days` where the plan shows no results of that time.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
    /// Since when it is known what alerts went by: what is tried `as_it_was` begins not before.
    pub known_since: Timestamp,
    /// How many results of the time were gone through; of heartbeats, pings.
    pub results: u64,
    /// Whether everything that was asked could be gone through: false where monitors were left out because there were too many,
    /// too many results or too much to simulate, or no time left.
    pub is_complete: bool,
    /// The monitors whose results they were.
    pub monitors: Vec<BacktestedMonitor>,
    /// Monitors that were left out, and why.
    pub left_out: Vec<LeftOutMonitor>,
    /// What was sent.
    pub sent: BacktestOutcome,
    /// What would have been, in the order of the candidates.
    pub candidates: Vec<BacktestOutcome>,
}

/// A monitor whose results were gone through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BacktestedMonitor {
    /// Which.
    pub id: MonitorId,
    /// What people call it.
    pub name: String,
    /// Of a heartbeat of which earlier pings are not kept any more, and the first stored one came later than `from`: when it
    /// came, and `until` where there is none. What was sent of it before is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

/// A monitor that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LeftOutMonitor {
    /// Which.
    pub id: MonitorId,
    /// What people call it.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// What was sent, or would have been.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct BacktestOutcome {
    /// What people call the candidate; null for what was sent.
    #[schema(required = true)]
    pub name: Option<String>,
    /// How many outages there were, announced or not.
    pub incidents: u32,
    /// How many of them somebody was notified of.
    pub announced: u32,
    /// How many times a monitor was degraded.
    pub degradations: u32,
    /// How many messages were sent.
    pub messages: u32,
    /// How many of them at night.
    pub messages_at_night: u32,
    /// Seconds from the beginning of an outage until it was found, the median; null without outages.
    #[schema(required = true)]
    pub seconds_to_detect: Option<u32>,
    /// Seconds from the beginning of an outage until somebody was notified, the median; null where nobody was.
    #[schema(required = true)]
    pub seconds_to_notify: Option<u32>,
    /// How many outages somebody was notified of, and nobody would have been.
    pub missed: u32,
    /// How many outages somebody would have been notified of, and nobody was.
    pub added: u32,
    /// How many seconds the monitors were down.
    pub down_seconds: u64,
    /// How many messages each channel got, most first.
    pub channels: Vec<BacktestChannel>,
    /// The outages and degradations, the first 500 by their beginning.
    pub list: Vec<BacktestIncident>,
}

/// How many messages a channel got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BacktestChannel {
    /// The channel.
    pub id: ChannelId,
    /// What people call it; null when it is gone, and of a member's own.
    #[schema(required = true)]
    pub name: Option<String>,
    /// How many messages.
    pub messages: u32,
}

/// An outage, or a time in which a monitor was degraded.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct BacktestIncident {
    /// Its name. One that is the same in what was sent has the same.
    pub id: IncidentId,
    /// Of which monitor.
    pub monitor_id: MonitorId,
    /// Whether it was only too slow.
    pub degraded: bool,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was found.
    pub detected_at: Timestamp,
    /// When it was over; null while it goes on.
    #[schema(required = true)]
    pub ended_at: Option<Timestamp>,
    /// The first failure's code.
    #[schema(required = true)]
    pub error_code: Option<ErrorCode>,
    /// When somebody was notified first; null when nobody was.
    #[schema(required = true)]
    pub notified_at: Option<Timestamp>,
    /// How many messages were sent.
    pub messages: u32,
    /// Why somebody was not notified, or not at once.
    pub reasons: Vec<String>,
    /// How it compares with what was sent.
    pub change: BacktestChange,
}

/// How an incident of a candidate compares with what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BacktestChange {
    /// There was one at that time, and as to whether somebody is notified nothing changes.
    Same,
    /// Somebody would have been notified, and nobody was.
    Added,
    /// Somebody was notified, and nobody would have been.
    Missed,
}

/// A message that would have been sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SimulatedMessage {
    /// When.
    pub at: Timestamp,
    /// By which channel.
    pub channel_id: ChannelId,
    /// What people call it; null when it is gone, and of a member's own.
    #[schema(required = true)]
    pub channel_name: Option<String>,
    /// What it says.
    pub alert: AlertKind,
}

operation! {
    /// What other rules or policies would have sent of the results of a monitor.
    BacktestMonitor "Alerting": Post "/monitors/{id}/backtest", View;
    path MonitorPath;
    body BacktestInput;
    answer 200 Backtest;
}

operation! {
    /// What other rules or policies would have sent of the results of several monitors.
    BacktestMonitors "Alerting": Post "/backtests", View;
    body BacktestsInput;
    answer 200 Backtest;
}
