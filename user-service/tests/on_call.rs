//! On-call schedules: what is kept of them, who is on call by them, and who stands in.

use chrono::{Duration, SecondsFormat, Utc};
use http::Method;
use serde_json::{Value, json};

use crate::common::scene::{join, member, scene};
use crate::common::{Person, UserService};

const SCHEDULES: &str = "/on-call-schedules";

fn path(schedule: &Value) -> String {
    format!("{SCHEDULES}/{}", schedule["id"])
}

fn overrides(schedule: &Value) -> String {
    format!("{}/overrides", path(schedule))
}

/// A rota in Berlin by weeks, from a Monday in autumn at nine.
fn weekly(people: &[i64]) -> Value {
    json!({"name": "Payments", "time_zone": "Europe/Berlin",
           "layers": [{"people": people, "starts_at": "2026-10-19T09:00:00",
                       "rotation": {"every": 1, "unit": "weeks"}}]})
}

/// A rota without hand-offs.
fn always(person: i64) -> Value {
    json!({"name": "Always", "time_zone": "UTC",
           "layers": [{"people": [person], "starts_at": "2020-01-01T00:00:00",
                       "rotation": {"every": 365, "unit": "weeks"}}]})
}

async fn shifts(person: &Person<'_>, schedule: &Value, from: &str, until: &str) -> Vec<Value> {
    let path = format!("{}/shifts?from={from}&until={until}", path(schedule));
    let found = person.get(&path).await.expect(200);
    found["shifts"].as_array().unwrap().clone()
}

fn told(shifts: &[Value]) -> Vec<(i64, &str, &str)> {
    let text = |shift: &'_ Value, field: &str| -> &'static str {
        Box::leak(shift[field].as_str().unwrap().to_owned().into_boxed_str())
    };
    let told = shifts.iter().map(|shift| {
        (
            shift["user_id"].as_i64().unwrap(),
            text(shift, "from"),
            text(shift, "until"),
        )
    });
    told.collect()
}

/// An instant so many hours from now.
fn in_hours(hours: i64) -> String {
    (Utc::now() + Duration::hours(hours)).to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[tokio::test]
async fn hand_offs_are_at_nine_by_the_clock_on_the_wall_also_when_it_changes() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let bob = join(&ada, "editor").await;
    let made = ada.post(SCHEDULES, weekly(&[ada.user, bob.user])).await;
    assert_eq!(made.header("etag"), "\"1\"");
    let made = made.expect(201);
    // The clocks go back on 25 October 2026.
    let found = shifts(&ada, &made, "2026-10-19T00:00:00Z", "2026-11-02T12:00:00Z").await;
    assert_eq!(
        told(&found),
        [
            (ada.user, "2026-10-19T07:00:00.000Z", "2026-10-26T08:00:00.000Z"),
            (bob.user, "2026-10-26T08:00:00.000Z", "2026-11-02T08:00:00.000Z"),
            (ada.user, "2026-11-02T08:00:00.000Z", "2026-11-02T12:00:00.000Z"),
        ]
    );
    assert_eq!(
        found[0],
        json!({"from": "2026-10-19T07:00:00.000Z", "until": "2026-10-26T08:00:00.000Z", "user_id": ada.user,
               "name": "Ada", "layer": 0, "override_id": null})
    );
    // The same for a rota that is not saved.
    let mut preview = weekly(&[ada.user, bob.user]);
    preview.as_object_mut().unwrap().remove("name");
    preview["from"] = json!("2026-10-19T00:00:00Z");
    preview["until"] = json!("2026-11-02T12:00:00Z");
    let previewed = ada
        .post(&format!("{SCHEDULES}/preview"), preview.clone())
        .await
        .expect(200);
    assert_eq!(previewed["shifts"], json!(found));
    assert_eq!(service.count("on_call_schedules").await, 1);
    preview["layers"][0]["people"] = json!([0]);
    // Somebody who is no member, as who has left: without a name.
    let unknown = ada
        .post(&format!("{SCHEDULES}/preview"), preview)
        .await
        .expect(200);
    assert_eq!(
        (&unknown["shifts"][0]["user_id"], &unknown["shifts"][0]["name"]),
        (&json!(0), &Value::Null)
    );
}

#[tokio::test]
async fn a_schedule_is_changed_and_removed() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let made = ada.post(SCHEDULES, weekly(&[ada.user])).await.expect(201);
    assert_eq!(ada.get(&path(&made)).await.expect(200), made);
    assert_eq!(made["used_by_policies"], 0);
    let same = ada.patch(&path(&made), weekly(&[ada.user])).await.expect(200);
    assert_eq!(same, made);
    let moved = ada
        .patch(&path(&made), json!({"time_zone": "Asia/Tokyo"}))
        .await
        .expect(200);
    assert_eq!(
        (&moved["version"], &moved["layers"], &moved["time_zone"]),
        (&json!(2), &made["layers"], &json!("Asia/Tokyo"))
    );
    for (wrong, field) in [
        (json!({"time_zone": "Mars/Base"}), "time_zone"),
        (json!({"layers": []}), "layers"),
        (
            json!({"layers": [{"people": [], "starts_at": "2026-10-19T09:00:00",
                            "rotation": {"every": 1, "unit": "weeks"}}]}),
            "layers.0.people",
        ),
        (
            json!({"layers": [{"people": [ada.user], "starts_at": "2026-10-19T09:00:00",
                            "rotation": {"every": 1, "unit": "moons"}}]}),
            "layers[0].rotation.unit",
        ),
        (json!({"name": ""}), "name"),
    ] {
        let answer = ada.patch(&path(&made), wrong.clone()).await;
        assert_eq!(
            (answer.status.as_u16(), answer.fields()),
            (422, vec![field]),
            "{wrong}"
        );
    }
    let policy =
        json!({"name": "Shop first", "steps": [{"targets": [{"kind": "schedule", "id": made["id"]}]}]});
    let policy = ada.post("/escalation-policies", policy).await.expect(201);
    assert_eq!(ada.get(&path(&made)).await.expect(200)["used_by_policies"], 1);
    let refused = ada.delete(&path(&made)).await.expect(409);
    assert!(
        refused["detail"].as_str().unwrap().contains("Shop first"),
        "{refused}"
    );
    ada.delete(&format!("/escalation-policies/{}", policy["id"]))
        .await
        .expect(204);
    ada.delete(&path(&made)).await.expect(204);
    assert_eq!(ada.get(&path(&made)).await.status, 404);
}

#[tokio::test]
async fn who_leaves_may_stay_in_a_rota_and_is_shown_as_gone() {
    let service = UserService::start().await;
    let (ada, stranger) = (service.register().await, service.register().await);
    let bob = join(&ada, "editor").await;
    let wrong = ada
        .post(SCHEDULES, weekly(&[ada.user, bob.user, stranger.user]))
        .await;
    assert_eq!(
        (wrong.status.as_u16(), wrong.fields()),
        (422, vec!["layers.0.people.2"])
    );
    let made = ada
        .post(SCHEDULES, weekly(&[ada.user, bob.user]))
        .await
        .expect(201);
    let is_member = |schedule: &Value| -> Vec<(i64, bool)> {
        let people = schedule["people"].as_array().unwrap();
        people
            .iter()
            .map(|one| (one["id"].as_i64().unwrap(), one["is_member"].as_bool().unwrap()))
            .collect()
    };
    assert_eq!(is_member(&made), [(ada.user, true), (bob.user, true)]);
    ada.delete(&format!("/orgs/{}/members/{}", ada.org, bob.user))
        .await
        .expect(204);
    let left = ada.get(&path(&made)).await.expect(200);
    assert_eq!(is_member(&left), [(ada.user, true), (bob.user, false)]);
    assert_eq!(
        left["people"][1],
        json!({"id": bob.user, "name": null, "is_member": false, "has_channel": false})
    );
    let renamed = json!({"name": "Shop", "layers": weekly(&[bob.user, ada.user])["layers"]});
    let renamed = ada.patch(&path(&made), renamed).await.expect(200);
    assert_eq!(is_member(&renamed), [(bob.user, false), (ada.user, true)]);
    // Who was taken out does not come back.
    ada.patch(&path(&made), weekly(&[ada.user])).await.expect(200);
    let back = ada.patch(&path(&made), weekly(&[ada.user, bob.user])).await;
    assert_eq!(back.fields(), ["layers.0.people.1"]);
}

#[tokio::test]
async fn a_responder_stands_in_and_is_on_call_now() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let (bob, viewer) = (join(&ada, "responder").await, join(&ada, "viewer").await);
    let made = ada.post(SCHEDULES, always(ada.user)).await.expect(201);
    let on_call = async || ada.get("/on-call").await.expect(200)["schedules"][0].clone();
    assert_eq!(
        on_call().await,
        json!({"id": made["id"], "name": "Always", "next": null,
               "now": {"user_id": ada.user, "name": "Ada", "has_channel": false, "until": null}})
    );
    let until = in_hours(4);
    let body = json!({"user_id": bob.user, "from": in_hours(-1), "until": until});
    assert_eq!(viewer.post(&overrides(&made), body.clone()).await.status, 403);
    let before = shared::now();
    let stand_in = bob.post(&overrides(&made), body).await.expect(201);
    // What is past stays as it was.
    let from: domain::Timestamp = stand_in["from"].as_str().unwrap().parse().unwrap();
    assert!(before <= from && from <= shared::now(), "{stand_in}");
    assert_eq!(
        (&stand_in["user_id"], &stand_in["created_by"], &stand_in["until"]),
        (&json!(bob.user), &json!(bob.user), &json!(until))
    );
    let now = on_call().await;
    assert_eq!(
        (&now["now"]["user_id"], &now["now"]["until"]),
        (&json!(bob.user), &json!(until))
    );
    assert_eq!(
        now["next"],
        json!({"user_id": ada.user, "name": "Ada", "from": until})
    );
    let found = shifts(&ada, &made, &in_hours(1), &in_hours(6)).await;
    let by: Vec<_> = found
        .iter()
        .map(|one| (&one["layer"], &one["override_id"]))
        .collect();
    assert_eq!(by, [(&Value::Null, &stand_in["id"]), (&json!(0), &Value::Null)]);
    assert_eq!(
        viewer.get(&overrides(&made)).await.items(),
        std::slice::from_ref(&stand_in)
    );
    let one = format!("{}/{}", overrides(&made), stand_in["id"]);
    assert_eq!(viewer.delete(&one).await.status, 403);
    // What was, stays: it ends now.
    bob.delete(&one).await.expect(204);
    assert_eq!(on_call().await["now"]["user_id"], ada.user);
    assert!(viewer.get(&overrides(&made)).await.items().is_empty());
    let found = shifts(&ada, &made, &in_hours(-1), &in_hours(6)).await;
    let by: Vec<_> = found.iter().map(|one| &one["override_id"]).collect();
    assert_eq!(by, [&Value::Null, &stand_in["id"], &Value::Null]);
    assert_eq!(found[1]["from"], stand_in["from"]);
    let over = bob.delete(&one).await.expect(409);
    assert!(over["detail"].as_str().unwrap().contains("is over"), "{over}");
    assert_eq!(shifts(&ada, &made, &in_hours(-1), &in_hours(6)).await.len(), 3);
}

#[tokio::test]
async fn an_override_that_has_not_begun_is_removed() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let made = ada.post(SCHEDULES, always(ada.user)).await.expect(201);
    let body = json!({"user_id": ada.user, "from": in_hours(1), "until": in_hours(2)});
    let ahead = ada.post(&overrides(&made), body).await.expect(201);
    let one = format!("{}/{}", overrides(&made), ahead["id"]);
    ada.delete(&one).await.expect(204);
    assert_eq!(service.count("on_call_overrides").await, 0);
    assert_eq!(ada.delete(&one).await.status, 404);
}

#[tokio::test]
async fn an_override_is_of_a_member_and_of_the_future() {
    let service = UserService::start().await;
    let (ada, stranger) = (service.register().await, service.register().await);
    let made = ada.post(SCHEDULES, always(ada.user)).await.expect(201);
    for (user, from, until, field) in [
        (ada.user, in_hours(-3), in_hours(-1), "until"),
        (ada.user, in_hours(5), in_hours(4), "until"),
        (ada.user, in_hours(5), in_hours(5 + 24 * 92 + 1), "until"),
        (stranger.user, in_hours(1), in_hours(2), "user_id"),
    ] {
        let body = json!({"user_id": user, "from": from, "until": until});
        let answer = ada.post(&overrides(&made), body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.fields()),
            (422, vec![field]),
            "{from} {until}"
        );
    }
    let empty = ada.post(&overrides(&made), json!({})).await;
    assert_eq!(empty.fields(), ["user_id", "from", "until"]);
    assert_eq!(service.count("on_call_overrides").await, 0);

    let add = "INSERT INTO on_call_overrides (org_id, schedule_id, user_id, starts_at, ends_at, created_by)
               SELECT $1, $2, $3, now(), now() + make_interval(hours => n), $3 FROM generate_series(1, 200) AS n";
    let id = made["id"].as_i64().unwrap();
    let db = service.db().await;
    db.execute(add, &[&ada.org, &id, &ada.user]).await.unwrap();
    let body = json!({"user_id": ada.user, "from": in_hours(1), "until": in_hours(2)});
    ada.post(&overrides(&made), body.clone()).await.expect(409);
    db.execute("UPDATE on_call_overrides SET starts_at = now() - interval '2 hours', ends_at = now() - interval '1 hour'
                WHERE id = (SELECT min(id) FROM on_call_overrides)", &[])
        .await
        .unwrap();
    ada.post(&overrides(&made), body.clone()).await.expect(201);
    assert_eq!(
        ada.get(&format!("{}?limit=200", overrides(&made)))
            .await
            .items()
            .len(),
        200
    );

    // Those that are over count for 30 days.
    let add = "INSERT INTO on_call_overrides (org_id, schedule_id, user_id, starts_at, ends_at, created_by)
               SELECT $1, $2, $3, now(), now() + interval '1 hour', $3 FROM generate_series(1, 299)";
    db.execute(add, &[&ada.org, &id, &ada.user]).await.unwrap();
    let pass = "UPDATE on_call_overrides SET starts_at = now() - interval '30 days', ends_at = now() - interval '29 days'";
    assert_eq!(db.execute(pass, &[]).await.unwrap(), 500);
    let refused = ada.post(&overrides(&made), body.clone()).await.expect(409);
    assert!(
        refused["detail"].as_str().unwrap().contains("30 days"),
        "{refused}"
    );
    let one = "UPDATE on_call_overrides SET starts_at = now() - interval '32 days', ends_at = now() - interval '31 days'
               WHERE id = (SELECT min(id) FROM on_call_overrides)";
    db.execute(one, &[]).await.unwrap();
    ada.post(&overrides(&made), body).await.expect(201);
}

#[tokio::test]
async fn a_range_is_bounded() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let mut hourly = weekly(&[ada.user]);
    hourly["layers"][0]["rotation"] = json!({"every": 1, "unit": "hours"});
    let made = ada.post(SCHEDULES, hourly).await.expect(201);
    let asked = async |until: &str| {
        let path = format!("{}/shifts?from=2026-11-01T00:00:00Z&until={until}", path(&made));
        ada.get(&path).await.status.as_u16()
    };
    assert_eq!(asked("2027-01-23T00:00:00Z").await, 200);
    // 2,208 shifts in 92 days, and then a day too much.
    assert_eq!(asked("2027-02-01T00:00:00Z").await, 400);
    assert_eq!(asked("2027-02-02T00:00:00Z").await, 400);
    assert_eq!(asked("2026-11-01T00:00:00Z").await, 400);
    assert_eq!(asked("tomorrow").await, 400);
}

#[tokio::test]
async fn schedules_of_others_are_not_there() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let (owner, stranger) = (&scene.owner, service.register().await);
    let made = owner.post(SCHEDULES, weekly(&[owner.user])).await.expect(201);
    let theirs = stranger
        .post(SCHEDULES, weekly(&[stranger.user]))
        .await
        .expect(201);
    let body = json!({"user_id": owner.user, "from": in_hours(1), "until": in_hours(2)});
    let stand_in = owner.post(&overrides(&made), body.clone()).await.expect(201);
    let one = format!("{}/{}", overrides(&made), stand_in["id"]);
    let crossed = format!("{}/{}", overrides(&theirs), stand_in["id"]);
    for path in [&one, &crossed] {
        assert_eq!(stranger.delete(path).await.status, 404, "{path}");
    }
    assert_eq!(stranger.post(&overrides(&made), body).await.status, 404);
    assert_eq!(stranger.get(&overrides(&made)).await.status, 404);
    assert_eq!(
        stranger.patch(&path(&made), json!({"name": "x"})).await.status,
        404
    );
    let now = stranger.get("/on-call").await.expect(200);
    assert_eq!(now["schedules"].as_array().unwrap().len(), 1);
    let narrowed = member(&scene).await;
    for path in [SCHEDULES, &path(&made), &overrides(&made), "/on-call"] {
        assert_eq!(narrowed.get(path).await.status, 403, "{path}");
    }
    assert_eq!(narrowed.call(Method::DELETE, &one, "").await.status, 403);
    owner.delete(&one).await.expect(204);
}

#[tokio::test]
async fn what_cannot_be_read_is_shown_and_can_be_replaced() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let made = ada.post(SCHEDULES, weekly(&[ada.user])).await.expect(201);
    let spoil = "UPDATE on_call_schedules SET rota = '{\"time_zone\": 7}'";
    service.db().await.execute(spoil, &[]).await.unwrap();
    let shown = ada.get(&path(&made)).await.expect(200);
    assert!(
        shown["error"].as_str().unwrap().contains("cannot be read"),
        "{shown}"
    );
    assert_eq!(shown["layers"], json!([]));
    assert_eq!(
        ada.get("/on-call").await.expect(200)["schedules"][0]["now"],
        Value::Null
    );
    let renamed = ada.patch(&path(&made), json!({"name": "x"})).await;
    assert_eq!(renamed.fields(), ["time_zone", "layers"]);
    let mended = ada.patch(&path(&made), weekly(&[ada.user])).await.expect(200);
    assert_eq!(
        (&mended["error"], &mended["layers"]),
        (&Value::Null, &made["layers"])
    );
}
