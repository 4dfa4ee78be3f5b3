//! The leases in Redis. Each script is one round trip for all shards and goes by Redis's own clock.

use fred::clients::Client;
use fred::interfaces::{ClientLike as _, LuaInterface as _};
use fred::prelude::{Error, ErrorKind};
use fred::types::Value;
use shared::redis::Keys;
use std::time::Duration;

/// Renews this pod's leases; returns the live pods and the holders.
/// KEYS: the pods, then the lease of each shard. ARGV: pod, time to live, whether the pod may hold leases.
const RENEW: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ends = now + ARGV[2]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if ARGV[3] == '1' then
  redis.call('ZADD', KEYS[1], ends, ARGV[1])
else
  redis.call('ZREM', KEYS[1], ARGV[1])
end
local owners = {}
for i = 2, #KEYS do
  owners[i - 1] = redis.call('GET', KEYS[i])
  if owners[i - 1] == ARGV[1] then redis.call('PEXPIREAT', KEYS[i], ends) end
end
return {now, redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES'), owners}
";

/// Claims free leases. KEYS: the pods, then lease and hand-over of each wanted shard. ARGV: pod, time to live.
/// Returns per shard -1 if another pod holds it, else the boundary of the hand-over, or 0 without one.
const CLAIM: &str = "
local time = redis.call('TIME')
local ends = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2]
redis.call('ZADD', KEYS[1], ends, ARGV[1])
local taken = {}
for i = 2, #KEYS, 2 do
  local got = redis.call('SET', KEYS[i], ARGV[1], 'NX', 'PX', ARGV[2])
  if got or redis.call('GET', KEYS[i]) == ARGV[1] then
    redis.call('PEXPIREAT', KEYS[i], ends)
    taken[#taken + 1] = tonumber(redis.call('GET', KEYS[i + 1]) or '0')
    redis.call('DEL', KEYS[i + 1])
  else
    taken[#taken + 1] = -1
  end
end
return taken
";

/// Releases leases. KEYS: the pods, then lease and hand-over of each shard. ARGV: pod, how long the
/// hand-over is kept, whether the pod leaves, the channel to notify, then the boundary of each shard.
const RELEASE: &str = "
if ARGV[3] == '1' then redis.call('ZREM', KEYS[1], ARGV[1]) end
for i = 2, #KEYS, 2 do
  if redis.call('GET', KEYS[i]) == ARGV[1] then
    redis.call('SET', KEYS[i + 1], ARGV[4 + i / 2], 'PX', ARGV[2])
    redis.call('DEL', KEYS[i])
  end
end
redis.call('PUBLISH', ARGV[4], ARGV[1])
return 1
";

/// How long a boundary is useful to the next holder.
const HANDOVER_TTL_MS: u64 = 60_000;

/// One pod's access to the leases.
#[derive(Debug)]
pub(super) struct LeaseStore {
    client: Client,
    keys: Keys,
    pod: String,
    ttl: Duration,
    renew_keys: Vec<String>,
}

/// The leases as of a renewal.
#[derive(Debug)]
pub(super) struct LeaseSnapshot {
    /// Redis's clock in milliseconds.
    pub(super) now_ms: i64,
    /// The live pods, and until when they count as alive.
    pub(super) members: Vec<(String, i64)>,
    /// The holder of each shard.
    pub(super) owners: Vec<Option<String>>,
}

impl LeaseStore {
    pub(super) fn new(client: Client, keys: Keys, pod: &str, ttl: Duration, shards: u32) -> Self {
        let mut renew_keys = vec![keys.pods()];
        renew_keys.extend((0..shards).map(|shard| keys.lease(shard)));
        Self {
            client,
            keys,
            pod: pod.to_owned(),
            ttl,
            renew_keys,
        }
    }

    /// Redis's clock in milliseconds.
    pub(super) async fn time_ms(&self) -> Result<i64, Error> {
        let command = fred::types::CustomCommand::new_static("TIME", None, false);
        let (seconds, micros): (i64, i64) = self.client.custom(command, Vec::<String>::new()).await?;
        Ok(seconds * 1_000 + micros / 1_000)
    }

    /// Renews every lease of this pod.
    pub(super) async fn renew(&self, eligible: bool) -> Result<LeaseSnapshot, Error> {
        let args = vec![self.pod.clone(), self.ttl_ms(), u8::from(eligible).to_string()];
        let (now_ms, members, owners): (i64, Vec<Value>, Vec<Option<String>>) =
            self.client.eval(RENEW, self.renew_keys.clone(), args).await?;
        let members = members
            .chunks_exact(2)
            .map(|pair| Some((pair[0].as_string()?, pair[1].as_f64()? as i64)))
            .collect::<Option<_>>()
            .ok_or_else(unexpected)?;
        if owners.len() + 1 != self.renew_keys.len() {
            return Err(unexpected());
        }
        Ok(LeaseSnapshot {
            now_ms,
            members,
            owners,
        })
    }

    /// Claims free leases; returns those claimed, each with the boundary up to which its former holder checked it, if
    /// known.
    pub(super) async fn claim(&self, shards: &[u32]) -> Result<Vec<(u32, Option<i64>)>, Error> {
        let args = vec![self.pod.clone(), self.ttl_ms()];
        let taken: Vec<i64> = self.client.eval(CLAIM, self.pair_keys(shards), args).await?;
        let boundary = |millis: i64| (millis > 0).then_some(millis);
        Ok(shards
            .iter()
            .zip(taken)
            .filter(|(_, millis)| *millis >= 0)
            .map(|(&shard, millis)| (shard, boundary(millis)))
            .collect())
    }

    /// Releases leases, each with the boundary up to which its shard was checked.
    pub(super) async fn release(&self, shards: &[(u32, i64)], leave: bool) -> Result<(), Error> {
        let mut args = vec![
            self.pod.clone(),
            HANDOVER_TTL_MS.to_string(),
            u8::from(leave).to_string(),
            self.keys.leases_changed(),
        ];
        args.extend(shards.iter().map(|(_, boundary)| boundary.to_string()));
        let names: Vec<u32> = shards.iter().map(|&(shard, _)| shard).collect();
        self.client.eval(RELEASE, self.pair_keys(&names), args).await
    }

    /// Announces this pod to the others.
    pub(super) async fn announce(&self) -> Result<(), Error> {
        use fred::interfaces::PubsubInterface as _;
        self.client
            .publish(self.keys.leases_changed(), self.pod.as_str())
            .await
    }

    fn pair_keys(&self, shards: &[u32]) -> Vec<String> {
        let pairs = shards
            .iter()
            .flat_map(|&shard| [self.keys.lease(shard), self.keys.handover(shard)]);
        std::iter::once(self.keys.pods()).chain(pairs).collect()
    }

    fn ttl_ms(&self) -> String {
        self.ttl.as_millis().to_string()
    }
}

fn unexpected() -> Error {
    Error::new(ErrorKind::Parse, "an answer of another form")
}
