use super::*;
use proptest::prelude::*;

const HOUR: i64 = 3_600_000;

/// 2026-11-21T00:00:00Z
const MIDNIGHT: i64 = 1_795_219_200_000;

fn hour(n: i64) -> Timestamp {
    Timestamp::from_millis(MIDNIGHT + n * HOUR)
}

fn day(n: u64) -> NaiveDate {
    date(hour(0)) + chrono::Days::new(n)
}

fn said(at: i64, status: ReportStatus, components: &[(i64, Impact)]) -> Said {
    let components = components.iter().map(|&(id, impact)| (ComponentId(id), impact));
    Said {
        at: hour(at),
        status,
        components: components.collect(),
    }
}

fn worst_of_days(started: i64, updates: &[Said], now: i64) -> BTreeMap<(ComponentId, NaiveDate), Impact> {
    let mut worst = BTreeMap::new();
    fold(hour(started), updates).add_days(&(day(0)..=day(9)), hour(now), &mut worst);
    worst
}

#[test]
fn the_last_that_was_said_holds_and_the_end_ends_all() {
    use Impact::{DegradedPerformance, MajorOutage, Operational, PartialOutage};
    use ReportStatus::{Identified, Investigating, Monitoring, Resolved};
    let mut updates = vec![
        said(1, Investigating, &[(1, PartialOutage), (2, DegradedPerformance)]),
        said(2, Identified, &[(1, MajorOutage)]),
        said(3, Monitoring, &[(2, Operational)]),
    ];
    let impacts = fold(hour(0), &updates);
    let of = |one, two| BTreeMap::from([(ComponentId(1), one), (ComponentId(2), two)]);
    assert_eq!(impacts.now, of(MajorOutage, Operational));
    assert_eq!(impacts.worst, of(MajorOutage, DegradedPerformance));
    updates.push(said(4, Resolved, &[]));
    let impacts = fold(hour(0), &updates);
    assert_eq!(impacts.now, of(Operational, Operational));
    assert_eq!(impacts.worst, of(MajorOutage, DegradedPerformance));
    // It begins again, with what is said from then on.
    updates.push(said(5, Investigating, &[(2, PartialOutage)]));
    let impacts = fold(hour(0), &updates);
    assert_eq!(impacts.now, of(Operational, PartialOutage));
    assert_eq!(impacts.worst, of(MajorOutage, PartialOutage));
}

#[test]
fn a_report_is_over_since_the_first_update_that_says_so() {
    use ReportStatus::{Monitoring, Resolved};
    assert_eq!(resolved_at(Resolved, None, hour(1)), Some(hour(1)));
    assert_eq!(resolved_at(Resolved, Some(hour(1)), hour(2)), Some(hour(1)));
    assert_eq!(resolved_at(Monitoring, Some(hour(1)), hour(2)), None);
}

#[test]
fn days_have_the_worst_from_its_update_until_the_next_one() {
    use Impact::{DegradedPerformance, MajorOutage};
    use ReportStatus::{Identified, Investigating, Resolved};
    let updates = [
        said(30, Investigating, &[(1, MajorOutage)]),
        said(48, Identified, &[(1, DegradedPerformance)]),
        said(80, Resolved, &[]),
    ];
    let one = ComponentId(1);
    // The problem began the day before anybody said so, and midnight belongs to the day that it begins.
    assert_eq!(
        worst_of_days(20, &updates, 200),
        BTreeMap::from([
            ((one, day(0)), MajorOutage),
            ((one, day(1)), MajorOutage),
            ((one, day(2)), DegradedPerformance),
            ((one, day(3)), DegradedPerformance),
        ])
    );
    // What goes on goes on until now, and not into the days to come.
    let open = worst_of_days(30, &updates[..1], 30);
    assert_eq!(open, BTreeMap::from([((one, day(1)), MajorOutage)]));
    let open = worst_of_days(30, &updates[..1], 50);
    assert_eq!(open.len(), 2);
    // Days that are not asked for are left out, also of what goes on for ever.
    let open = worst_of_days(-100, &updates[..1], 10_000);
    assert_eq!(open.len(), 10);
}

/// What was said of a component at an instant: asked of each update in turn.
fn at_instant(started: Timestamp, updates: &[Said], component: ComponentId, at: Timestamp) -> Impact {
    let mut impact = Impact::Operational;
    for (n, update) in updates.iter().enumerate() {
        let from = if n == 0 { started.min(update.at) } else { update.at };
        if from > at {
            continue;
        }
        if update.status == ReportStatus::Resolved {
            impact = Impact::Operational;
        }
        for (named, given) in &update.components {
            if *named == component {
                impact = *given;
            }
        }
    }
    impact
}

fn updates() -> impl Strategy<Value = Vec<Said>> {
    let components = proptest::collection::btree_map(1i64..4, 0usize..4, 0..3);
    let update = (0i64..40, 0usize..4, components);
    proptest::collection::vec(update, 1..8).prop_map(|updates| {
        let mut at = 40;
        updates
            .into_iter()
            .map(|(after, status, components)| {
                at += after;
                let status = ReportStatus::ALL[status];
                let components = match status {
                    ReportStatus::Resolved => Vec::new(),
                    _ => components
                        .into_iter()
                        .map(|(id, impact)| (id, Impact::ALL[impact]))
                        .collect(),
                };
                said(at, status, &components)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn the_fold_says_what_each_instant_says(updates in updates(), began in 0i64..120, more in 0i64..30) {
        // The problem may be said to have begun after its first update.
        let last = updates.last().map_or(0, |update| (update.at.as_millis() - MIDNIGHT) / HOUR);
        let now = last.max(began) + more;
        let impacts = fold(hour(began), &updates);
        let mut days = BTreeMap::new();
        impacts.add_days(&(day(0)..=day(19)), hour(now), &mut days);
        for id in 1..4 {
            let component = ComponentId(id);
            let at = |at| at_instant(hour(began), &updates, component, hour(at));
            prop_assert_eq!(impacts.now.get(&component).copied().unwrap_or_default(), at(now));
            let named = updates.iter().flat_map(|update| &update.components);
            let worst = named.filter(|(named, _)| *named == component).map(|(_, impact)| *impact).max();
            prop_assert_eq!(impacts.worst.get(&component).copied(), worst);
            for n in 0..20u64 {
                let hours = (n as i64 * 24)..((n as i64 + 1) * 24);
                let worst = hours.filter(|hour| *hour <= now).map(at).max().unwrap_or_default();
                let found = days.get(&(component, day(n))).copied().unwrap_or_default();
                prop_assert_eq!(found, worst, "component {} on day {}", id, n);
            }
        }
    }
}
