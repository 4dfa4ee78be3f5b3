//! Monitors that all depend on one other, and what the alerter records of their alerts.
//!
//! An alert of a monitor that depends on others is held back until it is known whether one of those is down, at most for as
//! long as it takes to find that out: an interval of the other monitor, the deadline of its check, and what it takes to judge
//! the result. Once the other monitor is announced, it is recorded that it holds the alert back, and nobody is notified.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use alerting::suppression_of;
use domain::alert_event::{AlertEvent, AlertKind, Step};
use domain::alert_policy::AlertPolicy;
use domain::routing::Labels;
use domain::suppression::Suppression;
use domain::{MonitorId, Record, Timestamp};
use serde_json::Value;
use shared::kafka::{Consumer, KafkaSettings, Start};
use shared::shutdown::CancellationToken;

use crate::alerts::{self, Organisation};

/// The monitor on which all others depend.
pub const PARENT: i64 = 1;

/// How often each monitor is checked.
const INTERVAL_SECONDS: u16 = 10;

/// How long a check takes at most: one attempt.
const DEADLINE_SECONDS: u16 = 2;

/// How long user-service allows for judging a result.
const JUDGED_WITHIN_SECONDS: u16 = 2;

/// For how long an alert waits at most to see whether the parent is down, too.
pub const WAIT_SECONDS: u16 = INTERVAL_SECONDS + DEADLINE_SECONDS + JUDGED_WITHIN_SECONDS;

/// How long after the first of the others the parent may be found down, if all fail together.
pub const FOUND_WITHIN: Duration = Duration::from_secs((INTERVAL_SECONDS + DEADLINE_SECONDS) as u64);

/// An organisation with so many monitors, all of which depend on the first.
pub fn organisation(monitors: i64) -> Organisation {
    let labels = |id: i64| match id {
        PARENT => Labels {
            kind: Some("http".to_owned()),
            is_depended_on: true,
            ..Labels::default()
        },
        _ => Labels {
            kind: Some("http".to_owned()),
            depends_on: vec![MonitorId(PARENT)],
            wait_seconds: WAIT_SECONDS,
            recheck_seconds: WAIT_SECONDS,
            ..Labels::default()
        },
    };
    Organisation {
        policy: AlertPolicy {
            labels_version: 1,
            ..AlertPolicy::default()
        },
        monitors: (1..=monitors).map(|id| (MonitorId(id), labels(id))).collect(),
    }
}

/// A failure of a monitor, which is checked that often.
pub fn failure(monitor: i64, slot: Timestamp) -> Record {
    let mut record = alerts::result(monitor, slot, false);
    if let Record::Result(result) = &mut record {
        result.interval_ms = Some(u32::from(INTERVAL_SECONDS) * 1_000);
    }
    record
}

/// Waits until the alerter holds the labels of so many monitors, and has written them.
///
/// # Panics
/// When it does not.
pub async fn await_labels(kafka: &KafkaSettings, monitors: i64, patience: Duration) {
    testkit::eventually("all labels are held", patience, async || {
        let mut held = 0;
        for partition in 0..kafka.partitions() {
            let state = kafka.restore(&kafka.alert_state_topic(), partition).await.ok()?;
            held += state
                .iter()
                .filter(|(key, value)| is_label_of(key, value, monitors))
                .count();
        }
        (held == monitors as usize).then_some(())
    })
    .await;
}

/// Whether a record of `alert-state` holds the labels of one of the first monitors.
fn is_label_of(key: &str, value: &[u8], monitors: i64) -> bool {
    let id = key.strip_prefix("n/").and_then(|id| id.parse().ok());
    let is_labelled = || serde_json::from_slice(value).is_ok_and(|name: Value| name["labels"].is_object());
    id.is_some_and(|id: i64| (1..=monitors).contains(&id)) && is_labelled()
}

/// What the log says of alerts, each record with the instant at which it could be read.
#[derive(Clone, Debug, Default)]
pub struct AlertLog(Arc<Mutex<Vec<(Timestamp, AlertEvent)>>>);

/// What is recorded about the alerts of the monitors that depend on the parent.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// Monitors of which a decision is recorded: that somebody is notified, or nobody.
    pub decided: usize,
    /// Monitors of which it is recorded that another one holds their alert back.
    pub held_back: usize,
    /// The records that say so.
    pub suppressions: usize,
    /// The reasons that they give.
    pub reasons: BTreeSet<String>,
    /// When the last of those monitors' first such record could be read.
    pub last: Option<Timestamp>,
}

impl AlertLog {
    /// Reads it until `stop` is cancelled.
    ///
    /// # Panics
    /// When Kafka cannot be used.
    pub fn watch(kafka: &KafkaSettings, stop: CancellationToken) -> Self {
        let topic = kafka.alert_events_topic();
        let consumer = Consumer::subscribe(kafka, &testkit::unique(), &[&topic], Start::Earliest)
            .expect("the log can be read");
        let log = Self::default();
        let noted = log.clone();
        tokio::spawn(async move {
            while !stop.is_cancelled() {
                let batch = consumer.recv_batch(5_000, Duration::from_millis(100), Duration::ZERO);
                let batch = batch.await.unwrap_or_default();
                let at = shared::now();
                let events = batch.iter().filter_map(|message| {
                    let event = serde_json::from_slice::<AlertEvent>(message.payload.as_deref()?);
                    Some((at, event.ok()?))
                });
                let mut all = noted.0.lock().unwrap_or_else(PoisonError::into_inner);
                all.extend(events);
            }
        });
        log
    }

    /// How many records were read.
    pub fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is recorded of the monitors after the parent up to `last`.
    pub fn recorded(&self, last: i64) -> Recorded {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_children = all.iter().filter(|(_, event)| {
            event.alert == AlertKind::Down && (PARENT + 1..=last).contains(&event.monitor_id.0)
        });
        let mut recorded = Recorded::default();
        let (mut decided, mut held_back) = (BTreeSet::new(), HashMap::new());
        for (at, event) in of_children {
            let reason = match event.step {
                Step::Decided => None,
                Step::Suppressed => event.reason.as_deref(),
                Step::Attempted | Step::Sent | Step::Failed => continue,
            };
            decided.insert(event.monitor_id);
            let is_dependency = |reason: &&str| suppression_of(reason) == Some(Suppression::Dependency);
            if let Some(reason) = reason.filter(is_dependency) {
                recorded.suppressions += 1;
                if !recorded.reasons.contains(reason) {
                    recorded.reasons.insert(reason.to_owned());
                }
                held_back.entry(event.monitor_id).or_insert(*at);
            }
        }
        recorded.decided = decided.len();
        recorded.held_back = held_back.len();
        recorded.last = held_back.into_values().max();
        recorded
    }
}
