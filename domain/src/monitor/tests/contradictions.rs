//! Monitors that no target could ever satisfy.

use super::*;

#[test]
fn what_can_never_be_up_is_refused() {
    let long_v6 = "2001:0db8:0000:0000:0000:0000:0000:0001";
    for (json, fields) in [
        (
            serde_json::json!({"kind": "icmp", "url": "icmp://a.example", "timeout_ms": 200, "icmp": {"packets": 3}}),
            vec!["timeout_ms"],
        ),
        (
            serde_json::json!({"kind": "icmp", "url": "icmp://a.example", "timeout_ms": 300, "icmp": {"packets": 3}}),
            vec![],
        ),
        (
            serde_json::json!({"kind": "icmp", "url": "icmp://a.example", "timeout_ms": 200, "icmp": {"packets": 2}}),
            vec![],
        ),
        (
            serde_json::json!({"url": "http://a.example", "http": {
                "method": "HEAD", "contains": "a", "not_contains": "b", "json": {"path": "$.a"}}}),
            vec!["http.contains", "http.not_contains", "http.json"],
        ),
        (
            serde_json::json!({"url": "http://a.example", "http": {"contains": "abc", "not_contains": "b"}}),
            vec!["http.not_contains"],
        ),
        (
            serde_json::json!({"url": "http://a.example", "http": {"expected_headers": {"X-A": "b "}}}),
            vec!["http.expected_headers"],
        ),
        (
            serde_json::json!({"kind": "dns", "url": "dns://a.example", "dns": {"expected": ["a.example"]}}),
            vec!["dns.expected"],
        ),
        (
            serde_json::json!({"kind": "dns", "url": "dns://a.example",
                "dns": {"record_type": "AAAA", "expected": ["192.0.2.1"]}}),
            vec!["dns.expected"],
        ),
        (
            serde_json::json!({"kind": "dns", "url": "dns://a.example",
                "dns": {"record_type": "AAAA", "expected": [long_v6]}}),
            vec![],
        ),
        (
            serde_json::json!({"kind": "dns", "url": "dns://a.example", "dns": {"resolver": "192.0.2.53:0"}}),
            vec!["dns.resolver"],
        ),
        (
            serde_json::json!({"kind": "dns", "url": format!("dns://{}.example", "a".repeat(64))}),
            vec!["url"],
        ),
        (
            serde_json::json!({"url": "http://a.example", "name": "\u{200b}\u{feff}"}),
            vec!["name"],
        ),
    ] {
        let text = json.to_string();
        let errors = input(json).unwrap().validate().err().unwrap_or_default();
        let found: Vec<_> = errors.into_iter().map(|error| error.field).collect();
        assert_eq!(found, fields, "{text}");
    }
}

#[test]
fn what_no_response_fulfils_is_refused() {
    let long = "x".repeat(101);
    for (options, fields) in [
        (
            serde_json::json!({"expected_status": [[100, 199]]}),
            vec!["http.expected_status"],
        ),
        (
            serde_json::json!({"expected_status": [[101, 101], [103, 103]]}),
            vec!["http.expected_status"],
        ),
        (serde_json::json!({"expected_status": [[100, 200]]}), vec![]),
        (
            serde_json::json!({"expected_status": [[204, 204], [304, 304]], "contains": "a", "not_contains": "b",
                               "json": {"path": "$"}}),
            vec!["http.contains", "http.not_contains", "http.json"],
        ),
        (
            serde_json::json!({"expected_status": [[204, 205]], "contains": "a"}),
            vec![],
        ),
        (
            serde_json::json!({"max_body_bytes": 100, "contains": long, "not_contains": format!("{long}y")}),
            vec!["http.contains", "http.not_contains"],
        ),
        // In Windows-1252 a character takes one byte.
        (
            serde_json::json!({"max_body_bytes": 100, "contains": "\u{fc}".repeat(100)}),
            vec![],
        ),
        (
            serde_json::json!({"max_body_bytes": 12, "json": {"path": "$", "equals": {"a": ["b", null]}}}),
            vec!["http.json.equals"],
        ),
        (
            serde_json::json!({"max_body_bytes": 16, "json": {"path": "$", "equals": {"a": ["b", null]}}}),
            vec![],
        ),
        (
            serde_json::json!({"max_body_bytes": 4, "json": {"path": "$", "equals": "100000000000000000000"}}),
            vec![],
        ),
        (
            serde_json::json!({"expected_headers": {"X-A": "b\nc"}}),
            vec!["http.expected_headers"],
        ),
        (serde_json::json!({"ip_family": "v6"}), vec!["http.ip_family"]),
        (serde_json::json!({"ip_family": "v4"}), vec![]),
        (
            serde_json::json!({"tls_warn_days": 7, "max_redirects": 0}),
            vec!["http.tls_warn_days"],
        ),
        (serde_json::json!({"tls_warn_days": 7}), vec![]),
        (
            serde_json::json!({"tls_resumption": true, "max_redirects": 0}),
            vec!["http.tls_resumption"],
        ),
        (
            serde_json::json!({"tls_resumption": false, "max_redirects": 0}),
            vec![],
        ),
        (serde_json::json!({"tls_resumption": true}), vec![]),
    ] {
        let json = serde_json::json!({"url": "http://192.0.2.1/", "http": options});
        let text = json.to_string();
        let errors = input(json).unwrap().validate().err().unwrap_or_default();
        let found: Vec<_> = errors.into_iter().map(|error| error.field).collect();
        assert_eq!(found, fields, "{text}");
    }
}

#[test]
fn an_expected_record_has_the_form_of_its_type() {
    for (record_type, good, bad) in [
        ("MX", "10 mail.example.org.", "mail.example.org"),
        ("NS", "ns.example.org", "10 ns.example.org"),
        ("CNAME", "a.example.org", "a b"),
        ("SRV", "0 5 5060 sip.example.org", "5060 sip.example.org"),
        ("CAA", "0 issue \"letsencrypt.org\"", "issue letsencrypt.org"),
        (
            "SOA",
            "ns.a.example. admin.a.example. 1 2 3 4 5",
            "ns.a.example. admin.a.example.",
        ),
        ("PTR", "a.example", "a b"),
        ("TXT", "10 v=spf1 -all", " "),
    ] {
        let json = |text: &str| {
            serde_json::json!({"kind": "dns", "url": "dns://a.example",
                               "dns": {"record_type": record_type, "expected": [text]}})
        };
        assert!(
            input(json(good)).unwrap().validate().is_ok(),
            "{record_type} {good}"
        );
        assert_eq!(
            fields_of_errors(json(bad)),
            ["dns.expected"],
            "{record_type} {bad}"
        );
    }
    let two = serde_json::json!({"kind": "dns", "url": "dns://a.example",
                                 "dns": {"record_type": "CNAME", "expected": ["b.example", "c.example"]}});
    assert_eq!(fields_of_errors(two), ["dns.expected"]);
}

#[test]
fn what_is_slower_than_the_timeout_cannot_be_degraded() {
    let errors = |input: serde_json::Value| {
        let input: MonitorInput = serde_json::from_value(input).unwrap();
        input.validate().err().unwrap_or_default()
    };
    for slow in [3_000, 3_001, 120_000] {
        let input = serde_json::json!({"url": "https://a.example/", "timeout_ms": 3_000, "slow_ms": slow});
        let errors = errors(input);
        assert_eq!((errors.len(), errors[0].field.as_str()), (1, "slow_ms"), "{slow}");
    }
    let fits = serde_json::json!({"url": "https://a.example/", "timeout_ms": 3_000, "slow_ms": 2_999});
    assert!(errors(fits).is_empty());
    // Also of a timeout that nobody has chosen.
    let default = serde_json::json!({"url": "https://a.example/", "slow_ms": 10_000});
    assert_eq!(errors(default)[0].field, "slow_ms");
}
