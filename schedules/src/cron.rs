//! Cron expressions as Debian's cron means them, with the `L`, `LW`, `5L` and `MON#1` of cronsim.

use chrono::Datelike;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::{PartialSchema, ToSchema};

use crate::days::{Days, Join, sunday_is_0};
use crate::error::ScheduleError;
use crate::expression::{self, Expression, shown};
use crate::local_times::LocalTimes;
use crate::number::{Form, Span, Unit, bits};
use crate::zone::{self, Shifts};

const MINUTE: Unit = Unit::numbers("minute", 0, 59);
const HOUR: Unit = Unit::numbers("hour", 0, 23);
const DAY: Unit = Unit::numbers("day of month", 1, 31);
const MONTH: Unit = Unit {
    form: Form::NumberOrName(&[
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ]),
    ..Unit::numbers("month", 1, 12)
};
/// Sunday is 0 and 7.
const WEEKDAY: Unit = Unit {
    form: Form::NumberOrName(&["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]),
    ..Unit::numbers("day of week", 0, 7)
};

/// Leap days on a given weekday come every 28 years, or 40 around 2100.
const YEARS_AHEAD: i32 = 50;

/// Due when the clock in a time zone shows what a cron expression of five fields says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Expression", into = "Expression")]
pub struct Cron {
    expression: String,
    zone: Tz,
    times: LocalTimes,
    shifts: Shifts,
}

impl Cron {
    /// Reads an expression, for a time zone of the IANA database.
    ///
    /// # Errors
    /// When the time zone is not known, or the expression is not one; that its dates never come is no error.
    pub fn parse(expression: &str, timezone: &str) -> Result<Self, ScheduleError> {
        let (expression, zone) = expression::read(expression, timezone)?;
        let times = read(expression).map_err(ScheduleError::expression)?;
        let fields = || expression.split_whitespace();
        // Debian's cron takes what runs at every minute or hour to follow the clock.
        let is_fixed = fields().take(2).all(|field| !field.starts_with('*'));
        Ok(Self {
            expression: expression.to_owned(),
            zone,
            times,
            shifts: if is_fixed { Shifts::RunLate } else { Shifts::Follow },
        })
    }

    /// As it was written.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// Where the clock hangs.
    pub const fn timezone(&self) -> Tz {
        self.zone
    }

    pub(crate) const fn times(&self) -> &LocalTimes {
        &self.times
    }

    pub(crate) fn next_after(&self, after_ms: i64) -> Option<i64> {
        let from = chrono::DateTime::from_timestamp_millis(after_ms)?;
        let last_year = from.year() + YEARS_AHEAD;
        zone::next_after(after_ms, self.zone, self.shifts, |from| {
            self.times.next(from, last_year)
        })
    }
}

fn read(expression: &str) -> Result<LocalTimes, String> {
    let fields: Vec<&str> = expression.split_whitespace().collect();
    let [minutes, hours, days, months, weekdays] = fields[..] else {
        return Err(not_five(&fields));
    };
    let mut read = Days::NONE;
    for item in days.split(',') {
        read_day(item, &mut read)?;
    }
    for item in weekdays.split(',') {
        read_weekday(item, &mut read)?;
    }
    if !days.starts_with('*') && !weekdays.starts_with('*') {
        read.join = Join::Either;
    }
    Ok(LocalTimes {
        years: None,
        months: numbers(&MONTH, months)?,
        days: read,
        hours: numbers(&HOUR, hours)?,
        minutes: numbers(&MINUTE, minutes)?,
        seconds: 1,
    })
}

fn not_five(fields: &[&str]) -> String {
    match fields {
        [name] if name.starts_with('@') => {
            format!("`{}` is not known; write `{}`", shown(name), shown(&name[1..]))
        }
        _ => format!(
            "it has {} fields instead of five: minute, hour, day of month, month, day of week",
            fields.len()
        ),
    }
}

fn numbers(unit: &Unit, field: &str) -> Result<u64, String> {
    field
        .split(',')
        .try_fold(0, |found, item| Ok(found | item_numbers(unit, item)?))
}

/// `*`, `a` or `a-b`, each with `/step` if wanted. `a/step` goes on to the end, and so does `a-a/step`.
fn item_numbers(unit: &Unit, item: &str) -> Result<u64, String> {
    if item == "?" {
        return Err(format!("{} `?` is not known; write `*`", unit.name));
    }
    let all;
    let item = match item.strip_prefix('*') {
        Some(step) if step.is_empty() || step.starts_with('/') => {
            all = format!("{}-{}{step}", unit.low, unit.high);
            &all
        }
        _ => item,
    };
    let Span { from, mut to, step } = unit.span(item, "-")?;
    if from == to && step.is_some() {
        to = unit.high;
    }
    Ok(bits((from..=to).step_by(step.unwrap_or(1))))
}

fn read_day(item: &str, days: &mut Days) -> Result<(), String> {
    match item {
        "L" | "l" => days.from_end |= 1 << 1,
        _ if item.eq_ignore_ascii_case("LW") => days.last_working_day = true,
        _ => days.of_month |= item_numbers(&DAY, item)?,
    }
    Ok(())
}

fn read_weekday(item: &str, days: &mut Days) -> Result<(), String> {
    if let Some((weekday, nth)) = item.split_once('#') {
        let weekday = WEEKDAY.number(weekday)? % 7;
        let nth = NTH.number(nth)?;
        days.nth_of_week[usize::from(weekday)] |= 1 << nth;
    } else if let Some(weekday) = item.strip_suffix(['L', 'l']) {
        days.last_of_week |= 1 << (LAST_OF.number(weekday)? % 7);
    } else {
        days.of_week |= sunday_is_0(item_numbers(&WEEKDAY, item)?);
    }
    Ok(())
}

const NTH: Unit = Unit::numbers("count after `#`", 1, 5);
const LAST_OF: Unit = Unit::numbers("day of week before `L`", 0, 7);

impl From<Cron> for Expression {
    fn from(cron: Cron) -> Self {
        Self::new(&cron.expression, cron.zone)
    }
}

impl TryFrom<Expression> for Cron {
    type Error = ScheduleError;

    fn try_from(written: Expression) -> Result<Self, ScheduleError> {
        Self::parse(&written.expression, &written.timezone)
    }
}

impl ToSchema for Cron {}

impl PartialSchema for Cron {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        Expression::schema("30 2 * * MON-FRI")
    }
}

#[cfg(test)]
mod tests;
