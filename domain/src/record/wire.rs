//! The JSON form of a record. One flat object for all types; its first seven fields are the public
//! contract, and a producer in any language that sends only those is accepted.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    Due, Judged, LifecycleEvent, PingKind, PingRequest, RunLimits, SkipReason, Timings, WIRE_VERSION, foreign,
};
use crate::baseline::Bounds;
use crate::error_code::ErrorCode;
use crate::ids::{DeliveryId, IncidentId, MonitorId, OrgId};
use crate::quorum::Quorum;
use crate::rule::Rule;
use crate::time::Timestamp;

#[derive(Default, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Type {
    #[default]
    Result,
    Skipped,
    Lifecycle,
    Ping,
}

#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    Up,
    Down,
    Skipped,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Wire<'a> {
    #[serde(deserialize_with = "foreign::monitor_id")]
    pub(super) monitor_id: MonitorId,
    #[serde(deserialize_with = "foreign::text_or_null")]
    pub(super) url: Cow<'a, str>,
    #[serde(deserialize_with = "foreign::instant")]
    pub(super) timestamp: Timestamp,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) is_up: Option<bool>,
    #[serde(default, deserialize_with = "foreign::whole")]
    pub(super) status_code: Option<u16>,
    #[serde(default, deserialize_with = "foreign::milliseconds")]
    pub(super) latency_ms: Option<u32>,
    #[serde(default)]
    pub(super) error: Option<Cow<'a, str>>,

    /// Absent in records of other producers.
    #[serde(default)]
    pub(super) v: Option<u32>,
    #[serde(default, rename = "type")]
    pub(super) type_: Type,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) outcome: Option<Outcome>,
    #[serde(
        default,
        deserialize_with = "foreign::instant_or_null",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) scheduled_at: Option<Timestamp>,
    #[serde(
        default,
        deserialize_with = "foreign::instant_or_null",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) until: Option<Timestamp>,
    #[serde(
        default,
        deserialize_with = "foreign::whole",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) interval_ms: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) region: Option<Cow<'a, str>>,
    #[serde(
        default,
        deserialize_with = "foreign::whole",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) attempts: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) org_id: Option<OrgId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) revision: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) revised_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) probe_revision: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rule: Option<Rule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) quorum: Option<Cow<'a, Quorum>>,
    #[serde(default)]
    pub(super) error_code: Option<ErrorCode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) timings_us: Option<Timings>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tls_expires_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<SkipReason>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) event: Option<LifecycleEvent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) incident_id: Option<IncidentId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) delivery_id: Option<DeliveryId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) judged: Option<Judged>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) usual: Option<Cow<'a, Bounds>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ping: Option<WirePing<'a>>,
}

/// What a record of a ping has beyond the others.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct WirePing<'a> {
    pub(super) id: Uuid,
    pub(super) kind: PingKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) run_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) exit_status: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) due: Option<Due>,
    #[serde(default)]
    pub(super) limits: RunLimits,
    #[serde(default)]
    pub(super) request: Cow<'a, PingRequest>,
}

/// Whether a value can be what we mean by a name.
type Reads = fn(&Value) -> bool;

/// The names beyond the contract that mean something to us.
pub(super) const RESERVED: [(&str, Reads); 25] = [
    ("v", reads::<u32>),
    ("type", is_type),
    ("kind", reads::<String>),
    ("outcome", reads::<Outcome>),
    ("scheduled_at", foreign::is_instant),
    ("until", foreign::is_instant),
    ("interval_ms", foreign::is_whole::<u32>),
    ("region", reads::<String>),
    ("attempts", foreign::is_whole::<u16>),
    ("org_id", reads::<OrgId>),
    ("revision", reads::<u32>),
    ("revised_at", reads::<Timestamp>),
    ("probe_revision", reads::<u32>),
    ("rule", reads::<Rule>),
    ("quorum", reads::<Quorum>),
    ("error_code", reads::<ErrorCode>),
    ("timings_us", reads::<Timings>),
    ("tls_expires_at", reads::<Timestamp>),
    ("reason", reads::<SkipReason>),
    ("event", reads::<LifecycleEvent>),
    ("incident_id", reads::<IncidentId>),
    ("delivery_id", reads::<DeliveryId>),
    ("judged", reads::<Judged>),
    ("usual", reads::<Bounds>),
    ("ping", reads::<WirePing<'static>>),
];

fn reads<T: for<'de> Deserialize<'de>>(value: &Value) -> bool {
    Option::<T>::deserialize(value).is_ok()
}

/// It has a value where it is there.
fn is_type(value: &Value) -> bool {
    Type::deserialize(value).is_ok()
}

/// Removes the fields that are a producer's own: a record without `v` is not ours, and what cannot be read under a name
/// of ours means something else. Answers whether there were any.
pub(super) fn remove_foreign(fields: &mut Map<String, Value>) -> bool {
    let is_version = |v: &Value| !v.is_null() && reads::<u32>(v);
    if fields.get("v").is_some_and(is_version) {
        return false;
    }
    let before = fields.len();
    for (name, reads) in RESERVED {
        if fields.get(name).is_some_and(|value| !reads(value)) {
            fields.remove(name);
        }
    }
    fields.len() < before
}

impl<'a> Wire<'a> {
    /// What all types have.
    pub(super) fn base(type_: Type, monitor_id: MonitorId, url: &'a str, timestamp: Timestamp) -> Self {
        Self {
            monitor_id,
            url: Cow::Borrowed(url),
            timestamp,
            is_up: None,
            status_code: None,
            latency_ms: None,
            error: None,
            v: Some(WIRE_VERSION),
            type_,
            kind: None,
            outcome: None,
            scheduled_at: None,
            until: None,
            interval_ms: None,
            region: None,
            attempts: None,
            org_id: None,
            revision: None,
            revised_at: None,
            probe_revision: None,
            rule: None,
            quorum: None,
            error_code: None,
            timings_us: None,
            tls_expires_at: None,
            reason: None,
            event: None,
            incident_id: None,
            delivery_id: None,
            judged: None,
            usual: None,
            ping: None,
        }
    }
}
