//! An upgrade and a rollback in the middle of incidents: what one release has written to `alert-state`, the other
//! goes on with.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::common::{PATIENCE, World, slack_channel};
use domain::alert_event::{AlertEvent, AlertKind, Step};
use domain::{ChannelId, DeliveryId, IncidentId};
use serde_json::Value;
use shared::kafka::{Producer, partition_of};

/// What the release before has written: an outage that was told, one with reminders, one that was acknowledged.
const INCIDENTS: [(i64, &str); 3] = [(1, "told"), (2, "reminded"), (3, "acknowledged-told")];

fn fixtures(folder: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../domain/fixtures")
        .join(folder);
    let paths = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    paths
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(&path).unwrap())
        })
        .collect()
}

fn incident_of(record: &[u8]) -> IncidentId {
    let record: Value = serde_json::from_slice(record).unwrap();
    serde_json::from_value(record["state"]["incident"]["id"].clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn incidents_that_the_release_before_has_left_open_end_once() {
    let test = "incidents_that_the_release_before_has_left_open_end_once";
    let Some(kafka) = testkit::kafka(test, 3).await else {
        return;
    };
    let world = World::new(kafka).await.with("GROUP_WINDOW_MS", "0");
    let second = slack_channel(2, &world.slack.webhook_url());
    world.known.channels.lock().unwrap().push(second);
    let fixtures = fixtures("alert-state");
    let (topic, partitions) = (world.kafka.alert_state_topic(), world.kafka.partitions());
    let producer = Producer::new(&world.kafka, Duration::from_secs(20)).unwrap();
    for (monitor, name) in INCIDENTS {
        let partition = partition_of(monitor.to_string().as_bytes(), partitions);
        let value = &fixtures[name];
        let key = format!("m/{monitor}");
        producer
            .send_to(&topic, partition, &key, value)
            .unwrap()
            .await
            .unwrap();
    }
    for partition in 0..partitions {
        let begun = producer.send_to(&topic, partition, "begun", br#"{"v":1}"#);
        begun.unwrap().await.unwrap();
    }

    let alerter = world.start().await;
    for (monitor, _) in INCIDENTS {
        world.up(monitor).await;
    }
    for (monitor, _) in INCIDENTS {
        world.await_messages(monitor, &["Up", "Up"]).await;
    }
    world.handled().await;
    alerter.stop().await;
    // Its restart tells nobody again.
    let alerter = world.start().await;
    world.down(4).await;
    world.await_messages(4, &["Down", "Down"]).await;
    world.handled().await;
    alerter.stop().await;

    let events = world.events().await;
    for (monitor, name) in INCIDENTS {
        let incident = incident_of(&fixtures[name]);
        for channel in [1, 2].map(ChannelId) {
            let up = DeliveryId::new(incident, channel, AlertKind::Up.as_str(), 0);
            let ours = events.iter().filter(|event: &&AlertEvent| {
                event.incident_id == incident && event.channel_id == Some(channel)
            });
            let steps: Vec<_> = ours.map(|event| (event.delivery_id, event.step)).collect();
            assert_eq!(
                steps,
                [(Some(up), Step::Decided), (Some(up), Step::Sent)],
                "{name}"
            );
        }
        assert_eq!(world.messages_about(monitor), ["Up", "Up"], "{name}");
    }

    // A rollback now: what stands in the topic is read by the release before.
    let mut read = 0;
    for partition in 0..partitions {
        let held = world.kafka.restore(&topic, partition).await.unwrap();
        for (key, value) in held.iter().filter(|(key, _)| key.starts_with("m/")) {
            let monitor = before::read(value).unwrap_or_else(|error| panic!("{key}: {error}"));
            assert_eq!(monitor.state.incident.is_some(), key == "m/4");
            read += 1;
        }
    }
    assert_eq!(read, INCIDENTS.len() + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_in_the_middle_of_an_incident_can_be_read() {
    let test = "a_rollback_in_the_middle_of_an_incident_can_be_read";
    let Some(kafka) = testkit::kafka(test, 1).await else {
        return;
    };
    let world = World::new(kafka).await.with("GROUP_WINDOW_MS", "0");
    let alerter = world.start().await;
    world.down(1).await;
    world.await_messages(1, &["Down"]).await;
    let topic = world.kafka.alert_state_topic();
    let told = testkit::eventually("the receipt is durable", PATIENCE, async || {
        let held = world.kafka.restore(&topic, 0).await.ok()?;
        let monitor = before::read(held.get("m/1")?).unwrap();
        let sent = monitor.incidents.first()?.down.deliveries.first()?.status == "sent";
        sent.then_some(monitor)
    })
    .await;
    alerter.stop().await;
    let [incident] = told.incidents.as_slice() else {
        panic!("{told:?}")
    };
    let delivery = &incident.down.deliveries[0];
    let down = DeliveryId::new(incident.id, ChannelId(1), AlertKind::Down.as_str(), 0);
    assert_eq!((delivery.id, delivery.receipt.as_deref()), (down, Some("ok")));
    assert_eq!(told.state.incident.unwrap().id, incident.id);
}

#[test]
fn every_frozen_record_is_read_by_the_release_before() {
    let fixtures = fixtures("alert-state");
    assert!(fixtures.len() > 20);
    for (name, value) in fixtures {
        before::read(&value).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

/// The records of `alert-state` as the release before reads them. It never changes; a field that is not known to it
/// would be lost in a rollback, and is refused here.
#[allow(dead_code, reason = "it is read as a whole")]
mod before {
    use domain::{ChannelId, DeliveryId, IncidentId, OrgId, Timestamp};
    use serde::Deserialize;

    pub(super) fn read(value: &[u8]) -> Result<Monitor, serde_json::Error> {
        serde_json::from_slice(value)
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Monitor {
        pub(super) org_id: Option<OrgId>,
        #[serde(default)]
        pub(super) owner_source: OwnerSource,
        pub(super) state: State,
        #[serde(default)]
        pub(super) incidents: Vec<Incident>,
        #[serde(default)]
        pub(super) told: Vec<LastNotified>,
        #[serde(default)]
        pub(super) kept: Option<Timestamp>,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub(super) enum OwnerSource {
        #[default]
        Records,
        Believed,
        Disputed,
        Known,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct LastNotified {
        channel: ChannelId,
        slow: bool,
        at: Timestamp,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct State {
        pub(super) revision: u32,
        pub(super) state: String,
        since: Option<Timestamp>,
        last_slot: Option<Timestamp>,
        #[serde(default)]
        fresh: bool,
        streak: Option<Streak>,
        /// Of the release after it. Without them the regions say again what they find; before a rollback, monitors go back to
        /// one region.
        votes: Option<serde::de::IgnoredAny>,
        pub(super) incident: Option<Open>,
        #[serde(default)]
        activity: String,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Streak {
        up: bool,
        count: u16,
        since: Timestamp,
        first_slot: Option<Timestamp>,
        error_code: Option<String>,
        error: Option<String>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Open {
        pub(super) id: IncidentId,
        started_at: Timestamp,
        error_code: Option<String>,
        error: Option<String>,
        #[serde(default)]
        acknowledged: bool,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Incident {
        pub(super) id: IncidentId,
        url: String,
        started_at: Timestamp,
        error_code: Option<String>,
        error: Option<String>,
        #[serde(default)]
        slow: bool,
        closed: Option<Closed>,
        pub(super) down: Alert,
        #[serde(default)]
        reminders: Option<Alert>,
        #[serde(default)]
        acknowledged: Option<Alert>,
        up: Option<Alert>,
        #[serde(default)]
        earlier_outages: u32,
        /// Of the release after it. It may be lost: without it, reminders say the first failure.
        newest_failure: Option<serde::de::IgnoredAny>,
        /// Of the release after it. They may be lost: without them, messages do not say from where.
        regions: Option<serde::de::IgnoredAny>,
        last_regions: Option<serde::de::IgnoredAny>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Closed {
        at: Timestamp,
        reason: String,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Alert {
        source: Source,
        seen_at: Timestamp,
        #[serde(default)]
        routed: bool,
        #[serde(default)]
        pub(super) deliveries: Vec<Delivery>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Source {
        cluster: String,
        topic: String,
        partition: i32,
        offset: i64,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Delivery {
        pub(super) id: DeliveryId,
        channel: ChannelId,
        pub(super) status: String,
        decided_at: Timestamp,
        #[serde(default)]
        attempts: u32,
        next_at: Option<Timestamp>,
        #[serde(default)]
        ordinal: u32,
        pub(super) receipt: Option<String>,
        failed_at: Option<Timestamp>,
        resent_by: Option<i64>,
        /// Of the release after it. It may be lost: without it, what was being sent may have arrived.
        #[serde(default)]
        unanswered: u32,
    }
}
