//! What alerts went by at an earlier instant. Triggers keep rows in `past_rows` as they were until they were changed, and the
//! views of the schema `past` show tables as they were.

use chrono::{DateTime, SecondsFormat, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::Timestamp;
use tokio_postgres::types::ToSql;

use super::Scope;
use super::error::StoreError;
use crate::rules::as_of;

/// How far back the past is kept, in days: as far as a backtest reaches.
const KEPT_DAYS: i32 = 90;

/// Rows that are kept of an organisation, at most: of those beyond, the oldest go.
const MAX_ROWS: i64 = 50_000;

/// As how many rows a row counts, in SQL: an order of a thousand routes takes as much room as so many others.
const WEIGHT: &str = "CASE relation WHEN 'alert_route_order' THEN 20 ELSE 1 END";

/// Rows that are removed in one statement.
const AT_ONCE: i64 = 10_000;

/// Statements that remove rows for one reason at a time: what is left then waits for the next time.
const MAX_STATEMENTS: usize = 50;

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
    // It ends with the transaction. What is prepared is planned anew where the path is another. Where temporary tables are not
    // named they come first.
    let sql = "SELECT set_config('past.at', $1, true), set_config('past.org', $2, true),
                   set_config('search_path', 'past, pg_catalog, public, pg_temp', true)";
    let statement = tx.prepare_cached(sql).await?;
    let at = at.to_rfc3339_opts(SecondsFormat::Micros, true);
    tx.execute(&statement, &[&at, &scope.org_id().to_string()])
        .await?;
    Ok(())
}

/// That which monitors had a tag is known of an instant.
///
/// # Errors
/// When the past is [known](known_since) only since later.
pub(super) fn require_tags(at: Timestamp, known_since: Timestamp) -> Result<(), StoreError> {
    if at < known_since {
        let wrong = as_of::before(known_since, "it is known which monitors had a tag");
        return Err(StoreError::Invalid(vec![wrong]));
    }
    Ok(())
}

/// Has statements that follow in a transaction read the organisation as it was at an instant where they name the schema `past`,
/// and nowhere else: who may see what stays as it is.
pub(super) async fn look_back(tx: &Transaction<'_>, scope: Scope, at: Timestamp) -> Result<(), StoreError> {
    // It ends with the transaction.
    let sql = "SELECT set_config('past.at', $1, true), set_config('past.org', $2, true)";
    let statement = tx.prepare_cached(sql).await?;
    tx.execute(&statement, &[&at.to_string(), &scope.org_id().to_string()])
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

/// What was removed of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Purged {
    pub(crate) rows: u64,
    /// Whether nothing more was to be removed.
    pub(crate) is_done: bool,
}

/// Removes what is older than the past is kept, and of organisations with too many rows the oldest; as much of either as it may
/// at a time.
pub(crate) async fn purge(client: &impl GenericClient) -> Result<Purged, tokio_postgres::Error> {
    let mut old = Removal::of(MAX_STATEMENTS);
    let sql = "DELETE FROM past_rows WHERE id IN (
                   SELECT id FROM past_rows WHERE until_at < now() - make_interval(days => $1) ORDER BY until_at LIMIT $2)";
    old.remove(client, sql, &[&KEPT_DAYS, &AT_ONCE]).await?;
    let sql = "DELETE FROM past_bounds WHERE known_since < now() - make_interval(days => $1)";
    client.execute(sql, &[&KEPT_DAYS]).await?;
    // Much that is old keeps nobody's from being bounded.
    let mut crowding = Removal::of(MAX_STATEMENTS);
    crowded(client, MAX_ROWS, &mut crowding).await?;
    Ok(Purged {
        rows: old.rows + crowding.rows,
        is_done: old.is_done && crowding.is_done,
    })
}

/// For how many seconds the oldest row should have been gone.
pub(crate) async fn overdue_seconds(client: &impl GenericClient) -> Result<f64, tokio_postgres::Error> {
    let sql =
        "SELECT coalesce(extract(epoch FROM now() - make_interval(days => $1) - min(until_at)), 0)::float8
               FROM past_rows";
    let overdue: f64 = client.query_one(sql, &[&KEPT_DAYS]).await?.try_get(0)?;
    Ok(overdue.max(0.0))
}

/// Removes rows, until it has taken as many statements as it may.
#[derive(Debug)]
struct Removal {
    statements_left: usize,
    rows: u64,
    is_done: bool,
}

impl Removal {
    fn of(statements: usize) -> Self {
        Self {
            statements_left: statements,
            rows: 0,
            is_done: true,
        }
    }

    /// Removes what a statement does that removes at most [`AT_ONCE`] rows.
    async fn remove(
        &mut self,
        client: &impl GenericClient,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<(), tokio_postgres::Error> {
        while self.statements_left > 0 {
            self.statements_left -= 1;
            let rows = client.execute(sql, parameters).await?;
            self.rows += rows;
            if rows < AT_ONCE.unsigned_abs() {
                return Ok(());
            }
        }
        self.is_done = false;
        Ok(())
    }
}

/// Removes the oldest rows of organisations that have more than `most`, the most crowded first.
async fn crowded(
    client: &impl GenericClient,
    most: i64,
    removal: &mut Removal,
) -> Result<(), tokio_postgres::Error> {
    let sql = format!(
        "SELECT org_id FROM past_rows GROUP BY org_id HAVING sum({WEIGHT}) > $1 ORDER BY sum({WEIGHT}) DESC LIMIT $2"
    );
    for row in client.query(&sql, &[&most, &MAX_CROWDED]).await? {
        let org: i64 = row.try_get(0)?;
        // First: whoever reads meanwhile takes nothing for known that is not. What one transaction has changed goes as a whole.
        let sql = format!(
            "INSERT INTO past_bounds (org_id, known_since)
             SELECT $1::bigint, p.until_at FROM (
                 SELECT until_at, sum({WEIGHT}) OVER (ORDER BY until_at DESC, id DESC) AS so_far
                 FROM past_rows WHERE org_id = $1) AS p
             WHERE p.so_far > $2 ORDER BY p.until_at DESC LIMIT 1
             ON CONFLICT (org_id) DO UPDATE
                 SET known_since = greatest(past_bounds.known_since, excluded.known_since)
             RETURNING known_since"
        );
        let Some(bound) = client.query_opt(&sql, &[&org, &most]).await? else {
            continue;
        };
        let bound: DateTime<Utc> = bound.try_get(0)?;
        let sql = "DELETE FROM past_rows WHERE id = ANY(ARRAY(
                       SELECT id FROM past_rows WHERE org_id = $1 AND until_at <= $2 ORDER BY until_at LIMIT $3))";
        removal.remove(client, sql, &[&org, &bound, &AT_ONCE]).await?;
    }
    Ok(())
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

    /// How many rows go so that no organisation has more than `most`.
    async fn uncrowded(client: &deadpool_postgres::Client, most: i64) -> u64 {
        let mut removal = Removal::of(MAX_STATEMENTS);
        crowded(client, most, &mut removal).await.unwrap();
        assert!(removal.is_done);
        removal.rows
    }

    #[tokio::test]
    async fn what_is_older_than_it_is_kept_goes() {
        let client = client().await;
        let before = known_since(&client, Scope::organisation(ORG)).await.unwrap();
        let day = 24 * 60;
        keep(&client, 1, shared::now(), &[89 * day, 91 * day, 400 * day]).await;
        let sql = "INSERT INTO past_bounds VALUES (1, now() - interval '91 days')";
        client.execute(sql, &[]).await.unwrap();
        let overdue = overdue_seconds(&client).await.unwrap();
        assert!((310.0..=310.1).contains(&(overdue / 86_400.0)), "{overdue}");
        let purged = purge(&client).await.unwrap();
        let (rows, is_done) = (2, true);
        assert_eq!(purged, Purged { rows, is_done });
        assert_eq!(left(&client).await, [(1, (89 * day).to_string())]);
        assert_eq!(overdue_seconds(&client).await.unwrap(), 0.0);
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
        assert_eq!(uncrowded(&client, 5).await, 0);
        // The third is of the same transaction as the fourth.
        assert_eq!(uncrowded(&client, 3).await, 3);
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
    async fn an_order_of_routes_counts_as_many_rows() {
        let client = client().await;
        let now = shared::now();
        keep(&client, 1, now, &[1, 2, 3]).await;
        let sql = "UPDATE past_rows SET relation = 'alert_route_order' WHERE row_key = '2'";
        client.execute(sql, &[]).await.unwrap();
        assert_eq!(uncrowded(&client, 22).await, 0);
        assert_eq!(uncrowded(&client, 21).await, 1);
        assert_eq!(uncrowded(&client, 20).await, 1);
        assert_eq!(left(&client).await, [(1, "1".to_owned())]);
    }

    #[tokio::test]
    async fn what_is_more_than_may_be_removed_at_a_time_is_left_for_the_next_time() {
        let client = client().await;
        let sql = "INSERT INTO past_rows (org_id, relation, row_key, until_at)
                   SELECT 1, 'teams', n::text, now() - interval '91 days' FROM generate_series(1, $1::bigint) AS n";
        client.execute(sql, &[&(2 * AT_ONCE + 1)]).await.unwrap();
        let sql = "DELETE FROM past_rows WHERE id IN (SELECT id FROM past_rows ORDER BY until_at LIMIT $1)";
        let mut removal = Removal::of(2);
        removal.remove(&client, sql, &[&AT_ONCE]).await.unwrap();
        assert_eq!(removal.rows, 2 * AT_ONCE.unsigned_abs());
        assert!(!removal.is_done);
        // There is no room for anything else, and nothing is taken for done.
        removal.is_done = true;
        removal.remove(&client, sql, &[&AT_ONCE]).await.unwrap();
        assert!(!removal.is_done);
        let (rows, is_done) = (1, true);
        assert_eq!(purge(&client).await.unwrap(), Purged { rows, is_done });
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
