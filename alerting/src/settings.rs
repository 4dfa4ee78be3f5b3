//! What an organisation has set about notifications.

use domain::alert_policy::AlertPolicy;
use domain::alert_rules::AlertRules;
use domain::channel::ChannelAlerts;
use domain::routing::{Labels, RouteIndex};
use domain::{ChannelId, MonitorId, Severity, Timestamp};

/// A channel that may be notified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Which.
    pub channel: ChannelId,
    /// Of what, and how often.
    pub preferences: ChannelAlerts,
    /// Whether it is notified of acknowledgements.
    pub wants_acknowledgements: bool,
    /// Whether it is a member's own: it is notified only where an escalation policy names that member.
    pub is_own: bool,
}

/// What an organisation has set about notifications.
#[derive(Clone, Copy, Debug)]
pub struct NotificationSettings<'a> {
    /// Its enabled channels, and those of its members.
    pub recipients: &'a [Recipient],
    /// Its channels that have incidents of their own, each of which is to be ended; also those that are disabled.
    pub incident_keepers: &'a [ChannelId],
    /// Muted monitors and maintenance windows.
    pub rules: &'a AlertRules,
    /// Who is notified when.
    pub policy: &'a AlertPolicy,
    /// Of the routes of that, where many incidents are decided by them. It changes no decision.
    pub route_index: Option<&'a RouteIndex>,
    /// What routes go by of the monitor; none where that is not known.
    pub labels: Option<&'a Labels>,
    /// Whether one of the monitors on which it depends is down.
    pub upstream: Upstream,
}

/// Whether one of the monitors on which a monitor depends is down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Upstream {
    /// None is, as far as is known.
    #[default]
    NotDown,
    /// This one is, and somebody is notified of that.
    Down(MonitorId),
}

/// A monitor of which nothing is known that routes go by.
static UNKNOWN: Labels = Labels {
    kind: None,
    severity: Severity::Critical,
    tags: Vec::new(),
    recipients: None,
    depends_on: Vec::new(),
    wait_seconds: 0,
    recheck_seconds: 0,
    is_depended_on: false,
    flapping: None,
    drill_of: None,
};

impl<'a> NotificationSettings<'a> {
    pub(crate) fn labels(self) -> &'a Labels {
        self.labels.unwrap_or(&UNKNOWN)
    }

    /// The monitor that mutes, silences and maintenance windows have to name: of a drill, the one whose outage is rehearsed.
    pub(crate) fn subject(self, monitor: MonitorId) -> MonitorId {
        self.labels().drill_of.unwrap_or(monitor)
    }

    pub(crate) fn recipient(self, channel: ChannelId) -> Option<&'a Recipient> {
        self.recipients
            .iter()
            .find(|recipient| recipient.channel == channel)
    }

    /// Whether a channel has incidents of its own.
    pub(crate) fn keeps_incidents(self, channel: ChannelId) -> bool {
        self.incident_keepers.contains(&channel)
    }

    /// Until when a channel has quiet hours, as far as this monitor is concerned.
    pub(crate) fn quiet_until(self, channel: ChannelId, now: Timestamp) -> Option<Timestamp> {
        let preferences = self.recipient(channel)?.preferences;
        preferences.quiet_until(self.labels().severity, now)
    }
}
