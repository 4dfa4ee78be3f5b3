//! What keeps people from being notified of an incident that begins: what the filters of alerters say. Pure.

use alerting::backtest::Settings;
use alerting::filter::{self, FilterContext, Subject, Verdict};
use api::{ExplainedHold, RouteExplanation};
use domain::alert_rules::AlertRules;
use domain::channel::ChannelAlerts;
use domain::escalation::Target;
use domain::hold::HoldKind;
use domain::routing::RoutedIncident;
use domain::suppression::Suppression;
use domain::{ChannelId, MonitorId, Timestamp};

use super::Known;
use crate::rules::private_hours::Onlooker;

/// What an incident is held against.
#[derive(Debug)]
pub(crate) struct Holding<'a> {
    pub(crate) monitor: MonitorId,
    pub(crate) incident: RoutedIncident<'a>,
    pub(crate) settings: &'a Settings,
    pub(crate) known: &'a Known,
    /// The names of the monitors on which it depends that are down; none of one that is not seen.
    pub(crate) down: &'a [Option<String>],
    /// To whom it is told.
    pub(crate) onlooker: Onlooker,
}

/// What keeps people from being notified of an incident that goes where the explanation says.
pub(crate) fn held(holding: &Holding<'_>, explanation: &RouteExplanation) -> Vec<ExplainedHold> {
    let mut held = holding.by_rules();
    held.extend(holding.down.iter().map(|name| {
        let reason = match name {
            Some(name) => format!("it depends on {name}, which is down"),
            None => "a monitor on which it depends is down".to_owned(),
        };
        of_all(Suppression::Dependency, None, reason)
    }));
    let channels = holding.reached_at_once(explanation);
    held.extend(channels.into_iter().filter_map(|id| holding.by_quiet_hours(id)));
    held
}

fn of_all(by: Suppression, until: Option<Timestamp>, reason: impl Into<String>) -> ExplainedHold {
    ExplainedHold {
        by,
        until,
        reason: reason.into(),
        channel_id: None,
        channel_name: None,
    }
}

impl Holding<'_> {
    /// What the filters say as it begins, by these rules to a channel with these preferences.
    fn verdict(&self, rules: &AlertRules, preferences: ChannelAlerts) -> Verdict {
        let at = self.incident.started_at;
        let subject = Subject {
            monitor_id: self.monitor,
            degraded: self.incident.degraded,
            error_code: self.incident.error_code,
            started_at: at,
            seen_at: at,
            ended_at: None,
        };
        let context = FilterContext {
            rules,
            labels: self.incident.labels,
            // Whether it wants to be notified of degraded monitors at all is not asked.
            preferences: ChannelAlerts {
                degraded: true,
                ..preferences
            },
            last_notified_at: None,
            now: at,
        };
        filter::evaluate(&subject, &context)
    }

    /// Mutes, windows and silences. What follows each other counts as one, so all but a mute end together.
    fn by_rules(&self) -> Vec<ExplainedHold> {
        let rules = &self.settings.rules;
        let mute = AlertRules {
            muted: rules.muted.clone(),
            ..AlertRules::default()
        };
        let of_kind = |kind| {
            let holds = rules.holds.iter().filter(|hold| hold.kind == kind);
            holds.cloned().collect()
        };
        let maintenance = AlertRules {
            windows: rules.windows.clone(),
            holds: of_kind(HoldKind::Maintenance),
            ..AlertRules::default()
        };
        let silence = AlertRules {
            holds: of_kind(HoldKind::Silence),
            ..AlertRules::default()
        };
        let together = AlertRules {
            muted: Vec::new(),
            ..rules.clone()
        };
        let holds = |rules: &AlertRules| self.verdict(rules, ChannelAlerts::default());
        let mut held = Vec::new();
        if let Verdict::Suppress(reason) = holds(&mute) {
            let mute = rules.mute_at(self.monitor, self.incident.started_at);
            let until = mute.and_then(|mute| mute.until);
            held.push(of_all(Suppression::Mute, until, reason));
        }
        let Verdict::Later(until) = holds(&together) else {
            return held;
        };
        for (by, rules, reason) in [
            (
                Suppression::Maintenance,
                &maintenance,
                "the monitor is in a maintenance window",
            ),
            (Suppression::Silence, &silence, "it is silenced"),
        ] {
            if matches!(holds(rules), Verdict::Later(_)) {
                held.push(of_all(by, Some(until), reason));
            }
        }
        held
    }

    /// The channels that are notified as it begins, each once.
    fn reached_at_once(&self, explanation: &RouteExplanation) -> Vec<ChannelId> {
        let at = self.incident.started_at;
        let mut reached: Vec<ChannelId> = Vec::new();
        for destination in &explanation.destinations {
            let enabled = destination.channels.iter().filter(|channel| channel.enabled);
            reached.extend(enabled.map(|channel| channel.id));
            let policy = destination.policy.as_ref().filter(|policy| policy.followed);
            let steps = policy.into_iter().flat_map(|policy| &policy.steps);
            let at_once = steps.filter(|step| step.after_minutes == 0 && step.applies);
            for target in at_once.flat_map(|step| &step.targets) {
                let is_reached = |id| self.is_enabled(target.target, id);
                let channels = self.settings.policy.reach(target.target, at, is_reached);
                reached.extend(channels.unwrap_or_default());
            }
        }
        let mut seen = std::collections::HashSet::new();
        reached.retain(|id| seen.insert(*id));
        reached
    }

    fn is_enabled(&self, target: Target, channel: ChannelId) -> bool {
        let mut recipients = self.settings.recipients.iter();
        let recipient = recipients.find(|recipient| recipient.channel == channel);
        let is_of_organisation = matches!(target, Target::Channel { .. });
        recipient.is_some_and(|recipient| !(is_of_organisation && recipient.is_own))
    }

    fn by_quiet_hours(&self, channel: ChannelId) -> Option<ExplainedHold> {
        if !self.onlooker.knows_hours(self.settings, channel) {
            return None;
        }
        let mut recipients = self.settings.recipients.iter();
        let preferences = recipients.find(|it| it.channel == channel)?.preferences;
        if self.incident.degraded && !preferences.degraded {
            return None;
        }
        let Verdict::Later(until) = self.verdict(&AlertRules::default(), preferences) else {
            return None;
        };
        Some(ExplainedHold {
            channel_id: Some(channel),
            channel_name: self.known.channel(channel).name,
            ..of_all(
                Suppression::QuietHours,
                Some(until),
                "the channel has quiet hours",
            )
        })
    }
}

#[cfg(test)]
mod tests;
