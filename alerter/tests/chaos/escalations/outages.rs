//! Outages that follow escalation policies, and what has to come of them.

use std::collections::BTreeSet;
use std::ops::Range;

use domain::alert_event::{AlertEvent, AlertKind, Step};
use domain::escalation::EscalationPlan;
use domain::{ChannelId, DeliveryId, IncidentId, MonitorId, Timestamp};

use super::plans;
use super::receivers::Arrival;

/// How long before an alerter was killed or frozen a message may have arrived of which it could not say so any more, in
/// milliseconds. What was on its way arrives even after that.
const UNKNOWN_MS: Range<i64> = -500..2_000;

/// What becomes of an outage while something fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Its next step is due.
    Due,
    /// Its next step would be due, but it was acknowledged before.
    Acknowledged,
    /// It is acknowledged while something fails, before its next step is due.
    AcknowledgedMeanwhile,
    /// It begins while something fails.
    Begins,
    /// Its next step is due much later.
    Waits,
}

/// A step that is to be taken.
#[derive(Clone, Debug)]
pub(super) struct PlannedStep {
    /// Its round and its place there, from 1.
    place: (u8, u8),
    channels: Vec<i64>,
    /// It is not taken before.
    due: Timestamp,
    /// Whether it has to be taken; otherwise an acknowledgement may come first.
    is_certain: bool,
}

/// An outage, each of a monitor of its own.
#[derive(Debug)]
pub(super) struct Outage {
    pub(super) monitor: i64,
    /// Which of the policies it follows.
    pub(super) policy: usize,
    pub(super) fate: Fate,
    /// Known once it was opened.
    pub(super) incident: Option<IncidentId>,
    /// In their order.
    pub(super) steps: Vec<PlannedStep>,
    /// When it was certainly known to be acknowledged.
    pub(super) acknowledged_by: Option<Timestamp>,
}

/// What was decided and what has arrived so far.
pub(super) struct Observed {
    pub(super) events: Vec<AlertEvent>,
    pub(super) arrivals: Vec<Arrival>,
    /// When an alerter was killed or frozen.
    pub(super) strikes: Vec<Timestamp>,
}

/// The part of it that is about one outage.
struct Account<'a> {
    outage: &'a Outage,
    events: Vec<&'a AlertEvent>,
    arrivals: Vec<&'a Arrival>,
}

impl Outage {
    /// Adds the steps with these numbers, which are taken together.
    pub(super) fn plan(
        &mut self,
        plan: &EscalationPlan,
        numbers: Range<usize>,
        due: Timestamp,
        is_certain: bool,
    ) {
        self.steps.extend(numbers.map(|number| {
            let (step, place) = plans::step_at(plan, number);
            PlannedStep {
                place,
                channels: plans::channels(step),
                due,
                is_certain,
            }
        }));
    }
}

impl Observed {
    fn of<'a>(&'a self, outage: &'a Outage) -> Account<'a> {
        let events = self.events.iter();
        let arrivals = self.arrivals.iter();
        Account {
            outage,
            events: events
                .filter(|event| event.monitor_id == MonitorId(outage.monitor))
                .collect(),
            arrivals: arrivals
                .filter(|arrival| arrival.monitor == outage.monitor)
                .collect(),
        }
    }

    /// Steps of which somebody was not notified yet.
    pub(super) fn missing_steps(&self, outages: &[Outage]) -> Vec<String> {
        let missing = outages.iter().flat_map(|outage| self.of(outage).missing_steps());
        missing.collect()
    }

    /// Who was notified of an outage and does not know yet that it is over.
    pub(super) fn missing_ends(&self, outages: &[Outage]) -> Vec<String> {
        let missing = outages.iter().flat_map(|outage| self.of(outage).missing_ends());
        missing.collect()
    }

    /// What must not be.
    pub(super) fn wrong(&self, outages: &[Outage]) -> Vec<String> {
        let wrong = outages
            .iter()
            .flat_map(|outage| self.of(outage).wrong(&self.strikes));
        wrong.collect()
    }

    /// How many messages there were about these outages, and how many of them came once more.
    pub(super) fn counts(&self, outages: &[Outage]) -> (usize, usize) {
        let arrivals = outages.iter().flat_map(|outage| self.of(outage).arrivals);
        let names: Vec<DeliveryId> = arrivals.map(|arrival| arrival.delivery).collect();
        let once: BTreeSet<&DeliveryId> = names.iter().collect();
        (names.len(), names.len() - once.len())
    }
}

/// The step that was taken, where an event says so: somebody is notified by it, or nobody is.
fn step_taken(event: &AlertEvent) -> Option<(u8, u8)> {
    let is_taken = match event.step {
        Step::Decided => true,
        Step::Suppressed => event.delivery_id.is_none(),
        Step::Attempted | Step::Sent | Step::Failed => false,
    };
    let step = event.cause?.step.filter(|_| is_taken)?;
    Some((step.round, step.step))
}

impl Account<'_> {
    fn say(&self, what: impl std::fmt::Display) -> String {
        let Outage {
            monitor,
            policy,
            fate,
            ..
        } = self.outage;
        format!("monitor {monitor} ({fate:?}, policy {policy}): {what}")
    }

    fn takings(&self, place: (u8, u8)) -> impl Iterator<Item = &AlertEvent> {
        let events = self.events.iter().copied();
        events.filter(move |event| step_taken(event) == Some(place))
    }

    /// The names of the messages by which a step notifies a channel.
    fn deliveries(&self, place: (u8, u8), channel: i64) -> BTreeSet<DeliveryId> {
        let to_channel = self
            .takings(place)
            .filter(|event| event.channel_id == Some(ChannelId(channel)));
        to_channel.filter_map(|event| event.delivery_id).collect()
    }

    /// The channels to which messages of these kinds came.
    fn channels(&self, kinds: &[&str]) -> BTreeSet<i64> {
        let arrivals = self.arrivals.iter();
        let of_kinds = arrivals.filter(|arrival| kinds.contains(&arrival.kind.as_str()));
        of_kinds.map(|arrival| arrival.channel).collect()
    }

    fn notified(&self) -> BTreeSet<i64> {
        self.channels(&["incident.opened", "incident.reminder"])
    }

    fn missing_steps(&self) -> Vec<String> {
        let mut missing = Vec::new();
        for step in self.outage.steps.iter().filter(|step| step.is_certain) {
            let place = step.place;
            if step.channels.is_empty() && self.takings(place).next().is_none() {
                missing.push(self.say(format_args!("no note that step {place:?} reaches nobody")));
            }
            for &channel in &step.channels {
                let deliveries = self.deliveries(place, channel);
                let mut arrivals = self.arrivals.iter();
                if !arrivals.any(|it| it.channel == channel && deliveries.contains(&it.delivery)) {
                    let decided = deliveries.len();
                    let what = format!("step {place:?} is not at channel {channel} ({decided} decided)");
                    missing.push(self.say(what));
                }
            }
        }
        missing
    }

    fn missing_ends(&self) -> Vec<String> {
        let ended = self.channels(&["incident.resolved"]);
        let missing = self.notified().into_iter().filter(|it| !ended.contains(it));
        missing
            .map(|channel| self.say(format_args!("channel {channel} does not know that it is over")))
            .collect()
    }

    fn wrong(&self, strikes: &[Timestamp]) -> Vec<String> {
        let mut wrong: Vec<String> = self
            .events
            .iter()
            .filter_map(|event| self.wrong_event(event))
            .collect();
        let mut taken_at = Vec::new();
        for step in &self.outage.steps {
            taken_at.extend(self.takings(step.place).map(|event| event.at).min());
            for &channel in &step.channels {
                wrong.extend(self.wrong_step(step, channel));
            }
        }
        if !taken_at.is_sorted() {
            wrong.push(self.say(format_args!("its steps were taken out of order: {taken_at:?}")));
        }
        let names: BTreeSet<_> = self.arrivals.iter().map(|it| (it.channel, it.delivery)).collect();
        for &(channel, delivery) in &names {
            wrong.extend(self.wrong_message(channel, delivery, strikes));
        }
        let ended = self.channels(&["incident.resolved"]);
        let strangers: Vec<_> = ended.difference(&self.notified()).copied().collect();
        if !strangers.is_empty() {
            wrong.push(self.say(format_args!("{strangers:?} know of its end alone")));
        }
        wrong
    }

    fn wrong_event(&self, event: &AlertEvent) -> Option<String> {
        let at = event.at;
        let Some(place) = step_taken(event) else {
            let is_beginning = matches!(event.alert, AlertKind::Down | AlertKind::Reminder);
            let is_wrong = event.step == Step::Decided && is_beginning;
            return is_wrong.then(|| self.say(format_args!("{:?} is notified by no step", event.channel_id)));
        };
        let Some(step) = self.outage.steps.iter().find(|step| step.place == place) else {
            return Some(self.say(format_args!("step {place:?} was taken at {at}")));
        };
        if at < step.due {
            let due = step.due;
            return Some(self.say(format_args!("step {place:?} was taken at {at}, before {due}")));
        }
        let known = self.outage.acknowledged_by.filter(|_| !step.is_certain)?;
        (at > known).then(|| {
            self.say(format_args!(
                "step {place:?} was taken at {at}, and the acknowledgement was known at {known}"
            ))
        })
    }

    fn wrong_step(&self, step: &PlannedStep, channel: i64) -> Vec<String> {
        let (place, due) = (step.place, step.due);
        let deliveries = self.deliveries(place, channel);
        let mut wrong = Vec::new();
        if deliveries.len() > 1 {
            let what = format!("step {place:?} notifies channel {channel} more than once: {deliveries:?}");
            wrong.push(self.say(what));
        }
        let mut arrivals = self.arrivals.iter();
        let early =
            arrivals.find(|it| it.channel == channel && deliveries.contains(&it.delivery) && it.at < due);
        wrong.extend(early.map(|it| {
            let at = it.at;
            self.say(format_args!(
                "step {place:?} was at channel {channel} at {at}, before {due}"
            ))
        }));
        wrong
    }

    /// A message comes once more only where it was not known what had become of it.
    fn wrong_message(&self, channel: i64, delivery: DeliveryId, strikes: &[Timestamp]) -> Option<String> {
        let events: Vec<_> = self
            .events
            .iter()
            .filter(|event| event.delivery_id == Some(delivery))
            .collect();
        if !events.iter().any(|event| event.step == Step::Decided) {
            return Some(self.say(format_args!("{delivery} came to channel {channel} undecided")));
        }
        // No receiver refuses a message: an attempt that failed was not answered.
        let unanswered = events.iter().filter(|event| event.step == Step::Attempted);
        let times: Vec<Timestamp> = self
            .arrivals
            .iter()
            .filter(|it| (it.channel, it.delivery) == (channel, delivery))
            .map(|it| it.at)
            .collect();
        let is_cut_off = |at: &&Timestamp| {
            let mut strikes = strikes.iter();
            strikes.any(|strike| UNKNOWN_MS.contains(&strike.millis_since(**at)))
        };
        let unknown = unanswered.count() + times.iter().filter(is_cut_off).count();
        (times.len() > 1 + unknown).then(|| {
            self.say(format_args!(
                "{delivery} came to channel {channel} at {times:?}, and {unknown} times its fate was unknown"
            ))
        })
    }
}
