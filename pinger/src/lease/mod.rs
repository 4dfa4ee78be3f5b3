//! This pod's leases: the shards whose monitors it checks.
//!
//! A lease lives as long as it is renewed. Pods that come and go are seen in the set of pods; each pod then
//! computes the same plan and hands over, or takes, what the plan says. While Redis cannot be reached a pod
//! keeps what it holds: a check that two pods make folds away by its name.

mod plan;
mod store;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use fred::clients::{Client, SubscriberClient};
use fred::interfaces::EventInterface as _;
use fred::prelude::Error;
use shared::ops::Readiness;
use shared::redis::Keys;
use shared::shutdown::CancellationToken;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::schedule::ScheduleHandle;
use crate::settings::Settings;
use plan::{Actions, View};
use store::{Seen, Store};

/// How far this pod's clock may be from that of Redis.
const MAX_SKEW_MS: i64 = 500;

/// Leases whose holder is no longer among the living expire within moments.
const EXPIRY_POLL: Duration = Duration::from_millis(100);

/// How soon Redis is tried again.
const RETRY_PAUSE: Duration = Duration::from_millis(200);

/// How long the last release may take.
const LEAVE_DEADLINE: Duration = Duration::from_secs(3);

/// Keeps this pod's leases.
pub(crate) struct Leases {
    store: Store,
    subscriber: SubscriberClient,
    channel: String,
    pod: String,
    ttl: Duration,
    clock: Clock,
    schedule: ScheduleHandle,
    gained: mpsc::UnboundedSender<Vec<u32>>,
    readiness: Readiness,
    metrics: Arc<Metrics>,
    held: BTreeSet<u32>,
    /// Shards that are not checked here any more, but whose release did not reach Redis.
    unreleased: BTreeMap<u32, i64>,
    eligible: bool,
    announced: bool,
    last_renewal: Option<Instant>,
    cautious_until: Option<Instant>,
}

/// What the leases are connected with.
pub(crate) struct Wiring {
    pub(crate) redis: Client,
    pub(crate) subscriber: SubscriberClient,
    pub(crate) clock: Clock,
    pub(crate) schedule: ScheduleHandle,
    /// Told of shards whose definitions are needed.
    pub(crate) gained: mpsc::UnboundedSender<Vec<u32>>,
    pub(crate) readiness: Readiness,
    pub(crate) metrics: Arc<Metrics>,
}

impl Leases {
    pub(crate) fn new(settings: &Settings, wiring: Wiring) -> Self {
        let keys: Keys = settings.redis.keys();
        Self {
            channel: keys.leases_changed(),
            store: Store::new(
                wiring.redis,
                keys,
                &settings.pod_id,
                settings.lease_ttl,
                settings.shards,
            ),
            subscriber: wiring.subscriber,
            pod: settings.pod_id.clone(),
            ttl: settings.lease_ttl,
            clock: wiring.clock,
            schedule: wiring.schedule,
            gained: wiring.gained,
            readiness: wiring.readiness,
            metrics: wiring.metrics,
            held: BTreeSet::new(),
            unreleased: BTreeMap::new(),
            eligible: false,
            announced: false,
            last_renewal: None,
            cautious_until: None,
        }
    }

    /// Holds leases until `shutdown`, then hands all of them over.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        let mut messages = self.subscriber.message_rx();
        loop {
            let pause = self.tick().await;
            let wake = Instant::now() + pause;
            loop {
                tokio::select! {
                    () = shutdown.cancelled() => {
                        let leave = self.leave();
                        shared::shutdown::within(LEAVE_DEADLINE, "leases", leave).await;
                        return;
                    }
                    () = tokio::time::sleep_until(wake) => break,
                    message = messages.recv() => match message {
                        Ok(message) if *message.channel != *self.channel => {}
                        Ok(message) if message.value.as_str().as_deref() == Some(self.pod.as_str()) => {}
                        // Messages that were missed may have been about leases.
                        Ok(_) | Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => break,
                        Err(tokio::sync::broadcast::error::RecvError::Closed) => {
                            tokio::time::sleep_until(wake).await;
                            break;
                        }
                    },
                }
            }
        }
    }

    /// One look at Redis; answers after which pause the next is due.
    async fn tick(&mut self) -> Duration {
        match self.try_tick().await {
            Ok(pause) => pause,
            Err(error) => {
                self.readiness
                    .fail("redis", format!("cannot be reached: {error}"));
                if self.held.is_empty() {
                    self.readiness.fail("leases", "Redis cannot be reached");
                }
                RETRY_PAUSE
            }
        }
    }

    async fn try_tick(&mut self) -> Result<Duration, Error> {
        if self.last_renewal.is_none() {
            let before = self.clock.now_ms();
            let redis = self.store.time_ms().await?;
            self.judge_clock(before, redis);
        }
        let before = self.clock.now_ms();
        let seen = self.store.renew(self.eligible).await?;
        let was_eligible = self.eligible;
        self.judge_clock(before, seen.now_ms);
        self.note_renewal();
        let members: Vec<String> = seen
            .members
            .iter()
            .map(|(pod, _)| pod.clone())
            .filter(|pod| self.eligible || *pod != self.pod)
            .collect();
        let after_outage = self.cautious_until.is_some_and(|until| Instant::now() < until);
        let actions = plan::decide(&View {
            me: &self.pod,
            members: &members,
            owners: &seen.owners,
            held: &self.held,
            after_outage,
        });
        self.carry_out(actions).await?;
        if was_eligible && !self.announced {
            self.announced = true;
            self.store.announce().await?;
        }
        self.tell_readiness(&seen);
        Ok(if after_outage {
            self.next_look(&seen, &members).min(self.ttl / 6)
        } else {
            self.next_look(&seen, &members)
        })
    }

    /// Whether this pod's clock is close enough to that of Redis; the round trip is in the pod's favour.
    fn judge_clock(&mut self, before_ms: i64, redis_ms: i64) {
        let after_ms = self.clock.now_ms();
        let early = before_ms - redis_ms;
        let late = redis_ms - after_ms;
        let skew = early.max(late).max(0);
        self.eligible = skew <= MAX_SKEW_MS;
        self.metrics
            .clock_skew
            .set(((before_ms + after_ms) / 2 - redis_ms) as f64 / 1_000.0);
        if self.eligible {
            self.readiness.ok("redis");
        } else {
            self.readiness.fail(
                "redis",
                format!("this pod's clock is {skew} ms from that of Redis"),
            );
        }
    }

    /// After an outage the leases have expired, and each pod first gets back what it has kept checking.
    fn note_renewal(&mut self) {
        let now = Instant::now();
        if self
            .last_renewal
            .is_some_and(|last| now.duration_since(last) >= self.ttl)
        {
            self.cautious_until = Some(now + self.ttl / 2);
            self.announced = false;
        }
        self.last_renewal = Some(now);
    }

    async fn carry_out(&mut self, actions: Actions) -> Result<(), Error> {
        if !actions.lost.is_empty() {
            tracing::warn!(shards = actions.lost.len(), "another pod has taken shards over");
            for shard in &actions.lost {
                self.held.remove(shard);
            }
            self.schedule.lose(actions.lost).await;
        }
        if !actions.release.is_empty() {
            self.release(actions.release, false).await?;
        }
        if !actions.claim.is_empty() {
            let taken = self.store.claim(&actions.claim).await?;
            let gained: Vec<_> = taken
                .into_iter()
                .filter(|(shard, _)| self.held.insert(*shard))
                .collect();
            if !gained.is_empty() {
                tracing::info!(shards = gained.len(), held = self.held.len(), "took shards");
                let shards = gained.iter().map(|&(shard, _)| shard).collect();
                self.schedule.hold(gained).await;
                let _ = self.gained.send(shards);
            }
        }
        self.metrics.leases.set(self.held.len() as f64);
        Ok(())
    }

    /// Stops checking `shards` at a boundary, and tells the next holder which it is.
    async fn release(&mut self, shards: Vec<u32>, leave: bool) -> Result<(), Error> {
        let held: Vec<u32> = shards
            .iter()
            .copied()
            .filter(|shard| self.held.remove(shard))
            .collect();
        if !held.is_empty() {
            tracing::info!(shards = held.len(), held = self.held.len(), "handing shards over");
            let boundary = self.schedule.hand_over(held.clone()).await;
            self.unreleased
                .extend(held.into_iter().map(|shard| (shard, boundary)));
        }
        // 0 says nothing of what was checked.
        let boundary = |shard: u32| self.unreleased.get(&shard).copied().unwrap_or(0);
        let releases: Vec<(u32, i64)> = shards.iter().map(|&shard| (shard, boundary(shard))).collect();
        self.store.release(&releases, leave).await?;
        for shard in &shards {
            self.unreleased.remove(shard);
        }
        Ok(())
    }

    async fn leave(&mut self) {
        let all = self.held.iter().copied().collect();
        if let Err(error) = self.release(all, true).await {
            tracing::warn!(%error, "could not give the leases back; they expire");
        }
        self.metrics.leases.set(0.0);
    }

    fn tell_readiness(&self, seen: &Seen) {
        if !self.held.is_empty() || seen.owners.iter().all(Option::is_some) {
            self.readiness.ok("leases");
        } else {
            self.readiness
                .fail("leases", "holds no shard, and not all shards are held");
        }
    }

    /// The next renewal, or earlier when another pod may be found dead.
    fn next_look(&self, seen: &Seen, members: &[String]) -> Duration {
        let mut pause = self.ttl / 3;
        for (pod, until) in &seen.members {
            if *pod != self.pod {
                let left = u64::try_from(until - seen.now_ms).unwrap_or(0);
                pause = pause.min(Duration::from_millis(left) + EXPIRY_POLL / 4);
            }
        }
        let is_orphan = |owner: &Option<String>| match owner {
            Some(owner) => *owner != self.pod && !members.contains(owner),
            None => false,
        };
        if seen.owners.iter().any(is_orphan) {
            pause = pause.min(EXPIRY_POLL);
        }
        pause
    }
}
