//! Maintenance windows: spans of time, once or every week, in which alerts of monitors are held back.

use std::ops::Range;

use chrono::{Datelike, Duration, LocalResult, NaiveDateTime, NaiveTime, TimeZone, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::MonitorId;
use crate::time::Timestamp;

/// When alerts of monitors are held back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MaintenanceWindow {
    /// Which monitors; all of the organisation's when there are none.
    #[serde(default)]
    pub monitors: Vec<MonitorId>,
    /// When.
    #[serde(flatten)]
    pub span: Span,
    /// Occurrences that do not take place, or were ended before they were over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<OccurrenceException>,
}

/// A span of time, once or every week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "repeat", rename_all = "snake_case")]
pub enum Span {
    /// From one instant to another.
    Once {
        /// Its first instant.
        from: Timestamp,
        /// The first instant after it.
        until: Timestamp,
    },
    /// Every week by the clock on the wall, also when the clocks change.
    Weekly {
        /// The day on which it begins.
        #[schema(value_type = WeekdayName)]
        weekday: Weekday,
        /// When it begins on that day.
        #[schema(value_type = String)]
        from: NaiveTime,
        /// How long it lasts by the clock on the wall, in minutes; less than a week.
        minutes: u32,
        /// Where the clock hangs (`Europe/Berlin`).
        #[schema(value_type = String)]
        time_zone: Tz,
    },
    /// By a rule, by the clock on the wall, also when the clocks change.
    Recurring {
        /// When it begins first, by the clock on the wall.
        #[schema(value_type = String)]
        starts: NaiveDateTime,
        /// On which days it recurs: an RRULE of RFC 5545, as in `FREQ=MONTHLY;BYDAY=2TU`.
        rule: String,
        /// How long it lasts by the clock on the wall, in minutes; less than a week.
        minutes: u32,
        /// Where the clock hangs (`Europe/Berlin`).
        #[schema(value_type = String)]
        time_zone: Tz,
    },
}

/// An occurrence of a window that is not as its span says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OccurrenceException {
    /// When it would begin.
    pub starts_at: Timestamp,
    /// When somebody has ended it; it does not take place where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

/// A day of the week, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(as = Weekday)]
#[expect(missing_docs, reason = "each is the short name of a day")]
pub enum WeekdayName {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// Minutes of a week.
const WEEK: u32 = 7 * 24 * 60;

/// When the maintenance of a monitor ends that is under way at an instant; the latest end of several windows.
pub fn maintenance_end(
    monitor_id: MonitorId,
    windows: &[MaintenanceWindow],
    at: Timestamp,
) -> Option<Timestamp> {
    windows
        .iter()
        .filter(|window| window.covers(monitor_id))
        .filter_map(|window| window.span.end_at(at))
        .max()
}

/// The parts of `range` in which one of the windows of a monitor is open, in their order and without overlap.
pub fn maintenance_within(
    monitor_id: MonitorId,
    windows: &[MaintenanceWindow],
    range: Range<Timestamp>,
) -> Vec<Range<Timestamp>> {
    let windows = windows.iter().filter(|window| window.covers(monitor_id));
    let mut spans: Vec<_> = windows
        .flat_map(|window| window.span.spans_within(range.clone()))
        .collect();
    spans.sort_by_key(|span| span.start);
    spans.dedup_by(|later, earlier| {
        let joined = later.start <= earlier.end;
        if joined {
            earlier.end = earlier.end.max(later.end);
        }
        joined
    });
    spans
}

impl MaintenanceWindow {
    /// Whether it concerns a monitor of the organisation.
    pub fn covers(&self, monitor_id: MonitorId) -> bool {
        self.monitors.is_empty() || self.monitors.contains(&monitor_id)
    }
}

impl Span {
    /// When the occurrence ends that contains `at`.
    pub fn end_at(&self, at: Timestamp) -> Option<Timestamp> {
        self.occurrences(at..at.plus_millis(1)).map(|span| span.end).max()
    }

    /// The parts of `range` that lie in the span, in their order.
    pub fn spans_within(&self, range: Range<Timestamp>) -> impl Iterator<Item = Range<Timestamp>> + use<> {
        let (start, end) = (range.start, range.end);
        self.occurrences(range)
            .map(move |span| span.start.max(start)..span.end.min(end))
    }

    /// The occurrences that overlap `range`, in their order, each whole.
    pub fn occurrences(&self, range: Range<Timestamp>) -> impl Iterator<Item = Range<Timestamp>> + use<> {
        let (once, weekly) = match *self {
            Self::Once { from, until } => (Some(from..until), None),
            Self::Recurring { .. } => (None, None),
            Self::Weekly {
                weekday,
                from,
                minutes,
                time_zone,
            } => {
                let local = range.start.to_datetime().with_timezone(&time_zone).date_naive();
                let days = local.weekday().days_since(weekday);
                // The one of the week before may reach into this one.
                let first = (local - Duration::days(i64::from(days) + 7)).and_time(from);
                let lasts = Duration::minutes(i64::from(minutes.min(WEEK)));
                let begins = (0..).map(move |week| first + Duration::weeks(week));
                let spans =
                    begins.map(move |begins| instant(begins, time_zone)..instant(begins + lasts, time_zone));
                (None, Some(spans.take_while(move |span| span.start < range.end)))
            }
        };
        once.into_iter()
            .chain(weekly.into_iter().flatten())
            .filter(move |span| span.start.max(range.start) < span.end.min(range.end))
    }
}

/// The instant of a local time: the first of two when the clocks go back, and the one that it would have been when
/// they go forward.
pub(crate) fn instant(local: NaiveDateTime, time_zone: Tz) -> Timestamp {
    let at = match time_zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at,
        LocalResult::None => {
            let before = time_zone.from_utc_datetime(&(local - Duration::days(1)));
            let offset = chrono::Offset::fix(before.offset());
            time_zone.from_utc_datetime(&(local - Duration::seconds(i64::from(offset.local_minus_utc()))))
        }
    };
    Timestamp::from(at.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn sunday_nights() -> Span {
        Span::Weekly {
            weekday: Weekday::Sun,
            from: NaiveTime::from_hms_opt(2, 30, 0).unwrap(),
            minutes: 90,
            time_zone: chrono_tz::Europe::Berlin,
        }
    }

    #[test]
    fn a_weekly_window_follows_the_clock_on_the_wall() {
        let span = sunday_nights();
        for (inside, ends) in [
            // Winter, summer.
            ("2026-11-22T01:30:00Z", "2026-11-22T03:00:00Z"),
            ("2026-07-05T00:30:00Z", "2026-07-05T02:00:00Z"),
            // The clocks go forward at 02:00: 02:30 does not exist, and 04:00 is an hour sooner.
            ("2026-03-29T01:30:00Z", "2026-03-29T02:00:00Z"),
            // The clocks go back at 03:00: 02:30 comes twice, and the window has an hour more.
            ("2026-10-25T00:30:00Z", "2026-10-25T03:00:00Z"),
            ("2026-10-25T02:59:59Z", "2026-10-25T03:00:00Z"),
        ] {
            assert_eq!(span.end_at(at(inside)), Some(at(ends)), "{inside}");
        }
        for outside in [
            "2026-11-22T01:29:59Z",
            "2026-11-22T03:00:00Z",
            "2026-11-23T02:00:00Z",
            "2026-03-29T01:29:59Z",
            "2026-10-25T03:00:00Z",
        ] {
            assert_eq!(span.end_at(at(outside)), None, "{outside}");
        }
    }

    #[test]
    fn a_window_may_reach_into_the_next_week() {
        let span = Span::Weekly {
            weekday: Weekday::Sun,
            from: NaiveTime::from_hms_opt(23, 0, 0).unwrap(),
            minutes: 3 * 24 * 60,
            time_zone: chrono_tz::UTC,
        };
        assert_eq!(
            span.end_at(at("2026-11-25T22:59:00Z")),
            Some(at("2026-11-25T23:00:00Z"))
        );
        assert_eq!(span.end_at(at("2026-11-25T23:00:00Z")), None);
    }

    #[test]
    fn the_windows_of_a_monitor_become_spans_that_do_not_overlap() {
        let once = |monitors: &[i64], from: &str, until: &str| MaintenanceWindow {
            monitors: monitors.iter().copied().map(MonitorId).collect(),
            span: Span::Once {
                from: at(from),
                until: at(until),
            },
        };
        let windows = [
            once(&[1], "2026-11-01T00:00:00Z", "2026-11-01T03:00:00Z"),
            once(&[2], "2026-11-03T00:00:00Z", "2026-11-03T03:00:00Z"),
            MaintenanceWindow {
                monitors: Vec::new(),
                span: sunday_nights(),
            },
        ];
        let range = at("2026-11-01T02:00:00Z")..at("2026-11-22T02:00:00Z");
        let spans = |from, until| at(from)..at(until);
        assert_eq!(
            maintenance_within(MonitorId(1), &windows, range),
            [
                spans("2026-11-01T02:00:00Z", "2026-11-01T03:00:00Z"),
                spans("2026-11-08T01:30:00Z", "2026-11-08T03:00:00Z"),
                spans("2026-11-15T01:30:00Z", "2026-11-15T03:00:00Z"),
                spans("2026-11-22T01:30:00Z", "2026-11-22T02:00:00Z"),
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn an_instant_lies_within_the_spans_when_a_window_is_open(
            start in 1_700_000_000i64..1_900_000_000,
            length in 1i64..30_000_000,
            ats in proptest::collection::vec(0f64..1.0, 20),
            from in 0u32..86_400,
            minutes in 1u32..WEEK,
            weekday in 0u8..7,
            zone in 0usize..4,
        ) {
            let zones = [chrono_tz::UTC, chrono_tz::Europe::Berlin, chrono_tz::America::Havana, chrono_tz::Asia::Kolkata];
            let span = Span::Weekly {
                weekday: Weekday::try_from(weekday).unwrap(),
                from: NaiveTime::from_num_seconds_from_midnight_opt(from, 0).unwrap(),
                minutes,
                time_zone: zones[zone],
            };
            let (start, end) = (Timestamp::from_millis(start * 1_000), Timestamp::from_millis((start + length) * 1_000));
            let window = MaintenanceWindow { monitors: Vec::new(), span: span.clone(), exceptions: Vec::new() };
            let spans = maintenance_within(MonitorId(7), &[window], start..end);
            proptest::prop_assert!(spans.iter().all(|span| start <= span.start && span.start < span.end && span.end <= end));
            proptest::prop_assert!(spans.windows(2).all(|pair| pair[0].end < pair[1].start));
            for part in ats {
                let at = start.plus_millis((part * (length * 1_000) as f64) as i64);
                let within = spans.iter().any(|span| span.contains(&at));
                proptest::prop_assert_eq!(within, span.end_at(at).is_some(), "{}", at);
            }
        }
    }

    #[test]
    fn the_form_in_json_is_plain() {
        let json = r#"{"monitors":[1],"repeat":"weekly","weekday":"Sun","from":"02:30:00","minutes":90,"time_zone":"Europe/Berlin"}"#;
        let window: MaintenanceWindow = serde_json::from_str(json).unwrap();
        assert_eq!(window.span, sunday_nights());
        assert_eq!(serde_json::to_string(&window).unwrap(), json);
    }
}
