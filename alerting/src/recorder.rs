//! Events: what was decided and what came of it, for `alert-events`.

use domain::alert_event::{AlertEvent, AlertKind, Source, Step};
use domain::{IncidentId, MonitorId, OrgId, Timestamp};

use crate::delivery::Delivery;

/// Records events of one monitor.
#[derive(Debug)]
pub(crate) struct Recorder<'a> {
    pub(crate) org_id: Option<OrgId>,
    pub(crate) monitor_id: MonitorId,
    pub(crate) revision: u32,
    pub(crate) now: Timestamp,
    pub(crate) events: &'a mut Vec<AlertEvent>,
}

impl Recorder<'_> {
    /// Records an event. A monitor whose organisation is not known has no channels and no events.
    pub(crate) fn record(
        &mut self,
        step: Step,
        incident_id: IncidentId,
        alert: AlertKind,
        source: &Source,
        delivery: Option<&Delivery>,
        reason: Option<&str>,
    ) -> Option<&mut AlertEvent> {
        let event = AlertEvent {
            v: 1,
            step,
            at: self.now,
            org_id: self.org_id?,
            monitor_id: self.monitor_id,
            incident_id,
            alert,
            delivery_id: delivery.map(|delivery| delivery.id),
            channel_id: delivery.map(|delivery| delivery.channel),
            source: source.clone(),
            revision: Some(self.revision),
            attempt: delivery.map_or(0, |delivery| delivery.attempts),
            reason: reason.map(str::to_owned),
            receipt: None,
            cause: delivery.and_then(|delivery| delivery.cause),
            // Said once everything is decided.
            regions: None,
        };
        self.events.push(event);
        self.events.last_mut()
    }
}
