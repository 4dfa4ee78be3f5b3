//! A status page as its visitors see it: while all is well, in an outage, with a report, and while what is behind it is
//! gone.

use std::time::Duration;

use e2e::{Api, Cluster, PATIENCE};
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};
use shared::http::client::ServiceClient;
use testkit::{FakeTarget, eventually};

/// The host name of status pages.
const HOST: &str = "status.example.org";

/// Somebody without an account.
struct Visitor {
    client: ServiceClient,
    base: String,
}

impl Visitor {
    /// What is at a path of the pages' host; nothing when it is not 200.
    async fn get(&self, path: &str) -> Option<String> {
        let (status, body) = self.ask(HOST, path).await;
        (status == StatusCode::OK).then_some(body)
    }

    async fn ask(&self, host: &str, path: &str) -> (StatusCode, String) {
        let request = Request::get(format!("{}{path}", self.base)).header("host", host);
        let request = request.body(Full::default()).expect("the request is well-formed");
        match self.client.send(request).await {
            Ok(answer) => (
                answer.status(),
                String::from_utf8_lossy(answer.body()).into_owned(),
            ),
            Err(_) => (StatusCode::BAD_GATEWAY, String::new()),
        }
    }

    /// Waits until a page says something.
    async fn await_text(&self, path: &str, text: &str) -> String {
        eventually(&format!("{path} says {text}"), PATIENCE, async || {
            self.get(path).await.filter(|page| page.contains(text))
        })
        .await
    }
}

async fn status_of(visitor: &Visitor, component: &str) -> Value {
    let json = visitor
        .get("/shop/api/v2/components.json")
        .await
        .unwrap_or_default();
    let json: Value = serde_json::from_str(&json).unwrap_or_default();
    let mut components = json["components"].as_array().into_iter().flatten();
    components
        .find(|one| one["name"] == component)
        .map(|one| one["status"].clone())
        .unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn visitors_see_what_happens_also_without_what_is_behind_the_page() {
    let Some(kafka) = testkit::kafka("visitors_see_what_happens", 2).await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("PAGES_URL", format!("http://{HOST}")),
        ("PAGES_CACHE_DIR", folder.path().display().to_string()),
    ];
    let mut cluster = Cluster::start_with(&kafka, 1, &settings).await;
    let mut api: Api = cluster.api().await;
    api.register().await;
    let target = FakeTarget::start().await;
    let shop = api.add_monitor("internal shop check", &target.url()).await;
    api.await_state(shop, "up").await;

    let page = json!({"title": "Example Shop", "slug": "shop", "groups": [
        {"components": [{"monitor_id": shop, "name": "Checkout"}]},
        {"name": "Offices", "components": [{"name": "Telephone"}]}
    ]});
    let page = api.post("/api/v1/status-pages", page, StatusCode::CREATED).await;
    assert_eq!(page["url"], format!("http://{HOST}/shop"));
    let visitor = Visitor {
        client: ServiceClient::new(Duration::from_secs(5)),
        base: cluster.base().to_owned(),
    };
    let seen = visitor.await_text("/shop", "Checkout").await;
    assert!(
        !seen.contains("internal shop check"),
        "a monitor has its own name"
    );
    eventually("the component works", PATIENCE, async || {
        (status_of(&visitor, "Checkout").await == "operational").then_some(())
    })
    .await;
    // Pages and dashboard keep apart.
    assert_eq!(
        visitor.ask("localhost", "/api/v1/summary").await.0,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        visitor.ask(HOST, "/api/v1/summary").await.0,
        StatusCode::NOT_FOUND
    );

    target.answer(500);
    eventually("the outage is seen", PATIENCE, async || {
        (status_of(&visitor, "Checkout").await == "major_outage").then_some(())
    })
    .await;
    let incident = api
        .await_incident(shop, "open", |incident| incident["resolved_at"].is_null())
        .await;
    let id = incident["id"].as_str().unwrap();
    let drafts = api
        .get(&format!("/api/v1/incidents/{id}/status-report-drafts"))
        .await;
    let draft = &drafts["items"][0];
    assert_eq!(draft["status_page_id"], page["id"]);
    let report = json!({
        "title": draft["title"], "incident_id": id, "started_at": draft["started_at"], "update": {
            "status": "identified", "message": "The **disk** is full.", "components": draft["components"],
            "notify": false
        }
    });
    let reports = format!("/api/v1/status-pages/{}/reports", page["id"]);
    let report = api.post(&reports, report, StatusCode::CREATED).await;
    let seen = visitor.await_text("/shop", "<strong>disk</strong>").await;
    assert!(seen.contains(report["title"].as_str().unwrap()));
    visitor.await_text("/shop/feed.atom", "disk").await;

    target.answer(200);
    api.await_state(shop, "up").await;
    let updates = format!("/api/v1/status-reports/{}/updates", report["id"]);
    let resolved = json!({"status": "resolved", "message": "It has room again.", "notify": false});
    api.post(&updates, resolved, StatusCode::CREATED).await;
    visitor.await_text("/shop", "It has room again.").await;

    // Nothing of what is behind it is needed to show it, and a gateway that was started anew shows it too.
    cluster.stop_writers().await;
    cluster.crash_gateway().await;
    let seen = visitor.await_text("/shop", "Checkout").await;
    assert!(seen.contains("It has room again."));
    cluster.start_writers();
    api.log_in().await;
    api.call(
        Method::DELETE,
        &format!("/api/v1/status-pages/{}", page["id"]),
        None,
        StatusCode::NO_CONTENT,
    )
    .await;
    eventually("a page that is deleted is gone", PATIENCE, async || {
        (visitor.ask(HOST, "/shop").await.0 == StatusCode::NOT_FOUND).then_some(())
    })
    .await;
}
