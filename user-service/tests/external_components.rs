//! Components that show other status pages.

use std::time::Duration;

use domain::status_page::ExternalState;
use pages::document::{Document, External};
use serde_json::{Value, json};
use testkit::{HttpServer, Reply, eventually};

use crate::common::pages::{PAGES_URL, Published, slug, with_pages};
use crate::common::{PATIENCE, Person, UserService};

/// What Statuspage serves.
fn summary(indicator: &str, shop: &str) -> String {
    json!({
        "page": {"id": "p1", "name": "Payments"},
        "components": [
            {"id": "c1", "name": "Shop", "status": shop, "group": false},
            {"id": "c2", "name": "API", "status": "operational", "group": false},
        ],
        "incidents": [], "scheduled_maintenances": [],
        "status": {"indicator": indicator, "description": "…"},
    })
    .to_string()
}

async fn make(person: &Person<'_>, slug: &str, components: Value) -> Value {
    let body = json!({"title": "Acme", "slug": slug, "groups": [{"components": components}]});
    person.post("/status-pages", body).await.expect(201)
}

fn external(document: &Document, at: usize) -> External {
    document.components().nth(at).unwrap().external.unwrap()
}

/// Has other pages read again, as after a minute.
async fn read_again(service: &UserService) {
    let sql = "UPDATE external_status_pages SET due_at = now()";
    service.db().await.execute(sql, &[]).await.unwrap();
}

#[tokio::test]
async fn a_component_shows_what_another_page_says_until_that_cannot_be_read() {
    let other = HttpServer::start(|_| Reply::new(200, summary("minor", "partial_outage"))).await;
    let service = with_pages(&[("PROBE_TARGETS", "any")]).await;
    let ada = service.register().await;
    let slug = slug();
    let made = make(
        &ada,
        &slug,
        json!([
            {"name": "All", "external": {"url": format!("{}/status/", other.url())}},
            {"name": "Shop", "external": {"url": format!("{}/status/api/v2/summary.json", other.url()), "component": "shop"}},
            {"name": "API", "external": {"url": format!("{}/status", other.url()), "component": "c2"}},
            {"name": "Fax", "external": {"url": format!("{}/status", other.url()), "component": "Fax"}},
        ]),
    )
    .await;
    let component = &made["groups"][0]["components"][1];
    assert_eq!(component["external"]["url"], format!("{}/status", other.url()));
    assert_eq!(component["external"]["state"], Value::Null);
    assert_eq!(
        (&component["show_history"], &component["show_uptime"]),
        (&json!(false), &json!(false))
    );
    let published = Published::of(&service).await;
    let document = published
        .document(&slug, |document| external(document, 0).state.is_some())
        .await;
    let states: Vec<Option<ExternalState>> = (0..4).map(|at| external(&document, at).state).collect();
    assert_eq!(
        states,
        [
            Some(ExternalState::DegradedPerformance),
            Some(ExternalState::PartialOutage),
            Some(ExternalState::Operational),
            None,
        ]
    );
    let component = document.components().next().unwrap();
    assert!(component.days.is_empty() && component.uptime.is_none() && component.latency.is_none());
    // One address is read once, however many components show it.
    let seen = other.seen();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(seen[0].path, "/status/api/v2/summary.json");

    let path = format!("/status-pages/{}", made["id"]);
    let page = ada.get(&path).await.expect(200);
    let shown = |page: &Value, at: usize| page["groups"][0]["components"][at]["external"].clone();
    assert_eq!(shown(&page, 1)["state"], "partial_outage");
    assert_eq!(shown(&page, 1)["problem"], Value::Null);
    assert_eq!(shown(&page, 3)["problem"], "that page has no component Fax");

    // It fails: what it said stands, and is nobody's knowledge after ten minutes.
    other.answer_with(|_| Reply::new(503, ""));
    read_again(&service).await;
    eventually("the problem is known", PATIENCE, async || {
        let page = ada.get(&path).await.expect(200);
        (shown(&page, 1)["problem"] == "it has answered 503").then_some(())
    })
    .await;
    assert_eq!(
        shown(&ada.get(&path).await.expect(200), 1)["state"],
        "partial_outage"
    );
    let sql = "UPDATE external_status_pages SET said_at = said_at - interval '11 minutes'";
    service.db().await.execute(sql, &[]).await.unwrap();
    assert_eq!(shown(&ada.get(&path).await.expect(200), 1)["state"], Value::Null);
    published.anew().await;
    let document = published.now(&slug).await.unwrap();
    assert_eq!(external(&document, 1).state_at(document.as_of), None);
    let preview = ada.post(&format!("{path}/preview"), json!({})).await.expect(200);
    assert!(preview["html"].as_str().unwrap().contains("Unknown"));

    // It is back with another state: the page is published without waiting for its minute.
    other.answer_with(|_| Reply::new(200, summary("critical", "major_outage")));
    read_again(&service).await;
    published
        .document(&slug, |document| {
            external(document, 0).state_at(document.as_of) == Some(ExternalState::MajorOutage)
        })
        .await;
}

#[tokio::test]
async fn what_is_read_is_bounded() {
    let other = HttpServer::start(|seen| match seen.path.split('/').nth(1) {
        Some("large") => Reply::new(200, " ".repeat(1024 * 1024 + 1)),
        Some("elsewhere") => Reply::new(302, "").header("location", "https://a.example/"),
        Some("page") => Reply::new(200, "<html></html>"),
        _ => Reply::new(200, summary("none", "operational")).after(Duration::from_secs(6)),
    })
    .await;
    let service = with_pages(&[("PROBE_TARGETS", "any")]).await;
    let ada = service.register().await;
    let paths = ["elsewhere", "large", "page", "slow"];
    let urls = paths.map(|path| json!({"name": "x", "external": {"url": format!("{}/{path}", other.url())}}));
    make(&ada, &slug(), json!(urls)).await;
    let sql = "SELECT problem FROM external_status_pages WHERE problem IS NOT NULL ORDER BY url";
    let found = eventually("all problems", PATIENCE, async || {
        let rows = service.db().await.query(sql, &[]).await.unwrap();
        let found: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        (found.len() == paths.len()).then_some(found)
    })
    .await;
    assert_eq!(
        found,
        [
            "it has answered 302: give the address that it redirects to",
            "its answer broke off, or has more than 1 MiB",
            "what is there is no summary as Statuspage has it",
            "it has not answered in time",
        ]
    );
}

#[tokio::test]
async fn an_inner_address_is_not_asked() {
    let other = HttpServer::start(|_| Reply::new(200, summary("none", "operational"))).await;
    let service = with_pages(&[]).await;
    let ada = service.register().await;
    let inner = other.url().replace("http:", "https:");
    let made = make(&ada, &slug(), json!([{"name": "x", "external": {"url": inner}}])).await;
    let path = format!("/status-pages/{}", made["id"]);
    eventually("it is blocked", PATIENCE, async || {
        let page = ada.get(&path).await.expect(200);
        let external = &page["groups"][0]["components"][0]["external"];
        (external["problem"] == "the address may not be connected to from here").then_some(())
    })
    .await;
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn two_pods_read_an_address_once_a_minute() {
    let other = HttpServer::start(|_| Reply::new(200, summary("none", "operational"))).await;
    let service = with_pages(&[("PROBE_TARGETS", "any")]).await;
    let _second = UserService::start_on(service.stores.clone(), &[("PROBE_TARGETS", "any")]).await;
    let ada = service.register().await;
    let urls: Vec<Value> = (0..40)
        .map(|n| json!({"name": "x", "external": {"url": format!("{}/{n}", other.url())}}))
        .collect();
    make(&ada, &slug(), json!(urls)).await;
    let sql = "SELECT count(*) FROM external_status_pages WHERE said IS NOT NULL";
    eventually("all are read", PATIENCE, async || {
        let row = service.db().await.query_one(sql, &[]).await.unwrap();
        (row.get::<_, i64>(0) == 40).then_some(())
    })
    .await;
    let mut paths: Vec<String> = other.seen().into_iter().map(|seen| seen.path).collect();
    let count = paths.len();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!((count, paths.len()), (40, 40));
}

#[tokio::test]
async fn what_is_wrong_is_named_and_an_organisation_has_its_share() {
    let service = with_pages(&[]).await;
    let ada = service.register().await;
    let slug = slug();
    let refused = async |component: Value| -> Vec<(String, String)> {
        let body = json!({"title": "Acme", "slug": slug, "groups": [{"components": [component]}]});
        let problem = ada.post("/status-pages", body).await.expect(422);
        let errors = problem["errors"].as_array().unwrap().clone();
        let text = |error: &Value, name: &str| error[name].as_str().unwrap().to_owned();
        let errors = errors
            .iter()
            .map(|error| (text(error, "field"), text(error, "message")));
        errors.collect()
    };
    let at = "groups.0.components.0";
    for (external, field) in [
        (json!({}), "external.url"),
        (json!({"url": "ftp://status.example.org"}), "external.url"),
        (json!({"url": "http://status.example.org"}), "external.url"),
        (json!({"url": "https://u:p@status.example.org"}), "external.url"),
        (
            json!({"url": "https://status.example.org/?token=x"}),
            "external.url",
        ),
        (
            json!({"url": format!("https://status.example.org/{}", "x".repeat(500))}),
            "external.url",
        ),
        (json!({"url": format!("{PAGES_URL}/{slug}/")}), "external.url"),
        (
            json!({"url": "https://status.example.org", "component": "x".repeat(201)}),
            "external.component",
        ),
    ] {
        let found = refused(json!({"name": "x", "external": external})).await;
        assert_eq!(found.len(), 1, "{external}");
        assert_eq!(found[0].0, format!("{at}.{field}"), "{external}");
    }
    let external = json!({"url": "https://status.example.org"});
    let found =
        refused(json!({"name": "x", "external": external, "monitor_id": 1, "show_uptime": true})).await;
    let fields: Vec<&str> = found.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, [format!("{at}.external"), format!("{at}.show_uptime")]);
    let found = refused(json!({"external": external})).await;
    assert_eq!(found[0].0, format!("{at}.name"));

    let many = |count: usize| vec![json!({"name": "x", "external": external}); count];
    let first = make(&ada, &slug, json!(many(50))).await;
    let found = refused(json!({"name": "x", "external": external})).await;
    assert_eq!(found[0].0, format!("{at}.external"));
    // The page that has them may be changed, and not have more.
    let path = format!("/status-pages/{}", first["id"]);
    ada.patch(&path, json!({"groups": [{"components": many(50)}]}))
        .await
        .expect(200);
    let problem = ada
        .patch(&path, json!({"groups": [{"components": many(51)}]}))
        .await
        .expect(422);
    assert_eq!(problem["errors"][0]["field"], "groups.0.components.50.external");
    // Another organisation has its own share.
    let bob = service.register().await;
    make(&bob, &crate::common::pages::slug(), json!(many(1))).await;
}
