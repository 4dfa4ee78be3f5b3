//! `/monitors/{id}/series`, from each of the places that its numbers come from.

use crate::common::{Person, UserService};
use domain::Timestamp;
use serde_json::Value;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Somebody with a monitor that is 400 days old.
async fn monitor(service: &UserService) -> (Person<'_>, i64) {
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    let sql = "UPDATE monitors SET created_at = now() - interval '400 days' WHERE id = $1";
    service.db().await.execute(sql, &[&id]).await.unwrap();
    (person, id)
}

async fn series(person: &Person<'_>, id: i64, query: &str) -> Value {
    let path = format!("/monitors/{id}/series?{query}");
    person.get(&path).await.expect(200)
}

fn sum(series: &Value, field: &str) -> i64 {
    let buckets = series["buckets"].as_array().unwrap();
    buckets.iter().map(|bucket| bucket[field].as_i64().unwrap()).sum()
}

#[track_caller]
fn without_gaps(series: &Value, most: usize) {
    let at = |value: &Value| value.as_str().unwrap().parse::<Timestamp>().unwrap().as_millis();
    let buckets = series["buckets"].as_array().unwrap();
    let length = series["bucket_seconds"].as_i64().unwrap() * 1_000;
    assert!((1..=most).contains(&buckets.len()), "{}", buckets.len());
    let first = at(&series["from"]);
    for (n, bucket) in buckets.iter().enumerate() {
        assert_eq!(at(&bucket["at"]), first + n as i64 * length);
    }
    assert!(at(&series["to"]) > at(&buckets[buckets.len() - 1]["at"]));
}

#[tokio::test]
async fn an_hour_is_drawn_from_its_results() {
    let service = UserService::start().await;
    let (person, id) = monitor(&service).await;
    // Of each ten minutes, the first is down, the second slow.
    let sql = format!(
        "CREATE TABLE check_results_all PARTITION OF check_results DEFAULT;
         INSERT INTO check_results (monitor_id, scheduled_at, revision, interval_ms, delay_ms, latency_ms, state,
                                    status_code, attempts, region)
         SELECT {id}, date_trunc('minute', now()) - n * interval '1 minute', 1, 60000, 5,
                CASE n % 10 WHEN 0 THEN 9000 WHEN 1 THEN 700 ELSE 80 END,
                CASE n % 10 WHEN 0 THEN 2 WHEN 1 THEN 1 ELSE 0 END, 200, 1, 'default'
         FROM generate_series(1, 60) AS n;
         INSERT INTO skipped_slots (monitor_id, first_slot, last_slot, interval_ms, slots, reason, region)
         VALUES ({id}, date_trunc('minute', now()) - interval '90 minutes',
                 date_trunc('minute', now()) - interval '81 minutes', 60000, 10, 'overload', 'default')"
    );
    service.db().await.batch_execute(&sql).await.unwrap();
    let from = shared::now().plus_millis(-2 * HOUR);
    let drawn = series(&person, id, &format!("from={from}&points=60")).await;
    assert_eq!(drawn["bucket_seconds"], 300);
    without_gaps(&drawn, 60);
    let counts = ["up", "degraded", "down", "skipped"].map(|field| sum(&drawn, field));
    assert_eq!(counts, [48, 6, 6, 10]);
    let buckets = drawn["buckets"].as_array().unwrap();
    let full = buckets.iter().filter(|bucket| bucket["coverage"] == 1.0);
    assert!(full.count() >= 10, "an hour was measured");
    assert_eq!(buckets[0]["availability"], Value::Null);
    assert_eq!(buckets[0]["p50_ms"], Value::Null);
    assert_eq!(buckets[0]["coverage"], 0.0);
    let slow = buckets.iter().find(|bucket| bucket["max_ms"] == 700).unwrap();
    assert_eq!(slow["min_ms"], 80, "what failed does not count");
    let p50 = slow["p50_ms"].as_f64().unwrap();
    assert!((p50 - 80.0).abs() <= 4.0, "{p50}");
}

#[tokio::test]
async fn weeks_are_drawn_from_hours_and_years_from_days_with_each_counted_once() {
    let service = UserService::start().await;
    let (person, id) = monitor(&service).await;
    // 100 days of 24 hours; those before yesterday are made into days already.
    let sql = format!(
        "INSERT INTO rollups_hourly (monitor_id, hour, up, degraded, down, skipped, up_ms, degraded_ms, down_ms,
             latency_count, latency_sum_ms, latency_min_ms, latency_max_ms, latency_buckets, latency_counts)
         SELECT {id}, hour, 50, 4, 5, 1, 3000000, 240000, 300000, 54, 4320, 70, 90, '{{46}}', '{{54}}'
         FROM generate_series(date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '100 days',
                              date_trunc('hour', now()), interval '1 hour') AS hour;
         INSERT INTO rollups_daily
         SELECT monitor_id, (hour AT TIME ZONE 'UTC')::date, sum(up), sum(degraded), sum(down), sum(skipped),
             sum(up_ms), sum(degraded_ms), sum(down_ms), sum(latency_count), sum(latency_sum_ms),
             min(latency_min_ms), max(latency_max_ms), '{{46}}', ARRAY[sum(latency_count)::int]
         FROM rollups_hourly WHERE hour < date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '1 day'
         GROUP BY 1, 2"
    );
    service.db().await.batch_execute(&sql).await.unwrap();
    let hours = service.count("rollups_hourly").await;
    let now = shared::now();

    let week = series(&person, id, &format!("from={}", now.plus_millis(-7 * DAY))).await;
    assert_eq!(week["bucket_seconds"], 7_200);
    without_gaps(&week, 120);
    assert_eq!(sum(&week, "down") % 5, 0);
    assert!((168..=171).contains(&(sum(&week, "down") / 5)), "{week}");

    let all = series(
        &person,
        id,
        &format!("from={}&points=300", now.plus_millis(-365 * DAY)),
    )
    .await;
    assert_eq!(all["bucket_seconds"], 7 * 86_400);
    without_gaps(&all, 300);
    assert_eq!(sum(&all, "up"), 50 * hours, "no hour is missing or counted twice");
    assert_eq!(sum(&all, "skipped"), hours);
    let buckets = all["buckets"].as_array().unwrap();
    let full = &buckets[buckets.len() - 3];
    let availability = full["availability"].as_f64().unwrap();
    assert!((availability - 3_240_000.0 / 3_540_000.0).abs() < 1e-12);
    assert!((full["coverage"].as_f64().unwrap() - 3_540.0 / 3_600.0).abs() < 1e-9);
    assert_eq!((&full["min_ms"], &full["max_ms"]), (&70.into(), &90.into()));
    let p99 = full["p99_ms"].as_f64().unwrap();
    assert!((70.0..=90.0).contains(&p99));

    // Hours are kept for a while only; what is left of them is days.
    let drop = "DELETE FROM rollups_hourly WHERE hour < date_trunc('day', now()) - interval '50 days'";
    service.db().await.batch_execute(drop).await.unwrap();
    let (from, to) = (now.plus_millis(-90 * DAY), now.plus_millis(-80 * DAY));
    let old = series(&person, id, &format!("from={from}&to={to}&points=300")).await;
    assert_eq!(old["bucket_seconds"], 86_400);
    assert!(sum(&old, "up") >= 50 * 24 * 10, "{old}");
}

#[tokio::test]
async fn a_range_that_is_none_is_refused_and_others_see_nothing() {
    let service = UserService::start().await;
    let (person, id) = monitor(&service).await;
    for (query, fields) in [
        ("points=1", vec!["points"]),
        ("points=301", vec!["points"]),
        ("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", vec!["from"]),
        ("from=2999-01-01T00:00:00Z", vec!["from"]),
        ("from=1969-12-31T00:00:00Z&points=0", vec!["from", "points"]),
    ] {
        let answer = person.get(&format!("/monitors/{id}/series?{query}")).await;
        assert_eq!(answer.fields(), fields, "{query}");
        answer.expect(422);
    }
    for query in ["from=yesterday", "step=5"] {
        person
            .get(&format!("/monitors/{id}/series?{query}"))
            .await
            .expect(400);
    }
    let stranger = service.register().await;
    stranger.get(&format!("/monitors/{id}/series")).await.expect(404);
}
