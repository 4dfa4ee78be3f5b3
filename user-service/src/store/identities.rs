//! Rows of `identities`: logins of people at other providers.

use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;

use super::error::StoreError;

/// Logins of one account.
const MOST: i64 = 20;

/// A login at a provider that is an account's.
#[derive(Clone, Debug)]
pub(crate) struct Linked {
    pub(crate) id: i64,
    pub(crate) provider: String,
    pub(crate) issuer: String,
    pub(crate) email: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) last_used_at: Option<DateTime<Utc>>,
}

/// A login that is to be an account's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct New<'a> {
    pub(crate) provider: &'a str,
    pub(crate) issuer: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) email: Option<&'a str>,
}

fn read(row: &Row) -> Result<Linked, StoreError> {
    Ok(Linked {
        id: row.try_get("id")?,
        provider: row.try_get("provider")?,
        issuer: row.try_get("issuer")?,
        email: row.try_get("email")?,
        created_at: row.try_get("created_at")?,
        last_used_at: row.try_get("last_used_at")?,
    })
}

/// Whose login it is: the user's id.
pub(crate) async fn owner(
    client: &impl GenericClient,
    issuer: &str,
    subject: &str,
) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT user_id FROM identities WHERE issuer = $1 AND subject = $2";
    let row = client.query_opt(sql, &[&issuer, &subject]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Notes that somebody has signed in with a login; answers its id and the user's, or none when it is nobody's.
pub(crate) async fn used(
    client: &impl GenericClient,
    login: &New<'_>,
) -> Result<Option<(i64, i64)>, StoreError> {
    let sql = "UPDATE identities SET last_used_at = now(), email = COALESCE($3, email)
               WHERE issuer = $1 AND subject = $2 RETURNING id, user_id";
    let row = client
        .query_opt(sql, &[&login.issuer, &login.subject, &login.email])
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some((row.try_get(0)?, row.try_get(1)?)))
}

/// Links a login to a user, who is locked; answers its id.
///
/// # Errors
/// 409 when it is an account's already, or there are as many as there may be.
pub(crate) async fn insert(tx: &Transaction<'_>, user_id: i64, login: &New<'_>) -> Result<i64, StoreError> {
    let count = "SELECT count(*) FROM identities WHERE user_id = $1";
    let count: i64 = tx.query_one(count, &[&user_id]).await?.try_get(0)?;
    if count >= MOST {
        let most = format!("an account can have {MOST} linked logins: unlink one first");
        return Err(StoreError::Conflict(most));
    }
    let sql = "INSERT INTO identities (user_id, provider, issuer, subject, email, last_used_at)
               VALUES ($1, $2, $3, $4, $5, now()) RETURNING id";
    let New {
        provider,
        issuer,
        subject,
        email,
    } = login;
    let made = tx
        .query_one(sql, &[&user_id, provider, issuer, subject, email])
        .await;
    match made {
        Ok(row) => Ok(row.try_get(0)?),
        Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => Err(StoreError::Conflict(
            "this login is linked to an account already".to_owned(),
        )),
        Err(error) => Err(error.into()),
    }
}

/// The logins of a user, the first one first.
pub(crate) async fn list(client: &impl GenericClient, user_id: i64) -> Result<Vec<Linked>, StoreError> {
    let sql = "SELECT id, provider, issuer, email, created_at, last_used_at FROM identities
               WHERE user_id = $1 ORDER BY id";
    let rows = client.query(sql, &[&user_id]).await?;
    rows.iter().map(read).collect()
}

/// Removes a login of a user.
pub(crate) async fn delete(tx: &Transaction<'_>, user_id: i64, id: i64) -> Result<(), StoreError> {
    let sql = "DELETE FROM identities WHERE user_id = $1 AND id = $2";
    tx.execute(sql, &[&user_id, &id]).await?;
    Ok(())
}
