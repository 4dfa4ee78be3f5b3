//! Says whether there is a mail server, so that nobody adds an e-mail channel in vain.

use std::time::Duration;

use fred::clients::Client;
use fred::interfaces::KeysInterface;
use fred::types::Expiration;
use shared::redis::Keys;
use shared::shutdown::CancellationToken;

/// How often it is said.
const EVERY: Duration = Duration::from_secs(60);

/// How long it counts.
const KEPT_SECONDS: i64 = 300;

/// Says so until `stop` is cancelled. While nobody says anything, a mail server is assumed.
pub(crate) async fn announce(redis: Client, keys: Keys, is_set: bool, stop: CancellationToken) {
    let announcing = async {
        loop {
            let value = if is_set { "1" } else { "0" };
            let expiry = Some(Expiration::EX(KEPT_SECONDS));
            let set = redis.set::<(), _, _>(keys.mail_server(), value, expiry, None, false);
            if let Err(error) = set.await {
                tracing::debug!(%error, "whether there is a mail server is not announced");
            }
            tokio::time::sleep(EVERY).await;
        }
    };
    stop.run_until_cancelled(announcing).await;
}
