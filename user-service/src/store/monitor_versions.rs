//! Every definition that a monitor has had. A trigger keeps it, whatever statement changes the monitor; here is read what was
//! kept.

use api::VersionAuthor;
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::monitor::Spec;
use domain::{MonitorId, Timestamp};
use futures_util::TryStreamExt as _;
use shared::crypto::Keyring;
use shared::postgres::Stored;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::error::StoreError;
use super::scope::sees;
use super::{Scope, monitor_seal, version_authors};

/// Rows of a page in bytes, after which it ends: each may have 64 KiB.
const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// The versions of the monitor `$1` of the organisation `$2`, as far as `$3` sees it. What holds is the monitor's; a monitor
/// without a row is from before definitions were kept, and has not been changed since. What somebody is called who has left
/// the organisation is theirs.
const VERSIONS: &str = "
    FROM monitors m
    LEFT JOIN monitor_versions v ON v.monitor_id = m.id AND v.org_id = m.org_id
    LEFT JOIN users u ON u.id = v.user_id
        AND EXISTS (SELECT FROM memberships p WHERE p.org_id = v.org_id AND p.user_id = u.id)
    WHERE m.id = $1 AND m.org_id = $2 AND m.deleted_at IS NULL";

/// The columns of [`VERSIONS`].
fn columns() -> String {
    format!(
        "coalesce(v.version, 1) AS version,
         coalesce(v.from_at, least(m.updated_at, (SELECT b.at FROM monitor_versions_begun b))) AS from_at,
         v.until_at, v.made_by, v.restored,
         {} AS author,
         CASE WHEN v.until_at IS NULL THEN m.name ELSE v.name END AS name,
         CASE WHEN v.until_at IS NULL THEN m.spec ELSE v.spec END AS spec,
         CASE WHEN v.until_at IS NULL THEN m.sealed_spec ELSE v.sealed_spec END AS sealed_spec",
        version_authors::name(2, 3)
    )
}

/// A definition that a monitor has or had.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) version: i32,
    pub(crate) from: Timestamp,
    /// None while it holds.
    pub(crate) until: Option<Timestamp>,
    /// None where nobody knows any more, where it was somebody who has left, and for who is narrowed to tags.
    pub(crate) author: Option<VersionAuthor>,
    pub(crate) restored: Option<i32>,
    pub(crate) name: String,
    pub(crate) spec: Stored<Spec>,
}

impl Version {
    fn read(
        row: &Row,
        keyring: &Keyring,
        scope: Scope,
        id: MonitorId,
    ) -> Result<Self, tokio_postgres::Error> {
        let until: Option<DateTime<Utc>> = row.try_get("until_at")?;
        let sealed: Option<&[u8]> = row.try_get("sealed_spec")?;
        Ok(Self {
            version: row.try_get("version")?,
            from: row.try_get::<_, DateTime<Utc>>("from_at")?.into(),
            until: until.map(Timestamp::from),
            author: version_authors::read(row)?,
            restored: row.try_get("restored")?,
            name: row.try_get("name")?,
            spec: monitor_seal::open(row.try_get("spec")?, sealed, keyring, scope.org(), id),
        })
    }
}

/// The versions of a monitor before the one with the number `before`, the latest first: at most `limit`, and not many more
/// bytes than a page may have. The one after the last of them, with which that is compared, is added where there is one;
/// answers how many are of the page.
pub(crate) async fn page(
    client: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    id: MonitorId,
    before: Option<i32>,
    limit: usize,
) -> Result<(Vec<Version>, usize), StoreError> {
    let sql = format!(
        "SELECT {} {VERSIONS} AND {} AND ($4::integer IS NULL OR coalesce(v.version, 1) < $4)
         ORDER BY coalesce(v.version, 1) DESC LIMIT $5",
        columns(),
        sees("m.id", 2, 3)
    );
    let statement = client.prepare_cached(&sql).await?;
    let (who, most) = (scope.who(), limit as i64 + 1);
    let parameters: [&(dyn ToSql + Sync); 5] = [&id.0, scope.org_id(), &who, &before, &most];
    let mut rows = std::pin::pin!(client.query_raw(&statement, parameters).await?);
    let (mut versions, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.try_next().await? {
        versions.push(Version::read(&row, keyring, scope, id)?);
        if versions.len() > limit || (versions.len() > 1 && bytes >= MAX_PAGE_BYTES) {
            let of_page = versions.len() - 1;
            return Ok((versions, of_page));
        }
        bytes += row.raw_size_bytes();
    }
    let of_page = versions.len();
    Ok((versions, of_page))
}

/// The latest version of a monitor that is kept from before the one with this number; what a pause or its end has made may
/// be gone between the two.
pub(crate) async fn before(
    client: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    id: MonitorId,
    version: i32,
) -> Result<Option<Version>, StoreError> {
    let (found, _) = page(client, keyring, scope, id, Some(version), 1).await?;
    Ok(found.into_iter().next())
}

/// Those of these versions of a monitor that are kept, the latest first.
pub(crate) async fn some(
    client: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    id: MonitorId,
    versions: &[i32],
) -> Result<Vec<Version>, StoreError> {
    let sql = format!(
        "SELECT {} {VERSIONS} AND {} AND coalesce(v.version, 1) = ANY($4) ORDER BY coalesce(v.version, 1) DESC",
        columns(),
        sees("m.id", 2, 3)
    );
    let statement = client.prepare_cached(&sql).await?;
    let rows = client
        .query(&statement, &[&id.0, scope.org_id(), &scope.who(), &versions])
        .await?;
    let read = |row: &Row| Ok(Version::read(row, keyring, scope, id)?);
    rows.iter().map(read).collect()
}

/// A version of a monitor.
///
/// # Errors
/// When it is not kept, or the monitor is not seen.
pub(crate) async fn find(
    client: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    id: MonitorId,
    version: i32,
) -> Result<Version, StoreError> {
    let found = some(client, keyring, scope, id, &[version]).await?;
    found.into_iter().next().ok_or(StoreError::NotFound("version"))
}

/// Removes [what ended long ago](super::purge::ended_versions).
pub(crate) async fn purge(client: &impl GenericClient) -> Result<u64, tokio_postgres::Error> {
    super::purge::ended_versions(client, "monitor_versions").await
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
                 INSERT INTO monitors (org_id, name, spec, created_at)
                     VALUES (1, 'a', '{}', now() - interval '500 days'), (1, 'b', '{}', now());
                 UPDATE monitors SET name = 'c';
                 UPDATE monitors SET name = 'd';
                 UPDATE monitor_versions SET until_at = now() - interval '401 days' WHERE version = 1 AND monitor_id = 1;
                 UPDATE monitor_versions SET until_at = now() - interval '399 days' WHERE version = 2 AND monitor_id = 1;
                 UPDATE monitor_versions SET from_at = now() - interval '399 days' WHERE version = 3 AND monitor_id = 1",
            )
            .await
            .unwrap();
        // Who changes many monitors holds the versions of some and waits for others.
        let mut editor = pool.get().await.unwrap();
        let editing = editor.transaction().await.unwrap();
        let hold = "SELECT FROM monitor_versions WHERE monitor_id = 1 FOR UPDATE";
        editing.execute(hold, &[]).await.unwrap();
        assert_eq!(purge(&client).await.unwrap(), 0);
        editing.rollback().await.unwrap();
        assert_eq!(purge(&client).await.unwrap(), 1);
        let sql = "SELECT monitor_id, version, until_at IS NULL FROM monitor_versions ORDER BY 1, 2";
        let rows = client.query(sql, &[]).await.unwrap();
        let left: Vec<(i64, i32, bool)> = rows
            .iter()
            .map(|row| (row.get(0), row.get(1), row.get(2)))
            .collect();
        let expected = [
            (1, 2, false),
            (1, 3, true),
            (2, 1, false),
            (2, 2, false),
            (2, 3, true),
        ];
        assert_eq!(left, expected);
    }
}
