//! Heartbeats: where their jobs ping them, what those have said, and when they are due.

use domain::Timestamp;
use domain::monitor::ScheduleInput;
use domain::record::PingKind;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::access::{ManageMonitors, ManagePingKey, View};
use crate::monitor::MonitorPath;
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::page::Page;

/// Where a heartbeat is pinged, and what is known of its job. Who may not change monitors does not see by what somebody
/// could ping it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Heartbeat {
    /// The address that its job requests; null for who may not change monitors.
    #[schema(required = true)]
    pub ping_url: Option<String>,
    /// The same by its slug, which needs the ping key of the organisation; null for who may not see that.
    #[schema(required = true)]
    pub ping_url_by_slug: Option<String>,
    /// The address for scripts that push to Uptime Kuma; its last part is the token for those of Gatus and Kener. Null for
    /// who may not change monitors.
    #[schema(required = true)]
    pub push_url: Option<String>,
    /// Its name in addresses. Several heartbeats may have the same: then they cannot be pinged by it.
    pub slug: String,
    /// What it is called in `ping_url`; null for who may not change monitors.
    #[schema(required = true)]
    pub ping_uuid: Option<Uuid>,
    /// By what its badges are fetched: it shows the state, and pings nothing.
    pub badge_key: String,
    /// Its schedule in words.
    pub schedule_text: String,
    /// When it is due next: up to five dates, each as if the ones before had been kept.
    pub next_dates: Vec<Timestamp>,
    /// When its job last said how it ended; null while it has not.
    #[schema(required = true)]
    pub last_ping_at: Option<Timestamp>,
    /// The runs that have started and not ended.
    pub runs: Vec<HeartbeatRun>,
}

/// A run of a job that has started and not ended.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HeartbeatRun {
    /// What the job calls it; null when it does not name its runs.
    #[schema(required = true)]
    pub run_id: Option<Uuid>,
    /// When it started.
    pub started_at: Timestamp,
    /// When the job last said that it goes on; null when it has not.
    #[schema(required = true)]
    pub heard_at: Option<Timestamp>,
    /// Whether it has taken too long.
    pub is_overdue: bool,
}

/// A ping of a heartbeat.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HeartbeatPing {
    /// Which ping of its heartbeat it is, from 1.
    pub n: i64,
    /// Its name.
    pub id: Uuid,
    /// When it arrived.
    pub at: Timestamp,
    /// What it says.
    #[schema(value_type = PingKind)]
    pub kind: String,
    /// The run that it belongs to; null when the job has not named it.
    #[schema(required = true)]
    pub run_id: Option<Uuid>,
    /// The exit status of the job; null when it did not say one.
    #[schema(required = true)]
    pub exit_status: Option<i16>,
    /// How long the run took that it ends, in milliseconds; null where that is not known.
    #[schema(required = true)]
    pub duration_ms: Option<i64>,
    /// What the job says in words; null when it says nothing.
    #[schema(required = true)]
    pub message: Option<String>,
    /// The method of the request.
    pub method: String,
    /// `http` or `https`.
    pub scheme: String,
    /// The sender's address; null for who may not change monitors, and where it is not known.
    #[schema(required = true)]
    pub address: Option<String>,
    /// The sender's `User-Agent`; null for who may not change monitors, and where there was none.
    #[schema(required = true)]
    pub user_agent: Option<String>,
    /// The length of the whole body in bytes.
    pub body_bytes: i64,
    /// Whether the beginning of the body is kept.
    pub has_body: bool,
}

/// The beginning of a ping's body, as it was sent.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PingBody(pub String);

/// Names a ping.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct PingPath {
    /// The monitor's id.
    pub id: domain::MonitorId,
    /// Which ping of it, from 1.
    pub n: i64,
}

impl PathParams for PingPath {
    const RESOURCE: &'static str = "ping";
}

/// Which pings are asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PingsQuery {
    /// Only those before the ping with this number: `next_cursor` of the page before.
    pub before: Option<i64>,
    /// How many items, 1 to 200; 50 by default.
    pub limit: Option<u32>,
    /// Only those that say this.
    pub kind: Option<PingKind>,
}

/// A schedule that somebody thinks about.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SchedulePreviewInput {
    /// When the job runs.
    pub schedule: ScheduleInput,
    /// How long after it was due a ping may arrive, in seconds: 60 to 31,536,000.
    pub grace_seconds: Option<u32>,
}

/// What a schedule means.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SchedulePreview {
    /// As what it was read.
    pub kind: ScheduleKind,
    /// The schedule in words.
    pub text: String,
    /// The next dates, five at most; of a period as if a ping had just come.
    pub next_dates: Vec<Timestamp>,
}

/// The kind of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleKind {
    /// So long after the last ping.
    Period,
    /// By a cron expression.
    Cron,
    /// By systemd's OnCalendar.
    OnCalendar,
}

/// The key under which the heartbeats of an organisation are pinged by their slugs.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PingKey {
    /// Whether there is one: it is made with the first heartbeat.
    pub exists: bool,
    /// The key; null for who is no admin, and where there is none.
    #[schema(required = true)]
    pub ping_key: Option<String>,
}

operation! {
    /// Where a heartbeat is pinged, when it is due, and which runs of its job go on.
    GetHeartbeat "Heartbeats": Get "/monitors/{id}/heartbeat", View;
    path MonitorPath;
    answer 200 Heartbeat;
}

operation! {
    /// Gives a heartbeat new addresses; nobody pings it by the old ones any more.
    RotateHeartbeat "Heartbeats": Post "/monitors/{id}/heartbeat/rotate", ManageMonitors;
    path MonitorPath;
    answer 200 Heartbeat;
}

operation! {
    /// Lists the latest pings of a heartbeat, newest first.
    ListPings "Heartbeats": Get "/monitors/{id}/pings", View;
    path MonitorPath;
    query PingsQuery;
    answer 200 Page<HeartbeatPing>;
}

operation! {
    /// The beginning of a ping's body; as an attachment where it is no text.
    GetPingBody "Heartbeats": Get "/monitors/{id}/pings/{n}/body", ManageMonitors;
    path PingPath;
    answer 200 PingBody;
    media type "text/plain";
}

operation! {
    /// Says what a schedule means, and when it is due next.
    PreviewSchedule "Heartbeats": Post "/schedules/preview", ManageMonitors;
    body SchedulePreviewInput;
    answer 200 SchedulePreview;
}

operation! {
    /// The key under which heartbeats are pinged by their slugs.
    GetPingKey "Heartbeats": Get "/ping-key", ManageMonitors;
    answer 200 PingKey;
}

operation! {
    /// Makes a new key under which heartbeats are pinged by their slugs; the old one is nobody's any more.
    RotatePingKey "Heartbeats": Post "/ping-key/rotate", ManagePingKey;
    answer 200 PingKey;
}
