//! Rows of `mailed_tokens`: what the links in mails prove.

use deadpool_postgres::{GenericClient, Transaction};

use super::error::StoreError;
use crate::rules::mailed_token::MailedToken;

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Verifying the address of an account.
    VerifyEmail,
    /// Giving an account another address.
    ChangeEmail,
    /// Setting a new password.
    ResetPassword,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ChangeEmail => "change_email",
            Self::ResetPassword => "reset_password",
        }
    }
}

/// Joins to the user `u` the address `p` to which the account is to change, if it is.
pub(super) const PENDING_EMAIL: &str = "LEFT JOIN LATERAL (
             SELECT t.email, t.expires_at FROM mailed_tokens t
             WHERE t.user_id = u.id AND t.purpose = 'change_email' AND t.expires_at > now()
             ORDER BY t.expires_at DESC LIMIT 1
         ) p ON true";

/// What a token proves: who has it has read a mail to this address.
#[derive(Debug)]
pub(crate) struct Proof {
    pub(crate) is_change: bool,
    pub(crate) email: String,
}

/// Makes a token valid for so many seconds.
pub(crate) async fn insert(
    tx: &impl GenericClient,
    token: &MailedToken,
    purpose: Purpose,
    user_id: Option<i64>,
    email: &str,
    seconds: f64,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO mailed_tokens (hash, purpose, user_id, email, expires_at)
         VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))",
        &[&token.hash(), &purpose.as_str(), &user_id, &email, &seconds],
    )
    .await?;
    Ok(())
}

/// The account whose address a token proves, without using it.
pub(crate) async fn account_of(tx: &Transaction<'_>, token: &MailedToken) -> Result<Option<i64>, StoreError> {
    let sql =
        "SELECT user_id FROM mailed_tokens WHERE hash = $1 AND expires_at > now() AND user_id IS NOT NULL";
    let row = tx.query_opt(sql, &[&token.hash()]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Uses a token that proves an address: of two at once one gets it.
pub(crate) async fn take_address(
    tx: &Transaction<'_>,
    token: &MailedToken,
) -> Result<Option<Proof>, StoreError> {
    let purposes = [Purpose::VerifyEmail, Purpose::ChangeEmail].map(Purpose::as_str);
    let sql = "DELETE FROM mailed_tokens WHERE hash = $1 AND purpose = ANY($2) AND expires_at > now()
               RETURNING purpose = $3 AS is_change, email";
    let change = Purpose::ChangeEmail.as_str();
    let row = tx
        .query_opt(sql, &[&token.hash(), &purposes.as_slice(), &change])
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Proof {
        is_change: row.try_get("is_change")?,
        email: row.try_get("email")?,
    }))
}

/// Whose password a token resets, without using it: the account's id, address and name.
pub(crate) async fn resets(
    client: &impl GenericClient,
    token: &MailedToken,
) -> Result<Option<(i64, String, String)>, StoreError> {
    let sql = "SELECT u.id, u.email, u.name FROM mailed_tokens t JOIN users u ON lower(u.email) = t.email
               WHERE t.hash = $1 AND t.purpose = $2 AND t.expires_at > now()";
    let purpose = Purpose::ResetPassword.as_str();
    let Some(row) = client.query_opt(sql, &[&token.hash(), &purpose]).await? else {
        return Ok(None);
    };
    Ok(Some((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
}

/// Uses a token that resets a password; answers whether it was still good.
pub(crate) async fn take_reset(tx: &Transaction<'_>, token: &MailedToken) -> Result<bool, StoreError> {
    let sql = "DELETE FROM mailed_tokens WHERE hash = $1 AND purpose = $2 AND expires_at > now()";
    let purpose = Purpose::ResetPassword.as_str();
    Ok(tx.execute(sql, &[&token.hash(), &purpose]).await? == 1)
}

/// Ends the change of an account to another address; answers that address, or none when no change was under way.
pub(crate) async fn cancel_change(
    tx: &impl GenericClient,
    user_id: i64,
) -> Result<Option<String>, StoreError> {
    let sql = "DELETE FROM mailed_tokens WHERE user_id = $1 AND purpose = $2 AND expires_at > now() RETURNING email";
    let ended = tx.query(sql, &[&user_id, &Purpose::ChangeEmail.as_str()]).await?;
    Ok(ended.first().map(|row| row.try_get(0)).transpose()?)
}

/// Ends all tokens of a purpose that are an account's, or were sent to its (normalised) address.
pub(crate) async fn end_all(
    tx: &impl GenericClient,
    purpose: Purpose,
    user_id: i64,
    email: &str,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM mailed_tokens WHERE purpose = $1 AND (user_id = $2 OR email = $3)";
    tx.execute(sql, &[&purpose.as_str(), &user_id, &email]).await?;
    Ok(())
}

/// Ends all tokens of an account, and those that were sent to its (normalised) address: the password is another one.
pub(crate) async fn end_of_user(
    tx: &impl GenericClient,
    user_id: i64,
    email: &str,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM mailed_tokens WHERE user_id = $1 OR email = $2";
    tx.execute(sql, &[&user_id, &email]).await?;
    Ok(())
}

/// Removes tokens that nobody can use any more.
pub(crate) async fn purge(client: &impl GenericClient) -> Result<u64, tokio_postgres::Error> {
    // Who changes an account is at its tokens, in an order of their own.
    let sql = "DELETE FROM mailed_tokens WHERE hash IN (
                   SELECT hash FROM mailed_tokens WHERE expires_at <= now() FOR UPDATE SKIP LOCKED)";
    client.execute(sql, &[]).await
}
