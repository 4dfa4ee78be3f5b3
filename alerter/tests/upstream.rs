//! Monitors that depend on another one: while that one is down, and somebody is notified of it, nobody is notified of them,
//! whichever alerter reads of which.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use domain::MonitorId;
use domain::alert_event::{AlertEvent, AlertKind, Step};
use domain::alert_rules::Mute;
use domain::routing::Labels;
use fred::interfaces::KeysInterface as _;

use crate::common::{PATIENCE, World, messages_about};
use crate::labels::held;
use crate::storm::two;

/// The one on which all others depend.
const PARENT: i64 = 1;

/// Those that depend on it: so many that each of two alerters has some of them.
const CHILDREN: RangeInclusive<i64> = 2..=25;

/// For how long an alert about one of them waits.
const WAIT_SECONDS: u16 = 5;

const REASON: &str = "monitor 1, on which it depends, is down";

/// Two alerters share its partitions.
async fn world(test: &str) -> Option<World> {
    let world = World::new(testkit::kafka(test, 12).await?).await;
    // Each outage is looked for by itself.
    Some(world.with("GROUP_WINDOW_MS", "0"))
}

fn child_labels() -> Labels {
    Labels {
        depends_on: vec![MonitorId(PARENT)],
        wait_seconds: WAIT_SECONDS,
        ..Labels::default()
    }
}

/// Has monitors depend on their parent, as a user does.
fn depend(world: &World, children: RangeInclusive<i64>) {
    let parent = Labels {
        is_depended_on: true,
        ..Labels::default()
    };
    let monitors = {
        let mut known = world.known.labels.lock().unwrap();
        known.insert(PARENT, parent);
        known.extend(children.map(|child| (child, child_labels())));
        known.keys().copied().collect()
    };
    *world.known.monitors.lock().unwrap() = monitors;
    world.known.policy.lock().unwrap().labels_version += 1;
}

/// Waits until the alerters know who depends on whom.
async fn all_is_known(world: &World) {
    let count = world.known.monitors.lock().unwrap().len();
    testkit::eventually("all labels are held", PATIENCE, async || {
        let held = held(world).await?;
        let labelled = held.values().filter(|name| name["labels"].is_object());
        (labelled.count() == count).then_some(())
    })
    .await;
}

/// Waits until it is recorded of each of these that an alert of it was suppressed, and why; answers when that was.
async fn suppressed(world: &World, monitors: RangeInclusive<i64>, alert: AlertKind) -> Vec<AlertEvent> {
    let count = monitors.clone().count();
    let what = format!("{} of {monitors:?} is suppressed", alert.as_str());
    testkit::eventually(&what, PATIENCE, async || {
        let events = world.events().await.into_iter();
        let of_these = events.filter(|event| {
            let is_so = (event.alert, event.step, event.channel_id) == (alert, Step::Suppressed, None);
            is_so && monitors.contains(&event.monitor_id.0)
        });
        let of_these: Vec<_> = of_these.collect();
        let all: HashSet<_> = of_these.iter().map(|event| event.monitor_id).collect();
        (all.len() == count).then_some(of_these)
    })
    .await
}

fn are_silent(world: &World, monitors: RangeInclusive<i64>) {
    for monitor in monitors {
        assert!(world.messages_about(monitor).is_empty(), "{monitor}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_notified_of_what_depends_on_a_monitor_that_is_down() {
    let Some(world) = world("nobody_is_notified_of_what_depends_on_a_monitor").await else {
        return;
    };
    depend(&world, CHILDREN);
    let alerters = two(&world).await;
    all_is_known(&world).await;
    // They fail first.
    world.publish_all(CHILDREN, false).await;
    world.down(PARENT).await;
    world.await_messages(PARENT, &["Down"]).await;
    let events = suppressed(&world, CHILDREN, AlertKind::Down).await;
    let mut reasons = events.iter().map(|event| event.reason.as_deref());
    assert!(reasons.all(|reason| reason == Some(REASON)), "{events:?}");

    // Some are over meanwhile: that is told to nobody.
    world.publish_all(2..=10, true).await;
    suppressed(&world, 2..=10, AlertKind::Up).await;
    are_silent(&world, CHILDREN);

    // The others go on when the parent is up again, and are announced once they had time to recover, too.
    world.up(PARENT).await;
    world.await_messages(PARENT, &["Down", "Up"]).await;
    for child in 11..=25 {
        world.await_messages(child, &["Down"]).await;
    }
    let events = world.events().await;
    let decided = |monitor: i64, alert: AlertKind| {
        let mut events = events.iter();
        let found = events
            .find(|event| (event.monitor_id.0, event.alert, event.step) == (monitor, alert, Step::Decided));
        found.unwrap().at
    };
    let parent_up = decided(PARENT, AlertKind::Up);
    for child in 11..=25 {
        let waited = decided(child, AlertKind::Down).millis_since(parent_up);
        assert!(waited >= i64::from(WAIT_SECONDS) * 1_000, "{waited} ms");
    }
    // Whoever was notified is notified of the end.
    world.publish_all(11..=25, true).await;
    for child in 11..=25 {
        world.await_messages(child, &["Down", "Up"]).await;
    }
    are_silent(&world, 2..=10);
    // What was told is taken back.
    let (settings, parent) = (world.redis(), MonitorId(PARENT));
    let redis = shared::redis::connect(&settings).unwrap();
    let left: i64 = redis
        .exists(settings.keys().alert_announced(parent))
        .await
        .unwrap();
    assert_eq!(left, 0);
    for (alerter, _) in alerters {
        alerter.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_what_another_alerter_has_announced_holds_nothing_back() {
    let Some(world) = world("without_redis_what_another_alerter_has_announced").await else {
        return;
    };
    let world = world.with("REDIS_URL", "redis://127.0.0.1:1");
    depend(&world, CHILDREN);
    let alerters = two(&world).await;
    all_is_known(&world).await;
    world.down(PARENT).await;
    world.await_messages(PARENT, &["Down"]).await;
    let began = shared::now();
    world.publish_all(CHILDREN, false).await;
    // Each is announced or suppressed, according to who reads of it.
    let decided = testkit::eventually("all are decided", PATIENCE, async || {
        let events = world.events().await.into_iter();
        let of_children = events.filter(|event| {
            event.alert == AlertKind::Down
                && matches!(event.step, Step::Decided | Step::Suppressed)
                && CHILDREN.contains(&event.monitor_id.0)
        });
        let of_children: Vec<_> = of_children.collect();
        let all: HashSet<_> = of_children.iter().map(|event| event.monitor_id).collect();
        (all.len() == CHILDREN.count()).then_some(of_children)
    })
    .await;
    let (announced, held_back): (Vec<_>, Vec<_>) =
        decided.iter().partition(|event| event.step == Step::Decided);
    assert!(!announced.is_empty() && !held_back.is_empty(), "{decided:?}");
    for event in announced {
        let waited = event.at.millis_since(began);
        assert!(waited >= i64::from(WAIT_SECONDS) * 1_000, "{waited} ms");
        world.await_messages(event.monitor_id.0, &["Down"]).await;
    }
    for event in held_back {
        assert_eq!(event.reason.as_deref(), Some(REASON));
        assert!(world.messages_about(event.monitor_id.0).is_empty());
    }
    for (alerter, _) in alerters {
        alerter.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_back_stays_so_when_another_alerter_goes_on() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await.with("GROUP_WINDOW_MS", "0");
    depend(&world, CHILDREN);
    let alerter = world.start().await;
    world.down(PARENT).await;
    world.await_messages(PARENT, &["Down"]).await;
    world.publish_all(CHILDREN, false).await;
    suppressed(&world, CHILDREN, AlertKind::Down).await;
    alerter.stop().await;

    let alerter = world.start().await;
    world.down(99).await;
    world.await_messages(99, &["Down"]).await;
    are_silent(&world, CHILDREN);
    // A child that fails only now is held back by what was announced before.
    let late = 100;
    depend(&world, late..=late);
    world.hint_channels_changed().await;
    world.down(late).await;
    suppressed(&world, late..=late, AlertKind::Down).await;
    // Somebody takes a dependency away.
    world.known.labels.lock().unwrap().insert(2, Labels::default());
    world.known.policy.lock().unwrap().labels_version += 1;
    world.hint_channels_changed().await;
    world.await_messages(2, &["Down"]).await;
    are_silent(&world, 3..=25);
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_monitor_of_which_nobody_is_notified_holds_nothing_back() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await.with("GROUP_WINDOW_MS", "0");
    depend(&world, 2..=2);
    world.known.rules.lock().unwrap().muted = vec![Mute {
        monitor_id: MonitorId(PARENT),
        until: None,
    }];
    let alerter = world.start().await;
    world.down(PARENT).await;
    world.down(2).await;
    world.await_messages(2, &["Down"]).await;
    assert!(world.messages_about(PARENT).is_empty());
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_below_one_monitor_is_one_message() {
    let Some(world) = world("a_storm_below_one_monitor_is_one_message").await else {
        return;
    };
    let world = world.with("GROUP_WINDOW_MS", "3000");
    let last = if testkit::is_full() { 10_000 } else { 1_500 };
    let children = 2..=last;
    depend(&world, children.clone());
    let alerters = two(&world).await;
    all_is_known(&world).await;
    let began = shared::now();
    world.publish_all(PARENT..=last, false).await;
    let mut events = suppressed(&world, children, AlertKind::Down).await;
    events.sort_by_key(|event| (event.monitor_id, event.at));
    events.dedup_by_key(|event| event.monitor_id);
    assert_eq!(events.len() as i64, last - 1);
    let latest = events.iter().map(|event| event.at.millis_since(began)).max();
    let within = i64::from(WAIT_SECONDS) * 1_000 + 2_000;
    assert!(latest.is_some_and(|latest| latest <= within), "{latest:?} ms");
    let mut reasons = events.iter().map(|event| event.reason.as_deref());
    assert!(reasons.all(|reason| reason == Some(REASON)));
    world.await_messages(PARENT, &["Down"]).await;
    // It ends with all of them, which is one message again.
    world.publish_all(2..=last, true).await;
    suppressed(&world, 2..=last, AlertKind::Up).await;
    world.up(PARENT).await;
    world.await_messages(PARENT, &["Down", "Up"]).await;
    assert_eq!(messages_about(&world.slack, PARENT), ["Down", "Up"]);
    assert_eq!(world.slack.messages().len(), 2);
    for (alerter, _) in alerters {
        alerter.stop().await;
    }
}
