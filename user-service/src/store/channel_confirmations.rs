//! Rows of `channel_confirmations`: own channels whose number is not confirmed, and the codes on their way there.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::{ChannelId, OrgId, Timestamp, UserId};

use super::Scope;
use super::error::StoreError;
use crate::rules::number_code::{Expected, LIFETIME_SECONDS, MAX_TRIES};

/// Codes of one organisation that are taken together.
const PER_ORG: i64 = 5;

/// After how long a code that was given out is given out anew, when nobody has said what came of it.
const LEASE_SECONDS: f64 = 180.0;

/// The shortest pause after a failure; then as long as it was tried already.
const FIRST_PAUSE_SECONDS: f64 = 10.0;

/// How long it is tried: whoever wants the code waits for it.
const GIVE_UP_SECONDS: f64 = 600.0;

/// The longest text of an error, in characters.
const MAX_ERROR: i32 = 300;

/// A number that is not confirmed, as its owner sees it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unconfirmed {
    pub(crate) asked_at: Option<Timestamp>,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) error: Option<String>,
}

/// A code that is due.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DueCode {
    pub(crate) scope: Scope,
    pub(crate) channel: ChannelId,
    pub(crate) owner: UserId,
    /// The attempt before it. Another one says that the number is another one meanwhile.
    pub(crate) attempt: i32,
    /// Whether it was counted against the limits already.
    pub(crate) counted: bool,
    /// Whether somebody may still wait for it.
    pub(crate) is_in_time: bool,
}

/// What is known of an organisation's numbers that are not confirmed.
pub(crate) async fn unconfirmed(
    client: &impl GenericClient,
    scope: Scope,
) -> Result<HashMap<ChannelId, Unconfirmed>, StoreError> {
    // Until when a code is accepted is nothing of one that is not.
    let sql = "SELECT channel_id, asked_at, error,
                   CASE WHEN expires_at > now() AND tries < $2 THEN expires_at END AS expires_at
               FROM channel_confirmations WHERE org_id = $1";
    let mut unconfirmed = HashMap::new();
    for row in client.query(sql, &[scope.org_id(), &MAX_TRIES]).await? {
        let asked_at: Option<DateTime<Utc>> = row.try_get("asked_at")?;
        let expires_at: Option<DateTime<Utc>> = row.try_get("expires_at")?;
        let known = Unconfirmed {
            asked_at: asked_at.map(Into::into),
            expires_at: expires_at.map(Into::into),
            error: row.try_get("error")?,
        };
        unconfirmed.insert(ChannelId(row.try_get("channel_id")?), known);
    }
    Ok(unconfirmed)
}

/// Has the number of a locked or new channel confirmed by a code, and no code of before accepted.
pub(crate) async fn require(
    tx: &Transaction<'_>,
    scope: Scope,
    channel: ChannelId,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO channel_confirmations AS known (channel_id, org_id, wanted_at, due_at) VALUES ($1, $2, now(), now())
         ON CONFLICT (channel_id) DO UPDATE
             SET wanted_at = now(), due_at = now(), counted = false, attempt = known.attempt + 1, code_hash = NULL,
                 expires_at = NULL, tries = 0, asked_at = NULL, error = NULL",
        &[&channel.0, scope.org_id()],
    )
    .await?;
    Ok(())
}

/// What is expected of whoever confirms the number of a locked channel; none where it is confirmed.
pub(crate) async fn expected(
    tx: &Transaction<'_>,
    scope: Scope,
    channel: ChannelId,
) -> Result<Option<Expected>, StoreError> {
    let sql = "SELECT code_hash, expires_at, tries FROM channel_confirmations
               WHERE channel_id = $1 AND org_id = $2 FOR UPDATE";
    let Some(row) = tx.query_opt(sql, &[&channel.0, scope.org_id()]).await? else {
        return Ok(None);
    };
    let expires_at: Option<DateTime<Utc>> = row.try_get("expires_at")?;
    Ok(Some(Expected {
        channel,
        hash: row.try_get("code_hash")?,
        expires_at: expires_at.map(Into::into),
        tries: row.try_get("tries")?,
    }))
}

/// A wrong code was entered.
pub(crate) async fn note_wrong(
    tx: &Transaction<'_>,
    scope: Scope,
    channel: ChannelId,
) -> Result<(), StoreError> {
    let sql = "UPDATE channel_confirmations SET tries = tries + 1 WHERE channel_id = $1 AND org_id = $2";
    tx.execute(sql, &[&channel.0, scope.org_id()]).await?;
    Ok(())
}

/// The right one was.
pub(crate) async fn confirm(
    tx: &Transaction<'_>,
    scope: Scope,
    channel: ChannelId,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM channel_confirmations WHERE channel_id = $1 AND org_id = $2";
    tx.execute(sql, &[&channel.0, scope.org_id()]).await?;
    Ok(())
}

/// The code of a channel whose number is not confirmed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Last {
    /// Which attempt it was.
    pub(crate) attempt: i32,
    /// Whether another one is on its way.
    pub(crate) is_followed: bool,
}

/// What is known of the last code of a channel; none where its number is confirmed.
pub(crate) async fn last(
    client: &impl GenericClient,
    scope: Scope,
    channel: ChannelId,
) -> Result<Option<Last>, StoreError> {
    let sql = "SELECT attempt, due_at IS NOT NULL AS is_followed FROM channel_confirmations
               WHERE channel_id = $1 AND org_id = $2";
    let Some(row) = client.query_opt(sql, &[&channel.0, scope.org_id()]).await? else {
        return Ok(None);
    };
    Ok(Some(Last {
        attempt: row.try_get("attempt")?,
        is_followed: row.try_get("is_followed")?,
    }))
}

/// Wants another code after this attempt, which was counted. Where the number is another one meanwhile, its own code is on
/// its way, and that was not counted.
pub(crate) async fn want(
    client: &impl GenericClient,
    scope: Scope,
    channel: ChannelId,
    attempt: i32,
) -> Result<(), StoreError> {
    let sql =
        "UPDATE channel_confirmations SET wanted_at = now(), due_at = now(), counted = true, error = NULL
               WHERE channel_id = $1 AND org_id = $2 AND attempt = $3";
    client
        .execute(sql, &[&channel.0, scope.org_id(), &attempt])
        .await?;
    Ok(())
}

/// Takes codes that are due, of each organisation a few and the first of each before the second of any. Another caller
/// does not get them for some minutes. Whether a code went out of which nobody says what came is not known, so that it is
/// counted again then.
pub(crate) async fn take_due(
    client: &impl GenericClient,
    limit: i64,
) -> Result<Vec<DueCode>, tokio_postgres::Error> {
    let rows = client
        .query(
            "WITH ranked AS (
                 SELECT channel_id, due_at, counted,
                        row_number() OVER (PARTITION BY org_id ORDER BY due_at, channel_id) AS rank
                 FROM channel_confirmations WHERE due_at <= now()
             ), taken AS (
                 SELECT r.channel_id, r.counted, c.owner_id FROM ranked r JOIN channels c ON c.id = r.channel_id
                 WHERE r.rank <= $2 AND c.owner_id IS NOT NULL ORDER BY r.rank, r.due_at, r.channel_id LIMIT $1
             )
             UPDATE channel_confirmations w SET due_at = now() + make_interval(secs => $3), counted = false
             FROM taken WHERE w.channel_id = taken.channel_id AND w.due_at <= now()
             RETURNING w.org_id, w.channel_id, w.attempt, taken.owner_id, taken.counted,
                       coalesce(w.wanted_at > now() - make_interval(secs => $4), false) AS is_in_time",
            &[&limit, &PER_ORG, &LEASE_SECONDS, &GIVE_UP_SECONDS],
        )
        .await?;
    let due = rows.iter().map(|row| {
        Ok(DueCode {
            scope: Scope::organisation(OrgId(row.try_get("org_id")?)),
            channel: ChannelId(row.try_get("channel_id")?),
            owner: UserId(row.try_get("owner_id")?),
            attempt: row.try_get("attempt")?,
            counted: row.try_get("counted")?,
            is_in_time: row.try_get("is_in_time")?,
        })
    });
    due.collect()
}

/// Keeps the hash of a code that is given out, in place of the one before; answers which attempt it is, or none where no
/// code is wanted any more, or one to another number: what goes to the former one would confirm the new one.
pub(crate) async fn give_out(
    client: &impl GenericClient,
    due: &DueCode,
    hash: &[u8],
) -> Result<Option<i32>, StoreError> {
    let row = client
        .query_opt(
            "UPDATE channel_confirmations
             SET code_hash = $3, expires_at = now() + make_interval(secs => $4), tries = 0, attempt = attempt + 1
             WHERE channel_id = $1 AND org_id = $2 AND attempt = $5 AND due_at IS NOT NULL RETURNING attempt",
            &[
                &due.channel.0,
                due.scope.org_id(),
                &hash,
                &LIFETIME_SECONDS,
                &due.attempt,
            ],
        )
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Lets a code be due a little later: it could not be counted.
pub(crate) async fn put_off(client: &impl GenericClient, due: &DueCode) -> Result<(), StoreError> {
    let sql = "UPDATE channel_confirmations SET due_at = now() + make_interval(secs => $3)
               WHERE channel_id = $1 AND org_id = $2 AND attempt = $4 AND due_at IS NOT NULL";
    client
        .execute(
            sql,
            &[
                &due.channel.0,
                due.scope.org_id(),
                &FIRST_PAUSE_SECONDS,
                &due.attempt,
            ],
        )
        .await?;
    Ok(())
}

/// Drops a code that cannot be sent, and says why. It is not asked for again by itself.
pub(crate) async fn drop_code(
    client: &impl GenericClient,
    due: &DueCode,
    why: &str,
) -> Result<(), StoreError> {
    let sql = "UPDATE channel_confirmations SET wanted_at = NULL, due_at = NULL, counted = false, error = $3
               WHERE channel_id = $1 AND org_id = $2 AND attempt = $4";
    client
        .execute(sql, &[&due.channel.0, due.scope.org_id(), &why, &due.attempt])
        .await?;
    Ok(())
}

/// A code was sent.
pub(crate) async fn sent(
    client: &impl GenericClient,
    scope: Scope,
    channel: ChannelId,
    attempt: i32,
) -> Result<(), StoreError> {
    client
        .execute(
            "UPDATE channel_confirmations
             SET wanted_at = NULL, due_at = NULL, counted = false, asked_at = now(), error = NULL
             WHERE channel_id = $1 AND org_id = $2 AND attempt = $3",
            &[&channel.0, scope.org_id(), &attempt],
        )
        .await?;
    Ok(())
}

/// A code was not sent: another one is tried `again`, later each time, or it is given up. It was counted and nobody got
/// it, so that the next one is not counted.
pub(crate) async fn failed(
    client: &impl GenericClient,
    scope: Scope,
    channel: ChannelId,
    attempt: i32,
    (error, again): (&str, bool),
) -> Result<(), StoreError> {
    client
        .execute(
            "UPDATE channel_confirmations SET
                 error = left($4, $8),
                 counted = $5,
                 due_at = CASE WHEN $5 AND wanted_at > now() - make_interval(secs => $6) THEN
                     now() + greatest(now() - wanted_at, make_interval(secs => $7))
                 END
             WHERE channel_id = $1 AND org_id = $2 AND attempt = $3 AND due_at IS NOT NULL",
            &[
                &channel.0,
                scope.org_id(),
                &attempt,
                &error,
                &again,
                &GIVE_UP_SECONDS,
                &FIRST_PAUSE_SECONDS,
                &MAX_ERROR,
            ],
        )
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests;
