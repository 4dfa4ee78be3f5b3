//! Alerters that end in the middle: the next one goes on where they were.

use std::sync::atomic::Ordering;

use crate::common::{PATIENCE, World};
use domain::alert_event::Step;
use testkit::Reply;

async fn world(test: &str) -> Option<World> {
    let world = World::new(testkit::kafka(test, 3).await?).await;
    // Each outage is looked for by itself.
    Some(world.with("GROUP_WINDOW_MS", "0"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_alerter_leaves_nothing_out_and_repeats_nothing() {
    let Some(world) = world("a_killed_alerter_leaves_nothing_out_and_repeats_nothing").await else {
        return;
    };
    let alerter = world.spawn();
    for monitor in 1..=6 {
        world.down(monitor).await;
    }
    for monitor in 1..=6 {
        world.await_messages(monitor, &["Down"]).await;
    }
    // It is killed once it has written down that they were received: before, it would have to ask again.
    testkit::eventually("the receipts are durable", PATIENCE, async || {
        let events = world.events().await;
        let sent = events.iter().filter(|event| event.step == Step::Sent);
        (sent.count() == 6).then_some(())
    })
    .await;
    alerter.kill().await;
    for monitor in [1, 2] {
        world.up(monitor).await;
    }
    for monitor in [3, 4] {
        world.down(monitor).await;
    }
    let alerter = world.spawn();
    world.await_messages(1, &["Down", "Up"]).await;
    world.await_messages(2, &["Down", "Up"]).await;
    for monitor in 3..=6 {
        world.up(monitor).await;
    }
    for monitor in 1..=6 {
        world.await_messages(monitor, &["Down", "Up"]).await;
    }
    alerter.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_a_killed_alerter_could_not_send_is_sent_by_the_next() {
    let Some(world) = world("a_message_that_a_killed_alerter_could_not_send_is_sent_by_the_next").await
    else {
        return;
    };
    world.slack.answer_with(Reply::new(500, "oops"));
    let alerter = world.spawn();
    world.down(1).await;
    testkit::eventually("Slack was asked", PATIENCE, async || {
        (!world.messages_about(1).is_empty()).then_some(())
    })
    .await;
    alerter.kill().await;
    world.up(1).await;
    let refused = world.messages_about(1).len();
    world.slack.answer_with(Reply::new(200, "ok"));
    let alerter = world.spawn();
    testkit::eventually("both are announced", PATIENCE, async || {
        (world.messages_about(1)[refused..] == ["Down", "Up"]).then_some(())
    })
    .await;
    alerter.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_survivor_takes_over_from_a_killed_alerter() {
    let Some(world) = world("a_survivor_takes_over_from_a_killed_alerter").await else {
        return;
    };
    // Each outage by itself, also when one of them has most of the partitions.
    let world = world.with("GROUP_WINDOW_MS", "0");
    let (first, second) = (world.spawn(), world.spawn());
    for monitor in 1..=12 {
        world.down(monitor).await;
    }
    for monitor in 1..=12 {
        world.await_messages(monitor, &["Down"]).await;
    }
    for monitor in 1..=12 {
        world.up(monitor).await;
        if monitor == 6 {
            first.kill().await;
            break;
        }
    }
    for monitor in 7..=12 {
        world.up(monitor).await;
    }
    // What was being sent at the kill is sent once more: nobody knows whether it was received.
    for monitor in 1..=12 {
        let mut messages = testkit::eventually("the end is announced", PATIENCE, async || {
            Some(world.messages_about(monitor)).filter(|messages| messages.last() == Some(&"Up"))
        })
        .await;
        messages.dedup();
        assert_eq!(messages, ["Down", "Up"], "monitor {monitor}");
    }
    second.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_that_came_and_went_in_a_backlog_becomes_one_message() {
    let Some(world) = world("an_outage_that_came_and_went_in_a_backlog_becomes_one_message").await else {
        return;
    };
    let world = world.with("BACKLOG_SECONDS", "0");
    // Two outages that are over, and one that is not, while user-service is away: nobody can be messages.
    world.known.away.store(true, Ordering::Relaxed);
    let alerter = world.start().await;
    for step in [false, true, false, true, true] {
        if step {
            world.up(1).await
        } else {
            world.down(1).await
        }
    }
    world.down(2).await;
    world.handled().await;
    alerter.stop().await;
    world.known.away.store(false, Ordering::Relaxed);
    let alerter = world.start().await;
    world.await_messages(2, &["Down"]).await;
    let about_the_first = testkit::eventually("the first is announced", PATIENCE, async || {
        Some(world.slack.messages_with("Shop 1.")).filter(|messages| !messages.is_empty())
    })
    .await;
    assert_eq!(about_the_first.len(), 1, "{about_the_first:?}");
    let text = about_the_first[0].1["text"].as_str().unwrap();
    assert!(
        text.starts_with("✅ Up: Shop 1. (2 outages within 30 s)\n"),
        "{text}"
    );
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_but_kafka_may_be_away_also_after_a_restart() {
    let Some(world) = world("everything_but_kafka_may_be_away_also_after_a_restart").await else {
        return;
    };
    let world = world.with("REDIS_URL", "redis://127.0.0.1:1").with(
        "DATABASE_URL",
        "postgres://nobody@127.0.0.1:1/none?connect_timeout=1",
    );
    // It tells two names; the third monitor is new.
    *world.known.monitors.lock().unwrap() = vec![1, 2];
    let alerter = world.start_without_database().await;
    world.up(1).await;
    world.down(2).await;
    world.await_messages(2, &["Down"]).await;
    testkit::eventually("the names are durable", PATIENCE, async || {
        let mut names = 0;
        for partition in 0..world.kafka.partitions() {
            let topic = world.kafka.alert_state_topic();
            let held = world.kafka.restore(&topic, partition).await.ok()?;
            names += held.keys().filter(|key| key.starts_with("n/")).count();
        }
        (names == 2).then_some(())
    })
    .await;
    world.handled().await;
    alerter.stop().await;
    world.known.away.store(true, Ordering::Relaxed);
    let alerter = world.spawn();
    world.down(1).await;
    world.up(2).await;
    world.down(3).await;
    world.await_messages(1, &["Down"]).await;
    world.await_messages(2, &["Down", "Up"]).await;
    // Its name is not known, its address is.
    let url = "Down: https://shop.example/3";
    testkit::eventually(url, PATIENCE, async || {
        (world.slack.messages_with(url).len() == 1).then_some(())
    })
    .await;
    alerter.kill().await;
}
