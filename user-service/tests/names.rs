//! What the alerter calls monitors.

use crate::common::UserService;
use domain::internal::{MonitorName, NamesPage, OrgAlerting};
use domain::routing::{Labels, Recipients};
use domain::severity::Severity;
use serde_json::{Value, json};

#[tokio::test]
async fn the_names_of_an_organisation_come_page_by_page() {
    let service = UserService::start().await;
    let (person, other) = (service.register().await, service.register().await);
    let mut monitors = Vec::new();
    for host in ["a", "b", "c"] {
        monitors.push(person.monitor(&format!("https://{host}.example/")).await);
    }
    other.monitor("https://d.example/").await;
    person
        .delete(&format!("/monitors/{}", monitors[1]))
        .await
        .expect(204);
    let page = async |after: i64| -> NamesPage {
        let path = format!("/names?org_id={}&after={after}&limit=1", person.org);
        serde_json::from_value(service.internal(&path).await.expect(200)).unwrap()
    };
    let first = page(0).await;
    let last = page(first.next_after.unwrap().0).await;
    assert_eq!(last.next_after, None);
    let names: Vec<_> = [first.names, last.names].concat();
    let names: Vec<_> = names.iter().map(|(id, name)| (id.0, name.as_str())).collect();
    assert_eq!(names, [(monitors[0], "a.example"), (monitors[2], "c.example")]);
}

#[tokio::test]
async fn a_page_ends_when_it_is_large_and_names_with_labels_are_fewer() {
    let service = UserService::start().await;
    let person = service.register().await;
    let db = service.db().await;
    let insert = "INSERT INTO monitors (org_id, name, spec)
                  SELECT $1, repeat('n', 3000), '{\"kind\": \"tcp\"}' FROM generate_series(1, 1100) RETURNING id";
    let made = db.query(insert, &[&person.org]).await.unwrap();
    let mut made: Vec<i64> = made.iter().map(|row| row.get(0)).collect();
    made.sort_unstable();
    let pages = async || {
        let (mut pages, mut after) = (Vec::new(), Some(0));
        while let Some(last) = after {
            let path = format!("/names?org_id={}&after={last}", person.org);
            let page = service.internal(&path).await.expect(200);
            assert!(page.to_string().len() < 3 * 1024 * 1024);
            let page: NamesPage = serde_json::from_value(page).unwrap();
            after = page.next_after.map(|id| id.0);
            pages.push(page);
        }
        pages
    };
    let ids = |pages: &[NamesPage]| -> Vec<i64> {
        let names = pages.iter().flat_map(|page| &page.names);
        names.map(|(id, _)| id.0).collect()
    };
    let found = pages().await;
    assert_eq!((found.len(), ids(&found)), (2, made.clone()));
    assert!(found[0].names.len() > 600, "{}", found[0].names.len());

    db.batch_execute("UPDATE monitors SET name = 'n', severity = 'info'")
        .await
        .unwrap();
    let found = pages().await;
    assert_eq!((found.len(), found[0].names.len()), (2, 1_000));
    assert_eq!(ids(&found), made);
    for page in &found {
        let labelled: Vec<_> = page.labels.iter().map(|(id, _)| *id).collect();
        let named: Vec<_> = page.names.iter().map(|(id, _)| *id).collect();
        assert_eq!(labelled, named);
    }
}

#[tokio::test]
async fn labels_come_where_something_goes_by_them_and_their_version_changes_with_each() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    let other = service.register().await;
    let others = other.monitor("https://b.example/").await;
    let page = async || -> NamesPage {
        let path = format!("/names?org_id={}", person.org);
        serde_json::from_value(service.internal(&path).await.expect(200)).unwrap()
    };
    let path = format!("/monitors/{id}");
    let tagged = person.patch(&path, json!({"tags": ["eu"]})).await.expect(200);
    assert_eq!(
        (&tagged["severity"], &tagged["recipients"]),
        (&json!("critical"), &Value::Null)
    );
    let nothing = page().await;
    assert_eq!((nothing.labels_version, nothing.labels.len()), (0, 0));

    let mut versions = vec![0];
    for change in [
        json!({"severity": "warning"}),
        json!({"recipients": {"to": "nobody"}}),
        json!({"tags": ["eu", "prod"]}),
        json!({"tags": ["prod"]}),
    ] {
        let revision = person.get(&path).await.expect(200)["revision"].clone();
        let changed = person.patch(&path, change.clone()).await.expect(200);
        assert_eq!(changed["revision"], revision, "{change}");
        let version = page().await.labels_version;
        assert!(!versions.contains(&version), "{change}: {versions:?} {version}");
        versions.push(version);
    }
    // Whatever becomes of others, and whatever nothing goes by.
    other
        .patch(&format!("/monitors/{others}"), json!({"severity": "info"}))
        .await
        .expect(200);
    person
        .patch(&path, json!({"name": "Shop", "interval_seconds": 300}))
        .await
        .expect(200);
    let found = page().await;
    assert_eq!(found.labels_version, versions[4]);
    let tag = person
        .get("/tags")
        .await
        .items()
        .into_iter()
        .find(|tag| tag["name"] == "prod")
        .unwrap();
    let expected = Labels {
        kind: Some("http".to_owned()),
        severity: Severity::Warning,
        tags: vec![domain::TagId(tag["id"].as_i64().unwrap())],
        recipients: Some(Recipients::Nobody),
        ..Labels::default()
    };
    assert_eq!(found.labels, [(domain::MonitorId(id), expected.clone())]);
    let alone = service.internal(&path).await.expect(200);
    let alone: MonitorName = serde_json::from_value(alone).unwrap();
    assert_eq!(alone.labels, Some(expected));
    let alerting = service
        .internal(&format!("/channels?org_id={}", person.org))
        .await
        .expect(200);
    let alerting: OrgAlerting = serde_json::from_value(alerting).unwrap();
    assert_eq!(alerting.policy.labels_version, found.labels_version);
}

#[tokio::test]
async fn labels_come_wherever_alerters_go_by_tags_or_severities() {
    let service = UserService::start().await;
    let person = service.register().await;
    let monitor = person.monitor("https://a.example/").await;
    let (channel, other) = (person.channel().await, service.register().await);
    other.monitor("https://b.example/").await;
    let window = json!({"name": "Move", "repeat": "once", "from": "2099-12-01T22:00:00Z", "until": "2099-12-02T04:00:00Z"});
    person.post("/maintenance-windows", window).await.expect(201);
    let labels = async |org: i64| -> usize {
        let page = service
            .internal(&format!("/names?org_id={org}"))
            .await
            .expect(200);
        let page: NamesPage = serde_json::from_value(page).unwrap();
        assert_eq!(page.labels_version == 0, page.labels.is_empty());
        page.labels.len()
    };
    let db = service.db().await;
    let silence = |conditions: &str, ends: &str| {
        format!(
            "INSERT INTO silences (org_id, reason, conditions, starts_at, ends_at)
             VALUES ({}, 'x', '{conditions}', now() - interval '9 days', now() + interval '{ends}')",
            person.org
        )
    };
    let quiet = "{\"hours\": {\"time_zone\": \"UTC\", \"from\": \"20:00\", \"until\": \"07:00\"}}";
    // A silence of everything, and one that was over long ago, need none.
    for needless in [
        silence("{}", "1 day"),
        silence("{\"kinds\": [\"tcp\"]}", "-8 days -1 hour"),
    ] {
        db.batch_execute(&needless).await.unwrap();
    }
    assert_eq!(labels(person.org).await, 0);
    for (change, back) in [
        (
            silence("{\"kinds\": [\"tcp\"]}", "1 day"),
            "DELETE FROM silences".to_owned(),
        ),
        (
            "UPDATE maintenance_windows SET tags = '{7}'".to_owned(),
            "UPDATE maintenance_windows SET tags = '{}'".to_owned(),
        ),
        (
            format!(
                "UPDATE channels SET alerts = alerts || jsonb_build_object('quiet_hours', '{quiet}'::jsonb)"
            ),
            "UPDATE channels SET alerts = alerts - 'quiet_hours'".to_owned(),
        ),
        (
            format!(
                "INSERT INTO member_quiet_hours (org_id, user_id, quiet_hours) VALUES ({}, {}, '{{}}')",
                person.org, person.user
            ),
            "DELETE FROM member_quiet_hours".to_owned(),
        ),
    ] {
        db.batch_execute(&change).await.unwrap();
        assert_eq!(
            (labels(person.org).await, labels(other.org).await),
            (1, 0),
            "{change}"
        );
        db.batch_execute(&back).await.unwrap();
        assert_eq!(labels(person.org).await, 0, "{back}");
    }
    assert_eq!(service.count("channels").await, 1, "{channel}");

    let path = format!("/monitors/{monitor}");
    let rule = json!({"outages": 3, "within_minutes": 60, "lasting_minutes": 5});
    person.patch(&path, json!({"flapping": rule})).await.expect(200);
    assert_eq!(labels(person.org).await, 1);
    let alone = service.internal(&path).await.expect(200);
    assert_eq!(alone["labels"]["flapping"], rule);
    person.patch(&path, json!({"flapping": null})).await.expect(200);
    assert_eq!(labels(person.org).await, 0);
}

#[tokio::test]
async fn recipients_of_a_monitor_are_channels_and_policies_that_are_there() {
    let service = UserService::start().await;
    let person = service.register().await;
    let channel = person.channel().await;
    let own = json!({"name": "Mine", "kind": "ntfy", "config": {"topic": "t"}});
    let own = person.post("/me/channels", own).await.expect(201)["id"].clone();
    let to = |channels: &[Value]| json!({"to": "channels", "channels": channels});
    for (recipients, field) in [
        (to(std::slice::from_ref(&own)), "recipients.channels.0"),
        (to(&[json!(channel), json!(999_999)]), "recipients.channels.1"),
        (to(&[]), "recipients.channels"),
        (json!({"to": "policy", "policy_id": 1}), "recipients.policy_id"),
    ] {
        let body = json!({"url": "https://a.example/", "recipients": recipients});
        let refused = person.post("/monitors", body).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fields()),
            (422, vec![field]),
            "{recipients}"
        );
    }
    let body = json!({"url": "https://a.example/", "severity": "info", "recipients": to(&[json!(channel)])});
    let monitor = person.post("/monitors", body).await.expect(201);
    let path = format!("/monitors/{}", monitor["id"]);
    // Whom it names may go: it is kept, and copied.
    person.delete(&format!("/channels/{channel}")).await.expect(204);
    let renamed = json!({"name": "Shop", "recipients": monitor["recipients"]});
    person.patch(&path, renamed).await.expect(200);
    let copy = person.post(&format!("{path}/clone"), json!({})).await.expect(201);
    assert_eq!(
        (&copy["severity"], &copy["recipients"]),
        (&json!("info"), &to(&[json!(channel)]))
    );

    let ids = json!([monitor["id"], copy["id"]]);
    let changes = json!({"severity": "warning", "recipients": null, "retries": 2});
    let bulk = json!({"monitors": ids, "action": "edit", "changes": changes});
    let done = person.post("/monitors/bulk", bulk).await.expect(200);
    assert_eq!(done["succeeded"], 2, "{done}");
    let after = person.get(&path).await.expect(200);
    assert_eq!(
        (&after["severity"], &after["recipients"]),
        (&json!("warning"), &Value::Null)
    );
    let log = person
        .get(&format!("/orgs/{}/audit-log", person.org))
        .await
        .items();
    assert_eq!(log[0]["after"]["severity"], "warning", "{}", log[0]);
}
