//! What a PATCH makes of a monitor. Pure.

use domain::json::from_value;
use domain::monitor::{FieldError, HEARTBEAT, MonitorInput, Probe, SENT_ANEW, Spec, parse_url};
use domain::record::LifecycleEvent;
use serde_json::{Value, json};

use super::{heartbeat, monitor_regions};

/// Levels that are merged: the monitor's fields, and those of its kind.
const DEPTH: u8 = 2;

/// What a heartbeat has not, and what of its fields means nothing to other kinds.
const OF_SENDING: [&str; 11] = [
    "url",
    "interval_seconds",
    "timeout_ms",
    "retries",
    "retry_delay_ms",
    "down_of",
    "down_for_seconds",
    "up_after",
    "slow_ms",
    "regions",
    "quorum",
];

/// What is wrong with a secret that is kept while the monitor moves.
const SENT_ELSEWHERE: &str = "must be entered again: the monitor is checked at another scheme, host or port, and the saved value stays behind";

/// The longest name, in characters.
const MAX_NAME_CHARS: usize = 120;

/// What the name of a copy ends in.
const COPY: &str = " (copy)";

/// What is wrong with a change of a monitor that cannot be read.
const UNREADABLE_NEEDS_ALL: &str =
    "is required: what is stored of the monitor cannot be read, so its definition has to be sent as a whole";

/// The name and the specification after `patch`: what is left out stays, and a field that is null gets its
/// default. That also holds for the fields in the part of a kind; what they hold is replaced as a whole, so
/// that a header can go and one credential can follow another. A new kind drops the part of the old one.
///
/// # Errors
/// Every field that is not valid or not known.
pub(crate) fn apply(name: &str, spec: &Spec, patch: Value) -> Result<(String, Spec), Vec<FieldError>> {
    // Read by itself first: merging would drop an unknown field that is null.
    read(patch.clone())?;
    // What an earlier version has accepted may be paused and resumed as it is.
    if let Some(paused) = only_paused(&patch) {
        let spec = Spec {
            paused,
            ..spec.clone()
        };
        return Ok((name.to_owned(), spec));
    }
    let current = MonitorInput::from((name.to_owned(), spec.clone()));
    // A secret that is left out comes back as it is shown, as if the caller had sent that.
    let mut merged = json!(current.clone().shown());
    let new_kind = patch.get("kind").and_then(Value::as_str);
    if let Some(old) = merged.as_object_mut()
        && let Some(new_kind) = new_kind.filter(|kind| *kind != spec.probe.kind())
    {
        old.remove(spec.probe.kind());
        // What waits has no address to send to, and not when and how.
        if [spec.probe.kind(), new_kind].contains(&HEARTBEAT) {
            OF_SENDING.iter().for_each(|field| drop(old.remove(*field)));
        }
    }
    // The quorum goes with the regions that decide, unless it is said what is to decide.
    if let Some(old) = merged.as_object_mut()
        && monitor_regions::leaves_no_quorum(&patch)
    {
        old.remove("quorum");
    }
    merge(&mut merged, patch, DEPTH);
    keeping_secrets(&current, read(merged)?)
}

/// The name and the specification that `input` makes in the place of a monitor's: what is left out gets its default,
/// and `***` stands for the secret that is there.
///
/// # Errors
/// Every field that is not valid.
pub(crate) fn replace(
    name: &str,
    spec: &Spec,
    input: MonitorInput,
) -> Result<(String, Spec), Vec<FieldError>> {
    keeping_secrets(&MonitorInput::from((name.to_owned(), spec.clone())), input)
}

/// The name and the specification of a copy, which is paused unless `patch` says otherwise, after `patch`.
///
/// # Errors
/// As those of [`apply`].
pub(crate) fn copy(name: &str, spec: &Spec, patch: Value) -> Result<(String, Spec), Vec<FieldError>> {
    let paused = Spec {
        paused: true,
        ..spec.clone()
    };
    let name = copy_name(name);
    apply(&name, &paused, with_own_slug(&name, spec, patch))
}

/// The change by which a copy of a heartbeat is pinged by a slug of its own.
fn with_own_slug(name: &str, spec: &Spec, mut patch: Value) -> Value {
    let Probe::Heartbeat(original) = &spec.probe else {
        return patch;
    };
    if let Some(fields) = patch.as_object_mut()
        && fields.get("kind").is_none_or(|kind| kind == HEARTBEAT)
        && !fields.contains_key("url")
    {
        let name = fields.get("name").and_then(Value::as_str).unwrap_or(name);
        let url = heartbeat::url_of_copy(name, &original.slug);
        fields.insert("url".to_owned(), url.into());
    }
    patch
}

/// What a copy of the monitor of this name is called.
pub(crate) fn copy_name(name: &str) -> String {
    let kept = name.chars().take(MAX_NAME_CHARS - COPY.len());
    let kept: String = kept.collect();
    format!("{}{COPY}", kept.trim_end())
}

fn keeping_secrets(
    current: &MonitorInput,
    mut input: MonitorInput,
) -> Result<(String, Spec), Vec<FieldError>> {
    // Whoever may edit must not have a secret sent to a host of their own: there it has to be given anew.
    if !moves(current, &input) {
        input.keep_secrets(current);
        return input.validate();
    }
    input.validate().map_err(|mut errors| {
        let kept = errors.iter_mut().filter(|error| error.message == SENT_ANEW);
        kept.for_each(|error| SENT_ELSEWHERE.clone_into(&mut error.message));
        errors
    })
}

fn only_paused(patch: &Value) -> Option<bool> {
    let fields = patch.as_object().filter(|fields| fields.len() == 1)?;
    fields.get("paused")?.as_bool()
}

fn read(value: Value) -> Result<MonitorInput, Vec<FieldError>> {
    from_value(value).map_err(|error| vec![error])
}

/// Whether `new` is checked at another scheme, host or port than `old`.
fn moves(old: &MonitorInput, new: &MonitorInput) -> bool {
    let origin = |input: &MonitorInput| {
        let url = parse_url(input.url.as_deref()?).ok()?;
        Some(url.origin())
    };
    match (origin(old), origin(new)) {
        (Some(old), Some(new)) => old != new,
        // It is of another kind, or refused.
        _ => false,
    }
}

fn merge(target: &mut Value, patch: Value, depth: u8) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) if depth > 0 => {
            for (name, value) in patch {
                if value.is_null() {
                    target.remove(&name);
                } else {
                    merge(target.entry(name).or_insert(Value::Null), value, depth - 1);
                }
            }
        }
        (target, patch) => *target = patch,
    }
}

/// The name and the specification of a monitor of which only the name, and at most the kind, can be read: `patch` has to hold all of the
/// definition. A secret that it only stands for is refused.
///
/// # Errors
/// As those of [`apply`].
pub(crate) fn apply_to_unreadable(
    name: &str,
    stored_kind: Option<&str>,
    patch: Value,
) -> Result<(String, Spec), Vec<FieldError>> {
    let mut input = read(patch)?;
    if input.url.is_none() {
        return Err(vec![FieldError::new("url", UNREADABLE_NEEDS_ALL)]);
    }
    // Or whoever sends back what was shown makes another kind of it, without a word of that.
    if stored_kind.is_none() && input.kind.is_none() {
        return Err(vec![FieldError::new("kind", UNREADABLE_NEEDS_ALL)]);
    }
    input.name.get_or_insert_with(|| name.to_owned());
    input.validate()
}

/// What a user did who changed `old`, which was paused or not, to `new`; nothing when they are equal. A change that
/// also pauses or resumes counts as that. What cannot be read is equal to nothing.
pub(crate) fn event(old: Option<&Spec>, was_paused: bool, new: &Spec) -> Option<LifecycleEvent> {
    match (was_paused, new.paused) {
        (false, true) => Some(LifecycleEvent::Paused),
        (true, false) => Some(LifecycleEvent::Resumed),
        _ if old != Some(new) => Some(LifecycleEvent::Edited),
        _ => None,
    }
}

/// Whether `event`, by which a user changed `old` to `new`, leaves alone what is checked: an outage outlasts it. Who
/// pauses or resumes has checks start over.
pub(crate) fn checks_same(old: Option<&Spec>, event: Option<LifecycleEvent>, new: &Spec) -> bool {
    match event {
        None => true,
        Some(LifecycleEvent::Edited) => old.is_some_and(|old| old.checks_same(new)),
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests;
