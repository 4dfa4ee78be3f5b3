//! Monitors: what is watched.

mod change;
mod handlers;
mod list;
mod live;
mod mute;
mod patch;
mod row;
mod status;
mod view;

pub(crate) use change::purge_deleted;
pub(crate) use handlers::mount;
pub(crate) use row::{COLUMNS, MonitorRow};
pub(crate) use status::{EFFECTIVE_STATE, parse_error_code};

use deadpool_postgres::GenericClient;
use domain::{MonitorId, OrgId};
use shared::problem::Problem;

/// The monitor, when it belongs to the organisation.
///
/// # Errors
/// 404 when it does not, or was removed.
pub(crate) async fn find(
    client: &impl GenericClient,
    org: OrgId,
    id: MonitorId,
) -> Result<MonitorRow, Problem> {
    let sql =
        format!("SELECT {COLUMNS} FROM monitors m WHERE id = $1 AND org_id = $2 AND deleted_at IS NULL");
    let row = client.query_opt(&sql, &[&id.0, &org.0]).await?;
    row.as_ref()
        .map(MonitorRow::read)
        .transpose()?
        .ok_or_else(not_found)
}

pub(crate) fn not_found() -> Problem {
    Problem::not_found("monitor")
}
