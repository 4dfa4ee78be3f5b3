//! Which people are named to who is narrowed to tags: who works on an incident that they see, and nobody else.

use fred::interfaces::{ClientLike as _, StreamsInterface as _};
use http::Method;
use serde_json::{Value, json};

use crate::common::scene::{Scene, key, member, scene};
use crate::common::{PATIENCE, UserService};

/// The incident inside was sent to the owner by a channel of the owner's own, and for the owner to the organisation's.
async fn sent(scene: &Scene<'_>) -> i64 {
    let owner = &scene.owner;
    let db = owner.service.db().await;
    let sql = "INSERT INTO channels (org_id, name, kind, config, owner_id) VALUES ($1, 'x', 'slack', 'x', $2)
               RETURNING id";
    let own = db.query_one(sql, &[&owner.org, &owner.user]).await.unwrap();
    let own: i64 = own.get(0);
    let cause = json!({"by": "default", "step": {"policy_id": 1, "round": 1, "step": 1,
                       "target": {"kind": "person", "id": owner.user}}});
    let sql = "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id,
                   delivery_id, source, receipt, cause)
               SELECT $1::uuid, 'down', channel, 'sent', 1, now(), $2::bigint, $3::bigint, gen_random_uuid(),
                   '{\"cluster\": \"c\", \"topic\": \"t\", \"partition\": 0, \"offset\": 7}'::jsonb, 'ok', $4::jsonb
               FROM unnest($5::bigint[]) AS channel";
    let (inside, channels) = (&scene.inside, vec![own, scene.channel]);
    db.execute(
        sql,
        &[&inside.incident, &owner.org, &inside.monitor, &cause, &channels],
    )
    .await
    .unwrap();
    own
}

/// What the person of a step is called.
fn person(item: &Value) -> Value {
    item["cause"]["step"]["target"]["name"].clone()
}

#[tokio::test]
async fn events_and_deliveries_name_nobody_who_was_reached() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let own = sent(&scene).await;
    let events = format!("/incidents/{}/events", scene.inside.incident);
    let deliveries = format!("/channels/{}/deliveries?status=sent", scene.channel);
    let of = |steps: &[Value], channel: i64| {
        let mut steps = steps.iter();
        let step = steps.find(|step| step["channel_id"] == channel && step["step"] == "sent");
        let step = step.unwrap();
        (step["channel_name"].clone(), person(step))
    };
    let all = scene.owner.get(&events).await.items();
    assert_eq!(of(&all, own), (json!("Ada (slack)"), json!("Ada")));
    assert_eq!(of(&all, scene.channel), (json!("Ops"), json!("Ada")));
    let all = scene.owner.get(&deliveries).await.items();
    assert_eq!(person(&all[0]), "Ada");
    for caller in [member(&scene).await, key(&scene).await] {
        let steps = caller.get(&events).await.items();
        assert_eq!(of(&steps, own), (Value::Null, Value::Null));
        assert_eq!(of(&steps, scene.channel), (json!("Ops"), Value::Null));
        let sent = caller.get(&deliveries).await.items();
        let target = &sent[0]["cause"]["step"]["target"];
        assert_eq!(
            (&target["kind"], person(&sent[0])),
            (&json!("person"), Value::Null)
        );
        // Nor to somebody who asks with a page for each step.
        for cursor in 0..steps.len() {
            let cut = caller.get(&format!("{events}?limit={}", cursor + 1)).await;
            assert!(!cut.expect(200).to_string().contains("Ada"));
        }
    }
}

#[tokio::test]
async fn an_explanation_names_the_policy_and_nobody_of_it() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let owner = &scene.owner;
    let steps = json!([{"wait_minutes": 0, "targets": [{"kind": "person", "id": owner.user}]}]);
    let policy = owner
        .post("/escalation-policies", json!({"name": "Night", "steps": steps}))
        .await
        .expect(201);
    let recipients = json!({"to": "policy", "policy_id": policy["id"]});
    let route = json!({"name": "All", "recipients": recipients});
    owner.post("/alert-routes", route).await.expect(201);
    let path = format!("/monitors/{}/alert-route", scene.inside.monitor);
    let all = owner.get(&path).await.expect(200).to_string();
    assert!(all.contains("Ada") && all.contains("Night"), "{all}");
    for caller in [member(&scene).await, key(&scene).await] {
        let narrowed = caller.get(&path).await.expect(200).to_string();
        assert!(
            !narrowed.contains("Ada") && narrowed.contains("Night"),
            "{narrowed}"
        );
    }
}

#[tokio::test]
async fn who_works_on_an_incident_is_named_to_whom_sees_it() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let own = sent(&scene).await;
    let owner = &scene.owner;
    for things in [&scene.inside, &scene.outside] {
        let path = format!("/incidents/{}", things.incident);
        let acknowledge = format!("{path}/acknowledge");
        owner.call(Method::POST, &acknowledge, "").await.expect(200);
        let noted = owner
            .post(&format!("{path}/notes"), json!({"text": "I look"}))
            .await;
        assert!(noted.status.is_success(), "{}", noted.body);
    }
    for caller in [member(&scene).await, key(&scene).await] {
        let path = format!("/incidents/{}", scene.inside.incident);
        let seen = caller.get(&path).await.expect(200);
        assert_eq!(seen["acknowledged"]["by"], "Ada");
        assert_eq!(seen["notes"][0]["by"], "Ada");
        let listed = caller.get("/incidents").await.items();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0]["acknowledged"]["by"], "Ada");
        let why = caller
            .get(&format!("/monitors/{}/why", scene.inside.monitor))
            .await
            .expect(200);
        assert_eq!(why["incident"]["acknowledged"]["by"], "Ada");
        let deliveries = why["deliveries"].as_array().unwrap();
        let delivery = deliveries.iter().find(|it| it["channel_id"] == own).unwrap();
        assert_eq!(
            (&delivery["channel_name"], person(delivery)),
            (&Value::Null, Value::Null)
        );
        let path = format!("/incidents/{}", scene.outside.incident);
        assert_eq!(caller.get(&path).await.status, 404);
    }
}

#[tokio::test]
async fn the_live_stream_names_who_acknowledged_and_nobody_who_was_reached() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    sent(&scene).await;
    let owner = &scene.owner;
    let path = format!("/incidents/{}/acknowledge", scene.inside.incident);
    owner.call(Method::POST, &path, "").await.expect(200);
    let settings = service.stores.redis();
    let redis = shared::redis::connect(&settings).unwrap();
    redis.wait_for_connect().await.unwrap();
    let stream = settings.keys().stream(domain::OrgId(owner.org));
    let event = testkit::eventually("the incident is on the stream", PATIENCE, async || {
        let stream = stream.clone();
        let events: Vec<(String, std::collections::HashMap<String, String>)> =
            redis.xrange_values(stream, "-", "+", None).await.unwrap();
        let mut events = events.into_iter().map(|(_, fields)| fields);
        events.find(|fields| fields["event"] == "incident")
    })
    .await;
    let incident: Value = serde_json::from_str(&event["data"]).unwrap();
    assert_eq!(incident["acknowledged"]["by"], "Ada");
    // It is one and the same for all who see the incident.
    for names_people in ["notes", "deliveries", "cause", "channel_name"] {
        assert!(incident.get(names_people).is_none(), "{incident}");
    }
}
