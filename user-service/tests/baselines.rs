//! `/monitors/{id}/baseline`, and whether response times of a monitor are held against what is usual.

use crate::common::{PATIENCE, Person, UserService};
use domain::record::{Lifecycle, LifecycleEvent};
use serde_json::{Value, json};
use testkit::eventually;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;

/// Notes hours in which all answers took 80 ms, so many up to the one before now or as long ago.
async fn hours(service: &UserService, id: i64, count: i32, days_ago: i32) {
    let sql = "INSERT INTO rollups_hourly (monitor_id, hour, up, up_ms, latency_count, latency_sum_ms, latency_min_ms,
                   latency_max_ms, latency_buckets, latency_counts)
               SELECT $1, date_trunc('hour', now()) - make_interval(days => $3, hours => n), 60, 3600000, 60, 4800, 80, 80,
                   '{46}', '{60}'
               FROM generate_series(1, $2) AS n";
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 3] = [&id, &count, &days_ago];
    service.db().await.execute(sql, &values).await.unwrap();
}

async fn baseline(person: &Person<'_>, id: i64, query: &str) -> Value {
    person
        .get(&format!("/monitors/{id}/baseline?{query}"))
        .await
        .expect(200)
}

fn points(baseline: &Value) -> &[Value] {
    baseline["points"].as_array().unwrap()
}

#[tokio::test]
async fn what_is_usual_is_learnt_from_the_hours_before() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    let learning = baseline(&person, id, "").await;
    assert_eq!(
        (
            &learning["state"],
            &learning["known_since"],
            &learning["known_hours"]
        ),
        (&json!("learning"), &Value::Null, &json!(0))
    );
    assert!(points(&learning).is_empty());
    hours(&service, id, 56 * 24, 0).await;
    let ready = baseline(&person, id, "").await;
    assert_eq!(
        (&ready["state"], &ready["sensitivity"], &ready["known_weeks"]),
        (&json!("ready"), &json!("medium"), &json!(8))
    );
    // The hour may have changed since the hours were noted.
    assert!(
        (56 * 24 - 1..=56 * 24).contains(&ready["known_hours"].as_i64().unwrap()),
        "{ready}"
    );
    assert!((24..=25).contains(&points(&ready).len()), "{ready}");
    let last = points(&ready).last().unwrap();
    assert_eq!(
        (&last["median_ms"], &last["upper_ms"], &last["by_day"]),
        (&json!(80.0), &json!(96.0), &json!(false))
    );
    assert!(last["hours"].as_i64().unwrap() >= 7, "{last}");
    for (query, sensitivity) in [("sensitivity=low", "low"), ("sensitivity=high", "high")] {
        assert_eq!(baseline(&person, id, query).await["sensitivity"], sensitivity);
    }
    // Of the first week nothing was known then.
    let now = shared::now();
    let (from, to) = (now.plus_millis(-8 * WEEK), now.plus_millis(-8 * WEEK + 2 * DAY));
    let first = baseline(&person, id, &format!("from={from}&to={to}")).await;
    assert_eq!((&first["state"], points(&first).len()), (&json!("ready"), 0));
}

#[tokio::test]
async fn a_range_of_long_ago_is_drawn_by_the_weeks_before_it() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    hours(&service, id, 21 * 24, 200).await;
    let now = shared::now();
    let (from, to) = (now.plus_millis(-201 * DAY), now.plus_millis(-200 * DAY));
    let then = baseline(&person, id, &format!("from={from}&to={to}")).await;
    assert_eq!(
        (&then["state"], &then["known_hours"]),
        (&json!("learning"), &json!(0))
    );
    assert!(points(&then).len() >= 23, "{then}");
}

#[tokio::test]
async fn incidents_maintenance_and_what_was_checked_before_are_left_out() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    hours(&service, id, 56 * 24, 0).await;
    let known = async || {
        let found = baseline(&person, id, "").await;
        found["known_hours"].as_i64().unwrap()
    };
    let all = known().await;
    // From within an hour to within another one.
    let incident = person.outage(id, true).await;
    let lasts = "UPDATE incidents SET started_at = date_trunc('hour', now()) - interval '630 minutes',
                     resolved_at = date_trunc('hour', now()) - interval '530 minutes' WHERE id = $1";
    service.db().await.execute(lasts, &[&incident]).await.unwrap();
    assert!(
        (all - 4..=all - 3).contains(&known().await),
        "three hours overlap with it"
    );
    let gone = "DELETE FROM incidents WHERE id = $1";
    service.db().await.execute(gone, &[&incident]).await.unwrap();
    let now = shared::now();
    let (from, until) = (now.plus_millis(-21 * DAY), now.plus_millis(-14 * DAY));
    let window = json!({"name": "Move", "monitors": [id], "repeat": "once", "from": from.to_string(),
                        "until": until.to_string()});
    person.post("/maintenance-windows", window).await.expect(201);
    let without = known().await;
    assert!((all - 170..=all - 168).contains(&without), "{without} of {all}");
    // Neither how often is looked nor a pause changes what is checked.
    let path = format!("/monitors/{id}");
    person
        .patch(&path, json!({"interval_seconds": 30}))
        .await
        .expect(200);
    for action in ["pause", "resume"] {
        person
            .post(&format!("{path}/{action}"), Value::Null)
            .await
            .expect(200);
    }
    assert!(known().await >= without - 1);
    person
        .patch(&path, json!({"url": "https://b.example/"}))
        .await
        .expect(200);
    assert_eq!(known().await, 0);
}

#[tokio::test]
async fn what_is_asked_is_bounded_and_others_see_nothing() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    let path = format!("/monitors/{id}/baseline");
    for query in [
        "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
        "from=2026-01-01T00:00:00Z&to=2026-02-02T00:00:00Z",
    ] {
        let answer = person.get(&format!("{path}?{query}")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.fields()),
            (422, vec!["from"]),
            "{query}"
        );
    }
    for query in ["sensitivity=extreme", "points=5"] {
        person.get(&format!("{path}?{query}")).await.expect(400);
    }
    let stranger = service.register().await;
    stranger.get(&path).await.expect(404);
    // A heartbeat has no response times.
    let waits = json!({"kind": "heartbeat", "name": "Backup"});
    let waits = person.post("/monitors", waits).await.expect(201);
    let learning = baseline(&person, waits["id"].as_i64().unwrap(), "").await;
    assert_eq!(learning["state"], "learning");
}

#[tokio::test]
async fn anomalies_are_a_setting_that_makes_no_revision() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let rule = |sensitivity: &str| json!({"sensitivity": sensitivity, "notify": true});
    let body = json!({"url": "https://a.example/", "anomalies": rule("low")});
    let made = owner.post("/monitors", body).await.expect(201);
    assert_eq!(made["anomalies"], rule("low"));
    let id = made["id"].as_i64().unwrap();
    let path = format!("/monitors/{id}");
    let changed = owner
        .patch(&path, json!({"anomalies": rule("high")}))
        .await
        .expect(200);
    assert_eq!(
        (&changed["anomalies"], &changed["version"], &changed["revision"]),
        (&rule("high"), &json!(2), &made["revision"])
    );
    assert_eq!(baseline(&owner, id, "").await["sensitivity"], "high");
    let log = owner.get(&format!("/orgs/{}/audit-log", owner.org)).await.items();
    assert_eq!(log[0]["after"], json!({"anomalies": rule("high")}));
    let copy = owner.post(&format!("{path}/clone"), json!({})).await.expect(201);
    assert_eq!(copy["anomalies"], rule("high"));
    let bulk = json!({"monitors": [id], "action": "edit", "changes": {"anomalies": null}});
    owner.post("/monitors/bulk", bulk).await.expect(200);
    assert_eq!(owner.get(&path).await.expect(200)["anomalies"], Value::Null);
    for wrong in [json!({}), json!(true)] {
        let refused = owner.patch(&path, json!({"anomalies": wrong})).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fields()),
            (422, vec!["anomalies"])
        );
    }
}

#[tokio::test]
async fn what_is_not_compared_any_more_is_not_shown_to_be_slower() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let body = json!({"url": "https://a.example/", "anomalies": {"sensitivity": "low"}});
    let id = owner.post("/monitors", body).await.expect(201)["id"].clone();
    let fold = json!({"usual": {"anomaly": {"since": "2026-11-21T18:05:00.000Z", "expected_ms": 100, "observed_ms": 900}}});
    let sql = format!(
        "INSERT INTO monitor_states (monitor_id, org_id, fold, state) VALUES ({id}, {}, '{fold}', 'up')",
        owner.org
    );
    service.db().await.batch_execute(&sql).await.unwrap();
    let path = format!("/monitors/{id}");
    let shown = async || owner.get(&path).await.expect(200)["status"].clone();
    assert_eq!(shown().await["anomaly"]["observed_ms"], 900);
    // The log hears of it a few seconds later, and the monitor may be checked once a day.
    owner.patch(&path, json!({"anomalies": null})).await.expect(200);
    let status = shown().await;
    assert_eq!(
        (&status["state"], &status["anomaly"]),
        (&json!("up"), &Value::Null)
    );
}

#[tokio::test]
async fn a_heartbeat_has_no_anomalies() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let rule = json!({"sensitivity": "medium"});
    let waits = json!({"kind": "heartbeat", "name": "Backup", "anomalies": rule});
    assert_eq!(owner.post("/monitors", waits).await.fields(), ["anomalies"]);
    let waits = owner
        .post("/monitors", json!({"kind": "heartbeat", "name": "Backup"}))
        .await
        .expect(201);
    let refused = owner
        .patch(&format!("/monitors/{}", waits["id"]), json!({"anomalies": rule}))
        .await;
    assert_eq!(
        (refused.status.as_u16(), refused.fields()),
        (422, vec!["anomalies"])
    );
    let body = json!({"url": "https://a.example/", "anomalies": rule});
    let checked = owner.post("/monitors", body).await.expect(201);
    let bulk = json!({"monitors": [waits["id"], checked["id"]], "action": "edit",
                      "changes": {"anomalies": {"sensitivity": "low"}}});
    let answer = owner.post("/monitors/bulk", bulk).await.expect(200);
    assert_eq!((&answer["succeeded"], &answer["failed"]), (&json!(1), &json!(1)));
    // A change of the kind has to say so.
    let path = format!("/monitors/{}", checked["id"]);
    let kind = json!({"kind": "heartbeat"});
    assert_eq!(owner.patch(&path, kind).await.fields(), ["anomalies"]);
    let kind = json!({"kind": "heartbeat", "anomalies": null});
    owner.patch(&path, kind).await.expect(200);
}

/// What the log is given of what is usual, once so many records are.
async fn given(service: &UserService, count: usize) -> Vec<Lifecycle> {
    eventually("the log is given what is usual", PATIENCE, async || {
        let mut records = service.outbox().await;
        records.retain(|record| record.event == LifecycleEvent::Baseline);
        (records.len() >= count).then_some(records)
    })
    .await
}

#[tokio::test]
async fn the_log_is_given_what_is_usual_of_those_that_are_held_against_it() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let other = owner.monitor("https://other.example/").await;
    let id = owner.monitor("https://a.example/").await;
    for monitor in [id, other] {
        hours(&service, monitor, 56 * 24, 0).await;
    }
    let path = format!("/monitors/{id}");
    let rule = json!({"sensitivity": "medium", "notify": true});
    let changed = owner.patch(&path, json!({"anomalies": rule})).await.expect(200);
    let records = given(&service, 1).await;
    assert_eq!(
        (records.len(), records[0].monitor_id.0, records[0].revision),
        (1, id, 1)
    );
    let bounds = records[0].usual.as_deref().unwrap();
    assert_eq!((bounds.hours.len(), bounds.notify), (49, true));
    let bound = bounds.at(shared::now()).unwrap();
    assert_eq!((bound.median_ms, bound.upper_ms), (80, 96));
    assert!(bounds.hours.iter().all(Option::is_some));
    // It is no change of the monitor.
    assert_eq!(owner.get(&path).await.expect(200)["version"], changed["version"]);

    // Another rule and another revision are said at once, and half a day later it is said again.
    let quiet = json!({"sensitivity": "medium", "notify": false});
    owner.patch(&path, json!({"anomalies": quiet})).await.expect(200);
    let records = given(&service, 2).await;
    assert!(!records[1].usual.as_deref().unwrap().notify);
    owner
        .patch(&path, json!({"interval_seconds": 30}))
        .await
        .expect(200);
    assert_eq!(given(&service, 3).await[2].revision, 2);
    let earlier = "UPDATE monitors SET baseline_sent_at = now() - interval '13 hours' WHERE id = $1";
    service.db().await.execute(earlier, &[&id]).await.unwrap();
    assert_eq!(given(&service, 4).await.len(), 4);

    // Once it is not held against that any more, the log hears so, and then nothing.
    owner.patch(&path, json!({"anomalies": null})).await.expect(200);
    assert_eq!(given(&service, 5).await[4].usual, None);
    let left = "SELECT count(*) FROM monitors WHERE baseline_sent IS NOT NULL";
    let left: i64 = service.db().await.query_one(left, &[]).await.unwrap().get(0);
    assert_eq!(left, 0);
}

#[tokio::test]
async fn monitors_whose_hours_cannot_be_read_keep_no_other_waiting() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let first = owner.monitor("https://a.example/").await;
    // More than are looked for together, and before the one whose hours can be read.
    let copies = "WITH copies AS (INSERT INTO monitors (org_id, name, spec)
                      SELECT org_id, name, spec FROM monitors, generate_series(1, 44) WHERE id = $1 RETURNING id)
                  INSERT INTO rollups_hourly (monitor_id, hour, latency_buckets)
                  SELECT id, date_trunc('hour', now()) - interval '3 hours', '{NULL}'::smallint[] FROM copies";
    service.db().await.execute(copies, &[&first]).await.unwrap();
    let last = owner.monitor("https://last.example/").await;
    hours(&service, last, 56 * 24, 0).await;
    let all =
        "UPDATE monitors SET anomalies = '{\"sensitivity\": \"medium\", \"notify\": false}' WHERE id <> $1";
    service.db().await.execute(all, &[&first]).await.unwrap();
    let records = given(&service, 1).await;
    assert_eq!((records.len(), records[0].monitor_id.0), (1, last));

    // Each of them is tried again later, and then it is said what can be said.
    let count = async |sql: &str| -> i64 { service.db().await.query_one(sql, &[]).await.unwrap().get(0) };
    let postponed = "SELECT count(*) FROM monitors WHERE baseline_sent_at < now() - interval '10 hours'";
    eventually("they are postponed", PATIENCE, async || {
        (count(postponed).await == 44).then_some(())
    })
    .await;
    let readable = "DELETE FROM rollups_hourly WHERE latency_buckets = '{NULL}'";
    service.db().await.execute(readable, &[]).await.unwrap();
    let later = "UPDATE monitors SET baseline_sent_at = baseline_sent_at - interval '2 hours' WHERE id <> $1";
    service.db().await.execute(later, &[&last]).await.unwrap();
    assert_eq!(given(&service, 45).await.len(), 45);
}
