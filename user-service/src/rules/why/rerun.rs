//! What would have been sent of an incident if something had not kept people from being notified: the alerters' own rules on
//! the results that are stored, once as it was and once without. Pure.

use std::ops::Range;
use std::sync::Arc;

use alerting::backtest::{self, Budget, Settings, Simulated, Simulation, Stopped, StoredLog, Watched};
use api::{SimulatedMessage, WhyIncident, WhyWithout};
use domain::monitor::HeartbeatProbe;
use domain::suppression::Suppression;
use domain::{ChannelId, IncidentId, MonitorId, OrgId, Timestamp};

/// How long before an incident the results begin by which it is simulated, in milliseconds: what throttles and flapping go
/// by.
const BEFORE_MS: i64 = 24 * 3_600_000;

/// How long an incident is followed at most, in milliseconds.
const LONGEST_MS: i64 = 24 * 3_600_000;

/// How long it is followed after its end, in milliseconds.
const AFTER_MS: i64 = 3_600_000;

/// Messages that are told, at most.
const MAX_MESSAGES: usize = 50;

/// Of which time results are gone through to find out what would have been sent of an incident, where those since
/// `shown_from` are shown. None where the incident began before.
pub(crate) fn time(
    incident: &WhyIncident,
    shown_from: Timestamp,
    now: Timestamp,
) -> Option<Range<Timestamp>> {
    let from = incident.started_at.plus_millis(-BEFORE_MS).max(shown_from);
    let longest = incident.started_at.plus_millis(LONGEST_MS);
    let ended = incident.resolved_at.map(|at| at.plus_millis(AFTER_MS));
    let until = ended.unwrap_or(longest).min(longest).min(now);
    (shown_from <= incident.started_at).then_some(from..until)
}

/// An incident that is gone through once more.
#[derive(Debug)]
pub(crate) struct Rerun {
    pub(crate) monitor: MonitorId,
    pub(crate) org: OrgId,
    pub(crate) incident: IncidentId,
    /// As they were; never empty.
    pub(crate) settings: Vec<(Timestamp, Arc<Settings>)>,
    /// When monitors on which it may depend were down and announced.
    pub(crate) upstreams: Vec<(MonitorId, Vec<Range<Timestamp>>)>,
    pub(crate) log: StoredLog,
    /// What a heartbeat expects of its job; none of another kind.
    pub(crate) heartbeat: Option<HeartbeatProbe>,
    pub(crate) time: Range<Timestamp>,
    /// What people call the organisation's channels.
    pub(crate) names: Vec<(ChannelId, String)>,
}

impl Rerun {
    /// What would have been sent without each of these, and how many results were gone through. Where the incident is not
    /// found again as it was, nothing is known: its results are not all there, or were judged together with others.
    ///
    /// # Errors
    /// When the budget does not suffice for all of them.
    pub(crate) fn without(
        &self,
        each: &[Suppression],
        budget: &mut Budget<'_>,
    ) -> Result<(Option<Vec<WhyWithout>>, u64), Stopped> {
        let as_it_was = self.simulate(&[], budget)?;
        let mut results = as_it_was.results;
        if as_it_was.incidents.iter().all(|it| it.id != self.incident) {
            return Ok((None, results));
        }
        let mut told = Vec::new();
        for &without in each {
            let simulated = self.simulate(&[without], budget)?;
            results += simulated.results;
            told.push(WhyWithout {
                without,
                messages: self.added(&as_it_was, &simulated),
            });
        }
        Ok((Some(told), results))
    }

    fn simulate(&self, without: &[Suppression], budget: &mut Budget<'_>) -> Result<Simulated, Stopped> {
        let watched = self.heartbeat.as_ref().map(|heartbeat| Watched {
            heartbeat,
            revisions: &self.log.monitor().revisions,
            since: self.time.start,
        });
        let simulation = Simulation {
            monitor: self.monitor,
            org: self.org,
            settings: &self.settings,
            upstreams: &self.upstreams,
            without,
            rule: None,
            judged_by: None,
            watched,
            until: self.time.end,
        };
        simulation.run(self.log.records(), budget)
    }

    /// The messages about the incident that there are only without, or sooner.
    fn added(&self, as_it_was: &Simulated, without: &Simulated) -> Vec<SimulatedMessage> {
        let is_known = |message: &backtest::SimulatedMessage| {
            let mut known = as_it_was.messages.iter();
            known.any(|it| it.delivery == message.delivery && it.at <= message.at)
        };
        let messages = without.messages.iter();
        let of_incident = messages.filter(|it| it.incident == self.incident && !is_known(it));
        let told = of_incident.take(MAX_MESSAGES).map(|message| SimulatedMessage {
            at: message.at,
            channel_id: message.channel,
            channel_name: self.name(message.channel),
            alert: message.alert,
        });
        told.collect()
    }

    fn name(&self, channel: ChannelId) -> Option<String> {
        let mut names = self.names.iter();
        names.find(|(id, _)| *id == channel).map(|(_, name)| name.clone())
    }
}

#[cfg(test)]
mod tests;
