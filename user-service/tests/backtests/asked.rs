//! Of which monitors a backtest is made and for whom, and what is refused.

use serde_json::{Value, json};

use super::{FROM, MINUTE, Played, UNTIL, at, figures};
use crate::common::scene::{key, member, scene};
use crate::common::{Person, UserService};

fn asked(candidates: Value) -> Value {
    json!({"from": FROM, "until": UNTIL, "candidates": candidates})
}

async fn heartbeat(person: &Person<'_>) -> i64 {
    let heartbeat = json!({"kind": "heartbeat", "name": "Backup", "tags": ["eu"],
                           "heartbeat": {"schedule": {"period_seconds": 3_600}, "grace_seconds": 60}});
    let made = person.post("/monitors", heartbeat).await.expect(201);
    made["id"].as_i64().unwrap()
}

#[tokio::test]
async fn several_monitors_are_summed_up() {
    let played = Played::start().await;
    let ada = played.service.register().await;
    let (one, _) = played.scene(&ada, at(FROM)).await;
    let (other, channel) = played.scene(&ada, at(FROM)).await;
    let heartbeat = heartbeat(&ada).await;
    let policy = json!({"name": "On call", "steps": [{"targets": [{"kind": "channel", "id": channel}]}]});
    let policy = ada.post("/escalation-policies", policy).await.expect(201)["id"].clone();
    let route = json!({"name": "All", "conditions": {"kinds": ["http"]},
                       "recipients": {"to": "policy", "policy_id": policy}});
    ada.post("/alert-routes", route).await.expect(201);
    for monitor in [one, other] {
        ada.patch(&format!("/monitors/{monitor}"), json!({"tags": ["eu"]}))
            .await
            .expect(200);
    }
    // It goes to a channel, whatever the routes say.
    let recipients = json!({"recipients": {"to": "channels", "channels": [channel]}});
    ada.patch(&format!("/monitors/{other}"), recipients)
        .await
        .expect(200);
    let calm = asked(json!([{"rule": {"down_after": 3}}]));
    let made = async |selection: Value| {
        let body = json!({"selection": selection, "backtest": calm.clone()});
        ada.post("/backtests", body).await.expect(200)
    };
    let ids = |made: &Value, part: &str| {
        let part = made[part].as_array().unwrap().iter();
        part.map(|it| it["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let tagged = made(json!({"tag": "EU"})).await;
    assert_eq!(ids(&tagged, "monitors"), [one, other, heartbeat]);
    assert_eq!(tagged["left_out"], json!([]));
    assert_eq!(
        (&tagged["results"], &tagged["is_complete"]),
        (&json!(42), &json!(true)),
        "nobody has pinged the heartbeat"
    );
    assert_eq!(figures(&tagged["sent"]), [4, 4, 8, 0, 0]);
    assert_eq!(figures(&tagged["candidates"][0])[0], 2);
    assert_eq!(tagged["candidates"][0]["missed"], 2);
    let named = made(json!({"monitors": [other, one]})).await;
    assert_eq!(ids(&named, "monitors"), [one, other]);
    let routed = made(json!({"policy_id": policy})).await;
    assert_eq!(
        (ids(&routed, "monitors"), ids(&routed, "left_out")),
        (vec![one], vec![])
    );
    assert_eq!(figures(&routed["sent"]), [2, 2, 4, 0, 0]);

    // By another monitor's rule it is not valid, which keeps nothing from the others.
    ada.patch(&format!("/monitors/{one}"), json!({"down_after": 5}))
        .await
        .expect(200);
    let body = json!({"selection": {"monitors": [one, other]}, "backtest": asked(json!([{"rule": {"down_of": 4}}]))});
    let some = ada.post("/backtests", body).await.expect(200);
    assert_eq!(ids(&some, "monitors"), [other]);
    assert_eq!(
        some["left_out"][0]["reason"],
        "candidates.0.rule.down_of must be more than down_after, and at most 60"
    );
}

#[tokio::test]
async fn a_selection_that_cannot_be_is_refused() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let eve = service.register().await;
    let other = eve.monitor("https://b.example/").await;
    let many: Vec<i64> = (1..=101).collect();
    for (selection, field) in [
        (json!({}), "selection.monitors"),
        (json!({"monitors": [monitor], "tag": "eu"}), "selection.monitors"),
        (json!({"monitors": many}), "selection.monitors"),
        (json!({"monitors": [monitor, other]}), "selection.monitors"),
        (json!({"tag": "nothing has it"}), "selection.tag"),
        (json!({"tag": "a\u{0}b"}), "selection.tag"),
        (json!({"policy_id": 1}), "selection.policy_id"),
    ] {
        let body = json!({"selection": selection, "backtest": {"candidates": [{}]}});
        let refused = ada.post("/backtests", body).await;
        assert_eq!(refused.status, 422, "{selection}");
        assert_eq!(refused.fields(), [field], "{selection}");
    }
    let body = json!({"selection": {"monitors": [monitor]}, "backtest": {"candidates": [{"name": ""}]}});
    let refused = ada.post("/backtests", body).await;
    assert_eq!(refused.fields(), ["backtest.candidates.0.name"]);
}

#[tokio::test]
async fn each_field_that_is_not_valid_is_named() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let eve = service.register().await;
    let (theirs, channel) = (eve.monitor("https://b.example/").await, eve.channel().await);
    let path = format!("/monitors/{monitor}/backtest");
    let steps = |id: i64| json!([{"targets": [{"kind": "channel", "id": id}]}]);
    for (candidate, field) in [
        (json!({"rule": {"down_after": 0}}), "rule.down_after"),
        (json!({"rule": {"up_after": 101}}), "rule.up_after"),
        (
            json!({"recipients": {"to": "channels", "channels": []}}),
            "recipients.channels",
        ),
        (
            json!({"recipients": {"to": "channels", "channels": [channel]}}),
            "recipients.channels.0",
        ),
        (
            json!({"recipients": {"to": "policy", "policy_id": 1}}),
            "recipients.policy_id",
        ),
        (
            json!({"flapping": {"outages": 1, "within_minutes": 60, "lasting_minutes": 5}}),
            "flapping.outages",
        ),
        (json!({"depends_on": [theirs]}), "depends_on"),
        (json!({"depends_on": [monitor]}), "depends_on"),
        (
            json!({"routes": [{"conditions": {"tags": [1]}, "recipients": {"to": "nobody"}}]}),
            "routes.0.conditions.tags.0",
        ),
        (
            json!({"routes": [{"recipients": {"to": "channels", "channels": [channel]}}]}),
            "routes.0.recipients.channels.0",
        ),
        (json!({"policies": [{"id": 1, "steps": []}]}), "policies.0.steps"),
        (
            json!({"windows": [{"repeat": "once", "from": UNTIL, "until": FROM}]}),
            "windows.0.until",
        ),
        (json!({"as_it_was": true, "without": ["mute"]}), "as_it_was"),
        // That long ago nothing was kept.
        (json!({"as_it_was": true}), "as_it_was"),
    ] {
        let refused = ada.post(&path, asked(json!([candidate]))).await;
        assert_eq!(refused.status, 422, "{candidate}: {}", refused.body);
        assert_eq!(refused.fields(), [format!("candidates.0.{field}")], "{candidate}");
    }
    let both = json!([{"policies": [{"id": 1, "steps": steps(channel)}]}]);
    let refused = ada.post(&path, asked(both)).await;
    assert_eq!(
        refused.fields(),
        [
            "candidates.0.policies.0.steps.0.targets.0",
            "candidates.0.policies.0.id"
        ]
    );
    for (body, field) in [
        (json!({"candidates": []}), "candidates"),
        (
            json!({"candidates": [{}], "from": "2999-01-01T00:00:00Z"}),
            "from",
        ),
        (json!({"candidates": [{}], "from": FROM, "until": FROM}), "from"),
        (
            json!({"candidates": [{}], "from": FROM, "until": "2026-01-22T12:00:00.001Z"}),
            "from",
        ),
        (json!({"candidates": [{}], "time_zone": "Mars"}), "time_zone"),
    ] {
        let refused = ada.post(&path, body.clone()).await;
        assert_eq!(refused.fields(), [field], "{body}");
    }
    let future = json!({"candidates": [{}], "until": shared::now().plus_millis(60 * MINUTE)});
    assert_eq!(ada.post(&path, future).await.fields(), ["until"]);
    // It would depend on itself by another one.
    let below = json!({"url": "https://c.example/", "depends_on": [monitor]});
    let below = ada.post("/monitors", below).await.expect(201)["id"].clone();
    let circle = ada.post(&path, asked(json!([{}, {"depends_on": [below]}]))).await;
    assert_eq!(circle.fields(), ["candidates.1.depends_on"]);
}

#[tokio::test]
async fn who_sees_a_monitor_may_try_things_on_it() {
    let played = Played::start().await;
    let ada = played.service.register().await;
    let (monitor, _) = played.scene(&ada, at(FROM)).await;
    let path = format!("/monitors/{monitor}/backtest");
    let body = asked(json!([{}]));
    let viewer = ada.as_role("viewer");
    let seen = viewer.post(&path, body.clone()).await.expect(200);
    assert_eq!(figures(&seen["candidates"][0]), [2, 2, 4, 0, 0]);
    let eve = played.service.register().await;
    eve.post(&path, body.clone()).await.expect(404);
    let paused = ada.post(&format!("/monitors/{monitor}/pause"), json!({})).await;
    paused.expect(200);
    ada.post(&path, body.clone()).await.expect(200);
    ada.delete(&format!("/monitors/{monitor}")).await.expect(204);
    ada.post(&path, body.clone()).await.expect(404);
}

#[tokio::test]
async fn who_is_narrowed_tries_things_on_what_is_inside_and_learns_nothing_of_people() {
    let played = Played::start().await;
    let scene = scene(&played.service).await;
    let (inside, outside) = (scene.inside.monitor, scene.outside.monitor);
    played.results(inside, at(FROM), "..x..").await;
    let own = "INSERT INTO channels (org_id, name, kind, config, owner_id) VALUES ($1, 'x', 'slack', 'x', $2)
               RETURNING id";
    let (org, owner) = (scene.owner.org, scene.owner.user);
    let own: i64 = played
        .service
        .db()
        .await
        .query_one(own, &[&org, &owner])
        .await
        .unwrap()
        .get(0);
    let policy = json!({"name": "On call", "steps": [{"targets": [{"kind": "person", "id": owner}]}]});
    let policy = scene.owner.post("/escalation-policies", policy).await.expect(201)["id"].clone();
    let recipients = json!({"recipients": {"to": "policy", "policy_id": policy}});
    scene
        .owner
        .patch(&format!("/monitors/{inside}"), recipients)
        .await
        .expect(200);
    let body = asked(json!([{}, {"recipients": null}]));
    let whole = scene
        .owner
        .post(&format!("/monitors/{inside}/backtest"), body.clone())
        .await;
    let whole = whole.expect(200);
    assert_eq!(
        whole["candidates"][0]["channels"],
        json!([{"id": own, "name": null, "messages": 2}])
    );
    for caller in [member(&scene).await, key(&scene).await] {
        let made = caller
            .post(&format!("/monitors/{inside}/backtest"), body.clone())
            .await;
        let made = made.expect(200);
        let own = &made["candidates"][0];
        assert_eq!((&own["messages"], &own["channels"]), (&json!(2), &json!([])));
        assert_eq!(made["candidates"][1]["channels"][0]["name"], "Ops");
        let hidden = caller
            .post(&format!("/monitors/{outside}/backtest"), body.clone())
            .await;
        hidden.expect(404);
        let named = json!({"selection": {"monitors": [inside, outside]}, "backtest": body.clone()});
        let refused = caller.post("/backtests", named).await;
        assert_eq!(refused.fields(), ["selection.monitors"]);
        let tagged = json!({"selection": {"tag": "search"}, "backtest": body.clone()});
        assert_eq!(
            caller.post("/backtests", tagged).await.fields(),
            ["selection.tag"]
        );
        let routed = json!({"selection": {"policy_id": policy}, "backtest": body.clone()});
        caller.post("/backtests", routed).await.expect(403);
        let path = format!("/monitors/{inside}/backtest");
        let routes = asked(json!([{"routes": []}]));
        caller.post(&path, routes).await.expect(403);
        let above = asked(json!([{"depends_on": [outside]}]));
        assert_eq!(
            caller.post(&path, above).await.fields(),
            ["candidates.0.depends_on"]
        );
    }
}

#[tokio::test]
async fn more_results_than_can_be_gone_through_are_refused() {
    let played = Played::start().await;
    let ada = played.service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let sql = "INSERT INTO check_results (monitor_id, scheduled_at, revision, interval_ms, delay_ms, latency_ms, state,
                                          status_code, attempts, region)
               SELECT $1, $2::timestamptz + n * interval '10 seconds', 1, 10000, 12, 80, 0, 200, 1, 'default'
               FROM generate_series(0, 300000) AS n";
    let from = at("2025-09-01T00:00:00Z").to_datetime();
    played
        .service
        .db()
        .await
        .execute(sql, &[&monitor, &from])
        .await
        .unwrap();
    let body = json!({"from": "2025-09-01T00:00:00Z", "until": "2025-10-10T00:00:00Z", "candidates": [{}]});
    let refused = ada
        .post(&format!("/monitors/{monitor}/backtest"), body.clone())
        .await;
    assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec!["from"]));
    let body = json!({"selection": {"monitors": [monitor]}, "backtest": body});
    let made = ada.post("/backtests", body).await.expect(200);
    assert_eq!(
        made["left_out"][0]["reason"],
        "from must be later: there are more results than can be gone through at once"
    );
    assert_eq!(made["is_complete"], false);
}
