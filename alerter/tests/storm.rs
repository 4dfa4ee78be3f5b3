//! Many monitors that fail together while two alerters share them: one message tells of all.

use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::common::{PATIENCE, Running, World, user_service};
use domain::ChannelId;
use domain::alert_event::{AlertKind, Step};
use fred::interfaces::KeysInterface as _;
use fred::types::Expiration;
use testkit::{HttpServer, Reply};

const WINDOW_MS: i64 = 3_000;

async fn world(test: &str) -> Option<World> {
    let world = World::new(testkit::kafka(test, 12).await?).await;
    Some(world.with("GROUP_WINDOW_MS", &WINDOW_MS.to_string()))
}

/// Two alerters, each of which has some of the partitions, and the user-service of each.
pub(crate) async fn two(world: &World) -> [(Running, HttpServer); 2] {
    let mut alerters = Vec::new();
    for _ in 0..2 {
        let told_by = user_service(Arc::clone(&world.known)).await;
        let mut settings = world.settings();
        settings.user_service_url = told_by.url();
        alerters.push((world.start_with(settings).await, told_by));
    }
    testkit::eventually("both are at work", PATIENCE, async || {
        world.publish_all(10_001..=10_100, true).await;
        // Who has partitions asks for what belongs to them, and everybody for messages that ask to confirm.
        let at_work = |told_by: &HttpServer| {
            let mut seen = told_by.seen().into_iter();
            seen.any(|seen| !seen.path.starts_with("/internal/confirmation"))
        };
        alerters.iter().all(|(_, told_by)| at_work(told_by)).then_some(())
    })
    .await;
    world.handled().await;
    alerters.try_into().ok().unwrap()
}

/// How many monitors each message of a kind tells of, and when it came.
fn messages_about(world: &World, kind: &str) -> Vec<(i64, usize)> {
    let messages = world.slack.messages().into_iter();
    let messages_seen = messages.filter_map(|(at, message)| {
        let text = message["text"].as_str()?.lines().next()?.to_owned();
        let about = text.strip_prefix(kind)?.strip_prefix(": ")?;
        let counted = about
            .strip_suffix(" monitors")
            .and_then(|count| count.parse().ok());
        Some((at.as_millis(), counted.unwrap_or(1)))
    });
    messages_seen.collect()
}

fn counts(messages_seen: &[(i64, usize)]) -> Vec<usize> {
    messages_seen.iter().map(|(_, count)| *count).collect()
}

/// Waits until each of them has the receipt of a message, and answers when the last of them was decided.
async fn all_received(world: &World, monitors: RangeInclusive<i64>, kind: AlertKind) -> i64 {
    let count = monitors.clone().count();
    testkit::eventually("each delivery has its receipt", PATIENCE, async || {
        let events = world.events().await.into_iter();
        let of_these: Vec<_> = events
            .filter(|event| event.alert == kind && monitors.contains(&event.monitor_id.0))
            .collect();
        let received = of_these.iter().filter(|event| event.step == Step::Sent);
        let received: Vec<_> = received.map(|event| event.receipt.as_deref()).collect();
        assert!(
            received.iter().all(|receipt| *receipt == Some("ok")),
            "{received:?}"
        );
        let incidents: std::collections::HashSet<_> =
            of_these.iter().map(|event| event.incident_id).collect();
        (received.len() == count).then(|| {
            assert_eq!(incidents.len(), count, "each has an incident of its own");
            let decided = of_these.iter().filter(|event| event.step == Step::Decided);
            decided.map(|event| event.at.as_millis()).max().unwrap()
        })
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_alerters_tell_of_a_storm_in_one_message_and_of_its_end_in_one() {
    let Some(world) = world("two_alerters_tell_of_a_storm_in_one_message").await else {
        return;
    };
    let alerters = two(&world).await;
    world.publish_all(1..=500, false).await;
    let decided_at = all_received(&world, 1..=500, AlertKind::Down).await;
    let down = messages_about(&world, "🔴 Down");
    assert_eq!(counts(&down), [500]);
    let took_ms = down[0].0 - decided_at;
    // Two seconds, and as many for a busy machine.
    assert!(took_ms <= WINDOW_MS + 4_000, "sent after {took_ms} ms");

    // What Slack does not take is tried again, by both together.
    world.slack.answer_with(Reply::new(500, "oops"));
    world.publish_all(1..=500, true).await;
    testkit::eventually("the end is announced", PATIENCE, async || {
        (!messages_about(&world, "✅ Up").is_empty()).then_some(())
    })
    .await;
    world.slack.answer_with(Reply::new(200, "ok"));
    all_received(&world, 1..=500, AlertKind::Up).await;
    let up = counts(&messages_about(&world, "✅ Up"));
    assert!(up.len() >= 2 && up.iter().all(|count| *count == 500), "{up:?}");
    let text = world.slack.messages_with("Down: 500 monitors")[0].1["text"].to_string();
    assert!(text.contains("• Shop ") && text.contains(" more"), "{text}");

    // The one that was to tell of all is gone: the others wait for it, but not for long.
    let redis = shared::redis::connect(&world.redis()).unwrap();
    let claimed = world.redis().keys().storm_sender(ChannelId(1), "down");
    let () = redis
        .set(claimed, "gone", Some(Expiration::PX(60_000)), None, false)
        .await
        .unwrap();
    world.publish_all(501..=700, false).await;
    all_received(&world, 501..=700, AlertKind::Down).await;
    let down = counts(&messages_about(&world, "🔴 Down"));
    assert_eq!(down.iter().sum::<usize>(), 700);
    assert!(down.len() <= 3, "{down:?}");
    for (alerter, _) in alerters {
        alerter.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_each_alerter_tells_of_its_part() {
    let Some(world) = world("without_redis_each_alerter_tells_of_its_part").await else {
        return;
    };
    let world = world.with("REDIS_URL", "redis://127.0.0.1:1");
    let alerters = two(&world).await;
    world.publish_all(1..=500, false).await;
    all_received(&world, 1..=500, AlertKind::Down).await;
    let down = counts(&messages_about(&world, "🔴 Down"));
    assert_eq!(down.iter().sum::<usize>(), 500);
    assert_eq!(down.len(), 2, "{down:?}");
    for (alerter, _) in alerters {
        alerter.stop().await;
    }
}
