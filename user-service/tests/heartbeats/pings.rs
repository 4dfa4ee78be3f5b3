//! What is shown of pings, and heartbeats that a ping makes.

use domain::record::Ping;
use domain::{MonitorId, OrgId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{heartbeat, ping_key};
use crate::common::{PATIENCE, Person, Stores, UserService, keyring};

/// Notes a ping, as the processor does.
async fn ping(person: &Person<'_>, monitor: i64, n: i64, kind: &str, body: Option<&[u8]>) {
    let id = Uuid::from_u128(n as u128);
    let context = Ping::seal_context(OrgId(person.org), MonitorId(monitor), id);
    let sealed = body.map(|body| keyring().seal(&context, body));
    let bytes = body.map_or(0, |body| body.len() as i64);
    let sql = "INSERT INTO pings (org_id, monitor_id, id, n, arrived_at, kind, exit_status, scheme, method, address,
                   user_agent, sealed_body, body_bytes)
               VALUES ($1, $2, $3, $4, now(), $5, 0, 'https', 'POST', '192.0.2.7', 'curl/8', $6, $7)";
    let db = person.service.db().await;
    db.execute(sql, &[&person.org, &monitor, &id, &n, &kind, &sealed, &bytes])
        .await
        .unwrap();
}

#[tokio::test]
async fn pings_are_listed_newest_first_and_viewers_do_not_see_who_sent_them() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = heartbeat(&person, "Backup").await;
    ping(&person, id, 1, "start", None).await;
    ping(
        &person,
        id,
        2,
        "success",
        Some("12 files copied, 0 schlägt fehl".as_bytes()),
    )
    .await;
    ping(&person, id, 3, "fail", Some(b"\xff\x00")).await;
    let path = format!("/monitors/{id}/pings");
    let numbers =
        |items: &[Value]| -> Vec<i64> { items.iter().map(|item| item["n"].as_i64().unwrap()).collect() };
    let all = person.get(&path).await.items();
    assert_eq!(numbers(&all), [3, 2, 1]);
    assert_eq!(
        (&all[0]["kind"], &all[0]["address"], &all[0]["has_body"]),
        (&json!("fail"), &json!("192.0.2.7"), &json!(true))
    );
    let first = person.get(&format!("{path}?limit=2")).await.expect(200);
    assert_eq!(numbers(first["items"].as_array().unwrap()), [3, 2]);
    assert_eq!(first["next_cursor"], "2");
    let next = person.get(&format!("{path}?limit=2&before=2")).await.expect(200);
    assert_eq!(numbers(next["items"].as_array().unwrap()), [1]);
    assert_eq!(next["next_cursor"], Value::Null);
    let failed = person.get(&format!("{path}?kind=fail")).await.items();
    assert_eq!(numbers(&failed), [3]);
    for wrong in ["limit=0", "kind=up", "before=x"] {
        assert_eq!(
            person.get(&format!("{path}?{wrong}")).await.status,
            400,
            "{wrong}"
        );
    }

    let viewer = person.as_role("viewer");
    let seen = viewer.get(&path).await.items();
    assert_eq!(
        (&seen[0]["address"], &seen[0]["user_agent"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(viewer.get(&format!("{path}/2/body")).await.status, 403);
    let text = person.get(&format!("{path}/2/body")).await;
    assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(text.header("x-content-type-options"), "nosniff");
    assert_eq!(text.header("content-disposition"), "");
    let bytes = person.get(&format!("{path}/3/body")).await;
    assert_eq!(bytes.status, 200);
    assert!(bytes.header("content-disposition").starts_with("attachment"));
    for n in ["1", "9", "-1", "x"] {
        assert_eq!(person.get(&format!("{path}/{n}/body")).await.status, 404, "{n}");
    }
}

#[tokio::test]
async fn a_ping_makes_the_heartbeat_that_it_asks_for_once() {
    let service = UserService::start().await;
    let person = service.register().await;
    heartbeat(&person, "First").await;
    let query = format!(
        "/ping-targets?key={}&slug=new-job&create=1",
        ping_key(&person).await
    );
    let answers = futures_util::future::join_all((0..8).map(|_| service.internal(&query))).await;
    let answers: Vec<Value> = answers.into_iter().map(|answer| answer.expect(200)).collect();
    let made = answers.iter().filter(|answer| answer["created"] == true).count();
    assert_eq!(made, 1, "{answers:?}");
    for answer in &answers {
        assert_eq!(answer["targets"], answers[0]["targets"]);
        assert_eq!(answer["targets"].as_array().unwrap().len(), 1);
    }
    let id = &answers[0]["targets"][0]["monitor_id"];
    let monitor = person.get(&format!("/monitors/{id}")).await.expect(200);
    assert_eq!(
        (&monitor["name"], &monitor["url"]),
        (&json!("new-job"), &json!("heartbeat://new-job"))
    );
    let row = service
        .db()
        .await
        .query_one(
            "SELECT actor_kind, actor_name, action FROM audit_log
             WHERE resource = 'monitor' AND resource_id = $1",
            &[&id.to_string()],
        )
        .await
        .unwrap();
    let noted: (String, String, String) = (row.get(0), row.get(1), row.get(2));
    assert_eq!(noted, ("system".into(), "ping".into(), "CreateMonitor".into()));
    // Nobody's key, and no slug that there can be.
    for query in [
        "key=nobodys&slug=new-job".to_owned(),
        format!("key={}&slug={}", ping_key(&person).await, "x".repeat(65)),
    ] {
        let answer = service.internal(&format!("/ping-targets?{query}&create=1")).await;
        assert_eq!(answer.expect(200), json!({"targets": []}), "{query}");
    }
    assert_eq!(service.count("monitors").await, 2);
}

#[tokio::test]
async fn a_plan_limits_what_pings_make() {
    let plans = [
        ("PLANS", r#"{"free": {"monitors": 1}}"#),
        ("PLAN_DEFAULT", "free"),
    ];
    let service = UserService::start_on(Stores::new().await, &plans).await;
    let person = service.register().await;
    heartbeat(&person, "First").await;
    let key = ping_key(&person).await;
    let answer = service
        .internal(&format!("/ping-targets?key={key}&slug=second&create=1"))
        .await;
    assert_eq!(answer.expect(200), json!({"targets": []}));
    let there = service
        .internal(&format!("/ping-targets?key={key}&slug=first&create=1"))
        .await;
    assert_eq!(there.expect(200)["targets"].as_array().unwrap().len(), 1);
    assert_eq!(service.count("monitors").await, 1);
}

#[tokio::test]
async fn pings_that_wait_for_their_organisation_leave_connections_for_others() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    heartbeat(&ada, "First").await;
    let key = ping_key(&ada).await;
    let (holder, watcher) = (service.db().await, service.db().await);
    let hold = format!(
        "BEGIN; SELECT FROM organisations WHERE id = {} FOR UPDATE",
        ada.org
    );
    holder.batch_execute(&hold).await.unwrap();
    let pings = (0..40).map(|n| {
        let query = format!("/ping-targets?key={key}&slug=job-{n}&create=1");
        let service = &service;
        async move { service.internal(&query).await }
    });
    let others = async {
        testkit::eventually("a ping waits", PATIENCE, async || {
            let waiting = "SELECT count(*) FROM pg_stat_activity
                           WHERE datname = current_database() AND wait_event_type = 'Lock'";
            let row = watcher.query_one(waiting, &[]).await.unwrap();
            (row.get::<_, i64>(0) > 0).then_some(())
        })
        .await;
        let listed = eve.get("/monitors").await;
        holder.batch_execute("ROLLBACK").await.unwrap();
        listed
    };
    let (_, listed) = tokio::join!(futures_util::future::join_all(pings), others);
    listed.expect(200);
}
