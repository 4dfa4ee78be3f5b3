//! Schedules of drills: the rules that one has to satisfy, and when it begins its drills. Pure.

use api::DrillScheduleInput;
use chrono::{Datelike as _, Months, NaiveDate, NaiveTime, Timelike as _};
use chrono_tz::Tz;
use domain::maintenance::instant;
use domain::monitor::FieldError;
use domain::{MonitorId, Timestamp};

use super::drill::minutes;
use super::errors::Errors;
use super::text;

/// The last day of the month that every month has.
const MAX_DAY: u32 = 28;

/// How long after its time a drill is still begun, in milliseconds: nobody expects one at any other time of the day.
const MAX_LATE_MS: i64 = 3_600_000;

/// A schedule of drills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ValidDrillSchedule {
    pub(crate) name: String,
    pub(crate) monitor: MonitorId,
    pub(crate) day: u32,
    /// In whole seconds, by the clock in `zone`.
    pub(crate) time: NaiveTime,
    pub(crate) zone: Tz,
    pub(crate) minutes: u32,
    pub(crate) enabled: bool,
}

impl ValidDrillSchedule {
    /// The schedule that the fields make of `old`, or of nothing.
    ///
    /// # Errors
    /// Every field that is not valid.
    pub(crate) fn apply(input: &DrillScheduleInput, old: Option<&Self>) -> Result<Self, Vec<FieldError>> {
        let mut errors = Errors::default();
        let name = match (input.name.as_deref(), old) {
            (None, Some(old)) => Some(old.name.clone()),
            (name, _) => errors.keep(text::name(name.unwrap_or_default())),
        };
        let monitor = match (input.monitor_id, old) {
            (Some(id), _) => Some(MonitorId(id)),
            (None, Some(old)) => Some(old.monitor),
            (None, None) => errors.add("monitor_id", "is required"),
        };
        let day = match (input.day, old) {
            (Some(day), _) if (1..=MAX_DAY).contains(&day) => Some(day),
            (Some(_), _) => errors.add("day", &format!("must be 1 to {MAX_DAY}")),
            (None, Some(old)) => Some(old.day),
            (None, None) => errors.add("day", "is required"),
        };
        let is_time = "must be a time of the day, as in 10:00:00";
        let time =
            errors.parsed::<NaiveTime>("time", input.time.as_deref(), old.map(|old| old.time), is_time);
        let time = time.and_then(|time| match time.nanosecond() {
            0 => Some(time),
            _ => errors.add("time", is_time),
        });
        let is_zone = "must be the name of a time zone, as in Europe/Berlin";
        let old_zone = old.map_or(Tz::UTC, |old| old.zone);
        let zone = errors.parsed::<Tz>("time_zone", input.time_zone.as_deref(), Some(old_zone), is_zone);
        let minutes = minutes(input.minutes, old.map(|old| old.minutes), &mut errors);
        let enabled = input.enabled.unwrap_or_else(|| old.is_none_or(|old| old.enabled));
        match (name, monitor, day, time, zone, minutes) {
            (Some(name), Some(monitor), Some(day), Some(time), Some(zone), Some(minutes)) => Ok(Self {
                name,
                monitor,
                day,
                time,
                zone,
                minutes,
                enabled,
            }),
            _ => Err(errors.0),
        }
    }

    /// When it begins its first drill after `after`.
    pub(crate) fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let local = after.to_datetime().with_timezone(&self.zone);
        let this_month = NaiveDate::from_ymd_opt(local.year(), local.month(), self.day)?;
        (0..=2).find_map(|months| {
            let day = this_month.checked_add_months(Months::new(months))?;
            let at = instant(day.and_time(self.time), self.zone);
            (at > after).then_some(at)
        })
    }

    /// When it begins the next drill; none when it is not enabled. What was planned stays, as long as what it was planned
    /// by does.
    pub(crate) fn next_at(
        &self,
        old: Option<(&Self, Option<Timestamp>)>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        if !self.enabled {
            return None;
        }
        let clock = |of: &Self| (of.day, of.time, of.zone, of.enabled);
        match old {
            Some((old, planned)) if clock(old) == clock(self) => planned,
            _ => self.next_after(now),
        }
    }
}

/// Whether a drill that was due then is not begun any more.
pub(crate) fn is_missed(due: Timestamp, now: Timestamp) -> bool {
    now.millis_since(due) > MAX_LATE_MS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn apply(json: Value, old: Option<&ValidDrillSchedule>) -> Result<ValidDrillSchedule, Vec<String>> {
        let applied = ValidDrillSchedule::apply(&serde_json::from_value(json).unwrap(), old);
        applied.map_err(|errors| errors.into_iter().map(|error| error.field).collect())
    }

    fn monthly() -> Value {
        json!({"name": "Night", "monitor_id": 7, "day": 28, "time": "02:30", "time_zone": "Europe/Berlin"})
    }

    #[test]
    fn every_invalid_field_is_named_and_what_is_left_out_of_a_change_stays() {
        assert_eq!(
            apply(json!({}), None).unwrap_err(),
            ["name", "monitor_id", "day", "time"]
        );
        for (field, value) in [
            ("name", json!(" ")),
            ("name", json!("x".repeat(121))),
            ("day", json!(0)),
            ("day", json!(29)),
            ("time", json!("24:00:00")),
            ("time", json!("10:00:00.5")),
            ("time", json!("23:59:60")),
            ("time_zone", json!("Mars/Base")),
            ("minutes", json!(241)),
        ] {
            let mut input = monthly();
            input[field] = value;
            assert_eq!(apply(input.clone(), None).unwrap_err(), [field], "{input}");
        }
        let old = apply(monthly(), None).unwrap();
        assert_eq!((old.minutes, old.enabled), (30, true));
        assert_eq!(apply(json!({}), Some(&old)).unwrap(), old);
        let off = apply(json!({"enabled": false, "minutes": 5}), Some(&old)).unwrap();
        assert_eq!((off.enabled, off.minutes, off.day), (false, 5, 28));
        let plain = json!({"name": "x", "monitor_id": 7, "day": 1, "time": "10:00:00"});
        assert_eq!(apply(plain, None).unwrap().zone, Tz::UTC);
    }

    #[test]
    fn a_drill_begins_by_the_clock_on_the_wall_also_when_the_clocks_change() {
        let mut schedule = apply(monthly(), None).unwrap();
        for (after, next) in [
            ("2026-02-28T01:29:59.999Z", "2026-02-28T01:30:00Z"),
            ("2026-02-28T01:30:00Z", "2026-03-28T01:30:00Z"),
            ("2026-03-28T01:30:00Z", "2026-04-28T00:30:00Z"),
            ("2026-12-28T01:30:00Z", "2027-01-28T01:30:00Z"),
        ] {
            assert_eq!(schedule.next_after(at(after)), Some(at(next)), "{after}");
        }
        // 2021-03-28 has no 02:30 there, and 2018-10-28 has two.
        let skipped = schedule.next_after(at("2021-03-01T00:00:00Z"));
        assert_eq!(skipped, Some(at("2021-03-28T01:30:00Z")));
        let first = schedule.next_after(at("2018-10-01T00:00:00Z"));
        assert_eq!(first, Some(at("2018-10-28T00:30:00Z")));
        assert_eq!(
            schedule.next_after(first.unwrap()),
            Some(at("2018-11-28T01:30:00Z"))
        );
        schedule.zone = chrono_tz::Pacific::Auckland;
        assert_eq!(
            schedule.next_after(at("2026-11-27T13:30:00Z")),
            Some(at("2026-12-27T13:30:00Z"))
        );
    }

    #[test]
    fn what_was_planned_stays_until_the_clock_is_another() {
        let now = at("2026-11-01T00:00:00Z");
        let old = apply(monthly(), None).unwrap();
        let planned = Some(at("2026-10-28T01:30:00Z"));
        let renamed = apply(json!({"name": "Day"}), Some(&old)).unwrap();
        assert_eq!(renamed.next_at(Some((&old, planned)), now), planned);
        let moved = apply(json!({"day": 3}), Some(&old)).unwrap();
        assert_eq!(
            moved.next_at(Some((&old, planned)), now),
            Some(at("2026-11-03T01:30:00Z"))
        );
        let off = apply(json!({"enabled": false}), Some(&old)).unwrap();
        assert_eq!(off.next_at(Some((&old, planned)), now), None);
        assert_eq!(
            old.next_at(Some((&off, None)), now),
            Some(at("2026-11-28T01:30:00Z"))
        );
        assert!(!is_missed(now, now.plus_millis(3_600_000)));
        assert!(is_missed(now, now.plus_millis(3_600_001)));
    }

    proptest! {
        #[test]
        fn each_month_has_its_drill(
            start in 0i64..4_000_000_000_000,
            zone in 0..chrono_tz::TZ_VARIANTS.len(),
            day in 1u32..=28,
            seconds in 0u32..86_400,
        ) {
            let schedule = ValidDrillSchedule {
                day,
                time: NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0).unwrap(),
                zone: chrono_tz::TZ_VARIANTS[zone],
                ..apply(monthly(), None).unwrap()
            };
            let mut at = Timestamp::from_millis(start);
            for n in 0..30 {
                let next = schedule.next_after(at).unwrap();
                let days = next.millis_since(at) as f64 / 86_400_000.0;
                // Clocks are put on or back by a day at most.
                prop_assert!(days > 0.0 && days < 32.1 && (n == 0 || days > 26.9), "{days}");
                at = next;
            }
        }
    }
}
