//! Names. What a database counts is an integer; what an event brings about has a name that anyone can
//! compute again from the event, so that an effect applied twice lands on the same row.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::email::EmailAddress;
use crate::time::Timestamp;

/// Namespace of incident names (a random UUID, fixed for ever).
const INCIDENTS: Uuid = Uuid::from_u128(0x6f1d_7c1e_52a4_4d0b_9a53_1f60_0c54_8e21);
/// Namespace of delivery names (a random UUID, fixed for ever).
const DELIVERIES: Uuid = Uuid::from_u128(0x0b9e_42d7_84f3_4c6a_b1c8_e7a2_93d0_5f46);
/// Namespace of the names of e-mail recipients (a random UUID, fixed for ever).
const EMAIL_RECIPIENTS: Uuid = Uuid::from_u128(0x5d2f_9a36_1b7c_4e08_8f64_c03b_7a95_e1d2);
/// Namespace of the names of mails to subscribers (a random UUID, fixed for ever).
const NOTICES: Uuid = Uuid::from_u128(0x2c81_f0b4_6e5d_4937_a1fb_90d7_3c46_e85a);

macro_rules! integer_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

integer_id!(
    /// What is watched.
    MonitorId
);
integer_id!(
    /// Whom it belongs to.
    OrgId
);
integer_id!(
    /// Where alerts go.
    ChannelId
);
integer_id!(
    /// A credential of a program.
    ApiKeyId
);
integer_id!(
    /// A status page.
    StatusPageId
);
integer_id!(
    /// What a status page shows the state of.
    ComponentId
);
integer_id!(
    /// What people say on a status page about a problem.
    StatusReportId
);
integer_id!(
    /// One update of a report.
    ReportUpdateId
);
integer_id!(
    /// Where the updates of a status page's reports are posted to.
    DestinationId
);

integer_id!(
    /// A person with an account.
    UserId
);
integer_id!(
    /// A label of monitors.
    TagId
);
integer_id!(
    /// A rule that says where alerts go.
    RouteId
);
integer_id!(
    /// A while in which nobody is notified of some incidents.
    SilenceId
);
integer_id!(
    /// Who is notified in turn while nobody acknowledges.
    EscalationPolicyId
);
integer_id!(
    /// Who is on call when.
    ScheduleId
);
integer_id!(
    /// Members who are notified together.
    TeamId
);
integer_id!(
    /// An outage that is rehearsed.
    DrillId
);

impl MonitorId {
    /// The monitor that a drill has of its own: what the log says of it is no other monitor's. Monitors have positive ids.
    pub fn of_drill(drill: DrillId) -> Self {
        Self(-drill.0)
    }

    /// The drill whose own monitor it is.
    pub fn drill(self) -> Option<DrillId> {
        (self.0 < 0).then(|| DrillId(self.0.saturating_neg()))
    }
}

impl DestinationId {
    /// The name of the message about an update: UUIDv5 (RFC 9562) of `update/destination`.
    pub fn delivery(self, update: ReportUpdateId) -> DeliveryId {
        let name = format!("report/{update}/{self}");
        DeliveryId(Uuid::new_v5(&DELIVERIES, name.as_bytes()))
    }
}

/// An outage, from the first failing slot until it is resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct IncidentId(pub Uuid);

impl IncidentId {
    /// UUIDv5 (RFC 9562) of `monitor/revision/first failing slot`. The revision is part of the name
    /// because the first check after an edit may run under a slot that has failed before the edit.
    pub fn new(monitor: MonitorId, revision: u32, first_failing_slot: Timestamp) -> Self {
        let name = format!("{monitor}/{revision}/{}", first_failing_slot.as_millis());
        Self(Uuid::new_v5(&INCIDENTS, name.as_bytes()))
    }

    /// The name of an outage that a quorum of regions has found: by the result that opened it, since the first failing
    /// slot of a region may belong to an outage that is over. `@` occurs in no other name.
    pub fn by_quorum(monitor: MonitorId, revision: u32, slot: Timestamp, region: &str) -> Self {
        let name = format!("{monitor}/{revision}/{}@{region}", slot.as_millis());
        Self(Uuid::new_v5(&INCIDENTS, name.as_bytes()))
    }

    /// The name of a time in which a monitor is degraded, by its first slow slot. It is no outage, but alerts about it
    /// are named in the same way.
    pub fn of_degradation(monitor: MonitorId, revision: u32, first_slow_slot: Timestamp) -> Self {
        let name = format!("{monitor}/{revision}/{}/slow", first_slow_slot.as_millis());
        Self(Uuid::new_v5(&INCIDENTS, name.as_bytes()))
    }

    /// The name of such a time that a quorum of regions has found, by the result that began it.
    pub fn of_degradation_by_quorum(
        monitor: MonitorId,
        revision: u32,
        slot: Timestamp,
        region: &str,
    ) -> Self {
        let name = format!("{monitor}/{revision}/{}@{region}/slow", slot.as_millis());
        Self(Uuid::new_v5(&INCIDENTS, name.as_bytes()))
    }

    /// The name of a time in which response times are slower than usual, by the result that began it. It is no incident, and
    /// has alerts where the monitor asks for them.
    pub fn of_anomaly(monitor: MonitorId, revision: u32, slot: Timestamp, region: Option<&str>) -> Self {
        let slot = slot.as_millis();
        let name = match region {
            Some(region) => format!("{monitor}/{revision}/{slot}@{region}/unusual"),
            None => format!("{monitor}/{revision}/{slot}/unusual"),
        };
        Self(Uuid::new_v5(&INCIDENTS, name.as_bytes()))
    }

    /// The name of a time in which too few regions of a monitor were heard of. It is no incident, and has alerts all the same.
    pub fn of_silence(monitor: MonitorId, revision: u32, since: Timestamp) -> Self {
        let name = format!("{monitor}/{revision}/{}/unseen", since.as_millis());
        Self(Uuid::new_v5(&INCIDENTS, name.as_bytes()))
    }
}

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One message about an incident to one channel, or about an update of a report to one destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct DeliveryId(pub Uuid);

impl DeliveryId {
    /// UUIDv5 (RFC 9562) of `incident/channel/event/ordinal`; `ordinal` counts the messages of the same
    /// event, from 0.
    pub fn new(incident: IncidentId, channel: ChannelId, event: &str, ordinal: u32) -> Self {
        let name = format!("{incident}/{channel}/{event}/{ordinal}");
        Self(Uuid::new_v5(&DELIVERIES, name.as_bytes()))
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An address that an organisation's e-mail channels send to. Where it is stored or sent, the address itself is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct EmailRecipientId(pub Uuid);

impl EmailRecipientId {
    /// UUIDv5 (RFC 9562) of `organisation/address`, with the address in its normal form.
    pub fn new(org: OrgId, address: &str) -> Self {
        let name = format!("{org}/{}", EmailAddress::normal_of(address));
        Self(Uuid::new_v5(&EMAIL_RECIPIENTS, name.as_bytes()))
    }
}

impl fmt::Display for EmailRecipientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Somebody who gets mails about a status page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct SubscriberId(pub Uuid);

impl SubscriberId {
    /// The name of the mail about an update: UUIDv5 (RFC 9562) of `update/subscriber`.
    pub fn notice(self, update: ReportUpdateId) -> Uuid {
        Uuid::new_v5(&NOTICES, format!("{update}/{self}").as_bytes())
    }

    /// The name that the mails about a report follow, and which none of them has.
    pub fn thread(self, report: StatusReportId) -> Uuid {
        Uuid::new_v5(&NOTICES, format!("report/{report}/{self}").as_bytes())
    }

    /// The name of the mail that answers a sign-up at an instant.
    pub fn answer(self, asked_at: Timestamp) -> Uuid {
        let name = format!("sign-up/{}/{self}", asked_at.as_millis());
        Uuid::new_v5(&NOTICES, name.as_bytes())
    }
}

impl fmt::Display for SubscriberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_frozen() {
        let incident = IncidentId::new(MonitorId(42), 3, Timestamp::from_millis(1_795_255_200_118));
        assert_eq!(incident.to_string(), "82f05d36-573a-59ff-9bcb-fc8dc8e27aa8");
        let slot = Timestamp::from_millis(1_795_255_200_118);
        let by_quorum = IncidentId::by_quorum(MonitorId(42), 3, slot, "eu");
        assert_eq!(by_quorum.to_string(), "ec8f3950-fe85-5298-a864-707e0c1c82c0");
        let slow = IncidentId::of_degradation_by_quorum(MonitorId(42), 3, slot, "eu");
        assert_eq!(slow.to_string(), "7d745be8-7881-517f-afaf-577963cfe8fe");
        let delivery = DeliveryId::new(incident, ChannelId(9), "down", 0);
        assert_eq!(delivery.to_string(), "636ce56f-5bb0-50da-bada-d291dd1f64e5");
        let delivery = DestinationId(9).delivery(ReportUpdateId(42));
        assert_eq!(delivery.to_string(), "62a1d418-7f76-5e11-aaf0-7ef734e71e6c");
        let subscriber = SubscriberId(Uuid::from_u128(7));
        let notice = subscriber.notice(ReportUpdateId(42));
        assert_eq!(notice.to_string(), "cf169bf7-84ee-5c15-9e23-eac1b7c3251d");
        let thread = subscriber.thread(StatusReportId(42));
        assert_eq!(thread.to_string(), "65a9d3df-5733-5114-a9ec-7b6b20b31bcf");
        assert_eq!(
            subscriber.answer(slot).to_string(),
            "f5583ff5-5256-5375-aa3d-dbcd27954079"
        );
    }
}
