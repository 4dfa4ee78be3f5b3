//! What a PATCH makes of a monitor. Pure.

use domain::json::from_value;
use domain::monitor::{FieldError, MonitorInput, SENT_ANEW, Spec, parse_url};
use domain::record::LifecycleEvent;
use serde_json::{Value, json};

/// Levels that are merged: the monitor's fields, and those of its kind.
const DEPTH: u8 = 2;

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
        && new_kind.is_some_and(|kind| kind != spec.probe.kind())
    {
        old.remove(spec.probe.kind());
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
    apply(&copy_name(name), &paused, patch)
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
mod tests {
    use super::*;
    use domain::monitor::{HttpMethod, Probe};
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
    fn what_an_earlier_version_accepted_can_be_paused_and_resumed() {
        let (name, mut spec) = monitor(json!({"url": "https://a.example/", "http": {"contains": "ok"}}));
        let Probe::Http(probe) = &mut spec.probe else {
            panic!()
        };
        probe.method = HttpMethod::Head;
        assert!(apply(&name, &spec, json!({"slow_ms": 5})).is_err());
        let (same, paused) = apply(&name, &spec, json!({"paused": true})).unwrap();
        assert_eq!((&same, paused.paused), (&name, true));
        let (_, resumed) = apply(&name, &paused, json!({"paused": false})).unwrap();
        assert_eq!(resumed, spec);
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
            let errors = apply(&name, &spec, patch).unwrap_err();
            assert_eq!(errors[0].field, field);
        }
        assert_eq!(apply(&name, &spec, json!([])).unwrap_err()[0].field, "");
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
    fn a_copy_is_paused_and_keeps_secrets_where_they_are_sent_to() {
        let (name, spec) = monitor(json!({
            "name": "Shop", "url": "https://a.example/", "http": {"auth": {"type": "bearer", "token": "t-1"}}
        }));
        let (copied, paused) = copy(&name, &spec, json!({})).unwrap();
        assert_eq!((&*copied, paused.paused), ("Shop (copy)", true));
        assert_eq!(paused.probe, spec.probe);
        let there = copy(
            &name,
            &spec,
            json!({"url": "https://a.example/cart", "paused": false}),
        );
        assert!(!there.unwrap().1.paused);
        let elsewhere = copy(&name, &spec, json!({"url": "https://b.example/"})).unwrap_err();
        assert_eq!(elsewhere[0].field, "http.auth.token");
        assert_eq!(copy_name(&"x".repeat(120)).chars().count(), 120);
    }

    #[test]
    fn what_replaces_a_monitor_is_whole_but_for_its_secrets() {
        let (name, spec) = monitor(json!({
            "name": "Shop", "url": "https://a.example/", "retries": 3,
            "http": {"auth": {"type": "bearer", "token": "t-1"}}
        }));
        let input = |json: Value| from_value::<MonitorInput>(json).unwrap();
        let shown =
            json!({"url": "https://a.example/", "http": {"auth": {"type": "bearer", "token": "***"}}});
        let (replaced, new) = super::replace(&name, &spec, input(shown)).unwrap();
        assert_eq!((&*replaced, new.retries), ("a.example", 1));
        assert_eq!(new.probe, spec.probe);
        let moved =
            json!({"url": "https://b.example/", "http": {"auth": {"type": "bearer", "token": "***"}}});
        let wrong = super::replace(&name, &spec, input(moved)).unwrap_err();
        assert_eq!(wrong[0].message, SENT_ELSEWHERE);
    }

    #[test]
    fn headers_and_credentials_are_replaced_and_their_secrets_kept() {
        let (name, spec) = monitor(json!({"url": "https://a.example/", "http": {
            "headers": {"X-Api-Key": "k-1", "Accept": "text/html"}, "contains": "ok",
            "expected_headers": {"Server": "x"},
            "auth": {"type": "basic", "username": "u", "password": "p"}
        }}));
        let patch = json!({"http": {
            "headers": {"X-Api-Key": "***", "X-New": "n"},
            "expected_headers": {"Server": null},
            "auth": {"type": "bearer", "token": "t"}
        }});
        let (_, patched) = apply(&name, &spec, patch).unwrap();
        let (_, expected) = monitor(json!({"url": "https://a.example/", "http": {
            "headers": {"X-Api-Key": "k-1", "X-New": "n"}, "contains": "ok",
            "expected_headers": {"Server": null},
            "auth": {"type": "bearer", "token": "t"}
        }}));
        assert_eq!(patched, expected);
    }

    #[test]
    fn a_kept_secret_does_not_follow_to_another_origin() {
        let (name, spec) = monitor(json!({"url": "https://a.example/", "http": {
            "headers": {"X-Api-Key": "k-1", "Accept": "text/html"},
            "auth": {"type": "bearer", "token": "t-1"}
        }}));
        let shown = json!({"type": "bearer", "token": "***"});
        for url in [
            "https://evil.example/",
            "http://a.example/",
            "https://a.example:8443/",
        ] {
            for patch in [
                json!({"url": url}),
                json!({"url": url, "http": {"auth": shown, "headers": {"X-Api-Key": "***"}}}),
            ] {
                let problem = apply(&name, &spec, patch).unwrap_err();
                let fields: Vec<_> = problem.iter().map(|error| error.field.as_str()).collect();
                assert_eq!(fields, ["http.headers", "http.auth.token"], "{url}");
                assert!(problem.iter().all(|error| error.message == SENT_ELSEWHERE));
            }
            let anew = json!({"url": url, "http": {
                "headers": {"X-Api-Key": "k-2"}, "auth": {"type": "bearer", "token": "t-1"}
            }});
            assert!(apply(&name, &spec, anew).is_ok());
            let without = json!({"url": url, "http": {"headers": null, "auth": null}});
            assert!(apply(&name, &spec, without).is_ok());
        }
        for url in ["https://A.example:443/other?x=1", "https://a.example"] {
            let (_, moved) = apply(&name, &spec, json!({"url": url})).unwrap();
            let Probe::Http(probe) = moved.probe else { panic!() };
            assert_eq!(probe.options.headers["X-Api-Key"], "k-1", "{url}");
        }
        let wrong = apply(&name, &spec, json!({"url": "nowhere"})).unwrap_err();
        assert_eq!(wrong[0].field, "url");
        assert_eq!(wrong.len(), 1);
    }

    #[test]
    fn a_new_kind_drops_the_part_of_the_old_one() {
        let (_, spec) =
            patched(json!({"kind": "tcp", "url": "tcp://a.example:25", "tcp": {"expect": "220"}}));
        assert_eq!(spec.probe.kind(), "tcp");
        let (name, spec) = monitor(json!({"url": "https://a.example/"}));
        let mixed = json!({"kind": "icmp", "url": "icmp://a.example", "http": {}});
        assert_eq!(apply(&name, &spec, mixed).unwrap_err()[0].field, "http");
    }

    #[test]
    fn an_event_says_what_the_user_did() {
        let (_, spec) = monitor(json!({"url": "https://a.example/"}));
        let (_, paused) = monitor(json!({"url": "https://a.example/", "paused": true}));
        let (_, other) = monitor(json!({"url": "https://b.example/"}));
        let event = |old: &Spec, new| event(Some(old), old.paused, new);
        assert_eq!(event(&spec, &spec), None);
        assert_eq!(event(&spec, &paused), Some(LifecycleEvent::Paused));
        assert_eq!(event(&paused, &other), Some(LifecycleEvent::Resumed));
        assert_eq!(event(&spec, &other), Some(LifecycleEvent::Edited));
        assert_eq!(super::event(None, false, &spec), Some(LifecycleEvent::Edited));
        assert_eq!(super::event(None, true, &spec), Some(LifecycleEvent::Resumed));
    }

    #[test]
    fn an_expected_null_is_set_kept_and_taken_back() {
        let (name, spec) = monitor(json!({"url": "https://a.example/"}));
        let equals = |spec: &Spec| {
            let Probe::Http(probe) = &spec.probe else { panic!() };
            probe.options.json.clone().and_then(|json| json.equals)
        };
        let set = json!({"http": {"json": {"path": "$.error", "equals": null}}});
        let (name, null) = apply(&name, &spec, set).unwrap();
        assert_eq!(equals(&null), Some(Value::Null));
        let (name, renamed) = apply(&name, &null, json!({"name": "Shop"})).unwrap();
        assert_eq!(renamed, null);
        let back = json!({"http": {"json": {"path": "$.error"}}});
        let (_, back) = apply(&name, &renamed, back).unwrap();
        assert_eq!(equals(&back), None);
    }

    #[test]
    fn what_cannot_be_read_is_replaced_by_a_whole_definition() {
        let url = "https://a.example/";
        let (name, spec) = apply_to_unreadable(
            "Shop",
            Some("http"),
            json!({"url": url, "name": null, "retries": 2}),
        )
        .unwrap();
        assert_eq!(
            (name, spec),
            monitor(json!({"name": "Shop", "url": url, "retries": 2}))
        );
        let secret = json!({"url": url, "http": {"auth": {"type": "bearer", "token": "***"}}});
        for (patch, field) in [
            (json!({"paused": true}), "url"),
            (json!({"url": url, "nope": null}), "nope"),
            (secret, "http.auth.token"),
        ] {
            let problem = apply_to_unreadable("Shop", Some("http"), patch).unwrap_err();
            assert_eq!(problem[0].field, field);
        }
    }
}
