//! Which routes may take an incident, found without asking each of them.

use std::collections::HashMap;
use std::hash::Hash;

use super::{Conditions, Destination, Route, RoutedIncident, destinations};
use crate::error_code::ErrorCode;
use crate::ids::TagId;
use crate::severity::Severity;

/// Of fewer routes each is asked as soon as an index.
const MIN_ROUTES: usize = 64;

/// Routes that one number has room for.
const PLACES: usize = u64::BITS as usize;

/// Some of the routes, by their places in the list.
#[derive(Clone, Debug)]
struct Places(Vec<u64>);

impl Places {
    fn none_of(count: usize) -> Self {
        Self(vec![0; count.div_ceil(PLACES)])
    }

    fn add(&mut self, place: usize) {
        if let Some(places) = self.0.get_mut(place / PLACES) {
            *places |= 1u64 << (place % PLACES);
        }
    }

    /// Removes all that are not among the others.
    fn keep(&mut self, others: &Self) {
        for (places, others) in self.0.iter_mut().zip(&others.0) {
            *places &= others;
        }
    }

    /// In the order of the list.
    fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(index, places)| {
            let mut left = *places;
            std::iter::from_fn(move || {
                let place = (left != 0).then(|| left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(index * PLACES + place)
            })
        })
    }
}

/// What routes ask for by one of their conditions.
#[derive(Clone, Debug)]
struct Wanted<V> {
    /// Those without the condition.
    indifferent: Places,
    /// Those with the condition, by what they list.
    by_value: HashMap<V, Vec<usize>>,
}

impl<V: Clone + Eq + Hash> Wanted<V> {
    fn new(routes: &[Route], listed: impl Fn(&Conditions) -> &[V]) -> Self {
        let mut wanted = Self {
            indifferent: Places::none_of(routes.len()),
            by_value: HashMap::new(),
        };
        for (place, route) in routes.iter().enumerate() {
            let values = listed(&route.conditions);
            if values.is_empty() {
                wanted.indifferent.add(place);
            }
            for value in values {
                wanted.by_value.entry(value.clone()).or_default().push(place);
            }
        }
        wanted
    }

    /// Those whose condition holds where these values are found.
    fn taking(&self, values: &[V]) -> Places {
        let mut places = self.indifferent.clone();
        for place in values
            .iter()
            .filter_map(|value| self.by_value.get(value))
            .flatten()
        {
            places.add(*place);
        }
        places
    }
}

/// A list of routes by what they ask for. What it finds are candidates, which are asked all the same: it goes by some of
/// the conditions only.
#[derive(Clone, Debug)]
pub struct RouteIndex {
    count: usize,
    tags: Wanted<TagId>,
    kinds: Wanted<String>,
    severities: Wanted<Severity>,
    error_codes: Wanted<ErrorCode>,
}

impl RouteIndex {
    /// That of these routes; none where they are few.
    pub fn of(routes: &[Route]) -> Option<Self> {
        (routes.len() >= MIN_ROUTES).then(|| Self::new(routes))
    }

    fn new(routes: &[Route]) -> Self {
        Self {
            count: routes.len(),
            tags: Wanted::new(routes, |conditions| conditions.tags.as_slice()),
            kinds: Wanted::new(routes, |conditions| conditions.kinds.as_slice()),
            severities: Wanted::new(routes, |conditions| conditions.severities.as_slice()),
            error_codes: Wanted::new(routes, |conditions| conditions.error_codes.as_slice()),
        }
    }

    /// Whether it may be one of these routes: there are as many.
    fn may_be_of(&self, routes: &[Route]) -> bool {
        self.count == routes.len()
    }

    /// The routes that may take an incident; no other one does.
    fn candidates(&self, incident: &RoutedIncident<'_>) -> Places {
        let labels = incident.labels;
        let mut places = self.tags.taking(&labels.tags);
        places.keep(&self.kinds.taking(labels.kind.as_slice()));
        places.keep(&self.severities.taking(&[labels.severity]));
        places.keep(&self.error_codes.taking(incident.error_code.as_slice()));
        places
    }
}

/// As [`route`](super::route). By an index of these routes only those are asked that may take the incident.
pub fn route_by<'a>(
    routes: &'a [Route],
    index: Option<&RouteIndex>,
    incident: &RoutedIncident<'a>,
) -> Vec<Destination<'a>> {
    let Some(index) = index.filter(|index| index.may_be_of(routes)) else {
        return destinations(routes.iter(), incident);
    };
    let candidates = index.candidates(incident);
    destinations(candidates.iter().filter_map(|place| routes.get(place)), incident)
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveTime, Weekday};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::super::{Labels, Recipients, RoutedAlert, route};
    use super::*;
    use crate::hours::Hours;
    use crate::ids::RouteId;

    const MONDAY_NOON: &str = "2026-11-23T12:00:00Z";

    fn code() -> impl Strategy<Value = ErrorCode> {
        select(vec![
            ErrorCode::DnsFailure,
            ErrorCode::ReadTimeout,
            ErrorCode::StatusMismatch,
        ])
    }

    fn kind() -> impl Strategy<Value = String> {
        select(vec!["http", "tcp", "dns"]).prop_map(str::to_owned)
    }

    fn severity() -> impl Strategy<Value = Severity> {
        select(vec![Severity::Critical, Severity::Warning, Severity::Info])
    }

    fn tag() -> impl Strategy<Value = TagId> {
        (1i64..6).prop_map(TagId)
    }

    fn hours() -> impl Strategy<Value = Hours> {
        select(vec![Weekday::Mon, Weekday::Sun]).prop_map(|day| Hours {
            time_zone: chrono_tz::UTC,
            days: vec![day].into(),
            from: NaiveTime::MIN,
            until: NaiveTime::MIN,
        })
    }

    fn conditions() -> impl Strategy<Value = Conditions> {
        let alert = select(vec![RoutedAlert::Down, RoutedAlert::Degraded]);
        let lists = (
            vec(tag(), 0..3),
            vec(kind(), 0..3),
            vec(severity(), 0..3),
            vec(alert, 0..2),
            vec(code(), 0..3),
        );
        let hours = (proptest::option::of(hours()), any::<bool>());
        (lists, hours).prop_map(
            |((tags, kinds, severities, alerts, error_codes), (hours, outside))| Conditions {
                tags,
                kinds,
                severities,
                alerts,
                error_codes,
                outside_hours: outside && hours.is_some(),
                hours,
            },
        )
    }

    fn numbered(all: Vec<(Conditions, bool)>) -> Vec<Route> {
        let routes = all.into_iter().zip(1i64..);
        routes
            .map(|((conditions, goes_on), id)| Route {
                id: RouteId(id),
                name: String::new(),
                conditions,
                recipients: Recipients::Nobody,
                goes_on,
            })
            .collect()
    }

    proptest! {
        #[test]
        fn an_index_changes_nothing_of_where_an_incident_goes(
            routes in vec((conditions(), proptest::bool::weighted(0.8)), 0..200),
            (tags, kind, severity) in (vec(tag(), 0..4), proptest::option::of(kind()), severity()),
            (degraded, error_code) in (any::<bool>(), proptest::option::of(code())),
        ) {
            let routes = numbered(routes);
            let labels = Labels { tags, kind, severity, ..Labels::default() };
            let started_at = MONDAY_NOON.parse().unwrap();
            let incident = RoutedIncident { labels: &labels, degraded, error_code, started_at };
            let index = RouteIndex::new(&routes);
            let expected = route(&routes, &incident);
            prop_assert_eq!(&route_by(&routes, Some(&index), &incident), &expected);
            prop_assert_eq!(&route_by(&routes, None, &incident), &expected);
            let other = RouteIndex::new(&routes[..routes.len() / 2]);
            prop_assert_eq!(route_by(&routes, Some(&other), &incident), expected, "by one of other routes");
        }
    }

    #[test]
    fn most_of_many_routes_are_not_asked() {
        let of_others = (0..1_000).map(|id| {
            let conditions = match id % 2 {
                0 => Conditions {
                    tags: vec![TagId(2), TagId(1_000 + id)],
                    error_codes: vec![ErrorCode::DnsFailure],
                    ..Conditions::default()
                },
                _ => Conditions {
                    tags: vec![TagId(1_000 + id)],
                    ..Conditions::default()
                },
            };
            (conditions, false)
        });
        let mut all: Vec<_> = of_others.collect();
        all.push((Conditions::default(), false));
        let routes = numbered(all);
        let labels = Labels {
            tags: vec![TagId(1), TagId(2)],
            ..Labels::default()
        };
        let incident = RoutedIncident {
            labels: &labels,
            degraded: false,
            error_code: Some(ErrorCode::StatusMismatch),
            started_at: MONDAY_NOON.parse().unwrap(),
        };
        let index = RouteIndex::of(&routes).unwrap();
        assert_eq!(index.candidates(&incident).iter().collect::<Vec<_>>(), [1_000]);
        assert!(
            RouteIndex::of(&routes[..10]).is_none(),
            "it would cost more than it saves"
        );
    }
}
