//! Spans of time: once, every week, or by a rule.

use std::ops::Range;

use chrono::{Datelike, Duration, LocalResult, NaiveDateTime, NaiveTime, TimeZone, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::recurrence::Recurrence;
use crate::time::Timestamp;

/// A span of time, once or again and again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "repeat", rename_all = "snake_case")]
pub enum Span {
    /// From one instant to another.
    Once {
        /// Its first instant.
        from: Timestamp,
        /// The first instant after it.
        until: Timestamp,
    },
    /// Every week by the clock on the wall, also when the clocks change.
    Weekly {
        /// The day on which it begins.
        #[schema(value_type = WeekdayName)]
        weekday: Weekday,
        /// When it begins on that day.
        #[schema(value_type = String)]
        from: NaiveTime,
        /// How long it lasts by the clock on the wall, in minutes; less than a week.
        minutes: u32,
        /// Where the clock hangs (`Europe/Berlin`).
        #[schema(value_type = String)]
        time_zone: Tz,
    },
    /// By a rule, by the clock on the wall, also when the clocks change.
    Recurring {
        /// When it begins first, by the clock on the wall.
        #[schema(value_type = String)]
        starts: NaiveDateTime,
        /// On which days it recurs: an RRULE of RFC 5545, as in `FREQ=MONTHLY;BYDAY=2TU`.
        rule: String,
        /// How long it lasts by the clock on the wall, in minutes; less than a week.
        minutes: u32,
        /// Where the clock hangs (`Europe/Berlin`).
        #[schema(value_type = String)]
        time_zone: Tz,
    },
}

/// A day of the week, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(as = Weekday)]
#[expect(missing_docs, reason = "each is the short name of a day")]
pub enum WeekdayName {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// Minutes of a week: an occurrence of a span that repeats is shorter.
pub const WEEK: u32 = 7 * 24 * 60;

impl Span {
    /// The occurrences that overlap `range`, in their order, each whole. A rule that cannot be read has none.
    pub fn occurrences(&self, range: Range<Timestamp>) -> impl Iterator<Item = Range<Timestamp>> + use<> {
        let (once, weekly, recurring) = match self {
            Self::Once { from, until } => (Some(*from..*until), None, None),
            Self::Weekly {
                weekday,
                from,
                minutes,
                time_zone,
            } => {
                let clock = Clock::new(*minutes, *time_zone);
                let local = clock.local(range.start).date();
                let days = local.weekday().days_since(*weekday);
                // The one of the week before may reach into this one.
                let first = (local - Duration::days(i64::from(days) + 7)).and_time(*from);
                let begins = (0..).map(move |week| first + Duration::weeks(week));
                (None, Some(clock.spans(begins, range.end)), None)
            }
            Self::Recurring {
                starts,
                rule,
                minutes,
                time_zone,
            } => {
                let clock = Clock::new(*minutes, *time_zone);
                // One that has begun before may reach into the range, and no clock is changed by more than a day.
                let from = clock.local(range.start) - clock.lasts - Duration::days(2);
                let latest = clock.local(range.end) + Duration::days(2);
                let recurrence = Recurrence::read(rule, *starts).ok();
                let begins = recurrence.map(|recurrence| recurrence.begins(from, latest, *time_zone));
                let begins = begins.into_iter().flatten();
                (None, None, Some(joined(clock.spans(begins, range.end))))
            }
        };
        once.into_iter()
            .chain(weekly.into_iter().flatten())
            .chain(recurring.into_iter().flatten())
            .filter(move |span| overlap(span, &range))
    }
}

/// Whether some instant is in both.
pub(super) fn overlap(one: &Range<Timestamp>, other: &Range<Timestamp>) -> bool {
    one.start.max(other.start) < one.end.min(other.end)
}

/// How long a span lasts by a clock on the wall.
#[derive(Clone, Copy)]
struct Clock {
    lasts: Duration,
    time_zone: Tz,
}

impl Clock {
    fn new(minutes: u32, time_zone: Tz) -> Self {
        Self {
            lasts: Duration::minutes(i64::from(minutes.min(WEEK))),
            time_zone,
        }
    }

    /// What it shows at an instant.
    fn local(self, at: Timestamp) -> NaiveDateTime {
        at.to_datetime().with_timezone(&self.time_zone).naive_local()
    }

    /// The spans that begin at these local times, in their order, before `end`. One that begins in what the clocks leave out
    /// begins after it, and may be over by the clock: then it lasts its minutes from there.
    fn spans(
        self,
        begins: impl Iterator<Item = NaiveDateTime>,
        end: Timestamp,
    ) -> impl Iterator<Item = Range<Timestamp>> {
        let span = move |begins: NaiveDateTime| {
            let start = instant(begins, self.time_zone);
            let end = instant(begins + self.lasts, self.time_zone);
            match start < end {
                true => start..end,
                false => start..start.plus_millis(self.lasts.num_milliseconds()),
            }
        };
        begins.map(span).take_while(move |span| span.start < end)
    }
}

/// Spans that begin at the same instant are one: where the clocks are put forward by a whole day, as in Samoa in 2011,
/// that of the missing day begins with that of the next one.
fn joined(spans: impl Iterator<Item = Range<Timestamp>>) -> impl Iterator<Item = Range<Timestamp>> {
    let mut spans = spans.peekable();
    std::iter::from_fn(move || {
        let mut span = spans.next()?;
        while let Some(again) = spans.next_if(|next| next.start == span.start) {
            span.end = span.end.max(again.end);
        }
        Some(span)
    })
}

/// The instant of a local time: the first of two when the clocks go back, and the one that it would have been when
/// they go forward.
pub fn instant(local: NaiveDateTime, time_zone: Tz) -> Timestamp {
    let at = match time_zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at,
        LocalResult::None => {
            let before = time_zone.from_utc_datetime(&(local - Duration::days(1)));
            let offset = chrono::Offset::fix(before.offset());
            time_zone.from_utc_datetime(&(local - Duration::seconds(i64::from(offset.local_minus_utc()))))
        }
    };
    Timestamp::from(at.to_utc())
}
