//! Rows of `exports` and `export_parts`: archives that somebody has asked for, in sealed parts.

use std::time::Duration;

use api::{Export, ExportPart, ExportStatus, NamedOrganisation};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::OrgId;
use shared::crypto::Keyring;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use uuid::Uuid;

use super::Scope;
use super::error::StoreError;

/// Archives that one person is shown.
const MAX_LISTED: i64 = 50;

/// For how long an archive is lent to the one who makes it, which says every [`RENEWED`] that it is still at it.
const LEASE_SECONDS: f64 = 120.0;

/// How often a lease is renewed.
pub(crate) const RENEWED: Duration = Duration::from_secs(30);

/// How often an archive is begun.
const ATTEMPTS: i32 = 3;

/// How long the password counts that was shown.
const OPEN_SECONDS: f64 = 900.0;

const SELECT: &str =
    "SELECT e.id, e.requested_at, e.expires_at, e.finished_at, e.bytes, e.error, o.id AS org_id,
        o.name AS org_name, (SELECT count(*) FROM export_parts p WHERE p.export_id = e.id)::int AS parts
    FROM exports e LEFT JOIN organisations o ON o.id = e.org_id";

/// What somebody may see: an organisation's archive only who may still make one, with the second factor that it demands.
const MAY_SEE: &str = "e.user_id = $1 AND e.expires_at > now() AND (e.org_id IS NULL OR EXISTS (
        SELECT FROM memberships m JOIN organisations demanding ON demanding.id = m.org_id
        WHERE m.org_id = e.org_id AND m.user_id = $1 AND m.role IN ('owner', 'admin')
          AND (NOT demanding.require_second_factor OR EXISTS (
              SELECT FROM second_factors f WHERE f.user_id = $1 AND f.confirmed_at IS NOT NULL))))";

fn read(row: &Row) -> Result<Export, StoreError> {
    let (bytes, error): (Option<i64>, Option<String>) = (row.try_get("bytes")?, row.try_get("error")?);
    let finished: Option<DateTime<Utc>> = row.try_get("finished_at")?;
    let org: Option<i64> = row.try_get("org_id")?;
    Ok(Export {
        id: row.try_get("id")?,
        organisation: match org {
            None => None,
            Some(id) => Some(NamedOrganisation {
                id: OrgId(id),
                name: row.try_get("org_name")?,
            }),
        },
        status: match (&error, finished) {
            (Some(_), _) => ExportStatus::Failed,
            (None, Some(_)) => ExportStatus::Ready,
            (None, None) => ExportStatus::Pending,
        },
        requested_at: row.try_get::<_, DateTime<Utc>>("requested_at")?.into(),
        expires_at: row.try_get::<_, DateTime<Utc>>("expires_at")?.into(),
        bytes,
        parts: if finished.is_some() {
            row.try_get("parts")?
        } else {
            0
        },
        error,
    })
}

/// The archives that a person has asked for, the latest first.
pub(crate) async fn list(client: &impl GenericClient, user_id: i64) -> Result<Vec<Export>, StoreError> {
    let sql = format!("{SELECT} WHERE {MAY_SEE} ORDER BY e.requested_at DESC, e.id LIMIT $2");
    let rows = client.query(&sql, &[&user_id, &MAX_LISTED]).await?;
    rows.iter().map(read).collect()
}

/// Asks for an archive: of an organisation, or of the account.
///
/// # Errors
/// 409 while another one is made of it.
pub(crate) async fn request(
    tx: &impl GenericClient,
    user_id: i64,
    scope: Option<Scope>,
) -> Result<Export, StoreError> {
    let id = uuid::Builder::from_random_bytes(shared::crypto::random()).into_uuid();
    let org = scope.map(|scope| *scope.org_id());
    let sql = "INSERT INTO exports (id, user_id, org_id) VALUES ($1, $2, $3)";
    if let Err(error) = tx.execute(sql, &[&id, &user_id, &org]).await {
        return Err(match error.code() {
            Some(&SqlState::UNIQUE_VIOLATION) => {
                StoreError::Conflict("an export is being made already: wait until it is ready".to_owned())
            }
            _ => error.into(),
        });
    }
    let row = tx.query_one(&format!("{SELECT} WHERE e.id = $1"), &[&id]).await?;
    read(&row)
}

/// An archive that is to be made.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) id: Uuid,
    /// Who began before and goes on too late changes nothing.
    attempt: i32,
    pub(crate) user_id: i64,
    pub(crate) org: Option<OrgId>,
}

/// Lends an archive that is to be made, and forgets what an attempt before has left. One that was begun too often has
/// failed.
pub(crate) async fn take(client: &impl GenericClient) -> Result<Option<Order>, StoreError> {
    let sql =
        "UPDATE exports SET error = 'it could not be made: try it again, or ask who runs this installation'
               WHERE finished_at IS NULL AND error IS NULL AND attempts >= $1 AND lent_until < now()";
    client.execute(sql, &[&ATTEMPTS]).await?;
    let sql = "UPDATE exports SET lent_until = now() + make_interval(secs => $1), attempts = attempts + 1
               WHERE id = (SELECT id FROM exports
                           WHERE finished_at IS NULL AND error IS NULL AND coalesce(lent_until < now(), true)
                           ORDER BY requested_at LIMIT 1 FOR UPDATE SKIP LOCKED)
               RETURNING id, user_id, org_id, attempts";
    let Some(row) = client.query_opt(sql, &[&LEASE_SECONDS]).await? else {
        return Ok(None);
    };
    let order = Order {
        id: row.try_get("id")?,
        attempt: row.try_get("attempts")?,
        user_id: row.try_get("user_id")?,
        org: row.try_get::<_, Option<i64>>("org_id")?.map(OrgId),
    };
    let sql = "DELETE FROM export_parts WHERE export_id = $1";
    client.execute(sql, &[&order.id]).await?;
    Ok(Some(order))
}

fn context(id: Uuid, number: i32) -> String {
    format!("export/{id}/{number}")
}

/// That an archive is still lent to this attempt: `$1` and `$2` are the order's.
const IS_LENT: &str = "id = $1 AND attempts = $2 AND finished_at IS NULL AND error IS NULL";

/// Says that the archive is still being made; answers false when it is not this attempt's any more.
pub(crate) async fn renew(client: &impl GenericClient, order: &Order) -> Result<bool, StoreError> {
    let sql = format!("UPDATE exports SET lent_until = now() + make_interval(secs => $3) WHERE {IS_LENT}");
    Ok(client
        .execute(&sql, &[&order.id, &order.attempt, &LEASE_SECONDS])
        .await?
        == 1)
}

/// Adds a part; answers false when the archive is not this attempt's any more.
pub(crate) async fn add_part(
    client: &impl GenericClient,
    keyring: &Keyring,
    order: &Order,
    number: i32,
    bytes: &[u8],
) -> Result<bool, StoreError> {
    let sealed = keyring.seal(&context(order.id, number), bytes);
    // Who takes the archive meanwhile waits, and removes the part then.
    let sql = format!(
        "WITH mine AS (SELECT id FROM exports WHERE {IS_LENT} FOR NO KEY UPDATE)
         INSERT INTO export_parts (export_id, number, sealed) SELECT id, $3, $4 FROM mine"
    );
    Ok(client
        .execute(&sql, &[&order.id, &order.attempt, &number, &sealed])
        .await?
        == 1)
}

/// Notes that an archive is complete; it is kept for seven days from now on. Answers false when it is not this attempt's any
/// more.
pub(crate) async fn finish(
    client: &impl GenericClient,
    order: &Order,
    bytes: i64,
) -> Result<bool, StoreError> {
    let sql = format!(
        "UPDATE exports SET finished_at = now(), bytes = $3, expires_at = now() + interval '7 days', lent_until = NULL
         WHERE {IS_LENT}"
    );
    Ok(client.execute(&sql, &[&order.id, &order.attempt, &bytes]).await? == 1)
}

/// Lets a session download an archive.
///
/// # Errors
/// 404 when there is none that is ready.
pub(crate) async fn open(
    client: &impl GenericClient,
    user_id: i64,
    id: Uuid,
    session: Option<Uuid>,
) -> Result<(), StoreError> {
    let sql = format!(
        "UPDATE exports e SET opened_by = $3, opened_until = now() + make_interval(secs => $4)
         WHERE e.id = $2 AND e.finished_at IS NOT NULL AND {MAY_SEE}"
    );
    match client
        .execute(&sql, &[&user_id, &id, &session, &OPEN_SECONDS])
        .await?
    {
        0 => Err(StoreError::NotFound("export")),
        _ => Ok(()),
    }
}

/// A part of an archive; the inner value is none where the session has not opened it.
///
/// # Errors
/// 404 when there is no such part.
pub(crate) async fn part(
    client: &impl GenericClient,
    keyring: &Keyring,
    (user_id, session): (i64, Option<Uuid>),
    id: Uuid,
    number: i32,
) -> Result<Option<ExportPart>, StoreError> {
    let sql = format!(
        "SELECT p.sealed, (SELECT count(*) FROM export_parts a WHERE a.export_id = e.id)::int AS parts,
                e.opened_until > now() AND e.opened_by IS NOT DISTINCT FROM $4 AS is_open
         FROM exports e JOIN export_parts p ON p.export_id = e.id AND p.number = $3
         WHERE e.id = $2 AND e.finished_at IS NOT NULL AND {MAY_SEE}"
    );
    let row = client
        .query_opt(&sql, &[&user_id, &id, &number, &session])
        .await?;
    let row = row.ok_or(StoreError::NotFound("export"))?;
    if row.try_get::<_, Option<bool>>("is_open")? != Some(true) {
        return Ok(None);
    }
    let plain = keyring.open(&context(id, number), row.try_get("sealed")?);
    let plain = plain.map_err(|error| StoreError::Unreadable(error.to_string()))?;
    Ok(Some(ExportPart {
        number,
        parts: row.try_get("parts")?,
        data: STANDARD.encode(plain),
    }))
}

/// Removes archives that are too old.
pub(crate) async fn purge(client: &impl GenericClient) -> Result<u64, tokio_postgres::Error> {
    let sql = "DELETE FROM exports WHERE expires_at <= now()";
    client.execute(sql, &[]).await
}
