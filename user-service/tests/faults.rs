//! Stores that go away: the answer says so quickly, and what does not need them goes on.

use std::time::{Duration, Instant};

use crate::common::{PATIENCE, Person, Stores, UserService};
use http::Method;
use serde_json::{Value, json};
use testkit::Proxy;

/// A user-service whose database is at the end of a line.
async fn on_a_line() -> (Proxy, UserService) {
    let stores = Stores::new().await;
    let (line, database_url) = Proxy::before(&stores.database_url).await;
    let service = UserService::start_on(stores, &[("DATABASE_URL", &database_url)]).await;
    (line, service)
}

async fn answers_503_quickly(person: &Person<'_>) {
    for (method, path, body) in [
        (Method::GET, "/monitors", Value::Null),
        (Method::POST, "/monitors", json!({"url": "https://a.example/"})),
        (Method::GET, "/summary", Value::Null),
    ] {
        let began = Instant::now();
        let answer = person.call(method.clone(), path, &body.to_string()).await;
        assert_eq!(answer.status, 503, "{method} {path}: {}", answer.body);
        assert_eq!(answer.header("retry-after"), "5");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let took = began.elapsed();
        // Four and a half seconds, and as many for a busy machine.
        assert!(took < Duration::from_secs(9), "{method} {path} took {took:?}");
    }
}

async fn ready(service: &UserService) -> Option<()> {
    let answer = service.send(Method::GET, "/health/ready", &[], "").await;
    (answer.status == 200).then_some(())
}

#[tokio::test]
async fn without_the_database_the_answer_is_503_until_it_is_back() {
    let (line, service) = on_a_line().await;
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    testkit::eventually("it is ready", PATIENCE, async || ready(&service).await).await;

    line.cut();
    answers_503_quickly(&person).await;
    testkit::eventually("it is not ready", PATIENCE, async || {
        ready(&service).await.is_none().then_some(())
    })
    .await;
    let alive = service.send(Method::GET, "/health/live", &[], "").await;
    assert_eq!(alive.status, 200);

    line.mend();
    testkit::eventually("it is ready again", PATIENCE, async || ready(&service).await).await;
    let monitor = person.get(&format!("/monitors/{id}")).await.expect(200);
    assert_eq!(monitor["id"], id);
    assert_eq!(service.count("monitors").await, 1);
}

#[tokio::test]
async fn a_database_that_hangs_is_a_database_that_is_away() {
    let (line, service) = on_a_line().await;
    let person = service.register().await;
    line.swallow();
    answers_503_quickly(&person).await;
    line.mend();
    testkit::eventually("it answers again", PATIENCE, async || {
        (person.get("/monitors").await.status == 200).then_some(())
    })
    .await;
    assert_eq!(service.count("monitors").await, 0);
}

#[tokio::test]
async fn a_statement_ends_before_the_request_that_waits_for_it() {
    let service = UserService::start().await;
    let person = service.register().await;
    let mut db = service.db().await;
    let tx = db.transaction().await.unwrap();
    tx.batch_execute("LOCK TABLE monitors IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let answer = person.get("/monitors").await;
    assert_eq!(answer.status, 503, "{}", answer.body);
    // Nothing of the list goes on for nobody, on a connection that others need.
    let waiting = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'
                     AND query LIKE '%ORDER BY m.id LIMIT%'";
    let waiting: i64 = tx.query_one(waiting, &[]).await.unwrap().get(0);
    assert_eq!(waiting, 0);
    tx.rollback().await.unwrap();
    assert_eq!(person.get("/monitors").await.status, 200);
}

#[tokio::test]
async fn without_redis_and_kafka_everything_is_stored() {
    let stores = Stores {
        redis_url: "redis://127.0.0.1:1".to_owned(),
        ..Stores::new().await
    };
    let service = UserService::start_on(stores, &[]).await;
    let person = service.register().await;
    let began = Instant::now();
    let id = person.monitor("https://a.example/").await;
    let channel = person.channel().await;
    person
        .post(&format!("/monitors/{id}/pause"), Value::Null)
        .await
        .expect(200);
    assert_eq!(person.get("/monitors").await.items().len(), 1);
    assert_eq!(person.delete(&format!("/channels/{channel}")).await.status, 204);
    let took = began.elapsed();
    // Two changes are announced to Redis for half a second each; the rest is for a busy machine.
    assert!(took < Duration::from_secs(10), "{took:?}");
    service.stop().await;
}
