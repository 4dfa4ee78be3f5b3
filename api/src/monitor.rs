//! Monitors: what is watched.

use std::borrow::Cow;

use domain::baseline::AnomalyRule;
use domain::flapping::FlappingRule;
use domain::internal::CheckAnswer;
use domain::live::{LiveState, LiveStatus, Point};
use domain::monitor::{
    DnsInput, HeartbeatInput, HttpInput, IcmpInput, MonitorInput, MonitorKind, TcpInput, TlsInput,
};
use domain::quorum::QuorumInput;
use domain::routing::Recipients;
use domain::severity::Severity;
use domain::{MonitorId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::access::{ManageMonitors, View};
use crate::as_of::AtQuery;
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::page::Page;
use crate::version::Versioned;

/// A monitor.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Monitor {
    /// The id.
    pub id: MonitorId,
    /// What is checked, how often, and by which rule.
    #[serde(flatten)]
    #[schema(value_type = MonitorSettings)]
    pub settings: MonitorInput,
    /// What it is called where it is configured from; null where nobody has said.
    #[schema(required = true)]
    pub external_key: Option<String>,
    /// Only when the settings cannot be read: why, and then most of them are null.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub definition_error: Option<String>,
    /// How bad it is when it is down; routes and escalation policies go by it.
    pub severity: Severity,
    /// Who is notified of it; null where the routes decide.
    #[schema(required = true)]
    pub recipients: Option<Recipients>,
    /// The monitors on which it depends, those that are seen: while one of them is down, nobody is notified that this one is,
    /// too.
    pub depends_on: Vec<MonitorId>,
    /// When it is flapping; null where it never is.
    #[schema(required = true)]
    pub flapping: Option<FlappingRule>,
    /// Whether its response times are held against what is usual; null where they are not.
    #[schema(required = true)]
    pub anomalies: Option<AnomalyRule>,
    /// Whether nobody is notified of its incidents.
    pub muted: bool,
    /// Until when; null while it is muted until somebody unmutes it, and while it is not muted.
    #[schema(required = true)]
    pub muted_until: Option<Timestamp>,
    /// Grows with every change; for `If-Match`.
    pub version: i32,
    /// Grows with every change of what is checked, and with pause and resume.
    pub revision: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Its state now, with the latest result.
    pub status: LiveStatus,
    /// Its uptime of the last 24 hours, 0 to 1; null while nothing was measured.
    #[schema(required = true)]
    pub uptime_24h: Option<f64>,
    /// At most its last 30 results, oldest first.
    pub sparkline: Vec<Point>,
    /// Only as of an instant: what is not known of then. Of `definition` and `status` nothing is said; the other fields that are
    /// named are as they are now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_known: Option<Vec<String>>,
    /// The instant as of which is answered; left out where none was asked for, and in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
}

/// What is checked, how often, and by which rule: the writable fields with their defaults filled in. Secrets are
/// shown as `***`; of `http`, `tcp`, `tls`, `dns`, `icmp` and `heartbeat` only the part of the kind is there. Null is what
/// cannot be read, and what a heartbeat has not: nothing is sent.
#[derive(Clone, Debug, ToSchema)]
#[expect(dead_code, reason = "a schema: the fields are those of MonitorInput")]
pub struct MonitorSettings {
    /// What people call it.
    name: String,
    /// The kind of check.
    #[schema(required = true)]
    kind: Option<MonitorKind>,
    /// What is checked.
    #[schema(required = true)]
    url: Option<String>,
    /// Seconds between two checks.
    #[schema(required = true)]
    interval_seconds: Option<u32>,
    /// The deadline of one attempt.
    #[schema(required = true)]
    timeout_ms: Option<u32>,
    /// Further attempts that confirm a failure.
    #[schema(required = true)]
    retries: Option<u16>,
    /// The pause before each of them.
    #[schema(required = true)]
    retry_delay_ms: Option<u32>,
    /// Failing slots that open an incident.
    #[schema(required = true)]
    down_after: Option<u16>,
    /// Of how many of the last slots; left out where they have to be consecutive.
    down_of: Option<u16>,
    /// For how many seconds they have to fail, at least; left out where it is 0.
    down_for_seconds: Option<u32>,
    /// Succeeding slots that close it.
    #[schema(required = true)]
    up_after: Option<u16>,
    /// An answer slower than this is degraded.
    #[schema(required = true)]
    slow_ms: Option<u32>,
    /// Whether checking is stopped.
    paused: bool,
    /// Whether up and down change places; left out while it is false.
    upside_down: Option<bool>,
    /// The names of the regions that check it, in alphabetical order; left out where only the home region does.
    regions: Option<Vec<String>>,
    /// How many of its regions must find it down; left out where fewer than two check it.
    quorum: Option<QuorumInput>,
    /// The names of its tags, in alphabetical order.
    tags: Vec<String>,
    /// What only HTTP has.
    http: Option<HttpInput>,
    /// What only TCP has.
    tcp: Option<TcpInput>,
    /// What only TLS has.
    tls: Option<TlsInput>,
    /// What only DNS has.
    dns: Option<DnsInput>,
    /// What only ICMP has.
    icmp: Option<IcmpInput>,
    /// What only heartbeats have.
    heartbeat: Option<HeartbeatInput>,
}

/// A change of a monitor: any subset of the writable fields. Kept as it was sent, because null and a field that is
/// left out differ.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct MonitorPatch(pub Map<String, Value>);

impl PartialSchema for MonitorPatch {
    fn schema() -> RefOr<Schema> {
        MonitorInput::schema()
    }
}

impl ToSchema for MonitorPatch {
    fn name() -> Cow<'static, str> {
        MonitorInput::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        MonitorInput::schemas(schemas);
    }
}

/// Names a monitor.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct MonitorPath {
    /// The monitor's id.
    pub id: MonitorId,
}

impl PathParams for MonitorPath {
    const RESOURCE: &'static str = "monitor";
}

/// Names a monitor by its external key.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct MonitorKeyPath {
    /// The monitor's external key.
    pub key: String,
}

impl PathParams for MonitorKeyPath {
    const RESOURCE: &'static str = "monitor";
}

/// Which monitors are asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MonitorsQuery {
    /// How many items, 1 to 1000; 50 by default.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Part of the name, or of the URL without its query.
    pub q: Option<String>,
    /// Only those in this state.
    pub state: Option<LiveState>,
    /// Only those of this kind.
    #[param(value_type = Option<MonitorKind>)]
    pub kind: Option<String>,
    /// Only those with the tag of this name.
    pub tag: Option<String>,
    /// Only the one with this external key; not with `at`.
    pub external_key: Option<String>,
    /// The list as it was at this instant of the last 400 days, as far as that is known; now by default.
    pub at: Option<Timestamp>,
}

/// How long a monitor is muted.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MuteInput {
    /// Until when; null or left out: until somebody unmutes it.
    pub until: Option<Timestamp>,
}

operation! {
    /// Lists monitors by their id, now or as of an instant.
    ListMonitors "Monitors": Get "/monitors", View;
    query MonitorsQuery;
    answer 200 Page<Monitor>;
}

operation! {
    /// Creates a monitor; its first check runs at once.
    CreateMonitor "Monitors": Post "/monitors", ManageMonitors;
    body MonitorInput;
    answer 201 Monitor;
    etag Versioned::etag;
}

operation! {
    /// Runs one check of a definition that is not saved.
    PreviewMonitor "Monitors": Post "/monitors/preview", ManageMonitors;
    body MonitorInput;
    answer 200 CheckAnswer;
    rate Check;
    served by Gateway;
}

operation! {
    /// A monitor, now or as of an instant.
    GetMonitor "Monitors": Get "/monitors/{id}", View;
    path MonitorPath;
    query AtQuery;
    answer 200 Monitor;
    etag Versioned::etag;
}

operation! {
    /// Changes a monitor: what is left out stays, null resets a field to its default.
    EditMonitor "Monitors": Patch "/monitors/{id}", ManageMonitors;
    path MonitorPath;
    body MonitorPatch;
    answer 200 Monitor;
    etag Versioned::etag;
}

operation! {
    /// Deletes a monitor.
    DeleteMonitor "Monitors": Delete "/monitors/{id}", ManageMonitors;
    path MonitorPath;
    answer 204;
}

operation! {
    /// The monitor with an external key.
    GetMonitorByKey "Monitors": Get "/monitors/by-key/{key}", View;
    path MonitorKeyPath;
    answer 200 Monitor;
    etag Versioned::etag;
}

operation! {
    /// Creates the monitor with an external key, or makes it what is sent: what is left out gets its default.
    PutMonitorByKey "Monitors": Put "/monitors/by-key/{key}", ManageMonitors;
    path MonitorKeyPath;
    body MonitorInput;
    answer 200 Monitor;
    status of new 201;
    etag Versioned::etag;
}

operation! {
    /// Deletes the monitor with an external key.
    DeleteMonitorByKey "Monitors": Delete "/monitors/by-key/{key}", ManageMonitors;
    path MonitorKeyPath;
    answer 204;
}

operation! {
    /// Creates a copy of a monitor, changed as by a PATCH; it is paused, unless `paused` is false.
    CloneMonitor "Monitors": Post "/monitors/{id}/clone", ManageMonitors;
    path MonitorPath;
    optional body MonitorPatch;
    answer 201 Monitor;
    etag Versioned::etag;
}

operation! {
    /// Stops checking a monitor.
    PauseMonitor "Monitors": Post "/monitors/{id}/pause", ManageMonitors;
    path MonitorPath;
    answer 200 Monitor;
    etag Versioned::etag;
}

operation! {
    /// Checks a monitor again.
    ResumeMonitor "Monitors": Post "/monitors/{id}/resume", ManageMonitors;
    path MonitorPath;
    answer 200 Monitor;
    etag Versioned::etag;
}

operation! {
    /// Notifies nobody of a monitor's incidents for a while; checks continue.
    MuteMonitor "Monitors": Post "/monitors/{id}/mute", ManageMonitors;
    path MonitorPath;
    optional body MuteInput;
    answer 200 Monitor;
    etag Versioned::etag;
}

operation! {
    /// Notifies of a monitor's incidents again.
    UnmuteMonitor "Monitors": Post "/monitors/{id}/unmute", ManageMonitors;
    path MonitorPath;
    answer 200 Monitor;
    etag Versioned::etag;
}

operation! {
    /// Runs one check beside the schedule; it changes no state.
    CheckMonitor "Monitors": Post "/monitors/{id}/check-now", ManageMonitors;
    path MonitorPath;
    answer 200 CheckAnswer;
    rate Check;
    served by Gateway;
}

operation! {
    /// The state of a monitor, now or as of an instant.
    GetMonitorStatus "Monitors": Get "/monitors/{id}/status", View;
    path MonitorPath;
    query AtQuery;
    answer 200 LiveStatus;
    served by Gateway;
}
