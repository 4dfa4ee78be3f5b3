//! How many drills there may be, and how often one begins.

use serde_json::json;

use super::{DRILLS, acknowledge, begin, end, id, path, results};
use crate::common::UserService;

#[tokio::test]
async fn their_number_is_bounded() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let (monitor, other) = (
        ada.monitor("https://a.example/").await,
        ada.monitor("https://b.example/").await,
    );
    // One of a monitor, also when two begin at once.
    let (one, two) = tokio::join!(
        ada.post(DRILLS, json!({"monitor_id": monitor})),
        ada.post(DRILLS, json!({"monitor_id": monitor}))
    );
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    let fill = async |org: i64, monitor: i64, count: i64, ended: &str| {
        let sql = format!(
            "INSERT INTO drills (org_id, monitor_id, name, incident_id, started_at, ends_at, ended_at)
             SELECT {org}, {monitor}, 'x', gen_random_uuid(), now(), now() + interval '1 hour', {ended}
             FROM generate_series(1, {count})"
        );
        service.db().await.execute(&sql, &[]).await.unwrap();
    };
    fill(ada.org, monitor, 4, "NULL").await;
    let refused = ada.post(DRILLS, json!({"monitor_id": other})).await.expect(409);
    assert_eq!(
        (&refused["key"], &refused["used"], &refused["limit"]),
        (&json!("running_drills"), &json!(5), &json!(5))
    );
    let its = eve.monitor("https://c.example/").await;
    fill(eve.org, its, 50, "now()").await;
    let refused = eve.post(DRILLS, json!({"monitor_id": its})).await.expect(409);
    assert_eq!(
        (&refused["key"], &refused["used"]),
        (&json!("drills_per_day"), &json!(50))
    );
    // Those of yesterday do not count.
    let sql = "UPDATE drills SET started_at = now() - interval '1 day' WHERE org_id = $1";
    service.db().await.execute(sql, &[&eve.org]).await.unwrap();
    begin(&eve, its).await;
}

#[tokio::test]
async fn one_that_has_ended_is_not_begun_again_and_again() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let monitor = ada.monitor("https://a.example/").await;
    let sql = format!(
        "INSERT INTO drills (org_id, monitor_id, name, incident_id, started_at, ends_at, ended_at)
         SELECT {}, {monitor}, 'x', gen_random_uuid(), now() - interval '50 minutes', now(), now()
         FROM generate_series(1, 19)",
        ada.org
    );
    service.db().await.execute(&sql, &[]).await.unwrap();
    end(&ada, &begin(&ada, monitor).await).await;
    let refused = ada.post(DRILLS, json!({"monitor_id": monitor})).await;
    let wait: u32 = refused.header("retry-after").parse().unwrap();
    // The first of them is an hour old in ten minutes.
    assert!((540..=600).contains(&wait), "{wait}");
    let problem = refused.expect(429);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.starts_with("20 drills began within an hour"), "{detail}");
    assert_eq!(service.count("drills").await, 20);
    // It is nobody else's.
    begin(&eve, eve.monitor("https://b.example/").await).await;
    let sql = "UPDATE drills SET started_at = now() - interval '60 minutes' WHERE ended_at = ends_at";
    service.db().await.execute(sql, &[]).await.unwrap();
    begin(&ada, monitor).await;
}

#[tokio::test]
async fn whoever_makes_up_an_id_changes_nothing() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let drill = begin(&ada, ada.monitor("https://a.example/").await).await;
    let own = begin(&eve, eve.monitor("https://b.example/").await).await;
    let before = ada.get(&path(&drill)).await.expect(200);
    let incident = drill["incident_id"].as_str().unwrap();
    for path in [
        format!("{}/end", path(&drill)),
        format!("{}/acknowledge", path(&drill)),
        format!("/incidents/{incident}/acknowledge"),
        format!("{DRILLS}/-{}/end", id(&own)),
        format!("{DRILLS}/9223372036854775807/end"),
    ] {
        let answer = eve.call(http::Method::POST, &path, "").await;
        assert!(
            [400, 404].contains(&answer.status.as_u16()),
            "{path}: {}",
            answer.body
        );
    }
    // Nor is there a drill of a drill, or a monitor of one.
    for monitor in [-id(&drill), -id(&own)] {
        let refused = eve.post(DRILLS, json!({"monitor_id": monitor})).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fields()),
            (422, vec!["monitor_id"])
        );
    }
    assert_eq!(ada.get(&path(&drill)).await.expect(200), before);
    assert_eq!(results(&service, &drill).await.len(), 1);
    assert_eq!(service.count("incident_acknowledgements").await, 0);
    acknowledge(&ada, &drill).await.expect(200);
}
