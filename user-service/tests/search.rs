//! Searching everything that an organisation has, as far as the caller sees it.

use crate::common::scene::{join, key, member, scene};
use crate::common::{Answer, Person, UserService};
use crate::status_reports::{page, publish};
use serde_json::{Value, json};

/// What was found of a kind: ids, titles and details.
pub(crate) fn of_kind(answer: Answer, kind: &str) -> Vec<(String, String, String)> {
    let body = answer.expect(200);
    let groups = body["groups"].as_array().unwrap();
    let group = groups.iter().find(|group| group["kind"] == kind);
    let items = group.map_or(&[][..], |group| group["items"].as_array().unwrap());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    items
        .iter()
        .map(|item| (text(&item["id"]), text(&item["title"]), text(&item["detail"])))
        .collect()
}

pub(crate) async fn titles(person: &Person<'_>, kind: &str, q: &str) -> Vec<String> {
    let found = of_kind(person.get(&format!("/search?limit=20&q={q}")).await, kind);
    found.into_iter().map(|(_, title, _)| title).collect()
}

async fn kinds(person: &Person<'_>, query: &str) -> Vec<String> {
    let body = person.get(&format!("/search?{query}")).await.expect(200);
    let groups = body["groups"].as_array().unwrap();
    let kind = |group: &Value| group["kind"].as_str().unwrap().to_owned();
    groups.iter().map(kind).collect()
}

pub(crate) async fn monitor(owner: &Person<'_>, body: Value) -> i64 {
    let made = owner.post("/monitors", body).await.expect(201);
    made["id"].as_i64().unwrap()
}

/// Notes so many outages of a monitor, a minute apart, the first so many hours ago.
pub(crate) async fn outages(owner: &Person<'_>, monitor: i64, error: &str, hours_ago: i32, count: i64) {
    let sql = "INSERT INTO incidents (id, monitor_id, org_id, revision, started_at, resolved_at, close_reason, error_code,
                                      first_error)
               SELECT gen_random_uuid(), $1, $2, 1, at, at, 'recovered', 'read_timeout', $3
               FROM generate_series(1, $5::bigint) AS n,
                    LATERAL (SELECT now() - make_interval(hours => $4) + n * interval '1 minute' AS at) AS it";
    let db = owner.service.db().await;
    db.execute(sql, &[&monitor, &owner.org, &error, &hours_ago, &count])
        .await
        .unwrap();
}

#[tokio::test]
async fn monitors_are_found_by_name_address_key_and_tags_of_the_own_organisation() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    for (name, url, tags) in [
        (
            "Shop checkout",
            "https://shop.eu-1.example.org/pay",
            json!(["prod"]),
        ),
        ("Shop", "https://www.example.org/", json!(["prod", "team=web"])),
        ("Workshop", "https://workshop.example.net/", json!([])),
    ] {
        let body = json!({"name": name, "url": url, "tags": tags});
        monitor(&ada, body).await;
    }
    let theirs = json!({"name": "Shop of others", "url": "https://a.example/", "tags": ["prod"]});
    monitor(&eve, theirs).await;
    let found = async |q: &str| titles(&ada, "monitor", q).await;
    assert_eq!(
        found("shop").await,
        ["Shop", "Shop checkout"],
        "the exact name first"
    );
    assert_eq!(found("SHO").await, ["Shop", "Shop checkout"]);
    assert_eq!(found("example%20shop").await, ["Shop", "Shop checkout"]);
    assert_eq!(found("eu-1.example.org").await, ["Shop checkout"]);
    assert_eq!(
        found("https://shop.eu-1.example.org/pay?x=1").await,
        ["Shop checkout"]
    );
    assert_eq!(found("prod%20check").await, ["Shop checkout"], "a tag and a name");
    assert_eq!(found("team%3Dweb").await, ["Shop"]);
    assert_eq!(found("hop").await, [] as [&str; 0], "no word begins so");
    assert_eq!(found("others").await, [] as [&str; 0]);
    assert_eq!(found("%26%7C!():*'%5C").await, [] as [&str; 0]);
    // Whoever renames or removes it is followed at once.
    let id = of_kind(ada.get("/search?q=workshop").await, "monitor")
        .remove(0)
        .0;
    let path = format!("/monitors/{id}");
    ada.patch(&path, json!({"name": "Garage", "external_key": "depot-7"}))
        .await
        .expect(200);
    assert_eq!(found("depot%20garage").await, ["Garage"]);
    ada.delete(&path).await.expect(204);
    assert_eq!(found("garage").await, [] as [&str; 0]);
    let body = ada.get("/search?q=shop&limit=1&kinds=monitor").await.expect(200);
    assert_eq!(body["groups"][0]["more"], true);
    assert_eq!(body["groups"][0]["items"].as_array().unwrap().len(), 1);
    assert_eq!(ada.get("/search").await.expect(200)["groups"], json!([]));
}

#[tokio::test]
async fn what_is_secret_in_an_address_is_neither_found_nor_shown() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let body = json!({
        "name": "Shop", "url": "https://a.example/x?api_key=hunter2",
        "http": {"headers": {"X-Token": "hunter3"}}
    });
    monitor(&ada, body).await;
    for role in ["owner", "viewer"] {
        let person = ada.as_role(role);
        for secret in ["hunter2", "api_key", "hunter3"] {
            assert_eq!(
                kinds(&person, &format!("q={secret}&kinds=monitor")).await,
                [] as [&str; 0]
            );
        }
        let answer = person.get("/search?q=a.example").await.expect(200);
        assert!(!answer.to_string().contains("hunter"), "{answer}");
        let shown = &answer["groups"][0]["items"][0];
        assert_eq!(shown["detail"], "https://a.example/x", "{role}");
    }
}

#[tokio::test]
async fn incidents_are_found_by_what_failed_and_by_their_monitors_however_old() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let shop = monitor(&ada, json!({"name": "Shop", "url": "https://a.example/"})).await;
    let blog = monitor(&ada, json!({"name": "Blog", "url": "https://b.example/"})).await;
    let theirs = monitor(&eve, json!({"name": "Shop", "url": "https://a.example/"})).await;
    outages(&eve, theirs, "certificate expired", 2, 3).await;
    outages(&ada, shop, "certificate expired at gate.example:8443", 900, 1).await;
    outages(&ada, blog, "no answer", 800, 3_500).await;
    outages(&ada, shop, "no answer", 1, 2).await;
    let found = async |q: &str| titles(&ada, "incident", q).await;
    assert_eq!(found("shop%20answer").await, ["Shop", "Shop"]);
    assert_eq!(found("shop").await, ["Shop", "Shop", "Shop"]);
    // Older than all that are looked at one by one: by the monitor, and by the index.
    assert_eq!(found("shop%20expired").await, ["Shop"]);
    assert_eq!(found("certif").await, ["Shop"]);
    assert_eq!(found("gate.example:8443").await, ["Shop"]);
    assert_eq!(found("blog%20expired").await, [] as [&str; 0]);
    assert_eq!(found("timeout").await.len(), 20);
    let body = ada.get("/search?q=timeout&kinds=incident").await.expect(200);
    let group = &body["groups"][0];
    assert_eq!(
        (&group["more"], &group["items"][0]["title"]),
        (&json!(true), &json!("Shop")),
        "the newest first"
    );
    assert_eq!(group["items"][0]["open"], false);
    assert_eq!(group["items"][0]["detail"], "no answer");
}

#[tokio::test]
async fn what_people_write_and_what_has_names_is_found_by_who_may_see_it() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let shop = ada.monitor("https://a.example/").await;
    let incident = ada.outage(shop, false).await;
    let text = format!(
        "{} the flux capacitor was replaced",
        "We looked at it. ".repeat(20)
    );
    ada.post(&format!("/incidents/{incident}/notes"), json!({"text": text}))
        .await
        .expect(200);
    ada.channel().await;
    let window = json!({"name": "Move of Ops", "repeat": "once", "from": "2099-12-01T22:00:00Z",
                        "until": "2099-12-02T04:00:00Z"});
    ada.post("/maintenance-windows", window).await.expect(201);
    let own = json!({"name": "Ops at night", "kind": "ntfy", "config": {"topic": "ada-private"}});
    ada.post("/me/channels", own).await.expect(201);
    let of_page = page(&ada, json!({"title": "Ops status"}), json!([{"name": "API"}])).await;
    let report = publish(&ada, &of_page, &[]).await;

    let note = of_kind(ada.get("/search?q=capacitor%20flux").await, "note").remove(0);
    assert!(
        note.2.starts_with('…') && note.2.contains("flux capacitor"),
        "{}",
        note.2
    );
    let body = ada.get("/search?q=flux&kinds=note").await.expect(200);
    assert_eq!(body["groups"][0]["items"][0]["parent_id"], json!(incident));
    assert_eq!(
        titles(&ada, "channel", "ops").await,
        ["Ops"],
        "not a member's own"
    );
    assert_eq!(titles(&ada, "maintenance_window", "ops").await, ["Move of Ops"]);
    assert_eq!(titles(&ada, "status_page", "ops").await, ["Ops status"]);
    for q in ["slow", "we%20look"] {
        let body = ada
            .get(&format!("/search?q={q}&kinds=status_report"))
            .await
            .expect(200);
        let found = &body["groups"][0]["items"][0];
        assert_eq!(found["id"], report["id"].to_string(), "{q}");
        assert_eq!(found["parent_id"], of_page.id.to_string());
        assert_eq!(found["open"], true);
    }
    let audit = of_kind(
        ada.get("/search?q=createchannel&kinds=audit_event").await,
        "audit_event",
    );
    assert!(
        audit.iter().any(|(_, action, _)| action == "CreateChannel"),
        "{audit:?}"
    );

    let all = "q=ops&kinds=channel,maintenance_window,status_page,audit_event";
    assert_eq!(
        kinds(&ada, all).await,
        ["maintenance_window", "channel", "status_page", "audit_event"]
    );
    let viewer = join(&ada, "viewer").await;
    assert_eq!(
        kinds(&viewer, all).await,
        ["maintenance_window", "channel", "status_page"],
        "a viewer does not read the audit log"
    );
    for q in ["ops", "flux", "slow", "a.example", "createchannel"] {
        let found = kinds(&eve, &format!("q={q}")).await;
        assert!(
            found.iter().all(|kind| kind == "audit_event"),
            "{q}: of another organisation"
        );
    }
}

#[tokio::test]
async fn who_is_narrowed_finds_what_is_inside() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    for (of, name) in [(&scene.inside, "Inside"), (&scene.outside, "Outside")] {
        let path = format!("/monitors/{}", of.monitor);
        scene
            .owner
            .patch(&path, json!({"name": format!("{name} gate")}))
            .await
            .expect(200);
        let path = format!("/incidents/{}/notes", of.incident);
        scene
            .owner
            .post(&path, json!({"text": "the gate is stuck"}))
            .await
            .expect(200);
    }
    page(&scene.owner, json!({"title": "Gate"}), json!([{"name": "API"}])).await;
    for caller in [member(&scene).await, key(&scene).await] {
        let answer = caller.get("/search?q=gate&limit=20").await.expect(200);
        let groups = answer["groups"].as_array().unwrap();
        let found: Vec<_> = groups
            .iter()
            .flat_map(|group| {
                let items = group["items"].as_array().unwrap().iter();
                items.map(|item| (group["kind"].as_str().unwrap(), item["title"].as_str().unwrap()))
            })
            .collect();
        assert_eq!(
            found,
            [
                ("monitor", "Inside gate"),
                ("incident", "Inside gate"),
                ("note", "Inside gate")
            ]
        );
        let by_tag = caller.get("/search?q=search&kinds=monitor").await.expect(200);
        assert_eq!(by_tag["groups"], json!([]), "by a tag that is not seen");
        let windows = caller.get("/search?q=move&kinds=maintenance_window").await;
        assert_eq!(of_kind(windows, "maintenance_window").len(), 1);
    }
    let everything = scene.owner.get("/search?q=gate&kinds=monitor,incident").await;
    assert_eq!(of_kind(everything, "incident").len(), 2);
}
