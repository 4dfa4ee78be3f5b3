//! Writing a record.

use std::borrow::Cow;

use super::Record;
use super::wire::{Outcome, Type, Wire, WirePing};

/// Room for the payload of most records, in bytes.
const USUAL_BYTES: usize = 768;

/// Writes a record as JSON.
pub(super) fn encode(record: &Record) -> Vec<u8> {
    let wire = match record {
        Record::Result(r) => Wire {
            is_up: Some(r.up),
            status_code: r.status_code,
            latency_ms: r.latency_ms,
            error: r.error.as_deref().map(Cow::Borrowed),
            kind: Some(Cow::Borrowed(&r.kind)),
            outcome: Some(if r.up { Outcome::Up } else { Outcome::Down }),
            scheduled_at: Some(r.scheduled_at),
            interval_ms: r.interval_ms,
            region: Some(Cow::Borrowed(&r.region)),
            attempts: Some(r.attempts),
            org_id: r.org_id,
            revision: r.revision,
            revised_at: r.revised_at,
            probe_revision: r.probe_revision,
            rule: Some(r.rule),
            quorum: r.quorum.as_deref().map(Cow::Borrowed),
            error_code: r.error_code,
            timings_us: Some(r.timings),
            tls_expires_at: r.tls_expires_at,
            judged: r.judged,
            ..Wire::base(Type::Result, r.monitor_id, &r.url, r.timestamp)
        },
        Record::Skipped(r) => Wire {
            outcome: Some(Outcome::Skipped),
            scheduled_at: Some(r.from),
            until: Some(r.until),
            interval_ms: r.interval_ms,
            region: Some(Cow::Borrowed(&r.region)),
            org_id: r.org_id,
            revision: r.revision,
            reason: Some(r.reason),
            judged: r.judged,
            ..Wire::base(Type::Skipped, r.monitor_id, &r.url, r.timestamp)
        },
        Record::Lifecycle(r) => Wire {
            org_id: Some(r.org_id),
            revision: Some(r.revision),
            probe_revision: r.probe_revision,
            event: Some(r.event),
            incident_id: r.incident_id,
            delivery_id: r.delivery_id,
            usual: r.usual.as_deref().map(Cow::Borrowed),
            ..Wire::base(Type::Lifecycle, r.monitor_id, &r.url, r.timestamp)
        },
        Record::Ping(r) => Wire {
            latency_ms: r.latency_ms,
            error: r.message.as_deref().map(Cow::Borrowed),
            org_id: Some(r.org_id),
            ping: Some(WirePing {
                id: r.id,
                kind: r.kind,
                run_id: r.run_id,
                exit_status: r.exit_status,
                due: r.due,
                limits: r.limits,
                request: Cow::Borrowed(&r.request),
            }),
            ..Wire::base(Type::Ping, r.monitor_id, &r.url, r.timestamp)
        },
    };
    let mut payload = Vec::with_capacity(USUAL_BYTES);
    match serde_json::to_writer(&mut payload, &wire) {
        Ok(()) => payload,
        Err(_) => Vec::new(),
    }
}
