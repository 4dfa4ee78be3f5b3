//! A pause is shown at once: what was still checked before comes from the log later, and is not shown any more.

use api::Monitor;
use domain::live::{LiveState, StatusEvent};
use domain::{MonitorId, OrgId};
use fred::clients::Client;
use fred::interfaces::LuaInterface as _;
use fred::types::Value;
use shared::redis::{Keys, STREAM_LENGTH};

/// Takes the place of a status of a lower revision. Its slot is lower than any, so that what the processor makes of the
/// pause takes its place in turn.
const SHOW: &str = "
local known = redis.call('HMGET', KEYS[1], 'revision', 'org')
if known[2] and known[2] ~= ARGV[2] then return 0 end
if known[1] and tonumber(known[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'revision', ARGV[1], 'slot', -1, 'org', ARGV[2], 'state', ARGV[3], 'json', ARGV[4])
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[6], '*', 'event', 'status', 'data', ARGV[5])
return 1";

/// That a monitor was paused, as Redis holds it and dashboards are told it.
#[derive(Debug)]
pub(crate) struct Pause {
    monitor: MonitorId,
    revision: i64,
    status: String,
    event: String,
}

impl Pause {
    /// The pause that the monitor is in.
    pub(crate) fn of(monitor: &Monitor) -> Result<Self, serde_json::Error> {
        let event = StatusEvent {
            monitor_id: monitor.id,
            status: &monitor.status,
            point: None,
        };
        Ok(Self {
            monitor: monitor.id,
            // As the processor counts: before the first result of a revision.
            revision: 2 * i64::from(monitor.revision),
            status: serde_json::to_string(&monitor.status)?,
            event: serde_json::to_string(&event)?,
        })
    }

    /// Shows it where nothing newer is shown. Without it the processor shows the pause when it has read of it.
    pub(crate) async fn show(
        &self,
        redis: &Client,
        keys: &Keys,
        org: OrgId,
    ) -> Result<(), fred::error::Error> {
        let places = vec![keys.status(self.monitor), keys.stream(org)];
        let args: Vec<Value> = vec![
            self.revision.into(),
            org.0.into(),
            LiveState::Paused.as_str().into(),
            self.status.as_str().into(),
            self.event.as_str().into(),
            STREAM_LENGTH.into(),
        ];
        redis.eval::<i64, _, _, _>(SHOW, places, args).await?;
        Ok(())
    }
}
