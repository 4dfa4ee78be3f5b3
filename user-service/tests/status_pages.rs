//! Status pages by the API: what is kept of them, and how they look.

use base64::Engine as _;
use fred::interfaces::{HashesInterface as _, KeysInterface as _};
use http::Method;
use serde_json::{Value, json};

use crate::common::pages::{PAGES_URL, Published, page, slug, with_pages};

const PAGE: &str = "/status-pages";

/// One pixel.
const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

fn path(page: &Value) -> String {
    format!("{PAGE}/{}", page["id"])
}

#[tokio::test]
async fn a_page_is_made_changed_and_removed() {
    let service = with_pages(&[]).await;
    let ada = service.register().await;
    let (shop, api) = (
        ada.monitor("https://a.example/").await,
        ada.monitor("https://b.example/").await,
    );
    let slug = slug();
    let body = json!({
        "title": "Acme", "slug": slug, "description": "What we *run*.", "contact_url": "mailto:help@acme.example",
        "time_zone": "Europe/Berlin", "locale": "de", "history_days": 30,
        "groups": [
            {"name": "Web", "components": [{"name": "Shop", "monitor_id": shop, "show_latency": true}, {"monitor_id": api}]},
            {"components": [{"name": "Office", "description": "In person"}]},
        ],
    });
    let made = ada.post(PAGE, body.clone()).await;
    assert_eq!(made.header("etag"), "\"1\"");
    let made = made.expect(201);
    for field in [
        "title",
        "slug",
        "description",
        "contact_url",
        "time_zone",
        "locale",
        "history_days",
    ] {
        assert_eq!(made[field], body[field], "{field}");
    }
    assert_eq!(made["url"], format!("{PAGES_URL}/{slug}"));
    let groups = made["groups"].as_array().unwrap();
    let web = &groups[0]["components"];
    assert_eq!(
        (&web[0]["name"], &web[0]["monitor_state"]),
        (&json!("Shop"), &json!("pending"))
    );
    assert_eq!(
        web[1]["name"], web[1]["monitor_name"],
        "it is called as its monitor"
    );
    assert_eq!(
        (&groups[1]["name"], &groups[1]["components"][0]["monitor_id"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(ada.get(&path(&made)).await.expect(200), made);
    assert_eq!(ada.get(PAGE).await.items(), std::slice::from_ref(&made));

    // Nothing of it is another one.
    let same = ada
        .patch(&path(&made), json!({"title": "Acme"}))
        .await
        .expect(200);
    assert_eq!(same["version"], 1);
    let stale = json!({"title": "Other"}).to_string();
    let stale = ada
        .call_with(Method::PATCH, &path(&made), &stale, &[("if-match", "\"7\"")])
        .await;
    assert_eq!(stale.status, 412);
    // Components move between groups, and stay what they are.
    let moved = json!({"groups": [
        {"components": [{"id": groups[1]["components"][0]["id"], "name": "Office"}, {"id": web[1]["id"], "monitor_id": api}]},
        {"name": "New", "is_open": false, "components": [{"name": "Fax"}]},
    ]});
    let changed = ada.patch(&path(&made), moved).await.expect(200);
    assert_eq!(
        (&changed["version"], &changed["title"]),
        (&json!(2), &json!("Acme"))
    );
    let first = &changed["groups"][0]["components"];
    assert_eq!(
        (&first[0]["id"], &first[1]["id"]),
        (&groups[1]["components"][0]["id"], &web[1]["id"])
    );
    assert_eq!(first[0]["description"], Value::Null);
    assert_eq!(changed["groups"][1]["is_open"], false);
    assert_eq!(service.count("components").await, 3);
    assert_eq!(service.count("component_groups").await, 2);
    let gone = json!({"groups": [{"components": [{"id": web[0]["id"], "name": "Shop"}]}]});
    let gone = ada.patch(&path(&made), gone).await;
    assert_eq!(gone.fields(), ["groups.0.components.0.id"]);

    assert_eq!(ada.delete(&path(&made)).await.status, 204);
    assert_eq!(ada.get(&path(&made)).await.status, 404);
    for table in [
        "status_pages",
        "components",
        "component_groups",
        "status_page_publications",
    ] {
        assert_eq!(service.count(table).await, 0, "{table}");
    }
    let log = ada
        .get(&format!("/orgs/{}/audit-log?resource=status_page", ada.org))
        .await
        .items();
    let actions: Vec<_> = log
        .iter()
        .map(|event| event["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        ["DeleteStatusPage", "EditStatusPage", "CreateStatusPage"]
    );
}

#[tokio::test]
async fn a_slug_is_one_pages_and_one_that_was_made_gives_way() {
    let service = with_pages(&[]).await;
    let (ada, eve) = (service.register().await, service.register().await);
    let title = format!("Shop {}", testkit::unique());
    let (first, second) = (
        ada.post(PAGE, json!({"title": title})).await.expect(201),
        eve.post(PAGE, json!({"title": title})).await.expect(201),
    );
    let made = first["slug"].as_str().unwrap();
    assert_eq!(second["slug"], format!("{made}-2"));
    let taken = eve.post(PAGE, json!({"title": "x", "slug": made})).await;
    assert_eq!((taken.status.as_u16(), taken.fields()), (409, vec!["slug"]));
    let taken = eve.patch(&path(&second), json!({"slug": made})).await;
    assert_eq!((taken.status.as_u16(), taken.fields()), (409, vec!["slug"]));
    // The same request again creates nothing.
    let (body, key) = (json!({"title": "Again"}).to_string(), [("idempotency-key", "k")]);
    let once = ada.call_with(Method::POST, PAGE, &body, &key).await.expect(201);
    let twice = ada.call_with(Method::POST, PAGE, &body, &key).await.expect(201);
    assert_eq!(once, twice);
    assert_eq!(service.count("status_pages").await, 3);
}

#[tokio::test]
async fn components_are_of_monitors_that_the_organisation_has() {
    let service = with_pages(&[]).await;
    let (ada, eve) = (service.register().await, service.register().await);
    let (own, other) = (
        ada.monitor("https://a.example/").await,
        eve.monitor("https://b.example/").await,
    );
    let groups =
        json!([{}, {"components": [{"monitor_id": own}, {"monitor_id": other}, {"monitor_id": 999_999}]}]);
    let refused = ada.post(PAGE, json!({"title": "Acme", "groups": groups})).await;
    assert_eq!(refused.status, 422);
    let fields = [
        "groups.1.components.1.monitor_id",
        "groups.1.components.2.monitor_id",
    ];
    assert_eq!(refused.fields(), fields);
    let preview = ada
        .post(
            "/status-pages/preview",
            json!({"title": "Acme", "groups": groups}),
        )
        .await;
    assert_eq!(preview.fields(), fields);
    // A component goes with its monitor, and the page is shown without it.
    let slug = slug();
    let made = page(&ada, &slug, &[own, own]).await;
    let published = Published::of(&service).await;
    published
        .document(&slug, |document| document.components().count() == 2)
        .await;
    ada.delete(&format!("/monitors/{own}")).await.expect(204);
    published
        .document(&slug, |document| document.components().count() == 0)
        .await;
    let left = ada.get(&path(&made)).await.expect(200);
    assert_eq!(left["groups"][0]["components"], json!([]));
    for stranger in [eve.get(&path(&made)).await, eve.delete(&path(&made)).await] {
        assert_eq!(stranger.status, 404);
    }
}

#[tokio::test]
async fn a_logo_is_drawn_anew() {
    let service = with_pages(&[]).await;
    let ada = service.register().await;
    let slug = slug();
    let body = json!({"title": "Acme", "slug": slug, "logo": format!("data:image/png;base64,{PNG}")});
    let made = ada.post(PAGE, body).await.expect(201);
    assert_eq!(made["has_logo"], true);
    let published = Published::of(&service).await;
    let document = published
        .document(&slug, |document| document.logo.is_some())
        .await;
    let stored: Vec<u8> = published
        .redis
        .get(published.keys.status_page_logo(&slug))
        .await
        .unwrap();
    assert!(stored.starts_with(b"\x89PNG"));
    let hash = ring::digest::digest(&ring::digest::SHA256, &stored);
    let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(document.logo, Some(hash));
    let wrong = ada
        .patch(&path(&made), json!({"logo": "data:image/png;base64,AAAA"}))
        .await;
    assert_eq!(wrong.fields(), ["logo"]);
    ada.patch(&path(&made), json!({"logo": null})).await.expect(200);
    published
        .document(&slug, |document| document.logo.is_none())
        .await;
    let stored: Option<Vec<u8>> = published
        .redis
        .get(published.keys.status_page_logo(&slug))
        .await
        .unwrap();
    assert_eq!(stored, None);
}

#[tokio::test]
async fn there_are_as_many_pages_as_the_plan_allows() {
    let service = with_pages(&[
        ("PLANS", r#"{"free": {"status_pages": 1}}"#),
        ("PLAN_DEFAULT", "free"),
    ])
    .await;
    let ada = service.register().await;
    ada.post(PAGE, json!({"title": "One"})).await.expect(201);
    let refused = ada.post(PAGE, json!({"title": "Two"})).await.expect(409);
    assert_eq!(
        (&refused["key"], &refused["limit"]),
        (&json!("status_pages"), &json!(1))
    );
    let usage = ada.get(&format!("/orgs/{}/usage", ada.org)).await.expect(200);
    let item = json!({"key": "status_pages", "used": 1, "limit": 1});
    assert!(usage["items"].as_array().unwrap().contains(&item), "{usage}");
}

#[tokio::test]
async fn a_page_is_looked_at_before_it_is_saved() {
    let service = with_pages(&[]).await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let groups = json!([{"components": [{"monitor_id": monitor}, {"name": "Fax"}]}]);
    let body = json!({"title": "Acme", "groups": groups});
    let look = ada.post("/status-pages/preview", body).await.expect(200);
    assert!(look["html"].is_string());
    assert_eq!(service.count("status_pages").await, 0);
    let made = page(&ada, &slug(), &[monitor]).await;
    let look = format!("{}/preview", path(&made));
    ada.post(&look, json!({"title": "Other"})).await.expect(200);
    assert_eq!(ada.post(&look, json!({"title": ""})).await.fields(), ["title"]);
    assert_eq!(ada.get(&path(&made)).await.expect(200), made);
}

#[tokio::test]
async fn a_preview_shows_the_logo_that_is_stored_unless_it_is_to_go() {
    let service = with_pages(&[]).await;
    let ada = service.register().await;
    let logo = format!("data:image/png;base64,{PNG}");
    let made = ada
        .post(PAGE, json!({"title": "Acme", "logo": logo}))
        .await
        .expect(201);
    let look = format!("{}/preview", path(&made));
    let embedded = r#"<img src="data:image/png;base64,iVBOR"#;
    for (edit, is_shown) in [
        (json!({"title": "Other"}), true),
        (json!({"logo": null}), false),
        // It is not drawn for a preview.
        (json!({"logo": logo}), false),
    ] {
        let shown = ada.post(&look, edit.clone()).await.expect(200);
        let html = shown["html"].as_str().unwrap();
        assert_eq!(html.contains(embedded), is_shown, "{edit}");
        assert_eq!(
            html.contains("logo.png"),
            is_shown,
            "{edit}: as the picture of the page"
        );
    }
}

#[tokio::test]
async fn a_logo_of_too_many_pixels_is_refused_by_its_field() {
    let service = with_pages(&[]).await;
    let ada = service.register().await;
    let mut png = std::io::Cursor::new(Vec::new());
    let image = image::DynamicImage::new_luma8(4_096, 4_096);
    image.write_to(&mut png, image::ImageFormat::Png).unwrap();
    let logo = base64::engine::general_purpose::STANDARD.encode(png.into_inner());
    let body = json!({"title": "Acme", "logo": format!("data:image/png;base64,{logo}")});
    let refused = ada.post(PAGE, body).await;
    assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec!["logo"]));
    assert_eq!(service.count("status_pages").await, 0);
}

#[tokio::test]
async fn statistics_are_the_views_of_the_last_days_and_the_numbers_of_subscribers() {
    let service = with_pages(&[]).await;
    let ada = service.register().await;
    let made = page(&ada, &slug(), &[]).await;
    let other = page(&ada, &slug(), &[]).await;
    let (path, id) = (path(&made), made["id"].to_string());
    let statistics = async || ada.get(&format!("{path}/statistics")).await.expect(200);
    let days = async || -> Vec<(String, u64)> {
        let found = statistics().await["days"].as_array().unwrap().clone();
        let day = |day: &Value| {
            (
                day["date"].as_str().unwrap().to_owned(),
                day["views"].as_u64().unwrap(),
            )
        };
        found.iter().map(day).collect()
    };
    let none = days().await;
    assert_eq!(none.len(), 90);
    assert!(none.is_sorted() && none.iter().all(|(_, views)| *views == 0));

    let published = Published::of(&service).await;
    let today = shared::now().to_datetime().date_naive();
    for (back, page, views) in [
        (0, id.clone(), 3),
        (89, id.clone(), 5),
        (90, id, 7),
        (0, other["id"].to_string(), 9),
    ] {
        let key = published.keys.status_page_views(today - chrono::Days::new(back));
        let _: i64 = published.redis.hincrby(key, page, views).await.unwrap();
    }
    let seen: Vec<u64> = days()
        .await
        .iter()
        .map(|(_, views)| *views)
        .filter(|views| *views > 0)
        .collect();
    assert_eq!(seen, [5, 3]);

    let sql = "INSERT INTO status_page_subscribers (id, org_id, page_id, mailbox, address, state, expires_at)
               SELECT gen_random_uuid(), org_id, id, a, a, CASE a WHEN 'a@a.example' THEN 'confirmed' ELSE 'pending' END,
                      CASE a WHEN 'a@a.example' THEN NULL ELSE now() + interval '1 day' END
               FROM status_pages, unnest(ARRAY['a@a.example', 'b@a.example', 'c@a.example']) AS a WHERE id = $1";
    let id = made["id"].as_i64().unwrap();
    service.db().await.execute(sql, &[&id]).await.unwrap();
    let found = statistics().await;
    assert_eq!(
        (&found["subscribers"], &found["waiting_subscribers"]),
        (&json!(1), &json!(2))
    );
    let bob = service.register().await;
    bob.get(&format!("{path}/statistics")).await.expect(404);
}
