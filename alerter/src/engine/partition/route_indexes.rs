//! Indexes of routes: made once for the incidents that follow each other, and not for each.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use domain::OrgId;
use domain::internal::OrgAlerting;
use domain::routing::RouteIndex;

/// The indexes of the organisations by whose routes something was decided lately.
#[derive(Debug, Default)]
pub(super) struct RouteIndexes(HashMap<OrgId, Indexed>);

#[derive(Debug)]
struct Indexed {
    /// Whose routes they are.
    settings: Arc<OrgAlerting>,
    /// None where they are few.
    index: Option<Arc<RouteIndex>>,
    is_used: bool,
}

impl Indexed {
    fn new(settings: &Arc<OrgAlerting>) -> Self {
        Self {
            settings: Arc::clone(settings),
            index: RouteIndex::of(&settings.policy.routes).map(Arc::new),
            is_used: true,
        }
    }

    fn is_of(&self, settings: &Arc<OrgAlerting>) -> bool {
        Arc::ptr_eq(&self.settings, settings) || self.settings.policy.routes == settings.policy.routes
    }
}

impl RouteIndexes {
    /// The index of an organisation's routes; none where they are few.
    pub(super) fn of(&mut self, org: OrgId, settings: &Arc<OrgAlerting>) -> Option<Arc<RouteIndex>> {
        let indexed = match self.0.entry(org) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Indexed::new(settings)),
        };
        if indexed.is_of(settings) {
            // User-service has said the same again, maybe: what it said before need not be kept.
            indexed.settings = Arc::clone(settings);
            indexed.is_used = true;
        } else {
            *indexed = Indexed::new(settings);
        }
        indexed.index.clone()
    }

    /// Forgets those that were not used since this was called last.
    pub(super) fn forget(&mut self) {
        self.0.retain(|_, indexed| std::mem::take(&mut indexed.is_used));
    }
}

#[cfg(test)]
mod tests {
    use domain::alert_policy::AlertPolicy;
    use domain::routing::{Conditions, Recipients, Route};
    use domain::{RouteId, TagId};

    use super::*;

    const ORG: OrgId = OrgId(7);

    fn settings(routes: i64) -> Arc<OrgAlerting> {
        let route = |id| Route {
            id: RouteId(id),
            name: format!("Route {id}"),
            conditions: Conditions {
                tags: vec![TagId(id)],
                ..Conditions::default()
            },
            recipients: Recipients::Nobody,
            goes_on: false,
        };
        Arc::new(OrgAlerting {
            policy: AlertPolicy {
                routes: (1..=routes).map(route).collect(),
                ..AlertPolicy::default()
            },
            ..OrgAlerting::default()
        })
    }

    #[test]
    fn an_index_is_made_anew_when_the_routes_have_changed() {
        let mut indexes = RouteIndexes::default();
        let first = indexes.of(ORG, &settings(200)).unwrap();
        // Asked again, they are the same.
        let again = indexes.of(ORG, &settings(200)).unwrap();
        assert!(Arc::ptr_eq(&first, &again));
        let changed = indexes.of(ORG, &settings(201)).unwrap();
        assert!(!Arc::ptr_eq(&first, &changed));
        let of_other = indexes.of(OrgId(8), &settings(201)).unwrap();
        assert!(!Arc::ptr_eq(&of_other, &changed));
        assert!(indexes.of(ORG, &settings(1)).is_none(), "they are few");
    }

    #[test]
    fn what_was_not_used_for_a_while_is_forgotten() {
        let mut indexes = RouteIndexes::default();
        indexes.of(ORG, &settings(200));
        indexes.of(OrgId(8), &settings(200));
        indexes.forget();
        indexes.of(ORG, &settings(200));
        indexes.forget();
        assert_eq!(indexes.0.keys().collect::<Vec<_>>(), [&ORG]);
        indexes.forget();
        assert!(indexes.0.is_empty());
    }
}
