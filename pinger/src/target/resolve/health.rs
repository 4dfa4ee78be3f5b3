//! Whether the name servers work that are asked: the system's, or those of the settings. That a name gets no answer says little: the name servers of its zone may be
//! dead, or those of this machine. Only look-ups of other names tell which, so they are made before a target counts as
//! down.

mod judgement;
mod names;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use hickory_resolver::proto::rr::RecordType;
use tokio::time::{Instant, timeout};

use self::judgement::{Finding, Judgement, Tries, Try, judged};
use self::names::Names;
use super::Resolver;
use crate::zone::Zone;

/// How long the look-up of another name may take.
const PROBE_TIMEOUT: Duration = Duration::from_secs(3);

/// How often name servers that were found dead are tried when no check does it.
const RETRY_INTERVAL: Duration = Duration::from_secs(5);

/// How often a name that nobody has is looked up, to learn whether such names get an answer here.
const LEARN_INTERVAL: Duration = Duration::from_secs(900);

/// What is known of the system's name servers.
#[derive(Debug)]
pub(super) struct Health {
    begun: Instant,
    /// When a name was resolved last, in seconds since `begun` and one more.
    resolved_at: AtomicU64,
    names: Mutex<Names>,
    /// The last try. Whoever holds the lock tries, and the others wait.
    last: tokio::sync::Mutex<Tries>,
    is_down: AtomicBool,
    down: metrics::Gauge,
}

impl Health {
    pub(super) fn new() -> Self {
        metrics::describe_gauge!(
            "uptime_pinger_name_server_down",
            "1 while the name servers that are asked, the system's or PROBE_NAME_SERVERS, are found to be down"
        );
        Self {
            begun: Instant::now(),
            resolved_at: AtomicU64::new(0),
            names: Mutex::default(),
            last: tokio::sync::Mutex::default(),
            is_down: AtomicBool::new(false),
            down: metrics::gauge!("uptime_pinger_name_server_down"),
        }
    }

    /// Remembers a name that was resolved; one a second is enough.
    pub(super) fn remember(&self, name: impl FnOnce() -> String) {
        let now = self.begun.elapsed().as_secs() + 1;
        if self.resolved_at.swap(now, Ordering::Relaxed) != now {
            self.names().remember(name().into_boxed_str());
        }
    }

    /// When a name was resolved last.
    fn resolved_at(&self) -> Option<Instant> {
        let second = self.resolved_at.load(Ordering::Relaxed).checked_sub(1)?;
        Some(self.begun + Duration::from_secs(second))
    }

    fn names(&self) -> MutexGuard<'_, Names> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Logs once per outage; alerting rules watch the metric.
    fn set_down(&self, down: bool) {
        if self.is_down.swap(down, Ordering::Relaxed) == down {
            return;
        }
        self.down.set(f64::from(u8::from(down)));
        if down {
            tracing::error!(
                "the name servers that the pinger asks do not answer: checks that need them are skipped"
            );
        } else {
            tracing::info!("the name servers that the pinger asks answer again");
        }
    }
}

impl Resolver {
    /// Whether the system's name servers work, as look-ups of other names show. A name of the zone `failed` got no answer.
    pub(crate) async fn answers_others(&self, failed: Zone) -> bool {
        let failed = match self.search_zone {
            Some(zone) if failed == Zone::SEARCHED => zone,
            _ => failed,
        };
        let failed_at = Instant::now();
        let witnesses = self.health.names().note_unanswered(failed);
        let mut tries = self.health.last.lock().await;
        if let Some(last) = tries.last.filter(|last| last.counts_at(failed_at)) {
            return last.works;
        }
        let begun_at = Instant::now();
        let stranger = self.look_up_stranger(&mut tries).await;
        let learnt = tries.has_learnt(self.health.resolved_at());
        let (same_zone, others) = if stranger == Finding::Answer || learnt {
            (Vec::new(), Vec::new())
        } else {
            tokio::join!(
                self.look_up_others(&witnesses.same_zone),
                self.look_up_others(&witnesses.others)
            )
        };
        // By now others that failed at the same time are known.
        let others_fail = self.health.names().note_unanswered(failed).others_fail;
        let judgement = judged(stranger, learnt, &same_zone, &others, others_fail);
        let works = match judgement {
            Judgement::Work => true,
            Judgement::Dead => false,
            Judgement::Undecided => tries.is_overdue(begun_at, self.health.resolved_at()),
        };
        tries.last = Some(Try {
            begun_at,
            ended_at: Instant::now(),
            works,
        });
        self.health.set_down(judgement != Judgement::Work);
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
                let last_end = tries.last.map(|last| last.ended_at);
                drop(tries);
                // Where nobody ever answers for strangers, own names that are resolved again say so.
                if finding == Finding::Answer || self.health.resolved_at() > last_end {
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

    async fn look_up_others(&self, names: &[Box<str>]) -> Vec<Finding> {
        join_all(names.iter().map(|name| self.look_up_other(name))).await
    }

    async fn look_up_other(&self, name: &str) -> Finding {
        Finding::of(timeout(PROBE_TIMEOUT, self.system.records(name, RecordType::A)).await)
    }
}
