//! Uptime of any range, and without maintenance. The figures are worked out by hand.

use std::sync::LazyLock;

use crate::common::{Person, UserService};
use domain::Timestamp;
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Somebody with a monitor that is 500 days old.
async fn monitor(service: &UserService) -> (Person<'_>, i64) {
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    let sql = "UPDATE monitors SET created_at = now() - interval '500 days' WHERE id = $1";
    service.db().await.execute(sql, &[&id]).await.unwrap();
    (person, id)
}

/// The midnight (UTC) of some days before these tests began: also when a day ends meanwhile.
fn midnight(days: i64) -> Timestamp {
    static BEGAN: LazyLock<i64> = LazyLock::new(|| shared::now().as_millis());
    Timestamp::from_millis(*BEGAN - BEGAN.rem_euclid(DAY) - days * DAY)
}

/// A result every five minutes for some days up to midnight, up but for the minutes 10 to 20 of each hour; with the
/// hours, and the partitions that they make.
async fn measured_until_today(service: &UserService, id: i64, days: i64) {
    let (from, until) = (midnight(days), midnight(0));
    let mut sql = String::new();
    for day in 0..=days {
        let (start, end) = (midnight(days - day), midnight(days - day - 1));
        let name = start.to_datetime().format("%Y%m%d");
        sql += &format!(
            "CREATE TABLE check_results_{name} PARTITION OF check_results FOR VALUES FROM ('{start}') TO ('{end}');"
        );
    }
    sql += &format!(
        "INSERT INTO check_results
         SELECT {id}, at, 1, 300000, 12, 80,
                CASE WHEN extract(minute FROM at) IN (10, 15) THEN 2 ELSE 0 END, 200, 1, 'default'
         FROM generate_series('{from}'::timestamptz, '{until}'::timestamptz - interval '5 minutes', '5 minutes') AS at;
         INSERT INTO rollups_hourly (monitor_id, hour, up_ms, down_ms)
         SELECT {id}, at, 3000000, 600000
         FROM generate_series('{from}'::timestamptz, '{until}'::timestamptz - interval '1 hour', '1 hour') AS at"
    );
    service.db().await.batch_execute(&sql).await.unwrap();
}

async fn uptime(person: &Person<'_>, id: i64, from: Timestamp, to: Timestamp, more: &str) -> Value {
    let path = format!("/monitors/{id}/uptime?from={from}&to={to}{more}");
    person.get(&path).await.expect(200)
}

async fn once(person: &Person<'_>, monitors: &[i64], from: Timestamp, until: Timestamp) {
    let body = json!({"name": "Move", "monitors": monitors, "repeat": "once", "from": from.to_string(),
                      "until": until.to_string()});
    person.post("/maintenance-windows", body).await.expect(201);
}

#[track_caller]
fn is(uptime: &Value, down_minutes: i64, of_minutes: i64, coverage: f64) {
    let ratio = 1.0 - down_minutes as f64 / of_minutes as f64;
    assert!(
        (uptime["ratio"].as_f64().unwrap() - ratio).abs() < 1e-12,
        "{uptime}"
    );
    assert_eq!(uptime["downtime_seconds"], down_minutes * 60, "{uptime}");
    assert!(
        (uptime["coverage"].as_f64().unwrap() - coverage).abs() < 1e-9,
        "{uptime}"
    );
}

#[tokio::test]
async fn any_range_is_measured_to_the_millisecond() {
    let service = UserService::start().await;
    let (person, id) = monitor(&service).await;
    measured_until_today(&service, id, 3).await;
    let at = |minutes: i64| midnight(2).plus_millis(minutes * MINUTE);
    // Both ends within an hour, and in the middle of an outage.
    let hour = uptime(&person, id, at(0), at(60), "").await;
    is(&hour, 10, 60, 1.0);
    assert_eq!(hour["from"], at(0).to_string());
    assert_eq!(hour["to"], at(60).to_string());
    is(&uptime(&person, id, at(0), at(12), "").await, 2, 12, 1.0);
    is(&uptime(&person, id, at(12), at(60), "").await, 8, 48, 1.0);
    is(
        &uptime(&person, id, at(17), at(23 * 60 + 11), "").await,
        3 + 22 * 10 + 1,
        23 * 60 - 6,
        1.0,
    );
    // Half of it was not measured, and half of that lies in the future.
    let future = shared::now().plus_millis(HOUR);
    let rest = uptime(&person, id, midnight(1), future, "").await;
    assert!(rest["to"].as_str().unwrap() < future.to_string().as_str());
    assert_eq!(rest["downtime_seconds"], 24 * 600);
    // A day before its end by default.
    let path = format!("/monitors/{id}/uptime?to={}", at(24 * 60));
    let day = person.get(&path).await.expect(200);
    assert_eq!(day["from"], at(0).to_string());
    is(&day, 240, 24 * 60, 1.0);
}

#[tokio::test]
async fn maintenance_is_neither_up_nor_down_nor_missing() {
    let service = UserService::start().await;
    let (person, id) = monitor(&service).await;
    measured_until_today(&service, id, 3).await;
    let at = |minutes: i64| midnight(2).plus_millis(minutes * MINUTE);
    // Over the outages of the first two hours, the second in part; another monitor's; and two that overlap.
    once(&person, &[id], at(5), at(75)).await;
    let other = person.monitor("https://b.example/").await;
    once(&person, &[other], at(120), at(180)).await;
    once(&person, &[], at(190), at(200)).await;
    once(&person, &[id], at(195), at(205)).await;
    for (from, until) in [(70, 80), (130, 140), (191, 196)] {
        let sql = format!(
            "INSERT INTO incidents (id, monitor_id, org_id, revision, started_at, resolved_at, close_reason)
             VALUES (gen_random_uuid(), {id}, {}, 1, '{}', '{}', 'recovered')",
            person.org,
            at(from),
            at(until)
        );
        service.db().await.batch_execute(&sql).await.unwrap();
    }
    let with = uptime(&person, id, at(0), at(240), "").await;
    is(&with, 40, 240, 1.0);
    assert_eq!(with["incidents"], 3);
    let without = uptime(&person, id, at(0), at(240), "&exclude_maintenance=true").await;
    is(&without, 5 + 10, 240 - 70 - 15, 1.0);
    assert_eq!(without["incidents"], 2, "one lay within maintenance");
    let all = uptime(&person, id, at(10), at(60), "&exclude_maintenance=true").await;
    assert_eq!(
        (&all["ratio"], &all["coverage"], &all["downtime_seconds"]),
        (&Value::Null, &json!(0.0), &json!(0))
    );
    let not = uptime(&person, id, at(0), at(240), "&exclude_maintenance=false").await;
    assert_eq!(not, with);

    // The fixed windows know it too: a weekly one over each hour's outage of one day.
    let path = format!("/monitors/{id}/uptime");
    let weekday = at(0).to_datetime().format("%a").to_string();
    let weekly = json!({"name": "Day off", "repeat": "weekly", "weekday": weekday, "from": "00:00:00",
                        "minutes": 1440, "time_zone": "UTC"});
    person.post("/maintenance-windows", weekly).await.expect(201);
    let with = person.get(&path).await.expect(200);
    let without = person
        .get(&format!("{path}?exclude_maintenance=true"))
        .await
        .expect(200);
    for window in ["7d", "30d", "90d", "365d"] {
        assert_eq!(with[window]["downtime_seconds"], 3 * 24 * 600, "{window}");
        assert_eq!(without[window]["downtime_seconds"], 2 * 24 * 600, "{window}");
    }
    let ratio = |window: &Value| window["ratio"].as_f64().unwrap();
    assert!((ratio(&without["7d"]) - 5.0 / 6.0).abs() < 1e-12);
    // Six days of which two were measured instead of seven with three, an hour more or less.
    let coverage = without["7d"]["coverage"].as_f64().unwrap();
    assert!((coverage - 2.0 / 6.0).abs() < 0.01, "{coverage}");
}

/// Two hours of each night, of the monitors with a tag; one night it did not take place, and one it was ended.
#[tokio::test]
async fn maintenance_by_a_rule_and_a_tag_is_left_out_of_uptime_and_reports() {
    let service = UserService::start().await;
    let (person, id) = monitor(&service).await;
    measured_until_today(&service, id, 3).await;
    let path = format!("/monitors/{id}");
    person.patch(&path, json!({"tags": ["night"]})).await.expect(200);
    let starts = midnight(3).to_datetime().format("%Y-%m-%dT%H:%M:%S").to_string();
    let nights = json!({"name": "Nights", "tags": ["night"], "repeat": "recurring", "starts": starts,
                        "rule": "FREQ=DAILY", "minutes": 120, "time_zone": "UTC"});
    person.post("/maintenance-windows", nights).await.expect(201);
    let sql = format!(
        r#"UPDATE maintenance_windows SET exceptions =
           '[{{"starts_at": "{}"}}, {{"starts_at": "{}", "ended_at": "{}"}}]'"#,
        midnight(2),
        midnight(1),
        midnight(1).plus_millis(60 * MINUTE)
    );
    service.db().await.batch_execute(&sql).await.unwrap();
    let without = async || uptime(&person, id, midnight(3), midnight(0), "&exclude_maintenance=true").await;
    let with = uptime(&person, id, midnight(3), midnight(0), "").await;
    is(&with, 72 * 10, 72 * 60, 1.0);
    is(&without().await, 69 * 10, 69 * 60, 1.0);
    let report = json!({"period": {"from": midnight(3), "to": midnight(0)}, "selection": {"monitors": [id]}});
    let report = person.post("/sla-reports/preview", report).await.expect(200);
    let figures = &report["monitors"][0];
    assert_eq!(figures["all_time"]["down_ms"], 72 * 10 * MINUTE, "{report}");
    assert_eq!(
        figures["without_maintenance"]["down_ms"],
        69 * 10 * MINUTE,
        "{report}"
    );
    // It concerns those that have the tag now, and never all because nobody has it.
    person.patch(&path, json!({"tags": []})).await.expect(200);
    assert_eq!(without().await, with);
    let sql = "DELETE FROM tags";
    service.db().await.batch_execute(sql).await.unwrap();
    assert_eq!(without().await, with);
}

#[tokio::test]
async fn what_is_kept_by_the_hour_or_the_day_is_measured_by_it() {
    let service = UserService::start().await;
    let (person, id) = monitor(&service).await;
    measured_until_today(&service, id, 2).await;
    // Hours for 40 days, and days for 440: the days before the hours have an hour of downtime.
    let sql = format!(
        "INSERT INTO rollups_hourly (monitor_id, hour, up_ms, down_ms)
         SELECT {id}, at, 3000000, 600000
         FROM generate_series('{}'::timestamptz, '{}'::timestamptz - interval '1 hour', '1 hour') AS at;
         INSERT INTO rollups_daily
         SELECT {id}, day::date, 0, 0, 0, 0, 82800000, 0, 3600000, 0, 0, NULL, NULL, '{{}}', '{{}}'
         FROM generate_series(timestamp '{}', timestamp '{}', '1 day') AS day",
        midnight(40),
        midnight(2),
        midnight(440).to_datetime().date_naive(),
        midnight(41).to_datetime().date_naive(),
    );
    service.db().await.batch_execute(&sql).await.unwrap();
    let at = |days: i64, minutes: i64| midnight(days).plus_millis(minutes * MINUTE);
    // Days, then hours: what is asked for is rounded down, and the answer says so.
    let old = uptime(&person, id, at(50, 70), at(30, 125), "").await;
    assert_eq!(old["from"], midnight(50).to_string());
    assert_eq!(old["to"], at(30, 120).to_string());
    is(&old, 10 * 60 + (240 + 2) * 10, 20 * 24 * 60 + 120, 1.0);
    let long = uptime(&person, id, at(430, 0), at(0, 0), "").await;
    is(&long, 390 * 60 + 40 * 240, 430 * 24 * 60, 1.0);
    // Of the first day of results, those of the day before are gone that would reach into it.
    let first = uptime(&person, id, at(2, 30), at(1, 6), "").await;
    assert_eq!(first["from"], midnight(2).to_string());
    is(&first, 240, 24 * 60 + 6, 1.0);

    // A quarter of an hour of maintenance each night: an hour, or a day, is left out whole.
    for days in [60, 35, 1] {
        once(&person, &[id], at(days, 150), at(days, 165)).await;
    }
    let without = uptime(&person, id, at(61, 0), at(59, 0), "&exclude_maintenance=true").await;
    is(&without, 60, 24 * 60, 1.0);
    let without = uptime(&person, id, at(36, 0), at(34, 0), "&exclude_maintenance=true").await;
    is(&without, 47 * 10, 47 * 60, 1.0);
    let without = uptime(&person, id, at(1, 120), at(1, 180), "&exclude_maintenance=true").await;
    is(&without, 10, 45, 1.0);

    // Within one unit of what is kept there is nothing to be told.
    for (days, from, to, unit) in [(60, 10, 20, "day"), (30, 10, 50, "hour")] {
        let path = format!(
            "/monitors/{id}/uptime?from={}&to={}",
            at(days, from),
            at(days, to)
        );
        let answer = person.get(&path).await;
        assert_eq!(answer.fields(), ["to"]);
        let message = answer.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(unit), "{message}");
    }
}

#[tokio::test]
async fn a_range_that_is_none_is_refused_and_others_see_nothing() {
    let service = UserService::start().await;
    let (person, id) = monitor(&service).await;
    let path = format!("/monitors/{id}/uptime");
    for query in [
        "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
        "from=2999-01-01T00:00:00Z",
        "from=1969-12-31T00:00:00Z",
    ] {
        let answer = person.get(&format!("{path}?{query}")).await;
        assert_eq!(answer.fields(), ["from"], "{query}");
        answer.expect(422);
    }
    for query in ["from=yesterday", "exclude_maintenance=maybe", "window=24h"] {
        person.get(&format!("{path}?{query}")).await.expect(400);
    }
    let never = person
        .get(&format!("{path}?from=2026-01-01T00:00:00Z"))
        .await
        .expect(200);
    assert_eq!((&never["ratio"], &never["coverage"]), (&Value::Null, &json!(0.0)));
    let stranger = service.register().await;
    stranger
        .get(&format!("{path}?exclude_maintenance=true"))
        .await
        .expect(404);
}
