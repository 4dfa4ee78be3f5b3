//! Sparklines: the last few results of each monitor.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::coverage::covered_span;
use domain::live::Point;
use domain::record::PointState;
use domain::{MonitorId, Timestamp};
use tokio_postgres::Row;

use super::error::StoreError;
use super::joint::{self, Joint};
use super::point_state::point_state;
use super::skipped_slots as skipped;

/// Points of a sparkline, at most.
pub(crate) const POINTS: usize = 30;

/// How far back a sparkline reaches, in milliseconds: as long as 30 checks take that are made once a day.
const REACH_MS: i64 = 31 * 86_400_000;

pub(crate) const RESULTS: &str = "
    SELECT w.id, r.scheduled_at, r.state, r.latency_ms, r.by_quorum, r.interval_ms, r.delay_ms
    FROM unnest($1::bigint[]) AS w (id)
    CROSS JOIN LATERAL (
        SELECT scheduled_at, state, latency_ms, by_quorum, interval_ms, delay_ms FROM check_results
        WHERE monitor_id = w.id AND scheduled_at > $2 ORDER BY scheduled_at DESC LIMIT $3
    ) r";

/// Of heartbeats: their pings, and what was overdue.
pub(crate) const PINGS: &str = "
    SELECT w.id, r.at, r.state, r.latency_ms FROM unnest($1::bigint[]) AS w (id)
    CROSS JOIN LATERAL (
        (SELECT began AS at, 2::smallint AS state, NULL::int AS latency_ms FROM heartbeat_spans
         WHERE monitor_id = w.id AND state = 'down' AND began > $2 ORDER BY began DESC LIMIT $3)
        UNION ALL
        (SELECT arrived_at, CASE kind WHEN 'fail' THEN 2 ELSE 0 END::smallint,
             least(duration_ms, 2147483647)::int FROM pings
         WHERE monitor_id = w.id AND kind IN ('success', 'fail') AND arrived_at > $2 ORDER BY n DESC LIMIT $3)
    ) r";

pub(crate) fn skipped_sql() -> String {
    format!(
        "SELECT r.* FROM unnest($1::bigint[]) AS w (id)
         CROSS JOIN LATERAL (
             SELECT {} FROM skipped_slots
             WHERE monitor_id = w.id AND first_slot > $2 ORDER BY first_slot DESC LIMIT $3
         ) r",
        skipped::COLUMNS
    )
}

/// The last points of each monitor, oldest first, in three queries; where several regions decide, in some more.
pub(crate) async fn sparklines(
    client: &impl GenericClient,
    monitors: &[i64],
    now: Timestamp,
) -> Result<HashMap<MonitorId, Vec<Point>>, StoreError> {
    if monitors.is_empty() {
        return Ok(HashMap::new());
    }
    let since = now.plus_millis(-REACH_MS);
    let (since, limit) = (since.to_datetime(), POINTS as i64);
    let statement = client.prepare_cached(RESULTS).await?;
    let results = client.query(&statement, &[&monitors, &since, &limit]).await?;
    let statement = client.prepare_cached(PINGS).await?;
    let pings = client.query(&statement, &[&monitors, &since, &limit]).await?;
    let statement = client.prepare_cached(&skipped_sql()).await?;
    let ranges = client.query(&statement, &[&monitors, &since, &limit]).await?;
    let mut lines: HashMap<MonitorId, BTreeMap<Timestamp, Point>> = HashMap::new();
    for row in &ranges {
        let range = skipped::read(row)?;
        let line = lines.entry(range.monitor_id).or_default();
        line.extend(range.slots_until(now).take(POINTS).map(skip));
    }
    // After the ranges, because what was checked after all counts.
    for row in results.iter().chain(&pings) {
        let latency: Option<i32> = row.try_get(3)?;
        let at = row.try_get::<_, DateTime<Utc>>(1)?.into();
        let point = Point {
            at,
            state: point_state(row.try_get(2)?),
            latency_ms: latency.and_then(|ms| ms.try_into().ok()),
        };
        lines
            .entry(MonitorId(row.try_get(0)?))
            .or_default()
            .insert(at, point);
    }
    agree(client, &results, &mut lines).await?;
    Ok(lines.into_iter().map(|(id, line)| (id, newest(line))).collect())
}

/// Makes the points of results by which several regions decide what they say together when each begins. Where too few were
/// heard of, it is as if nobody had looked; what stands for no time says what it found.
async fn agree(
    client: &impl GenericClient,
    results: &[Row],
    lines: &mut HashMap<MonitorId, BTreeMap<Timestamp, Point>>,
) -> Result<(), StoreError> {
    let mut begins: Vec<(MonitorId, Timestamp, Timestamp)> = Vec::new();
    let mut spans: BTreeMap<MonitorId, Range<Timestamp>> = BTreeMap::new();
    for row in results {
        if !row.try_get::<_, bool>(4)? {
            continue;
        }
        let (id, slot) = (
            MonitorId(row.try_get(0)?),
            row.try_get::<_, DateTime<Utc>>(1)?.into(),
        );
        let (interval_ms, delay_ms) = (row.try_get::<_, i32>(5)?, row.try_get::<_, i32>(6)?);
        let stands = covered_span(slot, interval_ms.into(), delay_ms.into());
        if stands.start < stands.end {
            let just = stands.start..stands.start.plus_millis(1);
            let span = spans.entry(id).or_insert_with(|| just.clone());
            *span = span.start.min(just.start)..span.end.max(just.end);
            begins.push((id, slot, stands.start));
        }
    }
    let wanted: Vec<_> = spans.iter().map(|(id, span)| (*id, span)).collect();
    let joint = joint::spans(client, &wanted).await?;
    let joint: HashMap<MonitorId, Joint> = spans.keys().copied().zip(joint).collect();
    for (id, slot, start) in begins {
        let said = joint
            .get(&id)
            .and_then(|joint| joint.iter().find(|(span, _)| span.contains(&start)));
        if let Some(point) = lines.get_mut(&id).and_then(|line| line.get_mut(&slot)) {
            point.state = said.map_or(PointState::Skipped, |(_, state)| *state);
        }
    }
    Ok(())
}

fn skip(at: Timestamp) -> (Timestamp, Point) {
    let point = Point {
        at,
        state: PointState::Skipped,
        latency_ms: None,
    };
    (at, point)
}

fn newest(line: BTreeMap<Timestamp, Point>) -> Vec<Point> {
    let surplus = line.len().saturating_sub(POINTS);
    line.into_values().skip(surplus).collect()
}
