//! Monitors of several regions of which too few were heard of for a while: nothing opens and nothing closes then, which
//! people are to know. The fold moves only with records, and silence is none, so this is found by the clock.

use domain::alert_event::AlertKind;
use domain::fold::{Activity, CloseReason, Votes};
use domain::{IncidentId, MonitorId, Record, Timestamp};

use crate::actions::Actions;
use crate::incident::{Alert, Incident, LogPosition, Resolution};
use crate::ledger::{LastNotified, Ledger};

/// For how many intervals too few regions have to be silent: three, by which they are absent, and one in which the check of
/// the last of these slots may still come.
const LASTING: i64 = 4;

/// For how long they have to be at least, in milliseconds: where checks follow each other quickly, pingers that are
/// replaced, or the records of a moment that come late, would be news.
const LASTING_MS: i64 = 120_000;

/// How often it is looked, in milliseconds, and by the clock on the wall: what the same region has silenced is found at the
/// same instant for all monitors, and so it is one message.
const EVERY_MS: i64 = 300_000;

/// For how long the log has to have been read as it grows before silence is believed, at most, in milliseconds: an alerter
/// that is replaced now and then is to find that of long intervals as well.
const STEADY_MS: i64 = 3_600_000;

/// Why nobody is notified whose notice has waited.
const HEARD_AGAIN: &str = "enough regions were heard of again before it could be sent";

/// How long enough regions of a monitor were not heard of.
#[derive(Clone, Copy)]
struct Silence {
    since: Timestamp,
    interval_ms: i64,
    /// Whether enough were in the present revision.
    was_heard: bool,
}

impl Silence {
    /// When it has lasted.
    fn lasts_at(self) -> Timestamp {
        let lasting = self.interval_ms.saturating_mul(LASTING);
        self.since.plus_millis(lasting.max(LASTING_MS))
    }

    /// Whether checks could be made and heard of while the log was read as it grows. After the first look they will have been,
    /// where nothing but the platform or the log was away.
    fn outlasts(self, steady_since: Timestamp, now: Timestamp) -> bool {
        now.millis_since(steady_since) >= self.interval_ms.clamp(EVERY_MS, STEADY_MS)
    }

    fn is_over(self, votes: &Votes, now: Timestamp) -> bool {
        self.was_heard && !votes.is_absent_since(self.since, now)
    }
}

impl Ledger {
    fn silence(&self) -> Option<Silence> {
        let votes = self.state.votes.as_deref()?;
        if self.state.activity != Activity::Active {
            return None;
        }
        let is_current = votes.revision == self.state.revision;
        let heard = votes.heard_until().filter(|_| is_current);
        let since = match heard {
            Some(slot) => slot,
            None if is_current => votes.first_slot,
            // Nothing but what people did was read of the revision.
            None => self.awaited_since.or(self.persisted_at)?,
        };
        Some(Silence {
            since,
            interval_ms: votes.interval_ms(),
            was_heard: heard.is_some(),
        })
    }

    /// Notes since when regions are waited for, where a record has begun a revision in which none was heard of: what is
    /// written after that, as a reminder is, is no news of them.
    pub(crate) fn note_awaited(&mut self, record: &Record, revision_before: u32) {
        let Record::Lifecycle(lifecycle) = record else {
            return;
        };
        if self.state.revision != revision_before {
            let votes = self.state.votes.as_deref();
            let is_awaited = votes.is_some_and(|votes| votes.revision != self.state.revision);
            self.awaited_since = is_awaited.then_some(lifecycle.timestamp);
        }
    }

    fn open_silence(&self) -> Option<usize> {
        let mut incidents = self.incidents.iter();
        incidents.position(|incident| incident.unseen && incident.resolution.is_none())
    }

    /// When the clock is next to say whether the monitor is heard of ([`Input::Clock`](crate::Input::Clock)); none where one
    /// region checks it, or nobody does.
    pub fn next_look(&self, now: Timestamp) -> Option<Timestamp> {
        let at = match self.open_silence() {
            Some(_) => now.plus_millis(1),
            None => self.silence()?.lasts_at().max(now.plus_millis(1)),
        };
        let rounded = at.as_millis().saturating_add(EVERY_MS - 1).div_euclid(EVERY_MS);
        Some(Timestamp::from_millis(rounded.saturating_mul(EVERY_MS)))
    }

    /// Looks whether the monitor is heard of. What was appended to the log before `read_until` is known, and it has been read
    /// as it grows for some time: before that, silence is not found, only its end.
    pub(crate) fn look(
        &mut self,
        monitor: MonitorId,
        (read_until, steady_since): (Timestamp, Timestamp),
        position: &dyn Fn() -> LogPosition,
        now: Timestamp,
    ) -> Actions {
        let mut actions = Actions::default();
        let (silence, votes) = (self.silence(), self.state.votes.as_deref());
        match (self.open_silence(), silence.zip(votes)) {
            (Some(_), Some((silence, votes))) if !silence.is_over(votes, now) => {}
            (Some(index), _) => self.end_silence(index, monitor, position(), now, &mut actions),
            (None, Some((silence, votes)))
                if silence.lasts_at() <= read_until.min(now) && silence.outlasts(steady_since, now) =>
            {
                let id = IncidentId::of_silence(monitor, self.state.revision, silence.since);
                let incident = Incident::unseen(id, silence.since, votes, position(), now);
                let mut recorder = self.recorder(monitor, now, &mut actions.events);
                self.open(incident, &mut recorder);
                actions.persist = true;
            }
            (None, _) => {}
        }
        if actions.persist {
            self.incidents.retain(|incident| !incident.is_finished(now));
            self.persisted_at = Some(now);
        }
        actions.next_due = self.next_look(now);
        actions
    }

    fn end_silence(
        &mut self,
        index: usize,
        monitor: MonitorId,
        position: LogPosition,
        now: Timestamp,
        actions: &mut Actions,
    ) {
        let reason = match (self.state.activity, &self.state.votes) {
            (Activity::Paused, _) => CloseReason::Paused,
            (Activity::Deleted, _) => CloseReason::Deleted,
            // Something else is checked, or one region does it.
            (Activity::Active, None) => CloseReason::Edited,
            (Activity::Active, Some(_)) => CloseReason::Recovered,
        };
        let found = self.state.votes.as_ref().map(|votes| votes.found_at(now));
        let mut recorder = self.recorder(monitor, now, &mut actions.events);
        actions.persist = true;
        let incident = &mut self.incidents[index];
        incident.resolution = Some(Resolution { at: now, reason });
        incident.last_found_by = found.map(Box::new);
        if reason != CloseReason::Recovered {
            incident.stop(reason, || position, &mut recorder);
        } else if incident.opening().is_undecided() {
            // What waits for quiet hours or maintenance is no news after them.
            let notified = incident.notified();
            incident.suppress_all(HEARD_AGAIN, &mut recorder);
            if !notified.is_empty() {
                let id = incident.id;
                let end = incident.add(Alert::new(AlertKind::Seen, position));
                end.deliver_to(&notified, id, &mut recorder);
            }
        } else {
            incident.add(Alert::new(AlertKind::Seen, position));
        }
    }
}

impl Incident {
    /// A time in which too few regions are heard of. Of what is checked nothing is known here, so that it is asked for.
    fn unseen(
        id: IncidentId,
        since: Timestamp,
        votes: &Votes,
        position: LogPosition,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            url: String::new(),
            started_at: since,
            error_code: None,
            error: None,
            newest_failure: None,
            degraded: false,
            anomaly: None,
            unseen: true,
            resolution: None,
            alerts: vec![Alert::new(AlertKind::Unseen, position)],
            earlier_incidents: 0,
            held_until: None,
            escalations: Vec::new(),
            expired_acknowledgements: 0,
            upstream: None,
            flapping: None,
            found_by: Some(Box::new(votes.found_at(now))),
            last_found_by: None,
        }
    }

    /// By when filters and routes go: when it began, and silence when it was found. Regions may have fallen silent just before
    /// the maintenance in which they are stopped, and the slot after which they did is none in which anything was wrong.
    pub(crate) fn judged_from(&self) -> Timestamp {
        match self.unseen {
            true => self.opening().seen_at,
            false => self.started_at,
        }
    }

    /// By which earlier messages it is throttled: silence by none, and it throttles none.
    pub(crate) fn throttled_by<'a>(&self, last_notified: &'a [LastNotified]) -> &'a [LastNotified] {
        match self.unseen {
            true => &[],
            false => last_notified,
        }
    }
}
