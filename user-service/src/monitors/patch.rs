//! What a PATCH makes of a monitor. Pure.

use domain::monitor::{MonitorInput, Spec};
use domain::record::LifecycleEvent;
use serde_json::Value;
use shared::problem::{Problem, from_value};

/// The name and the specification after `patch`, a JSON merge patch (RFC 7396): a field that is null gets
/// its default.
///
/// # Errors
/// 400 for what is no object, 422 for every field that is not valid or not known.
pub(super) fn apply(name: &str, spec: &Spec, patch: Value) -> Result<(String, Spec), Problem> {
    // Read by itself first: merging would drop an unknown field that is null.
    from_value::<MonitorInput>(patch.clone())?;
    let current = MonitorInput::from((name.to_owned(), spec.clone()));
    let mut merged = serde_json::to_value(&current).map_err(Problem::internal)?;
    merge(&mut merged, patch);
    let mut input = from_value::<MonitorInput>(merged)?;
    input.keep_secrets(&current);
    input.validate().map_err(Problem::invalid)
}

fn merge(target: &mut Value, patch: Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (name, value) in patch {
                if value.is_null() {
                    target.remove(&name);
                } else {
                    merge(target.entry(name).or_insert(Value::Null), value);
                }
            }
        }
        (target, patch) => *target = patch,
    }
}

/// What a user did who changed `old` to `new`; nothing when they are equal. A change that also pauses or
/// resumes counts as that.
pub(super) fn event(old: &Spec, new: &Spec) -> Option<LifecycleEvent> {
    match (old.paused, new.paused) {
        (false, true) => Some(LifecycleEvent::Paused),
        (true, false) => Some(LifecycleEvent::Resumed),
        _ if old != new => Some(LifecycleEvent::Edited),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn monitor(json: Value) -> (String, Spec) {
        from_value::<MonitorInput>(json).unwrap().validate().unwrap()
    }

    fn patched(patch: Value) -> (String, Spec) {
        let (name, spec) = monitor(json!({
            "name": "Shop", "url": "https://a.example/", "slow_ms": 300, "retries": 3,
            "http": {"method": "HEAD", "expected_status": [[200, 299]]}
        }));
        apply(&name, &spec, patch).unwrap()
    }

    #[test]
    fn what_is_left_out_stays_and_null_resets() {
        let (name, spec) = patched(json!({"url": "https://b.example/", "http": {"method": "GET"}}));
        let expected = json!({
            "name": "Shop", "url": "https://b.example/", "slow_ms": 300, "retries": 3,
            "http": {"method": "GET", "expected_status": [[200, 299]]}
        });
        assert_eq!((name, spec), monitor(expected));

        let (name, spec) = patched(json!({"name": null, "slow_ms": null, "retries": null, "http": null}));
        assert_eq!((name, spec), monitor(json!({"url": "https://a.example/"})));
    }

    #[test]
    fn unknown_fields_are_named_even_when_they_are_null() {
        let (name, spec) = monitor(json!({"url": "https://a.example/"}));
        for (patch, field) in [
            (json!({"intervall": null}), "intervall"),
            (json!({"http": {"verb": null}}), "http.verb"),
            (json!({"url": null}), "url"),
            (json!({"interval_seconds": 5}), "interval_seconds"),
        ] {
            let problem = apply(&name, &spec, patch).unwrap_err();
            assert_eq!(problem.errors()[0].field, field);
        }
        assert_eq!(apply(&name, &spec, json!([])).unwrap_err().status(), 400);
    }

    #[test]
    fn a_secret_that_is_sent_back_as_it_was_shown_stays() {
        let (name, spec) = monitor(json!({
            "url": "https://a.example/", "http": {"auth": {"type": "bearer", "token": "t-1"}}
        }));
        let shown = json!({"name": "Shop", "http": {"auth": {"type": "bearer", "token": "***"}}});
        let (_, patched) = apply(&name, &spec, shown).unwrap();
        assert_eq!(patched, spec);
    }

    #[test]
    fn an_event_says_what_the_user_did() {
        let (_, spec) = monitor(json!({"url": "https://a.example/"}));
        let (_, paused) = monitor(json!({"url": "https://a.example/", "paused": true}));
        let (_, other) = monitor(json!({"url": "https://b.example/"}));
        assert_eq!(event(&spec, &spec), None);
        assert_eq!(event(&spec, &paused), Some(LifecycleEvent::Paused));
        assert_eq!(event(&paused, &other), Some(LifecycleEvent::Resumed));
        assert_eq!(event(&spec, &other), Some(LifecycleEvent::Edited));
    }
}
