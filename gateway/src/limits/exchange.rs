//! What gateways tell each other of what they have counted, through Redis and beside requests: none waits for it. While
//! Redis is away each counts for itself.

use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fred::clients::Client;
use fred::error::Error;
use fred::interfaces::LuaInterface as _;
use shared::redis::Keys;
use shared::shutdown::CancellationToken;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::sleep;

use super::bucket::Bucket;

/// How often counts are told. What a caller asks of several gateways within this time, each of them may give out.
const EVERY: Duration = Duration::from_millis(100);

/// Callers that are told of at once.
const AT_ONCE: usize = 500;

/// Callers that wait to be told of. Of those beyond it each gateway counts for itself until there is room.
const WAITING: usize = 10_000;

/// Adds to each key what was had of its quota, and answers how far ahead of now it is then. All in microseconds, by the
/// clock of Redis.
const ADD: &str = "
local time = redis.call('TIME')
local now, ahead = time[1] * 1000000 + time[2], {}
for i, key in ipairs(KEYS) do
  local full_at = math.max(tonumber(redis.call('GET', key) or '0'), now) + tonumber(ARGV[2 * i - 1])
  full_at = math.min(full_at, now + tonumber(ARGV[2 * i]))
  ahead[i] = full_at - now
  if ahead[i] > 0 then
    redis.call('SET', key, string.format('%.0f', full_at), 'PX', math.ceil(ahead[i] / 1000))
  end
end
return ahead";

/// A caller of whom something is to be told.
struct Caller {
    what: &'static str,
    who: String,
    bucket: Arc<Bucket>,
}

/// Where what is counted is told.
#[derive(Clone)]
pub(super) struct Exchange {
    began: Instant,
    sender: Sender<Caller>,
    /// Taken by whoever tells it on.
    receiver: Arc<Mutex<Option<Receiver<Caller>>>>,
}

impl Exchange {
    pub(super) fn new() -> Self {
        let (sender, receiver) = channel(WAITING);
        Self {
            began: Instant::now(),
            sender,
            receiver: Arc::new(Mutex::new(Some(receiver))),
        }
    }

    /// One by whom nothing is told.
    #[cfg(test)]
    pub(super) fn alone() -> Self {
        let exchange = Self::new();
        exchange
            .receiver
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        exchange
    }

    /// Nanoseconds since the start of this process.
    pub(super) fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Has it be told what was counted for `who`.
    pub(super) fn tell(&self, what: &'static str, who: &impl Display, bucket: &Arc<Bucket>) {
        if !bucket.enqueue() {
            return;
        }
        let told = self.sender.try_reserve().map(|room| {
            room.send(Caller {
                what,
                who: who.to_string(),
                bucket: Arc::clone(bucket),
            });
        });
        if told.is_err() {
            bucket.dequeued();
        }
    }

    /// Tells what is counted, and learns what others have, until `stopping`.
    pub(super) async fn run(&self, redis: &Client, keys: &Keys, stopping: &CancellationToken) {
        let receiver = self
            .receiver
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(mut receiver) = receiver else { return };
        let (mut callers, mut is_away) = (Vec::with_capacity(AT_ONCE), false);
        loop {
            let received = tokio::select! {
                received = receiver.recv_many(&mut callers, AT_ONCE) => received,
                () = stopping.cancelled() => return,
            };
            if received == 0 {
                return;
            }
            let added = self.add(redis, keys, &callers).await;
            match &added {
                Err(error) if !is_away => {
                    tracing::warn!(%error, "rate limits are counted by each gateway for itself");
                }
                Ok(()) if is_away => tracing::info!("rate limits are counted by all gateways together again"),
                _ => {}
            }
            is_away = added.is_err();
            callers.clear();
            tokio::select! {
                () = sleep(EVERY) => {}
                () = stopping.cancelled() => return,
            }
        }
    }

    async fn add(&self, redis: &Client, keys: &Keys, callers: &[Caller]) -> Result<(), Error> {
        let now = self.now();
        let names: Vec<String> = callers
            .iter()
            .map(|told| keys.quota(told.what, &told.who))
            .collect();
        let args = callers.iter().flat_map(|told| {
            // What is counted from here on queues it again.
            told.bucket.dequeued();
            [told.bucket.take_untold(now), told.bucket.most_ahead()].map(|nanos| (nanos / 1_000).to_string())
        });
        let args: Vec<String> = args.collect();
        let ahead: Vec<i64> = redis.eval(ADD, names, args).await?;
        let now = self.now();
        for (told, ahead) in callers.iter().zip(ahead) {
            let ahead = Duration::from_micros(u64::try_from(ahead).unwrap_or_default());
            told.bucket.learn(now, ahead);
        }
        Ok(())
    }
}
