//! What two definitions differ in. Pure.

use std::collections::BTreeSet;

use api::VersionDifference;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// What is shown in place of a secret.
const PLACEHOLDER: &str = "***";

/// A definition as it is, and as somebody sees it: the same fields, some with other texts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Forms {
    whole: Value,
    shown: Value,
}

impl Forms {
    pub(crate) fn new(whole: &impl Serialize, shown: &impl Serialize) -> Self {
        Self {
            whole: json!(whole),
            shown: json!(shown),
        }
    }

    /// Of a definition of which whoever sees it sees all.
    pub(crate) fn open(definition: &impl Serialize) -> Self {
        Self::new(definition, definition)
    }
}

/// The fields in which a definition differs from the one before, by name.
pub(crate) fn changed_fields(before: &Forms, after: &Forms) -> Vec<String> {
    let fields = names(&before.whole, &after.whole).into_iter();
    let differs = |name: &&str| field(&before.whole, name) != field(&after.whole, name);
    fields.filter(differs).map(str::to_owned).collect()
}

/// In what a definition differs from another one, field by field, without what is not shown.
pub(crate) fn differences(before: &Forms, after: &Forms) -> Vec<VersionDifference> {
    let mut found = Vec::new();
    let (old, new) = (Side::of(before), Side::of(after));
    collect("", old, new, &mut found);
    found
}

/// A value of a definition in both forms.
#[derive(Clone, Copy)]
struct Side<'a> {
    whole: &'a Value,
    shown: &'a Value,
}

impl<'a> Side<'a> {
    fn of(forms: &'a Forms) -> Self {
        Self {
            whole: &forms.whole,
            shown: &forms.shown,
        }
    }

    fn field(self, name: &str) -> Self {
        Self {
            whole: field(self.whole, name),
            shown: field(self.shown, name),
        }
    }

    fn is_masked(self) -> bool {
        self.whole != self.shown
    }

    /// Whether it is not hidden as a whole.
    fn is_seen(self) -> bool {
        !self.is_masked() || self.shown.as_str().is_some_and(|text| text != PLACEHOLDER)
    }
}

fn collect(path: &str, before: Side<'_>, after: Side<'_>, found: &mut Vec<VersionDifference>) {
    if before.whole == after.whole {
        return;
    }
    // What has come or gone as a whole is compared with nothing, field by field: each may be a secret by itself.
    let is_part = |side: Side<'_>| side.whole.is_object() || side.whole.is_null();
    let has_fields = before.whole.is_object() || after.whole.is_object();
    if has_fields && is_part(before) && is_part(after) {
        for name in names(before.whole, after.whole) {
            let path = match path.is_empty() {
                true => name.to_owned(),
                false => format!("{path}.{name}"),
            };
            collect(&path, before.field(name), after.field(name), found);
        }
        return;
    }
    // An address is shown in part: what can be seen of it may say enough.
    let is_seen = before.is_seen() && after.is_seen() && before.shown != after.shown;
    let secret = (before.is_masked() || after.is_masked()) && !is_seen;
    let shown = |side: Side<'_>| match secret {
        true => Value::Null,
        false => side.shown.clone(),
    };
    found.push(VersionDifference {
        field: path.to_owned(),
        before: shown(before),
        after: shown(after),
        secret,
    });
}

/// The names of the fields of either.
fn names<'a>(one: &'a Value, other: &'a Value) -> BTreeSet<&'a str> {
    let fields = |value: &'a Value| value.as_object().into_iter().flat_map(Map::keys);
    fields(one).chain(fields(other)).map(String::as_str).collect()
}

/// A field, null where it is not there.
fn field<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_sees_is_compared_field_by_field() {
        let before = json!({"name": "Night", "tags": ["eu"], "conditions": {"kinds": ["http"], "tags": [1]}});
        let after = json!({"name": "Night", "tags": ["eu", "us"], "conditions": {"kinds": ["tcp"], "tags": [1]}, "rule": "x"});
        let [before, after] = [before, after].map(|definition| Forms::open(&definition));
        assert_eq!(changed_fields(&before, &after), ["conditions", "rule", "tags"]);
        let found = differences(&before, &after);
        let listed: Vec<_> = found
            .iter()
            .map(|one| {
                (
                    one.field.as_str(),
                    one.before.clone(),
                    one.after.clone(),
                    one.secret,
                )
            })
            .collect();
        assert_eq!(
            listed,
            [
                ("conditions.kinds", json!(["http"]), json!(["tcp"]), false),
                ("rule", Value::Null, json!("x"), false),
                ("tags", json!(["eu"]), json!(["eu", "us"]), false),
            ]
        );
        assert!(differences(&after, &after).is_empty());
    }
}
