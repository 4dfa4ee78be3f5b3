//! The monitors that have series. Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::live::{LiveState, LiveStatus};
use domain::record::HEARTBEAT;
use domain::{MonitorId, OrgId, Record, Timestamp};

use crate::batch::{Entry, LiveUpdate};

/// A monitor's values.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series {
    pub(super) org_id: OrgId,
    /// As the results call it; empty until the first one, or the first ping.
    pub(super) kind: String,
    pub(super) partition: i32,
    pub(super) checks_up: u64,
    pub(super) checks_down: u64,
    /// Failing results in a row.
    pub(super) failing: u16,
    pub(super) status: LiveStatus,
    /// The share of the last 24 hours in percent, once it is known.
    pub(super) uptime: Option<f64>,
    /// The newest slot that was counted.
    counted: Option<Timestamp>,
}

impl Series {
    /// Whether it waits for pings instead of being checked.
    pub(super) fn is_heartbeat(&self) -> bool {
        self.kind == HEARTBEAT
    }

    fn is_called(&mut self, kind: &str) {
        if self.kind != kind {
            kind.clone_into(&mut self.kind);
        }
    }

    /// 1 is up, 0 is down; a monitor that is not known or not checked has no value.
    pub(super) fn level(&self) -> Option<f64> {
        match self.status.state {
            LiveState::Up => Some(1.0),
            LiveState::Degraded => Some(0.5),
            LiveState::Down => Some(0.0),
            _ => None,
        }
    }
}

/// At most `limit` monitors of the partitions that are read here: first come, first served.
#[derive(Debug)]
pub(super) struct Table {
    limit: usize,
    partitions: BTreeSet<i32>,
    series: BTreeMap<MonitorId, Series>,
    /// Heartbeats that get series once their states are read, with their partitions.
    expected: BTreeMap<MonitorId, i32>,
}

impl Table {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            partitions: BTreeSet::new(),
            series: BTreeMap::new(),
            expected: BTreeMap::new(),
        }
    }

    pub(super) fn assign(&mut self, partitions: impl Iterator<Item = i32>) {
        self.partitions.extend(partitions);
    }

    pub(super) fn revoke(&mut self, partitions: impl Iterator<Item = i32>) {
        for partition in partitions {
            self.partitions.remove(&partition);
        }
        let here = &self.partitions;
        self.series.retain(|_, series| here.contains(&series.partition));
        self.expected.retain(|_, partition| here.contains(partition));
    }

    /// Expects the states of heartbeats, as many as there is room for.
    pub(super) fn expect(&mut self, heartbeats: impl Iterator<Item = (MonitorId, i32)>) {
        let room = self.limit.saturating_sub(self.series.len() + self.expected.len());
        let series = &self.series;
        let new = heartbeats.filter(|(monitor, _)| !series.contains_key(monitor));
        self.expected.extend(new.take(room));
    }

    /// Takes the states over that were expected, of heartbeats of which nothing newer is known.
    pub(super) fn seed(&mut self, updates: &[LiveUpdate]) {
        if self.expected.is_empty() {
            return;
        }
        for update in updates {
            let Some(partition) = self.expected.remove(&update.monitor_id) else {
                continue;
            };
            let is_wanted = self.series.len() < self.limit
                && self.partitions.contains(&partition)
                && !self.series.contains_key(&update.monitor_id);
            if let Some(status) = update.status.as_ref().filter(|_| is_wanted) {
                let mut series = begin(update, status, partition);
                series.is_called(HEARTBEAT);
                self.series.insert(update.monitor_id, series);
            }
        }
    }

    /// Takes the states over; a removed monitor makes room for another one.
    pub(super) fn admit<'a>(
        &mut self,
        updates: impl Iterator<Item = &'a LiveUpdate>,
        entries: impl Iterator<Item = (&'a Entry, i32)>,
    ) {
        let mut found: Option<HashMap<MonitorId, i32>> = None;
        let mut entries = Some(entries);
        for update in updates {
            let Some(status) = &update.status else {
                self.series.remove(&update.monitor_id);
                continue;
            };
            if let Some(known) = self.series.get_mut(&update.monitor_id) {
                known.status.clone_from(status);
                known.failing = update.failing;
                continue;
            }
            if self.series.len() >= self.limit {
                continue;
            }
            let read_from = found.get_or_insert_with(|| {
                let entries = entries.take().into_iter().flatten();
                entries
                    .map(|(entry, partition)| (entry.record.monitor_id(), partition))
                    .collect()
            });
            let Some(&partition) = read_from.get(&update.monitor_id) else {
                continue;
            };
            if self.partitions.contains(&partition) {
                self.series
                    .insert(update.monitor_id, begin(update, status, partition));
            }
        }
    }

    /// Counts the results, each slot once and in order.
    pub(super) fn count<'a>(&mut self, entries: impl Iterator<Item = (&'a Entry, i32)>) {
        if self.series.is_empty() {
            return;
        }
        for (entry, _) in entries {
            let result = match &entry.record {
                Record::Result(result) => result,
                Record::Ping(ping) => {
                    if let Some(series) = self.series.get_mut(&ping.monitor_id) {
                        series.is_called(HEARTBEAT);
                    }
                    continue;
                }
                _ => continue,
            };
            let Some(series) = self.series.get_mut(&result.monitor_id) else {
                continue;
            };
            if series
                .counted
                .is_some_and(|counted| result.scheduled_at <= counted)
            {
                continue;
            }
            series.counted = Some(result.scheduled_at);
            series.is_called(&result.kind);
            if result.up {
                series.checks_up += 1;
            } else {
                series.checks_down += 1;
            }
        }
    }

    pub(super) fn monitors(&self) -> Vec<MonitorId> {
        self.series.keys().copied().collect()
    }

    pub(super) fn set_uptime(&mut self, shares: &[(MonitorId, f64)]) {
        for (monitor, share) in shares {
            if let Some(series) = self.series.get_mut(monitor) {
                series.uptime = Some(*share);
            }
        }
    }

    pub(super) fn series(&self) -> &BTreeMap<MonitorId, Series> {
        &self.series
    }
}

fn begin(update: &LiveUpdate, status: &LiveStatus, partition: i32) -> Series {
    Series {
        org_id: update.org_id,
        kind: String::new(),
        partition,
        checks_up: 0,
        checks_down: 0,
        failing: update.failing,
        status: status.clone(),
        uptime: None,
        counted: None,
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
