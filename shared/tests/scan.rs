//! Reading a whole topic, whatever its last offsets are.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};

const PATIENCE: Duration = Duration::from_secs(60);

/// As a producer of somebody else's may do: the end of a transaction takes an offset, and is no record.
#[expect(
    clippy::disallowed_methods,
    reason = "tests are told of their servers by the environment"
)]
fn send_in_a_transaction(topic: &str, payloads: &[&str]) {
    let producer: ThreadedProducer<DefaultProducerContext> = ClientConfig::new()
        .set("bootstrap.servers", std::env::var("TEST_KAFKA_BROKERS").unwrap())
        .set("transactional.id", topic)
        .create()
        .unwrap();
    producer.init_transactions(PATIENCE).unwrap();
    producer.begin_transaction().unwrap();
    for payload in payloads {
        let record = BaseRecord::to(topic).key("1").payload(*payload);
        producer.send(record).map_err(|(error, _)| error).unwrap();
    }
    producer.commit_transaction(PATIENCE).unwrap();
}

#[tokio::test]
async fn a_topic_whose_last_offset_is_no_record_is_read_to_its_end() {
    let Some(kafka) = testkit::kafka("a_topic_whose_last_offset_is_no_record_is_read_to_its_end", 2).await
    else {
        return;
    };
    let topic = kafka.dead_letter_topic();
    let sent = topic.clone();
    tokio::task::spawn_blocking(move || send_in_a_transaction(&sent, &["first", "second"]))
        .await
        .unwrap();
    let (found, records) = std::sync::mpsc::channel();
    kafka
        .scan(&topic, move |record| found.send(record).is_ok())
        .await
        .unwrap();
    let payloads: Vec<_> = records.iter().filter_map(|record| record.payload).collect();
    assert_eq!(payloads, [b"first".to_vec(), b"second".to_vec()]);
}
