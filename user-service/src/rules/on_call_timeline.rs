//! Who is on call by a schedule and its overrides. Pure.

use std::ops::Range;

use domain::on_call::{OnCall, Override, Schedule, Shift};
use domain::{ScheduleId, Timestamp, UserId};

use super::on_call::{MAX_DAYS, NamedRota};
use super::uptime_window::DAY_MS;

/// How far is looked at first for who is next: in most rotas somebody is.
const NEAR_DAYS: i64 = 8;

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

    /// The shifts in a time.
    pub(crate) fn shifts(&self, range: Range<Timestamp>) -> Vec<KnownShift> {
        let shifts = self.schedule.shifts(range);
        let known = shifts.into_iter().map(|shift| KnownShift {
            override_id: self.override_of(&shift),
            shift,
        });
        known.collect()
    }

    fn override_of(&self, shift: &Shift) -> Option<i64> {
        if shift.on_call.layer.is_some() {
            return None;
        }
        let covers = |other: &Override| (other.from..other.until).contains(&shift.span.start);
        let decides = self.schedule.overrides.iter().rposition(covers)?;
        self.override_ids.get(decides).copied()
    }

    /// Who is on call now, and who is next. Neighbouring shifts of the same person are one.
    pub(crate) fn now_and_next(&self, now: Timestamp) -> NowAndNext {
        let near = self.within(now, NEAR_DAYS);
        match near.next {
            Some(_) => near,
            None => self.within(now, MAX_DAYS),
        }
    }

    fn within(&self, now: Timestamp, days: i64) -> NowAndNext {
        let shifts = self.schedule.shifts(now..now.plus_millis(days * DAY_MS));
        let mut shifts = shifts.into_iter().peekable();
        let on_call = |shift: &Shift, OnCall { user_id, .. }: OnCall, at: Timestamp| {
            shift.on_call.user_id == user_id && shift.span.start == at
        };
        let current = shifts.next_if(|shift| shift.span.start <= now).map(|mut first| {
            while let Some(more) = shifts.next_if(|shift| on_call(shift, first.on_call, first.span.end)) {
                first.span.end = more.span.end;
            }
            first
        });
        let end = now.plus_millis(days * DAY_MS);
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
        let shifts = timeline.shifts(at("2026-11-30T08:00:00Z")..at("2026-11-30T18:00:00Z"));
        let told: Vec<_> = shifts
            .iter()
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
        let later = Timeline::new(1, named_rota(&[1]), &[]).now_and_next(at("2026-10-01T00:00:00Z"));
        assert_eq!(
            later,
            NowAndNext {
                now: None,
                next: Some((UserId(1), at("2026-11-02T08:00:00Z"))),
            }
        );
    }
}
