//! Hours of a week by the clock on the wall, as in "Mon to Fri, 8:00 to 18:00 in Berlin".

use chrono::{Datelike, NaiveTime, TimeZone as _, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::field_error::FieldError;
use crate::maintenance::{WeekdayName, instant};
use crate::time::Timestamp;

/// Hours of a week by the clock on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// The IANA time zone, as in `Europe/Berlin`.
    #[schema(value_type = String)]
    pub time_zone: Tz,
    /// The days on which they begin; all of them when there are none.
    #[serde(default, skip_serializing_if = "Days::is_empty")]
    #[schema(value_type = Vec<WeekdayName>)]
    pub days: Days,
    /// When they begin, as in `08:00:00`.
    #[schema(value_type = String)]
    pub from: NaiveTime,
    /// When they end. Not later than `from`: on the next day; the same: a whole day later.
    #[schema(value_type = String)]
    pub until: NaiveTime,
}

impl Hours {
    /// Whether an instant is in these hours. When the clocks are put forward, what lies in the gap is left out; when they
    /// are put back, what is repeated counts twice.
    pub fn contains(&self, at: Timestamp) -> bool {
        let local = at.to_datetime().with_timezone(&self.time_zone);
        let (day, time) = (local.weekday(), local.time());
        let begins_on = |day: Weekday| self.days.is_empty() || self.days.contains(day);
        if self.from < self.until {
            return begins_on(day) && self.from <= time && time < self.until;
        }
        (begins_on(day) && self.from <= time) || (begins_on(day.pred()) && time < self.until)
    }

    /// Whether an instant is in hours or, where they are inverted, `outside` of them; any is where there are none.
    pub(crate) fn hold(hours: Option<&Self>, outside: bool, at: Timestamp) -> bool {
        hours.is_none_or(|hours| hours.contains(at) != outside)
    }

    /// What is wrong with hours that may be inverted; the fields are named from `conditions` on.
    pub(crate) fn validate_conditions(
        hours: Option<&Self>,
        outside: bool,
        conditions: &str,
    ) -> Vec<FieldError> {
        match hours {
            Some(_) => Vec::new(),
            None if outside => vec![FieldError::new(
                format!("{conditions}.outside_hours"),
                "needs hours",
            )],
            None => Vec::new(),
        }
    }

    /// Whether every instant is in them.
    pub fn is_whole_week(&self) -> bool {
        self.from == self.until && (self.days.is_empty() || self.days == Days::ALL)
    }

    /// When the hours that contain an instant are over, and none that follow at once.
    pub fn end_after(&self, at: Timestamp) -> Option<Timestamp> {
        if !self.contains(at) {
            return None;
        }
        let mut end = self.next_end(at)?;
        // Days of a week, at most: hours that fill all of it have no end.
        for _ in 0..7 {
            if !self.contains(end) {
                break;
            }
            end = self.next_end(end)?;
        }
        Some(end)
    }

    /// When the hours began that contain an instant, as the clock shows it; none where it is in none.
    pub fn begin_before(&self, at: Timestamp) -> Option<Timestamp> {
        if !self.contains(at) {
            return None;
        }
        let date = at.to_datetime().with_timezone(&self.time_zone).date_naive();
        let mut begins = (0..=2).map(|days| {
            let begin = (date - chrono::Duration::days(days)).and_time(self.from);
            instant(begin, self.time_zone)
        });
        begins.find(|begin| *begin <= at)
    }

    /// The first instant after `at` at which the clock shows their end.
    fn next_end(&self, at: Timestamp) -> Option<Timestamp> {
        let date = at.to_datetime().with_timezone(&self.time_zone).date_naive();
        let ends = (0..=2).flat_map(|days| {
            let end = (date + chrono::Duration::days(days)).and_time(self.until);
            // Where the clocks are put back it shows it twice.
            let again = self.time_zone.from_local_datetime(&end).latest();
            [
                Some(instant(end, self.time_zone)),
                again.map(|end| Timestamp::from(end.to_utc())),
            ]
        });
        ends.flatten().find(|end| at < *end)
    }
}

/// Days of the week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Weekday>", into = "Vec<Weekday>")]
pub struct Days(u8);

impl Days {
    const ALL: Self = Self(0b111_1111);

    fn bit(day: Weekday) -> u8 {
        1 << day.num_days_from_monday()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0 == 0
    }

    /// Whether a day is one of them.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & Self::bit(day) != 0
    }
}

impl FromIterator<Weekday> for Days {
    fn from_iter<I: IntoIterator<Item = Weekday>>(days: I) -> Self {
        Self(days.into_iter().fold(0, |set, day| set | Self::bit(day)))
    }
}

impl From<Vec<Weekday>> for Days {
    fn from(days: Vec<Weekday>) -> Self {
        days.into_iter().collect()
    }
}

impl From<Days> for Vec<Weekday> {
    fn from(days: Days) -> Self {
        let all = std::iter::successors(Some(Weekday::Mon), |day| Some(day.succ()));
        all.take(7).filter(|&day| days.contains(day)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(days: &[Weekday], from: &str, until: &str) -> Hours {
        Hours {
            time_zone: chrono_tz::Europe::Berlin,
            days: days.iter().copied().collect(),
            from: from.parse().unwrap(),
            until: until.parse().unwrap(),
        }
    }

    #[test]
    fn hours_are_those_of_the_clock_on_the_wall() {
        let working = hours(&[Weekday::Fri], "08:00:00", "18:00:00");
        let night = hours(&[Weekday::Fri], "22:00:00", "06:00:00");
        let whole_day = hours(&[Weekday::Fri], "09:00:00", "09:00:00");
        for (at, in_working, in_night, in_whole_day) in [
            // 2026-11-27 is a Friday, one hour ahead of UTC; 2026-07-31 one, two hours ahead.
            ("2026-11-27T06:59:59Z", false, false, false),
            ("2026-11-27T07:00:00Z", true, false, false),
            ("2026-11-27T16:59:59Z", true, false, true),
            ("2026-11-27T17:00:00Z", false, false, true),
            ("2026-07-31T06:00:00Z", true, false, false),
            ("2026-11-27T21:00:00Z", false, true, true),
            ("2026-11-28T04:59:59Z", false, true, true),
            ("2026-11-28T05:00:00Z", false, false, true),
            ("2026-11-28T08:00:00Z", false, false, false),
            // Friday before 6: the night belongs to Thursday.
            ("2026-11-27T04:00:00Z", false, false, false),
        ] {
            let instant: Timestamp = at.parse().unwrap();
            let found = [&working, &night, &whole_day].map(|hours| hours.contains(instant));
            assert_eq!(found, [in_working, in_night, in_whole_day], "{at}");
        }
        assert!(hours(&[], "00:00:00", "00:00:00").contains(Timestamp::from_millis(0)));
    }

    #[test]
    fn hours_end_by_the_clock_on_the_wall() {
        let night = hours(&[Weekday::Fri, Weekday::Sat], "22:00:00", "06:00:00");
        let weekend = hours(&[Weekday::Sat, Weekday::Sun], "00:00:00", "00:00:00");
        let early = hours(&[], "00:00:00", "02:30:00");
        for (hours, at, ends) in [
            (&night, "2026-11-27T20:59:59Z", None),
            (&night, "2026-11-27T21:00:00Z", Some("2026-11-28T05:00:00Z")),
            (&night, "2026-11-28T04:59:59Z", Some("2026-11-28T05:00:00Z")),
            (&night, "2026-11-28T05:00:00Z", None),
            // The clocks go forward in that night, and back in this one.
            (&night, "2026-03-28T22:00:00Z", Some("2026-03-29T04:00:00Z")),
            (&night, "2026-10-24T23:00:00Z", Some("2026-10-25T05:00:00Z")),
            (&weekend, "2026-11-28T12:00:00Z", Some("2026-11-29T23:00:00Z")),
            // 02:15 comes twice in the night in which the clocks go back, and so does their end.
            (&early, "2026-10-25T00:15:00Z", Some("2026-10-25T00:30:00Z")),
            (&early, "2026-10-25T01:15:00Z", Some("2026-10-25T01:30:00Z")),
        ] {
            let end = hours.end_after(at.parse().unwrap());
            let ends = ends.map(|text: &str| text.parse::<Timestamp>().unwrap());
            assert_eq!(end, ends, "{at}");
        }
    }

    #[test]
    fn hours_begin_by_the_clock_on_the_wall() {
        let night = hours(&[Weekday::Fri], "22:00:00", "06:00:00");
        let whole_day = hours(&[Weekday::Fri], "09:00:00", "09:00:00");
        let working = hours(&[], "08:00:00", "18:00:00");
        for (hours, at, begins) in [
            (&night, "2026-11-27T20:59:59Z", None),
            (&night, "2026-11-27T21:00:00Z", Some("2026-11-27T21:00:00Z")),
            (&night, "2026-11-28T04:59:59Z", Some("2026-11-27T21:00:00Z")),
            (&night, "2026-11-28T05:00:00Z", None),
            (&whole_day, "2026-11-28T07:00:00Z", Some("2026-11-27T08:00:00Z")),
            (&working, "2026-11-28T07:30:00Z", Some("2026-11-28T07:00:00Z")),
        ] {
            let begin = hours.begin_before(at.parse().unwrap());
            let begins = begins.map(|text: &str| text.parse::<Timestamp>().unwrap());
            assert_eq!(begin, begins, "{at}");
        }
    }

    #[test]
    fn days_are_written_as_a_list() {
        let days: Days = serde_json::from_str(r#"["Sun","Mon","Sun"]"#).unwrap();
        assert_eq!(serde_json::to_string(&days).unwrap(), r#"["Mon","Sun"]"#);
        assert!(days.contains(Weekday::Sun) && !days.contains(Weekday::Tue));
    }
}
