//! Which days of a month match.

use chrono::{Datelike, NaiveDate};

/// Days by their number in the month and by their weekday. Bit `n` of a set is day `n`, or weekday `n` from Sunday.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Days {
    pub(crate) of_month: u64,
    /// Counted from the end: 1 is the last.
    pub(crate) from_end: u64,
    /// The last day from Monday to Friday.
    pub(crate) last_working_day: bool,
    pub(crate) of_week: u64,
    /// Of each weekday, bit `n` is the n-th in the month.
    pub(crate) nth_of_week: [u64; 7],
    /// Weekdays of which the last in the month matches.
    pub(crate) last_of_week: u64,
    pub(crate) join: Join,
}

/// Whether a day has to match by its number *and* by its weekday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Join {
    Both,
    Either,
}

impl Days {
    pub(crate) const NONE: Self = Self {
        of_month: 0,
        from_end: 0,
        last_working_day: false,
        of_week: 0,
        nth_of_week: [0; 7],
        last_of_week: 0,
        join: Join::Both,
    };

    /// The first of a month, from a day on.
    pub(crate) fn first_in(&self, year: i32, month: u32, from: u32) -> Option<NaiveDate> {
        let first = NaiveDate::from_ymd_opt(year, month, 1)?;
        let last = days_in(first);
        let before_first = first.weekday().num_days_from_sunday() + 6;
        let day = (from..=last).find(|day| self.matches(*day, (before_first + day) % 7, last))?;
        first.with_day(day)
    }

    fn matches(&self, day: u32, weekday: u32, last: u32) -> bool {
        let by_number = has(self.of_month, day)
            || has(self.from_end, last + 1 - day)
            || self.last_working_day && is_last_working_day(day, weekday, last);
        let by_weekday = || {
            has(self.of_week, weekday)
                || has(self.nth_of_week[weekday as usize], day.div_ceil(7))
                || has(self.last_of_week, weekday) && day + 7 > last
        };
        match self.join {
            Join::Both => by_number && by_weekday(),
            Join::Either => by_number || by_weekday(),
        }
    }
}

/// Weekdays of which Sunday may be 7 as well.
pub(crate) const fn sunday_is_0(weekdays: u64) -> u64 {
    (weekdays | weekdays >> 7) & 0b111_1111
}

fn is_last_working_day(day: u32, weekday: u32, last: u32) -> bool {
    match weekday {
        1..=4 => day == last,
        // The weekend that follows may be the end of the month.
        5 => day + 2 >= last,
        _ => false,
    }
}

fn has(set: u64, number: u32) -> bool {
    set >> number & 1 == 1
}

fn days_in(first_of_month: NaiveDate) -> u32 {
    match first_of_month.month() {
        2 if first_of_month.leap_year() => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY_WEEKDAY: Days = Days {
        of_week: 0b111_1111,
        ..Days::NONE
    };

    fn all_in(days: &Days, year: i32, month: u32) -> Vec<u32> {
        let mut found = Vec::new();
        while let Some(date) = days.first_in(year, month, found.last().map_or(1, |day| day + 1)) {
            found.push(date.day());
        }
        found
    }

    #[test]
    fn the_end_of_a_month_is_where_it_is() {
        let last = Days {
            from_end: 0b10,
            ..EVERY_WEEKDAY
        };
        assert_eq!(all_in(&last, 2024, 2), [29]);
        assert_eq!(all_in(&last, 2100, 2), [28]);
        assert_eq!(all_in(&last, 2026, 4), [30]);
    }

    #[test]
    fn the_last_working_day_is_before_the_weekend() {
        let days = Days {
            last_working_day: true,
            ..EVERY_WEEKDAY
        };
        // These end on a Sunday, a Saturday, a Friday and a Monday.
        let months = [(2026, 5, 29), (2026, 10, 30), (2026, 7, 31), (2026, 11, 30)];
        for (year, month, day) in months {
            assert_eq!(all_in(&days, year, month), [day], "{year}-{month}");
        }
    }

    #[test]
    fn weekdays_are_counted_within_the_month() {
        let mut fifth_monday = Days {
            of_month: !0,
            ..Days::NONE
        };
        fifth_monday.nth_of_week[1] = 1 << 5;
        assert_eq!(all_in(&fifth_monday, 2026, 11), [30]);
        assert!(all_in(&fifth_monday, 2026, 12).is_empty());
        let last_friday = Days {
            of_month: !0,
            last_of_week: 1 << 5,
            ..Days::NONE
        };
        assert_eq!(all_in(&last_friday, 2026, 11), [27]);
    }

    #[test]
    fn number_and_weekday_are_joined_as_is_said() {
        let mut days = Days {
            of_month: 1 << 13,
            of_week: 1 << 5,
            ..Days::NONE
        };
        assert_eq!(all_in(&days, 2026, 11), [13]);
        assert!(all_in(&days, 2026, 10).is_empty());
        days.join = Join::Either;
        assert_eq!(all_in(&days, 2026, 10), [2, 9, 13, 16, 23, 30]);
    }
}
