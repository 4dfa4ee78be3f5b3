//! How long monitors were up, degraded and down within windows. What that means is told in docs/UPTIME.md.
//!
//! Whole hours come from the rollups; what is left at the ends of a window comes from the results
//! themselves, so that a window may begin and end at any instant. Those by which several regions decide stand
//! together ([`joint`]), and each other one by itself.

use std::collections::HashMap;
use std::ops::Range;

use chrono::{DateTime, NaiveDate, Utc};
use deadpool_postgres::GenericClient;
use domain::coverage::{covered_span, overlap_ms};
use domain::{MonitorId, Timestamp};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::error::StoreError;
use super::point_state::point_state;
use super::{heartbeat_spans, joint};
use crate::rules::measured::Measured;
use crate::rules::uptime_window::{DAY_MS, EVER, Kept, Plan, day_floor};

/// Measures what each plan says of its monitor, in one query: the hours and the results that are taken off
/// them are of the same instant. Where there are days to be read, in two, and what regions say together in others.
pub(crate) async fn measure(
    client: &impl GenericClient,
    plans: &[(MonitorId, Plan)],
) -> Result<Vec<Measured>, StoreError> {
    let (mut days, mut hours, mut results) = (Spans::default(), Spans::default(), Spans::default());
    let (mut looked_at, mut by_quorum) = (Vec::new(), Vec::new());
    for (n, (monitor, plan)) in plans.iter().enumerate() {
        plan.days.iter().for_each(|span| days.push(n, *monitor, span));
        let parts = &plan.parts;
        parts.hours.iter().for_each(|span| hours.push(n, *monitor, span));
        let signed = [(1, &parts.added), (-1, &parts.removed)];
        for (sign, span) in signed
            .iter()
            .flat_map(|(sign, spans)| spans.iter().map(|span| (*sign, span)))
        {
            results.push(looked_at.len(), *monitor, span);
            looked_at.push((n, sign, span));
            by_quorum.push((*monitor, span));
        }
    }
    let mut measured = vec![Measured::default(); plans.len()];
    // Before the hours: what is stored in between is counted whole then, and never taken off hours that lack it.
    let joint = joint::spans(client, &by_quorum).await?;
    for (joint, (n, sign, _)) in joint.iter().zip(&looked_at) {
        for (span, state) in joint {
            measured[*n].stand(*state, sign * span.end.millis_since(span.start));
        }
    }
    // Kept prepared: with a partition for each day, planning takes longer than reading.
    let statement = client.prepare_cached(PARTS).await?;
    let parameters: [&(dyn ToSql + Sync); 8] = [
        &hours.n,
        &hours.monitor,
        &hours.start,
        &hours.until,
        &results.n,
        &results.monitor,
        &results.start,
        &results.until,
    ];
    let rows = client.query(&statement, &parameters).await?;
    for row in &rows {
        let n = row.try_get::<_, i32>(0)? as usize;
        let Some(slot) = row.try_get::<_, Option<DateTime<Utc>>>(4)? else {
            if let Some(sum) = measured.get_mut(n) {
                sum.add(Measured {
                    up_ms: row.try_get(1)?,
                    degraded_ms: row.try_get(2)?,
                    down_ms: row.try_get(3)?,
                });
            }
            continue;
        };
        if let Some((n, sign, span)) = looked_at.get(n) {
            let stands = covered_span(slot.into(), row.try_get(1)?, row.try_get(2)?);
            let state = point_state(row.try_get::<_, i64>(3)? as i16);
            measured[*n].stand(state, sign * overlap_ms(span, &stands));
        }
    }
    if !days.n.is_empty() {
        add_days(client, &days, &mut measured).await?;
    }
    add_heartbeats(client, plans, &mut measured).await?;
    Ok(measured)
}

/// The time of what is, or was, a heartbeat.
async fn add_heartbeats(
    client: &impl GenericClient,
    plans: &[(MonitorId, Plan)],
    measured: &mut [Measured],
) -> Result<(), StoreError> {
    let mut wanted: HashMap<MonitorId, Range<Timestamp>> = HashMap::new();
    for (monitor, plan) in plans {
        let Some(around) = plan.around() else {
            continue;
        };
        let whole = wanted.entry(*monitor).or_insert_with(|| around.clone());
        *whole = whole.start.min(around.start)..whole.end.max(around.end);
    }
    let spans = heartbeat_spans::spans(client, &wanted).await?;
    for ((monitor, plan), sum) in plans.iter().zip(measured) {
        let Some(spans) = spans.get(monitor) else {
            continue;
        };
        for (sign, span) in plan.signed() {
            sum.add_spans(sign, spans, span);
        }
    }
    Ok(())
}

async fn add_days(
    client: &impl GenericClient,
    days: &Spans,
    measured: &mut [Measured],
) -> Result<(), StoreError> {
    let statement = client.prepare_cached(DAYS).await?;
    let rows = client
        .query(&statement, &[&days.n, &days.monitor, &days.start, &days.until])
        .await?;
    for row in &rows {
        if let Some(sum) = measured.get_mut(row.try_get::<_, i32>(0)? as usize) {
            sum.add(Measured {
                up_ms: row.try_get(1)?,
                degraded_ms: row.try_get(2)?,
                down_ms: row.try_get(3)?,
            });
        }
    }
    Ok(())
}

/// From when on the history of a monitor is kept how finely, as the tables tell.
pub(crate) async fn kept(client: &impl GenericClient, monitor: MonitorId) -> Result<Kept, StoreError> {
    let found = kept_of(client, &[monitor.0]).await?.remove(&monitor);
    Ok(found.unwrap_or(Kept::ALL))
}

/// As [`kept`], of many in one query.
pub(crate) async fn kept_of(
    client: &impl GenericClient,
    monitors: &[i64],
) -> Result<HashMap<MonitorId, Kept>, StoreError> {
    let statement = client.prepare_cached(KEPT).await?;
    let rows = client.query(&statement, &[&monitors]).await?;
    let now = shared::now();
    let read = |row: &Row| Ok::<_, StoreError>((MonitorId(row.try_get("id")?), read_kept(row, now)?));
    rows.iter().map(read).collect()
}

fn read_kept(row: &Row, now: Timestamp) -> Result<Kept, tokio_postgres::Error> {
    let hour: Option<DateTime<Utc>> = row.try_get(0)?;
    let midnight = |day: NaiveDate| Timestamp::from(day.and_time(chrono::NaiveTime::MIN).and_utc());
    let first_day = row.try_get::<_, Option<NaiveDate>>(1)?.map(midnight);
    let partition = row.try_get::<_, Option<NaiveDate>>(2)?.map(midnight);
    // What was never measured does not have to be kept.
    let first_hour = hour.map_or(day_floor(now), Timestamp::from);
    let hours_from = match first_day {
        Some(day) if day < day_floor(first_hour) => day_floor(first_hour),
        _ => EVER,
    };
    // The results of the day before reach into a day.
    let results_from = match partition {
        Some(partition) if first_hour < partition || hours_from > EVER => partition.plus_millis(DAY_MS),
        _ => EVER,
    };
    // Those that the organisation's plan does not keep.
    let by_plan = match row.try_get::<_, Option<NaiveDate>>(3)?.map(midnight) {
        Some(first) if first_hour < first => first.plus_millis(DAY_MS),
        _ => EVER,
    };
    // Spans of heartbeats are merged by the hour and the day where they are as old.
    let first_span: Option<DateTime<Utc>> = row.try_get(4)?;
    let merged_until = |column| -> Result<Timestamp, tokio_postgres::Error> {
        let done: Option<DateTime<Utc>> = row.try_get(column)?;
        let done = done.filter(|done| first_span.is_some_and(|first| first < *done));
        Ok(done.map_or(EVER, Timestamp::from))
    };
    let hours_from = hours_from.max(merged_until(6)?);
    Ok(Kept {
        results_from: results_from.max(hours_from).max(by_plan).max(merged_until(5)?),
        hours_from,
    })
}

/// Spans by column, as PostgreSQL's `unnest` takes them.
#[derive(Default)]
struct Spans {
    n: Vec<i32>,
    monitor: Vec<i64>,
    start: Vec<DateTime<Utc>>,
    until: Vec<DateTime<Utc>>,
}

impl Spans {
    fn push(&mut self, n: usize, monitor: MonitorId, span: &Range<Timestamp>) {
        self.n.push(n as i32);
        self.monitor.push(monitor.0);
        self.start.push(span.start.to_datetime());
        self.until.push(span.end.to_datetime());
    }
}

/// Monitor by monitor: as a join the planner may read the hours of everybody. No interval is longer than a day,
/// and the results of a monitor follow each other, so that the few before a span are those that may reach into it.
/// They are compared as the index is, or the planner takes a day of them for a few, and sorts them. One that stands by itself
/// is not hidden by those by which several regions decide: it ends where these begin.
pub(crate) const PARTS: &str = "
    SELECT w.n, r.up_ms, r.degraded_ms, r.down_ms, NULL::timestamptz
    FROM unnest($1::int[], $2::bigint[], $3::timestamptz[], $4::timestamptz[]) AS w (n, monitor_id, start, until)
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(up_ms), 0)::bigint AS up_ms, coalesce(sum(degraded_ms), 0)::bigint AS degraded_ms,
               coalesce(sum(down_ms), 0)::bigint AS down_ms
        FROM rollups_hourly WHERE monitor_id = w.monitor_id AND hour >= w.start AND hour < w.until
    ) r
    UNION ALL
    SELECT w.n, r.interval_ms, r.delay_ms, r.state, r.scheduled_at
    FROM unnest($5::int[], $6::bigint[], $7::timestamptz[], $8::timestamptz[]) AS w (n, monitor_id, start, until)
    CROSS JOIN LATERAL (
        (SELECT scheduled_at, interval_ms, delay_ms, state FROM check_results
         WHERE monitor_id = w.monitor_id AND scheduled_at >= w.start AND scheduled_at < w.until AND NOT by_quorum)
        UNION ALL
        (SELECT scheduled_at, interval_ms, delay_ms, state FROM (
             SELECT scheduled_at, interval_ms, delay_ms, state, by_quorum FROM check_results
             WHERE monitor_id = w.monitor_id AND (scheduled_at, region) < (w.start, '')
               AND scheduled_at > w.start - interval '1 day'
             ORDER BY scheduled_at DESC, region DESC LIMIT 4
         ) before WHERE scheduled_at + interval_ms * interval '1 millisecond' > w.start AND NOT by_quorum)
    ) r";

/// Of days (UTC) for which there are no hours any more.
pub(crate) const DAYS: &str = "
    SELECT w.n, r.up_ms, r.degraded_ms, r.down_ms
    FROM unnest($1::int[], $2::bigint[], $3::timestamptz[], $4::timestamptz[]) AS w (n, monitor_id, start, until)
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(up_ms), 0)::bigint AS up_ms, coalesce(sum(degraded_ms), 0)::bigint AS degraded_ms,
               coalesce(sum(down_ms), 0)::bigint AS down_ms
        FROM rollups_daily WHERE monitor_id = w.monitor_id
          AND day >= (w.start AT TIME ZONE 'UTC')::date AND day < (w.until AT TIME ZONE 'UTC')::date
    ) r";

/// Of each monitor the first hour and day, the first day of which there are results, since when its plan keeps them, its first
/// span, and until when spans are kept by the hour and by the day.
pub(crate) const KEPT: &str = "
    SELECT (SELECT hour FROM rollups_hourly WHERE monitor_id = w.id ORDER BY hour LIMIT 1),
           (SELECT day FROM rollups_daily WHERE monitor_id = w.id ORDER BY day LIMIT 1),
           (SELECT min(to_date(right(c.relname, 8), 'YYYYMMDD')) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = 'check_results'::regclass AND c.relname ~ '^check_results_[0-9]{8}$'),
           (SELECT greatest((now() AT TIME ZONE 'UTC')::date - o.raw_retention_days, d.begun_before)
            FROM monitors m JOIN organisations o ON o.id = m.org_id LEFT JOIN deleted_results d ON d.org_id = m.org_id
            WHERE m.id = w.id),
           (SELECT began FROM heartbeat_spans WHERE monitor_id = w.id ORDER BY began LIMIT 1),
           (SELECT done_until FROM processor_jobs WHERE name = 'spans_hours'),
           (SELECT done_until FROM processor_jobs WHERE name = 'spans_days'),
           w.id
    FROM unnest($1::bigint[]) AS w (id)";
