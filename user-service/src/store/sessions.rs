//! Sessions: one row per login, whose refresh token is replaced at each use.
//!
//! A token is the session's id and 32 secret bytes; only the hash of the whole is stored. Because a token
//! names its session, any earlier token of it is recognised as used, however long ago, and ends it.
//!
//! A token's successor is derived from it with the key of the access tokens. So a token that is used twice
//! within seconds (two tabs, or a reload that lost the answer) gets the same successor twice, and every tab
//! ends up with the same cookie.

use std::fmt;
use std::net::IpAddr;

use api::SessionInfo;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::OrgId;
use sha2::{Digest, Sha256};
use shared::token::TokenKey;
use tokio_postgres::Row;
use uuid::Uuid;

use super::Scope;
use super::error::StoreError;

/// How long after its use a token is answered once more.
const GRACE_SECONDS: f64 = 10.0;

const SECRET_BYTES: usize = 32;

/// Sessions that a user is shown.
const MAX_LISTED: i64 = 200;

/// A refresh token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct RefreshToken {
    session: Uuid,
    secret: [u8; SECRET_BYTES],
}

impl RefreshToken {
    /// The first token of a new session.
    pub(crate) fn first() -> Self {
        Self {
            session: uuid::Builder::from_random_bytes(shared::crypto::random()).into_uuid(),
            secret: shared::crypto::random(),
        }
    }

    /// The token that replaces this one.
    fn successor(&self, key: &TokenKey) -> Self {
        Self {
            session: self.session,
            secret: key.derive("refresh-token", &self.bytes()),
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (session, secret) = bytes.split_first_chunk::<16>()?;
        Some(Self {
            session: Uuid::from_bytes(*session),
            secret: secret.try_into().ok()?,
        })
    }

    /// What access tokens call the session that it is of.
    pub(crate) fn session_name(&self) -> Uuid {
        session_name(self.session)
    }

    fn bytes(&self) -> Vec<u8> {
        [self.session.as_bytes().as_slice(), &self.secret].concat()
    }

    fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.bytes()).to_vec()
    }
}

/// What access tokens call a session. Many see a token, also when it has expired; whoever knows the id of a session can
/// end it.
pub(crate) fn session_name(id: Uuid) -> Uuid {
    let hash = Sha256::digest([b"session name ", id.as_bytes().as_slice()].concat());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

impl fmt::Display for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.bytes()))
    }
}

/// What became of a token that was used.
pub(crate) enum Used {
    /// It was good; this one replaces it.
    Rotated {
        user_id: i64,
        org_id: OrgId,
        successor: RefreshToken,
    },
    /// It was used before: it was stolen or replayed, and the session has ended.
    Reused,
    /// There is no such session.
    Unknown,
}

/// By what a person recognises a session: from where it was used last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Client {
    pub(crate) address: Option<IpAddr>,
    pub(crate) user_agent: Option<String>,
}

/// By what a user has logged in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proof<'a> {
    pub(crate) user_id: i64,
    /// The hash of the password.
    pub(crate) password_hash: &'a str,
    /// The login at a provider, if by one.
    pub(crate) identity: Option<i64>,
    /// Whether by the second factor as well.
    pub(crate) has_second: bool,
}

/// Begins the session that `token` names, unless the hash of the user's password is another one by now, the login at a
/// provider is not the user's any more, or there is a second factor now. Answers whether it was begun.
pub(crate) async fn begin(
    tx: &Transaction<'_>,
    token: &RefreshToken,
    by: Proof<'_>,
    scope: Scope,
    from: &Client,
    days: u32,
) -> Result<bool, StoreError> {
    // By a statement of its own: the next one sees what those have committed that it waits for.
    let lock = "SELECT FROM users WHERE id = $1 FOR SHARE";
    tx.execute(lock, &[&by.user_id]).await?;
    let begun = tx
        .execute(
            "INSERT INTO sessions (id, user_id, org_id, token_hash, expires_at, address, user_agent)
             SELECT $1, id, $3, $4, now() + make_interval(days => $5), $6, $7
             FROM users u WHERE id = $2 AND password_hash = $8 AND ($9 OR NOT EXISTS (
                 SELECT FROM second_factors f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL))
                 AND ($10::bigint IS NULL OR EXISTS (
                     SELECT FROM identities i WHERE i.id = $10 AND i.user_id = u.id))",
            &[
                &token.session,
                &by.user_id,
                scope.org_id(),
                &token.hash(),
                &(days as i32),
                &from.address,
                &from.user_agent,
                &by.password_hash,
                &by.has_second,
                &by.identity,
            ],
        )
        .await?;
    Ok(begun == 1)
}

/// Uses `token`, in a transaction of the caller's.
pub(crate) async fn rotate(
    client: &impl GenericClient,
    token: &RefreshToken,
    key: &TokenKey,
    from: &Client,
    days: u32,
) -> Result<Used, StoreError> {
    let row = client
        .query_opt(
            "SELECT user_id, org_id, token_hash, previous_hash,
                    rotated_at > now() - make_interval(secs => $2)
             FROM sessions WHERE id = $1 AND expires_at > now() FOR UPDATE",
            &[&token.session, &GRACE_SECONDS],
        )
        .await?;
    let Some(row) = row else { return Ok(Used::Unknown) };
    let (hash, current, previous): (_, Vec<u8>, Option<Vec<u8>>) =
        (token.hash(), row.try_get(2)?, row.try_get(3)?);
    let in_grace: bool = row.try_get(4)?;
    let successor = token.successor(key);
    if hash == current {
        client
            .execute(
                "UPDATE sessions SET token_hash = $2, previous_hash = $3, rotated_at = now(),
                        expires_at = now() + make_interval(days => $4), address = $5, user_agent = $6
                 WHERE id = $1",
                &[
                    &token.session,
                    &successor.hash(),
                    &hash,
                    &(days as i32),
                    &from.address,
                    &from.user_agent,
                ],
            )
            .await?;
    } else if !(in_grace && previous == Some(hash)) {
        end(client, token).await?;
        return Ok(Used::Reused);
    }
    Ok(Used::Rotated {
        user_id: row.try_get(0)?,
        org_id: OrgId(row.try_get(1)?),
        successor,
    })
}

/// Ends the session that `token` names, whether the token is its current one or an earlier one.
pub(crate) async fn end(client: &impl GenericClient, token: &RefreshToken) -> Result<(), StoreError> {
    client
        .execute("DELETE FROM sessions WHERE id = $1", &[&token.session])
        .await?;
    Ok(())
}

/// Has a session go on in another organisation.
pub(crate) async fn move_to(
    client: &impl GenericClient,
    token: &RefreshToken,
    scope: Scope,
) -> Result<(), StoreError> {
    let sql = "UPDATE sessions SET org_id = $2 WHERE id = $1";
    client.execute(sql, &[&token.session, scope.org_id()]).await?;
    Ok(())
}

/// The sessions of a user, the latest used first. `current` is what the access token of the one that asks calls its own.
pub(crate) async fn list(
    client: &impl GenericClient,
    user_id: i64,
    current: Option<Uuid>,
) -> Result<Vec<SessionInfo>, StoreError> {
    let rows = client
        .query(
            "SELECT id, created_at, rotated_at, expires_at, address, user_agent FROM sessions
             WHERE user_id = $1 AND expires_at > now() ORDER BY rotated_at DESC, id LIMIT $2",
            &[&user_id, &MAX_LISTED],
        )
        .await?;
    let read = |row: &Row| {
        let time = |column| row.try_get::<_, DateTime<Utc>>(column).map(Into::into);
        let id = session_name(row.try_get("id")?);
        let address: Option<IpAddr> = row.try_get("address")?;
        Ok(SessionInfo {
            id,
            current: current == Some(id),
            created_at: time("created_at")?,
            last_used_at: time("rotated_at")?,
            expires_at: time("expires_at")?,
            address: address.map(|address| address.to_string()),
            user_agent: row.try_get("user_agent")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Whether a user has a session that access tokens call so.
pub(crate) async fn goes_on(
    client: &impl GenericClient,
    user_id: i64,
    name: Uuid,
) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM sessions WHERE user_id = $1 AND expires_at > now()";
    let rows = client.query(sql, &[&user_id]).await?;
    let ids: Result<Vec<Uuid>, _> = rows.iter().map(|row| row.try_get(0)).collect();
    Ok(ids?.into_iter().any(|id| session_name(id) == name))
}

/// Ends the sessions of a user that access tokens call so that `ends` says yes; answers how many.
pub(crate) async fn end_some(
    client: &impl GenericClient,
    user_id: i64,
    ends: impl Fn(Uuid) -> bool,
) -> Result<u64, StoreError> {
    let rows = client
        .query("SELECT id FROM sessions WHERE user_id = $1", &[&user_id])
        .await?;
    let ids: Result<Vec<Uuid>, _> = rows.iter().map(|row| row.try_get(0)).collect();
    let ids: Vec<Uuid> = ids?.into_iter().filter(|id| ends(session_name(*id))).collect();
    let sql = "DELETE FROM sessions WHERE user_id = $1 AND id = ANY($2)";
    Ok(client.execute(sql, &[&user_id, &ids]).await?)
}

/// Removes sessions that nobody can use any more.
pub(crate) async fn purge_expired(client: &impl GenericClient) -> Result<u64, tokio_postgres::Error> {
    client
        .execute("DELETE FROM sessions WHERE expires_at < now()", &[])
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_its_way_through_a_cookie_and_has_one_successor() {
        let key = TokenKey::new(&"a secret of at least 32 bytes ....".to_owned().into());
        let token = RefreshToken::first();
        let read = RefreshToken::parse(&token.to_string()).unwrap();
        assert!(read == token);
        assert!(read.successor(&key) == token.successor(&key));
        assert!(token.successor(&key).hash() != token.hash());
        assert!(RefreshToken::first() != RefreshToken::first());
    }

    #[test]
    fn what_access_tokens_name_ends_no_session() {
        let token = RefreshToken::first();
        assert_ne!(token.session_name(), token.session);
        assert_eq!(token.session_name(), session_name(token.session));
        let forged = [token.session_name().as_bytes().as_slice(), &[0; 32]].concat();
        let forged = RefreshToken::parse(&URL_SAFE_NO_PAD.encode(forged)).unwrap();
        assert_ne!(forged.session, token.session);
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for text in ["", "abc", "***", &URL_SAFE_NO_PAD.encode([0; 49])] {
            assert!(RefreshToken::parse(text).is_none(), "{text}");
        }
    }
}
