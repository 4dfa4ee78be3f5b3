//! A ledger made of what PostgreSQL knows, for a log that holds none.

use domain::alert_event::{AlertKind, Source, Step};
use domain::fold::{CloseReason, FoundBy, MonitorState};
use domain::{ChannelId, DeliveryId, ErrorCode, IncidentId, MonitorId, OrgId, Timestamp};

use crate::actions::Actions;
use crate::delivery::{Delivery, DeliveryStatus};
use crate::ending::ended_by;
use crate::incident::{Alert, Incident, LogPosition, Resolution};
use crate::ledger::Ledger;
use crate::recorder::Recorder;
use crate::upstream::FIRST_NOTE;

/// An outage of which nobody was notified, and that ended longer ago than this, is not announced any more.
const STALE_MS: i64 = 600_000;

/// Reminders of one outage among which one is looked for by its name.
const MAX_REMINDERS: u32 = 10_000;

/// What PostgreSQL knows of a monitor.
#[derive(Clone, Debug)]
pub struct Seed {
    org_id: OrgId,
    state: MonitorState,
    /// Open or recently closed, oldest first.
    pub incidents: Vec<SeedIncident>,
}

/// An incident.
#[derive(Clone, Debug)]
pub struct SeedIncident {
    /// Its name.
    pub id: IncidentId,
    /// The monitor's address.
    pub url: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended, and why.
    pub closed: Option<(Timestamp, CloseReason)>,
    /// The first failure's code.
    pub error_code: Option<ErrorCode>,
    /// The first failure in words.
    pub error: Option<String>,
    /// What became of its alerts, in the order of time.
    pub events: Vec<SeedEvent>,
}

/// A step of an alert.
#[derive(Clone, Debug)]
pub struct SeedEvent {
    /// What the alert is about.
    pub alert: AlertKind,
    /// What happened.
    pub step: Step,
    /// To which channel; 0 when it concerns all of them.
    pub channel: ChannelId,
    /// The delivery.
    pub delivery: Option<DeliveryId>,
    /// Which attempt.
    pub attempt: u32,
    /// When.
    pub at: Timestamp,
    /// The record that caused it.
    pub source: Source,
    /// What the channel answered.
    pub receipt: Option<String>,
}

impl Seed {
    /// A monitor in this state, of which no incident is known yet.
    pub fn new(org_id: OrgId, state: MonitorState) -> Self {
        Self {
            org_id,
            state,
            incidents: Vec::new(),
        }
    }

    /// The ledger, and the events of what need not be sent any more.
    pub fn into_ledger(self, id: MonitorId, now: Timestamp) -> (Ledger, Actions) {
        let mut actions = Actions::default();
        let open = self.state.incident.as_ref();
        let acknowledged = open.filter(|open| open.acknowledged).map(|open| open.id);
        let seen = open.and_then(|open| Some((open.id, open.seen.as_deref()?)));
        let found_by = seen.map(|(id, seen)| (id, FoundBy::from(seen)));
        let incidents = self.incidents.into_iter();
        let mut incidents: Vec<Incident> = incidents
            .filter_map(|incident| {
                let is_acknowledged = acknowledged == Some(incident.id);
                let mut incident = incident.into_incident(is_acknowledged, now)?;
                let found_by = found_by.as_ref().filter(|(id, _)| *id == incident.id);
                incident.found_by = found_by.map(|(_, found)| Box::new(found.clone()));
                Some(incident)
            })
            .collect();
        let mut ledger = Ledger::owned_by(self.org_id);
        ledger.state = self.state;
        let mut recorder = ledger.recorder(id, now, &mut actions.events);
        for incident in &mut incidents {
            incident.finish_stopping(&mut recorder);
        }
        incidents.retain(|incident| !incident.is_finished(now));
        ledger.incidents = incidents;
        if ledger.is_remarkable() {
            ledger.persisted_at = Some(now);
            actions.persist = true;
        }
        (ledger, actions)
    }
}

impl SeedIncident {
    fn into_incident(self, is_acknowledged: bool, now: Timestamp) -> Option<Incident> {
        let is_stale = self.closed.is_some_and(|(at, _)| now.millis_since(at) > STALE_MS);
        if self.events.is_empty() && is_stale {
            return None;
        }
        let reminders = self.alert(AlertKind::Reminder);
        let mut acknowledged = self.alert(AlertKind::Acknowledged);
        let was_announced = acknowledged.routed;
        let has_expired = self.has_expired_acknowledgement();
        // Whoever follows it was notified, or is not here any more.
        acknowledged.routed = true;
        let end = self.alert(AlertKind::Up);
        let is_over = matches!(self.closed, Some((_, CloseReason::Recovered))) || end.routed;
        let further = [
            Some(reminders).filter(|alert| alert.routed),
            Some(acknowledged).filter(|_| (is_acknowledged || was_announced) && !has_expired),
            Some(end).filter(|_| is_over),
        ];
        let opening = self.alert(AlertKind::Down);
        Some(Incident {
            alerts: std::iter::once(opening)
                .chain(further.into_iter().flatten())
                .collect(),
            id: self.id,
            url: self.url,
            started_at: self.started_at,
            error_code: self.error_code,
            error: self.error,
            newest_failure: None,
            degraded: false,
            anomaly: None,
            unseen: false,
            resolution: self.closed.map(|(at, reason)| Resolution { at, reason }),
            earlier_incidents: 0,
            held_until: None,
            escalations: Vec::new(),
            expired_acknowledgements: 0,
            upstream: None,
            flapping: None,
            found_by: None,
            last_found_by: None,
        })
    }

    /// Whether the latest acknowledgement has expired: an event says so that is about no channel and counts.
    fn has_expired_acknowledgement(&self) -> bool {
        let mut events = self.events.iter().rev();
        let latest = events.find(|event| event.alert == AlertKind::Acknowledged);
        latest.is_some_and(|event| {
            event.step == Step::Suppressed && event.channel == ChannelId(0) && event.attempt > 0
        })
    }

    fn alert(&self, kind: AlertKind) -> Alert {
        let nowhere = Source {
            cluster: String::new(),
            topic: String::new(),
            partition: -1,
            offset: -1,
        };
        let position = LogPosition {
            source: nowhere,
            appended_at: self.started_at,
        };
        let mut alert = Alert::new(kind, position);
        for event in self.events.iter().filter(|event| event.alert == kind) {
            // What is held back by another monitor is still to be decided.
            let is_of_all = event.channel.0 == 0;
            alert.routed |= !(is_of_all && event.attempt >= FIRST_NOTE);
            alert.source = event.source.clone();
            if is_of_all {
                continue;
            }
            let known = alert
                .deliveries
                .iter()
                .position(|delivery| delivery.channel == event.channel);
            let index = known.unwrap_or_else(|| {
                alert
                    .deliveries
                    .push(Delivery::new(self.id, event.channel, kind, event.at));
                alert.deliveries.len() - 1
            });
            let delivery = &mut alert.deliveries[index];
            match event.step {
                Step::Decided if kind == AlertKind::Reminder => self.remind(delivery, event),
                // It was sent once more.
                Step::Decided if delivery.status == DeliveryStatus::Failed => {
                    delivery.status = DeliveryStatus::Pending
                }
                Step::Decided => {}
                Step::Attempted => delivery.attempts = delivery.attempts.max(event.attempt),
                Step::Sent => {
                    delivery.status = DeliveryStatus::Sent;
                    delivery.receipt.clone_from(&event.receipt);
                }
                Step::Failed => {
                    delivery.status = DeliveryStatus::Failed;
                    delivery.failed_at = Some(event.at);
                }
                Step::Suppressed => delivery.status = DeliveryStatus::Suppressed,
            }
        }
        alert
    }

    /// Each reminder has a name of its own; the last one is known.
    fn remind(&self, last: &mut Delivery, event: &SeedEvent) {
        let Some(id) = event.delivery else { return };
        let mut later = (last.ordinal..MAX_REMINDERS)
            .map(|ordinal| Delivery::reminder(self.id, event.channel, ordinal, event.at));
        if let Some(reminder) = later.find(|reminder| reminder.id == id) {
            *last = reminder;
        }
    }
}

impl Incident {
    /// A user has ended it, and it is not known that anybody was notified of that. Who looks for it so late has noticed.
    fn finish_stopping(&mut self, recorder: &mut Recorder<'_>) {
        let Some(Resolution { at, reason }) = self.resolution else {
            return;
        };
        if reason == CloseReason::Recovered || self.alert(AlertKind::Up).is_some() {
            return;
        }
        if recorder.now.millis_since(at) > STALE_MS {
            self.suppress_all(&ended_by(reason), recorder);
            return;
        }
        let opening = self.opening();
        let position = LogPosition {
            source: opening.source.clone(),
            appended_at: opening.seen_at,
        };
        self.stop(reason, || position, recorder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::fold::OpenIncident;

    #[test]
    fn an_acknowledgement_stays_and_reminders_go_on_counting() {
        let (monitor, started_at) = (MonitorId(1), Timestamp::from_millis(1_000));
        let id = IncidentId::new(monitor, 1, started_at);
        let event = |alert, step, at, delivery| SeedEvent {
            alert,
            step,
            channel: ChannelId(7),
            delivery: Some(delivery),
            attempt: 0,
            at: Timestamp::from_millis(at),
            source: Source {
                cluster: "c".into(),
                topic: "t".into(),
                partition: 0,
                offset: 1,
            },
            receipt: None,
        };
        let reminder = |ordinal| DeliveryId::new(id, ChannelId(7), AlertKind::Reminder.as_str(), ordinal);
        let down = DeliveryId::new(id, ChannelId(7), AlertKind::Down.as_str(), 0);
        let steps = [
            (AlertKind::Down, down),
            (AlertKind::Reminder, reminder(0)),
            (AlertKind::Reminder, reminder(1)),
        ];
        let events = (2..).zip(steps).flat_map(|(at, (alert, delivery))| {
            [Step::Decided, Step::Sent].map(|step| event(alert, step, at * 1_000, delivery))
        });
        let incident = SeedIncident {
            id,
            url: "https://shop.example/".into(),
            started_at,
            closed: None,
            error_code: None,
            error: None,
            events: events.collect(),
        };
        for acknowledged in [false, true] {
            let state = MonitorState {
                incident: Some(OpenIncident {
                    id,
                    started_at,
                    error_code: None,
                    error: None,
                    confirmed_at: None,
                    acknowledged,
                    seen: None,
                }),
                ..MonitorState::default()
            };
            let mut seed = Seed::new(OrgId(7), state);
            seed.incidents.push(SeedIncident {
                events: incident.events.clone(),
                url: incident.url.clone(),
                error: None,
                ..incident
            });
            let (ledger, _) = seed.into_ledger(monitor, Timestamp::from_millis(9_000));
            let known = &ledger.incidents[0];
            assert_eq!(known.alert(AlertKind::Acknowledged).is_some(), acknowledged);
            assert_eq!(ledger.may_route(), !acknowledged, "whether it is reminded of");
            let last = known
                .alert(AlertKind::Reminder)
                .and_then(|all| all.delivery_to(ChannelId(7)))
                .unwrap();
            assert_eq!(
                (last.id, last.ordinal, last.status),
                (reminder(1), 1, DeliveryStatus::Sent)
            );
            assert_eq!(last.decided_at, Timestamp::from_millis(4_000));
        }
    }
}
