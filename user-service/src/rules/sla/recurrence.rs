//! For which period a schedule makes a report next, and when.

use api::SlaCadence;
use chrono::{Days, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use domain::Timestamp;

use super::period::{Period, first_at, local};

/// The days after which the figures of a period are settled, and the hour of that day.
const SETTLED_DAYS: u64 = 1;
const HOUR: u32 = 6;

/// A report that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) period: Period,
    pub(crate) at: Timestamp,
}

/// Which periods there are reports of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Recurrence {
    pub(crate) cadence: SlaCadence,
    pub(crate) zone: Tz,
}

impl Recurrence {
    fn containing(self, day: NaiveDate) -> Option<Period> {
        match self.cadence {
            SlaCadence::Monthly => Period::month_of(day, self.zone),
            SlaCadence::Quarterly => Period::quarter_of(day, self.zone),
        }
    }

    /// The report of the period before the one that `at` lies in: on the second day of that one, at 06:00.
    fn of_last(self, at: Timestamp) -> Option<Due> {
        let current = self.containing(local(at, self.zone).date_naive())?;
        let first = local(current.from, self.zone).date_naive();
        let period = self.containing(first.checked_sub_days(Days::new(1))?)?;
        let day = first.checked_add_days(Days::new(SETTLED_DAYS))?;
        let time = NaiveTime::from_hms_opt(HOUR, 0, 0)?;
        Some(Due {
            period,
            at: first_at(day.and_time(time), self.zone),
        })
    }

    /// The report that is to be made at `at`, as [`Recurrence::next`] has said.
    pub(crate) fn due_at(self, at: Timestamp) -> Option<Due> {
        self.of_last(at)
    }

    /// The first report that is to be made after `after`.
    pub(crate) fn next(self, after: Timestamp) -> Option<Due> {
        let last = self.of_last(after)?;
        if last.at > after {
            return Some(last);
        }
        let current = self.containing(local(after, self.zone).date_naive())?;
        self.of_last(current.to)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_report_is_made_on_the_second_day_at_six() {
        let monthly = Recurrence {
            cadence: SlaCadence::Monthly,
            zone: chrono_tz::Europe::Berlin,
        };
        for (after, label, due) in [
            ("2026-11-01T10:00:00Z", "October 2026", "2026-11-02T05:00:00.000Z"),
            ("2026-11-02T04:59:59Z", "October 2026", "2026-11-02T05:00:00.000Z"),
            (
                "2026-11-02T05:00:00Z",
                "November 2026",
                "2026-12-02T05:00:00.000Z",
            ),
            ("2026-03-31T21:59:00Z", "March 2026", "2026-04-02T04:00:00.000Z"),
        ] {
            let next = monthly.next(at(after)).unwrap();
            assert_eq!((next.period.label.as_str(), next.at), (label, at(due)), "{after}");
        }
        let quarterly = Recurrence {
            cadence: SlaCadence::Quarterly,
            zone: chrono_tz::Pacific::Auckland,
        };
        let next = quarterly.next(at("2026-11-28T00:00:00Z")).unwrap();
        assert_eq!(next.period.label, "Q4 2026");
        assert_eq!(next.at, at("2027-01-01T17:00:00Z"));
    }

    proptest! {
        #[test]
        fn each_period_has_its_turn_once(
            start in 0i64..4_000_000_000_000,
            zone in 0..chrono_tz::TZ_VARIANTS.len(),
            monthly: bool,
        ) {
            let cadence = if monthly { SlaCadence::Monthly } else { SlaCadence::Quarterly };
            let recurrence = Recurrence { cadence, zone: chrono_tz::TZ_VARIANTS[zone] };
            let mut due = recurrence.next(Timestamp::from_millis(start)).unwrap();
            prop_assert!(due.at > Timestamp::from_millis(start));
            for _ in 0..30 {
                prop_assert_eq!(recurrence.due_at(due.at), Some(due.clone()), "it is found again");
                prop_assert!(due.at > due.period.to);
                let next = recurrence.next(due.at).unwrap();
                prop_assert_eq!(next.period.from, due.period.to);
                due = next;
            }
        }
    }
}
