//! What a rota may be, and what becomes of one that may not.

use chrono::NaiveTime;
use domain::Timestamp;
use domain::on_call::{Layer, Override, Restriction, Rota, RotationUnit};
use domain::{ScheduleId, UserId};

use super::{at, daily, layer, schedule};

fn valid() -> Rota {
    let mut first = layer(&[1, 2, 1], "2026-11-30T09:00:00", 1, RotationUnit::Weeks);
    first.restrictions = vec![daily("08:00:00", "18:00:00")];
    schedule("Europe/Berlin", vec![first.clone(), first]).rota
}

/// The fields that are refused once a valid rota is changed.
fn refused(change: impl FnOnce(&mut Rota)) -> Vec<String> {
    let mut rota = valid();
    change(&mut rota);
    rota.validate().into_iter().map(|error| error.field).collect()
}

fn with_layer(change: impl FnOnce(&mut Layer)) -> Vec<String> {
    refused(|rota| change(&mut rota.layers[1]))
}

#[test]
fn what_is_wrong_is_named() {
    let none: [&str; 0] = [];
    assert_eq!(refused(|_| {}), none);
    assert_eq!(refused(|rota| rota.layers.clear()), ["layers"]);
    assert_eq!(
        refused(|rota| rota.layers = vec![rota.layers[0].clone(); 20]),
        none
    );
    assert_eq!(
        refused(|rota| rota.layers = vec![rota.layers[0].clone(); 21]),
        ["layers"]
    );

    assert_eq!(with_layer(|layer| layer.people.clear()), ["layers.1.people"]);
    assert_eq!(with_layer(|layer| layer.people = vec![UserId(1); 50]), none);
    assert_eq!(
        with_layer(|layer| layer.people = vec![UserId(1); 51]),
        ["layers.1.people"]
    );

    for (starts_at, is_valid) in [
        ("1999-12-31T23:59:59", false),
        ("2000-01-01T00:00:00", true),
        ("2100-12-31T23:59:59", true),
        ("2101-01-01T00:00:00", false),
        ("2026-11-30T09:00:00.5", false),
        ("2026-11-30T08:59:60", false),
    ] {
        let found = with_layer(|layer| layer.starts_at = starts_at.parse().unwrap());
        let expected: &[&str] = if is_valid { &[] } else { &["layers.1.starts_at"] };
        assert_eq!(found, expected, "{starts_at}");
    }

    for (every, is_valid) in [(0, false), (1, true), (365, true), (366, false)] {
        let found = with_layer(|layer| layer.rotation.every = every);
        let expected: &[&str] = if is_valid {
            &[]
        } else {
            &["layers.1.rotation.every"]
        };
        assert_eq!(found, expected, "{every}");
    }

    let hours = daily("08:00:00", "12:00:00");
    assert_eq!(with_layer(|layer| layer.restrictions = vec![hours; 20]), none);
    assert_eq!(
        with_layer(|layer| layer.restrictions = vec![hours; 21]),
        ["layers.1.restrictions"]
    );
    assert_eq!(
        with_layer(|layer| layer.restrictions = vec![hours, daily("08:00:00.5", "12:00:00.25")]),
        ["layers.1.restrictions.1.from", "layers.1.restrictions.1.until"]
    );
}

#[test]
fn the_form_in_json_is_plain() {
    let json = serde_json::json!({
        "time_zone": "Europe/Berlin",
        "layers": [{
            "people": [1, 2],
            "starts_at": "2026-11-30T09:00:00",
            "rotation": {"every": 1, "unit": "weeks"},
            "restrictions": [
                {"repeat": "daily", "from": "08:00:00", "until": "18:00:00"},
                {"repeat": "weekly", "from_day": "Fri", "from": "18:00:00", "until_day": "Mon", "until": "09:00:00"}
            ]
        }]
    });
    let rota: Rota = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(rota.validate(), []);
    assert_eq!(serde_json::to_value(&rota).unwrap(), json);
}

/// Somebody who went through the turns would not come to an end.
#[test]
fn turns_are_counted_by_arithmetic() {
    for (unit, hours) in [
        (RotationUnit::Hours, 1),
        (RotationUnit::Days, 24),
        (RotationUnit::Weeks, 168),
    ] {
        let schedule = schedule(
            "UTC",
            vec![layer(&[0, 1, 2, 3, 4, 5, 6], "2000-01-01T00:00:00", 1, unit)],
        );
        let first = at("2000-01-01T00:00:00Z").as_millis() / 3_600_000;
        for day in 0..5_000 {
            let instant = at("9980-01-01T12:34:56Z").plus_millis(day * 86_400_000);
            let turn = (instant.as_millis() / 3_600_000 - first) / hours;
            let on_call = schedule.on_call(instant).unwrap();
            assert_eq!(on_call.user_id, UserId(turn % 7), "{instant}");
            let shift = &schedule.shifts(instant..instant.plus_millis(1))[0];
            assert_eq!(shift.on_call, on_call);
        }
    }
}

#[test]
fn shifts_are_bounded() {
    let hourly = |minute: usize| {
        let mut hourly = layer(&[1, 2], "2000-01-01T00:00:00", 1, RotationUnit::Hours);
        hourly.starts_at += chrono::TimeDelta::minutes(minute as i64);
        hourly.restrictions = (0..20)
            .map(|half| {
                daily(
                    &format!("{half:02}:{minute:02}:00"),
                    &format!("{half:02}:{:02}:00", minute + 20),
                )
            })
            .collect();
        hourly
    };
    let schedule = schedule("Europe/Berlin", (0..20).map(hourly).collect());
    let shifts = |from, until| schedule.shifts(at(from)..at(until));
    let quarter = shifts("2026-01-01T00:00:00Z", "2026-04-03T00:00:00Z");
    assert!(
        (92 * 24..=92 * 24 * 20 * 3).contains(&quarter.len()),
        "{}",
        quarter.len()
    );
    // The first 366 days of a longer range.
    let cut = shifts("2026-01-01T00:00:00Z", "2999-01-01T00:00:00Z");
    assert_eq!(cut, shifts("2026-01-01T00:00:00Z", "2027-01-02T00:00:00Z"));
    assert!(cut.len() <= 366 * 24 * 20 * 3, "{}", cut.len());
}

#[test]
fn what_is_not_valid_does_no_harm() {
    let (first, last) = (Timestamp::from_millis(i64::MIN), Timestamp::from_millis(i64::MAX));
    let instants = [
        first,
        at("0000-01-01T00:00:00Z"),
        at("2026-11-30T09:00:00Z"),
        at("9999-12-31T23:59:59.999Z"),
        last,
    ];
    let times = [
        "-262143-01-01T00:00:00",
        "0000-01-01T00:00:00",
        "2026-11-30T09:00:00.999",
        "+262142-12-31T23:59:59",
    ];
    let leap = NaiveTime::from_hms_nano_opt(23, 59, 59, 1_999_999_999).unwrap();
    let restrictions = [
        None,
        Some(Restriction::Daily {
            from: leap,
            until: leap,
        }),
    ];
    let units = [RotationUnit::Hours, RotationUnit::Days, RotationUnit::Weeks];
    for (time, unit) in times.iter().flat_map(|time| units.map(|unit| (time, unit))) {
        for (zone, every) in [("Pacific/Apia", 0), ("America/Sao_Paulo", u16::MAX)] {
            for (people, restriction) in [
                (vec![], None),
                (vec![1], restrictions[0]),
                (vec![1], restrictions[1]),
            ] {
                let mut layer = layer(&people, time, every, unit);
                layer.restrictions.extend(restriction);
                let mut schedule = schedule(zone, vec![layer]);
                schedule.overrides = vec![Override {
                    user_id: UserId(1),
                    from: last,
                    until: first,
                }];
                for from in instants {
                    let on_call = schedule.on_call(from);
                    assert!(on_call.is_none() || !people.is_empty());
                    let shifts = instants.map(|until| schedule.shifts(from..until));
                    assert!(
                        shifts
                            .iter()
                            .flatten()
                            .all(|shift| shift.span.start < shift.span.end)
                    );
                }
            }
        }
    }
    assert_eq!(schedule("UTC", vec![]).on_call(at("2026-11-30T09:00:00Z")), None);
    assert_eq!(schedule("UTC", vec![]).id, ScheduleId(1));
}
