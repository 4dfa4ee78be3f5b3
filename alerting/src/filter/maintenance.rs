//! Maintenance windows. An outage that begins in one is announced when the window ends and it still goes on; one that
//! was over by then is not announced at all. What counts is when the outage began, not when it became known.

use domain::maintenance::maintenance_end;

use super::{FilterContext, Subject, Verdict};

pub(super) fn evaluate(subject: &Subject, context: &FilterContext<'_>) -> Verdict {
    let windows = &context.rules.windows;
    let Some(end) = maintenance_end(subject.monitor_id, windows, subject.started_at) else {
        return Verdict::Allow;
    };
    match subject.ended_at {
        Some(ended) if ended <= end => Verdict::Suppress("resolved during a maintenance window"),
        _ if context.now < end => Verdict::Later(end),
        _ => Verdict::Allow,
    }
}

#[cfg(test)]
mod tests {
    use domain::alert_rules::AlertRules;
    use domain::channel::ChannelAlerts;
    use domain::maintenance::{MaintenanceWindow, Span};
    use domain::{MonitorId, Timestamp};

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
        };
        let rules = AlertRules {
            windows: vec![window],
            ..AlertRules::default()
        };
        let evaluate = |monitor, started: &str, ended: Option<&str>, now: &str| {
            let subject = Subject {
                monitor_id: MonitorId(monitor),
                degraded: false,
                started_at: at(started),
                ended_at: ended.map(at),
            };
            let context = FilterContext {
                rules: &rules,
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
        let over = Verdict::Suppress("resolved during a maintenance window");
        assert_eq!(evaluate(1, begin, Some(before), after), over);
        assert_eq!(
            evaluate(1, begin, Some("2026-11-21T11:00:01Z"), "2026-11-21T11:00:01Z"),
            Verdict::Allow
        );
        assert_eq!(evaluate(1, after, None, after), Verdict::Allow);
        assert_eq!(evaluate(2, begin, None, before), Verdict::Allow);
    }
}
