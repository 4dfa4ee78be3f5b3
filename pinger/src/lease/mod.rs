//! This pod's leases: the shards whose monitors it checks. Each region has shards and pods of its own, and its pods see
//! nothing of the others.
//!
//! A lease is valid as long as it is renewed. From the set of live pods each pod computes the same plan, and hands over or
//! claims what the plan says. While Redis cannot be reached a pod keeps its shards: of a slot that two pods check, only one
//! result counts.

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
use tokio::time::Instant;

use crate::clock::Clock;
use crate::definitions::GainedShards;
use crate::metrics::Metrics;
use crate::schedule::ScheduleHandle;
use crate::settings::Settings;
use crate::stall::StallWatch;
use plan::{LeaseChanges, LeaseView};
use store::{LeaseSnapshot, LeaseStore};

/// How far this pod's clock may be from that of Redis.
const MAX_SKEW_MS: i64 = 500;

/// How often leases of a dead pod are looked at; they expire within moments.
const EXPIRY_POLL: Duration = Duration::from_millis(100);

/// The pause before Redis is tried again.
const RETRY_PAUSE: Duration = Duration::from_millis(200);

/// How long the last release may take.
const LEAVE_DEADLINE: Duration = Duration::from_secs(3);

/// Keeps this pod's leases.
pub(crate) struct Leases {
    store: LeaseStore,
    subscriber: SubscriberClient,
    channel: String,
    pod: String,
    ttl: Duration,
    clock: Clock,
    schedule: ScheduleHandle,
    gained: GainedShards,
    readiness: Readiness,
    metrics: Arc<Metrics>,
    stalls: StallWatch,
    /// The standstills before the last renewal that the schedule was told of.
    confirmed_stalls: u32,
    held: BTreeSet<u32>,
    /// Shards that were handed over here, but whose release has not reached Redis.
    unreleased: BTreeMap<u32, i64>,
    eligible: bool,
    announced: bool,
    last_renewal: Option<Instant>,
    cautious_until: Option<Instant>,
}

/// What keeping leases depends on.
pub(crate) struct LeaseDependencies {
    pub(crate) redis: Client,
    pub(crate) subscriber: SubscriberClient,
    pub(crate) clock: Clock,
    pub(crate) schedule: ScheduleHandle,
    /// Receives the shards whose definitions are to be loaded.
    pub(crate) gained: GainedShards,
    pub(crate) readiness: Readiness,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) stalls: StallWatch,
}

impl Leases {
    pub(crate) fn new(settings: &Settings, dependencies: LeaseDependencies) -> Self {
        let keys: Keys = settings.place.keys(&settings.redis);
        Self {
            channel: keys.leases_changed(),
            store: LeaseStore::new(
                dependencies.redis,
                keys,
                &settings.pod_id,
                settings.lease_ttl,
                settings.shards,
            ),
            subscriber: dependencies.subscriber,
            pod: settings.pod_id.clone(),
            ttl: settings.lease_ttl,
            clock: dependencies.clock,
            schedule: dependencies.schedule,
            gained: dependencies.gained,
            readiness: dependencies.readiness,
            metrics: dependencies.metrics,
            confirmed_stalls: dependencies.stalls.count(),
            stalls: dependencies.stalls,
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
            let pause = self.renew().await;
            let wake = Instant::now() + pause;
            loop {
                tokio::select! {
                    () = shutdown.cancelled() => {
                        if self.stalls.count() != self.confirmed_stalls {
                            let renewal = self.renew();
                            shared::shutdown::within(LEAVE_DEADLINE, "leases", async {
                                renewal.await;
                            })
                            .await;
                        }
                        let leave = self.leave();
                        shared::shutdown::within(LEAVE_DEADLINE, "leases", leave).await;
                        return;
                    }
                    () = tokio::time::sleep_until(wake) => break,
                    () = self.stalls.ended() => break,
                    message = messages.recv() => match message {
                        Ok(message) if *message.channel != *self.channel => {}
                        Ok(message) if message.value.as_str().as_deref() == Some(self.pod.as_str()) => {}
                        // Missed messages may have been about leases.
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

    /// Renews once; returns the pause before the next renewal.
    async fn renew(&mut self) -> Duration {
        match self.try_renew().await {
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

    async fn try_renew(&mut self) -> Result<Duration, Error> {
        let stalls = self.stalls.count();
        if stalls != self.confirmed_stalls {
            // The machine may have slept.
            self.clock.resync();
        }
        if self.last_renewal.is_none() {
            let before = self.clock.now_ms();
            let redis = self.store.time_ms().await?;
            self.check_clock(before, redis);
        }
        let before = self.clock.now_ms();
        let snapshot = self.store.renew(self.eligible).await?;
        let was_eligible = self.eligible;
        self.check_clock(before, snapshot.now_ms);
        self.note_renewal();
        let members: Vec<String> = snapshot
            .members
            .iter()
            .map(|(pod, _)| pod.clone())
            .filter(|pod| self.eligible || *pod != self.pod)
            .collect();
        let after_outage = self.cautious_until.is_some_and(|until| Instant::now() < until);
        let changes = plan::decide(&LeaseView {
            me: &self.pod,
            members: &members,
            owners: &snapshot.owners,
            held: &self.held,
            after_outage,
        });
        self.apply(changes).await?;
        if stalls != self.confirmed_stalls {
            self.confirmed_stalls = stalls;
            self.schedule.confirm(stalls).await;
        }
        if was_eligible && !self.announced {
            self.announced = true;
            self.store.announce().await?;
        }
        self.update_readiness(&snapshot);
        Ok(if after_outage {
            self.next_renewal(&snapshot, &members).min(self.ttl / 6)
        } else {
            self.next_renewal(&snapshot, &members)
        })
    }

    /// Compares this pod's clock with that of Redis; the round trip counts in the pod's favour.
    fn check_clock(&mut self, before_ms: i64, redis_ms: i64) {
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

    /// Notes the renewal. After an outage all leases have expired, and each pod first claims what it kept checking.
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

    async fn apply(&mut self, changes: LeaseChanges) -> Result<(), Error> {
        if !changes.lost.is_empty() {
            tracing::warn!(shards = changes.lost.len(), "another pod has taken shards over");
            for shard in &changes.lost {
                self.held.remove(shard);
            }
            self.schedule.lose_shards(changes.lost).await;
        }
        if !changes.release.is_empty() {
            self.release(changes.release, false).await?;
        }
        if !changes.claim.is_empty() {
            let taken = self.store.claim(&changes.claim).await?;
            let gained: Vec<_> = taken
                .into_iter()
                .filter(|(shard, _)| self.held.insert(*shard))
                .collect();
            if !gained.is_empty() {
                tracing::info!(shards = gained.len(), held = self.held.len(), "took shards");
                let shards: Vec<u32> = gained.iter().map(|&(shard, _)| shard).collect();
                self.schedule.take_shards(gained).await;
                self.gained.add(shards);
            }
        }
        self.metrics.leases.set(self.held.len() as f64);
        Ok(())
    }

    /// Stops checking `shards` at a boundary, and stores the boundary for the next holder.
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
        // 0: nothing is known of what was checked.
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
            tracing::warn!(%error, "leases could not be released; they will expire");
        }
        self.metrics.leases.set(0.0);
    }

    fn update_readiness(&self, snapshot: &LeaseSnapshot) {
        if !self.held.is_empty() || snapshot.owners.iter().all(Option::is_some) {
            self.readiness.ok("leases");
        } else {
            self.readiness
                .fail("leases", "holds no shard, and not all shards are held");
        }
    }

    /// The pause before the next renewal; shorter when another pod may be found dead.
    fn next_renewal(&self, snapshot: &LeaseSnapshot, members: &[String]) -> Duration {
        let mut pause = self.ttl / 3;
        for (pod, until) in &snapshot.members {
            if *pod != self.pod {
                let left = u64::try_from(until - snapshot.now_ms).unwrap_or(0);
                pause = pause.min(Duration::from_millis(left) + EXPIRY_POLL / 4);
            }
        }
        let is_orphan = |owner: &Option<String>| match owner {
            Some(owner) => *owner != self.pod && !members.contains(owner),
            None => false,
        };
        if snapshot.owners.iter().any(is_orphan) {
            pause = pause.min(EXPIRY_POLL);
        }
        pause
    }
}
