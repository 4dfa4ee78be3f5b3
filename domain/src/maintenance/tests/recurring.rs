//! When windows are that recur by a rule.

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime, TimeZone};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;

fn recurring(starts: &str, rule: &str, minutes: u32, time_zone: Tz) -> Span {
    Span::Recurring {
        starts: starts.parse().unwrap(),
        rule: rule.to_owned(),
        minutes,
        time_zone,
    }
}

/// The first occurrences from an instant on, as `begin/end`.
fn from(span: &Span, first: &str, most: usize) -> Vec<String> {
    let range = at(first)..at(first).plus_millis(20 * 366 * 86_400_000);
    let short = |at: Timestamp| at.to_datetime().format("%Y-%m-%dT%H:%M").to_string();
    let found = span.occurrences(range).take(most);
    found
        .map(|one| format!("{}/{}", short(one.start), short(one.end)))
        .collect()
}

#[test]
fn it_follows_the_clock_on_the_wall() {
    // Forward at 02:00: what begins in the gap begins after it, and is over at the same time by the clock.
    let berlin = recurring("2026-01-01T02:30:00", "FREQ=DAILY", 90, chrono_tz::Europe::Berlin);
    assert_eq!(
        from(&berlin, "2026-03-28T00:00:00Z", 3),
        [
            "2026-03-28T01:30/2026-03-28T03:00",
            "2026-03-29T01:30/2026-03-29T02:00",
            "2026-03-30T00:30/2026-03-30T02:00",
        ]
    );
    // Back at 03:00: it begins at the first of two, and has an hour more.
    assert_eq!(
        from(&berlin, "2026-10-24T00:00:00Z", 3),
        [
            "2026-10-24T00:30/2026-10-24T02:00",
            "2026-10-25T00:30/2026-10-25T03:00",
            "2026-10-26T01:30/2026-10-26T03:00",
        ]
    );
    // Over by the clock before it has begun, it lasts its minutes.
    for (minutes, ends) in [(30, "02:00"), (45, "02:15"), (60, "02:30")] {
        let short = recurring(
            "2026-01-01T02:30:00",
            "FREQ=DAILY",
            minutes,
            chrono_tz::Europe::Berlin,
        );
        assert_eq!(
            from(&short, "2026-03-29T00:00:00Z", 1),
            [format!("2026-03-29T01:30/2026-03-29T{ends}")]
        );
    }
    // At midnight, so that a day begins at 01:00, or has midnight twice.
    let havana = recurring(
        "2026-01-01T00:00:00",
        "FREQ=DAILY",
        60,
        chrono_tz::America::Havana,
    );
    assert_eq!(
        from(&havana, "2026-03-08T04:30:00Z", 2),
        [
            "2026-03-08T05:00/2026-03-08T06:00",
            "2026-03-09T04:00/2026-03-09T05:00"
        ]
    );
    assert_eq!(
        from(&havana, "2026-11-01T02:00:00Z", 2),
        [
            "2026-11-01T04:00/2026-11-01T06:00",
            "2026-11-02T05:00/2026-11-02T06:00"
        ]
    );
    let kolkata = recurring("2026-01-01T05:30:00", "FREQ=DAILY", 60, chrono_tz::Asia::Kolkata);
    assert_eq!(
        from(&kolkata, "2026-06-30T23:00:00Z", 1),
        ["2026-07-01T00:00/2026-07-01T01:00"]
    );
    // 30 December 2011 did not take place in Samoa.
    let apia = recurring("2011-12-28T10:00:00", "FREQ=DAILY", 60, chrono_tz::Pacific::Apia);
    assert_eq!(
        from(&apia, "2011-12-29T00:00:00Z", 3),
        [
            "2011-12-29T20:00/2011-12-29T21:00",
            "2011-12-30T20:00/2011-12-30T21:00",
            "2011-12-31T20:00/2011-12-31T21:00",
        ]
    );
}

#[test]
fn month_ends_and_leap_days_are_as_the_rule_says() {
    let utc = |starts, rule| recurring(starts, rule, 60, chrono_tz::UTC);
    let days = |span: Span, first, most| {
        let found = from(&span, first, most);
        found.iter().map(|one| one[..10].to_owned()).collect::<Vec<_>>()
    };
    let first = "2027-01-01T00:00:00Z";
    // Months without a 31st have none.
    assert_eq!(
        days(utc("2026-12-31T22:00:00", "FREQ=MONTHLY"), first, 3),
        ["2027-01-31", "2027-03-31", "2027-05-31"]
    );
    assert_eq!(
        days(utc("2026-12-31T22:00:00", "FREQ=MONTHLY;BYMONTHDAY=-1"), first, 3),
        ["2027-01-31", "2027-02-28", "2027-03-31"]
    );
    assert_eq!(
        days(utc("2024-02-29T22:00:00", "FREQ=YEARLY"), first, 2),
        ["2028-02-29", "2032-02-29"]
    );
    assert_eq!(
        days(utc("2026-12-01T22:00:00", "FREQ=MONTHLY;BYDAY=2TU"), first, 3),
        ["2027-01-12", "2027-02-09", "2027-03-09"]
    );
    assert_eq!(
        days(
            utc(
                "2026-12-01T22:00:00",
                "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"
            ),
            first,
            2
        ),
        ["2027-01-29", "2027-02-26"]
    );
    // The week of `starts` counts, and begins on WKST.
    assert_eq!(
        days(
            utc(
                "2027-01-05T22:00:00",
                "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,SU"
            ),
            first,
            4
        ),
        ["2027-01-05", "2027-01-17", "2027-01-19", "2027-01-31"]
    );
    // A week of a year, on the day of the week of `starts`.
    assert_eq!(
        days(utc("2026-12-01T22:00:00", "FREQ=YEARLY;BYWEEKNO=20"), first, 2),
        ["2027-05-18", "2028-05-16"]
    );
    // `starts` itself does not match.
    assert_eq!(
        days(utc("2027-01-05T22:00:00", "FREQ=WEEKLY;BYDAY=MO"), first, 1),
        ["2027-01-11"]
    );
}

#[test]
fn it_ends_as_the_rule_says() {
    let count = |rule: &str, time_zone| {
        let span = recurring("2026-12-01T22:00:00", rule, 60, time_zone);
        (
            from(&span, "2020-01-01T00:00:00Z", 5_000).len(),
            from(&span, "2026-12-03T00:00:00Z", 5_000).len(),
        )
    };
    let berlin = chrono_tz::Europe::Berlin;
    // Those that were before are counted as well.
    assert_eq!(count("FREQ=DAILY;COUNT=5", berlin), (5, 3));
    assert_eq!(count("FREQ=DAILY;UNTIL=20261205", berlin), (5, 3));
    assert_eq!(count("FREQ=DAILY;UNTIL=20261205T220000", berlin), (5, 3));
    assert_eq!(count("FREQ=DAILY;UNTIL=20261205T215959", berlin), (4, 2));
    // 22:00 in Berlin, to the second.
    assert_eq!(count("FREQ=DAILY;UNTIL=20261205T210000Z", berlin), (5, 3));
    assert_eq!(count("FREQ=DAILY;UNTIL=20261205T205959Z", berlin), (4, 2));
    assert_eq!(count("FREQ=DAILY;UNTIL=20261205T210000Z", chrono_tz::UTC), (4, 2));
}

#[test]
fn what_cannot_be_read_or_never_comes_has_no_occurrences() {
    for rule in [
        "",
        "FREQ=HOURLY",
        "FREQ=DAILY;BYHOUR=3",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31",
    ] {
        let span = recurring("2026-12-01T22:00:00", rule, 60, chrono_tz::UTC);
        assert!(from(&span, "2026-12-01T00:00:00Z", 1).is_empty(), "{rule}");
    }
}

#[test]
fn ranges_far_away_are_answered() {
    let span = recurring("2026-12-01T22:00:00", "FREQ=DAILY", 60, chrono_tz::Europe::Berlin);
    let last = at("9999-12-31T23:59:59.999Z");
    assert!(
        span.occurrences(Timestamp::from_millis(i64::MIN)..at("2026-12-01T00:00:00Z"))
            .next()
            .is_none()
    );
    assert_eq!(span.occurrences(at("9999-12-30T00:00:00Z")..last).count(), 2);
    // The crate knows no years after the year 10000.
    assert!(span.occurrences(last..Timestamp::from_millis(i64::MAX)).count() < 1_000);
}

/// A rule of which it is obvious on which days it recurs.
#[derive(Clone, Debug)]
struct Obvious {
    frequency: &'static str,
    interval: i64,
    /// From Monday on.
    weekdays: Vec<u32>,
    month_days: Vec<i32>,
}

const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

impl Obvious {
    fn rule(&self) -> String {
        let mut rule = format!("FREQ={};INTERVAL={}", self.frequency, self.interval);
        if !self.weekdays.is_empty() {
            let days: Vec<_> = self.weekdays.iter().map(|day| DAYS[*day as usize]).collect();
            rule += &format!(";BYDAY={}", days.join(","));
        }
        if !self.month_days.is_empty() {
            let days: Vec<_> = self.month_days.iter().map(i32::to_string).collect();
            rule += &format!(";BYMONTHDAY={}", days.join(","));
        }
        rule
    }

    /// Whether it recurs on a day that is not before that of its beginning.
    fn recurs_on(&self, day: NaiveDate, starts: NaiveDate) -> bool {
        let monday = |day: NaiveDate| day - Duration::days(i64::from(day.weekday().num_days_from_monday()));
        let month = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month0());
        let (periods, by_default) = match self.frequency {
            "DAILY" => ((day - starts).num_days(), true),
            "WEEKLY" => (
                (monday(day) - monday(starts)).num_days() / 7,
                day.weekday() == starts.weekday(),
            ),
            _ => (month(day) - month(starts), day.day() == starts.day()),
        };
        let next_month = (day.with_day(1).unwrap() + Duration::days(32))
            .with_day(1)
            .unwrap();
        let from_the_end = (day - next_month).num_days();
        let is_listed = |number: i64| self.month_days.iter().any(|listed| i64::from(*listed) == number);
        let weekday = day.weekday().num_days_from_monday();
        periods % self.interval == 0
            && (self.weekdays.is_empty() || self.weekdays.contains(&weekday))
            && (self.month_days.is_empty() || is_listed(i64::from(day.day())) || is_listed(from_the_end))
            && (by_default || !self.weekdays.is_empty() || !self.month_days.is_empty())
    }
}

fn obvious() -> impl Strategy<Value = Obvious> {
    let frequency = proptest::sample::select(vec!["DAILY", "WEEKLY", "MONTHLY"]);
    let weekdays = proptest::collection::vec(0u32..7, 0..4);
    let month_days = proptest::collection::vec((1i32..=31, any::<bool>()), 0..4);
    (frequency, 1i64..15, weekdays, month_days).prop_map(|(frequency, interval, weekdays, month_days)| {
        let signed = |(day, from_the_end): (i32, bool)| if from_the_end { -day } else { day };
        Obvious {
            frequency,
            interval,
            weekdays,
            month_days: match frequency {
                "WEEKLY" => Vec::new(),
                _ => month_days.into_iter().map(signed).collect(),
            },
        }
    })
}

/// The instant of a local time, second by second: the first at which the clock shows it or, where it is put forward past
/// it, as long after the change as the time lies after what it showed then.
fn shown(local: NaiveDateTime, time_zone: Tz) -> Timestamp {
    let first = local - Duration::hours(38);
    let offset_before = |at: NaiveDateTime| {
        let zoned = time_zone.from_utc_datetime(&at);
        zoned.naive_local() - at
    };
    // Each quarter of an hour: no zone of today is changed at another time, or by a part of it.
    let candidates = (0..76 * 4).map(|quarters| first + Duration::minutes(15 * quarters));
    let mut offsets: Vec<_> = candidates.map(offset_before).collect();
    offsets.dedup();
    let exact = offsets.iter().map(|offset| local - *offset);
    let at = exact.filter(|at| *at + offset_before(*at) == local).min();
    let at = at.unwrap_or_else(|| {
        let lasting = offset_before(local - Duration::days(1));
        local - lasting
    });
    Timestamp::from(at.and_utc())
}

proptest! {
    #[test]
    fn it_recurs_on_the_days_that_a_walk_day_by_day_finds(
        obvious in obvious(),
        starts in 0i64..3_000,
        minute in 0i64..1_440,
        minutes in 1u32..4_000,
        zone in 0usize..chrono_tz::TZ_VARIANTS.len(),
        later in 0i64..2_000,
        days in 1i64..200,
    ) {
        let time_zone = chrono_tz::TZ_VARIANTS[zone];
        let starts = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap().and_hms_opt(0, 0, 0).unwrap()
            + Duration::days(starts)
            + Duration::minutes(minute);
        let span = Span::Recurring { starts, rule: obvious.rule(), minutes, time_zone };
        let start = Timestamp::from(starts.and_utc()).plus_millis((later - 20) * 86_400_000 + 12_345);
        let range = start..start.plus_millis(days * 86_400_000);
        let found: Vec<_> = span.occurrences(range.clone()).collect();
        let mut expected: Vec<Range<Timestamp>> = Vec::new();
        for day in starts.date().iter_days().take(usize::try_from(later.max(20) + days + 10).unwrap()) {
            let is_near = day + Duration::days(10) > range.start.to_datetime().date_naive();
            if is_near && obvious.recurs_on(day, starts.date()) {
                let local = day.and_time(starts.time());
                let start = shown(local, time_zone);
                let end = shown(local + Duration::minutes(i64::from(minutes)), time_zone);
                let one = start..if start < end { end } else { start.plus_millis(i64::from(minutes) * 60_000) };
                if one.start < range.end && range.start < one.end {
                    expected.push(one);
                }
            }
        }
        prop_assert_eq!(found, expected, "{:?} in {}", obvious.rule(), time_zone);
    }
}
