//! Whose a monitor is. Only user-service knows; a record of the log merely says so.
//!
//! - What user-service has said is never changed by a record: one that says otherwise is ignored.
//! - While it has not been asked, a record's word is a reason to ask, and nobody is told of anything.
//! - When it was asked and could not answer, and nothing is known, the word of the records is believed until it
//!   answers: a new monitor's outage is told also while user-service is away. When they contradict each other,
//!   nobody is told.
//! - When it answers, and everything that is kept came from records that lied, that is forgotten: the processor has
//!   not counted them either.

use domain::alert_event::AlertEvent;
use domain::{MonitorId, OrgId, Record, Timestamp};
use serde::{Deserialize, Serialize};

use super::monitor::Monitor;

/// How the organisation of a monitor is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OwnerSource {
    /// Records say so, if anything does.
    #[default]
    Records,
    /// Records say so, and user-service could not be asked.
    Believed,
    /// Records contradict each other.
    Disputed,
    /// User-service has said so, or PostgreSQL.
    Known,
}

impl OwnerSource {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
    pub(super) fn is_records(&self) -> bool {
        *self == Self::Records
    }
}

/// Why nobody is told any more of what a record of another organisation brought about.
const NOT_THEIRS: &str = "the monitor belongs to another organisation";

impl Monitor {
    /// A monitor that user-service has named.
    pub(crate) fn of(org: OrgId) -> Self {
        Self {
            org_id: Some(org),
            owner_source: OwnerSource::Known,
            ..Self::default()
        }
    }

    /// Whom alerts are for, when that is known or has to be believed.
    pub(crate) fn owner(&self) -> Option<OrgId> {
        self.org_id
            .filter(|_| matches!(self.owner_source, OwnerSource::Known | OwnerSource::Believed))
    }

    /// Whether user-service need not be asked.
    pub(crate) fn owner_is_known(&self) -> bool {
        self.owner_source == OwnerSource::Known
    }

    /// Takes note of whose a record says the monitor is; answers false when it is known to be another's, and the
    /// record is to be ignored.
    pub(super) fn admits(&mut self, record: &Record) -> bool {
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

    /// User-service cannot be asked: what records say has to do.
    pub(crate) fn believe(&mut self) {
        if self.org_id.is_some() && self.owner_source == OwnerSource::Records {
            self.owner_source = OwnerSource::Believed;
        }
    }

    /// User-service has said whose it is. Answers false when what was kept came from records of another
    /// organisation, and is forgotten.
    pub(crate) fn belongs_to(
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
        let mut context = self.context(id, now, events);
        for incident in incidents.iter_mut().filter(|incident| incident.down.routed) {
            incident.suppress_all(NOT_THEIRS, &mut context);
        }
        *self = Self {
            kept: self.kept.map(|_| now),
            ..Self::of(org)
        };
        false
    }
}
