//! When it is looked whether enough regions of a monitor are heard of: silence is on no log.

use alerting::{Input, Ledger, LogPosition, decide};
use domain::alert_event::Source;
use domain::{MonitorId, Timestamp};
use shared::kafka::Message;

use super::Partition;
use super::agenda::Agenda;

/// For how long what was appended may not have been read, in milliseconds, before the log counts as one that was away: it is
/// asked every ten seconds whether something is left.
const BEHIND_MS: i64 = 30_000;

/// Which monitors are looked at when, and how far the log was read by then.
#[derive(Debug)]
pub(super) struct Watch {
    agenda: Agenda,
    /// When the partition came here.
    begun_at: Timestamp,
    /// The newest record that was read here, and when it was appended.
    newest: Option<(i64, Timestamp)>,
    /// Since when it has been read as it grows.
    steady_since: Timestamp,
    /// When it was looked last whether it is.
    looked_at: Timestamp,
}

impl Watch {
    pub(super) fn begun_at(now: Timestamp) -> Self {
        Self {
            agenda: Agenda::default(),
            begun_at: now,
            newest: None,
            steady_since: now,
            looked_at: now,
        }
    }

    /// Notes a record.
    pub(super) fn read(&mut self, message: &Message) {
        let at = self
            .newest
            .map_or(message.timestamp, |(_, at)| at.max(message.timestamp));
        self.newest = Some((message.offset, at));
    }

    /// Has a monitor looked at in time. One that is to be looked at anyway is then found to be heard of, or not.
    pub(super) fn expect(&mut self, id: MonitorId, ledger: &Ledger, now: Timestamp) {
        if !self.agenda.has(id) {
            self.agenda.set(id, ledger.next_look(now));
        }
    }

    /// Up to when what was appended was read. Where nothing is appended, it is when nothing was left to be read; what was
    /// found before the partition was here says nothing of it.
    fn read_until(&self, nothing_left_at: Option<Timestamp>) -> Option<Timestamp> {
        let newest = self.newest.map(|(_, at)| at);
        newest.max(nothing_left_at.filter(|at| *at > self.begun_at))
    }

    /// The same, and notes whether the log is read as it grows. Who did not look for a while may have read nothing either,
    /// and all of it just now.
    fn follow(&mut self, nothing_left_at: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        let read_until = self.read_until(nothing_left_at);
        let is_behind = |at: Timestamp| now.millis_since(at) > BEHIND_MS;
        if is_behind(self.looked_at) || read_until.is_none_or(is_behind) {
            self.steady_since = now;
        }
        self.looked_at = now;
        read_until
    }
}

impl Partition {
    /// Looks at the monitors whose time has come. At `nothing_left_at` all that was appended to this partition had been read.
    pub(in crate::engine) fn look(
        &mut self,
        now: Timestamp,
        (cluster, topic): (&str, &str),
        nothing_left_at: Option<Timestamp>,
    ) {
        let Some(read_until) = self.watch.follow(nothing_left_at, now) else {
            return;
        };
        if self.catching_up {
            return;
        }
        let partition = self.number;
        // None is from before the partition was here.
        let offset = self.watch.newest.map_or(-1, |(offset, _)| offset);
        let position = || LogPosition {
            source: Source {
                cluster: cluster.to_owned(),
                topic: topic.to_owned(),
                partition,
                offset,
            },
            appended_at: now,
        };
        let mut found = Vec::new();
        while let Some(id) = self.watch.agenda.take_due(now) {
            let Some(ledger) = self.ledgers.get_mut(&id) else {
                continue;
            };
            let input = Input::Clock {
                read_until,
                steady_since: self.watch.steady_since,
                position: &position,
            };
            let mut actions = decide(ledger, id, input, now);
            self.watch.agenda.set(id, actions.next_due);
            if actions.persist {
                self.events.append(&mut actions.events);
                found.push(id);
            }
        }
        for id in found {
            self.persist(id);
            self.consider(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_the_log_was_read_is_said_by_its_records_or_by_its_end() {
        let at = Timestamp::from_millis;
        let mut watch = Watch::begun_at(at(1_000));
        assert_eq!(watch.read_until(None), None);
        // It was another partition's end.
        assert_eq!(watch.read_until(Some(at(1_000))), None);
        assert_eq!(watch.read_until(Some(at(1_001))), Some(at(1_001)));
        watch.newest = Some((7, at(900)));
        assert_eq!(watch.read_until(None), Some(at(900)));
        assert_eq!(watch.read_until(Some(at(2_000))), Some(at(2_000)));
        watch.newest = Some((8, at(3_000)));
        assert_eq!(watch.read_until(Some(at(2_000))), Some(at(3_000)));
    }

    #[test]
    fn the_log_was_away_where_it_was_not_read_or_not_looked_at_for_a_while() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1_000);
        let mut watch = Watch::begun_at(at(100));
        assert_eq!(watch.steady_since, at(100));
        // Nobody has said yet how far it was read.
        watch.follow(None, at(101));
        assert_eq!(watch.steady_since, at(101));
        for now in (110..400).step_by(10) {
            watch.follow(Some(at(now - 9)), at(now));
        }
        assert_eq!(watch.steady_since, at(101));
        // Kafka does not answer.
        watch.follow(Some(at(390)), at(419));
        assert_eq!(watch.steady_since, at(101));
        watch.follow(Some(at(390)), at(421));
        assert_eq!(watch.steady_since, at(421));
        watch.follow(Some(at(430)), at(431));
        assert_eq!(watch.steady_since, at(421));
        // What was appended meanwhile is read by the time at which it is looked again.
        watch.newest = Some((8, at(899)));
        watch.follow(Some(at(430)), at(900));
        assert_eq!(watch.steady_since, at(900));
    }
}
