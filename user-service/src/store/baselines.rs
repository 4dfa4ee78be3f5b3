//! What is known of the hours of a monitor, to say what is usual; and of which monitors the log is to be given that.

use std::ops::Range;

use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::Timestamp;
use domain::baseline::{HISTORY_MS, History};
use domain::maintenance::{maintenance_within, merged};
use domain::record::{Lifecycle, LifecycleEvent};
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

/// Monitors of which the log is given it together: nobody can edit them meanwhile.
const BATCH: i64 = 20;

/// Monitors of which the log has not what is usual now: nothing for an hour, of another rule or revision, or what it has no
/// use for any more. Who pauses a monitor has what was usual forgotten.
const DUE: &str = "(m.anomalies IS NOT NULL OR m.baseline_sent IS NOT NULL) AND m.deleted_at IS NULL
    AND m.spec->'paused' IS DISTINCT FROM 'true'
    AND (m.anomalies IS NULL OR m.baseline_sent_at IS NULL OR m.baseline_sent_at < now() - interval '1 hour'
         OR m.baseline_sent IS DISTINCT FROM jsonb_build_object('rule', m.anomalies, 'revision', m.revision))";

const SENT: &str =
    "UPDATE monitors SET baseline_sent_at = now(), baseline_sent = CASE WHEN anomalies IS NOT NULL
        THEN jsonb_build_object('rule', anomalies, 'revision', revision) END
    WHERE id = ANY($1)";

/// Gives the log what is usual of the next monitors that are due; answers how many there were. It commits together with what
/// says so, and each is taken by one of those who ask at the same time. Of a monitor whose hours cannot be read nothing is
/// said before an hour has passed.
pub(crate) async fn send_due(tx: &Transaction<'_>, keyring: &Keyring) -> Result<usize, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, now() AS found_at FROM monitors m WHERE {DUE}
         ORDER BY m.id LIMIT $1 FOR UPDATE OF m SKIP LOCKED"
    );
    let statement = tx.prepare_cached(&sql).await?;
    let rows = tx.query(&statement, &[&BATCH]).await?;
    let (mut ids, mut records) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    for row in &rows {
        let monitor = MonitorRow::read(row, keyring)?;
        // Of two records the later one counts, whichever pods have sent them: one clock tells. Where it is ahead, readers of the
        // log would not believe it.
        let found_at = Timestamp::from(row.try_get::<_, DateTime<Utc>>("found_at")?);
        let now = found_at.min(shared::now());
        ids.push(monitor.id.0);
        let usual = match monitor.alerts.anomalies {
            None => None,
            Some(rule) => match history(tx, &monitor, now..now).await {
                Ok(history) => Some(Box::new(baseline::bounds(&history, rule, now))),
                Err(error) => {
                    tracing::warn!(monitor = monitor.id.0, %error, "what is usual of a monitor cannot be said");
                    continue;
                }
            },
        };
        records.push(Lifecycle {
            usual,
            ..monitor.lifecycle(LifecycleEvent::Baseline, now)
        });
    }
    if !ids.is_empty() {
        tx.execute(SENT, &[&ids]).await?;
        outbox::insert_all(tx, records).await?;
    }
    Ok(ids.len())
}

/// Whether so many may be followed by others.
pub(crate) fn may_be_more(sent: usize) -> bool {
    sent as i64 >= BATCH
}
