//! Which host names of status pages are proven. A row belongs to whoever has proven its name last.

use deadpool_postgres::{GenericClient, Transaction};
use domain::StatusPageId;

use super::error::StoreError;

/// When a name that is proven is looked up again, in hours: about a day, whenever that is looked for.
const RECHECK_HOURS: i32 = 23;

/// Looks in a row that may fail, one a day.
const MAX_FAILURES: i32 = 3;

/// Names that are looked up again in a row.
const BATCH: i64 = 50;

/// Why a name is not proven any more that another page has.
const PROVEN_BY_ANOTHER: &str = "another status page has proven this host name since";

/// A host name that is to be looked up.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) page: StatusPageId,
    pub(crate) host: String,
    pub(crate) token: String,
}

/// Takes names whose proof is old, so that nobody else does today.
pub(crate) async fn take_due(client: &impl GenericClient) -> Result<Vec<Claim>, StoreError> {
    let sql = "UPDATE status_pages SET host_due_at = now() + make_interval(hours => $1) WHERE id IN (
                   SELECT id FROM status_pages WHERE host_proven_at IS NOT NULL AND host_due_at <= now()
                   ORDER BY host_due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
               RETURNING id, host, host_token";
    let rows = client.query(sql, &[&RECHECK_HOURS, &BATCH]).await?;
    rows.iter()
        .map(|row| {
            Ok(Claim {
                page: StatusPageId(row.try_get(0)?),
                host: row.try_get(1)?,
                token: row.try_get(2)?,
            })
        })
        .collect()
}

/// Notes that the record of a claim was found: no other page has the name any more.
pub(crate) async fn proven(tx: &Transaction<'_>, claim: &Claim) -> Result<(), StoreError> {
    // In the order of their ids, so that two who prove the same name do not wait for each other.
    let sql = "SELECT FROM status_pages WHERE host = $1 ORDER BY id FOR UPDATE";
    tx.execute(sql, &[&claim.host]).await?;
    let sql = "UPDATE status_pages
               SET host_proven_at = NULL, host_problem = $3, version = version + 1, updated_at = now()
               WHERE host = $1 AND id <> $2 AND host_proven_at IS NOT NULL
                 AND EXISTS (SELECT FROM status_pages WHERE id = $2 AND host = $1 AND host_token = $4)";
    tx.execute(
        sql,
        &[&claim.host, &claim.page.0, &PROVEN_BY_ANOTHER, &claim.token],
    )
    .await?;
    let sql = "UPDATE status_pages
               SET version = version + CASE WHEN host_proven_at IS NULL THEN 1 ELSE 0 END,
                   updated_at = CASE WHEN host_proven_at IS NULL THEN now() ELSE updated_at END,
                   host_proven_at = now(), host_checked_at = now(), host_problem = NULL, host_failures = 0,
                   host_due_at = now() + make_interval(hours => $4)
               WHERE id = $2 AND host = $1 AND host_token = $3";
    tx.execute(sql, &[&claim.host, &claim.page.0, &claim.token, &RECHECK_HOURS])
        .await?;
    Ok(())
}

/// Notes that the record of a claim was not found. A name that was proven stays so for some days: only what is looked up
/// `daily` counts.
pub(crate) async fn not_proven(
    client: &impl GenericClient,
    claim: &Claim,
    problem: &str,
    daily: bool,
) -> Result<(), StoreError> {
    let sql = "UPDATE status_pages
               SET host_checked_at = now(), host_problem = $4, host_failures = host_failures + $5,
                   host_proven_at = CASE WHEN host_failures + $5 < $6 THEN host_proven_at END,
                   version = version + CASE WHEN host_proven_at IS NOT NULL AND host_failures + $5 >= $6 THEN 1 ELSE 0 END
               WHERE id = $1 AND host = $2 AND host_token = $3";
    client
        .execute(
            sql,
            &[
                &claim.page.0,
                &claim.host,
                &claim.token,
                &problem,
                &i32::from(daily),
                &MAX_FAILURES,
            ],
        )
        .await?;
    Ok(())
}
