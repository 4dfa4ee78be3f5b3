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
    let mut from = a_second_later(after.naive_local())?;
    if shifts == Shifts::Follow
        && let Some(repeated) = Repeated::that_begins_with(&after)
    {
        // What is left of the first pass, then the second one from its beginning.
        if let Some(local) = next_local(from).filter(|local| *local < repeated.end) {
            return millis(zone.from_local_datetime(&local).earliest()?);
        }
        from = repeated.begin;
    }
    loop {
        let local = next_local(from)?;
        from = match zone.from_local_datetime(&local) {
            LocalResult::Single(at) => return millis(at),
            LocalResult::Ambiguous(first, _) if first > after => return millis(first),
            LocalResult::Ambiguous(_, second) if shifts == Shifts::Follow => return millis(second),
            LocalResult::Ambiguous(..) => a_second_later(local)?,
            LocalResult::None => {
                let end = GapInfo::new(&local, &zone)?.end?;
                if shifts == Shifts::RunLate {
                    return millis(end);
                }
                end.naive_local()
            }
        };
    }
}

fn a_second_later(local: NaiveDateTime) -> Option<NaiveDateTime> {
    local.checked_add_signed(TimeDelta::seconds(1))
}

fn millis(at: DateTime<Tz>) -> Option<i64> {
    Some(at.timestamp_millis())
}

/// Local times that come twice.
struct Repeated {
    begin: NaiveDateTime,
    /// The first local time that comes once.
    end: NaiveDateTime,
}

impl Repeated {
    /// When the instant is in the first pass.
    fn that_begins_with(at: &DateTime<Tz>) -> Option<Self> {
        let zone = at.timezone();
        let LocalResult::Ambiguous(first, second) = zone.from_local_datetime(&at.naive_local()) else {
            return None;
        };
        if first != *at {
            return None;
        }
        let offset = |at: DateTime<Tz>| i64::from(at.offset().fix().local_minus_utc());
        // The second after `low` is the one from which the clock has been put back.
        let (mut low, mut high) = (first.timestamp(), second.timestamp());
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            let instant = DateTime::from_timestamp(middle, 0)?.with_timezone(&zone);
            if offset(instant) == offset(first) {
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
