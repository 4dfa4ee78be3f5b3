//! The embedded broker, as the product's clients see it.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use shared::kafka::{Consumer, EmbeddedBroker, KafkaSettings, Message, Producer, Start};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(30);

fn start(folder: &Path) -> (EmbeddedBroker, KafkaSettings) {
    let readers = [("monitoring-results", "readers")];
    let broker = EmbeddedBroker::start(folder.to_owned(), "p.", 64 << 20, &readers).unwrap();
    let settings = broker.settings();
    (broker, settings)
}

async fn produce(kafka: &KafkaSettings, numbers: std::ops::Range<usize>) {
    let producer = Producer::new(kafka, PATIENCE).unwrap();
    let acks: Vec<_> = numbers
        .map(|number| {
            let key = number.to_string();
            producer
                .send(&kafka.results_topic(), &key, key.as_bytes())
                .unwrap()
        })
        .collect();
    for ack in acks {
        ack.await.unwrap();
    }
}

fn subscribe(kafka: &KafkaSettings) -> Consumer {
    Consumer::subscribe(kafka, "readers", &[&kafka.results_topic()], Start::Earliest).unwrap()
}

fn number(message: &Message) -> usize {
    let payload = message.payload.as_deref().unwrap();
    std::str::from_utf8(payload).unwrap().parse().unwrap()
}

/// Reads until `count` different records have come; each is done.
async fn read(consumers: &[&Consumer], count: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let reading = async {
        while found.iter().collect::<BTreeSet<_>>().len() < count {
            for consumer in consumers {
                let linger = Duration::from_millis(20);
                let batch = consumer.recv_batch(100, linger, linger).await.unwrap();
                for message in batch {
                    consumer.store_offset(&message.topic, message.partition, message.offset);
                    found.push(number(&message));
                }
            }
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.unwrap();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_goes_on_after_a_restart_where_it_was() {
    let folder = TempDir::new().unwrap();
    let (broker, kafka) = start(folder.path());
    let cluster = kafka.cluster_id().await.unwrap();
    produce(&kafka, 0..200).await;
    let consumer = subscribe(&kafka);
    let mut first = read(&[&consumer], 200).await;
    first.sort_unstable();
    assert_eq!(first, (0..200).collect::<Vec<_>>());
    consumer.close(PATIENCE).await;
    produce(&kafka, 200..300).await;
    drop(broker);

    let (_broker, kafka) = start(folder.path());
    assert_eq!(
        kafka.cluster_id().await.unwrap(),
        cluster,
        "places on the log mean the same"
    );
    let lag = kafka.group_lag("readers", &[kafka.results_topic()]).await;
    assert_eq!(lag.unwrap(), 100);
    let consumer = subscribe(&kafka);
    let mut rest = read(&[&consumer], 100).await;
    rest.sort_unstable();
    assert_eq!(
        rest,
        (200..300).collect::<Vec<_>>(),
        "nothing twice, and nothing left out"
    );
    consumer.close(PATIENCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_is_idle_whatever_waits_in_others() {
    let folder = TempDir::new().unwrap();
    let (_broker, kafka) = start(folder.path());
    produce(&kafka, 0..100).await;
    let consumer = subscribe(&kafka);
    assert_eq!(read(&[&consumer], 100).await.len(), 100);
    let topics = [kafka.results_topic()];
    let member = consumer.assigned();
    let idle_when = async |waiting: i64| {
        let asking = async {
            loop {
                // What was done is committed a little later.
                let lag = kafka.lag("readers", &topics, &member).await.unwrap();
                if lag.member == waiting {
                    return lag.idle;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(PATIENCE, asking).await.unwrap()
    };
    let all = idle_when(0).await;
    assert_eq!(all.len(), usize::try_from(kafka.partitions()).unwrap());
    // The same key twice: they wait in one partition, and nobody takes them.
    produce(&kafka, 7..8).await;
    produce(&kafka, 7..8).await;
    let others = idle_when(2).await;
    assert_eq!(others.len() + 1, all.len());
    assert!(others.is_subset(&all));
    consumer.close(PATIENCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_members_share_and_one_takes_over() {
    let folder = TempDir::new().unwrap();
    let (_broker, kafka) = start(folder.path());
    let (one, two) = (subscribe(&kafka), subscribe(&kafka));
    produce(&kafka, 0..500).await;
    let mut found: BTreeSet<_> = read(&[&one, &two], 500).await.into_iter().collect();
    assert_eq!(found.len(), 500);
    one.close(PATIENCE).await;
    produce(&kafka, 500..600).await;
    found.clear();
    while !(500..600).all(|number| found.contains(&number)) {
        found.extend(read(&[&two], 1).await);
    }
    two.close(PATIENCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_producer_of_ones_own_may_compress_what_is_not_compacted() {
    let folder = TempDir::new().unwrap();
    let (_broker, kafka) = start(folder.path());
    let own = KafkaSettings::new(kafka.brokers(), "p.", kafka.partitions());
    produce(&own, 0..300).await;
    let consumer = subscribe(&kafka);
    assert_eq!(read(&[&consumer], 300).await.len(), 300);
    consumer.close(PATIENCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compacted_topic_holds_the_latest_of_each_key_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let (broker, kafka) = start(folder.path());
    let (producer, topic) = (
        Producer::new(&kafka, PATIENCE).unwrap(),
        kafka.alert_state_topic(),
    );
    for round in 0..20 {
        let writes = ["a", "b", "c"].map(|key| {
            let value = format!("{key}{round}");
            producer.send_to(&topic, 3, key, value.as_bytes()).unwrap()
        });
        for write in writes {
            write.await.unwrap();
        }
    }
    producer.send_tombstone(&topic, 3, "b").unwrap().await.unwrap();
    let held = |kafka: KafkaSettings| async move {
        let held = kafka.restore(&kafka.alert_state_topic(), 3).await.unwrap();
        let text = |value: Vec<u8>| String::from_utf8(value).unwrap();
        held.into_iter()
            .map(|(key, value)| (key, text(value)))
            .collect::<Vec<_>>()
    };
    let expected = [("a", "a19"), ("c", "c19")].map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(held(kafka.clone()).await, expected);
    drop(broker);
    let (_broker, kafka) = start(folder.path());
    assert_eq!(held(kafka.clone()).await, expected);
}
