//! Of what a channel wants to be notified, and how often.

use std::sync::atomic::Ordering;

use crate::common::{ORG, PATIENCE, World, name, result, slack_channel};
use alerting::filter::THROTTLED;
use domain::alert_event::{AlertEvent, AlertKind, Step};
use domain::alert_rules::{AlertRules, Mute};
use domain::baseline::{Bound, Bounds};
use domain::channel::ChannelAlerts;
use domain::maintenance::{MaintenanceWindow, Span};
use domain::record::{Lifecycle, LifecycleEvent};
use domain::{ChannelId, MonitorId, Record, Timestamp};
use testkit::FakeSlack;

/// A channel for each of these wishes, with a Slack of its own; their ids count from 1.
pub(crate) async fn channels(world: &World, wishes: &[ChannelAlerts]) -> Vec<FakeSlack> {
    let (mut slacks, mut channels) = (Vec::new(), Vec::new());
    for (id, alerts) in (1..).zip(wishes) {
        let slack = FakeSlack::start().await;
        let mut channel = slack_channel(id, &slack.webhook_url());
        channel.alerts = *alerts;
        channels.push(channel);
        slacks.push(slack);
    }
    *world.known.channels.lock().unwrap() = channels;
    slacks
}

pub(crate) async fn world() -> (testkit::EmbeddedKafka, World) {
    let (broker, kafka) = testkit::embedded_kafka();
    // Each message is looked for by itself.
    (broker, World::new(kafka).await.with("GROUP_WINDOW_MS", "0"))
}

/// What a Slack has got about a monitor, in order: `Down`, `Still down`, `Degraded`, …
pub(crate) fn messages_about(slack: &FakeSlack, monitor: i64) -> Vec<String> {
    let name = name(monitor);
    let messages = slack.messages().into_iter();
    let kinds = messages.filter_map(|(_, message)| {
        let line = message["text"].as_str()?.lines().next()?.to_owned();
        let (kind, about) = line.split_once(": ")?;
        let kind = kind.split_once(' ')?.1;
        about.starts_with(&name).then(|| kind.to_owned())
    });
    kinds.collect()
}

pub(crate) async fn await_messages(slack: &FakeSlack, monitor: i64, expected: &[&str]) {
    testkit::eventually(
        &format!("{expected:?} of monitor {monitor}"),
        PATIENCE,
        async || (messages_about(slack, monitor) == expected).then_some(()),
    )
    .await;
}

/// A result that took so long, of a monitor that is slow from 500 ms on.
async fn answered_in(world: &World, monitor: i64, latency_ms: u32) {
    let Record::Result(mut answer) = result(monitor, world.slot(), true) else {
        unreachable!("it is a result")
    };
    answer.rule.slow_ms = Some(500);
    answer.latency_ms = Some(latency_ms);
    world.publish(Record::Result(answer)).await;
}

/// Events of a channel, of one step and kind.
async fn events(world: &World, channel: i64, step: Step, alert: AlertKind) -> Vec<AlertEvent> {
    let wanted = |event: &AlertEvent| {
        (event.channel_id, event.step, event.alert) == (Some(ChannelId(channel)), step, alert)
    };
    world.events().await.into_iter().filter(wanted).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn channels_that_want_it_are_notified_of_degraded_monitors() {
    let (_broker, world) = world().await;
    let wants = ChannelAlerts {
        degraded: true,
        ..ChannelAlerts::default()
    };
    let slacks = channels(&world, &[wants, ChannelAlerts::default()]).await;
    let alerter = world.start().await;
    for (latency, expected) in [(900, &["Degraded"][..]), (20, &["Degraded", "Recovered"])] {
        answered_in(&world, 1, latency).await;
        await_messages(&slacks[0], 1, expected).await;
    }
    // What is degraded and then down is not announced as recovered.
    answered_in(&world, 1, 900).await;
    await_messages(&slacks[0], 1, &["Degraded", "Recovered", "Degraded"]).await;
    world.down(1).await;
    world.up(1).await;
    let all = ["Degraded", "Recovered", "Degraded", "Down", "Up"];
    await_messages(&slacks[0], 1, &all).await;
    await_messages(&slacks[1], 1, &["Down", "Up"]).await;
    // The channel wants it no longer. What it was notified of has an end all the same.
    answered_in(&world, 2, 900).await;
    await_messages(&slacks[0], 2, &["Degraded"]).await;
    world.known.channels.lock().unwrap()[0].alerts.degraded = false;
    world.hint_channels_changed().await;
    answered_in(&world, 3, 900).await;
    answered_in(&world, 2, 20).await;
    await_messages(&slacks[0], 2, &["Degraded", "Recovered"]).await;
    world.down(3).await;
    await_messages(&slacks[0], 3, &["Down"]).await;
    alerter.stop().await;
    assert!(messages_about(&slacks[1], 2).is_empty());
    // Nothing is noted of what nobody asked for.
    let of_slowness =
        |event: &AlertEvent| event.channel_id == Some(ChannelId(2)) && event.alert == AlertKind::Degraded;
    assert!(!world.events().await.iter().any(of_slowness));
}

/// Says that 100 ms are usual of a monitor, and up to 200 ms.
async fn usual(world: &World, monitor: i64, notify: bool) {
    const HOUR_MS: i64 = 3_600_000;
    let slot = world.slot();
    let known = Bound {
        median_ms: 100,
        upper_ms: 200,
    };
    let bounds = Bounds {
        from: Timestamp::from_millis(slot.as_millis() / HOUR_MS * HOUR_MS),
        notify,
        // The slots of this test are in the first two.
        hours: vec![Some(known); 3],
    };
    let record = Lifecycle {
        monitor_id: MonitorId(monitor),
        org_id: ORG,
        url: String::new(),
        timestamp: slot,
        revision: 1,
        probe_revision: None,
        event: LifecycleEvent::Baseline,
        incident_id: None,
        delivery_id: None,
        usual: Some(Box::new(bounds)),
    };
    world.publish(Record::Lifecycle(record)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slower_than_usual_is_said_once_also_by_an_alerter_that_takes_over() {
    let (_broker, world) = world().await;
    let wants = ChannelAlerts {
        degraded: true,
        ..ChannelAlerts::default()
    };
    let slacks = channels(&world, &[wants, ChannelAlerts::default()]).await;
    let alerter = world.start().await;
    let took = async |monitor: i64, latency_ms: u32| {
        let Record::Result(mut answer) = result(monitor, world.slot(), true) else {
            unreachable!("it is a result")
        };
        answer.latency_ms = Some(latency_ms);
        world.publish(Record::Result(answer)).await;
    };
    for (monitor, notify) in [(1, true), (2, false)] {
        took(monitor, 80).await;
        usual(&world, monitor, notify).await;
        for _ in 0..5 {
            took(monitor, 900).await;
        }
    }
    alerter.stop().await;
    let alerter = world.start().await;
    for monitor in [2, 1] {
        took(monitor, 900).await;
    }
    await_messages(&slacks[0], 1, &["Slower than usual"]).await;
    for monitor in [2, 1] {
        for _ in 0..8 {
            took(monitor, 80).await;
        }
    }
    let both = ["Slower than usual", "As fast as usual again"];
    await_messages(&slacks[0], 1, &both).await;
    // An outage of either is announced as ever, and after all that was to be said of it.
    for monitor in [1, 2] {
        world.down(monitor).await;
    }
    await_messages(
        &slacks[0],
        1,
        &["Slower than usual", "As fast as usual again", "Down"],
    )
    .await;
    await_messages(&slacks[0], 2, &["Down"]).await;
    await_messages(&slacks[1], 1, &["Down"]).await;
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_hears_of_a_monitor_only_so_often_and_of_the_end_in_any_case() {
    const BRIEF_SECONDS: u32 = 3;
    let (_broker, world) = world().await;
    let every = |throttle_seconds| ChannelAlerts {
        throttle_seconds,
        ..ChannelAlerts::default()
    };
    let slacks = channels(&world, &[every(3_600), every(BRIEF_SECONDS), every(0)]).await;
    let [hourly, brief, all] = &slacks[..] else {
        unreachable!("there are three")
    };
    let alerter = world.start().await;
    world.down(1).await;
    for slack in &slacks {
        await_messages(slack, 1, &["Down"]).await;
    }
    world.up(1).await;
    for slack in &slacks {
        await_messages(slack, 1, &["Down", "Up"]).await;
    }
    // The second outage: announced at once, when its time has come, not at all.
    world.down(1).await;
    await_messages(all, 1, &["Down", "Up", "Down"]).await;
    await_messages(brief, 1, &["Down", "Up", "Down"]).await;
    world.up(1).await;
    for slack in [all, brief] {
        await_messages(slack, 1, &["Down", "Up", "Down", "Up"]).await;
    }
    // Another monitor is another matter.
    world.down(2).await;
    await_messages(hourly, 2, &["Down"]).await;
    assert_eq!(messages_about(hourly, 1), ["Down", "Up"]);
    alerter.stop().await;
    let suppressed = events(&world, 1, Step::Suppressed, AlertKind::Down).await;
    let reasons: Vec<_> = suppressed.iter().map(|event| event.reason.as_deref()).collect();
    assert_eq!(reasons, [Some(THROTTLED)]);
    assert_eq!(suppressed[0].revision, Some(1));
    assert!(suppressed[0].source.offset > 0 && suppressed[0].delivery_id.is_some());
    let decided = events(&world, 2, Step::Decided, AlertKind::Down).await;
    let decided: Vec<_> = decided
        .iter()
        .filter(|event| event.monitor_id == MonitorId(1))
        .collect();
    let apart = decided[1].at.millis_since(decided[0].at);
    assert!(apart >= i64::from(BRIEF_SECONDS) * 1_000, "{apart} ms apart");
}

#[tokio::test(flavor = "multi_thread")]
async fn reminders_come_until_somebody_acknowledges_or_it_ends() {
    let (_broker, world) = world().await;
    let wants = ChannelAlerts {
        remind_every_seconds: Some(1),
        ..ChannelAlerts::default()
    };
    let slacks = channels(&world, &[wants, ChannelAlerts::default()]).await;
    let alerter = world.start().await;
    world.down(1).await;
    world.down(2).await;
    let reminded = |monitor| {
        let kinds = messages_about(&slacks[0], monitor);
        kinds.iter().filter(|kind| *kind == "Still down").count()
    };
    for monitor in [1, 2] {
        testkit::eventually("two reminders come", PATIENCE, async || {
            (reminded(monitor) >= 2).then_some(())
        })
        .await;
    }
    let decided = events(&world, 1, Step::Decided, AlertKind::Down).await;
    let first = decided.iter().find(|event| event.monitor_id == MonitorId(1));
    let incident = first.unwrap().incident_id;
    world.acknowledge(1, incident).await;
    world.handled().await;
    // One may have been on its way. The other monitor's reminders show that time goes by.
    let mut other = reminded(2);
    let mut next_of_the_other = async || {
        testkit::eventually("the other one is reminded of", PATIENCE, async || {
            (reminded(2) > other).then_some(())
        })
        .await;
        other = reminded(2);
    };
    next_of_the_other().await;
    let before = reminded(1);
    next_of_the_other().await;
    next_of_the_other().await;
    assert_eq!(reminded(1), before, "somebody has acknowledged it");
    for monitor in [1, 2] {
        world.up(monitor).await;
        await_messages(&slacks[1], monitor, &["Down", "Up"]).await;
        testkit::eventually("the end is announced last", PATIENCE, async || {
            (messages_about(&slacks[0], monitor).last()? == "Up").then_some(())
        })
        .await;
    }
    alerter.stop().await;
    for monitor in [1, 2] {
        assert_eq!(messages_about(&slacks[0], monitor).last().unwrap(), "Up");
    }
    // Each reminder has a name of its own.
    let sent = events(&world, 1, Step::Sent, AlertKind::Reminder).await;
    let names: std::collections::HashSet<_> = sent.iter().map(|event| event.delivery_id).collect();
    assert_eq!(names.len(), sent.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_notified_is_notified_of_the_end_whatever_the_filters_say_by_then() {
    let (_broker, world) = world().await;
    let alerter = world.start().await;
    for monitor in [1, 2] {
        world.down(monitor).await;
        world.await_messages(monitor, &["Down"]).await;
    }
    let always = Span::Once {
        from: Timestamp::from_millis(0),
        until: shared::now().plus_millis(3_600_000),
    };
    *world.known.rules.lock().unwrap() = AlertRules {
        muted: vec![Mute {
            monitor_id: MonitorId(1),
            until: None,
        }],
        windows: vec![MaintenanceWindow {
            monitors: vec![MonitorId(2)],
            span: always,
            exceptions: Vec::new(),
        }],
        ..AlertRules::default()
    };
    world.hint_channels_changed().await;
    for monitor in [1, 2] {
        world.up(monitor).await;
        world.await_messages(monitor, &["Down", "Up"]).await;
        // Nobody is notified of the next one.
        world.down(monitor).await;
    }
    world.up(1).await;
    world.up(2).await;
    world.down(3).await;
    world.await_messages(3, &["Down"]).await;
    alerter.stop().await;
    for monitor in [1, 2] {
        assert_eq!(world.messages_about(monitor), ["Down", "Up"]);
    }
    let reasons: Vec<_> = world
        .events()
        .await
        .into_iter()
        .filter(|event| (event.step, event.alert) == (Step::Suppressed, AlertKind::Down))
        .map(|event| (event.monitor_id.0, event.reason.unwrap_or_default()))
        .collect();
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert!(
        reasons
            .iter()
            .any(|(id, reason)| *id == 1 && reason == "the monitor is muted")
    );
    assert!(
        reasons
            .iter()
            .any(|(id, reason)| *id == 2 && reason.contains("maintenance")),
        "{reasons:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_cannot_be_read_silence_nobody() {
    let (_broker, world) = world().await;
    world.known.spoilt.store(true, Ordering::Relaxed);
    *world.known.monitors.lock().unwrap() = vec![1, 2];
    world.known.rules.lock().unwrap().muted = vec![Mute {
        monitor_id: MonitorId(2),
        until: None,
    }];
    let alerter = world.start().await;
    // The other rules hold: it is known first, and not announced.
    world.down(2).await;
    world.down(1).await;
    world.await_messages(1, &["Down"]).await;
    testkit::eventually("the muted one is suppressed", PATIENCE, async || {
        let events = world.events().await;
        let suppressed = events.iter().find(|event| event.step == Step::Suppressed)?;
        (suppressed.monitor_id == MonitorId(2)).then_some(())
    })
    .await;
    assert_eq!(messages_about(&world.slack, 2), [] as [String; 0]);
    alerter.stop().await;
}
