//! The names of a partition's monitors, and what routes go by of them.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use domain::routing::Labels;
use domain::{MonitorId, OrgId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use shared::items;

use crate::directory::{LabelledName, SharedLabels};
use crate::state_log::{Write, name_key};

/// Names that are kept of one partition. Monitors beyond it are called by their addresses while user-service
/// is away.
const MAX_NAMES: usize = 50_000;

/// Names that are written in one turn, so that alerts do not wait for them.
const WRITTEN_AT_A_TIME: usize = 250;

/// A monitor's name and labels. The labels cost 11 bytes of each monitor; and 170 more, with a kind and a few tags,
/// where no other monitor of the partition has the same.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    org: OrgId,
    labelled: LabelledName,
}

/// What `alert-state` holds of it.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Written<'a> {
    org: OrgId,
    name: &'a str,
    /// Left out where they are the default or not known; versions that know of no labels ignore it.
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<&'a Labels>,
}

/// The same as it is read: labels of another version must not cost the name.
#[derive(Debug, Deserialize)]
struct Held<'a> {
    org: OrgId,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    labels: Option<&'a RawValue>,
}

/// The names as they were written, and those that are to be.
#[derive(Debug, Default)]
pub(in crate::engine) struct NameMirror {
    names: HashMap<MonitorId, Name>,
    changed: VecDeque<MonitorId>,
    shared: SharedLabels,
    /// The versions of the organisations' labels that were taken, where something goes by them.
    versions: HashMap<OrgId, i64>,
}

impl Name {
    fn written(&self) -> Written<'_> {
        let labels = self.labelled.labels.as_deref();
        Written {
            org: self.org,
            name: &self.labelled.name,
            labels: labels.filter(|labels| **labels != Labels::default()),
        }
    }

    fn write(&self) -> Option<Vec<u8>> {
        serde_json::to_vec(&self.written()).ok()
    }
}

impl NameMirror {
    /// Takes what was written before; answers the name, and whose monitor it is.
    pub(in crate::engine) fn restore(
        &mut self,
        monitor: MonitorId,
        value: &[u8],
    ) -> Option<(OrgId, Arc<str>)> {
        let held: Held<'_> = serde_json::from_slice(value).ok()?;
        let labels = held
            .labels
            .and_then(|labels| items::one(labels.get().as_bytes(), "labels"));
        let name = self.share(
            held.org,
            LabelledName {
                name: held.name.into(),
                labels: labels.map(Arc::new),
            },
        );
        let restored = (name.org, Arc::clone(&name.labelled.name));
        self.names.insert(monitor, name);
        Some(restored)
    }

    /// Whose monitor it is, as user-service answered.
    pub(in crate::engine) fn owner(&self, monitor: MonitorId) -> Option<OrgId> {
        self.names.get(&monitor).map(|name| name.org)
    }

    /// What routes go by of a monitor; none where that is not known.
    pub(in crate::engine) fn labels(&self, monitor: MonitorId) -> Option<&Labels> {
        self.names.get(&monitor)?.labelled.labels.as_deref()
    }

    /// Of which version the labels of an organisation are; 0 where that is not known, or nothing goes by them.
    pub(in crate::engine) fn labels_version(&self, org: OrgId) -> i64 {
        self.versions.get(&org).copied().unwrap_or_default()
    }

    /// Takes all names of an organisation's monitors in this partition. Drills are not among them, and stay.
    pub(in crate::engine) fn take(
        &mut self,
        org: OrgId,
        latest: Vec<(MonitorId, LabelledName)>,
        labels_version: i64,
    ) {
        match labels_version == 0 || latest.is_empty() {
            true => self.versions.remove(&org),
            false => self.versions.insert(org, labels_version),
        };
        let there: HashSet<MonitorId> = latest.iter().map(|(id, _)| *id).collect();
        let changed = &mut self.changed;
        self.names.retain(|id, name| {
            let goes = name.org == org && !there.contains(id) && id.drill().is_none();
            if goes {
                changed.push_back(*id);
            }
            !goes
        });
        for (id, labelled) in latest {
            self.take_one(org, id, labelled);
        }
    }

    /// Takes the name of one monitor.
    pub(in crate::engine) fn take_one(&mut self, org: OrgId, id: MonitorId, labelled: LabelledName) {
        let name = self.share(org, labelled);
        let has_room = self.names.len() < MAX_NAMES;
        let differs = match self.names.entry(id) {
            Entry::Occupied(mut known) => {
                let differs = known.get().written() != name.written();
                known.insert(name);
                differs
            }
            Entry::Vacant(new) if has_room => {
                new.insert(name);
                true
            }
            Entry::Vacant(_) => false,
        };
        if differs {
            self.changed.push_back(id);
        }
    }

    /// Forgets the name of a drill. Those of monitors go when user-service names them no more.
    pub(in crate::engine) fn forget_drill(&mut self, id: MonitorId) {
        if id.drill().is_some() && self.names.remove(&id).is_some() {
            self.changed.push_back(id);
        }
    }

    fn share(&mut self, org: OrgId, mut labelled: LabelledName) -> Name {
        labelled.labels = labelled.labels.map(|labels| self.shared.share(labels));
        Name { org, labelled }
    }

    /// The organisations whose names are here.
    pub(in crate::engine) fn orgs(&self) -> impl Iterator<Item = OrgId> {
        self.names.values().map(|name| name.org)
    }

    /// Some of what differs from what was written last; the rest follows.
    pub(in crate::engine) fn writes(&mut self, partition: i32) -> impl Iterator<Item = Write> {
        let some = self.changed.len().min(WRITTEN_AT_A_TIME);
        let names = &self.names;
        self.changed.drain(..some).map(move |id| Write::State {
            partition,
            key: name_key(id),
            value: names.get(&id).and_then(Name::write),
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::Severity;

    use super::*;

    fn named(names: &[(i64, &str)]) -> Vec<(MonitorId, LabelledName)> {
        labelled(names, None)
    }

    fn labelled(names: &[(i64, &str)], labels: Option<Labels>) -> Vec<(MonitorId, LabelledName)> {
        let labels = labels.map(Arc::new);
        let names = names.iter().map(|&(id, name)| {
            let (name, labels) = (name.into(), labels.clone());
            (MonitorId(id), LabelledName { name, labels })
        });
        names.collect()
    }

    fn of_severity(severity: Severity) -> Labels {
        Labels {
            severity,
            ..Labels::default()
        }
    }

    /// The keys and values that are written.
    fn values(mirror: &mut NameMirror) -> Vec<(String, Option<String>)> {
        let writes = mirror.writes(0).map(|write| match write {
            Write::State { key, value, .. } => (key, value.map(|value| String::from_utf8(value).unwrap())),
            Write::Event { .. } => unreachable!("no event"),
        });
        let mut written: Vec<_> = writes.collect();
        written.sort();
        written
    }

    /// The keys that are written, and whether each has a value.
    fn written(mirror: &mut NameMirror) -> Vec<(String, bool)> {
        let values = values(mirror).into_iter();
        values.map(|(key, value)| (key, value.is_some())).collect()
    }

    fn value(mirror: &mut NameMirror) -> String {
        let mut written = values(mirror);
        assert_eq!(written.len(), 1, "{written:?}");
        written.remove(0).1.unwrap()
    }

    #[test]
    fn what_changed_is_written_once() {
        let mut mirror = NameMirror::default();
        mirror.take(OrgId(7), named(&[(1, "Shop"), (2, "Mail")]), 0);
        mirror.take(OrgId(8), named(&[(3, "Site")]), 0);
        let all = ["n/1", "n/2", "n/3"].map(|key| (key.to_owned(), true));
        assert_eq!(written(&mut mirror), all);
        mirror.take(OrgId(7), named(&[(1, "Shop"), (2, "Mail")]), 0);
        assert_eq!(written(&mut mirror), []);
        mirror.take(OrgId(7), named(&[(2, "Post")]), 0);
        let expected = [("n/1".to_owned(), false), ("n/2".to_owned(), true)];
        assert_eq!(written(&mut mirror), expected);
    }

    #[test]
    fn a_restart_knows_what_was_written() {
        let mut mirror = NameMirror::default();
        for labels in [None, Some(Labels::default())] {
            mirror.take(OrgId(7), labelled(&[(1, "Shop")], labels), 0);
        }
        let value = value(&mut mirror);
        assert_eq!(value, r#"{"org":7,"name":"Shop"}"#, "other versions read it");
        let mut next = NameMirror::default();
        let restored = next.restore(MonitorId(1), value.as_bytes());
        assert_eq!(restored, Some((OrgId(7), "Shop".into())));
        assert_eq!(next.owner(MonitorId(1)), Some(OrgId(7)));
        assert_eq!(next.labels(MonitorId(1)), None);
        next.take(OrgId(7), labelled(&[(1, "Shop")], Some(Labels::default())), 5);
        assert_eq!(written(&mut next), [], "they are written the same way");
        assert_eq!(next.labels(MonitorId(1)), Some(&Labels::default()));
    }

    #[test]
    fn labels_are_written_when_they_change_and_a_restart_knows_them() {
        let mut mirror = NameMirror::default();
        let warning = of_severity(Severity::Warning);
        mirror.take(OrgId(7), labelled(&[(1, "Shop")], Some(warning.clone())), 5);
        let before = value(&mut mirror);
        assert_eq!(
            before,
            r#"{"org":7,"name":"Shop","labels":{"severity":"warning"}}"#
        );
        assert_eq!(mirror.labels_version(OrgId(7)), 5);
        let mut next = NameMirror::default();
        assert!(next.restore(MonitorId(1), before.as_bytes()).is_some());
        assert_eq!(next.labels(MonitorId(1)), Some(&warning));
        assert_eq!(next.labels_version(OrgId(7)), 0);
        next.take(OrgId(7), labelled(&[(1, "Shop")], Some(warning)), 5);
        assert_eq!(written(&mut next), []);
        let info = of_severity(Severity::Info);
        let answer = labelled(&[(1, "Shop")], Some(info.clone())).remove(0).1;
        next.take_one(OrgId(7), MonitorId(1), answer);
        assert_eq!(next.labels(MonitorId(1)), Some(&info));
        assert!(value(&mut next).contains(r#""severity":"info""#));
        // Nothing goes by labels any more.
        next.take(OrgId(7), named(&[(1, "Shop")]), 0);
        assert_eq!(next.labels_version(OrgId(7)), 0);
        assert_eq!(value(&mut next), r#"{"org":7,"name":"Shop"}"#);
    }

    #[test]
    fn a_drill_keeps_its_name_until_it_is_forgotten() {
        let mut mirror = NameMirror::default();
        let labels = Labels {
            drill_of: Some(MonitorId(1)),
            ..Labels::default()
        };
        let drill = labelled(&[(-3, "Shop")], Some(labels.clone())).remove(0).1;
        mirror.take_one(OrgId(7), MonitorId(-3), drill);
        let held = value(&mut mirror);
        assert_eq!(held, r#"{"org":7,"name":"Shop","labels":{"drill_of":1}}"#);
        mirror.take(OrgId(7), named(&[]), 0);
        mirror.take(OrgId(7), labelled(&[(1, "Shop")], Some(Labels::default())), 5);
        assert_eq!(written(&mut mirror), [("n/1".to_owned(), true)]);
        assert_eq!(mirror.labels(MonitorId(-3)), Some(&labels));
        let mut next = NameMirror::default();
        assert!(next.restore(MonitorId(-3), held.as_bytes()).is_some());
        assert_eq!(next.labels(MonitorId(-3)), Some(&labels));
        mirror.forget_drill(MonitorId(-3));
        mirror.forget_drill(MonitorId(1));
        assert_eq!(written(&mut mirror), [("n/-3".to_owned(), false)]);
        assert_eq!(mirror.owner(MonitorId(1)), Some(OrgId(7)));
    }

    #[test]
    fn labels_of_another_version_do_not_cost_the_name() {
        let mut mirror = NameMirror::default();
        let written = br#"{"org":7,"name":"Shop","labels":{"severity":"horrible"},"more":1}"#;
        let restored = mirror.restore(MonitorId(1), written);
        assert_eq!(restored, Some((OrgId(7), "Shop".into())));
        assert_eq!(mirror.labels(MonitorId(1)), None);
    }

    #[test]
    fn labels_cost_little_where_many_monitors_have_the_same() {
        assert_eq!(size_of::<(MonitorId, Name)>(), 40, "as the documentation says");
        let mut mirror = NameMirror::default();
        for id in 0..100 {
            let labels = Some(of_severity(Severity::Warning));
            let name = labelled(&[(id, "Shop")], labels).remove(0).1;
            mirror.take_one(OrgId(7), MonitorId(id), name);
        }
        let first = mirror.labels(MonitorId(0)).unwrap();
        assert!((0..100).all(|id| std::ptr::eq(mirror.labels(MonitorId(id)).unwrap(), first)));
    }

    #[test]
    fn many_names_are_written_little_by_little() {
        let mut mirror = NameMirror::default();
        let ids: Vec<_> = (0..WRITTEN_AT_A_TIME as i64 + 1).map(|id| (id, "x")).collect();
        mirror.take(OrgId(7), named(&ids), 0);
        let counts = [(); 3].map(|()| written(&mut mirror).len());
        assert_eq!(counts, [WRITTEN_AT_A_TIME, 1, 0]);
    }
}
