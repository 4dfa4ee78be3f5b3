//! Subscribing to a page, and ending it: what is passed on to user-service, and what visitors see of its answer.

use http::{Method, Response};
use pages::document::{Component, Document};
use serde_json::{Value, json};
use shared::status_page::PassKind;
use testkit::{Reply, Seen};

use crate::common::INTERNAL_KEY;
use crate::common::pages::{
    HOST, Served, by_address, by_mail, by_membership, by_password, document, guarded, header, pass,
};

const TOKEN: &str = "dG9rZW4";
const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

/// What user-service knows of the token.
fn known(state: &str, can_confirm: bool) -> Reply {
    let body = json!({"slug": "acme", "address": "a•••@example.org", "state": state, "components": [3],
                      "can_confirm": can_confirm});
    Reply::new(200, body.to_string())
}

fn what(seen: &Seen) -> &str {
    seen.path.rsplit('/').next().unwrap_or_default()
}

fn sent(seen: &Seen) -> Value {
    serde_json::from_slice(&seen.body).unwrap()
}

/// A page of two components.
fn page() -> Document {
    let mut page = document("acme");
    let components = &mut page.groups[0].components;
    components.push(Component {
        id: domain::ComponentId(5),
        name: "API".to_owned(),
        ..components[0].clone()
    });
    page
}

fn assert_shown(answer: &Response<String>, status: u16, words: &str) {
    assert_eq!(answer.status().as_u16(), status, "{}", answer.body());
    assert!(
        answer.body().contains(words),
        "{words} is not in {}",
        answer.body()
    );
    assert_eq!(header(answer, "cache-control"), Some("private, no-store"));
    let policy = header(answer, "content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self'"), "{policy}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_passed_on_with_its_components_and_its_client() {
    let served = Served::start_with(&[("TRUST_FORWARDED_FOR", "true")], |_| Reply::new(202, "")).await;
    served.publish(&page()).await;
    let shown = served.get("/acme", &[]).await;
    assert!(
        shown.body().contains("action=\"/acme/subscribe\""),
        "{}",
        shown.body()
    );
    let from = [("x-forwarded-for", "192.0.2.7")];
    for (form, components) in [
        ("email=Ada%40example.org", Value::Null),
        ("email=Ada%40example.org&component=3&component=5", json!([3, 5])),
    ] {
        let answer = served.post("/acme/subscribe", &from, form).await;
        assert_shown(&answer, 200, "Check your inbox");
        let seen = served.0.seen();
        let last = seen.last().unwrap();
        assert_eq!(last.path, "/internal/status-pages/acme/subscriptions");
        assert_eq!(
            sent(last),
            json!({"email": "Ada@example.org", "components": components})
        );
        assert_eq!(last.headers["x-client-ip"], "192.0.2.7");
        assert_eq!(last.headers["x-internal-key"], INTERNAL_KEY);
    }
    let asked = served.0.seen().len();
    for wrong in ["", "email=", "email=nope", "mail=ada%40example.org"] {
        assert_shown(
            &served.post("/acme/subscribe", &from, wrong).await,
            422,
            "not an e-mail address",
        );
    }
    let elsewhere = [("sec-fetch-site", "cross-site")];
    let refused = served
        .post("/acme/subscribe", &elsewhere, "email=a%40b.org")
        .await;
    assert_eq!(refused.status().as_u16(), 403);
    assert_eq!(served.get("/acme/subscribe", &[]).await.status().as_u16(), 405);
    assert_eq!(
        served
            .post("/nope/subscribe", &[], "email=a%40b.org")
            .await
            .status()
            .as_u16(),
        404
    );
    assert_eq!(served.0.seen().len(), asked, "nobody was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_too_many_forms_is_not_shown_a_door() {
    let served = Served::start_with(&[], |_| Reply::new(202, "")).await;
    served.publish(&page()).await;
    served.eventually(HOST, "/acme", 200).await;
    let mut refused = None;
    for _ in 0..100 {
        let answer = served.post("/acme/subscribe", &[], "email=nope").await;
        if answer.status().as_u16() == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("forms are limited");
    assert_shown(&refused, 429, "too many attempts");
    assert!(header(&refused, "retry-after").is_some());
    assert!(
        !refused.body().contains("Open page"),
        "the page is public: {}",
        refused.body()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_user_service_refuses_is_told_in_words() {
    let served = Served::start_with(&[], |seen| {
        let problem = |field: &str| {
            json!({"type": "about:blank", "title": "x", "status": 422, "detail": "x",
                                           "errors": [{"field": field, "message": "is wrong"}]})
        };
        match sent(seen)["email"].as_str().unwrap() {
            "gone@b.org" => Reply::new(422, problem("components").to_string()),
            "wrong@b.org" => Reply::new(422, problem("email").to_string()),
            "often@b.org" => Reply {
                headers: vec![("retry-after", "17".to_owned())],
                ..Reply::new(429, "{}")
            },
            "hidden@b.org" => Reply::new(404, "{}"),
            _ => Reply::new(503, "{}"),
        }
    })
    .await;
    served.publish(&page()).await;
    let sign_up = async |name: &str| {
        served
            .post("/acme/subscribe", &[], &format!("email={name}%40b.org"))
            .await
    };
    assert_shown(&sign_up("gone").await, 422, "Choose again");
    assert_shown(&sign_up("wrong").await, 422, "not an e-mail address");
    let often = sign_up("often").await;
    assert_shown(&often, 429, "too many attempts");
    assert_eq!(header(&often, "retry-after"), Some("17"));
    assert_shown(&sign_up("hidden").await, 404, "Page not found");
    assert_shown(&sign_up("away").await, 503, "cannot be done at the moment");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_is_in_may_subscribe() {
    let served = Served::start_with(&[], |_| Reply::new(202, "")).await;
    let guards = [
        by_password("x"),
        by_mail(),
        by_membership(),
        by_address("192.0.2.0/24"),
    ];
    for (asked, guard) in guards.into_iter().enumerate() {
        let document = guarded("acme", guard);
        served.publish(&document).await;
        let form = "email=ada%40acme.example";
        let refused = served.post("/acme/subscribe", &[], form).await;
        assert_eq!(refused.status().as_u16(), 403, "{}", refused.body());
        assert_eq!(served.0.seen().len(), asked);
        let cookie = format!("page-7={}", pass(&document, PassKind::Cookie));
        let let_in = served.post("/acme/subscribe", &[("cookie", &cookie)], form).await;
        assert_shown(&let_in, 200, "Check your inbox");
    }
    let asked = served.0.seen().len();
    let document = guarded("acme", by_mail());
    served.publish(&document).await;
    let cookie = format!("page-7={}", pass(&document, PassKind::Cookie));
    let stranger = served
        .post(
            "/acme/subscribe",
            &[("cookie", &cookie)],
            "email=a%40evil.example",
        )
        .await;
    assert_shown(&stranger, 422, "may see this page");
    assert_eq!(served.0.seen().len(), asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_shows_buttons_and_only_they_do_something() {
    let served = Served::start_with(&[], |seen| match what(seen) {
        "show" => known("pending", true),
        "confirm" => known("confirmed", false),
        _ => known("confirmed", false),
    })
    .await;
    // Whoever has the link of a mail needs no pass.
    served
        .publish(&Document {
            groups: page().groups,
            ..guarded("acme", by_password("x"))
        })
        .await;
    let link = format!("/acme/subscription?token={TOKEN}");
    for method in [Method::GET, Method::HEAD] {
        let answer = served.call(method, HOST, &link, &[], "").await;
        assert_eq!(answer.status().as_u16(), 200);
    }
    assert!(served.0.seen().iter().all(|seen| what(seen) == "show"));
    let shown = served.get(&link, &[]).await;
    assert_shown(&shown, 200, "Send updates to a•••@example.org?");
    let confirmed = served
        .post("/acme/subscription", &[], &format!("token={TOKEN}&do=confirm"))
        .await;
    assert_shown(&confirmed, 200, "You are subscribed.");
    let form = format!("token={TOKEN}&do=components&component=5");
    assert_shown(
        &served.post("/acme/subscription", &[], &form).await,
        200,
        "Saved.",
    );
    let seen = served.0.seen();
    let last: Vec<_> = seen
        .iter()
        .rev()
        .take(2)
        .map(|seen| (what(seen), sent(seen)))
        .collect();
    assert_eq!(
        last,
        [
            ("components", json!({"token": TOKEN, "components": [5]})),
            ("confirm", json!({"token": TOKEN}))
        ]
    );
    let elsewhere = [("sec-fetch-site", "cross-site")];
    assert_eq!(
        served
            .post("/acme/subscription", &elsewhere, &form)
            .await
            .status()
            .as_u16(),
        403
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_programs_unsubscribe_with_one_click_and_people_with_a_button() {
    let served = Served::start_with(&[], |seen| match sent(seen)["token"].as_str() {
        Some(TOKEN) => Reply::new(200, ""),
        Some("x") => Reply::new(400, "{}"),
        Some("away") => Reply::new(503, "{}"),
        _ => Reply::new(404, "{}"),
    })
    .await;
    served.publish(&guarded("acme", by_membership())).await;
    let link = |token: &str| format!("/acme/unsubscribe?token={token}");
    assert_shown(
        &served.get(&link(TOKEN), &[]).await,
        200,
        "Do you want no more e-mails",
    );
    assert!(served.0.seen().is_empty(), "to look is to change nothing");
    // From wherever they come, and also when there is nothing to end any more.
    for headers in [
        vec![
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://mail.example"),
        ],
        vec![("content-type", "multipart/form-data; boundary=x")],
        vec![],
    ] {
        let answer = served
            .call(Method::POST, HOST, &link(TOKEN), &headers, ONE_CLICK)
            .await;
        assert_shown(&answer, 200, "You get no more e-mails");
    }
    assert_eq!(served.0.seen().len(), 3);
    for (token, status) in [("x", 400), ("abcd", 404), ("away", 503)] {
        let answer = served
            .call(Method::POST, HOST, &link(token), &[], ONE_CLICK)
            .await;
        assert_eq!(answer.status().as_u16(), status);
    }
    let asked = served.0.seen().len();
    for path in ["/acme/unsubscribe".to_owned(), link(&"A".repeat(1_000))] {
        let answer = served.call(Method::POST, HOST, &path, &[], ONE_CLICK).await;
        assert_eq!(answer.status().as_u16(), 400);
    }
    assert_eq!(served.0.seen().len(), asked, "nobody was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_links_that_lead_nowhere_look_the_same() {
    let served = Served::start_with(&[], |seen| match sent(seen)["token"].as_str().unwrap() {
        "malformed" => Reply::new(400, "{}"),
        "elsewhere" => Reply::new(
            200,
            json!({"slug": "other", "address": "a•••@b.org", "state": "confirmed", "components": null, "can_confirm": false})
                .to_string(),
        ),
        "late" => Reply::new(410, "{}"),
        "away" => Reply::new(503, "{}"),
        _ => Reply::new(404, "{}"),
    })
    .await;
    served.publish(&page()).await;
    let mut answers = Vec::new();
    for token in ["malformed", "elsewhere", "unknown", &"A".repeat(1_000)] {
        let shown = served
            .get(&format!("/acme/subscription?token={token}"), &[])
            .await;
        let pressed = served
            .post("/acme/subscription", &[], &format!("token={token}&do=confirm"))
            .await;
        answers.extend([shown, pressed].map(|answer| (answer.status().as_u16(), answer.into_body())));
    }
    assert_eq!(answers[0].0, 404);
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    let late = served
        .post("/acme/subscription", &[], "token=late&do=confirm")
        .await;
    assert_shown(&late, 410, "confirms no more");
    let away = served.get("/acme/subscription?token=away", &[]).await;
    assert_eq!(away.status().as_u16(), 503);
}
