//! From the clock on the wall to instants, also when it is put forward or back.

use chrono::{LocalResult, NaiveDateTime, TimeZone, Timelike};
use chrono_tz::{GapInfo, Tz};

use crate::time::Timestamp;

/// The first instant at which the clock shows a time or a later one: the earlier of two when it is put back, and the end
/// of the gap when it is put forward. A later time is never at an earlier instant.
pub(super) fn instant(local: NaiveDateTime, zone: Tz) -> Timestamp {
    let local = local.with_nanosecond(0).unwrap_or(local);
    let at = match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at,
        LocalResult::None => {
            let end = GapInfo::new(&local, &zone).and_then(|gap| gap.end);
            end.unwrap_or_else(|| zone.from_utc_datetime(&local))
        }
    };
    at.to_utc().into()
}

/// What the clock shows at an instant.
pub(super) fn local(at: Timestamp, zone: Tz) -> NaiveDateTime {
    at.to_datetime().with_timezone(&zone).naive_local()
}
