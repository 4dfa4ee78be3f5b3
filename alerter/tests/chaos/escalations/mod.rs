//! Escalations while something fails: an alerter is killed or frozen, or connections fall silent, without a reset, to a
//! channel, to Kafka, to user-service and PostgreSQL, or to Redis. Each step of each policy is taken once, none is left out
//! and none comes early; an acknowledgement stops them, and whoever was notified hears of the end. A message comes once
//! more, under the same name, only where it was not known what had become of it.
//!
//! Steps are an hour apart. Before something fails, no alerter runs for a moment, and time is moved in `alert-state`: the
//! next steps are due while it fails.

mod faults;
mod outages;
mod plans;
mod preparation;
mod receivers;

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::{Duration, Instant};

use domain::Timestamp;
use domain::escalation::EscalationPlan;
use faults::{FAULTS, Fault};
use futures_util::future::join_all;
use outages::{Fate, Observed, Outage};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use receivers::Receivers;
use testkit::{OwnKafka, Proxy};
use tokio::time::sleep;

use crate::common::process::Child;
use crate::common::{PATIENCE, World};

const PARTITIONS: i32 = 4;
const ALERTERS: usize = 2;

/// The deadline of one send.
const DELIVERY_TIMEOUT: &str = "500";

/// When something fails, in milliseconds after the alerters of a round were started; not before they share the partitions.
const FAILS: Range<i64> = 3_000..6_000;

/// The alerters' surroundings, all behind lines that can fall silent.
struct Scene {
    world: World,
    receivers: Receivers,
    plans: Vec<EscalationPlan>,
    kafka: Proxy,
    /// Where Kafka is behind its line.
    brokers: String,
    redis: Proxy,
    user_service: Proxy,
    postgres: Proxy,
    _server: OwnKafka,
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_is_taken_once_and_in_time_whatever_fails() {
    let seed = testkit::fault_seed();
    let mut random = StdRng::seed_from_u64(seed);
    let Some(scene) = Scene::start(&mut random).await else {
        return;
    };
    let mut faults = FAULTS;
    faults.shuffle(&mut random);
    let rounds = testkit::rounds();
    let mut alerters = scene.spawn_all(faults[0]);
    let (mut messages, mut repeats) = (0, 0);
    for round in 0..rounds {
        let fault = faults[round % faults.len()];
        let (running, outages, observed) = scene.round(round, fault, alerters, &mut random).await;
        alerters = running;
        let wrong = observed.wrong(&outages);
        assert!(
            wrong.is_empty(),
            "round {round}, {fault:?}, TEST_SEED={seed}: {wrong:#?}"
        );
        let (came, again) = observed.counts(&outages);
        (messages, repeats) = (messages + came, repeats + again);
    }
    super::report(&format!(
        "{rounds} faults during escalations, {messages} messages, {repeats} of them repeated"
    ));
    join_all(alerters.into_iter().map(Child::stop)).await;
}

/// Waits until nothing is missing any more.
async fn until_complete<F: Future<Output = Vec<String>>>(
    what: &str,
    patience: Duration,
    mut probe: impl FnMut() -> F,
) {
    let deadline = Instant::now() + patience;
    loop {
        let missing = probe().await;
        if missing.is_empty() {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "{what}: not within {patience:?}: {missing:#?}"
        );
        sleep(Duration::from_millis(200)).await;
    }
}

/// Waits until each of the alerters has its share of the partitions.
async fn until_shared(alerters: &[Child]) {
    testkit::eventually("the alerters share the partitions", PATIENCE, async || {
        let shares: Vec<BTreeSet<i64>> = alerters.iter().map(Child::partitions).collect();
        let all: Vec<i64> = shares.iter().flatten().copied().collect();
        let distinct: BTreeSet<i64> = all.iter().copied().collect();
        let is_shared = all.len() == PARTITIONS as usize && distinct.len() == all.len();
        (is_shared && shares.iter().all(|share| !share.is_empty())).then_some(())
    })
    .await;
}

impl Scene {
    async fn start(random: &mut StdRng) -> Option<Self> {
        let test = "each_step_is_taken_once_and_in_time_whatever_fails";
        let (server, kafka, over_line) = OwnKafka::start_behind_line(test, PARTITIONS).await?;
        let (receivers, channels) = Receivers::start().await;
        let world = World::new(server.settings().clone()).await;
        let (redis, redis_url) = Proxy::before(&testkit::redis_url()).await;
        let (postgres, database_url) = Proxy::before(&testkit::database().await).await;
        let (user_service, user_service_url) = Proxy::before(&world.user_service.url()).await;
        let world = world
            .with("GROUP_WINDOW_MS", "0")
            .with("DELIVERY_TIMEOUT_MS", DELIVERY_TIMEOUT)
            .with("REDIS_URL", &redis_url)
            .with("DATABASE_URL", &database_url)
            .with("USER_SERVICE_URL", &user_service_url);
        let plans = plans::plans(random).to_vec();
        *world.known.channels.lock().unwrap() = channels;
        *world.known.policy.lock().unwrap() = plans::alert_policy(&plans);
        Some(Self {
            world,
            receivers,
            plans,
            kafka,
            brokers: over_line.brokers().to_owned(),
            redis,
            user_service,
            postgres,
            _server: server,
        })
    }

    /// Starts the alerters of a round. The first one reaches Kafka over the line; the other one does where it is to be silent
    /// for all.
    fn spawn_all(&self, fault: Fault) -> Vec<Child> {
        (0..ALERTERS).map(|index| self.spawn(index, fault)).collect()
    }

    fn spawn(&self, index: usize, fault: Fault) -> Child {
        match index == 0 || fault == Fault::Kafka {
            true => self.world.spawn_with(&[("KAFKA_BROKERS", self.brokers.as_str())]),
            false => self.world.spawn(),
        }
    }

    /// Has something fail while steps are due, and then all outages end. Answers the alerters that run then, the outages, and
    /// what came of them.
    async fn round(
        &self,
        number: usize,
        fault: Fault,
        alerters: Vec<Child>,
        random: &mut StdRng,
    ) -> (Vec<Child>, Vec<Outage>, Observed) {
        let mut outages = self.open(number, random).await;
        self.acknowledge(&outages, Fate::Acknowledged).await;
        join_all(alerters.into_iter().map(Child::stop)).await;
        let started = shared::now();
        self.move_time(&mut outages, started, random).await;
        let mut alerters = self.spawn_all(fault);
        until_shared(&alerters).await;
        let fails = started.plus_millis(random.random_range(FAILS));
        let left = fails.millis_since(shared::now()).max(0);
        sleep(Duration::from_millis(left as u64)).await;
        let strikes = self.fail(fault, &mut alerters, &mut outages, random).await;

        // A channel that was silent for long is tried again late.
        let patience = PATIENCE * 4 + fault.lasts();
        let what = format!("the steps of round {number}, {fault:?}");
        until_complete(&what, patience, async || {
            self.observe(&strikes).await.missing_steps(&outages)
        })
        .await;
        self.assert_acknowledged(&outages, &what).await;
        for outage in &outages {
            self.world.up(outage.monitor).await;
        }
        let what = format!("the ends of round {number}, {fault:?}");
        until_complete(&what, patience, async || {
            self.observe(&strikes).await.missing_ends(&outages)
        })
        .await;
        self.world.handled().await;
        let observed = self.observe(&strikes).await;
        (alerters, outages, observed)
    }

    /// What was decided and what has arrived so far. What has arrived was decided before.
    async fn observe(&self, strikes: &[Timestamp]) -> Observed {
        let arrivals = self.receivers.arrivals();
        Observed {
            events: self.world.events().await,
            arrivals,
            strikes: strikes.to_vec(),
        }
    }
}
