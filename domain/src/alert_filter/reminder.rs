//! While an outage goes on and nobody has taken it on, a channel is told of it again.

use super::{Context, Outage, Verdict, maintenance, muted};

/// Whether a channel that was told of an outage is told again. `told_at` of the context is when it was last told
/// of it. A monitor that is muted, or under maintenance, is not reminded of until that is over.
pub fn remind(outage: &Outage, acknowledged: bool, context: &Context<'_>) -> Verdict {
    let (Some(every), Some(told_at)) = (context.alerts.remind_every_seconds, context.told_at) else {
        return Verdict::Suppress("the channel does not receive reminders");
    };
    if acknowledged {
        return Verdict::Suppress("acknowledged");
    }
    if outage.ended_at.is_some() {
        return Verdict::Suppress("resolved");
    }
    let every_ms = i64::from(every) * 1_000;
    let due = told_at.plus_millis(every_ms);
    if context.now < due {
        return Verdict::Later(due);
    }
    if let Some(mute) = muted::in_force(outage.monitor_id, context.rules, context.now) {
        return Verdict::Later(mute.until.unwrap_or_else(|| context.now.plus_millis(every_ms)));
    }
    match maintenance::end_around(outage.monitor_id, context.rules, context.now) {
        Some(ends) => Verdict::Later(ends),
        None => Verdict::Allow,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{context, outage};
    use super::*;
    use crate::alert_filter::{AlertRules, Mute};
    use crate::channel::ChannelAlerts;
    use crate::ids::MonitorId;
    use crate::time::Timestamp;

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
        let acknowledged = Verdict::Suppress("acknowledged");
        for (rules, every, told, ended, acked, now, expected) in [
            (&none, None, Some(0), None, false, 900_000, unwanted),
            (&none, Some(300), None, None, false, 900_000, unwanted),
            (&none, Some(300), Some(0), None, false, 299_999, later(300_000)),
            (&none, Some(300), Some(0), None, false, 300_000, Verdict::Allow),
            (
                &none,
                Some(300),
                Some(300_000),
                None,
                false,
                300_001,
                later(600_000),
            ),
            (&none, Some(300), Some(0), None, true, 300_000, acknowledged),
            (
                &none,
                Some(300),
                Some(0),
                Some(9),
                false,
                300_000,
                Verdict::Suppress("resolved"),
            ),
            (&muted, Some(300), Some(0), None, false, 300_000, later(700_000)),
            (&muted, Some(300), Some(0), None, false, 700_000, Verdict::Allow),
        ] {
            let alerts = ChannelAlerts {
                remind_every_seconds: every,
                ..ChannelAlerts::default()
            };
            let verdict = remind(&outage(0, ended), acked, &context(rules, alerts, told, now));
            assert_eq!(verdict, expected, "{every:?} {told:?} {ended:?} {acked} {now}");
        }
    }
}
