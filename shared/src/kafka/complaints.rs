//! What the client library complains of, for all clients of a process: each kind of complaint is told to the log once,
//! and its end once there was none for a while. While a cluster is away each client complains of each broker, again and
//! again.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError as ClientError, RDKafkaErrorCode};

use super::SOCKET_TIMEOUT;

/// Longer than a client that is at it lets pass without a complaint.
const QUIET: Duration = SOCKET_TIMEOUT.saturating_mul(3);

/// What was complained of lately.
#[derive(Debug, Default)]
pub(super) struct Complaints(Mutex<Option<Lately>>);

#[derive(Debug)]
struct Lately {
    kinds: BTreeSet<String>,
    since: Instant,
    last: Instant,
    count: u64,
}

/// Hears the complaints of one client.
#[derive(Clone, Debug)]
pub(super) struct Listener(pub(super) Arc<Complaints>);

impl ClientContext for Listener {
    fn error(&self, error: ClientError, reason: &str) {
        let code = error.rdkafka_error_code();
        // The end of a partition is none, in whichever way it is told.
        if !matches!(error, ClientError::PartitionEOF(_)) && code != Some(RDKafkaErrorCode::PartitionEOF) {
            let kind = code.map(|code| code.to_string());
            self.0
                .hear(kind.unwrap_or_else(|| error.to_string()), reason, QUIET);
        }
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        let is_error = matches!(
            level,
            RDKafkaLogLevel::Emerg
                | RDKafkaLogLevel::Alert
                | RDKafkaLogLevel::Critical
                | RDKafkaLogLevel::Error
        );
        // What is a failure of a connection comes as an error as well.
        if is_error && facility != "FAIL" {
            self.0.hear(facility.to_owned(), message, QUIET);
        } else {
            tracing::debug!(target: "librdkafka", facility, "{message}");
        }
    }
}

impl ConsumerContext for Listener {}

impl Complaints {
    /// Takes a complaint; it is told when there was none of its kind since the last quiet time. Answers whether it was.
    fn hear(self: &Arc<Self>, kind: String, reason: &str, quiet: Duration) -> bool {
        let now = Instant::now();
        let mut lately = self.lately();
        let is_first = lately.is_none();
        let known = lately.get_or_insert_with(|| Lately {
            kinds: BTreeSet::new(),
            since: now,
            last: now,
            count: 0,
        });
        known.last = now;
        known.count += 1;
        let is_new = !known.kinds.contains(&kind);
        if is_new {
            tracing::warn!(kind, reason, "Kafka does not answer as it should");
            known.kinds.insert(kind);
        } else {
            tracing::debug!(kind, reason, "Kafka still does not answer as it should");
        }
        drop(lately);
        if is_first {
            self.watch(quiet);
        }
        is_new
    }

    /// Tells of the end. The library's callbacks come on threads of its own, where there is no runtime.
    #[expect(
        clippy::disallowed_methods,
        reason = "a thread of its own, that no task waits for"
    )]
    fn watch(self: &Arc<Self>, quiet: Duration) {
        let complaints = Arc::downgrade(self);
        std::thread::spawn(move || {
            let mut wait = quiet;
            loop {
                std::thread::sleep(wait);
                let Some(complaints) = complaints.upgrade() else {
                    return;
                };
                let mut lately = complaints.lately();
                let silent = lately.as_ref().map_or(quiet, |lately| lately.last.elapsed());
                match quiet.checked_sub(silent) {
                    Some(left) if !left.is_zero() => wait = left,
                    _ => {
                        if let Some(over) = lately.take() {
                            let lasted_ms = over.last.duration_since(over.since).as_millis() as u64;
                            tracing::info!(
                                lasted_ms,
                                complaints = over.count,
                                "Kafka answers as it should again"
                            );
                        }
                        return;
                    }
                }
            }
        });
    }

    fn lately(&self) -> MutexGuard<'_, Option<Lately>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_complaint_is_told_once_until_it_is_quiet() {
        let complaints = Arc::new(Complaints::default());
        let quiet = Duration::from_millis(100);
        let hear = |kind: &str| complaints.hear(kind.to_owned(), "10 brokers are down", quiet);
        assert!(hear("transport") && hear("all down"));
        assert!(!hear("transport") && !hear("all down"));
        assert_eq!(complaints.lately().as_ref().map(|lately| lately.count), Some(4));
        let deadline = Instant::now() + Duration::from_secs(30);
        while complaints.lately().is_some() {
            assert!(Instant::now() < deadline, "the end is not told");
            std::thread::yield_now();
        }
        assert!(hear("transport"));
    }
}
