//! Where an incident goes: the channels that are notified at once, and the escalation policies that it follows.

use domain::alert_event::{Cause, CausingStep};
use domain::escalation::{EscalationPolicy, EscalationStep, Target};
use domain::routing::{self, MAX_POLICIES, Recipients, RoutedBy, RoutedIncident};
use domain::{ChannelId, Timestamp};

use crate::incident::Incident;
use crate::settings::NotificationSettings;

/// What people have decided: it is not made up for.
const NOBODY: &str = "nobody is to be notified of it";

const NO_CHANNEL: &str = "none of its channels is enabled";
const NO_POLICY: &str = "its escalation policy was deleted";

/// Notes about routes that notify nobody, of one incident.
pub(crate) const MAX_NOTES: usize = 10;

/// Where an incident goes.
#[derive(Debug, Default)]
pub(crate) struct Plan<'a> {
    /// The channels that are notified at once, each once, and why; without a reason by default.
    pub(crate) channels: Vec<(ChannelId, Option<Cause>)>,
    /// The policies that it follows, and why.
    pub(crate) policies: Vec<(RoutedBy, &'a EscalationPolicy)>,
    /// Which of it notifies nobody, and the reason.
    pub(crate) notes: Vec<(RoutedBy, &'static str)>,
    /// Whether it is of a notice that regions are silent, which not every channel gets
    /// ([`NotificationSettings::takes_notices`]), and which is not made up for where it reaches nobody.
    is_notice: bool,
}

/// A channel that a step reaches, and by which of its targets.
pub(crate) type Reached = (ChannelId, Target);

impl<'a> Plan<'a> {
    fn note(&mut self, by: RoutedBy, reason: &'static str) {
        if self.notes.len() < MAX_NOTES {
            self.notes.push((by, reason));
        }
    }

    fn add(&mut self, channel: ChannelId, cause: Option<Cause>) {
        if self.channels.iter().all(|(known, _)| *known != channel) {
            self.channels.push((channel, cause));
        }
    }

    fn add_default(&mut self, settings: NotificationSettings<'a>) {
        for channel in settings.default_channels() {
            self.add(channel, None);
        }
    }

    /// Every channel that is notified first: at once, or by the first step of a policy that reaches somebody; of an incident
    /// that is `over`, only by one that was due at once.
    pub(crate) fn first_channels(
        &self,
        settings: NotificationSettings<'a>,
        over: bool,
        now: Timestamp,
    ) -> Vec<(ChannelId, Option<Cause>)> {
        let may_get = |channel| !self.is_notice || settings.takes_notices(channel);
        let mut channels = self.channels.clone();
        channels.retain(|(channel, _)| may_get(*channel));
        for (routed_by, policy) in &self.policies {
            let steps = policy.plan.steps.iter().enumerate();
            let is_due = !over
                || policy
                    .plan
                    .steps
                    .first()
                    .is_some_and(|step| step.wait_minutes == 0);
            let reached = steps.filter(|_| is_due).find_map(|(index, step)| {
                let applies = step.conditions.hold(settings.labels().severity, now);
                let (mut reached, _) = applies.then(|| settings.reach(step, now))?;
                reached.retain(|(channel, _)| may_get(*channel));
                (!reached.is_empty()).then_some((index, reached))
            });
            let (index, reached) = reached.unwrap_or_default();
            for (channel, target) in reached {
                let step = CausingStep {
                    policy_id: policy.id,
                    round: 1,
                    step: index as u8 + 1,
                    target: Some(target),
                };
                if channels.iter().all(|(known, _)| *known != channel) {
                    let cause = Cause {
                        routed_by: *routed_by,
                        step: Some(step),
                    };
                    channels.push((channel, Some(cause)));
                }
            }
        }
        let is_made_up_for = !over && !self.is_notice;
        if channels.is_empty() && !self.policies.is_empty() && is_made_up_for {
            channels.extend(settings.default_channels().map(|channel| (channel, None)));
        }
        channels
    }

    /// Whether two incidents go to the same places.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let policies =
            |plan: &Self| -> Vec<_> { plan.policies.iter().map(|(_, policy)| policy.id).collect() };
        let channels =
            |plan: &Self| -> Vec<_> { plan.channels.iter().map(|(channel, _)| *channel).collect() };
        policies(self) == policies(other) && channels(self) == channels(other)
    }
}

impl Incident {
    /// Where it goes. What would reach nobody although people have named somebody goes to all enabled channels; but not that
    /// regions are silent, which is taken for an outage here: routes may keep apart whose monitors they are, and other
    /// channels are to learn nothing of these.
    pub(crate) fn plan<'a>(&self, settings: NotificationSettings<'a>) -> Plan<'a> {
        let mut plan = Plan {
            is_notice: self.unseen,
            ..Plan::default()
        };
        let routed = RoutedIncident {
            labels: settings.labels(),
            degraded: self.degraded,
            error_code: self.error_code,
            started_at: self.judged_from(),
        };
        let mut is_lost = false;
        let routes = &settings.policy.routes;
        for destination in routing::route_by(routes, settings.route_index, &routed) {
            let by = destination.by;
            match destination.recipients {
                None => plan.add_default(settings),
                Some(Recipients::Nobody) => plan.note(by, NOBODY),
                Some(Recipients::Channels { channels }) => {
                    let mut enabled = channels
                        .iter()
                        .filter(|&&it| settings.is_organisations(it))
                        .peekable();
                    if enabled.peek().is_none() {
                        plan.note(by, NO_CHANNEL);
                        is_lost = true;
                    }
                    let cause = Cause {
                        routed_by: by,
                        step: None,
                    };
                    enabled.for_each(|&channel| plan.add(channel, Some(cause)));
                }
                Some(Recipients::Policy { policy_id }) => match settings.policy.policy(*policy_id) {
                    Some(policy) if plan.policies.len() < MAX_POLICIES => {
                        if plan.policies.iter().all(|(_, known)| known.id != policy.id) {
                            plan.policies.push((by, policy));
                        }
                    }
                    Some(_) => {}
                    None => {
                        plan.note(by, NO_POLICY);
                        is_lost = true;
                    }
                },
            }
        }
        let is_lost = is_lost && !plan.is_notice;
        if is_lost && plan.channels.is_empty() && plan.policies.is_empty() {
            plan.add_default(settings);
        }
        plan
    }
}

impl<'a> NotificationSettings<'a> {
    /// The channels that are notified where nothing else was decided.
    pub(crate) fn default_channels(self) -> impl Iterator<Item = ChannelId> + use<'a> {
        let shared = self.recipients.iter().filter(|recipient| !recipient.is_own);
        shared.map(|recipient| recipient.channel)
    }

    /// Whether a channel may be notified that regions are silent, where a route or nothing else leads to it: it says nothing
    /// of a target, so that it is not what members have own channels for, and is not to open anything.
    fn takes_notices(self, channel: ChannelId) -> bool {
        self.is_organisations(channel) && !self.keeps_incidents(channel)
    }

    /// Whether a channel is an enabled one of the organisation, and no member's own.
    pub(crate) fn is_organisations(self, channel: ChannelId) -> bool {
        self.recipient(channel).is_some_and(|recipient| !recipient.is_own)
    }

    /// The channels that a step reaches, each once, and what is said of the targets that are not reached.
    pub(crate) fn reach(self, step: &EscalationStep, now: Timestamp) -> (Vec<Reached>, Vec<String>) {
        let (mut reached, mut unreached): (Vec<Reached>, _) = (Vec::new(), Vec::new());
        for &target in &step.targets {
            let is_enabled = |channel| match target {
                Target::Channel { .. } => self.is_organisations(channel),
                _ => self.recipient(channel).is_some(),
            };
            match self.policy.reach(target, now, is_enabled) {
                Ok(channels) => {
                    for channel in channels {
                        if reached.iter().all(|(known, _)| *known != channel) {
                            reached.push((channel, target));
                        }
                    }
                }
                Err(why) => unreached.push(self.policy.describe_unreached(target, why)),
            }
        }
        (reached, unreached)
    }
}
