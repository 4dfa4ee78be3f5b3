//! The definitions that maintenance windows, alert routes, escalation policies and on-call schedules have had: what makes one,
//! who sees what of it, and that it holds again.

use crate::common::scene::{self, join, scene as narrowed_scene, window};
use crate::common::{Person, UserService};
use http::Method;
use serde_json::{Value, json};

const WINDOWS: &str = "/maintenance-windows";
const ROUTES: &str = "/alert-routes";
const POLICIES: &str = "/escalation-policies";
const SCHEDULES: &str = "/on-call-schedules";

/// Creates something, and answers its path.
async fn create(person: &Person<'_>, list: &str, body: Value) -> String {
    let made = person.post(list, body).await.expect(201);
    format!("{list}/{}", made["id"])
}

/// The versions of something, the latest first.
async fn versions(person: &Person<'_>, path: &str) -> Vec<Value> {
    person.get(&format!("{path}/versions")).await.items()
}

/// Their numbers.
async fn numbers(person: &Person<'_>, path: &str) -> Vec<i64> {
    let versions = versions(person, path).await;
    versions
        .iter()
        .map(|version| version["version"].as_i64().unwrap())
        .collect()
}

async fn detail(person: &Person<'_>, path: &str, version: &str) -> Value {
    person
        .get(&format!("{path}/versions/{version}"))
        .await
        .expect(200)
}

fn weekly(people: &[i64]) -> Value {
    json!([{"people": people, "starts_at": "2026-11-02T09:00:00", "rotation": {"every": 1, "unit": "weeks"}}])
}

/// One of each kind, with a change of it and the fields that this concerns.
async fn samples(ada: &Person<'_>) -> Vec<(String, Value, Vec<&'static str>, &'static str)> {
    let channel = ada.channel().await;
    let monitor = ada.monitor("https://a.example/").await;
    let window = json!({"name": "Move", "monitors": [monitor], "repeat": "once",
                        "from": "2099-12-01T22:00:00Z", "until": "2099-12-02T04:00:00Z"});
    let route = json!({"name": "Nights", "conditions": {"severities": ["critical"]},
                       "recipients": {"to": "channels", "channels": [channel]}});
    let policy = json!({"name": "On call", "steps": [{"targets": [{"kind": "channel", "id": channel}]}], "repeats": 2});
    let schedule = json!({"name": "Payments", "time_zone": "Europe/Berlin", "layers": weekly(&[ada.user])});
    vec![
        (
            create(ada, WINDOWS, window).await,
            json!({"name": "Moving", "repeat": "weekly", "weekday": "Sun", "from": "02:00:00", "minutes": 60,
                   "time_zone": "Europe/Berlin"}),
            vec![
                "from",
                "minutes",
                "name",
                "repeat",
                "time_zone",
                "until",
                "weekday",
            ],
            "RestoreMaintenanceWindowVersion",
        ),
        (
            create(ada, ROUTES, route).await,
            json!({"recipients": {"to": "nobody"}, "continue": true}),
            vec!["continue", "recipients"],
            "RestoreAlertRouteVersion",
        ),
        (
            create(ada, POLICIES, policy).await,
            json!({"repeats": 0, "acknowledgement_minutes": 60}),
            vec!["acknowledgement_minutes", "repeats"],
            "RestoreEscalationPolicyVersion",
        ),
        (
            create(ada, SCHEDULES, schedule).await,
            json!({"time_zone": "UTC"}),
            vec!["time_zone"],
            "RestoreOnCallScheduleVersion",
        ),
    ]
}

#[tokio::test]
async fn what_was_is_listed_compared_and_had_back() {
    let service = UserService::start().await;
    let ada = service.register().await;
    for (path, patch, changes, operation) in samples(&ada).await {
        let before = ada.get(&path).await.expect(200);
        assert_eq!(numbers(&ada, &path).await, [1], "{path}");
        let changed = ada.patch(&path, patch).await.expect(200);
        let all = versions(&ada, &path).await;
        assert_eq!(all[0]["changes"], json!(changes), "{path}");
        assert_eq!(all[0]["author"], json!({"kind": "member", "name": "Ada"}));
        assert_eq!(
            (&all[0]["until"], &all[1]["until"]),
            (&Value::Null, &all[0]["from"])
        );
        let first = detail(&ada, &path, "1").await;
        for (field, value) in first["definition"].as_object().unwrap() {
            assert_eq!(&before[field], value, "{path} {field}");
        }
        assert_eq!(first["differences"], json!([]));
        let against = detail(&ada, &path, "1?against=2").await;
        let differences = against["differences"].as_array().unwrap().iter();
        let mut fields: Vec<_> = differences
            .map(|found| found["field"].as_str().unwrap().split('.').next().unwrap())
            .collect();
        fields.dedup();
        assert_eq!(fields, changes, "{against}");
        for missing in ["3", "0", "-1", "2?against=3", "99999999999"] {
            let answer = ada.get(&format!("{path}/versions/{missing}")).await;
            assert_eq!(answer.status, 404, "{path} {missing}");
        }

        let restore = format!("{path}/versions/1/restore");
        let (notes, stale) = (service.count("audit_log").await, [("if-match", "\"1\"")]);
        let refused = ada.call_with(Method::POST, &restore, "", &stale).await;
        refused.expect(412);
        let viewer = ada.as_role("viewer");
        viewer.post(&restore, Value::Null).await.expect(403);
        viewer.get(&format!("{path}/versions")).await.expect(200);
        let etag = format!("\"{}\"", changed["version"]);
        let answer = ada
            .call_with(Method::POST, &restore, "", &[("if-match", &etag)])
            .await;
        assert_eq!(answer.header("etag"), "\"3\"");
        let back = answer.expect(200);
        assert_eq!(back, ada.get(&path).await.expect(200));
        for field in first["definition"].as_object().unwrap().keys() {
            assert_eq!(back[field], before[field], "{path} {field}");
        }
        let all = versions(&ada, &path).await;
        assert_eq!((&all[0]["version"], &all[0]["restored"]), (&json!(3), &json!(1)));
        assert_eq!(detail(&ada, &path, "3?against=1").await["differences"], json!([]));
        let audit = ada.get(&format!("/orgs/{}/audit-log", ada.org)).await.items();
        assert_eq!(service.count("audit_log").await, notes + 1);
        assert_eq!(
            (&audit[0]["action"], &audit[0]["after"]["restored_version"]),
            (&json!(operation), &json!(1))
        );
        // Once more it changes nothing.
        ada.call(Method::POST, &restore, "").await.expect(200);
        assert_eq!(numbers(&ada, &path).await, [3, 2, 1]);
        assert_eq!(service.count("audit_log").await, notes + 1);
        ada.call(Method::POST, &format!("{path}/versions/9/restore"), "")
            .await
            .expect(404);
    }
}

#[tokio::test]
async fn what_is_no_other_definition_makes_no_version() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let samples = samples(&ada).await;
    for (path, ..) in &samples {
        ada.patch(path, json!({})).await.expect(200);
    }
    let other = create(
        &ada,
        ROUTES,
        json!({"name": "Rest", "recipients": {"to": "nobody"}}),
    )
    .await;
    let [other, first] = [&other, &samples[1].0].map(|path| {
        let id = path.rsplit('/').next().unwrap();
        id.parse::<i64>().unwrap()
    });
    let order = json!({"ids": [other, first]}).to_string();
    ada.call(Method::PUT, "/alert-routes/order", &order)
        .await
        .expect(204);
    let occurrence = json!({"starts_at": "2099-12-01T22:00:00Z"});
    let cancel = format!("{}/occurrences/cancel", samples[0].0);
    ada.post(&cancel, occurrence).await.expect(200);
    // Whoever stands in is no part of a schedule.
    let stand_in =
        json!({"user_id": ada.user, "from": "2099-12-01T00:00:00Z", "until": "2099-12-02T00:00:00Z"});
    ada.post(&format!("{}/overrides", samples[3].0), stand_in)
        .await
        .expect(201);
    // As after a restore of a backup.
    let sql = "UPDATE maintenance_windows SET version = version + 7";
    service.db().await.execute(sql, &[]).await.unwrap();
    for (path, ..) in &samples {
        assert_eq!(numbers(&ada, path).await, [1], "{path}");
    }
    assert_eq!(service.count("definition_versions").await, 5);
    for (path, ..) in &samples {
        ada.delete(path).await.expect(204);
        ada.get(&format!("{path}/versions")).await.expect(404);
        ada.get(&format!("{path}/versions/1")).await.expect(404);
    }
    // What is gone leaves nothing.
    assert_eq!(service.count("definition_versions").await, 1);
}

#[tokio::test]
async fn what_names_something_that_is_gone_is_not_brought_back() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let eve = join(&ada, "editor").await;
    let (channel, monitor) = (ada.channel().await, ada.monitor("https://a.example/").await);
    let tag = ada.post("/tags", json!({"name": "eu"})).await.expect(201)["id"].clone();
    let team = json!({"name": "Payments", "members": [ada.user]});
    let team = ada.post("/teams", team).await.expect(201)["id"].clone();
    let span = json!({"repeat": "once", "from": "2099-12-01T22:00:00Z", "until": "2099-12-02T04:00:00Z"});
    let window = |name: &str, of: (&str, Value)| {
        let mut window = span.clone();
        window["name"] = json!(name);
        window[of.0] = of.1;
        window
    };
    let other = ada.monitor("https://b.example/").await;
    let nobody = json!({"to": "nobody"});
    let step = |kind: &str, id: &Value| json!([{"targets": [{"kind": kind, "id": id}]}]);
    let rows = [
        (
            WINDOWS,
            window("one", ("monitors", json!([monitor]))),
            json!({"monitors": [other]}),
            "monitors",
        ),
        (
            WINDOWS,
            window("two", ("tags", json!(["eu"]))),
            json!({"tags": [], "monitors": [other]}),
            "tags",
        ),
        (
            ROUTES,
            json!({"name": "three", "recipients": {"to": "channels", "channels": [channel]}}),
            json!({"recipients": nobody}),
            "recipients.channels.0",
        ),
        (
            ROUTES,
            json!({"name": "four", "conditions": {"tags": [tag]}, "recipients": nobody}),
            json!({"conditions": {}}),
            "conditions.tags.0",
        ),
        (
            POLICIES,
            json!({"name": "five", "steps": step("team", &team)}),
            json!({"steps": step("person", &json!(ada.user))}),
            "steps.0.targets.0",
        ),
        (
            SCHEDULES,
            json!({"name": "six", "time_zone": "UTC", "layers": weekly(&[ada.user, eve.user])}),
            json!({"layers": weekly(&[ada.user])}),
            "layers.0.people.1",
        ),
    ];
    let mut made = Vec::new();
    for (list, body, patch, field) in rows {
        let path = create(&ada, list, body).await;
        ada.patch(&path, patch).await.expect(200);
        made.push((path, field));
    }
    for gone in [
        format!("/monitors/{monitor}"),
        format!("/tags/{tag}"),
        format!("/channels/{channel}"),
        format!("/teams/{team}"),
        format!("/orgs/{}/members/{}", ada.org, eve.user),
    ] {
        ada.delete(&gone).await.expect(204);
    }
    for (path, field) in made {
        let restore = format!("{path}/versions/1/restore");
        let refused = ada.call(Method::POST, &restore, "").await;
        assert_eq!(
            (refused.status.as_u16(), refused.fields()),
            (422, vec![field]),
            "{path}: {}",
            refused.body
        );
        assert_eq!(numbers(&ada, &path).await, [2, 1], "{path}");
        // It is still shown.
        detail(&ada, &path, "1").await;
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_shown_as_that_and_not_brought_back() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let spoilt = ["span", "recipients", "plan", "rota"];
    for ((path, patch, ..), column) in samples(&ada).await.into_iter().zip(spoilt) {
        ada.patch(&path, patch).await.expect(200);
        let sql = format!(
            "UPDATE definition_versions SET definition = jsonb_set(definition, '{{{column}}}', '\"pigeons\"')
             WHERE definition ? '{column}'"
        );
        service.db().await.execute(&sql, &[]).await.unwrap();
        let first = detail(&ada, &path, "1").await;
        assert!(first["definition_error"].is_string(), "{path}: {first}");
        assert!(first["definition"]["name"].is_string(), "{path}: {first}");
        let restore = format!("{path}/versions/1/restore");
        let refused = ada.call(Method::POST, &restore, "").await;
        assert_eq!(
            (refused.status.as_u16(), refused.fields()),
            (422, vec!["version"]),
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_was_there_before_has_one_version_until_it_is_changed() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let samples = samples(&ada).await;
    let db = service.db().await;
    // As the migration leaves it.
    db.execute("DELETE FROM definition_versions", &[]).await.unwrap();
    for (path, patch, ..) in samples {
        let only = versions(&ada, &path).await;
        assert_eq!(only.len(), 1, "{path}");
        assert_eq!(
            (&only[0]["version"], &only[0]["author"], &only[0]["until"]),
            (&json!(1), &Value::Null, &Value::Null)
        );
        let first = detail(&ada, &path, "1").await;
        ada.post(&format!("{path}/versions/1/restore"), Value::Null)
            .await
            .expect(200);
        ada.patch(&path, patch).await.expect(200);
        let all = versions(&ada, &path).await;
        assert_eq!((all[0]["version"].as_i64(), all.len()), (Some(2), 2), "{path}");
        assert_eq!(
            (&all[0]["author"]["name"], &all[1]["author"]),
            (&json!("Ada"), &Value::Null)
        );
        assert_eq!(detail(&ada, &path, "1").await["definition"], first["definition"]);
    }
}

#[tokio::test]
async fn of_many_versions_the_latest_are_kept_and_come_page_by_page() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let path = create(
        &ada,
        ROUTES,
        json!({"name": "Nights", "recipients": {"to": "nobody"}}),
    )
    .await;
    let loops = "DO $$ BEGIN FOR n IN 1..210 LOOP UPDATE alert_routes SET name = 'n' || n; END LOOP; END $$";
    service.db().await.batch_execute(loops).await.unwrap();
    assert_eq!(service.count("definition_versions").await, 200);
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = ada
            .get(&format!("{path}/versions?limit=90{cursor}"))
            .await
            .expect(200);
        found.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let numbers: Vec<i64> = found
        .iter()
        .map(|version| version["version"].as_i64().unwrap())
        .collect();
    assert_eq!(numbers, (12..=211).rev().collect::<Vec<i64>>());
    // Also the last of a page is compared with the one before it. By a statement that says of nobody.
    let (oldest, others) = found.split_last().unwrap();
    assert!(others.iter().all(|version| version["changes"] == json!(["name"])));
    assert_eq!(oldest["changes"], json!([]));
    assert!(found.iter().all(|version| version["author"].is_null()));
    ada.get(&format!("{path}/versions/11")).await.expect(404);
    assert_eq!(
        detail(&ada, &path, "211").await["definition"]["name"],
        json!("n210")
    );
}

#[tokio::test]
async fn who_is_narrowed_sees_of_windows_what_they_see_now() {
    let service = UserService::start().await;
    let scene = narrowed_scene(&service).await;
    let (inside, outside) = (scene.inside.monitor, scene.outside.monitor);
    // It concerned what is outside, then all, then both, and what is inside at last.
    let id = window(&scene.owner, &[outside]).await;
    let path = format!("{WINDOWS}/{id}");
    for monitors in [json!([]), json!([inside, outside]), json!([inside])] {
        scene
            .owner
            .patch(&path, json!({"monitors": monitors}))
            .await
            .expect(200);
    }
    assert_eq!(numbers(&scene.owner, &path).await, [4, 3, 2, 1]);
    for caller in [scene::member(&scene).await, scene::key(&scene).await] {
        let found = caller.get(&format!("{path}/versions")).await.items();
        let numbers: Vec<_> = found.iter().map(|version| version["version"].clone()).collect();
        assert_eq!(numbers, [4, 3, 2]);
        // The owner has saved them, and nobody is named to who is narrowed.
        assert!(
            found.iter().all(|version| version["author"].is_null()),
            "{found:?}"
        );
        // That a monitor was taken away that is not seen is not seen either.
        assert_eq!(found[0]["changes"], json!([]));
        let third = caller.get(&format!("{path}/versions/3")).await.expect(200);
        assert_eq!(third["definition"]["monitors"], json!([inside]));
        caller.get(&format!("{path}/versions/1")).await.expect(404);
        let hidden = format!("{path}/versions/4?against=1");
        caller.get(&hidden).await.expect(404);
        for (version, status) in [(1, 404), (2, 403), (3, 403), (4, 200)] {
            let restore = format!("{path}/versions/{version}/restore");
            let answer = caller.call(Method::POST, &restore, "").await;
            assert_eq!(answer.status, status, "{version}: {}", answer.body);
        }
    }
    assert_eq!(numbers(&scene.owner, &path).await, [4, 3, 2, 1]);
}

#[tokio::test]
async fn an_author_is_named_as_long_as_that_is_a_member() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let eve = join(&ada, "admin").await;
    let path = create(
        &ada,
        ROUTES,
        json!({"name": "Nights", "recipients": {"to": "nobody"}}),
    )
    .await;
    eve.patch(&path, json!({"name": "Days"})).await.expect(200);
    let key = ada
        .post("/api-keys", json!({"name": "CI", "role": "admin"}))
        .await
        .expect(201);
    let key = key["api_key"]["id"].to_string();
    let body = json!({"continue": true}).to_string();
    let with_key = [("x-api-key-id", &*key)];
    ada.call_with(Method::PATCH, &path, &body, &with_key)
        .await
        .expect(200);
    let authors = async || -> Vec<Value> {
        let versions = versions(&ada, &path).await.into_iter();
        versions.map(|version| version["author"].clone()).collect()
    };
    let by = |kind: &str, name: &str| json!({"kind": kind, "name": name});
    let found = authors().await;
    assert_eq!(
        (&found[0], &found[2]),
        (&by("api_key", "CI"), &by("member", "Ada"))
    );
    assert_eq!(found[1]["kind"], "member");
    let member = format!("/orgs/{}/members/{}", ada.org, eve.user);
    ada.delete(&member).await.expect(204);
    let expected = [by("api_key", "CI"), Value::Null, by("member", "Ada")];
    assert_eq!(authors().await, expected);
    let gone = "DELETE FROM users WHERE id = $1";
    service.db().await.execute(gone, &[&eve.user]).await.unwrap();
    assert_eq!(authors().await, expected);
}
