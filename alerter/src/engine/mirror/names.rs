//! The names of a partition's monitors.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use domain::{MonitorId, OrgId};
use serde::{Deserialize, Serialize};

use crate::state_log::{Write, name_key};

/// Names that are kept of one partition. Monitors beyond it are called by their addresses while user-service
/// is away.
const MAX_NAMES: usize = 50_000;

/// Names that are written in one turn, so that alerts do not wait for them.
const WRITTEN_AT_A_TIME: usize = 250;

/// A monitor's name.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    org: OrgId,
    name: Arc<str>,
}

/// What `alert-state` holds of it.
#[derive(Debug, Serialize, Deserialize)]
struct Written<'a> {
    org: OrgId,
    #[serde(borrow)]
    name: Cow<'a, str>,
}

/// The names as they were written, and those that are to be.
#[derive(Debug, Default)]
pub(in crate::engine) struct NameMirror {
    names: HashMap<MonitorId, Name>,
    changed: VecDeque<MonitorId>,
}

impl Name {
    fn write(&self) -> Option<Vec<u8>> {
        let written = Written {
            org: self.org,
            name: Cow::Borrowed(&self.name),
        };
        serde_json::to_vec(&written).ok()
    }
}

impl NameMirror {
    /// Takes what was written before; answers the name, and whose monitor it is.
    pub(in crate::engine) fn restore(
        &mut self,
        monitor: MonitorId,
        value: &[u8],
    ) -> Option<(OrgId, Arc<str>)> {
        let written: Written<'_> = serde_json::from_slice(value).ok()?;
        let name = Name {
            org: written.org,
            name: written.name.into(),
        };
        let restored = (name.org, Arc::clone(&name.name));
        self.names.insert(monitor, name);
        Some(restored)
    }

    /// Whose monitor it is, as user-service answered.
    pub(in crate::engine) fn owner(&self, monitor: MonitorId) -> Option<OrgId> {
        self.names.get(&monitor).map(|name| name.org)
    }

    /// Takes all names of an organisation's monitors in this partition.
    pub(in crate::engine) fn take(&mut self, org: OrgId, latest: Vec<(MonitorId, Arc<str>)>) {
        let there: HashSet<MonitorId> = latest.iter().map(|(id, _)| *id).collect();
        let changed = &mut self.changed;
        self.names.retain(|id, name| {
            let goes = name.org == org && !there.contains(id);
            if goes {
                changed.push_back(*id);
            }
            !goes
        });
        for (id, name) in latest {
            let name = Name { org, name };
            let has_room = self.names.len() < MAX_NAMES;
            match self.names.entry(id) {
                Entry::Occupied(known) if *known.get() == name => continue,
                Entry::Occupied(mut known) => {
                    known.insert(name);
                }
                Entry::Vacant(new) if has_room => {
                    new.insert(name);
                }
                Entry::Vacant(_) => continue,
            }
            self.changed.push_back(id);
        }
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
    use super::*;

    fn named(names: &[(i64, &str)]) -> Vec<(MonitorId, Arc<str>)> {
        let names = names.iter();
        names.map(|&(id, name)| (MonitorId(id), name.into())).collect()
    }

    /// The keys that are written, and whether each has a value.
    fn written(mirror: &mut NameMirror) -> Vec<(String, bool)> {
        let writes = mirror.writes(0).map(|write| match write {
            Write::State { key, value, .. } => (key, value.is_some()),
            Write::Event { .. } => unreachable!("no event"),
        });
        let mut written: Vec<_> = writes.collect();
        written.sort();
        written
    }

    #[test]
    fn what_changed_is_written_once() {
        let mut mirror = NameMirror::default();
        mirror.take(OrgId(7), named(&[(1, "Shop"), (2, "Mail")]));
        mirror.take(OrgId(8), named(&[(3, "Site")]));
        let all = ["n/1", "n/2", "n/3"].map(|key| (key.to_owned(), true));
        assert_eq!(written(&mut mirror), all);
        mirror.take(OrgId(7), named(&[(1, "Shop"), (2, "Mail")]));
        assert_eq!(written(&mut mirror), []);
        mirror.take(OrgId(7), named(&[(2, "Post")]));
        let expected = [("n/1".to_owned(), false), ("n/2".to_owned(), true)];
        assert_eq!(written(&mut mirror), expected);
    }

    #[test]
    fn a_restart_knows_what_was_written() {
        let mut mirror = NameMirror::default();
        mirror.take(OrgId(7), named(&[(1, "Shop")]));
        let Some(Write::State {
            value: Some(value), ..
        }) = mirror.writes(0).next()
        else {
            unreachable!("it is written")
        };
        assert_eq!(value, br#"{"org":7,"name":"Shop"}"#, "other versions read it");
        let mut next = NameMirror::default();
        let restored = next.restore(MonitorId(1), &value);
        assert_eq!(restored, Some((OrgId(7), "Shop".into())));
        assert_eq!(next.owner(MonitorId(1)), Some(OrgId(7)));
        next.take(OrgId(7), named(&[(1, "Shop")]));
        assert_eq!(written(&mut next), []);
    }

    #[test]
    fn many_names_are_written_little_by_little() {
        let mut mirror = NameMirror::default();
        let names = (0..WRITTEN_AT_A_TIME as i64 + 1).map(|id| (MonitorId(id), Arc::from("x")));
        mirror.take(OrgId(7), names.collect());
        let counts = [(); 3].map(|()| written(&mut mirror).len());
        assert_eq!(counts, [WRITTEN_AT_A_TIME, 1, 0]);
    }
}
