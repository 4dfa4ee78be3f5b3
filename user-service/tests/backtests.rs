//! What other rules, routes and policies would have sent of stored results, beside what was sent. The figures are worked
//! out by hand.

mod asked;
mod bounds;
mod by_command;
mod heartbeats;
mod private;
mod regions;

use domain::Timestamp;
use serde_json::{Value, json};

use crate::common::{Person, UserService};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// An hour in which things happen, by day.
const FROM: &str = "2025-10-24T12:00:00.000Z";
const UNTIL: &str = "2025-10-24T13:00:00.000Z";

/// Two outages in it, from minute 5 until 6 and from 11 until 16.
const RESULTS: &str = ".....x.....xxxxx.....";
const OUTAGES: [(i64, i64); 2] = [(5, 6), (11, 16)];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A user-service whose processor and alerter the test plays.
struct Played {
    service: UserService,
}

impl Played {
    async fn start() -> Self {
        let service = UserService::start().await;
        let partitions = "CREATE TABLE check_results_all PARTITION OF check_results DEFAULT;
                          CREATE TABLE check_errors_all PARTITION OF check_errors DEFAULT";
        service.db().await.batch_execute(partitions).await.unwrap();
        Self { service }
    }

    /// Results of a monitor, one a minute: `.` is up, `o` slow, `x` down.
    async fn results(&self, monitor: i64, from: Timestamp, results: &str) {
        let db = self.service.db().await;
        let sql = "INSERT INTO check_results (monitor_id, scheduled_at, revision, interval_ms, delay_ms, append_delay_ms,
                                              latency_ms, state, status_code, attempts, region)
                   SELECT $1, $2::timestamptz + (n - 1) * interval '1 minute', 1, 60000, 12, 1000,
                          CASE c WHEN 'o' THEN 900 ELSE 80 END, CASE c WHEN '.' THEN 0 WHEN 'o' THEN 1 ELSE 2 END,
                          200, 1, 'default'
                   FROM regexp_split_to_table($3, '') WITH ORDINALITY AS it (c, n)";
        db.execute(sql, &[&monitor, &from.to_datetime(), &results])
            .await
            .unwrap();
        let sql = "INSERT INTO check_errors (monitor_id, scheduled_at, region, error_code, error)
                   SELECT $1, $2::timestamptz + (n - 1) * interval '1 minute', 'default', 'read_timeout', 'no answer'
                   FROM regexp_split_to_table($3, '') WITH ORDINALITY AS it (c, n) WHERE c = 'x'";
        db.execute(sql, &[&monitor, &from.to_datetime(), &results])
            .await
            .unwrap();
    }

    async fn run(&self, sql: &str) {
        self.service.db().await.batch_execute(sql).await.unwrap();
    }

    /// An outage of a monitor, found with its first failing check, and of which a channel was notified twice.
    async fn sent(&self, person: &Person<'_>, monitor: i64, channel: i64, from: Timestamp, until: Timestamp) {
        let db = self.service.db().await;
        let sql = "WITH outage AS (
                       INSERT INTO incidents (id, monitor_id, org_id, revision, started_at, created_at, resolved_at,
                                              close_reason, error_code)
                       VALUES (gen_random_uuid(), $1, $2, 1, $4, $4::timestamptz + interval '1 second', $5, 'recovered',
                               'read_timeout')
                       RETURNING id)
                   INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id,
                                             delivery_id, source)
                   SELECT id, alert, $3, step, 1, at + interval '1 second', $2, $1, md5(id || alert)::uuid,
                          '{\"cluster\": \"c\", \"topic\": \"t\", \"partition\": 0, \"offset\": 7}'
                   FROM outage, (VALUES ('down', $4::timestamptz), ('up', $5::timestamptz)) AS said (alert, at),
                        (VALUES ('decided'), ('sent')) AS steps (step)";
        let (from, until) = (from.to_datetime(), until.to_datetime());
        db.execute(sql, &[&monitor, &person.org, &channel, &from, &until])
            .await
            .unwrap();
    }

    /// A monitor with [`RESULTS`] from an instant on, a channel, and what was sent of them.
    async fn scene(&self, person: &Person<'_>, from: Timestamp) -> (i64, i64) {
        let channel = person.channel().await;
        let monitor = person.monitor("https://a.example/").await;
        self.results(monitor, from, RESULTS).await;
        for (begun, over) in OUTAGES {
            let minute = |minute: i64| from.plus_millis(minute * MINUTE);
            self.sent(person, monitor, channel, minute(begun), minute(over))
                .await;
        }
        (monitor, channel)
    }
}

async fn backtest(person: &Person<'_>, monitor: i64, candidates: Value) -> Value {
    let body = json!({"from": FROM, "until": UNTIL, "candidates": candidates});
    let made = person.post(&format!("/monitors/{monitor}/backtest"), body).await;
    made.expect(200)
}

/// Of an outcome: outages, announced, messages, missed and added.
fn figures(outcome: &Value) -> [i64; 5] {
    ["incidents", "announced", "messages", "missed", "added"].map(|name| outcome[name].as_i64().unwrap())
}

fn changes(outcome: &Value) -> Vec<&str> {
    let list = outcome["list"].as_array().unwrap().iter();
    list.map(|incident| incident["change"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_calmer_rule_misses_what_is_over_soon() {
    let played = Played::start().await;
    let ada = played.service.register().await;
    let (monitor, channel) = played.scene(&ada, at(FROM)).await;
    let candidates = json!([
        {},
        {"name": "Three in a row", "rule": {"down_after": 3}},
        {"rule": {"down_after": 4, "down_of": 6}},
        {"rule": {"down_for_seconds": 600}},
    ]);
    let made = backtest(&ada, monitor, candidates).await;
    assert_eq!((&made["results"], &made["left_out"]), (&json!(21), &json!([])));
    assert_eq!(made["monitors"], json!([{"id": monitor, "name": "a.example"}]));
    let sent = &made["sent"];
    assert_eq!(figures(sent), [2, 2, 4, 0, 0]);
    assert_eq!(
        (&sent["name"], &sent["seconds_to_detect"]),
        (&json!(null), &json!(1))
    );
    assert_eq!(
        sent["channels"],
        json!([{"id": channel, "name": "Ops", "messages": 4}])
    );

    let same = &made["candidates"][0];
    assert_eq!(figures(same), [2, 2, 4, 0, 0]);
    assert_eq!(changes(same), ["same", "same"]);
    assert_eq!(same["name"], "Candidate 1");
    assert_eq!(same["down_seconds"], 6 * 60);
    assert_eq!(same["list"][0]["error_code"], "read_timeout");
    assert_eq!(same["channels"], sent["channels"]);

    let calm = &made["candidates"][1];
    assert_eq!(figures(calm), [1, 1, 2, 1, 0]);
    assert_eq!(changes(calm), ["missed", "same"]);
    // The first failing check was made two minutes before the third one.
    assert_eq!(
        (&calm["seconds_to_detect"], &calm["down_seconds"]),
        (&json!(121), &json!(300))
    );
    assert_eq!(
        calm["list"][0]["reasons"],
        json!(["by this rule it would have been none"])
    );

    // Four of the last six checks fail at minute 14, wherever the first one was.
    let some = &made["candidates"][2];
    assert_eq!(figures(some)[..4], [1, 1, 2, 1]);
    assert_eq!(some["list"][1]["detected_at"], "2025-10-24T12:14:01.000Z");
    // Neither lasted for ten minutes.
    assert_eq!(figures(&made["candidates"][3]), [0, 0, 0, 2, 0]);
}

#[tokio::test]
async fn slow_answers_are_degradations_by_a_rule_that_says_so() {
    let played = Played::start().await;
    let ada = played.service.register().await;
    let channel = ada.channel().await;
    ada.patch(
        &format!("/channels/{channel}"),
        json!({"alerts": {"degraded": true}}),
    )
    .await
    .expect(200);
    let monitor = ada.monitor("https://a.example/").await;
    played.results(monitor, at(FROM), "..ooo..").await;
    let made = backtest(&ada, monitor, json!([{}, {"rule": {"slow_ms": 500}}])).await;
    let degradations = |number: usize| made["candidates"][number]["degradations"].clone();
    assert_eq!((degradations(0), degradations(1)), (json!(0), json!(1)));
    // Of outages alone it is said that some are missed or new.
    assert_eq!(figures(&made["candidates"][1]), [0, 0, 2, 0, 0]);
    assert_eq!(changes(&made["candidates"][1]), ["added"]);
}

#[tokio::test]
async fn windows_and_what_holds_alerts_back_are_tried() {
    let played = Played::start().await;
    let ada = played.service.register().await;
    let (monitor, channel) = played.scene(&ada, at(FROM)).await;
    let window = json!({"repeat": "once", "from": FROM, "until": "2025-10-24T12:10:00Z"});
    let recurring = json!({"repeat": "recurring", "starts": "2025-10-01T12:00:00", "rule": "FREQ=DAILY", "minutes": 60,
                           "time_zone": "UTC"});
    let made = backtest(
        &ada,
        monitor,
        json!([{"windows": [window]}, {"windows": [recurring]}]),
    )
    .await;
    let held_back = &made["candidates"][0];
    assert_eq!(figures(held_back), [2, 1, 2, 1, 0]);
    assert_eq!(changes(held_back), ["missed", "same"]);
    assert_ne!(held_back["list"][0]["reasons"], json!([]));
    assert_eq!(figures(&made["candidates"][1]), [2, 0, 0, 2, 0]);

    let hours = json!({"time_zone": "UTC", "from": "11:00:00", "until": "14:00:00"});
    let quiet = json!({"alerts": {"quiet_hours": {"hours": hours, "passes": null}}});
    ada.patch(&format!("/channels/{channel}"), quiet)
        .await
        .expect(200);
    let made = backtest(
        &ada,
        monitor,
        json!([{}, {"without": ["quiet_hours"]}, {"without": ["mute"]}]),
    )
    .await;
    assert_eq!(figures(&made["candidates"][0]), [2, 0, 0, 2, 0]);
    assert_eq!(figures(&made["candidates"][1]), [2, 2, 4, 0, 0]);
    assert_eq!(figures(&made["candidates"][2]), [2, 0, 0, 2, 0]);
}

#[tokio::test]
async fn routes_and_policies_are_tried_and_channels_counted() {
    let played = Played::start().await;
    let ada = played.service.register().await;
    let (monitor, ops) = played.scene(&ada, at(FROM)).await;
    let second = json!({"name": "Boss", "kind": "slack",
                        "config": {"webhook_url": "https://hooks.slack.example/services/T0/B0/other"}});
    let boss = ada.post("/channels", second).await.expect(201)["id"]
        .as_i64()
        .unwrap();
    let steps = |minutes: i64| {
        json!([{"targets": [{"kind": "channel", "id": ops}]},
               {"wait_minutes": minutes, "targets": [{"kind": "channel", "id": boss}]}])
    };
    let policy = json!({"name": "On call", "steps": steps(30)});
    let policy = ada.post("/escalation-policies", policy).await.expect(201)["id"].clone();
    let recipients = json!({"recipients": {"to": "policy", "policy_id": policy}});
    ada.patch(&format!("/monitors/{monitor}"), recipients)
        .await
        .expect(200);
    let made = backtest(
        &ada,
        monitor,
        json!([
            {},
            {"policies": [{"id": policy, "steps": steps(2)}]},
            {"recipients": null, "routes": [{"recipients": {"to": "channels", "channels": [boss]}}]},
            {"recipients": {"to": "nobody"}},
        ]),
    )
    .await;
    let channels = |number: usize| {
        let channels = made["candidates"][number]["channels"].as_array().unwrap().iter();
        let channel = |it: &Value| {
            (
                it["name"].as_str().unwrap().to_owned(),
                it["messages"].as_i64().unwrap(),
            )
        };
        channels.map(channel).collect::<Vec<_>>()
    };
    let count = |name: &str, messages: i64| (name.to_owned(), messages);
    assert_eq!(channels(0), [count("Ops", 4)]);
    // The second outage alone lasts for two minutes.
    assert_eq!(channels(1), [count("Ops", 4), count("Boss", 2)]);
    assert_eq!(channels(2), [count("Boss", 4)]);
    assert!(channels(3).is_empty());
    assert_eq!(figures(&made["candidates"][3]), [2, 0, 0, 2, 0]);
}

#[tokio::test]
async fn what_depends_on_another_monitor_is_held_back_while_that_is_down() {
    let played = Played::start().await;
    let ada = played.service.register().await;
    let channel = ada.channel().await;
    let monitor = ada.monitor("https://a.example/").await;
    let router = ada.monitor("https://router.example/").await;
    let minute = |minute: i64| at(FROM).plus_millis(minute * MINUTE);
    // Each lasts for longer than is waited to see whether the router is down, too.
    played.results(monitor, at(FROM), "..xxxxx.....xxxxx....").await;
    for (begun, over) in [(2, 7), (12, 17)] {
        played
            .sent(&ada, monitor, channel, minute(begun), minute(over))
            .await;
    }
    played.sent(&ada, router, channel, minute(10), minute(30)).await;
    let made = backtest(&ada, monitor, json!([{"depends_on": [router]}])).await;
    let held_back = &made["candidates"][0];
    assert_eq!(figures(held_back), [2, 1, 2, 1, 0]);
    assert_eq!(changes(held_back), ["same", "missed"]);
    let reasons = held_back["list"][1]["reasons"].to_string();
    assert!(
        reasons.contains(&format!("monitor {router}, on which it depends")),
        "{reasons}"
    );

    let depends_on = json!({"depends_on": [router]});
    ada.patch(&format!("/monitors/{monitor}"), depends_on)
        .await
        .expect(200);
    let candidates = json!([{}, {"depends_on": []}, {"without": ["dependency"]}]);
    let made = backtest(&ada, monitor, candidates).await;
    let announced = |number: usize| made["candidates"][number]["announced"].as_i64().unwrap();
    assert_eq!([0, 1, 2].map(announced), [1, 2, 2]);
}

#[tokio::test]
async fn as_it_was_is_what_was_sent() {
    let played = Played::start().await;
    let ada = played.service.register().await;
    let now = shared::now();
    let from = now.plus_millis(-3 * HOUR - now.as_millis().rem_euclid(MINUTE));
    let (monitor, channel) = played.scene(&ada, from).await;
    // As if all of it had been there for long.
    let sql = "DELETE FROM past_rows; UPDATE past_begun SET at = now() - interval '80 days'";
    played.service.db().await.batch_execute(sql).await.unwrap();
    let disabled = json!({"enabled": false});
    ada.patch(&format!("/channels/{channel}"), disabled)
        .await
        .expect(200);
    let body =
        json!({"from": from, "until": from.plus_millis(HOUR), "candidates": [{}, {"as_it_was": true}]});
    let path = format!("/monitors/{monitor}/backtest");
    let made = ada.post(&path, body).await.expect(200);
    assert!(at(made["known_since"].as_str().unwrap()) < from);
    assert_eq!(figures(&made["sent"]), [2, 2, 4, 0, 0]);
    assert_eq!(figures(&made["candidates"][0]), [2, 0, 0, 2, 0]);
    let as_it_was = &made["candidates"][1];
    assert_eq!(figures(as_it_was), [2, 2, 4, 0, 0]);
    assert_eq!(as_it_was["channels"], made["sent"]["channels"]);
    assert_eq!(changes(as_it_was), ["same", "same"]);
}

#[tokio::test]
async fn nights_are_counted_by_the_clock_on_the_wall() {
    let played = Played::start().await;
    let ada = played.service.register().await;
    ada.channel().await;
    let monitor = ada.monitor("https://a.example/").await;
    // 22:30 of the summer's last day in Berlin; a day later it is 21:30.
    for minute in ["2025-10-25T20:30:00Z", "2025-10-26T20:30:00Z"] {
        played.results(monitor, at(minute), ".x.").await;
    }
    let at_night = async |time_zone: &str| {
        let body = json!({"from": "2025-10-25T00:00:00Z", "until": "2025-10-27T00:00:00Z", "time_zone": time_zone,
                          "candidates": [{}]});
        let made = ada
            .post(&format!("/monitors/{monitor}/backtest"), body)
            .await
            .expect(200);
        let made = &made["candidates"][0];
        (
            made["messages"].as_i64().unwrap(),
            made["messages_at_night"].as_i64().unwrap(),
        )
    };
    assert_eq!(at_night("Europe/Berlin").await, (4, 2));
    assert_eq!(at_night("UTC").await, (4, 0));
    assert_eq!(at_night("Asia/Tokyo").await, (4, 4));
}
