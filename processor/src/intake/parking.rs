//! Records of monitors that are not known yet: their definition may be on its way.

use std::collections::HashMap;
use std::time::Duration;

use domain::{MonitorId, Record};
use shared::kafka::Message;
use tokio::time::Instant;

/// A record that waits for its monitor.
#[derive(Debug)]
pub(crate) struct Parked {
    pub(crate) message: Message,
    pub(crate) record: Record,
    since: Instant,
}

/// Too many records wait already.
#[derive(Debug)]
pub(crate) struct NoRoom;

/// A bounded number of waiting records, by monitor and in the order of the log.
#[derive(Debug)]
pub(crate) struct Parking {
    waiting: HashMap<MonitorId, Vec<Parked>>,
    len: usize,
    capacity: usize,
    patience: Duration,
}

impl Parking {
    /// Room for `capacity` records, each of which waits for `patience`.
    pub(crate) fn new(capacity: usize, patience: Duration) -> Self {
        Self {
            waiting: HashMap::new(),
            len: 0,
            capacity,
            patience,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The monitors that are waited for.
    pub(crate) fn monitors(&self) -> impl Iterator<Item = MonitorId> + '_ {
        self.waiting.keys().copied()
    }

    /// Takes a record in, or drops it when there is no room.
    pub(crate) fn park(&mut self, message: Message, record: Record, now: Instant) -> Result<(), NoRoom> {
        if self.len >= self.capacity || self.patience.is_zero() {
            return Err(NoRoom);
        }
        self.len += 1;
        self.waiting.entry(record.monitor_id()).or_default().push(Parked {
            message,
            record,
            since: now,
        });
        Ok(())
    }

    /// Everything that waits for `monitor`, in the order of the log.
    pub(crate) fn take(&mut self, monitor: MonitorId) -> Vec<Parked> {
        let taken = self.waiting.remove(&monitor).unwrap_or_default();
        self.len -= taken.len();
        taken
    }

    /// Everything that has waited for too long.
    pub(crate) fn expired(&mut self, now: Instant) -> Vec<Parked> {
        let patience = self.patience;
        let mut expired = Vec::new();
        self.waiting.retain(|_, records| {
            expired.extend(records.extract_if(.., |record| now.duration_since(record.since) >= patience));
            !records.is_empty()
        });
        self.len -= expired.len();
        expired
    }
}
