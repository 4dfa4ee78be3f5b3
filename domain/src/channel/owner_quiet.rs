//! Quiet hours of a member: those of all channels of the member's own, on top of what each of them has.

use chrono::{NaiveTime, Timelike as _, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::QuietHours;
use crate::field_error::FieldError;
use crate::hours::{Days, Hours};
use crate::maintenance::WeekdayName;
use crate::severity::Severity;
use crate::time::Timestamp;

/// Windows that a member may have: one for each day of the week.
const MAX_WINDOWS: usize = 7;

/// How far off the last of ends that follow each other may be, in milliseconds. Where the clocks close the only gap of a week
/// it is two weeks off; what is not over by then may never be.
const MAX_QUIET_MS: i64 = 15 * 86_400_000;

const NO_ZONE: &str = "must be a time zone, such as Europe/Berlin";

const DAY_SECONDS: u32 = 86_400;

const WEEK_SECONDS: u32 = 7 * DAY_SECONDS;

/// Hours in which no channel of a member's own is notified of what begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnerQuietHours {
    /// The IANA time zone of the windows, as in `Europe/Berlin`.
    #[schema(value_type = String)]
    pub time_zone: Tz,
    /// When, at most 7; without any there are no quiet hours.
    #[schema(value_type = Vec<QuietWindow>)]
    pub windows: QuietWindows,
    /// Of monitors of this severity and worse the channels are notified all the same; of none where it is null. `critical` by
    /// default.
    #[serde(default = "QuietHours::default_passes")]
    #[schema(default = "critical")]
    pub passes: Option<Severity>,
}

/// A time that comes every week, by the clock on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietWindow {
    /// The days on which it begins; all of them when there are none.
    #[serde(default, skip_serializing_if = "Days::is_empty")]
    #[schema(value_type = Vec<WeekdayName>)]
    pub days: Days,
    /// When it begins, as in `22:00:00`.
    #[schema(value_type = String)]
    pub from: NaiveTime,
    /// When it ends. Not later than `from`: on the next day; the same: a whole day later.
    #[schema(value_type = String)]
    pub until: NaiveTime,
}

/// Up to 7 windows, without a place of their own in memory: what alerts go by is copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<QuietWindow>", into = "Vec<QuietWindow>")]
pub struct QuietWindows([Option<QuietWindow>; MAX_WINDOWS]);

impl QuietWindows {
    fn iter(&self) -> impl Iterator<Item = QuietWindow> + '_ {
        self.0.iter().flatten().copied()
    }
}

impl TryFrom<Vec<QuietWindow>> for QuietWindows {
    type Error = String;

    fn try_from(windows: Vec<QuietWindow>) -> Result<Self, Self::Error> {
        if windows.len() > MAX_WINDOWS {
            return Err(format!("must be at most {MAX_WINDOWS}"));
        }
        let mut places = [None; MAX_WINDOWS];
        for (place, window) in places.iter_mut().zip(windows) {
            *place = Some(window);
        }
        Ok(Self(places))
    }
}

impl From<QuietWindows> for Vec<QuietWindow> {
    fn from(windows: QuietWindows) -> Self {
        windows.iter().collect()
    }
}

impl Default for OwnerQuietHours {
    /// None.
    fn default() -> Self {
        Self {
            time_zone: Tz::UTC,
            windows: QuietWindows::default(),
            passes: QuietHours::default_passes(),
        }
    }
}

impl OwnerQuietHours {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.windows.iter().next().is_none()
    }

    /// Those that a member sets; the zone is needed where there are windows. Without any they are as by default, whatever else
    /// is said.
    ///
    /// # Errors
    /// Every field that is not valid.
    pub fn new(
        time_zone: Option<&str>,
        windows: Vec<QuietWindow>,
        passes: Option<Severity>,
    ) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let zone = match time_zone {
            Some(name) => name.parse::<Tz>().ok(),
            None => windows.is_empty().then_some(Tz::UTC),
        };
        if zone.is_none() {
            errors.push(FieldError::new("time_zone", NO_ZONE));
        }
        let windows = QuietWindows::try_from(windows).unwrap_or_else(|wrong| {
            errors.push(FieldError::new("windows", wrong));
            QuietWindows::default()
        });
        let quiet = Self {
            time_zone: zone.unwrap_or(Tz::UTC),
            windows,
            passes,
        };
        if quiet.fill_the_week() {
            let wrong = "must leave a time at which you are notified";
            errors.push(FieldError::new("windows", wrong));
        }
        match errors.is_empty() {
            // Of none nothing is stored.
            true if quiet.is_empty() => Ok(Self::default()),
            true => Ok(quiet),
            false => Err(errors),
        }
    }

    /// When the member's channels are notified of a monitor of this severity, where that is not at once. Windows that overlap,
    /// or follow at once, count as one.
    pub fn until(&self, severity: Severity, now: Timestamp) -> Option<Timestamp> {
        following(now, |at| self.end_after(severity, at))
    }

    /// The end of the windows that contain an instant; others may follow.
    pub(super) fn end_after(&self, severity: Severity, at: Timestamp) -> Option<Timestamp> {
        if self.passes.is_some_and(|least| severity >= least) {
            return None;
        }
        self.hours().filter_map(|hours| hours.end_after(at)).max()
    }

    pub(super) fn hours(&self) -> impl Iterator<Item = Hours> + '_ {
        self.windows.iter().map(|window| Hours {
            time_zone: self.time_zone,
            days: window.days,
            from: window.from,
            until: window.until,
        })
    }

    /// Whether the windows leave no time of a week in which the clocks are not changed.
    fn fill_the_week(&self) -> bool {
        let spans = || self.windows.iter().flat_map(QuietWindow::spans);
        let covers = |at: u32| spans().any(|(from, until)| from <= at && at < until);
        // Before a time that is not covered there is an end that is not covered either.
        !self.is_empty() && spans().all(|(_, until)| covers(until % WEEK_SECONDS))
    }
}

impl QuietWindow {
    /// From when until when, in seconds from the beginning of a week on; what goes on beyond its end is there twice.
    fn spans(self) -> impl Iterator<Item = (u32, u32)> {
        let [from, until] = [self.from, self.until].map(|time| time.num_seconds_from_midnight());
        let until = if until <= from { until + DAY_SECONDS } else { until };
        let all = std::iter::successors(Some(Weekday::Mon), |day| Some(day.succ())).take(7);
        let days = all.filter(move |day| self.days.is_empty() || self.days.contains(*day));
        days.flat_map(move |day| {
            let midnight = day.num_days_from_monday() * DAY_SECONDS;
            let span = (midnight + from, midnight + until);
            let again = (span.1 > WEEK_SECONDS).then(|| (0, span.1 - WEEK_SECONDS));
            std::iter::once(span).chain(again)
        })
    }
}

/// The last of the ends that follow each other: `end_after` says when what holds at an instant is over, if something does, and
/// that is later than the instant. None where they go on and on, as hours of a channel and of its owner may that fill a week
/// together: who would never be notified is notified now.
pub(super) fn following(
    now: Timestamp,
    end_after: impl Fn(Timestamp) -> Option<Timestamp>,
) -> Option<Timestamp> {
    let latest = now.plus_millis(MAX_QUIET_MS);
    let mut end = end_after(now)?;
    while end <= latest {
        let Some(later) = end_after(end) else {
            return Some(end);
        };
        end = later;
    }
    None
}

#[cfg(test)]
mod tests;
