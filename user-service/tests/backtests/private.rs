//! Quiet hours of members' own channels are not found out by trying things.

use serde_json::json;

use super::{FROM, Played, RESULTS, at, backtest, figures};
use crate::common::scene::join;

#[tokio::test]
async fn only_the_own_quiet_hours_count_in_what_is_tried() {
    let played = Played::start().await;
    let owner = played.service.register().await;
    let member = join(&owner, "viewer").await;
    let noon = json!({"quiet_hours": {"passes": null, "hours": {
        "time_zone": "UTC", "from": "10:00:00", "until": "14:00:00"}}});
    let own = json!({"name": "My phone", "kind": "ntfy", "config": {"topic": "ada-private"}, "alerts": noon});
    member.post("/me/channels", own).await.expect(201);
    let targets = json!([{"kind": "person", "id": member.user}]);
    let policy = json!({"name": "On call", "steps": [{"wait_minutes": 0, "targets": targets}]});
    let policy = owner.post("/escalation-policies", policy).await.expect(201)["id"].clone();
    let monitor = json!({"url": "https://a.example/", "recipients": {"to": "policy", "policy_id": policy}});
    let monitor = owner.post("/monitors", monitor).await.expect(201)["id"].clone();
    let monitor = monitor.as_i64().unwrap();
    played.results(monitor, at(FROM), RESULTS).await;
    let candidates = json!([{}, {"without": ["quiet_hours"]}]);
    for (person, announced) in [(&owner, 2), (&member, 0)] {
        let made = backtest(person, monitor, candidates.clone()).await;
        let [as_set, without] = [0_usize, 1].map(|place| &made["candidates"][place]);
        assert_eq!(figures(as_set)[..2], [2, announced], "{made}");
        assert_eq!(figures(without)[..2], [2, 2], "{made}");
        let tells = as_set["list"].to_string().contains("quiet hours");
        assert_eq!(tells, announced == 0, "{made}");
    }
}
