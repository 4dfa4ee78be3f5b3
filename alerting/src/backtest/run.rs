//! Drives a ledger as an alerter drives those of a partition (`alerter/src/engine/partition`), by the clock of the records.

use domain::alert_event::Source;
use domain::record::LifecycleEvent;
use domain::{MonitorId, OrgId, Record, Rule, Timestamp};

use super::Simulation;
use super::announced::Announced;
use super::budget::{Budget, Stopped};
use super::settings::Versions;
use super::simulated::{Collector, Simulated, SimulatedMessage};
use super::watched::Watched;
use crate::decide::{Input, decide};
use crate::incident::LogPosition;
use crate::ledger::Ledger;
use crate::outcome::DeliveryOutcome;
use crate::settings::Upstream;

/// Steps that a message takes beside those of a record: it is decided, sent, noted and remembered.
const STEPS_OF_MESSAGE: u64 = 4;

/// Steps that it takes to find the next deadline of a heartbeat: dates are looked up.
const STEPS_OF_DEADLINE: u64 = 4;

/// How often it is looked at again at one instant, at most.
const MAX_LOOKS: usize = 1_000;

/// Every record is news: an alerter that reads the log as it grows has no backlog.
const NO_BACKLOG: Timestamp = Timestamp::from_millis(i64::MIN);

/// A simulation under way.
#[derive(Debug)]
pub(super) struct Run<'a> {
    monitor: MonitorId,
    org: OrgId,
    /// What a pinger goes by that speaks of a heartbeat.
    watched: Option<Watched<'a>>,
    rule: Option<Rule>,
    versions: Versions,
    announced: Announced,
    ledger: Ledger,
    /// It never goes back, whatever instants records have.
    now: Timestamp,
    /// When the ledger is to be looked at again.
    next_due: Option<Timestamp>,
    /// Something is undecided, and nothing says when more can be: it is looked at with the next record.
    unrouted: bool,
    /// An alert waits to see what becomes of other monitors.
    waits_for_others: bool,
    offset: i64,
    results: u64,
    collector: Collector,
}

impl<'a> Run<'a> {
    pub(super) fn new(simulation: &Simulation<'a>) -> Self {
        Self {
            monitor: simulation.monitor,
            org: simulation.org,
            watched: simulation.watched,
            rule: simulation.rule,
            versions: Versions::new(simulation.settings, simulation.without),
            announced: Announced::new(simulation.upstreams),
            ledger: Ledger::owned_by(simulation.org),
            now: Timestamp::from_millis(i64::MIN),
            next_due: None,
            unrouted: false,
            waits_for_others: false,
            offset: 0,
            results: 0,
            collector: Collector::default(),
        }
    }

    /// Folds a record in, and decides and sends what follows, after what was due until then and what a pinger has said.
    pub(super) fn take(
        &mut self,
        record: &Record,
        appended_at: Timestamp,
        budget: &mut Budget<'_>,
    ) -> Result<(), Stopped> {
        self.watch(appended_at, budget)?;
        self.results += u64::from(matches!(record, Record::Result(_) | Record::Ping(_)));
        self.read(record, appended_at, budget)?;
        self.watch_revision(record, budget)
    }

    /// Has a pinger speak of what is overdue by an instant; answers whether it has.
    fn watch(&mut self, until: Timestamp, budget: &mut Budget<'_>) -> Result<bool, Stopped> {
        let mut has_spoken = false;
        let Some(watched) = self.watched else {
            return Ok(has_spoken);
        };
        loop {
            budget.spend(STEPS_OF_DEADLINE)?;
            let state = &self.ledger.state;
            let Some((at, said)) = watched.said_next(state, self.rule, self.now, until) else {
                return Ok(has_spoken);
            };
            let (heard, revision) = (state.heartbeat.clone(), state.revision);
            for judgement in said {
                let record = watched.record((self.monitor, self.org), revision, self.rule, at, judgement);
                self.read(&record, at, budget)?;
            }
            has_spoken = true;
            // What says nothing new would be said for ever.
            if self.ledger.state.heartbeat == heard {
                return Ok(has_spoken);
            }
        }
    }

    /// Has a pinger speak of a revision that has begun.
    fn watch_revision(&mut self, record: &Record, budget: &mut Budget<'_>) -> Result<(), Stopped> {
        let (Some(watched), Record::Lifecycle(lifecycle)) = (self.watched, record) else {
            return Ok(());
        };
        let (now, revision) = (self.now, lifecycle.revision);
        let begins_one = !matches!(
            lifecycle.event,
            LifecycleEvent::Acknowledged | LifecycleEvent::Resend
        );
        if !begins_one || self.watch(now, budget)? {
            return Ok(());
        }
        if let Some(said) = watched.said_first(&self.ledger.state, lifecycle.timestamp, now) {
            let record = watched.record((self.monitor, self.org), revision, self.rule, now, said);
            self.read(&record, now, budget)?;
        }
        Ok(())
    }

    fn read(
        &mut self,
        record: &Record,
        appended_at: Timestamp,
        budget: &mut Budget<'_>,
    ) -> Result<(), Stopped> {
        self.advance(appended_at.plus_millis(1), budget)?;
        budget.spend(1)?;
        self.now = self.now.max(appended_at);
        self.offset += 1;
        let (now, offset) = (self.now, self.offset);
        let position = || LogPosition {
            source: Source {
                cluster: String::new(),
                topic: String::new(),
                partition: 0,
                offset,
            },
            appended_at: now,
        };
        let input = Input::Record {
            record,
            position: &position,
        };
        let actions = decide(&mut self.ledger, self.monitor, input, now);
        if let Some(transition) = &actions.transition {
            self.collector.take(transition, record, now);
        }
        if actions.persist || actions.transition.is_some() || actions.resent.is_some() {
            self.collector.note(actions.events);
            self.look(budget)?;
        } else if self.unrouted {
            self.look(budget)?;
        }
        // As an alerter does: what nobody need remember is not compared with each record any more.
        if self.ledger.persisted_at.is_some() && self.ledger.may_be_forgotten(now) {
            self.ledger.forget();
        }
        Ok(())
    }

    /// What it has come to by `until`, the first instant after it.
    pub(super) fn finish(mut self, until: Timestamp, budget: &mut Budget<'_>) -> Result<Simulated, Stopped> {
        self.watch(until.plus_millis(-1), budget)?;
        self.advance(until, budget)?;
        Ok(self.collector.finish(self.results, self.ledger.state))
    }

    /// Lets time go by until just before an instant.
    fn advance(&mut self, before: Timestamp, budget: &mut Budget<'_>) -> Result<(), Stopped> {
        while let Some(at) = self.next_instant().filter(|at| *at < before) {
            self.now = self.now.max(at);
            self.look(budget)?;
        }
        Ok(())
    }

    /// When the ledger is looked at next, as far as no record comes: when it asked to be, when settings change, and when what
    /// is known of other monitors does.
    fn next_instant(&self) -> Option<Timestamp> {
        if !self.ledger.may_route() {
            return None;
        }
        let others = self.waits_for_others.then(|| {
            let depends_on = &self.versions.at(self.now).labels.depends_on;
            self.announced.next_change(depends_on, self.now)
        });
        let changed = self.versions.next_change(self.now);
        [self.next_due, changed, others.flatten()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Decides and sends everything that is due now.
    fn look(&mut self, budget: &mut Budget<'_>) -> Result<(), Stopped> {
        for _ in 0..MAX_LOOKS {
            budget.spend(1)?;
            self.tick();
            let has_sent = self.send(budget)?;
            let is_due = self.next_due.is_some_and(|at| at <= self.now);
            if !has_sent && !is_due {
                return Ok(());
            }
        }
        (self.next_due, self.unrouted) = (None, true);
        Ok(())
    }

    fn tick(&mut self) {
        (self.next_due, self.unrouted, self.waits_for_others) = (None, false, false);
        if !self.ledger.may_route() {
            return;
        }
        let settings = self.versions.at(self.now);
        let depends_on = settings.labels.depends_on.as_slice();
        let upstream = match self.ledger.is_unplanned() {
            true => self.announced.look(depends_on, self.now),
            false => Upstream::NotDown,
        };
        let input = Input::Tick {
            settings: Some(settings.with_upstream(upstream)),
            backlog_before: NO_BACKLOG,
        };
        let actions = decide(&mut self.ledger, self.monitor, input, self.now);
        self.next_due = actions.next_due;
        self.waits_for_others = !depends_on.is_empty() && self.ledger.is_unplanned();
        self.unrouted = actions.needs_settings || (actions.next_due.is_none() && self.ledger.is_unrouted());
        self.collector.note(actions.events);
    }

    /// Has every channel take its next message; answers whether there was one. No message is on its way when a record comes,
    /// so none is ever withdrawn.
    fn send(&mut self, budget: &mut Budget<'_>) -> Result<bool, Stopped> {
        let at = self.now;
        let due = self.ledger.due().into_iter();
        let due: Vec<SimulatedMessage> = due
            .map(|(incident, alert, delivery)| SimulatedMessage {
                incident: incident.id,
                delivery: delivery.id,
                alert,
                channel: delivery.channel,
                at,
                cause: delivery.cause,
                after_quiet: delivery.after_quiet,
            })
            .collect();
        let outcome = DeliveryOutcome::Sent {
            receipt: String::new(),
        };
        for message in &due {
            budget.spend(STEPS_OF_MESSAGE)?;
            let input = Input::Attempt {
                delivery: message.delivery,
                outcome: &outcome,
            };
            let actions = decide(&mut self.ledger, self.monitor, input, at);
            self.collector.note(actions.events);
        }
        let has_sent = !due.is_empty();
        self.collector.sent(due);
        Ok(has_sent)
    }
}
