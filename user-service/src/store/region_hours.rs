//! How long a monitor was up, degraded and down as one of its regions found it: the hours of the region, and its results at
//! the ends of a window. What that means is told in docs/UPTIME.md.

use std::ops::Range;

use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::coverage::{MAX_COVERED_MS, covered_span, overlap_ms};
use domain::{MonitorId, Timestamp};
use tokio_postgres::Row;

use super::error::StoreError;
use super::measure;
use super::point_state::point_state;
use crate::rules::measured::Measured;
use crate::rules::uptime_window::Plan;

/// The hours of each region, of monitors that several regions check.
pub(crate) const TABLE: &str = "rollups_hourly_by_region";

/// By which region the hours of a monitor are known.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum KeptBy {
    /// By each, since several regions check it, or have.
    Region,
    /// By this one alone, where its newest result comes from: they are the monitor's, also those of before it moved there.
    Only(String),
    /// There are no results.
    Nobody,
}

/// Whether the hours of a monitor are kept by region, and where its newest result comes from.
pub(crate) fn kept_by_sql() -> String {
    format!(
        "SELECT (SELECT true FROM {TABLE} WHERE monitor_id = $1 ORDER BY hour LIMIT 1) IS NOT NULL,
                (SELECT region FROM check_results WHERE monitor_id = $1 ORDER BY scheduled_at DESC LIMIT 1)"
    )
}

/// By which region the hours of a monitor are known that was [found](super::monitors::find).
pub(crate) async fn kept_by(client: &impl GenericClient, monitor: MonitorId) -> Result<KeptBy, StoreError> {
    let statement = client.prepare_cached(&kept_by_sql()).await?;
    let row = client.query_one(&statement, &[&monitor.0]).await?;
    Ok(match (row.try_get(0)?, row.try_get(1)?) {
        (true, _) => KeptBy::Region,
        (false, Some(only)) => KeptBy::Only(only),
        (false, None) => KeptBy::Nobody,
    })
}

/// Whole hours of a region, and its single results in spans, of those that the hours have: what it found while it checked alone
/// is in neither. The few results before a span may reach into it, from no farther than any revision has said that its results
/// stand: those of a region follow each other.
pub(crate) fn parts_sql() -> String {
    format!(
        "SELECT w.n, r.up_ms, r.degraded_ms, r.down_ms, NULL::timestamptz
         FROM unnest($3::int[], $4::timestamptz[], $5::timestamptz[]) AS w (n, start, until)
         CROSS JOIN LATERAL (
             SELECT coalesce(sum(up_ms), 0)::bigint AS up_ms, coalesce(sum(degraded_ms), 0)::bigint AS degraded_ms,
                    coalesce(sum(down_ms), 0)::bigint AS down_ms
             FROM {TABLE} WHERE monitor_id = $1 AND region = $2 AND hour >= w.start AND hour < w.until
         ) r
         UNION ALL
         SELECT w.n, r.interval_ms, r.delay_ms, r.state, r.scheduled_at
         FROM unnest($6::int[], $7::timestamptz[], $8::timestamptz[]) AS w (n, start, until)
         CROSS JOIN LATERAL (
             (SELECT scheduled_at, interval_ms, delay_ms, state FROM check_results
              WHERE monitor_id = $1 AND region = $2 AND scheduled_at >= w.start AND scheduled_at < w.until
                AND by_quorum)
             UNION ALL
             (SELECT scheduled_at, interval_ms, delay_ms, state FROM check_results
              WHERE monitor_id = $1 AND region = $2 AND scheduled_at < w.start AND by_quorum
                AND scheduled_at > w.start - interval '1 millisecond' * least({MAX_COVERED_MS}, coalesce(
                    (SELECT max(interval_ms) FROM monitor_quorums WHERE monitor_id = $1), 0))
              ORDER BY scheduled_at DESC LIMIT 4)
         ) r"
    )
}

/// Spans by column, as PostgreSQL's `unnest` takes them.
#[derive(Default)]
struct Spans {
    n: Vec<i32>,
    start: Vec<DateTime<Utc>>,
    until: Vec<DateTime<Utc>>,
}

impl Spans {
    fn push(&mut self, n: usize, span: &Range<Timestamp>) {
        self.n.push(n as i32);
        self.start.push(span.start.to_datetime());
        self.until.push(span.end.to_datetime());
    }
}

/// Measures what each plan says of one monitor that was [found](super::monitors::find), as one region found it. Of regions no
/// days are kept: so far back, its hours are added up as long as there are any. Nothing where another region checks it.
pub(crate) async fn measure(
    client: &impl GenericClient,
    monitor: MonitorId,
    region: &str,
    plans: &[(MonitorId, Plan)],
) -> Result<Option<Vec<Measured>>, StoreError> {
    match kept_by(client, monitor).await? {
        KeptBy::Region => {}
        KeptBy::Only(only) if only == region => return measure::measure(client, plans).await.map(Some),
        KeptBy::Only(_) | KeptBy::Nobody => return Ok(None),
    }
    let (mut hours, mut results) = (Spans::default(), Spans::default());
    let mut looked_at = Vec::new();
    for (n, (_, plan)) in plans.iter().enumerate() {
        let whole = plan.days.iter().chain(&plan.parts.hours);
        whole.for_each(|span| hours.push(n, span));
        let added = plan.parts.added.iter().map(|span| (1, span));
        let removed = plan.parts.removed.iter().map(|span| (-1, span));
        for (sign, span) in added.chain(removed) {
            results.push(looked_at.len(), span);
            looked_at.push(LookedAt { n, sign, span });
        }
    }
    let statement = client.prepare_cached(&parts_sql()).await?;
    let rows = client
        .query(
            &statement,
            &[
                &monitor.0,
                &region,
                &hours.n,
                &hours.start,
                &hours.until,
                &results.n,
                &results.start,
                &results.until,
            ],
        )
        .await?;
    let mut measured = vec![Measured::default(); plans.len()];
    for row in &rows {
        add(&mut measured, row, &looked_at)?;
    }
    Ok(Some(measured))
}

/// A span of a plan of which the results are looked at.
struct LookedAt<'a> {
    /// The place of the plan.
    n: usize,
    /// 1 where it is to be added, -1 where it is to be taken off.
    sign: i64,
    span: &'a Range<Timestamp>,
}

fn add(measured: &mut [Measured], row: &Row, looked_at: &[LookedAt<'_>]) -> Result<(), StoreError> {
    let n = row.try_get::<_, i32>(0)? as usize;
    let Some(slot) = row.try_get::<_, Option<DateTime<Utc>>>(4)? else {
        if let Some(sum) = measured.get_mut(n) {
            sum.add(Measured {
                up_ms: row.try_get(1)?,
                degraded_ms: row.try_get(2)?,
                down_ms: row.try_get(3)?,
            });
        }
        return Ok(());
    };
    if let Some(LookedAt { n, sign, span }) = looked_at.get(n)
        && let Some(sum) = measured.get_mut(*n)
    {
        let stands = covered_span(slot.into(), row.try_get(1)?, row.try_get(2)?);
        let state = point_state(row.try_get::<_, i64>(3)? as i16);
        sum.stand(state, sign * overlap_ms(span, &stands));
    }
    Ok(())
}
