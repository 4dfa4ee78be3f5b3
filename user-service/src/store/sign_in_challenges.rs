//! Rows of `sign_in_challenges`: who has signed in but for the code.

use deadpool_postgres::{GenericClient, Transaction};
use sha2::{Digest, Sha256};

use super::error::StoreError;
use crate::rules::mailed_token::MailedToken as Token;

/// How long the code may take.
const VALID_SECONDS: f64 = 300.0;

/// Who has signed in but for the code, and by what.
#[derive(Debug)]
pub(crate) struct Challenged {
    pub(crate) user: i64,
    /// The hash of the user's password then.
    pub(crate) password_hash: String,
    /// The login at a provider, if by one: the challenge goes with it.
    pub(crate) identity: Option<i64>,
}

/// What is stored of the password that was right.
fn revision(password_hash: &str) -> Vec<u8> {
    Sha256::digest(password_hash.as_bytes()).to_vec()
}

/// Makes a challenge.
pub(crate) async fn insert(
    client: &impl GenericClient,
    token: &Token,
    by: &Challenged,
) -> Result<(), StoreError> {
    client
        .execute(
            "INSERT INTO sign_in_challenges (hash, user_id, password_revision, expires_at, identity_id)
             VALUES ($1, $2, $3, now() + make_interval(secs => $4), $5)",
            &[
                &token.hash(),
                &by.user,
                &revision(&by.password_hash),
                &VALID_SECONDS,
                &by.identity,
            ],
        )
        .await?;
    Ok(())
}

/// Whose a challenge is, while it is valid, the password is the same, and the login that it is by is linked.
pub(crate) async fn find(
    client: &impl GenericClient,
    token: &Token,
) -> Result<Option<Challenged>, StoreError> {
    let sql = "SELECT u.id, u.password_hash, c.password_revision, c.identity_id
               FROM sign_in_challenges c JOIN users u ON u.id = c.user_id
               WHERE c.hash = $1 AND c.expires_at > now()";
    let Some(row) = client.query_opt(sql, &[&token.hash()]).await? else {
        return Ok(None);
    };
    let (password_hash, then): (String, Vec<u8>) = (row.try_get(1)?, row.try_get(2)?);
    if revision(&password_hash) != then {
        return Ok(None);
    }
    Ok(Some(Challenged {
        user: row.try_get(0)?,
        password_hash,
        identity: row.try_get(3)?,
    }))
}

/// Uses a challenge: of two at once one gets it.
pub(crate) async fn take(tx: &Transaction<'_>, token: &Token) -> Result<bool, StoreError> {
    let sql = "DELETE FROM sign_in_challenges WHERE hash = $1 AND expires_at > now()";
    Ok(tx.execute(sql, &[&token.hash()]).await? == 1)
}

/// Removes challenges that nobody can use any more.
pub(crate) async fn purge(client: &impl GenericClient) -> Result<u64, tokio_postgres::Error> {
    let sql = "DELETE FROM sign_in_challenges WHERE expires_at <= now()";
    client.execute(sql, &[]).await
}
