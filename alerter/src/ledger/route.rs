//! Who is told: the outage to every channel that the filters allow, its end to whoever was told of the outage.

use domain::alert_event::{AlertEvent, AlertKind, Step};
use domain::alert_filter::{self, AlertRules, Context as Asked, Outage, THROTTLED, UNWANTED, Verdict};
use domain::channel::ChannelAlerts;
use domain::fold::CloseReason;
use domain::{ChannelId, MonitorId, Timestamp};

use super::alert::{Alert, Context, Delivery, Incident, Status};
use super::monitor::{LastTold, Monitor};

/// The longest that a channel may hear of a monitor only once, in milliseconds.
const LONGEST_THROTTLE_MS: i64 = 24 * 3_600_000;

/// What routing came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Routed {
    /// Something was decided.
    pub(crate) changed: bool,
    /// The organisation's channels, or the organisation itself, are needed first.
    pub(crate) needs_channels: bool,
    /// When to look again.
    pub(crate) later: Option<Timestamp>,
    /// Messages that were not decided, or put off, because the channel was told a short time ago.
    pub(crate) throttled: u64,
}

impl Routed {
    pub(super) fn look_again(&mut self, at: Timestamp) {
        self.later = Some(self.later.map_or(at, |sooner| sooner.min(at)));
    }
}

/// A channel that may be told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hearer {
    /// Which.
    pub(crate) id: ChannelId,
    /// What it wants to hear of.
    pub(crate) alerts: ChannelAlerts,
    /// Whether it is told of acknowledgements.
    pub(crate) follows: bool,
}

/// Whom an organisation has told of alerts, and of which.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// Its enabled channels.
    pub(crate) enabled: &'a [Hearer],
    /// What it wants to hear of.
    pub(crate) rules: &'a AlertRules,
}

impl<'a> Wanted<'a> {
    pub(super) fn hearer(self, channel: ChannelId) -> Option<&'a Hearer> {
        self.enabled.iter().find(|hearer| hearer.id == channel)
    }
}

/// What the filters say to each channel.
type Verdicts = Vec<(ChannelId, Verdict)>;

impl Monitor {
    /// Whether it was not decided yet who is told of something.
    pub(crate) fn is_unrouted(&self) -> bool {
        let mut alerts = self.incidents.iter().flat_map(Incident::alerts);
        alerts.any(|(_, alert)| alert.is_undecided())
    }

    /// Whether there may be something to decide, now or as time goes by.
    pub(crate) fn may_route(&self) -> bool {
        self.is_unrouted() || self.incidents.iter().any(Incident::may_be_reminded_of)
    }

    /// Decides who is told. `wanted` is what the organisation has set, when it is known; an outage that is over
    /// and was seen before `backlog_before` is not told as if it were news.
    pub(crate) fn route(
        &mut self,
        monitor_id: MonitorId,
        wanted: Option<Wanted<'_>>,
        backlog_before: Timestamp,
        now: Timestamp,
        events: &mut Vec<AlertEvent>,
    ) -> Routed {
        let mut routed = Routed::default();
        if !self.may_route() {
            return routed;
        }
        if self.owner().is_none() {
            routed.needs_channels = true;
            return routed;
        }
        let mut context = self.context(monitor_id, now, events);
        let mut put_off = Vec::new();
        if let Some(wanted) = wanted {
            for incident in self.incidents.iter_mut().filter(|incident| !incident.down.routed) {
                let verdicts = incident.ask(wanted, &self.told, &context);
                match all_say(&verdicts) {
                    Verdict::Allow => {}
                    Verdict::Suppress(reason) => {
                        routed.throttled += u64::from(reason == THROTTLED);
                        incident.leave_untold(reason, &mut context);
                        routed.changed = true;
                    }
                    Verdict::Later(at) => {
                        put_off.push(incident.id);
                        routed.look_again(at);
                    }
                }
            }
            // What waits for a filter is told of together, once the filter allows it.
            if put_off.is_empty() {
                self.gather_outages_that_are_over(backlog_before, &mut context);
            }
        }
        for incident in &mut self.incidents {
            if !put_off.contains(&incident.id) {
                incident.route(wanted, &mut self.told, backlog_before, &mut context, &mut routed);
            }
            match wanted {
                Some(wanted) => incident.remind(wanted, &mut context, &mut routed),
                None => routed.needs_channels |= incident.may_be_reminded_of(),
            }
        }
        self.incidents.retain(|incident| !incident.is_finished(now));
        if routed.changed {
            self.told
                .retain(|told| now.millis_since(told.at) <= LONGEST_THROTTLE_MS);
            self.kept = Some(now);
        }
        routed
    }

    /// Of several outages that were over before anybody could be told, the last one tells of all.
    fn gather_outages_that_are_over(&mut self, backlog_before: Timestamp, context: &mut Context<'_>) {
        let over: Vec<usize> = (0..self.incidents.len())
            .filter(|&index| self.incidents[index].was_over_untold(backlog_before))
            .filter(|&index| !self.incidents[index].slow)
            .collect();
        let Some((&last, earlier)) = over.split_last() else {
            return;
        };
        let mut since = self.incidents[last].started_at;
        let told_in = format!(
            "included in the message about incident {}",
            self.incidents[last].id
        );
        for &index in earlier {
            let incident = &mut self.incidents[index];
            since = since.min(incident.started_at);
            incident.suppress_all(&told_in, context);
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

/// What all channels have in common: not to be told, for one reason, or not yet.
fn all_say(verdicts: &Verdicts) -> Verdict {
    let Some((_, first)) = verdicts.first() else {
        return Verdict::Allow;
    };
    let all_suppress = verdicts.iter().all(|(_, verdict)| verdict == first);
    if let (Verdict::Suppress(reason), true) = (first, all_suppress) {
        return Verdict::Suppress(reason);
    }
    let mut sooner = None;
    for (_, verdict) in verdicts {
        match *verdict {
            Verdict::Allow => return Verdict::Allow,
            Verdict::Later(at) => sooner = Some(sooner.map_or(at, |sooner: Timestamp| sooner.min(at))),
            Verdict::Suppress(_) => {}
        }
    }
    sooner.map_or(Verdict::Allow, Verdict::Later)
}

impl Incident {
    pub(super) fn outage(&self, monitor_id: MonitorId) -> Outage {
        Outage {
            monitor_id,
            slow: self.slow,
            started_at: self.started_at,
            ended_at: self.closed.map(|closed| closed.at),
        }
    }

    /// Asks the filters for every enabled channel.
    fn ask(&self, wanted: Wanted<'_>, told: &[LastTold], context: &Context<'_>) -> Verdicts {
        let hearers = wanted.enabled.iter();
        hearers
            .map(|hearer| (hearer.id, self.judge(hearer, wanted.rules, told, context)))
            .collect()
    }

    fn judge(
        &self,
        hearer: &Hearer,
        rules: &AlertRules,
        told: &[LastTold],
        context: &Context<'_>,
    ) -> Verdict {
        let mut told = told.iter();
        let last = told.find(|told| told.channel == hearer.id && told.slow == self.slow);
        let asked = Asked {
            rules,
            alerts: hearer.alerts,
            told_at: last.map(|told| told.at),
            now: context.now,
        };
        alert_filter::judge(&self.outage(context.monitor_id), &asked)
    }

    /// Nobody is told of it, for one reason.
    fn leave_untold(&mut self, reason: &str, context: &mut Context<'_>) {
        if reason == UNWANTED {
            self.alerts_mut().for_each(|(_, alert)| alert.routed = true);
        } else {
            self.suppress_all(reason, context);
        }
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
        told: &mut Vec<LastTold>,
        backlog_before: Timestamp,
        context: &mut Context<'_>,
        routed: &mut Routed,
    ) {
        let (id, first, last) = (self.id, self.first_kind(), self.last_kind());
        if self.down.is_undecided() {
            let Some(wanted) = wanted else {
                routed.needs_channels = true;
                return;
            };
            if self.was_over_untold(backlog_before) {
                let verdicts = self.ask(wanted, told, context);
                let allowed = verdicts.iter().filter(|(_, verdict)| *verdict == Verdict::Allow);
                let allowed: Vec<ChannelId> = allowed.map(|(channel, _)| *channel).collect();
                self.suppress(|kind| kind == first, "resolved before it could be sent", context);
                if let Some(up) = &mut self.up {
                    decide(up, id, last, allowed.into_iter(), context);
                }
                routed.changed = true;
                return;
            }
            self.tell_the_beginning(wanted, told, context, routed);
        }
        let heard = |delivery: &&Delivery| matches!(delivery.status, Status::Pending | Status::Sent);
        let deliveries = self.down.deliveries.iter().filter(heard);
        let heard: Vec<ChannelId> = deliveries.map(|delivery| delivery.channel).collect();
        if let Some(acknowledged) = self.acknowledged.as_mut().filter(|alert| !alert.routed) {
            match wanted {
                Some(wanted) => {
                    let follows = |id: &ChannelId| wanted.hearer(*id).is_some_and(|hearer| hearer.follows);
                    let followers: Vec<_> = heard.iter().copied().filter(follows).collect();
                    acknowledged.routed = true;
                    if !followers.is_empty() {
                        let kind = AlertKind::Acknowledged;
                        decide(acknowledged, id, kind, followers.into_iter(), context);
                    }
                    routed.changed = true;
                }
                None => routed.needs_channels = true,
            }
        }
        if let Some(up) = self.up.as_mut().filter(|up| !up.routed)
            && !self.down.is_undecided()
        {
            routed.changed = true;
            if self.slow && self.down.deliveries.is_empty() {
                // Nobody wanted to hear of it.
                up.routed = true;
            } else {
                decide(up, id, last, heard.into_iter(), context);
            }
        }
    }

    /// Asks the filters for each channel, or for those again that wait for them.
    fn tell_the_beginning(
        &mut self,
        wanted: Wanted<'_>,
        told: &mut Vec<LastTold>,
        context: &mut Context<'_>,
        routed: &mut Routed,
    ) {
        let (id, kind) = (self.id, self.first_kind());
        if !self.down.routed {
            let wanted_by = |hearer: &&Hearer| !self.slow || hearer.alerts.degraded;
            let hearers = wanted.enabled.iter().filter(wanted_by);
            let waiting = hearers.map(|hearer| Delivery {
                status: Status::Waiting,
                ..Delivery::new(id, hearer.id, kind, context.now)
            });
            self.down.deliveries = waiting.collect();
            self.down.routed = true;
            routed.changed = true;
            if self.down.deliveries.is_empty() {
                let reason = Some("no enabled channels");
                context.event(Step::Suppressed, id, kind, &self.down.source, None, reason);
            }
        }
        for index in 0..self.down.deliveries.len() {
            let delivery = &self.down.deliveries[index];
            if delivery.status != Status::Waiting {
                continue;
            }
            let hearer = wanted.hearer(delivery.channel);
            let verdict = hearer.map_or(Verdict::Suppress("the channel is disabled"), |hearer| {
                self.judge(hearer, wanted.rules, told, context)
            });
            let delivery = &mut self.down.deliveries[index];
            let (step, reason) = match verdict {
                Verdict::Later(at) => {
                    routed.throttled += u64::from(delivery.next_at.is_none());
                    routed.changed |= delivery.next_at != Some(at);
                    delivery.next_at = Some(at);
                    routed.look_again(at);
                    continue;
                }
                Verdict::Allow => {
                    delivery.status = Status::Pending;
                    delivery.decided_at = context.now;
                    (Step::Decided, None)
                }
                Verdict::Suppress(reason) => {
                    delivery.status = Status::Suppressed;
                    (Step::Suppressed, Some(reason))
                }
            };
            delivery.next_at = None;
            routed.changed = true;
            context.event(step, id, kind, &self.down.source, Some(delivery), reason);
            if step == Step::Decided && hearer.is_some_and(|hearer| hearer.alerts.throttle_seconds > 0) {
                let (channel, slow, at) = (delivery.channel, self.slow, context.now);
                told.retain(|told| (told.channel, told.slow) != (channel, slow));
                told.push(LastTold { channel, slow, at });
            }
        }
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
        let reason = Some("no channel was notified of the incident");
        context.event(Step::Suppressed, incident, kind, &alert.source, None, reason);
    }
}
