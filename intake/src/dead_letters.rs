//! The topic of records that cannot be processed, with where they came from and why.

use std::sync::Arc;
use std::time::Duration;

use shared::kafka::{Ack, KafkaError, KafkaSettings, Message, Producer, SendError};
use shared::lasting::Lasting;
use shared::retry::{Interrupted, Pauses, doubling};
use shared::shutdown::CancellationToken;

use crate::examine::{Reason, Rejection};

/// How long the broker may take to acknowledge a dead letter before it is sent again.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(10);

/// What is left of a payload that the broker finds too large even here.
const CUT_BYTES: usize = 64 * 1024;

/// The longest detail that is kept, in bytes.
const MAX_DETAIL_BYTES: usize = 1_000;

/// The pauses after which what the topic does not take is sent again.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A record that cannot be processed.
#[derive(Debug)]
pub struct DeadLetter {
    /// As it was read.
    pub message: Message,
    /// Why it cannot be processed.
    pub rejection: Rejection,
}

/// Sends to the dead-letter topic.
#[derive(Clone, Debug)]
pub struct DeadLetters {
    producer: Producer,
    topic: String,
    count: fn(Reason),
    sending: Arc<Lasting>,
    shutdown: CancellationToken,
}

impl DeadLetters {
    /// Sends to `topic`, and has each dead letter counted by `count`.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn new(
        settings: &KafkaSettings,
        topic: String,
        count: fn(Reason),
        shutdown: CancellationToken,
    ) -> Result<Self, KafkaError> {
        Ok(Self {
            producer: Producer::new(settings, DELIVERY_TIMEOUT)?,
            topic,
            count,
            sending: Arc::new(Lasting::new("the dead-letter topic does not take a record")),
            shutdown,
        })
    }

    /// Sends `letters`; returns when the broker has acknowledged all of them.
    ///
    /// # Errors
    /// When the shutdown came first.
    pub async fn send_all(&self, letters: Vec<DeadLetter>) -> Result<(), Interrupted> {
        let mut pauses = Pauses::new(doubling(FIRST_PAUSE, LONGEST_PAUSE), &self.shutdown);
        let mut left = letters;
        while !left.is_empty() {
            left = self.attempt(left).await;
            if !left.is_empty() {
                pauses.wait().await?;
            }
        }
        Ok(())
    }

    /// Answers what was not acknowledged.
    async fn attempt(&self, letters: Vec<DeadLetter>) -> Vec<DeadLetter> {
        let sent: Vec<_> = letters
            .into_iter()
            .map(|letter| (self.send(&letter, false), letter))
            .collect();
        let mut left = Vec::new();
        for (sent, letter) in sent {
            match acknowledged(sent).await {
                Ok(()) => self.sent(&letter),
                Err(SendError::TooLarge) if acknowledged(self.send(&letter, true)).await.is_ok() => {
                    self.sent(&letter);
                }
                Err(error) => {
                    self.sending.failed(&error);
                    left.push(letter);
                }
            }
        }
        left
    }

    fn sent(&self, letter: &DeadLetter) {
        self.sending.ok();
        let DeadLetter { message, rejection } = letter;
        (self.count)(rejection.reason);
        tracing::warn!(
            topic = %message.topic,
            partition = message.partition,
            offset = message.offset,
            reason = rejection.reason.as_str(),
            detail = excerpt(&rejection.detail),
            "a record went to the dead-letter topic"
        );
    }

    fn send(&self, letter: &DeadLetter, cut: bool) -> Result<Ack, SendError> {
        let message = &letter.message;
        let mut headers = vec![
            ("source_topic", message.topic.to_string()),
            ("source_partition", message.partition.to_string()),
            ("source_offset", message.offset.to_string()),
            ("source_timestamp", message.timestamp.to_string()),
            ("reason", letter.rejection.reason.as_str().to_owned()),
            ("detail", excerpt(&letter.rejection.detail).to_owned()),
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

/// What was wrong may quote what the record holds, which is as long as its producer likes.
fn excerpt(detail: &str) -> &str {
    &detail[..detail.floor_char_boundary(MAX_DETAIL_BYTES)]
}

async fn acknowledged(sent: Result<Ack, SendError>) -> Result<(), SendError> {
    sent?.await.map(drop)
}
