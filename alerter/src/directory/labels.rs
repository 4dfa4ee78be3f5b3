//! What routes go by of monitors, as user-service tells it together with their names. Labels that cannot be read, because
//! another version has written them, are unknown; the name and the owner that come with them are not.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use domain::internal::{MonitorName, NamesPageOf};
use domain::routing::Labels;
use domain::{MonitorId, OrgId};
use serde_json::value::RawValue;
use shared::items::{Items, describe, left_out};

/// Labels that are kept before those are looked for that nobody uses any more.
const FIRST_PRUNE: usize = 64;

/// What a monitor is called, and what routes go by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LabelledName {
    pub(crate) name: Arc<str>,
    /// None where they are not known.
    pub(crate) labels: Option<Arc<Labels>>,
}

/// What an organisation calls its monitors.
#[derive(Debug)]
pub(crate) struct OrgNames {
    pub(crate) org: OrgId,
    pub(crate) names: Vec<(MonitorId, LabelledName)>,
    /// See [`domain::alert_policy::AlertPolicy::labels_version`].
    pub(crate) labels_version: i64,
}

/// Labels, kept once for all the monitors that have the same.
#[derive(Debug, Default)]
pub(crate) struct SharedLabels {
    all: HashSet<Arc<Labels>>,
    prune_at: usize,
}

impl SharedLabels {
    /// Those that are kept and equal these, which are kept from now on if there are none.
    pub(crate) fn share(&mut self, labels: Arc<Labels>) -> Arc<Labels> {
        if let Some(kept) = self.all.get(&labels) {
            return Arc::clone(kept);
        }
        if self.all.len() >= self.prune_at {
            self.all.retain(|kept| Arc::strong_count(kept) > 1);
            self.prune_at = FIRST_PRUNE.max(2 * self.all.len());
        }
        self.all.insert(Arc::clone(&labels));
        labels
    }
}

/// Reads all pages of an organisation's names.
#[derive(Debug)]
pub(super) struct NamesReader {
    read: OrgNames,
    is_first: bool,
    shared: SharedLabels,
}

impl NamesReader {
    pub(super) fn new(org: OrgId) -> Self {
        Self {
            read: OrgNames {
                org,
                names: Vec::new(),
                labels_version: 0,
            },
            is_first: true,
            shared: SharedLabels::default(),
        }
    }

    /// How many names were read.
    pub(super) fn len(&self) -> usize {
        self.read.names.len()
    }

    /// Reads a page; answers after which monitor the next one begins.
    pub(super) fn read(&mut self, json: &[u8]) -> Result<Option<MonitorId>, serde_json::Error> {
        let page: NamesPageOf<Items<'_>, Items<'_>> = serde_json::from_slice(json)?;
        // What changes between two pages has another version than the first one.
        if std::mem::take(&mut self.is_first) {
            self.read.labels_version = page.labels_version;
        }
        let labels = page.labels.read::<(MonitorId, Labels)>("labels").into_iter();
        let mut labels: HashMap<_, _> = labels
            .map(|(id, labels)| (id, self.shared.share(Arc::new(labels))))
            .collect();
        let names = page.names.read::<(MonitorId, String)>("name").into_iter();
        self.read.names.extend(names.map(|(id, name)| {
            let labels = labels.remove(&id);
            let name = name.into();
            (id, LabelledName { name, labels })
        }));
        Ok(page.next_after)
    }

    pub(super) fn finish(self) -> OrgNames {
        self.read
    }
}

/// Reads what user-service says of a monitor; without its labels, when only these cannot be read.
pub(super) fn read_name(json: &[u8]) -> Result<MonitorName, serde_json::Error> {
    let error = match serde_json::from_slice(json) {
        Ok(name) => return Ok(name),
        Err(error) => error,
    };
    let mut fields: BTreeMap<String, &RawValue> = serde_json::from_slice(json)?;
    if fields.remove("labels").is_none() {
        return Err(error);
    }
    let name: MonitorName = serde_json::from_slice(&serde_json::to_vec(&fields)?)?;
    left_out("labels", Some(name.id.0), &describe(&error));
    Ok(name)
}

#[cfg(test)]
mod tests {
    use domain::Severity;
    use serde_json::json;

    use super::*;

    fn labels(kind: &str) -> Arc<Labels> {
        Arc::new(Labels {
            kind: Some(kind.to_owned()),
            ..Labels::default()
        })
    }

    #[test]
    fn labels_that_cannot_be_read_spoil_neither_the_others_nor_a_name() {
        let mut reader = NamesReader::new(OrgId(7));
        let first = json!({
            "names": [[1, "Shop"], [2, "Mail"], [3, null], [4, "Site"]],
            "labels": [[1, {"kind": "http"}], [2, {"severity": "horrible"}], [4, {"kind": "http", "new": 1}]],
            "labels_version": 5,
            "next_after": 4,
        });
        let next = reader.read(first.to_string().as_bytes()).unwrap();
        assert_eq!(next, Some(MonitorId(4)));
        let last =
            json!({"names": [[5, "Post"]], "labels": [[9, {}]], "labels_version": 6, "next_after": null});
        assert_eq!(reader.read(last.to_string().as_bytes()).unwrap(), None);
        let read = reader.finish();
        let kinds = read.names.iter().map(|(id, it)| {
            let kind = it.labels.as_ref().map(|labels| labels.kind.as_deref());
            (id.0, &*it.name, kind)
        });
        let http = Some(Some("http"));
        let expected = [
            (1, "Shop", http),
            (2, "Mail", None),
            (4, "Site", http),
            (5, "Post", None),
        ];
        assert_eq!(kinds.collect::<Vec<_>>(), expected);
        assert_eq!(read.labels_version, 5);
        let at = |index: usize| read.names[index].1.labels.as_ref().unwrap();
        assert!(Arc::ptr_eq(at(0), at(2)), "equal labels are kept once");
    }

    #[test]
    fn a_page_of_a_version_without_labels_is_understood() {
        let mut reader = NamesReader::new(OrgId(7));
        let page = br#"{"names":[[42,"Shop"]],"next_after":42}"#;
        assert_eq!(reader.read(page).unwrap(), Some(MonitorId(42)));
        let read = reader.finish();
        assert_eq!((read.labels_version, read.names.len()), (0, 1));
        assert_eq!(read.names[0].1.labels, None);
    }

    #[test]
    fn a_monitor_has_its_owner_also_when_its_labels_cannot_be_read() {
        let answer = |labels: serde_json::Value| {
            let json = json!({"id": 1, "org_id": 7, "name": "Shop", "url": "", "labels": labels});
            read_name(json.to_string().as_bytes())
        };
        let warning = answer(json!({"severity": "warning"})).unwrap().labels.unwrap();
        assert_eq!(warning.severity, Severity::Warning);
        for unreadable in [
            json!({"severity": "horrible"}),
            json!({"recipients": {"to": "moon"}}),
            json!(5),
        ] {
            let name = answer(unreadable).unwrap();
            assert_eq!((name.org_id, name.labels), (OrgId(7), None));
        }
        assert!(read_name(br#"{"id":1,"labels":{}}"#).is_err());
        assert!(read_name(br#"{"id":1,"org_id":7,"name":null,"url":""}"#).is_err());
    }

    #[test]
    fn labels_that_nobody_has_any_more_are_dropped() {
        let mut shared = SharedLabels::default();
        let kept = shared.share(labels("http"));
        for number in 0..10 * FIRST_PRUNE {
            let _ = shared.share(labels(&number.to_string()));
        }
        assert!(shared.all.len() <= FIRST_PRUNE + 1, "{}", shared.all.len());
        assert!(Arc::ptr_eq(&kept, &shared.share(labels("http"))));
    }
}
