//! What reaches Slack, and when it does not.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::common::{PATIENCE, World, messages_about, slack_channel};
use domain::alert_event::Step;
use domain::alert_rules::{AlertRules, Mute};
use domain::maintenance::{MaintenanceWindow, Span};
use domain::record::LifecycleEvent;
use domain::{MonitorId, Timestamp};
use testkit::{FakeSlack, HttpServer, Reply};

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_told_once_and_so_is_its_end() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await;
    let alerter = world.start().await;
    world.up(1).await;
    world.down(1).await;
    world.down(1).await;
    world.await_messages(1, &["Down"]).await;
    world.up(1).await;
    world.up(1).await;
    world.await_messages(1, &["Down", "Up"]).await;
    world.down(2).await;
    world.await_messages(2, &["Down"]).await;
    assert_eq!(world.messages_about(1), ["Down", "Up"]);
    let messages = world.slack.messages();
    let text = messages[1].1["text"].as_str().unwrap();
    assert!(text.starts_with("✅ Up: Shop 1. (down for 20 s)\n"), "{text}");
    assert!(text.contains("http://localhost:8080/monitors/1"), "{text}");
    alerter.stop().await;
    let steps: Vec<_> = world
        .events()
        .await
        .into_iter()
        .map(|event| (event.monitor_id.0, event.step))
        .collect();
    for monitor in [1, 1, 2] {
        assert!(
            steps.contains(&(monitor, Step::Decided)) && steps.contains(&(monitor, Step::Sent)),
            "{steps:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slack_that_fails_for_a_while_gets_everything_in_order() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await.with("DELIVERY_TIMEOUT_MS", "1000");
    let alerter = world.start().await;
    // It fails, asks to be left alone, and is too slow.
    world.slack.answer_in_turn(vec![
        Reply::new(500, "oops"),
        Reply::new(429, "slow down")
            .header("content-type", "text/plain")
            .header("retry-after", "1"),
        Reply::new(200, "ok").after(Duration::from_secs(20)),
        Reply::new(200, "ok"),
    ]);
    world.down(1).await;
    testkit::eventually("Slack was asked", PATIENCE, async || {
        (!world.messages_about(1).is_empty()).then_some(())
    })
    .await;
    // The end is not announced before the outage was received.
    world.up(1).await;
    world
        .await_messages(1, &["Down", "Down", "Down", "Down", "Up"])
        .await;
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_asks_to_be_left_alone_does_not_get_what_is_new_either() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await.with("GROUP_WINDOW_MS", "0");
    let asked = AtomicBool::new(false);
    let slack = HttpServer::start(move |_| {
        if asked.swap(true, Ordering::Relaxed) {
            return Reply::new(200, "ok").header("content-type", "text/html");
        }
        Reply::new(429, "slow down")
            .header("content-type", "text/plain")
            .header("retry-after", "3")
    })
    .await;
    *world.known.channels.lock().unwrap() = vec![slack_channel(1, &slack.url())];
    let alerter = world.start().await;
    world.down(1).await;
    testkit::eventually("the failure is noted", PATIENCE, async || {
        let mut events = world.events().await.into_iter();
        events.find(|event| event.step == Step::Attempted)
    })
    .await;
    world.down(2).await;
    let at = testkit::eventually("both are announced", PATIENCE, async || {
        let at: Vec<_> = slack.seen().into_iter().map(|request| request.at).collect();
        (at.len() == 3).then_some(at)
    })
    .await;
    alerter.stop().await;
    assert!(at[1].millis_since(at[0]) >= 3_000, "{at:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_for_good_is_not_repeated() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await;
    world.slack.answer_with(Reply::new(404, "no_service"));
    let alerter = world.start().await;
    world.down(1).await;
    testkit::eventually("the alert failed", PATIENCE, async || {
        world
            .events()
            .await
            .into_iter()
            .find(|event| event.step == Step::Failed)
    })
    .await;
    world.up(1).await;
    world.handled().await;
    alerter.stop().await;
    assert_eq!(world.messages_about(1), ["Down"]);
    let last = world.events().await.pop().unwrap();
    assert_eq!(last.step, Step::Suppressed);
    assert_eq!(
        last.reason.as_deref(),
        Some("no channel was notified of the incident")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_that_waits_to_be_told_is_cancelled_with_its_monitor() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await;
    world.slack.answer_with(Reply::new(500, "oops"));
    let alerter = world.start().await;
    world.down(1).await;
    testkit::eventually("Slack was asked", PATIENCE, async || {
        (!world.messages_about(1).is_empty()).then_some(())
    })
    .await;
    world.lifecycle(1, LifecycleEvent::Deleted, 2).await;
    let event = testkit::eventually("the alert is suppressed", PATIENCE, async || {
        world
            .events()
            .await
            .into_iter()
            .find(|event| event.step == Step::Suppressed)
    })
    .await;
    assert_eq!(event.reason.as_deref(), Some("the monitor was deleted"));
    assert!(event.delivery_id.is_some());
    world.slack.answer_with(Reply::new(200, "ok"));
    world.down(2).await;
    world.await_messages(2, &["Down"]).await;
    let asked = world.messages_about(1).len();
    alerter.stop().await;
    assert_eq!(world.messages_about(1).len(), asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_decided_while_user_service_is_away_is_told_when_it_is_back() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await;
    world.known.away.store(true, Ordering::Relaxed);
    let alerter = world.start().await;
    world.down(1).await;
    world.handled().await;
    alerter.stop().await;
    let alerter = world.start().await;
    assert!(world.slack.messages().is_empty());
    world.known.away.store(false, Ordering::Relaxed);
    world.await_messages(1, &["Down"]).await;
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_goes_to_whoever_was_told_of_the_outage() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await;
    let late = FakeSlack::start().await;
    let alerter = world.start().await;
    world.down(1).await;
    world.await_messages(1, &["Down"]).await;
    // One channel comes, the other is disabled.
    {
        let mut channels = world.known.channels.lock().unwrap();
        channels[0].enabled = false;
        channels.push(slack_channel(2, &late.webhook_url()));
    }
    world.hint_channels_changed().await;
    world.down(2).await;
    testkit::eventually("the new channel is notified", PATIENCE, async || {
        (messages_about(&late, 2) == ["Down"]).then_some(())
    })
    .await;
    world.up(1).await;
    world.await_messages(1, &["Down", "Up"]).await;
    world.up(2).await;
    testkit::eventually("the new channel is notified", PATIENCE, async || {
        (messages_about(&late, 2) == ["Down", "Up"]).then_some(())
    })
    .await;
    assert!(world.messages_about(2).is_empty() && messages_about(&late, 1).is_empty());
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_message_says_what_is_wrong_with_a_channel() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await.with("DELIVERY_TIMEOUT_MS", "1000");
    let alerter = world.start().await;
    let webhook = world.slack.webhook_url();
    assert_eq!(alerter.test(&slack_channel(9, &webhook)).await, (true, None));
    assert_eq!(world.slack.messages_with("Test message for Ops").len(), 1);
    world.slack.answer_with(Reply::new(403, "invalid_token"));
    let refused = alerter.test(&slack_channel(9, &webhook)).await;
    assert_eq!(refused, (false, Some("HTTP 403: invalid_token".to_owned())));
    world
        .slack
        .answer_with(Reply::new(200, "ok").after(Duration::from_secs(3)));
    let late = alerter.test(&slack_channel(9, &webhook)).await;
    assert_eq!(late, (false, Some("no response within 1000 ms".to_owned())));
    // A test link of the cloud's metadata service, by its address and by a name.
    for blocked in [
        "http://169.254.169.254/latest",
        "http://[::ffff:169.254.169.254]/latest",
    ] {
        let (ok, error) = alerter.test(&slack_channel(9, blocked)).await;
        assert!(
            !ok && error.as_ref().unwrap().contains("may not be connected to"),
            "{error:?}"
        );
    }
    alerter.stop().await;
    let world = world.with("PROBE_TARGETS", "public");
    let alerter = world.start().await;
    let local = world.slack.webhook_url().replace("127.0.0.1", "localhost");
    let (ok, error) = alerter.test(&slack_channel(9, &local)).await;
    assert!(
        !ok && error
            .as_ref()
            .unwrap()
            .contains("localhost may not be connected to"),
        "{error:?}"
    );
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_is_told_in_one_message_and_so_is_its_end() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await.with("GROUP_WINDOW_MS", "2000");
    let alerter = world.start().await;
    let monitors = 1..=500;
    world.publish_all(monitors.clone(), false).await;
    let singles = |kind: &str| world.slack.messages_with(&format!("{kind}: Shop ")).len();
    let total = |kind: &str| -> usize {
        let groups = world.slack.messages();
        let groups = groups.iter().filter_map(|(_, message)| {
            let text = message["text"].as_str()?;
            let line = text.lines().next()?.strip_prefix(kind)?;
            line.strip_prefix(": ")?
                .strip_suffix(" monitors")?
                .parse::<usize>()
                .ok()
        });
        groups.sum()
    };
    for kind in ["🔴 Down", "✅ Up"] {
        testkit::eventually("all of the storm is announced", PATIENCE, async || {
            (singles(&kind[kind.find(' ').unwrap() + 1..]) + total(kind) == 500).then_some(())
        })
        .await;
        if kind == "🔴 Down" {
            world.publish_all(monitors.clone(), true).await;
        }
    }
    // At most the first ones go by themselves, and the rest in one message, or two on a slow machine.
    let messages = world.slack.messages().len();
    assert!((2..=10).contains(&messages), "{messages} messages");
    let groups = world.slack.messages_with("… and ");
    let text = groups[0].1["text"].as_str().unwrap();
    assert!(text.contains("• Shop "), "{text}");
    alerter.stop().await;
    // Every monitor keeps its own trace.
    let sent = world
        .events()
        .await
        .into_iter()
        .filter(|event| event.step == Step::Sent)
        .count();
    assert_eq!(sent, 1_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_muted_or_in_maintenance_is_told_when_it_is_no_longer() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await;
    let window = MaintenanceWindow {
        monitors: vec![MonitorId(2)],
        span: Span::Once {
            from: Timestamp::from_millis(0),
            until: shared::now().plus_millis(3_600_000),
        },
        exceptions: Vec::new(),
    };
    *world.known.rules.lock().unwrap() = AlertRules {
        muted: vec![Mute {
            monitor_id: MonitorId(1),
            until: None,
        }],
        windows: vec![window],
        ..AlertRules::default()
    };
    let alerter = world.start().await;
    for monitor in [1, 2, 3] {
        world.down(monitor).await;
    }
    world.await_messages(3, &["Down"]).await;
    let event = testkit::eventually("the muted one is suppressed", PATIENCE, async || {
        world
            .events()
            .await
            .into_iter()
            .find(|event| event.step == Step::Suppressed)
    })
    .await;
    assert_eq!(
        (event.monitor_id, event.reason.as_deref()),
        (MonitorId(1), Some("the monitor is muted"))
    );
    // The window is taken away while the second one is still down.
    *world.known.rules.lock().unwrap() = AlertRules::default();
    world.hint_channels_changed().await;
    world.await_messages(2, &["Down"]).await;
    assert!(world.messages_about(1).is_empty());
    alerter.stop().await;
}
