//! Muting: for a while nobody is notified of a monitor's incidents. Checks continue.

use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::{MonitorId, OrgId, Timestamp};
use shared::problem::Problem;

/// No new version: no PATCH could overwrite it.
pub(super) async fn set(
    client: &impl GenericClient,
    org: OrgId,
    id: MonitorId,
    muted: bool,
    until: Option<Timestamp>,
) -> Result<(), Problem> {
    let until: Option<DateTime<Utc>> = until.map(Timestamp::to_datetime);
    let changed = client
        .execute(
            "UPDATE monitors SET muted = $3, muted_until = $4
             WHERE id = $1 AND org_id = $2 AND deleted_at IS NULL",
            &[&id.0, &org.0, &muted, &until],
        )
        .await?;
    match changed {
        0 => Err(super::not_found()),
        _ => Ok(()),
    }
}
