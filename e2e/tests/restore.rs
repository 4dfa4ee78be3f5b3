//! The restore of a backup as docs/OPERATIONS.md has it, after people went on working: whatever they did since, each
//! monitor that comes back is watched and its outages are told.

use std::path::Path;

use crate::backup::{Folder, await_outage, await_told, back_up, script, told};
use domain::Timestamp;
use e2e::{Api, Cluster, PATIENCE, Process};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use shared::kafka::KafkaSettings;
use testkit::{FakeSlack, FakeTarget, eventually};

/// What is done to a monitor after the backup, by its name.
const CHANGED: [&str; 4] = ["Edited", "Paused", "Resumed", "Deleted"];

#[tokio::test(flavor = "multi_thread")]
async fn whatever_was_done_after_the_backup_every_restored_monitor_alerts() {
    let Some(kafka) = testkit::kafka("whatever_was_done_after_the_backup", 3).await else {
        return;
    };
    // Pingers learn of a restore when they compare all definitions.
    let settings = [("RECONCILE_INTERVAL_MS", "1000".to_owned())];
    let mut cluster = Cluster::start_with(&kafka, 1, &settings).await;
    let (target, edited) = (FakeTarget::start().await, FakeTarget::start().await);
    let resumed = FakeTarget::start().await;
    let (outage, slack) = (FakeTarget::start().await, FakeSlack::start().await);
    let mut api = cluster.api().await;
    api.register().await;
    api.add_slack(&slack.webhook_url()).await;
    let mut monitors = Vec::new();
    for name in CHANGED.into_iter().chain(["Untouched"]) {
        let target = if name == "Resumed" { &resumed } else { &target };
        monitors.push((name, api.add_monitor(name, &target.url()).await));
    }
    let failing = api.add_monitor("Failing", &outage.url()).await;
    let resting = api.add_monitor("Resting", &target.url()).await;
    for (_, monitor) in monitors
        .iter()
        .chain([&("Failing", failing), &("Resting", resting)])
    {
        api.await_state(*monitor, "up").await;
    }
    patch(&api, resting, json!({"paused": true})).await;
    api.await_state(resting, "paused").await;

    let since = shared::now();
    let folder = Folder::new();
    let dump = back_up(&cluster, &folder.0).await;

    // People go on working, and an outage begins.
    let by_name = |name: &str| monitors.iter().find(|(known, _)| *known == name).unwrap().1;
    patch(&api, by_name("Edited"), json!({"url": edited.url()})).await;
    patch(&api, by_name("Paused"), json!({"paused": true})).await;
    patch(&api, by_name("Resumed"), json!({"paused": true})).await;
    patch(&api, by_name("Resumed"), json!({"paused": false})).await;
    let gone = format!("/api/v1/monitors/{}", by_name("Deleted"));
    api.call(Method::DELETE, &gone, None, StatusCode::NO_CONTENT)
        .await;
    patch(&api, resting, json!({"paused": false})).await;
    patch(&api, failing, json!({"retries": 0})).await;
    let late = api.add_monitor("Late", &target.url()).await;
    api.await_state(by_name("Paused"), "paused").await;
    for monitor in [by_name("Resumed"), by_name("Edited"), resting, late] {
        api.await_state(monitor, "up").await;
    }
    outage.answer(500);
    await_told(&slack, "Failing", &["DOWN"]).await;
    eventually("pingers have heard of the edit", PATIENCE, async || {
        (!edited.seen().is_empty()).then_some(())
    })
    .await;

    cluster.stop_writers().await;
    restore(&mut cluster, &kafka, &dump, since).await;
    settle(&cluster, since, &monitors, late).await;
    cluster.start_writers();

    // What they did is undone, and from here on the target fails.
    let mut api = api.at(&cluster.api().await);
    api.log_in().await;
    api.await_state(resting, "paused").await;
    target.answer(500);
    for (name, monitor) in monitors.iter().filter(|(name, _)| *name != "Resumed") {
        await_outage(&api, &slack, name, *monitor).await;
    }
    // The pinger had the same definition in its memory; one that comes knows only what the database says.
    cluster.replace("pinger").await;
    resumed.answer(500);
    await_outage(&api, &slack, "Resumed", by_name("Resumed")).await;
    // Whoever was told of the outage that went on is told of its end, and not twice of its beginning.
    outage.answer(200);
    await_told(&slack, "Failing", &["DOWN", "UP"]).await;
    api.await_incident(failing, "recovered", |incident| {
        incident["close_reason"] == "recovered"
    })
    .await;
    // What was paused stays so until somebody resumes it, and what was added is gone with its id.
    patch(&api, resting, json!({"paused": false})).await;
    await_outage(&api, &slack, "Resting", resting).await;
    let added = format!("/api/v1/monitors/{late}");
    api.call(Method::GET, &added, None, StatusCode::NOT_FOUND).await;
    let new = api.add_monitor("New", &target.url()).await;
    assert!(new > late, "{new} was given out before, to {late} at the latest");
    await_outage(&api, &slack, "New", new).await;
    assert_eq!(told(&slack, "Failing"), ["DOWN", "UP"]);
    assert_eq!(told(&slack, "Late"), [] as [&str; 0]);
}

/// The operator settles what was restored. A second time there is nothing to do.
async fn settle(cluster: &Cluster, since: Timestamp, monitors: &[(&str, i64)], late: i64) {
    let since = since.to_string();
    let arguments = ["restored", "--since", &since];
    let (done, report) = Process::run("user-service", &arguments, cluster.variables()).await;
    assert!(done, "{report}");
    for (name, monitor) in monitors {
        let line = report
            .lines()
            .find(|line| line.contains(&format!("monitor {monitor} ")));
        let what = match *name {
            "Untouched" => {
                assert_eq!(line, None, "{report}");
                continue;
            }
            "Resumed" => "paused and resumed".to_owned(),
            name => name.to_lowercase(),
        };
        assert!(
            line.is_some_and(|line| line.contains(&format!("{what} after the backup"))),
            "{report}"
        );
    }
    assert!(
        report.contains("an incident that was notified continues"),
        "{report}"
    );
    assert!(report.contains(&format!("monitor {late} of")), "{report}");

    let (done, report) = Process::run("user-service", &arguments, cluster.variables()).await;
    assert!(
        done && report.contains("0 monitors have a new revision"),
        "{report}"
    );
}

async fn patch(api: &Api, monitor: i64, change: Value) {
    let path = format!("/api/v1/monitors/{monitor}");
    api.call(Method::PATCH, &path, Some(change), StatusCode::OK).await;
}

/// Into an empty database; and what came after the backup is read once more.
async fn restore(cluster: &mut Cluster, kafka: &KafkaSettings, dump: &Path, since: Timestamp) {
    cluster.use_database(testkit::empty_database().await);
    let (file, folder) = (dump.to_str().unwrap(), dump.parent().unwrap());
    script("restore.sh", &[file], cluster.database_url(), folder).await;
    for (group, topic) in [
        ("processor", kafka.results_topic()),
        ("processor-alert-events", kafka.alert_events_topic()),
    ] {
        let begin = kafka.since(&topic, since).await.unwrap();
        eventually("the group has no members", PATIENCE, async || {
            kafka.commit(group, &topic, begin.from.clone()).await.ok()
        })
        .await;
    }
}
