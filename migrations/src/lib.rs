//! The whole schema, as plain SQL in `sql/`. The services never create tables; they start on a schema that
//! was migrated before, by `migrate` or by all-in-one.

mod embedded {
    #![allow(missing_docs, unreachable_pub, clippy::unwrap_used)]
    refinery::embed_migrations!("sql");
}

/// Held while migrating, so that two jobs do not run the same migration. refinery takes no lock itself.
const ADVISORY_LOCK: i64 = 0x7570_7469_6d65;

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The lock that keeps two migrating jobs apart could not be taken, or a question was not answered.
    #[error("cannot ask the database: {0}")]
    Lock(#[from] tokio_postgres::Error),
    /// The database refused a statement, or holds a migration that this version does not know.
    #[error("cannot migrate: {0}")]
    Migration(#[from] refinery::Error),
}

/// Brings the schema of the database up to date, and answers how many migrations were applied.
///
/// # Errors
/// See [`MigrateError`].
pub async fn run(client: &mut tokio_postgres::Client) -> Result<usize, MigrateError> {
    client
        .execute("SELECT pg_advisory_lock($1)", &[&ADVISORY_LOCK])
        .await?;
    let applied = embedded::migrations::runner().run_async(client).await;
    client
        .execute("SELECT pg_advisory_unlock($1)", &[&ADVISORY_LOCK])
        .await?;
    Ok(applied?.applied_migrations().len())
}

/// How many migrations of this version the database does not hold yet. Changes nothing.
///
/// # Errors
/// When the database does not answer.
pub async fn pending(client: &mut tokio_postgres::Client) -> Result<usize, MigrateError> {
    let runner = embedded::migrations::runner();
    let known = runner.get_migrations();
    let is_empty = client
        .query_one("SELECT to_regclass('refinery_schema_history') IS NULL", &[])
        .await?;
    if is_empty.get(0) {
        return Ok(known.len());
    }
    let applied = runner.get_applied_migrations_async(client).await?;
    let holds = |version| applied.iter().any(|migration| migration.version() == version);
    Ok(known
        .iter()
        .filter(|migration| !holds(migration.version()))
        .count())
}
