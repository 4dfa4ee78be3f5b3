//! Erasing what an organisation has, some rows at a time: each step is a transaction of its own, and whoever comes next goes
//! on. What the processor has written it erases itself: it finds the monitors in `erased_monitors`, and alerts of monitors
//! that are gone by the organisation.

use deadpool_postgres::{GenericClient, Transaction};
use domain::MonitorId;

use super::Scope;
use super::error::StoreError;

/// Rows that are erased in one step.
const ROWS: i64 = 5_000;

/// For how long the log may have records of a monitor that is gone, in days: a day more than it is kept by default. What
/// is on it for longer is of a monitor that nobody knows, and is dropped.
const LOG_DAYS: i32 = 8;

/// Our tables of an organisation, but for its monitors and itself, in the order in which they are erased.
const TABLES: [&str; 40] = [
    "report_notices",
    "report_notice_counts",
    "status_page_subscribers",
    "report_deliveries",
    "status_page_destinations",
    "report_impacts",
    "report_incidents",
    "report_updates",
    "status_reports",
    "status_pages",
    "report_templates",
    "definition_versions",
    "alert_routes",
    "escalation_policies",
    "heartbeats",
    "ping_keys",
    "idempotency_keys",
    "api_keys",
    "member_invitations",
    "memberships",
    "on_call_overrides",
    "on_call_schedules",
    "teams",
    "sessions",
    "incident_notes",
    "incident_acknowledgements",
    "maintenance_windows",
    "monitor_dependencies",
    "monitor_versions",
    "silences",
    "drills",
    "drill_schedules",
    "message_reports",
    "channel_confirmations",
    "channels",
    "email_recipients",
    "tags",
    "exports",
    "audit_log",
    "past_rows",
];

/// Begins to erase an organisation whose deletion is locked: nobody is a member any more. Sessions in it go on in another
/// one, where there is one.
pub(crate) async fn begin(tx: &Transaction<'_>, scope: Scope) -> Result<bool, StoreError> {
    let sql =
        "UPDATE organisation_deletions SET erasing_since = now() WHERE org_id = $1 AND erasing_since IS NULL";
    if tx.execute(sql, &[scope.org_id()]).await? == 0 {
        return Ok(false);
    }
    let sql = "UPDATE sessions s SET org_id = other.org_id
               FROM (SELECT DISTINCT ON (user_id) user_id, org_id FROM memberships
                     WHERE org_id <> $1 AND user_id IN (SELECT user_id FROM sessions WHERE org_id = $1)
                     ORDER BY user_id, created_at, org_id) AS other
               WHERE s.org_id = $1 AND s.user_id = other.user_id";
    tx.execute(sql, &[scope.org_id()]).await?;
    // At once: nobody signs in to it, or moves to it, while it is erased.
    let sql = "DELETE FROM memberships WHERE org_id = $1";
    tx.execute(sql, &[scope.org_id()]).await?;
    Ok(true)
}

/// Monitors of an organisation that were not deleted yet.
pub(crate) async fn monitors(
    tx: &Transaction<'_>,
    scope: Scope,
    limit: i64,
) -> Result<Vec<MonitorId>, StoreError> {
    let sql = "SELECT id FROM monitors WHERE org_id = $1 AND deleted_at IS NULL ORDER BY id LIMIT $2";
    let rows = tx.query(sql, &[scope.org_id(), &limit]).await?;
    rows.iter().map(|row| Ok(MonitorId(row.try_get(0)?))).collect()
}

/// Has the processor erase what it holds of deleted monitors; answers of how many that was not said before.
pub(crate) async fn name_monitors(tx: &Transaction<'_>, scope: Scope) -> Result<u64, StoreError> {
    // Each drill has a monitor of its own.
    let sql = "INSERT INTO erased_monitors (monitor_id, org_id)
               SELECT id, org_id FROM (
                   SELECT id, org_id FROM monitors WHERE org_id = $1 AND deleted_at IS NOT NULL
                   UNION ALL SELECT -id, org_id FROM drills WHERE org_id = $1) m
               WHERE NOT EXISTS (SELECT FROM erased_monitors e WHERE e.monitor_id = m.id)
               ORDER BY id LIMIT $2 ON CONFLICT DO NOTHING";
    Ok(tx.execute(sql, &[scope.org_id(), &ROWS]).await?)
}

/// Erases some rows of our tables; answers how many.
pub(crate) async fn rows(tx: &Transaction<'_>, scope: Scope) -> Result<u64, StoreError> {
    for table in TABLES {
        let sql = format!(
            "DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE org_id = $1 LIMIT $2))"
        );
        let erased = tx.execute(&sql, &[scope.org_id(), &ROWS]).await?;
        if erased > 0 {
            return Ok(erased);
        }
    }
    Ok(0)
}

/// Whether records of an organisation's monitors wait to be published.
pub(crate) async fn is_published(tx: &Transaction<'_>, scope: Scope) -> Result<bool, StoreError> {
    let sql = "SELECT NOT EXISTS (SELECT FROM outbox o JOIN erased_monitors e USING (monitor_id) WHERE e.org_id = $1)";
    Ok(tx.query_one(sql, &[scope.org_id()]).await?.try_get(0)?)
}

/// Whether the processor has nothing of an organisation any more.
pub(crate) async fn has_processor_erased(tx: &Transaction<'_>, scope: Scope) -> Result<bool, StoreError> {
    for table in ["incidents", "alert_events"] {
        let sql = format!("SELECT EXISTS (SELECT FROM {table} WHERE org_id = $1)");
        if tx.query_one(&sql, &[scope.org_id()]).await?.try_get(0)? {
            return Ok(false);
        }
    }
    for table in [
        "monitor_states",
        "check_results",
        "check_errors",
        "skipped_slots",
        "pings",
        "heartbeat_spans",
        "rollups_hourly",
        "rollups_hourly_by_region",
        "rollups_daily",
        "monitor_revisions",
        "monitor_quorums",
        "rollup_days_due",
        "state_checkpoints",
    ] {
        // Each monitor is looked up by itself: no plan reads the history of others.
        let sql = format!(
            "SELECT EXISTS (
                 SELECT FROM erased_monitors e CROSS JOIN LATERAL (
                     SELECT FROM {table} t WHERE t.monitor_id = e.monitor_id LIMIT 1
                 ) AS one WHERE e.org_id = $1)"
        );
        if tx.query_one(&sql, &[scope.org_id()]).await?.try_get(0)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Monitors that are erased, of one organisation or of all, after `after`.
pub(crate) async fn named_monitors(
    client: &impl GenericClient,
    scope: Option<Scope>,
    after: MonitorId,
) -> Result<Vec<MonitorId>, StoreError> {
    let org = scope.map(|scope| *scope.org_id());
    let sql = "SELECT monitor_id FROM erased_monitors
               WHERE ($1::bigint IS NULL OR org_id = $1) AND monitor_id > $2 ORDER BY monitor_id LIMIT $3";
    let rows = client.query(sql, &[&org, &after.0, &ROWS]).await?;
    rows.iter().map(|row| Ok(MonitorId(row.try_get(0)?))).collect()
}

/// Erases an organisation itself, with its deletion. Answers false while some of its monitors are left.
pub(crate) async fn finish(tx: &Transaction<'_>, scope: Scope) -> Result<bool, StoreError> {
    let sql =
        "DELETE FROM monitors WHERE id = ANY(ARRAY(SELECT id FROM monitors WHERE org_id = $1 LIMIT $2))";
    if tx.execute(sql, &[scope.org_id(), &ROWS]).await? > 0 {
        return Ok(false);
    }
    tx.execute("DELETE FROM revocations WHERE org_id = $1", &[scope.org_id()])
        .await?;
    tx.execute("DELETE FROM organisations WHERE id = $1", &[scope.org_id()])
        .await?;
    Ok(true)
}

/// Forgets monitors of which the log can have no record any more, once nothing of them is left that is kept for years.
pub(crate) async fn purge(client: &impl GenericClient) -> Result<u64, tokio_postgres::Error> {
    let sql = "DELETE FROM erased_monitors e WHERE erased_at < now() - make_interval(days => $1)
                   AND NOT EXISTS (SELECT FROM monitors m WHERE m.id = e.monitor_id)
                   AND NOT EXISTS (SELECT FROM rollups_daily r WHERE r.monitor_id = e.monitor_id)
                   AND NOT EXISTS (SELECT FROM rollups_hourly r WHERE r.monitor_id = e.monitor_id)
                   AND NOT EXISTS (SELECT FROM rollups_hourly_by_region r WHERE r.monitor_id = e.monitor_id)";
    client.execute(sql, &[&LOG_DAYS]).await
}
