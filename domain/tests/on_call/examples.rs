//! What people set up, and what they expect of it.

use chrono::Weekday;
use domain::on_call::{OnCall, Override, Restriction, RotationUnit, Schedule};
use domain::{Timestamp, UserId};

use super::{at, daily, layer, schedule};

/// Who is on call in a range and by which layer, with the beginning and the end of each shift to the minute.
fn shifts(schedule: &Schedule, from: &str, until: &str) -> Vec<(String, String, i64, Option<usize>)> {
    let text = |at: Timestamp| at.to_string()[..16].to_owned();
    let shifts = schedule.shifts(at(from)..at(until));
    shifts
        .iter()
        .map(|shift| {
            let OnCall { user_id, layer } = shift.on_call;
            (text(shift.span.start), text(shift.span.end), user_id.0, layer)
        })
        .collect()
}

fn assert_shifts(
    schedule: &Schedule,
    from: &str,
    until: &str,
    expected: &[(&str, &str, i64, Option<usize>)],
) {
    let found = shifts(schedule, from, until);
    let found: Vec<_> = found
        .iter()
        .map(|(from, until, who, by)| (&from[..], &until[..], *who, *by))
        .collect();
    assert_eq!(found, expected);
}

fn who(schedule: &Schedule, instant: &str) -> Option<i64> {
    schedule.on_call(at(instant)).map(|on_call| on_call.user_id.0)
}

#[test]
fn the_week_is_handed_over_on_monday_at_nine_whatever_the_clocks_do() {
    let weekly = layer(&[1, 2, 3], "2026-03-16T09:00:00", 1, RotationUnit::Weeks);
    let schedule = schedule("Europe/Berlin", vec![weekly]);
    assert_shifts(
        &schedule,
        "2026-03-01T00:00:00Z",
        "2026-04-08T00:00:00Z",
        &[
            ("2026-03-16T08:00", "2026-03-23T08:00", 1, Some(0)),
            // An hour shorter: on the 29th the clock is put forward.
            ("2026-03-23T08:00", "2026-03-30T07:00", 2, Some(0)),
            ("2026-03-30T07:00", "2026-04-06T07:00", 3, Some(0)),
            ("2026-04-06T07:00", "2026-04-08T00:00", 1, Some(0)),
        ],
    );
    assert_eq!(who(&schedule, "2026-03-16T07:59:59.999Z"), None);
    assert_eq!(who(&schedule, "2026-03-16T08:00:00Z"), Some(1));
    assert_eq!(who(&schedule, "2026-10-26T07:59:59.999Z"), Some(2));
    assert_eq!(who(&schedule, "2026-10-26T08:00:00Z"), Some(3));
}

#[test]
fn hours_count_what_has_passed() {
    // The clock is put back at 03:00 on the 25th: of 24 hours one is repeated.
    let hours = layer(&[1, 2], "2026-10-24T12:00:00", 12, RotationUnit::Hours);
    assert_shifts(
        &schedule("Europe/Berlin", vec![hours]),
        "2026-10-24T00:00:00Z",
        "2026-10-25T12:00:00Z",
        &[
            ("2026-10-24T10:00", "2026-10-24T22:00", 1, Some(0)),
            ("2026-10-24T22:00", "2026-10-25T10:00", 2, Some(0)),
            ("2026-10-25T10:00", "2026-10-25T12:00", 1, Some(0)),
        ],
    );
}

#[test]
fn a_hand_over_in_the_gap_is_at_its_end_and_a_repeated_one_is_the_first() {
    let nightly = |starts_at| layer(&[1, 2], starts_at, 1, RotationUnit::Days);
    assert_shifts(
        &schedule("Europe/Berlin", vec![nightly("2026-03-28T02:30:00")]),
        "2026-03-28T00:00:00Z",
        "2026-03-30T12:00:00Z",
        &[
            ("2026-03-28T01:30", "2026-03-29T01:00", 1, Some(0)),
            ("2026-03-29T01:00", "2026-03-30T00:30", 2, Some(0)),
            ("2026-03-30T00:30", "2026-03-30T12:00", 1, Some(0)),
        ],
    );
    assert_shifts(
        &schedule("Europe/Berlin", vec![nightly("2026-10-24T02:30:00")]),
        "2026-10-24T00:00:00Z",
        "2026-10-26T12:00:00Z",
        &[
            ("2026-10-24T00:30", "2026-10-25T00:30", 1, Some(0)),
            ("2026-10-25T00:30", "2026-10-26T01:30", 2, Some(0)),
            ("2026-10-26T01:30", "2026-10-26T12:00", 1, Some(0)),
        ],
    );
}

#[test]
fn a_turn_on_a_day_that_never_was_is_skipped() {
    // Samoa went from the end of the 29th to the 31st, which began at 10:00 in UTC.
    let days = layer(&[1, 2, 3], "2011-12-29T00:00:00", 1, RotationUnit::Days);
    assert_shifts(
        &schedule("Pacific/Apia", vec![days]),
        "2011-12-29T00:00:00Z",
        "2011-12-31T12:00:00Z",
        &[
            ("2011-12-29T10:00", "2011-12-30T10:00", 1, Some(0)),
            ("2011-12-30T10:00", "2011-12-31T10:00", 3, Some(0)),
            ("2011-12-31T10:00", "2011-12-31T12:00", 1, Some(0)),
        ],
    );
}

#[test]
fn the_sun_is_followed_by_layers_with_hours() {
    let region = |who, from, until| {
        let mut region = layer(&[who], "2026-11-01T00:00:00", 1, RotationUnit::Weeks);
        region.restrictions = vec![daily(from, until)];
        region
    };
    let layers = vec![
        region(1, "06:00:00", "14:00:00"),
        region(2, "14:00:00", "22:00:00"),
        region(3, "22:00:00", "06:00:00"),
    ];
    assert_shifts(
        &schedule("UTC", layers),
        "2026-11-10T00:00:00Z",
        "2026-11-11T08:00:00Z",
        &[
            ("2026-11-10T00:00", "2026-11-10T06:00", 3, Some(2)),
            ("2026-11-10T06:00", "2026-11-10T14:00", 1, Some(0)),
            ("2026-11-10T14:00", "2026-11-10T22:00", 2, Some(1)),
            ("2026-11-10T22:00", "2026-11-11T06:00", 3, Some(2)),
            ("2026-11-11T06:00", "2026-11-11T08:00", 1, Some(0)),
        ],
    );
}

#[test]
fn a_night_has_an_hour_more_or_less_when_the_clock_changes() {
    let mut nights = layer(&[1], "2026-01-01T00:00:00", 1, RotationUnit::Weeks);
    nights.restrictions = vec![daily("22:00:00", "06:00:00")];
    let schedule = schedule("America/New_York", vec![nights]);
    let night =
        |from, until| assert_shifts(&schedule, from, until, &[(&from[..16], &until[..16], 1, Some(0))]);
    night("2026-03-07T03:00:00Z", "2026-03-07T11:00:00Z");
    night("2026-03-08T03:00:00Z", "2026-03-08T10:00:00Z");
    night("2026-11-01T02:00:00Z", "2026-11-01T11:00:00Z");
    for outside in [
        "2026-03-08T02:59:59Z",
        "2026-03-08T10:00:00Z",
        "2026-11-01T11:00:00Z",
    ] {
        assert_eq!(who(&schedule, outside), None, "{outside}");
    }
}

#[test]
fn weekends_are_a_layer_above_the_week() {
    let week = layer(&[1, 2], "2026-11-02T09:00:00", 1, RotationUnit::Weeks);
    let mut weekends = layer(&[8, 9], "2026-11-02T09:00:00", 1, RotationUnit::Weeks);
    weekends.restrictions = vec![Restriction::Weekly {
        from_day: Weekday::Fri,
        from: "18:00:00".parse().unwrap(),
        until_day: Weekday::Mon,
        until: "09:00:00".parse().unwrap(),
    }];
    assert_shifts(
        &schedule("Europe/Berlin", vec![week, weekends]),
        "2026-11-02T08:00:00Z",
        "2026-11-17T00:00:00Z",
        &[
            ("2026-11-02T08:00", "2026-11-06T17:00", 1, Some(0)),
            ("2026-11-06T17:00", "2026-11-09T08:00", 8, Some(1)),
            ("2026-11-09T08:00", "2026-11-13T17:00", 2, Some(0)),
            ("2026-11-13T17:00", "2026-11-16T08:00", 9, Some(1)),
            ("2026-11-16T08:00", "2026-11-17T00:00", 1, Some(0)),
        ],
    );
}

#[test]
fn restrictions_of_a_layer_add_up() {
    let mut days = layer(&[1, 2], "2026-11-02T09:30:00", 1, RotationUnit::Days);
    days.restrictions = vec![
        daily("08:00:00", "10:00:00"),
        daily("10:00:00", "12:00:00"),
        daily("09:00:00", "11:00:00"),
    ];
    assert_shifts(
        &schedule("UTC", vec![days]),
        "2026-11-02T00:00:00Z",
        "2026-11-03T12:00:00Z",
        &[
            ("2026-11-02T09:30", "2026-11-02T12:00", 1, Some(0)),
            ("2026-11-03T08:00", "2026-11-03T09:30", 1, Some(0)),
            ("2026-11-03T09:30", "2026-11-03T12:00", 2, Some(0)),
        ],
    );
}

#[test]
fn a_restriction_to_its_own_beginning_lasts_a_day_or_a_week() {
    let mut always = layer(&[1], "2026-11-02T00:00:00", 52, RotationUnit::Weeks);
    let whole = [("2026-11-02T00:00", "2026-11-20T00:00", 1, Some(0))];
    for restriction in [
        daily("09:00:00", "09:00:00"),
        Restriction::Weekly {
            from_day: Weekday::Wed,
            from: "09:00:00".parse().unwrap(),
            until_day: Weekday::Wed,
            until: "09:00:00".parse().unwrap(),
        },
    ] {
        always.restrictions = vec![restriction];
        let schedule = schedule("UTC", vec![always.clone()]);
        assert_shifts(&schedule, "2026-11-01T00:00:00Z", "2026-11-20T00:00:00Z", &whole);
    }
}

#[test]
fn whoever_stands_in_is_on_call_instead_and_the_last_of_several_decides() {
    let stands_in = |who, from, until| Override {
        user_id: UserId(who),
        from: at(from),
        until: at(until),
    };
    let mut schedule = schedule(
        "UTC",
        vec![layer(&[1], "2026-11-02T00:00:00", 1, RotationUnit::Weeks)],
    );
    schedule.overrides = vec![
        // Before the first turn, too.
        stands_in(7, "2026-11-01T20:00:00Z", "2026-11-02T06:00:00Z"),
        stands_in(8, "2026-11-02T04:00:00Z", "2026-11-02T05:00:00Z"),
        // Of the same person, and none of the layers'.
        stands_in(1, "2026-11-02T08:00:00Z", "2026-11-02T09:00:00Z"),
        // Never.
        stands_in(9, "2026-11-02T12:00:00Z", "2026-11-02T12:00:00Z"),
        stands_in(9, "2026-11-02T14:00:00Z", "2026-11-02T13:00:00Z"),
    ];
    assert_shifts(
        &schedule,
        "2026-11-01T00:00:00Z",
        "2026-11-03T00:00:00Z",
        &[
            ("2026-11-01T20:00", "2026-11-02T04:00", 7, None),
            ("2026-11-02T04:00", "2026-11-02T05:00", 8, None),
            ("2026-11-02T05:00", "2026-11-02T06:00", 7, None),
            ("2026-11-02T06:00", "2026-11-02T08:00", 1, Some(0)),
            ("2026-11-02T08:00", "2026-11-02T09:00", 1, None),
            ("2026-11-02T09:00", "2026-11-03T00:00", 1, Some(0)),
        ],
    );
    assert_eq!(who(&schedule, "2026-11-02T04:00:00Z"), Some(8));
    assert_eq!(who(&schedule, "2026-11-02T05:00:00Z"), Some(7));
    let by = schedule.on_call(at("2026-11-02T08:30:00Z")).unwrap().layer;
    assert_eq!(by, None, "an override");
}
