//! Removes old rows.

use deadpool_postgres::GenericClient;

/// Rows removed in one statement, so that none takes long.
const AT_ONCE: u64 = 10_000;

/// Removes rows by `sql`, whose parameters are how old they have to be, in the unit that it names, and how many of them it
/// removes at once. Answers how many there were.
pub(super) async fn in_batches(
    client: &impl GenericClient,
    sql: &str,
    older_than: i32,
) -> Result<u64, tokio_postgres::Error> {
    let mut purged = 0;
    loop {
        let rows = client
            .execute(sql, &[&older_than, &AT_ONCE.cast_signed()])
            .await?;
        purged += rows;
        if rows < AT_ONCE {
            return Ok(purged);
        }
    }
}
