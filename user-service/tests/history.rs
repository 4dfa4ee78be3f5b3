//! History: what the processor has stored, as the API shows it. The figures are worked out by hand.

use crate::common::{Person, UserService};
use domain::Timestamp;
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

const UP: i16 = 0;
const DEGRADED: i16 = 1;
const DOWN: i16 = 2;

/// A user-service whose processor the test plays.
struct History {
    service: UserService,
}

impl History {
    async fn start() -> Self {
        let service = UserService::start().await;
        let partitions = "CREATE TABLE check_results_all PARTITION OF check_results DEFAULT;
                          CREATE TABLE check_errors_all PARTITION OF check_errors DEFAULT";
        service.db().await.batch_execute(partitions).await.unwrap();
        Self { service }
    }

    /// Somebody with a monitor that is `age_ms` old.
    async fn monitor(&self, age_ms: i64) -> (Person<'_>, i64) {
        let person = self.service.register().await;
        let id = person.monitor("https://a.example/").await;
        let created = shared::now().plus_millis(-age_ms).to_datetime();
        self.service
            .db()
            .await
            .execute(
                "UPDATE monitors SET created_at = $2 WHERE id = $1",
                &[&id, &created],
            )
            .await
            .unwrap();
        (person, id)
    }

    async fn result(&self, monitor: i64, slot: Timestamp, interval_ms: i64, state: i16) {
        let (up, degraded, down) = (state == UP, state == DEGRADED, state == DOWN);
        let db = self.service.db().await;
        db.execute(
            "INSERT INTO check_results (monitor_id, scheduled_at, revision, interval_ms, delay_ms, latency_ms,
                                        state, status_code, attempts, region)
             VALUES ($1, $2, 1, $3, 12, 80, $4, 200, 1, 'default')",
            &[&monitor, &slot.to_datetime(), &(interval_ms as i32), &state],
        )
        .await
        .unwrap();
        // The time that it stands for, in the hours that it lies in.
        let (mut at, end) = (slot.as_millis(), slot.as_millis() + interval_ms);
        while at < end {
            let hour = at.div_euclid(HOUR) * HOUR;
            let part = end.min(hour + HOUR) - at;
            let ms = |is: bool| if is { part } else { 0 };
            db.execute(
                "INSERT INTO rollups_hourly (monitor_id, hour, up_ms, degraded_ms, down_ms)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (monitor_id, hour) DO UPDATE SET
                     up_ms = rollups_hourly.up_ms + excluded.up_ms,
                     degraded_ms = rollups_hourly.degraded_ms + excluded.degraded_ms,
                     down_ms = rollups_hourly.down_ms + excluded.down_ms",
                &[
                    &monitor,
                    &Timestamp::from_millis(hour).to_datetime(),
                    &ms(up),
                    &ms(degraded),
                    &ms(down),
                ],
            )
            .await
            .unwrap();
            at += part;
        }
    }

    async fn run(&self, sql: &str) {
        self.service.db().await.batch_execute(sql).await.unwrap();
    }
}

/// The last full minute.
fn minute() -> Timestamp {
    let now = shared::now().as_millis();
    Timestamp::from_millis(now - now.rem_euclid(MINUTE))
}

#[track_caller]
fn close_to(value: &Value, expected: f64, tolerance: f64) {
    let value = value.as_f64().unwrap();
    assert!((value - expected).abs() <= tolerance, "{value} is not {expected}");
}

#[tokio::test]
async fn uptime_is_over_time_and_what_was_not_measured_is_neither() {
    let history = History::start().await;
    let (person, id) = history.monitor(400 * DAY).await;
    let now = minute();
    // Three hours, minute by minute, that ended an hour ago: 9 minutes down in two outages, 6 degraded.
    for n in 0..180 {
        let slot = now.plus_millis(-4 * HOUR + n * MINUTE);
        let state = match n {
            20..25 | 100..104 => DOWN,
            50..56 => DEGRADED,
            _ => UP,
        };
        history.result(id, slot, MINUTE, state).await;
    }
    // Two days ago, every ten minutes for an hour: half of it down.
    for n in 0..6 {
        let slot = now.plus_millis(-2 * DAY + n * 10 * MINUTE);
        history
            .result(id, slot, 10 * MINUTE, if n < 3 { DOWN } else { UP })
            .await;
    }
    let incident = |ordinal: i64, from: i64, until: i64| {
        format!(
            "INSERT INTO incidents (id, monitor_id, org_id, revision, started_at, resolved_at, close_reason)
             VALUES (gen_random_uuid(), {id}, {}, {ordinal}, now() - interval '{from} minutes',
                     now() - interval '{until} minutes', 'recovered');",
            person.org
        )
    };
    let incidents = [
        incident(1, 220, 215),
        incident(2, 140, 136),
        incident(3, 2_880, 2_850),
        incident(4, 40 * 1_440, 39 * 1_440),
    ];
    history.run(&incidents.concat()).await;

    let uptime = person.get(&format!("/monitors/{id}/uptime")).await.expect(200);
    let day = &uptime["24h"];
    close_to(&day["ratio"], 171.0 / 180.0, 1e-12);
    assert_eq!(day["downtime_seconds"], 9 * 60);
    assert_eq!(day["incidents"], 2);
    close_to(&day["coverage"], 180.0 / 1_440.0, 1e-9);
    let week = &uptime["7d"];
    close_to(&week["ratio"], (171.0 + 30.0) / 240.0, 1e-12);
    assert_eq!(week["downtime_seconds"], 39 * 60);
    assert_eq!(week["incidents"], 3);
    // The window begins at a full hour, so it is up to an hour shorter than a week.
    close_to(
        &week["coverage"],
        240.0 / (7.0 * 1_440.0),
        240.0 / (7.0 * 1_440.0) / 100.0,
    );
    for (window, incidents) in [("30d", 3), ("90d", 4), ("365d", 4)] {
        assert_eq!(uptime[window]["ratio"], week["ratio"], "{window}");
        assert_eq!(uptime[window]["incidents"], incidents, "{window}");
    }

    let monitor = person.get(&format!("/monitors/{id}")).await.expect(200);
    assert_eq!(monitor["uptime_24h"], day["ratio"]);
}

#[tokio::test]
async fn a_result_is_clipped_to_the_window_to_now_and_to_the_next_result() {
    let history = History::start().await;
    let now = shared::now();
    // Once a day, down 30 hours ago: of its 24 hours, 18 lie in the window. The next one reaches beyond now.
    let (person, id) = history.monitor(10 * DAY).await;
    history.result(id, now.plus_millis(-30 * HOUR), DAY, DOWN).await;
    history.result(id, now.plus_millis(-6 * HOUR), DAY, UP).await;
    let uptime = person.get(&format!("/monitors/{id}/uptime")).await.expect(200);
    close_to(&uptime["24h"]["downtime_seconds"], 18.0 * 3_600.0, 30.0);
    close_to(&uptime["24h"]["ratio"], 0.25, 0.001);
    close_to(&uptime["24h"]["coverage"], 1.0, 1e-9);

    // A young monitor's window begins with it, although its first slot lies before. In hours, so that how long the
    // test itself takes is next to nothing.
    let now = shared::now();
    let (person, id) = history.monitor(10 * HOUR).await;
    for n in 0..11 {
        let slot = now.plus_millis(-11 * HOUR + n * HOUR + 30 * MINUTE);
        let state = if n < 6 { UP } else { DOWN };
        history.result(id, slot, HOUR, state).await;
    }
    let uptime = person.get(&format!("/monitors/{id}/uptime")).await.expect(200);
    for window in ["24h", "7d", "365d"] {
        let uptime = &uptime[window];
        close_to(&uptime["coverage"], 1.0, 1e-9);
        close_to(&uptime["downtime_seconds"], 4.5 * 3_600.0, 60.0);
        close_to(&uptime["ratio"], 0.55, 0.005);
    }
}

#[tokio::test]
async fn nothing_measured_has_no_ratio() {
    let history = History::start().await;
    let (person, id) = history.monitor(HOUR).await;
    let uptime = person.get(&format!("/monitors/{id}/uptime")).await.expect(200);
    let nothing = json!({"ratio": null, "downtime_seconds": 0, "incidents": 0, "coverage": 0.0});
    for window in ["24h", "7d", "30d", "90d", "365d"] {
        assert_eq!(uptime[window], nothing, "{window}");
    }
}

#[tokio::test]
async fn history_without_any_partition_is_empty() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    assert!(
        person
            .get(&format!("/monitors/{id}/results"))
            .await
            .items()
            .is_empty()
    );
    person.get("/summary").await.expect(200);
    person.get("/monitors").await.expect(200);
}

#[tokio::test]
async fn a_list_shows_each_monitors_own_status_uptime_and_sparkline() {
    let history = History::start().await;
    let (person, one) = history.monitor(DAY).await;
    let two = person.monitor("https://b.example/").await;
    let three = person.monitor("https://c.example/").await;
    let now = minute();
    for n in 0..40 {
        let slot = now.plus_millis((n - 40) * MINUTE);
        history.result(one, slot, MINUTE, UP).await;
    }
    history
        .result(two, now.plus_millis(-2 * MINUTE), MINUTE, DOWN)
        .await;
    let incident = "82f05d36-573a-59ff-9bcb-fc8dc8e27aa8";
    history
        .run(&format!(
            "INSERT INTO monitor_states (monitor_id, org_id, fold, state, since, last_checked_at, latency_ms,
                                         status_code)
             VALUES ({one}, {org}, '{{}}', 'up', now(), now(), 80, 200);
             INSERT INTO monitor_states (monitor_id, org_id, fold, state, error_code, error, incident_id)
             VALUES ({two}, {org}, '{{}}', 'down', 'status_mismatch', 'answered 500', '{incident}');
             INSERT INTO skipped_slots VALUES ({two}, '{first}', '{last}', 60000, 2, 'overload', 'default')",
            org = person.org,
            first = now.plus_millis(-4 * MINUTE),
            last = now.plus_millis(-3 * MINUTE),
        ))
        .await;
    let items = person.get("/monitors").await.items();
    let [first, second, third] = items.try_into().unwrap();

    assert_eq!((&first["id"], &first["uptime_24h"]), (&json!(one), &json!(1.0)));
    assert_eq!(first["status"]["state"], "up");
    assert_eq!(first["status"]["status_code"], 200);
    let points = first["sparkline"].as_array().unwrap();
    assert_eq!(points.len(), 30);
    let newest = json!({"at": now.plus_millis(-MINUTE).to_string(), "state": "up", "latency_ms": 80});
    assert_eq!(points[29], newest, "the oldest comes first");

    assert_eq!(second["status"]["state"], "down");
    assert_eq!(second["status"]["error_code"], "status_mismatch");
    assert_eq!(second["status"]["incident_id"], incident);
    let points = second["sparkline"].as_array().unwrap().iter();
    let states: Vec<_> = points.map(|point| point["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["skipped", "skipped", "down"]);

    assert_eq!(third["id"], three);
    assert_eq!(third["status"]["state"], "pending");
    assert_eq!(
        (&third["uptime_24h"], &third["sparkline"]),
        (&Value::Null, &json!([]))
    );

    let down = person.get("/monitors?state=down").await.items();
    assert_eq!(down.len(), 1);
    assert_eq!(down[0]["id"], two);
    let mut summary = person.get("/summary").await.expect(200);
    let checks = summary.as_object_mut().unwrap().remove("checks_last_hour");
    assert!(checks.is_some_and(|checks| checks.is_i64()));
    let expected = json!({
        "up": 1, "degraded": 0, "down": 1, "pending": 1, "paused": 0, "open_incidents": 0
    });
    assert_eq!(summary, expected);
    // A pause is known at once, before the processor has heard of it.
    let paused = person.post(&format!("/monitors/{two}/pause"), Value::Null).await;
    assert_eq!(paused.body["status"]["state"], "paused");
    assert_eq!(paused.body["status"]["incident_id"], Value::Null);
    let summary = person.get("/summary").await.expect(200);
    assert_eq!((&summary["down"], &summary["paused"]), (&json!(0), &json!(1)));
}

#[tokio::test]
async fn results_are_read_page_by_page_with_what_was_skipped() {
    let history = History::start().await;
    let (person, id) = history.monitor(DAY).await;
    let now = minute();
    let slot = |n: i64| now.plus_millis(-n * MINUTE);
    for n in [1, 2, 3, 7, 8] {
        let state = [UP, DEGRADED, DOWN][(n % 3) as usize];
        history.result(id, slot(n), MINUTE, state).await;
    }
    history
        .run(&format!(
            "INSERT INTO check_errors VALUES ({id}, '{}', 'default', 'read_timeout', 'no answer');
             INSERT INTO skipped_slots VALUES ({id}, '{}', '{}', 60000, 4, 'egress', 'default')",
            slot(8),
            // The result of minute 7 came after all.
            slot(7),
            slot(4),
        ))
        .await;
    let path = format!("/monitors/{id}/results");
    let all = person.get(&path).await.items();
    let shown: Vec<_> = all
        .iter()
        .map(|result| {
            let at: Timestamp = result["scheduled_at"].as_str().unwrap().parse().unwrap();
            let minutes = now.millis_since(at) / MINUTE;
            (
                minutes,
                result["outcome"].as_str().unwrap(),
                result["state"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        (1, "up", "degraded"),
        (2, "down", "down"),
        (3, "up", "up"),
        (4, "skipped", "skipped"),
        (5, "skipped", "skipped"),
        (6, "skipped", "skipped"),
        (7, "up", "degraded"),
        (8, "down", "down"),
    ];
    assert_eq!(shown, expected);
    let oldest = json!({
        "scheduled_at": slot(8).to_string(), "checked_at": slot(8).plus_millis(12).to_string(),
        "outcome": "down", "state": "down", "latency_ms": 80, "status_code": 200, "error": "no answer",
        "error_code": "read_timeout", "attempts": 1, "region": "default"
    });
    assert_eq!(all[7], oldest);
    assert_eq!(all[3]["checked_at"], Value::Null);
    assert_eq!(all[3]["attempts"], 0);

    let mut paged = Vec::new();
    let mut next = format!("{path}?limit=3");
    loop {
        let page = person.get(&next).await.expect(200);
        paged.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(cursor) => next = format!("{path}?limit=3&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(paged, all);

    let span = format!("{path}?from={}&to={}", slot(6), slot(2));
    let within = person.get(&span).await.items();
    assert_eq!(within, all[2..6], "from is included, to is not");
}

#[tokio::test]
async fn incidents_are_listed_newest_first() {
    let history = History::start().await;
    let (person, id) = history.monitor(DAY).await;
    let other = person.monitor("https://b.example/").await;
    history
        .run(&format!(
            "INSERT INTO incidents (id, monitor_id, org_id, revision, started_at, resolved_at, close_reason,
                                    error_code, first_error, last_error)
             SELECT gen_random_uuid(), {id}, {org}, 1, now() - n * interval '1 hour',
                    now() - n * interval '1 hour' + interval '90 seconds', 'recovered', 'read_timeout', 'a', 'b'
             FROM generate_series(1, 5) n;
             INSERT INTO incidents (id, monitor_id, org_id, revision, started_at)
             VALUES (gen_random_uuid(), {other}, {org}, 1, now() - interval '10 seconds')",
            org = person.org
        ))
        .await;
    let all = person.get("/incidents").await.items();
    assert_eq!(all.len(), 6);
    assert_eq!(
        (&all[0]["monitor_id"], &all[0]["resolved_at"]),
        (&json!(other), &Value::Null)
    );
    assert!(all[0]["duration_seconds"].as_i64().unwrap() >= 10);
    assert_eq!(all[1]["duration_seconds"], 90);
    assert_eq!(all[1]["monitor_name"], "a.example");
    assert_eq!(all[1]["close_reason"], "recovered");
    assert_eq!(all[1]["error_code"], "read_timeout");
    assert_eq!(
        (&all[1]["first_error"], &all[1]["last_error"]),
        (&json!("a"), &json!("b"))
    );
    let started: Vec<_> = all
        .iter()
        .map(|incident| incident["started_at"].as_str())
        .collect();
    assert!(started.is_sorted_by(|newer, older| newer > older));

    let mut paged = Vec::new();
    let mut next = "/incidents?limit=4".to_owned();
    loop {
        let page = person.get(&next).await.expect(200);
        paged.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(cursor) => next = format!("/incidents?limit=4&cursor={cursor}"),
            None => break,
        }
    }
    let ids = |incidents: &[Value]| -> Vec<Value> { incidents.iter().map(|i| i["id"].clone()).collect() };
    assert_eq!(ids(&paged), ids(&all));

    let open = person.get("/incidents?open=true").await.items();
    assert_eq!(ids(&open), ids(&all[..1]));
    assert_eq!(person.get("/incidents?open=false").await.items().len(), 5);
    let of_one = person.get(&format!("/incidents?monitor_id={id}")).await.items();
    assert_eq!(ids(&of_one), ids(&all[1..]));
    let one = person
        .get(&format!("/incidents/{}", all[1]["id"].as_str().unwrap()))
        .await;
    let mut expected = all[1].clone();
    expected["notes"] = json!([]);
    assert_eq!(one.expect(200), expected);
    // The name stays when the monitor is removed.
    assert_eq!(person.delete(&format!("/monitors/{id}")).await.status, 204);
    let incident = &person.get("/incidents?open=false").await.items()[0];
    assert_eq!(incident["monitor_name"], "a.example");
}

#[tokio::test]
async fn an_alert_is_followed_from_the_log_to_the_receipt() {
    let service = UserService::start().await;
    let (owner, stranger) = (service.register().await, service.register().await);
    let monitor = owner.monitor("https://a.example/").await;
    let incident = owner.outage(monitor, false).await;
    let sql = format!(
        "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id, source,
                                   revision, receipt)
         SELECT '{incident}', 'down', channel, step, attempt, '2026-11-21T10:00:00Z'::timestamptz + after, {},
             {monitor}, '{{\"cluster\": \"c\", \"topic\": \"t\", \"partition\": 3, \"offset\": 9}}', 4, receipt
         FROM (VALUES (8, 'sent', 1, interval '1 second', 'ok'), (0, 'decided', 0, interval '0', NULL))
             AS s (channel, step, attempt, after, receipt)",
        owner.org
    );
    service.db().await.batch_execute(&sql).await.unwrap();

    let path = format!("/incidents/{incident}/events");
    let steps = owner.get(&path).await.items();
    assert_eq!(steps.len(), 2);
    assert_eq!(
        (&steps[0]["step"], &steps[0]["channel_id"]),
        (&"decided".into(), &serde_json::Value::Null)
    );
    assert_eq!(
        (&steps[1]["step"], &steps[1]["channel_id"], &steps[1]["receipt"]),
        (&"sent".into(), &8.into(), &"ok".into())
    );
    assert_eq!(
        (&steps[1]["source"]["offset"], &steps[1]["revision"]),
        (&9.into(), &4.into())
    );

    let first = owner.get(&format!("{path}?limit=1")).await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = owner
        .get(&format!("{path}?limit=1&cursor={cursor}"))
        .await
        .expect(200);
    assert_eq!(rest["items"][0], steps[1]);
    assert!(rest["next_cursor"].is_null());
    stranger.get(&path).await.expect(404);
}
