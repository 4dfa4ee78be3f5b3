//! Keeps two alerters from sending the same message while a partition goes from one to the other. Without Redis
//! the message is sent all the same. What this alerter has sent itself it remembers, so that it does not send it
//! again when it gets a partition back whose receipts it could not write.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::DeliveryId;
use fred::clients::Client;
use fred::interfaces::KeysInterface;
use fred::types::{Expiration, SetOptions};
use shared::redis::Keys;

/// How long Redis may take.
const PATIENCE: Duration = Duration::from_millis(200);

/// How long it is remembered that a message was sent.
const SENT_MS: i64 = 3_600_000;

/// Receipts that are remembered here.
const REMEMBERED: usize = 20_000;

/// Stands before the receipt of a message that was sent.
const SENT: &str = "sent ";

/// Claims on messages, by their names.
#[derive(Clone)]
pub(crate) struct Claims {
    redis: Client,
    keys: Keys,
    owner: String,
    remembered: Arc<Mutex<Receipts>>,
}

/// The receipts of the messages that were sent last.
#[derive(Debug, Default)]
struct Receipts {
    known: HashMap<DeliveryId, String>,
    order: VecDeque<DeliveryId>,
}

impl Receipts {
    fn add(&mut self, delivery: DeliveryId, receipt: &str) {
        if self.known.insert(delivery, receipt.to_owned()).is_some() {
            return;
        }
        self.order.push_back(delivery);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

impl std::fmt::Debug for Claims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Claims")
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}

/// Who sends a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// This alerter.
    Acquired,
    /// Somebody has sent it already; what the channel answered.
    AlreadySent(String),
    /// Somebody else is sending it, and is known to have failed when this much time has passed.
    HeldElsewhere(Duration),
}

impl Claims {
    /// Claims of an owner that nobody else is.
    pub(crate) fn new(redis: Client, keys: Keys) -> Self {
        Self {
            redis,
            keys,
            owner: format!("{:016x}", u64::from_ne_bytes(shared::crypto::random())),
            remembered: Arc::default(),
        }
    }

    /// Claims a message for as long as its send may take.
    pub(super) async fn claim(&self, delivery: DeliveryId, held_for: Duration) -> Claim {
        let remembered = self.remembered().known.get(&delivery).cloned();
        if let Some(receipt) = remembered {
            return Claim::AlreadySent(receipt);
        }
        match tokio::time::timeout(PATIENCE, self.ask(delivery, held_for)).await {
            Ok(Ok(claim)) => claim,
            Ok(Err(error)) => {
                tracing::debug!(%error, "sending without a claim");
                Claim::Acquired
            }
            Err(_) => Claim::Acquired,
        }
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, Receipts> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask(&self, delivery: DeliveryId, held_for: Duration) -> Result<Claim, fred::error::Error> {
        let key = self.keys.sending(delivery);
        let expiry = Expiration::PX(held_for.as_millis() as i64);
        let owner = self.owner.as_str();
        let set: Option<String> = self
            .redis
            .set(&key, owner, Some(expiry.clone()), Some(SetOptions::NX), false)
            .await?;
        if set.is_some() {
            return Ok(Claim::Acquired);
        }
        let holder: Option<String> = self.redis.get(&key).await?;
        if let Some(receipt) = holder.as_deref().and_then(|holder| holder.strip_prefix(SENT)) {
            return Ok(Claim::AlreadySent(receipt.to_owned()));
        }
        Ok(match holder.as_deref() {
            Some(holder) if holder != owner => {
                let left: i64 = self.redis.pttl(&key).await?;
                Claim::HeldElsewhere(Duration::from_millis(left.max(0) as u64 + 50))
            }
            _ => {
                let _: () = self.redis.set(&key, owner, Some(expiry), None, false).await?;
                Claim::Acquired
            }
        })
    }

    /// Remembers that the message was sent, for an owner that does not know it.
    pub(super) async fn sent(&self, delivery: DeliveryId, receipt: &str) {
        self.remembered().add(delivery, receipt);
        let key = self.keys.sending(delivery);
        let set = self.redis.set::<(), _, _>(
            key,
            format!("{SENT}{receipt}"),
            Some(Expiration::PX(SENT_MS)),
            None,
            false,
        );
        if !matches!(tokio::time::timeout(PATIENCE, set).await, Ok(Ok(()))) {
            tracing::debug!(%delivery, "not noted in Redis as sent");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::redis::RedisSettings;

    #[test]
    fn as_many_receipts_are_remembered_as_there_is_room_for() {
        let id = |number: usize| DeliveryId(uuid::Uuid::from_u128(number as u128));
        let mut receipts = Receipts::default();
        for number in 0..=REMEMBERED {
            receipts.add(id(number), "ok");
            receipts.add(id(number), "ok");
        }
        assert_eq!(receipts.known.len(), REMEMBERED);
        assert!(!receipts.known.contains_key(&id(0)) && receipts.known.contains_key(&id(REMEMBERED)));
    }

    #[tokio::test]
    async fn what_was_sent_here_is_not_sent_again_while_redis_is_away() {
        shared::install_crypto();
        let nowhere = RedisSettings::new("redis://127.0.0.1:1", "");
        let claims = Claims::new(shared::redis::connect(&nowhere).unwrap(), nowhere.keys());
        let id = DeliveryId(uuid::Uuid::from_u128(1));
        let held_for = Duration::from_secs(1);
        assert_eq!(claims.claim(id, held_for).await, Claim::Acquired);
        claims.sent(id, "1.000100").await;
        assert_eq!(
            claims.claim(id, held_for).await,
            Claim::AlreadySent("1.000100".to_owned())
        );
    }
}
