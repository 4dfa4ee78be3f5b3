//! Heartbeats: what would have been sent of the pings that are stored, by what was expected or by something else.

use domain::Timestamp;
use serde_json::{Value, json};

use super::{FROM, MINUTE, Played, UNTIL, at, backtest, changes, figures};
use crate::common::Person;

/// Minutes after the beginning at which a job has succeeded that runs every ten minutes.
const PINGS: [i64; 6] = [-5, 4, 17, 26, 50, 59];

/// With a grace time of a minute it is overdue from minute 15 until 17 and from 37 until 50.
const OUTAGES: [(i64, i64); 2] = [(15, 17), (37, 50)];

fn minute(minute: i64) -> Timestamp {
    at(FROM).plus_millis(minute * MINUTE)
}

async fn heartbeat(person: &Person<'_>) -> i64 {
    let heartbeat = json!({"kind": "heartbeat", "name": "Backup",
                           "heartbeat": {"schedule": {"period_seconds": 600}, "grace_seconds": 60}});
    let made = person.post("/monitors", heartbeat).await.expect(201);
    made["id"].as_i64().unwrap()
}

async fn pinged(played: &Played, person: &Person<'_>, monitor: i64, pings: &[(i64, &str)]) {
    let db = played.service.db().await;
    let sql = "INSERT INTO pings (org_id, monitor_id, id, n, arrived_at, kind, scheme, method)
               VALUES ($1, $2, gen_random_uuid(), (SELECT count(*) + 1 FROM pings WHERE monitor_id = $2), $3, $4,
                       'https', 'GET')";
    for (after, kind) in pings {
        let at = minute(*after).to_datetime();
        db.execute(sql, &[&person.org, &monitor, &at, kind])
            .await
            .unwrap();
    }
}

/// A heartbeat with [`PINGS`], a channel, and what was sent of it.
async fn scene(played: &Played, person: &Person<'_>) -> (i64, i64) {
    let channel = person.channel().await;
    let monitor = heartbeat(person).await;
    pinged(played, person, monitor, &PINGS.map(|after| (after, "success"))).await;
    for (begun, over) in OUTAGES {
        played
            .sent(person, monitor, channel, minute(begun), minute(over))
            .await;
    }
    (monitor, channel)
}

#[tokio::test]
async fn a_longer_grace_time_would_have_sent_less() {
    let played = Played::start().await;
    let ada = played.service.register().await;
    let (monitor, _) = scene(&played, &ada).await;
    let candidates = json!([
        {},
        {"name": "Five minutes", "heartbeat": {"grace_seconds": 300}},
        {"rule": {"down_after": 2}},
        {"heartbeat": {"schedule": {"period_seconds": 1_800}}},
        {"heartbeat": {"schedule": {"expression": "*/10 * * * *"}}},
    ]);
    let made = backtest(&ada, monitor, candidates).await;
    assert_eq!((&made["results"], &made["left_out"]), (&json!(5), &json!([])));
    assert_eq!(made["monitors"], json!([{"id": monitor, "name": "Backup"}]));
    assert_eq!(figures(&made["sent"]), [2, 2, 4, 0, 0]);
    let outcome = |number: usize| &made["candidates"][number];

    assert_eq!(figures(outcome(0)), [2, 2, 4, 0, 0]);
    assert_eq!(changes(outcome(0)), ["same", "same"]);
    let first = &outcome(0)["list"][0];
    assert_eq!(
        (&first["started_at"], &first["ended_at"], &first["error_code"]),
        (
            &json!(minute(15)),
            &json!(minute(17)),
            &json!("heartbeat_overdue")
        )
    );
    // What has not come is announced two seconds later: a ping may be on its way.
    assert_eq!(first["notified_at"], json!(minute(15).plus_millis(2_000)));

    assert_eq!(figures(outcome(1)), [1, 1, 2, 1, 0]);
    assert_eq!(changes(outcome(1)), ["missed", "same"]);
    assert_eq!(outcome(1)["list"][1]["started_at"], json!(minute(41)));
    // Two dates in a row were missed at minute 47.
    assert_eq!(figures(outcome(2)), [1, 1, 2, 1, 0]);
    assert_eq!(outcome(2)["list"][1]["detected_at"], json!(minute(47)));
    assert_eq!(figures(outcome(3)), [0, 0, 0, 2, 0]);
    // By the clock it is due at minutes 0, 10, 20 and 30, and comes later than a minute after each.
    assert_eq!(figures(outcome(4)), [4, 4, 8, 0, 2]);
    assert_eq!(outcome(4)["list"][0]["started_at"], json!(minute(1)));
}

#[tokio::test]
async fn a_job_that_fails_is_an_outage_at_once_and_runs_are_held_against_what_is_tried() {
    let played = Played::start().await;
    let ada = played.service.register().await;
    ada.channel().await;
    let monitor = heartbeat(&ada).await;
    let pings = [
        (-5, "success"),
        (3, "start"),
        (4, "fail"),
        (7, "success"),
        (12, "start"),
        (13, "success"),
        (20, "ignored"),
    ];
    pinged(&played, &ada, monitor, &pings).await;
    let candidates = json!([
        {"heartbeat": {"grace_seconds": 7_200}},
        {"heartbeat": {"grace_seconds": 7_200, "shortest_run_seconds": 90}},
        {"heartbeat": {"grace_seconds": 7_200, "least_pause_seconds": 240}},
    ]);
    let made = backtest(&ada, monitor, candidates).await;
    let began = |number: usize| {
        let list = made["candidates"][number]["list"].as_array().unwrap().iter();
        list.map(|it| {
            (
                it["started_at"].clone(),
                it["error_code"].as_str().unwrap().to_owned(),
            )
        })
        .collect::<Vec<_>>()
    };
    let outage = |after: i64, code: &str| (json!(minute(after)), code.to_owned());
    assert_eq!(began(0), [outage(4, "heartbeat_failed")]);
    assert_eq!(
        began(1),
        [outage(4, "heartbeat_failed"), outage(13, "heartbeat_too_short")]
    );
    // The success follows the failure after three minutes, which goes on; the next one comes six minutes later.
    assert_eq!(began(2), [outage(4, "heartbeat_failed")]);
    let ended = |number: usize| made["candidates"][number]["list"][0]["ended_at"].clone();
    assert_eq!((ended(0), ended(2)), (json!(minute(7)), json!(minute(13))));
}

#[tokio::test]
async fn of_a_time_of_which_pings_are_gone_nothing_is_compared() {
    let played = Played::start().await;
    let ada = played.service.register().await;
    let (monitor, channel) = scene(&played, &ada).await;
    played
        .sent(&ada, monitor, channel, minute(-60), minute(-50))
        .await;
    let body = json!({"from": "2025-10-24T10:00:00Z", "until": UNTIL, "candidates": [{}]});
    let path = format!("/monitors/{monitor}/backtest");
    let known = ada.post(&path, body.clone()).await.expect(200);
    assert!(known["monitors"][0].get("since").is_none(), "all are kept");
    assert_eq!(figures(&known["sent"])[0], 3);
    let sql = "INSERT INTO monitor_states (monitor_id, org_id, fold, state, pings_gone_until)
               VALUES ($1, $2, '{}', 'up', $3)";
    let gone_until = minute(-70).to_datetime();
    let db = played.service.db().await;
    db.execute(sql, &[&monitor, &ada.org, &gone_until]).await.unwrap();
    let made = ada.post(&path, body).await.expect(200);
    assert_eq!(made["monitors"][0]["since"], json!(minute(-5)));
    assert_eq!(made["results"], 6);
    assert_eq!(figures(&made["sent"]), [2, 2, 4, 0, 0]);
    assert_eq!(figures(&made["candidates"][0]), [2, 2, 4, 0, 0]);
}

#[tokio::test]
async fn what_leads_to_the_time_may_have_come_long_before() {
    let played = Played::start().await;
    let ada = played.service.register().await;
    ada.channel().await;
    let weekly = json!({"kind": "heartbeat", "name": "Report",
                        "heartbeat": {"schedule": {"period_seconds": 604_800}, "grace_seconds": 60}});
    let weekly = ada.post("/monitors", weekly).await.expect(201)["id"]
        .as_i64()
        .unwrap();
    // It is overdue half an hour after the beginning.
    pinged(&played, &ada, weekly, &[(29 - 7 * 24 * 60, "success")]).await;
    let made = backtest(&ada, weekly, json!([{}, {"heartbeat": {"grace_seconds": 3_600}}])).await;
    assert_eq!(made["results"], 0);
    assert_eq!(figures(&made["candidates"][0]), [1, 1, 1, 0, 1]);
    assert_eq!(made["candidates"][0]["list"][0]["started_at"], json!(minute(30)));
    assert_eq!(figures(&made["candidates"][1]), [0, 0, 0, 0, 0]);
}

#[tokio::test]
async fn what_no_heartbeat_can_expect_is_refused() {
    let played = Played::start().await;
    let ada = played.service.register().await;
    let (heartbeat, site) = (heartbeat(&ada).await, ada.monitor("https://a.example/").await);
    let period = |seconds: i64| json!({"heartbeat": {"schedule": {"period_seconds": seconds}}});
    let expression = |text: &str| json!({"heartbeat": {"schedule": {"expression": text}}});
    for (monitor, candidate, field) in [
        (heartbeat, period(59), "heartbeat.schedule.period_seconds"),
        (
            heartbeat,
            expression("61 * * * *"),
            "heartbeat.schedule.expression",
        ),
        // There is no such day.
        (
            heartbeat,
            expression("0 0 30 2 *"),
            "heartbeat.schedule.expression",
        ),
        (
            heartbeat,
            json!({"heartbeat": {"grace_seconds": 59}}),
            "heartbeat.grace_seconds",
        ),
        (
            heartbeat,
            json!({"heartbeat": {"longest_run_seconds": 59}}),
            "heartbeat.longest_run_seconds",
        ),
        (heartbeat, json!({"rule": {"up_after": 2}}), "rule.up_after"),
        (heartbeat, json!({"rule": {"slow_ms": 500}}), "rule.slow_ms"),
        (
            heartbeat,
            json!({"rule": {"down_for_seconds": 60}}),
            "rule.down_for_seconds",
        ),
        (
            heartbeat,
            json!({"as_it_was": true, "heartbeat": {}}),
            "as_it_was",
        ),
        (site, json!({"heartbeat": {"grace_seconds": 60}}), "heartbeat"),
    ] {
        let body = json!({"from": FROM, "until": UNTIL, "candidates": [candidate.clone()]});
        let refused = ada.post(&format!("/monitors/{monitor}/backtest"), body).await;
        assert_eq!(refused.status, 422, "{candidate}: {}", refused.body);
        assert_eq!(refused.fields(), [format!("candidates.0.{field}")], "{candidate}");
    }
    let body = json!({"selection": {"monitors": [heartbeat, site]},
                      "backtest": {"from": FROM, "until": UNTIL,
                                   "candidates": [{"heartbeat": {"grace_seconds": 60}}]}});
    let made: Value = ada.post("/backtests", body).await.expect(200);
    assert_eq!(made["monitors"][0]["id"], heartbeat);
    assert_eq!(
        made["left_out"][0]["reason"],
        "candidates.0.heartbeat must be left out with the kind http"
    );
}
