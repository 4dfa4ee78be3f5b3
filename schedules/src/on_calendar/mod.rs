//! systemd's OnCalendar.

mod apart;
mod parse;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::{PartialSchema, ToSchema};

use crate::error::ScheduleError;
use crate::expression::{self, Expression};
use crate::local_times::LocalTimes;
use crate::zone::{self, Shifts};

/// As in systemd.
const LAST_YEAR: i32 = 2199;

/// Due when the clock shows what one of several lines says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Expression", into = "Expression")]
pub struct OnCalendar {
    expression: String,
    zone: Tz,
    lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) times: LocalTimes,
    /// Its own, or the schedule's.
    pub(crate) zone: Tz,
}

impl OnCalendar {
    /// Reads one or several lines; those that name no time zone have the given one, of the IANA database.
    ///
    /// # Errors
    /// When the time zone is not known, or a line is not an expression; that its dates never come is no error.
    pub fn parse(expression: &str, timezone: &str) -> Result<Self, ScheduleError> {
        let (expression, zone) = expression::read(expression, timezone)?;
        let mut lines = Vec::new();
        let several = expression.contains('\n');
        for (number, text) in (1..).zip(expression.lines()) {
            let line = parse::line(text, zone).map_err(|message| {
                let message = if several {
                    format!("line {number}: {message}")
                } else {
                    message
                };
                ScheduleError::expression(message)
            })?;
            lines.push(line);
        }
        Ok(Self {
            expression: expression.to_owned(),
            zone,
            lines,
        })
    }

    /// As it was written.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// Where the clock hangs, for lines that do not say it.
    pub const fn timezone(&self) -> Tz {
        self.zone
    }

    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub(crate) fn next_after(&self, after_ms: i64) -> Option<i64> {
        self.lines
            .iter()
            .filter_map(|line| line.next_after(after_ms))
            .min()
    }

    /// Refuses dates after an instant that are less than a minute apart.
    pub(crate) fn must_be_apart(&self, after_ms: i64) -> Result<(), ScheduleError> {
        match self.too_close(after_ms) {
            Some(wrong) => Err(ScheduleError::expression(wrong)),
            None => Ok(()),
        }
    }
}

impl Line {
    fn next_after(&self, after_ms: i64) -> Option<i64> {
        zone::next_after(after_ms, self.zone, Shifts::Skip, |from| {
            self.times.next(from, LAST_YEAR)
        })
    }
}

impl From<OnCalendar> for Expression {
    fn from(schedule: OnCalendar) -> Self {
        Self::new(&schedule.expression, schedule.zone)
    }
}

impl TryFrom<Expression> for OnCalendar {
    type Error = ScheduleError;

    fn try_from(written: Expression) -> Result<Self, ScheduleError> {
        Self::parse(&written.expression, &written.timezone)
    }
}

impl ToSchema for OnCalendar {}

impl PartialSchema for OnCalendar {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        Expression::schema("Mon..Fri 02:30")
    }
}

#[cfg(test)]
mod tests;
