use chrono::{NaiveTime, Weekday};

use super::*;

mod recurring;
mod rules;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn window(monitors: &[i64], span: Span) -> MaintenanceWindow {
    MaintenanceWindow {
        monitors: monitors.iter().copied().map(MonitorId).collect(),
        span,
        exceptions: Vec::new(),
    }
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
    let window = window(&[], sunday_nights());
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
        assert_eq!(window.end_at(at(inside)), Some(at(ends)), "{inside}");
    }
    for outside in [
        "2026-11-22T01:29:59Z",
        "2026-11-22T03:00:00Z",
        "2026-11-23T02:00:00Z",
        "2026-03-29T01:29:59Z",
        "2026-10-25T03:00:00Z",
    ] {
        assert_eq!(window.end_at(at(outside)), None, "{outside}");
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
    let window = window(&[], span);
    assert_eq!(
        window.end_at(at("2026-11-25T22:59:00Z")),
        Some(at("2026-11-25T23:00:00Z"))
    );
    assert_eq!(window.end_at(at("2026-11-25T23:00:00Z")), None);
}

fn once(from: &str, until: &str) -> Span {
    Span::Once {
        from: at(from),
        until: at(until),
    }
}

#[test]
fn the_windows_of_a_monitor_become_spans_that_do_not_overlap() {
    let windows = [
        window(&[1], once("2026-11-01T00:00:00Z", "2026-11-01T03:00:00Z")),
        window(&[2], once("2026-11-03T00:00:00Z", "2026-11-03T03:00:00Z")),
        window(&[], sunday_nights()),
    ];
    let range = at("2026-11-01T02:00:00Z")..at("2026-11-22T02:00:00Z");
    let spans = |from, until| at(from)..at(until);
    let expected = [
        spans("2026-11-01T02:00:00Z", "2026-11-01T03:00:00Z"),
        spans("2026-11-08T01:30:00Z", "2026-11-08T03:00:00Z"),
        spans("2026-11-15T01:30:00Z", "2026-11-15T03:00:00Z"),
        spans("2026-11-22T01:30:00Z", "2026-11-22T02:00:00Z"),
    ];
    assert_eq!(
        maintenance_within(MonitorId(1), &windows, range.clone()),
        expected
    );
    let expanded = Expanded::new(&windows, at("2026-10-01T00:00:00Z")..at("2026-12-01T00:00:00Z"));
    assert_eq!(expanded.maintenance_within(MonitorId(1), range), expected);
}

#[test]
fn an_exception_cancels_an_occurrence_or_ends_it_sooner() {
    let [first, second, third] = [
        "2026-11-08T01:30:00Z",
        "2026-11-15T01:30:00Z",
        "2026-11-22T01:30:00Z",
    ];
    let mut window = window(&[], sunday_nights());
    let exception = |starts_at, ended_at: Option<&str>| OccurrenceException {
        starts_at: at(starts_at),
        ended_at: ended_at.map(at),
    };
    window.exceptions = vec![
        exception(first, None),
        exception(second, Some("2026-11-15T02:00:00Z")),
        // Nothing begins then.
        exception("2026-11-22T01:31:00Z", None),
    ];
    assert_eq!(window.end_at(at(first)), None);
    assert_eq!(window.end_at(at(second)), Some(at("2026-11-15T02:00:00Z")));
    assert_eq!(window.end_at(at("2026-11-15T02:00:00Z")), None);
    assert_eq!(window.end_at(at(third)), Some(at("2026-11-22T03:00:00Z")));
    let range = at("2026-11-08T00:00:00Z")..at("2026-11-22T01:30:00Z");
    let found: Vec<_> = window.occurrences(range).collect();
    assert_eq!(found, [at(second)..at("2026-11-15T02:00:00Z")]);
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
        daily in proptest::bool::ANY,
    ) {
        let zones = [chrono_tz::UTC, chrono_tz::Europe::Berlin, chrono_tz::America::Havana, chrono_tz::Asia::Kolkata];
        let from = NaiveTime::from_num_seconds_from_midnight_opt(from, 0).unwrap();
        let time_zone = zones[zone];
        let span = match daily {
            false => Span::Weekly { weekday: Weekday::try_from(weekday).unwrap(), from, minutes, time_zone },
            true => Span::Recurring {
                starts: chrono::NaiveDate::from_ymd_opt(2024, 2, 29).unwrap().and_time(from),
                rule: format!("FREQ=DAILY;INTERVAL={}", 5 + weekday),
                minutes,
                time_zone,
            },
        };
        let (start, end) = (Timestamp::from_millis(start * 1_000), Timestamp::from_millis((start + length) * 1_000));
        let windows = [window(&[], span)];
        let spans = maintenance_within(MonitorId(7), &windows, start..end);
        proptest::prop_assert!(spans.iter().all(|span| start <= span.start && span.start < span.end && span.end <= end));
        proptest::prop_assert!(spans.windows(2).all(|pair| pair[0].end < pair[1].start));
        for part in ats {
            let at = start.plus_millis((part * (length * 1_000) as f64) as i64);
            let within = spans.iter().any(|span| span.contains(&at));
            proptest::prop_assert_eq!(within, windows[0].end_at(at).is_some(), "{}", at);
        }
    }
}

#[test]
fn the_form_in_json_is_plain() {
    for json in [
        r#"{"monitors":[1],"repeat":"weekly","weekday":"Sun","from":"02:30:00","minutes":90,"time_zone":"Europe/Berlin"}"#,
        r#"{"monitors":[1],"repeat":"recurring","starts":"2026-12-01T22:00:00","rule":"FREQ=DAILY","minutes":90,"time_zone":"UTC"}"#,
        r#"{"monitors":[],"repeat":"once","from":"2026-12-01T22:00:00.000Z","until":"2026-12-02T04:00:00.000Z","exceptions":[{"starts_at":"2026-12-01T22:00:00.000Z","ended_at":"2026-12-01T23:00:00.000Z"}]}"#,
    ] {
        let window: MaintenanceWindow = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&window).unwrap(), json);
    }
}
