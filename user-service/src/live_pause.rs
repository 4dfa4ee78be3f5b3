//! A pause is shown at once: what was still checked before comes from the log later, and is not shown any more.

use std::time::Duration;

use api::Monitor;
use domain::OrgId;
use domain::live::{LiveState, StatusEvent};
use fred::interfaces::{ClientLike as _, LuaInterface as _};
use shared::redis::STREAM_LENGTH;

use crate::app::App;
use crate::metrics as names;

/// How long Redis may take. Without it the processor shows the pause when it has read of it.
const DEADLINE: Duration = Duration::from_millis(500);

/// Takes the place of a status of a lower revision. Its slot is lower than any, so that what the processor makes of the
/// pause takes its place in turn.
const SHOW: &str = "
local known = redis.call('HMGET', KEYS[1], 'revision', 'state', 'org')
if known[3] and known[3] ~= ARGV[2] then return 0 end
if known[1] and tonumber(known[1]) >= tonumber(ARGV[1]) then return 0 end
if known[2] ~= ARGV[3] then
  if known[2] then redis.call('HINCRBY', KEYS[3], known[2], -1) end
  redis.call('HINCRBY', KEYS[3], ARGV[3], 1)
end
redis.call('HSET', KEYS[1], 'revision', ARGV[1], 'slot', -1, 'org', ARGV[2], 'state', ARGV[3], 'json', ARGV[4])
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[6], '*', 'event', 'status', 'data', ARGV[5])
return 1";

/// Shows that `monitor` was paused.
pub(crate) async fn show(app: &App, org: OrgId, monitor: &Monitor) {
    let event = StatusEvent {
        monitor_id: monitor.id,
        status: &monitor.status,
        point: None,
    };
    let texts = serde_json::to_string(&monitor.status).and_then(|status| {
        let event = serde_json::to_string(&event)?;
        Ok((status, event))
    });
    let (status, event) = match texts {
        Ok(texts) => texts,
        Err(error) => return tracing::error!(%error, "a status could not be written"),
    };
    let keys = vec![
        app.redis_keys.status(monitor.id),
        app.redis_keys.stream(org),
        app.redis_keys.summary(org),
    ];
    // As the processor counts: before the first result of a revision.
    let revision = 2 * i64::from(monitor.revision);
    let args = vec![
        revision.to_string(),
        org.to_string(),
        LiveState::Paused.as_str().to_owned(),
        status,
        event,
        STREAM_LENGTH.to_string(),
    ];
    let shown = app.redis.eval::<i64, _, _, _>(SHOW, keys, args);
    // Nobody waits for a Redis that is known to be away.
    let is_shown =
        app.redis.is_connected() && matches!(tokio::time::timeout(DEADLINE, shown).await, Ok(Ok(_)));
    if !is_shown {
        metrics::counter!(names::MIRROR_FAILURES).increment(1);
        tracing::warn!(
            org_id = org.0,
            monitor_id = monitor.id.0,
            "a pause is not shown yet"
        );
    }
}
