//! Rows of `mails`: what waits to be sent.

use deadpool_postgres::{Client, GenericClient};
use shared::crypto::{Keyring, OpenError};
use uuid::Uuid;

use super::error::StoreError;
use crate::rules::mail_content::Content;
use crate::rules::mail_fate::{Fate, LEASE_SECONDS, MAX_ERROR};

/// Mails that may wait. Who writes more is flooding somebody.
const MOST: i64 = 10_000;

/// The longest time that a mail waits to be sent. Its link may be valid for less.
const LONGEST_WAIT_SECONDS: f64 = 86_400.0;

/// The pause after the first failure, which doubles with each, and the longest.
const FIRST_PAUSE_SECONDS: f64 = 10.0;
const LONGEST_PAUSE_SECONDS: f64 = 900.0;

/// A mail that is to be sent.
#[derive(Debug)]
pub(crate) struct DueMail {
    pub(crate) id: Uuid,
    pub(crate) recipient: String,
    pub(crate) kind: String,
    sealed: Vec<u8>,
    invitation: Option<Uuid>,
}

/// Why what a mail says cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error(transparent)]
    Sealed(#[from] OpenError),
    #[error(transparent)]
    Content(#[from] serde_json::Error),
}

impl DueMail {
    /// What it says.
    pub(crate) fn open(&self, keyring: &Keyring) -> Result<Content, Unreadable> {
        let plain = keyring.open(&context(self.id), &self.sealed)?;
        Ok(serde_json::from_slice(&plain)?)
    }
}

fn context(id: Uuid) -> String {
    format!("mail/{id}")
}

/// Has a mail sent when the transaction commits; answers whether there was room for it.
pub(crate) async fn insert(
    tx: &impl GenericClient,
    keyring: &Keyring,
    to: &str,
    content: &Content,
    invitation: Option<Uuid>,
) -> Result<bool, StoreError> {
    let id = uuid::Builder::from_random_bytes(shared::crypto::random()).into_uuid();
    let plain = serde_json::to_vec(content).map_err(|error| StoreError::Unreadable(error.to_string()))?;
    let sealed = keyring.seal(&context(id), &plain);
    let kind = content.kind();
    let valid = kind.valid_seconds().min(LONGEST_WAIT_SECONDS);
    let added = tx
        .execute(
            "INSERT INTO mails (id, recipient, kind, sealed, invitation_id, expires_at)
             SELECT $1, $2, $3, $4, $5, now() + make_interval(secs => $6)
             WHERE (SELECT count(*) FROM (SELECT 1 FROM mails LIMIT $7) AS waiting) < $7",
            &[&id, &to, &kind.as_str(), &sealed, &invitation, &valid, &MOST],
        )
        .await?;
    Ok(added == 1)
}

/// Lends the mails that were due first, at most so many.
pub(crate) async fn take_due(client: &impl GenericClient, most: usize) -> Result<Vec<DueMail>, StoreError> {
    let rows = client
        .query(
            "UPDATE mails SET due_at = now() + make_interval(secs => $2), attempts = attempts + 1
             WHERE id IN (SELECT id FROM mails WHERE due_at <= now() AND expires_at > now()
                          ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
             RETURNING id, recipient, kind, sealed, invitation_id",
            &[&(most as i64), &LEASE_SECONDS],
        )
        .await?;
    let due = rows.iter().map(|row| {
        Ok(DueMail {
            id: row.try_get("id")?,
            recipient: row.try_get("recipient")?,
            kind: row.try_get("kind")?,
            sealed: row.try_get("sealed")?,
            invitation: row.try_get("invitation_id")?,
        })
    });
    due.collect()
}

/// How many mails wait.
pub(crate) async fn count(client: &impl GenericClient) -> Result<i64, StoreError> {
    Ok(client
        .query_one("SELECT count(*) FROM mails", &[])
        .await?
        .try_get(0)?)
}

/// Notes what came of a mail.
pub(crate) async fn settle(client: &mut Client, mail: &DueMail, fate: &Fate) -> Result<(), StoreError> {
    let tx = client.transaction().await?;
    let error = fate.why();
    match fate {
        Fate::Later(why) => {
            tx.execute(
                "UPDATE mails SET error = left($2, $5),
                     due_at = now() + make_interval(secs => least($3 * 2 ^ least(attempts - 1, 20), $4))
                 WHERE id = $1",
                &[
                    &mail.id,
                    why,
                    &FIRST_PAUSE_SECONDS,
                    &LONGEST_PAUSE_SECONDS,
                    &MAX_ERROR,
                ],
            )
            .await?;
        }
        _ => {
            tx.execute("DELETE FROM mails WHERE id = $1", &[&mail.id]).await?;
        }
    }
    if let Some(invitation) = mail.invitation {
        tx.execute(
            "UPDATE member_invitations SET error = left($2, $3), sent_at = CASE WHEN $2 IS NULL THEN now() ELSE sent_at END
             WHERE id = $1",
            &[&invitation, &error, &MAX_ERROR],
        )
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Removes mails that were never taken.
pub(crate) async fn purge(client: &impl GenericClient) -> Result<u64, tokio_postgres::Error> {
    client
        .execute("DELETE FROM mails WHERE expires_at <= now()", &[])
        .await
}
