//! What is around the content: the head, headings and landmarks, what a content security policy has to allow.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::StatusReportId;
use pages::document::{Document, Guard};
use pages::html;
use sha2::{Digest as _, Sha256};

use crate::dom::Dom;
use crate::samples::{empty, fine, outage, view};

fn page(document: &Document) -> Dom {
    Dom::parse(&html::page(&view(document)))
}

fn meta(dom: &Dom, name: &str) -> Option<String> {
    let metas = dom.all("meta");
    let found = metas
        .iter()
        .find(|meta| [meta.attribute("name"), meta.attribute("property")].contains(&Some(name.to_owned())));
    found.and_then(|meta| meta.attribute("content"))
}

/// In a preview, which cannot fetch it.
#[test]
fn a_logo_can_be_a_part_of_the_page() {
    let mut document = fine();
    document.logo = Some("abc".to_owned());
    let view = view(&document).with_embedded_logo("data:image/png;base64,AAAA".to_owned());
    let dom = Dom::parse(&html::page(&view));
    let logo = &dom.all("img")[0];
    assert_eq!(
        logo.attribute("src").as_deref(),
        Some("data:image/png;base64,AAAA")
    );
    assert_eq!(logo.attribute("alt").as_deref(), Some("Acme Cloud"));
}

#[test]
fn search_engines_list_what_they_may() {
    let mut document = fine();
    let robots = |document: &Document| meta(&page(document), "robots").unwrap();
    assert_eq!(robots(&document), "index,follow");
    document.logo = Some("abc".to_owned());
    let dom = page(&document);
    let links = dom.all("link");
    let link = |rel: &str| {
        links
            .iter()
            .find(|link| link.attribute("rel").as_deref() == Some(rel))
            .unwrap()
    };
    assert_eq!(
        link("canonical").attribute("href").as_deref(),
        Some("https://status.example.org/acme")
    );
    assert_eq!(
        meta(&dom, "og:image").as_deref(),
        Some("https://status.example.org/acme/logo.png?v=abc")
    );
    assert_eq!(
        meta(&dom, "description").as_deref(),
        Some("How our services are doing. Ask us on our forum (https://forum.example.org).")
    );
    assert_eq!(dom.all("img")[0].attribute("alt").as_deref(), Some("Acme Cloud"));
    assert_eq!(dom.all("h1").len(), 1);
    let feeds = links
        .iter()
        .filter(|link| link.attribute("rel").as_deref() == Some("alternate"));
    let types: Vec<String> = feeds.filter_map(|feed| feed.attribute("type")).collect();
    assert_eq!(
        types,
        [
            "application/rss+xml",
            "application/atom+xml",
            "application/feed+json",
            "text/calendar"
        ]
    );

    document.allow_index = false;
    assert_eq!(robots(&document), "noindex,nofollow");
    document.allow_index = true;
    document.guard = Guard::Addresses { networks: Vec::new() };
    let dom = page(&document);
    assert_eq!(meta(&dom, "robots").as_deref(), Some("noindex,nofollow"));
    assert_eq!(
        meta(&dom, "og:title"),
        None,
        "a guarded page is shown nowhere else"
    );
    assert!(
        !dom.all("link")
            .iter()
            .any(|link| link.attribute("rel").as_deref() == Some("alternate"))
    );
}

#[test]
fn nothing_runs_and_nothing_is_fetched_from_elsewhere() {
    let mut document = outage();
    document.logo = Some("abc".to_owned());
    let late = html::report(&view(&document), StatusReportId(12)).unwrap();
    for html in [
        html::page(&view(&document)),
        html::history(&view(&document)),
        late,
    ] {
        let dom = Dom::parse(&html);
        for element in dom.elements() {
            assert!(
                !["script", "iframe", "object", "base"].contains(&&*element.name),
                "{}",
                element.name
            );
            for (name, value) in element.attributes() {
                assert!(!name.starts_with("on") && name != "style", "{name}");
                assert!(name != "action" || value.starts_with("/acme/"), "{value}");
                if name == "src" || (element.name == "link" && name == "href") {
                    let is_own = value.starts_with("/acme/") || value.starts_with("data:image/svg+xml,");
                    let is_canonical = value.starts_with(&document.url);
                    assert!(is_own || is_canonical, "{value}");
                }
            }
        }
        assert!(!html.contains("url("), "styles fetch nothing");
    }
}

#[test]
fn headings_and_landmarks_are_in_order() {
    for document in [fine(), outage(), empty()] {
        let dom = page(&document);
        let mut level = 0;
        for element in dom.elements() {
            let digits = element
                .name
                .strip_prefix('h')
                .and_then(|rest| rest.parse::<u8>().ok());
            if let Some(found) = digits {
                assert!(
                    found <= level + 1,
                    "h{level} before {}: {}",
                    element.name,
                    element.text()
                );
                level = found;
            }
        }
        for landmark in ["header", "nav", "main", "footer"] {
            assert_eq!(dom.all(landmark).len(), 1, "{landmark}");
        }
        let skip = &dom.with_class("skip")[0];
        assert_eq!(skip.attribute("href").as_deref(), Some("#main"));
        let ids: Vec<String> = dom
            .elements()
            .iter()
            .filter_map(|element| element.attribute("id"))
            .collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "{ids:?}");
        for element in dom.elements() {
            if let Some(by) = element.attribute("aria-labelledby") {
                assert!(ids.contains(&by), "{by}");
            }
        }
    }
}

#[test]
fn the_policy_allows_exactly_the_styles_that_are_there() {
    let mut document = outage();
    document.accent_colour = "#ffe600".to_owned();
    let allowed = html::style_sources(&document);
    let of_none = html::style_hash();
    let pages = [
        (html::page(&view(&document)), &allowed),
        (html::history(&view(&document)), &allowed),
        (html::embed(&view(&document)), &allowed),
        (html::feeds(&view(&document), None), &allowed),
        (html::door(&document, html::Asked::First), &allowed),
        (html::enter(&document, "x"), &allowed),
        (html::not_found(), &of_none),
        (html::unavailable(), &of_none),
    ];
    for (html, sources) in pages {
        let styles: Vec<&str> = html
            .split("<style>")
            .skip(1)
            .filter_map(|rest| rest.split("</style>").next())
            .collect();
        assert!(!styles.is_empty());
        for style in styles {
            let hash = STANDARD.encode(Sha256::digest(style));
            assert!(sources.contains(&format!("'sha256-{hash}'")), "{sources}");
        }
    }
    assert_ne!(
        allowed,
        html::style_sources(&fine()),
        "another accent is another style"
    );
}
