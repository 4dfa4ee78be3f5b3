//! How soon a result can be seen: from the send to the live stream in Redis.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use domain::Record;
use fred::clients::Client;
use fred::interfaces::StreamsInterface;
use shared::kafka::{KafkaSettings, Producer};

use crate::history::Database;

/// A result by its monitor and slot.
type Name = (i64, String);

/// What was sent and not seen yet.
type Sent = Arc<Mutex<HashMap<Name, Instant>>>;

/// Sends `per_second` results, one of each monitor a second, and answers how long each took to be seen, in
/// milliseconds, and how many were not seen.
///
/// # Panics
/// When a server is away.
pub async fn measure(
    database: &Database,
    kafka: &KafkaSettings,
    redis: (Client, String),
    per_second: i64,
    seconds: i64,
) -> (Vec<f64>, usize) {
    const STEPS: i64 = 100;
    let producer = Producer::new(kafka, Duration::from_secs(30)).expect("the producer is made");
    let (topic, sent) = (kafka.results_topic(), Sent::default());
    // A producer that has just been made takes half a second to be known to the broker, which is not what is
    // to be measured.
    let first = database.result(1, shared::now().as_millis() - 120_000);
    let ack = producer.send(&topic, "1", &Record::Result(first).encode());
    ack.expect("there is room").await.expect("the broker has it");
    let watching = tokio::spawn(watch(redis, Arc::clone(&sent), (per_second * seconds) as usize));
    let mut tick = tokio::time::interval(Duration::from_millis(1_000 / STEPS as u64));
    for step in 0..seconds * STEPS {
        tick.tick().await;
        let slot = shared::now().as_millis() - 60_000 + step / STEPS;
        let part = per_second / STEPS;
        for monitor in (1..=part).map(|k| step % STEPS * part + k) {
            let result = database.result(monitor, slot);
            let name = (monitor, result.scheduled_at.to_string());
            sent.lock().expect("no panic").insert(name, Instant::now());
            let payload = Record::Result(result).encode();
            drop(
                producer
                    .send(&topic, &monitor.to_string(), &payload)
                    .expect("there is room"),
            );
        }
    }
    let seen = tokio::time::timeout(Duration::from_secs(10), watching).await;
    let missed = sent.lock().expect("no panic").len();
    (seen.ok().and_then(Result::ok).unwrap_or_default(), missed)
}

/// Reads the stream until `enough` results were seen, or none comes for a while.
async fn watch((client, stream): (Client, String), sent: Sent, enough: usize) -> Vec<f64> {
    type Entries = Vec<(String, HashMap<String, String>)>;
    type Streams = HashMap<String, Entries>;
    let (mut last, mut seen) = ("$".to_owned(), Vec::new());
    let mut quiet = 0;
    while seen.len() < enough && quiet < 10 {
        let read = client
            .xread_map(None, Some(500), stream.as_str(), last.as_str())
            .await;
        let streams: Streams = read.unwrap_or_default();
        quiet = if streams.is_empty() { quiet + 1 } else { 0 };
        let now = Instant::now();
        for (id, fields) in streams.into_values().flatten() {
            last = id;
            let data: serde_json::Value = fields
                .get("data")
                .and_then(|data| serde_json::from_str(data).ok())
                .unwrap_or_default();
            let slot = data["point"]["at"].as_str().unwrap_or_default().to_owned();
            let name = (data["monitor_id"].as_i64().unwrap_or(0), slot);
            if let Some(at) = sent.lock().expect("no panic").remove(&name) {
                seen.push((now - at).as_secs_f64() * 1_000.0);
            }
        }
    }
    seen
}
