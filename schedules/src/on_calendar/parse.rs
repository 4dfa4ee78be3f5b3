//! `[weekday] [[year-]month-day] [hour:minute[:second]] [zone]`.

use chrono_tz::Tz;

use super::Line;
use crate::days::{Days, sunday_is_0};
use crate::expression::shown;
use crate::local_times::{LocalTimes, Years};
use crate::number::{Form, Span, Unit, bits};

const YEAR: Unit = Unit {
    form: Form::Year,
    ..Unit::numbers("year", 1970, 2199)
};
const MONTH: Unit = Unit::numbers("month", 1, 12);
const DAY: Unit = Unit::numbers("day of month", 1, 31);
const HOUR: Unit = Unit::numbers("hour", 0, 23);
const MINUTE: Unit = Unit::numbers("minute", 0, 59);
const SECOND: Unit = Unit::numbers("second", 0, 59);
/// Sunday is 7: a range of weekdays ends with it.
const WEEKDAY: Unit = Unit {
    form: Form::Name(&[
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ]),
    ..Unit::numbers("day of week", 1, 7)
};

/// Every month has as many days, counted from its end.
const MOST_FROM_END: u16 = 28;

const SHORTHANDS: [(&str, &str); 9] = [
    ("minutely", "*-*-* *:*:00"),
    ("hourly", "*-*-* *:00:00"),
    ("daily", "*-*-* 00:00:00"),
    ("monthly", "*-*-01 00:00:00"),
    ("weekly", "Mon *-*-* 00:00:00"),
    ("yearly", "*-01-01 00:00:00"),
    ("annually", "*-01-01 00:00:00"),
    ("quarterly", "*-01,04,07,10-01 00:00:00"),
    ("semiannually", "*-01,07-01 00:00:00"),
];

/// One line, in its own time zone or else in the given one.
pub(super) fn line(text: &str, zone: Tz) -> Result<Line, String> {
    let text = text.trim();
    let own = text
        .rsplit_once(char::is_whitespace)
        .and_then(|(rest, name)| Some((rest.trim_end(), name.parse().ok()?)));
    let (text, zone) = own.unwrap_or((text, zone));
    let is_meant = |shorthand: &&(&str, &str)| shorthand.0.eq_ignore_ascii_case(text);
    let text = SHORTHANDS
        .iter()
        .find(is_meant)
        .map_or(text, |(_, meaning)| meaning);
    Ok(Line {
        times: times(text)?,
        zone,
    })
}

fn times(text: &str) -> Result<LocalTimes, String> {
    let mut parts: Vec<&str> = text.split_whitespace().collect();
    if parts.is_empty() {
        return Err("it is empty".to_owned());
    }
    let mut read = LocalTimes {
        years: None,
        months: every(&MONTH),
        days: Days {
            of_month: every(&DAY),
            of_week: 0b111_1111,
            ..Days::NONE
        },
        hours: 1,
        minutes: 1,
        seconds: 1,
    };
    if let Some(text) = parts.pop_if(|last| last.contains(':')) {
        read_time(text, &mut read)?;
    }
    let is_date = |text: &mut &str| {
        text.starts_with(|c: char| c.is_ascii_digit() || c == '*') && text.contains(['-', '~'])
    };
    if let Some(text) = parts.pop_if(is_date) {
        read_date(text, &mut read)?;
    }
    match parts[..] {
        [] => {}
        [text] => read.days.of_week = weekdays(text)?,
        _ => return Err(too_much(text)),
    }
    Ok(read)
}

fn too_much(text: &str) -> String {
    let count = text.split_whitespace().count();
    let last = text.split_whitespace().next_back().unwrap_or_default();
    if count == 6 {
        "it has six words; a cron expression has five, without seconds".to_owned()
    } else if last.starts_with(|c: char| c.is_ascii_alphabetic()) {
        format!("`{}` is not a time zone such as Europe/Berlin", shown(last))
    } else {
        "it is more than a day of week, a date, a time and a time zone, such as Mon *-*-1 12:00".to_owned()
    }
}

fn read_time(text: &str, read: &mut LocalTimes) -> Result<(), String> {
    let parts: Vec<&str> = text.split(':').collect();
    let (hours, minutes, seconds) = match parts[..] {
        [hours, minutes] => (hours, minutes, "0"),
        [hours, minutes, seconds] => (hours, minutes, seconds),
        _ => return Err(format!("time `{}` is not such as 12:00 or 12:00:00", shown(text))),
    };
    read.hours = numbers(&HOUR, hours)?;
    read.minutes = numbers(&MINUTE, minutes)?;
    read.seconds = numbers(&SECOND, seconds)?;
    Ok(())
}

fn read_date(text: &str, read: &mut LocalTimes) -> Result<(), String> {
    let separated = text.replace('~', "-~");
    let parts: Vec<&str> = separated.split('-').collect();
    let (years, months, days) = match parts[..] {
        [months, days] => ("*", months, days),
        [years, months, days] => (years, months, days),
        _ => {
            return Err(format!(
                "date `{}` is not such as 12-31 or 2026-12-31",
                shown(text)
            ));
        }
    };
    if years != "*" {
        let mut found = Years::default();
        for item in items(&YEAR, years)? {
            each(&YEAR, item?).for_each(|year| found.insert(year));
        }
        read.years = Some(found);
    }
    read.months = numbers(&MONTH, months)?;
    match days.strip_prefix('~') {
        Some("*") => {}
        Some(days) => {
            read.days.of_month = 0;
            read.days.from_end = from_end(days)?;
        }
        None => read.days.of_month = numbers(&DAY, days)?,
    }
    Ok(())
}

fn weekdays(text: &str) -> Result<u64, String> {
    if let Some(name) = text.strip_prefix('@') {
        return Err(format!("`{}` is not known; write `{}`", shown(text), shown(name)));
    }
    if text.contains('/') {
        return Err("a day of week has no step".to_owned());
    }
    let text = text.trim_end_matches(',').replace('-', "..");
    let mut found = 0;
    for item in items(&WEEKDAY, &text)? {
        found |= bits(each(&WEEKDAY, item?));
    }
    Ok(sunday_is_0(found))
}

fn numbers(unit: &Unit, field: &str) -> Result<u64, String> {
    if field == "*" {
        return Ok(every(unit));
    }
    items(unit, field)?.try_fold(0, |found, item| Ok(found | bits(each(unit, item?))))
}

/// Days counted from the end of a month. A step goes towards the end.
fn from_end(field: &str) -> Result<u64, String> {
    let mut found = 0;
    for item in items(&DAY, field)? {
        let Span { mut from, to, step } = item?;
        if from == to {
            if to > MOST_FROM_END {
                return Err(format!("day of month ~{to} is outside 1 to {MOST_FROM_END}"));
            }
            from = step.map_or(from, |_| 1);
        }
        found |= bits((from..=to).rev().step_by(step.unwrap_or(1)));
    }
    Ok(found)
}

fn items<'a>(
    unit: &'a Unit,
    field: &'a str,
) -> Result<impl Iterator<Item = Result<Span, String>> + 'a, String> {
    if field.contains('*') {
        let name = unit.name;
        return Err(format!(
            "{name} `{}`: `*` stands alone; `0/5` is every fifth",
            shown(field)
        ));
    }
    Ok(field.split(',').map(|item| unit.span(item, "..")))
}

/// The numbers of an item. `a/step` goes on to the highest, and so does `a..a/step`.
fn each(unit: &Unit, item: Span) -> impl Iterator<Item = u16> {
    let Span { from, mut to, step } = item;
    if from == to && step.is_some() {
        to = unit.high;
    }
    (from..=to).step_by(step.unwrap_or(1))
}

fn every(unit: &Unit) -> u64 {
    bits(unit.low..=unit.high)
}
