//! What is answered where it cannot be found out what would have been sent.

use serde_json::{Value, json};

use super::{History, MINUTE, start};

/// An outage that was over while a silence was in force.
async fn silenced(history: &History<'_>) {
    let tomorrow = shared::now().plus_millis(24 * 60 * MINUTE);
    let silence = json!({"reason": "Move", "monitors": [history.monitor], "ends_at": tomorrow});
    history.person.post("/silences", silence).await.expect(201);
    history
        .run("UPDATE silences SET starts_at = now() - interval '100 minutes'")
        .await;
    history.age().await;
    let incident = history.outage(true).await;
    let reason = Some("resolved while it was silenced");
    history
        .step(incident, "down", "suppressed", 0, (5 * MINUTE + 1_000, reason))
        .await;
}

/// Everything else is answered.
fn is_partial(why: &Value) {
    assert_eq!(why["answer"], "suppressed");
    let summary = why["summary"].as_str().unwrap();
    assert!(summary.starts_with("Nobody was notified: "), "{summary}");
    assert_eq!(why["suppressions"][0]["by"], "silence");
    assert_eq!(
        (&why["without_known"], &why["without"]),
        (&json!(false), &json!([]))
    );
}

#[tokio::test]
async fn of_too_many_results_the_rest_is_answered() {
    let service = start().await;
    let history = History::of(&service, 1).await;
    silenced(&history).await;
    // Every two seconds, from a day before the outage until an hour before it.
    let sql = "INSERT INTO check_results (monitor_id, scheduled_at, revision, interval_ms, delay_ms, append_delay_ms,
                                          latency_ms, state, attempts, region)
               SELECT $1, $2::timestamptz + n * interval '2 seconds', 1, 2000, 12, 1000, 80, 0, 1, 'default'
               FROM generate_series(0, 40500) AS n";
    let from = history.ago(10 + 24 * 60 - 30).plus_millis(500).to_datetime();
    let db = service.db().await;
    db.execute(sql, &[&history.monitor, &from]).await.unwrap();
    is_partial(&history.why(history.ago(8)).await);
}

#[tokio::test]
async fn of_results_of_which_the_outage_does_not_come_the_rest_is_answered() {
    let service = start().await;
    let history = History::of(&service, 1).await;
    silenced(&history).await;
    // By the slot by which the outage is named, it was up.
    let sql = format!(
        "UPDATE check_results SET state = 0 WHERE monitor_id = {} AND scheduled_at = '{}'",
        history.monitor,
        history.ago(10)
    );
    history.run(&sql).await;
    is_partial(&history.why(history.ago(8)).await);
}

#[tokio::test]
async fn of_a_heartbeat_without_pings_the_rest_is_answered() {
    let service = start().await;
    let history = History::of(&service, 1).await;
    let heartbeat = json!({"kind": "heartbeat", "name": "Backup",
                           "heartbeat": {"schedule": {"period_seconds": 3_600}, "grace_seconds": 60}});
    let heartbeat = history.person.post("/monitors", heartbeat).await.expect(201);
    let history = History {
        monitor: heartbeat["id"].as_i64().unwrap(),
        ..history
    };
    silenced(&history).await;
    is_partial(&history.why(history.ago(8)).await);
}
