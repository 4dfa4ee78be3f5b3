//! What the document of a page says of reports.

use fred::interfaces::KeysInterface as _;
use serde_json::{Value, json};
use testkit::eventually;

use super::{page, plain_page, publish, report_path, update};
use crate::common::{PATIENCE, Person, Stores, UserService};

/// The document of a page, once it is as wanted.
async fn document(service: &UserService, slug: &str, is_wanted: impl Fn(&Value) -> bool) -> Value {
    let redis = shared::redis::connect(&service.stores.redis()).unwrap();
    let key = service.stores.redis().keys().status_page(slug);
    eventually("the document says so", PATIENCE, async || {
        let json: Option<String> = redis.get(&key).await.unwrap();
        let document: Value = serde_json::from_str(&json?).unwrap();
        is_wanted(&document).then_some(document)
    })
    .await
}

async fn service() -> UserService {
    let more = [("PAGES_URL", "https://status.example.org")];
    UserService::start_on(Stores::new().await, &more).await
}

fn component<'a>(document: &'a Value, name: &str) -> &'a Value {
    let groups = document["groups"].as_array().unwrap();
    let mut components = groups
        .iter()
        .flat_map(|group| group["components"].as_array().unwrap());
    components.find(|one| one["name"] == name).unwrap()
}

async fn add(owner: &Person<'_>, report: &Value, body: Value) -> Value {
    let path = format!("{}/updates", report_path(report));
    owner.post(&path, body).await.expect(201)
}

#[tokio::test]
async fn visitors_are_shown_what_was_reported_at_once() {
    let service = service().await;
    let owner = service.register().await;
    let page = plain_page(&owner).await;
    let [api, billing] = page.components[..] else {
        panic!()
    };
    let report = publish(&owner, &page, &[(api, "major_outage")]).await;
    let other = publish(&owner, &page, &[(api, "degraded_performance")]).await;
    let shown = document(&service, &page.slug, |document| {
        document["reports"].as_array().unwrap().len() == 2
    })
    .await;
    assert_eq!(shown["reports"][0]["id"], other["id"]);
    assert_eq!(
        shown["reports"][1]["components"],
        json!([{"id": api, "name": "API", "impact": "major_outage"}])
    );
    // The worse of both.
    assert_eq!(component(&shown, "API")["reported"], "major_outage");
    assert_eq!(component(&shown, "Billing")["reported"], "operational");
    let today = |document: &Value| component(document, "API")["days"][89]["reported"].clone();
    assert_eq!(today(&shown), "major_outage");

    // The problem began yesterday.
    let began = json!({"started_at": shared::now().plus_millis(-86_400_000)});
    owner.patch(&report_path(&report), began).await.expect(200);
    add(
        &owner,
        &report,
        update(
            "monitoring",
            "Better.",
            &[(api, "partial_outage"), (billing, "operational")],
        ),
    )
    .await;
    add(&owner, &report, update("resolved", "Over.", &[])).await;
    let shown = document(&service, &page.slug, |document| {
        document["reports"][1]["status"] == "resolved"
    })
    .await;
    assert_eq!(component(&shown, "API")["days"][88]["reported"], "major_outage");
    assert_eq!(today(&shown), "major_outage");
    assert_eq!(component(&shown, "API")["days"][87]["reported"], "operational");
    assert_eq!(component(&shown, "API")["reported"], "degraded_performance");
    let ended = &shown["reports"][1];
    assert_eq!(ended["updates"][0]["message"], "Over.");
    assert_eq!(ended["updates"][1]["components"][1]["name"], "Billing");
    // The worst that each component had.
    assert_eq!(ended["components"][0]["impact"], "major_outage");
    assert_eq!(ended["resolved_at"], ended["updates"][0]["at"]);

    // A component that is renamed or removed has the name that it had.
    let rename = json!({"groups": [{"components": [{"id": billing, "name": "Invoices"}]}]});
    owner.patch(&page.path(), rename).await.expect(200);
    let shown = document(&service, &page.slug, |document| {
        document["groups"][0]["components"].as_array().unwrap().len() == 1
    })
    .await;
    assert_eq!(shown["reports"][1]["components"][0]["name"], "API");
    assert_eq!(
        shown["reports"][1]["updates"][1]["components"][1]["name"],
        "Billing"
    );
    let report = owner.get(&report_path(&report)).await.expect(200);
    assert_eq!(report["components"][0]["component_id"], api);

    owner.delete(&report_path(&report)).await.expect(204);
    let shown = document(&service, &page.slug, |document| {
        document["reports"].as_array().unwrap().len() == 1
    })
    .await;
    assert_eq!(shown["reports"][0]["id"], other["id"]);
}

#[tokio::test]
async fn a_document_holds_a_hundred_reports_and_those_that_are_open() {
    let service = service().await;
    let owner = service.register().await;
    let page = page(&owner, json!({"history_days": 10}), json!([{"name": "API"}])).await;
    let (org, id, api) = (owner.org, page.id, page.components[0]);
    service
        .db()
        .await
        .batch_execute(&format!(
            "WITH r AS (
                 INSERT INTO status_reports (org_id, page_id, title, status, started_at, resolved_at)
                 SELECT {org}, {id}, 'over', 'resolved', now() - n * interval '1 hour', now() - n * interval '1 hour'
                 FROM generate_series(1, 150) AS n RETURNING *
             ), u AS (
                 INSERT INTO report_updates (org_id, report_id, status, message, notified, at, updated_at)
                 SELECT org_id, id, step, repeat('x', 10000), false, started_at - w * interval '1 minute', now()
                 FROM r, (VALUES ('identified', 1), ('resolved', 0)) AS steps (step, w) RETURNING *
             )
             INSERT INTO report_impacts (update_id, component_id, org_id, name, impact)
             SELECT id, {api}, org_id, 'API', 'partial_outage' FROM u WHERE status = 'identified';
             INSERT INTO status_reports (org_id, page_id, title, status, started_at, resolved_at)
             VALUES ({org}, {id}, 'open', 'monitoring', now() - interval '40 days', NULL),
                    ({org}, {id}, 'too old', 'resolved', now() - interval '40 days', now() - interval '11 days');"
        ))
        .await
        .unwrap();
    // What is told by a change.
    let newest = publish(&owner, &page, &[]).await;
    let shown = document(&service, &page.slug, |document| {
        let reports = document["reports"].as_array().unwrap();
        reports.len() == 100 && reports[0]["id"] == newest["id"]
    })
    .await;
    let reports = shown["reports"].as_array().unwrap();
    assert_eq!(reports[99]["title"], "open");
    let started: Vec<&str> = reports
        .iter()
        .map(|one| one["started_at"].as_str().unwrap())
        .collect();
    assert!(started.is_sorted_by(|later, earlier| later >= earlier));
    // There are too many words: of the older ones the last are there.
    let updates = |n: usize| reports[n]["updates"].as_array().unwrap().len();
    assert_eq!((updates(1), updates(98)), (2, 1));
    assert_eq!(reports[98]["updates"][0]["status"], "resolved");
    // The days know them all.
    let days = component(&shown, "API")["days"].as_array().unwrap();
    let affected = days
        .iter()
        .filter(|day| day["reported"] == "partial_outage")
        .count();
    assert!(affected >= 6, "{days:?}");
    assert_eq!(component(&shown, "API")["reported"], "operational");
}
