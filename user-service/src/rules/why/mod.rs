//! Why somebody was notified of a monitor at an instant, or nobody was: what is stored, put together and told. Pure.

mod answer;
mod quiet;
pub(crate) mod rerun;
pub(crate) mod streak;
#[cfg(test)]
mod tests;
pub(crate) mod unchecked;
mod units;
pub(crate) mod votes;
mod words;

use api::{
    AlertStep, RouteExplanation, Why, WhyCheck, WhyDelivery, WhyIncident, WhyRule, WhySuppression, WhyVotes,
};
use domain::alert_event::{AlertKind, Source};
use domain::suppression::Suppression;
use domain::{ChannelId, MonitorId, Timestamp};

use super::{alert_trace, named_people};

/// Messages of one answer, at most.
const MAX_DELIVERIES: usize = 200;

/// Suppressions of one answer, at most.
const MAX_SUPPRESSIONS: usize = 100;

/// What is known of a monitor at an instant.
#[derive(Clone, Debug)]
pub(crate) struct Findings {
    pub(crate) monitor_id: MonitorId,
    pub(crate) monitor_name: String,
    pub(crate) at: Timestamp,
    /// Whether it is a heartbeat, which is not checked.
    pub(crate) is_heartbeat: bool,
    pub(crate) created_at: Timestamp,
    /// The last checks by then, newest last.
    pub(crate) checks: Vec<WhyCheck>,
    /// Why there was none then.
    pub(crate) not_checked: Option<String>,
    pub(crate) rule: Option<WhyRule>,
    /// What its regions said, where several decide.
    pub(crate) votes: Option<WhyVotes>,
    pub(crate) incident: Option<WhyIncident>,
    /// When it was found that there is one, where that is known.
    pub(crate) found_at: Option<Timestamp>,
    pub(crate) route: Option<RouteExplanation>,
    pub(crate) known_since: Timestamp,
    /// Each step of each alert of the incident, oldest first.
    pub(crate) steps: Vec<AlertStep>,
    /// The organisation's channels, where nothing is told of people: who is narrowed to tags is not told their names.
    pub(crate) only_channels: Option<Vec<ChannelId>>,
}

/// Puts together what is known. What would have been sent is added by who [finds that out](rerun).
pub(crate) fn explain(findings: Findings) -> Why {
    let (mut deliveries, mut suppressions) = alert_trace::trace(&findings.steps);
    if let Some(channels) = &findings.only_channels {
        hide_people(channels, &mut deliveries, &mut suppressions);
    }
    let answer = answer::answer(&findings, &deliveries, &suppressions);
    let mut summary = words::summary(answer, &findings, &deliveries, &suppressions);
    if let Some(votes) = &findings.votes {
        summary = votes::with_votes(summary, answer, votes, findings.at);
    }
    deliveries.truncate(MAX_DELIVERIES);
    suppressions.truncate(MAX_SUPPRESSIONS);
    Why {
        monitor_id: findings.monitor_id,
        monitor_name: findings.monitor_name,
        at: findings.at,
        answer,
        summary,
        checks: findings.checks,
        not_checked: findings.not_checked,
        rule: findings.rule,
        votes: findings.votes,
        incident: findings.incident,
        route: findings.route,
        known_since: findings.known_since,
        suppressions,
        deliveries,
        without: Vec::new(),
        without_known: true,
    }
}

/// What is said of a monitor that also notifies of response times that are slower than usual, where there was no incident.
const UNUSUAL: &str =
    " Messages that it is slower than usual are not explained here, but are among its channels' deliveries.";

/// Says that there may be messages which are not looked for.
pub(crate) fn note_unexplained(why: &mut Why) {
    if why.incident.is_none() {
        why.summary.push_str(UNUSUAL);
    }
}

/// The record on the log by which an incident was found, of the steps of its alerts.
pub(crate) fn source_of(steps: &[AlertStep]) -> Option<Source> {
    let of_opening = |step: &&AlertStep| alert_trace::parse_kind(&step.alert).is_some_and(answer::is_opening);
    let first = steps.iter().find(of_opening)?;
    serde_json::from_value(first.source.clone()).ok()
}

/// When a time was over in which a monitor was degraded, as far as its alerts tell.
pub(crate) fn recovered_at(steps: &[AlertStep]) -> Option<Timestamp> {
    let mut ends = steps.iter();
    let end = ends.find(|step| step.alert == AlertKind::Recovered.as_str())?;
    Some(end.at)
}

/// What kept people from being notified, each once: what was recorded, and what held the beginning back as far as rules
/// tell.
pub(crate) fn kept_by(why: &Why) -> Vec<Suppression> {
    let recorded = why.suppressions.iter().filter_map(|it| it.by);
    let held = why.route.iter().flat_map(|route| &route.held);
    let held: Vec<_> = recorded.chain(held.map(|it| it.by)).collect();
    let all = Suppression::ALL.into_iter();
    all.filter(|by| held.contains(by)).collect()
}

fn hide_people(channels: &[ChannelId], deliveries: &mut [WhyDelivery], suppressions: &mut [WhySuppression]) {
    for delivery in deliveries {
        let channel = Some(delivery.channel_id);
        named_people::hide_channel(channel, &mut delivery.channel_name, channels);
        named_people::hide_in_cause(delivery.cause.as_mut());
    }
    for suppression in suppressions {
        let channel = suppression.channel_id;
        named_people::hide_channel(channel, &mut suppression.channel_name, channels);
        named_people::hide_in_cause(suppression.cause.as_mut());
    }
}
