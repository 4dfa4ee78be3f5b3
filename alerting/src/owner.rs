//! Whose a monitor is. Only user-service knows; a record of the log merely says so.
//!
//! - What user-service has said is never changed by a record: one that says otherwise is ignored.
//! - Before it was asked, what a record says is a reason to ask, and nobody is notified.
//! - When it was asked and could not answer, and nothing is known, the records are believed until it answers: a new
//!   monitor's outage is announced also while user-service is away. When they contradict each other, nobody is
//!   notified.
//! - When it answers that the records named the wrong organisation, what came of them is forgotten: the processor
//!   has not counted them either.

use domain::alert_event::AlertEvent;
use domain::{MonitorId, OrgId, Record, Timestamp};

use crate::actions::{Actions, OwnerAnswer};
use crate::ledger::{Ledger, OwnerSource};

/// Why what a record of another organisation has caused is not sent any more.
const OTHER_ORGANISATION: &str = "the monitor belongs to another organisation";

impl Ledger {
    /// The ledger of a monitor whose organisation user-service has named.
    pub fn owned_by(org: OrgId) -> Self {
        Self {
            org_id: Some(org),
            owner_source: OwnerSource::Known,
            ..Self::default()
        }
    }

    /// Whom alerts are for, when that is known or has to be believed.
    pub fn owner(&self) -> Option<OrgId> {
        self.org_id
            .filter(|_| matches!(self.owner_source, OwnerSource::Known | OwnerSource::Believed))
    }

    /// Whether user-service need not be asked.
    pub fn owner_is_known(&self) -> bool {
        self.owner_source == OwnerSource::Known
    }

    /// Takes note of whose a record says the monitor is; answers false when it is known to be another's, and the
    /// record is to be ignored.
    pub(super) fn accepts(&mut self, record: &Record) -> bool {
        match (record.org_id(), self.org_id) {
            (None, _) => true,
            (Some(said), Some(org)) if said == org => true,
            (Some(_), Some(_)) if self.owner_is_known() => false,
            (Some(_), Some(_)) => {
                self.owner_source = OwnerSource::Disputed;
                true
            }
            (Some(said), None) => {
                self.org_id = Some(said);
                true
            }
        }
    }

    /// Takes what user-service says about whose the monitor is.
    pub(crate) fn take_owner(&mut self, id: MonitorId, answer: OwnerAnswer, now: Timestamp) -> Actions {
        let mut actions = Actions::default();
        match answer {
            OwnerAnswer::NoMonitor => {
                self.abandon(now);
                actions.persist = true;
            }
            // What records say has to do.
            OwnerAnswer::Unavailable => {
                if self.org_id.is_some() && self.owner_source == OwnerSource::Records {
                    self.owner_source = OwnerSource::Believed;
                }
            }
            OwnerAnswer::Organisation(_) if self.owner_is_known() => {}
            OwnerAnswer::Organisation(org) => {
                actions.disowned = !self.belongs_to(org, id, now, &mut actions.events);
                actions.persist = self.persisted_at.is_some();
            }
        }
        actions
    }

    /// Takes the owner. Answers false when what was kept came from records of another organisation, and is
    /// forgotten.
    fn belongs_to(
        &mut self,
        org: OrgId,
        id: MonitorId,
        now: Timestamp,
        events: &mut Vec<AlertEvent>,
    ) -> bool {
        let said = self.org_id.filter(|_| self.owner_source != OwnerSource::Disputed);
        if said.is_none_or(|said| said == org) {
            self.org_id = Some(org);
            self.owner_source = OwnerSource::Known;
            return true;
        }
        let mut incidents = std::mem::take(&mut self.incidents);
        let mut recorder = self.recorder(id, now, events);
        for incident in incidents.iter_mut().filter(|incident| incident.opening().routed) {
            incident.suppress_all(OTHER_ORGANISATION, &mut recorder);
        }
        *self = Self {
            persisted_at: self.persisted_at.map(|_| now),
            ..Self::owned_by(org)
        };
        false
    }
}
