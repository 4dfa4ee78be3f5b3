//! Status pages while Redis is away, after it was emptied, and as copies in files.

use fred::interfaces::KeysInterface as _;
use http::Method;
use pages::Document;
use tempfile::TempDir;
use testkit::{Proxy, Reply};

use crate::common::Gateway;
use crate::common::pages::{FORMS, HOST, PATIENCE, SECRET, Served, by_password, document, guarded};

const OWN: &str = "status.acme.example";
/// Where no Redis is.
const NOWHERE: (&str, &str) = ("REDIS_URL", "redis://127.0.0.1:1");

fn path(folder: &TempDir) -> String {
    folder.path().display().to_string()
}

/// A gateway that knows what is in a folder, and nothing else.
async fn restarted(folder: &TempDir) -> Served {
    let (folder, url) = (path(folder), format!("http://{HOST}"));
    let settings = [("PAGES_CACHE_DIR", &*folder), ("PAGES_URL", &*url), NOWHERE];
    Served(Gateway::start_with(&settings, |_| Reply::new(500, "")).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn while_redis_is_away_the_last_document_is_shown() {
    let (proxy, url) = Proxy::before(&testkit::redis_url()).await;
    let served = Served::start(&[("REDIS_URL", &url)]).await;
    served.publish(&document("acme")).await;
    served
        .publish(&guarded("closed", by_password("open sesame")))
        .await;
    served.eventually(HOST, "/acme", 200).await;
    served.eventually(HOST, "/closed", 403).await;
    for away in [Proxy::cut as fn(&Proxy), Proxy::swallow] {
        away(&proxy);
        for (form, _) in FORMS {
            // The logo is not part of the document.
            if form != "/logo.png" {
                assert_eq!(served.status(&format!("/acme{form}")).await, 200, "{form}");
            }
        }
        assert_eq!(served.status("/closed").await, 403);
        assert_eq!(served.status("/unknown").await, 503);
        proxy.mend();
    }
    served.eventually(HOST, "/unknown", 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_shown_from_a_file_by_a_gateway_that_was_started_anew() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(&[("PAGES_CACHE_DIR", &path(&folder))]).await;
    let document = Document {
        url: format!("http://{OWN}"),
        ..document("acme")
    };
    served.publish(&document).await;
    served
        .publish(&guarded("closed", by_password("open sesame")))
        .await;
    served.set(served.keys().status_page_host(OWN), b"acme").await;
    served.eventually(OWN, "/", 200).await;
    served.eventually(HOST, "/closed", 403).await;

    let anew = restarted(&folder).await;
    let page = anew.eventually(HOST, "/acme", 200).await;
    assert!(page.body().contains(SECRET));
    assert_eq!(
        anew.call(Method::GET, OWN, "/", &[], "").await.status().as_u16(),
        200
    );
    assert_eq!(
        anew.status("/closed").await,
        503,
        "what is not public is in no file"
    );
    assert_eq!(anew.status("/unknown").await, 503);
    let foreign = anew.call(Method::GET, "evil.example", "/", &[], "").await;
    assert_eq!(foreign.status().as_u16(), 503);
    assert_eq!(anew.0.ask_ops("/domains/allowed?domain=evil.example").await, 503);
    assert_eq!(
        anew.0.ask_ops(&format!("/domains/allowed?domain={OWN}")).await,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_public_any_more_is_in_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(&[("PAGES_CACHE_DIR", &path(&folder))]).await;
    for slug in ["closed", "gone"] {
        served.publish(&document(slug)).await;
        assert_eq!(served.status(&format!("/{slug}")).await, 200);
    }
    served
        .publish(&guarded("closed", by_password("open sesame")))
        .await;
    served.unpublish("gone").await;
    served.eventually(HOST, "/closed", 403).await;
    served.eventually(HOST, "/gone", 404).await;
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let anew = restarted(&folder).await;
    for slug in ["closed", "gone"] {
        assert_eq!(anew.status(&format!("/{slug}")).await, 503, "{slug}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn that_redis_was_emptied_ends_no_page() {
    let served = Served::start(&[]).await;
    served.publish(&document("acme")).await;
    served.set(served.keys().status_page_host(OWN), b"acme").await;
    served.eventually(OWN, "/", 200).await;
    for key in [
        served.keys().filled(),
        served.keys().status_page("acme"),
        served.keys().status_page_host(OWN),
        served.keys().status_pages(),
    ] {
        served.0.redis.del::<(), _>(key).await.unwrap();
    }
    testkit::eventually("it is missed", PATIENCE, async || {
        (served.status("/other").await == 503).then_some(())
    })
    .await;
    for (host, path) in [(HOST, "/acme"), (OWN, "/")] {
        let page = served.call(Method::GET, host, path, &[], "").await;
        assert_eq!(page.status().as_u16(), 200, "{host}");
    }
    // It is filled again, and the pages are not there yet.
    served.fill().await;
    served.eventually(HOST, "/another", 404).await;
    assert_eq!(served.status("/acme").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_of_another_form_is_not_read() {
    let served = Served::start(&[]).await;
    let newer = |mut document: Document| {
        document.format += 1;
        document
    };
    served.publish(&newer(document("new"))).await;
    assert_eq!(served.status("/new").await, 503);
    served.publish(&document("acme")).await;
    served.eventually(HOST, "/acme", 200).await;
    served.publish(&newer(document("acme"))).await;
    served.publish(&document("other")).await;
    served.eventually(HOST, "/other", 200).await;
    assert_eq!(
        served.status("/acme").await,
        200,
        "the last one that was understood"
    );
    // Who may see it has changed: nobody is shown what was public.
    served
        .publish(&newer(guarded("acme", by_password("open sesame"))))
        .await;
    served.eventually(HOST, "/acme", 503).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_of_public_pages_are_written_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let prefix = format!("{}:", testkit::unique());
    let first = Served::start(&[("REDIS_PREFIX", &prefix)]).await;
    first.publish(&document("acme")).await;
    first.publish(&document("gone")).await;
    first
        .publish(&guarded("closed", by_password("open sesame")))
        .await;
    let settings = [("REDIS_PREFIX", &*prefix), ("PAGES_EXPORT_DIR", &path(&folder))];
    let has = |name: &str| std::fs::read_to_string(folder.path().join(name)).ok();

    let _second = Served::start(&settings).await;
    testkit::eventually("copies are written", PATIENCE, async || {
        has("acme/.status-page").and(has("gone/.status-page"))
    })
    .await;
    assert!(has("acme/index.html").unwrap().contains(SECRET));
    for name in [
        "feed.rss",
        "calendar.ics",
        "api/v2/summary.json",
        "badge/3.svg",
        "reports/9/index.html",
    ] {
        assert!(has(&format!("acme/{name}")).is_some(), "{name}");
    }
    assert!(!folder.path().join("closed").exists());
    std::fs::create_dir(folder.path().join("of-others")).unwrap();

    first.unpublish("gone").await;
    first.publish(&guarded("acme", by_password("open sesame"))).await;
    // The next round is that of another gateway.
    let _third = Served::start(&settings).await;
    testkit::eventually("copies are removed", PATIENCE, async || {
        let left = ["acme", "gone"]
            .iter()
            .any(|slug| folder.path().join(slug).exists());
        (!left).then_some(())
    })
    .await;
    assert!(folder.path().join("of-others").exists());
}
