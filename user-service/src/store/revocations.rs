//! What access tokens say that is not so any more. Triggers write it; see the migration.

use deadpool_postgres::GenericClient;
use domain::revocation::{MemberRole, Revocations};
use domain::{ApiKeyId, OrgId};
use uuid::Uuid;

use super::error::StoreError;
use super::sessions::session_name;

/// What was revoked by transactions that were not complete at `after`, the cursor of an earlier answer. One that is
/// of another server, or of a time that a restore has undone, is as good as none.
pub(crate) async fn since(client: &impl GenericClient, after: i64) -> Result<Revocations, StoreError> {
    // The cursor and the rows are of the same snapshot.
    let rows = client
        .query(
            "WITH reader AS MATERIALIZED (
                 SELECT pg_snapshot_xmin(pg_current_snapshot()) AS oldest
             )
             SELECT reader.oldest::text, r.session_id, r.user_id, r.org_id, m.role, r.api_key_id,
                 coalesce(m.narrowed, false),
                 coalesce(o.require_second_factor AND NOT EXISTS (
                     SELECT FROM second_factors f
                     WHERE f.user_id = r.user_id AND f.confirmed_at IS NOT NULL), false)
             FROM reader
             LEFT JOIN revocations r
                 ON r.written_by >= CASE WHEN ($1::bigint::text::xid8) <= reader.oldest
                                         THEN $1::bigint::text::xid8 ELSE '0'::xid8 END
             LEFT JOIN memberships m ON m.user_id = r.user_id AND m.org_id = r.org_id
             LEFT JOIN organisations o ON o.id = m.org_id
             ORDER BY r.id",
            &[&after],
        )
        .await?;
    let mut revocations = Revocations::default();
    for row in rows {
        if revocations.cursor.is_empty() {
            revocations.cursor = row.try_get(0)?;
        }
        let (session, user_id, org): (Option<Uuid>, Option<i64>, Option<i64>) =
            (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
        revocations.sessions.extend(session.map(session_name));
        if let (Some(user_id), Some(org)) = (user_id, org) {
            revocations.members.push(MemberRole {
                user_id,
                org_id: OrgId(org),
                role: row.try_get(4)?,
                narrowed: row.try_get(6)?,
                lacks_second_factor: row.try_get(7)?,
            });
        }
        let key: Option<i64> = row.try_get(5)?;
        revocations.api_keys.extend(key.map(ApiKeyId));
    }
    Ok(revocations)
}

/// Removes what speaks of tokens that have expired.
pub(crate) async fn purge(client: &impl GenericClient) -> Result<u64, tokio_postgres::Error> {
    client
        .execute(
            "DELETE FROM revocations WHERE written_at < now() - interval '3 hours'",
            &[],
        )
        .await
}
