//! The one way in: what follows from what happened.

use domain::alert_event::AlertKind;
use domain::fold::FoundBy;
use domain::{DeliveryId, IncidentId, MonitorId, Record, Timestamp};

use crate::actions::{Actions, OwnerAnswer};
use crate::incident::LogPosition;
use crate::ledger::Ledger;
use crate::outcome::DeliveryOutcome;
use crate::settings::NotificationSettings;

/// What has happened.
#[derive(Clone, Copy)]
pub enum Input<'a> {
    /// A record was read: a result, or what a user has done.
    Record {
        /// The record.
        record: &'a Record,
        /// Its place on the log; asked for only when something follows from it.
        position: &'a dyn Fn() -> LogPosition,
    },
    /// Time has passed, or the organisation's settings have become known.
    Tick {
        /// The settings, when they are known.
        settings: Option<NotificationSettings<'a>>,
        /// An incident that is over and was seen before this is not announced as if it were news.
        backlog_before: Timestamp,
    },
    /// It is time to see whether enough regions are heard of: at [`Ledger::next_look`], or later.
    Clock {
        /// What was appended to the log before this was read. Silence after it is not known to be any.
        read_until: Timestamp,
        /// Since when the log has been read as it grows. Silence of before may be that of the platform, or of the log, and
        /// ends with the next checks.
        steady_since: Timestamp,
        /// How far the log was read.
        position: &'a dyn Fn() -> LogPosition,
    },
    /// A delivery was attempted.
    Attempt {
        /// Which.
        delivery: DeliveryId,
        /// What came of it.
        outcome: &'a DeliveryOutcome,
    },
    /// Nothing of a delivery is on its way, and what came of its attempts was said before.
    Idle(DeliveryId),
    /// User-service was asked whose the monitor is.
    Owner(OwnerAnswer),
    /// What decides who is notified is not known and cannot be waited for: nobody is, for this reason.
    Withhold(&'static str),
}

/// Decides what follows for a monitor. The same ledger, input and time make the same ledger and actions.
#[must_use]
pub fn decide(ledger: &mut Ledger, monitor: MonitorId, input: Input<'_>, now: Timestamp) -> Actions {
    let before = ledger.regions();
    let mut actions = match input {
        Input::Record { record, position } => ledger.fold(record, position, now),
        Input::Tick {
            settings,
            backlog_before,
        } => ledger.route(monitor, settings, backlog_before, now),
        Input::Clock {
            read_until,
            steady_since,
            position,
        } => ledger.look(monitor, (read_until, steady_since), position, now),
        Input::Attempt { delivery, outcome } => ledger.note(monitor, delivery, outcome, now),
        Input::Idle(delivery) => ledger.note_idle(monitor, delivery, now),
        Input::Owner(answer) => ledger.take_owner(monitor, answer, now),
        Input::Withhold(reason) => ledger.withhold(monitor, reason, now),
    };
    ledger.note_regions(&mut actions, &before);
    actions
}

/// What regions said of an incident: when it was opened, and last.
type Regions = (IncidentId, [FoundBy; 2]);

impl Ledger {
    /// What regions say of incidents, where there are several regions.
    fn regions(&self) -> Vec<Regions> {
        let incidents = self.incidents.iter().filter_map(|incident| {
            let found = [incident.found_by()?.clone(), incident.last_found_by()?.clone()];
            Some((incident.id, found))
        });
        incidents.collect()
    }

    /// Says in events which regions had found what. Of incidents that are finished it is known from before.
    fn note_regions(&self, actions: &mut Actions, before: &[Regions]) {
        if actions.events.is_empty() {
            return;
        }
        let now = self.regions();
        for event in &mut actions.events {
            let mut known = now.iter().chain(before);
            let found = known.find(|(id, _)| *id == event.incident_id);
            event.regions = found.map(|(_, [first, last])| match event.alert {
                AlertKind::Down | AlertKind::Degraded | AlertKind::Unseen => first.clone(),
                _ => last.clone(),
            });
        }
    }
}
