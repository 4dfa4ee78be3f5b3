//! Locks that transactions hold until they end, by what they are of. Who waits for one has a connection meanwhile, of which
//! there are few: nobody waits long.

use std::time::Duration;

use deadpool_postgres::Transaction;
use sha2::{Digest, Sha256};
use tokio::time::{Instant, sleep};

use super::error::StoreError;

/// How long until it is tried again.
const PAUSE: Duration = Duration::from_millis(20);

/// Takes the lock of `what`, until the transaction ends; false when others have it for as long as the `patience` lasts.
pub(super) async fn take(tx: &Transaction<'_>, what: &str, patience: Duration) -> Result<bool, StoreError> {
    let [a, b, c, d, e, f, g, h, ..]: [u8; 32] = Sha256::digest(what.as_bytes()).into();
    let key = i64::from_be_bytes([a, b, c, d, e, f, g, h]);
    let statement = tx.prepare_cached("SELECT pg_try_advisory_xact_lock($1)").await?;
    let until = Instant::now() + patience;
    loop {
        let is_ours: bool = tx.query_one(&statement, &[&key]).await?.try_get(0)?;
        if is_ours || Instant::now() >= until {
            return Ok(is_ours);
        }
        sleep(PAUSE).await;
    }
}
