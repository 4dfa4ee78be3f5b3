use super::*;

mod contradictions;

fn input(json: serde_json::Value) -> Result<MonitorInput, serde_json::Error> {
    serde_json::from_value(json)
}

fn fields_of_errors(json: serde_json::Value) -> Vec<String> {
    let errors = input(json).unwrap().validate().unwrap_err();
    errors.into_iter().map(|error| error.field).collect()
}

#[test]
fn a_url_is_enough() {
    let (name, spec) = input(serde_json::json!({"url": "https://example.org"}))
        .unwrap()
        .validate()
        .unwrap();
    assert_eq!(name, "example.org");
    assert_eq!(
        (spec.interval_ms, spec.timeout_ms, spec.retries),
        (60_000, 10_000, 1)
    );
}

#[test]
fn the_shortest_interval_gets_a_timeout_that_fits() {
    let json = serde_json::json!({"url": "https://example.org", "interval_seconds": 10});
    let (_, spec) = input(json).unwrap().validate().unwrap();
    assert_eq!(spec.timeout_ms, 4_300);
    assert!(spec.deadline_ms() < 10_000);
}

#[test]
fn every_invalid_field_is_named() {
    let json = serde_json::json!({
        "url": "gopher://x", "interval_seconds": 9, "retries": 6, "down_after": 0, "kind": "smtp",
        "http": {"expected_status": [[300, 200]]}, "name": "a\u{7}b", "timeout_ms": 5, "slow_ms": 0
    });
    let mut fields = fields_of_errors(json);
    fields.sort();
    let expected = [
        "down_after",
        "http.expected_status",
        "interval_seconds",
        "kind",
        "name",
        "retries",
        "slow_ms",
        "timeout_ms",
        "url",
    ];
    assert_eq!(fields, expected);
}

#[test]
fn failing_slots_are_counted_among_more_of_them_and_for_a_day_at_most() {
    let with = |rule: serde_json::Value| {
        let mut json = serde_json::json!({"url": "https://a.example/", "down_after": 3});
        json.as_object_mut()
            .unwrap()
            .extend(rule.as_object().unwrap().clone());
        json
    };
    for rule in [
        serde_json::json!({"down_of": 4}),
        serde_json::json!({"down_of": 60, "down_for_seconds": 86_400}),
        serde_json::json!({"down_for_seconds": 0}),
    ] {
        let (name, spec) = input(with(rule)).unwrap().validate().unwrap();
        let shown = MonitorInput::from((name.clone(), spec.clone()));
        assert_eq!(shown.validate().unwrap(), (name, spec));
    }
    for (rule, field) in [
        (serde_json::json!({"down_of": 3}), "down_of"),
        (serde_json::json!({"down_of": 61}), "down_of"),
        (serde_json::json!({"down_after": 60, "down_of": 60}), "down_of"),
        (
            serde_json::json!({"down_for_seconds": 86_401}),
            "down_for_seconds",
        ),
    ] {
        assert_eq!(fields_of_errors(with(rule.clone())), [field], "{rule}");
    }
    let (_, spec) = input(with(serde_json::json!({}))).unwrap().validate().unwrap();
    let shown = serde_json::to_value(MonitorInput::from((String::new(), spec))).unwrap();
    assert!(shown.get("down_of").is_none() && shown.get("down_for_seconds").is_none());
}

#[test]
fn a_deadline_as_long_as_the_interval_is_refused() {
    let json = |timeout: u32| {
        serde_json::json!({"url": "http://a.example", "interval_seconds": 10, "timeout_ms": timeout,
                           "retries": 0})
    };
    assert_eq!(fields_of_errors(json(10_000)), ["timeout_ms"]);
    assert!(input(json(9_999)).unwrap().validate().is_ok());
}

#[test]
fn unknown_fields_are_refused() {
    assert!(input(serde_json::json!({"url": "http://a.example", "intervall": 10})).is_err());
    assert!(input(serde_json::json!({"url": "http://a.example", "http": {"x": 1}})).is_err());
}

#[test]
fn fields_and_specification_are_inverse() {
    let json = serde_json::json!({"url": "http://a.example/x", "slow_ms": 300, "paused": true});
    let first = input(json).unwrap().validate().unwrap();
    let again = MonitorInput::from(first.clone()).validate().unwrap();
    assert_eq!(first, again);
}

#[test]
fn every_kind_survives_being_stored_and_shown() {
    for json in [
        serde_json::json!({"kind": "tcp", "url": "tcp://db.example:5432", "tcp": {"expect": "SSH-"}}),
        serde_json::json!({"kind": "tls", "url": "tls://[2001:db8::1]", "tls": {"warn_days": 30}}),
        serde_json::json!({"kind": "dns", "url": "dns://a.example",
                           "dns": {"record_type": "MX", "expected": ["10 mail.a.example."],
                                   "resolver": "[2001:db8::53]:5353"}}),
        serde_json::json!({"kind": "icmp", "url": "icmp://192.0.2.1", "icmp": {"packets": 5}}),
        serde_json::json!({"url": "https://a.example/", "upside_down": true, "http": {
            "method": "POST", "headers": {"X-A": "b"}, "body": "{}", "max_redirects": 5,
            "auth": {"type": "bearer", "token": "t"}, "contains": "ok", "not_contains": "error",
            "json": {"path": "$.status", "equals": "ok"}, "max_body_bytes": 1000,
            "expected_headers": {"Server": null, "X-B": "c"}, "ip_family": "v4", "verify_tls": false,
            "tls_warn_days": 7, "tls_resumption": true}}),
    ] {
        let first = input(json).unwrap().validate().unwrap();
        let stored: Spec = serde_json::from_str(&serde_json::to_string(&first.1).unwrap()).unwrap();
        assert_eq!(stored, first.1);
        let again = MonitorInput::from(first.clone()).validate().unwrap();
        assert_eq!(first, again);
        let url = MonitorInput::from(first.clone()).url;
        assert_eq!(Some(first.1.probe.display_url()), url);
    }
}

#[test]
fn every_invalid_part_is_named() {
    for (json, field) in [
        (
            serde_json::json!({"kind": "tcp", "url": "tcp://a.example"}),
            "url",
        ),
        (
            serde_json::json!({"kind": "tcp", "url": "http://a.example"}),
            "url",
        ),
        (
            serde_json::json!({"kind": "icmp", "url": "icmp://a.example:7"}),
            "url",
        ),
        (
            serde_json::json!({"kind": "dns", "url": "dns://192.0.2.1"}),
            "url",
        ),
        (
            serde_json::json!({"kind": "icmp", "url": "icmp://a.example", "http": {}}),
            "http",
        ),
        (
            serde_json::json!({"kind": "icmp", "url": "icmp://a.example", "icmp": {"packets": 11}}),
            "icmp.packets",
        ),
        (
            serde_json::json!({"url": "http://a.example", "http": {"headers": {"Host": "b"}}}),
            "http.headers",
        ),
        (
            serde_json::json!({"url": "http://a.example", "http": {"headers": {"X": "a\r\nY: b"}}}),
            "http.headers",
        ),
        (
            serde_json::json!({"url": "http://a.example", "http": {"body": "x"}}),
            "http.body",
        ),
        (
            serde_json::json!({"url": "http://a.example", "http": {"json": {"path": "status"}}}),
            "http.json.path",
        ),
        (
            serde_json::json!({"url": "http://a.example", "http": {"json": {"path": "$[0,0][0,0]"}}}),
            "http.json.path",
        ),
        (
            serde_json::json!({"url": "http://a.example", "http": {"json": {"path": "$..*..*..*"}}}),
            "http.json.path",
        ),
        (
            serde_json::json!({"url": "http://a.example", "http": {"max_redirects": 21}}),
            "http.max_redirects",
        ),
        (
            serde_json::json!({"url": "http://a.example",
                            "http": {"auth": {"type": "basic", "username": "a:b", "password": "c"}}}),
            "http.auth.username",
        ),
    ] {
        assert_eq!(fields_of_errors(json.clone()), [field], "{json}");
    }
}

#[test]
fn null_is_a_value_to_expect_and_a_value_left_out_is_none() {
    let assertion = |json: serde_json::Value| {
        let json = serde_json::json!({"url": "https://a.example/", "http": {"json": json}});
        let (name, spec) = input(json).unwrap().validate().unwrap();
        // As it is stored, and as it is sent in a definition.
        let stored: Spec = serde_json::from_str(&serde_json::to_string(&spec).unwrap()).unwrap();
        let stored: Spec = serde_json::from_value(serde_json::to_value(stored).unwrap()).unwrap();
        assert_eq!(stored, spec);
        let again = MonitorInput::from((name, stored)).shown();
        let text = serde_json::to_string(&again).unwrap();
        let again: MonitorInput = serde_json::from_str(&text).unwrap();
        again.http.unwrap().json.unwrap().equals
    };
    let null = serde_json::json!({"path": "$.error", "equals": null});
    assert_eq!(assertion(null), Some(serde_json::Value::Null));
    assert_eq!(assertion(serde_json::json!({"path": "$.error"})), None);
}

#[test]
fn an_expected_value_is_nested_sixteen_levels_at_most() {
    let json = |levels: usize| {
        let equals = (0..levels).fold(serde_json::json!("x"), |inner, _| serde_json::json!([inner]));
        serde_json::json!({"url": "https://a.example/", "http": {"json": {"path": "$", "equals": equals}}})
    };
    assert!(input(json(16)).unwrap().validate().is_ok());
    assert_eq!(fields_of_errors(json(17)), ["http.json.equals"]);
}

#[test]
fn what_was_stored_before_there_were_options_keeps_its_meaning() {
    let stored = serde_json::json!({
        "interval_ms": 60_000, "timeout_ms": 10_000, "retries": 1, "retry_delay_ms": 1_000,
        "rule": {"down_after": 1, "up_after": 1, "slow_ms": null}, "paused": false,
        "kind": "http", "url": "https://example.org/", "method": "GET", "expected_status": [[200, 399]]
    });
    let spec: Spec = serde_json::from_value(stored).unwrap();
    let expected = input(serde_json::json!({"url": "https://example.org/", "http": {"max_redirects": 0}}));
    assert_eq!(spec, expected.unwrap().validate().unwrap().1);
}
