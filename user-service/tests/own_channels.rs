//! A member's own channels: nobody else sees them, and they are how a person is reached.

use crate::common::post::{on, verified};
use crate::common::scene::join;
use crate::common::{Person, Stores, UserService};
use domain::internal::{OrgAlerting, SealedChannel};
use http::Method;
use serde_json::{Value, json};
use testkit::FakeSmtp;

fn ntfy(name: &str) -> Value {
    json!({"name": name, "kind": "ntfy", "config": {"topic": "ada-private"}})
}

fn path(channel: &Value) -> String {
    format!("/me/channels/{}", channel["id"])
}

/// What alerters get.
async fn alerting(person: &Person<'_>) -> OrgAlerting {
    let path = format!("/channels?org_id={}", person.org);
    serde_json::from_value(person.service.internal(&path).await.expect(200)).unwrap()
}

async fn add(person: &Person<'_>, body: Value) -> Value {
    person.post("/me/channels", body).await.expect(201)
}

#[tokio::test]
async fn only_the_owner_sees_changes_and_deletes_a_channel_of_their_own() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let viewer = join(&owner, "viewer").await;
    let shared = owner.channel().await;
    let own = add(&viewer, ntfy("My phone")).await;
    assert_eq!(
        (&own["name"], &own["kind"], &own["version"]),
        (&json!("My phone"), &json!("ntfy"), &json!(1))
    );
    // With its topic, which viewers of other channels do not see.
    assert_eq!(own["config"]["topic"], "ada-private");
    assert_eq!(
        viewer.get("/me/channels").await.items(),
        std::slice::from_ref(&own)
    );
    assert_eq!(owner.get("/me/channels").await.items(), Vec::<Value>::new());
    let listed = viewer.get("/channels").await.items();
    assert_eq!(
        listed.iter().map(|one| one["id"].as_i64()).collect::<Vec<_>>(),
        [Some(shared)]
    );

    let id = &own["id"];
    for (method, path, body) in [
        (Method::GET, format!("/me/channels/{id}"), ""),
        (Method::PATCH, format!("/me/channels/{id}"), r#"{"name": "x"}"#),
        (Method::DELETE, format!("/me/channels/{id}"), ""),
        (Method::GET, format!("/channels/{id}"), ""),
        (Method::PATCH, format!("/channels/{id}"), r#"{"name": "x"}"#),
        (Method::DELETE, format!("/channels/{id}"), ""),
        (Method::GET, format!("/channels/{id}/deliveries"), ""),
    ] {
        let answer = owner.call(method.clone(), &path, body).await;
        assert_eq!(answer.status, 404, "{method} {path}: {}", answer.body);
    }
    let shared = format!("/me/channels/{shared}");
    assert_eq!(owner.get(&shared).await.status, 404);

    let edited = viewer
        .patch(&path(&own), json!({"enabled": false}))
        .await
        .expect(200);
    assert_eq!(
        (&edited["enabled"], &edited["version"]),
        (&json!(false), &json!(2))
    );
    let log = owner.get(&format!("/orgs/{}/audit-log", owner.org)).await;
    assert!(!log.body.to_string().contains("My phone"), "{}", log.body);
    let events = viewer.get("/me/audit-log").await.items();
    let actions: Vec<_> = events
        .iter()
        .map(|event| event["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions[..2], ["EditOwnChannel", "CreateOwnChannel"]);
    viewer.delete(&path(&own)).await.expect(204);
    assert_eq!(viewer.get(&path(&own)).await.status, 404);
}

#[tokio::test]
async fn alerters_get_it_with_its_owner_and_it_goes_with_the_member() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let member = join(&owner, "responder").await;
    let shared = owner.channel().await;
    let own = add(&member, ntfy("My phone")).await;
    let id = own["id"].as_i64().unwrap();
    let found = alerting(&owner).await;
    let owners: Vec<_> = found
        .channels
        .iter()
        .map(|one| (one.id.0, one.owner.map(|id| id.0)))
        .collect();
    assert_eq!(owners, [(shared, None), (id, Some(member.user))]);

    // A test message is sent to whom it belongs only.
    let one = format!("/channels/{id}?org_id={}", owner.org);
    assert_eq!(service.internal(&one).await.status, 404);
    assert_eq!(
        service
            .internal(&format!("{one}&owner={}", owner.user))
            .await
            .status,
        404
    );
    let sealed = service
        .internal(&format!("{one}&owner={}", member.user))
        .await
        .expect(200);
    let sealed: SealedChannel = serde_json::from_value(sealed).unwrap();
    assert_eq!(sealed, found.channels[1]);

    let usage = owner.get(&format!("/orgs/{}/usage", owner.org)).await.expect(200);
    let items = usage["items"].as_array().unwrap();
    let channels = items.iter().find(|item| item["key"] == "channels").unwrap();
    assert_eq!(channels["used"], 1);

    let gone = format!("/orgs/{}/members/{}", owner.org, member.user);
    owner.delete(&gone).await.expect(204);
    assert_eq!(alerting(&owner).await.channels.len(), 1);
    assert_eq!(service.count("channels").await, 1);
}

#[tokio::test]
async fn there_are_at_most_ten_and_none_of_an_organisations_kinds() {
    let service = UserService::start().await;
    let person = service.register().await;
    for (kind, config) in [
        (
            "pagerduty",
            json!({"routing_key": "0123456789abcdef0123456789abcdef"}),
        ),
        (
            "slack_bot",
            json!({"token": "xoxb-1", "signing_secret": "s", "channel": "C1"}),
        ),
    ] {
        let body = json!({"name": "x", "kind": kind, "config": config});
        let refused = person.post("/me/channels", body).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fields()[0]),
            (422, "kind"),
            "{}",
            refused.body
        );
    }
    for n in 0..10 {
        add(&person, ntfy(&format!("Phone {n}"))).await;
    }
    let refused = person.post("/me/channels", ntfy("One more")).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    // They are not counted as the organisation's.
    person.channel().await;
    let other = join(&person, "viewer").await;
    add(&other, ntfy("Theirs")).await;
}

#[tokio::test]
async fn who_adds_the_own_verified_address_is_not_asked_once_more() {
    let server = FakeSmtp::start().await;
    let service = on(Stores::new().await, &server, &[]).await;
    let person = verified(&service).await;
    let mail = |to: &[&str]| json!({"name": "Mail", "kind": "email", "config": {"to": to}});
    let own = add(&person, mail(&[&person.email, "somebody@else.example"])).await;
    let states: Vec<_> = own["recipients"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["state"])
        .collect();
    assert_eq!(states, ["confirmed", "waiting"]);
}

#[tokio::test]
async fn members_below_admin_add_no_address_but_their_own_verified_one() {
    let server = FakeSmtp::start().await;
    let service = on(Stores::new().await, &server, &[]).await;
    let owner = verified(&service).await;
    let member = join(&owner, "editor").await;
    let mail = |to: &[&str]| json!({"name": "Mail", "kind": "email", "config": {"to": to}});
    let refused = member.post("/me/channels", mail(&[&member.email])).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fields()),
        (422, vec!["config.to"])
    );
    let verify = "UPDATE users SET email_verified_at = now() WHERE id = $1";
    let db = service.db().await;
    db.execute(verify, &[&member.user]).await.unwrap();
    let other = "somebody@else.example";
    let refused = member.post("/me/channels", mail(&[&member.email, other])).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fields()),
        (422, vec!["config.to"])
    );
    assert!(
        refused
            .body
            .to_string()
            .contains("must be your own verified address"),
        "{}",
        refused.body
    );
    let own = add(&member, mail(&[&member.email])).await;
    let change = json!({"config": {"to": [other]}});
    let refused = member.patch(&path(&own), change).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fields()),
        (422, vec!["config.to"])
    );
    let renamed = member.patch(&path(&own), json!({"name": "Inbox"})).await;
    assert_eq!(renamed.expect(200)["name"], "Inbox");
    add(&owner, mail(&[other])).await;
}

#[tokio::test]
async fn what_came_of_sends_to_own_channels_stays_with_their_owners() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let member = join(&owner, "admin").await;
    let own = add(&member, ntfy("My phone")).await["id"].as_i64().unwrap();
    let shared = owner.channel().await;
    let monitor = owner.monitor("https://a.example/").await;
    let incident = owner.outage(monitor, false).await;
    let by_person = json!({"by": "default", "step": {"policy_id": 7, "round": 1, "step": 1,
                           "target": {"kind": "person", "id": member.user}}});
    let events = [
        (own, "down", Some(by_person)),
        // The end has no cause of its own.
        (own, "up", None),
        (shared, "down", None),
    ];
    let sql = "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id,
                   delivery_id, source, reason, receipt, cause)
               VALUES ($1, $2, $3, 'failed', 1, now(), $4, $5, gen_random_uuid(),
                   '{\"cluster\": \"c\", \"topic\": \"t\", \"partition\": 0, \"offset\": 1}', 'refused', 'receipt', $6)";
    let db = service.db().await;
    for (channel, alert, cause) in &events {
        db.execute(sql, &[&incident, alert, channel, &owner.org, &monitor, cause])
            .await
            .unwrap();
    }
    let path = format!("/incidents/{incident}/events");
    let told = |steps: Vec<Value>| {
        let is_told = |step: &Value| step["reason"].is_string() && step["receipt"].is_string();
        let of = |channel: i64| steps.iter().filter(move |step| step["channel_id"] == channel);
        let told = |channel| of(channel).filter(|step| is_told(step)).count();
        (told(own), told(shared))
    };
    assert_eq!(told(member.get(&path).await.items()), (2, 1));
    assert_eq!(told(owner.get(&path).await.items()), (0, 1));
    let key = member
        .post("/api-keys", json!({"name": "CI", "role": "viewer"}))
        .await;
    let key = key.expect(201)["api_key"]["id"].to_string();
    let by_key = member
        .call_with(Method::GET, &path, "", &[("x-api-key-id", &key)])
        .await;
    assert_eq!(told(by_key.items()), (0, 1));
    // Of a channel that is gone nobody is known to be the owner.
    member.delete(&format!("/me/channels/{own}")).await.expect(204);
    owner.delete(&format!("/channels/{shared}")).await.expect(204);
    for person in [&member, &owner] {
        assert_eq!(told(person.get(&path).await.items()), (0, 1));
    }
}

#[tokio::test]
async fn steps_of_an_incident_show_whose_it_is_and_not_where_it_leads() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let member = join(&owner, "responder").await;
    let own = add(&member, ntfy("My phone")).await;
    let channel = own["id"].as_i64().unwrap();
    let monitor = owner.monitor("https://a.example/").await;
    let incident = owner.outage(monitor, false).await;
    let cause = json!({"by": "default", "step": {"policy_id": 7, "round": 1, "step": 2,
                       "target": {"kind": "person", "id": member.user}}});
    let sql =
        "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id,
                   delivery_id, source, reason, receipt, cause)
               VALUES ($1, 'down', $2, 'failed', 1, now(), $3, $4, gen_random_uuid(),
                   '{\"cluster\": \"c\", \"topic\": \"t\", \"partition\": 0, \"offset\": 1}',
                   'ada-private is gone', 'ada-private', $5)";
    let db = service.db().await;
    db.execute(sql, &[&incident, &channel, &owner.org, &monitor, &cause])
        .await
        .unwrap();
    let path = format!("/incidents/{incident}/events");
    let step = owner.get(&path).await.items().remove(0);
    assert_eq!(step["channel_name"], "Ada (ntfy)");
    assert_eq!((&step["reason"], &step["receipt"]), (&Value::Null, &Value::Null));
    assert_eq!(
        step["cause"],
        json!({"by": "default", "step": {"policy_id": 7, "round": 1, "step": 2,
               "target": {"kind": "person", "id": member.user, "name": "Ada"}}})
    );
    let step = member.get(&path).await.items().remove(0);
    assert_eq!(step["receipt"], "ada-private");
}
