//! The topic of records that cannot be processed, with where they came from and why.

use std::time::Duration;

use shared::kafka::{Ack, KafkaError, KafkaSettings, Message, Producer, SendError};
use shared::shutdown::CancellationToken;

use super::backoff::{Interrupted, Waiting};
use crate::intake::Reason;
use crate::metrics;

/// How long the broker may take to acknowledge a dead letter before it is sent again.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(10);

/// What is left of a payload that the broker finds too large even here.
const CUT_BYTES: usize = 64 * 1024;

/// A record to be buried.
#[derive(Debug)]
pub(crate) struct Letter {
    pub(crate) message: Message,
    pub(crate) reason: Reason,
    /// What was wrong, in words.
    pub(crate) detail: String,
}

/// Sends to the dead-letter topic.
#[derive(Clone, Debug)]
pub(crate) struct DeadLetters {
    producer: Producer,
    topic: String,
    shutdown: CancellationToken,
}

impl DeadLetters {
    pub(crate) fn new(settings: &KafkaSettings, shutdown: CancellationToken) -> Result<Self, KafkaError> {
        Ok(Self {
            producer: Producer::new(settings, DELIVERY_TIMEOUT)?,
            topic: settings.dead_letter_topic(),
            shutdown,
        })
    }

    /// Buries `letters`; returns when the broker has acknowledged all of them.
    pub(crate) async fn bury(&self, letters: Vec<Letter>) -> Result<(), Interrupted> {
        let mut waiting = Waiting::new(&self.shutdown);
        let mut left = letters;
        while !left.is_empty() {
            let sent: Vec<_> = left
                .into_iter()
                .map(|letter| (self.send(&letter, false), letter))
                .collect();
            left = Vec::new();
            for (sent, letter) in sent {
                match acknowledged(sent).await {
                    Ok(()) => buried(&letter),
                    Err(SendError::TooLarge) if acknowledged(self.send(&letter, true)).await.is_ok() => {
                        buried(&letter);
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the dead-letter topic does not take a record");
                        left.push(letter);
                    }
                }
            }
            if !left.is_empty() {
                waiting.pause().await?;
            }
        }
        Ok(())
    }

    fn send(&self, letter: &Letter, cut: bool) -> Result<Ack, SendError> {
        let message = &letter.message;
        let mut headers = vec![
            ("source_topic", message.topic.to_string()),
            ("source_partition", message.partition.to_string()),
            ("source_offset", message.offset.to_string()),
            ("source_timestamp", message.timestamp.to_string()),
            ("reason", letter.reason.as_str().to_owned()),
            ("detail", letter.detail.clone()),
        ];
        let mut payload = message.payload.as_deref().unwrap_or_default();
        if cut {
            headers.push(("cut_from_bytes", payload.len().to_string()));
            payload = &payload[..payload.len().min(CUT_BYTES)];
        }
        self.producer
            .send_with_headers(&self.topic, message.key.as_deref(), payload, &headers)
    }
}

async fn acknowledged(sent: Result<Ack, SendError>) -> Result<(), SendError> {
    sent?.await.map(drop)
}

fn buried(letter: &Letter) {
    let Letter {
        message,
        reason,
        detail,
    } = letter;
    metrics::dead_letter(*reason);
    tracing::warn!(
        topic = %message.topic,
        partition = message.partition,
        offset = message.offset,
        reason = reason.as_str(),
        detail,
        "a record went to the dead-letter topic"
    );
}
