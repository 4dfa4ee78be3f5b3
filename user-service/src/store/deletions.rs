//! Rows of `account_deletions` and `organisation_deletions`: what is to be deleted, and when. What changes or carries out
//! one locks the account first, if it is about one, then the organisations in the order of their ids, and then these rows.

use api::{AccountDeletion, NamedOrganisation, OrganisationDeletion, PendingDeletion};
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::{MonitorId, OrgId};
use tokio_postgres::Row;

use super::Scope;
use super::error::StoreError;

/// Accounts and organisations that are looked at together.
const BATCH: i64 = 100;

const ERASING: &str = "it is being deleted already, and cannot be cancelled any more";

fn pending(row: &Row) -> Result<PendingDeletion, tokio_postgres::Error> {
    Ok(PendingDeletion {
        requested_at: row.try_get::<_, DateTime<Utc>>("requested_at")?.into(),
        due_at: row.try_get::<_, DateTime<Utc>>("due_at")?.into(),
        erasing: row.try_get("erasing")?,
    })
}

/// The deletion of an account, and what stands in its way.
pub(crate) async fn of_account(
    client: &impl GenericClient,
    user_id: i64,
) -> Result<AccountDeletion, StoreError> {
    let sql = "SELECT requested_at, due_at, erasing_since IS NOT NULL AS erasing FROM account_deletions
               WHERE user_id = $1";
    let row = client.query_opt(sql, &[&user_id]).await?;
    let (deleted_with_it, blocked_by) = owned_alone(client, user_id, "").await?;
    Ok(AccountDeletion {
        deletion: row.as_ref().map(pending).transpose()?,
        deleted_with_it,
        blocked_by,
    })
}

/// As [`of_account`], once the account is locked: its organisations are as well, until the transaction ends.
pub(crate) async fn lock_account(tx: &Transaction<'_>, user_id: i64) -> Result<AccountDeletion, StoreError> {
    owned_alone(tx, user_id, "FOR NO KEY UPDATE OF o").await?;
    // Counted once nobody can join any more.
    of_account(tx, user_id).await
}

/// The organisations in which a user is alone, and those that have other members and no other owner.
async fn owned_alone(
    client: &impl GenericClient,
    user_id: i64,
    lock: &str,
) -> Result<(Vec<NamedOrganisation>, Vec<NamedOrganisation>), StoreError> {
    let sql = format!(
        "SELECT o.id, o.name, (SELECT count(*) FROM memberships c WHERE c.org_id = o.id) = 1 AS is_alone,
                m.role = 'owner' AND NOT EXISTS (
                    SELECT FROM memberships c WHERE c.org_id = o.id AND c.role = 'owner' AND c.user_id <> m.user_id
                ) AS is_only_owner
         FROM memberships m JOIN organisations o ON o.id = m.org_id WHERE m.user_id = $1 ORDER BY o.id {lock}"
    );
    let (mut alone, mut owned) = (Vec::new(), Vec::new());
    for row in client.query(&sql, &[&user_id]).await? {
        let org = NamedOrganisation {
            id: OrgId(row.try_get("id")?),
            name: row.try_get("name")?,
        };
        if row.try_get("is_alone")? {
            alone.push(org);
        } else if row.try_get("is_only_owner")? {
            owned.push(org);
        }
    }
    Ok((alone, owned))
}

/// Has a locked account deleted after so many days, with the organisations in which it is alone; answers false when that
/// was asked for before.
pub(crate) async fn request_of_account(
    tx: &Transaction<'_>,
    user_id: i64,
    days: i32,
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO account_deletions (user_id, due_at) VALUES ($1, now() + make_interval(days => $2))
               ON CONFLICT DO NOTHING";
    Ok(tx.execute(sql, &[&user_id, &days]).await? == 1)
}

/// Has an organisation deleted after so many days; answers false when that was asked for before. One that would go with an
/// account, and has other members by now, is deleted by itself when one of its owners says so.
pub(crate) async fn request(
    tx: &Transaction<'_>,
    scope: Scope,
    user_id: i64,
    days: i32,
    with_account: bool,
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO organisation_deletions AS d (org_id, requested_by, due_at, with_account)
               VALUES ($1, $2, now() + make_interval(days => $3), $4)
               ON CONFLICT (org_id) DO UPDATE SET requested_by = excluded.requested_by, requested_at = now(),
                   due_at = excluded.due_at, with_account = excluded.with_account, cancelled_at = NULL
               WHERE d.cancelled_at IS NOT NULL
                  OR (d.with_account AND NOT excluded.with_account AND d.erasing_since IS NULL AND EXISTS (
                      SELECT FROM memberships m WHERE m.org_id = d.org_id AND m.user_id <> d.requested_by))";
    let asked = tx
        .execute(sql, &[scope.org_id(), &user_id, &days, &with_account])
        .await?;
    Ok(asked == 1)
}

/// The deletion of an organisation.
pub(crate) async fn of_organisation(
    client: &impl GenericClient,
    scope: Scope,
) -> Result<OrganisationDeletion, StoreError> {
    let sql = "SELECT requested_at, due_at, erasing_since IS NOT NULL AS erasing, with_account
               FROM organisation_deletions WHERE org_id = $1 AND cancelled_at IS NULL";
    let row = client.query_opt(sql, &[scope.org_id()]).await?;
    Ok(OrganisationDeletion {
        deletion: row.as_ref().map(pending).transpose()?,
        with_account: row.as_ref().map(|row| row.try_get("with_account")).transpose()? == Some(true),
    })
}

/// Cancels the deletion of a locked account, and of the organisations that were to go with it; answers which those are.
///
/// # Errors
/// 409 when there is none, or it has begun.
pub(crate) async fn cancel_of_account(tx: &Transaction<'_>, user_id: i64) -> Result<Vec<OrgId>, StoreError> {
    // One after the other, so that none begins to be erased meanwhile.
    let orgs = "SELECT FROM organisations WHERE id IN (
                    SELECT org_id FROM organisation_deletions WHERE requested_by = $1 AND with_account
                ) ORDER BY id FOR NO KEY UPDATE";
    tx.execute(orgs, &[&user_id]).await?;
    let rows = "SELECT FROM organisation_deletions WHERE requested_by = $1 AND with_account FOR UPDATE";
    tx.execute(rows, &[&user_id]).await?;
    let lock = "SELECT FROM account_deletions WHERE user_id = $1 FOR UPDATE";
    tx.execute(lock, &[&user_id]).await?;
    let sql = "SELECT erasing_since IS NOT NULL OR EXISTS (
                   SELECT FROM organisation_deletions o
                   WHERE o.requested_by = $1 AND o.with_account AND o.erasing_since IS NOT NULL
               ) FROM account_deletions WHERE user_id = $1";
    let row = tx.query_opt(sql, &[&user_id]).await?;
    let none = || StoreError::Conflict("no deletion of the account was asked for".to_owned());
    if row.ok_or_else(none)?.try_get(0)? {
        return Err(StoreError::Conflict(ERASING.to_owned()));
    }
    tx.execute("DELETE FROM account_deletions WHERE user_id = $1", &[&user_id])
        .await?;
    let sql = "UPDATE organisation_deletions SET cancelled_at = now()
               WHERE requested_by = $1 AND with_account AND cancelled_at IS NULL AND erasing_since IS NULL
               RETURNING org_id";
    let rows = tx.query(sql, &[&user_id]).await?;
    rows.iter().map(|row| Ok(OrgId(row.try_get(0)?))).collect()
}

/// Has an owner cancel the deletion of a locked organisation.
///
/// # Errors
/// 404 when there is none, 409 when it has begun, or goes with the account of this owner.
pub(crate) async fn cancel(tx: &Transaction<'_>, scope: Scope, by: i64) -> Result<(), StoreError> {
    let sql =
        "SELECT erasing_since IS NOT NULL, with_account AND requested_by = $2 FROM organisation_deletions
               WHERE org_id = $1 AND cancelled_at IS NULL FOR UPDATE";
    let row = tx.query_opt(sql, &[scope.org_id(), &by]).await?;
    let row = row.ok_or(StoreError::NotFound("deletion"))?;
    if row.try_get(0)? {
        return Err(StoreError::Conflict(ERASING.to_owned()));
    }
    if row.try_get(1)? {
        let with_account = "it goes with your account: cancel the deletion of that";
        return Err(StoreError::Conflict(with_account.to_owned()));
    }
    set_cancelled(tx, scope).await
}

/// Cancels a locked deletion.
pub(crate) async fn set_cancelled(tx: &Transaction<'_>, scope: Scope) -> Result<(), StoreError> {
    let sql = "UPDATE organisation_deletions SET cancelled_at = now() WHERE org_id = $1";
    tx.execute(sql, &[scope.org_id()]).await?;
    Ok(())
}

/// Whose account an organisation goes with, unless it is erased already.
pub(crate) async fn goes_with(client: &impl GenericClient, scope: Scope) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT requested_by FROM organisation_deletions
               WHERE org_id = $1 AND with_account AND cancelled_at IS NULL AND erasing_since IS NULL";
    let row = client.query_opt(sql, &[scope.org_id()]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// What is to be done about an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// It is to be suspended.
    Suspend,
    /// It is not to be deleted any more.
    Resume,
    /// Everything of it is to be erased.
    Erase,
}

/// The organisations about which something is to be done.
pub(crate) async fn due(client: &impl GenericClient) -> Result<Vec<(Scope, Due)>, StoreError> {
    // Those that are erased wait for others now and then: whose turn it is changes.
    let sql = "SELECT org_id, cancelled_at IS NOT NULL AS is_cancelled, due_at <= now() AS is_due
               FROM organisation_deletions ORDER BY random() LIMIT $1";
    let rows = client.query(sql, &[&BATCH]).await?;
    let read = |row: &Row| {
        let due = match (row.try_get("is_cancelled")?, row.try_get("is_due")?) {
            (true, _) => Due::Resume,
            (false, true) => Due::Erase,
            (false, false) => Due::Suspend,
        };
        Ok((Scope::organisation(OrgId(row.try_get("org_id")?)), due))
    };
    rows.iter().map(read).collect()
}

/// Monitors of an organisation after `after` that are checked.
pub(crate) async fn checked(
    tx: &Transaction<'_>,
    scope: Scope,
    after: MonitorId,
    limit: i64,
) -> Result<Vec<MonitorId>, StoreError> {
    let sql = "SELECT id FROM monitors WHERE org_id = $1 AND id > $2 AND deleted_at IS NULL
                 AND (spec->>'paused')::boolean IS NOT TRUE ORDER BY id LIMIT $3";
    let rows = tx.query(sql, &[scope.org_id(), &after.0, &limit]).await?;
    rows.iter().map(|row| Ok(MonitorId(row.try_get(0)?))).collect()
}

/// Locks an organisation and its deletion that is `due` in this way, unless somebody else is at it; answers the monitors
/// that were paused because of it.
pub(crate) async fn lock(
    tx: &Transaction<'_>,
    scope: Scope,
    due: Due,
) -> Result<Option<Vec<MonitorId>>, StoreError> {
    let org = "SELECT FROM organisations WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED";
    if tx.query_opt(org, &[scope.org_id()]).await?.is_none() {
        return Ok(None);
    }
    let condition = match due {
        Due::Suspend => "cancelled_at IS NULL AND erasing_since IS NULL",
        Due::Resume => "cancelled_at IS NOT NULL",
        Due::Erase => "cancelled_at IS NULL AND due_at <= now()",
    };
    let sql = format!(
        "SELECT paused FROM organisation_deletions WHERE org_id = $1 AND {condition} FOR UPDATE SKIP LOCKED"
    );
    let row = tx.query_opt(&sql, &[scope.org_id()]).await?;
    let paused: Option<Vec<i64>> = row.map(|row| row.try_get(0)).transpose()?;
    Ok(paused.map(|paused| paused.into_iter().map(MonitorId).collect()))
}

/// Remembers which monitors were paused because of a locked deletion.
pub(crate) async fn set_paused(
    tx: &Transaction<'_>,
    scope: Scope,
    paused: &[MonitorId],
) -> Result<(), StoreError> {
    let paused: Vec<i64> = paused.iter().map(|monitor| monitor.0).collect();
    let sql = "UPDATE organisation_deletions SET paused = $2 WHERE org_id = $1";
    tx.execute(sql, &[scope.org_id(), &paused]).await?;
    Ok(())
}

/// Forgets a locked deletion.
pub(crate) async fn forget(tx: &Transaction<'_>, scope: Scope) -> Result<(), StoreError> {
    let sql = "DELETE FROM organisation_deletions WHERE org_id = $1";
    tx.execute(sql, &[scope.org_id()]).await?;
    Ok(())
}

/// Accounts that are to be deleted now.
pub(crate) async fn due_accounts(client: &impl GenericClient) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT user_id FROM account_deletions WHERE due_at <= now() ORDER BY random() LIMIT $1";
    let rows = client.query(sql, &[&BATCH]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Whether an account is to be deleted.
pub(crate) async fn is_account_pending(
    client: &impl GenericClient,
    user_id: i64,
) -> Result<bool, StoreError> {
    let sql = "SELECT FROM account_deletions WHERE user_id = $1";
    Ok(client.query_opt(sql, &[&user_id]).await?.is_some())
}

/// The addresses of an organisation's owners.
pub(crate) async fn owners(client: &impl GenericClient, scope: Scope) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT u.email FROM memberships m JOIN users u ON u.id = m.user_id
               WHERE m.org_id = $1 AND m.role = 'owner' ORDER BY u.id LIMIT $2";
    let rows = client.query(sql, &[scope.org_id(), &BATCH]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Locks the deletion of an account if it is due, unless somebody else is at it.
pub(crate) async fn lock_due_account(tx: &Transaction<'_>, user_id: i64) -> Result<bool, StoreError> {
    let sql = "SELECT FROM account_deletions WHERE user_id = $1 AND due_at <= now() FOR UPDATE SKIP LOCKED";
    Ok(tx.query_opt(sql, &[&user_id]).await?.is_some())
}

/// Whether organisations that go with an account are still there.
pub(crate) async fn is_waiting(tx: &Transaction<'_>, user_id: i64) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT FROM organisation_deletions
                              WHERE requested_by = $1 AND with_account AND cancelled_at IS NULL)";
    Ok(tx.query_one(sql, &[&user_id]).await?.try_get(0)?)
}

/// Who has asked for the deletion of an organisation by itself.
pub(crate) async fn requester(tx: &Transaction<'_>, scope: Scope) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT requested_by FROM organisation_deletions WHERE org_id = $1 AND NOT with_account";
    let row = tx.query_opt(sql, &[scope.org_id()]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}
