//! Escalation policies, made up by a seed, and a model of which of their steps follow each other.

use std::ops::Range;

use domain::alert_policy::{AlertPolicy, Person, Team};
use domain::escalation::{EscalationPlan, EscalationPolicy, EscalationStep, StepConditions, Target};
use domain::routing::{Conditions, Recipients, Route};
use domain::{ChannelId, ErrorCode, EscalationPolicyId, RouteId, TeamId, UserId};
use rand::RngExt as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;

/// Minutes between two steps. No round takes so long: a step comes only where the test has moved time.
const WAIT: u32 = 60;

/// The organisation's own channels, and those of members, who have the same numbers.
pub(super) const SHARED: [i64; 2] = [1, 2];
pub(super) const OWN: [i64; 4] = [3, 4, 5, 6];

const TEAM: [i64; 2] = [5, 6];

/// A target that reaches nobody.
const NOBODY: Target = Target::Person { id: UserId(99) };

/// Targets of which no two reach the same channel.
const TARGETS: [Target; 5] = [
    Target::Channel { id: ChannelId(1) },
    Target::Channel { id: ChannelId(2) },
    Target::Person { id: UserId(3) },
    Target::Person { id: UserId(4) },
    Target::Team { id: TeamId(1) },
];

/// By what an outage begins with it follows the policy in the same place.
pub(super) const CODES: [ErrorCode; 6] = [
    ErrorCode::StatusMismatch,
    ErrorCode::ReadTimeout,
    ErrorCode::ConnectRefused,
    ErrorCode::ConnectTimeout,
    ErrorCode::DnsFailure,
    ErrorCode::TlsExpired,
];

/// How many of the policies, from the first one on, begin at once.
pub(super) const BEGIN_AT_ONCE: usize = 5;

/// A plan for each code.
pub(super) fn plans(random: &mut StdRng) -> [EscalationPlan; CODES.len()] {
    let mut targets = TARGETS;
    targets.shuffle(random);
    let [first, second, third, ..] = targets;
    [
        // The second round reminds whom the first one has notified.
        plan(1, vec![step(0, first)]),
        plan(1, vec![step(0, first), step(0, second)]),
        // A step that notifies nobody is followed by the next one at once.
        plan(0, vec![step(0, third), step(WAIT, NOBODY), step(WAIT, first)]),
        random_plan(0, random),
        random_plan(0, random),
        random_plan(WAIT, random),
    ]
}

fn random_plan(first_wait: u32, random: &mut StdRng) -> EscalationPlan {
    let mut targets = TARGETS;
    targets.shuffle(random);
    let mut steps = vec![step(first_wait, targets[0]), step(WAIT, targets[1])];
    for &target in &targets[2..random.random_range(2..=targets.len())] {
        let wait = if random.random_bool(0.5) { 0 } else { WAIT };
        if random.random_bool(0.2) {
            steps.push(step(wait, NOBODY));
        }
        steps.push(step(wait, target));
    }
    plan(u8::from(random.random_bool(0.5)), steps)
}

fn plan(repeats: u8, steps: Vec<EscalationStep>) -> EscalationPlan {
    EscalationPlan {
        steps,
        repeats,
        repeat_after_minutes: WAIT,
        acknowledgement_minutes: 0,
    }
}

fn step(wait_minutes: u32, target: Target) -> EscalationStep {
    EscalationStep {
        wait_minutes,
        targets: vec![target],
        conditions: StepConditions::default(),
    }
}

/// What user-service answers: a route to each of the policies, and whom their targets stand for.
pub(super) fn alert_policy(plans: &[EscalationPlan]) -> AlertPolicy {
    let id = |index: usize| EscalationPolicyId(index as i64 + 1);
    let routes = CODES.iter().enumerate().map(|(index, &code)| Route {
        id: RouteId(index as i64 + 1),
        name: code.as_str().to_owned(),
        conditions: Conditions {
            error_codes: vec![code],
            ..Conditions::default()
        },
        recipients: Recipients::Policy { policy_id: id(index) },
        goes_on: false,
    });
    let policies = plans.iter().enumerate().map(|(index, plan)| EscalationPolicy {
        id: id(index),
        name: format!("Policy {index}"),
        plan: plan.clone(),
    });
    let people = OWN.into_iter().map(|id| Person {
        id: UserId(id),
        channels: vec![ChannelId(id)],
    });
    AlertPolicy {
        routes: routes.collect(),
        escalation_policies: policies.collect(),
        people: people.collect(),
        teams: vec![Team {
            id: TeamId(1),
            members: TEAM.map(UserId).to_vec(),
        }],
        ..AlertPolicy::default()
    }
}

/// The channels that a step reaches.
pub(super) fn channels(step: &EscalationStep) -> Vec<i64> {
    let targets = step.targets.iter();
    let reached = targets.flat_map(|target| match target {
        Target::Channel { id } => vec![id.0],
        Target::Person { id } if OWN.contains(&id.0) => vec![id.0],
        Target::Team { .. } => TEAM.to_vec(),
        Target::Person { .. } | Target::Schedule { .. } => Vec::new(),
    });
    reached.collect()
}

/// The step with this number, counted from 0 through all rounds; its round and its place there, from 1.
pub(super) fn step_at(plan: &EscalationPlan, number: usize) -> (&EscalationStep, (u8, u8)) {
    let steps = plan.steps.len();
    let (round, index) = (number / steps, number % steps);
    (&plan.steps[index], (round as u8 + 1, index as u8 + 1))
}

/// Minutes from the step before to the one with this number.
pub(super) fn wait_before(plan: &EscalationPlan, number: usize) -> u32 {
    match step_at(plan, number) {
        (_, (2.., 1)) => plan.repeat_after_minutes,
        (step, _) => step.wait_minutes,
    }
}

/// The numbers of the steps that are taken together when `first` is due: those follow at once that do not wait, and those
/// before which nobody was reached; a round always waits.
pub(super) fn together(plan: &EscalationPlan, first: usize) -> Range<usize> {
    let all = plan.steps.len() * (usize::from(plan.repeats) + 1);
    let follows = |&number: &usize| {
        let ((step, place), (before, _)) = (step_at(plan, number), step_at(plan, number - 1));
        place.1 > 1 && (step.wait_minutes == 0 || channels(before).is_empty())
    };
    first..first + 1 + (first + 1..all).take_while(follows).count()
}

/// The numbers of the steps that are taken when an outage begins.
pub(super) fn at_beginning(plan: &EscalationPlan) -> Range<usize> {
    match plan.steps[0].wait_minutes {
        0 => together(plan, 0),
        _ => 0..0,
    }
}
