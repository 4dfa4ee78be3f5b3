//! Every definition that maintenance windows, alert routes, escalation policies and on-call schedules have had. A trigger keeps
//! it, whatever statement changes the row; here is read what was kept.

use api::VersionAuthor;
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::Timestamp;
use tokio_postgres::Row;

use super::error::StoreError;
use super::scope::sees_everything;
use super::{Scope, version_authors};

/// A row of a table of which versions are kept. A version is read as the row is, with the columns of the definition as they
/// were; all others are those of now.
pub(crate) trait Kept: Sized {
    /// What it is called in `definition_versions`.
    const KIND: &'static str;
    /// Its table.
    const TABLE: &'static str;

    /// The columns that [`Kept::of_row`] reads of a row `w`, as the parameters `org` and `who` see it.
    fn columns(org: usize, who: usize) -> String;

    /// The condition that a row `w` is seen. A version of which that is not so is not there.
    fn is_seen(org: usize, who: usize) -> String {
        sees_everything(org, who)
    }

    /// Reads these columns.
    fn of_row(row: &Row) -> Result<Self, StoreError>;
}

/// A definition that a row has or had.
#[derive(Clone, Debug)]
pub(crate) struct Version<D> {
    pub(crate) number: i32,
    pub(crate) from: Timestamp,
    /// None while it holds.
    pub(crate) until: Option<Timestamp>,
    /// None where nobody knows any more, where it was somebody who has left, and for who is narrowed to tags.
    pub(crate) author: Option<VersionAuthor>,
    pub(crate) restored: Option<i32>,
    pub(crate) definition: D,
}

impl<D: Kept> Version<D> {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let until: Option<DateTime<Utc>> = row.try_get("until_at")?;
        Ok(Self {
            number: row.try_get("number")?,
            from: row.try_get::<_, DateTime<Utc>>("from_at")?.into(),
            until: until.map(Timestamp::from),
            author: version_authors::read(row)?,
            restored: row.try_get("restored")?,
            definition: D::of_row(row)?,
        })
    }
}

/// The versions of the row `$1` of the organisation `$2`, as far as `$3` sees it. What holds is the row's; one of which nothing
/// was kept is from before definitions were, and has not been changed since. What somebody is called who has left the
/// organisation is theirs.
fn select<D: Kept>() -> String {
    format!(
        "SELECT {columns}, coalesce(v.version, 1) AS number,
                coalesce(v.from_at, least(o.updated_at, (SELECT b.at FROM definition_versions_begun b))) AS from_at,
                v.until_at, v.made_by, v.restored, {author} AS author
         FROM {table} o
         LEFT JOIN definition_versions v ON v.kind = '{kind}' AND v.object_id = o.id AND v.org_id = o.org_id
         LEFT JOIN users u ON u.id = v.user_id
             AND EXISTS (SELECT FROM memberships p WHERE p.org_id = v.org_id AND p.user_id = u.id)
         CROSS JOIN LATERAL jsonb_populate_record(o, coalesce(v.definition, '{{}}')) AS w
         WHERE o.id = $1 AND o.org_id = $2 AND {is_seen}",
        columns = D::columns(2, 3),
        author = version_authors::name(2, 3),
        table = D::TABLE,
        kind = D::KIND,
        is_seen = D::is_seen(2, 3),
    )
}

/// The versions of a row before the one with the number `before`, the latest first: at most `limit`, and the one after the
/// last of them, with which that is compared. The trigger bounds how much that can be.
pub(crate) async fn page<D: Kept>(
    client: &impl GenericClient,
    scope: Scope,
    id: i64,
    before: Option<i32>,
    limit: usize,
) -> Result<Vec<Version<D>>, StoreError> {
    let sql = format!(
        "{} AND ($4::integer IS NULL OR coalesce(v.version, 1) < $4) ORDER BY coalesce(v.version, 1) DESC LIMIT $5",
        select::<D>()
    );
    let statement = client.prepare_cached(&sql).await?;
    let most = limit as i64 + 1;
    let rows = client
        .query(&statement, &[&id, scope.org_id(), &scope.who(), &before, &most])
        .await?;
    rows.iter().map(Version::read).collect()
}

/// Those of these versions of a row that are kept, the latest first.
pub(crate) async fn some<D: Kept>(
    client: &impl GenericClient,
    scope: Scope,
    id: i64,
    numbers: &[i32],
) -> Result<Vec<Version<D>>, StoreError> {
    let sql = format!(
        "{} AND coalesce(v.version, 1) = ANY($4) ORDER BY coalesce(v.version, 1) DESC",
        select::<D>()
    );
    let statement = client.prepare_cached(&sql).await?;
    let rows = client
        .query(&statement, &[&id, scope.org_id(), &scope.who(), &numbers])
        .await?;
    rows.iter().map(Version::read).collect()
}

/// A version of a row.
///
/// # Errors
/// When it is not kept, or not seen.
pub(crate) async fn find<D: Kept>(
    client: &impl GenericClient,
    scope: Scope,
    id: i64,
    number: i32,
) -> Result<Version<D>, StoreError> {
    let found = some::<D>(client, scope, id, &[number]).await?;
    found.into_iter().next().ok_or(StoreError::NotFound("version"))
}

/// Removes [what ended long ago](super::purge::ended_versions).
pub(crate) async fn purge(client: &impl GenericClient) -> Result<u64, tokio_postgres::Error> {
    super::purge::ended_versions(client, "definition_versions").await
}

#[cfg(test)]
mod tests {
    use shared::postgres::PostgresSettings;

    use super::*;

    #[tokio::test]
    async fn what_ended_long_ago_goes_and_what_holds_stays() {
        let settings = PostgresSettings::from_url(&testkit::database().await);
        let pool = shared::postgres::pool(&settings).unwrap();
        let client = pool.get().await.unwrap();
        client
            .batch_execute(
                "INSERT INTO organisations (name) VALUES ('one');
                 INSERT INTO escalation_policies (org_id, name, plan, created_at)
                     VALUES (1, 'a', '{}', now() - interval '500 days');
                 UPDATE escalation_policies SET name = 'b';
                 UPDATE escalation_policies SET name = 'c';
                 UPDATE definition_versions SET until_at = now() - interval '401 days' WHERE version = 1;
                 UPDATE definition_versions SET until_at = now() - interval '399 days' WHERE version = 2;
                 UPDATE definition_versions SET from_at = now() - interval '600 days' WHERE version = 3",
            )
            .await
            .unwrap();
        assert_eq!(purge(&client).await.unwrap(), 1);
        let sql = "SELECT version, definition->>'name' FROM definition_versions ORDER BY 1";
        let rows = client.query(sql, &[]).await.unwrap();
        let left: Vec<(i32, Option<String>)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        assert_eq!(left, [(2, Some("b".to_owned())), (3, None)]);
    }

    #[tokio::test]
    async fn however_large_the_one_before_is_it_stays() {
        let settings = PostgresSettings::from_url(&testkit::database().await);
        let pool = shared::postgres::pool(&settings).unwrap();
        let client = pool.get().await.unwrap();
        client
            .batch_execute(
                "INSERT INTO organisations (name) VALUES ('one');
                 INSERT INTO escalation_policies (org_id, name, plan) VALUES (1, 'a', '{}');
                 UPDATE escalation_policies SET plan = jsonb_build_object('x', repeat('x', 3000000));
                 UPDATE escalation_policies SET name = 'b'",
            )
            .await
            .unwrap();
        let sql = "SELECT array_agg(version ORDER BY version) FROM definition_versions";
        let kept: Vec<i32> = client.query_one(sql, &[]).await.unwrap().get(0);
        assert_eq!(kept, [2, 3]);
        // Those before it are kept as far as they fit into 256 KiB together.
        for size in [100_000, 90_000, 80_000, 1] {
            let sql =
                format!("UPDATE escalation_policies SET plan = jsonb_build_object('x', repeat('x', {size}))");
            client.batch_execute(&sql).await.unwrap();
        }
        let sql = "SELECT array_agg(version ORDER BY version) FROM definition_versions";
        let kept: Vec<i32> = client.query_one(sql, &[]).await.unwrap().get(0);
        assert_eq!(kept, [5, 6, 7]);
        client
            .batch_execute("UPDATE escalation_policies SET name = 'c'; DELETE FROM escalation_policies")
            .await
            .unwrap();
        let sql = "SELECT count(*) FROM definition_versions";
        assert_eq!(client.query_one(sql, &[]).await.unwrap().get::<_, i64>(0), 0);
    }
}
