//! Rows of `calendar_feeds`: addresses at which calendars read shifts.

use api::CalendarFeed;
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::{OrgId, Timestamp, UserId};
use tokio_postgres::Row;

use super::Scope;
use super::error::StoreError;
use crate::rules::mailed_token::MailedToken;

/// Feeds of a member in an organisation, at most.
const MAX_FEEDS: i64 = 20;

const COLUMNS: &str = "f.id, f.schedule_id, f.created_at, f.read_at,
    (SELECT s.name FROM on_call_schedules s WHERE s.id = f.schedule_id) AS schedule_name";

fn read(row: &Row) -> Result<CalendarFeed, StoreError> {
    let at = |column| {
        let at: Option<DateTime<Utc>> = row.try_get(column)?;
        Ok::<_, tokio_postgres::Error>(at.map(Timestamp::from))
    };
    Ok(CalendarFeed {
        id: row.try_get("id")?,
        schedule_id: row.try_get("schedule_id")?,
        schedule_name: row.try_get("schedule_name")?,
        created_at: at("created_at")?.unwrap_or_default(),
        read_at: at("read_at")?,
    })
}

/// The feeds of a member.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    user: i64,
) -> Result<Vec<CalendarFeed>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM calendar_feeds f WHERE f.org_id = $1 AND f.user_id = $2 ORDER BY f.id"
    );
    let rows = client.query(&sql, &[scope.org_id(), &user]).await?;
    rows.iter().map(read).collect()
}

/// Adds a feed.
///
/// # Errors
/// 409 when the member has as many as they may have.
pub(crate) async fn insert(
    tx: &Transaction<'_>,
    scope: Scope,
    user: i64,
    schedule: Option<i64>,
    token: &MailedToken,
) -> Result<CalendarFeed, StoreError> {
    // Those who create some at the same time wait for each other, so that they cannot pass the limit together.
    let sql = "SELECT FROM memberships WHERE org_id = $1 AND user_id = $2 FOR UPDATE";
    tx.query_opt(sql, &[scope.org_id(), &user])
        .await?
        .ok_or(StoreError::NotFound("member"))?;
    let sql = "SELECT count(*) FROM calendar_feeds WHERE org_id = $1 AND user_id = $2";
    let feeds: i64 = tx.query_one(sql, &[scope.org_id(), &user]).await?.try_get(0)?;
    if feeds >= MAX_FEEDS {
        let wrong = format!("you have {feeds} of {MAX_FEEDS} calendar feeds in this organisation");
        return Err(StoreError::Conflict(wrong));
    }
    let sql = format!(
        "INSERT INTO calendar_feeds AS f (org_id, user_id, schedule_id, token_hash) VALUES ($1, $2, $3, $4)
         RETURNING {COLUMNS}"
    );
    let row = tx
        .query_one(&sql, &[scope.org_id(), &user, &schedule, &token.hash()])
        .await?;
    read(&row)
}

/// Removes a feed of a member.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn delete(
    tx: &Transaction<'_>,
    scope: Scope,
    user: i64,
    id: i64,
) -> Result<CalendarFeed, StoreError> {
    let sql = format!(
        "DELETE FROM calendar_feeds f WHERE f.org_id = $1 AND f.user_id = $2 AND f.id = $3 RETURNING {COLUMNS}"
    );
    let row = tx.query_opt(&sql, &[scope.org_id(), &user, &id]).await?;
    read(&row.ok_or(StoreError::NotFound("calendar feed"))?)
}

/// What an address opens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenedFeed {
    id: i64,
    pub(crate) org_id: OrgId,
    pub(crate) user: UserId,
    pub(crate) schedule: Option<i64>,
}

/// The feed whose address has this token; none that was deleted, whose owner has left the organisation, or may not see
/// its schedule any more.
pub(crate) async fn open(
    client: &impl GenericClient,
    token: &MailedToken,
) -> Result<Option<OpenedFeed>, StoreError> {
    let sql = "SELECT f.id, f.org_id, f.user_id, f.schedule_id
               FROM calendar_feeds f JOIN memberships m ON m.org_id = f.org_id AND m.user_id = f.user_id
               WHERE f.token_hash = $1 AND (f.schedule_id IS NULL OR NOT m.narrowed)
                 AND NOT EXISTS (SELECT FROM organisation_deletions gone
                                 WHERE gone.org_id = f.org_id AND gone.cancelled_at IS NULL)";
    let statement = client.prepare_cached(sql).await?;
    let row = client.query_opt(&statement, &[&token.hash()]).await?;
    let opened = row.map(|row| {
        Ok(OpenedFeed {
            id: row.try_get(0)?,
            org_id: OrgId(row.try_get(1)?),
            user: UserId(row.try_get(2)?),
            schedule: row.try_get(3)?,
        })
    });
    opened.transpose()
}

/// Notes that a calendar has fetched a feed; once an hour is enough.
pub(crate) async fn note_read(client: &impl GenericClient, feed: &OpenedFeed) -> Result<(), StoreError> {
    let sql = "UPDATE calendar_feeds SET read_at = now()
               WHERE id = $1 AND (read_at IS NULL OR read_at < now() - interval '1 hour')";
    client.execute(sql, &[&feed.id]).await?;
    Ok(())
}
