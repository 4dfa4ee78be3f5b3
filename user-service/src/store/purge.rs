//! Removes old rows.

use deadpool_postgres::GenericClient;

use super::version_authors::KEPT_DAYS;

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

/// Removes what ended long ago from a table of versions; what holds stays, however old it is, and what somebody holds who
/// changes the row until the next time.
pub(super) async fn ended_versions(
    client: &impl GenericClient,
    table: &'static str,
) -> Result<u64, tokio_postgres::Error> {
    let sql = format!(
        "DELETE FROM {table} WHERE ctid = ANY(ARRAY(
             SELECT ctid FROM {table} WHERE until_at < now() - make_interval(days => $1)
             ORDER BY until_at LIMIT $2 FOR UPDATE SKIP LOCKED))"
    );
    in_batches(client, &sql, KEPT_DAYS).await
}
