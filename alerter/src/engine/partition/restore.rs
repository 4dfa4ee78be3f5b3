//! What is known of the monitors of a partition before its next record is read.

use alerting::Ledger;
use domain::alert_event::AlertEvent;
use domain::{MonitorId, Record};

use super::{Partition, new_ledger};
use crate::directory::Channels;

impl Partition {
    /// Takes a monitor as it was written, or as PostgreSQL knows it.
    pub(in crate::engine) fn insert(&mut self, id: MonitorId, ledger: Ledger, channels: &Channels) {
        if ledger.persisted_at.is_some() {
            self.held.insert(id);
            self.startable.insert(id);
        }
        if let Some(org) = ledger.org_id {
            self.mirror.track(org, channels);
        }
        self.inherited.extend(ledger.openings_in_doubt());
        self.watch.expect(id, &ledger, shared::now());
        self.ledgers.insert(id, ledger);
        self.consider(id);
    }

    /// Takes over what was written of a monitor on another partition.
    pub(in crate::engine) fn absorb(&mut self, id: MonitorId, stray: Ledger, channels: &Channels) {
        let mut ledger = self.ledgers.remove(&id).unwrap_or_default();
        self.events.extend(ledger.absorb(id, stray, shared::now()));
        self.insert(id, ledger, channels);
        self.changed.insert(id);
    }

    /// Writes a ledger that was not restored but made of what PostgreSQL knows.
    pub(in crate::engine) fn touch(&mut self, id: MonitorId) {
        self.changed.insert(id);
    }

    pub(in crate::engine) fn note_events(&mut self, events: Vec<AlertEvent>) {
        self.events.extend(events);
    }

    /// Learns the slots of records that were handled before.
    pub(in crate::engine) fn learn(&mut self, payloads: &[Vec<u8>], channels: &Channels) {
        self.has_learned_slots = true;
        let records = payloads.iter().filter_map(|payload| Record::decode(payload).ok());
        let place = self.place;
        for record in records.filter(|record| !place.is_misplaced(record.monitor_id())) {
            let id = record.monitor_id();
            self.ledgers
                .entry(id)
                .or_insert_with(|| new_ledger(id, &record, &mut self.mirror, &self.names, channels))
                .learn(&record);
        }
        self.ledgers.values_mut().for_each(Ledger::finish_learning);
    }
}
