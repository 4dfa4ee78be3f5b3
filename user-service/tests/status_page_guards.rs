//! Who gets in to a status page, and whose host names are proven.

use std::sync::{Arc, Mutex};

use domain::Timestamp;
use http::Method;
use serde_json::{Value, json};
use shared::status_page::{Pass, PassKind};
use testkit::{Answer as Records, FakeSmtp, NameServer};

use crate::common::pages::{PAGES_URL, Published, page, slug, with_pages};
use crate::common::post::{all_sent, mail_to, mails_to};
use crate::common::{Answer, Person, Stores, UserService, keyring};

const PAGE: &str = "/status-pages";

fn path(page: &Value) -> String {
    format!("{PAGE}/{}", page["id"])
}

#[tokio::test]
async fn what_guards_a_page_is_not_shown_and_grows_with_each_change() {
    let service = with_pages(&[]).await;
    let ada = service.register().await;
    let slug = slug();
    let access = |access: Value| json!({"access": access});
    let body =
        json!({"title": "Acme", "slug": slug, "access": {"kind": "password", "password": "open sesame"}});
    let made = ada.post(PAGE, body).await.expect(201);
    assert_eq!(
        made["access"],
        json!({"kind": "password", "has_password": true, "email_domains": [], "networks": []})
    );
    let published = Published::of(&service).await;
    let first = published.document(&slug, |_| true).await;
    let pages::document::Guard::Password { hash } = &first.guard else {
        panic!("{:?}", first.guard)
    };
    assert!(hash.starts_with("$argon2id$"), "{hash}");
    assert!(!published.is_listed(&slug).await);
    // It is the same guard with the same password, and another one with another.
    let same = ada
        .patch(
            &path(&made),
            json!({"title": "Other", "access": {"kind": "password"}}),
        )
        .await;
    same.expect(200);
    let second = published
        .document(&slug, |document| document.title == "Other")
        .await;
    assert_eq!(
        (&second.guard, second.guard_version),
        (&first.guard, first.guard_version)
    );
    let other = access(json!({"kind": "password", "password": "open barley"}));
    ada.patch(&path(&made), other).await.expect(200);
    let third = published
        .document(&slug, |document| document.guard_version > first.guard_version)
        .await;
    assert_ne!(third.guard, first.guard);
    let public = ada
        .patch(&path(&made), access(json!({"kind": "public"})))
        .await
        .expect(200);
    assert_eq!(public["access"]["has_password"], false);
    let fourth = published
        .document(&slug, |document| document.guard_version > third.guard_version)
        .await;
    assert_eq!(fourth.guard, pages::document::Guard::Public);
    assert!(published.is_listed(&slug).await);
    let log = ada
        .get(&format!("/orgs/{}/audit-log", ada.org))
        .await
        .expect(200)
        .to_string();
    assert!(!log.contains("argon2") && !log.contains("sesame"), "{log}");

    // A page to which nobody could get a link is refused where there are no mails.
    let mails = access(json!({"kind": "email_domain", "email_domains": ["acme.example"]}));
    assert_eq!(ada.patch(&path(&made), mails).await.fields(), ["access.kind"]);
    let members = access(json!({"kind": "members"}));
    ada.patch(&path(&made), members).await.expect(200);
    let fifth = published
        .document(&slug, |document| document.guard_version > fourth.guard_version)
        .await;
    let sign_in_url = format!("https://uptime.example/status-pages/{}/visit", made["id"]);
    assert_eq!(fifth.guard, pages::document::Guard::Members { sign_in_url });
}

#[tokio::test]
async fn a_member_visits_a_page_that_is_not_public() {
    let service = with_pages(&[]).await;
    let ada = service.register().await;
    let (viewer, eve) = (ada.as_role("viewer"), service.register().await);
    let slug = slug();
    let made = page(&ada, &slug, &[]).await;
    let visit = format!("{}/visit", path(&made));
    let open = viewer.post(&visit, json!({})).await.expect(200);
    assert_eq!(open["url"], format!("{PAGES_URL}/{slug}"), "everybody is let in");
    let guarded = json!({"access": {"kind": "members"}});
    ada.patch(&path(&made), guarded).await.expect(200);
    let url = viewer.post(&visit, json!({})).await.expect(200)["url"].clone();
    let token = url
        .as_str()
        .unwrap()
        .strip_prefix(&format!("{PAGES_URL}/{slug}/enter?visit="))
        .unwrap()
        .to_owned();
    let now = shared::now();
    let open = |kind, at: Timestamp| Pass::open(&token, &keyring(), kind, at);
    let pass = open(PassKind::Visit, now).unwrap();
    assert_eq!((json!(pass.page), pass.guard_version), (made["id"].clone(), 2));
    assert_eq!(open(PassKind::Visit, now.plus_millis(61_000)), None);
    assert_eq!(open(PassKind::Cookie, now), None);
    assert_eq!(eve.post(&visit, json!({})).await.status, 404);
    ada.patch(&path(&made), json!({"published": false}))
        .await
        .expect(200);
    assert_eq!(viewer.post(&visit, json!({})).await.status, 409);
}

#[tokio::test]
async fn a_visitor_of_the_right_domain_gets_a_link() {
    let smtp = FakeSmtp::start().await;
    let service = with_pages(&[("SMTP_URL", &smtp.url)]).await;
    let ada = service.register().await;
    let slug = slug();
    let domain = format!("{}.example", testkit::unique());
    let body = json!({"title": "Acme", "slug": slug, "locale": "de",
                      "access": {"kind": "email_domain", "email_domains": [domain]}});
    let made = ada.post(PAGE, body).await.expect(201);
    let ask = async |slug: &str, email: &str| -> Answer {
        let path = format!("/internal/status-pages/{slug}/links");
        service
            .anonymous(Method::POST, &path, &json!({"email": email}))
            .await
    };
    let (bob, eve) = (format!("bob@{domain}"), "eve@other.example");
    // Nobody learns from the answer whether a mail was sent.
    for (slug, email) in [
        (&*slug, &*bob),
        (&*slug, eve),
        (&*slug, "no address"),
        ("no-such-page", &*bob),
    ] {
        ask(slug, email).await.expect(204);
    }
    let mail = mail_to(&smtp, &bob, "", 1).await;
    let token = mail
        .word_after(&format!("{PAGES_URL}/{slug}/enter?token="))
        .unwrap();
    let pass = Pass::open(&token, &keyring(), PassKind::Link, shared::now()).unwrap();
    assert_eq!((json!(pass.page), pass.guard_version), (made["id"].clone(), 1));
    assert!(
        mail.unfolded().contains("lang=3D\"de\"") || mail.unfolded().contains("lang=\"de\""),
        "{}",
        mail.text
    );
    // So many and no more to one mailbox.
    for _ in 0..5 {
        ask(&slug, &bob).await.expect(204);
    }
    all_sent(&service).await;
    assert_eq!(mails_to(&smtp, &bob, "").len(), 3);
    assert_eq!(mails_to(&smtp, eve, "").len(), 0);
    // Of a page that is not there for visitors there are no links.
    ada.patch(&path(&made), json!({"published": false}))
        .await
        .expect(200);
    ask(&slug, &format!("cy@{domain}")).await.expect(204);
    all_sent(&service).await;
    assert_eq!(mails_to(&smtp, &format!("cy@{domain}"), "").len(), 0);
}

/// A service whose host names are looked up at a name server that answers with these texts.
async fn with_names() -> (NameServer, Arc<Mutex<Vec<String>>>, UserService) {
    let texts = Arc::new(Mutex::new(Vec::<String>::new()));
    let told = Arc::clone(&texts);
    let server = NameServer::start(
        move |question| match (question.record_type, told.lock().unwrap()) {
            (16, texts) if !texts.is_empty() && question.name == "_uptime-challenge.status.acme.example" => {
                let record = |text: &String| {
                    let mut data = vec![text.len() as u8];
                    data.extend(text.as_bytes());
                    (16, data)
                };
                Records::Records(texts.iter().map(record).collect())
            }
            _ => Records::Code(3),
        },
    )
    .await;
    let stores = Stores::new().await;
    let settings = user_service::Settings {
        domain_name_server: Some(server.address()),
        ..stores.settings(&[("PAGES_URL", PAGES_URL), ("PUBLIC_URL", "https://uptime.example")])
    };
    let service = UserService::start_with(stores, settings).await;
    (server, texts, service)
}

async fn claimed(person: &Person<'_>) -> Value {
    let body = json!({"title": "Acme", "slug": slug(), "custom_domain": "Status.Acme.example."});
    person.post(PAGE, body).await.expect(201)
}

#[tokio::test]
async fn a_host_name_is_its_pages_that_has_proven_it_last() {
    let (_names, texts, service) = with_names().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let (first, second) = (claimed(&ada).await, claimed(&eve).await);
    let domain = &first["custom_domain"];
    assert_eq!(domain["host"], "status.acme.example");
    assert_eq!(domain["record_name"], "_uptime-challenge.status.acme.example");
    assert_eq!(domain["proven_at"], Value::Null);
    assert_ne!(domain["record_value"], second["custom_domain"]["record_value"]);
    let prove = async |person: &Person<'_>, page: &Value| {
        let path = format!("{}/prove-domain", path(page));
        person.post(&path, json!({})).await.expect(200)
    };
    let published = Published::of(&service).await;
    let host = "status.acme.example";

    let not_yet = prove(&ada, &first).await;
    let problem = not_yet["custom_domain"]["problem"].as_str().unwrap();
    assert!(
        problem.contains("there is no TXT record _uptime-challenge.status.acme.example"),
        "{problem}"
    );
    assert!(not_yet["custom_domain"]["checked_at"].is_string());
    assert_eq!(published.host(host).await, None);

    let token = |page: &Value| page["custom_domain"]["record_value"].as_str().unwrap().to_owned();
    *texts.lock().unwrap() = vec!["something else".to_owned(), token(&first)];
    let proven = prove(&ada, &first).await;
    assert!(proven["custom_domain"]["proven_at"].is_string(), "{proven}");
    assert_eq!(proven["custom_domain"]["problem"], Value::Null);
    assert_eq!(proven["url"], "https://status.acme.example:8443");
    let slug = first["slug"].as_str().unwrap();
    let document = published
        .document(slug, |document| document.url.contains(host))
        .await;
    assert_eq!(document.url, "https://status.acme.example:8443");
    assert_eq!(published.host(host).await.as_deref(), Some(slug));
    // What proves somebody else's page proves nothing of this one.
    let refused = prove(&eve, &second).await;
    assert_eq!(refused["custom_domain"]["proven_at"], Value::Null);

    *texts.lock().unwrap() = vec![token(&second)];
    // A day on which it is not found, or two, change nothing.
    let still = prove(&ada, &first).await;
    assert!(still["custom_domain"]["proven_at"].is_string(), "{still}");
    let taken = prove(&eve, &second).await;
    assert!(taken["custom_domain"]["proven_at"].is_string(), "{taken}");
    let lost = ada.get(&path(&first)).await.expect(200);
    assert_eq!(lost["custom_domain"]["proven_at"], Value::Null);
    assert!(
        lost["custom_domain"]["problem"]
            .as_str()
            .unwrap()
            .contains("another"),
        "{lost}"
    );
    assert_eq!(lost["url"], format!("{PAGES_URL}/{slug}"));
    let second_slug = second["slug"].as_str().unwrap();
    published
        .document(slug, |document| !document.url.contains(host))
        .await;
    published.settled().await;
    assert_eq!(published.host(host).await.as_deref(), Some(second_slug));

    // Another name begins anew, and what was is served no more.
    let other = json!({"custom_domain": "other.acme.example"});
    let other = eve.patch(&path(&second), other).await.expect(200);
    assert_eq!(other["custom_domain"]["proven_at"], Value::Null);
    assert_ne!(token(&other), token(&second));
    published.settled().await;
    assert_eq!(published.host(host).await, None);
    eve.patch(&path(&second), json!({"custom_domain": null}))
        .await
        .expect(200);
    let none = eve
        .post(&format!("{}/prove-domain", path(&second)), json!({}))
        .await;
    assert_eq!(none.status, 409);
}
