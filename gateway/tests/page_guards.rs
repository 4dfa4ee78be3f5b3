//! Who sees a page that is not public: every guard, every form, and everything that somebody may come with.

use http::{Method, Response};
use pages::Document;
use pages::document::Guard;
use shared::status_page::PassKind;

use crate::common::pages::{
    FORMS, HOST, SECRET, Served, by_address, by_mail, by_membership, by_password, cookie, document, guarded,
    header, is_read, pass, pass_of,
};

/// With what somebody comes.
struct Comes {
    with: &'static str,
    cookie: Option<String>,
    pass: Option<String>,
    /// Whether that opens what people read, and whether it opens what programs do.
    opens: (bool, bool),
}

fn comers(document: &Document) -> Vec<Comes> {
    let (id, version) = (document.id.0, document.guard_version);
    let other = |with, cookie: Option<String>, pass: Option<String>, opens| Comes {
        with,
        cookie: cookie.map(|value| format!("page-{id}={value}")),
        pass,
        opens,
    };
    let sealed = |kind| Some(pass(document, kind));
    let of = |page, version, valid, kind| Some(pass_of(page, version, valid, kind));
    let (none, both) = ((false, false), (true, true));
    use PassKind::{Cookie, Feed, Link, Visit};
    vec![
        other("nothing", None, None, none),
        other("its cookie", sealed(Cookie), None, both),
        other("its feed pass", None, sealed(Feed), (false, true)),
        other(
            "a cookie of before",
            of(id, version - 1, 60_000, Cookie),
            None,
            none,
        ),
        other(
            "a feed pass of before",
            None,
            of(id, version - 1, 60_000, Feed),
            none,
        ),
        other("a cookie that is over", of(id, version, -1, Cookie), None, none),
        other(
            "another page's cookie",
            of(id + 1, version, 60_000, Cookie),
            None,
            none,
        ),
        other(
            "another page's feed pass",
            None,
            of(id + 1, version, 60_000, Feed),
            none,
        ),
        other("a link as a cookie", sealed(Link), None, none),
        other("a visit as a cookie", sealed(Visit), None, none),
        other("a feed pass as a cookie", sealed(Feed), None, none),
        other("a cookie as a feed pass", None, sealed(Cookie), none),
        other("nonsense", Some("AAAA".repeat(20)), Some("AAAA".repeat(20)), none),
    ]
}

fn assert_shown(answer: &Response<String>, what: &str) {
    assert_eq!(answer.status().as_u16(), 200, "{what}: {}", answer.body());
    assert_eq!(
        header(answer, "cache-control"),
        Some("private, no-store"),
        "{what}"
    );
    assert!(header(answer, "etag").is_none(), "{what}");
    assert!(header(answer, "access-control-allow-origin").is_none(), "{what}");
    assert_eq!(header(answer, "x-robots-tag"), Some("noindex"), "{what}");
}

fn assert_closed(answer: &Response<String>, is_read: bool, what: &str) {
    assert_eq!(answer.status().as_u16(), 403, "{what}");
    for secret in [SECRET, "Slow answers", "Shop"] {
        assert!(!answer.body().contains(secret), "{what}: {}", answer.body());
    }
    assert_eq!(
        header(answer, "cache-control"),
        Some("private, no-store"),
        "{what}"
    );
    assert!(
        header(answer, "etag").is_none() && cookie(answer).is_none(),
        "{what}"
    );
    assert_eq!(header(answer, "x-frame-options"), Some("DENY"), "{what}");
    let kind = header(answer, "content-type").unwrap();
    assert_eq!(kind.starts_with("text/html"), is_read, "{what}");
}

/// Asks for a form as somebody who comes with something.
async fn ask(
    served: &Served,
    method: Method,
    path: &str,
    comes: &Comes,
    more: &[(&str, &str)],
) -> Response<String> {
    let path = match &comes.pass {
        Some(pass) if path.contains('?') => format!("{path}&pass={pass}"),
        Some(pass) => format!("{path}?pass={pass}"),
        None => path.to_owned(),
    };
    let mut headers = more.to_vec();
    if let Some(cookie) = &comes.cookie {
        headers.push(("cookie", cookie));
    }
    served.call(method, HOST, &path, &headers, "").await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_obeys_every_guard_whatever_somebody_comes_with() {
    let served = Served::start(&[("RATE_PAGES_PER_MINUTE", "1000000")]).await;
    for (slug, guard) in [
        ("by-password", by_password("open sesame")),
        ("by-mail", by_mail()),
        ("by-membership", by_membership()),
    ] {
        let document = guarded(slug, guard);
        served.publish(&document).await;
        for comes in comers(&document) {
            for (form, _) in FORMS {
                let path = format!("/{slug}{form}");
                let what = format!("{path} with {}", comes.with);
                let (reads, fetches) = comes.opens;
                let is_let_in = if is_read(form) { reads } else { fetches };
                let headers = [("if-none-match", "*"), ("accept-encoding", "identity")];
                for method in [Method::GET, Method::HEAD] {
                    let answer = ask(&served, method, &path, &comes, &headers).await;
                    match is_let_in {
                        true => assert_shown(&answer, &what),
                        false => assert_closed(&answer, is_read(form), &what),
                    }
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_let_in_by_itself_and_a_member_from_everywhere() {
    let settings = [
        ("RATE_PAGES_PER_MINUTE", "1000000"),
        ("TRUST_FORWARDED_FOR", "true"),
    ];
    let served = Served::start(&settings).await;
    // Each has a name of its own: a page whose guard is changed is guarded anew within seconds, and not at once.
    for (slug, network) in [("inside-4", "192.0.2.0/24"), ("inside-6", "2001:db8:7::/48")] {
        let document = guarded(slug, by_address(network));
        served.publish(&document).await;
        for comes in comers(&document) {
            for (form, _) in FORMS {
                let path = format!("/{slug}{form}");
                let is_v4 = network.contains('.');
                for (from, is_inside) in [
                    ("192.0.2.7", is_v4),
                    ("::ffff:192.0.2.7", is_v4),
                    ("2001:db8:7:1::1", !is_v4),
                    ("192.0.3.7", false),
                    ("2001:db8:8::1", false),
                    // Whom the visitor names before the proxy does.
                    ("192.0.2.7, 203.0.113.1", false),
                ] {
                    // Only members of the organisation get one.
                    let is_member = comes.opens.0;
                    let what = format!("{path} from {from} with {}", comes.with);
                    let answer = ask(&served, Method::GET, &path, &comes, &[("x-forwarded-for", from)]).await;
                    match is_inside || is_member {
                        true => assert_shown(&answer, &what),
                        false => assert_closed(&answer, is_read(form), &what),
                    }
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_opened_or_closed_is_so_within_seconds() {
    let served = Served::start(&[("RATE_PAGES_PER_MINUTE", "1000000")]).await;
    let open = document("acme");
    let closed = guarded("acme", by_password("open sesame"));
    served.publish(&open).await;
    for (form, _) in FORMS {
        // It is in memory.
        assert_eq!(served.status(&format!("/acme{form}")).await, 200, "{form}");
    }
    served.publish(&closed).await;
    served.eventually(HOST, "/acme", 403).await;
    for (form, _) in FORMS {
        let answer = served.get(&format!("/acme{form}"), &[]).await;
        assert_closed(&answer, is_read(form), form);
    }
    let old = format!("page-7={}", pass(&closed, PassKind::Cookie));
    assert_eq!(
        served.get("/acme", &[("cookie", &old)]).await.status().as_u16(),
        200
    );
    // Another password.
    let anew = Document {
        guard_version: closed.guard_version + 1,
        ..guarded("acme", by_password("another one"))
    };
    served.publish(&anew).await;
    testkit::eventually(
        "what let in before does so no more",
        crate::common::pages::PATIENCE,
        async || {
            let answer = served.get("/acme", &[("cookie", &old)]).await;
            (answer.status().as_u16() == 403).then_some(())
        },
    )
    .await;
    served.publish(&open).await;
    let page = served.eventually(HOST, "/acme", 200).await;
    assert!(header(&page, "etag").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_door_is_shut_at_a_host_of_its_own_as_well() {
    const OWN: &str = "status.acme.example";
    let served = Served::start(&[]).await;
    let document = Document {
        url: format!("http://{OWN}"),
        ..guarded("acme", by_membership())
    };
    served.publish(&document).await;
    served.set(served.keys().status_page_host(OWN), b"acme").await;
    let door = served.eventually(OWN, "/", 403).await;
    assert_closed(&door, true, OWN);
    let cookie = format!("page-7={}", pass(&document, PassKind::Cookie));
    for (host, path) in [(OWN, "/"), (HOST, "/acme")] {
        let answer = served
            .call(Method::GET, host, path, &[("cookie", &cookie)], "")
            .await;
        assert_shown(&answer, host);
    }
    for path in ["/acme", "/feed.rss", "/embed"] {
        let answer = served.call(Method::GET, OWN, path, &[], "").await;
        assert_ne!(answer.status().as_u16(), 200, "{path}");
    }
    // The cookie of a dashboard is none of a page's, and another page's name is not looked at.
    for cookie in [
        "refresh=x",
        "__Host-refresh=x",
        &cookie.replace("page-7", "page-8"),
    ] {
        let answer = served.get("/acme", &[("cookie", cookie)]).await;
        assert_closed(&answer, true, cookie);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_in_is_told_addresses_that_let_feed_readers_in() {
    let served = Served::start(&[]).await;
    let document = guarded("acme", by_mail());
    served.publish(&document).await;
    let cookie = format!("page-7={}", pass(&document, PassKind::Cookie));
    let feeds = served.get("/acme/feeds", &[("cookie", &cookie)]).await;
    assert_shown(&feeds, "feeds");
    let start = feeds
        .body()
        .find("/acme/feed.atom?pass=")
        .expect("an address with a pass");
    let address = feeds.body()[start..].split(['"', '<', '&']).next().unwrap();
    let feed = served.get(address, &[]).await;
    assert_shown(&feed, "the feed");
    assert!(feed.body().contains(SECRET));
    // Where anybody may read them, there is none.
    served.publish(&document_without_guard()).await;
    testkit::eventually("the page is public", crate::common::pages::PATIENCE, async || {
        let feeds = served.get("/acme/feeds", &[]).await;
        (feeds.status().as_u16() == 200 && !feeds.body().contains("?pass=")).then_some(())
    })
    .await;
}

fn document_without_guard() -> Document {
    Document {
        guard: Guard::Public,
        ..document("acme")
    }
}
