//! Status pages as everybody sees them: their forms, what is sent along, at which hosts they are, and what is not.

use std::collections::HashMap;
use std::io::Read as _;

use fred::interfaces::{HashesInterface as _, KeysInterface as _};
use http::Method;
use pages::Document;
use serde_json::Value;
use shared::settings::Reader;
use testkit::eventually;

use crate::common::pages::{
    FORMS, HOST, PATIENCE, SECRET, Served, by_password, cookie, document, guarded, header,
};

const PUBLIC: &str = "public, max-age=15, stale-while-revalidate=60, stale-if-error=86400";

#[tokio::test(flavor = "multi_thread")]
async fn a_public_page_is_shown_in_every_form() {
    let served = Served::start(&[]).await;
    served.publish(&document("acme")).await;
    for (form, media_type) in FORMS {
        let path = format!("/acme{form}");
        let answer = served.get(&path, &[]).await;
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        assert!(!answer.body().is_empty(), "{path}");
        assert_eq!(header(&answer, "content-type"), Some(media_type), "{path}");
        assert_eq!(header(&answer, "x-content-type-options"), Some("nosniff"));
        assert_eq!(header(&answer, "referrer-policy"), Some("same-origin"));
        assert!(header(&answer, "x-request-id").is_some() && cookie(&answer).is_none());
        let policy = header(&answer, "content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none';"), "{path}: {policy}");
        if form == "/feeds" {
            continue;
        }
        assert_eq!(header(&answer, "cache-control"), Some(PUBLIC), "{path}");
        let etag = header(&answer, "etag").unwrap();
        let known = served.get(&path, &[("if-none-match", etag)]).await;
        assert_eq!(known.status().as_u16(), 304, "{path}");
        assert_eq!(header(&known, "etag"), Some(etag));
        assert_eq!(header(&known, "cache-control"), Some(PUBLIC));
        assert!(known.body().is_empty());
        let head = served.call(Method::HEAD, HOST, &path, &[], "").await;
        assert_eq!(
            (head.status().as_u16(), head.body().as_str()),
            (200, ""),
            "{path}"
        );
        assert_eq!(header(&head, "etag"), Some(etag));
        let is_for_others = !matches!(form, "" | "/reports/9" | "/history");
        let origin = header(&answer, "access-control-allow-origin");
        assert_eq!(origin, is_for_others.then_some("*"), "{path}");
        let may_be_framed = form.starts_with("/embed");
        assert_eq!(
            policy.contains("frame-ancestors *"),
            may_be_framed,
            "{path}: {policy}"
        );
        assert_eq!(
            header(&answer, "x-frame-options").is_none(),
            may_be_framed,
            "{path}"
        );
    }
    let page = served.get("/acme", &[]).await.into_body();
    assert!(page.contains("Acme Status") && page.contains(SECRET), "{page}");
    assert_eq!(
        served.get("/acme/logo.png", &[]).await.body().len(),
        "\u{fffd}PNG".len()
    );
    assert!(served.0.seen().is_empty(), "user-service is not asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_compressed_for_whom_takes_it_so() {
    let served = Served::start(&[]).await;
    served.publish(&document("acme")).await;
    let ask = async |accepted: &str| {
        let headers = [("host", HOST), ("accept-encoding", accepted)];
        served.0.ask(Method::GET, "/acme", &headers, "").await
    };
    let plain = ask("identity").await;
    let mut etags = vec![plain.headers()["etag"].clone()];
    for (accepted, encoding) in [("gzip", "gzip"), ("gzip, br", "br")] {
        let answer = ask(accepted).await;
        assert_eq!(answer.headers()["content-encoding"], encoding);
        assert_eq!(answer.headers()["vary"], "accept-encoding");
        let mut unpacked = Vec::new();
        let mut body = &answer.body()[..];
        let read = match encoding {
            "gzip" => flate2::read::GzDecoder::new(&mut body).read_to_end(&mut unpacked),
            _ => brotli::Decompressor::new(&mut body, 4_096).read_to_end(&mut unpacked),
        };
        read.unwrap();
        assert_eq!(unpacked, plain.body()[..], "{encoding}");
        assert!(answer.body().len() < unpacked.len() / 2);
        etags.push(answer.headers()["etag"].clone());
    }
    etags.dedup();
    assert_eq!(etags.len(), 3, "each encoding has a validator of its own");
    assert!(!plain.headers().contains_key("content-encoding"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_is_seen_within_seconds() {
    let served = Served::start(&[]).await;
    served.publish(&document("acme")).await;
    let state = async || {
        let json = served.get("/acme/api/v2/components.json", &[]).await.into_body();
        let json: Value = serde_json::from_str(&json).unwrap();
        json["components"][0]["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(state().await, "operational");
    served.has_state(1, "down").await;
    testkit::eventually("the outage is seen", PATIENCE, async || {
        (state().await == "major_outage").then_some(())
    })
    .await;
    // What Redis says of another organisation's monitor is not believed.
    served.has_state(2, "down").await;
    testkit::eventually("the document's state is", PATIENCE, async || {
        (state().await == "operational").then_some(())
    })
    .await;
    let renamed = Document {
        title: "Acme Cloud".to_owned(),
        ..document("acme")
    };
    served.publish(&renamed).await;
    testkit::eventually("the title is seen", PATIENCE, async || {
        let page = served.get("/acme", &[]).await.into_body();
        page.contains("Acme Cloud").then_some(())
    })
    .await;
    served.unpublish("acme").await;
    served.eventually(HOST, "/acme", 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_is_not_at_the_pages_host_and_no_page_at_the_dashboards() {
    let served = Served::start(&[("PUBLIC_URL", "https://uptime.example.org")]).await;
    served.publish(&document("acme")).await;
    for path in [
        "/",
        "/api/v1/me",
        "/api/openapi.json",
        "/api/docs/",
        "/ping/0d0ca3e4-5b2c-4a5f-9a51-7a1e9d3c8f10",
        "/badge/00112233445566778899aabbccddeeff.svg",
        "/health/live",
        "/metrics",
        "/assets/x.js",
        "/acme/api/v1/me",
        "/acme/nope",
        "/nope",
        "/acme/reports/8",
        "/acme/badge/4.svg",
    ] {
        let answer = served.get(path, &[("authorization", "Bearer x")]).await;
        assert_eq!(answer.status().as_u16(), 404, "{path}");
        assert!(!answer.headers().contains_key("www-authenticate"), "{path}");
        assert_eq!(
            header(&answer, "cache-control"),
            Some("private, no-store"),
            "{path}"
        );
    }
    for host in ["uptime.example.org", "localhost", "127.0.0.1"] {
        let dashboard = served.call(Method::GET, host, "/acme", &[], "").await;
        assert!(!dashboard.body().contains("Acme Status"), "{host}");
        let api = served.call(Method::GET, host, "/api/v1/me", &[], "").await;
        assert_eq!(api.status().as_u16(), 401, "{host}");
        let json = served
            .call(Method::GET, host, "/acme/api/v2/summary.json", &[], "")
            .await;
        assert_eq!(json.status().as_u16(), 404, "{host}");
    }
    // Upper case, a port and a dot at the end are the same host.
    let shouted = served
        .call(Method::GET, "STATUS.example.org.:8080", "/acme", &[], "")
        .await;
    assert_eq!(shouted.status().as_u16(), 200);
}

#[test]
fn pages_have_a_host_that_nothing_else_has() {
    let problems = |more: &[(&str, &str)]| {
        let mut env = Reader::from_values([&[("PUBLIC_URL", "https://uptime.example.org")], more].concat());
        gateway::Settings::read(&mut env);
        env.finish().unwrap_err().to_string()
    };
    for (setting, url) in [
        ("PUBLIC_URL", "https://Uptime.example.org:8443"),
        ("PING_HOST", "https://ping.example.org"),
    ] {
        let found = problems(&[("PING_HOST", "ping.example.org"), ("PAGES_URL", url)]);
        let expected = format!("PAGES_URL: is at the host of {setting}");
        assert!(found.contains(&expected), "{found}");
    }
    for wrong in [
        "status.example.org",
        "https://status.example.org/pages",
        "ftp://a.example",
    ] {
        assert!(
            problems(&[("PAGES_URL", wrong)]).contains("PAGES_URL: must be"),
            "{wrong}"
        );
    }
    let fine = problems(&[("PAGES_URL", "https://status.example.org")]);
    assert!(!fine.contains("PAGES_URL"), "{fine}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_is_a_pages_only_while_it_is_proven() {
    const OWN: &str = "status.acme.example";
    let served = Served::start(&[]).await;
    served.publish(&document("acme")).await;
    served.eventually(OWN, "/", 421).await;
    let asked = format!("/domains/allowed?domain={OWN}");
    assert_eq!(served.0.ask_ops(&asked).await, 404);
    assert_eq!(served.0.ask_ops("/domains/allowed").await, 400);
    assert_eq!(
        served.0.ask_ops(&format!("/domains/allowed?host={HOST}")).await,
        200
    );

    served.set(served.keys().status_page_host(OWN), b"acme").await;
    let proven = Document {
        url: format!("http://{OWN}"),
        ..document("acme")
    };
    served.publish(&proven).await;
    let page = served.eventually(OWN, "/", 200).await;
    assert!(page.body().contains("Acme Status") && page.body().contains("\"/history\""));
    assert_eq!(served.0.ask_ops(&asked).await, 200);
    for (path, status) in [
        ("/feed.rss", 200),
        ("/reports/9", 200),
        ("/api/v2/summary.json", 200),
        ("/acme", 404),
        ("/api/v1/me", 404),
        ("/domains/allowed?domain=a.example", 404),
    ] {
        let answer = served.call(Method::GET, OWN, path, &[], "").await;
        assert_eq!(answer.status().as_u16(), status, "{path}");
    }
    // At the host of all pages its links lead to where it is.
    let shared = served.get("/acme", &[]).await;
    assert_eq!(shared.status().as_u16(), 200);
    assert!(shared.body().contains("\"/acme/history\""), "{}", shared.body());
    assert_eq!(served.status("/domains/allowed?domain=a.example").await, 404);

    served.delete(served.keys().status_page_host(OWN)).await;
    served.publish(&document("acme")).await;
    served.eventually(OWN, "/", 421).await;
    assert_eq!(served.0.ask_ops(&asked).await, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_in_another_way_is_refused() {
    let served = Served::start(&[("RATE_PAGES_PER_MINUTE", "100000")]).await;
    served.publish(&document("acme")).await;
    for (method, path, allowed) in [
        (Method::POST, "/acme", "GET, HEAD"),
        (Method::DELETE, "/acme/feed.rss", "GET, HEAD"),
        (Method::OPTIONS, "/acme/api/v2/summary.json", "GET, HEAD"),
        (Method::GET, "/acme/unlock", "POST"),
        (Method::GET, "/nope/link", "POST"),
        (Method::PUT, "/acme/enter", "GET, HEAD, POST"),
        (Method::POST, "/robots.txt", "GET, HEAD"),
    ] {
        let answer = served.call(method, HOST, path, &[], "").await;
        assert_eq!(answer.status().as_u16(), 405, "{path}");
        assert_eq!(header(&answer, "allow"), Some(allowed), "{path}");
    }
    let slash = served.get("/acme/", &[]).await;
    assert_eq!(slash.status().as_u16(), 308);
    assert_eq!(header(&slash, "location"), Some("/acme"));
    let robots = served.get("/robots.txt", &[]).await;
    assert_eq!(robots.body(), "User-agent: *\nDisallow:\n");
    assert_eq!(served.status("/favicon.ico").await, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn search_engines_are_told_of_a_page_that_is_not_for_them() {
    const OWN: &str = "status.acme.example";
    let served = Served::start(&[]).await;
    let hidden = Document {
        allow_index: false,
        ..document("acme")
    };
    served.publish(&hidden).await;
    served.set(served.keys().status_page_host(OWN), b"acme").await;
    let page = served.get("/acme", &[]).await;
    assert_eq!(header(&page, "x-robots-tag"), Some("noindex"));
    let robots = served.eventually(OWN, "/robots.txt", 200).await;
    assert_eq!(robots.body(), "User-agent: *\nDisallow: /\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_not_there_and_one_that_is_not_published_are_the_same() {
    let served = Served::start(&[]).await;
    served.publish(&document("acme")).await;
    assert_eq!(served.status("/acme").await, 200);
    served.unpublish("acme").await;
    served.eventually(HOST, "/acme", 404).await;
    for form in ["", "/feed.rss", "/badge.svg"] {
        let [hidden, nothing] = [
            served.get(&format!("/acme{form}"), &[]).await,
            served.get(&format!("/nope{form}"), &[]).await,
        ];
        assert_eq!(
            (hidden.status(), hidden.body()),
            (nothing.status(), nothing.body())
        );
        let names = |answer: &http::Response<String>| {
            let others = answer
                .headers()
                .iter()
                .filter(|(name, _)| !matches!(name.as_str(), "date" | "x-request-id"));
            let mut others: Vec<_> = others
                .map(|(name, value)| (name.to_string(), value.clone()))
                .collect();
            // The server sends them in the order of a hash table.
            others.sort();
            others
        };
        assert_eq!(names(&hidden), names(&nothing));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_may_ask_for_so_much_in_a_minute() {
    let served = Served::start(&[("RATE_PAGES_PER_MINUTE", "10")]).await;
    served.publish(&document("acme")).await;
    for _ in 0..10 {
        assert_eq!(served.status("/acme").await, 200);
    }
    let refused = served.eventually(HOST, "/acme", 429).await;
    assert!(refused.headers().contains_key("retry-after"));
    // A name that is nobody's costs as much.
    let foreign = served.call(Method::GET, "evil.example", "/", &[], "").await;
    assert_eq!(foreign.status().as_u16(), 429);
    let dashboard = served.call(Method::GET, "localhost", "/api/v1/me", &[], "").await;
    assert_eq!(dashboard.status().as_u16(), 401, "the dashboard is apart");
}

#[tokio::test(flavor = "multi_thread")]
async fn views_of_the_page_itself_are_added_to_the_day() {
    let served = Served::start(&[]).await;
    served.publish(&document("acme")).await;
    served.publish(&guarded("inner", by_password("x"))).await;
    for _ in 0..3 {
        assert_eq!(served.status("/acme").await, 200);
    }
    // What a browser has already is looked at, too.
    let etag = served.get("/acme", &[]).await;
    let etag = header(&etag, "etag").unwrap();
    assert_eq!(
        served
            .get("/acme", &[("if-none-match", etag)])
            .await
            .status()
            .as_u16(),
        304
    );
    // No other form, no head, and nobody who stands before the door.
    for (form, _) in FORMS.iter().filter(|(form, _)| !form.is_empty()) {
        served.get(&format!("/acme{form}"), &[]).await;
    }
    served.call(Method::HEAD, HOST, "/acme", &[], "").await;
    served.status("/inner").await;
    // Also where a day ends meanwhile.
    let days = [0, 86_400_000].map(|later| shared::now().plus_millis(later).to_datetime().date_naive());
    let keys = days.map(|day| served.keys().status_page_views(day));
    let found = eventually("the views are added", PATIENCE, async || {
        for key in &keys {
            let views: HashMap<String, i64> = served.0.redis.hgetall(key).await.unwrap();
            if !views.is_empty() {
                let kept: i64 = served.0.redis.ttl(key).await.unwrap();
                return Some((views, kept));
            }
        }
        None
    })
    .await;
    assert_eq!(found.0, HashMap::from([("7".to_owned(), 5)]));
    assert!((90 * 86_400..=91 * 86_400).contains(&found.1), "{}", found.1);
}
