//! Whether the system's name servers work. That a name gets no answer says little: the name servers of its zone may be
//! dead, or those of this machine. Only look-ups of other names tell which, so they are made before a target counts as
//! down.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use hickory_resolver::proto::rr::RecordType;
use tokio::time::{Instant, timeout};

use super::Resolver;
use super::problem::LookupProblem;
use crate::zone::Zone;

/// How long the look-up of another name may take.
const PROBE_TIMEOUT: Duration = Duration::from_secs(3);

/// How long name servers count as dead without being tried again.
const DEAD_TTL: Duration = Duration::from_secs(2);

/// How often name servers that were found dead are tried when no check does it.
const RETRY_INTERVAL: Duration = Duration::from_secs(5);

/// How often a name that nobody has is looked up, to learn whether such names get an answer here.
const LEARN_INTERVAL: Duration = Duration::from_secs(900);

/// How long it counts that such a name got an answer.
const LEARNT_TTL: Duration = Duration::from_secs(3_600);

/// How long a zone counts as one that got no answer.
const UNANSWERED_TTL: Duration = Duration::from_secs(60);

/// Names that are remembered: one of each zone.
const MAX_NAMES: usize = 4;

/// What is known of the system's name servers.
#[derive(Debug)]
pub(super) struct Health {
    begun: Instant,
    /// When a name was remembered last, in seconds since `begun` and one more.
    remembered_at: AtomicU64,
    names: Mutex<Names>,
    /// The last try. Whoever holds the lock tries, and the others wait.
    last: tokio::sync::Mutex<Tries>,
    is_down: AtomicBool,
    down: metrics::Gauge,
}

#[derive(Debug, Default)]
struct Names {
    /// Names that were resolved lately, the latest at the end.
    resolved: VecDeque<(Zone, Box<str>)>,
    /// Zones of names that got no answer lately.
    unanswered: VecDeque<(Zone, Instant)>,
}

#[derive(Debug, Default)]
struct Tries {
    last: Option<Try>,
    /// When a name that nobody has got an answer last.
    learnt_at: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Try {
    begun_at: Instant,
    ended_at: Instant,
    works: bool,
}

impl Try {
    /// Whether it says something of a look-up that has failed at this time.
    fn counts_at(&self, failed_at: Instant) -> bool {
        if self.works {
            self.begun_at >= failed_at
        } else {
            // That a check is skipped too often does no harm.
            self.ended_at.elapsed() < DEAD_TTL
        }
    }
}

/// How the look-up of another name has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Finding {
    /// The name is resolved, or there is none.
    Answer,
    /// The name server says that it cannot answer.
    Refusal,
    /// Nothing came.
    Silence,
}

impl Finding {
    fn of<T>(result: Result<Result<T, LookupProblem>, tokio::time::error::Elapsed>) -> Self {
        match result {
            Ok(Ok(_) | Err(LookupProblem::NoRecords | LookupProblem::NoName)) => Self::Answer,
            Ok(Err(LookupProblem::Code(_))) => Self::Refusal,
            Ok(Err(_)) | Err(_) => Self::Silence,
        }
    }
}

/// Whether the name servers work: by a name that nobody has, and, where such names get no answer, by names that were
/// resolved lately. Those alone may come from the cache of a name server that has lost its own way out.
fn works(stranger: Finding, learnt: bool, known: &[Finding], others_fail: bool) -> bool {
    match stranger {
        Finding::Answer => true,
        _ if learnt => false,
        _ if !known.is_empty() => known.contains(&Finding::Answer),
        // It is there, and nothing has ever been resolved: that is the fault of a single name only if it is alone.
        Finding::Refusal => !others_fail,
        Finding::Silence => false,
    }
}

impl Health {
    pub(super) fn new() -> Self {
        metrics::describe_gauge!(
            "uptime_pinger_name_server_down",
            "1 while the name servers of this machine's system are found to be down"
        );
        Self {
            begun: Instant::now(),
            remembered_at: AtomicU64::new(0),
            names: Mutex::default(),
            last: tokio::sync::Mutex::default(),
            is_down: AtomicBool::new(false),
            down: metrics::gauge!("uptime_pinger_name_server_down"),
        }
    }

    /// Remembers a name that was resolved; one a second is enough.
    pub(super) fn remember(&self, name: &str) {
        let now = self.begun.elapsed().as_secs() + 1;
        if self.remembered_at.load(Ordering::Relaxed) == now {
            return;
        }
        self.remembered_at.store(now, Ordering::Relaxed);
        let zone = Zone::of(name);
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.unanswered.retain(|(unanswered, _)| *unanswered != zone);
        names.resolved.retain(|(known, _)| *known != zone);
        names.resolved.push_back((zone, name.into()));
        if names.resolved.len() > MAX_NAMES {
            names.resolved.pop_front();
        }
    }

    /// Notes that a name of this zone got no answer; returns the names of other zones that were resolved lately, and
    /// whether another zone got none either.
    fn note_unanswered(&self, zone: Zone) -> (Vec<Box<str>>, bool) {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names
            .unanswered
            .retain(|(unanswered, at)| *unanswered != zone && at.elapsed() < UNANSWERED_TTL);
        let others_fail = !names.unanswered.is_empty();
        names.unanswered.push_back((zone, Instant::now()));
        if names.unanswered.len() > MAX_NAMES {
            names.unanswered.pop_front();
        }
        let others = names.resolved.iter().filter(|(known, _)| *known != zone);
        (others.map(|(_, name)| name.clone()).collect(), others_fail)
    }

    /// Logs once per outage; alerting rules watch the metric.
    fn set_down(&self, down: bool) {
        if self.is_down.swap(down, Ordering::Relaxed) == down {
            return;
        }
        self.down.set(f64::from(u8::from(down)));
        if down {
            tracing::error!("this machine's name servers do not answer: checks that need them are skipped");
        } else {
            tracing::info!("this machine's name servers answer again");
        }
    }
}

impl Resolver {
    /// Whether the system's name servers work, as look-ups of names of other zones show. `failed` got no answer.
    pub(crate) async fn answers_others(&self, failed: Zone) -> bool {
        let failed_at = Instant::now();
        let (known, _) = self.health.note_unanswered(failed);
        let mut tries = self.health.last.lock().await;
        if let Some(last) = tries.last.filter(|last| last.counts_at(failed_at)) {
            return last.works;
        }
        let begun_at = Instant::now();
        let stranger = self.look_up_stranger(&mut tries).await;
        let learnt = tries.learnt_at.is_some_and(|at| at.elapsed() < LEARNT_TTL);
        let known = if stranger == Finding::Answer || learnt {
            Vec::new()
        } else {
            join_all(known.iter().map(|name| self.look_up_other(name))).await
        };
        // By now others that failed at the same time are known.
        let (_, others_fail) = self.health.note_unanswered(failed);
        let works = works(stranger, learnt, &known, others_fail);
        tries.last = Some(Try {
            begun_at,
            ended_at: Instant::now(),
            works,
        });
        self.health.set_down(!works);
        works
    }

    /// Learns whether a name that nobody has gets an answer here, and finds out when dead name servers are back.
    pub(crate) async fn watch_name_servers(self) {
        let mut learn_at = Instant::now();
        loop {
            let is_down = self.health.is_down.load(Ordering::Relaxed);
            if is_down || Instant::now() >= learn_at {
                let mut tries = self.health.last.lock().await;
                let finding = self.look_up_stranger(&mut tries).await;
                drop(tries);
                if finding == Finding::Answer {
                    self.health.set_down(false);
                }
                learn_at = Instant::now() + LEARN_INTERVAL;
            }
            tokio::time::sleep(RETRY_INTERVAL).await;
        }
    }

    /// Looks up a name that nobody has, and that is in no cache.
    async fn look_up_stranger(&self, tries: &mut Tries) -> Finding {
        let name = format!("x{:016x}.com", rand::random::<u64>());
        let finding = self.look_up_other(&name).await;
        if finding == Finding::Answer {
            tries.learnt_at = Some(Instant::now());
        }
        finding
    }

    async fn look_up_other(&self, name: &str) -> Finding {
        Finding::of(timeout(PROBE_TIMEOUT, self.system.records(name, RecordType::A)).await)
    }
}

#[cfg(test)]
mod tests {
    use super::Finding::{Answer, Refusal, Silence};
    use super::*;

    #[test]
    fn name_servers_work_that_answer_for_any_other_name() {
        assert!(works(Answer, false, &[], true));
        assert!(works(Answer, true, &[], true));
        // In a network that knows its own names only.
        assert!(works(Silence, false, &[Silence, Answer], true));
        assert!(works(Refusal, false, &[Answer], true));
        assert!(works(Refusal, false, &[], false), "a single name is alone");
    }

    #[test]
    fn name_servers_are_dead_that_answer_for_no_other_name() {
        assert!(!works(Silence, false, &[], false));
        assert!(!works(Silence, false, &[Silence, Refusal], false));
        assert!(!works(Refusal, false, &[], true), "nothing is resolved");
        // What they know comes from their cache.
        assert!(!works(Refusal, true, &[Answer], true));
    }

    #[test]
    fn names_of_other_zones_are_remembered_and_few() {
        let health = Health::new();
        for name in [
            "a.one.example",
            "two.test",
            "b.three.test",
            "four.test",
            "five.test",
        ] {
            health.remembered_at.store(0, Ordering::Relaxed);
            health.remember(name);
        }
        health.remember("six.test");
        let (known, others_fail) = health.note_unanswered(Zone::of("www.four.test"));
        let known: Vec<&str> = known.iter().map(AsRef::as_ref).collect();
        assert_eq!(known, ["two.test", "b.three.test", "five.test"]);
        assert!(!others_fail);
        assert!(health.note_unanswered(Zone::of("seven.test")).1);
    }
}
