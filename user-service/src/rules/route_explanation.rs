//! Where an alert of a monitor goes, and why: what alerters do, told to people. Pure.

use std::collections::HashMap;

use api::{
    ExplainedBy, ExplainedChannel, ExplainedDestination, ExplainedPerson, ExplainedPolicy, ExplainedRoute,
    ExplainedStep, ExplainedTarget, RouteExplanation,
};
use domain::alert_policy::{AlertPolicy, Unreachable};
use domain::escalation::{EscalationPlan, Target};
use domain::monitor::Probe;
use domain::routing::{self, MAX_POLICIES, Recipients, RoutedBy, RoutedIncident};
use domain::{ChannelId, EscalationPolicyId, Severity, TeamId, Timestamp, UserId};

use super::named_people;

pub(crate) mod held;

/// A minute, in milliseconds.
const MINUTE_MS: i64 = 60_000;

/// What people call what an organisation's alerts go by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// The channels that have no owner, by id, and whether they are enabled.
    pub(crate) channels: Vec<(ChannelId, String, bool)>,
    /// The members.
    pub(crate) people: HashMap<UserId, String>,
    /// The teams.
    pub(crate) teams: HashMap<TeamId, String>,
}

impl Known {
    fn channel(&self, id: ChannelId) -> ExplainedChannel {
        let known = self.channels.iter().find(|(known, ..)| *known == id);
        ExplainedChannel {
            id,
            name: known.map(|(_, name, _)| name.clone()),
            enabled: known.is_some_and(|(.., enabled)| *enabled),
        }
    }

    fn enabled_channels(&self) -> Vec<ExplainedChannel> {
        let enabled = self.channels.iter().filter(|(.., enabled)| *enabled);
        enabled.map(|(id, ..)| self.channel(*id)).collect()
    }
}

/// Explains where an incident goes of a monitor whose tags have these names. What [holds it back](held::held) is added by who
/// knows of that.
pub(crate) fn explain(
    incident: &RoutedIncident<'_>,
    tags: Vec<String>,
    policy: &AlertPolicy,
    known: &Known,
) -> RouteExplanation {
    let labels = incident.labels;
    let explaining = Explaining {
        policy,
        known,
        severity: labels.severity,
        at: incident.started_at,
    };
    RouteExplanation {
        severity: labels.severity,
        kind: labels
            .kind
            .clone()
            .filter(|kind| Probe::KINDS.contains(&kind.as_str())),
        tags,
        recipients: labels.recipients.clone(),
        at: incident.started_at,
        routes: asked(incident, policy),
        destinations: explaining.destinations(incident),
        held: Vec::new(),
    }
}

/// Whether a step of a policy that is followed reaches anybody.
fn reaches(policy: &ExplainedPolicy) -> bool {
    let mut applying = policy.steps.iter().filter(|step| step.applies);
    policy.followed && applying.any(|step| step.targets.iter().any(|target| target.unreachable.is_none()))
}

/// What somebody is told of it who is narrowed to tags: neither who people are, nor of routes that were not asked.
pub(crate) fn narrowed(mut explanation: RouteExplanation) -> RouteExplanation {
    explanation.routes.retain(|route| route.asked);
    let policies = explanation.destinations.iter_mut().flat_map(|it| &mut it.policy);
    let steps = policies.flat_map(|policy| &mut policy.steps);
    for target in steps.flat_map(|step| &mut step.targets) {
        target.people.clear();
        if named_people::is_withheld(&target.target) {
            target.name = None;
        }
    }
    explanation
}

fn asked(incident: &RoutedIncident<'_>, policy: &AlertPolicy) -> Vec<ExplainedRoute> {
    let mut is_taken = incident.labels.recipients.is_some();
    let routes = policy.routes.iter().map(|route| {
        let unmet = route.conditions.unmet(incident);
        let asked = !is_taken;
        is_taken |= unmet.is_none() && !route.goes_on;
        ExplainedRoute {
            id: route.id,
            name: route.name.clone(),
            matched: unmet.is_none(),
            unmet,
            asked,
        }
    });
    routes.collect()
}

/// What an explanation goes by.
struct Explaining<'a> {
    policy: &'a AlertPolicy,
    known: &'a Known,
    severity: Severity,
    at: Timestamp,
}

impl Explaining<'_> {
    fn destinations(&self, incident: &RoutedIncident<'_>) -> Vec<ExplainedDestination> {
        let mut followed = Vec::new();
        let routed = routing::route(&self.policy.routes, incident);
        let mut destinations: Vec<_> = routed
            .into_iter()
            .map(|routed| self.destination(routed.by, routed.recipients, &mut followed))
            .collect();
        let is_nobody = |it: &ExplainedDestination| it.recipients == Some(Recipients::Nobody);
        let is_reached = destinations.iter().any(|it| {
            it.channels.iter().any(|channel| channel.enabled) || it.policy.as_ref().is_some_and(reaches)
        });
        let is_default = destinations.iter().any(|it| it.recipients.is_none());
        if !is_reached && !is_default && !destinations.iter().all(is_nobody) {
            destinations.push(ExplainedDestination {
                by: ExplainedBy::Fallback,
                route_id: None,
                route_name: None,
                recipients: None,
                channels: self.known.enabled_channels(),
                policy: None,
            });
        }
        destinations
    }

    fn destination(
        &self,
        by: RoutedBy,
        recipients: Option<&Recipients>,
        followed: &mut Vec<EscalationPolicyId>,
    ) -> ExplainedDestination {
        let (by, route_id) = match by {
            RoutedBy::Monitor => (ExplainedBy::Monitor, None),
            RoutedBy::Default => (ExplainedBy::Default, None),
            RoutedBy::Route { route_id } => (ExplainedBy::Route, Some(route_id)),
        };
        let route = route_id.and_then(|id| self.policy.routes.iter().find(|route| route.id == id));
        let channels = match recipients {
            None => self.known.enabled_channels(),
            Some(Recipients::Channels { channels }) => {
                channels.iter().map(|&id| self.known.channel(id)).collect()
            }
            Some(Recipients::Policy { .. } | Recipients::Nobody) => Vec::new(),
        };
        let policy = match recipients {
            Some(&Recipients::Policy { policy_id }) => Some(self.escalation(policy_id, followed)),
            _ => None,
        };
        ExplainedDestination {
            by,
            route_id,
            route_name: route.map(|route| route.name.clone()),
            recipients: recipients.cloned(),
            channels,
            policy,
        }
    }

    fn escalation(&self, id: EscalationPolicyId, followed: &mut Vec<EscalationPolicyId>) -> ExplainedPolicy {
        let policy = self.policy.policy(id);
        let is_followed = policy.is_some() && followed.len() < MAX_POLICIES && !followed.contains(&id);
        if is_followed {
            followed.push(id);
        }
        ExplainedPolicy {
            id,
            name: policy.map(|policy| policy.name.clone()),
            followed: is_followed,
            steps: policy.map(|policy| self.steps(&policy.plan)).unwrap_or_default(),
        }
    }

    fn steps(&self, plan: &EscalationPlan) -> Vec<ExplainedStep> {
        let (mut after_minutes, mut at_once) = (0, false);
        let steps = plan.steps.iter().map(|step| {
            if !at_once {
                after_minutes += step.wait_minutes;
            }
            let at = self.at.plus_millis(i64::from(after_minutes) * MINUTE_MS);
            let applies = step.conditions.hold(self.severity, at);
            let targets: Vec<_> = step
                .targets
                .iter()
                .map(|&target| self.target(target, at))
                .collect();
            at_once = !applies || targets.iter().all(|target| target.unreachable.is_some());
            ExplainedStep {
                after_minutes,
                applies,
                targets,
            }
        });
        steps.collect()
    }

    fn target(&self, target: Target, at: Timestamp) -> ExplainedTarget {
        let is_enabled = |channel| match target {
            Target::Channel { .. } => self.known.channel(channel).enabled,
            _ => true,
        };
        let (name, people) = self.who(target, at);
        let (channels, unreachable) = match self.policy.reach(target, at, is_enabled) {
            Ok(channels) => (channels.len(), None),
            Err(why) => (0, Some(why)),
        };
        ExplainedTarget {
            target,
            unreachable: match name {
                Some(_) => unreachable,
                None => Some(Unreachable::Gone),
            },
            name,
            channels: u32::try_from(channels).unwrap_or(u32::MAX),
            people,
        }
    }

    /// What a target is called, and which people it is at an instant.
    fn who(&self, target: Target, at: Timestamp) -> (Option<String>, Vec<ExplainedPerson>) {
        let people = |ids: &[UserId]| ids.iter().map(|&id| self.person(id)).collect();
        match target {
            Target::Channel { id } => (self.known.channel(id).name, Vec::new()),
            Target::Person { id } => (self.known.people.get(&id).cloned(), people(&[id])),
            Target::Team { id } => {
                let team = self.policy.teams.iter().find(|team| team.id == id);
                let members = team.map(|team| people(&team.members)).unwrap_or_default();
                (self.known.teams.get(&id).cloned(), members)
            }
            Target::Schedule { id } => {
                let schedule = self.policy.schedule(id);
                let on_call = schedule.and_then(|schedule| schedule.on_call(at));
                let on_call = on_call.map(|on_call| people(&[on_call.user_id]));
                (
                    schedule.map(|schedule| schedule.name.clone()),
                    on_call.unwrap_or_default(),
                )
            }
        }
    }

    fn person(&self, id: UserId) -> ExplainedPerson {
        ExplainedPerson {
            id,
            name: self.known.people.get(&id).cloned(),
        }
    }
}

#[cfg(test)]
mod tests;
