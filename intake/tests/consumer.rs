//! A consumer group of its own on a real log: a toy of a data lake, which keeps each result under its place.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::Record;
use intake::{DeadLetter, DeadLetters, Effect, Intake, Limits, Offsets, Reason, Received, Results};
use shared::kafka::{Consumer, KafkaSettings, Producer, Scanned, Start};
use shared::ops::Readiness;
use shared::retry::Interrupted;
use shared::shutdown::CancellationToken;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;

const GROUP: &str = "lake";
/// More batches than a test has.
const ALL: usize = 1_000;
const PATIENCE: Duration = Duration::from_secs(60);

/// What lasts when a member is gone.
#[derive(Clone, Default)]
struct Lake {
    rows: Arc<Mutex<BTreeMap<Place, Row>>>,
}

/// Partition and offset.
type Place = (i32, i64);

struct Row {
    monitor: i64,
    writes: usize,
}

impl Lake {
    fn len(&self) -> usize {
        self.rows.lock().unwrap().len()
    }

    fn writes_of(&self, monitor: i64) -> usize {
        let rows = self.rows.lock().unwrap();
        let of_monitor = rows.values().filter(|row| row.monitor == monitor);
        of_monitor.map(|row| row.writes).sum()
    }
}

/// Writes to the lake, as often as it is let.
struct Writing {
    lake: Lake,
    begun: Arc<Notify>,
    permits: Arc<Semaphore>,
}

impl Effect<Record> for Writing {
    async fn apply(&mut self, records: Vec<Received<Record>>) -> Result<Vec<DeadLetter>, Interrupted> {
        if !records.is_empty() {
            self.begun.notify_one();
            self.permits.acquire().await.unwrap().forget();
        }
        let mut rows = self.lake.rows.lock().unwrap();
        for Received { message, record } in records {
            let place = (message.partition, message.offset);
            let monitor = record.monitor_id().0;
            rows.entry(place).or_insert(Row { monitor, writes: 0 }).writes += 1;
        }
        Ok(Vec::new())
    }
}

/// A member of the group.
struct Member {
    consumer: Arc<Consumer>,
    /// A batch has come to the effect.
    begun: Arc<Notify>,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Member {
    /// Joins the group, and makes the effects of this many batches.
    fn start(kafka: &KafkaSettings, lake: &Lake, count: fn(Reason), batches: usize) -> Self {
        let topic = kafka.results_topic();
        let consumer = Arc::new(Consumer::subscribe(kafka, GROUP, &[&topic], Start::Earliest).unwrap());
        let (shutdown, begun) = (CancellationToken::new(), Arc::new(Notify::new()));
        let dead_letters =
            DeadLetters::new(kafka, kafka.dead_letter_topic(), count, shutdown.clone()).unwrap();
        let limits = Limits {
            max: 100,
            linger: Duration::from_millis(20),
        };
        let results = Results {
            retention_ms: 7 * 86_400_000,
            partitions: kafka.partitions(),
        };
        let intake = Intake::new(
            Offsets::new(Arc::clone(&consumer), topic),
            results,
            limits,
            dead_letters,
            shutdown.clone(),
        );
        let effect = Writing {
            lake: lake.clone(),
            begun: Arc::clone(&begun),
            permits: Arc::new(Semaphore::new(batches)),
        };
        let work = Readiness::default().work(GROUP, PATIENCE);
        Self {
            consumer,
            begun,
            shutdown,
            task: tokio::spawn(intake.run(effect, work)),
        }
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.unwrap();
        Arc::into_inner(self.consumer).unwrap().close(PATIENCE).await;
    }

    /// Ends it in the middle of an effect.
    async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
        Arc::into_inner(self.consumer).unwrap().close(PATIENCE).await;
    }
}

async fn send(kafka: &KafkaSettings, monitors: impl IntoIterator<Item = i64>) {
    let payloads = monitors.into_iter().map(|monitor| {
        let at = shared::now();
        let record = format!(
            r#"{{"monitor_id": {monitor}, "url": "https://e.org/", "timestamp": "{at}", "is_up": true}}"#
        );
        (monitor.to_string(), record)
    });
    send_raw(kafka, payloads).await;
}

async fn send_raw(kafka: &KafkaSettings, records: impl IntoIterator<Item = (String, String)>) {
    let producer = Producer::new(kafka, PATIENCE).unwrap();
    for (key, payload) in records {
        let ack = producer.send(&kafka.results_topic(), &key, payload.as_bytes());
        ack.unwrap().await.unwrap();
    }
}

async fn lag(kafka: &KafkaSettings) -> i64 {
    kafka.group_lag(GROUP, &[kafka.results_topic()]).await.unwrap()
}

async fn caught_up(kafka: &KafkaSettings) {
    testkit::eventually("the offsets are committed", PATIENCE, || async {
        (lag(kafka).await == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn offsets_follow_the_effects_and_the_next_member_resumes_there() {
    let Some(kafka) = testkit::kafka("offsets_follow_the_effects", 2).await else {
        return;
    };
    let lake = Lake::default();
    send(&kafka, 1..=3).await;
    let member = Member::start(&kafka, &lake, drop, ALL);
    caught_up(&kafka).await;
    assert_eq!(lake.len(), 3);
    member.stop().await;

    // The effect of the fourth is not made: neither is its offset stored.
    send(&kafka, [4]).await;
    let stuck = Member::start(&kafka, &lake, drop, 0);
    tokio::time::timeout(PATIENCE, stuck.begun.notified())
        .await
        .unwrap();
    stuck.kill().await;
    assert_eq!((lake.len(), lag(&kafka).await), (3, 1));

    let member = Member::start(&kafka, &lake, drop, ALL);
    caught_up(&kafka).await;
    assert_eq!(lake.len(), 4);
    for monitor in 1..=4 {
        assert_eq!(lake.writes_of(monitor), 1, "monitor {monitor} was not read again");
    }
    member.stop().await;
}

#[tokio::test]
async fn a_bad_record_becomes_a_dead_letter_is_counted_and_stops_nothing() {
    static COUNTED: AtomicUsize = AtomicUsize::new(0);
    fn count(reason: Reason) {
        assert_eq!(reason, Reason::Undecodable);
        COUNTED.fetch_add(1, Ordering::Relaxed);
    }

    let Some(kafka) = testkit::kafka("a_bad_record_becomes_a_dead_letter", 1).await else {
        return;
    };
    let lake = Lake::default();
    let member = Member::start(&kafka, &lake, count, ALL);
    send(&kafka, [1]).await;
    send_raw(&kafka, [("1".to_owned(), "no record".to_owned())]).await;
    send(&kafka, [2]).await;
    caught_up(&kafka).await;
    member.stop().await;
    assert_eq!((lake.len(), lake.writes_of(1), lake.writes_of(2)), (2, 1, 1));
    assert_eq!(COUNTED.load(Ordering::Relaxed), 1);

    let (found, letters) = std::sync::mpsc::channel();
    let take = move |letter: Scanned| found.send(letter).is_ok();
    kafka.scan(&kafka.dead_letter_topic(), take).await.unwrap();
    let letters: Vec<Scanned> = letters.iter().collect();
    let [letter] = &letters[..] else {
        panic!("{letters:?}")
    };
    assert_eq!(letter.payload.as_deref(), Some(&b"no record"[..]));
    assert_eq!(letter.header("reason"), Some("undecodable"));
    assert_eq!(letter.header("source_offset"), Some("1"));
    let member = Member::start(&kafka, &lake, count, ALL);
    send(&kafka, [3]).await;
    caught_up(&kafka).await;
    member.stop().await;
    assert_eq!(COUNTED.load(Ordering::Relaxed), 1, "it is not read again");
}
