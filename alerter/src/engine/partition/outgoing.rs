//! From what was decided to the messages that go out.

use std::collections::HashMap;
use std::sync::Arc;

use domain::internal::{OrgAlerting, SealedChannel};
use domain::{MonitorId, OrgId, Timestamp};

use shared::shutdown::CancellationToken;

use super::{Partition, Sending};
use crate::directory::{Channels, Known, Names, News};
use crate::ledger::{Hearer, Wanted};
use crate::metrics;
use crate::sender::{Facts, Job};

/// What an organisation has set, and its enabled channels.
type Settled = (Arc<OrgAlerting>, Vec<Hearer>);

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
        // Also of a backlog, so that the answers are there when its end is told.
        for id in std::mem::take(&mut self.ownerless) {
            self.ask_for_owner(id, names, asking);
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
        let mut known: HashMap<OrgId, Option<Settled>> = HashMap::new();
        for id in std::mem::take(&mut self.unrouted) {
            let Some(monitor) = self.monitors.get_mut(&id) else {
                continue;
            };
            if !monitor.owner_is_known() {
                self.ownerless.insert(id);
            }
            let Some(org) = monitor.owner() else {
                self.unrouted.insert(id);
                continue;
            };
            self.mirror.meet(org, channels);
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
            let routed = monitor.route(id, wanted, backlog_before, now, &mut self.events);
            metrics::throttled(routed.throttled);
            self.agenda.set(id, routed.later);
            if routed.changed {
                self.held.insert(id);
                self.changed.insert(id);
                self.startable.insert(id);
            }
            if routed.needs_channels || (routed.later.is_none() && monitor.is_unrouted()) {
                self.unrouted.insert(id);
            }
        }
    }

    /// Before anybody is told, user-service says whose a monitor is.
    fn ask_for_owner(&mut self, id: MonitorId, names: &Names, asking: &Asking) {
        let monitor = self.monitors.get(&id);
        if monitor.is_some_and(|monitor| !monitor.owner_is_known()) && self.asked.insert(id) {
            names.find_owner(id, asking.clone());
        }
    }

    /// Adds the messages that are to be started, and ends those that became pointless.
    pub(in crate::engine) fn start(&mut self, jobs: &mut Vec<(Job, CancellationToken)>) {
        if self.catching_up {
            return;
        }
        let mut waiting = Vec::new();
        for id in std::mem::take(&mut self.startable) {
            let Some(monitor) = self.monitors.get(&id) else {
                continue;
            };
            let due = monitor.due();
            for sending in self.sending.get(&id).into_iter().flatten() {
                if due.iter().all(|(.., delivery)| delivery.id != sending.delivery) {
                    sending.stop.cancel();
                }
            }
            let Some(org) = monitor.owner() else {
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
                    channel: delivery.channel,
                    delivery: delivery.id,
                    stop: stop.clone(),
                };
                self.sending.entry(id).or_default().push(sending);
                jobs.push((job, stop));
            }
        }
        self.startable.extend(waiting);
    }
}

fn enabled(channels: &[SealedChannel]) -> Vec<Hearer> {
    let enabled = channels.iter().filter(|channel| channel.enabled);
    enabled
        .map(|channel| Hearer {
            id: channel.id,
            alerts: channel.alerts,
            follows: crate::channel::follows(&channel.kind),
        })
        .collect()
}
