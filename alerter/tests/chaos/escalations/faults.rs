//! What fails while steps are due.

use std::ops::Range;
use std::time::Duration;

use domain::Timestamp;
use rand::RngExt as _;
use rand::rngs::StdRng;
use testkit::Signal;
use tokio::time::sleep;

use super::outages::{Fate, Outage};
use super::{ALERTERS, Scene, plans};
use crate::common::process::Child;

/// How long after something has failed outages begin and are acknowledged, in milliseconds.
const MEANWHILE: Range<u64> = 0..3_000;

/// What fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// One alerter is killed.
    Killed,
    /// One alerter is stopped for longer than its session lasts, and goes on.
    Frozen,
    /// One channel is silent.
    Channel,
    /// Kafka is silent for one alerter.
    KafkaOfOne,
    /// Kafka is silent for all.
    Kafka,
    /// User-service and PostgreSQL are silent, while an alerter is replaced.
    UserService,
    /// Redis is silent.
    Redis,
}

pub(super) const FAULTS: [Fault; 7] = [
    Fault::Killed,
    Fault::Frozen,
    Fault::Channel,
    Fault::KafkaOfOne,
    Fault::Kafka,
    Fault::UserService,
    Fault::Redis,
];

impl Fault {
    /// How long it lasts: a minute in `make chaos`.
    pub(super) fn lasts(self) -> Duration {
        Duration::from_secs(match self {
            Self::Killed => 0,
            _ if testkit::rounds() > 3 => 60,
            // The session lasts for six seconds, and the other alerter is to have taken over before it goes on.
            Self::Frozen => 12,
            // Longer than the session, and not as long as a connection that is made meanwhile is waited for.
            Self::Kafka | Self::KafkaOfOne => 9,
            Self::Channel | Self::UserService | Self::Redis => 5,
        })
    }
}

impl Scene {
    /// Has something fail. Meanwhile outages begin and are acknowledged. Answers when alerters were killed or frozen.
    pub(super) async fn fail(
        &self,
        fault: Fault,
        alerters: &mut Vec<Child>,
        outages: &mut [Outage],
        random: &mut StdRng,
    ) -> Vec<Timestamp> {
        let victim = match fault {
            // Kafka is silent for this one.
            Fault::KafkaOfOne => 0,
            _ => random.random_range(0..ALERTERS),
        };
        let channels = plans::SHARED.len() + plans::OWN.len();
        let channel = random.random_range(1..=channels) as i64;
        let mut meanwhile = || Duration::from_millis(random.random_range(MEANWHILE));
        let (begin_after, acknowledge_after) = (meanwhile(), meanwhile());
        let known: &[Outage] = outages;
        let begin = async {
            sleep(begin_after).await;
            let at = shared::now();
            for outage in known.iter().filter(|outage| outage.fate == Fate::Begins) {
                self.down(outage).await;
            }
            at
        };
        let acknowledge = async {
            sleep(acknowledge_after).await;
            self.acknowledge(known, Fate::AcknowledgedMeanwhile).await;
            shared::now()
        };
        let strike = self.strike(fault, victim, channel, alerters);
        let (strikes, begun_at, acknowledged_by) = tokio::join!(strike, begin, acknowledge);
        for outage in outages {
            let plan = &self.plans[outage.policy];
            match outage.fate {
                Fate::Begins => outage.plan(plan, plans::at_beginning(plan), begun_at, true),
                Fate::AcknowledgedMeanwhile => outage.acknowledged_by = Some(acknowledged_by),
                Fate::Due | Fate::Acknowledged | Fate::Waits => {}
            }
        }
        strikes
    }

    async fn strike(
        &self,
        fault: Fault,
        victim: usize,
        channel: i64,
        alerters: &mut Vec<Child>,
    ) -> Vec<Timestamp> {
        let lines = match fault {
            Fault::Killed | Fault::Frozen => Vec::new(),
            Fault::Channel => vec![self.receivers.line(channel)],
            Fault::KafkaOfOne | Fault::Kafka => vec![&self.kafka],
            Fault::UserService => vec![&self.user_service, &self.postgres],
            Fault::Redis => vec![&self.redis],
        };
        lines.iter().for_each(|line| line.swallow());
        let mut strikes = Vec::new();
        match fault {
            Fault::Killed => {
                strikes.push(shared::now());
                alerters.remove(victim).kill().await;
                alerters.insert(victim, self.spawn(victim, fault));
            }
            Fault::Frozen => {
                strikes.push(shared::now());
                alerters[victim].signal(Signal::STOP);
            }
            Fault::UserService => {
                alerters.remove(victim).stop().await;
                alerters.insert(victim, self.spawn(victim, fault));
            }
            Fault::Channel | Fault::KafkaOfOne | Fault::Kafka | Fault::Redis => {}
        }
        sleep(fault.lasts()).await;
        if fault == Fault::Frozen {
            alerters[victim].signal(Signal::CONT);
        }
        lines.iter().for_each(|line| line.mend());
        strikes
    }
}
