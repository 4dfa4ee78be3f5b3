//! What the results of a monitor that one region checks came to, as they were appended to the log until an instant. Whether an
//! incident was open is known, and not found out here. Pure.

use domain::Timestamp;
use domain::record::PointState;

/// A result.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checked {
    pub(crate) slot: Timestamp,
    /// Since when it stands.
    pub(crate) begins: Timestamp,
    pub(crate) appended: Timestamp,
    pub(crate) revision: i32,
    pub(crate) point: PointState,
}

/// The end of the last incident.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recovery {
    /// When the first result began that confirmed it.
    pub(crate) at: Timestamp,
    /// When the last one that confirmed it was stored; none where that was not kept.
    pub(crate) confirmed: Option<Timestamp>,
}

/// What they came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Course {
    /// Up or degraded; none where no result said either of what is checked.
    pub(crate) point: Option<PointState>,
    /// Since when; none where that is not known of these results.
    pub(crate) since: Option<Timestamp>,
    /// The place of the latest result that counts, among those that were given.
    pub(crate) latest: Option<usize>,
}

/// What the results, in any order, came to of what is checked since `probe_revision`, while no incident is open.
pub(crate) fn follow(results: &[Checked], probe_revision: i32, recovery: Option<Recovery>) -> Course {
    let mut order: Vec<usize> = (0..results.len()).collect();
    order.sort_by_key(|&n| (results[n].appended, results[n].slot));
    let mut course = Course::default();
    let mut newest: Option<(i32, Timestamp)> = None;
    // In a backlog, what came after the end is stored together with what confirmed it: where they differ, nobody knows which of
    // them were which.
    let (mut confirmed_as, mut is_mixed): (Option<PointState>, bool) = (None, false);
    for n in order {
        let result = &results[n];
        let is_first = newest.is_none_or(|(revision, _)| revision < result.revision);
        // As the fold has it: what is late, or of before an edit, is history.
        if newest.is_some_and(|(revision, slot)| {
            result.revision < revision || revision == result.revision && result.slot <= slot
        }) {
            continue;
        }
        let slot = newest.map_or(result.slot, |(_, slot)| slot.max(result.slot));
        newest = Some((result.revision, slot));
        course.latest = Some(n);
        if result.revision < probe_revision || result.point == PointState::Down {
            continue;
        }
        let confirms = recovery.filter(|recovery| {
            recovery.at <= result.begins && recovery.confirmed.is_some_and(|until| result.appended <= until)
        });
        if confirms.is_some() {
            is_mixed |= confirmed_as.is_some_and(|point| point != result.point);
            confirmed_as = Some(result.point);
        }
        let is_change = course.point.is_some_and(|point| point != result.point);
        // Where nobody knows which results confirmed the end, a change may have been among them.
        let is_dated =
            recovery.is_none_or(|recovery| recovery.confirmed.is_some() || result.begins < recovery.at);
        // What it was before an incident that is over is no state that went on.
        let is_crossing = recovery.is_some_and(|recovery| {
            recovery.at <= result.begins && course.since.is_none_or(|since| since < recovery.at)
        });
        course.since = match (confirms, course.point) {
            (Some(_), _) if is_mixed => None,
            (Some(recovery), _) => Some(recovery.at),
            (None, _) if is_change && !is_first && is_dated => Some(result.begins),
            (None, Some(_)) if !is_change && !is_crossing => course.since,
            _ => None,
        };
        course.point = Some(result.point);
    }
    course
}

#[cfg(test)]
mod tests {
    use domain::record::PointState::{Degraded, Down, Up};

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_millis(minute * 60_000)
    }

    /// A result of each minute, appended half a minute after its slot.
    fn checked(minute: i64, revision: i32, point: PointState) -> Checked {
        Checked {
            slot: at(minute),
            begins: at(minute),
            appended: at(minute).plus_millis(30_000),
            revision,
            point,
        }
    }

    fn all(points: &[PointState]) -> Vec<Checked> {
        let numbered = points.iter().enumerate();
        numbered.map(|(n, point)| checked(n as i64, 1, *point)).collect()
    }

    fn course(point: PointState, since: Option<i64>, latest: usize) -> Course {
        Course {
            point: Some(point),
            since: since.map(at),
            latest: Some(latest),
        }
    }

    #[test]
    fn a_failure_that_opens_nothing_leaves_the_state_alone() {
        assert_eq!(follow(&[], 1, None), Course::default());
        assert_eq!(follow(&all(&[Up, Up]), 1, None), course(Up, None, 1));
        assert_eq!(
            follow(&all(&[Up, Degraded, Down]), 1, None),
            course(Degraded, Some(1), 2)
        );
        assert_eq!(
            follow(&all(&[Degraded, Up, Down, Up]), 1, None),
            course(Up, Some(1), 3)
        );
        let nothing = Course {
            latest: Some(0),
            ..Course::default()
        };
        assert_eq!(follow(&all(&[Down]), 1, None), nothing);
    }

    #[test]
    fn what_is_late_or_of_an_earlier_revision_is_history() {
        let mut results = all(&[Up, Degraded, Down]);
        results[1].appended = at(9);
        assert_eq!(follow(&results, 1, None), course(Up, None, 2));
        let results = [
            checked(0, 1, Degraded),
            checked(1, 2, Up),
            checked(2, 1, Degraded),
        ];
        // What is checked is the same, and another thing.
        assert_eq!(follow(&results, 1, None), course(Up, None, 1));
        assert_eq!(follow(&results, 2, None), course(Up, None, 1));
        let pending = follow(&results[..1], 2, None);
        assert_eq!((pending.point, pending.latest), (None, Some(0)));
        // The first of a revision may have the name of a slot that has passed.
        let results = [
            checked(5, 1, Up),
            Checked {
                appended: at(8),
                ..checked(4, 2, Degraded)
            },
        ];
        assert_eq!(follow(&results, 1, None), course(Degraded, None, 1));
    }

    #[test]
    fn after_an_incident_it_is_so_since_the_incident_was_over() {
        let results = all(&[Up, Down, Down, Up, Degraded, Degraded]);
        let recovery = |confirmed: Option<i64>| {
            let confirmed = confirmed.map(|minute| at(minute).plus_millis(40_000));
            Some(Recovery { at: at(3), confirmed })
        };
        assert_eq!(follow(&results, 1, recovery(Some(4))), course(Degraded, None, 5));
        assert_eq!(
            follow(&results, 1, recovery(Some(3))),
            course(Degraded, Some(4), 5)
        );
        let steady = all(&[Up, Down, Down, Up, Up]);
        assert_eq!(follow(&steady, 1, recovery(Some(4))), course(Up, Some(3), 4));
        // Nobody knows when it was found.
        assert_eq!(follow(&steady, 1, recovery(None)), course(Up, None, 4));
        assert_eq!(follow(&results, 1, recovery(None)), course(Degraded, None, 5));
    }
}
