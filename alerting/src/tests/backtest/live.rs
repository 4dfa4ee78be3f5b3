//! An alerter of one monitor, which does what those of a partition do (`alerter/src/engine/partition`), and whose messages are
//! received at once.

use domain::fold::{CloseReason, State, Transition};
use domain::{IncidentId, MonitorState};

use super::*;
use crate::Resolution;
use crate::backtest::SimulatedMessage;

/// From which age on a record is of a backlog, in milliseconds, as alerters have it.
const BACKLOG_MS: i64 = 60_000;

/// What is noted of an incident.
pub(super) type NotedIncident = (IncidentId, bool, Timestamp, Option<Resolution>);

/// What happens to an alerter.
enum Happens<'a> {
    /// Its organisation's settings are others, or were asked for again.
    Settings,
    /// What is announced of other monitors has changed.
    Upstreams,
    /// A record is read.
    Record(&'a Record),
}

pub(super) struct LiveAlerter<'a> {
    world: &'a World,
    ledger: Ledger,
    due_at: Option<Timestamp>,
    is_unrouted: bool,
    is_waiting: bool,
    offset: i64,
    pub(super) incidents: Vec<NotedIncident>,
    pub(super) messages: Vec<SimulatedMessage>,
}

impl<'a> LiveAlerter<'a> {
    /// It reads a log, and asks for settings at other times as well.
    pub(super) fn run(world: &'a World, log: &[(Timestamp, Record)], looks: &[Timestamp]) -> Self {
        let changes = world.settings.iter().skip(1).map(|(from, _)| *from);
        let looks = looks.iter().copied().chain(changes);
        let ranges = world.upstreams.iter().flat_map(|(_, ranges)| ranges);
        let turns = ranges.flat_map(|range| [range.start, range.end]);
        let mut timeline: Vec<(Timestamp, Happens<'_>)> = looks
            .map(|at| (at, Happens::Settings))
            .chain(turns.map(|at| (at, Happens::Upstreams)))
            .chain(log.iter().map(|(at, record)| (*at, Happens::Record(record))))
            .collect();
        // A record comes some milliseconds after it was appended.
        timeline.sort_by_key(|(at, happens)| (*at, matches!(happens, Happens::Record(_))));
        let mut alerter = Self {
            world,
            ledger: Ledger::owned_by(OWNER),
            due_at: None,
            is_unrouted: false,
            is_waiting: false,
            offset: 0,
            incidents: Vec::new(),
            messages: Vec::new(),
        };
        for (at, happens) in timeline.into_iter().filter(|(at, _)| *at < world.until) {
            alerter.wait_until(at);
            match happens {
                Happens::Settings => {
                    alerter.is_unrouted |= alerter.due_at.take().is_some() || alerter.ledger.may_route();
                }
                Happens::Upstreams => alerter.is_unrouted |= alerter.is_waiting,
                Happens::Record(record) => alerter.read(record, at),
            }
            alerter.cycle(at);
        }
        alerter.wait_until(world.until.plus_millis(-1));
        alerter
    }

    pub(super) fn state(&self) -> &MonitorState {
        &self.ledger.state
    }

    /// Each instant at which something is due comes.
    fn wait_until(&mut self, at: Timestamp) {
        while let Some(due) = self.due_at.filter(|due| *due <= at) {
            self.cycle(due);
        }
    }

    fn read(&mut self, record: &Record, now: Timestamp) {
        self.offset += 1;
        let offset = self.offset;
        let position = || LogPosition {
            source: Source {
                offset,
                ..position().source
            },
            appended_at: now,
        };
        let position = &position;
        let actions = decide(&mut self.ledger, ID, Input::Record { record, position }, now);
        if let Some(transition) = &actions.transition {
            self.note(transition, record);
        }
        if actions.persist || actions.transition.is_some() || actions.resent.is_some() {
            self.due_at = None;
            self.is_unrouted |= self.ledger.may_route();
        }
    }

    fn note(&mut self, transition: &Transition, record: &Record) {
        if let Some(closed) = &transition.closed {
            self.resolve(|(id, ..)| *id == closed.id, closed.resolved_at, closed.reason);
        }
        let is_degraded = |state| state == State::Degraded;
        if is_degraded(transition.from) && !is_degraded(transition.to) {
            let reason = match record {
                Record::Lifecycle(record) if record.event == LifecycleEvent::Paused => CloseReason::Paused,
                Record::Result(_) if transition.to != State::Pending => CloseReason::Recovered,
                _ => CloseReason::Edited,
            };
            let is_open = |(_, degraded, _, end): &NotedIncident| *degraded && end.is_none();
            self.resolve(is_open, transition.at, reason);
        }
        if let Some(opened) = &transition.opened {
            self.incidents.push((opened.id, false, opened.started_at, None));
        }
        if is_degraded(transition.to) && !is_degraded(transition.from) {
            let id = IncidentId::of_degradation(ID, transition.revision, transition.at);
            self.incidents.push((id, true, transition.at, None));
        }
    }

    fn resolve(&mut self, which: impl Fn(&NotedIncident) -> bool, at: Timestamp, reason: CloseReason) {
        if let Some(place) = self.incidents.iter().position(which) {
            self.incidents[place].3 = Some(Resolution { at, reason });
        }
    }

    /// Decides and sends, until there is nothing more to do now.
    fn cycle(&mut self, now: Timestamp) {
        loop {
            if self.due_at.is_some_and(|due| due <= now) {
                (self.due_at, self.is_unrouted) = (None, true);
            }
            if std::mem::take(&mut self.is_unrouted) {
                self.route(now);
            }
            let has_sent = self.send(now);
            if !has_sent && self.due_at.is_none_or(|due| due > now) {
                return;
            }
        }
    }

    fn route(&mut self, now: Timestamp) {
        let (world, ledger) = (self.world, &mut self.ledger);
        let mut latest = world.settings.iter().rev();
        let in_force = latest.find(|(from, _)| *from <= now);
        let settings = &in_force.unwrap_or(&world.settings[0]).1;
        let depends_on = &settings.labels.depends_on;
        let is_down = |monitor: &&MonitorId| {
            let mut upstreams = world.upstreams.iter();
            upstreams.any(|(it, ranges)| it == *monitor && ranges.iter().any(|range| range.contains(&now)))
        };
        let upstream = match depends_on.iter().find(is_down) {
            Some(monitor) if ledger.is_unplanned() => Upstream::Down(*monitor),
            _ => Upstream::NotDown,
        };
        let settings = NotificationSettings {
            recipients: &settings.recipients,
            incident_keepers: &settings.incident_keepers,
            rules: &settings.rules,
            policy: &settings.policy,
            route_index: None,
            labels: Some(&settings.labels),
            upstream,
        };
        let actions = tick(ledger, Some(settings), now.plus_millis(-BACKLOG_MS), now);
        self.due_at = actions.next_due;
        self.is_waiting = ledger.is_unplanned() && !depends_on.is_empty();
        self.is_unrouted = actions.needs_settings || (actions.next_due.is_none() && ledger.is_unrouted());
    }

    fn send(&mut self, now: Timestamp) -> bool {
        let due = self.ledger.due().into_iter();
        let due: Vec<_> = due
            .map(|(incident, alert, delivery)| SimulatedMessage {
                incident: incident.id,
                delivery: delivery.id,
                alert,
                channel: delivery.channel,
                at: now,
                cause: delivery.cause,
                after_quiet: delivery.after_quiet,
            })
            .collect();
        for message in &due {
            let (delivery, outcome) = (message.delivery, &sent());
            let actions = decide(&mut self.ledger, ID, Input::Attempt { delivery, outcome }, now);
            assert!(actions.persist);
            self.is_unrouted |= self.ledger.may_route();
        }
        self.messages.extend_from_slice(&due);
        !due.is_empty()
    }
}
