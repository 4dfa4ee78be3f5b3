//! What people do about incidents: they take them on, and write notes.

use crate::common::{self, PATIENCE, Person, UserService};
use domain::IncidentId;
use domain::alert_event::ACKNOWLEDGEMENT_EXPIRED;
use domain::record::LifecycleEvent;
use fred::interfaces::{ClientLike, StreamsInterface};
use http::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn the_first_acknowledgement_counts_and_goes_to_the_log_once() {
    let service = UserService::start().await;
    let person = service.register().await;
    let monitor = person.monitor("https://a.example/").await;
    let incident = person.outage(monitor, false).await;
    let path = format!("/incidents/{incident}");
    let before = person.get(&path).await.expect(200);
    assert_eq!(
        (&before["acknowledged"], &before["notes"]),
        (&Value::Null, &json!([]))
    );

    let acknowledge = format!("{path}/acknowledge");
    let (one, two) = tokio::join!(
        person.call(Method::POST, &acknowledge, ""),
        person.call(Method::POST, &acknowledge, "")
    );
    let (one, two) = (one.expect(200), two.expect(200));
    assert_eq!(one["acknowledged"], two["acknowledged"]);
    assert_eq!(one["acknowledged"]["by"], "Ada");
    assert_eq!(
        person.get(&path).await.expect(200)["acknowledged"],
        one["acknowledged"]
    );
    let listed = person.get("/incidents").await.items();
    assert_eq!(listed[0]["acknowledged"], one["acknowledged"]);
    assert!(listed[0].get("notes").is_none());

    let records = service.outbox().await;
    let records: Vec<_> = records
        .iter()
        .filter(|record| record.event == LifecycleEvent::Acknowledged)
        .collect();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].incident_id, Some(IncidentId(incident)));
    assert_eq!((records[0].monitor_id.0, records[0].revision), (monitor, 1));
}

#[tokio::test]
async fn an_acknowledgement_that_expired_can_be_given_again() {
    let service = UserService::start().await;
    let person = service.register().await;
    let monitor = person.monitor("https://a.example/").await;
    let incident = person.outage(monitor, false).await;
    let path = format!("/incidents/{incident}");
    let acknowledge = format!("{path}/acknowledge");
    person.call(Method::POST, &acknowledge, "").await.expect(200);
    let expires = async |attempt: i32| {
        let sql =
            "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id,
                       source, reason)
                   VALUES ($1, 'acknowledged', 0, 'suppressed', $2, clock_timestamp(), $3, $4, '{}', $5)";
        let db = service.db().await;
        let reason = ACKNOWLEDGEMENT_EXPIRED;
        db.execute(sql, &[&incident, &attempt, &person.org, &monitor, &reason])
            .await
            .unwrap();
    };
    for attempt in 1..=2 {
        expires(attempt).await;
        let expired = person.get(&path).await.expect(200);
        assert_eq!(expired["acknowledged"], Value::Null);
        assert!(expired["acknowledgement_expired_at"].is_string(), "{expired}");
        // Twice, of which the second changes nothing.
        let one = person.call(Method::POST, &acknowledge, "").await.expect(200);
        let two = person.call(Method::POST, &acknowledge, "").await.expect(200);
        assert_eq!(one["acknowledged"]["by"], "Ada");
        assert_eq!(one["acknowledged"], two["acknowledged"]);
        assert!(one.get("acknowledgement_expired_at").is_none(), "{one}");
    }
    let records = service.outbox().await;
    let told = records
        .iter()
        .filter(|record| record.event == LifecycleEvent::Acknowledged);
    assert_eq!(told.count(), 3);
}

/// The events of a person's live stream, each with its data, once `is_complete` says that all are there. They come after
/// the answer to the request.
async fn live_events(
    service: &UserService,
    person: &Person<'_>,
    is_complete: impl Fn(&[(String, Value)]) -> bool,
) -> Vec<(String, Value)> {
    let settings = service.stores.redis();
    let redis = shared::redis::connect(&settings).unwrap();
    redis.wait_for_connect().await.unwrap();
    let stream = settings.keys().stream(domain::OrgId(person.org));
    let event = |(_, fields): (String, std::collections::HashMap<String, String>)| {
        let data = serde_json::from_str(&fields["data"]).unwrap();
        (fields["event"].clone(), data)
    };
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let entries: Vec<(String, std::collections::HashMap<String, String>)> =
            redis.xrange_values(&stream, "-", "+", None).await.unwrap();
        let events: Vec<_> = entries.into_iter().map(event).collect();
        if is_complete(&events) || tokio::time::Instant::now() > deadline {
            return events;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn dashboards_are_told_what_users_create_change_and_delete() {
    let service = UserService::start().await;
    let person = service.register().await;
    let monitor = person.monitor("https://a.example/").await;
    let path = format!("/monitors/{monitor}");
    person.patch(&path, json!({"name": "Shop"})).await.expect(200);
    person
        .post(&format!("{path}/mute"), json!({"until": null}))
        .await
        .expect(200);
    person.delete(&path).await.expect(204);
    let channel = person.channel().await;
    let path = format!("/channels/{channel}");
    person.patch(&path, json!({"name": "Team"})).await.expect(200);
    person.delete(&path).await.expect(204);
    let window = json!({
        "name": "Move", "monitors": [], "repeat": "once",
        "from": "2126-12-01T22:00:00Z", "until": "2126-12-02T04:00:00Z"
    });
    let window = person.post("/maintenance-windows", window).await.expect(201);
    let path = format!("/maintenance-windows/{}", window["id"]);
    person.patch(&path, json!({"name": "Moved"})).await.expect(200);
    person.delete(&path).await.expect(204);

    let changed =
        |resource: &str, id: &Value| ("changed".to_owned(), json!({"resource": resource, "id": id}));
    let mut expected = vec![changed("monitor", &json!(monitor)); 4];
    expected.extend(vec![changed("channel", &json!(channel)); 3]);
    expected.extend(vec![changed("maintenance_window", &window["id"]); 3]);
    let told = live_events(&service, &person, |events| events.len() >= expected.len()).await;
    assert_eq!(told, expected);
}

#[tokio::test]
async fn dashboards_are_told_of_an_acknowledgement_and_of_notes() {
    let service = UserService::start().await;
    let person = service.register().await;
    let monitor = person.monitor("https://a.example/").await;
    let incident = person.outage(monitor, false).await;
    let acknowledge = format!("/incidents/{incident}/acknowledge");
    for _ in 0..2 {
        person.call(Method::POST, &acknowledge, "").await.expect(200);
    }
    let notes = format!("/incidents/{incident}/notes");
    person
        .post(&notes, json!({"text": "it was DNS"}))
        .await
        .expect(200);
    // Events come in order: with the channel's all of the incident's are there.
    person.channel().await;
    let told = live_events(&service, &person, |events| {
        events.iter().any(|(_, data)| data["resource"] == "channel")
    })
    .await;
    let told: Vec<_> = told
        .into_iter()
        .filter(|(event, _)| event == "incident")
        .collect();
    assert_eq!(told.len(), 2);
    for (_, told) in told {
        assert_eq!(
            (&told["id"], &told["acknowledged"]["by"]),
            (&json!(incident), &json!("Ada"))
        );
        assert!(told.get("notes").is_none());
    }
}

#[tokio::test]
async fn what_is_over_is_not_taken_on() {
    let service = UserService::start().await;
    let person = service.register().await;
    let monitor = person.monitor("https://a.example/").await;
    let incident = person.outage(monitor, true).await;
    let path = format!("/incidents/{incident}");
    let refused = person
        .call(Method::POST, &format!("{path}/acknowledge"), "")
        .await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert_eq!(service.count("incident_acknowledgements").await, 0);
    // Notes are for what was learnt, too.
    let noted = person
        .post(&format!("{path}/notes"), json!({"text": "it was DNS"}))
        .await;
    assert_eq!(noted.expect(200)["notes"][0]["text"], "it was DNS");
}

#[tokio::test]
async fn an_acknowledgement_is_answered_the_same_when_the_incident_is_over() {
    let service = UserService::start().await;
    let person = service.register().await;
    let monitor = person.monitor("https://a.example/").await;
    let incident = person.outage(monitor, false).await;
    let acknowledge = format!("/incidents/{incident}/acknowledge");
    let first = person.call(Method::POST, &acknowledge, "").await.expect(200);
    let over = "UPDATE incidents SET resolved_at = now(), close_reason = 'recovered'";
    service.db().await.execute(over, &[]).await.unwrap();
    let second = person.call(Method::POST, &acknowledge, "").await.expect(200);
    assert_eq!(second["acknowledged"], first["acknowledged"]);
}

#[tokio::test]
async fn notes_are_kept_in_their_order_and_bounded() {
    let service = UserService::start().await;
    let person = service.register().await;
    let monitor = person.monitor("https://a.example/").await;
    let incident = person.outage(monitor, false).await;
    let path = format!("/incidents/{incident}/notes");
    for text in ["looking", "  found\nit  "] {
        person.post(&path, json!({"text": text})).await.expect(200);
    }
    let notes = person.get(&format!("/incidents/{incident}")).await.expect(200)["notes"].clone();
    let texts: Vec<_> = notes
        .as_array()
        .unwrap()
        .iter()
        .map(|note| &note["text"])
        .collect();
    assert_eq!(texts, ["looking", "found\nit"]);
    assert_eq!(notes[0]["by"], "Ada");
    for body in [
        json!({}),
        json!({"text": " "}),
        json!({"text": "x".repeat(2_001)}),
    ] {
        let refused = person.post(&path, body).await;
        assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec!["text"]));
    }
    let fill = format!(
        "INSERT INTO incident_notes (incident_id, org_id, by_name, text)
         SELECT '{incident}', {}, 'x', 'x' FROM generate_series(1, 197)",
        person.org
    );
    service.db().await.execute(&fill, &[]).await.unwrap();
    // There is room for one.
    let adding = || person.post(&path, json!({"text": "one more"}));
    let (a, b, c, d) = tokio::join!(adding(), adding(), adding(), adding());
    let mut statuses = [a, b, c, d].map(|answer| answer.status.as_u16());
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409]);
    let refused = person.post(&path, json!({"text": "one more"})).await;
    assert_eq!(refused.status, 409);
}

#[tokio::test]
async fn without_redis_an_incident_is_acknowledged_all_the_same() {
    let stores = common::Stores {
        redis_url: "redis://127.0.0.1:1".to_owned(),
        ..common::Stores::new().await
    };
    let service = UserService::start_on(stores, &[]).await;
    let person = service.register().await;
    let monitor = person.monitor("https://a.example/").await;
    let incident = person.outage(monitor, false).await;
    let acknowledge = format!("/incidents/{incident}/acknowledge");
    let answer = tokio::time::timeout(PATIENCE, person.call(Method::POST, &acknowledge, "")).await;
    assert_eq!(answer.unwrap().expect(200)["acknowledged"]["by"], "Ada");
}
