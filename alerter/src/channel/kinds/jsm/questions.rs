//! How often, and for how long, it is asked what has become of a request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Pauses before the questions. Most requests are carried out within the first.
const PAUSES: &[Duration] = &[
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

/// The pause before the only question to an account that is behind.
const ONCE_AFTER: Duration = Duration::from_secs(2);

/// For how long an account is asked only once about each request whose last request was asked about in vain: it may be
/// behind, or not answer such questions at all, and a storm would wait for it with each of its alerts.
const ASKED_ONCE: Duration = Duration::from_secs(600);

/// Accounts that are remembered at once; of more, each request is asked about as long as there is time.
const MAX_ACCOUNTS: usize = 10_000;

/// What channels of this kind know about questions.
#[derive(Clone)]
pub(in crate::channel) struct Questions {
    within: Duration,
    /// Until when which accounts are asked only once.
    in_vain: Arc<Mutex<HashMap<String, Instant>>>,
}

impl std::fmt::Debug for Questions {
    // Accounts go by their keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Questions").finish_non_exhaustive()
    }
}

impl Questions {
    /// For requests that may take `exchange` each.
    pub(in crate::channel) fn new(exchange: Duration) -> Self {
        Self {
            // A request takes up to a quarter more than its deadline, for the body of its answer: so that it and the
            // questions take two of them.
            within: exchange - exchange / 4,
            in_vain: Arc::default(),
        }
    }

    /// How long the questions about one request may take together.
    pub(super) fn within(&self) -> Duration {
        self.within
    }

    /// The pauses before the questions to an account.
    pub(super) fn pauses(&self, account: &str, now: Instant) -> Vec<Duration> {
        match self.lock().get(account) {
            Some(until) if *until > now => vec![ONCE_AFTER.min(self.within / 2)],
            _ => PAUSES.to_vec(),
        }
    }

    /// Notes whether an account has answered. Further questions in vain do not prolong the time in which it is asked only
    /// once: however many alerts there are, it is asked fully once it is over.
    pub(super) fn note(&self, account: &str, has_answered: bool, now: Instant) {
        let mut in_vain = self.lock();
        if has_answered {
            in_vain.remove(account);
            return;
        }
        in_vain.retain(|_, until| *until > now);
        if in_vain.len() < MAX_ACCOUNTS {
            in_vain.entry(account.to_owned()).or_insert(now + ASKED_ONCE);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Instant>> {
        self.in_vain.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_not_answer_is_asked_once_for_a_while() {
        let questions = Questions::new(Duration::from_secs(5));
        let start = Instant::now();
        assert_eq!(questions.pauses("a", start).len(), PAUSES.len());
        questions.note("a", false, start);
        assert_eq!(
            questions.pauses("a", start),
            [ONCE_AFTER.min(questions.within() / 2)]
        );
        assert_eq!(questions.pauses("b", start).len(), PAUSES.len());
        // What is asked in vain meanwhile changes nothing.
        questions.note("a", false, start + ASKED_ONCE / 2);
        assert_eq!(questions.pauses("a", start + ASKED_ONCE).len(), PAUSES.len());
        questions.note("a", true, start);
        assert_eq!(questions.pauses("a", start).len(), PAUSES.len());
        questions.note("a", false, start);
        questions.note("b", false, start + ASKED_ONCE);
        assert_eq!(questions.lock().len(), 1);
    }

    #[test]
    fn keys_are_not_shown() {
        let questions = Questions::new(Duration::from_secs(5));
        questions.note("https://api.example secret", false, Instant::now());
        assert!(!format!("{questions:?}").contains("secret"));
    }
}
