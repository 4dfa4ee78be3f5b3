//! What is measured is what the results stand for, wherever a window begins and ends: two windows that adjoin
//! measure as much as the one that they make.

use std::ops::Range;

use domain::coverage::{covered_span, hour_floor, overlap_ms};
use domain::{MonitorId, Timestamp};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use shared::postgres::PostgresSettings;
use tokio_postgres::Client;

use super::measure::measure;
use super::point_state::point_state;
use crate::rules::measured::Measured;
use crate::rules::uptime_window::{Kept, Plan, Window};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

#[derive(Clone, Copy, Debug)]
struct Row {
    slot: Timestamp,
    interval_ms: i64,
    delay_ms: i64,
    state: i16,
}

/// Five days as an eventful life leaves them: intervals from ten seconds to a day, checks that start late,
/// results that an edit or a pause has cut short or left no time, holes.
fn life(runner: &mut TestRunner, start: Timestamp, end: Timestamp) -> Vec<Row> {
    let intervals = [10_000, MINUTE, 7 * MINUTE, HOUR, 5 * HOUR, 24 * HOUR];
    let mut draw = |most: i64| (0..most).new_tree(runner).unwrap().current();
    let (mut rows, mut at) = (Vec::new(), start);
    while at < end {
        let interval = intervals[draw(6) as usize];
        let checks = 1 + draw(200).min(3 * HOUR / interval);
        for _ in 0..checks {
            let delay = match draw(10) {
                0 => draw(interval),
                1 => interval / 10,
                _ => draw(300),
            };
            rows.push(Row {
                slot: at,
                interval_ms: interval,
                delay_ms: delay,
                state: [0, 0, 1, 2][draw(4) as usize],
            });
            at = at.plus_millis(interval);
        }
        // The next revision begins within the time of the last result, whose end is cut.
        if let Some(last) = rows.last_mut() {
            let stands = draw(interval + 1);
            at = last.slot.plus_millis(stands.max(1));
            last.interval_ms = stands;
        }
        if draw(3) == 0 {
            at = at.plus_millis(draw(2 * HOUR));
        }
    }
    rows
}

async fn store(client: &Client, rows: &[Row]) {
    let slots: Vec<_> = rows.iter().map(|row| row.slot.to_datetime()).collect();
    let intervals: Vec<_> = rows.iter().map(|row| row.interval_ms as i32).collect();
    let delays: Vec<_> = rows.iter().map(|row| row.delay_ms as i32).collect();
    let states: Vec<_> = rows.iter().map(|row| row.state).collect();
    client
        .execute(
            "INSERT INTO check_results SELECT 1, slot, 1, interval_ms, delay_ms, 80, state, 200, 1, 'default'
             FROM unnest($1::timestamptz[], $2::int[], $3::int[], $4::smallint[]) AS r (slot, interval_ms, delay_ms, state)",
            &[&slots, &intervals, &delays, &states],
        )
        .await
        .unwrap();
    let (first, last) = (rows[0].slot, rows[rows.len() - 1].slot.plus_millis(25 * HOUR));
    let mut hour = hour_floor(first);
    while hour < last {
        let next = hour.plus_millis(HOUR);
        let sum = straight(rows, &(hour..next));
        client
            .execute(
                "INSERT INTO rollups_hourly (monitor_id, hour, up_ms, degraded_ms, down_ms) VALUES (1, $1, $2, $3, $4)",
                &[&hour.to_datetime(), &sum.up_ms, &sum.degraded_ms, &sum.down_ms],
            )
            .await
            .unwrap();
        hour = next;
    }
}

/// Added up result by result.
fn straight(rows: &[Row], window: &Range<Timestamp>) -> Measured {
    let mut sum = Measured::default();
    for row in rows {
        let stands = covered_span(row.slot, row.interval_ms, row.delay_ms);
        sum.stand(point_state(row.state), overlap_ms(&stands, window));
    }
    sum
}

#[tokio::test]
async fn adjoining_windows_measure_as_much_as_the_one_they_make() {
    let url = testkit::database().await;
    let client = testkit::connect(&url).await;
    client
        .batch_execute("CREATE TABLE check_results_all PARTITION OF check_results DEFAULT")
        .await
        .unwrap();
    let mut runner = TestRunner::deterministic();
    let now = shared::now();
    let start = now.plus_millis(-120 * HOUR);
    let rows = life(&mut runner, start, now);
    store(&client, &rows).await;
    // Instants of all sorts: anywhere, at slots, at full hours, now.
    let mut draw = |most: i64| (0..most).new_tree(&mut runner).unwrap().current();
    let mut instants: Vec<_> = (0..60).map(|_| start.plus_millis(draw(120 * HOUR))).collect();
    instants.extend((0..20).map(|_| rows[draw(rows.len() as i64) as usize].slot.min(now)));
    let hours: Vec<_> = instants[..20].iter().map(|at| hour_floor(*at)).collect();
    instants.extend(hours);
    instants.extend([start, now]);
    instants.sort();

    let pool = shared::postgres::pool(&PostgresSettings::from_url(&url)).unwrap();
    let window = |start, until| Window { start, until };
    let windows: Vec<_> = instants
        .windows(2)
        .map(|pair| window(pair[0], pair[1]))
        .chain((0..60).map(|n| window(instants[n], instants[instants.len() - 1 - n / 2])))
        .collect();
    let plans: Vec<_> = windows
        .iter()
        .map(|window| (MonitorId(1), Plan::new(window, &[], &Kept::ALL, now)))
        .collect();
    let measured = measure(&pool.get().await.unwrap(), &plans).await.unwrap();
    for (window, measured) in windows.iter().zip(&measured) {
        assert_eq!(
            *measured,
            straight(&rows, &(window.start..window.until)),
            "{window:?}"
        );
        assert!(
            measured.total_ms() <= window.until.millis_since(window.start),
            "{window:?}"
        );
    }
    let mut sum = Measured::default();
    let adjoining = &measured[..instants.len() - 1];
    adjoining.iter().for_each(|part| sum.add(*part));
    let whole = (MonitorId(1), Plan::recent(&window(start, now), now));
    let whole = measure(&pool.get().await.unwrap(), &[whole]).await.unwrap();
    assert_eq!(whole, [sum]);
    assert!(sum.up_ms > 0 && sum.degraded_ms > 0 && sum.down_ms > 0, "{sum:?}");
}
