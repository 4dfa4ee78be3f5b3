//! Each service a process of its own, on Apache Kafka; one of each is killed in the middle of every outage.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "chaos/pings.rs"]
mod pings;
#[path = "chaos/regions/mod.rs"]
mod regions;

use domain::Timestamp;
use e2e::{Api, Cluster, PATIENCE, messages_about};
use testkit::{FakeSlack, FakeTarget};

const MONITORS: usize = 6;

/// How long a message may have been out when its alerter was killed, so that nobody knew of it.
const UNKNOWN_MS: i64 = 2_000;

#[tokio::test(flavor = "multi_thread")]
async fn one_of_each_killed_in_an_outage_changes_nothing_of_what_is_told() {
    let Some(kafka) = testkit::kafka("one_of_each_killed", 4).await else {
        return;
    };
    let mut cluster = Cluster::start(&kafka, 2).await;
    let (target, slack) = (FakeTarget::start().await, FakeSlack::start().await);
    let mut api = cluster.api().await;
    api.register().await;
    api.add_slack(&slack.webhook_url()).await;
    let mut monitors = Vec::new();
    for index in 0..MONITORS {
        let name = format!("Site-{index}");
        monitors.push((api.add_monitor(&name, &target.url()).await, name));
    }
    all_are(&api, &monitors, "up").await;

    let mut kills = Vec::new();
    for round in 0..testkit::rounds() {
        let told_before = 2 * round;
        target.answer(500);
        // In the middle: some of the monitors are known to be down, others are not checked yet.
        testkit::eventually("the first one is told to be down", PATIENCE, async || {
            let told = |name: &str| told(&slack, name, &kills).len() > told_before;
            monitors.iter().any(|(_, name)| told(name)).then_some(())
        })
        .await;
        cluster.kill_one_of_each().await;
        kills.push(shared::now());
        all_are(&api, &monitors, "down").await;
        all_are_told(&slack, &monitors, &kills, told_before + 1).await;
        cluster.start_one_of_each();

        target.answer(200);
        all_are(&api, &monitors, "up").await;
        all_are_told(&slack, &monitors, &kills, told_before + 2).await;
    }

    // One more round of slots: whatever would be told twice has been told by then.
    let seen = target.seen().len();
    testkit::eventually("all are checked again", PATIENCE, async || {
        (target.seen().len() >= seen + MONITORS).then_some(())
    })
    .await;
    for (monitor, name) in &monitors {
        let kinds = told(&slack, name, &kills);
        assert_eq!(kinds, ["DOWN", "UP"].repeat(testkit::rounds()), "{name}");
        let incidents = api.incidents(*monitor).await;
        assert_eq!(incidents.len(), testkit::rounds(), "{name}: {incidents:?}");
        assert!(
            incidents
                .iter()
                .all(|incident| incident["close_reason"] == "recovered")
        );
    }
}

async fn all_are(api: &Api, monitors: &[(i64, String)], state: &str) {
    for (monitor, _) in monitors {
        api.await_state(*monitor, state).await;
    }
}

/// What Slack was told about a monitor. A message whose alerter was killed before it could note that it was sent
/// may come once more, as is promised, and counts once.
fn told(slack: &FakeSlack, name: &str, kills: &[Timestamp]) -> Vec<&'static str> {
    let mut told: Vec<(&'static str, Timestamp)> = Vec::new();
    for (kind, at, _) in messages_about(slack, name) {
        let again = told.last().is_some_and(|&(before, sent_at)| {
            let unknown = |killed: &Timestamp| (0..UNKNOWN_MS).contains(&killed.millis_since(sent_at));
            before == kind && kills.iter().any(unknown)
        });
        if !again {
            told.push((kind, at));
        }
    }
    told.into_iter().map(|(kind, _)| kind).collect()
}

async fn all_are_told(slack: &FakeSlack, monitors: &[(i64, String)], kills: &[Timestamp], count: usize) {
    for (_, name) in monitors {
        testkit::eventually(
            &format!("Slack has {count} messages about {name}"),
            PATIENCE,
            async || (told(slack, name, kills).len() >= count).then_some(()),
        )
        .await;
    }
}
