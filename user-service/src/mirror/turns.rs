//! Turns at writing to Redis.

use std::collections::BTreeSet;

use deadpool_postgres::Transaction;

/// Whose turn it is to mirror a monitor, with its id.
pub(super) const MONITORS: i32 = 0x6d69_7272;

/// Whose turn it is to say what a slug means.
pub(super) const SLUGS: i32 = 0x736c_7567;

/// Waits for the turn of each of these. It is held until Redis has what was read: who read an older row must not write
/// later. In one order, so that no two followers wait for each other.
pub(super) async fn take(
    tx: &Transaction<'_>,
    of: i32,
    turns: BTreeSet<i32>,
) -> Result<(), tokio_postgres::Error> {
    let turns: Vec<i32> = turns.into_iter().collect();
    let sql = "SELECT pg_advisory_xact_lock($1, turn) FROM unnest($2::int[]) AS turn";
    tx.execute(sql, &[&of, &turns]).await.map(drop)
}
