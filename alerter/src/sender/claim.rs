//! Keeps two alerters from sending the same message while a partition goes from one to the other. It is a
//! courtesy of Redis: without it the message is sent.

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

/// Stands before the receipt of a message that was sent.
const SENT: &str = "sent ";

/// Claims on messages, by their names.
#[derive(Clone)]
pub(crate) struct Claims {
    redis: Client,
    keys: Keys,
    owner: String,
    held_for: Duration,
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
    Mine,
    /// Somebody has sent it already; what the channel answered.
    Sent(String),
    /// Somebody else is sending it, and is known to have failed when this much time has passed.
    Others(Duration),
}

impl Claims {
    /// Claims of an owner that nobody else is; a send takes at most `timeout`.
    pub(crate) fn new(redis: Client, keys: Keys, timeout: Duration) -> Self {
        Self {
            redis,
            keys,
            owner: format!("{:016x}", u64::from_ne_bytes(shared::crypto::random())),
            held_for: timeout + Duration::from_secs(2),
        }
    }

    pub(super) async fn claim(&self, delivery: DeliveryId) -> Claim {
        match tokio::time::timeout(PATIENCE, self.ask(delivery)).await {
            Ok(Ok(claim)) => claim,
            Ok(Err(error)) => {
                tracing::debug!(%error, "sending without a claim");
                Claim::Mine
            }
            Err(_) => Claim::Mine,
        }
    }

    async fn ask(&self, delivery: DeliveryId) -> Result<Claim, fred::error::Error> {
        let key = self.keys.sending(delivery);
        let expiry = Expiration::PX(self.held_for.as_millis() as i64);
        let owner = self.owner.as_str();
        let set: Option<String> = self
            .redis
            .set(&key, owner, Some(expiry.clone()), Some(SetOptions::NX), false)
            .await?;
        if set.is_some() {
            return Ok(Claim::Mine);
        }
        let holder: Option<String> = self.redis.get(&key).await?;
        if let Some(receipt) = holder.as_deref().and_then(|holder| holder.strip_prefix(SENT)) {
            return Ok(Claim::Sent(receipt.to_owned()));
        }
        Ok(match holder.as_deref() {
            Some(holder) if holder != owner => {
                let left: i64 = self.redis.pttl(&key).await?;
                Claim::Others(Duration::from_millis(left.max(0) as u64 + 50))
            }
            _ => {
                let _: () = self.redis.set(&key, owner, Some(expiry), None, false).await?;
                Claim::Mine
            }
        })
    }

    /// Remembers that the message was sent, for an owner who did not hear of it.
    pub(super) async fn sent(&self, delivery: DeliveryId, receipt: &str) {
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
