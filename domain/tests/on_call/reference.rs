//! Who is on call, minute by minute. What a clock on the wall shows comes from instants alone, never the other way round,
//! and everything is asked of a clock that stands still while the one on the wall repeats itself.

use chrono::{Datelike, NaiveDateTime, Timelike};
use chrono_tz::Tz;
use domain::on_call::{Layer, OnCall, Restriction, Rotation, RotationUnit, Schedule, Shift};
use domain::{Timestamp, UserId};

const DAY: i64 = 1_440;
const WEEK: i64 = 7 * DAY;

/// What the clock shows at a minute since the epoch, as minutes since the same day by the clock.
pub(super) fn shown(zone: Tz, minute: i64) -> i64 {
    let at = chrono::DateTime::from_timestamp(minute * 60, 0).unwrap();
    minutes_of(at.with_timezone(&zone).naive_local())
}

pub(super) fn minutes_of(local: NaiveDateTime) -> i64 {
    let days = i64::from(local.num_days_from_ce() - 719_163);
    days * DAY + i64::from(local.hour() * 60 + local.minute())
}

/// Minutes in a row, and what the clock that stands still shows at each.
pub(super) struct Minutes {
    zone: Tz,
    first: i64,
    stands: Vec<i64>,
}

/// What decides who is on call at a minute.
#[derive(Clone, Copy, PartialEq)]
enum By {
    Turn { layer: usize, number: i64 },
    Override(usize),
}

impl Minutes {
    /// `count` minutes from `first` on. The clock is walked from `before` on, so that one that was put back since then stands
    /// still.
    pub(super) fn new(zone: Tz, before: i64, first: i64, count: i64) -> Self {
        let mut latest = i64::MIN;
        let mut stands = Vec::new();
        for minute in before..first + count {
            latest = latest.max(shown(zone, minute));
            if minute >= first {
                stands.push(latest);
            }
        }
        Self { zone, first, stands }
    }

    pub(super) fn first(&self) -> i64 {
        self.first
    }

    pub(super) fn until(&self) -> i64 {
        self.first + self.stands.len() as i64
    }

    /// Who is on call at each minute, in runs of the same.
    pub(super) fn shifts(&self, schedule: &Schedule) -> Vec<Shift> {
        let layers = &schedule.rota.layers;
        let begins: Vec<i64> = layers.iter().map(|layer| self.first_instant(layer)).collect();
        let mut shifts: Vec<(By, Shift)> = Vec::new();
        for (minute, stands) in (self.first..).zip(&self.stands) {
            let at = Timestamp::from_millis(minute * 60_000);
            let until = Timestamp::from_millis((minute + 1) * 60_000);
            let mut decides = None;
            for (number, layer) in layers.iter().enumerate() {
                decides = by_layer(layer, begins[number], minute, *stands)
                    .map(|(turn, who)| {
                        (
                            By::Turn {
                                layer: number,
                                number: turn,
                            },
                            who,
                        )
                    })
                    .or(decides);
            }
            for (number, other) in schedule.overrides.iter().enumerate() {
                if other.from <= at && at < other.until {
                    decides = Some((By::Override(number), other.user_id));
                }
            }
            let Some((by, user_id)) = decides else { continue };
            match shifts.last_mut() {
                Some((last, shift)) if *last == by && shift.span.end == at => shift.span.end = until,
                _ => {
                    let layer = match by {
                        By::Turn { layer, .. } => Some(layer),
                        By::Override(_) => None,
                    };
                    let on_call = OnCall { user_id, layer };
                    shifts.push((
                        by,
                        Shift {
                            span: at..until,
                            on_call,
                        },
                    ));
                }
            }
        }
        shifts.into_iter().map(|(_, shift)| shift).collect()
    }

    /// The first minute at which the clock shows when the layer starts, or later. No clock is more than 26 hours from UTC.
    fn first_instant(&self, layer: &Layer) -> i64 {
        if layer.rotation.unit != RotationUnit::Hours {
            return i64::MIN;
        }
        let starts = minutes_of(layer.starts_at);
        (starts - 26 * 60..)
            .find(|&minute| shown(self.zone, minute) >= starts)
            .unwrap()
    }
}

/// The turn of a layer at a minute, and whose it is.
fn by_layer(layer: &Layer, begins: i64, minute: i64, stands: i64) -> Option<(i64, UserId)> {
    let Rotation { every, unit } = layer.rotation;
    let every = i64::from(every);
    let number = match unit {
        RotationUnit::Hours => (minute - begins).div_euclid(every * 60),
        RotationUnit::Days => (stands - minutes_of(layer.starts_at)).div_euclid(every * DAY),
        RotationUnit::Weeks => (stands - minutes_of(layer.starts_at)).div_euclid(every * WEEK),
    };
    if number < 0 {
        return None;
    }
    let applies = layer.restrictions.is_empty()
        || layer
            .restrictions
            .iter()
            .any(|restriction| is_within(*restriction, stands));
    let index = number as usize % layer.people.len();
    applies.then(|| (number, layer.people[index]))
}

fn is_within(restriction: Restriction, stands: i64) -> bool {
    let time = |time: chrono::NaiveTime| i64::from(time.hour() * 60 + time.minute());
    let (period, from, until, now) = match restriction {
        Restriction::Daily { from, until } => (DAY, time(from), time(until), stands),
        Restriction::Weekly {
            from_day,
            from,
            until_day,
            until,
        } => {
            let of_week =
                |day: chrono::Weekday, of_day| i64::from(day.num_days_from_monday()) * DAY + time(of_day);
            // The epoch was a Thursday.
            (
                WEEK,
                of_week(from_day, from),
                of_week(until_day, until),
                stands + 3 * DAY,
            )
        }
    };
    let now = now.rem_euclid(period);
    match from < until {
        true => from <= now && now < until,
        false => from <= now || now < until,
    }
}
