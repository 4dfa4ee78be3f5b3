//! What an organisation has set about notifications.

use domain::ChannelId;
use domain::alert_rules::AlertRules;
use domain::channel::ChannelAlerts;

/// A channel that may be notified.
#[derive(Clone, Copy, Debug)]
pub struct Recipient {
    /// Which.
    pub channel: ChannelId,
    /// Of what, and how often.
    pub preferences: ChannelAlerts,
    /// Whether it is notified of acknowledgements.
    pub wants_acknowledgements: bool,
}

/// What an organisation has set about notifications.
#[derive(Clone, Copy, Debug)]
pub struct NotificationSettings<'a> {
    /// Its enabled channels.
    pub recipients: &'a [Recipient],
    /// Its channels that have incidents of their own, each of which is to be ended; also those that are disabled.
    pub incident_keepers: &'a [ChannelId],
    /// Muted monitors and maintenance windows.
    pub rules: &'a AlertRules,
}

impl<'a> NotificationSettings<'a> {
    pub(crate) fn recipient(self, channel: ChannelId) -> Option<&'a Recipient> {
        self.recipients
            .iter()
            .find(|recipient| recipient.channel == channel)
    }
}
