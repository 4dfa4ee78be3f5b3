//! Has recipients decided, and starts the deliveries that are due.

use std::collections::HashMap;
use std::sync::Arc;

use alerting::{Input, NotificationSettings, Recipient, decide};
use domain::channel::Kind;
use domain::internal::{OrgAlerting, SealedChannel};
use domain::{MonitorId, OrgId, Timestamp};

use shared::shutdown::CancellationToken;

use super::{Partition, Sending};
use crate::directory::{CachedSettings, Channels, DirectoryUpdate, Names};
use crate::metrics;
use crate::sender::{Job, MessageContext};

/// What an organisation has set, and its enabled channels.
type OrgSettings = (Arc<OrgAlerting>, Vec<Recipient>);

/// Where answers about monitors go.
type UpdateSender = tokio::sync::mpsc::UnboundedSender<DirectoryUpdate>;

impl Partition {
    /// Decides who is notified, as far as the settings are known.
    pub(in crate::engine) fn route(
        &mut self,
        now: Timestamp,
        channels: &Channels,
        names: &Names,
        updates: &UpdateSender,
    ) {
        // Also of a backlog, so that the answers are there when its end is reached.
        for id in std::mem::take(&mut self.ownerless) {
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
            let Some(ledger) = self.ledgers.get_mut(&id) else {
                continue;
            };
            if !ledger.owner_is_known() {
                self.ownerless.insert(id);
            }
            let Some(org) = ledger.owner() else {
                self.unrouted.insert(id);
                continue;
            };
            self.mirror.track(org, channels);
            let settings = known.entry(org).or_insert_with(|| match channels.get(org) {
                CachedSettings::Cached(all, _) => {
                    let recipients = recipients(&all.channels);
                    Some((all, recipients))
                }
                CachedSettings::Requested => None,
            });
            let settings = settings.as_ref().map(|(all, recipients)| NotificationSettings {
                recipients,
                rules: &all.rules,
            });
            let input = Input::Tick {
                settings,
                backlog_before,
            };
            let mut actions = decide(ledger, id, input, now);
            self.events.append(&mut actions.events);
            metrics::throttled(actions.throttled);
            self.agenda.set(id, actions.next_due);
            if actions.needs_settings || (actions.next_due.is_none() && ledger.is_unrouted()) {
                self.unrouted.insert(id);
            }
            if actions.persist {
                self.persist(id);
            }
        }
    }

    /// Before anybody is notified, user-service says whose a monitor is.
    fn ask_for_owner(&mut self, id: MonitorId, names: &Names, updates: &UpdateSender) {
        let ledger = self.ledgers.get(&id);
        if ledger.is_some_and(|ledger| !ledger.owner_is_known()) && self.asked.insert(id) {
            names.find_owner(id, updates.clone());
        }
    }

    /// Adds the messages that are to be started, and ends those that became pointless.
    pub(in crate::engine) fn start(&mut self, jobs: &mut Vec<(Job, CancellationToken)>) {
        if self.catching_up {
            return;
        }
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
                if sending.any(|sending| sending.channel == delivery.channel) {
                    continue;
                }
                // Its sender has ended, if there was one, and has said what came of each attempt.
                let withdrawn = incident.withdrawn_opening(kind, delivery.channel);
                if let Some(opening) = withdrawn.filter(|opening| !self.inherited.contains(opening)) {
                    unsent.push((id, opening));
                    continue;
                }
                let stop = self.stop.child_token();
                let job = Job {
                    partition: self.number,
                    epoch: self.epoch,
                    monitor: id,
                    org,
                    kind,
                    delivery: delivery.clone(),
                    context: MessageContext::new(incident, kind, delivery.channel),
                };
                let sending = Sending {
                    channel: delivery.channel,
                    delivery: delivery.id,
                    stop: stop.clone(),
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
}

fn recipients(channels: &[SealedChannel]) -> Vec<Recipient> {
    let enabled = channels.iter().filter(|channel| channel.enabled);
    enabled
        .map(|channel| Recipient {
            channel: channel.id,
            preferences: channel.alerts,
            wants_acknowledgements: Kind::parse(&channel.kind).is_some_and(Kind::receives_acknowledgements),
        })
        .collect()
}
