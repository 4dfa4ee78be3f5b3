//! Drills: outages that are rehearsed. Their alerts are real, and marked.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use domain::alert_event::{AlertKind, Step};
use domain::alert_rules::Mute;
use domain::{IncidentId, MonitorId, Record, Severity, Timestamp};
use testkit::FakeSlack;

use crate::beginning::store_events;
use crate::common::{ORG, PATIENCE, World, name, result, url};
use crate::escalation::{self, WAIT, let_pass, received};
use crate::filters;
use crate::kinds::acknowledged_by;
use crate::labels;

const NOTE: &str = "This is a drill: nothing is wrong with the monitor.";

/// What user-service writes of a drill of a monitor: that it is down, or up again.
fn record(drill: i64, of: i64, slot: Timestamp, up: bool) -> Record {
    let Record::Result(mut found) = result(-drill, slot, up) else {
        unreachable!("it is a result")
    };
    found.url = url(of);
    Record::Result(found)
}

/// A drill of a monitor begins; answers when.
async fn begin(world: &World, drill: i64, of: i64) -> Timestamp {
    world.known.drills.lock().unwrap().insert(drill, of);
    let slot = world.slot();
    world.publish(record(drill, of, slot, false)).await;
    slot
}

/// The name of the incident of a drill that began then.
fn incident(drill: i64, began: Timestamp) -> IncidentId {
    IncidentId::new(MonitorId(-drill), 1, began)
}

async fn end(world: &World, drill: i64, of: i64) {
    world.publish(record(drill, of, world.slot(), true)).await;
}

/// What a Slack has got about drills of a monitor, in order: `Down`, `Acknowledged`, `Up`, …
fn messages_about(slack: &FakeSlack, of: i64) -> Vec<String> {
    let name = name(of);
    let messages = slack.messages().into_iter();
    let kinds = messages.filter_map(|(_, message)| {
        let line = message["text"].as_str()?.lines().next()?.to_owned();
        let (kind, about) = line.strip_prefix("🧪 DRILL – ")?.split_once(": ")?;
        about.starts_with(&name).then(|| kind.to_owned())
    });
    kinds.collect()
}

async fn announced(slack: &FakeSlack, of: i64, expected: &[&str]) {
    let what = format!("{expected:?} of the drill of monitor {of}");
    testkit::eventually(&what, PATIENCE, async || {
        (messages_about(slack, of) == expected).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_goes_through_its_policy_until_somebody_acknowledges_also_across_a_restart() {
    let test = "a_drill_goes_through_its_policy_until_somebody_acknowledges_also_across_a_restart";
    let Some((world, [first, second])) = escalation::world(test).await else {
        return;
    };
    let alerter = world.spawn();
    begin(&world, 3, 1).await;
    let began = begin(&world, 4, 2).await;
    announced(&first, 1, &["Down"]).await;
    announced(&first, 2, &["Down"]).await;
    received(&world, AlertKind::Down, 2).await;
    alerter.kill().await;
    // The second step of both is due, and one of them was acknowledged meanwhile.
    for drill in [3, 4] {
        let_pass(&world, -drill, i64::from(WAIT)).await;
    }
    world.acknowledge(-4, incident(4, began)).await;
    let alerter = world.spawn();
    announced(&second, 1, &["Down"]).await;
    world.handled().await;
    end(&world, 3, 1).await;
    end(&world, 4, 2).await;
    // Whoever was notified of the beginning is notified of the end, once.
    announced(&first, 1, &["Down", "Up"]).await;
    announced(&first, 2, &["Down", "Up"]).await;
    announced(&second, 1, &["Down", "Up"]).await;
    assert!(messages_about(&second, 2).is_empty(), "it was acknowledged");
    assert!(
        world.slack.messages().is_empty(),
        "the organisation's own channel"
    );
    for (slack, count) in [(&first, 4), (&second, 2)] {
        let messages = slack.messages();
        assert_eq!(messages.len(), count, "nothing but drills: {messages:?}");
        for (_, message) in messages {
            let message = message.to_string();
            assert!(message.contains(NOTE), "{message}");
            assert!(
                message.contains("/drills/3") || message.contains("/drills/4"),
                "{message}"
            );
        }
    }
    let events = world.events().await;
    let monitors: BTreeSet<i64> = events.iter().map(|event| event.monitor_id.0).collect();
    assert_eq!(monitors, BTreeSet::from([-4, -3]));
    alerter.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_drill_of_a_muted_monitor_notifies_nobody_and_says_why() {
    let (_broker, world) = filters::world().await;
    world.known.rules.lock().unwrap().muted = vec![Mute {
        monitor_id: MonitorId(1),
        until: None,
    }];
    let alerter = world.start().await;
    let muted = incident(3, begin(&world, 3, 1).await);
    begin(&world, 4, 2).await;
    announced(&world.slack, 2, &["Down"]).await;
    testkit::eventually("it is recorded why", PATIENCE, async || {
        let mut events = world.events().await.into_iter();
        events.find(|event| {
            (event.incident_id, event.step) == (muted, Step::Suppressed)
                && event.reason.as_deref() == Some("the monitor is muted")
        })
    })
    .await;
    end(&world, 3, 1).await;
    end(&world, 4, 2).await;
    announced(&world.slack, 2, &["Down", "Up"]).await;
    world.handled().await;
    assert!(messages_about(&world.slack, 1).is_empty());
    // The monitors themselves are as they were.
    world.down(2).await;
    world.await_messages(2, &["Down"]).await;
    assert_eq!(messages_about(&world.slack, 2).len(), 2, "that was no drill");
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_waits_until_it_is_known_whose_mute_holds_for_it() {
    let (_broker, world) = filters::world().await;
    world.known.rules.lock().unwrap().muted = vec![Mute {
        monitor_id: MonitorId(1),
        until: None,
    }];
    world.known.drills_away.store(true, Ordering::Relaxed);
    let alerter = world.start().await;
    let muted = incident(3, begin(&world, 3, 1).await);
    begin(&world, 4, 2).await;
    // Both ask at once, and again ten seconds after an error: that takes longer than other alerts wait.
    testkit::eventually("it is asked for again and again", PATIENCE, async || {
        let seen = world.user_service.seen().into_iter();
        let asked = seen.filter(|request| request.path.starts_with("/internal/monitors/-"));
        (asked.count() >= 4).then_some(())
    })
    .await;
    assert!(world.slack.messages().is_empty());
    assert!(world.events().await.is_empty());
    world.known.drills_away.store(false, Ordering::Relaxed);
    announced(&world.slack, 2, &["Down"]).await;
    testkit::eventually("it is recorded why", PATIENCE, async || {
        let mut events = world.events().await.into_iter();
        events.find(|event| {
            (event.incident_id, event.step) == (muted, Step::Suppressed)
                && event.reason.as_deref() == Some("the monitor is muted")
        })
    })
    .await;
    end(&world, 3, 1).await;
    end(&world, 4, 2).await;
    announced(&world.slack, 2, &["Down", "Up"]).await;
    world.handled().await;
    assert!(messages_about(&world.slack, 1).is_empty());
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn outages_keep_their_labels_while_drills_wait_for_theirs() {
    let Some((world, calm)) = labels::world("outages_keep_their_labels_while_drills_wait").await else {
        return;
    };
    world.known.drills_away.store(true, Ordering::Relaxed);
    let alerter = world.start().await;
    world.up(1).await;
    world.handled().await;
    for drill in 3..=5 {
        begin(&world, drill, 1).await;
    }
    // They were made since all names were asked for.
    let outages: Vec<i64> = (11..=14).collect();
    world.known.monitors.lock().unwrap().extend(&outages);
    let severities: Vec<_> = outages.iter().map(|&id| (id, Severity::Info)).collect();
    labels::label(&world, &severities);
    testkit::eventually("drills are asked for in vain", PATIENCE, async || {
        let mut seen = world.user_service.seen().into_iter();
        seen.any(|request| request.path.starts_with("/internal/monitors/-"))
            .then_some(())
    })
    .await;
    for &id in &outages {
        world.down(id).await;
        labels::announced(&calm, &world.slack, id, &["Down"]).await;
    }
    assert!(messages_about(&world.slack, 1).is_empty());
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_that_is_gone_notifies_nobody() {
    let (_broker, world) = filters::world().await;
    let alerter = world.start().await;
    // User-service does not know it: its monitor was deleted meanwhile.
    world.publish(record(3, 1, world.slot(), false)).await;
    begin(&world, 4, 2).await;
    announced(&world.slack, 2, &["Down"]).await;
    world.handled().await;
    assert!(messages_about(&world.slack, 1).is_empty());
    assert!(world.events().await.iter().all(|event| event.monitor_id.0 == -4));
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_message_is_about_drills_and_about_outages() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await;
    let alerter = world.start().await;
    for id in 1..=10 {
        world.down(id).await;
        begin(&world, id, 100 + id).await;
    }
    let named = |text: &str, ids: std::ops::RangeInclusive<i64>| -> BTreeSet<i64> {
        ids.filter(|id| text.contains(&name(*id))).collect()
    };
    let texts = || {
        let messages = world.slack.messages().into_iter();
        messages.map(|(_, message)| message["text"].as_str().unwrap_or_default().to_owned())
    };
    testkit::eventually("all of them are announced", PATIENCE, async || {
        let all = texts().collect::<Vec<_>>().join("\n");
        let count = named(&all, 1..=10).len() + named(&all, 101..=110).len();
        (count == 20).then_some(())
    })
    .await;
    for text in texts() {
        let (outages, drills) = (named(&text, 1..=10), named(&text, 101..=110));
        assert_eq!(text.contains("DRILL"), !drills.is_empty(), "{text}");
        assert!(outages.is_empty() || drills.is_empty(), "{text}");
    }
    assert!(texts().count() < 20, "there was a storm");
    alerter.stop().await;
}

/// What user-service keeps of drills that go on, each of a monitor and begun then.
async fn store_drills(database_url: &str, drills: &[(i64, i64, Timestamp)]) {
    let client = testkit::connect(database_url).await;
    let sql = format!("INSERT INTO organisations (id, name) OVERRIDING SYSTEM VALUE VALUES ({ORG}, 'Acme')");
    client.batch_execute(&sql).await.unwrap();
    for &(drill, of, began) in drills {
        let sql = format!(
            "INSERT INTO monitors (id, org_id, name, spec) OVERRIDING SYSTEM VALUE VALUES ({of}, {ORG}, 'Shop', '{{}}')"
        );
        client.batch_execute(&sql).await.unwrap();
        let ends = began.plus_millis(24 * 3_600_000);
        client
            .execute(
                "INSERT INTO drills (id, org_id, monitor_id, name, incident_id, started_at, ends_at)
                 OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3, 'Rehearsal', $4, $5, $6)",
                &[
                    &drill,
                    &ORG.0,
                    &of,
                    &incident(drill, began).0,
                    &began.to_datetime(),
                    &ends.to_datetime(),
                ],
            )
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_log_begins_with_the_drills_that_go_on() {
    let database_url = testkit::database().await;
    let (_first_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await.with("DATABASE_URL", &database_url);
    let alerter = world.start().await;
    let began = begin(&world, 3, 1).await;
    announced(&world.slack, 1, &["Down"]).await;
    received(&world, AlertKind::Down, 1).await;
    alerter.stop().await;
    let events = world.events().await;
    store_events(&database_url, -3, &events).await;
    store_drills(&database_url, &[(3, 1, began)]).await;

    let (_second_broker, kafka) = testkit::embedded_kafka();
    let world = world.on(kafka);
    let alerter = world.start().await;
    end(&world, 3, 1).await;
    announced(&world.slack, 1, &["Down", "Up"]).await;
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_that_was_acknowledged_stays_so_on_a_new_log() {
    let database_url = testkit::database().await;
    let (_first_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await.with("DATABASE_URL", &database_url);
    let world = world.with("GROUP_WINDOW_MS", "0");
    let alerter = world.start().await;
    let acknowledged = begin(&world, 3, 1).await;
    let other = begin(&world, 4, 2).await;
    announced(&world.slack, 1, &["Down"]).await;
    announced(&world.slack, 2, &["Down"]).await;
    received(&world, AlertKind::Down, 2).await;
    alerter.stop().await;
    let events = world.events().await;
    store_events(&database_url, -3, &events).await;
    store_events(&database_url, -4, &events).await;
    store_drills(&database_url, &[(3, 1, acknowledged), (4, 2, other)]).await;
    testkit::connect(&database_url)
        .await
        .execute(
            "INSERT INTO incident_acknowledgements (incident_id, org_id, by_name) VALUES ($1, $2, 'Ada')",
            &[&incident(3, acknowledged).0, &ORG.0],
        )
        .await
        .unwrap();
    for channel in world.known.channels.lock().unwrap().iter_mut() {
        channel.alerts.remind_every_seconds = Some(1);
    }

    let (_second_broker, kafka) = testkit::embedded_kafka();
    let world = world.on(kafka);
    let alerter = world.start().await;
    testkit::eventually("the other one is reminded of", PATIENCE, async || {
        (messages_about(&world.slack, 2).len() > 2).then_some(())
    })
    .await;
    end(&world, 3, 1).await;
    announced(&world.slack, 1, &["Down", "Up"]).await;
    assert!(
        messages_about(&world.slack, 2)
            .iter()
            .any(|kind| kind == "Still down")
    );
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_is_acknowledged_by_its_link() {
    let (_broker, world) = filters::world().await;
    for channel in world.known.channels.lock().unwrap().iter_mut() {
        channel.alerts.acknowledge_by_link = true;
    }
    let alerter = world.start().await;
    let began = begin(&world, 3, 1).await;
    announced(&world.slack, 1, &["Down"]).await;
    let (_, message) = world.slack.messages().remove(0);
    let text = message["text"].as_str().unwrap().to_owned();
    let link = acknowledged_by(text.lines().last().unwrap());
    assert_eq!(link.monitor_id, MonitorId(-3));
    assert_eq!(link.incident_id, incident(3, began));
    assert_eq!(link.started_at, began);
    end(&world, 3, 1).await;
    announced(&world.slack, 1, &["Down", "Up"]).await;
    let (_, message) = world.slack.messages().remove(1);
    assert!(!message.to_string().contains("/acknowledge/"), "{message}");
    alerter.stop().await;
}
