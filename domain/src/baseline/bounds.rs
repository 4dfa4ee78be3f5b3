//! What is usual in the coming hours, as the log says it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::history::{Band, hour_of};
use crate::time::Timestamp;

/// What is usual in the coming hours of a monitor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// When the first of these hours begins.
    pub from: Timestamp,
    /// Whether somebody is to be notified when response times are slower than usual.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub notify: bool,
    /// Each hour; none where it is still to be learnt.
    pub hours: Vec<Option<Bound>>,
}

/// What is usual in one hour, in whole milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u32, u32)", into = "(u32, u32)")]
pub struct Bound {
    /// What is expected.
    pub median_ms: u32,
    /// What is more is slower than usual.
    pub upper_ms: u32,
}

/// Response times that are slower than usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Anomaly {
    /// When the result began that showed it.
    pub since: Timestamp,
    /// What was expected then: the median of the same hours.
    pub expected_ms: u32,
    /// How long that result took.
    pub observed_ms: u32,
}

impl Bounds {
    /// Hours, at most.
    pub const MAX_HOURS: usize = 72;

    /// What is usual in the hour of `at`; none where it is not known.
    pub fn at(&self, at: Timestamp) -> Option<Bound> {
        let index = usize::try_from(hour_of(at) - hour_of(self.from)).ok()?;
        self.hours.get(index).copied().flatten()
    }

    /// Whether it is known of no hour from that of `at` on what is usual: nothing is compared any more.
    pub fn are_over(&self, at: Timestamp) -> bool {
        let last = self.hours.iter().rposition(Option::is_some);
        // There are few of them.
        last.is_none_or(|last| hour_of(self.from) + (last as i64) < hour_of(at))
    }
}

impl From<Band> for Bound {
    fn from(band: Band) -> Self {
        Self {
            median_ms: band.median_ms.round() as u32,
            upper_ms: band.bound_ms(),
        }
    }
}

impl From<(u32, u32)> for Bound {
    fn from((median_ms, upper_ms): (u32, u32)) -> Self {
        Self { median_ms, upper_ms }
    }
}

impl From<Bound> for (u32, u32) {
    fn from(bound: Bound) -> Self {
        (bound.median_ms, bound.upper_ms)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_form_is_frozen_and_hours_are_found() {
        let form = json!({"from": "2026-11-21T10:00:00.000Z", "notify": true, "hours": [[80, 120], null, [90, 130]]});
        let bounds: Bounds = serde_json::from_value(form.clone()).unwrap();
        assert_eq!(serde_json::to_value(&bounds).unwrap(), form);
        let upper = |minutes: i64| {
            let bound = bounds.at(bounds.from.plus_millis(minutes * 60_000));
            bound.map(|bound| bound.upper_ms)
        };
        let found = [-1, 0, 59, 60, 120, 179, 180].map(upper);
        assert_eq!(
            found,
            [None, Some(120), Some(120), None, Some(130), Some(130), None]
        );
        let quiet = json!({"from": "2026-11-21T10:00:00.000Z", "hours": []});
        let bounds: Bounds = serde_json::from_value(quiet.clone()).unwrap();
        assert_eq!(serde_json::to_value(&bounds).unwrap(), quiet);
    }

    #[test]
    fn they_are_over_after_the_last_hour_that_is_known() {
        let over = |hours: serde_json::Value| {
            let form = json!({"from": "2026-11-21T10:00:00.000Z", "hours": hours});
            let bounds: Bounds = serde_json::from_value(form).unwrap();
            [-60, 0, 60, 179, 180, 240]
                .map(|minutes| bounds.are_over(bounds.from.plus_millis(minutes * 60_000)))
        };
        // An hour in between of which nothing is known is followed by one that is.
        let known = [false, false, false, false, true, true];
        assert_eq!(over(json!([[80, 120], null, [90, 130]])), known);
        assert_eq!(over(json!([null, null, [90, 130], null])), known);
        assert_eq!(
            over(json!([[80, 120], null])),
            [false, false, true, true, true, true]
        );
        assert_eq!(over(json!([])), [true; 6]);
        assert_eq!(over(json!([null, null])), [true; 6]);
    }
}
