//! Drills: how they are begun, acknowledged and ended, what the log is told of them, and who sees them.

mod bounds;
mod narrowed;
mod report;
mod schedules;
mod together;
mod unreadable;

use domain::internal::{MonitorName, NamesPage};
use domain::record::LifecycleEvent;
use domain::{CheckResult, MonitorId, Record, Timestamp};
use http::Method;
use serde_json::{Value, json};
use testkit::eventually;

use crate::common::{PATIENCE, Person, UserService};

const DRILLS: &str = "/drills";

fn id(drill: &Value) -> i64 {
    drill["id"].as_i64().unwrap()
}

fn path(drill: &Value) -> String {
    format!("{DRILLS}/{}", id(drill))
}

fn instant(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

async fn begin(person: &Person<'_>, monitor: i64) -> Value {
    person
        .post(DRILLS, json!({"monitor_id": monitor}))
        .await
        .expect(201)
}

async fn end(person: &Person<'_>, drill: &Value) -> Value {
    let path = format!("{}/end", path(drill));
    person.call(Method::POST, &path, "").await.expect(200)
}

async fn acknowledge(person: &Person<'_>, drill: &Value) -> crate::common::Answer {
    let path = format!("{}/acknowledge", path(drill));
    person.call(Method::POST, &path, "").await
}

/// What the log will be told of a drill, in its order.
async fn told(service: &UserService, drill: &Value) -> Vec<Record> {
    let sql = "SELECT payload FROM outbox WHERE monitor_id = $1 ORDER BY id";
    let rows = service.db().await.query(sql, &[&-id(drill)]).await.unwrap();
    rows.iter()
        .map(|row| Record::decode(row.get(0)).unwrap())
        .collect()
}

/// What was found of a drill, in its order.
async fn results(service: &UserService, drill: &Value) -> Vec<CheckResult> {
    let records = told(service, drill).await.into_iter();
    let results = records.filter_map(|record| match record {
        Record::Result(result) => Some(result),
        _ => None,
    });
    results.collect()
}

/// Has the time of all drills be over, and waits until their ends were told.
async fn pass_time(service: &UserService) {
    let db = service.db().await;
    let sql =
        "UPDATE drills SET started_at = started_at - interval '1 hour', ends_at = now() - interval '1 second'
               WHERE ended_at IS NULL";
    db.execute(sql, &[]).await.unwrap();
    eventually("the drills are over", PATIENCE, async || {
        (service.count("drills WHERE ended_at IS NULL").await == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_drill_is_begun_acknowledged_and_ended() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let tag = ada.post("/tags", json!({"name": "eu"})).await.expect(201)["id"].clone();
    let monitor = ada.monitor("https://a.example/?api_key=hunter2").await;
    ada.patch(&format!("/monitors/{monitor}"), json!({"tags": ["eu"]}))
        .await
        .expect(200);
    let drill = ada
        .post(DRILLS, json!({"monitor_id": monitor, "minutes": 5}))
        .await
        .expect(201);
    assert_eq!(
        (&drill["name"], &drill["monitor_name"], &drill["started_by"]),
        (&json!("Drill of a.example"), &json!("a.example"), &json!("Ada"))
    );
    assert_eq!(
        (&drill["state"], &drill["schedule_id"], &drill["received"]),
        (&json!("running"), &Value::Null, &json!(0))
    );
    let began = instant(&drill["started_at"]);
    assert_eq!(instant(&drill["ends_at"]), began.plus_millis(300_000));
    let listed = ada.get("/drills?running=true").await.items();
    assert_eq!(listed, std::slice::from_ref(&drill));

    // The log is told of a monitor of its own, whose incident has the name that the drill says.
    let first = results(&service, &drill).await;
    let [failed] = first.as_slice() else {
        panic!("{first:?}")
    };
    assert_eq!(
        (failed.monitor_id, failed.scheduled_at, failed.up),
        (MonitorId(-id(&drill)), began, false)
    );
    assert!(!failed.url.contains("hunter2"), "{}", failed.url);
    let incident = domain::IncidentId::new(failed.monitor_id, failed.revision.unwrap(), began);
    assert_eq!(drill["incident_id"], incident.to_string());
    // Alerters ask for that monitor as for any, and hear whose outage is rehearsed.
    let name = service.internal(&format!("/monitors/-{}", id(&drill))).await;
    let name: MonitorName = serde_json::from_value(name.expect(200)).unwrap();
    assert_eq!(
        (name.id, name.org_id.0, name.name.as_str()),
        (failed.monitor_id, ada.org, "a.example")
    );
    let labels = name.labels.unwrap();
    assert_eq!(labels.drill_of, Some(MonitorId(monitor)));
    assert_eq!(json!(labels.tags), json!([tag]));
    let names = service.internal(&format!("/names?org_id={}", ada.org)).await;
    let names: NamesPage = serde_json::from_value(names.expect(200)).unwrap();
    assert_eq!(names.names.len(), 1);
    for elsewhere in ["/monitors/-4000000", "/monitors/-9223372036854775808"] {
        service.internal(elsewhere).await.expect(404);
    }
    let definitions = service
        .internal(&format!("/definitions?ids=-{}", id(&drill)))
        .await;
    assert_eq!(definitions.expect(200)["definitions"], json!([]));

    // It is nowhere else.
    assert!(ada.get("/incidents").await.items().is_empty());
    assert_eq!(ada.get(&format!("/incidents/{incident}")).await.status, 404);
    let by_incident = format!("/incidents/{incident}/acknowledge");
    assert_eq!(ada.call(Method::POST, &by_incident, "").await.status, 404);
    assert_eq!(ada.get(&format!("/monitors/-{}", id(&drill))).await.status, 404);
    assert_eq!(ada.get("/summary").await.expect(200)["open_incidents"], 0);

    let acknowledged = acknowledge(&ada, &drill).await.expect(200);
    assert_eq!(acknowledged["acknowledged"]["by"], "Ada");
    assert_eq!(acknowledged["state"], "running");
    // Whoever comes second changes nothing.
    let again = acknowledge(&ada.as_role("responder"), &drill).await.expect(200);
    assert_eq!(again, acknowledged);
    let records = told(&service, &drill).await;
    let Some(Record::Lifecycle(lifecycle)) = records.get(1) else {
        panic!("{records:?}")
    };
    assert_eq!(
        (records.len(), lifecycle.event, lifecycle.incident_id),
        (2, LifecycleEvent::Acknowledged, Some(incident))
    );

    let over = end(&ada, &drill).await;
    assert_eq!(over["state"], "acknowledged");
    assert!(instant(&over["ends_at"]) <= shared::now());
    assert_eq!(end(&ada, &drill).await, over);
    assert_eq!(
        acknowledge(&ada, &drill).await.expect(200),
        over,
        "it was acknowledged before"
    );
    let all = results(&service, &drill).await;
    assert_eq!((all.len(), all[1].up), (2, true));
    assert!(all[1].scheduled_at > began);
    assert!(ada.get("/drills?running=true").await.items().is_empty());
    let of_monitor = format!("/drills?running=false&monitor_id={monitor}");
    assert_eq!(ada.get(&of_monitor).await.items(), [over]);
    // Once for each change, and without names, for the audit log outlives people.
    let noted = service.count("audit_log WHERE resource = 'drill'").await;
    assert_eq!(noted, 3);
    let named = "audit_log WHERE resource = 'drill' AND after ? 'started_by'";
    assert_eq!(service.count(named).await, 0);
}

#[tokio::test]
async fn what_is_over_is_not_acknowledged() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let drill = begin(&ada, monitor).await;
    let over = end(&ada, &drill).await;
    assert_eq!(over["state"], "unreached");
    assert_eq!(acknowledge(&ada, &drill).await.status, 409);
    assert_eq!(service.count("incident_acknowledgements").await, 0);
    assert_eq!(told(&service, &drill).await.len(), 2);
    // Another one may begin.
    begin(&ada, monitor).await;
}

#[tokio::test]
async fn its_time_ends_it_once_however_many_services_there_are() {
    let service = UserService::start().await;
    let other = UserService::start_on(service.stores.clone(), &[]).await;
    let ada = service.register().await;
    let mut drills = Vec::new();
    for _ in 0..3 {
        let monitor = ada.monitor("https://a.example/").await;
        drills.push(begin(&ada, monitor).await);
    }
    pass_time(&service).await;
    for drill in &drills {
        let found = results(&service, drill).await;
        let ups: Vec<bool> = found.iter().map(|result| result.up).collect();
        assert_eq!(ups, [false, true]);
        let shown = ada.get(&path(drill)).await.expect(200);
        assert_eq!(shown["state"], "unreached");
        assert_eq!(instant(&shown["ends_at"]), found[1].scheduled_at);
    }
    other.stop().await;
}

#[tokio::test]
async fn it_ends_after_a_restart() {
    let service = UserService::start().await;
    let drill = {
        let ada = service.register().await;
        let monitor = ada.monitor("https://a.example/").await;
        begin(&ada, monitor).await
    };
    let stores = service.stores.clone();
    service.stop().await;
    let service = UserService::start_on(stores, &[]).await;
    assert_eq!(service.count("drills WHERE ended_at IS NULL").await, 1);
    pass_time(&service).await;
    assert_eq!(results(&service, &drill).await.len(), 2);
}

#[tokio::test]
async fn the_deletion_of_its_monitor_ends_it() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let drill = begin(&ada, monitor).await;
    let schedule = json!({"name": "Night", "monitor_id": monitor, "day": 1, "time": "10:00:00"});
    ada.post("/drill-schedules", schedule).await.expect(201);
    ada.delete(&format!("/monitors/{monitor}")).await.expect(204);
    assert_eq!(ada.get(&path(&drill)).await.expect(200)["state"], "unreached");
    let found = results(&service, &drill).await;
    assert_eq!((found.len(), found[1].up), (2, true));
    assert_eq!(service.count("drill_schedules").await, 0);
    let refused = ada.post(DRILLS, json!({"monitor_id": monitor})).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fields()),
        (422, vec!["monitor_id"])
    );
    // Alerters that are about to tell of its end still hear what it was of.
    let name = service.internal(&format!("/monitors/-{}", id(&drill))).await;
    assert_eq!(name.expect(200)["name"], "a.example");
}

#[tokio::test]
async fn what_is_wrong_is_named_and_paused_monitors_and_heartbeats_are_drilled() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let others = eve.monitor("https://b.example/").await;
    let own = ada.monitor("https://a.example/").await;
    for (body, field) in [
        (json!({"monitor_id": others}), "monitor_id"),
        (json!({"monitor_id": -1}), "monitor_id"),
        (json!({"monitor_id": own, "minutes": 0}), "minutes"),
        (json!({"monitor_id": own, "minutes": 241}), "minutes"),
        (json!({"monitor_id": own, "name": "x".repeat(121)}), "name"),
        (json!({"monitor_id": own, "colour": "red"}), "colour"),
    ] {
        let refused = ada.post(DRILLS, body.clone()).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fields()),
            (422, vec![field]),
            "{body}"
        );
    }
    assert_eq!(service.count("drills").await, 0);
    ada.call(Method::POST, &format!("/monitors/{own}/pause"), "")
        .await
        .expect(200);
    let paused = ada
        .post(
            DRILLS,
            json!({"monitor_id": own, "name": " Night ", "minutes": 240}),
        )
        .await
        .expect(201);
    assert_eq!(paused["name"], "Night");
    let heartbeat = json!({"kind": "heartbeat", "name": "Backup"});
    let heartbeat = ada.post("/monitors", heartbeat).await.expect(201)["id"].clone();
    let drill = begin(&ada, heartbeat.as_i64().unwrap()).await;
    let found = results(&service, &drill).await;
    assert_eq!((found[0].kind.as_str(), &found[0].judged), ("heartbeat", &None));
}

#[tokio::test]
async fn editors_begin_and_end_them_responders_acknowledge_and_strangers_see_none() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let monitor = ada.monitor("https://a.example/").await;
    let body = json!({"monitor_id": monitor});
    for role in ["viewer", "responder"] {
        assert_eq!(ada.as_role(role).post(DRILLS, body.clone()).await.status, 403);
    }
    let drill = begin(&ada.as_role("editor"), monitor).await;
    let ending = format!("{}/end", path(&drill));
    for role in ["viewer", "responder"] {
        let reader = ada.as_role(role);
        assert_eq!(reader.get(&path(&drill)).await.status, 200);
        assert_eq!(reader.call(Method::POST, &ending, "").await.status, 403);
    }
    assert_eq!(acknowledge(&ada.as_role("viewer"), &drill).await.status, 403);
    assert_eq!(acknowledge(&ada.as_role("responder"), &drill).await.status, 200);
    assert_eq!(eve.get(&path(&drill)).await.status, 404);
    assert_eq!(acknowledge(&eve, &drill).await.status, 404);
    assert_eq!(eve.call(Method::POST, &ending, "").await.status, 404);
    assert!(eve.get(DRILLS).await.items().is_empty());
    // An API key is nobody by name.
    let key = json!({"name": "CI", "role": "editor"});
    let key = ada.post("/api-keys", key).await.expect(201)["api_key"]["id"].to_string();
    end(&ada, &drill).await;
    let headers = [("x-api-key-id", &*key)];
    let by_key = ada
        .call_with(Method::POST, DRILLS, &body.to_string(), &headers)
        .await
        .expect(201);
    assert_eq!(by_key["started_by"], Value::Null);
}

#[tokio::test]
async fn they_are_listed_page_by_page_newest_first() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let mut made = Vec::new();
    for _ in 0..3 {
        let monitor = ada.monitor("https://a.example/").await;
        made.insert(0, begin(&ada, monitor).await);
    }
    let first = ada.get("/drills?limit=2").await.expect(200);
    assert_eq!(first["items"], json!(made[..2]));
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ada.get(&format!("/drills?limit=2&cursor={cursor}")).await;
    assert_eq!(second.items(), &made[2..]);
}
