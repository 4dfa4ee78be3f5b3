//! Reports on status pages: what people publish, and what visitors are shown of it.

mod automatic;
mod document;

use crate::common::scene::join;
use crate::common::{Person, Stores, UserService};
use futures_util::future::join_all;
use http::Method;
use serde_json::{Value, json};

/// A page with its components by their names.
pub(crate) struct Page {
    pub(crate) id: i64,
    pub(crate) slug: String,
    pub(crate) components: Vec<i64>,
}

impl Page {
    pub(crate) fn path(&self) -> String {
        format!("/status-pages/{}", self.id)
    }

    pub(crate) fn reports(&self) -> String {
        format!("/status-pages/{}/reports", self.id)
    }
}

/// Makes a page with these components.
pub(crate) async fn page(owner: &Person<'_>, more: Value, components: Value) -> Page {
    let mut body = json!({"title": "Acme", "groups": [{"components": components}]});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let made = owner.post("/status-pages", body).await.expect(201);
    let components = made["groups"][0]["components"].as_array().unwrap();
    Page {
        id: made["id"].as_i64().unwrap(),
        slug: made["slug"].as_str().unwrap().to_owned(),
        components: components.iter().map(|one| one["id"].as_i64().unwrap()).collect(),
    }
}

async fn plain_page(owner: &Person<'_>) -> Page {
    page(owner, json!({}), json!([{"name": "API"}, {"name": "Billing"}])).await
}

/// An update that says of a component how badly it is affected.
pub(crate) fn update(status: &str, message: &str, components: &[(i64, &str)]) -> Value {
    let components: Vec<Value> = components
        .iter()
        .map(|(id, impact)| json!({"component_id": id, "impact": impact}))
        .collect();
    json!({"status": status, "message": message, "components": components, "notify": true})
}

pub(crate) async fn publish(person: &Person<'_>, page: &Page, components: &[(i64, &str)]) -> Value {
    let body = json!({"title": "The API is slow", "update": update("investigating", "We look.", components)});
    person.post(&page.reports(), body).await.expect(201)
}

pub(crate) fn report_path(report: &Value) -> String {
    format!("/status-reports/{}", report["id"])
}

#[tokio::test]
async fn a_report_is_published_followed_and_ended() {
    let more = [("PAGES_URL", "https://status.example.org")];
    let service = UserService::start_on(Stores::new().await, &more).await;
    let owner = service.register().await;
    let page = plain_page(&owner).await;
    let [api, billing] = page.components[..] else {
        panic!()
    };
    let components = [(api, "partial_outage"), (billing, "degraded_performance")];
    let body = json!({"title": " The API is slow ", "started_at": shared::now().plus_millis(-3_600_000),
                      "update": update("investigating", "We *look*.", &components)});
    let made = owner.post(&page.reports(), body).await;
    assert_eq!(made.header("etag"), "\"1\"");
    let made = made.expect(201);
    assert_eq!(made["title"], "The API is slow");
    assert_eq!(made["status"], "investigating");
    assert_eq!(made["status_page_id"], page.id);
    assert_eq!(
        (&made["incident_id"], &made["resolved_at"], &made["postmortem"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(
        made["components"],
        json!([{"component_id": api, "impact": "partial_outage"},
               {"component_id": billing, "impact": "degraded_performance"}])
    );
    assert_eq!(made["updates"][0]["author"], "Ada");
    assert_eq!(made["updates"][0]["notified"], true);
    let url = format!("https://status.example.org/{}/reports/{}", page.slug, made["id"]);
    assert_eq!(made["url"], url);
    let path = report_path(&made);
    assert_eq!(owner.get(&path).await.expect(200), made);
    assert_eq!(
        owner.get(&page.reports()).await.items(),
        std::slice::from_ref(&made)
    );

    let next = update("monitoring", "Better.", &[(billing, "operational")]);
    let added = owner.post(&format!("{path}/updates"), next).await.expect(201);
    assert_eq!(
        (&added["status"], &added["version"]),
        (&json!("monitoring"), &json!(2))
    );
    assert_eq!(added["components"][0]["impact"], "partial_outage");
    assert_eq!(added["components"][1]["impact"], "operational");
    assert_eq!(added["updates"][0]["message"], "Better.");
    assert_eq!(added["updates"].as_array().unwrap().len(), 2);

    let ended = owner
        .post(&format!("{path}/updates"), update("resolved", "Over.", &[]))
        .await
        .expect(201);
    assert_eq!(ended["resolved_at"], ended["updates"][0]["at"]);
    assert_eq!(ended["components"][0]["impact"], "operational");
    // It begins again, and the first end is no end any more.
    let again = update("investigating", "Not over.", &[(api, "major_outage")]);
    let again = owner.post(&format!("{path}/updates"), again).await.expect(201);
    assert_eq!(again["resolved_at"], Value::Null);
    assert_eq!(again["components"][0]["impact"], "major_outage");

    let started = shared::now().plus_millis(-86_400_000);
    let edit = json!({"title": "Slow", "started_at": started, "postmortem": "The *disk*."});
    let edit_seen = async |version: &str| {
        let seen = [("if-match", version)];
        owner
            .call_with(Method::PATCH, &path, &edit.to_string(), &seen)
            .await
    };
    edit_seen("\"1\"").await.expect(412);
    let edited = edit_seen("\"4\"").await.expect(200);
    assert_eq!(edited["version"], 5);
    assert_eq!(edited["started_at"], json!(started));
    assert_eq!(edited["postmortem"], "The *disk*.");
    let same = owner.patch(&path, json!({"title": "Slow"})).await.expect(200);
    assert_eq!(same["version"], 5);

    let first = &edited["updates"][3];
    let words = json!({"message": "We look closely."});
    let of_update = format!("{path}/updates/{}", first["id"]);
    let edited = owner.patch(&of_update, words).await;
    assert_eq!(edited.header("etag"), "\"6\"");
    let edited = edited.expect(200);
    assert_eq!(edited["updates"][3]["message"], "We look closely.");
    assert_eq!(edited["updates"][3]["at"], first["at"]);
    let other = publish(&owner, &page, &[]).await;
    let elsewhere = format!("{}/updates/{}", report_path(&other), first["id"]);
    owner.patch(&elsewhere, json!({"message": "x"})).await.expect(404);

    let events = owner.get(&format!("/orgs/{}/audit-log", owner.org)).await.items();
    let of: Vec<&str> = events
        .iter()
        .map(|event| event["action"].as_str().unwrap())
        .collect();
    let expected = [
        "CreateStatusReport",
        "EditReportUpdate",
        "EditStatusReport",
        "AddReportUpdate",
        "AddReportUpdate",
        "AddReportUpdate",
        "CreateStatusReport",
        "CreateStatusPage",
    ];
    assert_eq!(of[..8], expected);
    assert_eq!(events[1]["before"], json!({"message": "We *look*."}));
    assert_eq!(events[3]["after"]["components"][0]["impact"], "major_outage");

    let stale = [("if-match", "\"5\"")];
    owner
        .call_with(Method::DELETE, &path, "", &stale)
        .await
        .expect(412);
    assert_eq!(owner.delete(&path).await.status, 204);
    owner.get(&path).await.expect(404);
    assert_eq!(service.count("report_updates").await, 1);
}

#[tokio::test]
async fn what_is_not_valid_is_named_by_its_place() {
    let service = UserService::start().await;
    let (owner, stranger) = (service.register().await, service.register().await);
    let (page, other) = (plain_page(&owner).await, plain_page(&owner).await);
    let theirs = plain_page(&stranger).await;
    let report = |components: Value| {
        let update =
            json!({"status": "identified", "message": "x", "components": components, "notify": false});
        json!({"title": "x", "update": update})
    };
    let named = |id: i64| {
        json!([{"component_id": page.components[0], "impact": "major_outage"},
                                 {"component_id": id, "impact": "major_outage"}])
    };
    for foreign in [other.components[0], theirs.components[0], 999_999] {
        let refused = owner.post(&page.reports(), report(named(foreign))).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fields()),
            (422, vec!["update.components.1.component_id"])
        );
    }
    let impact = json!([{"component_id": page.components[0], "impact": "bad"}]);
    let refused = owner.post(&page.reports(), report(impact)).await;
    assert_eq!(refused.fields(), ["update.components.0.impact"]);
    let made = publish(&owner, &page, &[]).await;
    let updates = format!("{}/updates", report_path(&made));
    let refused = owner
        .post(
            &updates,
            update("identified", "x", &[(other.components[0], "operational")]),
        )
        .await;
    assert_eq!(refused.fields(), ["components.0.component_id"]);
    let refused = owner
        .post(
            &updates,
            update("resolved", "x", &[(page.components[0], "operational")]),
        )
        .await;
    assert_eq!(refused.fields(), ["components"]);
    // Whether subscribers are notified is never guessed.
    let refused = owner
        .post(&updates, json!({"status": "resolved", "message": "x"}))
        .await;
    assert_eq!(refused.fields(), ["notify"]);
    let mut unknown = report(json!([]));
    unknown["incident_id"] = json!("82f05d36-573a-59ff-9bcb-fc8dc8e27aa8");
    let refused = owner.post(&page.reports(), unknown).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fields()),
        (422, vec!["incident_id"])
    );
    assert_eq!(service.count("status_reports").await, 1);
    assert_eq!(service.count("report_updates").await, 1);
}

#[tokio::test]
async fn all_who_post_at_once_get_their_updates_in() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let eve = join(&owner, "editor").await;
    let page = plain_page(&owner).await;
    let made = publish(&owner, &page, &[(page.components[0], "partial_outage")]).await;
    let path = format!("{}/updates", report_path(&made));
    let posted = join_all((0..20).map(|n| {
        let (person, path) = (if n % 2 == 0 { &owner } else { &eve }, &path);
        let body = update("identified", &format!("Update {n}"), &[]);
        async move { person.post(path, body).await.expect(201) }
    }))
    .await;
    let mut versions: Vec<i64> = posted
        .iter()
        .map(|one| one["version"].as_i64().unwrap())
        .collect();
    versions.sort_unstable();
    assert_eq!(versions, (2..22).collect::<Vec<_>>());
    let report = owner.get(&report_path(&made)).await.expect(200);
    let updates = report["updates"].as_array().unwrap();
    let mut messages: Vec<&str> = updates
        .iter()
        .map(|one| one["message"].as_str().unwrap())
        .collect();
    assert_eq!(messages.pop(), Some("We look."));
    let times: Vec<&str> = updates.iter().map(|one| one["at"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older), "{times:?}");
    messages.sort_unstable();
    let mut expected: Vec<String> = (0..20).map(|n| format!("Update {n}")).collect();
    expected.sort_unstable();
    assert_eq!(messages, expected);
}

#[tokio::test]
async fn what_is_repeated_is_published_once() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let page = plain_page(&owner).await;
    let key = [("idempotency-key", "k")];
    let body = json!({"title": "x", "update": update("identified", "x", &[])}).to_string();
    let post = async |path: String, body: String, key: &str| {
        let key = [("idempotency-key", key)];
        owner.call_with(Method::POST, &path, &body, &key).await
    };
    let made = owner
        .call_with(Method::POST, &page.reports(), &body, &key)
        .await
        .expect(201);
    let again = post(page.reports(), body, "k").await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.expect(201), made);
    let path = format!("{}/updates", report_path(&made));
    let body = update("resolved", "x", &[]).to_string();
    let added = post(path.clone(), body.clone(), "u").await.expect(201);
    assert_eq!(post(path, body, "u").await.expect(201), added);
    assert_eq!(service.count("report_updates").await, 2);
}

#[tokio::test]
async fn reports_and_updates_are_bounded() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let page = plain_page(&owner).await;
    let made = publish(&owner, &page, &[]).await;
    let db = service.db().await;
    let (org, id) = (owner.org, page.id);
    db.batch_execute(&format!(
        "INSERT INTO report_updates (org_id, report_id, status, message, notified, at, updated_at)
         SELECT {org}, {}, 'identified', repeat('x', 10000), false, now(), now() FROM generate_series(1, 498);
         INSERT INTO status_reports (org_id, page_id, title, status, started_at)
         SELECT {org}, {id}, 'x', 'identified', now() - n * interval '1 hour' FROM generate_series(1, 998) AS n;",
        made["id"]
    ))
    .await
    .unwrap();
    let path = format!("{}/updates", report_path(&made));
    let (one, two) = tokio::join!(
        owner.post(&path, update("identified", "x", &[])),
        owner.post(&path, update("identified", "x", &[]))
    );
    let (one, two) = if one.status == 201 { (one, two) } else { (two, one) };
    one.expect(201);
    let refused = two.expect(409);
    assert_eq!(
        refused["detail"],
        "the report has 500 updates, which is the limit"
    );
    let body = json!({"title": "x", "update": update("identified", "x", &[])});
    let path = page.reports();
    let (one, two) = tokio::join!(owner.post(&path, body.clone()), owner.post(&path, body.clone()));
    let (one, two) = if one.status == 201 { (one, two) } else { (two, one) };
    one.expect(201);
    let refused = two.expect(409);
    assert_eq!(
        refused["detail"],
        "the status page has 1000 reports, which is the limit"
    );

    // All of them are listed once, the latest problem first, and a page of the list does not say too much.
    let (mut listed, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("{}?limit=200{cursor}", page.reports());
        let answer = owner.get(&path).await.expect(200);
        let items = answer["items"].as_array().unwrap();
        let started = |item: &Value| {
            (
                item["started_at"].as_str().unwrap().to_owned(),
                item["id"].as_i64(),
            )
        };
        listed.extend(items.iter().map(started));
        match answer["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(listed.len(), 1_000);
    assert!(listed.is_sorted_by(|later, earlier| later > earlier));
}

#[tokio::test]
async fn a_long_list_is_cut_by_what_it_says() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let page = plain_page(&owner).await;
    for _ in 0..3 {
        let made = publish(&owner, &page, &[]).await;
        let sql = format!(
            "INSERT INTO report_updates (org_id, report_id, status, message, notified, at, updated_at)
             SELECT {}, {}, 'identified', repeat('x', 10000), false, now(), now() FROM generate_series(1, 300)",
            owner.org, made["id"]
        );
        service.db().await.execute(&sql, &[]).await.unwrap();
    }
    let first = owner.get(&page.reports()).await.expect(200);
    assert_eq!(first["items"].as_array().unwrap().len(), 1);
    let next = format!(
        "{}?cursor={}",
        page.reports(),
        first["next_cursor"].as_str().unwrap()
    );
    let second = owner.get(&next).await.expect(200);
    assert_ne!(second["items"][0]["id"], first["items"][0]["id"]);
}

#[tokio::test]
async fn an_incident_suggests_reports_in_plain_words() {
    let service = UserService::start().await;
    let (owner, stranger) = (service.register().await, service.register().await);
    let monitor = json!({"url": "https://internal.example/secret", "name": "eu-prod-7"});
    let monitor = owner.post("/monitors", monitor).await.expect(201)["id"]
        .as_i64()
        .unwrap();
    let shown = json!([{"name": "Billing"}, {"name": "Shop", "monitor_id": monitor}]);
    let german = page(
        &owner,
        json!({"locale": "de", "title": "Acme GmbH"}),
        shown.clone(),
    )
    .await;
    let english = page(&owner, json!({}), shown).await;
    plain_page(&owner).await;
    let incident = owner.outage(monitor, false).await;
    let sql =
        "UPDATE incidents SET error_code = 'read_timeout', first_error = 'no answer of internal.example'";
    service.db().await.execute(sql, &[]).await.unwrap();
    let path = format!("/incidents/{incident}/status-report-drafts");
    let drafts = owner.get(&path).await.expect(200);
    let [de, en] = drafts["items"].as_array().unwrap().as_slice() else {
        panic!("{drafts}")
    };
    assert_eq!(de["status_page_id"], german.id);
    assert_eq!(de["status_page_title"], "Acme GmbH");
    assert_eq!(de["title"], "Störung bei Shop");
    assert_eq!(en["title"], "Problem with Shop");
    assert_eq!(en["status"], "investigating");
    assert_eq!(
        en["message"],
        "We are looking into a problem with Shop. It does not answer in time."
    );
    assert_eq!(
        en["components"],
        json!([{"component_id": english.components[1], "impact": "major_outage"}])
    );
    assert_eq!(en["report_id"], Value::Null);
    let all = drafts.to_string();
    assert!(
        !all.contains("eu-prod-7") && !all.contains("internal.example"),
        "{all}"
    );
    stranger.get(&path).await.expect(404);

    // As it is suggested it can be published, once on each page.
    let body = json!({"title": en["title"], "incident_id": incident, "started_at": en["started_at"],
                      "update": {"status": en["status"], "message": en["message"],
                                 "components": en["components"], "notify": false}});
    let made = owner.post(&english.reports(), body.clone()).await.expect(201);
    assert_eq!(made["incident_id"], json!(incident));
    let again = owner.post(&english.reports(), body.clone()).await;
    assert_eq!(
        (again.status.as_u16(), again.fields()),
        (409, vec!["incident_id"])
    );
    let mut elsewhere = body.clone();
    elsewhere["update"]["components"] = json!([]);
    owner.post(&german.reports(), elsewhere).await.expect(201);
    let drafts = owner.get(&path).await.expect(200);
    assert_eq!(drafts["items"][1]["report_id"], made["id"]);
    owner.delete(&report_path(&made)).await.expect(204);
    owner.post(&english.reports(), body).await.expect(201);

    let sql = "UPDATE incidents SET resolved_at = now(), close_reason = 'recovered'";
    service.db().await.execute(sql, &[]).await.unwrap();
    let over = owner.get(&path).await.expect(200)["items"][1].clone();
    assert_eq!(
        (&over["status"], &over["components"]),
        (&json!("resolved"), &json!([]))
    );
    assert_eq!(over["message"], "There was a problem with Shop. It is over.");
}

#[tokio::test]
async fn a_program_has_no_name() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let page = plain_page(&owner).await;
    let key = json!({"name": "CI", "role": "editor"});
    let key = owner.post("/api-keys", key).await.expect(201)["api_key"]["id"].to_string();
    let body = json!({"title": "x", "update": update("identified", "x", &[])}).to_string();
    let headers = [("x-api-key-id", key.as_str())];
    let made = owner
        .as_role("editor")
        .call_with(Method::POST, &page.reports(), &body, &headers)
        .await
        .expect(201);
    assert_eq!(made["updates"][0]["author"], Value::Null);
}
