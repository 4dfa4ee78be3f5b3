//! How many test messages an e-mail address gets, whoever asks for them: nobody has said that it is theirs.

use std::time::Duration;

use domain::EmailAddress;
use domain::channel::Config;
use domain::internal::SealedChannel;
use fred::clients::Client;
use sha2::{Digest as _, Sha256};
use shared::crypto::Keyring;
use shared::http::problem::Problem;
use shared::redis::{Keys, Limit, count};

use crate::channel::unseal;

/// Test messages to one address in [`WINDOW`].
const PER_ADDRESS: u32 = 10;

/// The window in which they are counted.
const WINDOW: Duration = Duration::from_secs(3_600);

/// Counts them.
#[derive(Clone)]
pub(crate) struct TestLimits {
    redis: Client,
    keys: Keys,
    keyring: Keyring,
}

impl std::fmt::Debug for TestLimits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestLimits").finish_non_exhaustive()
    }
}

impl TestLimits {
    pub(crate) fn new(redis: Client, keys: Keys, keyring: Keyring) -> Self {
        Self { redis, keys, keyring }
    }

    /// Counts a test message to a channel.
    ///
    /// # Errors
    /// 429 when one of its addresses has had enough; 503 when that cannot be told.
    pub(crate) async fn count(&self, channel: &SealedChannel) -> Result<(), Problem> {
        let mut limits: Vec<Limit> = self.addresses(channel).iter().map(|to| limit(to)).collect();
        limits.sort_by(|a, b| a.who.cmp(&b.who));
        limits.dedup_by(|a, b| a.who == b.who);
        if limits.is_empty() {
            return Ok(());
        }
        match count(&self.redis, &self.keys, &limits).await {
            Ok(None) => Ok(()),
            Ok(Some(wait)) => Err(Problem::too_many(
                u32::try_from(wait.as_secs() + 1).unwrap_or(u32::MAX),
            )),
            Err(error) => {
                tracing::warn!(%error, "test messages to an address cannot be counted");
                Err(Problem::unavailable("the count of test messages"))
            }
        }
    }

    /// The addresses of an e-mail channel. Of one that cannot be read there are none: nothing is sent by it either.
    fn addresses(&self, channel: &SealedChannel) -> Vec<String> {
        match unseal(channel, &self.keyring) {
            Ok(Config::Email(config)) => config.to,
            _ => Vec::new(),
        }
    }
}

/// An address is counted by a hash: Redis need not hold it. What follows `+` is a mailbox's own name for itself.
fn limit(address: &str) -> Limit {
    let address = match EmailAddress::parse(address) {
        Ok(address) => address.normal(),
        // It was stored before addresses were read as strictly.
        Err(_) => address.trim().to_lowercase(),
    };
    let (local, host) = address.rsplit_once('@').unwrap_or((&address, ""));
    let mailbox = local.split('+').next().unwrap_or_default();
    let hash = Sha256::digest(format!("{mailbox}@{host}").as_bytes());
    Limit {
        what: "test-address",
        who: hash[..16].iter().map(|byte| format!("{byte:02x}")).collect(),
        times: PER_ADDRESS,
        window: WINDOW,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_same_however_it_is_written() {
        assert_eq!(
            limit("ada@bücher.example").who,
            limit("ada@xn--bcher-kva.example").who
        );
        assert_eq!(limit("Ada@Example.org").who, limit(" ada@example.org").who);
        assert_eq!(limit("ada+1@example.org").who, limit("ada+2@example.org").who);
        assert_ne!(limit("ada@example.org").who, limit("eve@example.org").who);
        assert_eq!(limit("a@b.org").who.len(), 32);
    }
}
