//! The kinds of schedules as one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::cron::Cron;
use crate::error::ScheduleError;
use crate::on_calendar::OnCalendar;
use crate::period::Period;

/// When something is due. What can be read back is valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Schedule {
    /// So long after the last time.
    Period(Period),
    /// By a cron expression.
    Cron(Cron),
    /// By systemd's OnCalendar.
    OnCalendar(OnCalendar),
}

/// When something is due for which a little too early counts as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The instant.
    pub at_ms: i64,
    /// The one before, when the last time was a little before it and counts for it.
    pub early_for_ms: Option<i64>,
}

impl Schedule {
    /// Reads an expression: one line with five words is cron, everything else OnCalendar.
    ///
    /// # Errors
    /// When it is neither, or the time zone is not one of the IANA database.
    pub fn parse(expression: &str, timezone: &str) -> Result<Self, ScheduleError> {
        let line = expression.trim();
        if !line.contains('\n') && line.split_whitespace().count() == 5 {
            Cron::parse(line, timezone).map(Self::Cron)
        } else {
            OnCalendar::parse(line, timezone).map(Self::OnCalendar)
        }
    }

    /// Refuses a schedule that will not be due after an instant; to be asked before one is saved.
    ///
    /// # Errors
    /// When no date comes within 50 years (cron) or before 2200 (OnCalendar).
    pub fn must_come(&self, after_ms: i64) -> Result<(), ScheduleError> {
        if self.next_after(after_ms).is_some() {
            return Ok(());
        }
        Err(ScheduleError::expression(match self {
            Self::OnCalendar(_) => "no such date comes before the year 2200",
            _ => "no such date comes in the next 50 years",
        }))
    }

    /// Refuses a schedule whose dates after an instant are less than a minute apart, be it only at times; to be asked before
    /// one is saved. No period is shorter, and cron has whole minutes.
    ///
    /// # Errors
    /// When the expression names several seconds of a minute, or among the next dates of each of its lines is one that is
    /// so close to one of another line.
    pub fn must_be_apart(&self, after_ms: i64) -> Result<(), ScheduleError> {
        match self {
            Self::OnCalendar(schedule) => schedule.must_be_apart(after_ms.clamp(-1, LAST_MS)),
            Self::Period(_) | Self::Cron(_) => Ok(()),
        }
    }

    /// When it is due for the first time after an instant; `None` when it will not be.
    pub fn next_after(&self, after_ms: i64) -> Option<i64> {
        // A clock that far off is none.
        let after_ms = (after_ms <= LAST_MS).then_some(after_ms.max(-1))?;
        match self {
            Self::Period(period) => period.next_after(after_ms),
            Self::Cron(cron) => cron.next_after(after_ms),
            Self::OnCalendar(schedule) => schedule.next_after(after_ms),
        }
    }

    /// All instants after one, in order.
    pub fn occurrences(&self, after_ms: i64) -> impl Iterator<Item = i64> {
        std::iter::successors(self.next_after(after_ms), |at| self.next_after(*at))
    }

    /// When it is due after `last_ms`, where a time up to `early_seconds` too early counts for the instant that follows
    /// it: for that one, and not for the next as well. A period has no such instant, for it begins with the last time.
    pub fn due(&self, last_ms: i64, early_seconds: u32) -> Option<Due> {
        let next = self.next_after(last_ms)?;
        let is_early = next - last_ms <= i64::from(early_seconds) * 1000;
        if !is_early || matches!(self, Self::Period(_)) {
            return Some(Due {
                at_ms: next,
                early_for_ms: None,
            });
        }
        Some(Due {
            at_ms: self.next_after(next)?,
            early_for_ms: Some(next),
        })
    }
}

/// 9899-12-31T23:59:59.999Z: what is due within a century has a year of four digits.
const LAST_MS: i64 = 250_246_627_199_999;

impl From<Period> for Schedule {
    fn from(period: Period) -> Self {
        Self::Period(period)
    }
}

impl From<Cron> for Schedule {
    fn from(cron: Cron) -> Self {
        Self::Cron(cron)
    }
}

impl From<OnCalendar> for Schedule {
    fn from(schedule: OnCalendar) -> Self {
        Self::OnCalendar(schedule)
    }
}
