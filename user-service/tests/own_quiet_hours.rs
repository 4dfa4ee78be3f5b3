//! Quiet hours of a member: all channels of the member's own have them, and nobody else sees them.

use crate::common::scene::join;
use crate::common::{Answer, Person, UserService};
use domain::Severity;
use domain::internal::OrgAlerting;
use http::Method;
use serde_json::{Value, json};

const PATH: &str = "/me/quiet-hours";

fn night() -> Value {
    json!({"time_zone": "Pacific/Chatham",
           "windows": [{"from": "22:00:00", "until": "07:00:00"},
                       {"days": ["Sat", "Sun"], "from": "07:00:00", "until": "10:00:00"}],
           "passes": "critical"})
}

async fn set(person: &Person<'_>, quiet: Value) -> Answer {
    person.call(Method::PUT, PATH, &quiet.to_string()).await
}

async fn phone(person: &Person<'_>) -> i64 {
    let phone = json!({"name": "Phone", "kind": "ntfy", "config": {"topic": "private"}});
    let phone = person.post("/me/channels", phone).await.expect(201);
    phone["id"].as_i64().unwrap()
}

/// What alerters get.
async fn alerting(person: &Person<'_>) -> OrgAlerting {
    let path = format!("/channels?org_id={}", person.org);
    serde_json::from_value(person.service.internal(&path).await.expect(200)).unwrap()
}

#[tokio::test]
async fn a_member_sets_changes_and_ends_them() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let viewer = join(&owner, "viewer").await;
    let none = json!({"time_zone": "UTC", "windows": [], "passes": "critical"});
    assert_eq!(viewer.get(PATH).await.expect(200), none);
    assert_eq!(set(&viewer, night()).await.expect(200), night());
    assert_eq!(viewer.get(PATH).await.expect(200), night());
    // Twice the same is noted once.
    set(&viewer, night()).await.expect(200);
    let mut silent = night();
    silent["passes"] = Value::Null;
    assert_eq!(set(&viewer, silent.clone()).await.expect(200), silent);
    assert_eq!(viewer.get(PATH).await.expect(200), silent);
    assert_eq!(owner.get(PATH).await.expect(200), none, "they are the viewer's");
    let log = owner.get(&format!("/orgs/{}/audit-log", owner.org)).await;
    assert!(!log.body.to_string().contains("Chatham"), "{}", log.body);

    assert_eq!(set(&viewer, json!({})).await.expect(200), none);
    assert_eq!(viewer.get(PATH).await.expect(200), none);
    // Nothing of it is stored, nor answered.
    let rest = json!({"time_zone": "Europe/Berlin", "passes": null});
    assert_eq!(set(&viewer, rest).await.expect(200), none);
    assert_eq!(service.count("member_quiet_hours").await, 0);
    let events = viewer.get("/me/audit-log").await.items();
    let of_quiet_hours = events
        .iter()
        .filter(|event| event["action"] == "SetOwnQuietHours");
    let details: Vec<_> = of_quiet_hours.map(|event| &event["details"]).collect();
    assert_eq!(details, [&none, &silent, &night()]);
}

#[tokio::test]
async fn what_is_wrong_is_named_and_changes_nothing() {
    let service = UserService::start().await;
    let person = service.register().await;
    set(&person, night()).await.expect(200);
    let window = json!({"from": "22:00:00", "until": "07:00:00"});
    for (wrong, field) in [
        (json!({"windows": [window]}), "time_zone"),
        (
            json!({"time_zone": "Mars/Base", "windows": [window]}),
            "time_zone",
        ),
        (
            json!({"time_zone": "UTC", "windows": vec![window.clone(); 8]}),
            "windows",
        ),
        (
            json!({"time_zone": "UTC", "windows": [{"from": "09:00:00", "until": "09:00:00"}]}),
            "windows",
        ),
        (json!({"time_zone": "UTC", "windows": 7}), "windows"),
        (json!({"windows": [], "passes": "dire"}), "passes"),
        (json!({"loud": true}), "loud"),
    ] {
        let refused = set(&person, wrong.clone()).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fields()),
            (422, vec![field]),
            "{wrong}: {}",
            refused.body
        );
    }
    assert_eq!(person.get(PATH).await.expect(200), night());
}

#[tokio::test]
async fn alerters_get_them_with_each_own_channel_and_they_go_with_the_member() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let (member, other) = (join(&owner, "responder").await, join(&owner, "responder").await);
    let shared = owner.channel().await;
    let (first, second, others) = (phone(&member).await, phone(&member).await, phone(&other).await);
    set(&member, night()).await.expect(200);
    let found = alerting(&owner).await;
    let quiet: Vec<_> = found
        .channels
        .iter()
        .map(|one| (one.id.0, one.alerts.owner_quiet_hours.is_some()))
        .collect();
    let expected = [(shared, false), (first, true), (second, true), (others, false)];
    assert_eq!(quiet, expected);
    // A quarter to midnight there.
    let night = "2026-07-01T11:00:00Z".parse().unwrap();
    let end = "2026-07-01T18:15:00Z".parse().unwrap();
    let alerts = found.channels[1].alerts;
    assert_eq!(alerts.quiet_until(Severity::Warning, night), Some(end));
    assert_eq!(alerts.quiet_until(Severity::Critical, night), None);
    // What a severity decides, alerters have to know of each monitor.
    assert_ne!(found.policy.labels_version, 0);

    // The channel shows its own alone, and a change of it keeps that so.
    let path = format!("/me/channels/{first}");
    let shown = member.get(&path).await.expect(200);
    assert!(!shown.to_string().contains("Chatham"), "{shown}");
    let change = json!({"alerts": {"degraded": true}});
    member.patch(&path, change).await.expect(200);
    let stored = "channels WHERE alerts ? 'owner_quiet_hours'";
    assert_eq!(service.count(stored).await, 0);

    let gone = format!("/orgs/{}/members/{}", owner.org, member.user);
    owner.delete(&gone).await.expect(204);
    assert_eq!(service.count("member_quiet_hours").await, 0);
    assert_eq!(alerting(&owner).await.channels.len(), 2);
    for quiet in [
        json!({}),
        json!({"time_zone": "UTC", "windows": [{"from": "22:00:00", "until": "07:00:00"}]}),
    ] {
        assert_eq!(set(&member, quiet).await.status, 401, "no member any more");
    }
    assert_eq!(service.count("member_quiet_hours").await, 0);
}

#[tokio::test]
async fn they_are_of_one_organisation() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    phone(&ada).await;
    set(&ada, night()).await.expect(200);
    let guest = join(&eve, "viewer").await;
    // The same person in another organisation.
    let sql = "INSERT INTO memberships (org_id, user_id, role) VALUES ($1, $2, 'viewer')";
    let db = service.db().await;
    db.execute(sql, &[&eve.org, &ada.user]).await.unwrap();
    let elsewhere = Person {
        org: eve.org,
        role: "viewer",
        ..ada.clone()
    };
    phone(&elsewhere).await;
    phone(&guest).await;
    let windows = |answer: Value| answer["windows"].as_array().unwrap().len();
    assert_eq!(windows(elsewhere.get(PATH).await.expect(200)), 0);
    let found = alerting(&eve).await;
    let mut alerts = found.channels.iter().map(|one| one.alerts);
    assert!(alerts.all(|alerts| alerts.owner_quiet_hours.is_none()));
    set(&elsewhere, json!({})).await.expect(200);
    assert_eq!(windows(ada.get(PATH).await.expect(200)), 2);
}

#[tokio::test]
async fn an_explanation_tells_them_to_that_member_only() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let member = join(&owner, "responder").await;
    let channel = phone(&member).await;
    set(&member, night()).await.expect(200);
    let policy = json!({"name": "Night",
                        "steps": [{"targets": [{"kind": "person", "id": member.user}]}]});
    let policy = owner.post("/escalation-policies", policy).await.expect(201);
    let monitor = json!({"url": "https://a.example/", "severity": "warning",
                         "recipients": {"to": "policy", "policy_id": policy["id"]}});
    let monitor = owner.post("/monitors", monitor).await.expect(201)["id"].clone();
    let held = async |person: &Person<'_>, at: &str| {
        let path = format!("/monitors/{monitor}/alert-route?at={at}");
        person.get(&path).await.expect(200)["held"].clone()
    };
    assert_eq!(held(&member, "2027-07-01T00:00:00Z").await, json!([]));
    assert_eq!(held(&owner, "2027-07-01T11:00:00Z").await, json!([]));
    let night = held(&member, "2027-07-01T11:00:00Z").await;
    assert_eq!(
        (&night[0]["by"], &night[0]["channel_id"], &night[0]["until"]),
        (
            &json!("quiet_hours"),
            &json!(channel),
            &json!("2027-07-01T18:15:00.000Z")
        ),
        "{night}"
    );
}
