//! Of which alerts a channel is notified, and how often.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::owner_quiet::{OwnerQuietHours, following};
use crate::hours::Hours;
use crate::monitor::FieldError;
use crate::severity::Severity;
use crate::time::Timestamp;

/// The shortest pause between two reminders, in seconds.
const MIN_REMINDER_SECONDS: u32 = 300;

/// The longest pause between two reminders, in seconds: a week.
const MAX_REMINDER_SECONDS: u32 = 604_800;

/// The longest time between two notifications of a throttled channel, in seconds: a day.
const MAX_THROTTLE_SECONDS: u32 = 86_400;

/// Of which alerts a channel is notified, and how often.
// A field that is not known here was added by another version: without it the channel is notified all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct ChannelAlerts {
    /// Whether it is notified of monitors that become degraded, and that they are no longer.
    #[schema(required = true)]
    pub degraded: bool,
    /// It is notified of the outages of one monitor at most once in so many seconds; 0: of each.
    #[schema(required = true)]
    pub throttle_seconds: u32,
    /// While an outage goes on and nobody has acknowledged it, it is reminded after so many seconds.
    #[schema(required = true)]
    pub remind_every_seconds: Option<u32>,
    /// When it is not notified of what begins; of what goes on then it is notified when these hours are over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<QuietHours>,
    /// Of a member's own channel, the member's quiet hours, as alerters are given them: they are not stored with the channel,
    /// nor shown with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    pub owner_quiet_hours: Option<OwnerQuietHours>,
    /// Whether its notifications have a link by which whoever can read them acknowledges the incident without signing in.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub acknowledge_by_link: bool,
}

/// Hours in which a channel is not notified of what begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// When.
    pub hours: Hours,
    /// Of monitors of this severity and worse it is notified all the same; of none where it is null. `critical` by default.
    #[serde(default = "QuietHours::default_passes")]
    #[schema(default = "critical")]
    pub passes: Option<Severity>,
}

impl QuietHours {
    #[allow(clippy::unnecessary_wraps, reason = "the default of an option")]
    pub(super) fn default_passes() -> Option<Severity> {
        Some(Severity::Critical)
    }

    /// When it is notified of a monitor of this severity, where that is not at once.
    pub fn until(&self, severity: Severity, now: Timestamp) -> Option<Timestamp> {
        let passes = self.passes.is_some_and(|least| severity >= least);
        self.hours.end_after(now).filter(|_| !passes)
    }
}

impl ChannelAlerts {
    /// When the channel is notified of a monitor of this severity, where that is not at once: its own quiet hours and those of
    /// its owner count as one where they overlap, or follow each other at once. Where they leave no time together they do not
    /// count at all.
    pub fn quiet_until(&self, severity: Severity, now: Timestamp) -> Option<Timestamp> {
        following(now, |at| {
            let of_channel = self.quiet_hours.and_then(|quiet| quiet.until(severity, at));
            let of_owner = self
                .owner_quiet_hours
                .and_then(|quiet| quiet.end_after(severity, at));
            of_channel.max(of_owner)
        })
    }

    /// As it is without quiet hours, be they its own or its owner's.
    #[must_use]
    pub fn without_quiet_hours(self) -> Self {
        Self {
            quiet_hours: None,
            owner_quiet_hours: None,
            ..self
        }
    }

    /// What is wrong with it; the fields are named from `alerts` on.
    pub fn validate(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.throttle_seconds > MAX_THROTTLE_SECONDS {
            let wrong = format!("must be 0 to {MAX_THROTTLE_SECONDS}");
            errors.push(FieldError::new("alerts.throttle_seconds", wrong));
        }
        let reminders = MIN_REMINDER_SECONDS..=MAX_REMINDER_SECONDS;
        if self
            .remind_every_seconds
            .is_some_and(|every| !reminders.contains(&every))
        {
            let wrong = format!("must be {MIN_REMINDER_SECONDS} to {MAX_REMINDER_SECONDS}, or null");
            errors.push(FieldError::new("alerts.remind_every_seconds", wrong));
        }
        if self.quiet_hours.is_some_and(|quiet| quiet.hours.is_whole_week()) {
            let wrong = "must leave a time at which the channel is notified";
            errors.push(FieldError::new("alerts.quiet_hours.hours", wrong));
        }
        errors
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_have_bounds() {
        let alerts = |throttle_seconds, remind_every_seconds| ChannelAlerts {
            degraded: true,
            throttle_seconds,
            remind_every_seconds,
            ..ChannelAlerts::default()
        };
        for good in [
            alerts(0, None),
            alerts(86_400, Some(300)),
            alerts(1, Some(604_800)),
        ] {
            assert_eq!(good.validate(), []);
        }
        let errors = alerts(86_401, Some(299)).validate();
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["alerts.throttle_seconds", "alerts.remind_every_seconds"]);
    }

    #[test]
    fn quiet_hours_leave_some_time_and_let_what_is_critical_pass_by_default() {
        let alerts = |hours: serde_json::Value| -> ChannelAlerts {
            serde_json::from_value(serde_json::json!({"quiet_hours": {"hours": hours}})).unwrap()
        };
        let night = alerts(
            serde_json::json!({"time_zone": "Europe/Berlin", "from": "22:00:00", "until": "07:00:00"}),
        );
        assert_eq!(night.validate(), []);
        assert_eq!(night.quiet_hours.unwrap().passes, Some(Severity::Critical));
        let always = serde_json::json!({"time_zone": "UTC", "from": "00:00:00", "until": "00:00:00"});
        let errors = alerts(always).validate();
        assert_eq!(errors[0].field, "alerts.quiet_hours.hours");
    }
}
