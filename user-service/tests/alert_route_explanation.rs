//! How it is explained where an alert of a monitor goes.

use serde_json::{Value, json};

use crate::common::{Person, UserService};

const ROUTES: &str = "/alert-routes";
const POLICIES: &str = "/escalation-policies";

async fn add(person: &Person<'_>, route: Value) -> Value {
    person.post(ROUTES, route).await.expect(201)
}

#[tokio::test]
async fn it_is_explained_where_an_alert_goes() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let channel = ada.channel().await;
    let monitor = ada
        .post("/monitors", json!({"url": "https://a.example/", "tags": ["eu"]}))
        .await
        .expect(201);
    let monitor = monitor["id"].as_i64().unwrap();
    let explanation = format!("/monitors/{monitor}/alert-route");
    let default = ada.get(&explanation).await.expect(200);
    assert_eq!(
        (&default["kind"], &default["severity"]),
        (&json!("http"), &json!("critical"))
    );
    assert_eq!(default["tags"], json!(["eu"]));
    assert_eq!(
        default["destinations"],
        json!([{"by": "default", "recipients": null, "policy": null,
                "channels": [{"id": channel, "name": "Ops", "enabled": true}]}])
    );

    let steps = json!([
        {"wait_minutes": 5, "targets": [{"kind": "person", "id": ada.user}]},
        {"wait_minutes": 5, "targets": [{"kind": "channel", "id": channel}]},
    ]);
    let escalation = json!({"name": "On call", "steps": steps});
    let escalation = ada.post(POLICIES, escalation).await.expect(201)["id"].clone();
    let slow = add(
        &ada,
        json!({"name": "Slow", "conditions": {"alerts": ["degraded"]},
               "recipients": {"to": "channels", "channels": [channel]}}),
    )
    .await;
    let rest = json!({"name": "Rest", "recipients": {"to": "policy", "policy_id": escalation}});
    let rest = add(&ada, rest).await;
    let down = ada
        .get(&format!("{explanation}?at=2026-11-30T12:00:00Z"))
        .await
        .expect(200);
    assert_eq!(down["at"], "2026-11-30T12:00:00.000Z");
    assert_eq!(
        down["routes"],
        json!([
            {"id": slow["id"], "name": "Slow", "matched": false, "unmet": "alerts", "asked": true},
            {"id": rest["id"], "name": "Rest", "matched": true, "unmet": null, "asked": true},
        ])
    );
    let destination = &down["destinations"][0];
    assert_eq!(
        (&destination["by"], &destination["route_name"]),
        (&json!("route"), &json!("Rest"))
    );
    let policy = &destination["policy"];
    assert_eq!(
        (&policy["name"], &policy["followed"]),
        (&json!("On call"), &json!(true))
    );
    // Ada has no channel of her own: the next step is due at once.
    assert_eq!(
        policy["steps"],
        json!([
            {"after_minutes": 5, "applies": true, "targets": [
                {"kind": "person", "id": ada.user, "name": "Ada", "channels": 0,
                 "people": [{"id": ada.user, "name": "Ada"}], "unreachable": "no_channel"}]},
            {"after_minutes": 5, "applies": true, "targets": [
                {"kind": "channel", "id": channel, "name": "Ops", "channels": 1, "people": [], "unreachable": null}]},
        ])
    );
    let sql =
        "INSERT INTO channels (org_id, name, kind, config, owner_id) VALUES ($1, 'x', 'slack', 'x', $2)";
    service
        .db()
        .await
        .execute(sql, &[&ada.org, &ada.user])
        .await
        .unwrap();
    let reached = ada.get(&explanation).await.expect(200)["destinations"][0]["policy"]["steps"].clone();
    assert_eq!(
        (
            &reached[0]["targets"][0]["channels"],
            &reached[1]["after_minutes"]
        ),
        (&json!(1), &json!(10))
    );

    let degraded = ada
        .get(&format!("{explanation}?alert=degraded"))
        .await
        .expect(200);
    assert_eq!(degraded["destinations"][0]["route_id"], slow["id"]);
    assert_eq!(degraded["routes"][1]["asked"], false);
    for wrong in ["alert=up", "at=yesterday", "nope=1"] {
        assert_eq!(
            ada.get(&format!("{explanation}?{wrong}")).await.status,
            400,
            "{wrong}"
        );
    }

    let own = json!({"recipients": {"to": "nobody"}, "severity": "info"});
    ada.patch(&format!("/monitors/{monitor}"), own).await.expect(200);
    let own = ada.get(&explanation).await.expect(200);
    assert_eq!(
        (&own["severity"], &own["recipients"]),
        (&json!("info"), &json!({"to": "nobody"}))
    );
    assert_eq!(own["destinations"][0]["by"], "monitor");
    assert!(
        own["routes"]
            .as_array()
            .unwrap()
            .iter()
            .all(|route| route["asked"] == false)
    );

    let gone = json!({"recipients": {"to": "channels", "channels": [channel]}});
    ada.patch(&format!("/monitors/{monitor}"), gone).await.expect(200);
    ada.delete(&format!("/channels/{channel}")).await.expect(204);
    let gone = ada.get(&explanation).await.expect(200)["destinations"].clone();
    assert_eq!(
        gone[0]["channels"],
        json!([{"id": channel, "name": null, "enabled": false}])
    );
    assert_eq!(gone[1]["by"], "fallback");
    let eve = service.register().await;
    assert_eq!(eve.get(&explanation).await.status, 404);
}

#[tokio::test]
async fn a_monitor_that_depends_on_one_that_is_down_is_held_back_by_it() {
    let service = UserService::start().await;
    let ada = service.register().await;
    ada.channel().await;
    let router = json!({"url": "https://router.example/", "name": "Router"});
    let router = ada.post("/monitors", router).await.expect(201)["id"].clone();
    let shop = json!({"url": "https://a.example/", "depends_on": [router]});
    let shop = ada.post("/monitors", shop).await.expect(201)["id"].clone();
    let path = format!("/monitors/{shop}/alert-route");
    assert_eq!(ada.get(&path).await.expect(200)["held"], json!([]));
    let down = format!(
        "INSERT INTO monitor_states (monitor_id, org_id, fold, state) VALUES ({router}, {}, '{{}}', 'down')",
        ada.org
    );
    service.db().await.batch_execute(&down).await.unwrap();
    let held = ada.get(&path).await.expect(200)["held"].clone();
    let reason = "it depends on Router, which is down";
    assert_eq!(
        held,
        json!([{"by": "dependency", "until": null, "reason": reason, "channel_id": null}])
    );
    // What will be then nobody knows.
    let later = ada.get(&format!("{path}?at=2099-01-01T00:00:00Z")).await;
    assert_eq!(later.expect(200)["held"], json!([]));
}
