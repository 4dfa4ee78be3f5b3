//! Quiet hours of members' own channels: when somebody sleeps is told to nobody else. Pure.

use std::collections::HashSet;
use std::sync::Arc;

use alerting::backtest::Settings;
use alerting::{Recipient, suppression_of};
use domain::alert_policy::AlertPolicy;
use domain::suppression::Suppression;
use domain::{ChannelId, Timestamp, UserId};

/// What is said of a channel whose settings are somebody else's affair.
pub(crate) const BY_SETTINGS: &str = "the settings of the channel kept it back";

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Onlooker {
    /// Who runs the product, and the other services.
    Operator,
    /// A member of the organisation, who knows the own channels.
    Member(UserId),
    /// An API key, which is not the person who made it.
    Key,
}

impl Onlooker {
    /// Whether a channel is a member's own, and not that of who looks.
    fn is_others(self, recipient: &Recipient, policy: &AlertPolicy) -> bool {
        recipient.is_own
            && match self {
                Self::Operator => false,
                Self::Key => true,
                Self::Member(id) => {
                    let mut own = policy.people.iter().filter(|person| person.id == id);
                    !own.any(|person| person.channels.contains(&recipient.channel))
                }
            }
    }

    /// Whether the quiet hours of a channel are told to who looks.
    pub(crate) fn knows_hours(self, settings: &Settings, channel: ChannelId) -> bool {
        let mut recipients = settings.recipients.iter();
        let recipient = recipients.find(|recipient| recipient.channel == channel);
        recipient.is_none_or(|recipient| !self.is_others(recipient, &settings.policy))
    }

    /// The channels among these settings whose settings are somebody else's affair.
    pub(crate) fn others(self, versions: &[(Timestamp, Arc<Settings>)]) -> HashSet<ChannelId> {
        let others = versions.iter().flat_map(|(_, settings)| {
            let recipients = settings.recipients.iter();
            recipients.filter(move |recipient| self.is_others(recipient, &settings.policy))
        });
        others.map(|recipient| recipient.channel).collect()
    }

    /// Leaves out the quiet hours that are not told to who looks: when a simulation sends something tells them as well.
    pub(crate) fn leave_out_hours(self, settings: &mut Settings) {
        let Settings {
            recipients, policy, ..
        } = settings;
        for recipient in recipients {
            let alerts = &recipient.preferences;
            let has_hours = alerts.quiet_hours.is_some() || alerts.owner_quiet_hours.is_some();
            if has_hours && self.is_others(recipient, policy) {
                let alerts = &mut recipient.preferences;
                (alerts.quiet_hours, alerts.owner_quiet_hours) = (None, None);
            }
        }
    }
}

/// What is told of a reason that concerns the channel of somebody else. Throttles are told in the same words as quiet hours,
/// so that these words do not stand for quiet hours.
pub(crate) fn reason_of_others(reason: String) -> String {
    match suppression_of(&reason) {
        Some(Suppression::QuietHours | Suppression::Throttle) => BY_SETTINGS.to_owned(),
        _ => reason,
    }
}

#[cfg(test)]
mod tests {
    use domain::alert_policy::Person;
    use domain::channel::{ChannelAlerts, QuietHours};
    use domain::hours::{Days, Hours};

    use super::*;

    const ADA: UserId = UserId(1);
    const BOB: UserId = UserId(2);
    const OPS: ChannelId = ChannelId(10);
    const OF_ADA: ChannelId = ChannelId(20);

    fn recipient(channel: ChannelId) -> Recipient {
        let hours = Hours {
            time_zone: chrono_tz::UTC,
            days: Days::default(),
            from: "22:00:00".parse().unwrap(),
            until: "07:00:00".parse().unwrap(),
        };
        let quiet_hours = Some(QuietHours { hours, passes: None });
        Recipient {
            channel,
            preferences: ChannelAlerts {
                quiet_hours,
                ..ChannelAlerts::default()
            },
            wants_acknowledgements: false,
            is_own: channel == OF_ADA,
        }
    }

    fn settings() -> Settings {
        let mut settings = Settings {
            recipients: vec![recipient(OPS), recipient(OF_ADA)],
            ..Settings::default()
        };
        settings.policy.people = [(ADA, vec![OF_ADA]), (BOB, Vec::new())]
            .map(|(id, channels)| Person { id, channels })
            .to_vec();
        settings
    }

    #[test]
    fn when_somebody_sleeps_is_known_to_that_member_and_to_nobody_else() {
        for (onlooker, knows) in [
            (Onlooker::Operator, true),
            (Onlooker::Member(ADA), true),
            (Onlooker::Member(BOB), false),
            (Onlooker::Key, false),
        ] {
            let settings = settings();
            assert_eq!(onlooker.knows_hours(&settings, OF_ADA), knows, "{onlooker:?}");
            assert!(onlooker.knows_hours(&settings, OPS), "{onlooker:?}");
            let mut left = settings.clone();
            onlooker.leave_out_hours(&mut left);
            let with_hours = left.recipients.iter();
            let with_hours: Vec<_> = with_hours
                .filter(|it| it.preferences.quiet_hours.is_some())
                .map(|it| it.channel)
                .collect();
            assert_eq!(with_hours.contains(&OF_ADA), knows, "{onlooker:?}");
            assert!(with_hours.contains(&OPS), "{onlooker:?}");
            let versions = [(Timestamp::default(), Arc::new(settings))];
            assert_eq!(onlooker.others(&versions).contains(&OF_ADA), !knows);
            assert!(!onlooker.others(&versions).contains(&OPS));
        }
    }

    #[test]
    fn reasons_of_others_tell_neither_quiet_hours_nor_throttles() {
        for reason in [
            "over in the quiet hours of the channel",
            "throttled: the channel was notified about the monitor recently",
        ] {
            assert_eq!(reason_of_others(reason.to_owned()), BY_SETTINGS);
        }
        for reason in ["the monitor is muted", "acknowledged", "the channel is disabled"] {
            assert_eq!(reason_of_others(reason.to_owned()), reason);
        }
        assert_eq!(suppression_of(BY_SETTINGS), None);
    }
}
