//! How what would have been sent compares with what was.

use std::collections::HashSet;
use std::ops::Range;

use alerting::backtest::{Simulated, SimulatedIncident, SimulatedReason};
use api::BacktestChange;
use domain::maintenance::merged;
use domain::{ChannelId, ErrorCode, IncidentId, MonitorId, Timestamp};

use crate::rules::private_hours::reason_of_others;

/// Reasons that are told of an incident, at most.
const MAX_REASONS: usize = 20;

/// Why a candidate says nothing of an outage that was announced.
const NOT_FOUND: &str = "by this rule it would have been none";

/// Why it says nothing of one that is a part of an earlier one.
const BEGUN_BEFORE: &str = "it would have been a part of an outage that began before";

/// An incident of a monitor, as it was or would have been.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) id: IncidentId,
    pub(crate) monitor_id: MonitorId,
    pub(crate) degraded: bool,
    pub(crate) started_at: Timestamp,
    pub(crate) detected_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) error_code: Option<ErrorCode>,
    /// Why somebody was not notified, or not at once.
    pub(crate) reasons: Vec<String>,
    pub(crate) messages: Vec<(Timestamp, ChannelId)>,
}

impl Found {
    /// The incidents that a simulation has found; the settings of some channels are the affair of others.
    pub(crate) fn simulated(
        monitor: MonitorId,
        simulated: Simulated,
        others: &HashSet<ChannelId>,
    ) -> Vec<Self> {
        let incidents = simulated.incidents.into_iter();
        let mut found: Vec<Self> = incidents
            .map(|incident| Self::of(monitor, incident, others))
            .collect();
        found.sort_by_key(|one| one.id);
        for message in simulated.messages {
            if let Ok(place) = found.binary_search_by_key(&message.incident, |one| one.id) {
                found[place].messages.push((message.at, message.channel));
            }
        }
        found
    }

    fn of(monitor: MonitorId, incident: SimulatedIncident, others: &HashSet<ChannelId>) -> Self {
        let reason = |it: SimulatedReason| match it.channel.is_some_and(|id| others.contains(&id)) {
            true => reason_of_others(it.reason),
            false => it.reason,
        };
        Self {
            id: incident.id,
            monitor_id: monitor,
            degraded: incident.degraded,
            started_at: incident.started_at,
            detected_at: incident.detected_at,
            ended_at: incident.resolution.map(|resolution| resolution.at),
            error_code: incident.error_code,
            reasons: incident.reasons.into_iter().map(reason).collect(),
            messages: Vec::new(),
        }
    }

    /// An outage that goes on at the first result of all, and which was sent as one that began before, began when that did:
    /// what is not gone through cannot tell. `first` is when that result began.
    pub(crate) fn began_as_sent(found: &mut [Self], sent: &[Self], first: Timestamp) {
        for one in found.iter_mut().filter(|one| one.started_at <= first) {
            let span = one.span();
            let is_same = |other: &&Self| {
                let of_other = other.span();
                other.degraded == one.degraded && of_other.start < span.end && span.start < of_other.end
            };
            if let Some(began_at) = sent.iter().find(is_same).map(|other| other.started_at) {
                one.started_at = one.started_at.min(began_at);
            }
        }
    }

    /// What a candidate has in the place of an incident that was announced and that it would not have found, or not then.
    fn not_found(&self, why: &str) -> Self {
        Self {
            reasons: vec![why.to_owned()],
            messages: Vec::new(),
            ..self.clone()
        }
    }

    /// Each reason once, in the order in which they were found.
    pub(super) fn told_reasons(&self) -> Vec<String> {
        let mut told: Vec<String> = Vec::new();
        for reason in &self.reasons {
            if told.len() < MAX_REASONS && !told.contains(reason) {
                told.push(reason.clone());
            }
        }
        told
    }

    /// When somebody was notified first.
    pub(super) fn notified_at(&self) -> Option<Timestamp> {
        self.messages.iter().map(|(at, _)| *at).min()
    }

    /// From its beginning on, also when it goes on.
    fn span(&self) -> Range<Timestamp> {
        let end = self.ended_at.unwrap_or(Timestamp::from_millis(i64::MAX));
        self.started_at..end.max(self.started_at.plus_millis(1))
    }
}

/// Incidents that compare with others.
#[derive(Debug, Default)]
pub(super) struct Compared {
    /// Each with how it compares.
    pub(super) found: Vec<(Found, BacktestChange)>,
    /// Incidents that were announced and would not have been found at all.
    pub(super) not_found: Vec<Found>,
    /// Outages that were announced, and would not have been.
    pub(super) missed: u32,
    /// Outages that would have been announced, and were not.
    pub(super) added: u32,
}

/// Compares what a candidate has found of a monitor from `since` on with what was sent of it. What began before is neither
/// missed nor found anew, but what was sent meanwhile is not missed for it. Outages are compared with outages, and times of
/// degradation with such.
pub(super) fn compare(found: Vec<Found>, sent: &[Found], since: Timestamp) -> Compared {
    let mut compared = Compared::default();
    let (degraded, down): (Vec<Found>, Vec<Found>) = found.into_iter().partition(|one| one.degraded);
    for (found, is_degraded) in [(down, false), (degraded, true)] {
        let sent = sent.iter().filter(|one| one.degraded == is_degraded);
        let announced: Vec<&Found> = sent
            .filter(|one| one.notified_at().is_some() && one.span().end > since)
            .collect();
        let would_be = Times::of(found.iter().filter(|one| one.notified_at().is_some()));
        let would_be_found = Times::of(found.iter().filter(|one| one.started_at >= since));
        let had_begun = Times::of(found.iter().filter(|one| one.started_at < since));
        let were = Times::of(announced.iter().copied());
        let missed: Vec<&Found> = announced
            .into_iter()
            .filter(|one| one.started_at >= since && !would_be.overlap(&one.span()))
            .collect();
        let are_missed = Times::of(missed.iter().copied());
        let mut added = 0;
        for one in found.into_iter().filter(|one| one.started_at >= since) {
            let change = match one.notified_at() {
                Some(_) if were.overlap(&one.span()) => BacktestChange::Same,
                Some(_) => BacktestChange::Added,
                None if are_missed.overlap(&one.span()) => BacktestChange::Missed,
                None => BacktestChange::Same,
            };
            added += u32::from(change == BacktestChange::Added);
            compared.found.push((one, change));
        }
        if !is_degraded {
            compared.added = added;
            compared.missed = u32::try_from(missed.len()).unwrap_or(u32::MAX);
        }
        let not_found = missed
            .into_iter()
            .filter(|one| !would_be_found.overlap(&one.span()));
        let not_found = not_found.map(|one| match had_begun.overlap(&one.span()) {
            true => one.not_found(BEGUN_BEFORE),
            false => one.not_found(NOT_FOUND),
        });
        compared.not_found.extend(not_found);
    }
    compared
}

/// Times in which some incidents went on, in their order and without overlap.
struct Times(Vec<Range<Timestamp>>);

impl Times {
    fn of<'a>(found: impl Iterator<Item = &'a Found>) -> Self {
        Self(merged(found.map(Found::span).collect()))
    }

    fn overlap(&self, span: &Range<Timestamp>) -> bool {
        let next = self.0.partition_point(|one| one.end <= span.start);
        self.0.get(next).is_some_and(|one| one.start < span.end)
    }
}
