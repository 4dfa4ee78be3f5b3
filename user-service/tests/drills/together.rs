//! Drills while others change what they are of: nobody waits for somebody who waits for them.

use futures_util::future::join_all;
use http::Method;
use serde_json::json;
use testkit::eventually;

use super::{DRILLS, begin, id};
use crate::common::{PATIENCE, Person, UserService};

/// How often what must not block each other is done at once.
const ROUNDS: i64 = 30;

/// Takes back that drills were begun lately: their number is bounded.
async fn forget_the_past(service: &UserService) {
    let sql =
        "UPDATE drills SET started_at = started_at - interval '2 days', ended_at = coalesce(ended_at, now())";
    service.db().await.execute(sql, &[]).await.unwrap();
}

async fn tag(person: &Person<'_>, name: &str) -> i64 {
    let tag = person.post("/tags", json!({"name": name})).await.expect(201);
    tag["id"].as_i64().unwrap()
}

#[tokio::test]
async fn a_drill_begins_while_the_tag_of_its_monitor_is_deleted() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let mut monitors = Vec::new();
    for _ in 0..4 {
        monitors.push(ada.monitor("https://a.example/").await);
    }
    for round in 0..ROUNDS {
        let name = format!("tag {round}");
        let tag = tag(&ada, &name).await;
        for monitor in &monitors {
            let path = format!("/monitors/{monitor}");
            ada.patch(&path, json!({"tags": [name]})).await.expect(200);
        }
        // A monitor that gets a tag which there is not needs the organisation, too.
        let edited = format!("/monitors/{}", monitors[3]);
        let new_tag = json!({"tags": [format!("new {round}")]});
        let starts = monitors[..3]
            .iter()
            .map(|monitor| ada.post(DRILLS, json!({"monitor_id": monitor})));
        let deletion = format!("/tags/{tag}");
        let (started, deleted, edited) = tokio::join!(
            join_all(starts),
            ada.delete(&deletion),
            ada.patch(&edited, new_tag),
        );
        deleted.expect(204);
        edited.expect(200);
        for answer in started {
            answer.expect(201);
        }
        forget_the_past(&service).await;
    }
}

#[tokio::test]
async fn drills_begin_and_end_while_their_monitors_are_deleted() {
    let service = UserService::start().await;
    let ada = service.register().await;
    for _ in 0..ROUNDS {
        let monitor = ada.monitor("https://a.example/").await;
        let body = json!({"name": "x", "monitor_id": monitor, "day": 1, "time": "10:00:00"});
        let schedule = ada.post("/drill-schedules", body).await.expect(201);
        let other = ada.monitor("https://b.example/").await;
        let schedule = format!("/drill-schedules/{}", schedule["id"]);
        let moved = json!({"monitor_id": other});
        let path = format!("/monitors/{monitor}");
        let (begun, deleted, moved) = tokio::join!(
            ada.post(DRILLS, json!({"monitor_id": monitor})),
            ada.delete(&path),
            ada.patch(&schedule, moved),
        );
        deleted.expect(204);
        assert!([201, 422].contains(&begun.status.as_u16()), "{}", begun.body);
        // Either it was moved in time, or it went with the monitor.
        assert!([200, 404].contains(&moved.status.as_u16()), "{}", moved.body);
        let left = format!("drills WHERE monitor_id = {monitor} AND ended_at IS NULL");
        assert_eq!(service.count(&left).await, 0, "the deletion ends it");
        let left = format!("drill_schedules WHERE monitor_id = {monitor}");
        assert_eq!(service.count(&left).await, 0);
        ada.delete(&format!("/monitors/{other}")).await.expect(204);
        forget_the_past(&service).await;
    }
}

#[tokio::test]
async fn a_busy_organisation_keeps_no_other_one_from_its_drills() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let (busy, free) = (
        ada.monitor("https://a.example/").await,
        eve.monitor("https://b.example/").await,
    );
    for (person, monitor) in [(&ada, busy), (&eve, free)] {
        let body = json!({"name": "x", "monitor_id": monitor, "day": 1, "time": "10:00:00"});
        person.post("/drill-schedules", body).await.expect(201);
    }
    // Somebody changes settings of the one for long.
    let mut db = service.db().await;
    let tx = db.transaction().await.unwrap();
    tx.batch_execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        .await
        .unwrap();
    tx.execute(
        "SELECT FROM organisations WHERE id = $1 FOR NO KEY UPDATE",
        &[&ada.org],
    )
    .await
    .unwrap();
    let drill = eve.post(DRILLS, json!({"monitor_id": free})).await.expect(201);
    let ending = format!("{DRILLS}/{}/end", id(&drill));
    eve.call(Method::POST, &ending, "").await.expect(200);
    // Its schedule is first in line, and the other one's does not wait for it.
    let due = "UPDATE drill_schedules SET next_at = now() - CASE org_id WHEN $1 THEN interval '2 minutes'
               ELSE interval '1 minute' END";
    service.db().await.execute(due, &[&ada.org]).await.unwrap();
    eventually("the drill of the other one begins", PATIENCE, async || {
        let begun = format!("drills WHERE org_id = {} AND schedule_id IS NOT NULL", eve.org);
        (service.count(&begun).await == 1).then_some(())
    })
    .await;
    let begun = format!("drills WHERE org_id = {}", ada.org);
    assert_eq!(service.count(&begun).await, 0);
    tx.rollback().await.unwrap();
    drop(db);
    eventually("that of the busy one begins as well", PATIENCE * 3, async || {
        (service.count(&begun).await == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn whoever_waits_too_long_for_others_is_to_try_again() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    for held in [
        "SELECT FROM organisations FOR UPDATE",
        "SELECT FROM monitors FOR UPDATE",
        // That is needed when the others are had.
        "LOCK TABLE drills IN EXCLUSIVE MODE",
    ] {
        let mut db = service.db().await;
        let tx = db.transaction().await.unwrap();
        tx.batch_execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            .await
            .unwrap();
        tx.batch_execute(held).await.unwrap();
        let refused = ada.post(DRILLS, json!({"monitor_id": monitor})).await;
        assert_eq!(
            (refused.status.as_u16(), refused.header("retry-after")),
            (503, "5"),
            "{held}: {}",
            refused.body
        );
        tx.rollback().await.unwrap();
    }
    assert_eq!(service.count("drills").await, 0);
    begin(&ada, monitor).await;
}
