//! What a drill has come to, by the steps of its alerts, and where its messages are shown.

use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{acknowledge, begin, end, id, path};
use crate::common::{Person, UserService};

/// A step of an alert of a drill, so many milliseconds after its beginning.
struct Step<'a> {
    channel: i64,
    message: Option<u128>,
    name: &'a str,
    attempt: i32,
    after_ms: i64,
    reason: Option<&'a str>,
}

/// As the processor stores it.
async fn store(person: &Person<'_>, drill: &Value, step: Step<'_>) {
    let sql =
        "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id,
                                         delivery_id, source, revision, reason, receipt)
               SELECT incident_id, 'down', $2::bigint, $3::text, $4::int,
                      started_at + $5::float8 * interval '1 millisecond', org_id, -id, $6::uuid,
                      '{\"cluster\": \"c\", \"topic\": \"t\", \"partition\": 1, \"offset\": 7}', 1, $7::text,
                      CASE WHEN $3::text = 'sent' THEN 'ok' END
               FROM drills WHERE id = $1";
    let message = step.message.map(Uuid::from_u128);
    let db = person.service.db().await;
    let stored = db
        .execute(
            sql,
            &[
                &id(drill),
                &step.channel,
                &step.name,
                &step.attempt,
                &(step.after_ms as f64),
                &message,
                &step.reason,
            ],
        )
        .await
        .unwrap();
    assert_eq!(stored, 1);
}

/// A message to each of two channels, one of which is given up, and a third one that is muted.
async fn alerts(person: &Person<'_>, drill: &Value, channels: [i64; 2]) {
    let [taken, broken] = channels;
    let step = |channel, message, name, attempt, after_ms| Step {
        channel,
        message: Some(message),
        name,
        attempt,
        after_ms,
        reason: (name != "decided" && name != "sent").then_some("HTTP 500"),
    };
    for step in [
        Step {
            channel: 0,
            message: None,
            name: "suppressed",
            attempt: 1,
            after_ms: 400,
            reason: Some("nobody is on call"),
        },
        step(taken, 1, "decided", 0, 500),
        step(broken, 2, "decided", 0, 500),
        step(taken, 1, "attempted", 1, 800),
        step(broken, 2, "failed", 1, 900),
        step(taken, 1, "sent", 2, 2_500),
    ] {
        store(person, drill, step).await;
    }
}

#[tokio::test]
async fn each_message_and_what_notified_nobody_is_in_the_report() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let channels = [ada.channel().await, ada.channel().await];
    let drill = begin(&ada, monitor).await;
    let empty = ada.get(&path(&drill)).await.expect(200);
    assert_eq!(
        (
            &empty["deliveries"],
            &empty["notes"],
            &empty["seconds_to_receive"]
        ),
        (&json!([]), &json!([]), &Value::Null)
    );
    alerts(&ada, &drill, channels).await;
    acknowledge(&ada, &drill).await.expect(200);
    let report = ada.get(&path(&drill)).await.expect(200);
    assert_eq!((&report["received"], &report["failed"]), (&json!(1), &json!(1)));
    assert_eq!(report["seconds_to_receive"], 2.5);
    assert!(report["seconds_to_acknowledge"].as_f64().unwrap() >= 0.0);
    let deliveries = report["deliveries"].as_array().unwrap();
    assert_eq!(deliveries.len(), 2);
    let of = |channel: i64| {
        let found = deliveries
            .iter()
            .find(|delivery| delivery["channel_id"] == channel);
        found.unwrap()
    };
    let (taken, broken) = (of(channels[0]), of(channels[1]));
    assert_eq!(
        (&taken["outcome"], &taken["receipt"], &taken["channel_name"]),
        (&json!("sent"), &json!("ok"), &json!("Ops"))
    );
    assert_eq!(
        (&taken["seconds"], &taken["seconds_since_start"]),
        (&json!(2.0), &json!(2.5))
    );
    assert_eq!(taken["attempts"][0]["reason"], "HTTP 500");
    assert_eq!(
        (&broken["outcome"], &broken["seconds"]),
        (&json!("failed"), &Value::Null)
    );
    let notes = report["notes"].as_array().unwrap();
    assert_eq!(notes.len(), 1);
    assert_eq!(
        (&notes[0]["reason"], &notes[0]["alert"], &notes[0]["channel_id"]),
        (&json!("nobody is on call"), &json!("down"), &Value::Null)
    );
    let listed = ada.get("/drills").await.items();
    assert_eq!(
        (&listed[0]["received"], &listed[0]["failed"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(end(&ada, &drill).await["state"], "acknowledged");
}

#[tokio::test]
async fn what_was_taken_and_is_reported_as_not_delivered_reached_nobody() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let channels = [ada.channel().await, ada.channel().await];
    let drill = begin(&ada, monitor).await;
    alerts(&ada, &drill, channels).await;
    let sql = "INSERT INTO message_reports (channel_id, receipt, org_id, state, reported_at, error, is_known)
               VALUES ($1, 'ok', $2, 'failed', now(), 'the template is paused', true)";
    let db = service.db().await;
    db.execute(sql, &[&channels[0], &ada.org]).await.unwrap();
    let report = ada.get(&path(&drill)).await.expect(200);
    assert_eq!((&report["received"], &report["failed"]), (&json!(0), &json!(2)));
    assert_eq!(report["seconds_to_receive"], Value::Null);
    let deliveries = report["deliveries"].as_array().unwrap();
    let lost = deliveries
        .iter()
        .find(|delivery| delivery["channel_id"] == channels[0])
        .unwrap();
    assert_eq!(
        (&lost["outcome"], &lost["receipt"], &lost["seconds"]),
        (&json!("failed"), &json!("ok"), &Value::Null)
    );
    assert_eq!(lost["reported"]["error"], "the template is paused");
    assert_eq!(end(&ada, &drill).await["state"], "unreached");
}

#[tokio::test]
async fn a_drill_that_was_received_and_acknowledged_by_nobody_says_so() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let channels = [ada.channel().await, ada.channel().await];
    let drill = begin(&ada, monitor).await;
    alerts(&ada, &drill, channels).await;
    assert_eq!(end(&ada, &drill).await["state"], "received");
    let silent = begin(&ada, monitor).await;
    let muted = Step {
        channel: 0,
        message: None,
        name: "suppressed",
        attempt: 0,
        after_ms: 400,
        reason: Some("muted"),
    };
    store(&ada, &silent, muted).await;
    let over = end(&ada, &silent).await;
    assert_eq!(
        (&over["state"], &over["received"]),
        (&json!("unreached"), &json!(0))
    );
    let report = ada.get(&path(&silent)).await.expect(200);
    assert_eq!(report["notes"][0]["reason"], "muted");
}

#[tokio::test]
async fn its_messages_are_among_those_of_the_channel_and_name_the_monitor() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let channels = [ada.channel().await, ada.channel().await];
    let drill = begin(&ada, monitor).await;
    alerts(&ada, &drill, channels).await;
    let path = format!("/channels/{}/deliveries", channels[1]);
    let listed = ada.get(&path).await.items();
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (
            &listed[0]["monitor_id"],
            &listed[0]["monitor_name"],
            &listed[0]["drill_id"]
        ),
        (&json!(monitor), &json!("a.example"), &drill["id"])
    );
    // Nobody needs to hear of it any more.
    let resend = format!("{path}/{}/resend", listed[0]["id"].as_str().unwrap());
    assert_eq!(ada.call(Method::POST, &resend, "").await.status, 409);
}
