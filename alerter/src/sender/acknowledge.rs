//! Links in messages by which whoever can read them acknowledges the incident, where the channel allows that.

use alerting::Incident;
use domain::acknowledge_link::AcknowledgeLink;
use domain::alert_event::AlertKind;
use domain::internal::SealedChannel;

use super::{Inner, Job};
use crate::channel::AcknowledgeUrls;

/// Whether an alert is about an outage that goes on and that nobody has acknowledged. Slowness cannot be.
pub(super) fn is_asked_for(incident: &Incident, alert: AlertKind) -> bool {
    let mut alerts = incident.alerts().iter();
    matches!(alert, AlertKind::Down | AlertKind::Reminder)
        && !incident.degraded
        && incident.resolution.is_none()
        && !alerts.any(|known| known.kind == AlertKind::Acknowledged)
}

impl Inner {
    /// Where an incident is acknowledged by whoever reads the message about it.
    pub(super) fn acknowledge_urls(&self, sealed: &SealedChannel, job: &Job) -> Option<AcknowledgeUrls> {
        if !(job.context.asks_for_acknowledgement && sealed.alerts.acknowledge_by_link) {
            return None;
        }
        let link = AcknowledgeLink {
            org_id: job.org,
            monitor_id: job.monitor,
            incident_id: job.context.incident,
            channel_id: sealed.id,
            started_at: job.context.started_at,
        };
        // An outage may last longer than its links.
        if !link.is_valid_at(shared::now()) {
            return None;
        }
        let token = shared::acknowledge_link::token(&link, &self.keyring);
        Some(AcknowledgeUrls::new(&self.public_url, token))
    }
}
