//! The uptime of heartbeats: the time between what was said of them. The figures are worked out by hand.

use std::sync::LazyLock;

use domain::Timestamp;
use serde_json::{Value, json};

use super::heartbeat;
use crate::common::{Person, UserService};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// Minutes of the day before yesterday (UTC), also when a day ends meanwhile.
fn at(minutes: i64) -> Timestamp {
    static BEGAN: LazyLock<i64> = LazyLock::new(|| shared::now().as_millis());
    Timestamp::from_millis(*BEGAN - BEGAN.rem_euclid(DAY) - 2 * DAY + minutes * MINUTE)
}

/// A heartbeat that is 500 days old.
async fn old_heartbeat(person: &Person<'_>, name: &str) -> i64 {
    let id = heartbeat(person, name).await;
    let sql = "UPDATE monitors SET created_at = now() - interval '500 days' WHERE id = $1";
    person.service.db().await.execute(sql, &[&id]).await.unwrap();
    id
}

/// Notes what a heartbeat is taken for from some instants on, as the processor does.
async fn said(person: &Person<'_>, id: i64, spans: &[(Timestamp, &str)]) {
    let db = person.service.db().await;
    let sql = "INSERT INTO heartbeat_spans VALUES ($1, $2, $3)";
    for (began, state) in spans {
        db.execute(sql, &[&id, &began.to_datetime(), state])
            .await
            .unwrap();
    }
}

/// A morning with a bit of everything.
async fn morning(person: &Person<'_>, id: i64) {
    let spans = [
        (60, "up"),
        (120, "down"),
        (150, "up"),
        (200, "unknown"),
        (230, "up"),
        (300, "paused"),
        (330, "unknown"),
        (360, "up"),
    ];
    said(person, id, &spans.map(|(minutes, state)| (at(minutes), state))).await;
}

async fn uptime(person: &Person<'_>, id: i64, from: Timestamp, to: Timestamp, more: &str) -> Value {
    let path = format!("/monitors/{id}/uptime?from={from}&to={to}{more}");
    person.get(&path).await.expect(200)
}

#[track_caller]
fn is(uptime: &Value, down_minutes: i64, of_minutes: i64, coverage: f64) {
    let ratio = 1.0 - down_minutes as f64 / of_minutes as f64;
    let found = (
        uptime["ratio"].as_f64().unwrap(),
        uptime["coverage"].as_f64().unwrap(),
    );
    assert!((found.0 - ratio).abs() < 1e-12, "{uptime}");
    assert!((found.1 - coverage).abs() < 1e-9, "{uptime}");
    assert_eq!(uptime["downtime_seconds"], down_minutes * 60, "{uptime}");
}

#[track_caller]
fn is_unmeasured(uptime: &Value) {
    assert_eq!(
        (&uptime["ratio"], &uptime["coverage"], &uptime["downtime_seconds"]),
        (&Value::Null, &json!(0.0), &json!(0)),
        "{uptime}"
    );
}

#[tokio::test]
async fn a_state_lasts_until_the_next_one() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = old_heartbeat(&person, "Backup").await;
    morning(&person, id).await;
    let of = async |from: i64, to: i64| uptime(&person, id, at(from), at(to), "").await;
    // Before the first ping, while nothing was known, and while it was paused.
    for (from, to) in [(0, 60), (205, 225), (300, 330), (300, 360), (330, 360)] {
        is_unmeasured(&of(from, to).await);
    }
    is(&of(0, 120).await, 0, 60, 0.5);
    is(&of(60, 200).await, 30, 140, 1.0);
    is(&of(130, 140).await, 10, 10, 1.0);
    is(&of(60, 360).await, 30, 210, 210.0 / 300.0);
    // The last one goes on, over days.
    is(&of(360, 600).await, 0, 240, 1.0);
    is(&of(400, 24 * 60 + 400).await, 0, 24 * 60, 1.0);
    // To the millisecond, and what adjoins makes the whole.
    let ends = [at(119).plus_millis(59_500), at(120).plus_millis(1_500)];
    let within = uptime(&person, id, ends[0], ends[1], "").await;
    assert_eq!(
        (&within["ratio"], &within["coverage"]),
        (&json!(0.25), &json!(1.0))
    );
    let mut parts = 0;
    for minutes in (60..360).step_by(7) {
        let part = of(minutes, (minutes + 7).min(360)).await;
        parts += part["downtime_seconds"].as_i64().unwrap();
    }
    assert_eq!(parts, 30 * 60);
    // Others see nothing of it.
    let stranger = service.register().await;
    stranger.get(&format!("/monitors/{id}/uptime")).await.expect(404);
}

#[tokio::test]
async fn what_is_kept_by_the_hour_is_measured_by_the_hour() {
    let service = UserService::start().await;
    let person = service.register().await;
    let [old, young] = [
        old_heartbeat(&person, "Old").await,
        old_heartbeat(&person, "Young").await,
    ];
    morning(&person, old).await;
    // What the processor has merged: a quarter of the day was down, some time.
    said(
        &person,
        old,
        &[
            (at(-2 * 24 * 60), "up"),
            (at(-24 * 60), "down"),
            (at(-18 * 60), "up"),
        ],
    )
    .await;
    said(
        &person,
        young,
        &[(at(60), "up"), (at(120), "down"), (at(150), "up")],
    )
    .await;
    let done = "INSERT INTO processor_jobs (name, done_until) VALUES ('spans_hours', $1), ('spans_days', $2)";
    let (hours, days) = (at(24 * 60).to_datetime(), at(0).to_datetime());
    service.db().await.execute(done, &[&hours, &days]).await.unwrap();
    let of = async |id: i64, from: i64, to: i64| uptime(&person, id, at(from), at(to), "").await;
    let rounded = of(old, 119, 181).await;
    assert_eq!(
        (&rounded["from"], &rounded["to"]),
        (&json!(at(60).to_string()), &json!(at(180).to_string()))
    );
    is(&rounded, 30, 120, 1.0);
    let rounded = of(old, -20 * 60, 90).await;
    assert_eq!(
        (&rounded["from"], &rounded["to"]),
        (&json!(at(-24 * 60).to_string()), &json!(at(60).to_string()))
    );
    is(&rounded, 6 * 60, 25 * 60, 1.0);
    let path = format!("/monitors/{old}/uptime?from={}&to={}", at(70), at(110));
    person.get(&path).await.expect(422);
    is(&of(old, 24 * 60 + 1, 24 * 60 + 4).await, 0, 3, 1.0);
    // One that is younger is measured as before once its first span is.
    let done = "UPDATE processor_jobs SET done_until = $1 WHERE name = 'spans_hours'";
    service
        .db()
        .await
        .execute(done, &[&at(60).to_datetime()])
        .await
        .unwrap();
    is(&of(young, 119, 121).await, 1, 2, 1.0);
}

#[tokio::test]
async fn maintenance_of_a_heartbeat_is_left_out() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = old_heartbeat(&person, "Backup").await;
    morning(&person, id).await;
    let window = json!({"name": "Move", "monitors": [id], "repeat": "once", "from": at(100).to_string(),
                        "until": at(130).to_string()});
    person.post("/maintenance-windows", window).await.expect(201);
    let of = async |more: &str| uptime(&person, id, at(60), at(200), more).await;
    is(&of("").await, 30, 140, 1.0);
    is(&of("&exclude_maintenance=true").await, 20, 110, 1.0);
    let within = uptime(&person, id, at(105), at(125), "&exclude_maintenance=true").await;
    is_unmeasured(&within);
}

#[tokio::test]
async fn the_last_day_and_the_fixed_windows_are_of_heartbeats_too() {
    let service = UserService::start().await;
    let person = service.register().await;
    let ids = [
        old_heartbeat(&person, "Always").await,
        old_heartbeat(&person, "Half").await,
        old_heartbeat(&person, "Never").await,
        old_heartbeat(&person, "New").await,
    ];
    let hours_ago = |hours: i64| shared::now().plus_millis(-hours * 60 * MINUTE);
    said(&person, ids[0], &[(hours_ago(24 * 40), "up")]).await;
    said(&person, ids[1], &[(hours_ago(12), "up"), (hours_ago(6), "down")]).await;
    said(&person, ids[2], &[(hours_ago(24 * 40), "down")]).await;
    let listed = person.get("/monitors").await.items();
    for (id, expected) in ids.iter().zip([Some(1.0), Some(0.5), Some(0.0), None]) {
        let monitor = listed.iter().find(|monitor| &monitor["id"] == id).unwrap();
        let found = monitor["uptime_24h"].as_f64();
        match (found, expected) {
            (Some(found), Some(expected)) => assert!((found - expected).abs() < 1e-3, "{monitor}"),
            other => assert_eq!(other, (None, None), "{monitor}"),
        }
    }
    let half = person
        .get(&format!("/monitors/{}/uptime", ids[1]))
        .await
        .expect(200);
    for (window, hours) in [("24h", 24), ("7d", 7 * 24), ("30d", 30 * 24), ("365d", 365 * 24)] {
        let (ratio, coverage) = (
            half[window]["ratio"].as_f64().unwrap(),
            half[window]["coverage"].as_f64().unwrap(),
        );
        assert!((ratio - 0.5).abs() < 1e-3, "{window}: {half}");
        assert!(
            (coverage * f64::from(hours) - 12.0).abs() < 0.1,
            "{window}: {half}"
        );
    }
}

#[tokio::test]
async fn a_series_has_the_time_of_a_heartbeat_and_no_checks() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = old_heartbeat(&person, "Backup").await;
    morning(&person, id).await;
    for points in [6, 36, 300] {
        let path = format!(
            "/monitors/{id}/series?from={}&to={}&points={points}",
            at(0),
            at(360)
        );
        let series = person.get(&path).await.expect(200);
        let minutes = series["bucket_seconds"].as_f64().unwrap() / 60.0;
        let (mut covered, mut up) = (0.0, 0.0);
        for bucket in series["buckets"].as_array().unwrap() {
            for count in ["up", "degraded", "down", "skipped"] {
                assert_eq!(bucket[count], 0, "{bucket}");
            }
            let part = bucket["coverage"].as_f64().unwrap() * minutes;
            covered += part;
            up += bucket["availability"].as_f64().unwrap_or(0.0) * part;
        }
        assert!((covered - 210.0).abs() < 1e-6, "{points}: {covered} of {series}");
        assert!((up - 180.0).abs() < 1e-6, "{points}: {up} of {series}");
    }
}

#[tokio::test]
async fn what_has_become_a_heartbeat_has_the_time_of_its_results_too() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = old_heartbeat(&person, "Job").await;
    let name = at(0).to_datetime().format("%Y%m%d");
    let sql = format!(
        "CREATE TABLE check_results_{name} PARTITION OF check_results FOR VALUES FROM ('{}') TO ('{}');
         INSERT INTO check_results
         SELECT {id}, at, 1, 300000, 12, 80, CASE WHEN extract(minute FROM at) = 10 THEN 2 ELSE 0 END, 200, 1, 'default'
         FROM generate_series('{}'::timestamptz, '{}'::timestamptz - interval '5 minutes', '5 minutes') AS at;
         INSERT INTO rollups_hourly (monitor_id, hour, up_ms, down_ms) VALUES ({id}, '{}', 3300000, 300000)",
        at(0),
        at(24 * 60),
        at(0),
        at(60),
        at(0),
    );
    service.db().await.batch_execute(&sql).await.unwrap();
    said(&person, id, &[(at(60), "up"), (at(90), "down"), (at(110), "up")]).await;
    let whole = uptime(&person, id, at(0), at(120), "").await;
    is(&whole, 5 + 20, 120, 1.0);
    is(&uptime(&person, id, at(12), at(95), "").await, 3 + 5, 83, 1.0);
}
