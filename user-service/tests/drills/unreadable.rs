//! Schedules of drills that cannot begin theirs: the others go on.

use serde_json::{Value, json};
use testkit::eventually;

use super::{begin, instant};
use crate::common::{PATIENCE, Person, UserService};

const SCHEDULES: &str = "/drill-schedules";

async fn schedule(person: &Person<'_>, monitor: i64) -> Value {
    let body = json!({"name": "Night", "monitor_id": monitor, "day": 28, "time": "02:30"});
    person.post(SCHEDULES, body).await.expect(201)
}

/// Has both be due, the `first` one before the other one, and waits until that one has begun its drill.
async fn await_second(service: &UserService, first: &Value, second: &Value) {
    let sql = "UPDATE drill_schedules SET next_at = now() - CASE id WHEN $1 THEN interval '2 minutes'
               ELSE interval '1 minute' END";
    let first = first["id"].as_i64().unwrap();
    service.db().await.execute(sql, &[&first]).await.unwrap();
    let begun = format!("drills WHERE schedule_id = {}", second["id"]);
    eventually("the second one begins its drill", PATIENCE, async || {
        (service.count(&begun).await == 1).then_some(())
    })
    .await;
    let begun = format!("drills WHERE schedule_id = {first}");
    assert_eq!(service.count(&begun).await, 0);
}

#[tokio::test]
async fn one_whose_time_zone_is_not_known_keeps_no_other_one_waiting_and_can_be_mended() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let monitor = ada.monitor("https://a.example/").await;
    let first = schedule(&ada, monitor).await;
    let second = schedule(&eve, eve.monitor("https://b.example/").await).await;
    let path = format!("{SCHEDULES}/{}", first["id"]);
    let sql = format!(
        "UPDATE drill_schedules SET time_zone = 'Mars/Base' WHERE id = {}",
        first["id"]
    );
    service.db().await.execute(&sql, &[]).await.unwrap();
    await_second(&service, &first, &second).await;
    // It is shown as it is, beside the others.
    schedule(&ada, monitor).await;
    let listed = ada.get(SCHEDULES).await.items();
    assert_eq!((listed.len(), &listed[0]["time_zone"]), (2, &json!("Mars/Base")));
    let refused = ada.patch(&path, json!({"name": "Day"})).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fields()),
        (422, vec!["time_zone"])
    );
    let mended = ada.patch(&path, json!({"time_zone": "UTC"})).await.expect(200);
    assert_eq!(
        (&mended["time_zone"], &mended["version"]),
        (&json!("UTC"), &json!(2))
    );
    assert!(instant(&mended["next_at"]) > shared::now());
    ada.delete(&path).await.expect(204);
}

#[tokio::test]
async fn one_whose_drill_cannot_begin_keeps_no_other_one_waiting_and_is_tried_again() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let broken = ada.monitor("https://a.example/").await;
    let first = schedule(&ada, broken).await;
    let second = schedule(&eve, eve.monitor("https://b.example/").await).await;
    let refuse = format!(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$;
         CREATE TRIGGER refused BEFORE INSERT ON drills FOR EACH ROW WHEN (NEW.monitor_id = {broken})
             EXECUTE FUNCTION refuse()"
    );
    service.db().await.batch_execute(&refuse).await.unwrap();
    await_second(&service, &first, &second).await;
    let due = format!("drill_schedules WHERE id = {} AND next_at <= now()", first["id"]);
    assert_eq!(service.count(&due).await, 1, "nothing was planned instead");
    service
        .db()
        .await
        .batch_execute("DROP TRIGGER refused ON drills")
        .await
        .unwrap();
    let begun = format!("drills WHERE schedule_id = {}", first["id"]);
    eventually("it begins after all", PATIENCE * 3, async || {
        (service.count(&begun).await == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn one_without_room_keeps_no_other_one_waiting() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    for _ in 0..5 {
        begin(&ada, ada.monitor("https://a.example/").await).await;
    }
    let first = schedule(&ada, ada.monitor("https://a.example/").await).await;
    let second = schedule(&eve, eve.monitor("https://b.example/").await).await;
    await_second(&service, &first, &second).await;
    let shown = ada.get(&format!("{SCHEDULES}/{}", first["id"])).await.expect(200);
    assert!(
        instant(&shown["next_at"]) > shared::now(),
        "it goes on next month"
    );
}
