//! Channels as far as their configurations need not be known: who may be notified.

use domain::channel::{ChannelAlerts, Kind};
use domain::internal::SealedChannel;
use domain::{ChannelId, UserId};

use crate::settings::Recipient;

/// A channel without its configuration.
#[derive(Clone, Copy, Debug)]
pub struct KnownChannel<'a> {
    /// Which.
    pub id: ChannelId,
    /// The name of its kind.
    pub kind: &'a str,
    /// Of what it is notified, and how often.
    pub alerts: ChannelAlerts,
    /// The member whose own it is; none where it is the organisation's.
    pub owner: Option<UserId>,
    /// Whether it is notified at all.
    pub enabled: bool,
}

impl<'a> From<&'a SealedChannel> for KnownChannel<'a> {
    fn from(channel: &'a SealedChannel) -> Self {
        Self {
            id: channel.id,
            kind: &channel.kind,
            alerts: channel.alerts,
            owner: channel.owner,
            enabled: channel.enabled,
        }
    }
}

impl KnownChannel<'_> {
    /// As it may be notified; none while it is disabled.
    pub fn recipient(&self) -> Option<Recipient> {
        let recipient = || Recipient {
            channel: self.id,
            preferences: self.alerts,
            wants_acknowledgements: Kind::parse(self.kind).is_some_and(Kind::receives_acknowledgements),
            is_own: self.owner.is_some(),
        };
        self.enabled.then(recipient)
    }

    /// Whether its service keeps incidents, each of which is to be ended; also while it is disabled.
    pub fn keeps_incidents(&self) -> bool {
        Kind::parse(self.kind).is_some_and(Kind::keeps_incidents)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(kind: &str, enabled: bool) -> KnownChannel<'_> {
        KnownChannel {
            id: ChannelId(7),
            kind,
            alerts: ChannelAlerts::default(),
            owner: None,
            enabled,
        }
    }

    #[test]
    fn a_disabled_channel_is_not_notified_and_its_incidents_are_ended() {
        let disabled = channel("pagerduty", false);
        assert!(disabled.recipient().is_none() && disabled.keeps_incidents());
        let own = KnownChannel {
            owner: Some(UserId(1)),
            ..channel("ntfy", true)
        };
        let recipient = own.recipient().unwrap();
        assert!(recipient.is_own && recipient.channel == ChannelId(7) && !own.keeps_incidents());
        // Another version knows its kind.
        let unknown = channel("carrier pigeon", true).recipient().unwrap();
        assert!(!unknown.is_own && !unknown.wants_acknowledgements);
    }
}
