//! A channel is notified of the outages of one monitor at most once in a given time. One that begins sooner is
//! announced when that time has passed and it still goes on; one that was over by then is not announced at all.

use super::{FilterContext, Subject, Verdict};

/// Why a channel is not notified of a subject.
pub const THROTTLED: &str = "throttled: the channel was notified about the monitor recently";

/// The same, as earlier releases have recorded it.
pub(crate) const FORMERLY_THROTTLED: &str = "the channel was told of the monitor a short time ago";

pub(super) fn evaluate(subject: &Subject, context: &FilterContext<'_>) -> Verdict {
    let pause_ms = i64::from(context.preferences.throttle_seconds) * 1_000;
    let Some(last) = context.last_notified_at.filter(|_| pause_ms > 0) else {
        return Verdict::Allow;
    };
    let ends = last.plus_millis(pause_ms);
    match subject.ended_at {
        Some(ended) if ended < ends => Verdict::Suppress(THROTTLED),
        _ if context.now < ends => Verdict::Later(ends),
        _ => Verdict::Allow,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{context, subject};
    use super::*;
    use domain::alert_rules::AlertRules;
    use domain::channel::ChannelAlerts;
    use domain::time::Timestamp;

    #[test]
    fn a_second_outage_waits_until_the_time_has_passed() {
        let rules = AlertRules::default();
        let later = Verdict::Later(Timestamp::from_millis(61_000));
        for (throttle_seconds, told_at, ended_at, now, expected) in [
            (60, None, None, 2_000, Verdict::Allow),
            (0, Some(1_000), None, 2_000, Verdict::Allow),
            (60, Some(1_000), None, 2_000, later),
            (60, Some(1_000), None, 60_999, later),
            (60, Some(1_000), None, 61_000, Verdict::Allow),
            (60, Some(1_000), Some(3_000), 4_000, Verdict::Suppress(THROTTLED)),
            (
                60,
                Some(1_000),
                Some(60_999),
                90_000,
                Verdict::Suppress(THROTTLED),
            ),
            (60, Some(1_000), Some(61_000), 90_000, Verdict::Allow),
        ] {
            let alerts = ChannelAlerts {
                throttle_seconds,
                ..ChannelAlerts::default()
            };
            let verdict = evaluate(&subject(2_000, ended_at), &context(&rules, alerts, told_at, now));
            assert_eq!(
                verdict, expected,
                "{throttle_seconds} {told_at:?} {ended_at:?} {now}"
            );
        }
    }
}
