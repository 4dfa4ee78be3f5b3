//! What a search finds where there is more than it looks at, and what it does where that takes too long.

use crate::common::scene::{key, member, scene};
use crate::common::{Person, UserService};
use crate::search::{monitor, of_kind, outages, titles};
use serde_json::json;

/// Adds monitors with these names, `{n}` being 1 to `count`, and the tag if there is one.
async fn monitors(owner: &Person<'_>, name: &str, count: i64, tag: Option<&str>) -> Vec<i64> {
    let db = owner.service.db().await;
    let sql = "INSERT INTO monitors (org_id, name, spec)
               SELECT $1::bigint, replace($2::text, '{n}', n::text), '{\"kind\": \"http\", \"url\": \"https://x.example/\"}'
               FROM generate_series(1, $3::bigint) AS n RETURNING id";
    let rows = db.query(sql, &[&owner.org, &name, &count]).await.unwrap();
    let ids: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    if let Some(tag) = tag {
        let sql = "INSERT INTO tags (org_id, name, colour) SELECT $1::bigint, $2::text, 'grey'
                   WHERE NOT EXISTS (SELECT FROM tags WHERE org_id = $1 AND name = $2::text)";
        db.execute(sql, &[&owner.org, &tag]).await.unwrap();
        let sql = "INSERT INTO monitor_tags (monitor_id, tag_id)
                   SELECT m.id, t.id FROM unnest($2::bigint[]) AS m (id), tags t WHERE t.org_id = $1 AND t.name = $3::text";
        db.execute(sql, &[&owner.org, &ids, &tag]).await.unwrap();
    }
    ids
}

async fn remove(owner: &Person<'_>, monitors: &[i64]) {
    let sql = "UPDATE monitors SET deleted_at = now() WHERE id = ANY($1)";
    owner.service.db().await.execute(sql, &[&monitors]).await.unwrap();
}

/// As it stands in an address.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn a_tag_that_many_have_and_a_name_find_the_one() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let removed = monitors(&ada, "Old {n}", 150, Some("prod")).await;
    remove(&ada, &removed).await;
    monitors(&ada, "Node {n}", 1_050, Some("prod")).await;
    monitors(&ada, "Node Ledger", 1, Some("prod")).await;
    monitors(&ada, "Ledger of a test", 1, None).await;
    assert_eq!(titles(&ada, "monitor", "prod%20ledger").await, ["Node Ledger"]);
    assert_eq!(
        titles(&ada, "monitor", "node%20ledger%20prod").await,
        ["Node Ledger"]
    );
    let by_tag = titles(&ada, "monitor", "prod").await;
    assert_eq!(by_tag.len(), 20, "removed ones take nobody's place");
    assert!(by_tag.iter().all(|name| name.starts_with("Node")), "{by_tag:?}");
}

#[tokio::test]
async fn old_incidents_are_found_by_a_name_whose_words_many_monitors_have() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let many = monitors(&ada, "web server {n}", 1_200, None).await;
    let plain = monitors(&ada, "web server", 1, None).await;
    let blog = monitor(&ada, json!({"name": "Blog", "url": "https://b.example/"})).await;
    outages(&ada, many[1_199], "no answer", 901, 1).await;
    outages(&ada, plain[0], "no answer", 900, 1).await;
    // Those that are looked at one by one are all newer.
    outages(&ada, blog, "no answer", 800, 3_100).await;
    let found = async |q: &str| titles(&ada, "incident", q).await;
    assert_eq!(found("web%20server%201200").await, ["web server 1200"]);
    assert_eq!(found("1200%20web%20timeout").await, ["web server 1200"]);
    assert_eq!(
        found("web%20server").await.first().map(String::as_str),
        Some("web server"),
        "the best name is among those that are looked at"
    );
}

#[tokio::test]
async fn the_newest_notes_are_found_and_those_that_somebody_narrowed_sees() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let sql = "INSERT INTO incident_notes (incident_id, org_id, by_name, text, written_at)
               SELECT $1::uuid, $2::bigint, 'Ada', 'the sprocket ' || n,
                      now() - make_interval(hours => $3) + n * interval '1 second'
               FROM generate_series(1, $4::bigint) AS n";
    let db = service.db().await;
    for (incident, hours, count) in [
        (scene.inside.incident, 30, 1i64),
        (scene.outside.incident, 20, 2_500),
    ] {
        db.execute(sql, &[&incident, &scene.owner.org, &hours, &count])
            .await
            .unwrap();
    }
    let path = "/search?q=sprocket&kinds=note&limit=1";
    let found = of_kind(scene.owner.get(path).await, "note");
    assert_eq!(found[0].2, "the sprocket 2500");
    for caller in [member(&scene).await, key(&scene).await] {
        let body = caller.get(path).await.expect(200);
        let group = &body["groups"][0];
        assert_eq!(group["items"][0]["parent_id"], json!(scene.inside.incident));
        assert_eq!(group["more"], false);
    }
}

#[tokio::test]
async fn a_kind_that_takes_too_long_is_cut_and_the_others_are_there() {
    let service = UserService::start().await;
    let ada = service.register().await;
    monitor(&ada, json!({"name": "Shop", "url": "https://a.example/"})).await;
    let db = service.db().await;
    db.batch_execute("BEGIN; LOCK TABLE incident_notes IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let answer = ada.get("/search?q=shop&kinds=monitor,note,audit_event").await;
    db.batch_execute("ROLLBACK").await.unwrap();
    let body = answer.expect(200);
    let groups = body["groups"].as_array().unwrap();
    let kinds: Vec<&str> = groups
        .iter()
        .map(|group| group["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["monitor", "note", "audit_event"]);
    assert_eq!(
        (&groups[0]["more"], &groups[1]["more"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(groups[1]["items"], json!([]));
    assert_eq!(groups[0]["items"][0]["title"], "Shop");
}

#[tokio::test]
async fn changes_are_found_by_what_they_were_made_to() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let id = monitor(&ada, json!({"name": "Quasar", "url": "https://a.example/"})).await;
    let path = format!("/monitors/{id}");
    ada.patch(&path, json!({"interval_seconds": 120}))
        .await
        .expect(200);
    let found = async |q: &str| {
        of_kind(
            ada.get(&format!("/search?q={q}&kinds=audit_event")).await,
            "audit_event",
        )
    };
    let changes = found("quasar").await;
    assert_eq!(changes.len(), 2, "that it was made, and changed: {changes:?}");
    assert!(changes[0].2.contains("Quasar"), "{changes:?}");
    ada.patch(&path, json!({"name": "Pulsar"})).await.expect(200);
    assert_eq!(found("pulsar").await.len(), 3, "by its present name");
    assert_eq!(
        found("quasar").await.len(),
        2,
        "as it was called when made, and until the change"
    );
}

#[tokio::test]
async fn what_fails_otherwise_while_it_goes_on_is_found() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let shop = monitor(&ada, json!({"name": "Shop", "url": "https://a.example/"})).await;
    let incident = ada.outage(shop, false).await;
    let db = service.db().await;
    let found = async |q: &str| titles(&ada, "incident", q).await;
    let sql = "UPDATE incidents SET last_error = 'flux drift' WHERE id = $1";
    db.execute(sql, &[&incident]).await.unwrap();
    assert_eq!(found("flux").await, ["Shop"], "while it goes on");
    let sql = "UPDATE incidents SET resolved_at = now(), close_reason = 'recovered' WHERE id = $1";
    db.execute(sql, &[&incident]).await.unwrap();
    assert_eq!(found("flux").await, ["Shop"], "once it is over");
}

#[tokio::test]
async fn words_whose_letters_have_marks_or_stand_apart_are_found() {
    let service = UserService::start().await;
    let ada = service.register().await;
    for name in [
        "हिन्दी सेवा",
        "ภาษาไทย",
        "می\u{200c}خواهم",
        "cafe\u{301} API",
        "Größe",
    ] {
        monitor(&ada, json!({"name": name, "url": "https://a.example/"})).await;
        assert_eq!(titles(&ada, "monitor", &encoded(name)).await, [name]);
    }
    assert_eq!(titles(&ada, "monitor", &encoded("हिन्दी")).await, ["हिन्दी सेवा"]);
}
