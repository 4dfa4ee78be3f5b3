//! What user-service has answered goes to the partitions that it concerns, and is asked for again.

use std::collections::BTreeMap;

use alerting::OwnerAnswer;
use domain::OrgId;
use shared::kafka::partition_of_monitor;

use super::Engine;
use crate::directory::{DirectoryUpdate, OrgNames};

impl Engine {
    pub(super) fn apply_update(&mut self, first: DirectoryUpdate) {
        let mut next = Some(first);
        while let Some(update) = next {
            match update {
                DirectoryUpdate::Names(all) => self.apply_names(all),
                DirectoryUpdate::Channels(org) => {
                    for partition in self.partitions.values_mut() {
                        partition.apply_channels(org);
                    }
                    self.refresh_names_of(org);
                }
                DirectoryUpdate::Monitor(answer) => {
                    for partition in self.partitions.values_mut() {
                        partition.apply_answer(&answer);
                    }
                }
            }
            next = self.inputs.updates.try_recv().ok();
        }
    }

    /// Asks for the names of all organisations whose monitors are here, every now and then.
    pub(super) fn refresh_names(&self) {
        for partition in self.partitions.values() {
            for org in partition.mirror.orgs() {
                self.refresh_names_of(org);
            }
        }
    }

    /// Asks for the names of an organisation, where they are old or its labels have changed.
    fn refresh_names_of(&self, org: OrgId) {
        let settings = self.channels.last_known(org);
        let labels_version = settings.map_or(0, |settings| settings.policy.labels_version);
        self.inputs
            .names
            .refresh(org, labels_version, &self.inputs.updates_in);
    }

    /// Hands names to the partitions in which their monitors are.
    fn apply_names(&mut self, all: OrgNames) {
        let Some(count) = self.partition_count else {
            return;
        };
        let mut by_partition: BTreeMap<i32, Vec<_>> = BTreeMap::new();
        for (id, labelled) in all.names {
            let number = partition_of_monitor(id, count);
            by_partition.entry(number).or_default().push((id, labelled));
        }
        for (number, partition) in &mut self.partitions {
            let names = by_partition.remove(number).unwrap_or_default();
            for (id, _) in &names {
                partition.apply_owner(*id, OwnerAnswer::Organisation(all.org));
            }
            partition.names.take(all.org, names, all.labels_version);
        }
        // They may have changed while they were being read.
        self.refresh_names_of(all.org);
    }
}
