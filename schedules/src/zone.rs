//! From the clock on the wall to instants, also when it is put forward or back.

use chrono::{DateTime, LocalResult, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::{GapInfo, Tz};

/// What becomes of local times that are skipped or come twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shifts {
    /// Skipped times are left out, and those that come twice count twice.
    Follow,
    /// Skipped times count at the end of the gap, and those that come twice count at first.
    RunLate,
    /// Skipped times are left out, and those that come twice count at first.
    Skip,
}

/// The first instant after another whose local time is one of those that `next_local` finds, given the first one to
/// look at.
pub(crate) fn next_after(
    after_ms: i64,
    zone: Tz,
    shifts: Shifts,
    next_local: impl Fn(NaiveDateTime) -> Option<NaiveDateTime>,
) -> Option<i64> {
    let after = DateTime::from_timestamp(after_ms.div_euclid(1000), 0)?.with_timezone(&zone);
    let mut from = after.naive_local().checked_add_signed(TimeDelta::seconds(1))?;
    if shifts == Shifts::Follow
        && let LocalResult::Ambiguous(first, second) = zone.from_local_datetime(&after.naive_local())
        && first == after
    {
        let repeated = Repeated::between(&first, &second)?;
        // What is left of the first pass, then the second one from its beginning.
        if let Some(local) = next_local(from).filter(|local| *local < repeated.end) {
            let first = zone.from_local_datetime(&local).earliest()?;
            return Some(first.timestamp_millis());
        }
        from = repeated.begin;
    }
    loop {
        let local = next_local(from)?;
        from = match zone.from_local_datetime(&local) {
            LocalResult::Single(at) => return Some(at.timestamp_millis()),
            LocalResult::Ambiguous(first, _) if first > after => return Some(first.timestamp_millis()),
            LocalResult::Ambiguous(_, second) if shifts == Shifts::Follow => {
                return Some(second.timestamp_millis());
            }
            LocalResult::Ambiguous(first, second) => Repeated::between(&first, &second)?.end,
            LocalResult::None => {
                let end = GapInfo::new(&local, &zone)?.end?;
                if shifts == Shifts::RunLate {
                    return Some(end.timestamp_millis());
                }
                end.naive_local()
            }
        };
    }
}

/// Local times that come twice.
struct Repeated {
    begin: NaiveDateTime,
    /// The first local time that comes once.
    end: NaiveDateTime,
}

impl Repeated {
    /// By one of them, the first and the second time.
    fn between(first: &DateTime<Tz>, second: &DateTime<Tz>) -> Option<Self> {
        let zone = first.timezone();
        let offset = |at: &DateTime<Tz>| i64::from(at.offset().fix().local_minus_utc());
        // In the end `high` is the first second after the clock has been put back.
        let (mut low, mut high) = (first.timestamp(), second.timestamp());
        while high - low > 1 {
            let middle = low.midpoint(high);
            let instant = DateTime::from_timestamp(middle, 0)?.with_timezone(&zone);
            if offset(&instant) == offset(first) {
                low = middle;
            } else {
                high = middle;
            }
        }
        let local = |offset| Some(DateTime::from_timestamp(high + offset, 0)?.naive_utc());
        Some(Self {
            begin: local(offset(second))?,
            end: local(offset(first))?,
        })
    }
}
