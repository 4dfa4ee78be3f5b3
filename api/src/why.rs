//! Why somebody was notified of a monitor at an instant, or nobody was.

use domain::alert_event::{AlertKind, Source};
use domain::fold::CloseReason;
use domain::quorum::QuorumDown;
use domain::record::PointState;
use domain::suppression::Suppression;
use domain::{ChannelId, ErrorCode, IncidentId, MonitorId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::access::View;
use crate::alert_cause::AlertCause;
use crate::alert_route::RouteExplanation;
use crate::backtest::SimulatedMessage;
use crate::delivery_report::DeliveryReport;
use crate::incident::Acknowledgement;
use crate::monitor::MonitorPath;
use crate::operation::{given_or, given_or_value, operation};

/// Which instant is asked about.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhyQuery {
    /// The instant; now by default.
    pub at: Option<Timestamp>,
}

/// Why somebody was notified of a monitor at an instant, or nobody was: from the checks on the log to the receipt.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Why {
    /// The monitor.
    pub monitor_id: MonitorId,
    /// What people call it.
    pub monitor_name: String,
    /// The instant.
    pub at: Timestamp,
    /// The answer.
    pub answer: WhyAnswer,
    /// The answer in a sentence.
    pub summary: String,
    /// The checks that were made last by then, newest last; at most 20. None of a heartbeat.
    pub checks: Vec<WhyCheck>,
    /// Why there was no check at that instant; left out when there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_checked: Option<String>,
    /// By which rule they were judged; null where there were none, and of a heartbeat, unless dates were missed that were too
    /// few for an outage.
    #[schema(required = true)]
    pub rule: Option<WhyRule>,
    /// What the regions said by then, and how many of them decide; left out where one region checks the monitor, and where it
    /// was not checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub votes: Option<WhyVotes>,
    /// The incident that went on then, or the last one that began within the hour before; null where there was none.
    #[schema(required = true)]
    pub incident: Option<WhyIncident>,
    /// Where its alerts went, as routes and policies were when it began; null without an incident.
    #[schema(required = true)]
    pub route: Option<RouteExplanation>,
    /// Since when it is known what alerts went by. Of an incident that began before, `route` is as it would be now.
    pub known_since: Timestamp,
    /// What kept somebody from being notified, in the order in which it was decided; at most 100.
    pub suppressions: Vec<WhySuppression>,
    /// The messages about it, in the order in which they were decided; at most 200.
    pub deliveries: Vec<WhyDelivery>,
    /// What would have been sent if something had not kept somebody from being notified.
    pub without: Vec<WhyWithout>,
    /// Whether that is known: false where it could not be worked out, because too much else was being simulated, it would have
    /// taken too long, or the incident does not come of the results or pings that are stored and shown.
    pub without_known: bool,
}

/// Whether somebody was notified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhyAnswer {
    /// Somebody was: a channel has taken it, and has not reported since that it was not delivered.
    Notified,
    /// Messages are on their way, or are tried again.
    Sending,
    /// No message was taken, or none of those that were taken was delivered.
    Failed,
    /// It waits: something keeps people from being notified until it is over.
    HeldBack,
    /// Nobody was, for a reason.
    Suppressed,
    /// There is nobody to be notified: no channel is enabled, or the routes name nobody.
    Nobody,
    /// It was not down.
    NotDown,
    /// Checks have failed, but not yet as many as the rule wants.
    Unconfirmed,
    /// It was not checked then: paused, or a check could not be made.
    NotChecked,
    /// Nothing is known of that time.
    Unknown,
}

/// A check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WhyCheck {
    /// For which slot.
    pub scheduled_at: Timestamp,
    /// When it was made.
    pub checked_at: Timestamp,
    /// When it was appended to the log; null of those from before that was stored.
    #[schema(required = true)]
    pub appended_at: Option<Timestamp>,
    /// What it found.
    pub state: PointState,
    /// Milliseconds.
    #[schema(required = true)]
    pub latency_ms: Option<i32>,
    /// What went wrong, from the closed list.
    #[schema(required = true)]
    pub error_code: Option<ErrorCode>,
    /// What went wrong, in words.
    #[schema(required = true)]
    pub error: Option<String>,
    /// From where it was checked, where several regions decide; left out otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The monitor's revision.
    pub revision: i32,
}

/// What the regions of a monitor said, and how many of them decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WhyVotes {
    /// Each of them, by name.
    pub regions: Vec<WhyVote>,
    /// How many have to find it down.
    pub down: QuorumDown,
    /// How many must have been heard of lately for anything to be decided.
    pub min_regions: u8,
    /// Whether fewer were.
    pub is_unseen: bool,
}

/// What one region said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WhyVote {
    /// Which.
    pub region: String,
    /// What it said; of one that is absent, that it is.
    pub state: WhyVoteState,
    /// Since when it has said what it said last; null before that was decided.
    #[schema(required = true)]
    pub since: Option<Timestamp>,
    /// Its last slot; null where it was not heard of in the revision.
    #[schema(required = true)]
    pub last_slot: Option<Timestamp>,
    /// How many of its checks in a row contradict that by now.
    pub contradicted: u16,
    /// What went wrong, of one that has found it down, from the closed list.
    #[schema(required = true)]
    pub error_code: Option<ErrorCode>,
    /// What went wrong, in words.
    #[schema(required = true)]
    pub error: Option<String>,
}

/// What a region said of a monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhyVoteState {
    /// It answered as expected.
    Up,
    /// It answered as expected, but too slowly.
    Degraded,
    /// It did not, confirmed by the rule.
    Down,
    /// Nothing was heard of the region for three intervals.
    Absent,
    /// Nothing was decided there yet.
    Unknown,
}

impl WhyVoteState {
    /// Whether it says something of that time.
    pub fn is_fresh(self) -> bool {
        matches!(self, Self::Up | Self::Degraded | Self::Down)
    }
}

/// A rule, and how far it was met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WhyRule {
    /// The monitor's revision.
    pub revision: i32,
    /// Failing checks that make an outage.
    pub down_after: u16,
    /// Successful ones that end it.
    pub up_after: u16,
    /// A successful check slower than this, in milliseconds, is degraded.
    #[schema(required = true)]
    pub slow_ms: Option<u32>,
    /// Of how many of the last checks `down_after` have to fail; null where they have to be consecutive.
    #[schema(required = true)]
    pub down_of: Option<u16>,
    /// Seconds for which they have to last at least.
    pub down_for_seconds: u32,
    /// How many checks that count had failed by then.
    pub failing: u16,
    /// Whether the checks had come to an outage by then.
    pub is_down: bool,
    /// Whether this is the rule of that revision; otherwise it is the present one.
    pub is_known: bool,
}

/// The incident.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct WhyIncident {
    /// Its name.
    pub id: IncidentId,
    /// Whether it was only too slow.
    pub degraded: bool,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was over; null while it goes on.
    #[schema(required = true)]
    pub resolved_at: Option<Timestamp>,
    /// How it ended.
    #[schema(required = true)]
    pub close_reason: Option<CloseReason>,
    /// The first failure's code.
    #[schema(required = true)]
    pub error_code: Option<ErrorCode>,
    /// The first failure in words.
    #[schema(required = true)]
    pub error: Option<String>,
    /// The record on the log by which it was found; null where nothing was decided.
    #[schema(required = true)]
    pub source: Option<Source>,
    /// Who acknowledged it.
    #[schema(required = true)]
    pub acknowledged: Option<WhyAcknowledgement>,
}

impl WhyIncident {
    /// Whether it went on at an instant.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.started_at <= at && self.resolved_at.is_none_or(|resolved| at < resolved)
    }
}

/// Who acknowledged an incident.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct WhyAcknowledgement {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
}

impl From<Acknowledgement> for WhyAcknowledgement {
    fn from(of: Acknowledgement) -> Self {
        Self { at: of.at, by: of.by }
    }
}

/// What kept somebody from being notified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WhySuppression {
    /// When that was decided.
    pub at: Timestamp,
    /// What it was; null where it is none of these.
    #[schema(required = true)]
    pub by: Option<Suppression>,
    /// Why, in words.
    pub reason: String,
    /// Of what.
    pub alert: AlertKind,
    /// The channel; null where it concerns all of them.
    #[schema(required = true)]
    pub channel_id: Option<ChannelId>,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_name: Option<String>,
    /// The step of an escalation that it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<AlertCause>,
}

/// A message to a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WhyDelivery {
    /// Its name.
    pub id: Uuid,
    /// The channel.
    pub channel_id: ChannelId,
    /// What people call it; of a member's own one the member's name and the kind. Left out when it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_name: Option<String>,
    /// What it says.
    pub alert: AlertKind,
    /// Why that channel; left out where it was not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<AlertCause>,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// What came of it.
    pub outcome: WhyOutcome,
    /// The attempts that failed, oldest first.
    pub attempts: Vec<WhyAttempt>,
    /// When it was taken, or given up.
    #[schema(required = true)]
    pub ended_at: Option<Timestamp>,
    /// What the channel answered.
    #[schema(required = true)]
    pub receipt: Option<String>,
    /// What the service has reported since it took the message; left out where it has not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reported: Option<DeliveryReport>,
}

/// What came of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhyOutcome {
    /// It is on its way, or tried again.
    Pending,
    /// The channel has taken it.
    Sent,
    /// It was given up; or taken, and reported as not delivered.
    Failed,
    /// It was not sent.
    Suppressed,
}

/// An attempt that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WhyAttempt {
    /// When.
    pub at: Timestamp,
    /// Which, from 1; 0 where it was given up before there was one.
    pub number: i32,
    /// Why.
    #[schema(required = true)]
    pub reason: Option<String>,
}

/// What would have been sent without something that kept somebody from being notified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WhyWithout {
    /// Without what.
    pub without: Suppression,
    /// The messages, at most 50, in their order.
    pub messages: Vec<SimulatedMessage>,
}

operation! {
    /// Why somebody was notified of a monitor at an instant, or nobody was.
    ExplainNotification "Alerting": Get "/monitors/{id}/why", View;
    path MonitorPath;
    query WhyQuery;
    answer 200 Why;
}
