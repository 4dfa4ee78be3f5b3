//! Quiet hours of a channel, and of the member whose own it is. What begins in them is announced when they end and it still
//! goes on; of what was over by then the channel is notified once, that it was. What waited for the same end is sent in one
//! message.

use domain::Timestamp;

use super::{FilterContext, Subject, Verdict};

/// Why a channel is notified of the end only ([`Verdict::EndOnly`]).
pub(crate) const OVER_IN_QUIET_HOURS: &str = "over in the quiet hours of the channel";

/// How the reason begins for which a channel is notified no sooner.
const HELD_UNTIL: &str = "held back by quiet hours until ";

/// How it ends.
const WITH_OTHERS: &str = ", then sent with what else had waited for their end";

/// Why a channel is notified no sooner than when its quiet hours ended.
pub(crate) fn held_until(end: Timestamp) -> String {
    format!("{HELD_UNTIL}{end}{WITH_OTHERS}")
}

/// When the quiet hours ended that have held a message back, where the reason with which it was decided says that.
#[must_use]
pub fn quiet_hours_ended(reason: &str) -> Option<Timestamp> {
    let end = reason.strip_prefix(HELD_UNTIL)?.strip_suffix(WITH_OTHERS)?;
    end.parse().ok()
}

pub(super) fn evaluate(subject: &Subject, context: &FilterContext<'_>) -> Verdict {
    let alerts = &context.preferences;
    let severity = context.labels.severity;
    let ends = [subject.started_at, context.now].map(|at| alerts.quiet_until(severity, at));
    let Some(end) = ends.into_iter().flatten().max() else {
        return Verdict::Allow;
    };
    match subject.ended_at {
        Some(ended) if ended <= end => Verdict::EndOnly(end),
        _ if context.now < end => Verdict::Later(end),
        _ => Verdict::Allow,
    }
}

#[cfg(test)]
mod tests {
    use domain::Severity;
    use domain::alert_rules::AlertRules;
    use domain::channel::{ChannelAlerts, QuietHours};
    use domain::hours::{Days, Hours};
    use domain::routing::Labels;

    use super::super::tests::{context, subject};
    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millis()
    }

    #[test]
    fn the_reason_says_when_they_ended() {
        let end = Timestamp::from_millis(at("2026-11-28T06:00:00Z"));
        assert_eq!(quiet_hours_ended(&held_until(end)), Some(end));
        for other in [OVER_IN_QUIET_HOURS, "resent manually", HELD_UNTIL, ""] {
            assert_eq!(quiet_hours_ended(other), None, "{other}");
        }
    }

    #[test]
    fn what_begins_in_quiet_hours_waits_for_their_end() {
        let hours = Hours {
            time_zone: "Europe/Berlin".parse().unwrap(),
            days: Days::default(),
            from: "22:00:00".parse().unwrap(),
            until: "07:00:00".parse().unwrap(),
        };
        let rules = AlertRules::default();
        let verdict = |passes, severity, started: &str, ended: Option<&str>, now: &str| {
            let alerts = ChannelAlerts {
                quiet_hours: Some(QuietHours { hours, passes }),
                ..ChannelAlerts::default()
            };
            let labels = Labels {
                severity,
                ..Labels::default()
            };
            let context = FilterContext {
                labels: &labels,
                ..context(&rules, alerts, None, at(now))
            };
            evaluate(&subject(at(started), ended.map(at)), &context)
        };
        let end = Timestamp::from_millis(at("2026-11-28T06:00:00Z"));
        let (evening, night) = ("2026-11-27T20:59:59Z", "2026-11-27T23:00:00Z");
        let (morning, warning) = ("2026-11-28T06:00:00Z", Severity::Warning);
        let critical = Some(Severity::Critical);
        assert_eq!(verdict(critical, warning, evening, None, evening), Verdict::Allow);
        assert_eq!(
            verdict(critical, warning, night, None, night),
            Verdict::Later(end)
        );
        // It was held back by something else until the quiet hours had begun.
        assert_eq!(
            verdict(critical, warning, evening, None, night),
            Verdict::Later(end)
        );
        assert_eq!(verdict(critical, warning, night, None, morning), Verdict::Allow);
        assert_eq!(
            verdict(critical, Severity::Critical, night, None, night),
            Verdict::Allow
        );
        assert_eq!(
            verdict(Some(warning), warning, night, None, night),
            Verdict::Allow
        );
        assert_eq!(
            verdict(None, Severity::Critical, night, None, night),
            Verdict::Later(end)
        );
        for now in ["2026-11-28T01:00:00Z", morning] {
            let over = verdict(critical, warning, night, Some("2026-11-28T00:30:00Z"), now);
            assert_eq!(over, Verdict::EndOnly(end));
        }
        let later = "2026-11-28T06:00:01Z";
        assert_eq!(
            verdict(critical, warning, night, Some(later), later),
            Verdict::Allow
        );
    }
}
