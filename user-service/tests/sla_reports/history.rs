//! Monitors with an eventful past in October 2025, when clocks in Berlin went back on the 26th.

use std::ops::Range;

use domain::Timestamp;
use domain::coverage::{covered_span, hour_floor, overlap_ms};

use crate::common::Person;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// When all of it begins and ends.
pub(super) fn span() -> Range<Timestamp> {
    at("2025-10-20T00:00:00Z")..at("2025-11-06T00:00:00Z")
}

/// Numbers without order, the same each time.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// From 0 to below `most`.
    pub(super) fn below(&mut self, most: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as i64) % most.max(1)
    }
}

#[derive(Clone, Copy)]
struct Row {
    slot: Timestamp,
    interval_ms: i64,
    delay_ms: i64,
    state: i16,
    latency_ms: i32,
}

/// Intervals of all lengths, checks that start late, edits and pauses that cut what results stand for, holes, and
/// outages over midnight, the change of clocks and the end of the month.
fn life(dice: &mut Dice, span: &Range<Timestamp>) -> Vec<Row> {
    let intervals = [MINUTE, 5 * MINUTE, 7 * MINUTE, HOUR, 5 * HOUR];
    let outages = [
        at("2025-10-22T22:40:00Z")..at("2025-10-23T00:20:00Z"),
        at("2025-10-26T00:30:00Z")..at("2025-10-26T01:45:00Z"),
        at("2025-10-31T22:30:00Z")..at("2025-11-01T00:10:00Z"),
    ];
    let (mut rows, mut slot) = (Vec::new(), span.start);
    while slot < span.end {
        let interval_ms = intervals[dice.below(5) as usize];
        for _ in 0..=dice.below(40).min(12 * HOUR / interval_ms) {
            let is_down = outages.iter().any(|outage| outage.contains(&slot)) || dice.below(60) == 0;
            rows.push(Row {
                slot,
                interval_ms,
                delay_ms: match dice.below(12) {
                    0 => dice.below(interval_ms),
                    _ => dice.below(300),
                },
                state: if is_down { 2 } else { i16::from(dice.below(9) == 0) },
                latency_ms: 20 + dice.below(400) as i32,
            });
            slot = slot.plus_millis(interval_ms);
        }
        if dice.below(3) == 0
            && let Some(last) = rows.last_mut()
        {
            last.interval_ms = dice.below(interval_ms);
            slot = last
                .slot
                .plus_millis(last.interval_ms.max(1) + dice.below(2) * dice.below(3 * HOUR));
        }
    }
    rows.retain(|row| row.slot < span.end);
    rows
}

/// Gives a monitor such a life from when it was made.
pub(super) async fn live(person: &Person<'_>, monitor: i64, made: Timestamp, seed: u64) {
    let db = person.service.db().await;
    let sql = "UPDATE monitors SET created_at = $2 WHERE id = $1";
    db.execute(sql, &[&monitor, &made.to_datetime()]).await.unwrap();
    let rows = life(&mut Dice::new(seed), &(made..span().end));
    let slots: Vec<_> = rows.iter().map(|row| row.slot.to_datetime()).collect();
    let intervals: Vec<_> = rows.iter().map(|row| row.interval_ms as i32).collect();
    let delays: Vec<_> = rows.iter().map(|row| row.delay_ms as i32).collect();
    let latencies: Vec<_> = rows.iter().map(|row| row.latency_ms).collect();
    let states: Vec<_> = rows.iter().map(|row| row.state).collect();
    let sql = "INSERT INTO check_results
               SELECT $1, slot, 1, interval_ms, delay_ms, latency_ms, state, 200, 1, 'default'
               FROM unnest($2::timestamptz[], $3::int[], $4::int[], $5::int[], $6::smallint[])
                    AS r (slot, interval_ms, delay_ms, latency_ms, state)";
    db.execute(sql, &[&monitor, &slots, &intervals, &delays, &latencies, &states])
        .await
        .unwrap();
    let mut hour = hour_floor(made);
    while hour < span().end.plus_millis(DAY) {
        let range = hour..hour.plus_millis(HOUR);
        let sum = |state| -> i64 {
            let rows = rows.iter().filter(|row| row.state == state);
            rows.map(|row| overlap_ms(&covered_span(row.slot, row.interval_ms, row.delay_ms), &range))
                .sum()
        };
        let sql = "INSERT INTO rollups_hourly (monitor_id, hour, up_ms, degraded_ms, down_ms) VALUES ($1, $2, $3, $4, $5)";
        db.execute(sql, &[&monitor, &hour.to_datetime(), &sum(0), &sum(1), &sum(2)])
            .await
            .unwrap();
        hour = range.end;
    }
}

/// The partitions for all of it.
pub(super) async fn partitions(person: &Person<'_>) {
    let (mut sql, mut day) = (String::new(), span().start);
    while day < span().end {
        let next = day.plus_millis(DAY);
        let name = day.to_datetime().format("%Y%m%d");
        sql += &format!(
            "CREATE TABLE check_results_{name} PARTITION OF check_results FOR VALUES FROM ('{day}') TO ('{next}');"
        );
        day = next;
    }
    person.service.db().await.batch_execute(&sql).await.unwrap();
}

/// Notes an incident, as the processor does, and who acknowledged it, if anybody did.
pub(super) async fn incident(
    person: &Person<'_>,
    monitor: i64,
    (from, until): (&str, Option<&str>),
    acknowledged: Option<&str>,
) -> uuid::Uuid {
    let (from, until) = (at(from), until.map(at));
    let id = uuid::Uuid::from_u128(u128::from(from.as_millis().unsigned_abs()) << 64 | monitor as u128);
    let reason = until.map(|_| "recovered");
    let until = until.map(Timestamp::to_datetime);
    let sql = "INSERT INTO incidents (id, monitor_id, org_id, revision, started_at, resolved_at, close_reason, error_code)
               VALUES ($1, $2, $3, 1, $4, $5, $6, 'connect_timeout')";
    let db = person.service.db().await;
    db.execute(
        sql,
        &[&id, &monitor, &person.org, &from.to_datetime(), &until, &reason],
    )
    .await
    .unwrap();
    if let Some(acknowledged) = acknowledged {
        let sql = "INSERT INTO incident_acknowledgements (incident_id, org_id, by_name, acknowledged_at)
                   VALUES ($1, $2, 'Eve Secret', $3)";
        db.execute(sql, &[&id, &person.org, &at(acknowledged).to_datetime()])
            .await
            .unwrap();
    }
    id
}
