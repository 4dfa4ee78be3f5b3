//! What holds alerts back for a while: silences, maintenance windows, quiet hours, and that a monitor is flapping.

use std::collections::BTreeSet;

use domain::alert_event::{AlertKind, Step};
use domain::channel::{ChannelAlerts, QuietHours};
use domain::flapping::FlappingRule;
use domain::hold::{Hold, HoldKind};
use domain::routing::{Conditions, Labels};
use domain::{ChannelId, MonitorId, Severity, TagId, Timestamp};
use serde_json::json;
use testkit::Reply;

use crate::common::{PATIENCE, World, name, result};
use crate::filters::{self, await_messages, messages_about};

/// Labels of monitors, as a user gives them.
fn label(world: &World, labels: &[(i64, Labels)]) {
    world.known.labels.lock().unwrap().extend(labels.iter().cloned());
    *world.known.monitors.lock().unwrap() = labels.iter().map(|(id, _)| *id).collect();
    world.known.policy.lock().unwrap().labels_version += 1;
}

/// Waits until it is recorded that nobody is notified of an outage of a monitor, and why.
async fn suppressed(world: &World, monitor: i64, why: &str) {
    testkit::eventually(why, PATIENCE, async || {
        let mut events = world.events().await.into_iter();
        events.find(|event| {
            (event.monitor_id.0, event.alert, event.step) == (monitor, AlertKind::Down, Step::Suppressed)
                && event.reason.as_deref() == Some(why)
        })
    })
    .await;
}

fn hold(kind: HoldKind, until: Timestamp) -> Hold {
    Hold {
        kind,
        monitors: Vec::new(),
        conditions: Conditions::default(),
        spans: vec![(Timestamp::from_millis(0), until)],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn silences_and_maintenance_hold_back_and_let_go() {
    let (_broker, world) = filters::world().await;
    let tag = TagId(5);
    let tagged = Labels {
        tags: vec![tag],
        ..Labels::default()
    };
    label(
        &world,
        &[(1, tagged.clone()), (2, tagged), (5, Labels::default())],
    );
    let later = shared::now().plus_millis(3_600_000);
    let silence = Hold {
        conditions: Conditions {
            tags: vec![tag],
            ..Conditions::default()
        },
        ..hold(HoldKind::Silence, later)
    };
    let maintenance = Hold {
        monitors: vec![MonitorId(3), MonitorId(4)],
        ..hold(HoldKind::Maintenance, later)
    };
    world.known.rules.lock().unwrap().holds = vec![silence, maintenance];
    let alerter = world.start().await;
    for monitor in 1..=5 {
        world.down(monitor).await;
    }
    world.await_messages(5, &["Down"]).await;
    world.up(2).await;
    suppressed(&world, 2, "resolved while it was silenced").await;
    world.up(4).await;
    suppressed(&world, 4, "resolved during a maintenance window").await;
    for monitor in 1..=4 {
        assert!(world.messages_about(monitor).is_empty(), "{monitor}");
    }
    // The silence is ended by somebody, the occurrence by itself.
    let soon = shared::now().plus_millis(2_000);
    let maintenance = Hold {
        monitors: vec![MonitorId(3)],
        ..hold(HoldKind::Maintenance, soon)
    };
    world.known.rules.lock().unwrap().holds = vec![maintenance];
    world.hint_channels_changed().await;
    world.await_messages(1, &["Down"]).await;
    world.await_messages(3, &["Down"]).await;
    let decided =
        world.events().await.into_iter().find(|event| {
            (event.monitor_id.0, event.alert, event.step) == (3, AlertKind::Down, Step::Decided)
        });
    assert!(decided.unwrap().at >= soon);
    for monitor in [1, 3] {
        world.up(monitor).await;
        world.await_messages(monitor, &["Down", "Up"]).await;
    }
    for monitor in [2, 4] {
        assert!(world.messages_about(monitor).is_empty(), "{monitor}");
    }
    alerter.stop().await;
}

/// Quiet hours that end at an instant.
fn quiet_until(end: Timestamp, passes: Option<Severity>) -> ChannelAlerts {
    let on_the_wall = |at: Timestamp| at.to_datetime().time().to_string();
    let from = on_the_wall(end.plus_millis(-3_600_000));
    let hours = json!({"time_zone": "UTC", "from": from, "until": on_the_wall(end)});
    let quiet: QuietHours = serde_json::from_value(json!({"hours": hours, "passes": passes})).unwrap();
    ChannelAlerts {
        quiet_hours: Some(quiet),
        ..ChannelAlerts::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_quiet_hours_a_channel_is_notified_of_nothing_that_begins() {
    let (_broker, world) = filters::world().await;
    let alerter = world.start().await;
    world.down(9).await;
    world.await_messages(9, &["Down"]).await;
    // It is at work: what follows takes no longer than a few sends.
    let end = shared::now().plus_millis(10_000);
    let wishes = [
        quiet_until(end, None),
        quiet_until(end, Some(Severity::Critical)),
        ChannelAlerts::default(),
    ];
    let slacks = filters::channels(&world, &wishes).await;
    let [quiet, critical, always] = &slacks[..] else {
        unreachable!("there are three")
    };
    world.hint_channels_changed().await;
    world.down(1).await;
    world.down(2).await;
    for slack in [critical, always] {
        await_messages(slack, 1, &["Down"]).await;
        await_messages(slack, 2, &["Down"]).await;
    }
    world.up(2).await;
    for slack in [critical, always] {
        await_messages(slack, 2, &["Down", "Up"]).await;
    }
    assert!(shared::now() < end, "the machine is too slow for this test");
    assert!(messages_about(quiet, 1).is_empty() && messages_about(quiet, 2).is_empty());
    // What goes on, and what is over by then, is one message.
    let received = testkit::eventually("both are in the ledger as sent", PATIENCE, async || {
        let events = world.events().await.into_iter();
        let of_quiet =
            events.filter(|event| event.channel_id == Some(ChannelId(1)) && event.monitor_id.0 != 9);
        let sent: Vec<_> = of_quiet.filter(|event| event.step == Step::Sent).collect();
        (sent.len() == 2).then_some(sent)
    })
    .await;
    let of_monitors: BTreeSet<_> = received
        .iter()
        .map(|event| (event.monitor_id.0, event.alert.as_str()))
        .collect();
    assert_eq!(of_monitors, BTreeSet::from([(1, "down"), (2, "up")]));
    let messages = quiet.messages();
    assert_eq!(messages.len(), 1, "{messages:?}");
    let (at, message) = &messages[0];
    assert!(*at >= end);
    let text = message["text"].as_str().unwrap();
    assert!(text.starts_with("🔴 While it was quiet from "), "{text}");
    let heading = text.lines().next().unwrap();
    assert!(
        heading.ends_with(" (UTC): 1 outage is going on, 1 is over"),
        "{text}"
    );
    assert!(text.contains(&format!("• {}: ", name(1))), "{text}");
    assert!(text.contains(&format!("• {} was down ", name(2))), "{text}");
    let decided = world.events().await.into_iter().filter(|event| {
        (event.channel_id, event.step) == (Some(ChannelId(1)), Step::Decided) && event.monitor_id.0 != 9
    });
    for event in decided {
        let ended = event.reason.as_deref().and_then(alerting::quiet_hours_ended);
        assert_eq!(ended, Some(end), "{event:?}");
    }
    world.up(1).await;
    for slack in [critical, always] {
        await_messages(slack, 1, &["Down", "Up"]).await;
    }
    await_messages(quiet, 1, &["Up"]).await;
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_what_waited_for_quiet_hours_each_is_sent_once_though_an_alerter_is_killed() {
    let test = "of_what_waited_for_quiet_hours_each_is_sent_once_though_an_alerter_is_killed";
    let Some(kafka) = testkit::kafka(test, 3).await else {
        return;
    };
    let world = World::new(kafka).await.with("GROUP_WINDOW_MS", "0");
    let world = world.with("DELIVERY_TIMEOUT_MS", "1000");
    let alerter = world.spawn();
    world.down(9).await;
    world.await_messages(9, &["Down"]).await;
    let end = shared::now().plus_millis(15_000);
    world.known.channels.lock().unwrap()[0].alerts = quiet_until(end, None);
    world.hint_channels_changed().await;
    for monitor in 1..=4 {
        world.down(monitor).await;
    }
    world.up(4).await;
    suppressed(&world, 4, "over in the quiet hours of the channel").await;
    assert!(shared::now() < end, "the machine is too slow for this test");
    world.slack.answer_with(Reply::new(500, "oops"));
    testkit::eventually("the message is refused", PATIENCE, async || {
        (!world.slack.messages_with("While it was quiet").is_empty()).then_some(())
    })
    .await;
    alerter.kill().await;
    let refused = world.slack.messages().len();
    world.slack.answer_with(Reply::new(200, "ok"));
    let alerter = world.spawn();
    testkit::eventually("each has its receipt", PATIENCE, async || {
        let events = world.events().await.into_iter();
        let sent = events.filter(|event| event.step == Step::Sent && event.monitor_id.0 != 9);
        (sent.count() == 4).then_some(())
    })
    .await;
    let taken = world.slack.messages().split_off(refused);
    for monitor in 1..=4 {
        let name = name(monitor);
        let about = taken.iter().filter(|(_, message)| {
            let text = message["text"].as_str().unwrap_or_default();
            text.contains(&name)
        });
        assert_eq!(about.count(), 1, "{monitor}: {taken:?}");
    }
    // Of the end of what goes on it is notified at once.
    world.up(1).await;
    testkit::eventually("the end is sent", PATIENCE, async || {
        let up = format!("✅ Up: {} (", name(1));
        (world.slack.messages_with(&up).len() == 1).then_some(())
    })
    .await;
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_monitor_that_is_flapping_only_what_lasts_is_announced() {
    let (_broker, world) = filters::world().await;
    let rule = FlappingRule {
        outages: 3,
        within_minutes: 60,
        lasting_minutes: 2,
    };
    let labels = Labels {
        flapping: Some(rule),
        ..Labels::default()
    };
    label(&world, &[(1, labels), (2, Labels::default())]);
    let alerter = world.start().await;
    let started = shared::now();
    let found = async |seconds_ago: i64, up: bool| {
        let slot = started.plus_millis(-seconds_ago * 1_000);
        world.publish(result(1, slot, up)).await;
    };
    let mut expected = Vec::new();
    // The fourth has lasted long enough by the time that it is known.
    for seconds_ago in [500, 480, 460, 440] {
        found(seconds_ago, false).await;
        expected.push("Down");
        world.await_messages(1, &expected).await;
        found(seconds_ago - 10, true).await;
        expected.push("Up");
        world.await_messages(1, &expected).await;
    }
    let line = "Flapping: 3 outages within 1 h. From now on only outages that last 2 min are announced, until it settles.";
    let told: Vec<usize> = world
        .slack
        .messages()
        .iter()
        .enumerate()
        .filter(|(_, (_, message))| message.to_string().contains(line))
        .map(|(index, _)| index)
        .collect();
    assert_eq!(told.first(), Some(&4), "the third outage is told of so: {told:?}");
    found(20, false).await;
    found(10, true).await;
    suppressed(&world, 1, "flapping: over within 2 minutes").await;
    world.down(2).await;
    world.await_messages(2, &["Down"]).await;
    assert_eq!(world.messages_about(1), expected);
    alerter.stop().await;
}
