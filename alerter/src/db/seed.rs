//! A monitor's record made of what PostgreSQL knows. Pure.

use domain::alert_event::{AlertEvent, AlertKind, Source, Step};
use domain::fold::{CloseReason, MonitorState};
use domain::{ChannelId, DeliveryId, ErrorCode, IncidentId, MonitorId, OrgId, Timestamp};

use crate::ledger::{Alert, Closed, Delivery, Incident, Monitor, Status};

/// An outage of which nobody was told, and that ended longer ago than this, is not told any more.
const STALE_MS: i64 = 600_000;

/// Reminders of one outage among which one is looked for by its name.
const MAX_REMINDERS: u32 = 10_000;

/// What PostgreSQL knows of a monitor.
#[derive(Clone, Debug)]
pub(crate) struct Seed {
    org_id: OrgId,
    state: MonitorState,
    /// Open or recently closed, oldest first.
    pub(super) incidents: Vec<SeedIncident>,
}

/// An incident.
#[derive(Clone, Debug)]
pub(super) struct SeedIncident {
    pub(super) id: IncidentId,
    pub(super) url: String,
    pub(super) started_at: Timestamp,
    pub(super) closed: Option<(Timestamp, CloseReason)>,
    pub(super) error_code: Option<ErrorCode>,
    pub(super) error: Option<String>,
    /// What became of its alerts, in the order of time.
    pub(super) events: Vec<SeedEvent>,
}

/// A step of an alert.
#[derive(Clone, Debug)]
pub(super) struct SeedEvent {
    pub(super) alert: AlertKind,
    pub(super) step: Step,
    pub(super) channel: ChannelId,
    pub(super) delivery: Option<DeliveryId>,
    pub(super) attempt: u32,
    pub(super) at: Timestamp,
    pub(super) source: Source,
    pub(super) receipt: Option<String>,
}

impl Seed {
    pub(super) fn new(org_id: OrgId, state: MonitorState) -> Self {
        Self {
            org_id,
            state,
            incidents: Vec::new(),
        }
    }

    /// The record, and the events of what became pointless meanwhile.
    pub(crate) fn into_monitor(self, id: MonitorId, now: Timestamp) -> (Monitor, Vec<AlertEvent>) {
        let mut events = Vec::new();
        let open = self.state.incident.as_ref();
        let taken_on = open.filter(|open| open.acknowledged).map(|open| open.id);
        let mut incidents: Vec<Incident> = self
            .incidents
            .into_iter()
            .filter_map(|incident| {
                let is_taken_on = taken_on == Some(incident.id);
                incident.into_incident(is_taken_on, now)
            })
            .collect();
        let mut monitor = Monitor::of(self.org_id);
        monitor.state = self.state;
        for incident in &mut incidents {
            if let Some(closed) = incident
                .closed
                .filter(|closed| closed.reason != CloseReason::Recovered)
            {
                monitor.withdraw(id, incident, closed.reason, now, &mut events);
            }
        }
        incidents.retain(|incident| !incident.is_finished(now));
        monitor.incidents = incidents;
        if monitor.is_remarkable() {
            monitor.kept = Some(now);
        }
        (monitor, events)
    }
}

impl SeedIncident {
    fn into_incident(self, is_taken_on: bool, now: Timestamp) -> Option<Incident> {
        let is_stale = self.closed.is_some_and(|(at, _)| now.millis_since(at) > STALE_MS);
        if self.events.is_empty() && is_stale {
            return None;
        }
        let down = self.alert(AlertKind::Down);
        let reminders = self.alert(AlertKind::Reminder);
        let mut acknowledged = self.alert(AlertKind::Acknowledged);
        let was_told = acknowledged.routed;
        // Whoever follows it was told of that, or is not here any more.
        acknowledged.routed = true;
        let up = match self.closed {
            Some((_, CloseReason::Recovered)) => Some(self.alert(AlertKind::Up)),
            _ => None,
        };
        Some(Incident {
            id: self.id,
            url: self.url,
            started_at: self.started_at,
            error_code: self.error_code,
            error: self.error,
            slow: false,
            reminders: Some(reminders).filter(|alert| alert.routed),
            acknowledged: Some(acknowledged).filter(|_| is_taken_on || was_told),
            closed: self.closed.map(|(at, reason)| Closed { at, reason }),
            down,
            up,
            earlier_outages: 0,
        })
    }

    fn alert(&self, kind: AlertKind) -> Alert {
        let nowhere = Source {
            cluster: String::new(),
            topic: String::new(),
            partition: -1,
            offset: -1,
        };
        let mut alert = Alert::new((nowhere, self.started_at));
        for event in self.events.iter().filter(|event| event.alert == kind) {
            alert.routed = true;
            alert.source = event.source.clone();
            if event.channel.0 == 0 {
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
                Step::Decided if delivery.status == Status::Failed => delivery.status = Status::Pending,
                Step::Decided => {}
                Step::Attempted => delivery.attempts = delivery.attempts.max(event.attempt),
                Step::Sent => {
                    delivery.status = Status::Sent;
                    delivery.receipt.clone_from(&event.receipt);
                }
                Step::Failed => {
                    delivery.status = Status::Failed;
                    delivery.failed_at = Some(event.at);
                }
                Step::Suppressed => delivery.status = Status::Suppressed,
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

#[cfg(test)]
mod tests {
    use super::*;
    use domain::fold::OpenIncident;

    #[test]
    fn what_was_taken_on_stays_so_and_reminders_go_on_counting() {
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
                    acknowledged,
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
            let (monitor, _) = seed.into_monitor(monitor, Timestamp::from_millis(9_000));
            let known = &monitor.incidents[0];
            assert_eq!(known.acknowledged.is_some(), acknowledged);
            assert_eq!(monitor.may_route(), !acknowledged, "whether it is reminded of");
            let last = known
                .reminders
                .as_ref()
                .and_then(|all| all.of(ChannelId(7)))
                .unwrap();
            assert_eq!(
                (last.id, last.ordinal, last.status),
                (reminder(1), 1, Status::Sent)
            );
            assert_eq!(last.decided_at, Timestamp::from_millis(4_000));
        }
    }
}
