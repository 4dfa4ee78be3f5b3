//! What an organisation has, and what it may have. Whoever adds something asks here.

use api::{LimitKey, UsageItem};
use deadpool_postgres::{GenericClient, Transaction};
use serde_json::Value;
use tokio_postgres::Row;

use super::Scope;
use super::error::StoreError;
use crate::metrics as names;
use crate::rules::limits::{self, LimitReached};
use crate::rules::plan::{Effective, Plans};

/// How many there are of something, as a query of one number. Each goes by an index that begins with the organisation.
fn count_of(key: LimitKey) -> &'static str {
    match key {
        LimitKey::Monitors => "SELECT count(*) FROM monitors WHERE org_id = $1 AND deleted_at IS NULL",
        LimitKey::Members => {
            "SELECT (SELECT count(*) FROM memberships WHERE org_id = $1)
                  + (SELECT count(*) FROM member_invitations WHERE org_id = $1 AND expires_at > now())"
        }
        LimitKey::Invitations => {
            "SELECT count(*) FROM member_invitations WHERE org_id = $1 AND expires_at > now()"
        }
        LimitKey::ApiKeys => {
            "SELECT count(*) FROM api_keys WHERE org_id = $1 AND (expires_at IS NULL OR expires_at > now())"
        }
        LimitKey::Channels => "SELECT count(*) FROM channels WHERE org_id = $1 AND owner_id IS NULL",
        LimitKey::MaintenanceWindows => "SELECT count(*) FROM maintenance_windows WHERE org_id = $1",
        LimitKey::Tags => "SELECT count(*) FROM tags WHERE org_id = $1",
        LimitKey::SlaReports => "SELECT count(*) FROM sla_reports WHERE org_id = $1",
        LimitKey::SlaSchedules => "SELECT count(*) FROM sla_schedules WHERE org_id = $1",
        LimitKey::ReportTemplates => "SELECT count(*) FROM report_templates WHERE org_id = $1",
        LimitKey::AlertRoutes => "SELECT count(*) FROM alert_routes WHERE org_id = $1",
        LimitKey::Silences => "SELECT count(*) FROM silences WHERE org_id = $1 AND ends_at > now()",
        LimitKey::EscalationPolicies => "SELECT count(*) FROM escalation_policies WHERE org_id = $1",
        LimitKey::OnCallSchedules => "SELECT count(*) FROM on_call_schedules WHERE org_id = $1",
        LimitKey::Teams => "SELECT count(*) FROM teams WHERE org_id = $1",
        LimitKey::RunningDrills => "SELECT count(*) FROM drills WHERE org_id = $1 AND ended_at IS NULL",
        LimitKey::DrillsPerDay => {
            "SELECT count(*) FROM drills
             WHERE org_id = $1 AND started_at >= date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'"
        }
        LimitKey::DrillSchedules => "SELECT count(*) FROM drill_schedules WHERE org_id = $1",
        LimitKey::StatusPages => "SELECT count(*) FROM status_pages WHERE org_id = $1",
        LimitKey::ChecksOnRequestPerDay => {
            "SELECT coalesce((SELECT used FROM checks_on_request
                              WHERE org_id = $1 AND day = (now() AT TIME ZONE 'UTC')::date), 0)::bigint"
        }
    }
}

async fn count(client: &impl GenericClient, scope: Scope, key: LimitKey) -> Result<u32, StoreError> {
    let statement = client.prepare_cached(count_of(key)).await?;
    let count: i64 = client
        .query_one(&statement, &[scope.org_id()])
        .await?
        .try_get(0)?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// What an organisation may have.
///
/// # Errors
/// 404 when it is gone.
pub(crate) async fn effective(
    client: &impl GenericClient,
    scope: Scope,
    plans: &Plans,
) -> Result<Effective, StoreError> {
    let sql = "SELECT plan, limit_overrides FROM organisations WHERE id = $1";
    let statement = client.prepare_cached(sql).await?;
    let row = client.query_opt(&statement, &[scope.org_id()]).await?;
    read(&row.ok_or(StoreError::NotFound("organisation"))?, plans)
}

fn read(row: &Row, plans: &Plans) -> Result<Effective, StoreError> {
    let (plan, overrides): (Option<&str>, Option<Value>) = (row.try_get(0)?, row.try_get(1)?);
    Ok(plans.effective(plan, overrides.as_ref()))
}

/// Requires that the organisation may have `more` of something, and lets others that add something wait until the
/// transaction ends: together they cannot pass the limit.
///
/// # Errors
/// 409 with the limit and what is used of it.
pub(crate) async fn require_room(
    tx: &Transaction<'_>,
    scope: Scope,
    plans: &Plans,
    key: LimitKey,
    more: u32,
) -> Result<Effective, StoreError> {
    scope.take_turn(tx).await?;
    let effective = effective(tx, scope, plans).await?;
    let used = count(tx, scope, key).await?;
    let room = limits::require_room(key, effective.limits.of(key), used, more, Some(&effective.plan));
    room.map_err(reached)?;
    Ok(effective)
}

/// Counts a check on request, if the organisation may have one more today (UTC).
///
/// # Errors
/// 409 with the limit and what is used of it.
pub(crate) async fn take_check(tx: &Transaction<'_>, scope: Scope, plans: &Plans) -> Result<(), StoreError> {
    require_room(tx, scope, plans, LimitKey::ChecksOnRequestPerDay, 1).await?;
    let sql = "INSERT INTO checks_on_request AS c (org_id, day, used) VALUES ($1, (now() AT TIME ZONE 'UTC')::date, 1)
               ON CONFLICT (org_id) DO UPDATE
                   SET used = CASE WHEN c.day = excluded.day THEN c.used + 1 ELSE 1 END, day = excluded.day";
    let statement = tx.prepare_cached(sql).await?;
    tx.execute(&statement, &[scope.org_id()]).await?;
    Ok(())
}

/// As [`require_room`], for what no plan limits.
///
/// # Errors
/// 409 with the limit and what is used of it.
pub(crate) async fn require_fixed_room(
    tx: &Transaction<'_>,
    scope: Scope,
    key: LimitKey,
    more: u32,
) -> Result<(), StoreError> {
    scope.take_turn(tx).await?;
    let used = count(tx, scope, key).await?;
    limits::require_room(key, limits::fixed(key), used, more, None).map_err(reached)
}

fn reached(reached: LimitReached) -> StoreError {
    metrics::counter!(names::LIMITS_REACHED, "key" => reached.key.as_str()).increment(1);
    StoreError::LimitReached(reached)
}

/// What an organisation has of what it may have.
pub(crate) async fn usage(
    client: &impl GenericClient,
    scope: Scope,
    effective: &Effective,
) -> Result<Vec<UsageItem>, StoreError> {
    let mut items = Vec::with_capacity(LimitKey::ALL.len());
    for key in LimitKey::ALL {
        items.push(UsageItem {
            key,
            used: count(client, scope, key).await?,
            limit: effective.limits.of(key),
        });
    }
    Ok(items)
}
