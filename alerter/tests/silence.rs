//! A Kafka whose connections die without a word: the alerter goes on with new ones, and says so while it cannot.

use std::time::Duration;

use crate::common::World;
use testkit::OwnKafka;

#[tokio::test(flavor = "multi_thread")]
async fn a_kafka_that_falls_silent_delays_alerts_and_loses_none() {
    let test = "a_kafka_that_falls_silent_delays_alerts_and_loses_none";
    let Some((kafka, line, over)) = OwnKafka::start_behind_line(test, 2).await else {
        return;
    };
    let world = World::new(kafka.settings().clone()).await;
    let mut settings = world.settings();
    settings.kafka = over.with_socket_timeout(Duration::from_secs(2));
    let alerter = world.start_with(settings).await;
    world.down(1).await;
    world.await_messages(1, &["Down"]).await;
    alerter.readiness(200, "results").await;
    // What there is is dead; what comes anew lives.
    line.swallow();
    line.mend();
    world.up(1).await;
    world.await_messages(1, &["Down", "Up"]).await;
    // Nothing lives.
    line.swallow();
    world.down(2).await;
    alerter.readiness(503, "log").await;
    line.mend();
    world.await_messages(2, &["Down"]).await;
    alerter.readiness(200, "log").await;
    line.swallow();
    alerter.stop().await;
    line.mend();
    assert_eq!(world.messages_about(1), ["Down", "Up"]);
}
