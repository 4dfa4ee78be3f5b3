//! What is known of the hours of a monitor, to say what is usual; and of which monitors the log is to be given that.

use std::ops::Range;

use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::baseline::{Bounds, HISTORY_MS, History};
use domain::maintenance::{maintenance_within, merged};
use domain::record::{Lifecycle, LifecycleEvent};
use domain::{MonitorId, Timestamp};
use shared::crypto::Keyring;

use super::error::StoreError;
use super::monitor_row::{COLUMNS, MonitorRow};
use super::outages::outages;
use super::series::hours_of;
use super::{Scope, maintenance_windows, outbox};
use crate::rules::baseline;

/// The hours by which it can be said what is usual in those of `range`, of a monitor that was
/// [found](super::monitors::find). It is the same whoever asks: all maintenance of the organisation counts.
pub(crate) async fn history(
    client: &impl GenericClient,
    monitor: &MonitorRow,
    range: Range<Timestamp>,
) -> Result<History, StoreError> {
    let span = range.start.plus_millis(-HISTORY_MS)..range.end;
    // From the full hour on: what is usual in an hour may be known by the whole of one eight weeks before.
    let start = baseline::floor(span.start);
    let mut hours = hours_of(client, &[monitor.id], start, span.end).await?;
    let windows = maintenance_windows::all(client, Scope::organisation(monitor.org_id)).await?;
    let mut left_out = outages(client, monitor, None, start..span.end).await?;
    left_out.extend(maintenance_within(monitor.id, &windows, start..span.end));
    let hours = hours.remove(&monitor.id).unwrap_or_default();
    let counted = baseline::Counted {
        left_out: &merged(left_out),
        since: monitor.probe_since.unwrap_or_default(),
    };
    Ok(counted.history(&hours))
}

/// Monitors that are looked for together.
const BATCH: i64 = 20;

/// Monitors of which the log is given what is usual, or was. Who pauses a monitor has what was usual forgotten.
const CONCERNED: &str = "(m.anomalies IS NOT NULL OR m.baseline_sent IS NOT NULL) AND m.deleted_at IS NULL
    AND m.spec->'paused' IS DISTINCT FROM 'true'";

/// By what the log is given it.
const ASKED: &str = "jsonb_build_object('rule', m.anomalies, 'revision', m.revision)";

/// The log was given it by another rule or of another revision, never, or has no use for it any more.
const CHANGED: &str =
    "m.baseline_sent IS DISTINCT FROM jsonb_build_object('rule', m.anomalies, 'revision', m.revision)";

/// It was given so long ago that it is to be given again. What is usual in an hour goes by hours that are a day before it or
/// more: of those that come until then it is known already, and of later ones it is said once more in time.
const OLD: &str = "m.anomalies IS NOT NULL
    AND (m.baseline_sent_at IS NULL OR m.baseline_sent_at < now() - interval '12 hours')";

/// What the log has of a monitor of which it has been given what is usual.
const SENT: &str = "CASE WHEN m.anomalies IS NOT NULL
    THEN jsonb_build_object('rule', m.anomalies, 'revision', m.revision) END";

/// Why the log is to be given what is usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// A user has changed something, and waits for it.
    Changed,
    /// What it has is old.
    Old,
}

/// A monitor that is due.
#[derive(Debug)]
pub(crate) struct DueMonitor {
    row: MonitorRow,
    /// By what it was found.
    asked: String,
}

/// The next monitors that are due, after the one with the number `after`.
pub(crate) async fn due(
    client: &impl GenericClient,
    due: Due,
    after: i64,
) -> Result<Vec<MonitorId>, StoreError> {
    let why = match due {
        Due::Changed => CHANGED,
        Due::Old => OLD,
    };
    let sql = format!(
        "SELECT m.id FROM monitors m WHERE {CONCERNED} AND {why} AND m.id > $1 ORDER BY m.id LIMIT $2"
    );
    let statement = client.prepare_cached(&sql).await?;
    let rows = client.query(&statement, &[&after, &BATCH]).await?;
    rows.iter().map(|row| Ok(MonitorId(row.try_get("id")?))).collect()
}

/// Whether so many that are due may be followed by others.
pub(crate) fn may_be_more(due: usize) -> bool {
    due as i64 >= BATCH
}

/// A monitor, if it is due still.
pub(crate) async fn find_due(
    client: &impl GenericClient,
    keyring: &Keyring,
    id: MonitorId,
) -> Result<Option<DueMonitor>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, {ASKED}::text AS asked FROM monitors m
         WHERE m.id = $1 AND {CONCERNED} AND ({CHANGED} OR {OLD})"
    );
    let statement = client.prepare_cached(&sql).await?;
    let Some(row) = client.query_opt(&statement, &[&id.0]).await? else {
        return Ok(None);
    };
    Ok(Some(DueMonitor {
        row: MonitorRow::read(&row, keyring)?,
        asked: row.try_get("asked")?,
    }))
}

impl DueMonitor {
    /// What is usual of it at `now` and later; none where it is not held against that. Nothing is locked: who edits the
    /// monitor does not wait for its hours to be read.
    pub(crate) async fn usual(
        &self,
        client: &impl GenericClient,
        now: Timestamp,
    ) -> Result<Option<Bounds>, StoreError> {
        let Some(rule) = self.row.alerts.anomalies else {
            return Ok(None);
        };
        let history = history(client, &self.row, baseline::first_hour(now)..now).await?;
        Ok(Some(baseline::bounds(&history, rule, now)))
    }

    /// Gives the log what is usual of it, together with the note that says so; answers whether it did. It does not where the
    /// monitor was changed meanwhile, is about to be, or another one who asks at the same time was faster.
    pub(crate) async fn give(&self, tx: &Transaction<'_>, usual: Option<Bounds>) -> Result<bool, StoreError> {
        let sql = format!(
            "UPDATE monitors m SET baseline_sent_at = now(), baseline_sent = {SENT}
             WHERE m.id = (SELECT m.id FROM monitors m
                           WHERE m.id = $1 AND {CONCERNED} AND ({CHANGED} OR {OLD}) AND {ASKED} = $2::text::jsonb
                           FOR NO KEY UPDATE SKIP LOCKED)
             RETURNING now() AS found_at"
        );
        let statement = tx.prepare_cached(&sql).await?;
        let Some(row) = tx.query_opt(&statement, &[&self.row.id.0, &self.asked]).await? else {
            return Ok(false);
        };
        // Of two records the later one counts, whichever pods have sent them: one clock tells. Where it is ahead, readers of the
        // log would not believe it.
        let found_at = Timestamp::from(row.try_get::<_, DateTime<Utc>>("found_at")?).min(shared::now());
        let record = Lifecycle {
            usual: usual.map(Box::new),
            ..self.row.lifecycle(LifecycleEvent::Baseline, found_at)
        };
        outbox::insert(tx, record).await?;
        Ok(true)
    }
}

/// Notes that it cannot be said what is usual of a monitor: it is tried again in an hour. Until then the log has what it had.
pub(crate) async fn postpone(client: &impl GenericClient, id: MonitorId) -> Result<(), StoreError> {
    let sql = format!(
        "UPDATE monitors m SET baseline_sent_at = now() - interval '11 hours', baseline_sent = {SENT}
         WHERE m.id = $1 AND m.anomalies IS NOT NULL"
    );
    let statement = client.prepare_cached(&sql).await?;
    client.execute(&statement, &[&id.0]).await?;
    Ok(())
}

/// For how many seconds the log should have been given it of the monitor that has waited longest.
pub(crate) async fn overdue_seconds(client: &impl GenericClient) -> Result<f64, tokio_postgres::Error> {
    let sql = format!(
        "SELECT coalesce(extract(epoch FROM now() - interval '12 hours' - min(m.baseline_sent_at)), 0)::float8
         FROM monitors m WHERE {CONCERNED} AND {OLD}"
    );
    let statement = client.prepare_cached(&sql).await?;
    let overdue: f64 = client.query_one(&statement, &[]).await?.try_get(0)?;
    Ok(overdue.max(0.0))
}

#[cfg(test)]
mod tests;
