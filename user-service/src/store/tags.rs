//! Rows of `tags` and `monitor_tags`.

use std::collections::{HashMap, HashSet};

use api::{LimitKey, Tag, TagColour};
use deadpool_postgres::{GenericClient, Transaction};
use domain::MonitorId;
use domain::monitor::FieldError;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;

use super::Scope;
use super::error::StoreError;
use super::limits;
use super::only_tags::{self, sees_tag_or_everything};
use super::scope::sees;

/// With the number of monitors that are seen. To who is narrowed a tag is there that is one of theirs, or is on such a
/// monitor.
fn select() -> String {
    format!(
        "SELECT t.id, t.name, t.colour, t.version,
             (SELECT count(*) FROM monitor_tags mt JOIN monitors m ON m.id = mt.monitor_id
              WHERE mt.tag_id = t.id AND m.deleted_at IS NULL AND {}) AS monitors
         FROM tags t WHERE t.org_id = $1 AND {}",
        sees("m.id", 1, 2),
        sees_tag_or_everything("t.id", 1, 2),
    )
}

fn read(row: &Row) -> Result<Tag, StoreError> {
    Ok(Tag {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        colour: TagColour::parse(row.try_get("colour")?),
        monitors: row.try_get("monitors")?,
        version: row.try_get("version")?,
    })
}

/// The tags that are seen of an organisation, by name.
pub(crate) async fn all(client: &impl GenericClient, scope: Scope) -> Result<Vec<Tag>, StoreError> {
    let sql = format!("{} ORDER BY lower(t.name)", select());
    let rows = client.query(&sql, &[scope.org_id(), &scope.who()]).await?;
    rows.iter().map(read).collect()
}

/// A tag of an organisation, once it is the [turn](Scope::take_turn) of the transaction.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn find(tx: &Transaction<'_>, scope: Scope, id: i64) -> Result<Tag, StoreError> {
    let sql = format!("{} AND t.id = $3", select());
    let row = tx.query_opt(&sql, &[scope.org_id(), &scope.who(), &id]).await?;
    read(&row.ok_or(StoreError::NotFound("tag"))?)
}

/// Adds a tag, once it is the turn of the transaction.
///
/// # Errors
/// 409 when there is one of that name, or as many as there may be.
pub(crate) async fn insert(
    tx: &Transaction<'_>,
    scope: Scope,
    name: &str,
    colour: TagColour,
) -> Result<Tag, StoreError> {
    limits::require_fixed_room(tx, scope, LimitKey::Tags, 1).await?;
    let sql = "INSERT INTO tags (org_id, name, colour) VALUES ($1, $2, $3) RETURNING id";
    let made = tx
        .query_one(sql, &[scope.org_id(), &name, &colour.as_str()])
        .await;
    let row = made.map_err(taken)?;
    find(tx, scope, row.try_get(0)?).await
}

/// Changes a tag.
///
/// # Errors
/// 409 when another one has that name.
pub(crate) async fn update(
    tx: &Transaction<'_>,
    scope: Scope,
    id: i64,
    name: &str,
    colour: TagColour,
) -> Result<Tag, StoreError> {
    let sql = "UPDATE tags SET name = $3, colour = $4, version = version + 1 WHERE org_id = $1 AND id = $2";
    let changed = tx
        .execute(sql, &[scope.org_id(), &id, &name, &colour.as_str()])
        .await;
    changed.map_err(taken)?;
    find(tx, scope, id).await
}

/// Removes a tag.
pub(crate) async fn delete(tx: &Transaction<'_>, scope: Scope, id: i64) -> Result<(), StoreError> {
    let sql = "DELETE FROM tags WHERE org_id = $1 AND id = $2";
    tx.execute(sql, &[scope.org_id(), &id]).await?;
    Ok(())
}

fn taken(error: tokio_postgres::Error) -> StoreError {
    match error.code() {
        Some(&SqlState::UNIQUE_VIOLATION) => StoreError::Taken {
            field: "name",
            message: "is that of another tag",
        },
        _ => error.into(),
    }
}

/// The names of each monitor's tags, in alphabetical order.
pub(crate) async fn of_monitors(
    client: &impl GenericClient,
    monitors: &[i64],
) -> Result<HashMap<MonitorId, Vec<String>>, StoreError> {
    let sql = "SELECT mt.monitor_id, array_agg(t.name ORDER BY lower(t.name)) FROM monitor_tags mt
         JOIN tags t ON t.id = mt.tag_id WHERE mt.monitor_id = ANY($1) GROUP BY mt.monitor_id";
    let statement = client.prepare_cached(sql).await?;
    let rows = client.query(&statement, &[&monitors]).await?;
    rows.iter().map(read_names).collect()
}

/// The names that the tags have now which each of these monitors had at the instant to which the transaction
/// [looks back](super::past::look_back); tags that were removed since are not among them, and those that are not seen now
/// neither.
pub(super) async fn of_monitors_then(
    tx: &Transaction<'_>,
    scope: Scope,
    monitors: &[i64],
) -> Result<HashMap<MonitorId, Vec<String>>, StoreError> {
    // Whether a tag is seen is looked up once, however many monitors had it.
    let sql = format!(
        "WITH had AS MATERIALIZED (
             SELECT monitor_id, tag_id FROM past.monitor_tags WHERE monitor_id = ANY($3)
         ), seen AS MATERIALIZED (
             SELECT t.id, t.name FROM tags t
             WHERE t.org_id = $1 AND t.id IN (SELECT tag_id FROM had) AND {}
         )
         SELECT had.monitor_id, array_agg(seen.name ORDER BY lower(seen.name)) FROM had
         JOIN seen ON seen.id = had.tag_id GROUP BY had.monitor_id",
        sees_tag_or_everything("t.id", 1, 2)
    );
    let statement = tx.prepare_cached(&sql).await?;
    let rows = tx
        .query(&statement, &[scope.org_id(), &scope.who(), &monitors])
        .await?;
    rows.iter().map(read_names).collect()
}

fn read_names(row: &Row) -> Result<(MonitorId, Vec<String>), StoreError> {
    Ok((MonitorId(row.try_get(0)?), row.try_get(1)?))
}

/// Gives a locked monitor these tags and no others, and creates those that there are not: the
/// [turn](Scope::take_turn) of the transaction comes before the lock. Answers whether that was a change. Who is narrowed gives
/// the tags that they see, keeps those to which anybody is narrowed as they are, and a new monitor has one of theirs; that is
/// done for one monitor after the other.
///
/// # Errors
/// 409 when there are as many tags as there may be, 422 (`tags`) for what somebody narrowed may not give.
pub(crate) async fn set(
    tx: &Transaction<'_>,
    scope: Scope,
    monitor: MonitorId,
    names: &[String],
) -> Result<bool, StoreError> {
    if scope.sees_everything(tx).await? {
        return set_any(tx, scope, monitor, names).await;
    }
    let unseen = only_tags::unseen(tx, scope, names).await?;
    if !unseen.is_empty() {
        return Err(StoreError::Invalid(unseen));
    }
    let was_seen = scope.sees_monitor(tx, monitor).await?;
    let before = only_tags::narrowing(tx, scope, monitor).await?;
    tx.batch_execute("SAVEPOINT given").await?;
    let changed = set_any(tx, scope, monitor, names).await?;
    let wrong = match was_seen {
        true if before == only_tags::narrowing(tx, scope, monitor).await? => None,
        true => Some(only_tags::KEPT),
        // It was just created.
        false if scope.sees_monitor(tx, monitor).await? => None,
        false => Some("must hold one of the tags to which your access is narrowed"),
    };
    let Some(wrong) = wrong else {
        tx.batch_execute("RELEASE SAVEPOINT given").await?;
        return Ok(changed);
    };
    // The transaction may go on with other monitors.
    tx.batch_execute("ROLLBACK TO SAVEPOINT given; RELEASE SAVEPOINT given")
        .await?;
    Err(StoreError::Invalid(vec![FieldError::new("tags", wrong)]))
}

async fn set_any(
    tx: &Transaction<'_>,
    scope: Scope,
    monitor: MonitorId,
    names: &[String],
) -> Result<bool, StoreError> {
    let changed = set_all(tx, scope, &[(monitor, names)]).await?;
    Ok(changed.contains(&monitor))
}

/// Gives each locked monitor these tags and no others, and creates those that there are not; answers which monitors have
/// other tags now. Who is narrowed is not kept from anything here.
///
/// # Errors
/// 409 when there are as many tags as there may be.
pub(crate) async fn set_all(
    tx: &Transaction<'_>,
    scope: Scope,
    wanted: &[(MonitorId, &[String])],
) -> Result<HashSet<MonitorId>, StoreError> {
    let monitors: Vec<i64> = wanted.iter().map(|(monitor, _)| monitor.0).collect();
    let of_each = |(monitor, names): &(MonitorId, &[String])| {
        let id = monitor.0;
        names.iter().map(|name| (id, name.clone())).collect::<Vec<_>>()
    };
    let (given_to, names): (Vec<i64>, Vec<String>) = wanted.iter().flat_map(of_each).unzip();
    let unknown = "SELECT DISTINCT ON (lower(given.name)) given.name FROM unnest($2::text[]) AS given (name)
                   WHERE NOT EXISTS (SELECT FROM tags t WHERE t.org_id = $1 AND lower(t.name) = lower(given.name))";
    let statement = tx.prepare_cached(unknown).await?;
    let rows = tx.query(&statement, &[scope.org_id(), &names]).await?;
    if !rows.is_empty() {
        let unknown: Vec<String> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        let more = u32::try_from(unknown.len()).unwrap_or(u32::MAX);
        limits::require_fixed_room(tx, scope, LimitKey::Tags, more).await?;
        let sql = "INSERT INTO tags (org_id, name, colour) SELECT $1, name, $3 FROM unnest($2::text[]) AS given (name)
                   ON CONFLICT (org_id, lower(name)) DO NOTHING";
        tx.execute(sql, &[scope.org_id(), &unknown, &TagColour::default().as_str()])
            .await?;
    }
    let wanted = "WITH wanted AS (SELECT given.monitor_id, t.id AS tag_id
                      FROM unnest($2::bigint[], $3::text[]) AS given (monitor_id, name)
                      JOIN tags t ON t.org_id = $1 AND lower(t.name) = lower(given.name))";
    let taken = format!(
        "{wanted} DELETE FROM monitor_tags mt WHERE mt.monitor_id = ANY($4) AND NOT EXISTS (
             SELECT FROM wanted w WHERE w.monitor_id = mt.monitor_id AND w.tag_id = mt.tag_id)
         RETURNING mt.monitor_id"
    );
    let given = format!(
        "{wanted} INSERT INTO monitor_tags (monitor_id, tag_id)
         SELECT w.monitor_id, w.tag_id FROM wanted w WHERE w.monitor_id = ANY($4)
         ON CONFLICT DO NOTHING RETURNING monitor_id"
    );
    let mut changed = HashSet::new();
    for sql in [taken, given] {
        let statement = tx.prepare_cached(&sql).await?;
        let rows = tx
            .query(&statement, &[scope.org_id(), &given_to, &names, &monitors])
            .await?;
        for row in &rows {
            changed.insert(MonitorId(row.try_get(0)?));
        }
    }
    Ok(changed)
}
