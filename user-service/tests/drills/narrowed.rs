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
