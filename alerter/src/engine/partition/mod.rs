//! What is known of the monitors of one partition.

mod agenda;
mod announced;
mod dispatch;
mod labels;
mod restore;
mod route_indexes;
mod sending;
mod totals;
mod watch;
mod writes;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

use alerting::{Actions, DeliveryOutcome, Input, Ledger, LogPosition, OwnerAnswer, decide};
use domain::alert_event::{AlertEvent, Source};
use domain::{DeliveryId, MonitorId, OrgId, Record, Timestamp};
use shared::kafka::{Message, is_misplaced};
use shared::shutdown::CancellationToken;
use tokio::time::Instant;

use agenda::Agenda;
use announced::Announced;
use labels::LabelQuestions;
use route_indexes::RouteIndexes;
use sending::Sending;
pub(super) use totals::Totals;
use watch::Watch;

use super::mirror::{NameMirror, SettingsMirror};
use crate::directory::{Channels, MonitorAnswer};
use crate::metrics::{self, BatchCounts};
use crate::sender::Report;

/// A backlog has ended, too, when nothing came for this long.
const SILENCE: Duration = Duration::from_secs(1);

/// Records are kept for seven days; one about an earlier time cannot be believed.
const LOG_RETENTION_MS: i64 = 7 * 24 * 3_600_000;

/// Which partition it is, among how many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) number: i32,
    /// Absent where it does not matter.
    pub(super) count: Option<i32>,
}

impl Place {
    /// Whether the records of a monitor are on another partition. What is here of them is not theirs alone, and in no
    /// order that could be folded.
    pub(super) fn is_misplaced(self, monitor: MonitorId) -> bool {
        self.count
            .is_some_and(|count| is_misplaced(monitor, self.number, count))
    }
}

/// A partition that is read here.
pub(crate) struct Partition {
    pub(super) number: i32,
    pub(super) place: Place,
    pub(super) epoch: u64,
    ledgers: HashMap<MonitorId, Ledger>,
    /// Monitors of which `alert-state` holds something.
    held: HashSet<MonitorId>,
    /// Monitors whose record is to be written.
    changed: HashSet<MonitorId>,
    /// Monitors with alerts whose recipients are not decided yet.
    unrouted: HashSet<MonitorId>,
    /// Those of them that wait until it is known whose they are: they are not looked at before. Drills, which are few, are.
    unowned: HashSet<MonitorId>,
    /// When which monitor is due to tick again.
    agenda: Agenda,
    watch: Watch,
    /// Monitors with alerts whose owner or labels are to be asked for.
    ownerless: HashSet<MonitorId>,
    /// Monitors that were asked for, and since when.
    asked: HashMap<MonitorId, Instant>,
    labels: LabelQuestions,
    route_indexes: RouteIndexes,
    announced: Announced,
    /// Monitors that depend on others and of which nobody is notified yet, and whether one of those others is down.
    waiting: HashMap<MonitorId, bool>,
    /// Monitors whose next messages may be started.
    startable: HashSet<MonitorId>,
    /// Monitors whose next messages may be started when their organisation has room for them.
    crowded: HashMap<OrgId, HashSet<MonitorId>>,
    sending: HashMap<MonitorId, Vec<Sending>>,
    /// Messages about beginnings that an earlier owner of the partition may have sent.
    inherited: HashSet<DeliveryId>,
    forgotten: Vec<MonitorId>,
    events: Vec<AlertEvent>,
    pub(super) mirror: SettingsMirror,
    pub(super) names: NameMirror,
    /// Whether the slots of the log's last records were learned.
    pub(super) has_learned_slots: bool,
    /// A record older than this belongs to a backlog, of which nobody is notified before its end is known.
    backlog_ms: i64,
    catching_up: bool,
    last_record: Instant,
    done: Option<i64>,
    stop: CancellationToken,
}

impl Drop for Partition {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Partition {
    pub(super) fn new(place: Place, epoch: u64, backlog: Duration, stop: CancellationToken) -> Self {
        Self {
            number: place.number,
            place,
            epoch,
            ledgers: HashMap::new(),
            held: HashSet::new(),
            changed: HashSet::new(),
            unrouted: HashSet::new(),
            unowned: HashSet::new(),
            agenda: Agenda::default(),
            watch: Watch::begun_at(shared::now()),
            ownerless: HashSet::new(),
            asked: HashMap::new(),
            labels: LabelQuestions::default(),
            route_indexes: RouteIndexes::default(),
            announced: Announced::default(),
            waiting: HashMap::new(),
            startable: HashSet::new(),
            crowded: HashMap::new(),
            sending: HashMap::new(),
            inherited: HashSet::new(),
            forgotten: Vec::new(),
            events: Vec::new(),
            mirror: SettingsMirror::default(),
            names: NameMirror::default(),
            has_learned_slots: false,
            backlog_ms: i64::try_from(backlog.as_millis()).unwrap_or(i64::MAX),
            catching_up: true,
            last_record: Instant::now(),
            done: None,
            stop,
        }
    }

    /// Folds a record in.
    pub(super) fn take(
        &mut self,
        message: &Message,
        cluster: &str,
        now: Timestamp,
        channels: &Channels,
        counts: &mut BatchCounts,
    ) {
        self.done = Some(message.offset);
        self.last_record = Instant::now();
        self.watch.read(message);
        let is_old = now.millis_since(message.timestamp) > self.backlog_ms;
        self.catching_up = is_old;
        // The processor keeps what cannot be read.
        let Ok(record) = Record::decode(message.payload.as_deref().unwrap_or_default()) else {
            counts.undecodable += 1;
            return;
        };
        let record = record.came_by(message.timestamp);
        if !record.is_plausible_at(message.timestamp, LOG_RETENTION_MS) {
            counts.implausible += 1;
            return;
        }
        let id = record.monitor_id();
        let ledger = match self.ledgers.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            // The processor keeps these, too.
            Entry::Vacant(_) if self.place.is_misplaced(id) => {
                counts.misplaced += 1;
                return;
            }
            Entry::Vacant(new) => {
                new.insert(new_ledger(id, &record, &mut self.mirror, &self.names, channels))
            }
        };
        let position = || LogPosition {
            source: Source {
                cluster: cluster.to_owned(),
                topic: message.topic.to_string(),
                partition: message.partition,
                offset: message.offset,
            },
            appended_at: message.timestamp,
        };
        let input = Input::Record {
            record: &record,
            position: &position,
        };
        let mut actions = decide(ledger, id, input, now);
        let Some(effect) = actions.effect else {
            counts.org_mismatch += 1;
            return;
        };
        counts.effect(effect);
        if ledger.state.votes.is_some() {
            self.watch.expect(id, ledger, now);
        }
        if actions.persist || actions.transition.is_some() || actions.resent.is_some() {
            self.events.append(&mut actions.events);
            self.changed_by(id, &actions);
        }
    }

    fn changed_by(&mut self, id: MonitorId, actions: &Actions) {
        // A drill is no outage of anything.
        if let Some(transition) = actions.transition.as_ref().filter(|_| id.drill().is_none()) {
            metrics::transition(transition);
        }
        if let Some(found) = actions.resent {
            metrics::resend(found);
        }
        self.agenda.set(id, None);
        if actions.persist {
            self.persist(id);
        }
        self.consider(id);
    }

    fn persist(&mut self, id: MonitorId) {
        self.held.insert(id);
        self.changed.insert(id);
        self.startable.insert(id);
    }

    /// Has the recipients decided, if there is anything to decide.
    fn consider(&mut self, id: MonitorId) {
        if let Some(ledger) = self.ledgers.get(&id).filter(|ledger| ledger.may_route()) {
            self.unrouted.insert(id);
            if !ledger.owner_is_known() {
                self.ownerless.insert(id);
            }
        }
    }

    pub(super) fn handle_report(&mut self, report: &Report, now: Timestamp) {
        let id = report.monitor;
        if let Some(outcome) = &report.outcome {
            let delivery = report.delivery;
            self.decide_and_persist(id, Input::Attempt { delivery, outcome }, now);
        }
        // That somebody else may have sent it stays so until it is known to have been sent.
        if matches!(report.outcome, Some(DeliveryOutcome::Sent { .. })) {
            self.inherited.remove(&report.delivery);
        }
        if report.ended {
            if let Some(sending) = self.sending.get_mut(&id) {
                let ended = (report.channel, report.delivery);
                sending.retain(|sending| (sending.channel, sending.delivery) != ended);
                if sending.is_empty() {
                    self.sending.remove(&id);
                }
            }
            self.startable.insert(id);
        }
    }

    /// Takes what is said of a delivery.
    fn decide_and_persist(&mut self, id: MonitorId, input: Input<'_>, now: Timestamp) {
        let Some(ledger) = self.ledgers.get_mut(&id) else {
            return;
        };
        let mut actions = decide(ledger, id, input, now);
        if actions.persist {
            self.events.append(&mut actions.events);
            self.changed.insert(id);
            self.startable.insert(id);
            self.consider(id);
        }
    }

    /// The channels of an organisation were asked for.
    pub(super) fn apply_channels(&mut self, org: OrgId) {
        // What was put off may be sent now, or sooner.
        self.unrouted.extend(self.agenda.take_all());
        let ledgers = &self.ledgers;
        let may_route = |id: &&MonitorId| {
            let ledger = ledgers.get(*id);
            ledger.is_some_and(|ledger| ledger.owner() == Some(org) && ledger.may_route())
        };
        self.unrouted.extend(self.held.iter().filter(may_route));
        self.mirror.refresh(org);
    }

    /// A monitor was asked for.
    pub(super) fn apply_answer(&mut self, answer: &MonitorAnswer) {
        let id = answer.monitor;
        if self.asked.remove(&id).is_none() {
            return;
        }
        self.apply_owner(id, answer.owner);
        let ledger = self.ledgers.get(&id).filter(|ledger| ledger.may_route());
        if let Some(org) = ledger.and_then(Ledger::owner) {
            let labelled = answer.labelled.as_ref();
            let labelled = labelled.filter(|_| answer.owner == OwnerAnswer::Organisation(org));
            self.labels.take(id, labelled, Instant::now());
            // Where nothing goes by labels, they are not kept. Those of a drill come with no others.
            let is_kept = id.drill().is_some() || self.names.labels_version(org) != 0;
            if let Some(labelled) = labelled.filter(|_| is_kept) {
                self.names.take_one(org, id, labelled.clone());
            }
        }
    }

    /// Takes what user-service says about whose a monitor is.
    pub(super) fn apply_owner(&mut self, id: MonitorId, answer: OwnerAnswer) {
        if self.unowned.remove(&id) {
            self.unrouted.insert(id);
        }
        let Some(ledger) = self.ledgers.get_mut(&id) else {
            return;
        };
        // Names are asked for again and again, of all monitors; and labels also of one whose owner is known. A drill that is
        // gone waits for nothing any more.
        let is_gone = id.drill().is_some() && answer == OwnerAnswer::NoMonitor;
        if ledger.owner_is_known() && !is_gone {
            return;
        }
        let mut actions = decide(ledger, id, Input::Owner(answer), shared::now());
        self.events.append(&mut actions.events);
        if actions.disowned {
            metrics::org_mismatch();
            let org_id = ledger.org_id.map(|org| org.0);
            tracing::warn!(
                monitor_id = id.0,
                org_id,
                "records said that it is another organisation's"
            );
            self.agenda.set(id, None);
            self.startable.insert(id);
        }
        if actions.disowned || answer == OwnerAnswer::NoMonitor {
            self.unrouted.remove(&id);
        }
        if actions.persist {
            self.changed.insert(id);
        }
    }

    pub(super) fn tick(&mut self) {
        if self.last_record.elapsed() > SILENCE {
            self.catching_up = false;
        }
    }

    /// The offset up to which everything is durable, once.
    pub(super) fn take_done(&mut self) -> Option<i64> {
        self.done.take()
    }
}

/// The ledger of a monitor of which nothing was known. The organisation that a record names is a reason to ask for
/// channels and names in time; whether that is true, the answers say.
fn new_ledger(
    id: MonitorId,
    record: &Record,
    mirror: &mut SettingsMirror,
    names: &NameMirror,
    channels: &Channels,
) -> Ledger {
    let owner = names.owner(id);
    if let Some(org) = owner.or(record.org_id()) {
        mirror.track(org, channels);
    }
    owner.map(Ledger::owned_by).unwrap_or_default()
}

#[cfg(test)]
mod tests;
