//! Each service a process of its own, on Apache Kafka; one of each is killed in the middle of an outage.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use e2e::{Cluster, PATIENCE, messages_about};
use testkit::{FakeSlack, FakeTarget};

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
    let names: Vec<String> = (0..6).map(|i| format!("Site-{i}")).collect();
    let mut monitors = Vec::new();
    for name in &names {
        monitors.push(api.add_monitor(name, &target.url()).await);
    }
    for monitor in &monitors {
        api.await_state(*monitor, "up").await;
    }

    target.answer(500);
    // In the middle: some of the monitors are known to be down, others are not checked yet.
    testkit::eventually("the first one is told to be down", PATIENCE, async || {
        names
            .iter()
            .any(|name| !messages_about(&slack, name).is_empty())
            .then_some(())
    })
    .await;
    cluster.pingers.remove(0).sigkill().await;
    cluster.processors.remove(0).sigkill().await;
    cluster.alerters.remove(0).sigkill().await;

    for (monitor, name) in monitors.iter().zip(&names) {
        api.await_state(*monitor, "down").await;
        await_count(&slack, name, 1).await;
    }
    target.answer(200);
    for (monitor, name) in monitors.iter().zip(&names) {
        api.await_state(*monitor, "up").await;
        await_count(&slack, name, 2).await;
    }
    // One more round of slots: whatever would be told twice has been told by then.
    let seen = target.seen().len();
    testkit::eventually("all are checked again", PATIENCE, async || {
        (target.seen().len() >= seen + monitors.len()).then_some(())
    })
    .await;
    for (monitor, name) in monitors.iter().zip(&names) {
        let kinds: Vec<_> = messages_about(&slack, name)
            .into_iter()
            .map(|(kind, ..)| kind)
            .collect();
        assert_eq!(kinds, ["DOWN", "UP"], "{name}");
        let incidents = api.incidents(*monitor).await;
        assert_eq!(incidents.len(), 1, "{name}: {incidents:?}");
        assert_eq!(incidents[0]["close_reason"], "recovered");
    }
}

async fn await_count(slack: &FakeSlack, name: &str, count: usize) {
    testkit::eventually(
        &format!("Slack has {count} messages about {name}"),
        PATIENCE,
        async || (messages_about(slack, name).len() >= count).then_some(()),
    )
    .await;
}
