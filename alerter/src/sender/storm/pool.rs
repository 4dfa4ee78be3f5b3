//! Where processes combine their parts of a storm: Redis. When that does not work out, each process sends its own
//! part.

use std::time::Duration;

use domain::ChannelId;
use fred::clients::Client;
use fred::error::Error;
use fred::interfaces::{HashesInterface, KeysInterface, LuaInterface};
use fred::types::{Expiration, SetOptions};
use shared::redis::Keys;
use uuid::Uuid;

use super::part::{OPEN, PART, Part, SendOutcome, StormStatus};
use crate::sender::batcher::MAX_WINDOWS;
use crate::sender::message::GroupKind;

/// How long Redis may take.
const PATIENCE: Duration = Duration::from_millis(300);

/// How long it is known what came of a message.
const OUTCOME_MS: i64 = 600_000;

/// A part takes the place of the mark that its owner still collects.
const JOIN: &str = "
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
return redis.call('PEXPIRE', KEYS[1], ARGV[4])";

const ANNOUNCE: &str = "
redis.call('HSET', KEYS[1], ARGV[1], '1')
return redis.call('PEXPIRE', KEYS[1], ARGV[2])";

/// Takes all parts, so that nobody else has any of them; none when one's own was taken before.
const TAKE: &str = "
local parts = {}
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return parts end
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if string.sub(all[i], 1, 5) == 'part:' then
    parts[#parts + 1] = all[i + 1]
    redis.call('HDEL', KEYS[1], all[i])
  end
end
return parts";

const RELEASE: &str = "
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0";

/// Messages of one kind to one channel.
pub(in crate::sender) type Storm = (ChannelId, GroupKind);

/// Redis, as far as storms are concerned.
#[derive(Clone)]
pub(crate) struct StormPool {
    redis: Client,
    keys: Keys,
    owner: String,
    /// How long marks and parts are kept.
    kept_ms: i64,
}

impl std::fmt::Debug for StormPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StormPool")
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}

/// What has become of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PartStatus {
    /// Nobody has taken it.
    Waiting,
    /// Somebody has.
    Taken,
    /// It was sent, or tried.
    Done(SendOutcome),
    /// Redis does not say.
    Unknown,
}

impl StormPool {
    /// The pool of an owner that nobody else is.
    pub(crate) fn new(redis: Client, keys: Keys, window: Duration) -> Self {
        let kept = window * MAX_WINDOWS + Duration::from_secs(60);
        Self {
            redis,
            keys,
            owner: format!("{:016x}", u64::from_ne_bytes(shared::crypto::random())),
            kept_ms: i64::try_from(kept.as_millis()).unwrap_or(i64::MAX),
        }
    }

    /// Says that messages are being batched here.
    pub(in crate::sender) async fn announce(&self, storm: Storm) {
        let args = vec![self.open(), self.kept_ms.to_string()];
        let _: Option<i64> = asked(self.redis.eval(ANNOUNCE, vec![self.storm(storm)], args)).await;
    }

    /// Takes that back.
    pub(super) async fn leave(&self, storm: Storm) {
        let _: Option<i64> = asked(self.redis.hdel(self.storm(storm), self.open())).await;
    }

    pub(super) async fn status(&self, storm: Storm) -> Option<StormStatus> {
        let (storm_key, sender) = (self.storm(storm), self.sender(storm));
        let fields = self.redis.hkeys::<Vec<String>, _>(&storm_key);
        let sending = self.redis.exists::<i64, _>(&sender);
        let (fields, sending) = asked(async { tokio::try_join!(fields, sending) }).await?;
        Some(StormStatus::from_fields(&fields, &self.owner, sending > 0))
    }

    /// Adds a part; answers false when it may not be there.
    pub(super) async fn join(&self, storm: Storm, part: &Part) -> bool {
        let Ok(json) = serde_json::to_string(part) else {
            return false;
        };
        let args = vec![self.open(), field(part.id), json, self.kept_ms.to_string()];
        let joined: Option<i64> = asked(self.redis.eval(JOIN, vec![self.storm(storm)], args)).await;
        joined.is_some()
    }

    /// Takes a part back; answers false when somebody has taken it before, and nothing when Redis does not
    /// say.
    pub(super) async fn withdraw(&self, storm: Storm, part: Uuid) -> Option<bool> {
        let removed: i64 = asked(self.redis.hdel(self.storm(storm), field(part))).await?;
        Some(removed > 0)
    }

    /// Whether this process becomes the leader, which has sent within that time.
    pub(super) async fn claim(&self, storm: Storm, sent_within: Duration) -> bool {
        let expiry = Expiration::PX(i64::try_from(sent_within.as_millis()).unwrap_or(i64::MAX));
        let (key, owner) = (self.sender(storm), self.owner.as_str());
        let set = self
            .redis
            .set(key, owner, Some(expiry), Some(SetOptions::NX), false);
        let set: Option<Option<String>> = asked(set).await;
        set.flatten().is_some()
    }

    /// Gives the lead up.
    pub(in crate::sender) async fn release(&self, storm: Storm) {
        let args = vec![self.owner.clone()];
        let _: Option<i64> = asked(self.redis.eval(RELEASE, vec![self.sender(storm)], args)).await;
    }

    /// Takes all parts, when one's own is among them.
    pub(super) async fn take(&self, storm: Storm, own: Uuid) -> Option<Vec<Part>> {
        let args = vec![field(own)];
        let taken = self.redis.eval(TAKE, vec![self.storm(storm)], args);
        let taken: Vec<String> = asked(taken).await?;
        let parts = taken.iter().map(|json| serde_json::from_str(json));
        // A part of a version that is not known here is sent by its owner, once it has waited.
        let parts: Vec<Part> = parts.filter_map(Result::ok).collect();
        parts.iter().any(|part| part.id == own).then_some(parts)
    }

    pub(super) async fn part_status(&self, storm: Storm, part: Uuid) -> PartStatus {
        let (storm_key, outcome) = (self.storm(storm), self.keys.storm_verdict(&part.to_string()));
        let waiting = self.redis.hexists::<bool, _, _>(&storm_key, field(part));
        let outcome = self.redis.get::<Option<String>, _>(&outcome);
        let found = asked(async { tokio::try_join!(waiting, outcome) }).await;
        match found {
            None => PartStatus::Unknown,
            Some((_, Some(json))) => {
                serde_json::from_str(&json).map_or(PartStatus::Unknown, PartStatus::Done)
            }
            Some((true, None)) => PartStatus::Waiting,
            Some((false, None)) => PartStatus::Taken,
        }
    }

    /// Says to the owner of a part what came of it.
    pub(in crate::sender) async fn publish(&self, part: Uuid, outcome: &SendOutcome) {
        let Ok(json) = serde_json::to_string(outcome) else {
            return;
        };
        let key = self.keys.storm_verdict(&part.to_string());
        let set = self
            .redis
            .set(key, json, Some(Expiration::PX(OUTCOME_MS)), None, false);
        let _: Option<()> = asked(set).await;
    }

    fn storm(&self, (channel, kind): Storm) -> String {
        self.keys.storm(channel, &kind.to_string())
    }

    fn sender(&self, (channel, kind): Storm) -> String {
        self.keys.storm_sender(channel, &kind.to_string())
    }

    fn open(&self) -> String {
        format!("{OPEN}{}", self.owner)
    }
}

fn field(part: Uuid) -> String {
    format!("{PART}{part}")
}

/// What Redis answers, if it does so in time.
async fn asked<T>(answer: impl Future<Output = Result<T, Error>>) -> Option<T> {
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(Ok(answer)) => Some(answer),
        Ok(Err(error)) => {
            tracing::debug!(%error, "each process sends its part of a storm");
            None
        }
        Err(_) => None,
    }
}
