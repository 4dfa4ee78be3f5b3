//! The record of a ping, of what it said, how it came and what its heartbeat expects. Pure.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Timestamp;
use domain::heartbeat::PingTarget;
use domain::record::{Ping, PingKind, PingRequest};
use shared::crypto::Keyring;
use uuid::Uuid;

use super::body::Body;
use super::route::Says;

/// What a ping has said.
#[derive(Debug)]
pub(super) struct Heard {
    /// When it had arrived.
    pub(super) at: Timestamp,
    /// The name that it is given.
    pub(super) id: Uuid,
    pub(super) says: Says,
    pub(super) exit_status: Option<u8>,
    pub(super) run_id: Option<Uuid>,
    /// How long the job took, where it said so.
    pub(super) latency_ms: Option<u32>,
    pub(super) message: Option<String>,
    pub(super) is_post: bool,
    pub(super) body: Body,
    /// How it came, without its body.
    pub(super) request: PingRequest,
}

/// The record of what was heard of `target`, its body sealed.
pub(super) fn of(heard: Heard, target: &PingTarget, keyring: &Keyring) -> Ping {
    let filter = &target.filter;
    // Whether it is paused is for those to say who read the log: what is known of that here may be older.
    let kind = filter.kind(heard.says.kind, heard.is_post, &heard.body.kept);
    // Others do not move the date.
    let due = match kind {
        PingKind::Success | PingKind::Fail => target.expectation.due_after(heard.at),
        PingKind::Start | PingKind::Log | PingKind::Ignored => None,
    };
    let mut request = heard.request;
    request.body_bytes = heard.body.bytes;
    if !heard.body.kept.is_empty() {
        let context = Ping::seal_context(target.org_id, target.monitor_id, heard.id);
        request.sealed_body = Some(STANDARD.encode(keyring.seal(&context, &heard.body.kept)));
    }
    Ping {
        monitor_id: target.monitor_id,
        org_id: target.org_id,
        url: target.url.clone(),
        timestamp: heard.at,
        id: heard.id,
        kind,
        run_id: heard.run_id,
        exit_status: heard.exit_status,
        latency_ms: heard.latency_ms,
        message: heard.message,
        due,
        limits: target.limits,
        request,
    }
}
