//! Subscribers as who manages the page sees them.

use serde_json::json;
use testkit::FakeSmtp;

use crate::common::post::verified;
use crate::common::subscribing::{Page, add_confirmed, all_told, named, with_pages};
use crate::common::{Stores, UserService};

const CONFIRM: &str = "Confirm your subscription to \"Acme\"";

async fn service() -> (FakeSmtp, UserService) {
    let smtp = FakeSmtp::start().await;
    let service = with_pages(Stores::new().await, &smtp).await;
    (smtp, service)
}

#[tokio::test]
async fn subscribers_are_listed_searched_and_removed() {
    let (smtp, service) = service().await;
    let ada = verified(&service).await;
    let page = Page::new(&ada).await;
    add_confirmed(&service, page.id, "reader-", 120).await;
    page.sign_up(&service, "Eve@example.org", Some(&page.components[..1]))
        .await
        .expect(202);
    all_told(&service).await;
    let path = format!("/status-pages/{}/subscribers", page.id);
    let (mut seen, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let next = cursor
            .map(|cursor| format!("&cursor={cursor}"))
            .unwrap_or_default();
        let listed = ada.get(&format!("{path}?limit=50{next}")).await.expect(200);
        assert_eq!(
            listed["counts"],
            json!({"pending": 1, "confirmed": 120, "unsubscribed": 0})
        );
        seen.extend(listed["items"].as_array().unwrap().clone());
        match listed["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    let mut ids: Vec<&str> = seen.iter().map(|one| one["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((seen.len(), ids.len()), (121, 121));
    assert_eq!(seen[0]["address"], "Eve@example.org");
    assert_eq!(seen[0]["components"], json!(page.components[..1]));
    assert_eq!(
        ada.get(&format!("{path}?search=READER-7")).await.items().len(),
        11
    );
    assert_eq!(ada.get(&format!("{path}?state=pending")).await.items().len(), 1);
    assert_eq!(ada.get(&format!("{path}?state=nope")).await.status, 400);

    let one = format!("{path}/{}", ids[0]);
    let (eve, joe) = (verified(&service).await, ada.as_role("editor"));
    assert_eq!(joe.get(&path).await.status, 403);
    for refused in [eve.get(&path).await, eve.delete(&one).await] {
        assert_eq!(refused.status, 404);
    }
    ada.delete(&one).await.expect(204);
    ada.delete(&one).await.expect(404);
    let counts = ada.get(&path).await.expect(200)["counts"].clone();
    assert_eq!(
        counts["confirmed"].as_i64().unwrap() + counts["pending"].as_i64().unwrap(),
        120
    );
    drop(smtp);
}

#[tokio::test]
async fn addresses_that_are_added_are_asked_and_the_audit_log_does_not_name_them() {
    let (smtp, service) = service().await;
    let ada = verified(&service).await;
    let page = Page::new(&ada).await;
    // An organisation of today may ask few, as many as there are below.
    add_confirmed(&service, page.id, "known-", 1).await;
    let path = format!("/status-pages/{}/subscribers", page.id);
    let addresses = [
        "new-1@example.org",
        "NEW-1@example.org",
        "new-2@example.org",
        "known-1@example.org",
    ];
    let body = json!({"addresses": addresses, "components": page.components[1..]});
    let added = ada.post(&path, body).await.expect(202);
    assert_eq!(added, json!({"asked": 2, "unchanged": 1}));
    all_told(&service).await;
    let mut to: Vec<String> = named(&smtp, CONFIRM).into_iter().map(|(_, to)| to).collect();
    to.sort();
    assert_eq!(to, ["<new-1@example.org>", "<new-2@example.org>"]);
    let pending = ada.get(&format!("{path}?state=pending")).await.items();
    assert!(
        pending
            .iter()
            .all(|one| one["components"] == json!(page.components[1..]))
    );
    // Who has said no is not asked again by anybody but themselves.
    let ended = "UPDATE status_page_subscribers SET state = 'unsubscribed', unsubscribed_at = now(), expires_at = NULL,
                 ended_by = CASE address WHEN 'new-1@example.org' THEN 'recipient' ELSE 'mail_server' END WHERE state = 'pending'";
    service.db().await.execute(ended, &[]).await.unwrap();
    let again = ada
        .post(
            &path,
            json!({"addresses": ["new-1@example.org", "new-2@example.org"]}),
        )
        .await;
    assert_eq!(again.expect(202), json!({"asked": 1, "unchanged": 1}));

    for (body, field) in [
        (json!({}), "addresses"),
        (json!({"addresses": []}), "addresses"),
        (json!({"addresses": ["a@b.org", "nope"]}), "addresses.1"),
        (json!({"addresses": ["a@b.org"], "components": [0]}), "components"),
        (json!({"addresses": vec!["a@b.org"; 1_001]}), "addresses"),
    ] {
        let answer = ada.post(&path, body).await;
        assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec![field]));
    }
    let id = ada.get(&path).await.items()[0]["id"].as_str().unwrap().to_owned();
    ada.delete(&format!("{path}/{id}")).await.expect(204);
    let log = ada.get(&format!("/orgs/{}/audit-log", ada.org)).await.items();
    let actions: Vec<&str> = log
        .iter()
        .take(3)
        .map(|one| one["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["RemoveSubscriber", "AddSubscribers", "AddSubscribers"]);
    let log = serde_json::to_string(&log).unwrap();
    assert!(!log.contains("new-1@") && !log.contains("known-1@"), "{log}");
}

#[tokio::test]
async fn a_thousand_addresses_are_added_at_once() {
    let (_smtp, service) = service().await;
    let ada = verified(&service).await;
    let page = Page::new(&ada).await;
    let addresses: Vec<String> = (0..1_000).map(|n| format!("reader-{n}@example.org")).collect();
    let path = format!("/status-pages/{}/subscribers", page.id);
    let added = ada.post(&path, json!({"addresses": addresses})).await.expect(202);
    assert_eq!(added, json!({"asked": 1_000, "unchanged": 0}));
    let counts = ada.get(&path).await.expect(200)["counts"].clone();
    assert_eq!(counts["pending"], 1_000);
}

#[tokio::test]
async fn without_a_mail_server_nobody_signs_up() {
    let service = UserService::start_on(Stores::new().await, &[("PAGES_URL", "https://pages.example")]).await;
    let ada = service.register().await;
    let page = Page::new(&ada).await;
    page.sign_up(&service, "eve@example.org", None).await.expect(409);
    let added = ada
        .post(
            &format!("/status-pages/{}/subscribers", page.id),
            json!({"addresses": ["eve@example.org"]}),
        )
        .await;
    added.expect(409);
    assert_eq!(service.count("status_page_subscribers").await, 0);
}
