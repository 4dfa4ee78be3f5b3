//! How much an organisation may decide about alerts: alerters read all of it at once, and keep it.

use deadpool_postgres::GenericClient;
use domain::monitor::FieldError;

use super::Scope;
use super::error::StoreError;
use crate::rules::told_days::TOLD_DAYS;

/// Bytes of JSON that the routes of an organisation may have together, and so may its escalation policies and its
/// schedules. What alerters read has 4 MiB at most.
const MAX_BYTES: i64 = 768 * 1_024;

/// The same of silences of which alerters are told.
const MAX_SILENCE_BYTES: i64 = 384 * 1_024;

/// Silences of an organisation of which alerters are told, at most: who makes them and ends them at once does not fill
/// alerters with them.
const MAX_SILENCES: i64 = 2_000;

/// What takes up room.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    Routes,
    Policies,
    Schedules,
    Silences,
}

/// Refuses what was just stored when there is too much of it now.
///
/// # Errors
/// 422 that names the field which takes up most; 409 for too many silences.
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
        Part::Silences => return require_room_of_silences(tx, scope).await,
    };
    let bytes: i64 = tx.query_one(sql, &[scope.org_id()]).await?.try_get(0)?;
    refuse_more(field, what, bytes, MAX_BYTES)
}

async fn require_room_of_silences(tx: &impl GenericClient, scope: Scope) -> Result<(), StoreError> {
    let sql = "SELECT count(*), coalesce(sum(octet_length(monitors::text)), 0)::bigint,
                   coalesce(sum(octet_length(conditions::text)), 0)::bigint
               FROM silences WHERE org_id = $1 AND ends_at > now() - make_interval(days => $2)";
    let row = tx.query_one(sql, &[scope.org_id(), &TOLD_DAYS]).await?;
    let (silences, monitors, conditions): (i64, i64, i64) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let what = format!("silences that are not over, or ended in the last {TOLD_DAYS} days,");
    if silences > MAX_SILENCES {
        let wrong = format!("the organisation has {MAX_SILENCES} of {MAX_SILENCES} {what} that it can have");
        return Err(StoreError::Conflict(wrong));
    }
    let field = match monitors < conditions {
        true => "conditions",
        false => "monitors",
    };
    refuse_more(field, &what, monitors + conditions, MAX_SILENCE_BYTES)
}

fn refuse_more(field: &str, what: &str, bytes: i64, most: i64) -> Result<(), StoreError> {
    if bytes <= most {
        return Ok(());
    }
    let wrong = format!(
        "is too large: all {what} of the organisation together may have {} KiB",
        most / 1_024
    );
    Err(StoreError::Invalid(vec![FieldError::new(field, wrong)]))
}
