//! Who is notified by routes and by the steps of escalation policies.

mod acknowledged;
mod places;
mod properties;
mod quiet;
mod turns;
mod undelivered;
mod unreached;

use domain::alert_event::{ACKNOWLEDGEMENT_EXPIRED, AlertKind, Cause};
use domain::alert_policy::{AlertPolicy, Person, Team};
use domain::escalation::{EscalationPlan, EscalationPolicy, EscalationStep, StepConditions, Target};
use domain::routing::{Conditions, Labels, Recipients, Route, RoutedBy};
use domain::{DeliveryId, EscalationPolicyId, RouteId, Severity, TagId, TeamId, UserId};

use super::*;

/// The organisation's channels 1 and 2, and the own channels of the members 11, 12 and 13.
const CHANNELS: &[Recipient] = &[recipient(1, PLAIN), recipient(2, ALL), own(11), own(12), own(13)];

const fn own(id: i64) -> Recipient {
    Recipient {
        is_own: true,
        ..recipient(id, PLAIN)
    }
}

fn person(id: i64) -> Target {
    Target::Person { id: UserId(id) }
}

fn step(wait_minutes: u32, targets: &[Target]) -> EscalationStep {
    EscalationStep {
        wait_minutes,
        targets: targets.to_vec(),
        conditions: StepConditions::default(),
    }
}

/// At once the member 11, after five minutes 12, after ten more the team of 12 and 13; again once after half an hour.
fn plan() -> EscalationPlan {
    EscalationPlan {
        steps: vec![
            step(0, &[person(11)]),
            step(5, &[person(12)]),
            step(10, &[Target::Team { id: TeamId(1) }]),
        ],
        repeats: 1,
        repeat_after_minutes: 30,
        acknowledgement_minutes: 60,
    }
}

fn to_policy() -> Recipients {
    Recipients::Policy {
        policy_id: EscalationPolicyId(3),
    }
}

fn routed(recipients: Recipients) -> Route {
    Route {
        id: RouteId(5),
        name: "All".into(),
        conditions: Conditions::default(),
        recipients,
        goes_on: false,
    }
}

/// Everything goes to a policy with this plan.
fn policy(plan: EscalationPlan) -> AlertPolicy {
    AlertPolicy {
        routes: vec![routed(to_policy())],
        escalation_policies: vec![EscalationPolicy {
            id: EscalationPolicyId(3),
            name: "Night".into(),
            plan,
        }],
        teams: vec![Team {
            id: TeamId(1),
            members: vec![UserId(12), UserId(13)],
        }],
        people: [11, 12, 13]
            .map(|id| Person {
                id: UserId(id),
                channels: vec![ChannelId(id)],
            })
            .to_vec(),
        ..AlertPolicy::default()
    }
}

struct World {
    alerter: Alerter,
    policy: AlertPolicy,
    rules: AlertRules,
    labels: Labels,
    channels: Vec<Recipient>,
}

impl World {
    fn new(policy: AlertPolicy) -> Self {
        Self {
            alerter: Alerter::default(),
            policy,
            rules: AlertRules::default(),
            labels: Labels::default(),
            channels: CHANNELS.to_vec(),
        }
    }

    /// Ticks so many seconds later, as often as it takes until nothing more follows at that time.
    fn tick(&mut self, seconds: i64) -> Option<i64> {
        let now = NOW.plus_millis(seconds * 1_000);
        let settings = NotificationSettings {
            recipients: &self.channels,
            incident_keepers: &[],
            rules: &self.rules,
            policy: &self.policy,
            route_index: None,
            labels: Some(&self.labels),
            upstream: Upstream::NotDown,
        };
        let mut actions = tick(&mut self.alerter.ledger, Some(settings), NOW, now);
        self.alerter.events.append(&mut actions.events);
        // What is written is what a restarted alerter goes on with.
        let written = serde_json::to_vec(&self.alerter.ledger).unwrap();
        let read: Ledger = serde_json::from_slice(&written).unwrap();
        assert_eq!(read, self.alerter.ledger);
        actions.next_due.map(|at| at.millis_since(NOW) / 1_000)
    }

    fn down(&mut self) {
        fold(&mut self.alerter, &down(1), 0);
    }

    /// What is due to be sent: the channels and of what they are notified; it is received.
    fn send(&mut self) -> Vec<(i64, AlertKind)> {
        self.send_with(&sent())
    }

    fn send_with(&mut self, outcome: &DeliveryOutcome) -> Vec<(i64, AlertKind)> {
        let due = self.alerter.ledger.due();
        let mut due: Vec<_> = due
            .iter()
            .map(|(_, kind, delivery)| (delivery.channel.0, *kind))
            .collect();
        due.sort_by_key(|(channel, _)| *channel);
        self.alerter.attempt(outcome);
        due
    }

    fn acknowledge(&mut self, seconds: i64) {
        let incident = self.alerter.ledger.incidents[0].id;
        let Record::Lifecycle(record) = edited(2, 1, LifecycleEvent::Acknowledged) else {
            unreachable!("it is one")
        };
        let record = Record::Lifecycle(Lifecycle {
            incident_id: Some(incident),
            ..record
        });
        fold(&mut self.alerter, &record, seconds);
    }

    /// It is reported that a message of a kind to a channel was not delivered; answers whether that is news.
    fn undelivered(&mut self, channel: i64, kind: AlertKind, seconds: i64) -> bool {
        let alert = self.alerter.ledger.incidents[0].alert(kind).unwrap();
        let delivery = alert.delivery_to(ChannelId(channel)).unwrap().id;
        self.report_undelivered(delivery, seconds)
    }

    fn report_undelivered(&mut self, delivery: DeliveryId, seconds: i64) -> bool {
        let incident = self.alerter.ledger.incidents[0].id;
        let Record::Lifecycle(record) = edited(2, 1, LifecycleEvent::Undelivered) else {
            unreachable!("it is one")
        };
        let record = Record::Lifecycle(Lifecycle {
            incident_id: Some(incident),
            delivery_id: Some(delivery),
            ..record
        });
        let (record, position) = (&record, &position);
        let now = NOW.plus_millis(seconds * 1_000);
        let actions = decide(
            &mut self.alerter.ledger,
            ID,
            Input::Record { record, position },
            now,
        );
        assert!(
            actions.events.is_empty(),
            "what follows is decided with the next step"
        );
        actions.persist
    }

    /// The reasons for which steps have notified nobody.
    fn notes(&self) -> Vec<&str> {
        let notes = self.alerter.events.iter().filter(|event| event.cause.is_some());
        notes
            .filter(|event| event.delivery_id.is_none())
            .filter_map(|event| event.reason.as_deref())
            .collect()
    }
}

const MINUTE: i64 = 60;
