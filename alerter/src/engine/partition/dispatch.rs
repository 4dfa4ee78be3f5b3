//! Has recipients decided, and starts the deliveries that are due.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use alerting::{Input, KnownChannel, NotificationSettings, Recipient, Upstream, decide};
use domain::internal::OrgAlerting;
use domain::routing::RouteIndex;
use domain::{ChannelId, DeliveryId, MonitorId, OrgId, Timestamp};

use shared::shutdown::CancellationToken;
use tokio::time::Instant;

use super::{Partition, Sending};
use crate::directory::{CachedSettings, Channels, DirectoryUpdate, Names};
use crate::metrics;
use crate::sender::{FairPermits, Job, MessageContext};
use crate::upstream::Upstreams;

/// What an organisation has set.
struct OrgSettings {
    all: Arc<OrgAlerting>,
    /// Its enabled channels.
    recipients: Vec<Recipient>,
    /// Its channels that have incidents of their own.
    keepers: Vec<ChannelId>,
    route_index: Option<Arc<RouteIndex>>,
}

/// Where answers about monitors go.
type UpdateSender = tokio::sync::mpsc::Sender<DirectoryUpdate>;

/// Monitors of a partition that are asked for at a time.
const MAX_ASKED: usize = 64;

/// Drills of a partition that are asked for at a time, besides those.
const MAX_DRILLS_ASKED: usize = 8;

/// When a question that was not answered counts as lost.
const LOST_AFTER: Duration = Duration::from_secs(300);

/// Why nobody is notified of a drill.
const TOO_MANY_DRILLS: &str = "too many drills wait until it is known whose outage they rehearse";

impl Partition {
    /// Decides who is notified, as far as the settings are known.
    pub(in crate::engine) fn route(
        &mut self,
        now: Timestamp,
        channels: &Channels,
        names: &Names,
        updates: &UpdateSender,
        upstreams: &Upstreams,
    ) {
        // Also of a backlog, so that the answers are there when its end is reached.
        let (unowned, unrouted) = (&mut self.unowned, &mut self.unrouted);
        self.asked.retain(|id, since| {
            let is_lost = since.elapsed() >= LOST_AFTER;
            if is_lost && unowned.remove(id) {
                unrouted.insert(*id);
            }
            !is_lost
        });
        for id in self.next_asked() {
            self.ownerless.remove(&id);
            self.ask_for_owner(id, names, updates);
        }
        if self.catching_up {
            return;
        }
        while let Some(id) = self.agenda.take_due(now) {
            self.unrouted.insert(id);
        }
        if self.unrouted.is_empty() {
            return;
        }
        let backlog_before = now.plus_millis(-self.backlog_ms);
        let mut known: HashMap<OrgId, Option<OrgSettings>> = HashMap::new();
        for id in std::mem::take(&mut self.unrouted) {
            self.unowned.remove(&id);
            let Some(ledger) = self.ledgers.get_mut(&id) else {
                continue;
            };
            if !ledger.owner_is_known()
                && !self.asked.contains_key(&id)
                && !self.labels.rests(id, Instant::now())
            {
                self.ownerless.insert(id);
            }
            let Some(org) = ledger.owner() else {
                // It is asked for, or will be; a drill may have to be asked for again.
                match id.drill() {
                    Some(_) => self.unrouted.insert(id),
                    None => self.unowned.insert(id),
                };
                continue;
            };
            self.mirror.track(org, channels);
            let settings = known.entry(org).or_insert_with(|| match channels.get(org) {
                CachedSettings::Cached(all, _) => {
                    let channels = || all.channels.iter().map(KnownChannel::from);
                    let recipients = channels().filter_map(|channel| channel.recipient()).collect();
                    let keepers = channels().filter(KnownChannel::keeps_incidents);
                    let keepers = keepers.map(|channel| channel.id).collect();
                    let route_index = self.route_indexes.of(org, &all);
                    Some(OrgSettings {
                        all,
                        recipients,
                        keepers,
                        route_index,
                    })
                }
                CachedSettings::Requested => None,
            });
            // Also the severity, by which quiet hours go; of a drill also whose mutes and silences hold, at any time.
            let goes_by_labels = match id.drill() {
                Some(_) => ledger.may_route(),
                None => ledger.is_unplanned() || ledger.is_unrouted(),
            };
            if goes_by_labels && self.labels.has_no_room_for(id, &self.names) {
                let mut actions = decide(ledger, id, Input::Withhold(TOO_MANY_DRILLS), now);
                self.events.append(&mut actions.events);
                self.persist(id);
                continue;
            }
            if let Some(OrgSettings { all, .. }) = settings
                && goes_by_labels
                && self
                    .labels
                    .must_wait(id, org, &all.policy, &self.names, Instant::now())
            {
                if self.labels.wants(id) && !self.asked.contains_key(&id) {
                    self.ownerless.insert(id);
                }
                self.unrouted.insert(id);
                continue;
            }
            let labels = self.labels.labels(id, &self.names);
            let ancestors = labels.map_or(&[] as &[MonitorId], |labels| labels.depends_on.as_slice());
            let depends = !ancestors.is_empty();
            let upstream = match depends && settings.is_some() && ledger.is_unplanned() {
                true => upstreams.look(ancestors),
                false => Some(Upstream::NotDown),
            };
            let Some(upstream) = upstream else {
                self.unrouted.insert(id);
                continue;
            };
            let settings = settings.as_ref().map(|settings| NotificationSettings {
                recipients: &settings.recipients,
                incident_keepers: &settings.keepers,
                rules: &settings.all.rules,
                policy: &settings.all.policy,
                route_index: settings.route_index.as_deref(),
                labels,
                upstream,
            });
            let input = Input::Tick {
                settings,
                backlog_before,
            };
            let mut actions = decide(ledger, id, input, now);
            self.events.append(&mut actions.events);
            metrics::throttled(actions.throttled);
            self.agenda.set(id, actions.next_due);
            if !ledger.is_unplanned() {
                self.labels.decided(id);
                self.waiting.remove(&id);
            } else if depends {
                self.waiting.insert(id, matches!(upstream, Upstream::Down(_)));
            } else {
                self.waiting.remove(&id);
            }
            if actions.needs_settings || (actions.next_due.is_none() && ledger.is_unrouted()) {
                self.unrouted.insert(id);
            }
            if actions.persist {
                self.persist(id);
            }
        }
    }

    /// The monitors that are asked for now. Drills, which wait for as long as it takes, take no room from outages.
    fn next_asked(&self) -> Vec<MonitorId> {
        let next = |of_drills: bool, most: usize| {
            let is_meant = move |id: &&MonitorId| id.drill().is_some() == of_drills;
            let asked = self.asked.keys().filter(is_meant).count();
            let room = most.saturating_sub(asked);
            self.ownerless.iter().filter(is_meant).take(room).copied()
        };
        next(false, MAX_ASKED)
            .chain(next(true, MAX_DRILLS_ASKED))
            .collect()
    }

    /// Before anybody is notified, user-service says whose a monitor is, and what routes go by.
    fn ask_for_owner(&mut self, id: MonitorId, names: &Names, updates: &UpdateSender) {
        let Some(ledger) = self.ledgers.get(&id) else {
            return;
        };
        let is_known = ledger.owner_is_known();
        let rests = self.labels.rests(id, Instant::now());
        let is_needed = (!is_known && !rests) || self.labels.wants(id);
        if is_needed && self.asked.insert(id, Instant::now()).is_none() {
            names.find_owner(id, is_known, updates.clone());
        }
    }

    /// Adds the messages that are to be started, and ends those that became pointless.
    pub(in crate::engine) fn start(
        &mut self,
        permits: &FairPermits<OrgId>,
        jobs: &mut Vec<(Job, CancellationToken)>,
    ) {
        if self.catching_up {
            return;
        }
        self.admit_crowded(permits);
        let mut waiting = Vec::new();
        let mut unsent = Vec::new();
        for id in std::mem::take(&mut self.startable) {
            let Some(ledger) = self.ledgers.get(&id) else {
                continue;
            };
            let due = ledger.due();
            for sending in self.sending.get(&id).into_iter().flatten() {
                if due.iter().all(|(.., delivery)| delivery.id != sending.delivery) {
                    sending.stop.cancel();
                }
            }
            let Some(org) = ledger.owner() else {
                if !due.is_empty() {
                    // A state of a version that did not ask.
                    self.unrouted.insert(id);
                    waiting.push(id);
                }
                continue;
            };
            for (incident, kind, delivery) in due {
                let mut sending = self.sending.get(&id).into_iter().flatten();
                if sending.any(|sending| sending.holds_up(delivery)) {
                    continue;
                }
                // Its sender has ended, if there was one, and has said what came of each attempt.
                let withdrawn = incident.withdrawn_opening(kind, delivery.channel);
                if let Some(opening) = withdrawn.filter(|opening| !self.inherited.contains(opening)) {
                    unsent.push((id, opening));
                    continue;
                }
                // What gets none is in the ledger, and is looked at again when there is one.
                let Some(permit) = permits.try_take(org).map(Arc::new) else {
                    self.crowded.entry(org).or_default().insert(id);
                    break;
                };
                let stop = self.stop.child_token();
                let sending = Sending {
                    channel: delivery.channel,
                    delivery: delivery.id,
                    after_quiet: delivery.after_quiet,
                    stop: stop.clone(),
                    job: Arc::downgrade(&permit),
                };
                let job = Job {
                    partition: self.number,
                    epoch: self.epoch,
                    monitor: id,
                    org,
                    kind,
                    delivery: delivery.clone(),
                    context: MessageContext::new(incident, kind, delivery.channel),
                    _permit: permit,
                };
                self.sending.entry(id).or_default().push(sending);
                jobs.push((job, stop));
            }
        }
        self.startable.extend(waiting);
        let now = shared::now();
        for (id, delivery) in unsent {
            self.decide_and_persist(id, Input::Idle(delivery), now);
        }
    }

    /// Looks again at as many monitors as there may be room for.
    fn admit_crowded(&mut self, permits: &FairPermits<OrgId>) {
        for (org, ids) in &mut self.crowded {
            let next: Vec<_> = ids.iter().take(permits.room(*org)).copied().collect();
            for id in next {
                ids.remove(&id);
                self.startable.insert(id);
            }
        }
        self.crowded.retain(|_, ids| !ids.is_empty());
    }

    /// Messages whose jobs are gone and have not said how they ended, or not yet.
    pub(in crate::engine) fn lost(&self) -> impl Iterator<Item = (MonitorId, DeliveryId)> + '_ {
        let all = self
            .sending
            .iter()
            .flat_map(|(&id, sending)| sending.iter().map(move |it| (id, it)));
        all.filter(|(_, sending)| sending.job.strong_count() == 0)
            .map(|(id, sending)| (id, sending.delivery))
    }

    /// Starts a message anew whose job is gone without a word.
    pub(in crate::engine) fn restart(&mut self, id: MonitorId, delivery: DeliveryId) {
        let Some(sending) = self.sending.get_mut(&id) else {
            return;
        };
        let before = sending.len();
        sending.retain(|it| it.delivery != delivery || it.job.strong_count() > 0);
        if sending.len() < before {
            tracing::error!(monitor_id = id.0, %delivery, "its delivery broke off, and is started anew");
            self.startable.insert(id);
        }
        if sending.is_empty() {
            self.sending.remove(&id);
        }
    }
}
