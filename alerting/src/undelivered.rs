//! Messages that their channels took, and that are reported as not delivered since.

use domain::Lifecycle;
use domain::alert_event::AlertKind;

use crate::delivery::{Delivery, DeliveryStatus};
use crate::incident::Incident;
use crate::ledger::Ledger;

impl Ledger {
    /// Takes a report that a message was not delivered; answers whether it is news that something may follow from. It counts
    /// as a refusal from now on: whether the next step is due goes by it, and whether anybody was reached. A report that is
    /// read again, or comes when somebody has acknowledged the incident or it is over, changes nothing.
    pub(crate) fn note_undelivered(&mut self, report: &Lifecycle) -> bool {
        let mut incidents = self.incidents.iter_mut();
        let incident = incidents.find(|incident| Some(incident.id) == report.incident_id);
        let Some(incident) = incident.filter(|incident| incident.waits_for_somebody()) else {
            return false;
        };
        let mut all = incident.alerts.iter_mut().flat_map(|alert| &mut alert.deliveries);
        let delivery = all.find(|delivery| Some(delivery.id) == report.delivery_id);
        delivery.is_some_and(Delivery::note_undelivered)
    }
}

impl Incident {
    /// Whether it follows a policy, and nobody has acknowledged it.
    fn waits_for_somebody(&self) -> bool {
        let is_acknowledged = self.alert(AlertKind::Acknowledged).is_some();
        self.resolution.is_none() && !is_acknowledged && !self.escalations.is_empty()
    }
}

impl Delivery {
    /// One that is to be sent, again too, may reach somebody yet.
    fn note_undelivered(&mut self) -> bool {
        let is_news = self.status == DeliveryStatus::Sent && !self.undelivered;
        self.undelivered |= is_news;
        is_news
    }
}
