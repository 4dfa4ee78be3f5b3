//! How visitors get into a page that is not public, and how not.

use http::{Method, Response};
use pages::Document;
use shared::status_page::PassKind;
use testkit::Reply;

use crate::common::INTERNAL_KEY;
use crate::common::pages::{
    FORM, HOST, PATIENCE, SECRET, Served, by_address, by_mail, by_membership, by_password, cookie, document,
    guarded, header, pass, pass_of,
};

const PASSWORD: &str = "password=open+sesame";

/// Who is let in gets a cookie that opens the page, and is led to it.
async fn assert_let_in(served: &Served, answer: &Response<String>) {
    assert_eq!(answer.status().as_u16(), 303, "{}", answer.body());
    assert_eq!(header(answer, "location"), Some("/acme"));
    assert_eq!(header(answer, "cache-control"), Some("private, no-store"));
    let given = header(answer, "set-cookie").unwrap();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/acme", "Max-Age=43200"] {
        assert!(given.contains(part), "{part} is missing in {given}");
    }
    let page = served.get("/acme", &[("cookie", &cookie(answer).unwrap())]).await;
    assert_eq!(page.status().as_u16(), 200);
    assert!(page.body().contains(SECRET));
}

fn assert_kept_out(answer: &Response<String>, status: u16) {
    assert_eq!(answer.status().as_u16(), status, "{}", answer.body());
    assert!(cookie(answer).is_none() && !answer.body().contains(SECRET));
    assert_eq!(header(answer, "cache-control"), Some("private, no-store"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_right_password_lets_in_and_a_wrong_one_does_not() {
    let served = Served::start(&[]).await;
    served.publish(&guarded("acme", by_password("open sesame"))).await;
    assert_let_in(&served, &served.post("/acme/unlock", &[], PASSWORD).await).await;
    for wrong in [
        "password=open+sesam",
        "password=",
        "",
        "x=open+sesame",
        "password=%FF",
    ] {
        assert_kept_out(&served.post("/acme/unlock", &[], wrong).await, 403);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn by_tls_the_cookie_goes_by_tls_only() {
    let served = Served::start(&[("PAGES_URL", "https://status.example.org")]).await;
    served.publish(&guarded("acme", by_password("open sesame"))).await;
    let answer = served.post("/acme/unlock", &[], PASSWORD).await;
    assert!(header(&answer, "set-cookie").unwrap().contains("Secure"));
    assert_eq!(
        header(&answer, "strict-transport-security"),
        Some("max-age=31536000")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_somebody_elses_page_is_not_taken() {
    let served = Served::start(&[]).await;
    served.publish(&guarded("acme", by_password("open sesame"))).await;
    for headers in [
        [("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "same-site")],
        [("origin", "https://evil.example")],
        [("origin", "null")],
    ] {
        assert_kept_out(&served.post("/acme/unlock", &headers, PASSWORD).await, 403);
    }
    let origin = format!("http://{HOST}");
    for headers in [[("sec-fetch-site", "same-origin")], [("origin", origin.as_str())]] {
        assert_let_in(&served, &served.post("/acme/unlock", &headers, PASSWORD).await).await;
    }
    for kind in ["application/json", "text/plain", "multipart/form-data"] {
        let headers = [("content-type", kind)];
        let answer = served
            .call(Method::POST, HOST, "/acme/unlock", &headers, PASSWORD)
            .await;
        assert_kept_out(&answer, 415);
    }
    let large = format!("{PASSWORD}&x={}", "x".repeat(4_096));
    for door in ["unlock", "link", "enter", "access"] {
        assert_kept_out(&served.post(&format!("/acme/{door}"), &[], &large).await, 413);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_waits() {
    let served = Served::start(&[("TRUST_FORWARDED_FOR", "true")]).await;
    served.publish(&guarded("acme", by_password("open sesame"))).await;
    let guess = async |from: &str, body: &str| {
        let headers = [("x-forwarded-for", from)];
        served.post("/acme/unlock", &headers, body).await
    };
    for _ in 0..5 {
        assert_kept_out(&guess("192.0.2.1", "password=wrong").await, 403);
    }
    let late = guess("192.0.2.1", PASSWORD).await;
    assert_kept_out(&late, 429);
    let wait: u64 = header(&late, "retry-after").unwrap().parse().unwrap();
    assert!((1..=11).contains(&wait), "{wait}");
    assert_let_in(&served, &guess("192.0.2.2", PASSWORD).await).await;
    // Whatever is sent, it is counted.
    let mut sent = 0;
    let refused = loop {
        let answer = guess("192.0.2.3", PASSWORD).await;
        if answer.status().as_u16() == 429 {
            break answer;
        }
        sent += 1;
        assert!(sent < 300, "a minute has 30");
    };
    assert_kept_out(&refused, 429);
    assert!(sent >= 30, "{sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_asked_for_and_the_answer_never_says_whether_it_was() {
    let served = Served::start_with(&[], |_| Reply::new(204, "")).await;
    served.publish(&guarded("acme", by_mail())).await;
    let asks = async |body: &str| served.post("/acme/link", &[], body).await;
    let mut answers = Vec::new();
    for body in [
        "email=eve@evil.example",
        "email=ada@mail.acme.example",
        "email=nonsense",
        "",
        "email=Ada@Acme.example",
    ] {
        let answer = asks(body).await;
        assert_kept_out(&answer, 200);
        answers.push(answer.into_body());
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "all are alike");
    let asked = testkit::eventually("user-service is asked", PATIENCE, async || {
        let seen = served.0.seen();
        (!seen.is_empty()).then_some(seen)
    })
    .await;
    assert_eq!(asked.len(), 1, "once, for the one who gets a mail");
    assert_eq!(asked[0].path, "/internal/status-pages/acme/links");
    let body: serde_json::Value = serde_json::from_slice(&asked[0].body).unwrap();
    assert_eq!(body, serde_json::json!({"email": "Ada@acme.example"}));
    assert!(format!("{asked:?}").contains(INTERNAL_KEY));
}

#[tokio::test(flavor = "multi_thread")]
async fn that_user_service_is_away_is_not_told_either() {
    let served = Served::start_with(&[("USER_SERVICE_URL", "http://127.0.0.1:1")], |_| {
        Reply::new(500, "")
    })
    .await;
    served.publish(&guarded("acme", by_mail())).await;
    let [one, other] = ["ada@acme.example", "eve@evil.example"].map(|email| format!("email={email}"));
    let one = served.post("/acme/link", &[], &one).await;
    let other = served.post("/acme/link", &[], &other).await;
    assert_eq!((one.status(), one.body()), (other.status(), other.body()));
    assert_kept_out(&one, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_lets_in_when_its_button_is_pressed() {
    let served = Served::start(&[]).await;
    let document = guarded("acme", by_mail());
    served.publish(&document).await;
    let token = pass(&document, PassKind::Link);
    let opened = served.get(&format!("/acme/enter?token={token}"), &[]).await;
    assert_kept_out(&opened, 200);
    assert!(opened.body().contains(&token), "{}", opened.body());
    let headed = served
        .call(Method::HEAD, HOST, &format!("/acme/enter?token={token}"), &[], "")
        .await;
    assert_kept_out(&headed, 200);
    for door in ["enter", "access"] {
        let answer = served
            .post(&format!("/acme/{door}"), &[], &format!("token={token}"))
            .await;
        assert_let_in(&served, &answer).await;
    }
    let (id, version) = (document.id.0, document.guard_version);
    for wrong in [
        String::new(),
        "AAAA".repeat(20),
        pass_of(id, version, -1, PassKind::Link),
        pass_of(id, version - 1, 60_000, PassKind::Link),
        pass_of(id + 1, version, 60_000, PassKind::Link),
        pass(&document, PassKind::Visit),
        pass(&document, PassKind::Feed),
    ] {
        let answer = served.post("/acme/enter", &[], &format!("token={wrong}")).await;
        assert_kept_out(&answer, 403);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_comes_in_from_the_dashboard() {
    let served = Served::start(&[]).await;
    for (n, guard) in [
        by_membership(),
        by_password("open sesame"),
        by_mail(),
        by_address("192.0.2.0/24"),
    ]
    .into_iter()
    .enumerate()
    {
        let document = Document {
            guard_version: 3 + i32::try_from(n).unwrap(),
            ..guarded("acme", guard)
        };
        served.publish(&document).await;
        let visit = pass(&document, PassKind::Visit);
        let headers = [("sec-fetch-site", "cross-site")];
        let answer = testkit::eventually("the page is known", PATIENCE, async || {
            let answer = served.get(&format!("/acme/enter?visit={visit}"), &headers).await;
            (answer.status().as_u16() == 303).then_some(answer)
        })
        .await;
        assert_let_in(&served, &answer).await;
        let (id, version) = (document.id.0, document.guard_version);
        for wrong in [
            pass_of(id, version, -1, PassKind::Visit),
            pass_of(id, version - 1, 60_000, PassKind::Visit),
            pass_of(id + 1, version, 60_000, PassKind::Visit),
            pass(&document, PassKind::Link),
        ] {
            let answer = served.get(&format!("/acme/enter?visit={wrong}"), &[]).await;
            assert_kept_out(&answer, 403);
        }
    }
    let document = guarded("members", by_membership());
    served.publish(&document).await;
    let door = served.get("/members", &[]).await;
    assert_kept_out(&door, 403);
    assert!(
        door.body()
            .contains("https://uptime.example.org/status-pages/7/visit")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_in_that_a_page_has_not_leads_to_the_page() {
    let served = Served::start(&[]).await;
    for document in [document("acme"), guarded("acme", by_membership())] {
        served.publish(&document).await;
        let is_shown = async || {
            let status = served.status("/acme").await;
            (status == if document.guard_version == 1 { 200 } else { 403 }).then_some(())
        };
        testkit::eventually("it is known", PATIENCE, is_shown).await;
        for (door, body) in [("unlock", PASSWORD), ("link", "email=ada@acme.example")] {
            let answer = served.post(&format!("/acme/{door}"), &[], body).await;
            assert_kept_out(&answer, 303);
            assert_eq!(header(&answer, "location"), Some("/acme"));
        }
    }
    for (path, body) in [
        ("/nope/unlock", PASSWORD),
        ("/nope/link", ""),
        ("/nope/enter", ""),
    ] {
        assert_kept_out(&served.post(path, &[], body).await, 404);
    }
    assert!(served.0.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hash_that_is_none_lets_nobody_in() {
    let served = Served::start(&[]).await;
    let document = Document {
        guard: pages::document::Guard::Password { hash: String::new() },
        ..guarded("acme", by_mail())
    };
    served.publish(&document).await;
    for body in ["password=", PASSWORD] {
        let answer = served
            .call(Method::POST, HOST, "/acme/unlock", &[FORM], body)
            .await;
        assert_kept_out(&answer, 403);
    }
}
