//! Lists and replays dead letters.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use domain::Record;
use intake::Reason;
use shared::kafka::{KafkaSettings, Producer, Scanned};
use tokio::sync::mpsc;

use super::ToolError;
use crate::settings::Settings;

/// Remembers how far the dead letters were replayed. Those of one reason have a group of their own, for
/// replaying them says nothing of the others.
const GROUP: &str = "dead-letter-replay";

fn group_of(reason: &str) -> String {
    format!("{GROUP}-{reason}")
}

/// Letters that wait to be handled, at most; each may have a megabyte.
const QUEUE: usize = 64;

/// What is sent before its acknowledgements are waited for: letters, and bytes.
const UNACKNOWLEDGED: usize = 1_000;
const UNACKNOWLEDGED_BYTES: usize = 16 * 1024 * 1024;

const DELIVERY_TIMEOUT: Duration = Duration::from_secs(30);

/// Reads the letters from the given offsets on in the background.
fn read(kafka: &KafkaSettings, from: BTreeMap<i32, i64>) -> (mpsc::Receiver<Scanned>, Reading) {
    let (found, letters) = mpsc::channel(QUEUE);
    let (kafka, topic) = (kafka.clone(), kafka.dead_letter_topic());
    let reading = tokio::spawn(async move {
        kafka
            .scan_from(&topic, from, move |letter| found.blocking_send(letter).is_ok())
            .await
    });
    (letters, reading)
}

type Reading = tokio::task::JoinHandle<Result<(), shared::kafka::KafkaError>>;

async fn ended(reading: Reading) -> Result<(), ToolError> {
    Ok(reading.await.map_err(std::io::Error::other)??)
}

fn is_wanted(letter: &Scanned, reason: Option<&str>) -> bool {
    reason.is_none_or(|reason| letter.header("reason") == Some(reason))
}

/// Writes every letter as one line of JSON.
pub(super) async fn list(
    settings: &Settings,
    reason: Option<String>,
    out: &mut (dyn Write + Send),
) -> Result<(), ToolError> {
    let (mut letters, reading) = read(&settings.kafka, BTreeMap::new());
    while let Some(letter) = letters.recv().await {
        if !is_wanted(&letter, reason.as_deref()) {
            continue;
        }
        let text =
            |bytes: &Option<Vec<u8>>| bytes.as_deref().map(|b| String::from_utf8_lossy(b).into_owned());
        let line = serde_json::json!({
            "partition": letter.partition,
            "offset": letter.offset,
            "key": text(&letter.key),
            "headers": letter.headers.iter().cloned().collect::<BTreeMap<_, _>>(),
            "payload": text(&letter.payload),
        });
        writeln!(out, "{line}")?;
    }
    ended(reading).await
}

/// The record of a letter that was one of the results. What cannot be read may have become readable to another release:
/// the intake decides.
fn record_of(topic: &str, payload: &[u8], settings: &Settings) -> Option<Record> {
    (topic == settings.kafka.results_topic())
        .then(|| Record::decode(payload).ok())
        .flatten()
}

/// Whether the record's time is too long ago by now: it would only come back.
fn is_too_old(record: &Record, settings: &Settings) -> bool {
    shared::now().millis_since(record.event_time()) > settings.results_retention_ms()
}

fn is_of_drill(record: &Record) -> bool {
    record.monitor_id().drill().is_some()
}

/// The key by which a record comes to the partition of its monitor, whichever key it had.
fn key_of_monitor(record: &Record) -> Vec<u8> {
    record.monitor_id().to_string().into_bytes()
}

/// Sends every letter that was not replayed before to the topic that it came from. A letter that still
/// cannot be processed comes back as a new one; one that was processed meanwhile changes nothing.
pub(super) async fn replay(
    settings: &Settings,
    reason: Option<String>,
    out: &mut (dyn Write + Send),
) -> Result<(), ToolError> {
    let kafka = &settings.kafka;
    let known = [kafka.results_topic(), kafka.alert_events_topic()];
    let producer = Producer::new(kafka, DELIVERY_TIMEOUT)?;
    let dead_letters = kafka.dead_letter_topic();
    let mut done_of: BTreeMap<&str, BTreeMap<i32, i64>> = BTreeMap::new();
    for name in Reason::ALL.map(Reason::as_str) {
        if reason.as_deref().is_none_or(|wanted| wanted == name) {
            done_of.insert(name, kafka.committed(&group_of(name), &dead_letters).await?);
        }
    }
    let is_done = |letter: &Scanned| {
        let done = letter.header("reason").and_then(|name| done_of.get(name));
        let until = done.and_then(|done| done.get(&letter.partition));
        until.is_some_and(|&until| letter.offset < until)
    };
    let done = kafka.committed(GROUP, &dead_letters).await?;
    let (mut letters, reading) = read(kafka, done);
    let (mut next, mut acks, mut bytes) = (BTreeMap::new(), Vec::new(), 0);
    let (mut replayed, mut skipped, mut too_old) = (0, 0, 0);
    while let Some(letter) = letters.recv().await {
        next.insert(letter.partition, letter.offset + 1);
        if is_done(&letter) || !is_wanted(&letter, reason.as_deref()) {
            continue;
        }
        let source = letter
            .header("source_topic")
            .filter(|topic| known.iter().any(|known| known == topic));
        let whole = letter.header("cut_from_bytes").is_none();
        let (Some(topic), true) = (source, whole) else {
            skipped += 1;
            continue;
        };
        let payload = letter.payload.as_deref().unwrap_or_default();
        let record = record_of(topic, payload, settings);
        // Nobody is to be notified of a rehearsal that is over.
        if record.as_ref().is_some_and(is_of_drill) {
            skipped += 1;
            continue;
        }
        if record.as_ref().is_some_and(|record| is_too_old(record, settings)) {
            too_old += 1;
            continue;
        }
        replayed += 1;
        let place = record.as_ref().map(key_of_monitor);
        let key = place.as_deref().or(letter.key.as_deref());
        acks.push(producer.send_with_headers(topic, key, payload, &[])?);
        bytes += payload.len();
        if acks.len() >= UNACKNOWLEDGED || bytes >= UNACKNOWLEDGED_BYTES {
            bytes = 0;
            for ack in std::mem::take(&mut acks) {
                ack.await?;
            }
        }
    }
    ended(reading).await?;
    for ack in acks {
        ack.await?;
    }
    if !next.is_empty() {
        let group = reason.as_deref().map_or_else(|| GROUP.to_owned(), group_of);
        kafka.commit(&group, &dead_letters, next).await?;
    }
    writeln!(out, "replayed {replayed}, skipped {skipped}")?;
    if too_old > 0 {
        writeln!(
            out,
            "not replayed: {too_old} that tell of a time more than {} days ago, which is not taken any more \
             (RESULTS_RETENTION_DAYS)",
            settings.results_retention_days
        )?;
    }
    Ok(())
}
