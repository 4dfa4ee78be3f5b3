//! From a month, a quarter or two days in a time zone to instants.

use api::{SlaPeriod, SlaPeriodInput, SlaPeriodKind};
use chrono::{
    DateTime, Datelike as _, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _,
};
use chrono_tz::Tz;
use domain::Timestamp;
use domain::monitor::FieldError;

use crate::rules::uptime_window::DAY_MS;

/// The longest period: a leap year, and an hour for clocks that change.
const LONGEST_MS: i64 = 366 * DAY_MS + DAY_MS / 24;

/// How long after its end a period may still get results, which were on their way.
const SETTLED_AFTER_MS: i64 = DAY_MS / 24;

/// The longest gap that a change of clocks leaves, in minutes: a day that was left out.
const LONGEST_GAP: i64 = 24 * 60;

/// The time of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) kind: SlaPeriodKind,
    pub(crate) label: String,
    pub(crate) zone: Tz,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

impl Period {
    /// The month in which a day lies.
    pub(crate) fn month_of(day: NaiveDate, zone: Tz) -> Option<Self> {
        let first = day.with_day(1)?;
        Self::of_months(SlaPeriodKind::Month, first, 1, zone)
    }

    /// The quarter of a year in which a day lies.
    pub(crate) fn quarter_of(day: NaiveDate, zone: Tz) -> Option<Self> {
        let first = day.with_day(1)?.with_month(day.month0() / 3 * 3 + 1)?;
        Self::of_months(SlaPeriodKind::Quarter, first, 3, zone)
    }

    fn of_months(kind: SlaPeriodKind, first: NaiveDate, months: u32, zone: Tz) -> Option<Self> {
        let label = match kind {
            SlaPeriodKind::Quarter => format!("Q{} {}", first.month0() / 3 + 1, first.year()),
            _ => first.format("%B %Y").to_string(),
        };
        Some(Self {
            kind,
            label,
            zone,
            from: first_instant(first, zone),
            to: first_instant(first.checked_add_months(Months::new(months))?, zone),
        })
    }

    /// What a request names.
    ///
    /// # Errors
    /// What of it is not valid.
    pub(crate) fn read(input: &SlaPeriodInput, zone: Tz, now: Timestamp) -> Result<Self, FieldError> {
        let wrong = |field: &str, message: &str| FieldError::new(format!("period.{field}"), message);
        let (period, field) = match (&input.month, &input.quarter, &input.from, &input.to) {
            (Some(month), None, None, None) => {
                let day = day(&format!("{month}-01"));
                let period = day.and_then(|day| Self::month_of(day, zone));
                (
                    period.ok_or_else(|| wrong("month", "must be a month, as in 2026-10"))?,
                    "month",
                )
            }
            (None, Some(quarter), None, None) => {
                let period = quarter_day(quarter).and_then(|day| Self::quarter_of(day, zone));
                (
                    period.ok_or_else(|| wrong("quarter", "must be a quarter, as in 2026-Q4"))?,
                    "quarter",
                )
            }
            (None, None, Some(from), Some(to)) => {
                let is_end = "must be a day, as in 2026-10-01, or an instant, as in 2026-10-01T06:00:00Z";
                let from = End::read(from, zone).ok_or_else(|| wrong("from", is_end))?;
                let to = End::read(to, zone).ok_or_else(|| wrong("to", is_end))?;
                (Self::range(from, to, zone), "from")
            }
            _ => {
                let which = "must name a month, a quarter, or both from and to";
                return Err(FieldError::new("period", which));
            }
        };
        if period.from < Timestamp::default() {
            return Err(wrong(field, "must not lie before 1970"));
        }
        if period.to <= period.from {
            return Err(wrong("to", "must lie after from"));
        }
        if period.from >= now {
            return Err(wrong(field, "must have begun"));
        }
        if period.to.millis_since(period.from) > LONGEST_MS {
            return Err(wrong("to", "must lie at most 366 days after from"));
        }
        Ok(period)
    }

    fn range(from: End, to: End, zone: Tz) -> Self {
        let label = match (from.day, to.day) {
            (Some(first), Some(after)) => {
                let last = after.checked_sub_days(Days::new(1)).unwrap_or(after);
                let words = |day: NaiveDate| day.format("%-d %B %Y").to_string();
                match first == last {
                    true => words(first),
                    false => format!("{} to {}", words(first), words(last)),
                }
            }
            _ => {
                let words = |at| local(at, zone).format("%-d %B %Y, %H:%M").to_string();
                format!("{} to {}", words(from.at), words(to.at))
            }
        };
        Self {
            kind: SlaPeriodKind::Range,
            label,
            zone,
            from: from.at,
            to: to.at,
        }
    }

    /// Whether figures that were made at `now` may still change.
    pub(crate) fn is_preliminary(&self, now: Timestamp) -> bool {
        now < self.to.plus_millis(SETTLED_AFTER_MS)
    }

    pub(crate) fn view(&self) -> SlaPeriod {
        SlaPeriod {
            kind: self.kind,
            label: self.label.clone(),
            time_zone: self.zone.name().to_owned(),
            from: self.from,
            to: self.to,
        }
    }
}

/// An end of a range.
struct End {
    at: Timestamp,
    /// The day with which it begins, where that was named.
    day: Option<NaiveDate>,
}

impl End {
    fn read(text: &str, zone: Tz) -> Option<Self> {
        if let Some(day) = day(text) {
            return Some(Self {
                at: first_instant(day, zone),
                day: Some(day),
            });
        }
        let at = text.parse().ok()?;
        Some(Self { at, day: None })
    }
}

fn day(text: &str) -> Option<NaiveDate> {
    let is_form = text.len() == 10
        && text.bytes().enumerate().all(|(n, byte)| match n {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    is_form.then(|| text.parse().ok()).flatten()
}

/// The first day of a quarter.
fn quarter_day(text: &str) -> Option<NaiveDate> {
    let (year, quarter) = text.split_once("-Q")?;
    let month = match quarter {
        "1" => "01",
        "2" => "04",
        "3" => "07",
        "4" => "10",
        _ => return None,
    };
    day(&format!("{year}-{month}-01"))
}

/// The first instant of a day: where clocks skip midnight the one at which they do, and where it comes twice the first.
pub(super) fn first_instant(day: NaiveDate, zone: Tz) -> Timestamp {
    first_at(day.and_time(NaiveTime::MIN), zone)
}

/// The first instant at which clocks show a time, or one after it where they skip it.
pub(super) fn first_at(time: NaiveDateTime, zone: Tz) -> Timestamp {
    let mut shown = (0..=LONGEST_GAP).filter_map(|minutes| {
        let later = time.checked_add_signed(TimeDelta::minutes(minutes))?;
        zone.from_local_datetime(&later).earliest()
    });
    let at = shown.next().map(|at| at.to_utc());
    Timestamp::from(at.unwrap_or_else(|| time.and_utc()))
}

/// What clocks show.
pub(super) fn local(at: Timestamp, zone: Tz) -> DateTime<Tz> {
    at.to_datetime().with_timezone(&zone)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: &str = "2026-11-28T09:00:00Z";

    fn read(json: serde_json::Value, zone: &str) -> Result<Period, FieldError> {
        let input = serde_json::from_value(json).unwrap();
        Period::read(&input, zone.parse().unwrap(), NOW.parse().unwrap())
    }

    #[test]
    fn a_period_begins_and_ends_by_the_clock_on_the_wall() {
        for (json, zone, from, to, label) in [
            (
                serde_json::json!({"month": "2026-10"}),
                "Europe/Berlin",
                "2026-09-30T22:00:00.000Z",
                "2026-10-31T23:00:00.000Z",
                "October 2026",
            ),
            (
                serde_json::json!({"quarter": "2026-Q1"}),
                "America/New_York",
                "2026-01-01T05:00:00.000Z",
                "2026-04-01T04:00:00.000Z",
                "Q1 2026",
            ),
            (
                serde_json::json!({"from": "2026-10-25", "to": "2026-10-26"}),
                "Europe/Berlin",
                "2026-10-24T22:00:00.000Z",
                "2026-10-25T23:00:00.000Z",
                "25 October 2026",
            ),
            // Midnight comes twice.
            (
                serde_json::json!({"from": "2026-11-01", "to": "2026-11-02"}),
                "America/Havana",
                "2026-11-01T04:00:00.000Z",
                "2026-11-02T05:00:00.000Z",
                "1 November 2026",
            ),
            // Midnight does not come.
            (
                serde_json::json!({"from": "2026-04-24", "to": "2026-04-25"}),
                "Africa/Cairo",
                "2026-04-23T22:00:00.000Z",
                "2026-04-24T21:00:00.000Z",
                "24 April 2026",
            ),
            // A day that was left out, and one that began at half past midnight.
            (
                serde_json::json!({"from": "2011-12-29", "to": "2011-12-31"}),
                "Pacific/Apia",
                "2011-12-29T10:00:00.000Z",
                "2011-12-30T10:00:00.000Z",
                "29 December 2011 to 30 December 2011",
            ),
            (
                serde_json::json!({"from": "2026-10-01T06:00:00+02:00", "to": "2026-10-02"}),
                "Asia/Kolkata",
                "2026-10-01T04:00:00.000Z",
                "2026-10-01T18:30:00.000Z",
                "1 October 2026, 09:30 to 2 October 2026, 00:00",
            ),
        ] {
            let period = read(json, zone).unwrap();
            let found = (period.from.to_string(), period.to.to_string());
            assert_eq!((found.0.as_str(), found.1.as_str()), (from, to), "{zone}");
            assert_eq!(period.label, label);
        }
    }

    #[test]
    fn what_is_no_period_is_refused_by_its_field() {
        for (json, field) in [
            (serde_json::json!({}), "period"),
            (
                serde_json::json!({"month": "2026-10", "quarter": "2026-Q4"}),
                "period",
            ),
            (serde_json::json!({"from": "2026-10-01"}), "period"),
            (serde_json::json!({"month": "2026-13"}), "period.month"),
            (serde_json::json!({"month": "+026-10"}), "period.month"),
            (serde_json::json!({"month": "2026-1"}), "period.month"),
            (serde_json::json!({"month": "2026-12"}), "period.month"),
            (serde_json::json!({"month": "1969-12"}), "period.month"),
            (serde_json::json!({"quarter": "2026-Q5"}), "period.quarter"),
            (
                serde_json::json!({"from": "2026-02-30", "to": "2026-03-01"}),
                "period.from",
            ),
            (
                serde_json::json!({"from": "2026-02-01", "to": "soon"}),
                "period.to",
            ),
            (
                serde_json::json!({"from": "2026-03-01", "to": "2026-03-01"}),
                "period.to",
            ),
            (
                serde_json::json!({"from": "2024-01-01", "to": "2025-01-02"}),
                "period.to",
            ),
            (
                serde_json::json!({"from": "9999-12-31", "to": "9999-12-31T23:59:59Z"}),
                "period.from",
            ),
        ] {
            assert_eq!(read(json.clone(), "UTC").unwrap_err().field, field, "{json}");
        }
        read(
            serde_json::json!({"from": "2024-01-01", "to": "2025-01-01"}),
            "UTC",
        )
        .unwrap();
    }

    #[test]
    fn figures_are_preliminary_until_what_is_on_its_way_has_come() {
        let period = read(serde_json::json!({"month": "2026-10"}), "UTC").unwrap();
        assert!(period.is_preliminary(period.to.plus_millis(3_599_999)));
        assert!(!period.is_preliminary(period.to.plus_millis(3_600_000)));
    }

    proptest! {
        #[test]
        fn months_and_quarters_adjoin_in_every_zone(days in 0u64..36_000, zone in 0..chrono_tz::TZ_VARIANTS.len()) {
            let zone = chrono_tz::TZ_VARIANTS[zone];
            let day = NaiveDate::from_ymd_opt(1971, 1, 1).unwrap() + Days::new(days);
            let month = Period::month_of(day, zone).unwrap();
            let next = Period::month_of(day.with_day(1).unwrap() + Months::new(1), zone).unwrap();
            prop_assert_eq!(month.to, next.from);
            let length = month.to.millis_since(month.from);
            prop_assert!((27 * DAY_MS..=32 * DAY_MS).contains(&length));
            let quarter = Period::quarter_of(day, zone).unwrap();
            prop_assert!(quarter.from <= month.from && month.to <= quarter.to);
            // Its first instant is of the day, and the one before is not.
            let shown = |at| local(at, zone).date_naive();
            prop_assert!(shown(month.from) >= day.with_day(1).unwrap());
            prop_assert!(shown(month.from.plus_millis(-1)) < day.with_day(1).unwrap());
        }
    }
}
