//! The answer in a sentence or two, with what is known.

use api::{
    CausedBy, ExplainedHold, TargetKind, WhyAnswer, WhyDelivery, WhyIncident, WhyOutcome, WhyRule,
    WhySuppression,
};
use domain::Timestamp;
use domain::alert_event::AlertKind;
use domain::fold::CloseReason;
use domain::record::PointState;
use domain::suppression::Suppression;

use super::Findings;
use super::answer::{is_opening, of_opening, reaches_nobody};
use super::quiet::{quiet_end, waited};
use super::units::{clock, duration};

/// Names in one sentence, at most.
const MAX_NAMES: usize = 3;

/// A message that came so long after the incident was found was held back, in milliseconds.
const LATE_MS: i64 = 60_000;

pub(super) fn summary(
    answer: WhyAnswer,
    findings: &Findings,
    deliveries: &[WhyDelivery],
    suppressions: &[WhySuppression],
) -> String {
    let Some(incident) = &findings.incident else {
        return without_incident(answer, findings);
    };
    let told = Wording {
        findings,
        incident,
        deliveries,
        suppressions,
    };
    let mut sentences = match answer {
        WhyAnswer::Notified => told.notified(),
        WhyAnswer::Sending => vec![told.sending()],
        WhyAnswer::Failed => vec![told.failed()],
        WhyAnswer::HeldBack => vec![format!("Nobody has been notified yet: {}.", told.waits_for())],
        WhyAnswer::Suppressed => vec![format!("Nobody was notified: {}.", told.kept_by())],
        WhyAnswer::Nobody => vec![format!("Nobody was notified: {}.", told.nobody())],
        WhyAnswer::NotDown | WhyAnswer::Unconfirmed | WhyAnswer::NotChecked | WhyAnswer::Unknown => {
            vec![format!("No alert about {} is stored.", noun(incident))]
        }
    };
    if let Some(acknowledged) = &incident.acknowledged {
        let at = clock(acknowledged.at, findings.at);
        sentences.push(format!("{} acknowledged it at {at}.", acknowledged.by));
    }
    if let Some(end) = told.end() {
        sentences.push(end);
    }
    sentences.join(" ")
}

fn without_incident(answer: WhyAnswer, findings: &Findings) -> String {
    match (answer, &findings.rule) {
        (WhyAnswer::NotChecked, _) => {
            format!("{}.", findings.not_checked.as_deref().unwrap_or("Not checked"))
        }
        (WhyAnswer::Unconfirmed, Some(rule)) if findings.is_heartbeat => {
            let (missed, wanted) = (rule.failing, rule.down_after);
            format!("{missed} of {wanted} dates in a row were missed: not down yet.")
        }
        (WhyAnswer::Unconfirmed, Some(rule)) => unconfirmed(rule),
        (WhyAnswer::NotDown, _) if findings.is_heartbeat => "It was not overdue.".to_owned(),
        (WhyAnswer::NotDown, _) => match findings.checks.last() {
            Some(last) => {
                let found = match last.state {
                    PointState::Degraded => "succeeded, but too slowly",
                    PointState::Up | PointState::Down | PointState::Skipped => "succeeded",
                };
                let at = clock(last.checked_at, findings.at);
                format!("It was not down: the last check, at {at}, {found}.")
            }
            None => "It was not down.".to_owned(),
        },
        (_, Some(rule)) if rule.is_down => {
            "The checks had come to an outage, but no incident of it is stored.".to_owned()
        }
        _ if findings.at < findings.created_at => {
            let at = clock(findings.created_at, findings.at);
            format!("Nothing is known of that time: the monitor was created at {at}.")
        }
        _ => "Nothing is known of that time: no checks of it are stored.".to_owned(),
    }
}

/// How far the rule was met.
fn unconfirmed(rule: &WhyRule) -> String {
    let (failing, wanted) = (rule.failing, rule.down_after);
    if failing >= wanted && rule.down_for_seconds > 0 {
        let lasting = duration(i64::from(rule.down_for_seconds) * 1_000);
        return format!("{failing} failing checks, but not yet for {lasting}: not down yet.");
    }
    match rule.down_of {
        Some(of) => format!("{failing} of {wanted} failing checks among the last {of}: not down yet."),
        None => format!("{failing} of {wanted} failing checks: not down yet."),
    }
}

/// What people call an incident.
fn noun(incident: &WhyIncident) -> &'static str {
    match incident.degraded {
        true => "the degradation",
        false => "the outage",
    }
}

/// What an incident's summary is made of.
#[derive(Debug)]
struct Wording<'a> {
    findings: &'a Findings,
    incident: &'a WhyIncident,
    deliveries: &'a [WhyDelivery],
    suppressions: &'a [WhySuppression],
}

impl Wording<'_> {
    fn clock(&self, at: Timestamp) -> String {
        clock(at, self.findings.at)
    }

    /// Messages of which this has become, those about the beginning if there are any.
    fn messages(&self, outcome: WhyOutcome) -> Vec<&WhyDelivery> {
        let of_outcome = || self.deliveries.iter().filter(move |it| it.outcome == outcome);
        let opening: Vec<_> = of_outcome().filter(|it| is_opening(it.alert)).collect();
        match opening.is_empty() {
            true => of_outcome().collect(),
            false => opening,
        }
    }

    fn notified(&self) -> Vec<String> {
        let sent = self.messages(WhyOutcome::Sent);
        let (names, were) = names(&sent);
        let names = capitalised(&names);
        let ends = sent.iter().filter_map(|it| it.ended_at);
        let (first, last) = (ends.clone().min(), ends.max());
        let of_end = sent
            .first()
            .is_some_and(|it| matches!(it.alert, AlertKind::Up | AlertKind::Recovered));
        if of_end {
            let end = format!(
                "{names} {were} notified of the end of {} only.",
                noun(self.incident)
            );
            return std::iter::once(end).chain(self.after_quiet(&sent)).collect();
        }
        let (Some(first), Some(last)) = (first, last) else {
            return vec![format!("{names} {were} notified.")];
        };
        let is_one = first == last;
        let when = match self.findings.found_at.filter(|found| *found <= first) {
            Some(found) if last.millis_since(found) <= LATE_MS => {
                let within = duration(last.millis_since(found));
                format!("within {within} of {} being found", noun(self.incident))
            }
            Some(found) => {
                let after = duration(first.millis_since(found));
                let who = if is_one { "" } else { "the first of them " };
                format!("{who}{after} after {} was found", noun(self.incident))
            }
            None => {
                let who = if is_one { "" } else { "the first of them " };
                format!("{who}at {}", self.clock(first))
            }
        };
        let comma = if when.starts_with("the first") { "," } else { "" };
        let mut sentences = vec![format!("{names} {were} notified{comma} {when}.")];
        let found = self.findings.found_at.unwrap_or(self.incident.started_at);
        let mut firsts = sent.iter().filter(|it| it.ended_at == Some(first));
        if first.millis_since(found) > LATE_MS
            && firsts.all(|it| quiet_end(&self.findings.steps, it).is_none())
            && let Some(held) = self.held_before(first)
        {
            sentences.push(format!("Until then it was held back: {held}."));
        }
        sentences.extend(self.after_quiet(&sent));
        let failed = self.deliveries.iter();
        let mut failed = failed.filter(|it| is_opening(it.alert) && it.outcome == WhyOutcome::Failed);
        if let Some(failed) = failed.next() {
            let what = undelivered(failed).unwrap_or_else(|| format!("given up{}", why(failed)));
            sentences.push(format!("The message to {} was {what}.", name(failed)));
        }
        sentences
    }

    /// Which messages waited for the end of quiet hours, if any did.
    fn after_quiet(&self, sent: &[&WhyDelivery]) -> Option<String> {
        let (waited, end) = waited(&self.findings.steps, sent)?;
        let (names, _) = names(&waited);
        Some(format!(
            "Quiet hours held the message to {names} back until {}, then it was sent in a digest with what else had \
             waited, if anything had.",
            self.clock(end)
        ))
    }

    /// What held the beginning back until an instant.
    fn held_before(&self, at: Timestamp) -> Option<String> {
        let mut recorded = of_opening(self.suppressions).filter(|it| it.at <= at && it.by.is_some());
        if let Some(recorded) = recorded.next() {
            return Some(recorded.reason.clone());
        }
        let held = self.findings.route.iter().flat_map(|route| &route.held).next()?;
        Some(self.hold(held))
    }

    fn hold(&self, held: &ExplainedHold) -> String {
        match held.until {
            Some(until) => format!("{} until {}", held.reason, self.clock(until)),
            None => held.reason.clone(),
        }
    }

    fn sending(&self) -> String {
        let pending = self.messages(WhyOutcome::Pending);
        let (names, _) = names(&pending);
        let tried: Vec<_> = pending.iter().filter(|it| !it.attempts.is_empty()).collect();
        match tried.first() {
            Some(tried) => format!(
                "A message to {names} is tried again: {} failed{}.",
                attempts(tried),
                why(tried)
            ),
            None => format!("A message to {names} is on its way."),
        }
    }

    fn failed(&self) -> String {
        let failed = self.messages(WhyOutcome::Failed);
        let (names, _) = names(&failed);
        match failed.first() {
            Some(first) => {
                let given_up = || format!("given up after {}{}", attempts(first), why(first));
                let what = undelivered(first).unwrap_or_else(given_up);
                format!("Nobody was notified: the message to {names} was {what}.")
            }
            None => "Nobody was notified: no message was taken.".to_owned(),
        }
    }

    /// What an incident that goes on waits for.
    fn waits_for(&self) -> String {
        let mut opening: Vec<_> = of_opening(self.suppressions).collect();
        // What was recorded last stands.
        if let Some(last) = opening.pop() {
            return last.reason.clone();
        }
        let Some(route) = &self.findings.route else {
            return "it is not decided yet who is notified".to_owned();
        };
        if let Some(held) = route.held.first() {
            return self.hold(held);
        }
        let policies = route.destinations.iter().filter_map(|it| it.policy.as_ref());
        let steps = policies.filter_map(|policy| Some((policy.name.as_deref()?, policy.steps.first()?)));
        let next = steps.min_by_key(|(_, step)| step.after_minutes);
        match next.filter(|(_, step)| step.after_minutes > 0) {
            Some((policy, step)) => {
                let after_ms = i64::from(step.after_minutes) * 60_000;
                let due = self.clock(self.incident.started_at.plus_millis(after_ms));
                format!("the first step of {policy} is due at {due}")
            }
            None => "it is not decided yet who is notified".to_owned(),
        }
    }

    /// Why nobody was notified.
    fn kept_by(&self) -> String {
        let recorded = of_opening(self.suppressions);
        let classified = recorded.clone().find(|it| it.by.is_some());
        let Some(kept) = classified.or_else(|| recorded.last()) else {
            return "it is not known why".to_owned();
        };
        let until = |by: Suppression| {
            let held = self.findings.route.iter().flat_map(|route| &route.held);
            let until = held.filter(|held| held.by == by).find_map(|held| held.until);
            until.map_or_else(String::new, |until| format!(" until {}", self.clock(until)))
        };
        let over = format!("and {} was over by then", noun(self.incident));
        match kept.by {
            Some(by @ Suppression::Mute) => format!("the monitor was muted{}", until(by)),
            Some(by @ Suppression::Maintenance) => {
                format!("the monitor was in a maintenance window{}, {over}", until(by))
            }
            Some(by @ Suppression::Silence) => format!("it was silenced{}, {over}", until(by)),
            Some(by @ Suppression::QuietHours) => {
                format!("the channel had quiet hours{}, {over}", until(by))
            }
            Some(Suppression::Dependency | Suppression::Flapping | Suppression::Throttle) | None => {
                kept.reason.clone()
            }
        }
    }

    fn nobody(&self) -> String {
        let last = of_opening(self.suppressions).last();
        let by = last.and_then(|it| it.cause.as_ref()).map(|cause| match cause.by {
            CausedBy::Monitor => ", as the monitor says".to_owned(),
            CausedBy::Route => match &cause.route_name {
                Some(name) => format!(", by the route {name}"),
                None => ", by a route".to_owned(),
            },
            CausedBy::Default => String::new(),
        });
        match last {
            Some(last) => format!("{}{}", last.reason, by.unwrap_or_default()),
            None if self.findings.route.as_ref().is_some_and(reaches_nobody) => {
                "no channel is enabled, or nobody is named".to_owned()
            }
            None => "nobody is named".to_owned(),
        }
    }

    /// How it ended, where it had by then.
    fn end(&self) -> Option<String> {
        let resolved_at = self.incident.resolved_at.filter(|at| *at <= self.findings.at)?;
        let at = self.clock(resolved_at);
        let how = match self.incident.close_reason {
            Some(CloseReason::Withdrawn) => ", for there was none",
            Some(CloseReason::Edited) => ", when the monitor was edited",
            Some(CloseReason::Paused) => ", when the monitor was paused",
            Some(CloseReason::Deleted) => ", when the monitor was deleted",
            Some(CloseReason::Recovered | CloseReason::NotCompared) | None => "",
        };
        let noun = match self.incident.degraded {
            true => "The degradation",
            false => "The outage",
        };
        Some(format!("{noun} was over at {at}{how}."))
    }
}

/// What people call the channel of a message.
fn name(delivery: &WhyDelivery) -> &str {
    let target = delivery.cause.as_ref().and_then(|cause| cause.step.as_ref());
    let target = target.and_then(|step| step.target.as_ref());
    match &delivery.channel_name {
        Some(name) => name,
        None if target.is_some_and(|it| it.kind != TargetKind::Channel) => "a member",
        None => "a channel",
    }
}

/// The channels of messages, each once, and the verb that goes with them.
fn names(deliveries: &[&WhyDelivery]) -> (String, &'static str) {
    let (mut seen, mut named) = (Vec::new(), Vec::new());
    for delivery in deliveries {
        if !seen.contains(&delivery.channel_id) {
            seen.push(delivery.channel_id);
            named.push(name(delivery).to_owned());
        }
    }
    if named.len() > MAX_NAMES {
        let others = named.len() - (MAX_NAMES - 1);
        named.truncate(MAX_NAMES - 1);
        named.push(format!("{others} others"));
    }
    let were = if named.len() == 1 { "was" } else { "were" };
    let list = match named.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => "somebody".to_owned(),
    };
    (list, were)
}

/// A sentence begins with the list: what is a name stays as it is.
fn capitalised(list: &str) -> String {
    match list.strip_prefix("a ") {
        Some(rest) if rest.starts_with("member") || rest.starts_with("channel") => format!("A {rest}"),
        _ => list.to_owned(),
    }
}

fn attempts(delivery: &WhyDelivery) -> String {
    match delivery.attempts.len() {
        1 => "1 attempt".to_owned(),
        attempts => format!("{attempts} attempts"),
    }
}

/// What became of a message that was taken and has not reached anybody; none where it was not taken.
fn undelivered(delivery: &WhyDelivery) -> Option<String> {
    let report = delivery.reported.as_ref().filter(|report| report.is_failure())?;
    let reason = report.error.as_ref().map(|error| format!(" ({error})"));
    Some(format!("taken and not delivered{}", reason.unwrap_or_default()))
}

/// Why the last attempt failed, in brackets.
fn why(delivery: &WhyDelivery) -> String {
    let last = delivery.attempts.last().and_then(|it| it.reason.as_deref());
    last.map_or_else(String::new, |reason| format!(" ({reason})"))
}
