//! Who is told: the outage to every enabled channel, its end to whoever was told of the outage.

use domain::alert_event::{AlertEvent, AlertKind, Step};
use domain::alert_filter::{self, AlertRules, Outage, Verdict};
use domain::fold::CloseReason;
use domain::{ChannelId, MonitorId, Timestamp};

use super::alert::{Alert, Context, Delivery, Incident, Status};
use super::monitor::Monitor;

/// What routing came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Routed {
    /// Nothing was left to be routed.
    Nothing,
    /// Something was decided.
    Changed,
    /// The organisation's channels, or the organisation itself, are needed first.
    NeedsChannels,
    /// A filter wants to be asked again then.
    Later(Timestamp),
}

/// Whom an organisation has told of alerts, and of which.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// Its enabled channels.
    pub(crate) enabled: &'a [ChannelId],
    /// What it wants to hear of.
    pub(crate) rules: &'a AlertRules,
}

impl Monitor {
    /// Whether it was not decided yet who is told of something.
    pub(crate) fn is_unrouted(&self) -> bool {
        let mut alerts = self.incidents.iter().flat_map(Incident::alerts);
        alerts.any(|(_, alert)| !alert.routed)
    }

    /// Decides who is told. `wanted` is what the organisation has set, when it is known; an outage that is over and was seen before `backlog_before` is not told as if it were news.
    pub(crate) fn route(
        &mut self,
        monitor_id: MonitorId,
        wanted: Option<Wanted<'_>>,
        backlog_before: Timestamp,
        now: Timestamp,
        events: &mut Vec<AlertEvent>,
    ) -> Routed {
        if !self.is_unrouted() {
            return Routed::Nothing;
        }
        if self.org_id.is_none() {
            return Routed::NeedsChannels;
        }
        let mut context = self.context(monitor_id, now, events);
        let mut outcome = Routed::Nothing;
        let mut later = None;
        if let Some(wanted) = wanted {
            for incident in &mut self.incidents {
                match incident.judge(wanted.rules, &mut context) {
                    Verdict::Allow => {}
                    Verdict::Suppress(_) => outcome = Routed::Changed,
                    Verdict::Later(at) => later = later.max(Some(at)),
                }
            }
            // What waits for a filter is told of together, once the filter allows it.
            if later.is_none() {
                self.gather_outages_that_are_over(backlog_before, &mut context);
            }
        }
        for incident in &mut self.incidents {
            if later.is_some() && !incident.down.routed {
                continue;
            }
            match incident.route(wanted, backlog_before, &mut context) {
                Routed::Nothing => {}
                routed if outcome == Routed::Nothing => outcome = routed,
                Routed::NeedsChannels => outcome = Routed::NeedsChannels,
                _ => {}
            }
        }
        self.incidents.retain(|incident| !incident.is_finished());
        if outcome != Routed::Nothing {
            self.kept = Some(now);
        }
        match later {
            Some(at) if outcome != Routed::Changed => Routed::Later(at),
            _ => outcome,
        }
    }

    /// Of several outages that were over before anybody could be told, the last one tells of all.
    fn gather_outages_that_are_over(&mut self, backlog_before: Timestamp, context: &mut Context<'_>) {
        let over: Vec<usize> = (0..self.incidents.len())
            .filter(|&index| self.incidents[index].was_over_untold(backlog_before))
            .collect();
        let Some((&last, earlier)) = over.split_last() else {
            return;
        };
        let mut since = self.incidents[last].started_at;
        let told_in = format!("told with the outage {}", self.incidents[last].id);
        for &index in earlier {
            let incident = &mut self.incidents[index];
            since = since.min(incident.started_at);
            for kind in [AlertKind::Down, AlertKind::Up] {
                incident.suppress(kind, &told_in, context);
            }
        }
        let gathered = earlier.len() as u32
            + earlier
                .iter()
                .map(|&index| self.incidents[index].earlier_outages)
                .sum::<u32>();
        let last = &mut self.incidents[last];
        last.earlier_outages += gathered;
        last.started_at = since;
    }
}

impl Incident {
    /// Asks the filters whether somebody is to be told of it.
    fn judge(&mut self, rules: &AlertRules, context: &mut Context<'_>) -> Verdict {
        if self.down.routed {
            return Verdict::Allow;
        }
        let outage = Outage {
            monitor_id: context.monitor_id,
            started_at: self.started_at,
            ended_at: self.closed.map(|closed| closed.at),
        };
        let verdict = alert_filter::judge(&outage, rules, context.now);
        if let Verdict::Suppress(reason) = verdict {
            for kind in [AlertKind::Down, AlertKind::Up] {
                self.suppress(kind, reason, context);
            }
        }
        verdict
    }

    fn was_over_untold(&self, backlog_before: Timestamp) -> bool {
        !self.down.routed
            && self.down.seen_at < backlog_before
            && self
                .closed
                .is_some_and(|closed| closed.reason == CloseReason::Recovered)
    }

    fn route(
        &mut self,
        wanted: Option<Wanted<'_>>,
        backlog_before: Timestamp,
        context: &mut Context<'_>,
    ) -> Routed {
        let mut outcome = Routed::Nothing;
        if !self.down.routed {
            let Some(Wanted { enabled, .. }) = wanted else {
                return Routed::NeedsChannels;
            };
            outcome = Routed::Changed;
            if self.was_over_untold(backlog_before) {
                self.suppress(AlertKind::Down, "it was over before it could be told", context);
                if let Some(up) = &mut self.up {
                    decide(up, self.id, AlertKind::Up, enabled.iter().copied(), context);
                }
                return outcome;
            }
            decide(
                &mut self.down,
                self.id,
                AlertKind::Down,
                enabled.iter().copied(),
                context,
            );
        }
        if let Some(up) = self.up.as_mut().filter(|up| !up.routed) {
            let told = self
                .down
                .deliveries
                .iter()
                .filter(|delivery| matches!(delivery.status, Status::Pending | Status::Sent));
            let told: Vec<ChannelId> = told.map(|delivery| delivery.channel).collect();
            decide(up, self.id, AlertKind::Up, told.into_iter(), context);
            outcome = Routed::Changed;
        }
        outcome
    }
}

fn decide(
    alert: &mut Alert,
    incident: domain::IncidentId,
    kind: AlertKind,
    channels: impl Iterator<Item = ChannelId>,
    context: &mut Context<'_>,
) {
    alert.routed = true;
    alert.deliveries = channels
        .map(|channel| Delivery::new(incident, channel, kind, context.now))
        .collect();
    for delivery in &alert.deliveries {
        context.event(Step::Decided, incident, kind, &alert.source, Some(delivery), None);
    }
    if alert.deliveries.is_empty() {
        let reason = match kind {
            AlertKind::Down => "there is no enabled channel",
            AlertKind::Up => "no channel was told of the outage",
        };
        context.event(
            Step::Suppressed,
            incident,
            kind,
            &alert.source,
            None,
            Some(reason),
        );
    }
}
