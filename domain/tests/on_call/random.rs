//! Random rotas in days on which clocks change, against the reference.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{NaiveDateTime, NaiveTime, Weekday};
use chrono_tz::Tz;
use domain::on_call::{Layer, Override, Restriction, Rota, Rotation, RotationUnit, Schedule};
use domain::{ScheduleId, Timestamp, UserId};
use proptest::prelude::*;
use proptest::sample::select;

use super::reference::{Minutes, shown};

/// Clocks that are put forward and back at two in the night, at midnight and a minute after it, by an hour, half of one,
/// three and a day; for summer, for Ramadan and for good; and some that are never.
const ZONES: [Tz; 18] = [
    Tz::UTC,
    Tz::Asia__Kolkata,
    Tz::Europe__Berlin,
    Tz::Europe__Dublin,
    Tz::America__New_York,
    Tz::America__St_Johns,
    Tz::America__Sao_Paulo,
    Tz::America__Havana,
    Tz::America__Caracas,
    Tz::Africa__Casablanca,
    Tz::Asia__Tehran,
    Tz::Asia__Amman,
    Tz::Asia__Pyongyang,
    Tz::Australia__Lord_Howe,
    Tz::Pacific__Chatham,
    Tz::Pacific__Apia,
    Tz::Antarctica__Troll,
    Tz::Antarctica__Casey,
];

const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;
/// How many minutes are looked at.
const SPAN: i64 = 40 * HOUR;

/// Days around a change of a clock, or without one.
struct Days {
    zone: Tz,
    minutes: Minutes,
    /// What the clock shows when it is changed, or would if it were not.
    changes_at: i64,
}

static ALL_DAYS: LazyLock<Vec<Days>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for zone in ZONES {
        for change in changes(zone) {
            all.push(Days {
                zone,
                minutes: Minutes::new(zone, change - 3 * DAY, change - 16 * HOUR, SPAN),
                changes_at: shown(zone, change - 1) + 1,
            });
        }
    }
    all
});

/// The minutes at which the clock of a zone is changed; of each kind of change, several of the years 2000 to 2037. One
/// minute of a zone where there are none.
fn changes(zone: Tz) -> Vec<i64> {
    const FIRST: i64 = 15_778_080; // 2000
    let ahead = |minute| shown(zone, minute) - minute;
    let mut by_size: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for half_day in 0..37 * 365 * 2 {
        let (mut low, mut high) = (FIRST + half_day * 720, FIRST + half_day * 720 + 720);
        let size = ahead(high) - ahead(low);
        if size == 0 {
            continue;
        }
        while high - low > 1 {
            let middle = low.midpoint(high);
            if ahead(middle) == ahead(low) {
                low = middle;
            } else {
                high = middle;
            }
        }
        by_size.entry(size).or_default().push(high);
    }
    if by_size.is_empty() {
        return vec![FIRST + 26 * 365 * DAY];
    }
    let some = |changes: Vec<i64>| {
        let step = changes.len().div_ceil(4);
        changes.into_iter().step_by(step)
    };
    by_size.into_values().flat_map(some).collect()
}

#[derive(Clone, Debug)]
struct AnyLayer {
    people: Vec<i64>,
    /// Some turn begins so many minutes after the change.
    hand_over: i64,
    turns_before: i64,
    every: u16,
    unit: RotationUnit,
    restrictions: Vec<AnyRestriction>,
}

#[derive(Clone, Debug)]
struct AnyRestriction {
    is_weekly: bool,
    from: i64,
    until: i64,
}

/// Minutes from a change of the clock, on the wall: mostly where something may go wrong.
fn minutes() -> impl Strategy<Value = i64> {
    let close = [
        -180, -120, -90, -60, -45, -30, -15, -1, 0, 1, 15, 30, 31, 45, 59, 60, 61, 90, 120, 180, 1_380, 1_440,
    ];
    prop_oneof![3 => select(close.to_vec()), 2 => -1_200..1_800_i64]
}

fn any_restriction() -> impl Strategy<Value = AnyRestriction> {
    (prop::bool::weighted(0.3), minutes(), minutes()).prop_map(|(is_weekly, from, until)| AnyRestriction {
        is_weekly,
        from,
        until,
    })
}

fn any_layer() -> impl Strategy<Value = AnyLayer> {
    let units = [
        RotationUnit::Hours,
        RotationUnit::Days,
        RotationUnit::Days,
        RotationUnit::Weeks,
    ];
    let every = prop_oneof![4 => 1..=3_u16, 2 => 4..=30_u16, 1 => 31..=365_u16];
    let turns_before = prop_oneof![4 => 0..4_i64, 3 => 4..60_i64, 1 => 60..9_000_i64];
    let people = prop::collection::vec(1..=5_i64, 1..=4);
    let restrictions = prop::collection::vec(any_restriction(), 0..=3);
    (
        people,
        minutes(),
        turns_before,
        every,
        select(units.to_vec()),
        restrictions,
    )
        .prop_map(
            |(people, hand_over, turns_before, every, unit, restrictions)| AnyLayer {
                people,
                hand_over,
                turns_before,
                every,
                unit,
                restrictions,
            },
        )
}

fn local(minute: i64) -> NaiveDateTime {
    chrono::DateTime::from_timestamp(minute * 60, 0)
        .unwrap()
        .naive_utc()
}

impl AnyLayer {
    fn around(&self, days: &Days) -> Layer {
        let unit = match self.unit {
            RotationUnit::Hours => HOUR,
            RotationUnit::Days => DAY,
            RotationUnit::Weeks => 7 * DAY,
        };
        let turn = i64::from(self.every) * unit;
        // Not before offsets were whole minutes everywhere.
        let turns_before = self.turns_before.min(26 * 365 * DAY / turn);
        Layer {
            people: self.people.iter().copied().map(UserId).collect(),
            starts_at: local(days.changes_at + self.hand_over - turns_before * turn),
            rotation: Rotation {
                every: self.every,
                unit: self.unit,
            },
            restrictions: self.restrictions.iter().map(|any| any.around(days)).collect(),
        }
    }
}

impl AnyRestriction {
    fn around(&self, days: &Days) -> Restriction {
        let split = |minutes: i64| -> (Weekday, NaiveTime) {
            use chrono::Datelike;
            let at = local(days.changes_at + minutes);
            (at.weekday(), at.time())
        };
        let ((from_day, from), (until_day, until)) = (split(self.from), split(self.until));
        match self.is_weekly {
            false => Restriction::Daily { from, until },
            true => Restriction::Weekly {
                from_day,
                from,
                until_day,
                until,
            },
        }
    }
}

/// Overrides by minutes of the days, some of which never come.
fn any_overrides() -> impl Strategy<Value = Vec<(i64, i64, i64)>> {
    prop::collection::vec((1..=5_i64, 0..SPAN, -10..600_i64), 0..=3)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(10_000) })]

    #[test]
    fn shifts_are_what_the_clock_on_the_wall_says(
        days in 0..ALL_DAYS.len(),
        layers in prop::collection::vec(any_layer(), 1..=4),
        overrides in any_overrides(),
        part in (0..SPAN * 60_000, 0..SPAN * 60_000),
        instants in prop::collection::vec(0..SPAN * 60_000, 8),
    ) {
        let days = &ALL_DAYS[days];
        let minutes = &days.minutes;
        let instant = |minute: i64| Timestamp::from_millis(minute * 60_000);
        let overrides = overrides.into_iter().map(|(who, from, lasts)| Override {
            user_id: UserId(who),
            from: instant(minutes.first() + from),
            until: instant(minutes.first() + from + lasts),
        });
        let schedule = Schedule {
            id: ScheduleId(1),
            name: String::new(),
            rota: Rota {
                time_zone: days.zone,
                layers: layers.iter().map(|layer| layer.around(days)).collect(),
            },
            overrides: overrides.collect(),
        };
        let range = instant(minutes.first())..instant(minutes.until());
        let expected = minutes.shifts(&schedule);
        let shifts = schedule.shifts(range.clone());
        prop_assert_eq!(&shifts, &expected, "{:#?}", schedule);

        let on_call = |at: Timestamp| {
            let shift = expected.iter().find(|shift| shift.span.contains(&at));
            shift.map(|shift| shift.on_call)
        };
        let boundaries = expected.iter().flat_map(|shift| [shift.span.start, shift.span.end]);
        let close = boundaries.flat_map(|at| [at.plus_millis(-1), at]).filter(|at| range.contains(at));
        let any = instants.iter().map(|&millis| range.start.plus_millis(millis));
        for at in close.chain(any) {
            prop_assert_eq!(schedule.on_call(at), on_call(at), "{} {:#?}", at, schedule);
        }

        let part = range.start.plus_millis(part.0.min(part.1))..range.start.plus_millis(part.0.max(part.1));
        let cut = expected.into_iter().filter_map(|mut shift| {
            shift.span = shift.span.start.max(part.start)..shift.span.end.min(part.end);
            (!shift.span.is_empty()).then_some(shift)
        });
        prop_assert_eq!(schedule.shifts(part.clone()), cut.collect::<Vec<_>>(), "{:?} {:#?}", part, schedule);
    }
}

#[test]
fn the_days_have_changes_of_every_kind() {
    let sizes = |zone: Tz| -> Vec<i64> {
        let ahead = |minute| shown(zone, minute) - minute;
        let mut sizes: Vec<_> = changes(zone)
            .iter()
            .map(|&change| ahead(change) - ahead(change - 1))
            .collect();
        sizes.dedup();
        sizes
    };
    assert_eq!(sizes(Tz::UTC), [0]);
    assert_eq!(sizes(Tz::Europe__Berlin), [-60, 60]);
    assert_eq!(sizes(Tz::Australia__Lord_Howe), [-30, 30]);
    assert_eq!(sizes(Tz::Pacific__Apia), [-60, 60, 1_440]);
    assert_eq!(sizes(Tz::Antarctica__Casey).first(), Some(&-180));
}
