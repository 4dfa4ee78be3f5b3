//! Servers that end and come back.

use std::time::Duration;

use testkit::{OwnKafka, OwnPostgres, OwnRedis};

#[tokio::test]
async fn a_database_comes_back_with_its_data() {
    let mut postgres = OwnPostgres::start().await;
    let client = testkit::connect(postgres.url()).await;
    let insert = "INSERT INTO organisations (name) VALUES ('Kept')";
    client.batch_execute(insert).await.unwrap();
    postgres.kill().await;
    assert!(client.query_one("SELECT 1", &[]).await.is_err());
    postgres.restart().await;
    let client = testkit::connect(postgres.url()).await;
    let kept = client
        .query_one("SELECT name FROM organisations", &[])
        .await
        .unwrap();
    assert_eq!(kept.get::<_, &str>(0), "Kept");
}

#[tokio::test]
async fn a_redis_comes_back_empty() {
    let mut redis = OwnRedis::start().await;
    redis.flush().await;
    redis.kill().await;
    redis.restart().await;
    redis.pause();
    redis.resume();
    redis.flush().await;
}

#[tokio::test]
async fn a_broker_comes_back_with_its_topics() {
    let Some(mut kafka) = OwnKafka::start("a_broker_comes_back_with_its_topics", 2).await else {
        return;
    };
    kafka.kill().await;
    kafka.restart().await;
    let topic = kafka.settings().results_topic();
    // A broker answers before it coordinates groups again.
    let done = testkit::eventually("the group is known", Duration::from_secs(30), async || {
        kafka.settings().committed("nobody", &topic).await.ok()
    })
    .await;
    assert!(done.is_empty(), "the topic is there, and nobody has read it");
}
