//! What is chosen of the requests of a webhook.

use super::*;

const URL: &str = "https://a.example/h";

fn full() -> Value {
    json!({
        "url": URL,
        "method": "PUT",
        "headers": [{"name": "X-Api-Key", "value": "hunter2"}, {"name": "Accept", "value": "text/html; q=0.5"}],
        "content_type": "text/plain",
        "body": "{{text}}"
    })
}

fn made(given: Value) -> Config {
    edited(Kind::Webhook, given, None).unwrap().config
}

/// The errors of a new webhook with these fields.
fn errors(given: Value) -> Vec<(String, String)> {
    let mut fields = json!({"url": URL});
    for (name, value) in given.as_object().unwrap() {
        fields[name] = value.clone();
    }
    let errors = edited(Kind::Webhook, fields, None).err().unwrap_or_default();
    errors
        .into_iter()
        .map(|error| (error.field, error.message))
        .collect()
}

fn named(given: Value) -> Vec<String> {
    errors(given).into_iter().map(|(field, _)| field).collect()
}

#[test]
fn what_was_stored_before_is_read_and_written_as_it_was() {
    let stored = format!(r#"{{"url":"{URL}","secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}}"#);
    let config = Kind::Webhook.read(stored.as_bytes()).unwrap();
    assert_eq!(serde_json::to_string(&config).unwrap(), stored);
    let new = serde_json::to_vec(&made(full())).unwrap();
    assert_eq!(Kind::Webhook.read(&new).unwrap().kind(), Kind::Webhook);
}

#[test]
fn values_of_headers_are_never_shown_and_the_body_not_to_viewers() {
    let config = made(full());
    let hidden = json!([{"name": "X-Api-Key", "value": "***"}, {"name": "Accept", "value": "***"}]);
    let shown = config.show();
    assert_eq!(
        (&shown["headers"], &shown["body"], &shown["method"]),
        (&hidden, &json!("{{text}}"), &json!("PUT"))
    );
    assert_eq!(config.show_new()["headers"], hidden);
    let to_viewers = config.show_to_viewers();
    assert_eq!(
        (&to_viewers["headers"], &to_viewers["body"]),
        (&hidden, &json!("***"))
    );
}

#[test]
fn values_stay_by_their_names_when_others_change() {
    let config = made(full());
    assert_eq!(
        edited(Kind::Webhook, config.show(), Some(&config))
            .unwrap()
            .config,
        config
    );
    let headers = json!([
        {"name": "X-New", "value": "n-1"},
        {"name": "x-api-key", "value": "***"}
    ]);
    let change = json!({"headers": headers});
    let changed = edited(Kind::Webhook, change, Some(&config)).unwrap();
    let headers = as_webhook(&changed).headers.as_ref().unwrap();
    let pairs: Vec<_> = headers
        .iter()
        .map(|header| (header.name.as_str(), header.value.as_str()))
        .collect();
    assert_eq!(pairs, [("X-New", "n-1"), ("x-api-key", "hunter2")]);

    let unknown = json!({"headers": [{"name": "X-Other", "value": "***"}]});
    let refused = edited(Kind::Webhook, unknown, Some(&config)).unwrap_err();
    assert_eq!(refused[0].field, "config.headers.0.value");

    for none in [Value::Null, json!([])] {
        let given = json!({"headers": none, "method": null, "content_type": null, "body": null});
        let removed = edited(Kind::Webhook, given, Some(&config)).unwrap();
        assert_eq!(
            removed.config.show(),
            json!({"url": URL, "secret": "***"}),
            "as one that never had them"
        );
    }
}

#[test]
fn values_do_not_follow_to_another_receiver() {
    let config = made(full());
    let moved = |headers: Option<Value>| {
        let mut given = json!({"url": "https://b.example/h", "secret": null});
        if let Some(headers) = headers {
            given["headers"] = headers;
        }
        edited(Kind::Webhook, given, Some(&config))
    };
    let kept = json!([{"name": "X-Api-Key", "value": "***"}, {"name": "Accept", "value": "***"}]);
    for headers in [None, Some(kept)] {
        let refused = moved(headers).unwrap_err();
        let fields: Vec<_> = refused.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["config.headers.0.value", "config.headers.1.value"]);
    }
    let one = json!([{"name": "Accept", "value": "text/html"}, {"name": "X-Api-Key", "value": "***"}]);
    let refused = moved(Some(one)).unwrap_err();
    assert_eq!(
        (refused.len(), refused[0].field.as_str()),
        (1, "config.headers.1.value")
    );
    let again = moved(Some(json!([{"name": "X-Api-Key", "value": "k-2"}]))).unwrap();
    assert_eq!(as_webhook(&again).headers.as_ref().unwrap()[0].value, "k-2");
    assert_eq!(as_webhook(&moved(Some(Value::Null)).unwrap()).headers, None);
    let path = json!({"url": "https://a.example/other"});
    let stays = edited(Kind::Webhook, path, Some(&config)).unwrap();
    assert_eq!(as_webhook(&stays).headers.as_ref().unwrap()[0].value, "hunter2");
}

#[test]
fn headers_are_those_of_http_that_are_not_ours() {
    let header = |name: &str, value: &str| named(json!({"headers": [{"name": name, "value": value}]}));
    let none: [&str; 0] = [];
    assert_eq!(header("X-Api-Key", "a \"b\" \\ ~"), none);
    for name in [
        "",
        "X Y",
        "X:",
        "é",
        "Host",
        "content-length",
        "Transfer-Encoding",
        "Connection",
        "TE",
        "Content-Type",
        "webhook-id",
        "Webhook-Signature",
        "Webhook-Timestamp",
    ] {
        assert_eq!(header(name, "x"), ["config.headers.0.name"], "{name}");
    }
    for value in ["", " x", "x\t", "x\r\nY: z", "é", "***"] {
        assert_eq!(header("X-A", value), ["config.headers.0.value"], "{value:?}");
    }
    let twice = json!({"headers": [{"name": "X-A", "value": "1"}, {"name": "x-a", "value": "2"}]});
    assert_eq!(named(twice), ["config.headers.1.name"]);
    let many: Vec<_> = (0..21)
        .map(|index| json!({"name": format!("X-{index}"), "value": "1"}))
        .collect();
    assert_eq!(named(json!({"headers": many[..20]})), none);
    assert_eq!(named(json!({"headers": many})), ["config.headers"]);
    let long = json!({"headers": [{"name": "X-A", "value": "x".repeat(8_190)}]});
    assert_eq!(named(long), ["config.headers"]);
    for odd in [
        json!("X-A: 1"),
        json!([1]),
        json!([{"name": "X-A", "valeu": "1"}]),
    ] {
        let named = named(json!({"headers": odd}));
        assert!(
            named.len() == 1 && named[0].starts_with("config.headers"),
            "{odd}: {named:?}"
        );
    }
}

#[test]
fn a_body_has_to_be_a_template_of_its_content_type() {
    for (given, field, message) in [
        (
            json!({"body": "{\"a\": \"{{monitor}}\"}"}),
            "config.body",
            "has the unknown placeholder {{monitor}} (line 1, column 8)",
        ),
        (
            json!({"body": "a={{text}}"}),
            "config.body",
            "must be JSON: expected value (line 1, column 1)",
        ),
        (
            json!({"content_type": "application/x-www-form-urlencoded", "body": "a={{text}}\n"}),
            "config.body",
            "must be one line, as in title={{text}}&id={{incident_id}} (line 1, column 11)",
        ),
        (
            json!({"content_type": "text/plain"}),
            "config.content_type",
            "must be application/json unless there is a body",
        ),
    ] {
        let expected = vec![(field.to_owned(), message.to_owned())];
        assert_eq!(errors(given.clone()), expected, "{given}");
    }
    assert_eq!(named(json!({"body": ""})), ["config.body"]);
    assert_eq!(named(json!({"method": "GET"})), ["config.method"]);
    assert_eq!(
        named(json!({"content_type": "text/html", "body": "x"})),
        ["config.content_type"]
    );
    let form = json!({"content_type": "application/x-www-form-urlencoded", "body": "a={{text}}"});
    assert!(errors(form).is_empty());
}

#[test]
fn what_status_pages_are_posted_to_has_none_of_it() {
    let given = json!({"url": URL, "method": "PUT"});
    let Value::Object(given) = given else { panic!() };
    let refused = crate::channel::DestinationKind::Webhook.edit(given, None, &POLICY);
    assert_eq!(refused.unwrap_err()[0].field, "config.method");
}
