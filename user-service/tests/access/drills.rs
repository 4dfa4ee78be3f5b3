//! Routes of drills and their schedules.

use http::Method;
use serde_json::{Value, json};

use super::routes::{Route, route};
use crate::common::Person;

const DRILL_PATH: &str = "/drills/{drill}";
const SCHEDULE: &str = r#"{"name": "Night", "monitor_id": {monitor}, "day": 1, "time": "10:00:00"}"#;
const SCHEDULE_PATH: &str = "/drill-schedules/{drill_schedule}";

/// A drill and a schedule of a monitor.
pub(super) async fn furnish(owner: &Person<'_>, monitor: &Value) -> [Value; 2] {
    let drill = json!({"monitor_id": monitor});
    let drill = owner.post("/drills", drill).await.expect(201)["id"].clone();
    let schedule = SCHEDULE.replace("{monitor}", &monitor.to_string());
    let schedule = serde_json::from_str(&schedule).unwrap();
    let schedule = owner.post("/drill-schedules", schedule).await.expect(201)["id"].clone();
    [drill, schedule]
}

/// These routes, in an order in which the owner can call each.
pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/drills", "", false, false),
        // The drill that is there already is of the heartbeat.
        route(
            Method::POST,
            "/drills",
            r#"{"monitor_id": {monitor}}"#,
            false,
            true,
        ),
        route(Method::GET, DRILL_PATH, "", true, false),
        route(Method::POST, "/drills/{drill}/acknowledge", "", true, true),
        route(Method::POST, "/drills/{drill}/end", "", true, true),
        route(Method::GET, "/drill-schedules", "", false, false),
        route(Method::POST, "/drill-schedules", SCHEDULE, false, true),
        route(Method::GET, SCHEDULE_PATH, "", true, false),
        route(Method::PATCH, SCHEDULE_PATH, r#"{"name": "x"}"#, true, true),
        route(Method::DELETE, SCHEDULE_PATH, "", true, true),
    ]
}
