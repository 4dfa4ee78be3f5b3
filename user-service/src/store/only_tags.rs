//! To which tags members, API keys and invitations are narrowed: `member_tags`, `api_key_tags`, `invitation_tags`.

use std::collections::HashSet;

use deadpool_postgres::{GenericClient, Transaction};
use domain::MonitorId;
use domain::monitor::FieldError;
use uuid::Uuid;

use super::Scope;
use super::error::StoreError;
use super::scope::{sees, sees_everything};

/// What is said of tags by which somebody's access is narrowed, to who is narrowed too.
pub(crate) const KEPT: &str = "must keep the tags by which access is narrowed as they are";

/// Whose access is narrowed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Narrowed {
    /// A member, by the user's id.
    Member(i64),
    /// An API key.
    Key(i64),
    /// An invitation.
    Invitation(Uuid),
}

/// The names of the tags of a member `m`, in SQL; null for one who is not narrowed.
pub(crate) const OF_MEMBER: &str = "CASE WHEN m.narrowed THEN ARRAY(
    SELECT t.name FROM member_tags x JOIN tags t ON t.id = x.tag_id
    WHERE x.org_id = m.org_id AND x.user_id = m.user_id ORDER BY lower(t.name)) END AS only_tags";

/// The same of an API key `k`.
pub(crate) const OF_KEY: &str = "CASE WHEN k.narrowed THEN ARRAY(
    SELECT t.name FROM api_key_tags x JOIN tags t ON t.id = x.tag_id
    WHERE x.api_key_id = k.id ORDER BY lower(t.name)) END AS only_tags";

/// The same of an invitation `i`.
pub(crate) const OF_INVITATION: &str = "CASE WHEN i.narrowed THEN ARRAY(
    SELECT t.name FROM invitation_tags x JOIN tags t ON t.id = x.tag_id
    WHERE x.invitation_id = i.id ORDER BY lower(t.name)) END AS only_tags";

/// Notes the tags of somebody whose row says already whether it is narrowed, once it is the
/// [turn](Scope::take_turn) of the transaction: no tag goes meanwhile.
///
/// # Errors
/// 422 (`only_tags`) for a tag that there is not.
pub(crate) async fn set(
    tx: &Transaction<'_>,
    scope: Scope,
    of: Narrowed,
    names: Option<&[String]>,
) -> Result<(), StoreError> {
    let ids = ids(tx, scope, names.unwrap_or_default()).await?;
    match of {
        Narrowed::Member(user) => {
            let sql = "DELETE FROM member_tags WHERE org_id = $1 AND user_id = $2";
            tx.execute(sql, &[scope.org_id(), &user]).await?;
            let sql = "INSERT INTO member_tags (org_id, user_id, tag_id) SELECT $1, $2, unnest($3::bigint[])";
            tx.execute(sql, &[scope.org_id(), &user, &ids]).await?;
        }
        Narrowed::Key(key) => {
            let sql = "INSERT INTO api_key_tags (api_key_id, tag_id) SELECT $1, unnest($2::bigint[])";
            tx.execute(sql, &[&key, &ids]).await?;
        }
        Narrowed::Invitation(id) => {
            let sql = "INSERT INTO invitation_tags (invitation_id, tag_id) SELECT $1, unnest($2::bigint[])";
            tx.execute(sql, &[&id, &ids]).await?;
        }
    }
    Ok(())
}

async fn ids(tx: &Transaction<'_>, scope: Scope, names: &[String]) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT given.name, t.id FROM unnest($2::text[]) AS given (name)
               LEFT JOIN tags t ON t.org_id = $1 AND lower(t.name) = lower(given.name)";
    let (mut ids, mut unknown) = (Vec::with_capacity(names.len()), Vec::new());
    for row in tx.query(sql, &[scope.org_id(), &names]).await? {
        match row.try_get::<_, Option<i64>>(1)? {
            Some(id) => ids.push(id),
            None => unknown.push(there_is_no("only_tags", row.try_get(0)?)),
        }
    }
    match unknown.is_empty() {
        true => Ok(ids),
        false => Err(StoreError::Invalid(unknown)),
    }
}

fn there_is_no(field: &str, name: &str) -> FieldError {
    FieldError::new(field, format!("there is no tag {name:?}"))
}

/// Who is narrowed to a tag.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NarrowedTo {
    pub(crate) members: i64,
    pub(crate) keys: i64,
    pub(crate) invitations: i64,
}

/// How many are narrowed to a tag.
pub(crate) async fn count_narrowed_to(
    tx: &Transaction<'_>,
    scope: Scope,
    tag: i64,
) -> Result<NarrowedTo, StoreError> {
    let sql = "SELECT
            (SELECT count(*) FROM member_tags x WHERE x.org_id = $1 AND x.tag_id = $2),
            (SELECT count(*) FROM api_key_tags x JOIN api_keys k ON k.id = x.api_key_id
             WHERE k.org_id = $1 AND x.tag_id = $2),
            (SELECT count(*) FROM invitation_tags x JOIN member_invitations i ON i.id = x.invitation_id
             WHERE i.org_id = $1 AND x.tag_id = $2)";
    let row = tx.query_one(sql, &[scope.org_id(), &tag]).await?;
    Ok(NarrowedTo {
        members: row.try_get(0)?,
        keys: row.try_get(1)?,
        invitations: row.try_get(2)?,
    })
}

/// Who is narrowed to a tag, as people call them; at most some.
pub(crate) async fn names_narrowed_to(
    tx: &Transaction<'_>,
    scope: Scope,
    tag: i64,
) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT who FROM (
            SELECT 1 AS kind, 'the member ' || u.name AS who FROM member_tags x JOIN users u ON u.id = x.user_id
            WHERE x.org_id = $1 AND x.tag_id = $2
            UNION ALL
            SELECT 2, 'the API key ' || k.name FROM api_key_tags x JOIN api_keys k ON k.id = x.api_key_id
            WHERE k.org_id = $1 AND x.tag_id = $2
            UNION ALL
            SELECT 3, 'the invitation of ' || i.email
            FROM invitation_tags x JOIN member_invitations i ON i.id = x.invitation_id
            WHERE i.org_id = $1 AND x.tag_id = $2) AS narrowed ORDER BY kind, who LIMIT 10";
    let rows = tx.query(sql, &[scope.org_id(), &tag]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Those of `names` that a monitor may not be given by who is narrowed: only what is seen already is, so that nobody
/// finds out which other tags there are.
pub(crate) async fn unseen(
    tx: &Transaction<'_>,
    scope: Scope,
    names: &[String],
) -> Result<Vec<FieldError>, StoreError> {
    let sql = format!(
        "SELECT given.name FROM unnest($3::text[]) AS given (name) WHERE NOT EXISTS (
             SELECT FROM tags t WHERE t.org_id = $1 AND lower(t.name) = lower(given.name) AND {})",
        sees_tag("t.id", 1, 2)
    );
    let rows = tx.query(&sql, &[scope.org_id(), &scope.who(), &names]).await?;
    rows.iter()
        .map(|row| Ok(there_is_no("tags", row.try_get(0)?)))
        .collect()
}

/// The condition, in SQL, that a tag is seen by who is narrowed: it is one of theirs, or on a monitor that they see.
pub(crate) fn sees_tag(tag: &str, org: usize, who: usize) -> String {
    format!(
        "(EXISTS (SELECT FROM member_tags x WHERE x.org_id = ${org} AND x.user_id = (${who}::bigint[])[1]
                      AND x.tag_id = {tag} AND (${who}::bigint[])[2] IS NULL)
          OR EXISTS (SELECT FROM api_key_tags x WHERE x.api_key_id = (${who}::bigint[])[2] AND x.tag_id = {tag})
          OR EXISTS (SELECT FROM monitor_tags mt JOIN monitors m ON m.id = mt.monitor_id
                     WHERE mt.tag_id = {tag} AND m.deleted_at IS NULL AND {}))",
        sees("mt.monitor_id", org, who)
    )
}

/// The condition, in SQL, that a tag is seen, by whomever.
pub(crate) fn sees_tag_or_everything(tag: &str, org: usize, who: usize) -> String {
    format!("({} OR {})", sees_everything(org, who), sees_tag(tag, org, who))
}

/// The tags of a monitor to which somebody is narrowed.
pub(crate) async fn narrowing(
    tx: &Transaction<'_>,
    scope: Scope,
    monitor: MonitorId,
) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT mt.tag_id FROM monitor_tags mt JOIN tags t ON t.id = mt.tag_id
               WHERE mt.monitor_id = $2 AND t.org_id = $1
                 AND (EXISTS (SELECT FROM member_tags x WHERE x.tag_id = mt.tag_id)
                      OR EXISTS (SELECT FROM api_key_tags x WHERE x.tag_id = mt.tag_id)
                      OR EXISTS (SELECT FROM invitation_tags x WHERE x.tag_id = mt.tag_id))
               ORDER BY mt.tag_id";
    let rows = tx.query(sql, &[scope.org_id(), &monitor.0]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// The names of all tags to which somebody is narrowed, and those of `names` that mean one of them.
pub(crate) async fn narrowing_names(
    tx: &Transaction<'_>,
    scope: Scope,
    names: &[String],
) -> Result<HashSet<String>, StoreError> {
    let sql = "SELECT t.name, given.name FROM tags t
               LEFT JOIN unnest($2::text[]) AS given (name) ON lower(given.name) = lower(t.name)
               WHERE t.org_id = $1
                 AND (EXISTS (SELECT FROM member_tags x WHERE x.tag_id = t.id)
                      OR EXISTS (SELECT FROM api_key_tags x WHERE x.tag_id = t.id)
                      OR EXISTS (SELECT FROM invitation_tags x WHERE x.tag_id = t.id))";
    let mut found = HashSet::new();
    for row in tx.query(sql, &[scope.org_id(), &names]).await? {
        found.insert(row.try_get(0)?);
        found.extend(row.try_get::<_, Option<String>>(1)?);
    }
    Ok(found)
}

/// The names of the tags to which who looks is narrowed, an API key before its creator; none where everything is seen.
pub(crate) async fn of_caller(
    client: &impl GenericClient,
    scope: Scope,
) -> Result<Option<Vec<String>>, StoreError> {
    if scope.sees_everything(client).await? {
        return Ok(None);
    }
    let [_, key] = scope.who() else {
        return Ok(Some(Vec::new()));
    };
    let sql = format!("SELECT {OF_KEY} FROM api_keys k WHERE k.org_id = $1 AND k.id = $2");
    if let Some(row) = client.query_opt(&sql, &[scope.org_id(), key]).await?
        && let Some(names) = row.try_get::<_, Option<Vec<String>>>(0)?
    {
        return Ok(Some(names));
    }
    let sql = format!(
        "SELECT {OF_MEMBER} FROM memberships m WHERE m.org_id = $1 AND m.user_id = ($2::bigint[])[1]"
    );
    let row = client.query_opt(&sql, &[scope.org_id(), &scope.who()]).await?;
    let names = row
        .map(|row| row.try_get::<_, Option<Vec<String>>>(0))
        .transpose()?;
    Ok(Some(names.flatten().unwrap_or_default()))
}

/// The monitors that somebody sees who is narrowed, also those that were removed; none where everything is seen.
pub(crate) async fn monitors(
    client: &impl GenericClient,
    scope: Scope,
) -> Result<Option<Vec<MonitorId>>, StoreError> {
    if scope.sees_everything(client).await? {
        return Ok(None);
    }
    let sql = format!(
        "SELECT m.id FROM monitors m WHERE m.org_id = $1 AND {} ORDER BY m.id",
        sees("m.id", 1, 2)
    );
    let rows = client.query(&sql, &[scope.org_id(), &scope.who()]).await?;
    let read = |row: &tokio_postgres::Row| Ok(MonitorId(row.try_get(0)?));
    rows.iter().map(read).collect::<Result<_, _>>().map(Some)
}
