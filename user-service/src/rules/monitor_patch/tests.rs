//! What a PATCH makes of a monitor.

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
    let shown = json!({"url": "https://a.example/", "http": {"auth": {"type": "bearer", "token": "***"}}});
    let (replaced, new) = super::replace(&name, &spec, input(shown)).unwrap();
    assert_eq!((&*replaced, new.retries), ("a.example", 1));
    assert_eq!(new.probe, spec.probe);
    let moved = json!({"url": "https://b.example/", "http": {"auth": {"type": "bearer", "token": "***"}}});
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
    let (_, spec) = patched(json!({"kind": "tcp", "url": "tcp://a.example:25", "tcp": {"expect": "220"}}));
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

#[test]
fn what_becomes_a_heartbeat_or_is_none_any_more_leaves_how_it_was_checked() {
    let (name, spec) = monitor(json!({
        "name": "Nightly job", "url": "https://a.example/", "interval_seconds": 300, "retries": 3, "up_after": 2,
        "slow_ms": 300, "down_after": 2
    }));
    let (name, became) = apply(&name, &spec, json!({"kind": "heartbeat"})).unwrap();
    let expected = json!({"kind": "heartbeat", "name": "Nightly job", "down_after": 2});
    assert_eq!((name.clone(), became.clone()), monitor(expected));
    assert_eq!(became.probe.display_url(), "heartbeat://nightly-job");
    let (_, again) = apply(
        &name,
        &became,
        json!({"kind": "http", "url": "https://b.example/"}),
    )
    .unwrap();
    let expected = json!({"name": "Nightly job", "url": "https://b.example/", "down_after": 2});
    assert_eq!(again, monitor(expected).1);
}

#[test]
fn a_schedule_is_replaced_as_a_whole_and_the_rest_stays() {
    let (name, spec) = monitor(json!({
        "kind": "heartbeat", "name": "Job", "heartbeat": {"schedule": {"period_seconds": 60}, "grace_seconds": 120}
    }));
    let cron = json!({"expression": "0 3 * * *", "timezone": "Europe/Berlin"});
    let (_, patched) = apply(&name, &spec, json!({"heartbeat": {"schedule": cron}})).unwrap();
    let expected =
        json!({"kind": "heartbeat", "name": "Job", "heartbeat": {"schedule": cron, "grace_seconds": 120}});
    assert_eq!(patched, monitor(expected).1);
}

#[test]
fn a_copy_of_a_heartbeat_has_a_slug_of_its_own() {
    let (name, spec) = monitor(json!({"kind": "heartbeat", "name": "Job", "url": "heartbeat://nightly"}));
    for (patch, url) in [
        (json!({}), "heartbeat://job-copy"),
        (json!({"name": "Other"}), "heartbeat://other"),
        (json!({"name": "Nightly"}), "heartbeat://nightly-copy"),
        (json!({"url": "heartbeat://nightly"}), "heartbeat://nightly"),
        (
            json!({"kind": "http", "url": "https://a.example/"}),
            "https://a.example/",
        ),
    ] {
        let (_, copied) = copy(&name, &spec, patch.clone()).unwrap();
        assert_eq!(copied.probe.display_url(), url, "{patch}");
        assert!(copied.paused);
    }
}

#[test]
fn a_quorum_goes_with_the_regions_that_decide() {
    let (name, spec) = monitor(json!({
        "url": "https://a.example/", "regions": ["eu", "us", "ap"], "quorum": {"down": "all", "min_regions": 2}
    }));
    for (patch, expected) in [
        (
            json!({"name": "a.example"}),
            json!({"regions": ["ap", "eu", "us"], "quorum": {"down": "all", "min_regions": 2}}),
        ),
        (
            json!({"regions": ["eu", "us"]}),
            json!({"regions": ["eu", "us"], "quorum": {"down": "all", "min_regions": 2}}),
        ),
        (
            json!({"quorum": {"down": 1}}),
            json!({"regions": ["ap", "eu", "us"], "quorum": {"down": 1, "min_regions": 2}}),
        ),
        (json!({"quorum": null}), json!({"regions": ["ap", "eu", "us"]})),
        (json!({"regions": ["us"]}), json!({"regions": ["us"]})),
        (json!({"regions": []}), json!({})),
        (json!({"regions": null}), json!({})),
    ] {
        let mut wanted = json!({"url": "https://a.example/"});
        let fields = wanted.as_object_mut().unwrap();
        fields.extend(expected.as_object().unwrap().clone());
        let patched = apply(&name, &spec, patch.clone()).unwrap();
        assert_eq!(patched, monitor(wanted), "{patch}");
    }
    for (patch, field) in [
        (json!({"regions": ["eu"], "quorum": {"down": 1}}), "quorum"),
        (json!({"quorum": {"down": 3}}), "quorum.min_regions"),
        (json!({"quorum": {"down": "most"}}), "quorum.down"),
        (json!({"quorum": {"up": 1}}), "quorum.up"),
        (json!({"regions": ["eu", 7]}), "regions[1]"),
    ] {
        let wrong = apply(&name, &spec, patch.clone()).unwrap_err();
        assert_eq!(wrong[0].field, field, "{patch}");
    }
    // A heartbeat has neither.
    let (_, waits) = apply(&name, &spec, json!({"kind": "heartbeat"})).unwrap();
    assert_eq!((waits.regions.len(), waits.quorum), (0, None));
}

#[test]
fn a_majority_is_one_of_the_regions_that_there_are() {
    let regions = json!({"url": "https://a.example/", "regions": ["eu", "us", "ap"]});
    let (name, spec) = monitor(regions);
    let more = json!({"regions": ["eu", "us", "ap", "af", "sa"]});
    let (_, patched) = apply(&name, &spec, more).unwrap();
    let quorum = patched.quorum.as_ref().unwrap();
    assert_eq!((quorum.down, quorum.min_regions), (domain::Needed::Regions(3), 3));
    let event = event(Some(&spec), false, &patched);
    assert_eq!(event, Some(LifecycleEvent::Edited));
    // An outage outlasts it.
    assert!(checks_same(Some(&spec), event, &patched));
}
