//! Drills and their schedules for who is narrowed to tags.

use serde_json::{Value, json};

use super::{DRILLS, id};
use crate::common::UserService;
use crate::common::scene::{key, member, scene};

#[tokio::test]
async fn who_is_narrowed_drills_the_monitors_that_they_see() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    // Those of the scene would be the only ones of their monitors.
    for drill in scene.owner.get("/drills?running=true").await.items() {
        super::end(&scene.owner, &drill).await;
    }
    for caller in [member(&scene).await, key(&scene).await] {
        let of = |monitor: i64| json!({"monitor_id": monitor});
        let refused = caller.post(DRILLS, of(scene.outside.monitor)).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fields()),
            (422, vec!["monitor_id"])
        );
        let drill = caller.post(DRILLS, of(scene.inside.monitor)).await.expect(201);
        // People are not named to who sees a part, themselves among them.
        assert_eq!(drill["started_by"], Value::Null);
        let outside = scene.owner.post(DRILLS, of(scene.outside.monitor)).await;
        let outside = outside.expect(201);
        let listed = caller.get("/drills?running=true").await.items();
        let listed: Vec<i64> = listed.iter().map(id).collect();
        assert_eq!(listed, [id(&drill)]);
        assert_eq!(
            caller.get(&format!("{DRILLS}/{}", id(&outside))).await.status,
            404
        );
        super::end(&scene.owner, &outside).await;
        super::end(&scene.owner, &drill).await;

        let schedule =
            |monitor: i64| json!({"name": "x", "monitor_id": monitor, "day": 1, "time": "10:00:00"});
        let refused = caller
            .post("/drill-schedules", schedule(scene.outside.monitor))
            .await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        let made = caller
            .post("/drill-schedules", schedule(scene.inside.monitor))
            .await;
        let path = format!("/drill-schedules/{}", made.expect(201)["id"]);
        let moved = json!({"monitor_id": scene.outside.monitor});
        assert_eq!(caller.patch(&path, moved).await.status, 422);
        let others = format!("/drill-schedules/{}", scene.outside.drill_schedule);
        for (path, status) in [(others, 404), (path, 204)] {
            let deleted = caller.call(http::Method::DELETE, &path, "").await;
            assert_eq!(deleted.status, status, "{path}");
        }
    }
}

#[tokio::test]
async fn who_is_narrowed_is_told_no_people_by_a_report() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let owner = &scene.owner;
    let db = service.db().await;
    let sql = "INSERT INTO channels (org_id, name, kind, config, owner_id) VALUES ($1, 'x', 'slack', 'x', $2)
               RETURNING id";
    let row = db.query_one(sql, &[&owner.org, &owner.user]).await.unwrap();
    let own: i64 = row.get(0);
    let cause = json!({"by": "default", "step": {"policy_id": 1, "round": 1, "step": 1,
                       "target": {"kind": "person", "id": owner.user}}});
    let sql = "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id,
                   delivery_id, source, revision, receipt, cause)
               SELECT incident_id, 'down', channel, 'sent', 1, now(), org_id, -id, gen_random_uuid(), '{}'::jsonb, 1, 'ok',
                   CASE WHEN channel = $2 THEN $3::jsonb END
               FROM drills, unnest(ARRAY[$2, $4]::bigint[]) AS channel WHERE id = $1
               UNION ALL SELECT incident_id, 'down', 0, 'suppressed', 1, now(), org_id, -id, NULL, '{}'::jsonb, 1, NULL, $3::jsonb
               FROM drills WHERE id = $1";
    let drill = scene.inside.drill;
    db.execute(sql, &[&drill, &own, &cause, &scene.channel])
        .await
        .unwrap();
    let path = format!("{DRILLS}/{drill}");
    let told = |report: &Value| {
        let deliveries = report["deliveries"].as_array().unwrap();
        let of = |channel: i64| {
            let found = deliveries.iter().find(|it| it["channel_id"] == channel);
            found.unwrap().clone()
        };
        let (its, own) = (of(scene.channel), of(own));
        let names = [&its["channel_name"], &own["channel_name"]];
        let person = own["cause"]["step"]["target"]["name"].clone();
        (names.map(Value::clone), person, own["receipt"].clone())
    };
    let all = owner.get(&path).await.expect(200);
    assert_eq!(
        told(&all),
        ([json!("Ops"), json!("Ada (slack)")], json!("Ada"), json!("ok"))
    );
    for caller in [member(&scene).await, key(&scene).await] {
        let narrowed = caller.get(&path).await.expect(200);
        assert_eq!(
            told(&narrowed),
            ([json!("Ops"), Value::Null], Value::Null, Value::Null)
        );
        assert_eq!(narrowed["received"], 2);
    }
    // To whom sees everything, an own channel is called as in the events of an incident, and what came of it is the owner's.
    let other = crate::common::scene::join(owner, "viewer").await;
    let shown = other.get(&path).await.expect(200);
    assert_eq!(
        told(&shown),
        ([json!("Ops"), json!("Ada (slack)")], json!("Ada"), Value::Null)
    );
}
