//! What was learned of a monitor on another partition than its own, by a release that folded records wherever they
//! were.

use domain::alert_event::AlertEvent;
use domain::fold::{Activity, CloseReason, MonitorState, State};
use domain::{MonitorId, Timestamp};

use crate::MAX_INCIDENTS;
use crate::incident::Incident;
use crate::ledger::Ledger;

/// Why what was still to be sent of an incident is not sent any more.
const SAME_OUTAGE: &str = "the same outage was seen on the monitor's own partition";

impl Ledger {
    /// Takes over what is unfinished in `stray`, so that whoever was notified of a beginning is notified of the end.
    /// An open incident goes on here; where another one is open already, that one's end is the end of both. Of a
    /// monitor that was paused or deleted meanwhile it ends with that. Doing it again changes nothing.
    pub fn absorb(&mut self, id: MonitorId, stray: Self, now: Timestamp) -> Vec<AlertEvent> {
        let mut events = Vec::new();
        if self.owner_is_known() && stray.org_id != self.org_id {
            return events;
        }
        if !self.owner_is_known() {
            (self.org_id, self.owner_source) = (stray.org_id.or(self.org_id), stray.owner_source);
        }
        let here = &self.state;
        let activity = here.activity;
        let is_free =
            here.incident.is_none() && here.state != State::Degraded && activity == Activity::Active;
        let is_new = stray
            .incidents
            .iter()
            .any(|it| it.resolution.is_none() && !self.holds(it));
        let goes_on = is_free && is_new && stray.state.activity == Activity::Active;
        if goes_on {
            self.state = MonitorState {
                revision: here.revision.max(stray.state.revision),
                last_slot: here.last_slot.max(stray.state.last_slot),
                ..stray.state
            };
            self.awaited_since = stray.awaited_since;
        }
        let mut recorder = self.recorder(id, now, &mut events);
        for mut incident in stray.incidents {
            if self.holds(&incident) {
                continue;
            }
            if incident.resolution.is_none() && !goes_on {
                let reason = match activity {
                    Activity::Active => {
                        incident.suppress_all(SAME_OUTAGE, &mut recorder);
                        continue;
                    }
                    Activity::Paused => CloseReason::Paused,
                    Activity::Deleted => CloseReason::Deleted,
                };
                incident.stop_unseen(reason, &mut recorder);
            }
            if self.incidents.len() < MAX_INCIDENTS {
                self.incidents.push(incident);
            }
        }
        self.persisted_at = Some(now);
        events
    }

    fn holds(&self, incident: &Incident) -> bool {
        self.incidents.iter().any(|known| known.id == incident.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::alert_event::AlertKind;

    const ID: MonitorId = MonitorId(1);

    fn told() -> Ledger {
        let json = include_str!("../../domain/fixtures/alert-state/told.json");
        serde_json::from_str(json).unwrap()
    }

    fn later() -> Timestamp {
        Timestamp::from_millis(1_900_000_000_000)
    }

    #[test]
    fn an_open_incident_goes_on_and_its_name_stays() {
        let mut ledger = Ledger::default();
        ledger.state.last_slot = Some(later());
        ledger.state.revision = 4;
        assert!(ledger.absorb(ID, told(), later()).is_empty());
        assert_eq!(ledger.state.incident, told().state.incident);
        assert_eq!(
            (ledger.state.revision, ledger.state.last_slot),
            (4, Some(later()))
        );
        assert_eq!(ledger.incidents, told().incidents);
        assert!(ledger.owner_is_known());
        let once = ledger.clone();
        assert!(ledger.absorb(ID, told(), later()).is_empty());
        assert_eq!(ledger, once);
    }

    #[test]
    fn of_two_open_incidents_the_monitors_own_stays() {
        let mut ledger = told();
        let id = domain::IncidentId::new(ID, 9, later());
        ledger.incidents[0].id = id;
        if let Some(incident) = &mut ledger.state.incident {
            incident.id = id;
        }
        let before = ledger.clone();
        ledger.absorb(ID, told(), later());
        assert_eq!(
            (&ledger.state, &ledger.incidents),
            (&before.state, &before.incidents)
        );
    }

    #[test]
    fn whoever_was_told_hears_of_the_end_that_a_user_made_meanwhile() {
        for (activity, reason) in [
            (Activity::Paused, CloseReason::Paused),
            (Activity::Deleted, CloseReason::Deleted),
        ] {
            let mut ledger = Ledger::default();
            ledger.state.activity = activity;
            ledger.absorb(ID, told(), later());
            let incident = &ledger.incidents[0];
            assert_eq!(incident.resolution.map(|end| end.reason), Some(reason));
            assert!(incident.alert(AlertKind::Up).is_some() && ledger.state.incident.is_none());
        }
    }

    #[test]
    fn what_another_organisation_is_said_to_have_is_left() {
        let mut ledger = Ledger::owned_by(domain::OrgId(8));
        let before = ledger.clone();
        ledger.absorb(ID, told(), later());
        assert_eq!(ledger, before);
    }
}
