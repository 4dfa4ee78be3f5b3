//! Heartbeats: what would have been sent is worked out by the pings that are stored.

use serde_json::{Value, json};

use super::{History, MINUTE, start};

#[tokio::test]
async fn dates_that_are_missed_and_too_few_confirm_nothing() {
    let service = start().await;
    let history = History::of(&service, 1).await;
    let heartbeat = json!({"kind": "heartbeat", "name": "Backup", "down_after": 3,
                           "heartbeat": {"schedule": {"period_seconds": 3_600}, "grace_seconds": 60}});
    let heartbeat = history.person.post("/monitors", heartbeat).await.expect(201);
    let history = History {
        monitor: heartbeat["id"].as_i64().unwrap(),
        ..history
    };
    history.age().await;
    let sql = "INSERT INTO pings (org_id, monitor_id, id, n, arrived_at, kind, scheme, method)
               VALUES ($1, $2, gen_random_uuid(), 1, $3, 'success', 'https', 'GET')";
    let at = history.ago(71).to_datetime();
    let db = service.db().await;
    db.execute(sql, &[&history.person.org, &history.monitor, &at])
        .await
        .unwrap();
    let why = history.why(history.ago(8)).await;
    assert_eq!(why["answer"], "unconfirmed", "{why}");
    assert_eq!(why["summary"], "1 of 3 dates in a row were missed: not down yet.");
    let before = history.why(history.ago(12)).await;
    assert_eq!(
        (&before["answer"], &before["rule"]),
        (&json!("not_down"), &json!(null))
    );
}

#[tokio::test]
async fn without_a_silence_it_would_have_been_announced() {
    let service = start().await;
    let history = History::of(&service, 1).await;
    let heartbeat = json!({"kind": "heartbeat", "name": "Backup",
                           "heartbeat": {"schedule": {"period_seconds": 3_600}, "grace_seconds": 60}});
    let heartbeat = history.person.post("/monitors", heartbeat).await.expect(201);
    let history = History {
        monitor: heartbeat["id"].as_i64().unwrap(),
        ..history
    };
    let tomorrow = shared::now().plus_millis(24 * 60 * MINUTE);
    let silence = json!({"reason": "Move", "monitors": [history.monitor], "ends_at": tomorrow});
    history.person.post("/silences", silence).await.expect(201);
    history
        .run("UPDATE silences SET starts_at = now() - interval '100 minutes'")
        .await;
    history.age().await;
    // It was due 11 minutes ago, is overdue a minute later, and comes after five more.
    let sql = "INSERT INTO pings (org_id, monitor_id, id, n, arrived_at, kind, scheme, method)
               VALUES ($1, $2, gen_random_uuid(), $3, $4, 'success', 'https', 'GET')";
    let db = service.db().await;
    for (n, minutes) in [(1i64, 71), (2, 5)] {
        let at = history.ago(minutes).to_datetime();
        db.execute(sql, &[&history.person.org, &history.monitor, &n, &at])
            .await
            .unwrap();
    }
    let incident = history.outage(true).await;
    let reason = Some("resolved while it was silenced");
    history
        .step(incident, "down", "suppressed", 0, (5 * MINUTE + 1_000, reason))
        .await;
    let why = history.why(history.ago(8)).await;
    assert_eq!(
        (&why["answer"], &why["checks"]),
        (&json!("suppressed"), &json!([]))
    );
    assert_eq!(why["without_known"], true, "{why}");
    let [without] = &why["without"].as_array().unwrap()[..] else {
        panic!("{why}");
    };
    assert_eq!(without["without"], "silence");
    let messages = without["messages"].as_array().unwrap().iter();
    let messages: Vec<(&Value, &Value)> = messages.map(|it| (&it["alert"], &it["at"])).collect();
    // What has not come is announced two seconds after it was found.
    let (announced, over) = (json!(history.ago(10).plus_millis(2_000)), json!(history.ago(5)));
    assert_eq!(messages, [(&json!("down"), &announced), (&json!("up"), &over)]);
}
