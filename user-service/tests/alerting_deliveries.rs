//! What came of messages, and sending one once more.

use crate::common::{Person, UserService};
use domain::record::LifecycleEvent;
use domain::{DeliveryId, IncidentId};
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// A step of a message, so many minutes ago.
async fn step(person: &Person<'_>, message: &Message, step: &str, attempt: i32, minutes_ago: i32) {
    let reason = (step != "sent").then(|| format!("{step} {attempt}"));
    let receipt = (step == "sent").then_some("ok");
    let sql =
        "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id,
                                         delivery_id, source, reason, receipt)
         VALUES ($1, 'down', $2, $3, $4, now() - make_interval(mins => $5), $6, $7, $8,
                 '{\"cluster\": \"c\", \"topic\": \"t\", \"partition\": 1, \"offset\": 7}', $9, $10)";
    let db = person.service.db().await;
    db.execute(
        sql,
        &[
            &message.incident,
            &message.channel,
            &step,
            &attempt,
            &minutes_ago,
            &person.org,
            &message.monitor,
            &message.id,
            &reason,
            &receipt,
        ],
    )
    .await
    .unwrap();
}

#[derive(Clone)]
struct Message {
    id: Uuid,
    incident: Uuid,
    channel: i64,
    monitor: i64,
}

impl Message {
    fn new(channel: i64, monitor: i64, number: u128) -> Self {
        Self {
            id: Uuid::from_u128(number),
            incident: Uuid::from_u128(1_000 + number),
            channel,
            monitor,
        }
    }
}

fn ids(deliveries: &[Value]) -> Vec<Uuid> {
    let id = |delivery: &Value| delivery["id"].as_str().unwrap().parse().unwrap();
    deliveries.iter().map(id).collect()
}

#[tokio::test]
async fn a_message_is_what_its_latest_step_says() {
    let service = UserService::start().await;
    let person = service.register().await;
    let (channel, monitor) = (person.channel().await, person.monitor("https://a.example/").await);
    let message = |number| Message::new(channel, monitor, number);
    for (number, steps) in [
        (1, &[("decided", 0), ("sent", 1)][..]),
        (2, &[("decided", 0), ("attempted", 1)]),
        (3, &[("decided", 0)]),
        (4, &[("decided", 0), ("attempted", 1), ("failed", 1)]),
        (5, &[("decided", 0), ("suppressed", 0)]),
        // Sent once more by hand, which worked.
        (6, &[("decided", 0), ("failed", 1), ("decided", 1), ("sent", 2)]),
        (8, &[("decided", 0), ("failed", 1), ("decided", 1)]),
    ] {
        for (at, (name, attempt)) in steps.iter().enumerate() {
            let minutes_ago = 100 - 10 * i32::try_from(number).unwrap() - i32::try_from(at).unwrap();
            step(&person, &message(number), name, *attempt, minutes_ago).await;
        }
    }
    // Another channel's, and a step that concerns all channels.
    step(&person, &Message::new(channel + 1, monitor, 7), "sent", 1, 0).await;
    let path = format!("/channels/{channel}/deliveries");
    let all = person.get(&path).await.items();
    let numbers = |numbers: &[u128]| -> Vec<Uuid> { numbers.iter().copied().map(Uuid::from_u128).collect() };
    assert_eq!(ids(&all), numbers(&[8, 6, 5, 4, 3, 2, 1]));
    let statuses: Vec<_> = all.iter().map(|delivery| delivery["status"].clone()).collect();
    assert_eq!(
        statuses,
        [
            "pending",
            "sent",
            "suppressed",
            "failed",
            "pending",
            "pending",
            "sent"
        ]
    );
    for (status, expected) in [
        ("pending", &[8, 3, 2][..]),
        ("sent", &[6, 1]),
        ("failed", &[4]),
        ("suppressed", &[5]),
    ] {
        let found = person.get(&format!("{path}?status={status}")).await.items();
        assert_eq!(ids(&found), numbers(expected), "{status}");
    }
    let failed = &all[3];
    assert_eq!(
        (&failed["error"], &failed["attempts"]),
        (&json!("failed 1"), &json!(1))
    );
    assert_eq!(
        (&failed["alert"], &failed["monitor_name"]),
        (&json!("down"), &json!("a.example"))
    );
    assert_eq!(failed["source"]["offset"], 7);
    assert!(failed["decided_at"].as_str() < failed["updated_at"].as_str());
    assert_eq!(
        (&all[1]["receipt"], &all[1]["error"]),
        (&json!("ok"), &Value::Null)
    );
    assert_eq!(all[0]["error"], "failed 1");

    let mut paged = Vec::new();
    let mut next = format!("{path}?limit=4");
    loop {
        let page = person.get(&next).await.expect(200);
        paged.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        next = format!("{path}?limit=4&cursor={cursor}");
    }
    assert_eq!(paged, all);
    for query in ["status=lost", "cursor=x", "state=sent"] {
        assert_eq!(
            person.get(&format!("{path}?{query}")).await.status,
            400,
            "{query}"
        );
    }
}

#[tokio::test]
async fn of_two_steps_at_one_instant_the_one_that_settles_more_counts() {
    let service = UserService::start().await;
    let person = service.register().await;
    let (channel, monitor) = (person.channel().await, person.monitor("https://a.example/").await);
    let message = Message::new(channel, monitor, 1);
    for name in ["suppressed", "decided"] {
        step(&person, &message, name, 0, 5).await;
    }
    service
        .db()
        .await
        .execute("UPDATE alert_events SET at = '2026-11-21T10:00:00Z'", &[])
        .await
        .unwrap();
    let all = person
        .get(&format!("/channels/{channel}/deliveries"))
        .await
        .items();
    assert_eq!((all.len(), &all[0]["status"]), (1, &json!("suppressed")));
}

#[tokio::test]
async fn a_failed_message_is_sent_once_more_by_way_of_the_log() {
    let service = UserService::start().await;
    let person = service.register().await;
    let (channel, monitor) = (person.channel().await, person.monitor("https://a.example/").await);
    let other = person.channel().await;
    let resend = async |message: &Message, channel: i64| {
        let path = format!("/channels/{channel}/deliveries/{}/resend", message.id);
        person.call(Method::POST, &path, "").await.status.as_u16()
    };
    let (failed, sent, old) = (
        Message::new(channel, monitor, 1),
        Message::new(channel, monitor, 2),
        Message::new(channel, monitor, 3),
    );
    assert_eq!(resend(&failed, channel).await, 404);
    step(&person, &failed, "failed", 3, 60).await;
    step(&person, &sent, "failed", 1, 60).await;
    step(&person, &sent, "sent", 2, 30).await;
    step(&person, &old, "failed", 3, 8 * 24 * 60).await;
    assert_eq!(resend(&sent, channel).await, 409);
    assert_eq!(resend(&old, channel).await, 409);
    assert_eq!(resend(&failed, other).await, 404);
    let path = format!("/channels/{channel}");
    person.patch(&path, json!({"enabled": false})).await.expect(200);
    assert_eq!(resend(&failed, channel).await, 409);
    assert_eq!(service.count("outbox").await, 1);
    person.patch(&path, json!({"enabled": true})).await.expect(200);

    // The monitor may be gone meanwhile.
    person.delete(&format!("/monitors/{monitor}")).await.expect(204);
    assert_eq!(resend(&failed, channel).await, 202);
    let records = service.outbox().await;
    let record = records.last().unwrap();
    assert_eq!(record.event, LifecycleEvent::Resend);
    assert_eq!(record.delivery_id, Some(DeliveryId(failed.id)));
    assert_eq!(record.incident_id, Some(IncidentId(failed.incident)));
    assert_eq!(record.monitor_id.0, monitor);
}
