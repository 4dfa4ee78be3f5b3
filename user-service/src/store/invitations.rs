//! Rows of `member_invitations`.

use api::{InvitedTo, LimitKey, MemberInvitation, Role};
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::OrgId;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use uuid::Uuid;

use super::Scope;
use super::error::StoreError;
use super::limits;
use super::only_tags::{self, Narrowed, OF_INVITATION};
use super::organisations::{MAX_PER_USER, role};
use crate::rules::mailed_token::MailedToken;
use crate::rules::plan::Plans;

/// For how long an invitation is shown that can no longer be accepted, in days.
const KEPT_DAYS: i32 = 30;

fn select() -> String {
    format!(
        "SELECT i.id, i.email, i.role, {OF_INVITATION}, u.name AS invited_by, i.created_at, i.expires_at, i.sent_at,
             i.error
         FROM member_invitations i JOIN users u ON u.id = i.invited_by
         WHERE i.org_id = $1"
    )
}

fn read(row: &Row) -> Result<MemberInvitation, StoreError> {
    Ok(MemberInvitation {
        id: row.try_get("id")?,
        email: row.try_get("email")?,
        role: role(row)?,
        only_tags: row.try_get("only_tags")?,
        invited_by: row.try_get("invited_by")?,
        created_at: row.try_get::<_, DateTime<Utc>>("created_at")?.into(),
        expires_at: row.try_get::<_, DateTime<Utc>>("expires_at")?.into(),
        sent_at: row
            .try_get::<_, Option<DateTime<Utc>>>("sent_at")?
            .map(Into::into),
        error: row.try_get("error")?,
        link: None,
    })
}

/// The invitations of an organisation, the latest first, after the one at `after`.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<MemberInvitation>, StoreError> {
    let (created_at, id) = after.unzip();
    let sql = format!(
        "{} AND ($2::timestamptz IS NULL OR (date_trunc('milliseconds', i.created_at), i.id) < ($2, $3))
         ORDER BY date_trunc('milliseconds', i.created_at) DESC, i.id DESC LIMIT $4",
        select()
    );
    let rows = client
        .query(&sql, &[scope.org_id(), &created_at, &id, &limit])
        .await?;
    rows.iter().map(read).collect()
}

/// An invitation.
///
/// # Errors
/// 404 when there is none of this id.
pub(crate) async fn find(
    tx: &Transaction<'_>,
    scope: Scope,
    id: Uuid,
) -> Result<MemberInvitation, StoreError> {
    let sql = format!("{} AND i.id = $2 FOR NO KEY UPDATE OF i", select());
    let row = tx.query_opt(&sql, &[scope.org_id(), &id]).await?;
    read(&row.ok_or(StoreError::NotFound("invitation"))?)
}

/// Who invites whom.
#[derive(Debug)]
pub(crate) struct New<'a> {
    pub(crate) email: &'a str,
    pub(crate) role: Role,
    pub(crate) only_tags: Option<&'a [String]>,
    pub(crate) invited_by: i64,
    pub(crate) token: &'a MailedToken,
    /// Whether the token is only in a mail to the address.
    pub(crate) is_mailed: bool,
    pub(crate) valid_seconds: f64,
}

/// Adds an invitation, once it is the [turn](Scope::take_turn) of the transaction; answers its id.
///
/// # Errors
/// 409 when the address is a member's or invited already, or there are as many as there may be; 422 (`only_tags`) for a
/// tag that there is not.
pub(crate) async fn insert(
    tx: &Transaction<'_>,
    scope: Scope,
    new: &New<'_>,
    plans: &Plans,
) -> Result<Uuid, StoreError> {
    let taken = |message| StoreError::Taken {
        field: "email",
        message,
    };
    let member = "SELECT 1 FROM memberships m JOIN users u ON u.id = m.user_id
                  WHERE m.org_id = $1 AND lower(u.email) = $2";
    if tx
        .query_opt(member, &[scope.org_id(), &new.email])
        .await?
        .is_some()
    {
        return Err(taken("is that of a member already"));
    }
    // One that has run out is in nobody's way.
    let expired = "DELETE FROM member_invitations WHERE org_id = $1 AND email = $2 AND expires_at <= now()";
    tx.execute(expired, &[scope.org_id(), &new.email]).await?;
    limits::require_fixed_room(tx, scope, LimitKey::Invitations, 1).await?;
    limits::require_room(tx, scope, plans, LimitKey::Members, 1).await?;
    let id = uuid::Builder::from_random_bytes(shared::crypto::random()).into_uuid();
    let made = tx
        .execute(
            "INSERT INTO member_invitations (id, org_id, email, role, invited_by, token_hash, is_mailed, expires_at,
                                             narrowed)
             VALUES ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(secs => $8), $9)",
            &[
                &id,
                scope.org_id(),
                &new.email,
                &new.role.as_str(),
                &new.invited_by,
                &new.token.hash(),
                &new.is_mailed,
                &new.valid_seconds,
                &new.only_tags.is_some(),
            ],
        )
        .await;
    match made {
        Ok(_) => {
            only_tags::set(tx, scope, Narrowed::Invitation(id), new.only_tags).await?;
            Ok(id)
        }
        Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
            Err(taken("is invited already: have the invitation sent again"))
        }
        Err(error) => Err(error.into()),
    }
}

/// Gives an invitation another token, with which it is valid as long as a new one. The one before it is good for nothing.
pub(crate) async fn renew(
    tx: &Transaction<'_>,
    scope: Scope,
    id: Uuid,
    by: i64,
    token: &MailedToken,
    is_mailed: bool,
    valid_seconds: f64,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE member_invitations SET token_hash = $3, is_mailed = $4, error = NULL, invited_by = $6,
             expires_at = now() + make_interval(secs => $5)
         WHERE org_id = $1 AND id = $2",
        &[
            scope.org_id(),
            &id,
            &token.hash(),
            &is_mailed,
            &valid_seconds,
            &by,
        ],
    )
    .await?;
    tx.execute("DELETE FROM mails WHERE invitation_id = $1", &[&id])
        .await?;
    Ok(())
}

/// Removes an invitation, and the mail that is on its way.
pub(crate) async fn delete(tx: &Transaction<'_>, scope: Scope, id: Uuid) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM member_invitations WHERE org_id = $1 AND id = $2",
        &[scope.org_id(), &id],
    )
    .await?;
    tx.execute("DELETE FROM mails WHERE invitation_id = $1", &[&id])
        .await?;
    Ok(())
}

/// What a token invites to; none when it is good for nothing (any more).
pub(crate) async fn by_token(
    client: &impl GenericClient,
    token: &MailedToken,
) -> Result<Option<(OrgId, InvitedTo)>, StoreError> {
    let sql = format!(
        "SELECT i.org_id, o.name, u.name AS invited_by, i.email, i.role, {OF_INVITATION}, i.expires_at
         FROM member_invitations i JOIN organisations o ON o.id = i.org_id JOIN users u ON u.id = i.invited_by
         WHERE i.token_hash = $1 AND i.expires_at > now()"
    );
    let Some(row) = client.query_opt(&sql, &[&token.hash()]).await? else {
        return Ok(None);
    };
    let invited = InvitedTo {
        organisation: row.try_get("name")?,
        invited_by: row.try_get("invited_by")?,
        email: row.try_get("email")?,
        role: role(&row)?,
        only_tags: row.try_get("only_tags")?,
        expires_at: row.try_get::<_, DateTime<Utc>>("expires_at")?.into(),
    };
    Ok(Some((OrgId(row.try_get("org_id")?), invited)))
}

/// The organisation that has invited a (normalised) address last, and the hash of the token.
pub(crate) async fn latest_to(
    client: &impl GenericClient,
    email: &str,
) -> Result<Option<(OrgId, Vec<u8>)>, StoreError> {
    let sql = "SELECT org_id, token_hash FROM member_invitations WHERE email = $1 AND expires_at > now()
               ORDER BY created_at DESC, id LIMIT 1";
    let Some(row) = client.query_opt(sql, &[&email]).await? else {
        return Ok(None);
    };
    Ok(Some((OrgId(row.try_get(0)?), row.try_get(1)?)))
}

/// What an invitation gives to who has accepted it.
#[derive(Debug)]
pub(crate) struct Accepted {
    /// Whether the token was only in a mail to the address.
    pub(crate) is_mailed: bool,
    /// Whether the person was no member before.
    pub(crate) is_new: bool,
}

/// Uses the token with this hash to make a user a member, once it is the [turn](Scope::take_turn) of the transaction. Of
/// two at once one gets it.
///
/// # Errors
/// 404 when the token is good for nothing any more, 409 when the user is in as many organisations as one may be.
pub(crate) async fn accept(
    tx: &Transaction<'_>,
    scope: Scope,
    token_hash: &[u8],
    user_id: i64,
) -> Result<Accepted, StoreError> {
    let sql = "SELECT id, role, narrowed, is_mailed FROM member_invitations
               WHERE org_id = $1 AND token_hash = $2 AND expires_at > now() FOR UPDATE";
    let row = tx.query_opt(sql, &[scope.org_id(), &token_hash]).await?;
    let row = row.ok_or(StoreError::NotFound("invitation"))?;
    let (id, narrowed): (Uuid, bool) = (row.try_get("id")?, row.try_get("narrowed")?);
    let count = "SELECT count(*) FROM memberships WHERE user_id = $1 AND org_id <> $2";
    let count: i64 = tx
        .query_one(count, &[&user_id, scope.org_id()])
        .await?
        .try_get(0)?;
    if count >= MAX_PER_USER {
        let most = format!("one person can be in {MAX_PER_USER} organisations at most");
        return Err(StoreError::Conflict(most));
    }
    let join = "INSERT INTO memberships (org_id, user_id, role, narrowed) VALUES ($1, $2, $3, $4)
                ON CONFLICT DO NOTHING";
    let joined = tx
        .execute(
            join,
            &[scope.org_id(), &user_id, &role(&row)?.as_str(), &narrowed],
        )
        .await?;
    if joined == 1 {
        let sql = "INSERT INTO member_tags (org_id, user_id, tag_id)
                   SELECT $1, $2, tag_id FROM invitation_tags WHERE invitation_id = $3";
        tx.execute(sql, &[scope.org_id(), &user_id, &id]).await?;
    }
    // With what it says of tags, which is kept until then.
    delete(tx, scope, id).await?;
    Ok(Accepted {
        is_mailed: row.try_get("is_mailed")?,
        is_new: joined == 1,
    })
}

/// Removes invitations that nobody can accept any more, after a while.
pub(crate) async fn purge(client: &impl GenericClient) -> Result<u64, tokio_postgres::Error> {
    let sql = "DELETE FROM member_invitations WHERE expires_at < now() - make_interval(days => $1)";
    client.execute(sql, &[&KEPT_DAYS]).await
}
