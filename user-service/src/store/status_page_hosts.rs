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

#[cfg(test)]
mod tests {
    use deadpool_postgres::Client;
    use shared::postgres::PostgresSettings;

    use super::*;

    async fn client() -> Client {
        let settings = PostgresSettings::from_url(&testkit::database().await);
        let client = shared::postgres::pool(&settings).unwrap().get().await.unwrap();
        let sql = "INSERT INTO organisations (name) VALUES ('ours'), ('theirs');
                   INSERT INTO status_pages (org_id, slug, title, accent_colour, theme, locale, time_zone, allow_index,
                                             history_days, show_maintenance, access_kind, host, host_token)
                   SELECT n, 'page-' || n, 'Acme', '#000000', 'auto', 'en', 'UTC', false, 90, true, 'public',
                          'status.acme.example', 'token-' || n
                   FROM generate_series(1, 2) AS n";
        client.batch_execute(sql).await.unwrap();
        client
    }

    fn claim(page: i64) -> Claim {
        Claim {
            page: StatusPageId(page),
            host: "status.acme.example".to_owned(),
            token: format!("token-{page}"),
        }
    }

    async fn prove(client: &mut Client, claim: &Claim) {
        let tx = client.transaction().await.unwrap();
        proven(&tx, claim).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Which pages have proven their names, and their versions.
    async fn state(client: &Client) -> Vec<(bool, i32)> {
        let sql = "SELECT host_proven_at IS NOT NULL, version FROM status_pages ORDER BY id";
        let rows = client.query(sql, &[]).await.unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }

    /// The days after which names are looked up again.
    async fn a_day_later(client: &Client) -> Vec<StatusPageId> {
        let sql = "UPDATE status_pages SET host_due_at = host_due_at - interval '1 day'";
        client.execute(sql, &[]).await.unwrap();
        let due = take_due(client).await.unwrap();
        assert_eq!(take_due(client).await.unwrap().len(), 0, "it is looked up by one");
        due.iter().map(|claim| claim.page).collect()
    }

    #[tokio::test]
    async fn a_name_is_lost_after_three_days_in_a_row() {
        let mut client = client().await;
        let claim = claim(1);
        prove(&mut client, &claim).await;
        assert_eq!(state(&client).await, [(true, 2), (false, 1)]);
        assert_eq!(take_due(&client).await.unwrap().len(), 0);
        for _ in 0..2 {
            assert_eq!(a_day_later(&client).await, [StatusPageId(1)]);
            not_proven(&client, &claim, "no record", true).await.unwrap();
            // Whoever looks meanwhile loses nothing by it.
            not_proven(&client, &claim, "no record", false).await.unwrap();
        }
        assert_eq!(state(&client).await[0], (true, 2));
        // A day on which it is there begins anew.
        assert_eq!(a_day_later(&client).await, [StatusPageId(1)]);
        prove(&mut client, &claim).await;
        assert_eq!(state(&client).await[0], (true, 2));
        for _ in 0..3 {
            assert_eq!(a_day_later(&client).await, [StatusPageId(1)]);
            not_proven(&client, &claim, "no record", true).await.unwrap();
        }
        assert_eq!(state(&client).await[0], (false, 3));
        assert!(a_day_later(&client).await.is_empty());
    }

    #[tokio::test]
    async fn a_proof_of_what_is_claimed_no_more_changes_nothing() {
        let mut client = client().await;
        prove(&mut client, &claim(2)).await;
        let sql = "UPDATE status_pages SET host_token = 'another' WHERE id = 1";
        client.execute(sql, &[]).await.unwrap();
        prove(&mut client, &claim(1)).await;
        assert_eq!(state(&client).await, [(false, 1), (true, 2)]);
        not_proven(&client, &claim(1), "late", true).await.unwrap();
        let late: i64 = client
            .query_one(
                "SELECT count(*) FROM status_pages WHERE host_problem IS NOT NULL",
                &[],
            )
            .await
            .unwrap()
            .get(0);
        assert_eq!(late, 0);
    }
}
