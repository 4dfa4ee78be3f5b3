//! What alerts went by at an earlier instant. Triggers keep rows in `past_rows` as they were until they were changed, and the
//! views of the schema `past` show tables as they were.

use chrono::{DateTime, SecondsFormat, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::Timestamp;

use super::error::StoreError;
use super::{Scope, purge};

/// How far back the past is kept, in days: as far as a backtest reaches.
const KEPT_DAYS: i32 = 90;

/// Rows that are kept of an organisation, at most: of those beyond, the oldest go.
const MAX_ROWS: i64 = 50_000;

/// Rows that are removed in one statement.
const AT_ONCE: i64 = 10_000;

/// Organisations with too many rows that are looked after at a time.
const MAX_CROWDED: i64 = 100;

/// Has the statements that follow in a transaction read the organisation's tables as they were at an instant, and `now()` be
/// that instant. What is no view of the schema `past` is read as it is.
pub(crate) async fn travel(tx: &Transaction<'_>, scope: Scope, at: Timestamp) -> Result<(), StoreError> {
    travel_to(tx, scope, at.to_datetime()).await
}

/// As [`travel`], to the microsecond: rows were changed at such instants.
pub(super) async fn travel_to(
    tx: &Transaction<'_>,
    scope: Scope,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    // It ends with the transaction. What is prepared is planned anew where the path is another.
    let sql = "SELECT set_config('past.at', $1, true), set_config('past.org', $2, true),
                   set_config('search_path', 'past, pg_catalog, public', true)";
    let statement = tx.prepare_cached(sql).await?;
    let at = at.to_rfc3339_opts(SecondsFormat::Micros, true);
    tx.execute(&statement, &[&at, &scope.org_id().to_string()])
        .await?;
    Ok(())
}

/// Since when it is known what alerts of an organisation went by. It is not asked of the past.
pub(crate) async fn known_since(client: &impl GenericClient, scope: Scope) -> Result<Timestamp, StoreError> {
    let sql = "SELECT greatest((SELECT at FROM past_begun),
                               (SELECT known_since FROM past_bounds WHERE org_id = $1),
                               now() - make_interval(days => $2))";
    let statement = client.prepare_cached(sql).await?;
    let row = client
        .query_one(&statement, &[scope.org_id(), &KEPT_DAYS])
        .await?;
    // The first millisecond of which all is known.
    Ok(Timestamp::from(row.try_get::<_, DateTime<Utc>>(0)?).plus_millis(1))
}

/// Removes what is older than the past is kept, and of organisations with too many rows the oldest. Answers how many there
/// were.
pub(crate) async fn purge(client: &impl GenericClient) -> Result<u64, tokio_postgres::Error> {
    let sql = "DELETE FROM past_rows WHERE id IN (
                   SELECT id FROM past_rows WHERE until_at < now() - make_interval(days => $1) ORDER BY until_at LIMIT $2)";
    let old = purge::in_batches(client, sql, KEPT_DAYS).await?;
    let sql = "DELETE FROM past_bounds WHERE known_since < now() - make_interval(days => $1)";
    client.execute(sql, &[&KEPT_DAYS]).await?;
    Ok(old + crowded(client, MAX_ROWS).await?)
}

/// Removes the oldest rows of organisations that have more than `most`.
async fn crowded(client: &impl GenericClient, most: i64) -> Result<u64, tokio_postgres::Error> {
    let sql =
        "SELECT org_id FROM past_rows GROUP BY org_id HAVING count(*) > $1 ORDER BY count(*) DESC LIMIT $2";
    let mut removed = 0;
    for row in client.query(sql, &[&most, &MAX_CROWDED]).await? {
        let org: i64 = row.try_get(0)?;
        // First: whoever reads meanwhile takes nothing for known that is not. What one transaction has changed goes as a whole.
        let sql = "INSERT INTO past_bounds (org_id, known_since)
                   SELECT p.org_id, p.until_at FROM past_rows p WHERE p.org_id = $1
                   ORDER BY p.until_at DESC OFFSET $2 LIMIT 1
                   ON CONFLICT (org_id) DO UPDATE
                       SET known_since = greatest(past_bounds.known_since, excluded.known_since)
                   RETURNING known_since";
        let Some(bound) = client.query_opt(sql, &[&org, &most]).await? else {
            continue;
        };
        let bound: DateTime<Utc> = bound.try_get(0)?;
        let sql = "DELETE FROM past_rows WHERE id = ANY(ARRAY(
                       SELECT id FROM past_rows WHERE org_id = $1 AND until_at <= $2 ORDER BY until_at LIMIT $3))";
        loop {
            let rows = client.execute(sql, &[&org, &bound, &AT_ONCE]).await?;
            removed += rows;
            if rows < AT_ONCE.unsigned_abs() {
                break;
            }
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use shared::postgres::PostgresSettings;

    use super::super::snapshot;
    use super::*;
    use domain::OrgId;

    const ORG: OrgId = OrgId(1);

    async fn client() -> deadpool_postgres::Client {
        let settings = PostgresSettings::from_url(&testkit::database().await);
        let client = shared::postgres::pool(&settings).unwrap().get().await.unwrap();
        let sql = "INSERT INTO organisations (name) VALUES ('one'), ('other')";
        client.batch_execute(sql).await.unwrap();
        client
    }

    /// Rows of the past of an organisation, each so many minutes before an instant.
    async fn keep(client: &deadpool_postgres::Client, org: i64, before: Timestamp, minutes: &[i64]) {
        let sql = "INSERT INTO past_rows (org_id, relation, row_key, until_at)
                   SELECT $1, 'teams', n::text, $2::timestamptz - n * interval '1 minute' FROM unnest($3::bigint[]) AS n";
        client
            .execute(sql, &[&org, &before.to_datetime(), &minutes])
            .await
            .unwrap();
    }

    async fn left(client: &deadpool_postgres::Client) -> Vec<(i64, String)> {
        let sql = "SELECT org_id, row_key FROM past_rows ORDER BY org_id, until_at DESC";
        let rows = client.query(sql, &[]).await.unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }

    #[tokio::test]
    async fn what_is_older_than_it_is_kept_goes() {
        let client = client().await;
        let before = known_since(&client, Scope::organisation(ORG)).await.unwrap();
        let day = 24 * 60;
        keep(&client, 1, shared::now(), &[89 * day, 91 * day, 400 * day]).await;
        let sql = "INSERT INTO past_bounds VALUES (1, now() - interval '91 days')";
        client.execute(sql, &[]).await.unwrap();
        assert_eq!(purge(&client).await.unwrap(), 2);
        assert_eq!(left(&client).await, [(1, (89 * day).to_string())]);
        // It begins with the schema, which is later than 90 days ago.
        let since = known_since(&client, Scope::organisation(ORG)).await.unwrap();
        assert_eq!(since, before);
        let sql = "UPDATE past_begun SET at = now() - interval '400 days'";
        client.execute(sql, &[]).await.unwrap();
        let since = known_since(&client, Scope::organisation(ORG)).await.unwrap();
        let days = shared::now().millis_since(since) / 86_400_000;
        assert!((89..=90).contains(&days), "{days}");
    }

    #[tokio::test]
    async fn of_too_many_rows_the_oldest_go_and_the_past_is_known_since_later() {
        let client = client().await;
        let sql = "UPDATE past_begun SET at = now() - interval '400 days'";
        client.execute(sql, &[]).await.unwrap();
        let now = shared::now();
        keep(&client, 1, now, &[1, 2, 3, 3, 5]).await;
        keep(&client, 2, now, &[1, 2]).await;
        assert_eq!(crowded(&client, 5).await.unwrap(), 0);
        // The third is of the same transaction as the fourth.
        assert_eq!(crowded(&client, 3).await.unwrap(), 3);
        let kept = |org: i64, minutes: &str| (org, minutes.to_owned());
        let expected = [kept(1, "1"), kept(1, "2"), kept(2, "1"), kept(2, "2")];
        assert_eq!(left(&client).await, expected);
        let sql = "SELECT org_id, known_since FROM past_bounds";
        let rows = client.query(sql, &[]).await.unwrap();
        let bounds: Vec<(i64, DateTime<Utc>)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let third = now.plus_millis(-3 * 60_000);
        assert_eq!(
            bounds,
            [(1, third.to_datetime())],
            "of the other one all is known"
        );
        let known = |org| known_since(&client, Scope::organisation(OrgId(org)));
        assert_eq!(known(1).await.unwrap(), third.plus_millis(1));
        assert!(known(2).await.unwrap() < third.plus_millis(-86_400_000));
    }

    #[tokio::test]
    async fn the_clock_of_statements_is_set_back_until_the_transaction_ends() {
        let mut client = client().await;
        let at = shared::now().plus_millis(-60_000);
        // As it is prepared before, it would read the present.
        let sql = "SELECT now(), (SELECT count(*) FROM teams)";
        let prepared = client.prepare_cached(sql).await.unwrap();
        client.query_one(&prepared, &[]).await.unwrap();
        let sql = "INSERT INTO teams (org_id, name) VALUES (1, 'x')";
        client.execute(sql, &[]).await.unwrap();
        let tx = snapshot(&mut client).await.unwrap();
        travel(&tx, Scope::organisation(ORG), at).await.unwrap();
        let row = tx.query_one(&prepared, &[]).await.unwrap();
        let (now, teams): (DateTime<Utc>, i64) = (row.get(0), row.get(1));
        assert_eq!((Timestamp::from(now), teams), (at, 0));
        tx.commit().await.unwrap();
        let row = client.query_one(&prepared, &[]).await.unwrap();
        let (now, teams): (DateTime<Utc>, i64) = (row.get(0), row.get(1));
        assert!(Timestamp::from(now) > at);
        assert_eq!(teams, 1);
    }
}
