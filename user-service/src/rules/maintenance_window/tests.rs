use api::OccurrenceState::{Active, Cancelled, Ended, Scheduled};
use domain::maintenance::OccurrenceException;
use serde_json::{Value, json};

use super::*;

fn input(json: Value) -> MaintenanceWindowInput {
    serde_json::from_value(json).unwrap()
}

fn weekly() -> Value {
    json!({"name": "Patch night", "monitors": [42, 7, 42], "repeat": "weekly", "weekday": "Sun",
           "from": "02:00:00", "minutes": 120, "time_zone": "Europe/Berlin"})
}

/// Every night at 22:00 in Berlin, for two hours.
fn nightly() -> Value {
    json!({"name": "Nights", "repeat": "recurring", "starts": "2026-12-01T22:00:00", "rule": "FREQ=DAILY",
           "minutes": 120, "time_zone": "Europe/Berlin"})
}

fn once() -> Value {
    json!({"name": "Move", "repeat": "once", "from": "2026-12-01T22:00:00Z",
           "until": "2026-12-02T04:00:00Z"})
}

#[test]
fn all_spans_are_read() {
    let made = apply(input(weekly()), None, &[]).unwrap();
    assert_eq!(made.window.monitors, [MonitorId(7), MonitorId(42)]);
    assert!(matches!(made.window.span, Span::Weekly { minutes: 120, .. }));
    let made = apply(input(once()), None, &[]).unwrap();
    assert!(made.window.monitors.is_empty());
    assert!(matches!(made.window.span, Span::Once { .. }));
    assert!(made.tags.is_empty());
    let made = apply(input(nightly()), None, &[]).unwrap();
    assert!(matches!(made.window.span, Span::Recurring { minutes: 120, .. }));
}

#[test]
fn tags_are_named_once_each_and_have_to_be_there() {
    let mut given = nightly();
    given["tags"] = json!(["shop", "eu", "SHOP"]);
    let found = [Some(TagId(7)), Some(TagId(3)), Some(TagId(7))];
    let made = apply(input(given.clone()), None, &found).unwrap();
    assert_eq!(made.tags, [TagId(3), TagId(7)]);
    assert!(made.window.monitors.is_empty());
    let errors = apply(input(given.clone()), None, &[Some(TagId(7)), None]).unwrap_err();
    assert_eq!(errors, [FieldError::new("tags", "there is no tag \"eu\"")]);
    given["tags"] = json!(vec!["x"; MAX_TAGS + 1]);
    assert_eq!(apply(input(given), None, &[]).unwrap_err()[0].field, "tags");
    // They stay where they are left out.
    let renamed = apply(input(json!({"name": "x"})), Some(&made), &[]).unwrap();
    assert_eq!(renamed.tags, made.tags);
    let none = apply(input(json!({"tags": []})), Some(&made), &[]).unwrap();
    assert!(none.tags.is_empty());
    assert_eq!((gone_tag("deleted tag 12"), gone_tag("tag 12")), (Some(12), None));
    assert_eq!(gone_tag(&gone_tag_name(TagId(12))), Some(12));
}

#[test]
fn every_invalid_field_is_named() {
    for (base, change, fields) in [
        (json!({}), json!({}), vec!["name", "repeat"]),
        (once(), json!({"repeat": "daily"}), vec!["repeat"]),
        (once(), json!({"until": "2026-12-01T22:00:00Z"}), vec!["until"]),
        (
            once(),
            json!({"from": "22:00", "until": "x"}),
            vec!["from", "until"],
        ),
        (
            once(),
            json!({"minutes": 3, "time_zone": "UTC"}),
            vec!["minutes", "time_zone"],
        ),
        (weekly(), json!({"until": "2026-12-01T22:00:00Z"}), vec!["until"]),
        (
            weekly(),
            json!({"weekday": "Sol", "from": "25:00:00", "minutes": 10_080, "time_zone": "Mars/Base"}),
            vec!["weekday", "from", "minutes", "time_zone"],
        ),
        (
            weekly(),
            json!({"starts": "2026-12-01T22:00:00", "rule": "FREQ=DAILY"}),
            vec!["starts", "rule"],
        ),
        (
            once(),
            json!({"starts": "2026-12-01T22:00:00", "rule": "FREQ=DAILY"}),
            vec!["starts", "rule"],
        ),
        (
            nightly(),
            json!({"weekday": "Sun", "from": "02:00:00", "until": "x"}),
            vec!["weekday", "from", "until"],
        ),
        (
            nightly(),
            json!({"starts": "2026-12-01T22:00:00Z"}),
            vec!["starts"],
        ),
        (
            nightly(),
            json!({"starts": "2026-12-01T22:00:00.5"}),
            vec!["starts"],
        ),
        (
            nightly(),
            json!({"starts": "1066-10-14T09:00:00"}),
            vec!["starts"],
        ),
        (nightly(), json!({"rule": "FREQ=HOURLY"}), vec!["rule"]),
        (
            nightly(),
            json!({"rule": "FREQ=DAILY;UNTIL=20261201T205959Z"}),
            vec!["rule"],
        ),
        (
            nightly(),
            json!({"minutes": 10_080, "time_zone": "Mars/Base"}),
            vec!["minutes", "time_zone"],
        ),
        (
            json!({"name": "x", "repeat": "recurring"}),
            json!({}),
            vec!["starts", "rule", "minutes", "time_zone"],
        ),
        (
            weekly(),
            json!({"minutes": 0, "name": " "}),
            vec!["name", "minutes"],
        ),
        (weekly(), json!({"monitors": vec![1; 1_001]}), vec!["monitors"]),
        (
            json!({"name": "x", "repeat": "weekly"}),
            json!({}),
            vec!["weekday", "from", "minutes", "time_zone"],
        ),
    ] {
        let mut given = base;
        given
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let errors = apply(input(given.clone()), None, &[]).unwrap_err();
        let named: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(named, fields, "{given}");
    }
}

const DAY: u32 = 24 * 60;

#[test]
fn an_occurrence_ends_before_the_next_one_begins() {
    let made = |rule: &str, minutes: u32| {
        let mut given = nightly();
        (given["rule"], given["minutes"]) = (json!(rule), json!(minutes));
        apply(input(given), None, &[])
    };
    for (rule, most) in [
        ("FREQ=DAILY", DAY),
        ("FREQ=DAILY;INTERVAL=3", 3 * DAY),
        ("FREQ=WEEKLY;BYDAY=MO,WE", 2 * DAY),
        ("FREQ=WEEKLY;BYDAY=FR", 7 * DAY - 1),
        // Four days once a year, when May begins.
        ("FREQ=YEARLY;BYMONTH=4,5;BYMONTHDAY=28,2", 4 * DAY),
        // It does not go on until then.
        ("FREQ=DAILY;COUNT=1", 7 * DAY - 1),
        ("FREQ=DAILY;UNTIL=20261202T205959Z", 7 * DAY - 1),
        ("FREQ=DAILY;UNTIL=20261202T210000Z", DAY),
    ] {
        assert!(made(rule, most).is_ok(), "{rule}");
        let refused = made(rule, most + 1).unwrap_err();
        assert_eq!(refused.len(), 1, "{rule}: {refused:?}");
        assert_eq!(refused[0].field, "minutes", "{rule}");
    }
    // By the clock on the wall: also where the clocks are put forward in between, and a day has 23 hours.
    let mut spring = nightly();
    (spring["starts"], spring["minutes"]) = (json!("2026-03-28T22:00:00"), json!(DAY));
    assert!(apply(input(spring), None, &[]).is_ok());
    // Of a change, too.
    let old = apply(input(nightly()), None, &[]).unwrap();
    let longer = input(json!({"minutes": DAY + 1}));
    assert_eq!(apply(longer, Some(&old), &[]).unwrap_err()[0].field, "minutes");
}

#[test]
fn a_rule_is_kept_without_what_calendars_write_around_it() {
    let mut given = nightly();
    given["rule"] = json!("RRULE:FREQ=WEEKLY;\r\n BYDAY=MO;\n");
    let made = apply(input(given), None, &[]).unwrap();
    let Span::Recurring { rule, .. } = made.window.span else {
        panic!("it recurs")
    };
    assert_eq!(rule, "FREQ=WEEKLY;BYDAY=MO");
}

#[test]
fn what_is_left_out_of_a_change_stays() {
    let old = apply(input(weekly()), None, &[]).unwrap();
    assert_eq!(
        apply(MaintenanceWindowInput::default(), Some(&old), &[]).unwrap(),
        old
    );
    let longer = apply(input(json!({"minutes": 240, "monitors": []})), Some(&old), &[]).unwrap();
    assert!(longer.window.monitors.is_empty());
    assert!(matches!(
        longer.window.span,
        Span::Weekly {
            minutes: 240,
            weekday: Weekday::Sun,
            ..
        }
    ));
    let other = input(json!({"repeat": "once", "from": "2026-12-01T22:00:00Z"}));
    assert_eq!(apply(other, Some(&old), &[]).unwrap_err()[0].field, "until");
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The first nights; it is the second one.
const NIGHTS: [&str; 3] = [
    "2026-12-01T21:00:00Z",
    "2026-12-02T21:00:00Z",
    "2026-12-03T21:00:00Z",
];
const NOW: &str = "2026-12-02T22:00:00Z";

fn nights(exceptions: Vec<OccurrenceException>) -> MaintenanceWindow {
    let mut window = apply(input(nightly()), None, &[]).unwrap().window;
    window.exceptions = exceptions;
    window
}

#[test]
fn occurrences_are_listed_with_what_became_of_them() {
    let states = |exceptions, from: &str| {
        let found = listed(&nights(exceptions), at(from), 3, at(NOW));
        let told = found
            .iter()
            .map(|one| (one.starts_at.to_string(), one.ends_at.to_string(), one.state));
        told.collect::<Vec<_>>()
    };
    let one = |day: u32, end: &str, state| {
        (
            format!("2026-12-0{day}T21:00:00.000Z"),
            format!("2026-12-0{day}T{end}:00.000Z"),
            state,
        )
    };
    assert_eq!(
        states(vec![], "2026-12-01T00:00:00Z"),
        [
            one(1, "23:00", Ended),
            one(2, "23:00", Active),
            one(3, "23:00", Scheduled)
        ]
    );
    let ended = vec![
        OccurrenceException {
            starts_at: at(NIGHTS[1]),
            ended_at: Some(at("2026-12-02T21:30:00Z")),
        },
        OccurrenceException {
            starts_at: at(NIGHTS[2]),
            ended_at: None,
        },
    ];
    assert_eq!(
        states(ended.clone(), "2026-12-02T00:00:00Z"),
        [
            one(2, "21:30", Cancelled),
            one(3, "23:00", Cancelled),
            one(4, "23:00", Scheduled)
        ]
    );
    // It was over by then.
    assert_eq!(
        states(ended, "2026-12-02T21:30:00Z")[0],
        one(3, "23:00", Cancelled)
    );
}

#[test]
fn an_occurrence_is_cancelled_or_ended_and_may_be_restored() {
    let window = nights(vec![]);
    let now = at(NOW);
    let [over, active, coming] = NIGHTS.map(at);
    let not = |window: &MaintenanceWindow, starts_at| cancel(window, starts_at, now).unwrap_err().field;
    assert_eq!(not(&window, over), "starts_at");
    assert_eq!(not(&window, coming.plus_millis(1)), "starts_at");
    let ended = OccurrenceException {
        starts_at: active,
        ended_at: Some(now),
    };
    let cancelled = OccurrenceException {
        starts_at: coming,
        ended_at: None,
    };
    assert_eq!(cancel(&window, active, now), Ok(vec![ended]));
    let window = nights(vec![ended]);
    // It has ended.
    assert_eq!(not(&window, active), "starts_at");
    assert_eq!(cancel(&window, coming, now), Ok(vec![ended, cancelled]));
    let window = nights(vec![ended, cancelled]);
    assert_eq!(cancel(&window, coming, now), Ok(vec![ended, cancelled]));
    assert_eq!(restore(&window, coming, now), Ok(vec![ended]));
    for (starts_at, at) in [
        // Nothing begins then, it was not cancelled, it was ended, and it would have begun.
        (coming.plus_millis(1), now),
        (coming.plus_millis(86_400_000), now),
        (active, now),
        (coming, coming),
    ] {
        assert_eq!(restore(&window, starts_at, at).unwrap_err().field, "starts_at");
    }
}

#[test]
fn the_exceptions_of_a_window_are_bounded() {
    let day = |days: i64| at(NIGHTS[0]).plus_millis(days * 86_400_000);
    let cancelled = |days| OccurrenceException {
        starts_at: day(days),
        ended_at: None,
    };
    let mut full = nights((0..200).map(cancelled).collect());
    // Without summer time.
    let Span::Recurring {
        starts, time_zone, ..
    } = &mut full.span
    else {
        panic!("it recurs")
    };
    (*starts, *time_zone) = (day(0).to_datetime().naive_utc(), Tz::UTC);
    // Even where all of them are to come.
    let refused = cancel(&full, day(200), day(0)).unwrap_err();
    assert!(refused.message.contains("has 200 cancelled"), "{refused:?}");
    // Of those that are over for long only as many go as have to.
    let kept = cancel(&full, day(200), day(100)).unwrap();
    assert_eq!(kept, (1..=200).map(cancelled).collect::<Vec<_>>());
    assert!(cancel(&full, day(200), day(7)).is_err());
}

#[test]
fn exceptions_to_come_go_with_the_occurrences_that_another_span_does_not_have() {
    let exceptions: Vec<_> = NIGHTS
        .map(at)
        .into_iter()
        .chain([at("2026-12-04T21:00:00Z")])
        .collect();
    let exceptions = exceptions.into_iter().map(|starts_at| OccurrenceException {
        starts_at,
        ended_at: None,
    });
    let mut old = apply(input(nightly()), None, &[]).unwrap();
    old.window.exceptions = exceptions.collect();
    let change = |change: Value| {
        let named = apply(input(change), Some(&old), &[]).unwrap();
        let exceptions = at_its_time(named, Some(&old), at(NOW)).unwrap().window.exceptions;
        let kept = exceptions.iter().map(|one| one.starts_at.to_string());
        kept.map(|at| at[..10].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(change(json!({"name": "x"})).len(), 4);
    assert_eq!(change(json!({"minutes": 60})).len(), 4);
    // What has begun stays, and so does what comes on Fridays, too.
    assert_eq!(
        change(json!({"rule": "FREQ=WEEKLY;BYDAY=FR"})),
        ["2026-12-01", "2026-12-02", "2026-12-04"]
    );
    assert_eq!(
        change(json!({"starts": "2026-12-01T23:00:00"})),
        ["2026-12-01", "2026-12-02"]
    );
}

#[test]
fn what_is_counted_has_not_begun_long_ago() {
    let made = |starts: &str, rule: &str| {
        let mut given = nightly();
        (given["starts"], given["rule"]) = (json!(starts), json!(rule));
        apply(input(given), None, &[]).unwrap()
    };
    let counted = made("2016-01-01T22:00:00", "FREQ=DAILY;COUNT=3");
    let refused = at_its_time(counted.clone(), None, at(NOW)).unwrap_err();
    assert_eq!(refused[0].field, "starts");
    let all = "FREQ=DAILY";
    for (starts, rule) in [
        ("2017-01-01T22:00:00", "FREQ=DAILY;COUNT=3"),
        ("1970-01-01T22:00:00", all),
    ] {
        assert!(at_its_time(made(starts, rule), None, at(NOW)).is_ok(), "{starts}");
    }
    // One that was made in time can still be renamed.
    let renamed = apply(input(json!({"name": "x"})), Some(&counted), &[]).unwrap();
    assert!(at_its_time(renamed, Some(&counted), at(NOW)).is_ok());
}

#[test]
fn a_window_by_tags_becomes_one_of_all_only_when_that_is_said() {
    let widens = |change: Value, monitors: &[MonitorId], tags: &[TagId]| {
        let refused = require_not_widened(&input(change), monitors, tags);
        refused.is_err_and(|error| error.field == "tags")
    };
    let (some, tag) = ([MonitorId(7)], [TagId(3)]);
    assert!(widens(json!({"tags": []}), &[], &tag));
    assert!(!widens(json!({"tags": [], "monitors": []}), &[], &tag));
    assert!(!widens(json!({"tags": []}), &some, &tag));
    assert!(!widens(json!({"tags": []}), &[], &[]));
    assert!(!widens(json!({"monitors": []}), &some, &tag));
    assert!(!widens(json!({"name": "x"}), &[], &tag));
}
