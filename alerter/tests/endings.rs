//! Incidents that users end.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{PATIENCE, World};
use domain::record::LifecycleEvent;
use futures_util::future::join_all;

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_a_user_made_is_told_once_to_whoever_was_told_of_the_outage() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await;
    let alerter = world.start().await;
    let ends = [
        (1, LifecycleEvent::Paused, "Paused"),
        (2, LifecycleEvent::Edited, "Edited"),
        (3, LifecycleEvent::Deleted, "Deleted"),
    ];
    for (monitor, ..) in ends {
        world.down(monitor).await;
        world.await_messages(monitor, &["Down"]).await;
    }
    for (monitor, event, what) in ends {
        world.lifecycle(monitor, event, 2).await;
        world.await_messages(monitor, &["Down", what]).await;
    }
    alerter.stop().await;
    // Also when the same is read again.
    let again = world.start().await;
    for (monitor, event, _) in ends {
        world.lifecycle(monitor, event, 2).await;
    }
    world.handled().await;
    again.stop().await;
    for (monitor, _, what) in ends {
        assert_eq!(world.messages_about(monitor), ["Down", what]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_monitors_that_are_paused_are_one_message_that_says_so() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await.with("GROUP_WINDOW_MS", "300");
    let alerter = world.start().await;
    world.publish_all(1..=20, false).await;
    let says = async |begins: &str| {
        testkit::eventually(begins, PATIENCE, async || {
            let texts = world.slack.messages().into_iter();
            let mut texts = texts.filter_map(|(_, message)| message["text"].as_str().map(str::to_owned));
            texts.find(|text| text.starts_with(begins))
        })
        .await
    };
    says("🔴 Down: 20 monitors").await;
    let paused = (1..=20).map(|monitor| world.lifecycle(monitor, LifecycleEvent::Paused, 2));
    join_all(paused).await;
    let text = says("⏸️ Monitoring paused: 20 monitors").await;
    assert!(text.contains("Shop 1. (down for "), "{text}");
    alerter.stop().await;
}
