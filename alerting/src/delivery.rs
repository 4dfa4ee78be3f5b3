//! A message to one channel.

use domain::alert_event::{AlertKind, Cause};
use domain::{ChannelId, DeliveryId, IncidentId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::lenient;

/// How long a failed delivery can be sent once more, in milliseconds.
const RESENDABLE_MS: i64 = 7 * 24 * 3_600_000;

/// A message to one channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its name.
    pub id: DeliveryId,
    /// Where it goes.
    pub channel: ChannelId,
    /// What has become of it.
    pub status: DeliveryStatus,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// Attempts made.
    #[serde(default)]
    pub attempts: u32,
    /// Attempts of which it is not known whether the channel has received the message.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unanswered: u32,
    /// When it is tried again, or when the filters are asked again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
    /// Counts the reminders to the channel.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) ordinal: u32,
    /// What the channel answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) receipt: Option<String>,
    /// When it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failed_at: Option<Timestamp>,
    /// The offset of the last record that had it sent once more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) resent_by: Option<i64>,
    /// Why it goes there; absent where all enabled channels are notified, and of what follows from the beginning.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::option"
    )]
    pub(crate) cause: Option<Cause>,
    /// Whether the channel is notified because nobody was reached whom escalation policies name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) fell_back: bool,
    /// Whether the channel took it, and its service has reported since that it was not delivered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) undelivered: bool,
    /// Whether an earlier reminder to the channel, of which nothing else is kept, was received, or may have been.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) follows_received: bool,
    /// When the quiet hours ended that have held it back: it is sent together with what else waited for their end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_quiet: Option<Timestamp>,
}

/// What has become of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// A filter has put it off.
    Waiting,
    /// It is to be sent.
    Pending,
    /// The channel has received it.
    Sent,
    /// Given up.
    Failed,
    /// Not to be sent any more.
    Suppressed,
}

impl Delivery {
    pub(crate) fn new(incident: IncidentId, channel: ChannelId, alert: AlertKind, now: Timestamp) -> Self {
        Self {
            id: DeliveryId::new(incident, channel, alert.as_str(), 0),
            channel,
            status: DeliveryStatus::Pending,
            decided_at: now,
            attempts: 0,
            unanswered: 0,
            next_at: None,
            ordinal: 0,
            receipt: None,
            failed_at: None,
            resent_by: None,
            cause: None,
            fell_back: false,
            undelivered: false,
            follows_received: false,
            after_quiet: None,
        }
    }

    /// The `ordinal`-th reminder of an incident.
    pub(crate) fn reminder(incident: IncidentId, channel: ChannelId, ordinal: u32, now: Timestamp) -> Self {
        Self::again(incident, channel, AlertKind::Reminder, ordinal, now)
    }

    /// The `ordinal`-th message of a kind about an incident.
    pub(crate) fn again(
        incident: IncidentId,
        channel: ChannelId,
        alert: AlertKind,
        ordinal: u32,
        now: Timestamp,
    ) -> Self {
        Self {
            id: DeliveryId::new(incident, channel, alert.as_str(), ordinal),
            ordinal,
            ..Self::new(incident, channel, alert, now)
        }
    }

    /// Whether a step of an escalation has added it, or the want of anybody whom one reaches.
    pub(crate) fn is_of_step(&self) -> bool {
        self.fell_back || self.cause.is_some_and(|cause| cause.step.is_some())
    }

    /// Asks the filters again about one that was not sent: a step notifies its channel once more.
    pub(crate) fn ask_again(&mut self, cause: Cause, now: Timestamp) {
        self.status = DeliveryStatus::Waiting;
        self.decided_at = now;
        self.next_at = None;
        self.failed_at = None;
        self.cause = Some(cause);
        self.after_quiet = None;
        // What is recorded of it from now on has other names.
        self.attempts += 1;
    }

    /// Whether both are sent in one message, that of what waited for the same quiet hours of the channel.
    pub fn is_together_with(&self, other: &Self) -> bool {
        self.channel == other.channel && self.after_quiet.is_some() && self.after_quiet == other.after_quiet
    }

    pub(crate) fn is_unfinished(&self) -> bool {
        matches!(self.status, DeliveryStatus::Waiting | DeliveryStatus::Pending)
    }

    /// Whether the channel has received it, or may have.
    pub(crate) fn may_have_arrived(&self) -> bool {
        self.status == DeliveryStatus::Sent || self.unanswered > 0
    }

    /// Whether it was not received and will not be.
    pub(crate) fn is_in_vain(&self) -> bool {
        matches!(self.status, DeliveryStatus::Failed | DeliveryStatus::Suppressed) && !self.may_have_arrived()
    }

    /// Whether nobody has it, as far as is known. What is reported as not delivered may have come all the same, so that its
    /// channel hears of the end.
    pub(crate) fn reaches_nobody(&self) -> bool {
        self.undelivered || self.is_in_vain()
    }

    /// The same of all messages of its kind to its channel.
    pub(crate) fn has_reached_nobody(&self) -> bool {
        self.reaches_nobody() && !self.follows_received
    }

    /// Whether it can be sent once more by hand.
    pub(crate) fn is_resendable(&self, now: Timestamp) -> bool {
        let recently = |at: Timestamp| now.millis_since(at) < RESENDABLE_MS;
        self.status == DeliveryStatus::Failed && self.failed_at.is_some_and(recently)
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
pub(crate) fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use domain::MonitorId;

    use super::*;

    #[test]
    fn what_held_it_back_is_written_where_something_did() {
        let at = Timestamp::from_millis(1_800_000_000_000);
        let incident = IncidentId::new(MonitorId(1), 1, at);
        let plain = Delivery::new(incident, ChannelId(1), AlertKind::Down, at);
        let held = Delivery {
            after_quiet: Some(at),
            ..plain.clone()
        };
        for (delivery, written) in [
            (&plain, None),
            (&held, Some(r#""after_quiet":"2027-01-15T08:00:00.000Z""#)),
        ] {
            let json = serde_json::to_string(delivery).unwrap();
            assert_eq!(json.contains("after_quiet"), written.is_some(), "{json}");
            assert!(written.is_none_or(|written| json.contains(written)), "{json}");
            assert_eq!(serde_json::from_str::<Delivery>(&json).unwrap(), *delivery);
        }
        assert!(held.is_together_with(&held) && !held.is_together_with(&plain));
        assert!(!plain.is_together_with(&plain));
    }
}
