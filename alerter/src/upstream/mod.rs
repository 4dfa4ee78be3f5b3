//! The monitors on which others depend: while one of them is down and that is announced, alerts of those that depend on it
//! are held back. It may be on a partition of another alerter, so alerters tell each other by Redis (ADR 42).
//!
//! The engine neither waits for Redis nor needs it: it says what is announced of its own monitors and looks at the answers
//! that have come; a task beside it tells, takes back and asks. What is not known counts as not down.

mod state;
mod store;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alerting::Upstream;
use domain::{IncidentId, MonitorId};
use fred::clients::Client;
use shared::redis::Keys;
use shared::shutdown::CancellationToken;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use state::{ASK_EVERY, State};
use store::Store;

/// How often everything is told once more: before two of three have failed, nothing has ended by itself.
const TELL_EVERY: Duration = Duration::from_secs(20);

/// What comes within this is told and asked together.
const GATHERED_IN: Duration = Duration::from_millis(20);

/// Monitors in one command.
const BATCH: usize = 500;

/// What is known of the monitors on which others depend.
#[derive(Clone, Debug, Default)]
pub(crate) struct Upstreams(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    /// There is something new to tell or to ask.
    news: Notify,
}

impl Upstreams {
    /// Notes what is announced of monitors of a partition, and what is no longer.
    pub(crate) fn announce(&self, partition: i32, changes: Vec<(MonitorId, Option<IncidentId>)>) {
        if changes.is_empty() {
            return;
        }
        let (now, mut state) = (Instant::now(), self.state());
        for (monitor, incident) in changes {
            if state.set(partition, monitor, incident, now) {
                self.0.news.notify_one();
            }
        }
    }

    /// A partition is another alerter's from now on.
    pub(crate) fn release(&self, partition: i32) {
        self.state().release(partition, Instant::now());
    }

    /// Which of these monitors, if any, is down and announced; nothing while there may be a first answer soon.
    pub(crate) fn look(&self, ancestors: &[MonitorId]) -> Option<Upstream> {
        let mut state = self.state();
        let before = state.questions();
        let seen = state.look(ancestors, Instant::now());
        if state.questions() > before {
            self.0.news.notify_one();
        }
        seen
    }

    /// The monitors of which something else is known than when this was asked last.
    pub(crate) fn take_changed(&self) -> HashSet<MonitorId> {
        self.state().take_changed()
    }

    /// Tells and asks until `stop` is cancelled. What was told then ends by itself, unless the next alerter goes on.
    pub(crate) async fn run(self, redis: Client, keys: Keys, stop: CancellationToken) {
        let store = Store::new(redis, keys);
        let working = async {
            let mut told = Instant::now();
            loop {
                let pause = match self.state().is_busy() {
                    true => ASK_EVERY,
                    false => TELL_EVERY,
                };
                // That time is up is no error.
                let _ = timeout(pause, self.0.news.notified()).await;
                sleep(GATHERED_IN).await;
                if told.elapsed() >= TELL_EVERY {
                    told = Instant::now();
                    self.state().tell_again();
                }
                self.round(&store).await;
            }
        };
        stop.run_until_cancelled(working).await;
    }

    /// What is over first: a question must not be answered by it.
    async fn round(&self, store: &Store) {
        let over = self.state().over(Instant::now());
        for some in over.chunks(BATCH) {
            if !store.take_back(some).await {
                break;
            }
            self.state().taken_back(some);
        }
        loop {
            // Looked up now: what is over meanwhile is not told any more.
            let some = self.state().take_untold(BATCH);
            if some.is_empty() {
                break;
            }
            if !store.tell(&some).await {
                self.state().not_told(&some);
                break;
            }
        }
        let questions = self.state().take_questions(Instant::now());
        for some in questions.chunks(BATCH) {
            let Some(answers) = store.read(some).await else {
                break;
            };
            let (now, mut state) = (Instant::now(), self.state());
            for (monitor, is_announced) in some.iter().zip(answers) {
                state.answer(*monitor, is_announced, now);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use fred::interfaces::KeysInterface;

    use super::*;

    const PARENT: MonitorId = MonitorId(1);
    const PATIENCE: Duration = Duration::from_secs(20);

    fn incident(number: u128) -> IncidentId {
        IncidentId(uuid::Uuid::from_u128(number))
    }

    async fn sees(upstreams: &Upstreams, expected: Upstream) {
        testkit::eventually("it is seen", PATIENCE, async || {
            (upstreams.look(&[PARENT]) == Some(expected)).then_some(())
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn alerters_tell_each_other_by_redis() {
        shared::install_crypto();
        let settings = testkit::redis();
        let (keys, stop) = (settings.keys(), CancellationToken::new());
        let client = || shared::redis::connect(&settings).unwrap();
        let [one, other] = [Upstreams::default(), Upstreams::default()];
        for upstreams in [&one, &other] {
            tokio::spawn(upstreams.clone().run(client(), keys.clone(), stop.clone()));
        }
        sees(&other, Upstream::NotDown).await;
        one.announce(0, vec![(PARENT, Some(incident(1)))]);
        assert_eq!(one.look(&[PARENT]), Some(Upstream::Down(PARENT)));
        sees(&other, Upstream::Down(PARENT)).await;
        assert_eq!(other.take_changed(), HashSet::from([PARENT]));

        // The key ends by itself, and is taken back only while it is this incident's.
        let (redis, key) = (client(), keys.alert_announced(PARENT));
        let kept: i64 = redis.ttl(&key).await.unwrap();
        assert!((1..=60).contains(&kept), "{kept}");
        let () = redis
            .set(&key, incident(2).to_string(), None, None, false)
            .await
            .unwrap();
        one.announce(0, vec![(PARENT, None)]);
        testkit::eventually("it was taken back", PATIENCE, async || {
            one.state().over(Instant::now()).is_empty().then_some(())
        })
        .await;
        let held: Option<String> = redis.get(&key).await.unwrap();
        assert_eq!(held, Some(incident(2).to_string()));
        one.announce(0, vec![(PARENT, Some(incident(2)))]);
        one.announce(0, vec![(PARENT, None)]);
        sees(&other, Upstream::NotDown).await;
        assert_eq!(other.take_changed(), HashSet::from([PARENT]));

        // What another alerter takes over is left to it.
        one.announce(0, vec![(PARENT, Some(incident(3)))]);
        sees(&other, Upstream::Down(PARENT)).await;
        one.release(0);
        one.announce(1, vec![(MonitorId(2), Some(incident(4)))]);
        testkit::eventually("the other one is told", PATIENCE, async || {
            let told: Option<String> = redis.get(keys.alert_announced(MonitorId(2))).await.ok()?;
            told
        })
        .await;
        let held: Option<String> = redis.get(&key).await.unwrap();
        assert_eq!(held, Some(incident(3).to_string()));
        stop.cancel();
    }
}
