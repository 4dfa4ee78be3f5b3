//! Plans: limits hold for whoever adds something at once, and take nothing away.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::{Answer, Person, Stores, UserService};
use http::Method;
use serde_json::{Value, json};
use user_service::Plan;

const PLANS: &str = r#"{
    "free": {"monitors": 3, "members": 2, "api_keys": 1, "channels": 1, "min_interval_seconds": 60,
             "checks_on_request_per_day": 4},
    "team": {"monitors": 5, "raw_retention_days": 20},
    "tiny": {"monitors": 1, "members": 1}
}"#;

const MORE: [(&str, &str); 2] = [("PLANS", PLANS), ("PLAN_DEFAULT", "free")];

const PATIENCE: Duration = Duration::from_secs(30);

async fn service() -> UserService {
    UserService::start_on(Stores::new().await, &MORE).await
}

fn monitor(interval: u32) -> Value {
    json!({"url": "https://a.example/", "interval_seconds": interval})
}

/// What was refused, as key, limit and used.
#[track_caller]
fn reached(answer: Answer) -> (String, i64, i64) {
    let body = answer.expect(409);
    assert_eq!(body["type"], "urn:uptime-monitor:limit-reached");
    let number = |name: &str| body[name].as_i64().unwrap();
    let key = body["key"].as_str().unwrap();
    let detail = body["detail"].as_str().unwrap();
    assert!(
        detail.contains(&format!("{} of {}", number("used"), number("limit"))),
        "{detail}"
    );
    (key.to_owned(), number("limit"), number("used"))
}

/// Of a key, what is used and the limit.
async fn usage(person: &Person<'_>, key: &str) -> (Value, Value) {
    let path = format!("/orgs/{}/usage", person.org);
    let usage = person.get(&path).await.expect(200);
    let item = usage["items"].as_array().unwrap().iter();
    let item = item.clone().find(|item| item["key"] == key).unwrap();
    (item["used"].clone(), item["limit"].clone())
}

async fn plan(service: &UserService, person: &Person<'_>, change: impl FnOnce(&mut Plan)) -> String {
    let mut command = Plan {
        organisation: person.org,
        set: None,
        default: false,
        limit: Vec::new(),
        clear_limits: false,
    };
    change(&mut command);
    let mut out = Vec::new();
    command
        .run(&service.stores.settings(&MORE), &mut out)
        .await
        .unwrap();
    String::from_utf8(out).unwrap()
}

#[tokio::test]
async fn together_nobody_passes_a_limit() {
    let service = service().await;
    let ada = service.register().await;
    let adding = (0..6).map(|_| Box::pin(ada.post("/monitors", monitor(60))));
    let mut made = 0;
    for answer in futures_util::future::join_all(adding).await {
        match answer.status.as_u16() {
            201 => made += 1,
            _ => assert_eq!(reached(answer), ("monitors".to_owned(), 3, 3)),
        }
    }
    assert_eq!(made, 3);
    assert_eq!(usage(&ada, "monitors").await, (json!(3), json!(3)));
    // One that goes makes room for another, a paused one does not.
    let list = ada.get("/monitors").await.items();
    let path = |n: usize| format!("/monitors/{}", list[n]["id"]);
    ada.post(&format!("{}/pause", path(0)), json!({}))
        .await
        .expect(200);
    reached(ada.post("/monitors", monitor(60)).await);
    ada.delete(&path(1)).await.expect(204);
    ada.post("/monitors", monitor(60)).await.expect(201);
}

#[tokio::test]
async fn each_kind_of_thing_has_its_limit() {
    let service = service().await;
    let ada = service.register().await;
    let key = json!({"name": "CI", "role": "viewer"});
    ada.post("/api-keys", key.clone()).await.expect(201);
    assert_eq!(
        reached(ada.post("/api-keys", key).await),
        ("api_keys".to_owned(), 1, 1)
    );
    ada.channel().await;
    let channel =
        json!({"name": "Ops", "kind": "slack", "config": {"webhook_url": "https://hooks.slack.example/x"}});
    assert_eq!(
        reached(ada.post("/channels", channel).await),
        ("channels".to_owned(), 1, 1)
    );
    // An invitation takes the place of the member that it may become.
    let path = format!("/orgs/{}/invitations", ada.org);
    let invite = |email: &str| json!({"email": email, "role": "viewer"});
    let open = ada.post(&path, invite("bo@example.org")).await.expect(201);
    let refused = ada.post(&path, invite("cy@example.org")).await;
    assert_eq!(reached(refused), ("members".to_owned(), 2, 2));
    // One that has expired takes no place, until it is sent again.
    let id = open["id"].as_str().unwrap();
    let expire = "UPDATE member_invitations SET expires_at = now() - interval '1 second' WHERE email = 'bo@example.org'";
    service.db().await.execute(expire, &[]).await.unwrap();
    assert_eq!(usage(&ada, "members").await, (json!(1), json!(2)));
    ada.post(&path, invite("cy@example.org")).await.expect(201);
    let again = ada.post(&format!("{path}/{id}/resend"), json!({})).await;
    assert_eq!(reached(again), ("members".to_owned(), 2, 2));
}

#[tokio::test]
async fn checks_on_request_are_counted_by_day() {
    let service = service().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let count = async |org: i64| {
        let path = format!("/internal/checks-on-request?org_id={org}");
        let headers = [("x-internal-key", common::INTERNAL_KEY)];
        service.send(Method::POST, &path, &headers, "").await
    };
    let key = "checks_on_request_per_day";
    assert_eq!(usage(&ada, key).await, (json!(0), json!(4)));
    let counted = futures_util::future::join_all((0..6).map(|_| Box::pin(count(ada.org)))).await;
    let (allowed, refused): (Vec<_>, Vec<_>) = counted.into_iter().partition(|answer| answer.status == 204);
    assert_eq!((allowed.len(), refused.len()), (4, 2));
    for answer in refused {
        assert_eq!(reached(answer), (key.to_owned(), 4, 4));
    }
    assert_eq!(usage(&ada, key).await, (json!(4), json!(4)));
    count(eve.org).await.expect(204);
    let yesterday = "UPDATE checks_on_request SET day = day - 1";
    service.db().await.execute(yesterday, &[]).await.unwrap();
    assert_eq!(usage(&ada, key).await, (json!(0), json!(4)));
    count(ada.org).await.expect(204);
    assert_eq!(usage(&ada, key).await, (json!(1), json!(4)));
    plan(&service, &ada, |plan| plan.set = Some("team".to_owned())).await;
    for _ in 0..4 {
        count(ada.org).await.expect(204);
    }
    assert_eq!(usage(&ada, key).await, (json!(5), Value::Null));
    assert_eq!(count(0).await.status, 404);
}

#[tokio::test]
async fn an_interval_is_as_the_plan_allows_or_as_it_was() {
    let service = service().await;
    let ada = service.register().await;
    let refused = ada.post("/monitors", monitor(30)).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fields()),
        (422, vec!["interval_seconds"])
    );
    assert!(
        refused.body["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("free")
    );
    plan(&service, &ada, |plan| plan.set = Some("team".to_owned())).await;
    let fast = ada.post("/monitors", monitor(30)).await.expect(201);
    let path = format!("/monitors/{}", fast["id"]);
    plan(&service, &ada, |plan| plan.default = true).await;
    // It goes on as it is, whatever else of it is changed.
    ada.patch(&path, json!({"name": "Shop", "retries": 1}))
        .await
        .expect(200);
    ada.post(&format!("{path}/pause"), json!({})).await.expect(200);
    ada.post(&format!("{path}/resume"), json!({})).await.expect(200);
    let refused = ada.patch(&path, json!({"interval_seconds": 40})).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fields()),
        (422, vec!["interval_seconds"])
    );
    ada.patch(&path, json!({"interval_seconds": 60}))
        .await
        .expect(200);
    let back = ada.patch(&path, json!({"interval_seconds": 30})).await;
    assert_eq!(back.status, 422);
}

#[tokio::test]
async fn a_smaller_plan_takes_nothing_away() {
    let service = service().await;
    let ada = service.register().await;
    for _ in 0..3 {
        ada.post("/monitors", monitor(60)).await.expect(201);
    }
    let report = plan(&service, &ada, |plan| plan.set = Some("tiny".to_owned())).await;
    assert!(
        report.contains("monitors: 3 of 1, stays, but nothing can be added"),
        "{report}"
    );
    assert_eq!(usage(&ada, "monitors").await, (json!(3), json!(1)));
    let all = ada.get("/monitors").await.items();
    assert!(all.len() == 3 && all.iter().all(|monitor| monitor["paused"] == false));
    assert_eq!(
        reached(ada.post("/monitors", monitor(60)).await),
        ("monitors".to_owned(), 1, 3)
    );
    ada.patch(&format!("/monitors/{}", all[0]["id"]), json!({"name": "still"}))
        .await
        .expect(200);
    // A limit of its own, and the change is in the audit log.
    let own = vec![("monitors".to_owned(), json!(4))];
    plan(&service, &ada, |plan| plan.limit = own).await;
    ada.post("/monitors", monitor(60)).await.expect(201);
    let log = ada
        .get(&format!("/orgs/{}/audit-log?action=AssignPlan", ada.org))
        .await
        .items();
    assert_eq!(log.len(), 2);
    assert_eq!(log[1]["actor"]["kind"], "system");
    assert_eq!(
        (&log[1]["before"]["plan"], &log[1]["after"]["plan"]),
        (&Value::Null, &json!("tiny"))
    );
    assert_eq!(log[0]["after"]["limits"], json!({"monitors": 4}));
}

#[tokio::test]
async fn a_plan_that_is_gone_is_the_default() {
    let service = service().await;
    let ada = service.register().await;
    let db = service.db().await;
    let gone = r#"UPDATE organisations SET plan = 'gone', limit_overrides = '["spoilt"]'"#;
    db.execute(gone, &[]).await.unwrap();
    let usage = ada.get(&format!("/orgs/{}/usage", ada.org)).await.expect(200);
    assert_eq!(
        (&usage["plan"], &usage["min_interval_seconds"]),
        (&json!("free"), &json!(60))
    );
    ada.post("/monitors", monitor(60)).await.expect(201);
}

#[tokio::test]
async fn results_are_shown_for_as_long_as_the_plan_says() {
    let service = service().await;
    let ada = service.register().await;
    let id = ada.monitor("https://a.example/").await;
    let db = service.db().await;
    db.batch_execute(&format!(
        "CREATE TABLE check_results_all PARTITION OF check_results DEFAULT;
         INSERT INTO check_results
             SELECT {id}, now() - n * interval '1 day', 1, 60000, 5, 80, 0, 200, 1, 'default'
             FROM unnest(ARRAY[1, 19, 21]) n"
    ))
    .await
    .unwrap();
    let path = format!("/monitors/{id}/results");
    let shown = async |query: &str| ada.get(&format!("{path}{query}")).await.items().len();
    assert_eq!(shown("").await, 3);
    plan(&service, &ada, |plan| plan.set = Some("team".to_owned())).await;
    assert_eq!(shown("").await, 2);
    assert_eq!(shown("?from=2020-01-01T00:00:00Z").await, 2);
    // A change of the configuration is noted when the service starts.
    db.execute("UPDATE organisations SET raw_retention_days = NULL", &[])
        .await
        .unwrap();
    let stores = service.stores.clone();
    service.stop().await;
    let service = UserService::start_on(stores, &MORE).await;
    testkit::eventually("the retention of the plan is noted", PATIENCE, async || {
        let noted = "SELECT raw_retention_days FROM organisations";
        let row = service.db().await.query_one(noted, &[]).await.unwrap();
        (row.get::<_, Option<i32>>(0) == Some(20)).then_some(())
    })
    .await;
}

#[test]
fn plans_that_mean_nothing_keep_the_service_from_starting() {
    for (plans, default, wrong) in [
        (
            r#"{"free": {"monitors": "many"}}"#,
            "free",
            "PLANS: must be valid limits, but in the plan free monitors",
        ),
        (
            PLANS,
            "pro",
            "PLAN_DEFAULT: must name one of the plans: free, team, tiny",
        ),
    ] {
        let mut env = shared::settings::Reader::from_values([("PLANS", plans), ("PLAN_DEFAULT", default)]);
        user_service::Settings::read(&mut env);
        let problems = env.finish().unwrap_err().to_string();
        assert!(problems.contains(wrong), "{problems}");
    }
}
