//! Rows of `second_factors` and `recovery_codes`.

use std::time::Duration;

use api::SecondFactor;
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use shared::crypto::Keyring;

use super::Scope;
use super::error::StoreError;
use crate::rules::second_factor::RecoveryCode;
use crate::rules::totp::TotpSecret;

/// Says whose a sealed secret is, so that it opens no other account.
fn context(user_id: i64) -> String {
    format!("second-factor/{user_id}")
}

/// A second factor, locked until the transaction ends: codes are looked at one after the other.
pub(crate) struct Locked {
    pub(crate) secret: TotpSecret,
    pub(crate) is_on: bool,
    pub(crate) last_step: i64,
    pub(crate) failures: u32,
    /// How long no code is looked at, if so.
    pub(crate) wait: Option<Duration>,
    /// The account's address.
    pub(crate) email: String,
}

/// What an account is told of its second factor.
pub(crate) async fn find(client: &impl GenericClient, user_id: i64) -> Result<SecondFactor, StoreError> {
    let sql = "SELECT f.confirmed_at, (SELECT count(*) FROM recovery_codes c WHERE c.user_id = f.user_id)
               FROM second_factors f WHERE f.user_id = $1 AND f.confirmed_at IS NOT NULL";
    let row = client.query_opt(sql, &[&user_id]).await?;
    let since: Option<DateTime<Utc>> = row.as_ref().map(|row| row.try_get(0)).transpose()?;
    let recovery_codes = row.as_ref().map(|row| row.try_get(1)).transpose()?;
    Ok(SecondFactor {
        is_on: since.is_some(),
        since: since.map(Into::into),
        recovery_codes: recovery_codes.unwrap_or_default(),
    })
}

/// Whether signing in needs a code.
pub(crate) async fn is_on(client: &impl GenericClient, user_id: i64) -> Result<bool, StoreError> {
    let sql = "SELECT FROM second_factors WHERE user_id = $1 AND confirmed_at IS NOT NULL";
    Ok(client.query_opt(sql, &[&user_id]).await?.is_some())
}

/// Whether a user lacks the second factor that the organisation demands.
pub(crate) async fn is_missing(
    client: &impl GenericClient,
    scope: Scope,
    user_id: i64,
) -> Result<bool, StoreError> {
    let sql = "SELECT FROM organisations o WHERE o.id = $2 AND o.require_second_factor AND NOT EXISTS (
                   SELECT FROM second_factors f WHERE f.user_id = $1 AND f.confirmed_at IS NOT NULL)";
    Ok(client
        .query_opt(sql, &[&user_id, scope.org_id()])
        .await?
        .is_some())
}

/// Keeps a secret that is not confirmed yet, in place of another such; answers whether it is, for the factor may be on.
pub(crate) async fn enrol(
    client: &impl GenericClient,
    keyring: &Keyring,
    user_id: i64,
    secret: &TotpSecret,
) -> Result<bool, StoreError> {
    let sealed = keyring.seal(&context(user_id), secret.bytes());
    // Failures are those of the account: a new secret is no way around them.
    let sql = "INSERT INTO second_factors (user_id, sealed) VALUES ($1, $2)
               ON CONFLICT (user_id) DO UPDATE SET sealed = $2, created_at = now(), last_step = 0
               WHERE second_factors.confirmed_at IS NULL";
    Ok(client.execute(sql, &[&user_id, &sealed]).await? == 1)
}

/// The second factor of a user, on or not confirmed yet.
pub(crate) async fn lock(
    tx: &Transaction<'_>,
    keyring: &Keyring,
    user_id: i64,
) -> Result<Option<Locked>, StoreError> {
    // With the account: who begins a session waits, and sees then whether the factor is on.
    let sql = "SELECT f.sealed, f.confirmed_at IS NOT NULL, f.last_step, f.failures,
                      EXTRACT(EPOCH FROM f.blocked_until - now())::float8, u.email
               FROM users u JOIN second_factors f ON f.user_id = u.id
               WHERE u.id = $1 FOR NO KEY UPDATE";
    let Some(row) = tx.query_opt(sql, &[&user_id]).await? else {
        return Ok(None);
    };
    let sealed: Vec<u8> = row.try_get(0)?;
    let unreadable = |why: String| StoreError::Unreadable(format!("the second factor of {user_id}: {why}"));
    let bytes = keyring
        .open(&context(user_id), &sealed)
        .map_err(|error| unreadable(error.to_string()))?;
    let wait: Option<f64> = row.try_get(4)?;
    Ok(Some(Locked {
        secret: TotpSecret::read(&bytes).ok_or_else(|| unreadable("not a secret".to_owned()))?,
        is_on: row.try_get(1)?,
        last_step: row.try_get(2)?,
        failures: row.try_get::<_, i32>(3)?.cast_unsigned(),
        wait: wait
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .filter(|wait| !wait.is_zero()),
        email: row.try_get(5)?,
    }))
}

/// Notes the wrong codes in a row, and that none is looked at for `delay`.
pub(crate) async fn failed(
    tx: &Transaction<'_>,
    user_id: i64,
    failures: u32,
    delay: Duration,
) -> Result<(), StoreError> {
    let sql = "UPDATE second_factors SET failures = $2, blocked_until = now() + make_interval(secs => $3)
               WHERE user_id = $1";
    let failures = i32::try_from(failures).unwrap_or(i32::MAX);
    tx.execute(sql, &[&user_id, &failures, &delay.as_secs_f64()])
        .await?;
    Ok(())
}

/// Notes that a code was right: that of the time-step, or a recovery code.
pub(crate) async fn passed(tx: &Transaction<'_>, user_id: i64, step: Option<i64>) -> Result<(), StoreError> {
    let sql =
        "UPDATE second_factors SET failures = 0, blocked_until = NULL, last_step = COALESCE($2, last_step)
               WHERE user_id = $1";
    tx.execute(sql, &[&user_id, &step]).await?;
    Ok(())
}

/// Turns a second factor on.
pub(crate) async fn confirm(tx: &Transaction<'_>, user_id: i64) -> Result<(), StoreError> {
    let sql = "UPDATE second_factors SET confirmed_at = now() WHERE user_id = $1";
    tx.execute(sql, &[&user_id]).await?;
    Ok(())
}

/// Removes a second factor with its recovery codes; answers whether it was on.
pub(crate) async fn remove(tx: &Transaction<'_>, user_id: i64) -> Result<bool, StoreError> {
    let codes = "DELETE FROM recovery_codes WHERE user_id = $1";
    tx.execute(codes, &[&user_id]).await?;
    let sql = "DELETE FROM second_factors WHERE user_id = $1 RETURNING confirmed_at IS NOT NULL";
    let row = tx.query_opt(sql, &[&user_id]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?.unwrap_or(false))
}

/// Gives a user these recovery codes, and no others.
pub(crate) async fn set_recovery_codes(
    tx: &Transaction<'_>,
    user_id: i64,
    codes: &[RecoveryCode],
) -> Result<(), StoreError> {
    let hashes: Vec<Vec<u8>> = codes.iter().map(RecoveryCode::hash).collect();
    tx.execute("DELETE FROM recovery_codes WHERE user_id = $1", &[&user_id])
        .await?;
    let sql = "INSERT INTO recovery_codes (user_id, hash) SELECT $1, unnest($2::bytea[])";
    tx.execute(sql, &[&user_id, &hashes]).await?;
    Ok(())
}

/// Uses a recovery code; answers how many are left then, or none when it is not one of the user's.
pub(crate) async fn take_recovery_code(
    tx: &Transaction<'_>,
    user_id: i64,
    code: &RecoveryCode,
) -> Result<Option<i64>, StoreError> {
    let sql = "DELETE FROM recovery_codes WHERE user_id = $1 AND hash = $2";
    if tx.execute(sql, &[&user_id, &code.hash()]).await? == 0 {
        return Ok(None);
    }
    let left = "SELECT count(*) FROM recovery_codes WHERE user_id = $1";
    Ok(Some(tx.query_one(left, &[&user_id]).await?.try_get(0)?))
}

/// Seals again what was sealed with an older key, so that the key can be given up. Answers how many there were.
pub(crate) async fn reseal(client: &impl GenericClient, keyring: &Keyring) -> Result<usize, StoreError> {
    let mut resealed = 0;
    for row in client
        .query("SELECT user_id, sealed FROM second_factors ORDER BY user_id", &[])
        .await?
    {
        let (user_id, sealed): (i64, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?);
        if keyring.is_current(&sealed) {
            continue;
        }
        let secret = match keyring.open(&context(user_id), &sealed) {
            Ok(secret) => secret,
            Err(error) => {
                tracing::warn!(user_id, %error, "a second factor cannot be opened");
                continue;
            }
        };
        let anew = keyring.seal(&context(user_id), &secret);
        let sql = "UPDATE second_factors SET sealed = $2 WHERE user_id = $1 AND sealed = $3";
        client.execute(sql, &[&user_id, &anew, &sealed]).await?;
        resealed += 1;
    }
    Ok(resealed)
}
