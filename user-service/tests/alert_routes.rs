//! Routes of alerts: what is kept of them, and their order.

use http::Method;
use serde_json::{Value, json};

use crate::common::{Person, UserService};

const ROUTES: &str = "/alert-routes";
const ORDER: &str = "/alert-routes/order";

fn path(route: &Value) -> String {
    format!("{ROUTES}/{}", route["id"])
}

fn to_nobody(name: &str) -> Value {
    json!({"name": name, "recipients": {"to": "nobody"}})
}

async fn add(person: &Person<'_>, body: Value) -> Value {
    person.post(ROUTES, body).await.expect(201)
}

async fn order(person: &Person<'_>) -> Vec<(String, i64)> {
    let listed = person.get(&format!("{ROUTES}?limit=200")).await.items();
    let listed = listed.iter().map(|route| {
        let name = route["name"].as_str().unwrap().to_owned();
        (name, route["position"].as_i64().unwrap())
    });
    listed.collect()
}

async fn put_order(person: &Person<'_>, ids: &[&Value]) -> crate::common::Answer {
    let body = json!({"ids": ids}).to_string();
    person.call(Method::PUT, ORDER, &body).await
}

/// What alerters get.
async fn policy(service: &UserService, org: i64) -> Value {
    let answer = service.internal(&format!("/channels?org_id={org}")).await;
    answer.expect(200)["policy"].clone()
}

#[tokio::test]
async fn a_route_is_made_changed_and_removed_and_alerters_get_it() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let (channel, tag) = (
        ada.channel().await,
        ada.post("/tags", json!({"name": "eu"})).await.expect(201)["id"].clone(),
    );
    assert_eq!(policy(&service, ada.org).await, Value::Null);
    let body = json!({
        "name": "Nights", "continue": true,
        "conditions": {"tags": [tag], "severities": ["critical"], "outside_hours": true,
                       "hours": {"time_zone": "Europe/Berlin", "from": "08:00:00", "until": "18:00:00"}},
        "recipients": {"to": "channels", "channels": [channel]},
    });
    let made = ada.post(ROUTES, body.clone()).await;
    assert_eq!(made.header("etag"), "\"1\"");
    let made = made.expect(201);
    for (field, value) in body.as_object().unwrap() {
        assert_eq!(&made[field], value, "{field}");
    }
    assert_eq!(ada.get(&path(&made)).await.expect(200), made);
    let got = policy(&service, ada.org).await;
    assert_eq!(got["routes"][0]["recipients"], made["recipients"]);
    assert!(got["labels_version"].as_i64().is_some_and(|version| version != 0));

    assert_eq!(ada.patch(&path(&made), body).await.expect(200), made);
    let changed = ada
        .patch(&path(&made), json!({"conditions": {}}))
        .await
        .expect(200);
    assert_eq!(
        (&changed["version"], &changed["conditions"]),
        (&json!(2), &json!({}))
    );
    assert_eq!(changed["recipients"], made["recipients"]);
    let headers = [("if-match", "\"1\"")];
    let stale = ada.call_with(Method::DELETE, &path(&made), "", &headers).await;
    assert_eq!(stale.status, 412);
    ada.delete(&path(&made)).await.expect(204);
    assert_eq!(ada.get(&path(&made)).await.status, 404);
    assert_eq!(policy(&service, ada.org).await, Value::Null);
    let noted = service.count("audit_log WHERE resource = 'alert_route'").await;
    assert_eq!(noted, 3);
}

#[tokio::test]
async fn what_is_named_has_to_be_there_and_may_be_gone_later() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let (channel, others) = (ada.channel().await, eve.channel().await);
    let body = json!({
        "name": "x", "conditions": {"tags": [77], "kinds": ["http", "pigeon"]},
        "recipients": {"to": "channels", "channels": [channel, others]},
    });
    let wrong = ada.post(ROUTES, body).await;
    assert_eq!(
        (wrong.status.as_u16(), wrong.fields()),
        (422, vec!["conditions.kinds.1"])
    );
    let body = json!({
        "name": "x", "conditions": {"tags": [77]},
        "recipients": {"to": "channels", "channels": [channel, others]},
    });
    let wrong = ada.post(ROUTES, body).await;
    assert_eq!(
        (wrong.status.as_u16(), wrong.fields()),
        (422, vec!["conditions.tags.0", "recipients.channels.1"])
    );
    let body = json!({"name": "x", "recipients": {"to": "policy", "policy_id": 77}});
    assert_eq!(ada.post(ROUTES, body).await.fields(), ["recipients.policy_id"]);
    assert_eq!(ada.get(ROUTES).await.items(), [] as [Value; 0]);
    // A member's own channel is nobody else's.
    let sql = "INSERT INTO channels (org_id, name, kind, config, owner_id) VALUES ($1, 'x', 'slack', 'x', $2) RETURNING id";
    let own = service
        .db()
        .await
        .query_one(sql, &[&ada.org, &ada.user])
        .await
        .unwrap();
    let own: i64 = own.get(0);
    let to = |channels: &[i64]| json!({"to": "channels", "channels": channels});
    let body = json!({"name": "x", "recipients": to(&[own])});
    assert_eq!(ada.post(ROUTES, body).await.fields(), ["recipients.channels.0"]);

    let made = add(&ada, json!({"name": "x", "recipients": to(&[channel])})).await;
    ada.delete(&format!("/channels/{channel}")).await.expect(204);
    let another = ada.channel().await;
    let kept = json!({"recipients": to(&[channel, another])});
    ada.patch(&path(&made), kept).await.expect(200);
    let body = json!({"name": "y", "recipients": to(&[channel])});
    assert_eq!(ada.post(ROUTES, body).await.fields(), ["recipients.channels.0"]);
}

#[tokio::test]
async fn routes_are_put_in_another_order_as_a_whole() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let mut made = Vec::new();
    for name in ["a", "b", "c"] {
        made.push(add(&ada, to_nobody(name)).await["id"].clone());
    }
    let named = |names: &[(&str, i64)]| -> Vec<(String, i64)> {
        names
            .iter()
            .map(|(name, place)| ((*name).to_owned(), *place))
            .collect()
    };
    assert_eq!(order(&ada).await, named(&[("a", 1), ("b", 2), ("c", 3)]));
    put_order(&ada, &[&made[2], &made[0], &made[1]]).await.expect(204);
    assert_eq!(order(&ada).await, named(&[("c", 1), ("a", 2), ("b", 3)]));
    let routes = policy(&service, ada.org).await["routes"].clone();
    let names: Vec<&str> = routes
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["c", "a", "b"]);

    let strange = json!(77_777);
    for (ids, field) in [
        (vec![&made[0], &made[1]], "ids"),
        (vec![&made[0], &made[1], &made[2], &strange], "ids.3"),
        (vec![&made[0], &made[1], &made[1]], "ids.2"),
    ] {
        let wrong = put_order(&ada, &ids).await;
        assert_eq!((wrong.status.as_u16(), wrong.fields()), (422, vec![field]));
    }
    let sql = "audit_log WHERE action = 'OrderAlertRoutes'";
    assert_eq!(service.count(sql).await, 1);
    put_order(&ada, &[&made[2], &made[0], &made[1]]).await.expect(204);
    assert_eq!(service.count(sql).await, 1, "the same order is no change");
    // Those after one that goes move up.
    ada.delete(&format!("{ROUTES}/{}", made[0])).await.expect(204);
    assert_eq!(order(&ada).await, named(&[("c", 1), ("b", 2)]));
    add(&ada, to_nobody("d")).await;
    assert_eq!(order(&ada).await, named(&[("c", 1), ("b", 2), ("d", 3)]));
}

#[tokio::test]
async fn no_two_routes_get_one_place() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let mut made = Vec::new();
    for number in 0..6 {
        made.push(add(&ada, to_nobody(&number.to_string())).await["id"].clone());
    }
    let there: Vec<&Value> = made.iter().collect();
    let back: Vec<&Value> = made.iter().rev().collect();
    for _ in 0..5 {
        let deleted = format!("{ROUTES}/{}", add(&ada, to_nobody("gone")).await["id"]);
        // An order that has not all routes any more is refused, and none is half carried out.
        let (one, other, created, removed) = tokio::join!(
            put_order(&ada, &there),
            put_order(&ada, &back),
            ada.post(ROUTES, to_nobody("new")),
            ada.delete(&deleted),
        );
        for answer in [&one, &other] {
            assert!([204, 422].contains(&answer.status.as_u16()), "{}", answer.body);
        }
        let created = created.expect(201);
        removed.expect(204);
        let places: Vec<i64> = order(&ada).await.into_iter().map(|(_, place)| place).collect();
        assert_eq!(places, (1..=7).collect::<Vec<_>>());
        ada.delete(&path(&created)).await.expect(204);
    }
}

#[tokio::test]
async fn an_organisation_has_a_thousand_at_most_and_alerters_read_them_soon() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let sql = "INSERT INTO alert_routes (org_id, position, name, conditions, recipients, goes_on)
               SELECT $1, n, 'route ' || n, '{\"severities\": [\"info\"]}', '{\"to\": \"nobody\"}', false
               FROM generate_series(1, 999) AS n";
    let db = service.db().await;
    db.execute(sql, &[&ada.org]).await.unwrap();
    let last = add(&ada, to_nobody("last")).await;
    assert_eq!(last["position"], 1_000);
    let refused = ada.post(ROUTES, to_nobody("one more")).await.expect(409);
    assert_eq!(
        (&refused["key"], &refused["used"], &refused["limit"]),
        (&json!("alert_routes"), &json!(1_000), &json!(1_000))
    );
    let first = ada.get(&format!("{ROUTES}?limit=200")).await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ada
        .get(&format!("{ROUTES}?limit=1&cursor={cursor}"))
        .await
        .items();
    assert_eq!(second[0]["position"], 201);

    let targets: Vec<Value> = (1..=10).map(|id| json!({"kind": "person", "id": id})).collect();
    let steps: Vec<Value> = (0..10)
        .map(|_| json!({"wait_minutes": 5, "targets": targets}))
        .collect();
    let plan =
        json!({"steps": steps, "repeats": 1, "repeat_after_minutes": 30, "acknowledgement_minutes": 0});
    let sql = "INSERT INTO escalation_policies (org_id, name, plan)
               SELECT $1, 'policy', $2 FROM generate_series(1, 100)";
    db.execute(sql, &[&ada.org, &plan]).await.unwrap();
    let layer = json!({"people": [ada.user], "starts_at": "2026-01-01T09:00:00",
                       "rotation": {"every": 1, "unit": "weeks"}});
    let rota = json!({"time_zone": "Europe/Berlin", "layers": [layer, layer, layer]});
    let sql = "INSERT INTO on_call_schedules (org_id, name, rota)
               SELECT $1, 'schedule', $2 FROM generate_series(1, 100)";
    db.execute(sql, &[&ada.org, &rota]).await.unwrap();
    let mut best = std::time::Duration::MAX;
    for _ in 0..5 {
        let began = std::time::Instant::now();
        let got = policy(&service, ada.org).await;
        best = best.min(began.elapsed());
        let lengths =
            ["routes", "escalation_policies", "schedules"].map(|all| got[all].as_array().unwrap().len());
        assert_eq!(lengths, [1_000, 100, 100]);
    }
    println!("all of it was read in {best:?}");
    // In a debug build, beside other tests.
    assert!(best < std::time::Duration::from_secs(2), "{best:?}");
}

#[tokio::test]
async fn what_cannot_be_read_is_left_out_and_shown() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let (spoilt, whole) = (add(&ada, to_nobody("a")).await, add(&ada, to_nobody("b")).await);
    let sql = "UPDATE alert_routes SET recipients = '{\"to\": \"pigeons\"}' WHERE id = $1";
    let id = spoilt["id"].as_i64().unwrap();
    service.db().await.execute(sql, &[&id]).await.unwrap();
    let routes = policy(&service, ada.org).await["routes"].clone();
    assert_eq!(routes.as_array().unwrap().len(), 1);
    assert_eq!(routes[0]["id"], whole["id"]);
    let listed = ada.get(ROUTES).await.items();
    assert_eq!(listed[0]["recipients"], Value::Null);
    assert!(listed[0]["error"].as_str().unwrap().contains("recipients"));
    let part = ada.patch(&path(&spoilt), json!({"name": "c"})).await;
    assert_eq!((part.status.as_u16(), part.fields()), (422, vec!["recipients"]));
    let mended = ada
        .patch(&path(&spoilt), json!({"recipients": {"to": "nobody"}}))
        .await
        .expect(200);
    assert_eq!(mended["error"], Value::Null);
}

#[tokio::test]
async fn admins_change_what_viewers_read_unless_they_are_narrowed() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let made = add(&ada.as_role("admin"), to_nobody("a")).await;
    let (editor, viewer) = (ada.as_role("editor"), ada.as_role("viewer"));
    assert_eq!(viewer.get(&path(&made)).await.expect(200), made);
    assert_eq!(editor.post(ROUTES, to_nobody("b")).await.status, 403);
    assert_eq!(editor.patch(&path(&made), json!({"name": "b"})).await.status, 403);
    assert_eq!(put_order(&editor, &[&made["id"]]).await.status, 403);
    assert_eq!(editor.delete(&path(&made)).await.status, 403);
    let eve = service.register().await;
    assert_eq!(eve.get(&path(&made)).await.status, 404);
    assert_eq!(put_order(&eve, &[&made["id"]]).await.fields(), ["ids.0"]);
    assert_eq!(eve.get(ROUTES).await.items(), [] as [Value; 0]);
}
