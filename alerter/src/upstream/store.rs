//! Where alerters tell each other which monitors are announced: Redis.

use std::time::Duration;

use domain::MonitorId;
use fred::clients::Client;
use fred::error::Error;
use fred::interfaces::{ClientLike, KeysInterface, LuaInterface};
use fred::types::Expiration;
use shared::redis::Keys;

use super::state::{Announced, TOLD};

/// How long Redis may take for one batch.
const PATIENCE: Duration = Duration::from_secs(1);

/// Removes only what still names the incident that is over.
const REMOVE: &str = "
local removed = 0
for i, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[i] then removed = removed + redis.call('DEL', key) end
end
return removed";

#[derive(Clone)]
pub(super) struct Store {
    redis: Client,
    keys: Keys,
}

impl Store {
    pub(super) fn new(redis: Client, keys: Keys) -> Self {
        Self { redis, keys }
    }

    /// Says that these are announced; answers whether that was said.
    pub(super) async fn tell(&self, announced: &[Announced]) -> bool {
        let telling = async {
            let pipeline = self.redis.pipeline();
            for (monitor, incident) in announced {
                let key = self.keys.alert_announced(*monitor);
                let expiry = Some(Expiration::EX(TOLD.as_secs() as i64));
                pipeline
                    .set::<(), _, _>(key, incident.to_string(), expiry, None, false)
                    .await?;
            }
            pipeline.all::<()>().await
        };
        self.asked(telling).await.is_some()
    }

    /// Says that these are over; answers whether that was said.
    pub(super) async fn take_back(&self, over: &[Announced]) -> bool {
        let keys = over
            .iter()
            .map(|(monitor, _)| self.keys.alert_announced(*monitor));
        let incidents = over.iter().map(|(_, incident)| incident.to_string());
        let (keys, incidents): (Vec<String>, Vec<String>) = (keys.collect(), incidents.collect());
        let removing = self.redis.eval::<i64, _, _, _>(REMOVE, keys, incidents);
        self.asked(removing).await.is_some()
    }

    /// Whether each of these is announced; nothing where Redis does not say.
    pub(super) async fn read(&self, monitors: &[MonitorId]) -> Option<Vec<bool>> {
        let keys = monitors.iter().map(|monitor| self.keys.alert_announced(*monitor));
        let keys: Vec<String> = keys.collect();
        let read = self.redis.mget::<Vec<Option<String>>, _>(keys);
        let values = self.asked(read).await?;
        (values.len() == monitors.len()).then(|| values.iter().map(Option::is_some).collect())
    }

    /// What Redis answers, if it does so in time. A command does not wait for Redis to come back: what it says would be old
    /// by then.
    async fn asked<T>(&self, answer: impl Future<Output = Result<T, Error>>) -> Option<T> {
        if !self.redis.is_connected() {
            return None;
        }
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Ok(answer)) => Some(answer),
            Ok(Err(error)) => {
                tracing::debug!(%error, "alerters do not hear of each other's announced monitors");
                None
            }
            Err(_) => None,
        }
    }
}
