//! Dates and times by a clock on a wall that is never moved.

use chrono::{Datelike, Days as Count, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use crate::days::Days;
use crate::number::next_bit;

/// Sets of numbers of which a date and time has to have one each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LocalTimes {
    /// None when it may be any.
    pub(crate) years: Option<Years>,
    pub(crate) months: u64,
    pub(crate) days: Days,
    pub(crate) hours: u64,
    pub(crate) minutes: u64,
    pub(crate) seconds: u64,
}

/// Some of 256 years from 1970 on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Years([u64; 4]);

impl Years {
    pub(crate) fn insert(&mut self, year: u16) {
        let at = usize::from(year) - 1970;
        self.0[at / 64] |= 1 << (at % 64);
    }

    fn contains(&self, year: i32) -> bool {
        let at = usize::try_from(year - 1970).ok();
        at.and_then(|at| Some(self.0.get(at / 64)? >> (at % 64) & 1 == 1))
            .unwrap_or(false)
    }
}

impl LocalTimes {
    /// The first at `from` or after it, up to the end of a year. It looks at each month once.
    pub(crate) fn next(&self, from: NaiveDateTime, last_year: i32) -> Option<NaiveDateTime> {
        let mut date = self.next_date(from.date(), last_year)?;
        if date == from.date() {
            if let Some(time) = self.next_time(from.time()) {
                return Some(date.and_time(time));
            }
            date = self.next_date(date.checked_add_days(Count::new(1))?, last_year)?;
        }
        Some(date.and_time(self.next_time(NaiveTime::MIN)?))
    }

    fn next_date(&self, from: NaiveDate, last_year: i32) -> Option<NaiveDate> {
        let (mut month, mut day) = (from.month(), from.day());
        for year in from.year()..=last_year {
            if self.years.as_ref().is_none_or(|years| years.contains(year)) {
                while let Some(found) = next_bit(self.months, month) {
                    let from = if found == month { day } else { 1 };
                    if let Some(date) = self.days.first_in(year, found, from) {
                        return Some(date);
                    }
                    (month, day) = (found + 1, 1);
                }
            }
            (month, day) = (1, 1);
        }
        None
    }

    fn next_time(&self, from: NaiveTime) -> Option<NaiveTime> {
        let (hour, minute, second) = (from.hour(), from.minute(), from.second());
        let is_hour = next_bit(self.hours, hour) == Some(hour);
        if is_hour
            && next_bit(self.minutes, minute) == Some(minute)
            && let Some(second) = next_bit(self.seconds, second)
        {
            return NaiveTime::from_hms_opt(hour, minute, second);
        }
        let first_second = next_bit(self.seconds, 0)?;
        if is_hour && let Some(minute) = next_bit(self.minutes, minute + 1) {
            return NaiveTime::from_hms_opt(hour, minute, first_second);
        }
        let hour = next_bit(self.hours, hour + 1)?;
        NaiveTime::from_hms_opt(hour, next_bit(self.minutes, 0)?, first_second)
    }
}
