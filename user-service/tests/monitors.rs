//! Monitors and channels: making, changing, finding and removing them.

use crate::common::{Person, Stores, UserService, keyring};
use domain::OrgId;
use domain::channel::SlackConfig;
use domain::internal::SealedChannel;
use http::Method;
use serde_json::{Value, json};

async fn versions(person: &Person<'_>, id: i64) -> (i64, i64) {
    let monitor = person.get(&format!("/monitors/{id}")).await.expect(200);
    let number = |field: &str| monitor[field].as_i64().unwrap();
    (number("version"), number("revision"))
}

#[tokio::test]
async fn a_monitor_has_the_documented_defaults() {
    let service = UserService::start().await;
    let person = service.register().await;
    let answer = person
        .post("/monitors", json!({"url": "https://a.example"}))
        .await;
    assert_eq!(answer.status, 201);
    let id = answer.body["id"].as_i64().unwrap();
    assert_eq!(answer.header("location"), format!("/api/v1/monitors/{id}"));
    for (field, expected) in [
        ("name", json!("a.example")),
        ("kind", json!("http")),
        ("url", json!("https://a.example/")),
        ("interval_seconds", json!(60)),
        ("timeout_ms", json!(10_000)),
        ("retries", json!(1)),
        ("retry_delay_ms", json!(1_000)),
        ("down_after", json!(1)),
        ("up_after", json!(1)),
        ("slow_ms", Value::Null),
        ("paused", json!(false)),
        ("version", json!(1)),
        ("revision", json!(1)),
        ("uptime_24h", Value::Null),
        ("sparkline", json!([])),
    ] {
        assert_eq!(answer.body[field], expected, "{field}");
    }
    assert_eq!(answer.body["http"]["method"], "GET");
    assert_eq!(answer.body["http"]["expected_status"], json!([[200, 399]]));
    assert_eq!(answer.body["status"]["state"], "pending");
    let mut status_fields: Vec<_> = answer.body["status"].as_object().unwrap().keys().collect();
    status_fields.sort();
    let expected = [
        "error",
        "error_code",
        "incident_id",
        "last_checked_at",
        "latency_ms",
        "since",
        "state",
        "status_code",
    ];
    assert_eq!(status_fields, expected);
    let read = person.get(&format!("/monitors/{id}")).await.expect(200);
    assert_eq!(read, answer.body);
    let status = person.get(&format!("/monitors/{id}/status")).await.expect(200);
    assert_eq!(status, answer.body["status"]);
}

#[tokio::test]
async fn a_change_of_what_is_checked_is_a_new_revision_and_a_new_name_is_not() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    let path = format!("/monitors/{id}");
    for (patch, expected) in [
        (json!({}), (1, 1)),
        (json!({"name": "a.example", "interval_seconds": 60}), (1, 1)),
        (json!({"name": "Shop"}), (2, 1)),
        (json!({"interval_seconds": 30}), (3, 2)),
        (json!({"http": {"method": "HEAD"}}), (4, 3)),
        (json!({"name": "Other", "url": "https://b.example/"}), (5, 4)),
        (json!({"slow_ms": 500}), (6, 5)),
        (json!({"slow_ms": null}), (7, 6)),
    ] {
        let answer = person.patch(&path, patch.clone()).await.expect(200);
        let made = (
            answer["version"].as_i64().unwrap(),
            answer["revision"].as_i64().unwrap(),
        );
        assert_eq!(made, expected, "{patch}");
        assert_eq!(versions(&person, id).await, expected, "{patch}");
    }
}

#[tokio::test]
async fn a_stale_version_changes_nothing() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    let path = format!("/monitors/{id}");
    let patch = async |version: &str, name: &str| {
        let headers = [("if-match", version)];
        let body = json!({"name": name}).to_string();
        let answer = person.call_with(Method::PATCH, &path, &body, &headers).await;
        answer.status.as_u16()
    };
    assert_eq!(patch("\"1\"", "one").await, 200);
    assert_eq!(patch("\"1\"", "two").await, 412);
    assert_eq!(patch("\"2\"", "three").await, 200);
    assert_eq!(patch("*", "four").await, 200);
    let monitor = person.get(&path).await.expect(200);
    assert_eq!(monitor["name"], "four");
}

#[tokio::test]
async fn pausing_twice_is_pausing_once() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    let act = async |what: &str| {
        let answer = person
            .post(&format!("/monitors/{id}/{what}"), Value::Null)
            .await
            .expect(200);
        let state = answer["status"]["state"].as_str().unwrap().to_owned();
        (state, answer["revision"].as_i64().unwrap())
    };
    assert_eq!(act("resume").await, ("pending".to_owned(), 1));
    assert_eq!(act("pause").await, ("paused".to_owned(), 2));
    assert_eq!(act("pause").await, ("paused".to_owned(), 2));
    assert_eq!(act("resume").await, ("pending".to_owned(), 3));
    assert_eq!(versions(&person, id).await, (3, 3));
}

#[tokio::test]
async fn two_changes_at_the_same_time_both_count() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    let path = format!("/monitors/{id}");
    let (one, other) = tokio::join!(
        person.patch(&path, json!({"retries": 2})),
        person.patch(&path, json!({"down_after": 3}))
    );
    assert_eq!((one.status.as_u16(), other.status.as_u16()), (200, 200));
    let monitor = person.get(&path).await.expect(200);
    assert_eq!(
        (&monitor["retries"], &monitor["down_after"]),
        (&json!(2), &json!(3))
    );
    assert_eq!(monitor["revision"], 3);
}

#[tokio::test]
async fn more_monitors_at_the_same_time_than_there_are_connections_are_all_made() {
    let service = UserService::start().await;
    let person = service.register().await;
    let made = (0..40).map(|n| {
        let input = json!({"kind": "http", "url": format!("https://{n}.example/"), "name": "m"});
        async { person.post("/monitors", input).await.status.as_u16() }
    });
    let statuses = futures_util::future::join_all(made).await;
    assert_eq!(statuses, [201; 40]);
}

#[tokio::test]
async fn a_removed_monitor_is_gone_and_its_row_stays_for_a_while() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    let path = format!("/monitors/{id}");
    assert_eq!(person.delete(&path).await.status, 204);
    assert_eq!(person.delete(&path).await.status, 404);
    assert_eq!(person.get(&path).await.status, 404);
    assert_eq!(person.patch(&path, json!({"name": "x"})).await.status, 404);
    assert!(person.get("/monitors").await.items().is_empty());
    let db = service.db().await;
    let row = db
        .query_one("SELECT revision, deleted_at IS NOT NULL FROM monitors", &[])
        .await
        .unwrap();
    assert_eq!((row.get::<_, i32>(0), row.get::<_, bool>(1)), (2, true));
}

#[tokio::test]
async fn an_organisation_has_a_limit_of_monitors() {
    let service = UserService::start_on(Stores::new().await, &[("MAX_MONITORS_PER_ORG", "3")]).await;
    let person = service.register().await;
    let adding = (0..6).map(|_| person.post("/monitors", json!({"url": "https://a.example"})));
    let mut adding: Vec<_> = adding.map(Box::pin).collect();
    let mut made = 0;
    for answer in futures_util::future::join_all(&mut adding).await {
        match answer.status.as_u16() {
            201 => made += 1,
            status => assert_eq!(status, 409, "{}", answer.body),
        }
    }
    assert_eq!((made, service.count("monitors").await), (3, 3));
    let other = service.register().await;
    other.monitor("https://a.example").await;
}

#[tokio::test]
async fn a_list_is_filtered_and_read_page_by_page() {
    let service = UserService::start().await;
    let person = service.register().await;
    let mut ids = Vec::new();
    for n in 0..7 {
        let body = json!({
            "name": format!("Shop {n}"), "url": format!("https://s{n}.example/100%_real"), "paused": n == 3
        });
        let monitor = person.post("/monitors", body).await.expect(201);
        ids.push(monitor["id"].as_i64().unwrap());
    }
    let mut seen = Vec::new();
    let mut path = "/monitors?limit=3".to_owned();
    let mut pages = 0;
    loop {
        let page = person.get(&path).await.expect(200);
        let items = page["items"].as_array().unwrap().iter();
        seen.extend(items.map(|monitor| monitor["id"].as_i64().unwrap()));
        pages += 1;
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/monitors?limit=3&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!((seen, pages), (ids.clone(), 3));

    let found = async |query: &str| {
        let items = person.get(&format!("/monitors?{query}")).await.items();
        items
            .iter()
            .map(|monitor| monitor["id"].as_i64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(found("q=sHOp%205").await, [ids[5]]);
    assert_eq!(found("q=s2.example").await, [ids[2]]);
    assert_eq!(found("q=100%25_").await, ids, "wildcards are taken literally");
    assert_eq!(found("q=1%25real").await, [] as [i64; 0]);
    assert_eq!(found("state=paused").await, [ids[3]]);
    assert_eq!(found("state=pending&q=shop").await.len(), 6);
    assert_eq!(found("kind=http&limit=200").await, ids);
    assert_eq!(found("kind=icmp").await, [] as [i64; 0]);
}

#[tokio::test]
async fn a_channels_secret_is_sealed_and_never_answered() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = person.channel().await;
    let path = format!("/channels/{id}");
    let channel = person.get(&path).await.expect(200);
    assert_eq!(channel["config"]["webhook_url"], "https://hooks.slack.example/…");
    let listed = person.get("/channels").await.items();
    assert_eq!(listed, std::slice::from_ref(&channel));
    let secret = async || {
        let sql = "SELECT config FROM channels";
        let sealed: Vec<u8> = service.db().await.query_one(sql, &[]).await.unwrap().get(0);
        assert!(!String::from_utf8_lossy(&sealed).contains("secret"));
        let plain = keyring()
            .open(&SealedChannel::seal_context(OrgId(person.org)), &sealed)
            .unwrap();
        serde_json::from_slice::<SlackConfig>(&plain).unwrap().webhook_url
    };
    assert_eq!(
        secret().await,
        "https://hooks.slack.example/services/T0/B0/secret"
    );

    // What was shown, sent back: only the rest changes.
    let mut edited = json!({"name": "Night shift", "kind": "slack", "enabled": false});
    edited["config"] = channel["config"].clone();
    let answer = person.patch(&path, edited).await.expect(200);
    assert_eq!(
        (&answer["name"], &answer["enabled"]),
        (&json!("Night shift"), &json!(false))
    );
    assert_eq!(answer["version"], 2);
    assert_eq!(
        secret().await,
        "https://hooks.slack.example/services/T0/B0/secret"
    );
    let url = json!({"config": {"webhook_url": "https://hooks.slack.example/services/new"}});
    person.patch(&path, url).await.expect(200);
    assert_eq!(secret().await, "https://hooks.slack.example/services/new");

    assert_eq!(person.delete(&path).await.status, 204);
    assert_eq!(person.get(&path).await.status, 404);
    assert_eq!(service.count("channels").await, 0);
}

#[tokio::test]
async fn flapping_is_said_of_each_monitor_and_makes_no_revision() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let rule = |outages: u16| json!({"outages": outages, "within_minutes": 60, "lasting_minutes": 5});
    let body = json!({"url": "https://a.example/", "flapping": rule(3)});
    let made = owner.post("/monitors", body).await.expect(201);
    assert_eq!(made["flapping"], rule(3));
    let path = format!("/monitors/{}", made["id"]);
    let changed = owner.patch(&path, json!({"flapping": rule(4)})).await.expect(200);
    assert_eq!(
        (&changed["flapping"], &changed["version"], &changed["revision"]),
        (&rule(4), &json!(2), &made["revision"])
    );
    let log = owner.get(&format!("/orgs/{}/audit-log", owner.org)).await.items();
    assert_eq!(log[0]["after"], json!({"flapping": rule(4)}));
    let copy = owner.post(&format!("{path}/clone"), json!({})).await.expect(201);
    assert_eq!(copy["flapping"], rule(4));
    for (rule, field) in [
        (rule(1), "flapping.outages"),
        (
            json!({"outages": 3, "within_minutes": 0, "lasting_minutes": 5}),
            "flapping.within_minutes",
        ),
        (json!({"outages": 3}), "flapping"),
    ] {
        let refused = owner.patch(&path, json!({"flapping": rule})).await;
        assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec![field]));
    }
    // What cannot be read stays until another one is given.
    let spoil = "UPDATE monitors SET flapping = '{\"outages\": \"many\"}' WHERE id = $1";
    let id = made["id"].as_i64().unwrap();
    service.db().await.execute(spoil, &[&id]).await.unwrap();
    let labelled = owner.patch(&path, json!({"severity": "info"})).await.expect(200);
    assert_eq!(labelled["flapping"], Value::Null);
    let kept = "SELECT flapping->>'outages' FROM monitors WHERE id = $1";
    let kept: String = service.db().await.query_one(kept, &[&id]).await.unwrap().get(0);
    assert_eq!(kept, "many");
    let changed = owner.patch(&path, json!({"flapping": rule(5)})).await.expect(200);
    assert_eq!(changed["flapping"], rule(5));
    let reset = owner.patch(&path, json!({"flapping": null})).await.expect(200);
    assert_eq!(reset["flapping"], Value::Null);
}

#[tokio::test]
async fn failing_slots_are_counted_among_the_last_ones_and_for_a_while() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let id = owner.monitor("https://a.example/").await;
    let path = format!("/monitors/{id}");
    let rule = json!({"down_after": 3, "down_of": 5, "down_for_seconds": 300});
    let changed = owner.patch(&path, rule).await.expect(200);
    assert_eq!(
        (
            &changed["down_of"],
            &changed["down_for_seconds"],
            &changed["revision"]
        ),
        (&json!(5), &json!(300), &json!(2))
    );
    let definition = service
        .internal(&format!("/definitions?ids={id}"))
        .await
        .expect(200);
    assert_eq!(
        definition["definitions"][0]["rule"],
        json!({"down_after": 3, "up_after": 1, "slow_ms": null, "down_of": 5, "down_for_seconds": 300})
    );
    let refused = owner.patch(&path, json!({"down_after": 5})).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fields()),
        (422, vec!["down_of"])
    );
    // A heartbeat has neither: with its new kind the monitor loses them.
    let heartbeat = json!({"kind": "heartbeat", "name": "Backup"});
    let changed = owner.patch(&path, heartbeat).await.expect(200);
    assert!(changed.get("down_of").is_none() && changed.get("down_for_seconds").is_none());
    for (field, value) in [("down_of", 5), ("down_for_seconds", 60)] {
        let refused = owner.patch(&path, json!({ field: value })).await;
        assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec![field]));
    }
    let other = owner.monitor("https://b.example/").await;
    let changes = json!({"down_after": 2, "down_of": 4, "down_for_seconds": 60});
    let bulk = json!({"monitors": [other], "action": "edit", "changes": changes});
    assert_eq!(
        owner.post("/monitors/bulk", bulk).await.expect(200)["succeeded"],
        1
    );
    let reset = json!({"down_of": null, "down_for_seconds": null});
    let reset = owner
        .patch(&format!("/monitors/{other}"), reset)
        .await
        .expect(200);
    assert!(reset.get("down_of").is_none() && reset.get("down_for_seconds").is_none());
}

#[tokio::test]
async fn plain_http_is_for_ones_own_network_only() {
    let body = json!({"name": "Ops", "kind": "slack", "config": {"webhook_url": "http://10.0.0.1/hook"}});
    for (targets, status) in [("public", 422), ("any", 201)] {
        let service = UserService::start_on(Stores::new().await, &[("PROBE_TARGETS", targets)]).await;
        let answer = service.register().await.post("/channels", body.clone()).await;
        assert_eq!(answer.status, status, "{targets}");
    }
}

#[tokio::test]
async fn a_page_of_large_monitors_ends_before_its_limit() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let body = "x".repeat(16_384);
    let large = json!({"url": "https://a.example/", "http": {"method": "POST", "body": body}});
    let first = owner.post("/monitors", large).await.expect(201);
    let copies = "INSERT INTO monitors (org_id, name, spec)
                  SELECT org_id, 'copy', jsonb_build_object('interval_ms', 60000, 'timeout_ms', 10000, 'retries', 0,
                      'retry_delay_ms', 0, 'rule', '{\"down_after\": 1, \"up_after\": 1, \"slow_ms\": null}'::jsonb,
                      'paused', false, 'kind', 'http', 'url', 'https://a.example/', 'method', 'POST', 'body', $2::text)
                  FROM monitors, generate_series(1, 399) WHERE id = $1";
    let id = first["id"].as_i64().unwrap();
    service.db().await.execute(copies, &[&id, &body]).await.unwrap();
    let (mut found, mut pages, mut after) = (0, 0, String::new());
    loop {
        let page = owner
            .get(&format!("/monitors?limit=1000{after}"))
            .await
            .expect(200);
        let items = page["items"].as_array().unwrap();
        assert!(
            items
                .iter()
                .all(|monitor| monitor.get("definition_error").is_none())
        );
        (found, pages) = (found + items.len(), pages + 1);
        match page["next_cursor"].as_str() {
            Some(cursor) => after = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!((found, pages), (400, 2));
}
