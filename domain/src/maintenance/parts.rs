//! The parts of a rule, as they are written. They are read here, not by the crate that expands them: it takes what it does
//! not mean, and says less clearly what is wrong.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use chrono::{Datelike, Month, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc, Weekday};
use rrule::{Frequency, NWeekday, RRule, Unvalidated};

use super::recurrence::Ends;
use crate::time::Timestamp;

/// The largest `INTERVAL`.
const MAX_INTERVAL: i32 = 1_000;

/// The largest `COUNT`: occurrences are counted from the first one on.
const MAX_COUNT: i32 = 1_000;

/// What stands beside a rule in a calendar, and in one line with it in some.
const BESIDE_A_RULE: [&str; 7] = [
    "DTSTART", "DTEND", "DURATION", "EXDATE", "RDATE", "EXRULE", "TZID",
];

/// The longest piece of a rule that is said again to who has sent it, in characters.
const MAX_SAID: usize = 30;

/// A rule without what calendars write around it: `RRULE:` before it, and blanks and line breaks between its parts.
pub fn plain_rule(rule: &str) -> String {
    const NAME: &str = "RRULE:";
    let rule = rule.trim();
    let rule = match rule.split_at_checked(NAME.len()) {
        Some((name, rest)) if name.eq_ignore_ascii_case(NAME) => rest,
        _ => rule,
    };
    let parts = rule.split(';').map(str::trim).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(";")
}

/// The parts of a rule.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub(super) frequency: Frequency,
    pub(super) interval: u16,
    pub(super) week_start: Weekday,
    pub(super) ends: Ends,
    days: Vec<NWeekday>,
    month_days: Vec<i32>,
    year_days: Vec<i32>,
    weeks: Vec<i32>,
    months: Vec<i32>,
    positions: Vec<i32>,
}

impl Parts {
    /// Reads a rule.
    ///
    /// # Errors
    /// What is wrong with it, to be said after its name.
    pub(super) fn read(rule: &str) -> Result<Self, String> {
        let mut parts = Self {
            frequency: Frequency::Daily,
            interval: 1,
            week_start: Weekday::Mon,
            ends: Ends::Never,
            days: Vec::new(),
            month_days: Vec::new(),
            year_days: Vec::new(),
            weeks: Vec::new(),
            months: Vec::new(),
            positions: Vec::new(),
        };
        let rule = plain_rule(rule).to_ascii_uppercase();
        // Of a calendar, more than the rule: no part has one of these.
        if rule.contains([':', '\n', '\r']) {
            return Err(more_than_a_rule());
        }
        let mut seen = HashSet::new();
        for part in rule.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| format!("must be of parts such as FREQ=DAILY: {} is none", said(part)))?;
            if !seen.insert(name) {
                return Err(format!("must have {} once", said(name)));
            }
            parts.set(name, value)?;
        }
        parts.without_repeats();
        if !seen.contains("FREQ") {
            return Err("must have FREQ, as in FREQ=MONTHLY;BYDAY=2TU".to_owned());
        }
        if seen.contains("COUNT") && seen.contains("UNTIL") {
            return Err("must not have both COUNT and UNTIL".to_owned());
        }
        parts.check()?;
        Ok(parts)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let number = |range: RangeInclusive<i32>| numbers(name, value, range).map(|all| (all[0], all.len()));
        let one = |range: RangeInclusive<i32>| match number(range)? {
            (number, 1) => u16::try_from(number).map_err(|_| format!("must have one {name}")),
            _ => Err(format!("must have one {name}")),
        };
        match name {
            "FREQ" => self.frequency = frequency(value)?,
            "INTERVAL" => self.interval = one(1..=MAX_INTERVAL)?,
            "COUNT" => self.ends = Ends::After(one(1..=MAX_COUNT)?),
            "UNTIL" => self.ends = until(value)?,
            "WKST" => self.week_start = weekday(value).ok_or("must have a day as WKST, as in WKST=MO")?,
            "BYDAY" => self.days = value.split(',').map(numbered).collect::<Result<_, _>>()?,
            "BYMONTHDAY" => self.month_days = numbers(name, value, -31..=31)?,
            "BYYEARDAY" => self.year_days = numbers(name, value, -366..=366)?,
            "BYWEEKNO" => self.weeks = numbers(name, value, -53..=53)?,
            "BYMONTH" => self.months = numbers(name, value, 1..=12)?,
            "BYSETPOS" => self.positions = numbers(name, value, -366..=366)?,
            "BYHOUR" | "BYMINUTE" | "BYSECOND" => {
                return Err(format!("must not have {name}: the time of day is that of starts"));
            }
            _ if BESIDE_A_RULE.contains(&name) => return Err(more_than_a_rule()),
            _ => return Err(format!("must not have {}, which is not known", said(name))),
        }
        Ok(())
    }

    /// Each value once: the crate goes through all of them for each day.
    fn without_repeats(&mut self) {
        unique(&mut self.days);
        let numbers = [
            &mut self.month_days,
            &mut self.year_days,
            &mut self.weeks,
            &mut self.months,
            &mut self.positions,
        ];
        numbers.into_iter().for_each(unique);
    }

    /// What does not go together.
    fn check(&self) -> Result<(), String> {
        let is_yearly = self.frequency == Frequency::Yearly;
        if self.frequency == Frequency::Weekly && !self.month_days.is_empty() {
            return Err("must not have BYMONTHDAY where FREQ is WEEKLY".to_owned());
        }
        let counts_in_years = !self.year_days.is_empty() || !self.weeks.is_empty();
        if !is_yearly && counts_in_years {
            return Err("must have BYYEARDAY and BYWEEKNO only where FREQ is YEARLY".to_owned());
        }
        let numbers: Vec<i16> = self.days.iter().filter_map(number_of).collect();
        if !numbers.is_empty() {
            let most = match self.frequency {
                Frequency::Yearly if self.weeks.is_empty() => 53,
                Frequency::Monthly => 5,
                _ => {
                    let wrong = "must number days only where FREQ is MONTHLY, or YEARLY without BYWEEKNO";
                    return Err(wrong.to_owned());
                }
            };
            // Of both, the crate that expands them takes only days that are in each.
            if numbers.len() < self.days.len() {
                return Err("must number all days of BYDAY, or none".to_owned());
            }
            if numbers.iter().any(|number| number.abs() > most) {
                return Err(format!("must number days of BYDAY with at most {most}"));
            }
        }
        if !self.positions.is_empty() && !self.has_days() && self.months.is_empty() {
            return Err("must have BYSETPOS only beside another part that begins with BY".to_owned());
        }
        Ok(())
    }

    fn has_days(&self) -> bool {
        !(self.days.is_empty()
            && self.month_days.is_empty()
            && self.year_days.is_empty()
            && self.weeks.is_empty())
    }

    /// With what it takes from its beginning: the rule is expanded from other days on, too.
    pub(super) fn completed(mut self, starts: NaiveDate) -> Self {
        let says_on_which_week = !self.weeks.is_empty()
            && self.days.is_empty()
            && self.month_days.is_empty()
            && self.year_days.is_empty();
        if says_on_which_week || (!self.has_days() && self.frequency == Frequency::Weekly) {
            self.days = vec![NWeekday::Every(starts.weekday())];
        }
        let is_of_months = matches!(self.frequency, Frequency::Monthly | Frequency::Yearly);
        if !self.has_days() && is_of_months {
            let number = |part: u32| i32::try_from(part).unwrap_or_default();
            self.month_days = vec![number(starts.day())];
            if self.frequency == Frequency::Yearly && self.months.is_empty() {
                self.months = vec![number(starts.month())];
            }
        }
        self
    }

    /// As the crate has it, without its end.
    pub(super) fn into_rule(self) -> Result<RRule<Unvalidated>, String> {
        let months: Vec<Month> = narrow::<u8>(&self.months)?
            .into_iter()
            .filter_map(|month| Month::try_from(month).ok())
            .collect();
        Ok(RRule::new(self.frequency)
            .interval(self.interval)
            .week_start(self.week_start)
            .by_weekday(self.days)
            .by_month_day(narrow(&self.month_days)?)
            .by_year_day(narrow(&self.year_days)?)
            .by_week_no(narrow(&self.weeks)?)
            .by_month(&months)
            .by_set_pos(self.positions))
    }
}

fn unique<T: Copy + PartialEq>(values: &mut Vec<T>) {
    let mut kept = Vec::with_capacity(values.len());
    for value in values.drain(..) {
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    *values = kept;
}

/// Numbers that were checked, as the crate has them.
fn narrow<T: TryFrom<i32>>(numbers: &[i32]) -> Result<Vec<T>, String> {
    let narrowed = numbers.iter().map(|number| T::try_from(*number));
    narrowed
        .collect::<Result<_, _>>()
        .map_err(|_| "has a number that is too large".to_owned())
}

/// A list of numbers, none of which is 0; it has at least one.
fn numbers(name: &str, value: &str, range: RangeInclusive<i32>) -> Result<Vec<i32>, String> {
    let read = value.split(',').map(|number| {
        let number = number.parse::<i32>().ok();
        number.filter(|number| *number != 0 && range.contains(number))
    });
    read.collect::<Option<Vec<_>>>().ok_or_else(|| {
        let (least, most) = (range.start(), range.end());
        let but = if *least < 0 { ", without 0" } else { "" };
        format!("must have numbers from {least} to {most}{but} as {name}")
    })
}

fn frequency(value: &str) -> Result<Frequency, String> {
    match value {
        "DAILY" => Ok(Frequency::Daily),
        "WEEKLY" => Ok(Frequency::Weekly),
        "MONTHLY" => Ok(Frequency::Monthly),
        "YEARLY" => Ok(Frequency::Yearly),
        _ => Err("must have DAILY, WEEKLY, MONTHLY or YEARLY as FREQ".to_owned()),
    }
}

fn weekday(value: &str) -> Option<Weekday> {
    match value {
        "MO" => Some(Weekday::Mon),
        "TU" => Some(Weekday::Tue),
        "WE" => Some(Weekday::Wed),
        "TH" => Some(Weekday::Thu),
        "FR" => Some(Weekday::Fri),
        "SA" => Some(Weekday::Sat),
        "SU" => Some(Weekday::Sun),
        _ => None,
    }
}

/// A day that may have a number before it, as in `2TU` or `-1FR`.
fn numbered(value: &str) -> Result<NWeekday, String> {
    let read = || {
        let (number, name) = value.split_at_checked(value.len().checked_sub(2)?)?;
        let day = weekday(name)?;
        match number {
            "" => Some(NWeekday::Every(day)),
            number => {
                let number: i16 = number.parse().ok()?;
                (number != 0).then_some(NWeekday::Nth(number, day))
            }
        }
    };
    let wrong = || {
        format!(
            "must have days as BYDAY, as in MO or 2TU: {} is none",
            said(value)
        )
    };
    read().ok_or_else(wrong)
}

fn number_of(day: &NWeekday) -> Option<i16> {
    match day {
        NWeekday::Every(_) => None,
        NWeekday::Nth(number, _) => Some(*number),
    }
}

/// A day or a time by the clock on the wall, or an instant, which ends in `Z`.
fn until(value: &str) -> Result<Ends, String> {
    let date = NaiveDate::parse_from_str(value, "%Y%m%d").ok();
    // A day counts until it is over.
    let day = date.map(|date| date.and_time(NaiveTime::MIN) + chrono::Duration::seconds(24 * 60 * 60 - 1));
    let time = |text: &str| NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").ok();
    let read = match value.strip_suffix('Z') {
        Some(utc) => time(utc).map(|at| Ends::At(Timestamp::from(Utc.from_utc_datetime(&at)))),
        None => day.or_else(|| time(value)).map(Ends::Local),
    };
    let wrong = "must have a day or a time as UNTIL, as in 20271231, 20271231T220000 or 20271231T210000Z";
    let in_form = matches!(value.trim_end_matches('Z').len(), 8 | 15);
    read.filter(|_| in_form).ok_or_else(|| wrong.to_owned())
}

fn more_than_a_rule() -> String {
    "must be a rule alone: paste the RRULE only; starts, minutes and time_zone say when it begins and how long it lasts"
        .to_owned()
}

/// A piece of a rule, not too long.
fn said(piece: &str) -> String {
    let short: String = piece.chars().take(MAX_SAID).collect();
    format!("{short:?}")
}
