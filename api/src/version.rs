//! Versions of what can be changed, for `ETag` and `If-Match`.

use uuid::Uuid;

use crate::{
    Account, AlertRoute, Channel, Destination, DrillSchedule, EscalationPolicy, MaintenanceWindow, Member,
    Monitor, OnCallSchedule, Organisation, ReportTemplate, Silence, SlaSchedule, StatusPage, StatusReport,
    Tag, Team,
};

/// What can be changed, and tells by its version whether it was.
pub trait Versioned {
    /// What is between the quotes of its `ETag`.
    fn etag(&self) -> String;
}

macro_rules! counted {
    ($($resource:ty)*) => {
        $(impl Versioned for $resource {
            fn etag(&self) -> String {
                self.version.to_string()
            }
        })*
    };
}

counted! {
    Monitor Channel Destination MaintenanceWindow Tag Organisation StatusPage StatusReport ReportTemplate SlaSchedule
    OnCallSchedule Team
    AlertRoute EscalationPolicy Silence DrillSchedule
}

/// The role: nothing else of a member is changed.
impl Versioned for Member {
    fn etag(&self) -> String {
        self.role.as_str().to_owned()
    }
}

/// A hash of what the person can change.
impl Versioned for Account {
    fn etag(&self) -> String {
        Uuid::new_v5(&Uuid::NAMESPACE_OID, self.user.name.as_bytes()).to_string()
    }
}
