//! What two definitions of a monitor differ in, and what becomes of a monitor that gets back an earlier one. Pure.

use std::collections::BTreeSet;

use api::VersionDifference;
use domain::monitor::{FieldError, MonitorInput, Spec};
use domain::{Regions, Timestamp};
use serde_json::{Map, Value, json};

use super::{heartbeat, monitor_regions};

/// What is shown in place of a secret.
const PLACEHOLDER: &str = "***";

/// A definition as it is, and as somebody sees it: the same fields, some with other texts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Forms {
    whole: Value,
    shown: Value,
}

impl Forms {
    pub(crate) fn new(whole: &MonitorInput, shown: &MonitorInput) -> Self {
        Self {
            whole: json!(whole),
            shown: json!(shown),
        }
    }
}

/// The fields of a monitor in which a definition differs from the one before, by name.
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

/// Whether a definition is that of before, or differs from it in whether it is paused and in nothing else.
pub(crate) fn is_same_but_paused(
    (old_name, old): (&str, Option<&Spec>),
    (name, spec): (&str, &Spec),
) -> bool {
    let is_same = |old: &Spec| {
        let paused = old.paused;
        *old == Spec {
            paused,
            ..spec.clone()
        }
    };
    old_name == name && old.is_some_and(is_same)
}

/// The name and the specification of a monitor that gets back an earlier definition, which has to be one that could be saved
/// now.
///
/// # Errors
/// Every field that is not valid any more.
pub(crate) fn restored(
    (old_name, old): (&str, Option<&Spec>),
    (name, spec): (&str, &Spec),
    regions: &Regions,
    now: Timestamp,
) -> Result<(String, Spec), Vec<FieldError>> {
    // As with a PATCH: what an earlier release has accepted may be paused and resumed as it is.
    if is_same_but_paused((old_name, old), (name, spec)) {
        return Ok((name.to_owned(), spec.clone()));
    }
    let input = MonitorInput::from((name.to_owned(), spec.clone()));
    let definition = heartbeat::dated(input.validate(), old, now);
    monitor_regions::known(definition, regions, None, old)
}

#[cfg(test)]
mod tests;
