//! Rows of `users`: people, in whatever organisations they are.

use deadpool_postgres::{GenericClient, Transaction};
use tokio_postgres::error::SqlState;

use super::error::StoreError;

/// What is known of somebody who wants to sign in.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) id: i64,
    pub(crate) password_hash: String,
}

const TAKEN: StoreError = StoreError::Taken {
    field: "email",
    message: "is registered already",
};

/// The user with this (normalised) address, also one who is in no organisation.
pub(crate) async fn find_by_email(
    client: &impl GenericClient,
    email: &str,
) -> Result<Option<Known>, StoreError> {
    let sql = "SELECT id, password_hash FROM users WHERE lower(email) = $1";
    let Some(row) = client.query_opt(sql, &[&email]).await? else {
        return Ok(None);
    };
    Ok(Some(Known {
        id: row.try_get(0)?,
        password_hash: row.try_get(1)?,
    }))
}

/// Makes a user who is in no organisation yet.
///
/// # Errors
/// 409 when the address is registered already.
pub(crate) async fn create(
    tx: &Transaction<'_>,
    email: &str,
    name: &str,
    password_hash: &str,
) -> Result<i64, StoreError> {
    let sql = "INSERT INTO users (email, name, password_hash) VALUES ($1, $2, $3) RETURNING id";
    let made = tx.query_one(sql, &[&email, &name, &password_hash]).await;
    Ok(made.map_err(or_taken)?.try_get(0)?)
}

fn or_taken(error: tokio_postgres::Error) -> StoreError {
    match error.code() {
        Some(&SqlState::UNIQUE_VIOLATION) => TAKEN,
        _ => error.into(),
    }
}

/// A user's address; none when the account is gone.
pub(crate) async fn email(client: &impl GenericClient, user_id: i64) -> Result<Option<String>, StoreError> {
    let row = client
        .query_opt("SELECT email FROM users WHERE id = $1", &[&user_id])
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// A user's address, locked until the transaction ends; none when the account is gone.
pub(crate) async fn lock_email(tx: &Transaction<'_>, user_id: i64) -> Result<Option<String>, StoreError> {
    let sql = "SELECT email FROM users WHERE id = $1 FOR NO KEY UPDATE";
    let row = tx.query_opt(sql, &[&user_id]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Has a user verify the address within so many days, unless it is verified.
pub(crate) async fn demand_verification(
    tx: &impl GenericClient,
    user_id: i64,
    days: i32,
) -> Result<(), StoreError> {
    let sql = "UPDATE users SET verify_by = now() + make_interval(days => $2)
               WHERE id = $1 AND email_verified_at IS NULL";
    tx.execute(sql, &[&user_id, &days]).await?;
    Ok(())
}

/// The address that a user has to verify; none when it is verified, or nobody demands it.
pub(crate) async fn unverified(
    client: &impl GenericClient,
    user_id: i64,
) -> Result<Option<String>, StoreError> {
    let sql = "SELECT email FROM users WHERE id = $1 AND email_verified_at IS NULL AND verify_by IS NOT NULL";
    let row = client.query_opt(sql, &[&user_id]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Whether a user's address is known to be the user's.
pub(crate) async fn is_verified(client: &impl GenericClient, user_id: i64) -> Result<bool, StoreError> {
    let sql = "SELECT FROM users WHERE id = $1 AND email_verified_at IS NOT NULL";
    Ok(client.query_opt(sql, &[&user_id]).await?.is_some())
}

/// Whether a user had to verify the address before now, and has not.
pub(crate) async fn is_overdue(client: &impl GenericClient, user_id: i64) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM users WHERE id = $1 AND email_verified_at IS NULL AND verify_by < now()";
    Ok(client.query_opt(sql, &[&user_id]).await?.is_some())
}

/// Notes that a (normalised) address is a user's; answers whether it is the one of the account.
pub(crate) async fn verify(tx: &impl GenericClient, user_id: i64, email: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE users SET email_verified_at = COALESCE(email_verified_at, now())
               WHERE id = $1 AND lower(email) = $2";
    Ok(tx.execute(sql, &[&user_id, &email]).await? == 1)
}

/// Gives a user another address, which is verified.
///
/// # Errors
/// 409 when it is registered already.
pub(crate) async fn set_email(tx: &Transaction<'_>, user_id: i64, email: &str) -> Result<(), StoreError> {
    let sql = "UPDATE users SET email = $2, email_verified_at = now() WHERE id = $1";
    tx.execute(sql, &[&user_id, &email]).await.map_err(or_taken)?;
    Ok(())
}

/// Gives a user another address of which nobody knows whether it is the user's, for there is no mail server.
///
/// # Errors
/// 409 when it is registered already.
pub(crate) async fn set_unverified_email(
    tx: &Transaction<'_>,
    user_id: i64,
    email: &str,
) -> Result<(), StoreError> {
    let sql = "UPDATE users SET email = $2, email_verified_at = NULL, verify_by = NULL WHERE id = $1";
    tx.execute(sql, &[&user_id, &email]).await.map_err(or_taken)?;
    Ok(())
}

/// Gives a user another password, whatever it was.
pub(crate) async fn reset_password(tx: &Transaction<'_>, user_id: i64, hash: &str) -> Result<(), StoreError> {
    let sql = "UPDATE users SET password_hash = $2 WHERE id = $1";
    tx.execute(sql, &[&user_id, &hash]).await?;
    Ok(())
}

/// Keeps others from changing a user until the transaction ends.
pub(crate) async fn lock(client: &impl GenericClient, user_id: i64) -> Result<(), StoreError> {
    let sql = "SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE";
    client.execute(sql, &[&user_id]).await?;
    Ok(())
}

/// Gives a user another name.
pub(crate) async fn rename(client: &impl GenericClient, user_id: i64, name: &str) -> Result<(), StoreError> {
    let sql = "UPDATE users SET name = $2 WHERE id = $1";
    client.execute(sql, &[&user_id, &name]).await?;
    Ok(())
}

/// The hash of a user's password; none when the account is gone.
pub(crate) async fn password_hash(
    client: &impl GenericClient,
    user_id: i64,
) -> Result<Option<String>, StoreError> {
    let sql = "SELECT password_hash FROM users WHERE id = $1";
    let row = client.query_opt(sql, &[&user_id]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Gives a user another password, if the one before is still `before`; answers whether it was.
pub(crate) async fn set_password_hash(
    client: &impl GenericClient,
    user_id: i64,
    before: &str,
    hash: &str,
) -> Result<bool, StoreError> {
    let sql = "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2";
    Ok(client.execute(sql, &[&user_id, &before, &hash]).await? == 1)
}

/// What a user is called; none when the account is gone.
pub(crate) async fn name_of(client: &impl GenericClient, user_id: i64) -> Result<Option<String>, StoreError> {
    let row = client
        .query_opt("SELECT name FROM users WHERE id = $1", &[&user_id])
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}
