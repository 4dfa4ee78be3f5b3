use std::collections::HashMap;

use api::{BacktestChange, BacktestOutcome};
use chrono_tz::Tz;
use domain::{ChannelId, ErrorCode, IncidentId};

use super::{MONITOR, at};
use crate::rules::backtest::{Found, Frame, Tally};
use crate::rules::dependencies::Sight;

/// From the first to the last minute of 1 December, found a minute after it began, and announced at these minutes.
fn found(from: i64, until: Option<i64>, announced: &[i64]) -> Found {
    let minute = |minute: i64| at("2026-12-01T00:00:00Z").plus_millis(minute * 60_000);
    Found {
        id: IncidentId::new(MONITOR, 1, minute(from)),
        monitor_id: MONITOR,
        degraded: false,
        started_at: minute(from),
        detected_at: minute(from + 1),
        ended_at: until.map(minute),
        error_code: Some(ErrorCode::ReadTimeout),
        reasons: Vec::new(),
        messages: announced.iter().map(|&at| (minute(at), ChannelId(1))).collect(),
    }
}

fn frame(time_zone: Tz) -> Frame {
    let time = at("2026-12-01T00:00:00Z")..at("2026-12-02T00:00:00Z");
    Frame::new(time, time_zone, Sight::default())
}

fn outcome(found: Vec<Found>, sent: &[Found]) -> BacktestOutcome {
    let mut tally = Tally::new(None);
    tally.add(found, sent, at("2026-12-01T00:00:00Z"), &frame(Tz::UTC));
    tally.finish(&HashMap::new(), false)
}

fn changes(outcome: &BacktestOutcome) -> Vec<BacktestChange> {
    outcome.list.iter().map(|it| it.change).collect()
}

#[test]
fn what_would_have_been_sent_is_compared_with_what_was() {
    use BacktestChange::{Added, Missed, Same};
    let silent = |from, until| found(from, Some(until), &[]);
    let told = |from, until| found(from, Some(until), &[from + 1]);
    for (name, candidate, sent, expected, (missed, added)) in [
        (
            "as it was",
            vec![told(10, 20)],
            vec![told(10, 20)],
            vec![Same],
            (0, 0),
        ),
        (
            "nobody, as before",
            vec![silent(10, 20)],
            vec![silent(10, 20)],
            vec![Same],
            (0, 0),
        ),
        (
            "later and shorter",
            vec![told(13, 18)],
            vec![told(10, 20)],
            vec![Same],
            (0, 0),
        ),
        (
            "held back",
            vec![silent(10, 20)],
            vec![told(10, 20)],
            vec![Missed],
            (1, 0),
        ),
        (
            "announced",
            vec![told(10, 20)],
            vec![silent(10, 20)],
            vec![Added],
            (0, 1),
        ),
        ("new", vec![told(10, 20)], vec![], vec![Added], (0, 1)),
        ("not found", vec![], vec![told(10, 20)], vec![Missed], (1, 0)),
        (
            "not found, and nobody was told",
            vec![],
            vec![silent(10, 20)],
            vec![],
            (0, 0),
        ),
        (
            "one in the place of two",
            vec![told(10, 40)],
            vec![told(10, 20), told(30, 40)],
            vec![Same],
            (0, 0),
        ),
        (
            "two in the place of one, of which one is silent",
            vec![told(10, 20), silent(30, 40)],
            vec![told(10, 40)],
            vec![Same, Same],
            (0, 0),
        ),
        (
            "one after the other",
            vec![told(20, 30)],
            vec![told(10, 20)],
            vec![Missed, Added],
            (1, 1),
        ),
        (
            "still going on",
            vec![found(10, None, &[11])],
            vec![told(500, 600)],
            vec![Same],
            (0, 0),
        ),
    ] {
        let outcome = outcome(candidate, &sent);
        assert_eq!(changes(&outcome), expected, "{name}");
        assert_eq!((outcome.missed, outcome.added), (missed, added), "{name}");
    }
}

#[test]
fn an_outage_that_would_not_have_been_found_is_listed_and_not_counted() {
    let outcome = outcome(Vec::new(), &[found(10, Some(20), &[11])]);
    assert_eq!((outcome.incidents, outcome.messages, outcome.missed), (0, 0, 1));
    let [listed] = &outcome.list[..] else {
        panic!("it is listed")
    };
    assert_eq!((listed.notified_at, listed.messages), (None, 0));
    assert_eq!(listed.reasons, ["by this rule it would have been none"]);
}

#[test]
fn degradations_are_compared_with_degradations_and_are_no_outages() {
    let degraded = |announced: &[i64]| Found {
        degraded: true,
        ..found(10, Some(20), announced)
    };
    let outage = found(10, Some(20), &[11]);
    let made = outcome(vec![degraded(&[12])], &[outage]);
    assert_eq!((made.incidents, made.degradations, made.announced), (0, 1, 0));
    assert_eq!((made.missed, made.added, made.down_seconds), (1, 0, 0));
    assert_eq!(made.messages, 1);
    let made = outcome(vec![degraded(&[])], &[degraded(&[12])]);
    assert_eq!((made.missed, changes(&made)), (0, vec![BacktestChange::Missed]));
}

#[test]
fn what_began_before_is_not_missed_and_nothing_in_its_place_is_new() {
    let sent = [
        found(10, Some(20), &[11]),
        found(30, Some(60), &[31]),
        found(70, Some(80), &[71]),
    ];
    let since = at("2026-12-01T00:40:00Z");
    for (candidate, missed, added) in [
        (vec![], 1, 0),
        (vec![found(40, Some(60), &[41])], 1, 0),
        (vec![found(61, Some(80), &[62])], 0, 0),
        (vec![found(61, Some(65), &[62])], 1, 1),
        // It went on from before until the last one that was sent was over; that it was announced is what counts.
        (vec![found(20, Some(80), &[21])], 0, 0),
        (vec![found(20, Some(80), &[])], 1, 0),
        (vec![found(20, Some(45), &[21])], 1, 0),
    ] {
        let mut tally = Tally::new(None);
        tally.add(candidate, &sent, since, &frame(Tz::UTC));
        let made = tally.finish(&HashMap::new(), false);
        assert_eq!((made.missed, made.added), (missed, added));
    }
}

#[test]
fn what_goes_on_at_the_first_result_began_when_what_was_sent_did() {
    let since = at("2026-12-01T00:40:00Z");
    let began = |found: &[Found]| found.iter().map(|one| one.started_at).collect::<Vec<_>>();
    let minute = |minute: i64| at("2026-12-01T00:00:00Z").plus_millis(minute * 60_000);
    let degraded = Found {
        degraded: true,
        ..found(20, Some(50), &[])
    };
    for (sent, started_at) in [
        (vec![found(30, Some(45), &[31])], 30),
        // Nobody was notified of it.
        (vec![found(30, None, &[])], 30),
        // It was over before, is of another kind, or began later.
        (vec![found(30, Some(40), &[31])], 40),
        (vec![degraded], 40),
        (vec![found(42, Some(45), &[43])], 40),
        (vec![], 40),
    ] {
        let mut candidate = vec![found(40, Some(45), &[41]), found(50, Some(60), &[51])];
        Found::began_as_sent(&mut candidate, &sent, minute(40));
        assert_eq!(began(&candidate), [minute(started_at), minute(50)], "{sent:?}");
        let mut tally = Tally::new(None);
        tally.add(candidate, &sent, since, &frame(Tz::UTC));
        let made = tally.finish(&HashMap::new(), false);
        let expected = if started_at < 40 { 1 } else { 2 };
        assert_eq!(made.incidents, expected, "{sent:?}");
        assert_eq!(made.missed, 0, "{sent:?}");
    }
}

#[test]
fn what_is_a_part_of_an_earlier_outage_says_so() {
    let since = at("2026-12-01T00:40:00Z");
    let mut tally = Tally::new(None);
    let sent = [found(70, Some(80), &[71])];
    tally.add(vec![found(20, Some(75), &[])], &sent, since, &frame(Tz::UTC));
    let made = tally.finish(&HashMap::new(), false);
    assert_eq!((made.incidents, made.missed, made.down_seconds), (0, 1, 0));
    let why = "it would have been a part of an outage that began before";
    assert_eq!(made.list[0].reasons, [why]);
}

#[test]
fn messages_time_and_medians_are_counted_in_all_monitors_together() {
    let mut first = found(10, Some(20), &[11, 13, 2_000]);
    first.messages.push((first.started_at, ChannelId(2)));
    let mut tally = Tally::new(Some("Calm".to_owned()));
    let (frame, since) = (frame(Tz::UTC), at("2026-12-01T00:00:00Z"));
    tally.add(vec![first], &[], since, &frame);
    let late = Found {
        detected_at: at("2026-12-01T00:35:00Z"),
        ..found(30, None, &[37])
    };
    // What began before the time does not count, nor what was sent of it within.
    tally.add(vec![late, found(-60, Some(1), &[2])], &[], since, &frame);
    let names = HashMap::from([(ChannelId(2), "Ops".to_owned())]);
    let made = tally.finish(&names, false);
    assert_eq!(made.name.as_deref(), Some("Calm"));
    assert_eq!((made.incidents, made.announced, made.degradations), (2, 2, 0));
    assert_eq!((made.messages, made.messages_at_night), (4, 4));
    // 1 and 5 minutes; 0 and 7.
    assert_eq!(
        (made.seconds_to_detect, made.seconds_to_notify),
        (Some(180), Some(210))
    );
    assert_eq!(made.down_seconds, 60 * (10 + 1_410));
    let channels: Vec<_> = made
        .channels
        .iter()
        .map(|it| (it.id, it.name.as_deref(), it.messages))
        .collect();
    assert_eq!(
        channels,
        [(ChannelId(1), None, 3), (ChannelId(2), Some("Ops"), 1)]
    );
    assert_eq!(outcome(Vec::new(), &[]).seconds_to_detect, None);
}

#[test]
fn channels_that_somebody_does_not_know_are_left_out_and_their_messages_counted() {
    let mut tally = Tally::new(None);
    let since = at("2026-12-01T00:00:00Z");
    tally.add(vec![found(10, Some(20), &[11])], &[], since, &frame(Tz::UTC));
    let made = tally.finish(&HashMap::new(), true);
    assert_eq!((made.messages, made.channels.len()), (1, 0));
}

#[test]
fn it_is_night_by_the_clock_on_the_wall_also_when_it_is_changed() {
    for (time_zone, message, is_night) in [
        (Tz::UTC, "2026-12-01T21:59:59.999Z", false),
        (Tz::UTC, "2026-12-01T22:00:00Z", true),
        (Tz::UTC, "2026-12-01T06:59:59.999Z", true),
        (Tz::UTC, "2026-12-01T07:00:00Z", false),
        (Tz::Europe__Berlin, "2026-12-01T21:00:00Z", true),
        (Tz::Europe__Berlin, "2026-12-01T06:00:00Z", false),
        // Until 24 October the clocks are an hour further.
        (Tz::Europe__Berlin, "2026-10-24T20:00:00Z", true),
        (Tz::Europe__Berlin, "2026-10-24T05:00:00Z", false),
        (Tz::Europe__Berlin, "2026-10-25T05:00:00Z", true),
        (Tz::Europe__Berlin, "2026-10-25T06:00:00Z", false),
        (Tz::Europe__Berlin, "2026-10-25T20:00:00Z", false),
    ] {
        let message = at(message);
        let frame = Frame::new(
            message.plus_millis(-1)..message.plus_millis(1),
            time_zone,
            Sight::default(),
        );
        let incident = Found {
            started_at: message,
            detected_at: message,
            messages: vec![(message, ChannelId(1))],
            ..found(0, None, &[])
        };
        let mut tally = Tally::new(None);
        tally.add(vec![incident], &[], message, &frame);
        let made = tally.finish(&HashMap::new(), false);
        assert_eq!(made.messages, 1);
        assert_eq!(made.messages_at_night == 1, is_night, "{message} {time_zone}");
    }
}

#[test]
fn the_list_is_short_and_names_no_monitor_that_is_not_seen() {
    let many = (0..501).map(|n| found(n * 2, Some(n * 2 + 1), &[])).collect();
    let made = outcome(many, &[]);
    assert_eq!((made.incidents, made.list.len()), (501, 500));
    assert_eq!(made.list[0].started_at, at("2026-12-01T00:00:00Z"));
    let reasons = vec!["monitor 50, on which it depends, is down".to_owned(); 2];
    let held_back = Found {
        reasons,
        ..found(0, Some(5), &[])
    };
    for (sight, told) in [
        (Sight::default(), "monitor 50, on which it depends, is down"),
        (
            Sight::of(Some(vec![MONITOR])),
            "a monitor on which it depends is down",
        ),
    ] {
        let time = at("2026-12-01T00:00:00Z")..at("2026-12-02T00:00:00Z");
        let mut tally = Tally::new(None);
        let frame = Frame::new(time, Tz::UTC, sight);
        tally.add(vec![held_back.clone()], &[], at("2026-12-01T00:00:00Z"), &frame);
        assert_eq!(tally.finish(&HashMap::new(), false).list[0].reasons, [told]);
    }
}

#[test]
fn the_median_of_two_in_the_middle_is_their_mean() {
    for (mut values, expected) in [
        (vec![], None),
        (vec![5], Some(5)),
        (vec![9, 1], Some(5)),
        (vec![9, 1, 2], Some(2)),
        (vec![u32::MAX, u32::MAX], Some(u32::MAX)),
    ] {
        assert_eq!(crate::rules::backtest::outcome::median(&mut values), expected);
    }
}
