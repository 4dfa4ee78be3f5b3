//! What the alerter writes: the compacted topic `alert-state`, and the events that others read.

use std::time::Duration;

use domain::alert_event::{AlertEvent, Step};
use domain::{MonitorId, OrgId};
use futures_util::future::join_all;
use shared::kafka::{KafkaSettings, Membership, Producer, SendError};
use shared::ops::Readiness;
use shared::shutdown::CancellationToken;

/// The pause before a write is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// What became of writes.
#[derive(Debug)]
pub(crate) enum Written {
    /// All were acknowledged.
    All,
    /// They were given up: this alerter ends.
    Stopped,
    /// It was not certain any more that the partitions are read here; what is left.
    Lapsed(Vec<Write>),
}

/// Something to be written.
#[derive(Clone, Debug)]
pub(crate) enum Write {
    /// The value of a key of `alert-state`; none removes the key.
    State {
        partition: i32,
        key: String,
        value: Option<Vec<u8>>,
    },
    /// An event.
    Event {
        key: String,
        value: Vec<u8>,
        /// In which partition it was decided; none where it says what came of a send.
        decided_in: Option<i32>,
    },
}

impl Write {
    /// Whether it is for the owner of this partition alone to write.
    pub(crate) fn is_owners_of(&self, number: i32) -> bool {
        match self {
            Self::State { partition, .. } => *partition == number,
            Self::Event { decided_in, .. } => *decided_in == Some(number),
        }
    }

    /// The partition and the key of a state.
    pub(crate) fn state_key(&self) -> Option<(i32, &str)> {
        match self {
            Self::State { partition, key, .. } => Some((*partition, key)),
            Self::Event { .. } => None,
        }
    }

    /// An event of a monitor on a partition.
    pub(crate) fn event(event: &AlertEvent, partition: i32) -> Option<Self> {
        let is_decision = matches!(event.step, Step::Decided | Step::Suppressed);
        Some(Self::Event {
            key: event.monitor_id.to_string(),
            value: serde_json::to_vec(event).ok()?,
            decided_in: is_decision.then_some(partition),
        })
    }
}

/// The key of the channels of an organisation, as user-service answered last.
pub(crate) fn channels_key(org: OrgId) -> String {
    format!("c/{org}")
}

/// The organisation whose channels have this key.
pub(crate) fn org_of_key(key: &str) -> Option<OrgId> {
    key.strip_prefix("c/")?.parse().ok().map(OrgId)
}

/// The key of a monitor's name, as user-service answered last.
pub(crate) fn name_key(monitor: MonitorId) -> String {
    format!("n/{monitor}")
}

/// The monitor whose name has this key.
pub(crate) fn named_by_key(key: &str) -> Option<MonitorId> {
    key.strip_prefix("n/")?.parse().ok().map(MonitorId)
}

/// The key of a monitor's state that was found on another partition, and waits to be taken over.
pub(crate) fn stray_key(monitor: MonitorId, found_on: i32) -> String {
    format!("x/{monitor}/{found_on}")
}

/// The monitor whose state has this key.
pub(crate) fn stray_of_key(key: &str) -> Option<MonitorId> {
    let (monitor, _) = key.strip_prefix("x/")?.split_once('/')?;
    monitor.parse().ok().map(MonitorId)
}

/// The key that says that the partition was begun: it is not to be started from PostgreSQL any more.
pub(crate) const BEGUN_KEY: &str = "begun";

/// Writes to both topics.
#[derive(Clone, Debug)]
pub(crate) struct StateLog {
    producer: Producer,
    state_topic: String,
    events_topic: String,
    readiness: Readiness,
}

impl StateLog {
    pub(crate) fn new(kafka: &KafkaSettings, producer: Producer, readiness: Readiness) -> Self {
        Self {
            producer,
            state_topic: kafka.alert_state_topic(),
            events_topic: kafka.alert_events_topic(),
            readiness,
        }
    }

    /// Returns when everything is acknowledged, or `stop` was cancelled; after that a write is tried once. As long as Kafka
    /// is away, it tries again, until it is not certain any more that the partitions are read here: whoever owns them now
    /// writes their states.
    ///
    /// States come after the events: whoever takes over from an alerter that was killed between the two decides the
    /// same again, and an event that comes twice is stored once. One that its state went without would be missing for
    /// ever.
    pub(crate) async fn write(
        &self,
        writes: Vec<Write>,
        membership: &Membership,
        stop: &CancellationToken,
    ) -> Written {
        let (events, states): (Vec<_>, Vec<_>) = writes
            .into_iter()
            .partition(|write| matches!(write, Write::Event { .. }));
        match self.write_all(events, membership, stop).await {
            Written::All => self.write_all(states, membership, stop).await,
            Written::Lapsed(left) => Written::Lapsed(left.into_iter().chain(states).collect()),
            Written::Stopped => Written::Stopped,
        }
    }

    async fn write_all(
        &self,
        mut writes: Vec<Write>,
        membership: &Membership,
        stop: &CancellationToken,
    ) -> Written {
        if writes.is_empty() {
            return Written::All;
        }
        loop {
            let Some(left) = membership.left() else {
                return Written::Lapsed(writes);
            };
            let tried = self.try_write(writes, left);
            writes = if stop.is_cancelled() {
                tried.await
            } else {
                match stop.run_until_cancelled(tried).await {
                    Some(left) => left,
                    None => return Written::Stopped,
                }
            };
            if writes.is_empty() {
                self.readiness.ok("kafka");
                return Written::All;
            }
            metrics::counter!("uptime_alerter_write_failures_total").increment(writes.len() as u64);
            self.readiness.fail("kafka", "does not acknowledge writes");
            tokio::select! {
                () = stop.cancelled() => return Written::Stopped,
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    pub(crate) async fn flush(&self, deadline: Duration) {
        if let Err(error) = self.producer.flush(deadline).await {
            tracing::warn!(%error, "not everything was written before the end");
        }
    }

    /// Answers what was not acknowledged within `patience`.
    async fn try_write(&self, writes: Vec<Write>, patience: Duration) -> Vec<Write> {
        let mut waiting = Vec::with_capacity(writes.len());
        let mut left = Vec::new();
        for write in writes {
            match self.queue(&write) {
                Ok(ack) => waiting.push(async move { ack.await.err().map(|error| (write, error)) }),
                Err(error) => left.extend(retryable(write, &error)),
            }
        }
        let acknowledged = join_all(waiting);
        tokio::pin!(acknowledged);
        let failed = tokio::select! {
            failed = &mut acknowledged => failed,
            () = tokio::time::sleep(patience) => {
                // What is queued would be sent later, over what another alerter has written.
                self.producer.purge();
                acknowledged.await
            }
        };
        let failed = failed.into_iter().flatten();
        left.extend(failed.filter_map(|(write, error)| retryable(write, &error)));
        left
    }

    fn queue(&self, write: &Write) -> Result<shared::kafka::Ack, SendError> {
        match write {
            Write::State {
                partition,
                key,
                value: Some(value),
            } => self.producer.send_to(&self.state_topic, *partition, key, value),
            Write::State {
                partition,
                key,
                value: None,
            } => self.producer.send_tombstone(&self.state_topic, *partition, key),
            Write::Event { key, value, .. } => self.producer.send(&self.events_topic, key, value),
        }
    }
}

/// A record that is too large stays so: it is given up, loudly. Nothing that is written comes near the limit.
fn retryable(write: Write, error: &SendError) -> Option<Write> {
    match error {
        SendError::TooLarge => {
            tracing::error!(%error, "a record cannot be written");
            None
        }
        SendError::QueueFull => Some(write),
        SendError::Unacknowledged(_) => {
            // Readiness says so, once.
            tracing::debug!(%error, "a write is tried again");
            Some(write)
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::alert_event::{AlertKind, Source};
    use domain::alert_state::monitor_key;
    use domain::{ChannelId, DeliveryId, IncidentId, Timestamp};

    use super::*;

    fn sent(monitor: MonitorId) -> AlertEvent {
        let incident = IncidentId::new(monitor, 1, Timestamp::from_millis(0));
        AlertEvent {
            v: 1,
            step: Step::Sent,
            at: shared::now(),
            org_id: OrgId(7),
            monitor_id: monitor,
            incident_id: incident,
            alert: AlertKind::Down,
            delivery_id: Some(DeliveryId::new(incident, ChannelId(1), "down", 0)),
            channel_id: Some(ChannelId(1)),
            source: Source {
                cluster: "c".to_owned(),
                topic: "t".to_owned(),
                partition: 0,
                offset: 0,
            },
            revision: Some(1),
            attempt: 1,
            reason: None,
            receipt: Some("ok".to_owned()),
            cause: None,
            regions: None,
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn no_state_is_written_before_its_events() {
        let Some(kafka) = testkit::kafka("no_state_is_written_before_its_events", 1).await else {
            return;
        };
        let patient = |seconds| Producer::new(&kafka, Duration::from_secs(seconds)).unwrap();
        let log = StateLog::new(&kafka, patient(30), Readiness::default());
        // Its events are not acknowledged.
        let nowhere = StateLog {
            producer: patient(2),
            events_topic: kafka.named("no-such-topic"),
            ..log.clone()
        };
        let monitor = MonitorId(42);
        let writes = || {
            let state = Write::State {
                partition: 0,
                key: monitor_key(monitor),
                value: Some(b"{}".to_vec()),
            };
            vec![state, Write::event(&sent(monitor), 0).unwrap()]
        };
        let stopped = CancellationToken::new();
        stopped.cancel();
        let written = nowhere.write(writes(), &Membership::default(), &stopped).await;
        assert!(matches!(written, Written::Stopped), "{written:?}");
        let topic = kafka.alert_state_topic();
        assert!(kafka.restore(&topic, 0).await.unwrap().is_empty());

        // Another one: how long the first was certain must not matter to a machine that was busy meanwhile.
        let written = log.write(writes(), &Membership::default(), &stopped).await;
        assert!(matches!(written, Written::All), "{written:?}");
        let states = kafka.restore(&topic, 0).await.unwrap();
        assert_eq!(states.keys().collect::<Vec<_>>(), [&monitor_key(monitor)]);
    }
}
