//! Every so often, counted from the last time.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::ScheduleError;

/// A minute to a year.
const SECONDS: std::ops::RangeInclusive<u32> = 60..=365 * 86_400;

/// Every so many seconds after the last time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "Written")]
pub struct Period {
    #[schema(minimum = 60, maximum = 31_536_000)]
    period_seconds: u32,
}

#[derive(Deserialize)]
struct Written {
    period_seconds: u32,
}

impl Period {
    /// 60 seconds to 365 days.
    ///
    /// # Errors
    /// When it is shorter or longer.
    pub fn new(period_seconds: u32) -> Result<Self, ScheduleError> {
        if SECONDS.contains(&period_seconds) {
            return Ok(Self { period_seconds });
        }
        let (low, high) = (SECONDS.start(), SECONDS.end());
        Err(ScheduleError {
            field: "period_seconds",
            message: format!("{period_seconds} is outside {low} to {high}"),
        })
    }

    /// Its length.
    pub const fn seconds(&self) -> u32 {
        self.period_seconds
    }

    pub(crate) fn next_after(&self, after_ms: i64) -> Option<i64> {
        after_ms.checked_add(i64::from(self.period_seconds) * 1000)
    }
}

impl TryFrom<Written> for Period {
    type Error = ScheduleError;

    fn try_from(written: Written) -> Result<Self, ScheduleError> {
        Self::new(written.period_seconds)
    }
}
