//! Monitors that several regions check: people are notified of what a quorum of them finds, and told who has found it.

use std::sync::Arc;

use crate::common::{World, result};
use domain::alert_event::{AlertKind, Step};
use domain::record::CheckResult;
use domain::{Needed, Quorum, Record};

const MONITOR: i64 = 1;

/// Publishes the next result of a region, of which each has one in half a minute. Two of three have to find it down.
async fn check(world: &World, region: &str, up: bool) {
    let Record::Result(found) = result(MONITOR, world.slot(), up) else {
        unreachable!("it is one")
    };
    let quorum = Quorum {
        regions: ["ap", "eu", "us"].map(str::to_owned).to_vec(),
        down: Needed::Regions(2),
        min_regions: 2,
    };
    let record = Record::Result(CheckResult {
        region: region.to_owned(),
        interval_ms: Some(30_000),
        quorum: Some(Arc::new(quorum)),
        ..found
    });
    world.publish(record).await;
}

/// Whether Slack has a message that says this.
fn says(world: &World, line: &str) -> bool {
    let mut messages = world.slack.messages().into_iter();
    messages.any(|(_, message)| message.to_string().contains(line))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_quorum_finds_is_announced_with_the_regions_also_after_a_restart() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await.with("GROUP_WINDOW_MS", "0");
    let alerter = world.start().await;
    for region in ["ap", "eu", "us"] {
        check(&world, region, true).await;
    }
    check(&world, "ap", true).await;
    check(&world, "eu", false).await;
    world.handled().await;
    assert!(
        world.messages_about(MONITOR).is_empty(),
        "one region is no quorum"
    );
    alerter.stop().await;

    // What eu has found is known to the next one, too.
    let alerter = world.start().await;
    check(&world, "us", false).await;
    world.await_messages(MONITOR, &["Down"]).await;
    assert!(says(&world, "Down from eu, us; up from ap"));
    alerter.stop().await;

    let alerter = world.start().await;
    check(&world, "ap", true).await;
    check(&world, "eu", true).await;
    world.await_messages(MONITOR, &["Down", "Up"]).await;
    assert!(says(&world, "Down from us; up from ap, eu"));
    world.handled().await;
    let events = world.events().await;
    let decided = events.iter().filter(|event| event.step == Step::Decided);
    let down: Vec<_> = decided
        .map(|event| {
            (
                event.alert,
                event.regions.clone().unwrap_or_default().down.join(" "),
            )
        })
        .collect();
    assert_eq!(
        down,
        [
            (AlertKind::Down, "eu us".to_owned()),
            (AlertKind::Up, "us".to_owned())
        ]
    );
    alerter.stop().await;
}
