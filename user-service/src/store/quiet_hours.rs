//! Rows of `member_quiet_hours`: when the own channels of a member are not notified of what begins.

use std::collections::HashMap;

use deadpool_postgres::GenericClient;
use domain::UserId;
use domain::channel::OwnerQuietHours;
use shared::postgres::Stored;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::Scope;
use super::alert_policy_size::{self, Part};
use super::error::StoreError;

/// Those of all members of an organisation who have some. What cannot be read is counted, and is none: silence would be worse.
pub(super) async fn of_members(
    client: &impl GenericClient,
    scope: Scope,
) -> Result<HashMap<UserId, OwnerQuietHours>, StoreError> {
    let sql = "SELECT user_id, quiet_hours FROM member_quiet_hours WHERE org_id = $1 ORDER BY user_id";
    let statement = client.prepare_cached(sql).await?;
    let mut all = HashMap::new();
    for row in client.query(&statement, &[scope.org_id()]).await? {
        let user: i64 = row.try_get(0)?;
        if let Some(quiet) = read(&row, user)? {
            all.insert(UserId(user), quiet);
        }
    }
    Ok(all)
}

/// Those of a member; none where there is nothing that can be read.
pub(crate) async fn find(
    client: &impl GenericClient,
    scope: Scope,
    user: i64,
) -> Result<OwnerQuietHours, StoreError> {
    let sql = "SELECT user_id, quiet_hours FROM member_quiet_hours WHERE org_id = $1 AND user_id = $2";
    let row = client.query_opt(sql, &[scope.org_id(), &user]).await?;
    let quiet = row.map(|row| read(&row, user)).transpose()?.flatten();
    Ok(quiet.unwrap_or_default())
}

fn read(row: &Row, user: i64) -> Result<Option<OwnerQuietHours>, tokio_postgres::Error> {
    let quiet: Stored<OwnerQuietHours> = row.try_get(1)?;
    Ok(quiet.or_left_out("quiet hours of a member", user))
}

/// Sets those of somebody who is a member; none of them leaves no row. Answers whether that changed something.
///
/// # Errors
/// 422 (`windows`) when there would be too much that alerters have to be given.
pub(crate) async fn set(
    tx: &impl GenericClient,
    scope: Scope,
    user: i64,
    quiet: &OwnerQuietHours,
) -> Result<bool, StoreError> {
    if quiet.is_empty() {
        let sql = "DELETE FROM member_quiet_hours WHERE org_id = $1 AND user_id = $2";
        return Ok(tx.execute(sql, &[scope.org_id(), &user]).await? > 0);
    }
    let sql = "INSERT INTO member_quiet_hours AS q (org_id, user_id, quiet_hours)
               SELECT org_id, user_id, $3::jsonb FROM memberships WHERE org_id = $1 AND user_id = $2
               ON CONFLICT (org_id, user_id) DO UPDATE SET quiet_hours = excluded.quiet_hours, updated_at = now()
                   WHERE q.quiet_hours <> excluded.quiet_hours";
    let rows = tx.execute(sql, &[scope.org_id(), &user, &Json(quiet)]).await?;
    if rows > 0 {
        alert_policy_size::require_room(tx, scope, Part::QuietHours).await?;
    }
    Ok(rows > 0)
}
