//! Records of monitors that are not known yet: their definition may be on its way. Pure.

use std::collections::HashMap;
use std::time::Duration;

use domain::MonitorId;
use tokio::time::Instant;

use crate::examine::Received;

/// Bytes of records that wait, at most.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// A record that waits for its monitor.
#[derive(Debug)]
struct Parked<R> {
    received: Received<R>,
    since: Instant,
}

/// Too many records wait already; this one was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRoom;

/// A bounded number of waiting records, by monitor and in the order of the log.
#[derive(Debug)]
pub(crate) struct Parking<R> {
    waiting: HashMap<MonitorId, Vec<Parked<R>>>,
    len: usize,
    bytes: usize,
    capacity: usize,
    patience: Duration,
}

fn bytes_of<R>(received: &Received<R>) -> usize {
    received.message.payload.as_ref().map_or(0, Vec::len)
}

impl<R> Parking<R> {
    /// Room for `capacity` records, each of which waits for `patience`.
    pub(crate) fn new(capacity: usize, patience: Duration) -> Self {
        Self {
            waiting: HashMap::new(),
            len: 0,
            bytes: 0,
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
    pub(crate) fn park(
        &mut self,
        monitor: MonitorId,
        received: Received<R>,
        now: Instant,
    ) -> Result<(), NoRoom> {
        let bytes = self.bytes + bytes_of(&received);
        if self.len >= self.capacity || bytes > MAX_BYTES || self.patience.is_zero() {
            return Err(NoRoom);
        }
        self.len += 1;
        self.bytes = bytes;
        let since = now;
        self.waiting
            .entry(monitor)
            .or_default()
            .push(Parked { received, since });
        Ok(())
    }

    /// Everything that waits for `monitor`, in the order of the log.
    pub(crate) fn take(&mut self, monitor: MonitorId) -> impl Iterator<Item = Received<R>> + use<R> {
        let taken = self.waiting.remove(&monitor).unwrap_or_default();
        self.len -= taken.len();
        self.bytes -= taken
            .iter()
            .map(|parked| bytes_of(&parked.received))
            .sum::<usize>();
        taken.into_iter().map(|parked| parked.received)
    }

    /// Everything that has waited for too long.
    pub(crate) fn expired(&mut self, now: Instant) -> Vec<Received<R>> {
        let patience = self.patience;
        let mut expired = Vec::new();
        self.waiting.retain(|_, records| {
            let too_long = |parked: &mut Parked<R>| now.duration_since(parked.since) >= patience;
            expired.extend(records.extract_if(.., too_long).map(|parked| parked.received));
            !records.is_empty()
        });
        self.len -= expired.len();
        self.bytes -= expired.iter().map(bytes_of).sum::<usize>();
        expired
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use shared::kafka::Message;

    use super::*;

    fn received(seconds: u64) -> Received<u64> {
        let message = Message {
            topic: "monitoring-results".into(),
            partition: 0,
            offset: 7,
            key: None,
            payload: None,
            timestamp: Timestamp::from_millis(0),
        };
        Received {
            message,
            record: seconds,
        }
    }

    #[test]
    fn parked_records_keep_their_order_and_expire() {
        let (monitor, start) = (MonitorId(42), Instant::now());
        let mut parking = Parking::new(3, Duration::from_secs(5));
        for seconds in [0, 1, 2] {
            let at = start + Duration::from_secs(seconds);
            assert!(parking.park(monitor, received(seconds), at).is_ok());
        }
        let late = parking.park(monitor, received(3), start);
        assert_eq!(late, Err(NoRoom), "it is bounded");
        assert_eq!(parking.expired(start + Duration::from_millis(4_999)).len(), 0);
        assert_eq!(parking.expired(start + Duration::from_secs(5)).len(), 1);
        let rest: Vec<u64> = parking.take(monitor).map(|parked| parked.record).collect();
        assert_eq!((rest, parking.len()), (vec![1, 2], 0));
    }

    #[test]
    fn the_bytes_that_wait_are_bounded() {
        let (monitor, start) = (MonitorId(42), Instant::now());
        let mut parking = Parking::new(3, Duration::from_secs(5));
        let half = || {
            let mut received = received(0);
            received.message.payload = Some(vec![0; MAX_BYTES / 2]);
            received
        };
        assert!(parking.park(monitor, half(), start).is_ok());
        assert!(parking.park(monitor, half(), start).is_ok());
        let mut more = received(0);
        more.message.payload = Some(vec![0]);
        assert_eq!(parking.park(monitor, more, start), Err(NoRoom));
        assert_eq!(parking.expired(start + Duration::from_secs(5)).len(), 2);
        assert!(
            parking.park(monitor, half(), start).is_ok(),
            "there is room again"
        );
    }
}
