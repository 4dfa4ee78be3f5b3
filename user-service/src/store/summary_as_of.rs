//! The counts in the dashboard's header as they were at an earlier instant, of the monitors that are there now.

use std::time::{Duration, Instant};

use api::Summary;
use deadpool_postgres::{Client, Transaction};
use domain::live::LiveState;
use domain::monitor::FieldError;
use domain::{MonitorId, Timestamp};
use tokio_postgres::error::SqlState;

use super::error::StoreError;
use super::scope::sees;
use super::status_as_of::{Then, statuses};
use super::{Scope, incidents_as_of, past, snapshot};

/// Monitors that are counted, at most: what each was is made of up to 200 results.
const MAX_COUNTED: usize = 2_000;

/// Monitors that are looked at together.
const AT_ONCE: usize = 200;

/// How long is counted, at most: the gateway waits a little longer.
const PATIENCE: Duration = Duration::from_secs(8);

/// What is not to be had in that time.
const SUMMARY: &str = "the summary as of that instant";

const HOUR_MS: i64 = 3_600_000;

pub(crate) fn monitors_sql() -> String {
    format!(
        "SELECT m.id FROM monitors m
         WHERE m.org_id = $1 AND m.deleted_at IS NULL AND m.created_at <= $2 AND {} ORDER BY m.id LIMIT $4",
        sees("m.id", 1, 3)
    )
}

/// Of the hours in which the sixty minutes begin and end, their shares count; of an hour that has not ended yet, of as much as
/// has passed.
pub(crate) const CHECKS: &str = "
    SELECT coalesce(round(sum(h.checks * greatest(0, extract(epoch FROM
               least(h.hour + interval '1 hour', $3::timestamptz) - greatest(h.hour, $2::timestamptz)))
               / greatest(1, extract(epoch FROM least(h.hour + interval '1 hour', now()) - h.hour)))), 0)::bigint
    FROM unnest($1::bigint[]) AS w (id)
    CROSS JOIN LATERAL (
        SELECT r.hour, r.up + r.degraded + r.down AS checks FROM rollups_hourly r
        WHERE r.monitor_id = w.id AND r.hour >= date_trunc('hour', $2::timestamptz, 'UTC') AND r.hour < $3::timestamptz
    ) h";

/// The counts as of an instant of the monitors that are there, were there then, and are seen; of incidents, of all that were open.
///
/// # Errors
/// 422 (`at`) where they are too many to be counted, 503 where that takes too long.
pub(crate) async fn read(client: &mut Client, scope: Scope, at: Timestamp) -> Result<Summary, StoreError> {
    let counted = tokio::time::timeout(PATIENCE, counted(client, scope, at)).await;
    counted.unwrap_or(Err(StoreError::Busy(SUMMARY))).map_err(late)
}

async fn counted(client: &mut Client, scope: Scope, at: Timestamp) -> Result<Summary, StoreError> {
    let begun = Instant::now();
    let known_since = past::known_since(&*client, scope).await?;
    let tx = snapshot(client).await?;
    end_in_time(&tx, begun).await?;
    let monitors = monitors(&tx, scope, at).await?;
    if monitors.len() > MAX_COUNTED {
        let wrong =
            format!("must be left out: more than {MAX_COUNTED} monitors are not counted as of an instant");
        return Err(StoreError::Invalid(vec![FieldError::new("at", wrong)]));
    }
    let mut summary = Summary {
        up: 0,
        degraded: 0,
        down: 0,
        pending: 0,
        paused: 0,
        open_incidents: incidents_as_of::open(&tx, scope, at).await?,
        checks_last_hour: checks(&tx, &monitors, at).await?,
        not_known: Some(0),
        as_of: Some(at),
    };
    for some in monitors.chunks(AT_ONCE) {
        end_in_time(&tx, begun).await?;
        let found = statuses(&tx, scope, some, at, known_since).await?;
        for id in some {
            count(&mut summary, found.get(&MonitorId(*id)));
        }
    }
    tx.commit().await?;
    Ok(summary)
}

/// Has a statement that follows end when nobody waits for it any more.
async fn end_in_time(tx: &Transaction<'_>, begun: Instant) -> Result<(), StoreError> {
    let left = PATIENCE.saturating_sub(begun.elapsed()).as_millis();
    // None would be no bound.
    if left == 0 {
        return Err(StoreError::Busy(SUMMARY));
    }
    tx.batch_execute(&format!("SET LOCAL statement_timeout = {left}"))
        .await?;
    Ok(())
}

/// What the database has given up took too long.
fn late(error: StoreError) -> StoreError {
    match error {
        StoreError::Database(error) if error.code() == Some(&SqlState::QUERY_CANCELED) => {
            StoreError::Busy(SUMMARY)
        }
        other => other,
    }
}

/// Counts a monitor.
fn count(summary: &mut Summary, then: Option<&Then>) {
    let state = then
        .and_then(|then| then.status.as_ref().ok())
        .map(|status| status.state);
    let place = match state {
        Some(LiveState::Up) => &mut summary.up,
        Some(LiveState::Degraded) => &mut summary.degraded,
        Some(LiveState::Down) => &mut summary.down,
        Some(LiveState::Pending) => &mut summary.pending,
        Some(LiveState::Paused) => &mut summary.paused,
        None => summary.not_known.get_or_insert(0),
    };
    *place += 1;
}

/// One more than are counted, at most.
async fn monitors(tx: &Transaction<'_>, scope: Scope, at: Timestamp) -> Result<Vec<i64>, StoreError> {
    let statement = tx.prepare_cached(&monitors_sql()).await?;
    let (then, most) = (at.to_datetime(), MAX_COUNTED as i64 + 1);
    let rows = tx
        .query(&statement, &[scope.org_id(), &then, &scope.who(), &most])
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Checks in the sixty minutes before an instant.
async fn checks(tx: &Transaction<'_>, monitors: &[i64], at: Timestamp) -> Result<i64, StoreError> {
    let statement = tx.prepare_cached(CHECKS).await?;
    let (since, then) = (at.plus_millis(-HOUR_MS).to_datetime(), at.to_datetime());
    let row = tx.query_one(&statement, &[&monitors, &since, &then]).await?;
    Ok(row.try_get(0)?)
}

#[cfg(test)]
mod tests {
    use domain::live::LiveStatus;

    use super::*;

    fn then(status: Result<LiveState, FieldError>) -> Then {
        let of = |state| LiveStatus {
            state,
            ..LiveStatus::default()
        };
        Then {
            status: status.map(of),
            points: Vec::new(),
        }
    }

    #[test]
    fn what_is_not_known_is_in_no_state() {
        let mut summary = Summary {
            up: 0,
            degraded: 0,
            down: 0,
            pending: 0,
            paused: 0,
            open_incidents: 0,
            checks_last_hour: 0,
            not_known: Some(0),
            as_of: None,
        };
        for state in LiveState::ALL {
            count(&mut summary, Some(&then(Ok(state))));
        }
        let unknown = FieldError::new("at", "must be left out");
        count(&mut summary, Some(&then(Err(unknown))));
        count(&mut summary, None);
        let states = [
            summary.up,
            summary.degraded,
            summary.down,
            summary.pending,
            summary.paused,
        ];
        assert_eq!(states, [1; 5]);
        assert_eq!(summary.not_known, Some(2));
    }
}
