//! From what was decided to the messages that go out.

use std::collections::HashMap;
use std::sync::Arc;

use domain::internal::{OrgAlerting, SealedChannel};
use domain::{ChannelId, OrgId, Timestamp};

use super::{Partition, Sending};
use crate::directory::{Channels, Known, Names, News};
use crate::ledger::{Routed, Wanted};
use crate::sender::{Facts, Job, Sender};

/// What an organisation has set, and its enabled channels.
type Settled = (Arc<OrgAlerting>, Vec<ChannelId>);

/// Where answers about monitors go.
type Asking = tokio::sync::mpsc::UnboundedSender<News>;

impl Partition {
    /// Decides who is told, as far as the channels are known.
    pub(in crate::engine) fn route(
        &mut self,
        now: Timestamp,
        channels: &Channels,
        names: &Names,
        asking: &Asking,
    ) {
        if self.catching_up || self.unrouted.is_empty() {
            return;
        }
        let backlog_before = now.plus_millis(-self.backlog_ms);
        let mut known: HashMap<OrgId, Option<Settled>> = HashMap::new();
        for id in std::mem::take(&mut self.unrouted) {
            if self.postponed.get(&id).is_some_and(|&until| now < until) {
                self.unrouted.insert(id);
                continue;
            }
            let Some(monitor) = self.monitors.get_mut(&id) else {
                continue;
            };
            let Some(org) = monitor.org_id else {
                self.unrouted.insert(id);
                if self.asked.insert(id) {
                    names.find_owner(id, asking.clone());
                }
                continue;
            };
            let wanted = known.entry(org).or_insert_with(|| match channels.of(org) {
                Known::Here(all, _) => {
                    let enabled = enabled(&all.channels);
                    Some((all, enabled))
                }
                Known::Asked => None,
            });
            let wanted = wanted.as_ref().map(|(all, enabled)| Wanted {
                enabled,
                rules: &all.rules,
            });
            match monitor.route(id, wanted, backlog_before, now, &mut self.events) {
                Routed::Later(until) => drop(self.postponed.insert(id, until)),
                routed => {
                    self.postponed.remove(&id);
                    if routed != Routed::Nothing {
                        self.held.insert(id);
                        self.changed.insert(id);
                        self.startable.insert(id);
                    }
                }
            }
            if monitor.is_unrouted() {
                self.unrouted.insert(id);
            }
        }
    }

    /// Starts the messages that are due, and ends those that became pointless.
    pub(in crate::engine) fn start(&mut self, sender: &Sender) {
        if self.catching_up {
            return;
        }
        for id in std::mem::take(&mut self.startable) {
            let Some(monitor) = self.monitors.get(&id) else {
                continue;
            };
            let due = monitor.due();
            self.sending
                .iter()
                .filter(|((of, _), _)| *of == id)
                .for_each(|(_, sending)| {
                    if due.iter().all(|(.., delivery)| delivery.id != sending.delivery) {
                        sending.stop.cancel();
                    }
                });
            let Some(org) = monitor.org_id else { continue };
            for (incident, kind, delivery) in due {
                if self.sending.contains_key(&(id, delivery.channel)) {
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
                    facts: Facts::of(incident, kind, delivery.channel),
                };
                let sending = Sending {
                    delivery: delivery.id,
                    stop: stop.clone(),
                };
                self.sending.insert((id, delivery.channel), sending);
                sender.start(job, stop);
            }
        }
    }
}

fn enabled(channels: &[SealedChannel]) -> Vec<ChannelId> {
    channels
        .iter()
        .filter(|channel| channel.enabled)
        .map(|channel| channel.id)
        .collect()
}
