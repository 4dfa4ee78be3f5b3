//! What is measured of a monitor that several regions check is what they say together, wherever a window begins and ends;
//! and of one of them, what it says by itself.

use std::ops::Range;

use domain::coverage::{covered_span, hour_floor, overlap_ms};
use domain::joint::{Covering, joint_spans};
use domain::{MonitorId, Needed, Quorum, Timestamp};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use shared::postgres::PostgresSettings;
use tokio_postgres::Client;

use super::measure::measure;
use super::point_state::point_state;
use super::region_hours;
use crate::rules::measured::Measured;
use crate::rules::uptime_window::{Kept, Plan, Window};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const REGIONS: [&str; 3] = ["ap", "eu", "us"];

#[derive(Clone, Copy, Debug)]
struct Row {
    region: &'static str,
    revision: i32,
    slot: Timestamp,
    interval_ms: i64,
    delay_ms: i64,
    state: i16,
}

impl Row {
    fn stands(&self) -> Range<Timestamp> {
        covered_span(self.slot, self.interval_ms, self.delay_ms)
    }
}

/// A revision that is in force for a while.
struct Revision {
    number: i32,
    quorum: Quorum,
    time: Range<Timestamp>,
    interval_ms: i64,
}

/// An edit in the middle changes how often it is checked, and how many have to find it.
fn revisions(time: &Range<Timestamp>) -> [Revision; 2] {
    let edited = time.start.plus_millis(17 * HOUR + 13 * MINUTE + 1_234);
    let quorum = |down, min_regions| Quorum {
        regions: REGIONS.map(str::to_owned).to_vec(),
        down,
        min_regions,
    };
    [
        Revision {
            number: 1,
            quorum: quorum(Needed::Regions(2), 2),
            time: time.start..edited,
            interval_ms: 2 * MINUTE,
        },
        Revision {
            number: 2,
            quorum: quorum(Needed::ALL, 1),
            time: edited..time.end,
            interval_ms: 7 * MINUTE,
        },
    ]
}

/// Each region checks in its turn, is gone now and then, and starts late at times.
fn life(runner: &mut TestRunner, revisions: &[Revision]) -> Vec<Row> {
    let mut draw = |most: i64| (0..most).new_tree(runner).unwrap().current();
    let mut rows = Vec::new();
    for (place, region) in REGIONS.into_iter().enumerate() {
        for revision in revisions {
            let interval = revision.interval_ms;
            let mut slot = revision.time.start.plus_millis(place as i64 * interval / 3);
            while slot < revision.time.end {
                let is_cut = revision.number == 1;
                let left = revision.time.end.millis_since(slot);
                rows.push(Row {
                    region,
                    revision: revision.number,
                    slot,
                    interval_ms: if is_cut { interval.min(left) } else { interval },
                    delay_ms: if draw(10) == 0 { draw(interval) } else { draw(300) },
                    state: [0, 0, 1, 2, 2][draw(5) as usize],
                });
                let gone = if draw(12) == 0 { draw(20) } else { 0 };
                slot = slot.plus_millis(interval * (1 + gone));
            }
        }
    }
    rows
}

/// What the regions say together, result by result.
fn straight(rows: &[Row], revisions: &[Revision], window: &Range<Timestamp>) -> Measured {
    let mut sum = Measured::default();
    for revision in revisions {
        let of_revision = rows.iter().filter(|row| row.revision == revision.number);
        let covering = of_revision.map(|row| Covering {
            region: row.region,
            slot: row.slot,
            span: row.stands(),
            state: point_state(row.state),
        });
        for (span, state) in joint_spans(&revision.quorum, &covering.collect::<Vec<_>>(), window) {
            sum.stand(state, span.end.millis_since(span.start));
        }
    }
    sum
}

/// What one region says.
fn alone(rows: &[Row], region: &str, window: &Range<Timestamp>) -> Measured {
    let mut sum = Measured::default();
    for row in rows.iter().filter(|row| row.region == region) {
        sum.stand(point_state(row.state), overlap_ms(&row.stands(), window));
    }
    sum
}

async fn store(client: &Client, rows: &[Row], revisions: &[Revision]) {
    let mut sql = "CREATE TABLE check_results_all PARTITION OF check_results DEFAULT;".to_owned();
    for Revision {
        number,
        quorum,
        time,
        interval_ms,
    } in revisions
    {
        let quorum = serde_json::to_string(quorum).unwrap();
        let began = time.start;
        sql += &format!(
            "INSERT INTO monitor_quorums VALUES (1, {number}, '{quorum}', '{began}', {interval_ms});"
        );
    }
    let values: Vec<String> = rows
        .iter()
        .map(|row| {
            let Row {
                region,
                revision,
                slot,
                interval_ms,
                delay_ms,
                state,
            } = row;
            format!("(1, '{slot}', {revision}, {interval_ms}, {delay_ms}, {state}, 1, '{region}', true)")
        })
        .collect();
    sql += &format!(
        "INSERT INTO check_results (monitor_id, scheduled_at, revision, interval_ms, delay_ms, state, attempts, region, by_quorum)
         VALUES {};",
        values.join(",")
    );
    let (mut hour, last) = (hour_floor(revisions[0].time.start), revisions[1].time.end);
    while hour < last.plus_millis(HOUR) {
        let next = hour.plus_millis(HOUR);
        let joint = straight(rows, revisions, &(hour..next));
        let times = |sum: Measured| format!("{}, {}, {}", sum.up_ms, sum.degraded_ms, sum.down_ms);
        sql += &format!(
            "INSERT INTO rollups_hourly (monitor_id, hour, up_ms, degraded_ms, down_ms) VALUES (1, '{hour}', {});",
            times(joint)
        );
        for region in REGIONS {
            sql += &format!(
                "INSERT INTO rollups_hourly_by_region (monitor_id, hour, region, up_ms, degraded_ms, down_ms)
                 VALUES (1, '{hour}', '{region}', {});",
                times(alone(rows, region, &(hour..next)))
            );
        }
        hour = next;
    }
    client.batch_execute(&sql).await.unwrap();
}

#[tokio::test]
async fn adjoining_windows_measure_what_regions_say_together_and_alone() {
    let url = testkit::database().await;
    let mut runner = TestRunner::deterministic();
    let now = shared::now();
    let time = now.plus_millis(-60 * HOUR)..now;
    let revisions = revisions(&time);
    let rows = life(&mut runner, &revisions);
    store(&testkit::connect(&url).await, &rows, &revisions).await;
    let mut draw = |most: i64| (0..most).new_tree(&mut runner).unwrap().current();
    let mut instants: Vec<_> = (0..40).map(|_| time.start.plus_millis(draw(60 * HOUR))).collect();
    instants.extend((0..20).map(|_| rows[draw(rows.len() as i64) as usize].slot));
    let hours: Vec<_> = instants[..10].iter().map(|at| hour_floor(*at)).collect();
    instants.extend(hours.into_iter().filter(|hour| *hour > time.start));
    // Also on both sides of the edit: what is of the revision before ends there.
    let edited = revisions[1].time.start;
    instants.extend([-1, 0, 1, 90_000].map(|ms| edited.plus_millis(ms)));
    instants.extend([time.start, now]);
    instants.sort();

    let pool = shared::postgres::pool(&PostgresSettings::from_url(&url)).unwrap();
    let client = pool.get().await.unwrap();
    let windows: Vec<Window> = instants
        .windows(2)
        .map(|pair| Window {
            start: pair[0],
            until: pair[1],
        })
        .collect();
    let plan = |window: &Window| (MonitorId(1), Plan::new(window, &[], &Kept::ALL, now));
    let plans: Vec<_> = windows.iter().map(plan).collect();
    let measured = measure(&client, &plans).await.unwrap();
    let mut sum = Measured::default();
    for (window, measured) in windows.iter().zip(&measured) {
        let expected = straight(&rows, &revisions, &(window.start..window.until));
        assert_eq!(*measured, expected, "{window:?}");
        sum.add(*measured);
    }
    let whole = Window {
        start: time.start,
        until: now,
    };
    let whole = [plan(&whole)];
    assert_eq!(measure(&client, &whole).await.unwrap(), [sum]);
    assert!(sum.up_ms > 0 && sum.degraded_ms > 0 && sum.down_ms > 0, "{sum:?}");
    assert!(sum.total_ms() < 60 * HOUR, "too few were heard of at times");
    for region in REGIONS {
        let measured = region_hours::measure(&client, MonitorId(1), region, &plans).await;
        for (window, measured) in windows.iter().zip(measured.unwrap().unwrap()) {
            let expected = alone(&rows, region, &(window.start..window.until));
            assert_eq!(measured, expected, "{region} in {window:?}");
        }
    }
    let unknown = region_hours::measure(&client, MonitorId(1), "af", &plans).await;
    assert!(
        unknown
            .unwrap()
            .unwrap()
            .iter()
            .all(|measured| *measured == Measured::default())
    );
}

#[tokio::test]
async fn what_a_region_found_while_it_checked_alone_is_not_taken_off_its_hours() {
    let url = testkit::database().await;
    let mut runner = TestRunner::deterministic();
    let now = shared::now();
    let time = now.plus_millis(-60 * HOUR)..now;
    let revisions = revisions(&time);
    let rows = life(&mut runner, &revisions);
    let client = testkit::connect(&url).await;
    store(&client, &rows, &revisions).await;
    let several = hour_floor(time.start);
    let before = several.plus_millis(-6 * HOUR);
    let alone_before = format!(
        "INSERT INTO check_results (monitor_id, scheduled_at, revision, interval_ms, delay_ms, state, attempts, region)
         SELECT 1, at, 0, 60000, 5, 0, 1, 'eu'
         FROM generate_series(timestamptz '{before}', timestamptz '{several}' - interval '1 minute', interval '1 minute') AS at;
         INSERT INTO rollups_hourly (monitor_id, hour, up_ms)
         SELECT 1, at, 3600000
         FROM generate_series(timestamptz '{before}', timestamptz '{several}' - interval '1 hour', interval '1 hour') AS at"
    );
    client.batch_execute(&alone_before).await.unwrap();

    let at = |minutes: i64| before.plus_millis(minutes * MINUTE);
    let window = |start, until| Window { start, until };
    let windows = [
        window(at(10), at(3 * 60 + 50)),
        window(at(20), at(30)),
        window(at(5 * 60 + 50), at(9 * 60 + 10)),
        window(at(10), now),
    ];
    let plan = |window: &Window| (MonitorId(1), Plan::new(window, &[], &Kept::ALL, now));
    let plans: Vec<_> = windows.iter().map(plan).collect();
    let pool = shared::postgres::pool(&PostgresSettings::from_url(&url)).unwrap();
    let client = pool.get().await.unwrap();
    let measured = region_hours::measure(&client, MonitorId(1), "eu", &plans).await;
    for (window, measured) in windows.iter().zip(measured.unwrap().unwrap()) {
        let expected = alone(&rows, "eu", &(window.start..window.until));
        assert_eq!(measured, expected, "{window:?}");
    }
    let whole = measure(&client, &plans[..1]).await.unwrap();
    assert_eq!(whole[0].up_ms, 220 * MINUTE, "the monitor was up all the same");
}
