//! Where a notice goes: where an outage of the monitor would go first, and nowhere else.

use domain::alert_policy::Person;
use domain::escalation::{EscalationPlan, EscalationPolicy, EscalationStep, StepConditions, Target};
use domain::routing::{Conditions, Labels, Recipients, Route};
use domain::{EscalationPolicyId, RouteId, TagId, UserId};

use super::*;

/// The organisation's channels 1 and 2, one that keeps incidents, and the own channel of the member 11.
fn channels() -> Vec<Recipient> {
    let own = Recipient {
        is_own: true,
        ..recipient(11, PLAIN)
    };
    vec![
        recipient(1, PLAIN),
        recipient(2, PLAIN),
        recipient(KEEPER.0, ALL),
        own,
    ]
}

const TAG: TagId = TagId(8);

/// What has the tag goes to these.
fn policy(recipients: Recipients) -> AlertPolicy {
    AlertPolicy {
        routes: vec![Route {
            id: RouteId(5),
            name: "A customer".into(),
            conditions: Conditions {
                tags: vec![TAG],
                ..Conditions::default()
            },
            recipients,
            goes_on: false,
        }],
        ..AlertPolicy::default()
    }
}

fn to_channels(ids: &[i64]) -> Recipients {
    Recipients::Channels {
        channels: ids.iter().map(|&id| ChannelId(id)).collect(),
    }
}

/// What has the tag follows a policy with these steps.
fn with_steps(steps: &[&[Target]]) -> AlertPolicy {
    let policy_id = EscalationPolicyId(3);
    let steps = steps.iter().map(|targets| EscalationStep {
        wait_minutes: 5,
        targets: targets.to_vec(),
        conditions: StepConditions::default(),
    });
    AlertPolicy {
        escalation_policies: vec![EscalationPolicy {
            id: policy_id,
            name: "Night".into(),
            plan: EscalationPlan {
                steps: steps.collect(),
                repeats: 0,
                repeat_after_minutes: 30,
                acknowledgement_minutes: 0,
            },
        }],
        people: vec![Person {
            id: UserId(11),
            channels: vec![ChannelId(11)],
        }],
        ..policy(Recipients::Policy { policy_id })
    }
}

/// The channels that are notified, and the reasons for which none is.
fn notified(policy: &AlertPolicy, tags: &[TagId]) -> (Vec<i64>, Vec<String>) {
    let (recipients, rules) = (channels(), AlertRules::default());
    let labels = Labels {
        tags: tags.to_vec(),
        ..Labels::default()
    };
    let settings = NotificationSettings {
        recipients: &recipients,
        incident_keepers: &[KEEPER],
        rules: &rules,
        policy,
        route_index: None,
        labels: Some(&labels),
        upstream: Upstream::NotDown,
    };
    let mut alerter = Alerter::default();
    heard(&mut alerter, 0, 60);
    look_by(&mut alerter, (300, -86_400), 300, settings);
    assert!(!alerter.ledger.is_unrouted());
    let decided = alerter.events.iter().filter(|event| event.step == Step::Decided);
    let mut notified: Vec<i64> = decided
        .map(|event| event.channel_id.map_or(0, |id| id.0))
        .collect();
    notified.sort_unstable();
    let reasons = alerter.events.iter().filter_map(|event| event.reason.clone());
    (notified, reasons.collect())
}

#[test]
fn a_notice_goes_where_the_route_of_an_outage_leads() {
    let one = policy(to_channels(&[2]));
    assert_eq!(notified(&one, &[TAG]).0, [2]);
    // No route takes it.
    assert_eq!(notified(&one, &[]).0, [1, 2]);
    let with_keeper = policy(to_channels(&[2, KEEPER.0, 11]));
    assert_eq!(notified(&with_keeper, &[TAG]).0, [2]);
}

#[test]
fn it_reaches_nobody_rather_than_who_is_not_to_know_of_the_monitor() {
    let none: [i64; 0] = [];
    let (to, reasons) = notified(&policy(Recipients::Nobody), &[TAG]);
    assert_eq!((to.as_slice(), reasons.len()), (none.as_slice(), 1));
    for gone in [to_channels(&[99]), to_channels(&[KEEPER.0])] {
        let (to, reasons) = notified(&policy(gone), &[TAG]);
        assert_eq!((to.as_slice(), reasons.len()), (none.as_slice(), 1));
    }
    let no_policy = policy(Recipients::Policy {
        policy_id: EscalationPolicyId(99),
    });
    assert_eq!(notified(&no_policy, &[TAG]).0, none);
}

#[test]
fn of_a_policy_the_first_step_is_notified_that_names_such_a_channel() {
    let member = Target::Person { id: UserId(11) };
    let channel = |id| Target::Channel { id: ChannelId(id) };
    let first = with_steps(&[&[member, channel(KEEPER.0), channel(1)], &[channel(2)]]);
    assert_eq!(notified(&first, &[TAG]).0, [1]);
    let second = with_steps(&[&[member], &[channel(2)]]);
    assert_eq!(notified(&second, &[TAG]).0, [2]);
    let none = with_steps(&[&[member]]);
    let (to, reasons) = notified(&none, &[TAG]);
    assert!(to.is_empty());
    assert_eq!(reasons, ["no enabled channel that is notified of silent regions"]);
}
