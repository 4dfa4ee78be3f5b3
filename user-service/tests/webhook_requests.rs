//! What is chosen of the requests of webhooks: who sees it, where it may go, and what is refused.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::OrgId;
use domain::channel::WebhookConfig;
use domain::internal::{ChannelsPage, SealedChannel};
use serde_json::{Value, json};

use crate::common::{Person, UserService, keyring};

const BODY: &str = r#"{"token": "hunter3", "title": "{{text}}"}"#;

async fn stored(service: &UserService, person: &Person<'_>) -> WebhookConfig {
    let page = service
        .internal(&format!("/channels?org_id={}", person.org))
        .await;
    let page: ChannelsPage = serde_json::from_value(page.expect(200)).unwrap();
    let sealed = STANDARD.decode(&page.channels[0].sealed_config).unwrap();
    let context = SealedChannel::seal_context(OrgId(person.org));
    serde_json::from_slice(&keyring().open(&context, &sealed).unwrap()).unwrap()
}

fn full() -> Value {
    json!({
        "url": "https://a.example/hook",
        "method": "PUT",
        "headers": [{"name": "X-Api-Key", "value": "hunter2"}],
        "body": BODY
    })
}

#[tokio::test]
async fn values_of_headers_are_kept_and_never_shown() {
    let service = UserService::start().await;
    let person = service.register().await;
    let body = json!({"name": "Ops", "kind": "webhook", "config": full()});
    let channel = person.post("/channels", body).await.expect(201);
    let path = format!("/channels/{}", channel["id"]);
    let hidden = json!([{"name": "X-Api-Key", "value": "***"}]);
    assert_eq!(channel["config"]["headers"], hidden);
    assert_eq!(channel["config"]["body"], BODY);

    let viewer = person.as_role("viewer");
    for seen in [
        viewer.get(&path).await.expect(200),
        viewer.get("/channels").await.items().remove(0),
    ] {
        assert_eq!(
            (&seen["config"]["headers"], &seen["config"]["body"]),
            (&hidden, &json!("***"))
        );
        assert!(!seen.to_string().contains("hunter"), "{seen}");
    }

    let config = json!({"headers": [{"name": "x-api-key", "value": "***"}, {"name": "X-Tenant", "value": "tenant-9"}]});
    person.patch(&path, json!({"config": config})).await.expect(200);
    let now = stored(&service, &person).await;
    let headers = now.headers.unwrap();
    let pairs: Vec<_> = headers
        .iter()
        .map(|header| (header.name.as_str(), header.value.as_str()))
        .collect();
    assert_eq!(pairs, [("x-api-key", "hunter2"), ("X-Tenant", "tenant-9")]);
    assert_eq!(now.body.as_deref(), Some(BODY));

    let other = json!({"body": BODY.replace("hunter3", "hunter4")});
    person.patch(&path, json!({"config": other})).await.expect(200);
    let path = format!("/orgs/{}/audit-log?resource=channel", person.org);
    let log = person.get(&path).await.expect(200);
    let events = log["items"].as_array().unwrap();
    let log = log.to_string();
    assert!(!log.contains("hunter") && !log.contains("tenant-9"), "{log}");
    // It is seen that what is hidden has changed, and what has not.
    let changed = |event: &Value, pointer: &str| {
        let [before, after] = ["before", "after"].map(|form| event[form]["config"].pointer(pointer).cloned());
        let is_marked = |form: &Value| form.as_str().is_some_and(|form| form.starts_with("*** (digest "));
        assert!(before.iter().chain(&after).all(is_marked), "{event}");
        before != after
    };
    assert!(changed(&events[0], "/body") && !changed(&events[1], "/body"));
    assert!(!changed(&events[0], "/headers/0/value") && !changed(&events[1], "/headers/0/value"));
    assert!(changed(&events[1], "/headers/1/value"), "there is another one");
}

#[tokio::test]
async fn values_of_headers_stay_with_their_receiver() {
    let service = UserService::start().await;
    let person = service.register().await;
    let body = json!({"name": "Ops", "kind": "webhook", "config": full()});
    let channel = person.post("/channels", body).await.expect(201);
    let path = format!("/channels/{}", channel["id"]);
    let elsewhere = json!({"config": {"url": "https://b.example/hook", "secret": null}});
    let refused = person.patch(&path, elsewhere).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fields()),
        (422, vec!["config.headers.0.value"])
    );
    let now = stored(&service, &person).await;
    assert_eq!(now.url, "https://a.example/hook", "nothing has changed");
    let without = json!({"config": {"url": "https://b.example/hook", "secret": null, "headers": null}});
    person.patch(&path, without).await.expect(200);
    assert_eq!(stored(&service, &person).await.headers, None);
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_with_its_field_and_place() {
    let service = UserService::start().await;
    let person = service.register().await;
    for (change, field, part) in [
        (
            json!({"body": "{\n  \"a\": \"{{mointor_name}}\"\n}"}),
            "config.body",
            "{{mointor_name}} (line 2, column 9)",
        ),
        (
            json!({"body": "{\"a\": {{text}}}"}),
            "config.body",
            "within quotation marks (line 1, column 7)",
        ),
        (json!({"body": "{{text"}), "config.body", "(line 1, column 1)"),
        (json!({"body": "x".repeat(16_385)}), "config.body", "16384"),
        (
            json!({"headers": [{"name": "Host", "value": "b.example"}]}),
            "config.headers.0.name",
            "must not be",
        ),
        (json!({"method": "DELETE"}), "config.method", "DELETE"),
    ] {
        let mut config = full();
        for (name, value) in change.as_object().unwrap() {
            config[name] = value.clone();
        }
        let body = json!({"name": "Ops", "kind": "webhook", "config": config});
        let refused = person.post("/channels", body).await;
        assert_eq!(refused.status, 422, "{change}: {}", refused.body);
        assert_eq!(refused.fields(), [field], "{change}");
        let message = refused.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(part), "{change}: {message}");
    }
    assert_eq!(service.count("channels").await, 0);
}

/// A webhook whose template has so many bytes, of which JSON escapes none.
fn sized(bytes: usize) -> Value {
    let config =
        json!({"url": "https://a.example/hook", "content_type": "text/plain", "body": "x".repeat(bytes)});
    json!({"name": "Ops", "kind": "webhook", "config": config})
}

#[tokio::test]
async fn configurations_have_a_size() {
    let service = UserService::start().await;
    let person = service.register().await;
    let refused = person.post("/me/channels", sized(9_000)).await;
    assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec!["config"]));
    let own = person.post("/me/channels", sized(7_000)).await.expect(201);
    let path = format!("/me/channels/{}", own["id"]);
    let larger = json!({"config": {"body": "x".repeat(9_000)}});
    assert_eq!(person.patch(&path, larger).await.fields(), ["config"]);
    // Each takes two bytes.
    let mut escaped = sized(1);
    escaped["config"]["body"] = json!("\n".repeat(16_384));
    person.post("/channels", escaped.clone()).await.expect(422);
    escaped["config"]["body"] = json!("\n".repeat(15_000));
    let large = person.post("/channels", escaped).await.expect(201);

    // All together, whatever they are and whosever.
    let fill = |bytes: usize| {
        format!(
            "INSERT INTO channels (org_id, name, kind, config, enabled, alerts)
             SELECT {}, 'full', 'webhook', decode(repeat('00', {bytes}), 'hex'), true, '{{}}'",
            person.org
        )
    };
    let db = service.db().await;
    db.execute(&fill(1_024 * 1_024 - 40_000), &[]).await.unwrap();
    let refused = person.post("/channels", sized(7_000)).await;
    assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec!["config"]));
    let refused = person.post("/me/channels", sized(7_000)).await;
    assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec!["config"]));
    assert_eq!(service.count("channels").await, 3);
    // What is there already can be changed, but not grow.
    db.execute(&fill(40_000), &[]).await.unwrap();
    let path = format!("/channels/{}", large["id"]);
    person.patch(&path, json!({"enabled": false})).await.expect(200);
    let larger = json!({"config": {"body": "\n".repeat(15_001)}});
    assert_eq!(person.patch(&path, larger).await.fields(), ["config"]);
}
