use api::VersionDifference;
use serde_json::{Value, json};

use super::*;
use crate::rules::version_differences::{Forms, changed_fields, differences};

fn input(fields: Value) -> MonitorInput {
    let input: MonitorInput = serde_json::from_value(fields).unwrap();
    input.validate().unwrap().into()
}

fn editors(fields: Value) -> Forms {
    let input = input(fields);
    Forms::new(&input, &input.clone().shown())
}

fn viewers(fields: Value) -> Forms {
    let input = input(fields);
    Forms::new(&input, &input.clone().shown_to_viewers())
}

fn difference(field: &str, before: Value, after: Value) -> VersionDifference {
    VersionDifference {
        field: field.to_owned(),
        before,
        after,
        secret: false,
    }
}

fn secret(field: &str) -> VersionDifference {
    VersionDifference {
        secret: true,
        ..difference(field, Value::Null, Value::Null)
    }
}

#[test]
fn what_is_the_same_differs_in_nothing() {
    let one = editors(json!({"url": "https://a.example/", "http": {"headers": {"Cookie": "a=b"}}}));
    assert!(differences(&one, &one).is_empty());
    assert!(changed_fields(&one, &one).is_empty());
}

#[test]
fn each_field_is_named_with_what_it_was_and_is() {
    let before = editors(json!({"name": "Shop", "url": "https://a.example/", "http": {
        "expected_status": [[200, 299]], "headers": {"Accept": "text/html", "X-Old": "1"}, "contains": "welcome"
    }}));
    let after = editors(
        json!({"name": "Shop", "url": "https://a.example/", "interval_seconds": 30, "paused": true,
            "slow_ms": 500, "http": {"expected_status": [[200, 399]], "headers": {"Accept": "*/*", "X-New": "2"}}
        }),
    );
    let expected = [
        difference("http.contains", json!("welcome"), Value::Null),
        difference("http.expected_status", json!([[200, 299]]), json!([[200, 399]])),
        difference("http.headers.Accept", json!("text/html"), json!("*/*")),
        difference("http.headers.X-New", Value::Null, json!("2")),
        difference("http.headers.X-Old", json!("1"), Value::Null),
        difference("interval_seconds", json!(60), json!(30)),
        difference("paused", json!(false), json!(true)),
        difference("slow_ms", Value::Null, json!(500)),
    ];
    assert_eq!(differences(&before, &after), expected);
    let changed = changed_fields(&before, &after);
    assert_eq!(changed, ["http", "interval_seconds", "paused", "slow_ms"]);
    // Backwards it is the same the other way round.
    let back: Vec<_> = differences(&after, &before)
        .into_iter()
        .map(|found| difference(&found.field, found.after, found.before))
        .collect();
    assert_eq!(back, expected);
}

#[test]
fn of_a_secret_only_is_shown_that_it_differs() {
    let with = |auth: Value, key: &str| {
        editors(json!({"url": "https://a.example/", "http": {"auth": auth, "headers": {"X-Api-Key": key}}}))
    };
    let before = with(json!({"type": "bearer", "token": "hunter1"}), "hunter2");
    let after = with(json!({"type": "bearer", "token": "hunter3"}), "hunter4");
    let expected = [secret("http.auth.token"), secret("http.headers.X-Api-Key")];
    assert_eq!(differences(&before, &after), expected);
    // Also where it comes or goes, and where another kind of credential follows.
    let none = editors(json!({"url": "https://a.example/"}));
    let came = differences(&none, &after);
    let expected = [
        secret("http.auth.token"),
        difference("http.auth.type", Value::Null, json!("bearer")),
        secret("http.headers.X-Api-Key"),
    ];
    assert_eq!(came, expected);
    let basic = with(
        json!({"type": "basic", "username": "ada", "password": "hunter5"}),
        "hunter2",
    );
    let expected = [
        secret("http.auth.password"),
        secret("http.auth.token"),
        difference("http.auth.type", json!("bearer"), json!("basic")),
        difference("http.auth.username", Value::Null, json!("ada")),
    ];
    assert_eq!(differences(&before, &basic), expected);
    for found in [came, differences(&before, &basic), differences(&after, &none)] {
        assert!(!json!(found).to_string().contains("hunter"));
    }
}

#[test]
fn viewers_see_that_something_differs_which_is_not_shown_to_them() {
    let of = |body: &str, tenant: &str, query: &str| {
        viewers(
            json!({"url": format!("https://a.example/shop?api_key={query}"), "http": {
                "method": "POST", "body": body, "headers": {"X-Tenant": tenant}, "contains": "welcome"
            }}),
        )
    };
    let (before, after) = (
        of("hunter1", "hunter2", "hunter3"),
        of("hunter4", "hunter5", "hunter6"),
    );
    let expected = [
        secret("http.body"),
        secret("http.headers.X-Tenant"),
        secret("url"),
    ];
    assert_eq!(differences(&before, &after), expected);
    assert_eq!(changed_fields(&before, &after), ["http", "url"]);
}

#[test]
fn an_address_is_compared_by_what_can_be_seen_of_it() {
    let of = |url: &str| viewers(json!({"url": url}));
    let (before, after) = (
        of("https://a.example/x?api_key=hunter1"),
        of("https://a.example/y?api_key=hunter2"),
    );
    let expected = difference(
        "url",
        json!("https://a.example/x?api_key=***"),
        json!("https://a.example/y?api_key=***"),
    );
    let found = differences(&before, &after);
    assert_eq!(found.iter().find(|found| found.field == "url"), Some(&expected));
}

#[test]
fn another_kind_is_compared_field_by_field() {
    let http = editors(json!({"name": "Shop", "url": "https://a.example/", "http": {
        "auth": {"type": "bearer", "token": "hunter1"}
    }}));
    let tcp = editors(
        json!({"name": "Shop", "kind": "tcp", "url": "tcp://a.example:25", "tcp": {"expect": "220"}}),
    );
    let found = differences(&http, &tcp);
    assert!(found.contains(&secret("http.auth.token")), "{found:?}");
    assert!(found.contains(&difference("kind", json!("http"), json!("tcp"))));
    assert!(found.contains(&difference("tcp.expect", Value::Null, json!("220"))));
    assert_eq!(changed_fields(&http, &tcp), ["http", "kind", "tcp", "url"]);
}

#[test]
fn an_earlier_definition_has_to_be_one_that_could_be_saved_now() {
    let now = Timestamp::from_millis(1_800_000_000_000);
    let regions = Regions::parse("eu,us").unwrap();
    let (name, spec) = input(json!({"name": "Shop", "url": "https://a.example/", "retries": 2}))
        .validate()
        .unwrap();
    let (other_name, other) = input(json!({"name": "Other", "url": "https://b.example/"}))
        .validate()
        .unwrap();
    let back = restored(
        (other_name.as_str(), Some(&other)),
        (name.as_str(), &spec),
        &regions,
        now,
    );
    assert_eq!(back, Ok((name.clone(), spec.clone())));
    assert_eq!(
        restored((other_name.as_str(), None), (name.as_str(), &spec), &regions, now),
        Ok((name.clone(), spec.clone()))
    );

    // What an earlier release has accepted.
    let invalid = Spec {
        retries: 9,
        ..spec.clone()
    };
    let refused = restored(
        (other_name.as_str(), Some(&other)),
        (name.as_str(), &invalid),
        &regions,
        now,
    )
    .unwrap_err();
    assert_eq!(refused[0].field, "retries");
    let paused = Spec {
        paused: true,
        ..invalid.clone()
    };
    let back = restored(
        (name.as_str(), Some(&paused)),
        (name.as_str(), &invalid),
        &regions,
        now,
    );
    assert_eq!(back, Ok((name, invalid)));
}

#[test]
fn a_region_that_there_is_not_any_more_is_refused_where_the_definition_has_it() {
    let now = Timestamp::from_millis(1_800_000_000_000);
    let of = |fields: Value| input(fields).validate().unwrap();
    let (name, kept) = of(json!({"url": "https://a.example/", "regions": ["us", "ap", "eu"]}));
    let (_, present) = of(json!({"url": "https://a.example/", "regions": ["us", "eu"]}));
    let restored_with = |names: &str, old: &Spec| {
        let regions = Regions::parse(names).unwrap();
        restored((name.as_str(), Some(old)), (name.as_str(), &kept), &regions, now)
    };
    let gone = restored_with("eu,us", &present).unwrap_err();
    assert_eq!(gone.len(), 1);
    assert_eq!(gone[0].field, "regions.0");
    assert_eq!(
        restored_with("eu,us,ap", &present),
        Ok((name.clone(), kept.clone()))
    );
    // Who has them keeps them.
    let slower = Spec {
        interval_ms: 300_000,
        ..kept.clone()
    };
    assert!(restored_with("eu,us", &slower).is_ok());
}
