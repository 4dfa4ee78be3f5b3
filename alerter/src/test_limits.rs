//! How many test messages an e-mail address gets, whoever asks for them: nobody has said that it is theirs.

use std::time::Duration;

use domain::channel::{Config, Recipients};
use domain::internal::SealedChannel;
use fred::clients::Client;
use shared::crypto::Keyring;
use shared::http::problem::Problem;
use shared::redis::{Keys, Limit, count, mailbox};

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
            Ok(Some(wait)) => Err(Problem::too_many_for(wait)),
            Err(error) => {
                tracing::warn!(%error, "test messages to an address cannot be counted");
                Err(Problem::unavailable("the count of test messages"))
            }
        }
    }

    /// The addresses that an e-mail channel sends to. Of one that cannot be read there are none: nothing is sent by it
    /// either.
    fn addresses(&self, channel: &SealedChannel) -> Vec<String> {
        match unseal(channel, &self.keyring) {
            Ok(Config::Email(config)) => {
                let recipients = Recipients::of(&config, channel.org_id, &channel.withheld, None);
                recipients.confirmed.into_iter().map(str::to_owned).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn limit(address: &str) -> Limit {
    Limit {
        what: "test-address",
        who: mailbox(address),
        times: PER_ADDRESS,
        window: WINDOW,
    }
}
