//! What may be asked, and what whom is told.

use serde_json::{Value, json};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::start;
use crate::common::scene::{member, scene};

#[tokio::test]
async fn an_instant_lies_in_the_past() {
    let service = start().await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let path = format!("/monitors/{monitor}/why");
    for wrong in ["2099-01-01T00:00:00Z", "1969-12-31T23:59:59Z"] {
        let refused = ada.get(&format!("{path}?at={wrong}")).await;
        assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec!["at"]));
    }
    for wrong in ["at=yesterday", "when=now"] {
        assert_eq!(ada.get(&format!("{path}?{wrong}")).await.status, 400, "{wrong}");
    }
    // Long before it was made.
    let before = ada
        .get(&format!("{path}?at=2001-01-01T00:00:00Z"))
        .await
        .expect(200);
    assert_eq!(
        (&before["answer"], &before["checks"]),
        (&json!("unknown"), &json!([]))
    );
    let eve = service.register().await;
    assert_eq!(eve.get(&path).await.status, 404);
}

#[tokio::test]
async fn who_is_narrowed_to_tags_is_told_no_people() {
    let service = start().await;
    let scene = scene(&service).await;
    let owner = &scene.owner;
    let db = service.db().await;
    let sql = "INSERT INTO channels (org_id, name, kind, config, owner_id) VALUES ($1, 'x', 'slack', 'x', $2)
               RETURNING id";
    let own: i64 = db
        .query_one(sql, &[&owner.org, &owner.user])
        .await
        .unwrap()
        .get(0);
    let cause = json!({"by": "default", "step": {"policy_id": 1, "round": 1, "step": 1,
                       "target": {"kind": "person", "id": owner.user}}});
    let incident = scene.inside.incident;
    let sql =
        "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id,
                   delivery_id, source, cause)
               VALUES ($1, 'down', $2, 'sent', 1, now(), $3, $4, $5, '{}', $6)";
    let delivery = Uuid::new_v5(&incident, b"own");
    let values: [&(dyn ToSql + Sync); 6] = [
        &incident,
        &own,
        &owner.org,
        &scene.inside.monitor,
        &delivery,
        &cause,
    ];
    db.execute(sql, &values).await.unwrap();
    let path = format!("/monitors/{}/why", scene.inside.monitor);
    let told = |why: &Value| {
        let deliveries = why["deliveries"].as_array().unwrap();
        let own = deliveries.iter().find(|it| it["channel_id"] == own).unwrap();
        let target = &own["cause"]["step"]["target"];
        (own["channel_name"].clone(), target["name"].clone())
    };
    let all = owner.get(&path).await.expect(200);
    assert_eq!(told(&all), (json!("Ada (slack)"), json!("Ada")));
    let narrowed = member(&scene).await.get(&path).await.expect(200);
    assert_eq!(told(&narrowed), (Value::Null, Value::Null));
    assert_eq!(narrowed["answer"], "notified");
    let summary = narrowed["summary"].as_str().unwrap();
    assert!(summary.starts_with("A member was notified"), "{summary}");
}
