//! Monitors and their counts, recorded and asked for afterwards.

use domain::Timestamp;
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Recorder, assert_cursors_keep_their_instant, had_another_tag, instant};
use crate::common::scene::{key, member, scene};
use crate::common::{Person, UserService};

const DAY: i64 = 86_400_000;

/// A processor that the test plays.
struct Played<'a> {
    person: &'a Person<'a>,
}

impl Played<'_> {
    async fn of<'a>(person: &'a Person<'a>) -> Played<'a> {
        let sql = "CREATE TABLE check_results_all PARTITION OF check_results DEFAULT;
                   CREATE TABLE check_errors_all PARTITION OF check_errors DEFAULT";
        person.service.db().await.batch_execute(sql).await.unwrap();
        Played { person }
    }

    /// Stores a result that is on the log at once; answers its slot.
    async fn result(&self, monitor: i64, revision: i32, state: i16) -> Timestamp {
        let slot = shared::now();
        let db = self.person.service.db().await;
        let sql = "INSERT INTO check_results (monitor_id, scheduled_at, revision, interval_ms, delay_ms, latency_ms, state,
                                              status_code, attempts, region, append_delay_ms)
                   VALUES ($1, $2, $3, 60000, 0, 80, $4, 200, 1, 'default', 0)";
        db.execute(sql, &[&monitor, &slot.to_datetime(), &revision, &state])
            .await
            .unwrap();
        if state == 2 {
            let sql = "INSERT INTO check_errors VALUES ($1, $2, 'default', 'read_timeout', 'no answer')";
            db.execute(sql, &[&monitor, &slot.to_datetime()]).await.unwrap();
        }
        slot
    }

    /// Stores what the result of a slot came to.
    async fn state(&self, monitor: i64, state: &str, slot: Timestamp, incident: Option<Uuid>) {
        let error = incident.map(|_| "no answer");
        let code = incident.map(|_| "read_timeout");
        let sql = "INSERT INTO monitor_states (monitor_id, org_id, fold, state, since, last_checked_at, latency_ms,
                                               status_code, incident_id, error, error_code)
                   VALUES ($1, $2, '{}', $3, $4, $4, 80, 200, $5, $6, $7)
                   ON CONFLICT (monitor_id) DO UPDATE SET
                       state = excluded.state, since = excluded.since, last_checked_at = excluded.last_checked_at,
                       incident_id = excluded.incident_id, error = excluded.error, error_code = excluded.error_code";
        let (org, slot) = (self.person.org, slot.to_datetime());
        let db = self.person.service.db().await;
        db.execute(sql, &[&monitor, &org, &state, &slot, &incident, &error, &code])
            .await
            .unwrap();
    }

    /// A result that comes to the same state.
    async fn up(&self, monitor: i64, revision: i32) -> Timestamp {
        let slot = self.result(monitor, revision, 0).await;
        self.state(monitor, "up", slot, None).await;
        slot
    }
}

/// What is said as of an instant, too: not since when something is so that few results say nothing of, uptime, and what is not
/// kept, which is named.
fn settled(mut answer: Value) -> Value {
    let settle = |monitor: &mut Value| {
        let monitor = monitor.as_object_mut().unwrap();
        for left_out in ["uptime_24h", "external_key", "version", "updated_at", "not_known"] {
            monitor.remove(left_out);
        }
        if monitor
            .get("status")
            .is_some_and(|status| status["state"] != "down")
        {
            monitor["status"]["since"].take();
        }
    };
    match answer.get("items").is_some() {
        true => answer["items"]
            .as_array_mut()
            .unwrap()
            .iter_mut()
            .for_each(settle),
        false => settle(&mut answer),
    }
    answer
}

fn recorder<'a>(person: &'a Person<'a>, monitor: i64) -> Recorder<'a> {
    let paths = [
        "/monitors",
        "/monitors?q=shop",
        "/monitors?q=sale",
        "/monitors?kind=http",
        "/monitors?tag=prod",
        "/monitors?state=up",
        "/monitors?state=down",
        "/monitors?state=pending",
        "/monitors?state=paused",
        "/summary",
        &format!("/monitors/{monitor}"),
    ];
    Recorder {
        person,
        paths: paths.map(str::to_owned).into(),
        settled,
        entries: Vec::new(),
    }
}

#[tokio::test]
async fn monitors_and_counts_are_answered_as_they_were_shown() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let viewer = ada.as_role("viewer");
    let played = Played::of(&ada).await;
    let shop = json!({"url": "https://shop.example/?key=hunter1",
                      "http": {"auth": {"type": "bearer", "token": "hunter2"}}});
    let shop = ada.post("/monitors", shop).await.expect(201)["id"]
        .as_i64()
        .unwrap();
    let other = ada.monitor("https://b.example/").await;
    let (path, other_path) = (format!("/monitors/{shop}"), format!("/monitors/{other}"));
    let (mut shown, mut seen) = (recorder(&ada, shop), recorder(&viewer, shop));
    let mut note = async |what: &'static str| {
        shown.note(what).await;
        seen.note(what).await;
    };
    note("they were made").await;
    played.up(shop, 1).await;
    played.up(other, 1).await;
    note("they were checked").await;
    ada.patch(&path, json!({"name": "Sale"})).await.expect(200);
    note("another name").await;
    ada.patch(&path, json!({"tags": ["prod", "eu"], "severity": "warning"}))
        .await
        .expect(200);
    note("labels").await;
    ada.patch(&path, json!({"depends_on": [other]})).await.expect(200);
    note("a dependency").await;
    ada.call(Method::POST, &format!("{path}/mute"), "")
        .await
        .expect(200);
    note("it was muted").await;

    let failed = played.result(shop, 1, 2).await;
    let incident = Uuid::from_u128(7);
    let sql = "INSERT INTO incidents (id, monitor_id, org_id, revision, started_at, error_code, first_error, last_error)
               VALUES ($1, $2, $3, 1, $4, 'read_timeout', 'no answer', 'no answer')";
    let db = service.db().await;
    db.execute(sql, &[&incident, &shop, &ada.org, &failed.to_datetime()])
        .await
        .unwrap();
    played.state(shop, "down", failed, Some(incident)).await;
    note("an outage").await;
    let ended = played.up(shop, 1).await;
    let sql = "UPDATE incidents SET resolved_at = $2, close_reason = 'recovered' WHERE id = $1";
    db.execute(sql, &[&incident, &ended.to_datetime()]).await.unwrap();
    note("its end").await;

    ada.patch(&path, json!({"tags": ["eu"], "depends_on": []}))
        .await
        .expect(200);
    note("fewer labels").await;
    ada.call(Method::POST, &format!("{path}/unmute"), "")
        .await
        .expect(200);
    note("it was unmuted").await;
    let secret = json!({"http": {"auth": {"type": "bearer", "token": "hunter3"}}, "interval_seconds": 120});
    ada.patch(&other_path, secret).await.expect(200);
    played.up(other, 2).await;
    note("another definition").await;
    ada.monitor("https://shop.example/cart").await;
    note("another monitor").await;
    let paused = ada.call(Method::POST, &format!("{path}/pause"), "").await;
    paused.expect(200);
    played.state(shop, "paused", ended, None).await;
    note("it was paused").await;
    ada.call(Method::POST, &format!("{path}/resume"), "")
        .await
        .expect(200);
    note("it was resumed").await;
    shown.compare().await;
    seen.compare().await;
}

#[tokio::test]
async fn a_page_of_monitors_as_of_an_instant_leads_on_in_the_same() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(json!(ada.monitor("https://a.example/").await));
    }
    let at = instant(&service).await;
    ada.monitor("https://b.example/").await;
    for state in ["", "&state=pending"] {
        let (mut paged, mut next) = (Vec::new(), format!("/monitors?limit=1{state}&at={at}"));
        loop {
            let page = ada.get(&next).await.expect(200);
            assert_eq!(page["as_of"], json!(at));
            let items = page["items"].as_array().unwrap();
            paged.extend(items.iter().map(|item| item["id"].clone()));
            match page["next_cursor"].as_str() {
                Some(cursor) => next = format!("/monitors?limit=1{state}&cursor={cursor}"),
                None => break,
            }
            assert!(paged.len() < 4, "{paged:?}");
        }
        assert_eq!(paged, all, "{state}");
    }
    assert_cursors_keep_their_instant(&ada, "/monitors", at).await;
}

#[tokio::test]
async fn what_is_not_known_of_a_monitor_is_named() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let heartbeat = json!({"kind": "heartbeat", "name": "Backup"});
    ada.post("/monitors", heartbeat).await.expect(201);
    let at = instant(&service).await;
    let found = ada.get(&format!("/monitors?at={at}")).await.items();
    assert!(found[0].get("not_known").is_none(), "{}", found[0]);
    assert_eq!(found[1]["not_known"], json!(["status"]));
    assert_eq!(
        (&found[1]["name"], &found[1]["kind"]),
        (&json!("Backup"), &json!("heartbeat"))
    );
    let counts = ada.get(&format!("/summary?at={at}")).await.expect(200);
    assert_eq!((&counts["pending"], &counts["not_known"]), (&json!(1), &json!(1)));
    let pending = ada.get(&format!("/monitors?state=pending&at={at}")).await.items();
    assert_eq!(pending.len(), 1, "{pending:?}");

    // Before its first version, and before the past is known.
    let before = shared::now().plus_millis(-DAY);
    let path = format!("/monitors/{monitor}?at={before}");
    let db = service.db().await;
    let old = "UPDATE monitors SET created_at = now() - interval '2 days'";
    db.execute(old, &[]).await.unwrap();
    let unknown = ada.get(&path).await.expect(200);
    assert_eq!(unknown["url"], Value::Null, "{unknown}");
    assert_eq!(unknown["definition_error"], "what it was then is not known");
    let named = unknown["not_known"].as_array().unwrap();
    for name in ["definition", "tags", "severity", "status"] {
        assert!(named.contains(&json!(name)), "{name}: {named:?}");
    }
    let found = ada
        .get(&format!("/monitors?q=a.example&at={before}"))
        .await
        .items();
    assert!(found.is_empty(), "{found:?}");
    // One that was there before versions were kept, and was not changed since.
    let old = "DELETE FROM monitor_versions;
               UPDATE monitors SET updated_at = now() - interval '2 days'";
    db.batch_execute(old).await.unwrap();
    let known = ada.get(&path).await.expect(200);
    assert_eq!(known["url"], "https://a.example/", "{known}");
    let named = known["not_known"].as_array().unwrap();
    for (name, is_named) in [
        ("tags", true),
        ("muted", true),
        ("status", true),
        ("definition", false),
        ("version", false),
    ] {
        assert_eq!(named.contains(&json!(name)), is_named, "{name}: {named:?}");
    }
}

#[tokio::test]
async fn what_is_asked_of_response_times_is_known_until_it_is_changed() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let rule = json!({"sensitivity": "high", "notify": true});
    let body = json!({"url": "https://a.example/", "anomalies": rule});
    let made = ada.post("/monitors", body).await.expect(201);
    let path = format!("/monitors/{}", made["id"]);
    let at = instant(&service).await;
    let then = async || {
        let one = ada.get(&format!("{path}?at={at}")).await.expect(200);
        let listed = ada.get(&format!("/monitors?at={at}")).await.items();
        assert_eq!(listed[0]["not_known"], one["not_known"], "{listed:?}");
        one
    };
    let known = then().await;
    assert_eq!(known["anomalies"], made["anomalies"]);
    assert!(known.get("not_known").is_none(), "{known}");
    ada.patch(&path, json!({"anomalies": null})).await.expect(200);
    let named = then().await["not_known"].take();
    assert_eq!(
        named,
        json!(["external_key", "version", "updated_at", "anomalies"])
    );
}

#[tokio::test]
async fn whether_it_was_paused_is_known_where_the_version_is_gone() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let path = format!("/monitors/{monitor}");
    ada.call(Method::POST, &format!("{path}/pause"), "")
        .await
        .expect(200);
    let paused = instant(&service).await;
    ada.call(Method::POST, &format!("{path}/resume"), "")
        .await
        .expect(200);
    let db = service.db().await;
    let gone = "DELETE FROM monitor_versions WHERE is_switch AND until_at IS NOT NULL";
    assert_eq!(db.execute(gone, &[]).await.unwrap(), 1);
    let then = ada.get(&format!("{path}?at={paused}")).await.expect(200);
    assert_eq!(
        (&then["paused"], &then["url"]),
        (&json!(true), &json!("https://a.example/"))
    );
    assert_eq!(then["status"]["state"], "paused");
    // One that is gone is not listed any more, and has no definition.
    assert_eq!(ada.delete(&path).await.status, 204);
    assert_eq!(ada.get(&format!("{path}?at={paused}")).await.status, 404);
    let found = ada.get(&format!("/monitors?at={paused}")).await.items();
    assert!(found.is_empty(), "{found:?}");
    let counts = ada.get(&format!("/summary?at={paused}")).await.expect(200);
    assert_eq!(counts["paused"], 0);
}

#[tokio::test]
async fn incidents_are_counted_that_the_list_has() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let (kept, gone) = (
        ada.monitor("https://a.example/").await,
        ada.monitor("https://b.example/").await,
    );
    ada.outage(kept, false).await;
    ada.outage(gone, false).await;
    let at = instant(&service).await;
    assert_eq!(ada.delete(&format!("/monitors/{gone}")).await.status, 204);
    let over = "UPDATE incidents SET resolved_at = now(), close_reason = 'deleted' WHERE monitor_id = $1";
    service.db().await.execute(over, &[&gone]).await.unwrap();
    let later = instant(&service).await;
    for (at, open) in [(at, 2), (later, 1)] {
        let listed = ada.get(&format!("/incidents?open=true&at={at}")).await.items();
        let counts = ada.get(&format!("/summary?at={at}")).await.expect(200);
        assert_eq!((listed.len(), &counts["open_incidents"]), (open, &json!(open)));
    }
}

#[tokio::test]
async fn checks_of_hours_that_are_counted_in_part_have_their_share() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let db = service.db().await;
    let sql = "UPDATE monitors SET created_at = '2020-01-01T00:00:00Z'";
    db.execute(sql, &[]).await.unwrap();
    let hour = |at: Timestamp| Timestamp::from_millis(at.as_millis() / 3_600_000 * 3_600_000);
    let first = hour(shared::now().plus_millis(-DAY));
    for (hours, checks) in [(-1, 1_000i32), (0, 60), (1, 120), (2, 1_000)] {
        let at = first.plus_millis(hours * 3_600_000).to_datetime();
        let sql =
            "INSERT INTO rollups_hourly (monitor_id, hour, up, degraded, down) VALUES ($1, $2, $3, 0, 0)";
        db.execute(sql, &[&monitor, &at, &checks]).await.unwrap();
    }
    let at = first.plus_millis(3_600_000 + 900_000);
    let counts = ada.get(&format!("/summary?at={at}")).await.expect(200);
    assert_eq!(counts["checks_last_hour"], 60 * 3 / 4 + 120 / 4);
    assert_eq!(counts["not_known"], 1, "the past is younger");
}

#[tokio::test]
async fn who_is_narrowed_sees_the_monitors_that_they_see_now_as_they_were() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let at = had_another_tag(&scene).await;
    for caller in [member(&scene).await, key(&scene).await] {
        let found = caller.get(&format!("/monitors?at={at}")).await.items();
        let ids: Vec<&Value> = found.iter().map(|monitor| &monitor["id"]).collect();
        assert_eq!(ids, [&json!(scene.inside.monitor)]);
        let inside = format!("/monitors/{}?at={at}", scene.inside.monitor);
        assert_eq!(caller.get(&inside).await.expect(200)["tags"], json!(["payments"]));
        for (tag, many) in [("payments", 1), ("search", 0)] {
            let found = caller.get(&format!("/monitors?tag={tag}&at={at}")).await.items();
            assert_eq!(found.len(), many, "{tag}: {found:?}");
        }
        let outside = format!("/monitors/{}?at={at}", scene.outside.monitor);
        assert_eq!(caller.get(&outside).await.status, 404);
        let counts = caller.get(&format!("/summary?at={at}")).await.expect(200);
        assert_eq!(
            (&counts["down"], &counts["open_incidents"]),
            (&json!(1), &json!(1))
        );
    }
    // Of another organisation nothing is seen.
    let stranger = service.register().await;
    let inside = format!("/monitors/{}?at={at}", scene.inside.monitor);
    assert_eq!(stranger.get(&inside).await.status, 404);
    let found = stranger.get(&format!("/monitors?at={at}")).await.items();
    assert!(found.is_empty(), "{found:?}");
    let counts = stranger.get(&format!("/summary?at={at}")).await.expect(200);
    assert_eq!((&counts["down"], &counts["not_known"]), (&json!(0), &json!(0)));
}
