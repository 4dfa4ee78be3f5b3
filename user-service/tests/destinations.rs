//! Destinations of status pages: what is posted to them, when it is tried again, and what is never sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{KeyInit as _, Mac as _};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{HttpServer, Reply, Seen, eventually};

use crate::common::subscribing::{PAGES_URL, Page, update};
use crate::common::{PATIENCE, Person, Stores, UserService};

/// A user-service with status pages, that may post to this machine.
async fn service() -> UserService {
    let more = [("PAGES_URL", PAGES_URL), ("PROBE_TARGETS", "any")];
    UserService::start_on(Stores::new().await, &more).await
}

async fn server() -> HttpServer {
    HttpServer::start(|_| Reply::new(200, "ok")).await
}

/// Adds a destination; answers it as it was made.
async fn add(owner: &Person<'_>, page: &Page, input: Value) -> Value {
    let path = format!("/status-pages/{}/destinations", page.id);
    owner.post(&path, input).await.expect(201)
}

async fn webhook(owner: &Person<'_>, page: &Page, server: &HttpServer) -> Value {
    let config = json!({"url": format!("{}/hook", server.url())});
    add(owner, page, json!({"name": "Hook", "config": config})).await
}

fn path_of(page: &Page, destination: &Value) -> String {
    format!("/status-pages/{}/destinations/{}", page.id, destination["id"])
}

async fn deliveries(owner: &Person<'_>, page: &Page, destination: &Value) -> Vec<Value> {
    let path = format!("{}/deliveries", path_of(page, destination));
    owner.get(&path).await.items()
}

/// The deliveries to a destination, newest first, once it is known what came of the first attempt at the oldest.
async fn tried(owner: &Person<'_>, page: &Page, destination: &Value) -> Vec<Value> {
    eventually("it was tried", PATIENCE, async || {
        let all = deliveries(owner, page, destination).await;
        all.last()?["attempted_at"].is_string().then_some(all)
    })
    .await
}

/// Waits until so many requests have come.
async fn came(server: &HttpServer, count: usize) -> Vec<Seen> {
    eventually(&format!("{count} requests"), PATIENCE, async || {
        let seen = server.seen();
        (seen.len() >= count).then_some(seen)
    })
    .await
}

/// Has everything that waits tried at once.
async fn try_now(service: &UserService) {
    let sql = "UPDATE report_deliveries SET due_at = now() WHERE outcome IS NULL";
    service.db().await.execute(sql, &[]).await.unwrap();
}

fn body(seen: &Seen) -> Value {
    serde_json::from_slice(&seen.body).unwrap()
}

fn header<'a>(seen: &'a Seen, name: &str) -> &'a str {
    seen.headers.get(name).unwrap().to_str().unwrap()
}

fn is_signed(seen: &Seen, secret: &str) -> bool {
    let text = std::str::from_utf8(&seen.body).unwrap();
    let (id, at) = (header(seen, "webhook-id"), header(seen, "webhook-timestamp"));
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{id}.{at}.{text}").as_bytes());
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    header(seen, "webhook-signature") == signature
}

#[tokio::test]
async fn a_webhook_gets_each_update_that_is_told_signed_and_once() {
    let (service, server) = (service().await, server().await);
    let ada = service.register().await;
    let page = Page::new(&ada).await;
    let made = webhook(&ada, &page, &server).await;
    let secret = made["config"]["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_"));
    let report = page.report(&ada, Some(0), true).await;
    let seen = came(&server, 1).await;
    assert!(is_signed(&seen[0], secret), "{:?}", seen[0]);
    let told = body(&seen[0]);
    let url = format!("{PAGES_URL}/{}", page.slug);
    assert_eq!(told["type"], "status_report.updated");
    let shown = json!({"id": page.id, "title": "Acme", "url": url});
    assert_eq!(told["data"]["page"], shown);
    assert_eq!(told["data"]["report"]["url"], format!("{url}/reports/{report}"));
    assert_eq!(told["data"]["update"]["message"], "We **look**.");
    assert_eq!(told["data"]["update"]["text"], "We look.");
    assert_eq!(
        told["data"]["components"],
        json!([{"id": page.components[0], "name": "Shop", "impact": "major_outage"}])
    );
    update(&ada, report, "identified", false).await;
    update(&ada, report, "resolved", true).await;
    let seen = came(&server, 2).await;
    assert_eq!(body(&seen[1])["data"]["update"]["status"], "resolved");
    assert_eq!(body(&seen[1])["data"]["components"][0]["impact"], "operational");

    let all = tried(&ada, &page, &made).await;
    assert_eq!(
        (&all[0]["title"], &all[0]["update_status"]),
        (&json!("Checkout fails"), &json!("resolved"))
    );
    let ids: Vec<_> = all.iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(
        ids,
        [header(&seen[1], "webhook-id"), header(&seen[0], "webhook-id")]
    );
    let last = eventually("both are noted", PATIENCE, async || {
        let shown = ada.get(&path_of(&page, &made)).await.expect(200);
        (shown["last_delivery"]["status"] == "delivered").then_some(shown)
    })
    .await;
    assert_eq!(last["config"]["secret"], "***");
    assert_eq!(last["last_delivery"]["http_status"], 200);
    assert!(last["last_delivery"]["delivered_at"].is_string());
    assert_eq!(server.seen().len(), 2);
    let receipts = ada
        .get(&format!("/status-reports/{report}/notices"))
        .await
        .items();
    let delivered: Vec<_> = receipts
        .iter()
        .map(|one| &one["destinations"]["delivered"])
        .collect();
    assert_eq!(delivered, [1, 1]);
}

#[tokio::test]
async fn what_fails_is_tried_again_under_its_name_and_in_order_and_then_no_more() {
    let (service, server) = (service().await, server().await);
    server.answer_with(|_| Reply::new(500, "out of order"));
    let ada = service.register().await;
    let page = Page::new(&ada).await;
    let made = webhook(&ada, &page, &server).await;
    let report = page.report(&ada, None, true).await;
    came(&server, 1).await;
    let waiting = tried(&ada, &page, &made).await;
    assert_eq!(
        (
            &waiting[0]["status"],
            &waiting[0]["http_status"],
            &waiting[0]["error"]
        ),
        (&json!("waiting"), &json!(500), &json!("HTTP 500: out of order"))
    );
    // What comes after it waits for it.
    update(&ada, report, "resolved", true).await;
    server.answer_with(|_| Reply::new(204, ""));
    try_now(&service).await;
    let seen = came(&server, 3).await;
    let names: Vec<_> = seen.iter().map(|one| header(one, "webhook-id")).collect();
    assert_eq!(names[0], names[1]);
    assert_ne!(names[1], names[2]);
    let statuses: Vec<_> = seen
        .iter()
        .map(|one| body(one)["data"]["update"]["status"].clone())
        .collect();
    assert_eq!(statuses, ["investigating", "investigating", "resolved"]);
    let done = eventually("both are delivered", PATIENCE, async || {
        let all = deliveries(&ada, &page, &made).await;
        all.iter().all(|one| one["status"] == "delivered").then_some(all)
    })
    .await;
    assert_eq!(
        (&done[1]["attempts"], &done[1]["http_status"], &done[1]["error"]),
        (&json!(2), &json!(204), &Value::Null)
    );
    // Another update comes, and nothing comes again.
    try_now(&service).await;
    page.report(&ada, None, true).await;
    came(&server, 4).await;
    assert_eq!(server.seen().len(), 4);
}

#[tokio::test]
async fn one_that_is_slow_holds_no_other_up() {
    let (service, fast, slow) = (service().await, server().await, server().await);
    slow.answer_with(|_| Reply::new(200, "").after(Duration::from_secs(60)));
    let ada = service.register().await;
    let page = Page::new(&ada).await;
    for _ in 0..10 {
        webhook(&ada, &page, &slow).await;
    }
    webhook(&ada, &page, &fast).await;
    for _ in 0..4 {
        page.report(&ada, None, true).await;
    }
    came(&fast, 4).await;
    // Each slow one is waited for once at a time.
    let slow = slow.seen().len();
    assert!(slow <= 10, "{slow}");
}

#[tokio::test]
async fn one_that_is_gone_is_switched_off_and_says_so() {
    let (service, server) = (service().await, server().await);
    server.answer_with(|_| Reply::new(404, ""));
    let ada = service.register().await;
    let page = Page::new(&ada).await;
    let made = webhook(&ada, &page, &server).await;
    let report = page.report(&ada, None, true).await;
    update(&ada, report, "identified", true).await;
    for attempt in 1..=2 {
        eventually("it is noted that it is gone", PATIENCE, async || {
            let sql = "SELECT refusals FROM status_page_destinations";
            let refusals: i32 = service.db().await.query_one(sql, &[]).await.unwrap().get(0);
            (refusals == attempt).then_some(())
        })
        .await;
        let shown = ada.get(&path_of(&page, &made)).await.expect(200);
        assert_eq!(
            (&shown["enabled"], &shown["gone_at"]),
            (&json!(true), &Value::Null)
        );
        try_now(&service).await;
    }
    let off = eventually("it is switched off", PATIENCE, async || {
        let shown = ada.get(&path_of(&page, &made)).await.expect(200);
        (shown["enabled"] == false).then_some(shown)
    })
    .await;
    assert!(off["gone_at"].is_string() && off["version"] == 2, "{off}");
    let all = deliveries(&ada, &page, &made).await;
    let outcomes: Vec<_> = all.iter().map(|one| one["status"].clone()).collect();
    assert_eq!(outcomes, ["dropped", "refused"]);
    // It is told of nothing until it is switched on again.
    update(&ada, report, "monitoring", true).await;
    assert_eq!(deliveries(&ada, &page, &made).await.len(), 2);
    server.answer_with(|_| Reply::new(200, ""));
    let on = ada
        .patch(&path_of(&page, &made), json!({"enabled": true}))
        .await
        .expect(200);
    assert_eq!((&on["enabled"], &on["gone_at"]), (&json!(true), &Value::Null));
    update(&ada, report, "resolved", true).await;
    let seen = came(&server, 4).await;
    assert_eq!(body(&seen[3])["data"]["update"]["status"], "resolved");
}

#[tokio::test]
async fn what_the_guard_refuses_is_not_connected_to() {
    let service = UserService::start_on(Stores::new().await, &[("PAGES_URL", PAGES_URL)]).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let ada = service.register().await;
    let page = Page::new(&ada).await;
    let plain = json!({"name": "x", "config": {"url": format!("http://{address}/")}});
    let path = format!("/status-pages/{}/destinations", page.id);
    let refused = ada.post(&path, plain).await;
    assert_eq!(refused.fields(), ["config.url"]);
    let url = format!("https://{address}/");
    let inner = add(&ada, &page, json!({"name": "x", "config": {"url": url}})).await;
    let tested = ada
        .post(&format!("{}/test", path_of(&page, &inner)), json!({}))
        .await
        .expect(200);
    page.report(&ada, None, true).await;
    let all = tried(&ada, &page, &inner).await;
    for why in [&tested["error"], &all[0]["error"]] {
        let why = why.as_str().unwrap();
        assert!(why.contains("may not be connected to"), "{why}");
    }
    assert_eq!(
        (&all[0]["status"], &all[0]["http_status"]),
        (&json!("refused"), &Value::Null)
    );
    let connected = tokio::time::timeout(Duration::from_millis(1), listener.accept()).await;
    assert!(connected.is_err(), "nobody has connected");
}

#[tokio::test]
async fn chosen_components_are_told_of_and_all_are_in_the_order_of_the_page() {
    let (service, server) = (service().await, server().await);
    let ada = service.register().await;
    let page = Page::new(&ada).await;
    let [shop, api] = page.components[..] else {
        panic!("two components")
    };
    let config = json!({"url": server.url()});
    let input = json!({"name": "API only", "config": config, "components": [api]});
    let made = add(&ada, &page, input).await;
    assert_eq!(made["components"], json!([api]));
    page.report(&ada, Some(0), true).await;
    let groups = json!([{"components": [{"id": api, "name": "API"}, {"id": shop, "name": "Shop"}]}]);
    let path = format!("/status-pages/{}", page.id);
    ada.patch(&path, json!({"groups": groups})).await.expect(200);
    let affected = json!([{"component_id": shop, "impact": "partial_outage"}, {"component_id": api, "impact": "major_outage"}]);
    let report = json!({"title": "Both", "update": {"status": "identified", "message": "x", "components": affected,
                                                    "notify": true}});
    let path = format!("/status-pages/{}/reports", page.id);
    ada.post(&path, report).await.expect(201);
    let seen = came(&server, 1).await;
    let told = body(&seen[0]);
    assert_eq!(told["data"]["report"]["title"], "Both");
    let components = told["data"]["components"].as_array().unwrap();
    let names: Vec<_> = components.iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["API", "Shop"]);
    assert_eq!(deliveries(&ada, &page, &made).await.len(), 1);
}

#[tokio::test]
async fn of_a_report_that_is_deleted_nobody_is_told() {
    let (service, server) = (service().await, server().await);
    server.answer_with(|_| Reply::new(503, ""));
    let ada = service.register().await;
    let page = Page::new(&ada).await;
    let made = webhook(&ada, &page, &server).await;
    let report = page.report(&ada, None, true).await;
    tried(&ada, &page, &made).await;
    ada.delete(&format!("/status-reports/{report}")).await.expect(204);
    assert_eq!(deliveries(&ada, &page, &made).await.len(), 0);
    server.answer_with(|_| Reply::new(200, ""));
    let next = page.report(&ada, None, true).await;
    let seen = came(&server, 2).await;
    let told: Vec<_> = seen
        .iter()
        .map(|one| body(one)["data"]["report"]["id"].clone())
        .collect();
    assert_eq!(told, [json!(report), json!(next)]);
}

#[tokio::test]
async fn each_kind_gets_what_the_preview_shows() {
    let (service, server) = (service().await, server().await);
    let ada = service.register().await;
    let page = Page::new(&ada).await;
    let url = |path: &str| format!("{}/{path}", server.url());
    for (kind, config) in [
        ("slack", json!({"webhook_url": url("slack")})),
        ("teams", json!({"workflow_url": url("teams")})),
        ("webhook", json!({"url": url("webhook")})),
    ] {
        let made = add(&ada, &page, json!({"name": kind, "kind": kind, "config": config})).await;
        let tested = ada
            .post(&format!("{}/test", path_of(&page, &made)), json!({}))
            .await
            .expect(200);
        assert_eq!(tested["ok"], true, "{tested}");
        let shown = ada.get(&path_of(&page, &made)).await.expect(200)["config"].to_string();
        assert!(!shown.contains("/slack") && !shown.contains("/teams"), "{shown}");
    }
    let components = json!([{"component_id": page.components[0], "impact": "major_outage"}]);
    let draft = json!({"title": "Checkout fails", "update": {"status": "investigating", "message": "We **look**.",
                       "components": components, "notify": true}});
    let path = format!("/status-pages/{}/reports/preview", page.id);
    let shown = ada.post(&path, draft).await.expect(200);
    assert_eq!(service.count("status_reports").await, 0);
    assert_eq!(shown["email"]["subject"], "[Acme] Investigating: Checkout fails");
    assert!(
        shown["email"]["text"]
            .as_str()
            .unwrap()
            .contains("- Shop: Major outage")
    );
    let report = page.report(&ada, Some(0), true).await;
    let seen = came(&server, 6).await;
    for kind in ["slack", "teams", "webhook"] {
        let sent = seen[3..].iter().find(|one| one.path == format!("/{kind}"));
        let (sent, shown) = (body(sent.unwrap()), &shown[kind]);
        match kind {
            "slack" => {
                assert_eq!(sent["text"], shown["text"]);
                // The last one says when.
                for n in 0..3 {
                    assert_eq!(sent["blocks"][n], shown["blocks"][n]);
                }
            }
            "teams" => {
                let body = |card: &Value| card["attachments"][0]["content"]["body"].clone();
                assert_eq!(body(&sent)[0], body(shown)[0]);
                assert_eq!(body(&sent)[2], body(shown)[2]);
            }
            _ => {
                assert_eq!(sent["data"]["components"], shown["data"]["components"]);
                assert_eq!(
                    (&sent["data"]["report"]["id"], &shown["data"]["report"]["id"]),
                    (&json!(report), &json!(0))
                );
            }
        }
    }
}

#[tokio::test]
async fn a_page_has_so_many_and_what_is_secret_is_sealed() {
    let service = service().await;
    let ada = service.register().await;
    let page = Page::new(&ada).await;
    let input =
        json!({"name": "x", "kind": "slack", "config": {"webhook_url": "https://hooks.example/hidden-path"}});
    let made = add(&ada, &page, input.clone()).await;
    assert_eq!(made["config"]["webhook_url"], "https://hooks.example/…");
    for _ in 1..20 {
        add(&ada, &page, input.clone()).await;
    }
    let path = format!("/status-pages/{}/destinations", page.id);
    ada.post(&path, input).await.expect(409);
    let listed = ada.get(&format!("{path}?limit=15")).await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 15);
    let cursor = listed["next_cursor"].as_str().unwrap();
    let rest = ada.get(&format!("{path}?cursor={cursor}")).await.items();
    assert_eq!(rest.len(), 5);
    ada.as_role("editor").get(&path).await.expect(403);
    ada.delete(&path_of(&page, &made)).await.expect(204);
    ada.get(&path_of(&page, &made)).await.expect(404);
    let sql = "SELECT concat((SELECT json_agg(a) FROM audit_log a),
                             (SELECT string_agg(encode(config, 'escape'), ' ') FROM status_page_destinations))";
    let kept: String = service.db().await.query_one(sql, &[]).await.unwrap().get(0);
    assert!(kept.contains("hooks.example") && !kept.contains("hidden-path"));
}
