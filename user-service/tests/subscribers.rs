//! Subscribers of status pages: how they come and go, and what they are told.

use http::Method;
use serde_json::{Value, json};
use testkit::{FakeSmtp, Manners, eventually};

use crate::common::post::{mail_to, mails_to, verified};
use crate::common::subscribing::{Page, add_confirmed, all_told, named, subscription, update, with_pages};
use crate::common::{PATIENCE, Stores, UserService};

const CONFIRM: &str = "Confirm your subscription to \"Acme\"";
const KNOWN: &str = "You are subscribed to \"Acme\" already";
const BEGUN: &str = "[Acme] Investigating: Checkout fails";
const OVER: &str = "[Acme] Resolved: Checkout fails";

fn address() -> String {
    format!("{}@example.org", testkit::unique())
}

async fn service() -> (FakeSmtp, UserService) {
    let smtp = FakeSmtp::start().await;
    let service = with_pages(Stores::new().await, &smtp).await;
    (smtp, service)
}

async fn row(service: &UserService, email: &str) -> Value {
    let sql = "SELECT to_jsonb(s)::text FROM status_page_subscribers s WHERE address = $1";
    let row = service.db().await.query_one(sql, &[&email]).await.unwrap();
    serde_json::from_str(row.get(0)).unwrap()
}

#[tokio::test]
async fn who_confirms_is_told_of_each_update_until_they_unsubscribe() {
    let (smtp, service) = service().await;
    let ada = verified(&service).await;
    let (page, eve) = (Page::new(&ada).await, address());
    page.sign_up(&service, &eve, None).await.expect(202);
    let mail = mail_to(&smtp, &eve, CONFIRM, 1).await;
    assert!(
        !mail.text.contains("List-Unsubscribe"),
        "there is nothing to end yet"
    );
    let asks = page.token_of(&mail, "subscription");

    // To be asked is not to be told.
    let before = page.report(&ada, None, true).await;
    let shown = subscription(&service, "show", json!({"token": asks}))
        .await
        .expect(200);
    assert_eq!(
        shown,
        json!({"slug": page.slug, "address": format!("{}•••@example.org", &eve[..1]), "state": "pending",
               "components": null, "can_confirm": true})
    );
    subscription(&service, "confirm", json!({"token": asks}))
        .await
        .expect(200);
    let again = subscription(&service, "confirm", json!({"token": asks}))
        .await
        .expect(200);
    assert_eq!(
        (&again["state"], &again["can_confirm"]),
        (&json!("confirmed"), &json!(false))
    );

    let report = page.report(&ada, Some(0), true).await;
    let mail = mail_to(&smtp, &eve, BEGUN, 1).await;
    let text = mail.unfolded();
    for said in ["We look.", "We <strong>look</strong>.", "- Shop: Major outage"] {
        assert!(text.contains(said), "{said} is not in {text}");
    }
    let token = page.token_of(&mail, "unsubscribe");
    let header = format!(
        "List-Unsubscribe: <https://pages.example/{}/unsubscribe?token={token}>",
        page.slug
    );
    assert!(text.contains(&header), "{text}");
    assert!(
        text.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"),
        "{text}"
    );
    update(&ada, report, "identified", false).await;
    update(&ada, report, "resolved", true).await;
    let end = mail_to(&smtp, &eve, OVER, 1).await;
    assert!(end.unfolded().contains("- Shop: Operational"), "{}", end.text);
    let thread = |mail: &testkit::Mail| mail.word_after("References: <").unwrap();
    assert_eq!(thread(&mail), thread(&end));

    subscription(&service, "unsubscribe", json!({"token": token}))
        .await
        .expect(200);
    subscription(&service, "unsubscribe", json!({"token": token}))
        .await
        .expect(200);
    let kept = row(&service, &eve).await;
    assert_eq!(
        (&kept["state"], &kept["ended_by"]),
        (&json!("unsubscribed"), &json!("recipient"))
    );
    assert!(kept["unsubscribed_at"].is_string());
    // The link that has confirmed does so once.
    subscription(&service, "confirm", json!({"token": asks}))
        .await
        .expect(410);
    update(&ada, before, "resolved", true).await;
    page.report(&ada, None, true).await;
    all_told(&service).await;
    let to_eve = smtp
        .mails()
        .iter()
        .filter(|mail| mail.to == [format!("<{eve}>")])
        .count();
    assert_eq!(to_eve, 3, "the question and two notices");
}

#[tokio::test]
async fn who_signs_up_again_before_confirming_is_asked_about_all_of_it() {
    let (smtp, service) = service().await;
    let ada = verified(&service).await;
    let (page, eve) = (Page::new(&ada).await, address());
    page.sign_up(&service, &eve, Some(&page.components[..1]))
        .await
        .expect(202);
    let first = page.token_of(&mail_to(&smtp, &eve, CONFIRM, 1).await, "subscription");
    all_told(&service).await;
    let age = "UPDATE status_page_subscribers SET asked_at = asked_at - interval '6 days', expires_at = expires_at - interval '6 days'";
    service.db().await.execute(age, &[]).await.unwrap();
    page.sign_up(&service, &eve.to_uppercase(), Some(&page.components[1..]))
        .await
        .expect(202);
    let second = page.token_of(&mail_to(&smtp, &eve, CONFIRM, 2).await, "subscription");
    assert_ne!(first, second);
    let left = "SELECT expires_at > now() + interval '6 days 23 hours' FROM status_page_subscribers";
    assert!(
        service
            .db()
            .await
            .query_one(left, &[])
            .await
            .unwrap()
            .get::<_, bool>(0)
    );
    let confirmed = subscription(&service, "confirm", json!({"token": second}))
        .await
        .expect(200);
    assert_eq!(confirmed["components"], json!(page.components));
    assert_eq!(service.count("status_page_subscribers").await, 1);

    // All components, and some of them, are all.
    let joe = address();
    page.sign_up(&service, &joe, None).await.expect(202);
    page.sign_up(&service, &joe, Some(&page.components[..1]))
        .await
        .expect(202);
    assert_eq!(row(&service, &joe).await["components"], Value::Null);
}

#[tokio::test]
async fn who_has_confirmed_stays_as_they_are_and_is_told_so() {
    let (smtp, service) = service().await;
    let ada = verified(&service).await;
    let (page, eve) = (Page::new(&ada).await, address());
    page.subscribe(&service, &smtp, &eve, Some(&page.components[..1]))
        .await;
    let before = row(&service, &eve).await;
    page.sign_up(&service, &eve, None).await.expect(202);
    let token = page.token_of(&mail_to(&smtp, &eve, KNOWN, 1).await, "subscription");
    all_told(&service).await;
    let after = row(&service, &eve).await;
    for field in ["id", "state", "components", "confirmed_at", "created_at"] {
        assert_eq!(before[field], after[field], "{field}");
    }
    let choice = json!({"token": token, "components": page.components[1..]});
    let chosen = subscription(&service, "components", choice).await.expect(200);
    assert_eq!(chosen["components"], json!(page.components[1..]));
    let all = subscription(&service, "components", json!({"token": token}))
        .await
        .expect(200);
    assert_eq!(all["components"], Value::Null);
    for wrong in [json!([]), json!([i64::MAX])] {
        let answer = subscription(
            &service,
            "components",
            json!({"token": token, "components": wrong}),
        )
        .await;
        assert_eq!(
            (answer.status.as_u16(), answer.fields()),
            (422, vec!["components"])
        );
    }
}

#[tokio::test]
async fn no_answer_tells_who_subscribes() {
    let (smtp, service) = service().await;
    let ada = verified(&service).await;
    let page = Page::new(&ada).await;
    let (confirmed, gone, pending) = (address(), address(), address());
    page.subscribe(&service, &smtp, &confirmed, None).await;
    let token = page.subscribe(&service, &smtp, &gone, None).await;
    subscription(&service, "unsubscribe", json!({"token": token}))
        .await
        .expect(200);
    page.sign_up(&service, &pending, None).await.expect(202);
    let mut answers = Vec::new();
    for email in [&confirmed, &gone, &pending, &address()] {
        let answer = page.sign_up(&service, email, None).await;
        answers.push((answer.status, answer.body, answer.headers.len()));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    // A link of another installation, of nobody, and what is none.
    let link = |n: u128| {
        let mut plain = vec![2];
        plain.extend(page.id.to_be_bytes());
        plain.extend(n.to_be_bytes());
        let sealed = crate::common::keyring().seal_stable("status-page/subscription", &plain);
        base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, sealed)
    };
    let nobodys = link(1);
    let mut forged = nobodys.clone();
    forged.replace_range(20..21, if &forged[20..21] == "A" { "B" } else { "A" });
    let mut unknown = Vec::new();
    for what in ["show", "confirm", "components"] {
        for token in [&nobodys, &forged] {
            let answer = subscription(&service, what, json!({"token": token})).await;
            unknown.push((answer.status.as_u16(), answer.body["detail"].clone()));
        }
        let malformed = subscription(&service, what, json!({"token": "x"})).await;
        assert_eq!(malformed.status, 400, "{what}");
    }
    assert_eq!(unknown[0].0, 404);
    assert!(unknown.iter().all(|answer| *answer == unknown[0]), "{unknown:?}");
    // What was asked for is so already where there is nothing (any more).
    subscription(&service, "unsubscribe", json!({"token": nobodys}))
        .await
        .expect(200);
    subscription(&service, "unsubscribe", json!({"token": forged}))
        .await
        .expect(404);
    subscription(&service, "unsubscribe", json!({"token": "x"}))
        .await
        .expect(400);
    let elsewhere = json!({"email": address(), "components": null});
    let path = "/internal/status-pages/no-such-page/subscriptions";
    service
        .anonymous(Method::POST, path, &elsewhere)
        .await
        .expect(404);
    for wrong in ["", "eve", "eve@"] {
        let answer = page.sign_up(&service, wrong, None).await;
        assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec!["email"]));
    }
}

#[tokio::test]
async fn a_link_confirms_for_seven_days() {
    let (smtp, service) = service().await;
    let ada = verified(&service).await;
    let (page, eve) = (Page::new(&ada).await, address());
    page.sign_up(&service, &eve, None).await.expect(202);
    mail_to(&smtp, &eve, CONFIRM, 1).await;
    all_told(&service).await;
    let age =
        "UPDATE status_page_subscribers SET asked_at = now() - $1::int * interval '1 second', due_at = now()";
    let mut mails = 1;
    for (seconds, is_valid) in [(7 * 86_400 + 1, false), (7 * 86_400 - 60, true)] {
        service.db().await.execute(age, &[&seconds]).await.unwrap();
        mails += 1;
        let mail = mail_to(&smtp, &eve, CONFIRM, mails).await;
        let body = json!({"token": page.token_of(&mail, "subscription")});
        let shown = subscription(&service, "show", body.clone()).await.expect(200);
        assert_eq!(shown["can_confirm"], is_valid);
        let answer = subscription(&service, "confirm", body).await;
        assert_eq!(answer.status, if is_valid { 200 } else { 410 });
    }
}

#[tokio::test]
async fn who_has_chosen_components_is_told_of_those_and_of_the_end() {
    let (smtp, service) = service().await;
    let ada = verified(&service).await;
    let page = Page::new(&ada).await;
    let (shop, api, both) = (address(), address(), address());
    page.subscribe(&service, &smtp, &shop, Some(&page.components[..1]))
        .await;
    page.subscribe(&service, &smtp, &api, Some(&page.components[1..]))
        .await;
    page.subscribe(&service, &smtp, &both, None).await;
    let told = |subject: &str| [&shop, &api, &both].map(|email| mails_to(&smtp, email, subject).len());
    let report = page.report(&ada, Some(0), true).await;
    all_told(&service).await;
    assert_eq!(told(BEGUN), [1, 0, 1]);
    // Who hears that it begins hears that it is over.
    let choice = json!({"token": page.token_of(&mail_to(&smtp, &shop, BEGUN, 1).await, "subscription"),
                        "components": page.components[1..]});
    subscription(&service, "components", choice).await.expect(200);
    update(&ada, report, "resolved", true).await;
    all_told(&service).await;
    assert_eq!(told(OVER), [1, 0, 1]);
    // What is about no component is about all of it.
    page.report(&ada, None, true).await;
    all_told(&service).await;
    assert_eq!(told(BEGUN), [2, 1, 2]);
    let receipts = ada
        .get(&format!("/status-reports/{report}/notices"))
        .await
        .items();
    let counts: Vec<_> = receipts
        .iter()
        .map(|one| (&one["sent"], &one["waiting"]))
        .collect();
    assert_eq!(counts, [(&json!(2), &json!(0)); 2]);
}

#[tokio::test]
async fn a_mail_server_that_does_not_know_a_recipient_three_times_ends_the_subscription() {
    let smtp = FakeSmtp::with(Manners {
        knows_not: Some("<gone1@example.org>"),
        ..Manners::default()
    })
    .await;
    let service = with_pages(Stores::new().await, &smtp).await;
    let ada = verified(&service).await;
    let page = Page::new(&ada).await;
    add_confirmed(&service, page.id, "gone", 2).await;
    for n in 1..=3 {
        let state = row(&service, "gone1@example.org").await;
        assert_eq!(
            (&state["state"], &state["refusals"]),
            (&json!("confirmed"), &json!(n - 1))
        );
        page.report(&ada, None, true).await;
        all_told(&service).await;
    }
    let path = format!("/status-pages/{}/subscribers?state=unsubscribed", page.id);
    let ended = ada.get(&path).await.items();
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0]["unsubscribed_by"], "mail_server");
    assert!(
        ended[0]["error"].as_str().unwrap().contains("no such user"),
        "{ended:?}"
    );
    let report = page.report(&ada, None, true).await;
    all_told(&service).await;
    let receipts = ada
        .get(&format!("/status-reports/{report}/notices"))
        .await
        .items();
    assert_eq!(
        (&receipts[0]["sent"], &receipts[0]["refused"]),
        (&json!(1), &json!(0))
    );
}

#[tokio::test]
async fn a_mail_server_that_refuses_the_sender_ends_no_subscription() {
    let smtp = FakeSmtp::with(Manners {
        plain_only: true,
        ..Manners::default()
    })
    .await;
    let service = with_pages(Stores::new().await, &smtp).await;
    let ada = verified(&service).await;
    let page = Page::new(&ada).await;
    add_confirmed(&service, page.id, "kept", 1).await;
    for _ in 0..4 {
        page.report(&ada, None, true).await;
        all_told(&service).await;
    }
    let state = row(&service, "kept1@example.org").await;
    assert_eq!(
        (&state["state"], &state["refusals"]),
        (&json!("confirmed"), &json!(0))
    );
}

#[tokio::test]
async fn what_is_not_taken_is_tried_again_and_given_up_after_a_day() {
    let stores = Stores::new().await;
    let away = [
        ("SMTP_URL", "smtp://127.0.0.1:1"),
        ("PAGES_URL", "https://pages.example"),
    ];
    let service = UserService::start_on(stores.clone(), &away).await;
    let ada = verified(&service).await;
    let page = Page::new(&ada).await;
    add_confirmed(&service, page.id, "late", 2).await;
    let report = page.report(&ada, None, true).await;
    let tried = "SELECT count(*) FROM report_notices WHERE attempts = 1 AND due_at BETWEEN now() + interval '30 seconds' AND now() + interval '1 minute'";
    eventually("they were tried, and pause", PATIENCE, async || {
        let count: i64 = service.db().await.query_one(tried, &[]).await.unwrap().get(0);
        (count == 2).then_some(())
    })
    .await;
    let one_is_old = "UPDATE report_notices SET due_at = now(), created_at = CASE WHEN subscriber_id = (SELECT min(subscriber_id::text)::uuid FROM report_notices)
                      THEN created_at - interval '25 hours' ELSE created_at END";
    service.db().await.execute(one_is_old, &[]).await.unwrap();
    let path = format!("/status-reports/{report}/notices");
    eventually("one is given up", PATIENCE, async || {
        let counts = ada.get(&path).await.items();
        (counts[0]["given_up"] == 1 && counts[0]["waiting"] == 1).then_some(())
    })
    .await;
    service.stop().await;
    let smtp = FakeSmtp::start().await;
    let service = with_pages(stores, &smtp).await;
    let due = "UPDATE report_notices SET due_at = now() WHERE outcome IS NULL";
    service.db().await.execute(due, &[]).await.unwrap();
    all_told(&service).await;
    assert_eq!(named(&smtp, BEGUN).len(), 1);
}

#[tokio::test]
async fn a_visitor_signs_up_only_so_often() {
    let (smtp, service) = service().await;
    let ada = verified(&service).await;
    let page = Page::new(&ada).await;
    let from = async |client: &str| {
        let body = json!({"email": address(), "components": null}).to_string();
        let path = format!("/internal/status-pages/{}/subscriptions", page.slug);
        let headers = [
            ("x-internal-key", crate::common::INTERNAL_KEY),
            ("x-client-ip", client),
        ];
        service.send(Method::POST, &path, &headers, &body).await
    };
    for _ in 0..20 {
        from("192.0.2.1").await.expect(202);
    }
    let refused = from("192.0.2.1").await;
    assert_eq!(refused.status, 429);
    assert!(!refused.header("retry-after").is_empty());
    from("192.0.2.2").await.expect(202);

    // A mailbox is asked three times in an hour, however its address is written. The organisation has been there for long.
    let aged = "UPDATE organisations SET created_at = now() - interval '90 days'";
    service.db().await.execute(aged, &[]).await.unwrap();
    let eve = address();
    let (name, host) = eve.split_once('@').unwrap();
    for n in 0..6 {
        page.sign_up(&service, &format!("{name}+{n}@{host}"), None)
            .await
            .expect(202);
    }
    eventually("three wait", PATIENCE, async || {
        let sql = "SELECT count(*) FROM status_page_subscribers WHERE due_at > now() + interval '10 minutes' AND address LIKE $1";
        let like = format!("{name}+%");
        let waiting: i64 = service.db().await.query_one(sql, &[&like]).await.unwrap().get(0);
        (waiting == 3).then_some(())
    })
    .await;
    eventually("three are asked", PATIENCE, async || {
        let mails = smtp.mails().into_iter();
        let asked = mails
            .filter(|mail| mail.to[0].contains(&format!("{name}+")))
            .count();
        assert!(asked <= 3);
        (asked == 3).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_page_that_is_for_some_mailboxes_takes_and_tells_only_those() {
    let (smtp, service) = service().await;
    let ada = verified(&service).await;
    let access = json!({"access": {"kind": "email_domain", "email_domains": ["example.org"]}});
    let page = Page::with(&ada, access).await;
    page.subscribe(&service, &smtp, &address(), None).await;
    let stranger = page.sign_up(&service, "eve@example.net", None).await;
    assert_eq!(
        (stranger.status.as_u16(), stranger.fields()),
        (422, vec!["email"])
    );
    let access = json!({"access": {"kind": "email_domain", "email_domains": ["example.com"]}});
    ada.patch(&format!("/status-pages/{}", page.id), access)
        .await
        .expect(200);
    page.report(&ada, None, true).await;
    assert_eq!(service.count("report_notices").await, 0);
    // A page that is not there for visitors tells nobody, and has no link.
    let page = Page::new(&ada).await;
    let token = page.subscribe(&service, &smtp, &address(), None).await;
    ada.patch(&format!("/status-pages/{}", page.id), json!({"published": false}))
        .await
        .expect(200);
    page.report(&ada, None, true).await;
    assert_eq!(service.count("report_notices").await, 0);
    page.sign_up(&service, &address(), None).await.expect(404);
    subscription(&service, "show", json!({"token": token}))
        .await
        .expect(404);
    subscription(&service, "unsubscribe", json!({"token": token}))
        .await
        .expect(200);
}
