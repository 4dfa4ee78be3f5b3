//! Maintenance windows and silences. What begins in one is announced when it ends and it still goes on; what was over by
//! then is not announced at all. What counts is when it began, not when it became known.

use domain::hold::HoldKind;
use domain::maintenance::maintenance_end;
use domain::{Timestamp, alert_rules::AlertRules, routing::Labels};

use super::{FilterContext, Subject, Verdict};

/// Why nobody is notified of what a maintenance window has held back.
pub(crate) const OVER_IN_MAINTENANCE: &str = "resolved during a maintenance window";

/// The same, as earlier releases have recorded it.
pub(crate) const FORMERLY_OVER_IN_MAINTENANCE: &str = "it was over within a maintenance window";

/// Why nobody is notified of what a silence has held back.
pub(crate) const OVER_WHILE_SILENCED: &str = "resolved while it was silenced";

/// Until when alerts about a subject are held back that would be decided at an instant, and by what: the latest end of
/// several.
pub(crate) fn held_until(
    subject: &Subject,
    rules: &AlertRules,
    labels: &Labels,
    at: Timestamp,
) -> Option<(Timestamp, HoldKind)> {
    let window = maintenance_end(subject.monitor_id, &rules.windows, at);
    let window = window.map(|end| (end, HoldKind::Maintenance));
    let routed = subject.routed(labels);
    let holds = rules.holds.iter().filter_map(|hold| {
        let until = hold.until(subject.monitor_id, &routed, at)?;
        Some((until, hold.kind))
    });
    holds.chain(window).max_by_key(|(until, _)| *until)
}

/// Spans that follow each other without a pause, at most.
const MAX_FOLLOWING: usize = 100;

pub(super) fn evaluate(subject: &Subject, context: &FilterContext<'_>) -> Verdict {
    let held_at = |at| held_until(subject, context.rules, context.labels, at);
    let Some((mut end, mut kind)) = held_at(subject.started_at) else {
        return Verdict::Allow;
    };
    for _ in 0..MAX_FOLLOWING {
        let Some(following) = held_at(end) else {
            break;
        };
        (end, kind) = following;
    }
    match subject.ended_at {
        Some(ended) if ended <= end => Verdict::Suppress(match kind {
            HoldKind::Maintenance => OVER_IN_MAINTENANCE,
            HoldKind::Silence => OVER_WHILE_SILENCED,
        }),
        _ if context.now < end => Verdict::Later(end),
        _ => Verdict::Allow,
    }
}

#[cfg(test)]
mod tests {
    use domain::alert_rules::AlertRules;
    use domain::channel::ChannelAlerts;
    use domain::hold::Hold;
    use domain::maintenance::{MaintenanceWindow, Span};
    use domain::routing::{Conditions, RoutedAlert};
    use domain::{MonitorId, Timestamp};

    use super::super::tests::{LABELS, context, subject};
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_outage_in_a_window_is_announced_when_it_outlasts_it() {
        let window = MaintenanceWindow {
            monitors: vec![MonitorId(1)],
            span: Span::Once {
                from: at("2026-11-21T10:00:00Z"),
                until: at("2026-11-21T11:00:00Z"),
            },
            exceptions: vec![],
        };
        let rules = AlertRules {
            windows: vec![window],
            ..AlertRules::default()
        };
        let evaluate = |monitor, started: &str, ended: Option<&str>, now: &str| {
            let subject = Subject {
                monitor_id: MonitorId(monitor),
                degraded: false,
                error_code: None,
                started_at: at(started),
                seen_at: at(started),
                ended_at: ended.map(at),
            };
            let context = FilterContext {
                rules: &rules,
                labels: &LABELS,
                preferences: ChannelAlerts::default(),
                last_notified_at: None,
                now: at(now),
            };
            evaluate(&subject, &context)
        };
        let (begin, before, after) = (
            "2026-11-21T10:00:00Z",
            "2026-11-21T10:59:59Z",
            "2026-11-21T11:00:00Z",
        );
        assert_eq!(evaluate(1, begin, None, before), Verdict::Later(at(after)));
        assert_eq!(evaluate(1, begin, None, after), Verdict::Allow);
        let over = Verdict::Suppress(OVER_IN_MAINTENANCE);
        assert_eq!(evaluate(1, begin, Some(before), after), over);
        assert_eq!(
            evaluate(1, begin, Some("2026-11-21T11:00:01Z"), "2026-11-21T11:00:01Z"),
            Verdict::Allow
        );
        assert_eq!(evaluate(1, after, None, after), Verdict::Allow);
        assert_eq!(evaluate(2, begin, None, before), Verdict::Allow);
    }

    #[test]
    fn a_silence_holds_back_what_meets_its_conditions() {
        let silence = |monitors: &[i64], conditions: Conditions, from: i64, until: i64| Hold {
            kind: HoldKind::Silence,
            monitors: monitors.iter().copied().map(MonitorId).collect(),
            conditions,
            spans: vec![(Timestamp::from_millis(from), Timestamp::from_millis(until))],
        };
        let slow = Conditions {
            alerts: vec![RoutedAlert::Degraded],
            ..Conditions::default()
        };
        let holds = vec![
            silence(&[1], Conditions::default(), 100, 200),
            silence(&[1, 2], Conditions::default(), 150, 300),
            silence(&[2], Conditions::default(), 290, 350),
            silence(&[2], Conditions::default(), 350, 360),
            silence(&[], slow, 400, 500),
        ];
        let rules = AlertRules {
            holds,
            ..AlertRules::default()
        };
        let verdict = |id, started_at, ended_at, degraded, now| {
            let subject = Subject {
                monitor_id: MonitorId(id),
                degraded,
                ..subject(started_at, ended_at)
            };
            evaluate(&subject, &context(&rules, ChannelAlerts::default(), None, now))
        };
        let later = |at| Verdict::Later(Timestamp::from_millis(at));
        let over = Verdict::Suppress(OVER_WHILE_SILENCED);
        assert_eq!(verdict(1, 99, None, false, 99), Verdict::Allow);
        assert_eq!(verdict(1, 100, None, false, 100), later(300), "what follows");
        assert_eq!(verdict(1, 150, None, false, 150), later(300), "the latest end");
        assert_eq!(verdict(1, 150, None, false, 300), Verdict::Allow);
        assert_eq!(verdict(1, 150, Some(300), false, 300), over);
        assert_eq!(verdict(1, 150, Some(301), false, 301), Verdict::Allow);
        assert_eq!(verdict(2, 100, None, false, 160), Verdict::Allow);
        assert_eq!(
            verdict(2, 150, None, false, 160),
            later(360),
            "what follows at once"
        );
        assert_eq!(verdict(7, 400, None, false, 400), Verdict::Allow);
        assert_eq!(verdict(7, 400, None, true, 400), later(500));
    }
}
