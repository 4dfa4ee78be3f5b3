//! What the product reports by itself: outages that last, and their end. Pure.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::status_page::{Impact, Locale, ReportStatus};
use domain::{ComponentId, ErrorCode, IncidentId, MonitorId, Timestamp};

use super::report_words as words;
use super::status_report::{ValidReport, ValidUpdate};

/// An incident that nothing was reported of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outage {
    pub(crate) incident: IncidentId,
    pub(crate) monitor: MonitorId,
    pub(crate) started_at: Timestamp,
    pub(crate) error_code: Option<ErrorCode>,
    /// The components of the monitor, in their order, with their names.
    pub(crate) components: Vec<(ComponentId, String)>,
}

/// An incident that a report of the product's is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Followed {
    pub(crate) incident: IncidentId,
    /// The components that were reported because of it.
    pub(crate) components: Vec<ComponentId>,
    /// How it has ended; nothing while it goes on.
    pub(crate) end: Option<End>,
}

/// How an incident has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The monitor is up.
    Recovered,
    /// Nothing is known of it any more: it was paused, changed or deleted.
    Unknown,
}

/// The outages without the components of which a report that is open says already that they are affected, and without those
/// of which nothing is left.
pub(crate) fn unsaid(outages: Vec<Outage>, said: &HashMap<ComponentId, Impact>) -> Vec<Outage> {
    let is_said = |id: &ComponentId| said.get(id).is_some_and(|impact| *impact != Impact::Operational);
    outages
        .into_iter()
        .map(|mut outage| {
            outage.components.retain(|(id, _)| !is_said(id));
            outage
        })
        .filter(|outage| !outage.components.is_empty())
        .collect()
}

/// A report about outages, the first of which it is named after; nothing without one.
pub(crate) fn report(locale: Locale, outages: &[Outage]) -> Option<ValidReport> {
    let first = outages.iter().min_by_key(|outage| outage.started_at)?;
    let said = words::begins(locale, &names(outages), first.error_code);
    Some(ValidReport {
        title: said.title,
        incident: Some(first.incident),
        started_at: first.started_at,
        update: update(ReportStatus::Investigating, said.message, down(outages)),
    })
}

/// What is added to a report that is open because of further outages.
pub(crate) fn addition(locale: Locale, status: ReportStatus, outages: &[Outage]) -> ValidUpdate {
    update(status, words::added(locale, &names(outages)), down(outages))
}

/// What is added to a report because incidents have ended, if anything is; `affected` are the impacts that it says, `names`
/// what the components are called. It is over once all of them are.
pub(crate) fn ending(
    locale: Locale,
    status: ReportStatus,
    followed: &[Followed],
    affected: &BTreeMap<ComponentId, Impact>,
    names: &HashMap<ComponentId, String>,
) -> Option<ValidUpdate> {
    let ended: Vec<&Followed> = followed.iter().filter(|one| one.end.is_some()).collect();
    if ended.is_empty() {
        return None;
    }
    let has_recovered = ended.iter().all(|one| one.end == Some(End::Recovered));
    let is_affected = |id: &ComponentId| {
        affected
            .get(id)
            .is_some_and(|impact| *impact != Impact::Operational)
    };
    let named = |ids: &[ComponentId]| -> Vec<&str> {
        ids.iter()
            .filter_map(|id| names.get(id).map(String::as_str))
            .collect()
    };
    if ended.len() == followed.len() {
        let all: Vec<ComponentId> = affected.keys().copied().filter(is_affected).collect();
        let message = words::ended(locale, &named(&all), has_recovered);
        return Some(update(ReportStatus::Resolved, message, Vec::new()));
    }
    let lasting: HashSet<ComponentId> = followed
        .iter()
        .filter(|one| one.end.is_none())
        .flat_map(|one| one.components.iter().copied())
        .collect();
    let mut over: Vec<ComponentId> = ended
        .iter()
        .flat_map(|one| one.components.iter().copied())
        .filter(|id| is_affected(id) && !lasting.contains(id))
        .collect();
    over.sort_unstable();
    over.dedup();
    if over.is_empty() {
        return None;
    }
    let message = words::ended(locale, &named(&over), has_recovered);
    let components = over.into_iter().map(|id| (id, Impact::Operational)).collect();
    Some(update(status, message, components))
}

fn update(status: ReportStatus, message: String, components: Vec<(ComponentId, Impact)>) -> ValidUpdate {
    ValidUpdate {
        status,
        message,
        components,
        notify: true,
    }
}

fn names(outages: &[Outage]) -> Vec<&str> {
    let components = outages.iter().flat_map(|outage| &outage.components);
    components.map(|(_, name)| name.as_str()).collect()
}

fn down(outages: &[Outage]) -> Vec<(ComponentId, Impact)> {
    let components = outages.iter().flat_map(|outage| &outage.components);
    components.map(|(id, _)| (*id, Impact::MajorOutage)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn outage(n: i64, components: &[i64]) -> Outage {
        Outage {
            incident: IncidentId(Uuid::from_u128(n as u128)),
            monitor: MonitorId(n),
            started_at: Timestamp::from_millis(1_000 * n),
            error_code: Some(ErrorCode::ReadTimeout),
            components: components
                .iter()
                .map(|id| (ComponentId(*id), format!("Part {id}")))
                .collect(),
        }
    }

    fn followed(n: i64, components: &[i64], end: Option<End>) -> Followed {
        Followed {
            incident: IncidentId(Uuid::from_u128(n as u128)),
            components: components.iter().copied().map(ComponentId).collect(),
            end,
        }
    }

    fn ending_of(followed: &[Followed], affected: &[(i64, Impact)]) -> Option<ValidUpdate> {
        let affected = affected.iter().map(|(id, impact)| (ComponentId(*id), *impact));
        let affected: BTreeMap<_, _> = affected.collect();
        let names = affected.keys().map(|id| (*id, format!("Part {id}"))).collect();
        ending(
            Locale::En,
            ReportStatus::Investigating,
            followed,
            &affected,
            &names,
        )
    }

    #[test]
    fn a_report_has_all_outages_and_begins_with_the_first() {
        assert_eq!(report(Locale::En, &[]), None);
        let made = report(Locale::En, &[outage(2, &[5, 6]), outage(1, &[7])]).unwrap();
        assert_eq!(made.incident, Some(outage(1, &[]).incident));
        assert_eq!(made.started_at, Timestamp::from_millis(1_000));
        assert_eq!(made.title, "Problems with several components");
        let down = [5, 6, 7].map(|id| (ComponentId(id), Impact::MajorOutage));
        assert_eq!(made.update.components, down);
        let one = report(Locale::De, &[outage(1, &[7])]).unwrap();
        assert_eq!(one.title, "Störung bei Part 7");
    }

    #[test]
    fn what_a_report_says_is_not_said_again() {
        let said = HashMap::from([
            (ComponentId(5), Impact::DegradedPerformance),
            (ComponentId(6), Impact::Operational),
        ]);
        let left = unsaid(vec![outage(1, &[5]), outage(2, &[5, 6]), outage(3, &[7])], &said);
        assert_eq!(left, [outage(2, &[6]), outage(3, &[7])]);
    }

    #[test]
    fn it_is_over_once_all_incidents_are() {
        use Impact::{MajorOutage, Operational};
        let both = [(5, MajorOutage), (6, MajorOutage)];
        assert_eq!(ending_of(&[followed(1, &[5], None)], &both), None);
        let part = ending_of(
            &[followed(1, &[5], Some(End::Recovered)), followed(2, &[6], None)],
            &both,
        );
        let part = part.unwrap();
        assert_eq!(part.status, ReportStatus::Investigating);
        assert_eq!(part.components, [(ComponentId(5), Operational)]);
        assert_eq!(part.message, "The problem with Part 5 is over.");
        // A component that goes on to be down for another reason is not over, and neither is what was over before.
        let held = [followed(1, &[5], Some(End::Recovered)), followed(2, &[5], None)];
        assert_eq!(ending_of(&held, &both), None);
        let said = [followed(1, &[5], Some(End::Recovered)), followed(2, &[6], None)];
        assert_eq!(ending_of(&said, &[(5, Operational), (6, MajorOutage)]), None);
        let all = [
            followed(1, &[5], Some(End::Recovered)),
            followed(2, &[6], Some(End::Unknown)),
        ];
        let over = ending_of(&all, &[(5, Operational), (6, MajorOutage)]).unwrap();
        assert_eq!(over.status, ReportStatus::Resolved);
        assert!(over.components.is_empty());
        assert_eq!(over.message, "No problem with Part 6 is known any more.");
    }
}
