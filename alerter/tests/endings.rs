//! Incidents that users end.

use crate::common::{PATIENCE, World};
use domain::alert_event::{AlertKind, Step};
use domain::record::LifecycleEvent;
use futures_util::future::join_all;
use testkit::Reply;

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

/// Waits for a step of an alert.
async fn await_step(world: &World, alert: AlertKind, step: Step) {
    let what = format!("{} is {}", alert.as_str(), step.as_str());
    testkit::eventually(&what, PATIENCE, async || {
        let mut events = world.events().await.into_iter();
        events.find(|event| event.alert == alert && event.step == step)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_is_not_told_of_an_outage_whose_message_was_held_back() {
    let (_broker, kafka) = testkit::embedded_kafka();
    // It is held back for a tenth of this.
    let world = World::new(kafka).await.with("GROUP_WINDOW_MS", "40000");
    let alerter = world.start().await;
    world.down(1).await;
    await_step(&world, AlertKind::Down, Step::Decided).await;
    world.lifecycle(1, LifecycleEvent::Paused, 2).await;
    await_step(&world, AlertKind::Up, Step::Suppressed).await;
    alerter.stop().await;
    assert!(world.slack.messages().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_is_not_told_of_an_outage_that_the_channel_has_refused_to_take() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await.with("GROUP_WINDOW_MS", "0");
    let alerter = world.start().await;
    world.slack.answer_with(Reply::new(500, "not now"));
    world.down(1).await;
    await_step(&world, AlertKind::Down, Step::Attempted).await;
    world.lifecycle(1, LifecycleEvent::Paused, 2).await;
    await_step(&world, AlertKind::Down, Step::Suppressed).await;
    await_step(&world, AlertKind::Up, Step::Suppressed).await;
    world.slack.answer_with(Reply::new(200, "ok"));
    alerter.stop().await;
    let tried = world.messages_about(1);
    assert!(tried.iter().all(|message| *message == "Down"), "{tried:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_is_told_of_an_outage_that_the_channel_may_have_heard_of() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka)
        .await
        .with("GROUP_WINDOW_MS", "0")
        .with("DELIVERY_TIMEOUT_MS", "1000");
    let alerter = world.start().await;
    let silent = Reply::new(200, "ok").after(std::time::Duration::from_secs(3));
    world.slack.answer_with(silent);
    world.down(1).await;
    await_step(&world, AlertKind::Down, Step::Attempted).await;
    world.lifecycle(1, LifecycleEvent::Paused, 2).await;
    await_step(&world, AlertKind::Down, Step::Suppressed).await;
    world.slack.answer_with(Reply::new(200, "ok"));
    await_step(&world, AlertKind::Up, Step::Sent).await;
    alerter.stop().await;
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
