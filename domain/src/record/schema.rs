//! The JSON Schema of records, for producers and readers in other languages. `record.schema.json` is made of it.

use serde_json::{Map, Value, json};

use super::wire::RESERVED;
use super::{LifecycleEvent, SkipReason};
use crate::error_code::ErrorCode;
use crate::quorum::Quorum;

/// What a text must be to be an instant: its date and its time are not looked at here.
const INSTANT: &str = r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?\s*([Zz]|[+-]\d{2}:?\d{2})$";

const EVENTS: [Option<LifecycleEvent>; 11] = [
    Some(LifecycleEvent::Created),
    Some(LifecycleEvent::Edited),
    Some(LifecycleEvent::Paused),
    Some(LifecycleEvent::Resumed),
    Some(LifecycleEvent::Deleted),
    Some(LifecycleEvent::Restored),
    Some(LifecycleEvent::Acknowledged),
    Some(LifecycleEvent::Resend),
    Some(LifecycleEvent::Undelivered),
    Some(LifecycleEvent::Baseline),
    None,
];

/// The names beyond the contract that mean something to us: a producer of its own that uses one for something else has
/// it ignored as long as the value cannot be ours.
pub fn reserved_names() -> impl Iterator<Item = &'static str> {
    RESERVED.iter().map(|(name, _)| *name)
}

/// The JSON Schema (2020-12) of a record on the topic of results.
pub fn json_schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://github.com/uptime-monitor/uptime-monitor/blob/main/domain/record.schema.json",
        "title": "A record of monitoring-results",
        "description": "The seven fields listed here are the public contract, and enough. Its key is monitor_id in decimal \
                        ASCII, and its partition the one of the murmur2 partitioner. With v it is a record of this \
                        product, and the further fields are as below; without it they are whatever the producer means by \
                        them, and count where they can be read as below.",
        "type": "object",
        "required": ["monitor_id", "url", "timestamp", "is_up"],
        "properties": contract(),
        "if": {"required": ["v"], "properties": {"v": {"type": "integer"}}},
        "then": {"properties": own()},
    })
}

fn contract() -> Value {
    json!({
        "monitor_id": {"description": "Whose result it is.", "type": "integer", "minimum": 1},
        "url": {
            "description": "The address that was checked, without credentials; at most 2,048 bytes are kept.",
            "type": ["string", "null"],
        },
        "timestamp": {
            "description": "When the check started: RFC 3339 with an offset, or seconds, milliseconds, microseconds or \
                            nanoseconds since the Unix epoch, which its size tells. Without scheduled_at it is the slot.",
            "anyOf": [instant(), {"type": "number", "minimum": 1e8, "exclusiveMaximum": 1e20}],
        },
        "is_up": {"description": "The verdict; null where there is none.", "type": ["boolean", "null"]},
        "status_code": {"type": ["integer", "null"], "minimum": 0, "maximum": u16::MAX},
        "latency_ms": {"description": "Rounded.", "type": ["number", "null"], "minimum": 0, "maximum": u32::MAX},
        "error": {
            "description": "What went wrong, in words; at most 512 bytes are kept.",
            "type": ["string", "null"],
        },
    })
}

/// The fields beyond the contract, in records with `v`.
fn own() -> Map<String, Value> {
    let number = |maximum: u32| json!({"type": ["integer", "null"], "minimum": 0, "maximum": maximum});
    let at_most = |maximum: u32| json!({"type": "integer", "minimum": 0, "maximum": maximum});
    let name = || json!({"type": ["string", "null"], "maxLength": 32, "pattern": "^[!-~]*$"});
    let id = || json!({"type": ["string", "null"], "format": "uuid"});
    let regions = || json!({"type": "integer", "minimum": 1, "maximum": Quorum::MAX_REGIONS});
    let one_of = |names: &[&str]| {
        let names = names.iter().map(|name| json!(name));
        json!({"enum": names.chain([Value::Null]).collect::<Vec<_>>()})
    };
    let named = RESERVED.iter().map(|(reserved, _)| {
        let schema = match *reserved {
            "v" => json!({"description": "The version of the form.", "type": "integer", "minimum": 0}),
            "type" => json!({"enum": ["result", "skipped", "lifecycle", "ping"]}),
            "kind" | "region" => name(),
            "outcome" => one_of(&["up", "down", "skipped"]),
            "scheduled_at" => described(
                "The slot, or the first of a range of skipped ones.",
                json!({"anyOf": [instant(), {"type": ["number", "null"]}]}),
            ),
            "until" => described(
                "The last slot of a range of skipped ones.",
                json!({"anyOf": [instant(), {"type": ["number", "null"]}]}),
            ),
            "revised_at" | "tls_expires_at" => json!({"anyOf": [instant(), {"type": "null"}]}),
            "interval_ms" => json!({"type": ["integer", "null"], "minimum": 1, "maximum": u32::MAX}),
            "attempts" => number(u32::from(u16::MAX)),
            "org_id" => json!({"type": ["integer", "null"]}),
            "timings_us" | "judged" | "usual" | "ping" => json!({"type": ["object", "null"]}),
            "rule" => described(
                "By which rule the monitor is down: down_after failures in a row, or of the last down_of results, with at \
                 least down_for_seconds from the first of them to the last; and up again: up_after successes in a row.",
                json!({
                    "type": ["object", "null"],
                    "properties": {
                        "down_after": at_most(u32::from(u16::MAX)),
                        "up_after": at_most(u32::from(u16::MAX)),
                        "slow_ms": number(u32::MAX),
                        "down_of": number(u32::from(u16::MAX)),
                        "down_for_seconds": at_most(u32::MAX),
                    },
                }),
            ),
            "quorum" => described(
                "Which regions decide, where there are several: their names in order and each once, among them that of \
                 the record, which has a revision. 1 <= down <= min_regions <= the number of regions.",
                json!({
                    "type": ["object", "null"],
                    "required": ["regions", "down", "min_regions"],
                    "properties": {
                        "regions": {
                            "type": "array",
                            "items": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,31}$"},
                            "minItems": 2,
                            "maxItems": Quorum::MAX_REGIONS,
                            "uniqueItems": true,
                        },
                        "down": {"anyOf": [regions(), {"const": "all"}]},
                        "min_regions": regions(),
                    },
                }),
            ),
            "error_code" => described(
                "Of a closed list; a newer producer may have further ones.",
                json!({"type": ["string", "null"], "examples": ErrorCode::ALL}),
            ),
            "reason" => described(
                "Why slots were skipped; a newer producer may have further reasons.",
                json!({"type": ["string", "null"], "examples": SkipReason::KNOWN}),
            ),
            "event" => described(
                "What a user has done, or what became of a message, in lifecycle records.",
                json!({"enum": EVENTS}),
            ),
            "incident_id" | "delivery_id" => id(),
            _ => number(u32::MAX),
        };
        ((*reserved).to_owned(), schema)
    });
    named.collect()
}

fn described(text: &str, mut schema: Value) -> Value {
    schema["description"] = text.into();
    schema
}

fn instant() -> Value {
    json!({"type": "string", "pattern": INSTANT})
}
