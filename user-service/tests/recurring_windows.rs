//! Maintenance windows by a rule and by tags, and single occurrences of them: what users may set, and what alerters and
//! status pages are told.

use crate::common::pages::{Published, page, slug, with_pages};
use crate::common::scene::{self, key, member};
use crate::common::{Person, UserService};
use domain::alert_rules::AlertRules;
use domain::hold::{Hold, HoldKind};
use domain::internal::OrgAlerting;
use domain::routing::Conditions;
use domain::{MonitorId, TagId, Timestamp};
use http::Method;
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

async fn rules(person: &Person<'_>) -> AlertRules {
    let path = format!("/channels?org_id={}", person.org);
    let answer = person.service.internal(&path).await.expect(200);
    serde_json::from_value::<OrgAlerting>(answer).unwrap().rules
}

/// A whole second, an hour and a half ago: what began then and lasts three hours is under way.
fn began() -> Timestamp {
    let now = shared::now().as_millis() - 90 * MINUTE;
    Timestamp::from_millis(now - now.rem_euclid(1_000))
}

fn daily(starts: Timestamp) -> Value {
    let starts = starts.to_datetime().format("%Y-%m-%dT%H:%M:%S").to_string();
    json!({"name": "Nights", "repeat": "recurring", "starts": starts, "rule": "FREQ=DAILY", "minutes": 180,
           "time_zone": "UTC"})
}

async fn made(person: &Person<'_>, window: Value) -> (String, Value) {
    let made = person.post("/maintenance-windows", window).await.expect(201);
    (format!("/maintenance-windows/{}", made["id"]), made)
}

async fn occurrences(person: &Person<'_>, path: &str, query: &str) -> Vec<Value> {
    let answer = person.get(&format!("{path}/occurrences{query}")).await;
    answer.expect(200)["occurrences"].as_array().unwrap().clone()
}

#[tokio::test]
async fn alerters_are_told_the_occurrences_of_a_rule() {
    let service = UserService::start().await;
    let person = service.register().await;
    let monitor = person.monitor("https://a.example/").await;
    let starts = began();
    let mut window = daily(starts);
    window["monitors"] = json!([monitor]);
    let (path, made) = made(&person, window.clone()).await;
    for (field, value) in window.as_object().unwrap() {
        assert_eq!(&made[field], value, "{field}");
    }
    assert_eq!(made["tags"], json!([]));
    let told = rules(&person).await;
    assert!(told.windows.is_empty());
    // From the first one on, up to 35 days ahead.
    let days = (0..36).map(|day| starts.plus_millis(day * DAY));
    let expected = Hold {
        kind: HoldKind::Maintenance,
        monitors: vec![MonitorId(monitor)],
        conditions: Conditions::default(),
        spans: days.map(|from| (from, from.plus_millis(180 * MINUTE))).collect(),
    };
    assert_eq!(told.holds, [expected]);
    // The form of old is told as it was, and by its occurrences once one of them is not as planned.
    let weekly = json!({"repeat": "weekly", "weekday": starts.to_datetime().format("%a").to_string(),
                        "from": starts.to_datetime().format("%H:%M:%S").to_string(), "minutes": 180,
                        "time_zone": "UTC"});
    person.patch(&path, weekly).await.expect(200);
    let told = rules(&person).await;
    assert_eq!((told.windows.len(), told.holds.len()), (1, 0));
    let cancel = json!({"starts_at": starts.plus_millis(7 * DAY)});
    person
        .post(&format!("{path}/occurrences/cancel"), cancel)
        .await
        .expect(200);
    let told = rules(&person).await;
    assert!(told.windows.is_empty());
    let from: Vec<_> = told.holds[0].spans.iter().map(|(from, _)| *from).collect();
    // That of a week ago is among them.
    let weeks = [-1, 0, 2, 3, 4].map(|week| starts.plus_millis(week * 7 * DAY));
    assert_eq!(from[..5], weeks);
}

#[tokio::test]
async fn an_occurrence_is_ended_cancelled_and_restored() {
    let service = UserService::start().await;
    let person = service.register().await;
    let starts = began();
    let (path, made) = made(&person, daily(starts)).await;
    let (cancel, restore) = (
        format!("{path}/occurrences/cancel"),
        format!("{path}/occurrences/restore"),
    );
    let at = |day: i64| json!({"starts_at": starts.plus_millis(day * DAY)});
    let listed = occurrences(&person, &path, "?limit=3").await;
    let states: Vec<_> = listed.iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["active", "scheduled", "scheduled"]);
    assert_eq!(listed[0]["starts_at"], at(0)["starts_at"]);
    assert_eq!(occurrences(&person, &path, "").await.len(), 10);
    let later = format!("?limit=1&from={}", starts.plus_millis(5 * DAY));
    assert_eq!(
        occurrences(&person, &path, &later).await[0]["starts_at"],
        at(5)["starts_at"]
    );
    for limit in ["0", "101"] {
        let refused = person.get(&format!("{path}/occurrences?limit={limit}")).await;
        refused.expect(400);
    }

    // The one that is under way ends now, for good.
    let ended = person.post(&cancel, at(0)).await.expect(200);
    assert_eq!((&ended["version"], &ended["rule"]), (&json!(2), &made["rule"]));
    let first = &occurrences(&person, &path, &format!("?from={starts}")).await[0];
    assert_eq!(first["state"], "cancelled");
    let ends_at: Timestamp = first["ends_at"].as_str().unwrap().parse().unwrap();
    assert!(ends_at <= shared::now() && ends_at > starts, "{first}");
    assert_eq!(rules(&person).await.holds[0].spans[0].1, ends_at);
    assert_eq!(person.post(&cancel, at(0)).await.fields(), ["starts_at"]);
    assert_eq!(person.post(&restore, at(0)).await.fields(), ["starts_at"]);

    // A coming one does not take place, until it is restored.
    let cancelled = person.post(&cancel, at(2)).await.expect(200);
    assert_eq!(cancelled["version"], 3);
    assert_eq!(person.post(&cancel, at(2)).await.expect(200)["version"], 3);
    assert_eq!(rules(&person).await.holds[0].spans.len(), 35);
    let listed = occurrences(&person, &path, "?limit=2").await;
    assert_eq!(
        (&listed[0]["state"], &listed[1]["state"]),
        (&json!("scheduled"), &json!("cancelled"))
    );
    // A change of something else keeps it so.
    person.patch(&path, json!({"name": "Night"})).await.expect(200);
    assert_eq!(rules(&person).await.holds[0].spans.len(), 35);
    person.post(&restore, at(2)).await.expect(200);
    assert_eq!(rules(&person).await.holds[0].spans.len(), 36);

    for (path, day, millis) in [(&cancel, 1, 1), (&restore, 1, 0), (&cancel, -1, 0)] {
        let starts_at = starts.plus_millis(day * DAY + millis);
        let refused = person.post(path, json!({"starts_at": starts_at})).await;
        assert_eq!(refused.fields(), ["starts_at"], "{path} {day}");
        refused.expect(422);
    }
    let log = format!(
        "/orgs/{}/audit-log?action=RestoreMaintenanceOccurrence",
        person.org
    );
    let noted = &person.get(&log).await.items()[0];
    assert_eq!(noted["before"]["occurrence"]["cancelled"], true);
    assert_eq!(noted["after"]["occurrence"]["starts_at"], at(2)["starts_at"]);
    let stranger = service.register().await;
    stranger.post(&cancel, at(1)).await.expect(404);
}

#[tokio::test]
async fn a_rule_is_previewed_and_a_bad_one_refused() {
    let service = UserService::start().await;
    let person = service.register().await;
    let mut window = json!({"repeat": "recurring", "starts": "2098-01-01T22:00:00", "rule": "FREQ=MONTHLY;BYDAY=2TU",
                            "minutes": 60, "time_zone": "Europe/Berlin"});
    let preview = person
        .post("/maintenance-windows/preview", window.clone())
        .await
        .expect(200);
    let found = preview["occurrences"].as_array().unwrap();
    // From then on: none within ten years.
    assert!(found.is_empty(), "{preview}");
    window["starts"] = json!("2020-01-01T22:00:00");
    let preview = person
        .post("/maintenance-windows/preview", window.clone())
        .await
        .expect(200);
    let found = preview["occurrences"].as_array().unwrap();
    assert_eq!(found.len(), 10);
    for one in found {
        let at: Timestamp = one["starts_at"].as_str().unwrap().parse().unwrap();
        assert_eq!(at.to_datetime().format("%a").to_string(), "Tue");
    }
    assert_eq!(service.count("maintenance_windows").await, 0);
    for (field, value) in [
        ("rule", json!("FREQ=HOURLY")),
        ("rule", json!("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31")),
        ("rule", json!("x".repeat(501))),
        ("starts", json!("2026-12-01")),
        ("tags", json!(["no such tag"])),
    ] {
        let mut bad = window.clone();
        bad[field] = value;
        let refused = person.post("/maintenance-windows/preview", bad.clone()).await;
        assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec![field]));
        bad["name"] = json!("Nights");
        let refused = person.post("/maintenance-windows", bad).await;
        assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec![field]));
    }
}

#[tokio::test]
async fn a_window_by_tags_never_becomes_one_of_all() {
    let service = UserService::start().await;
    let person = service.register().await;
    let tagged = scene::monitor(&person, &["shop", "eu"]).await;
    let named = person.monitor("https://b.example/").await;
    let (shop, eu) = (scene::tag(&person, "shop").await, scene::tag(&person, "eu").await);
    let mut window = daily(began());
    window["tags"] = json!(["SHOP", "eu"]);
    window["monitors"] = json!([named]);
    let (path, made) = made(&person, window).await;
    assert_eq!(
        (&made["tags"], &made["monitors"]),
        (&json!(["eu", "shop"]), &json!([named]))
    );
    // Those that it names, and those with the tags.
    let told = rules(&person).await;
    assert!(told.windows.is_empty());
    assert_eq!(told.holds.len(), 2);
    let mut tags = [TagId(shop), TagId(eu)];
    tags.sort();
    let [by_name, by_tag] = &told.holds[..] else {
        panic!("{:?}", told.holds);
    };
    assert_eq!(by_name.monitors, [MonitorId(named)]);
    assert!(by_name.conditions.tags.is_empty() && by_tag.monitors.is_empty());
    assert_eq!(by_tag.conditions.tags, tags);
    assert_eq!((by_name.spans.len(), by_tag.spans.len()), (36, 36));

    let changed = person.patch(&path, json!({"monitors": []})).await.expect(200);
    assert_eq!(changed["monitors"], json!([]));
    assert_eq!(rules(&person).await.holds.len(), 1);
    // An earlier release sees that it names something.
    let stored: Vec<i64> = service
        .db()
        .await
        .query_one("SELECT monitors FROM maintenance_windows", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(stored, [0]);
    for tag in [shop, eu] {
        person.delete(&format!("/tags/{tag}")).await.expect(204);
    }
    let gone = json!(tags.map(|tag| format!("deleted tag {tag}")));
    assert_eq!(person.get(&path).await.expect(200)["tags"], gone);
    assert!(
        rules(&person)
            .await
            .holds
            .iter()
            .all(|hold| hold.conditions.tags == tags)
    );
    // It can be sent back as it was answered, and a tag that is gone be left out.
    let same = person.patch(&path, json!({"tags": gone})).await.expect(200);
    assert_eq!(same["version"], 2);
    let fewer = json!({"tags": [gone[1]]});
    assert_eq!(person.patch(&path, fewer).await.expect(200)["version"], 3);
    assert_eq!(
        person.patch(&path, json!({"tags": gone})).await.fields(),
        ["tags"]
    );
    // Of all it is only when somebody says so.
    let refused = person.patch(&path, json!({"tags": []})).await;
    assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec!["tags"]));
    person
        .patch(&path, json!({"tags": [], "monitors": [tagged]}))
        .await
        .expect(200);
    assert_eq!(rules(&person).await.holds[0].monitors, [MonitorId(tagged)]);
}

#[tokio::test]
async fn a_tag_that_is_called_as_one_that_is_gone_is_not_restored_in_its_place() {
    let service = UserService::start().await;
    let person = service.register().await;
    let monitor = scene::monitor(&person, &["shop"]).await;
    let shop = scene::tag(&person, "shop").await;
    let mut window = daily(began());
    window["tags"] = json!(["shop"]);
    let (path, _) = made(&person, window).await;
    person.patch(&path, json!({"name": "Renamed"})).await.expect(200);
    person.delete(&format!("/tags/{shop}")).await.expect(204);
    let called_so = json!({"name": format!("deleted tag {shop}")});
    person.post("/tags", called_so).await.expect(201);

    let restore = format!("{path}/versions/1/restore");
    person.call(Method::POST, &restore, "").await.expect(200);
    assert_eq!(rules(&person).await.holds[0].conditions.tags, [TagId(shop)]);
    // Once no definition that holds names it, it does not come back.
    person
        .patch(&path, json!({"tags": [], "monitors": [monitor]}))
        .await
        .expect(200);
    let refused = person.call(Method::POST, &restore, "").await;
    assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec!["tags"]));
    assert_eq!(rules(&person).await.holds[0].monitors, [MonitorId(monitor)]);
}

#[tokio::test]
async fn windows_by_tags_are_changed_by_those_who_see_everything() {
    let service = UserService::start().await;
    let scene = scene::scene(&service).await;
    let by = |tags: &[&str]| {
        let mut window = daily(began());
        window["tags"] = json!(tags);
        window
    };
    let (inside, _) = made(&scene.owner, by(&["payments"])).await;
    let (outside, _) = made(&scene.owner, by(&["search"])).await;
    let (both, _) = made(&scene.owner, by(&["payments", "search"])).await;
    for caller in [member(&scene).await, key(&scene).await] {
        caller.get(&outside).await.expect(404);
        let starts_at = caller.get(&format!("{inside}/occurrences")).await.expect(200);
        let starts_at = json!({"starts_at": starts_at["occurrences"][0]["starts_at"]});
        for path in [&inside, &both] {
            let seen = caller.get(path).await.expect(200);
            assert_eq!(
                (&seen["tags"], &seen["monitors"]),
                (&json!(["payments"]), &json!([]))
            );
            caller.patch(path, json!({"name": "x"})).await.expect(403);
            caller.call(Method::DELETE, path, "").await.expect(403);
            let cancel = format!("{path}/occurrences/cancel");
            caller.post(&cancel, starts_at.clone()).await.expect(403);
        }
        // Also not by a name of which they cannot know whether it is there.
        for tag in ["payments", "search", "no such tag"] {
            let mut window = by(&[tag]);
            window["monitors"] = json!([scene.inside.monitor]);
            caller.post("/maintenance-windows", window).await.expect(403);
        }
    }
}

#[tokio::test]
async fn occurrences_stand_on_the_pages_of_the_monitors_with_a_tag() {
    let service = with_pages(&[]).await;
    let ada = service.register().await;
    let shop = scene::monitor(&ada, &["shop"]).await;
    let other = ada.monitor("https://b.example/").await;
    let slug = slug();
    let made_page = page(&ada, &slug, &[other, shop]).await;
    let published = Published::of(&service).await;
    let starts = began();
    let mut window = daily(starts);
    window["tags"] = json!(["shop"]);
    let (path, _) = made(&ada, window).await;
    let document = published
        .document(&slug, |document| !document.maintenance.is_empty())
        .await;
    let components = made_page["groups"][0]["components"].as_array().unwrap();
    for one in &document.maintenance {
        assert_eq!(json!(one.components), json!([components[1]["id"]]));
    }
    // Thirty days ahead.
    assert_eq!(document.maintenance.len(), 31);
    assert_eq!(document.maintenance[0].from, starts);
    // The document is renewed for an occurrence, too.
    let coming = starts.plus_millis(DAY);
    let cancel = format!("{path}/occurrences/cancel");
    ada.post(&cancel, json!({"starts_at": coming})).await.expect(200);
    let document = published
        .document(&slug, |document| document.maintenance.len() == 30)
        .await;
    assert!(document.maintenance.iter().all(|one| one.from != coming));
    let restore = format!("{path}/occurrences/restore");
    ada.post(&restore, json!({"starts_at": coming})).await.expect(200);
    published
        .document(&slug, |document| document.maintenance.len() == 31)
        .await;
}
