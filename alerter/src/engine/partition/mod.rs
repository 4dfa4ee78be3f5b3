//! What is known of the monitors of one partition.

mod agenda;
mod outgoing;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use domain::alert_event::{AlertEvent, Source};
use domain::alert_state::monitor_key;
use domain::{ChannelId, DeliveryId, MonitorId, OrgId, Record, Timestamp};
use shared::kafka::Message;
use shared::shutdown::CancellationToken;
use tokio::time::Instant;

use agenda::Agenda;

use super::mirror::{Mirror, NameMirror};
use crate::directory::{Channels, News, Owner};
use crate::ledger::{Folded, Monitor};
use crate::metrics::{self, BatchCounts};
use crate::sender::Report;
use crate::store::Write;

/// A backlog has ended, too, when nothing came for this long.
const SILENCE: Duration = Duration::from_secs(1);

/// Records are kept for seven days; one about an earlier time cannot be believed.
const LOG_RETENTION_MS: i64 = 7 * 24 * 3_600_000;

/// A partition that is read here.
pub(crate) struct Partition {
    pub(super) number: i32,
    pub(super) epoch: u64,
    monitors: HashMap<MonitorId, Monitor>,
    /// Monitors of which `alert-state` holds something.
    held: HashSet<MonitorId>,
    /// Monitors whose record is to be written.
    changed: HashSet<MonitorId>,
    /// Monitors with alerts for which it is not decided yet who is told.
    unrouted: HashSet<MonitorId>,
    /// Monitors of which somebody may have to be told at a given time.
    agenda: Agenda,
    /// Monitors with something to tell whose owner is to be asked for.
    ownerless: HashSet<MonitorId>,
    /// Monitors whose owner was asked for.
    asked: HashSet<MonitorId>,
    /// Monitors whose next messages may be started.
    startable: HashSet<MonitorId>,
    sending: HashMap<MonitorId, Vec<Sending>>,
    forgotten: Vec<MonitorId>,
    events: Vec<AlertEvent>,
    pub(super) mirror: Mirror,
    pub(super) names: NameMirror,
    /// Whether the slots of the log's last records were learned.
    pub(super) learned: bool,
    /// A record older than this belongs to a backlog, of which nothing is told before its end is known.
    backlog_ms: i64,
    catching_up: bool,
    last_record: Instant,
    done: Option<i64>,
    stop: CancellationToken,
}

/// A message on its way.
struct Sending {
    channel: ChannelId,
    delivery: DeliveryId,
    stop: CancellationToken,
}

/// What is being kept.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Holdings {
    pub(super) monitors: usize,
    pub(super) unrouted: usize,
    pub(super) pending: usize,
}

impl std::ops::AddAssign for Holdings {
    fn add_assign(&mut self, other: Self) {
        self.monitors += other.monitors;
        self.unrouted += other.unrouted;
        self.pending += other.pending;
    }
}

impl Drop for Partition {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Partition {
    pub(super) fn new(number: i32, epoch: u64, backlog: Duration, stop: CancellationToken) -> Self {
        Self {
            number,
            epoch,
            monitors: HashMap::new(),
            held: HashSet::new(),
            changed: HashSet::new(),
            unrouted: HashSet::new(),
            agenda: Agenda::default(),
            ownerless: HashSet::new(),
            asked: HashSet::new(),
            startable: HashSet::new(),
            sending: HashMap::new(),
            forgotten: Vec::new(),
            events: Vec::new(),
            mirror: Mirror::default(),
            names: NameMirror::default(),
            learned: false,
            backlog_ms: i64::try_from(backlog.as_millis()).unwrap_or(i64::MAX),
            catching_up: true,
            last_record: Instant::now(),
            done: None,
            stop,
        }
    }

    /// Takes a monitor as it was written, or as PostgreSQL knows it.
    pub(super) fn insert(&mut self, id: MonitorId, monitor: Monitor, channels: &Channels) {
        if monitor.kept.is_some() {
            self.held.insert(id);
            self.startable.insert(id);
        }
        if let Some(org) = monitor.org_id {
            self.mirror.meet(org, channels);
        }
        self.monitors.insert(id, monitor);
        self.consider(id);
    }

    /// Writes a monitor that was not restored but learned from elsewhere.
    pub(super) fn touch(&mut self, id: MonitorId) {
        self.changed.insert(id);
    }

    pub(super) fn note_events(&mut self, events: Vec<AlertEvent>) {
        self.events.extend(events);
    }

    /// Learns the slots of records that were handled before.
    pub(super) fn learn(&mut self, payloads: &[Vec<u8>], channels: &Channels) {
        self.learned = true;
        let records = payloads.iter().filter_map(|payload| Record::decode(payload).ok());
        for record in records {
            let id = record.monitor_id();
            self.monitors
                .entry(id)
                .or_insert_with(|| first_met(id, &record, &mut self.mirror, &self.names, channels))
                .learn(&record);
        }
        self.monitors.values_mut().for_each(Monitor::learned);
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
        let is_old = now.millis_since(message.timestamp) > self.backlog_ms;
        self.catching_up = is_old;
        // The processor keeps what cannot be read.
        let Ok(record) = Record::decode(message.payload.as_deref().unwrap_or_default()) else {
            counts.undecodable += 1;
            return;
        };
        if !record.is_plausible_at(message.timestamp, LOG_RETENTION_MS) {
            counts.implausible += 1;
            return;
        }
        let id = record.monitor_id();
        let monitor = self
            .monitors
            .entry(id)
            .or_insert_with(|| first_met(id, &record, &mut self.mirror, &self.names, channels));
        let seen = || {
            let source = Source {
                cluster: cluster.to_owned(),
                topic: message.topic.to_string(),
                partition: message.partition,
                offset: message.offset,
            };
            (source, message.timestamp)
        };
        let Some(folded) = monitor.fold(&record, seen, now, &mut self.events) else {
            counts.org_mismatch += 1;
            return;
        };
        counts.effect(folded.effect);
        if folded.changed || folded.transition.is_some() || folded.resent.is_some() {
            self.changed_by(id, &folded);
        }
    }

    fn changed_by(&mut self, id: MonitorId, folded: &Folded) {
        if let Some(transition) = &folded.transition {
            metrics::transition(transition);
        }
        if let Some(found) = folded.resent {
            metrics::resend(found);
        }
        self.agenda.set(id, None);
        if folded.changed {
            self.held.insert(id);
            self.changed.insert(id);
            self.startable.insert(id);
        }
        self.consider(id);
    }

    /// Has it decided who is told of a monitor, if there is anything to decide.
    fn consider(&mut self, id: MonitorId) {
        if let Some(monitor) = self.monitors.get(&id).filter(|monitor| monitor.may_route()) {
            self.unrouted.insert(id);
            if !monitor.owner_is_known() {
                self.ownerless.insert(id);
            }
        }
    }

    pub(super) fn take_report(&mut self, report: &Report, now: Timestamp) {
        let id = report.monitor;
        if let (Some(outcome), Some(monitor)) = (&report.outcome, self.monitors.get_mut(&id))
            && monitor.note(id, report.delivery, outcome, now, &mut self.events)
        {
            self.changed.insert(id);
            self.consider(id);
        }
        if report.ended {
            if let Some(sending) = self.sending.get_mut(&id) {
                sending.retain(|sending| sending.channel != report.channel);
                if sending.is_empty() {
                    self.sending.remove(&id);
                }
            }
            self.startable.insert(id);
        }
    }

    pub(super) fn take_news(&mut self, news: &News) {
        let (id, owner) = match *news {
            News::Owner(id, owner) => (id, owner),
            News::Channels(org) => {
                // What was to be told later may be told now, or sooner.
                self.unrouted.extend(self.agenda.take_all());
                let monitors = &self.monitors;
                let goes_on = |id: &&MonitorId| {
                    let monitor = monitors.get(*id);
                    monitor.is_some_and(|monitor| monitor.owner() == Some(org) && monitor.may_route())
                };
                self.unrouted.extend(self.held.iter().filter(goes_on));
                return self.mirror.told(org);
            }
            News::Names(_) => return,
        };
        if !self.asked.remove(&id) {
            return;
        }
        let Some(monitor) = self.monitors.get_mut(&id) else {
            return;
        };
        match owner {
            Owner::Org(org) => self.learn_owner(id, org),
            Owner::NoMonitor => {
                monitor.abandon(shared::now());
                self.unrouted.remove(&id);
                self.changed.insert(id);
            }
            Owner::Unknown => monitor.believe(),
        }
    }

    /// Takes what user-service has said about whose a monitor is.
    pub(super) fn learn_owner(&mut self, id: MonitorId, org: OrgId) {
        let Some(monitor) = self.monitors.get_mut(&id).filter(|it| !it.owner_is_known()) else {
            return;
        };
        if !monitor.belongs_to(org, id, shared::now(), &mut self.events) {
            metrics::org_mismatch();
            tracing::warn!(
                monitor_id = id.0,
                org_id = org.0,
                "records said that it is another organisation's"
            );
            self.agenda.set(id, None);
            self.unrouted.remove(&id);
            self.startable.insert(id);
        }
        if monitor.kept.is_some() {
            self.changed.insert(id);
        }
    }

    pub(super) fn look_at_the_time(&mut self) {
        if self.last_record.elapsed() > SILENCE {
            self.catching_up = false;
        }
    }

    /// What has to be durable before anything follows from it.
    pub(super) fn writes(&mut self, channels: &Channels) -> Vec<Write> {
        let mut writes = self.mirror.writes(self.number, channels);
        writes.extend(self.names.writes(self.number));
        for id in self.changed.drain() {
            let Some(monitor) = self.monitors.get(&id) else {
                continue;
            };
            match serde_json::to_vec(monitor) {
                Ok(value) => writes.push(Write::State {
                    partition: self.number,
                    key: monitor_key(id),
                    value: Some(value),
                }),
                Err(error) => tracing::error!(monitor_id = id.0, %error, "a state cannot be written"),
            }
        }
        writes.extend(self.forgotten.drain(..).map(|id| Write::State {
            partition: self.number,
            key: monitor_key(id),
            value: None,
        }));
        for event in self.events.drain(..) {
            metrics::event(&event);
            writes.extend(Write::event(&event));
        }
        writes
    }

    /// The offset up to which everything is durable, once.
    pub(super) fn take_done(&mut self) -> Option<i64> {
        self.done.take()
    }

    /// Forgets monitors of which nothing is to be remembered.
    pub(super) fn sweep(&mut self, now: Timestamp) {
        for id in &self.held {
            if self
                .monitors
                .get_mut(id)
                .is_some_and(|monitor| monitor.prune(now))
            {
                self.changed.insert(*id);
            }
        }
        let monitors = &self.monitors;
        let (over, held) = std::mem::take(&mut self.held).into_iter().partition(|id| {
            monitors
                .get(id)
                .is_none_or(|monitor| monitor.may_be_forgotten(now))
        });
        self.held = held;
        let over: HashSet<MonitorId> = over;
        for id in over {
            if let Some(monitor) = self.monitors.get_mut(&id) {
                monitor.kept = None;
                if monitor.is_inactive() {
                    self.monitors.remove(&id);
                }
            }
            self.forgotten.push(id);
        }
    }

    pub(super) fn holdings(&self) -> Holdings {
        let held = self.held.iter().filter_map(|id| self.monitors.get(id));
        Holdings {
            monitors: self.monitors.len(),
            unrouted: self.unrouted.len(),
            pending: held.map(Monitor::pending).sum(),
        }
    }
}

/// A monitor of which nothing was known. Whose a record says it is, is a reason to ask for channels and names in
/// time; whether that is true, the answers say.
fn first_met(
    id: MonitorId,
    record: &Record,
    mirror: &mut Mirror,
    names: &NameMirror,
    channels: &Channels,
) -> Monitor {
    let owner = names.owner(id);
    if let Some(org) = owner.or(record.org_id()) {
        mirror.meet(org, channels);
    }
    owner.map(Monitor::of).unwrap_or_default()
}
