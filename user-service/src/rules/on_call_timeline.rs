//! Who is on call by a schedule and its overrides. Pure.

use std::collections::VecDeque;
use std::iter;
use std::ops::Range;

use domain::on_call::{OnCall, Override, Schedule, Shift};
use domain::{ScheduleId, Timestamp, UserId};

use super::on_call::NamedRota;
use super::uptime_window::DAY_MS;

/// How far ahead is looked for who is next, in days.
pub(crate) const AHEAD_DAYS: i64 = 31;

/// The days whose shifts are found at once.
const WINDOW_DAYS: i64 = 8;

/// An override with its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KnownOverride {
    pub(crate) id: i64,
    pub(crate) of: Override,
}

/// A schedule, and which overrides it has.
#[derive(Clone, Debug)]
pub(crate) struct Timeline {
    schedule: Schedule,
    /// In the order of the schedule's overrides.
    override_ids: Vec<i64>,
}

/// A shift, and the override that decides of it, if one does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownShift {
    pub(crate) shift: Shift,
    pub(crate) override_id: Option<i64>,
}

/// Who is on call now, until when, if that is near; and who is next, from when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NowAndNext {
    pub(crate) now: Option<(UserId, Option<Timestamp>)>,
    pub(crate) next: Option<(UserId, Timestamp)>,
}

impl Timeline {
    /// A rota with overrides in the order in which they were created.
    pub(crate) fn new(id: i64, named: NamedRota, overrides: &[KnownOverride]) -> Self {
        Self {
            schedule: Schedule {
                id: ScheduleId(id),
                name: named.name,
                rota: named.rota,
                overrides: overrides.iter().map(|known| known.of).collect(),
            },
            override_ids: overrides.iter().map(|known| known.id).collect(),
        }
    }

    /// What people call it.
    pub(crate) fn name(&self) -> &str {
        &self.schedule.name
    }

    /// Whether a layer or an override names somebody.
    pub(crate) fn names(&self, user: UserId) -> bool {
        let schedule = &self.schedule;
        schedule.overrides.iter().any(|other| other.user_id == user)
            || schedule
                .rota
                .layers
                .iter()
                .any(|layer| layer.people.contains(&user))
    }

    /// The shifts in a time, in their order. They are found as they are asked for, some days at once: whoever needs the
    /// first ones does not pay for the others.
    pub(crate) fn shifts(&self, range: Range<Timestamp>) -> impl Iterator<Item = Shift> {
        let (start, end) = (range.start, range.end);
        let (mut found, mut next) = (VecDeque::new(), start);
        iter::from_fn(move || {
            // The last one found may go on in the next days.
            while found.len() < 2 && next < end {
                let until = next.plus_millis(WINDOW_DAYS * DAY_MS).min(end);
                let mut more = VecDeque::from(self.schedule.shifts(next..until));
                if next > start && self.goes_on(next) {
                    join(&mut found, &mut more);
                }
                found.append(&mut more);
                next = until;
            }
            found.pop_front()
        })
    }

    /// Whether the shift at an instant began before it.
    fn goes_on(&self, at: Timestamp) -> bool {
        let around = at.plus_millis(-1)..at.plus_millis(1);
        let shifts = self.schedule.shifts(around.clone());
        shifts.first().is_some_and(|shift| shift.span == around)
    }

    /// The shifts in a time, with the overrides that decide of them.
    pub(crate) fn known_shifts(&self, range: Range<Timestamp>) -> impl Iterator<Item = KnownShift> {
        self.shifts(range).map(move |shift| KnownShift {
            override_id: self.override_of(&shift),
            shift,
        })
    }

    fn override_of(&self, shift: &Shift) -> Option<i64> {
        if shift.on_call.layer.is_some() {
            return None;
        }
        let covers = |other: &Override| (other.from..other.until).contains(&shift.span.start);
        let decides = self.schedule.overrides.iter().rposition(covers)?;
        self.override_ids.get(decides).copied()
    }

    /// Who is on call now, and who is next within [`AHEAD_DAYS`]. Neighbouring shifts of the same person are one.
    pub(crate) fn now_and_next(&self, now: Timestamp) -> NowAndNext {
        let end = now.plus_millis(AHEAD_DAYS * DAY_MS);
        let mut shifts = self.shifts(now..end).peekable();
        let on_call = |shift: &Shift, OnCall { user_id, .. }: OnCall, at: Timestamp| {
            shift.on_call.user_id == user_id && shift.span.start == at
        };
        let current = shifts.next_if(|shift| shift.span.start <= now).map(|mut first| {
            while let Some(more) = shifts.next_if(|shift| on_call(shift, first.on_call, first.span.end)) {
                first.span.end = more.span.end;
            }
            first
        });
        NowAndNext {
            now: current.map(|shift| {
                let until = Some(shift.span.end).filter(|until| *until < end);
                (shift.on_call.user_id, until)
            }),
            next: shifts
                .next()
                .map(|shift| (shift.on_call.user_id, shift.span.start)),
        }
    }
}

/// Makes one shift of the last of those found and the first of those that follow.
fn join(found: &mut VecDeque<Shift>, more: &mut VecDeque<Shift>) {
    if let Some(last) = found.back_mut()
        && let Some(first) = more.pop_front()
    {
        last.span.end = first.span.end;
    }
}

/// Adds shifts of another schedule, which are in their order, and keeps the first `most` of all by when they begin.
pub(crate) fn merge<T>(merged: &mut Vec<(Shift, T)>, more: impl Iterator<Item = (Shift, T)>, most: usize) {
    merged.extend(more.take(most));
    merged.sort_by_key(|(shift, _)| shift.span.start);
    merged.truncate(most);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn named_rota(people: &[i64]) -> NamedRota {
        let rota = json!({
            "time_zone": "Europe/Berlin",
            "layers": [{"people": people, "starts_at": "2026-11-02T09:00:00",
                        "rotation": {"every": 1, "unit": "weeks"}}],
        });
        NamedRota {
            name: "Payments".to_owned(),
            rota: serde_json::from_value(rota).unwrap(),
        }
    }

    fn known(id: i64, user_id: i64, from: &str, until: &str) -> KnownOverride {
        KnownOverride {
            id,
            of: Override {
                user_id: UserId(user_id),
                from: at(from),
                until: at(until),
            },
        }
    }

    #[test]
    fn a_shift_tells_the_override_that_was_created_last() {
        let overrides = [
            known(7, 3, "2026-11-30T10:00:00Z", "2026-11-30T16:00:00Z"),
            known(8, 3, "2026-11-30T12:00:00Z", "2026-11-30T14:00:00Z"),
        ];
        let timeline = Timeline::new(1, named_rota(&[1, 2]), &overrides);
        let shifts = timeline.known_shifts(at("2026-11-30T08:00:00Z")..at("2026-11-30T18:00:00Z"));
        let told: Vec<_> = shifts
            .map(|known| (known.shift.on_call.user_id.0, known.override_id))
            .collect();
        assert_eq!(
            told,
            [(1, None), (3, Some(7)), (3, Some(8)), (3, Some(7)), (1, None)]
        );
        assert!(timeline.names(UserId(3)) && timeline.names(UserId(2)) && !timeline.names(UserId(4)));
    }

    #[test]
    fn neighbouring_shifts_of_one_person_are_one_and_who_is_alone_has_no_next() {
        let now = at("2026-11-28T12:00:00Z");
        let of = |people: &[i64], overrides: &[KnownOverride]| {
            Timeline::new(1, named_rota(people), overrides).now_and_next(now)
        };
        // Weeks 2 to 9 and 16 to 23 November are of the first.
        let monday = at("2026-11-30T08:00:00Z");
        assert_eq!(
            of(&[1, 2], &[]),
            NowAndNext {
                now: Some((UserId(2), Some(monday))),
                next: Some((UserId(1), monday)),
            }
        );
        let longer = known(5, 2, "2026-11-30T08:00:00Z", "2026-12-01T08:00:00Z");
        let tuesday = at("2026-12-01T08:00:00Z");
        assert_eq!(
            of(&[1, 2], &[longer]),
            NowAndNext {
                now: Some((UserId(2), Some(tuesday))),
                next: Some((UserId(1), tuesday)),
            }
        );
        assert_eq!(
            of(&[1], &[]),
            NowAndNext {
                now: Some((UserId(1), None)),
                next: None,
            }
        );
        let before = |now: &str| Timeline::new(1, named_rota(&[1]), &[]).now_and_next(at(now));
        assert_eq!(
            before("2026-10-01T00:00:00Z"),
            NowAndNext::default(),
            "it is too far away"
        );
        assert_eq!(
            before("2026-10-05T00:00:00Z"),
            NowAndNext {
                now: None,
                next: Some((UserId(1), at("2026-11-02T08:00:00Z"))),
            }
        );
    }

    #[test]
    fn shifts_that_are_found_some_days_at_once_are_those_of_the_whole_time() {
        let day = |day: i64| at("2026-11-02T08:00:00Z").plus_millis(day * DAY_MS);
        let stands_in = |id: i64, user_id: i64, from: Timestamp, until: Timestamp| KnownOverride {
            id,
            of: Override {
                user_id: UserId(user_id),
                from,
                until,
            },
        };
        let overrides = [
            // Over a boundary of days that are looked at at once, up to one, and from one on.
            stands_in(1, 3, day(7), day(9)),
            stands_in(2, 4, day(15), day(16)),
            stands_in(3, 4, day(16), day(17)),
            stands_in(4, 5, day(30), day(60)),
        ];
        for people in [&[1][..], &[1, 2]] {
            let timeline = Timeline::new(1, named_rota(people), &overrides);
            for range in [
                day(0)..day(92),
                day(-20)..day(5),
                day(-20)..day(-10),
                day(0)..day(8),
                day(3)..day(3),
            ] {
                let whole = timeline.schedule.shifts(range.clone());
                let found: Vec<_> = timeline.shifts(range.clone()).collect();
                assert_eq!(found, whole, "{range:?}");
            }
        }
    }

    #[test]
    fn shifts_of_several_schedules_are_merged_before_they_are_cut() {
        let shift = |hour: i64| Shift {
            span: Timestamp::from_millis(hour)..Timestamp::from_millis(hour + 1),
            on_call: OnCall {
                user_id: UserId(1),
                layer: Some(0),
            },
        };
        let mut merged = Vec::new();
        merge(
            &mut merged,
            [0, 2, 4, 6, 8].map(|hour| (shift(hour), "a")).into_iter(),
            4,
        );
        merge(
            &mut merged,
            [1, 2, 3].map(|hour| (shift(hour), "b")).into_iter(),
            4,
        );
        assert_eq!(
            merged,
            [(shift(0), "a"), (shift(1), "b"), (shift(2), "a"), (shift(2), "b")]
        );
    }
}
