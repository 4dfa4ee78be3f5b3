//! While an outage goes on and nobody has acknowledged it, a channel is reminded of it.

use super::{FilterContext, Subject, Verdict, held_until};

/// Whether a channel is reminded of an outage that nobody has acknowledged. `last_notified_at` of the context is when it
/// was last notified of this one. Of a monitor that is muted, silenced or under maintenance, and in quiet hours of the
/// channel or its owner, it is reminded when that is over.
pub fn remind(subject: &Subject, context: &FilterContext<'_>) -> Verdict {
    let (Some(every), Some(last)) = (context.preferences.remind_every_seconds, context.last_notified_at)
    else {
        return Verdict::Suppress("the channel does not receive reminders");
    };
    if subject.ended_at.is_some() {
        return Verdict::Suppress("resolved");
    }
    let every_ms = i64::from(every) * 1_000;
    let due = last.plus_millis(every_ms);
    if context.now < due {
        return Verdict::Later(due);
    }
    if let Some(mute) = context.rules.mute_at(subject.monitor_id, context.now) {
        return Verdict::Later(mute.until.unwrap_or_else(|| context.now.plus_millis(every_ms)));
    }
    let held = held_until(subject, context.rules, context.labels, context.now);
    let severity = context.labels.severity;
    let quiet = context.preferences.quiet_until(severity, context.now);
    match held.map(|(end, _)| end).max(quiet) {
        Some(end) => Verdict::Later(end),
        None => Verdict::Allow,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{context, subject};
    use super::*;
    use domain::alert_rules::{AlertRules, Mute};
    use domain::channel::{ChannelAlerts, OwnerQuietHours, QuietHours, QuietWindow};
    use domain::hours::{Days, Hours};
    use domain::ids::MonitorId;
    use domain::time::Timestamp;

    #[test]
    fn a_reminder_comes_each_time_until_somebody_acts() {
        let (none, muted) = (
            AlertRules::default(),
            AlertRules {
                muted: vec![Mute {
                    monitor_id: MonitorId(1),
                    until: Some(Timestamp::from_millis(700_000)),
                }],
                ..AlertRules::default()
            },
        );
        let later = |at| Verdict::Later(Timestamp::from_millis(at));
        let unwanted = Verdict::Suppress("the channel does not receive reminders");
        for (rules, every, last, ended, now, expected) in [
            (&none, None, Some(0), None, 900_000, unwanted),
            (&none, Some(300), None, None, 900_000, unwanted),
            (&none, Some(300), Some(0), None, 299_999, later(300_000)),
            (&none, Some(300), Some(0), None, 300_000, Verdict::Allow),
            (&none, Some(300), Some(300_000), None, 300_001, later(600_000)),
            (
                &none,
                Some(300),
                Some(0),
                Some(9),
                300_000,
                Verdict::Suppress("resolved"),
            ),
            (&muted, Some(300), Some(0), None, 300_000, later(700_000)),
            (&muted, Some(300), Some(0), None, 700_000, Verdict::Allow),
        ] {
            let alerts = ChannelAlerts {
                remind_every_seconds: every,
                ..ChannelAlerts::default()
            };
            let verdict = remind(&subject(0, ended), &context(rules, alerts, last, now));
            assert_eq!(verdict, expected, "{every:?} {last:?} {ended:?} {now}");
        }
    }

    #[test]
    fn none_comes_in_quiet_hours_of_the_channel_or_its_owner() {
        const HOUR: i64 = 3_600_000;
        let window = |from: &str, until: &str| QuietWindow {
            days: Days::default(),
            from: from.parse().unwrap(),
            until: until.parse().unwrap(),
        };
        let of_channel = |from: &str, until: &str| {
            let QuietWindow { days, from, until } = window(from, until);
            let hours = Hours {
                time_zone: "UTC".parse().unwrap(),
                days,
                from,
                until,
            };
            Some(QuietHours { hours, passes: None })
        };
        let of_owner = |from: &str, until: &str| {
            let quiet = OwnerQuietHours::new(Some("UTC"), vec![window(from, until)], None);
            Some(quiet.unwrap())
        };
        let later = |hour: i64| Verdict::Later(Timestamp::from_millis(hour * HOUR));
        let early = ("00:00:00", "02:00:00");
        let rules = AlertRules::default();
        for (quiet_hours, owner_quiet_hours, hour, expected) in [
            (of_channel(early.0, early.1), None, 1, later(2)),
            (None, of_owner(early.0, early.1), 1, later(2)),
            (None, of_owner(early.0, early.1), 2, Verdict::Allow),
            (
                of_channel(early.0, early.1),
                of_owner("02:00:00", "05:00:00"),
                1,
                later(5),
            ),
        ] {
            let alerts = ChannelAlerts {
                remind_every_seconds: Some(300),
                quiet_hours,
                owner_quiet_hours,
                ..ChannelAlerts::default()
            };
            let verdict = remind(&subject(0, None), &context(&rules, alerts, Some(0), hour * HOUR));
            assert_eq!(verdict, expected, "{quiet_hours:?} {owner_quiet_hours:?} {hour}");
        }
    }
}
