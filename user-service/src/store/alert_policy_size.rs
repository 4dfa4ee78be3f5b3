//! How much an organisation may decide about alerts: alerters read all of it at once, and keep it.

use deadpool_postgres::GenericClient;
use domain::monitor::FieldError;

use super::Scope;
use super::error::StoreError;

/// Bytes of JSON that the routes of an organisation may have together, and so may its escalation policies and its
/// schedules. What alerters read has 4 MiB at most.
const MAX_BYTES: i64 = 768 * 1_024;

/// What takes up room.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    Routes,
    Policies,
    Schedules,
}

/// Refuses what was just stored when there is too much of it now.
///
/// # Errors
/// 422 that names the field which takes up most.
pub(crate) async fn require_room(
    tx: &impl GenericClient,
    scope: Scope,
    part: Part,
) -> Result<(), StoreError> {
    let (field, what, sql) = match part {
        Part::Routes => (
            "conditions",
            "routes",
            "SELECT coalesce(sum(octet_length(conditions::text) + octet_length(recipients::text)), 0)::bigint
             FROM alert_routes WHERE org_id = $1",
        ),
        Part::Policies => (
            "steps",
            "escalation policies",
            "SELECT coalesce(sum(octet_length(plan::text)), 0)::bigint FROM escalation_policies WHERE org_id = $1",
        ),
        Part::Schedules => (
            "layers",
            "schedules",
            "SELECT coalesce(sum(octet_length(rota::text)), 0)::bigint FROM on_call_schedules WHERE org_id = $1",
        ),
    };
    let bytes: i64 = tx.query_one(sql, &[scope.org_id()]).await?.try_get(0)?;
    if bytes <= MAX_BYTES {
        return Ok(());
    }
    let wrong = format!(
        "is too large: all {what} of the organisation together may have {} KiB",
        MAX_BYTES / 1_024
    );
    Err(StoreError::Invalid(vec![FieldError::new(field, wrong)]))
}
