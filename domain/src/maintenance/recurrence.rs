//! Rules by which maintenance recurs: RRULEs of RFC 5545, on local times. The crate that expands them is given local times
//! as if they were UTC; what the clock on the wall makes of them is worked out afterwards. It is not given the count of a
//! rule, begins not long before what is asked for, however long ago the rule began, and ends with it.

use std::ops::RangeInclusive;

use chrono::{Datelike, Days, Duration, Months, NaiveDate, NaiveDateTime, TimeZone, Timelike};
use chrono_tz::Tz;
use rrule::{Frequency, RRule, Unvalidated};

use super::parts::Parts;
use super::span::instant;
use crate::time::Timestamp;

/// The longest rule, in characters.
const MAX_RULE_CHARS: usize = 500;

/// The years in which a rule may begin.
pub const YEARS: RangeInclusive<i32> = 1970..=2199;

/// The first occurrence comes so soon: one that never comes is searched for by those who write a rule, not by each who
/// reads it.
const FIRST_WITHIN_YEARS: u32 = 10;

/// After so many years the calendar is the same again, and so many days have passed.
const CYCLE_YEARS: i32 = 400;
const CYCLE_DAYS: i64 = 146_097;

/// The last year that the crate knows as a whole: there it gives up a search for what does not come.
const LAST_YEAR: i32 = 9_999;

/// Occurrences that are looked at to tell how soon one follows another.
const COMPARED: usize = 100;

/// A rule that can be read, and when it begins first.
#[derive(Clone, Debug)]
pub struct Recurrence {
    starts: NaiveDateTime,
    frequency: Frequency,
    interval: u16,
    week_start: chrono::Weekday,
    ends: Ends,
    /// With all that a rule takes from its beginning, and without its end.
    rule: RRule<Unvalidated>,
}

/// When a rule is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// It is not.
    Never,
    /// After so many occurrences.
    After(u16),
    /// What begins later by the clock on the wall is none of its occurrences.
    Local(NaiveDateTime),
    /// What begins later is none of its occurrences.
    At(Timestamp),
}

impl Recurrence {
    /// Reads a rule that begins first at a local time, and requires that it has an occurrence.
    ///
    /// # Errors
    /// What is wrong with the rule, to be said after its name.
    pub fn parse(rule: &str, starts: NaiveDateTime) -> Result<Self, String> {
        let read = Self::read(rule, starts)?;
        let starts = read.starts;
        let is_over = match read.ends {
            Ends::Local(until) => until < starts,
            // Wherever the clock hangs, it shows a time that is less than a day off.
            Ends::At(until) => until.to_datetime().naive_utc() + Duration::days(1) < starts,
            Ends::Never | Ends::After(_) => false,
        };
        if is_over {
            return Err("must not have an UNTIL before starts".to_owned());
        }
        let latest = starts + Months::new(12 * FIRST_WITHIN_YEARS);
        match read.local_begins(starts, latest).next() {
            Some(_) => Ok(read),
            None => Err(format!(
                "must have an occurrence within {FIRST_WITHIN_YEARS} years of starts"
            )),
        }
    }

    /// Whether the occurrences of a rule are counted, which takes as long as the rule goes back.
    pub fn counts(rule: &str) -> bool {
        Parts::read(rule).is_ok_and(|parts| matches!(parts.ends, Ends::After(_)))
    }

    /// As [`Recurrence::parse`], without looking for an occurrence.
    pub(super) fn read(rule: &str, starts: NaiveDateTime) -> Result<Self, String> {
        if rule.chars().count() > MAX_RULE_CHARS {
            return Err(format!("must have at most {MAX_RULE_CHARS} characters"));
        }
        if !YEARS.contains(&starts.year()) {
            let (first, last) = (YEARS.start(), YEARS.end());
            return Err(format!("can only begin in the years {first} to {last}"));
        }
        // The crate knows whole seconds.
        let starts = starts.with_nanosecond(0).unwrap_or(starts);
        let parts = Parts::read(rule)?;
        let (frequency, interval, week_start) = (parts.frequency, parts.interval, parts.week_start);
        let ends = parts.ends;
        let rule = parts.completed(starts.date()).into_rule()?;
        let read = Self {
            starts,
            frequency,
            interval,
            week_start,
            ends,
            rule,
        };
        // What the crate does not take is said now.
        let anchor = read.anchor(starts).unwrap_or(starts);
        let validated = read
            .rule
            .clone()
            .validate(rrule::Tz::UTC.from_utc_datetime(&anchor));
        validated.map_err(|error| format!("cannot be used: {error}"))?;
        Ok(read)
    }

    /// The shortest time from the beginning of an occurrence to that of the next one, by the clock on the wall: of the first
    /// hundred, within twenty years.
    pub fn shortest_pause(&self, time_zone: Tz) -> Option<Duration> {
        let latest = self.starts + Months::new(2 * 12 * FIRST_WITHIN_YEARS);
        let begins = self.begins(self.starts, latest, time_zone).take(COMPARED);
        let begins: Vec<_> = begins.collect();
        begins.windows(2).map(|pair| pair[1] - pair[0]).min()
    }

    /// The local times at which it begins, from `from` on or sooner, until `latest`, in their order.
    pub(super) fn begins(
        &self,
        from: NaiveDateTime,
        latest: NaiveDateTime,
        time_zone: Tz,
    ) -> impl Iterator<Item = NaiveDateTime> + use<> {
        let ends = self.ends;
        let begins = self.local_begins(from, latest);
        begins.take_while(move |begins| match ends {
            Ends::At(until) => instant(*begins, time_zone) <= until,
            Ends::Never | Ends::After(_) | Ends::Local(_) => true,
        })
    }

    /// The same, where an end that is an instant is none yet.
    fn local_begins(
        &self,
        from: NaiveDateTime,
        latest: NaiveDateTime,
    ) -> impl Iterator<Item = NaiveDateTime> + use<> {
        let starts = self.starts;
        let (from, count) = match self.ends {
            // They have to be counted from the first on.
            Ends::After(count) => (starts, usize::from(count)),
            Ends::Never | Ends::Local(_) | Ends::At(_) => (from.max(starts), usize::MAX),
        };
        let latest = match self.ends {
            Ends::Local(until) => latest.min(until),
            Ends::Never | Ends::After(_) | Ends::At(_) => latest,
        };
        // It looks at its end only where it finds something: what does not come it searches for until its last year, which
        // is moved near.
        let cycles = (LAST_YEAR - latest.year()).max(0) / CYCLE_YEARS;
        let moved = Duration::days(i64::from(cycles) * CYCLE_DAYS);
        let anchor = self.anchor(from).filter(|anchor| *anchor <= latest);
        let anchored = anchor.and_then(|anchor| {
            let utc = |local: NaiveDateTime| rrule::Tz::UTC.from_utc_datetime(&(local + moved));
            self.rule.clone().until(utc(latest)).build(utc(anchor)).ok()
        });
        // It also gives up after 100,000 periods in which there is nothing.
        let begins = anchored.into_iter().flat_map(|set| (&set.limit()).into_iter());
        begins
            .map(move |begins| begins.naive_utc() - moved)
            .filter(move |begins| *begins >= starts)
            .take(count)
    }

    /// The beginning of the last period of the rule that does not begin after `from`.
    fn anchor(&self, from: NaiveDateTime) -> Option<NaiveDateTime> {
        let (first, wanted) = (self.period(self.starts.date()), self.period(from.date()));
        let days = (wanted - first).num_days();
        let months = i64::from(wanted.year() - first.year()) * 12 + i64::from(wanted.month())
            - i64::from(first.month());
        let (passed, unit) = match self.frequency {
            Frequency::Weekly => (days, 7),
            Frequency::Monthly => (months, 1),
            Frequency::Yearly => (months, 12),
            _ => (days, 1),
        };
        let step = unit * i64::from(self.interval);
        let skipped = passed.max(0) / step * step;
        let date = match self.frequency {
            Frequency::Monthly | Frequency::Yearly => {
                first.checked_add_months(Months::new(u32::try_from(skipped).ok()?))
            }
            _ => first.checked_add_days(Days::new(u64::try_from(skipped).ok()?)),
        };
        Some(date?.and_time(self.starts.time()))
    }

    /// The first day of the day, week, month or year in which a day lies.
    fn period(&self, date: NaiveDate) -> NaiveDate {
        match self.frequency {
            Frequency::Weekly => {
                let days = date.weekday().days_since(self.week_start);
                date - Days::new(u64::from(days))
            }
            Frequency::Monthly => date.with_day(1).unwrap_or(date),
            Frequency::Yearly => date.with_ordinal(1).unwrap_or(date),
            _ => date,
        }
    }
}
