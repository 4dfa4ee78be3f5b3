//! Whatever is written as an expression, it is read or refused, and looked up, without a panic and at once.

use std::time::{Duration, Instant};

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};
use proptest::prelude::*;
use schedules::{Cron, OnCalendar, Schedule};

/// 2026-01-01.
const START_MS: i64 = 1_767_225_600_000;

/// Of a build without optimisation; one with it takes a tenth.
const AT_ONCE: Duration = Duration::from_millis(50);

fn look_up(schedule: &Schedule, after_ms: i64) {
    let mut last = after_ms.max(-1);
    for at in schedule.occurrences(after_ms).take(5) {
        assert!(at > last && at % 1000 == 0, "{schedule}: {at} after {last}");
        last = at;
    }
}

fn zone() -> impl Strategy<Value = Tz> {
    prop::sample::select(&TZ_VARIANTS[..])
}

/// Text out of what expressions are made of.
fn expression() -> impl Strategy<Value = String> {
    let word = "[0-9*/,.#~?:LWMONSUFRI-]{1,12}";
    prop_oneof![
        prop::collection::vec(word, 5).prop_map(|words| words.join(" ")),
        prop::collection::vec(word, 1..5).prop_map(|words| words.join(" ")),
        "(\\*|[0-9]{1,2})(/[0-9]{1,2})? [0-9*] (L|LW|\\*|[1-3]{1,2}) [1-9] [0-7](#[1-5]|L)?",
        "(Mon|Sat..Sun)? ?[0-9*]{1,4}-[0-9]{1,2}[-~][0-9]{1,2} [0-9*]{1,2}:[0-9]{2}(:[0-9]{2})?",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn any_text_is_read_or_refused(text: String, timezone in "\\PC{0,20}") {
        let _ = (Cron::parse(&text, &timezone), OnCalendar::parse(&text, &timezone));
        let _ = (Cron::parse(&text, "UTC"), OnCalendar::parse(&text, "UTC"), Schedule::parse(&text, "UTC"));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        let text = String::from_utf8_lossy(&bytes);
        let _ = Schedule::parse(&text, "UTC").map(|schedule| look_up(&schedule, START_MS));
        let _ = serde_json::from_slice::<Schedule>(&bytes);
    }

    #[test]
    fn instants_go_forwards_from_anywhere(text in expression(), zone in zone(), after_ms: i64) {
        for parsed in [
            Schedule::parse(&text, zone.name()),
            Cron::parse(&text, zone.name()).map(Schedule::from),
            OnCalendar::parse(&text, zone.name()).map(Schedule::from),
        ] {
            let Ok(schedule) = parsed else { continue };
            look_up(&schedule, after_ms);
            look_up(&schedule, START_MS + after_ms % (20 * 366 * 86_400_000));
            let words = schedule.to_string();
            prop_assert!(!words.contains('\n'));
            let again: Schedule = serde_json::from_str(&serde_json::to_string(&schedule).unwrap()).unwrap();
            prop_assert_eq!(again, schedule);
        }
    }

    #[test]
    fn nothing_is_due_between_an_instant_and_its_next(text in expression(), zone in zone(), part in 0..1000_i64) {
        let Ok(schedule) = Schedule::parse(&text, zone.name()) else { return Ok(()) };
        let Some(next) = schedule.next_after(START_MS) else { return Ok(()) };
        let between = START_MS + (next - START_MS - 1) * part / 1000;
        prop_assert_eq!(schedule.next_after(between), Some(next));
    }

    #[test]
    fn a_time_is_early_for_one_instant_only(text in expression(), early in 0..7200_u32, zone in zone()) {
        let Ok(schedule) = Schedule::parse(&text, zone.name()) else { return Ok(()) };
        let Some(due) = schedule.due(START_MS, early) else { return Ok(()) };
        let next = schedule.next_after(START_MS).unwrap();
        match due.early_for_ms {
            Some(instant) => {
                prop_assert!(instant == next && instant - START_MS <= i64::from(early) * 1000);
                prop_assert_eq!(schedule.next_after(instant), Some(due.at_ms));
            }
            None => prop_assert_eq!(due.at_ms, next),
        }
    }
}

#[test]
fn the_dearest_expressions_are_looked_up_at_once() {
    let long_list = format!("0 0 29-31 2 {}", "MON#5,".repeat(14).trim_end_matches(','));
    let many_lines = "2-30\n".repeat(20);
    let expressions = [
        "0 0 29 2 MON#5",
        "0 0 */29 2 MON#5",
        "0 0 31 2,4,6,9,11 *",
        "0 0 */31 */2 SUN#5",
        "30 2 25-31 3 SUN#5",
        "* 2 */28 3 7L",
        &long_list,
        many_lines.trim_end(),
        "2-29..31/2 2:30",
        "Mon *-*-31 *:*:*",
        "Sun *-3~1..7 2:0/1:0/1",
        "2199-12-31 23:59:59",
        "1970..2025-*-*",
        "*-02-30,31 0,1,2,3,4,5,6,7,8:*:*",
    ];
    let zones = [
        "UTC",
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Antarctica/Troll",
        "Africa/El_Aaiun",
        "Africa/Casablanca",
        "Asia/Kathmandu",
    ];
    let mut dearest = Duration::ZERO;
    for expression in expressions {
        for zone in zones {
            let schedule = Schedule::parse(expression, zone).unwrap();
            let look_up = |after_ms| {
                let started = Instant::now();
                let _ = schedule.next_after(after_ms);
                started.elapsed()
            };
            let starts = [0, START_MS, 7_000_000_000_000, i64::MAX, i64::MIN];
            // The machine may do something else at times.
            let took = starts.map(|after_ms| [(); 3].map(|()| look_up(after_ms)).into_iter().min());
            let longest = took.into_iter().max().flatten().unwrap_or_default();
            dearest = dearest.max(longest);
            assert!(longest < AT_ONCE, "{expression:?} in {zone}: {longest:?}");
        }
    }
    println!("the longest look-up took {dearest:?}");
}

#[test]
fn every_gap_of_every_zone_has_an_end() {
    let offset = |zone: Tz, at: i64| {
        let at = DateTime::from_timestamp(at, 0).unwrap().naive_utc();
        i64::from(zone.offset_from_utc_datetime(&at).fix().local_minus_utc())
    };
    let mut gaps = 0;
    for zone in TZ_VARIANTS {
        // Weeks from 2020 to 2045.
        for week in 2609..3914 {
            let (mut low, mut high) = (week * 604_800, (week + 1) * 604_800);
            let (before, after) = (offset(zone, low), offset(zone, high));
            if after <= before {
                continue;
            }
            while high - low > 1 {
                let middle = low.midpoint(high);
                if offset(zone, middle) == before {
                    low = middle
                } else {
                    high = middle
                }
            }
            let skipped = DateTime::from_timestamp(high + before, 0).unwrap();
            let fixed = Cron::parse(&skipped.format("%M %H %d %m *").to_string(), zone.name()).unwrap();
            let next = Schedule::from(fixed).next_after((high - 1) * 1000);
            assert_eq!(next, Some(high * 1000), "{zone}");
            gaps += 1;
        }
    }
    assert!(gaps > 2000, "{gaps}");
}

#[test]
fn what_never_comes_is_refused_when_it_is_saved() {
    for (expression, message) in [
        (
            "0 0 30 2 *",
            "expression: no such date comes in the next 50 years",
        ),
        ("2025-1-1", "expression: no such date comes before the year 2200"),
    ] {
        let schedule = Schedule::parse(expression, "UTC").unwrap();
        assert_eq!(schedule.must_come(START_MS).unwrap_err().to_string(), message);
    }
    let leap_day = Schedule::parse("0 0 29 2 *", "UTC").unwrap();
    assert_eq!(leap_day.must_come(START_MS), Ok(()));
}

#[test]
fn dates_that_are_less_than_a_minute_apart_are_refused_when_they_are_saved() {
    for (expression, message) in [
        (
            "*:*:*",
            "it names several seconds of a minute, and dates must be at least 60 s apart",
        ),
        (
            "12:00:00/30",
            "it names several seconds of a minute, and dates must be at least 60 s apart",
        ),
        (
            "12:00\n12:00:30",
            "two dates are less than 60 s apart: 2026-01-01T12:00:00Z and 2026-01-01T12:00:30Z",
        ),
        // Once a day, among the dates of every minute; by the clocks of two time zones.
        (
            "minutely\n12:00:59",
            "two dates are less than 60 s apart: 2026-01-01T12:00:00Z and 2026-01-01T12:00:59Z",
        ),
        (
            "12:00:01 Europe/Berlin\n11:00",
            "two dates are less than 60 s apart: 2026-01-01T11:00:00Z and 2026-01-01T11:00:01Z",
        ),
        // Twice a year or so.
        (
            "Fri 9:00\n*-*-13 9:00:20",
            "two dates are less than 60 s apart: 2026-02-13T09:00:00Z and 2026-02-13T09:00:20Z",
        ),
        // Over midnight.
        (
            "23:59:30\n0:00:20",
            "two dates are less than 60 s apart: 2026-01-01T23:59:30Z and 2026-01-02T00:00:20Z",
        ),
    ] {
        let schedule = Schedule::parse(expression, "UTC").unwrap();
        let wrong = schedule.must_be_apart(START_MS).unwrap_err();
        assert_eq!(
            (wrong.field, wrong.message.as_str()),
            ("expression", message),
            "{expression:?}"
        );
    }
    for expression in [
        "* * * * *",
        "minutely",
        "*:*:30",
        "12:00\n12:01",
        "12:00\n12:01:00 UTC\n*:*",
        "12:00:30\n12:01:30 Europe/Berlin",
        // Never on the same day.
        "Mon 9:00\nTue 9:00:20",
        "*-1-1 9:00\n*-1-2 9:00:20",
        "23:59:30\n0:00:30",
        "2025-1-1 0:00:01\n0:00",
    ] {
        let schedule = Schedule::parse(expression, "UTC").unwrap();
        assert_eq!(schedule.must_be_apart(START_MS), Ok(()), "{expression:?}");
    }
    let hourly = serde_json::from_str::<Schedule>(r#"{"kind": "period", "period_seconds": 60}"#).unwrap();
    assert_eq!(hourly.must_be_apart(START_MS), Ok(()));
}

#[test]
fn the_dearest_expressions_are_judged_at_once() {
    let lines = |count, line: fn(usize) -> String| (0..count).map(line).collect::<Vec<_>>().join("\n");
    let expressions = [
        lines(9, |n| format!("2-30 0:0:{n}")),
        lines(6, |n| format!("Mon 2-29 {n}:0:{n}")),
        lines(12, |n| format!("*:{}:{n}", 4 * n)),
        lines(14, |n| format!("{n}:0:{n}")),
    ];
    for expression in &expressions {
        for zone in ["UTC", "Australia/Lord_Howe", "Africa/Casablanca"] {
            let schedule = Schedule::parse(expression, zone).unwrap();
            for after_ms in [0, START_MS, i64::MAX, i64::MIN] {
                let started = Instant::now();
                let _ = schedule.must_be_apart(after_ms);
                let took = started.elapsed();
                assert!(took < 10 * AT_ONCE, "{expression:?} in {zone}: {took:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn what_is_taken_has_no_close_dates_among_the_next(
        lines in prop::collection::vec("(Mon |Fri )?(1[0-2]|\\*):(0|5|59):(0|1|59)", 1..4),
        zone in zone(),
    ) {
        let schedule = Schedule::from(OnCalendar::parse(&lines.join("\n"), zone.name()).unwrap());
        let dates: Vec<i64> = schedule.occurrences(START_MS).take(200).collect();
        let is_close = dates.windows(2).any(|two| two[1] - two[0] < 60_000);
        prop_assert!(!is_close || schedule.must_be_apart(START_MS).is_err(), "{schedule}");
        if let Err(wrong) = schedule.must_be_apart(START_MS) {
            prop_assert!(wrong.message.contains("60 s apart"));
        }
    }
}
