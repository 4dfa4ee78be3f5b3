//! Silences: what users may set, who sees them, and what alerters are told of them.

mod narrowed;

use domain::hold::{Hold, HoldKind};
use domain::internal::OrgAlerting;
use domain::routing::Conditions;
use domain::{MonitorId, Timestamp};
use http::Method;
use serde_json::{Value, json};

use crate::common::scene::join;
use crate::common::{Person, UserService};

const SILENCES: &str = "/silences";

fn path(silence: &Value) -> String {
    format!("{SILENCES}/{}", silence["id"])
}

fn end(silence: &Value) -> String {
    format!("{}/end", path(silence))
}

/// So many minutes from now, as it is written.
fn minutes(from_now: i64) -> String {
    shared::now().plus_millis(from_now * 60_000).to_string()
}

/// A silence of an hour from now on.
fn of(monitors: &[i64]) -> Value {
    json!({"reason": "Deploy", "monitors": monitors, "ends_at": minutes(60)})
}

async fn add(person: &Person<'_>, body: Value) -> Value {
    person.post(SILENCES, body).await.expect(201)
}

async fn holds(person: &Person<'_>) -> Vec<Hold> {
    let path = format!("/channels?org_id={}", person.org);
    let answer = person.service.internal(&path).await.expect(200);
    serde_json::from_value::<OrgAlerting>(answer).unwrap().rules.holds
}

fn instant(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

async fn execute(service: &UserService, sql: &str) {
    service.db().await.execute(sql, &[]).await.unwrap();
}

#[tokio::test]
async fn a_silence_is_made_changed_and_ended_and_alerters_get_it() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let tag = ada.post("/tags", json!({"name": "eu"})).await.expect(201)["id"].clone();
    let body = json!({"reason": "Deploy", "monitors": [monitor], "ends_at": minutes(60),
                      "conditions": {"tags": [tag], "severities": ["critical"]}});
    let made = ada.post(SILENCES, body.clone()).await;
    assert_eq!(made.header("etag"), "\"1\"");
    let made = made.expect(201);
    for (field, value) in body.as_object().unwrap() {
        assert_eq!(&made[field], value, "{field}");
    }
    assert_eq!(
        (&made["state"], &made["created_by"]),
        (&json!("active"), &json!("Ada"))
    );
    assert_eq!(ada.get(&path(&made)).await.expect(200), made);
    assert_eq!(ada.get(SILENCES).await.items(), std::slice::from_ref(&made));
    let conditions: Conditions = serde_json::from_value(made["conditions"].clone()).unwrap();
    let told = |silence: &Value| Hold {
        kind: HoldKind::Silence,
        monitors: vec![MonitorId(monitor)],
        conditions: conditions.clone(),
        spans: vec![(instant(&made["starts_at"]), instant(&silence["ends_at"]))],
    };
    assert_eq!(holds(&ada).await, [told(&made)]);

    assert_eq!(ada.patch(&path(&made), body).await.expect(200), made);
    let headers = [("if-match", "\"2\"")];
    let stale = ada
        .call_with(Method::PATCH, &path(&made), r#"{"reason": "x"}"#, &headers)
        .await;
    assert_eq!(stale.status, 412);
    let longer = json!({"reason": "It takes longer", "ends_at": minutes(120)});
    let changed = ada.patch(&path(&made), longer.clone()).await.expect(200);
    assert_eq!(
        (&changed["version"], &changed["reason"], &changed["ends_at"]),
        (&json!(2), &longer["reason"], &longer["ends_at"])
    );
    for kept in ["monitors", "conditions", "starts_at", "created_by"] {
        assert_eq!(changed[kept], made[kept], "{kept}");
    }
    assert_eq!(holds(&ada).await, [told(&changed)]);

    let ended = ada.call(Method::POST, &end(&made), "").await;
    assert_eq!(ended.header("etag"), "\"3\"");
    let ended = ended.expect(200);
    assert_eq!(ended["state"], "ended");
    assert!(instant(&ended["ends_at"]) <= shared::now());
    // An outage that began in it may still have to be judged.
    assert_eq!(holds(&ada).await, [told(&ended)]);
    assert_eq!(ada.get(SILENCES).await.items(), [Value::Null; 0]);
    let all = ada.get("/silences?ended=true").await.items();
    assert_eq!(all, std::slice::from_ref(&ended));

    let noted = service.count("audit_log WHERE resource = 'silence'").await;
    assert_eq!(noted, 3);
    // The audit log outlives people.
    let named = "audit_log WHERE resource = 'silence' AND after ? 'created_by'";
    assert_eq!(service.count(named).await, 0);
}

#[tokio::test]
async fn what_is_over_stays_as_it_was() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let made = add(&ada, of(&[])).await;
    ada.call(Method::POST, &end(&made), "").await.expect(200);
    let over = ada.get(&path(&made)).await.expect(200);
    for answer in [
        ada.call(Method::POST, &end(&made), "").await,
        ada.patch(&path(&made), json!({"ends_at": minutes(60)})).await,
    ] {
        assert_eq!(answer.status, 409, "{}", answer.body);
    }
    assert_eq!(ada.get(&path(&made)).await.expect(200), over);
    // It ends by itself, too.
    let made = add(&ada, of(&[])).await;
    execute(
        &service,
        "UPDATE silences SET ends_at = now() - interval '1 second'",
    )
    .await;
    assert_eq!(ada.get(&path(&made)).await.expect(200)["state"], "ended");
    let answer = ada.patch(&path(&made), json!({"reason": "x"})).await;
    assert_eq!(answer.status, 409, "{}", answer.body);
}

#[tokio::test]
async fn one_that_has_not_begun_can_be_ended_and_never_does() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let later = json!({"reason": "Move", "starts_at": minutes(30), "ends_at": minutes(60)});
    let made = add(&ada, later.clone()).await;
    assert_eq!(
        (&made["state"], &made["starts_at"]),
        (&json!("scheduled"), &later["starts_at"])
    );
    assert_eq!(holds(&ada).await[0].spans[0].0, instant(&later["starts_at"]));
    let ended = ada.call(Method::POST, &end(&made), "").await.expect(200);
    assert_eq!(ended["state"], "ended");
    assert_eq!(ended["starts_at"], ended["ends_at"]);
    assert!(holds(&ada).await.is_empty());
}

#[tokio::test]
async fn what_is_wrong_is_named_and_nothing_is_stored() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let (own, others) = (
        ada.monitor("https://a.example/").await,
        eve.monitor("https://b.example/").await,
    );
    let tag = eve.post("/tags", json!({"name": "eu"})).await.expect(201)["id"].clone();
    for (field, value) in [
        ("reason", json!("")),
        ("reason", json!("x".repeat(501))),
        ("starts_at", json!(minutes(-61))),
        ("ends_at", json!(minutes(-1))),
        ("ends_at", json!(minutes(91 * 24 * 60))),
        ("ends_at", json!("9999-12-31T23:59:59-23:59")),
        ("monitors", json!([own, others])),
        ("monitors", json!(vec![own; 1_001])),
        ("colour", json!("red")),
    ] {
        let mut body = of(&[]);
        body[field] = value;
        let refused = ada.post(SILENCES, body.clone()).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fields()),
            (422, vec![field]),
            "{body}"
        );
    }
    // What is not there is named together.
    let mut body = of(&[others]);
    body["conditions"] = json!({"tags": [tag]});
    let refused = ada.post(SILENCES, body).await;
    assert_eq!(refused.fields(), ["monitors", "conditions.tags.0"]);
    assert_eq!(
        ada.post(SILENCES, json!({})).await.fields(),
        ["reason", "ends_at"]
    );
    assert_eq!(service.count("silences").await, 0);

    let made = add(&ada, of(&[own])).await;
    let refused = ada.patch(&path(&made), json!({"monitors": [others]})).await;
    assert_eq!(refused.fields(), ["monitors"]);
    // A monitor that was removed does not get in the way of other changes, and does not widen the silence.
    ada.delete(&format!("/monitors/{own}")).await.expect(204);
    let renamed = ada
        .patch(&path(&made), json!({"reason": "Move", "monitors": [own]}))
        .await
        .expect(200);
    assert_eq!(renamed["monitors"], json!([own]));
}

#[tokio::test]
async fn their_number_and_size_are_bounded() {
    let service = UserService::start().await;
    let (ada, eve, bob, mallory) = (
        service.register().await,
        service.register().await,
        service.register().await,
        service.register().await,
    );
    // Monitors and conditions, as they are stored.
    let whole = ["'{}'", "'{}'"];
    let fill = async |org: i64, count: i64, [monitors, conditions]: [&str; 2], ends: &str| {
        let sql = format!(
            "INSERT INTO silences (org_id, reason, monitors, conditions, starts_at, ends_at)
             SELECT {org}, 'x', {monitors}, {conditions}, now() - interval '20 days', now() + interval '{ends}'
             FROM generate_series(1, {count})"
        );
        execute(&service, &sql).await;
    };
    fill(ada.org, 199, whole, "1 day").await;
    fill(ada.org, 50, whole, "-1 day").await;
    let (one, two) = tokio::join!(ada.post(SILENCES, of(&[])), ada.post(SILENCES, of(&[])));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    let refused = ada.post(SILENCES, of(&[])).await.expect(409);
    assert_eq!(
        (&refused["key"], &refused["used"], &refused["limit"]),
        (&json!("silences"), &json!(200), &json!(200))
    );

    // What is over counts for nothing: who ends them at once neither keeps others from making one, nor fills alerters.
    let thousand = "ARRAY(SELECT generate_series(1000000::bigint, 1000999))";
    fill(eve.org, 3_000, whole, "-7 days").await;
    fill(eve.org, 60, [thousand, "'{}'"], "-1 day").await;
    fill(
        eve.org,
        1,
        [thousand, "'{\"severities\": [\"critical\"]}'"],
        "-1 hour",
    )
    .await;
    let made = add(&eve, of(&[])).await;
    let told = holds(&eve).await;
    assert!((20..60).contains(&told.len()), "{}", told.len());
    let is_made = |hold: &&Hold| hold.spans[0].1 == instant(&made["ends_at"]);
    assert_eq!(told.iter().filter(is_made).count(), 1);
    // The latest of those that are over, and none of a week ago.
    let latest = |hold: &&Hold| !hold.conditions.severities.is_empty();
    assert_eq!(told.iter().filter(latest).count(), 1);
    let days_ago = |days: i64| shared::now().plus_millis(-days * 86_400_000);
    assert!(told.iter().all(|hold| days_ago(2) < hold.spans[0].1));

    // What takes up most is named.
    let long = "jsonb_build_object('kinds', jsonb_build_array(repeat('x', 8000)))";
    for (person, filled, field) in [
        (&bob, [thousand, "'{}'"], "monitors"),
        (&mallory, ["'{}'", long], "conditions"),
    ] {
        fill(person.org, 60, filled, "1 day").await;
        let refused = person.post(SILENCES, of(&[])).await;
        assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec![field]));
    }
}

#[tokio::test]
async fn they_are_listed_page_by_page_and_told_for_eight_days_more() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(add(&ada, of(&[])).await);
    }
    let first = ada.get("/silences?limit=2").await.expect(200);
    assert_eq!(first["items"], json!(made[..2]));
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ada.get(&format!("/silences?limit=2&cursor={cursor}")).await;
    assert_eq!(second.items(), &made[2..]);
    for (ago, told) in [("1 hour", 3), ("8 days", 0)] {
        let sql = format!(
            "UPDATE silences SET starts_at = now() - interval '20 days', ends_at = now() - interval '{ago}'"
        );
        execute(&service, &sql).await;
        assert_eq!(holds(&ada).await.len(), told, "{ago}");
        assert_eq!(ada.get("/silences?ended=true").await.items().len(), 3, "{ago}");
    }
}

#[tokio::test]
async fn one_that_cannot_be_read_silences_nothing_and_is_shown() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let (spoilt, other, whole) = (
        add(&ada, of(&[])).await,
        add(&ada, of(&[])).await,
        add(&ada, json!({"reason": "Move", "ends_at": minutes(30)})).await,
    );
    for silence in [&spoilt, &other] {
        let sql = format!(
            "UPDATE silences SET conditions = '{{\"moods\": [1]}}' WHERE id = {}",
            silence["id"]
        );
        execute(&service, &sql).await;
    }
    let told = holds(&ada).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].spans[0].1, instant(&whole["ends_at"]));
    let shown = ada.get(&path(&spoilt)).await.expect(200);
    assert!(shown["error"].as_str().unwrap().contains("conditions"));
    assert!(shown.get("conditions").is_none());
    let part = ada.patch(&path(&spoilt), json!({"reason": "x"})).await;
    assert_eq!((part.status.as_u16(), part.fields()), (422, vec!["conditions"]));
    let mended = ada
        .patch(&path(&spoilt), json!({"conditions": {}}))
        .await
        .expect(200);
    assert!(mended.get("error").is_none());
    let ended = ada.call(Method::POST, &end(&other), "").await.expect(200);
    assert_eq!(ended["state"], "ended");
    assert_eq!(holds(&ada).await.len(), 2);
}

#[tokio::test]
async fn editors_silence_what_viewers_see_and_strangers_do_not() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let made = add(&ada.as_role("editor"), of(&[])).await;
    for role in ["viewer", "responder"] {
        let reader = ada.as_role(role);
        assert_eq!(reader.get(&path(&made)).await.expect(200), made);
        assert_eq!(reader.get(SILENCES).await.items().len(), 1);
        for answer in [
            reader.post(SILENCES, of(&[])).await,
            reader.patch(&path(&made), json!({"reason": "x"})).await,
            reader.call(Method::POST, &end(&made), "").await,
        ] {
            assert_eq!(answer.status, 403, "{role}: {}", answer.body);
        }
    }
    for answer in [
        eve.get(&path(&made)).await,
        eve.patch(&path(&made), json!({"reason": "x"})).await,
        eve.call(Method::POST, &end(&made), "").await,
    ] {
        assert_eq!(answer.status, 404, "{}", answer.body);
    }
    assert_eq!(eve.get("/silences?ended=true").await.items(), [Value::Null; 0]);
    assert!(holds(&eve).await.is_empty());
    assert_eq!(ada.get(&path(&made)).await.expect(200), made);
}

#[tokio::test]
async fn who_has_left_is_not_named_and_the_silence_stays() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let bob = join(&ada, "editor").await;
    let made = add(&bob, of(&[])).await;
    assert_eq!(made["created_by"], "Ada");
    ada.delete(&format!("/orgs/{}/members/{}", ada.org, bob.user))
        .await
        .expect(204);
    let left = ada.get(&path(&made)).await.expect(200);
    assert_eq!(
        (&left["created_by"], &left["version"], &left["state"]),
        (&Value::Null, &json!(1), &json!("active"))
    );
    // Nor is there a trace of an account that is erased.
    execute(&service, &format!("DELETE FROM users WHERE id = {}", bob.user)).await;
    assert_eq!(service.count("silences WHERE created_by IS NULL").await, 1);
    assert_eq!(ada.get(&path(&made)).await.expect(200), left);
}
