//! What who is not in is shown.

use pages::document::{Document, Guard};
use pages::html::{self, Asked};

use crate::dom::Dom;
use crate::samples::{fine, outage, view};

fn guarded(guard: Guard) -> Document {
    Document {
        guard,
        contact_url: Some("mailto:secret@example.org".to_owned()),
        logo: Some("hash-of-logo".to_owned()),
        ..outage()
    }
}

fn guards() -> [Guard; 5] {
    [
        Guard::Password {
            hash: "$argon2id$secret".to_owned(),
        },
        Guard::EmailDomain {
            domains: vec!["secret.example".to_owned()],
        },
        Guard::Addresses {
            networks: vec!["192.0.2.0/24".parse().expect("a network")],
        },
        Guard::Members {
            sign_in_url: "https://app.example.org/status-pages/7/visit".to_owned(),
        },
        Guard::Public,
    ]
}

#[test]
fn a_door_says_nothing_but_the_title() {
    for guard in guards() {
        let document = guarded(guard);
        for asked in [
            Asked::First,
            Asked::Wrong,
            Asked::Sent,
            Asked::Expired,
            Asked::TooMany,
        ] {
            let html = html::door(&document, asked);
            let dom = Dom::parse(&html);
            assert_eq!(dom.all("title")[0].text(), "Acme Cloud");
            assert!(html.contains("noindex,nofollow"));
            for secret in [
                "Checkout",
                "Payments",
                "secret",
                "argon2",
                "192.0.2",
                "forum",
                "database",
                "hash-of-logo",
                "canonical",
                "history",
                "outage",
            ] {
                let body = html.split("</style>").last().unwrap();
                assert!(!body.contains(secret), "{secret}: {body}");
            }
        }
    }
}

#[test]
fn a_door_asks_for_what_lets_in() {
    let [password, mail, addresses, members, public] = guards().map(guarded);
    let fields = |html: &str| -> Vec<(String, String, String)> {
        let dom = Dom::parse(html);
        let forms = dom.all("form");
        let inputs = dom.all("input");
        let pairs = forms.iter().zip(&inputs);
        pairs
            .map(|(form, input)| {
                assert_eq!(form.attribute("method").as_deref(), Some("post"));
                let of = |name| input.attribute(name).unwrap_or_default();
                (form.attribute("action").unwrap(), of("name"), of("type"))
            })
            .collect()
    };
    let field =
        |action: &str, name: &str, kind: &str| vec![(action.to_owned(), name.to_owned(), kind.to_owned())];
    let first = |document: &Document| html::door(document, Asked::First);
    assert_eq!(
        fields(&first(&password)),
        field("/acme/unlock", "password", "password")
    );
    assert_eq!(fields(&first(&mail)), field("/acme/link", "email", "email"));
    assert_eq!(fields(&first(&addresses)), []);
    assert!(
        Dom::parse(&first(&addresses))
            .text()
            .contains("cannot be seen from your network")
    );
    let link = |document| Dom::parse(&first(document)).all("a")[0].attribute("href");
    assert_eq!(
        link(&members).as_deref(),
        Some("https://app.example.org/status-pages/7/visit")
    );
    assert_eq!(link(&public).as_deref(), Some("/acme"));

    let own = Document {
        url: "https://status.example.net".to_owned(),
        ..password
    };
    assert_eq!(fields(&first(&own)), field("/unlock", "password", "password"));
    let enter = html::enter(&mail, "aB-_\"<9");
    assert_eq!(fields(&enter), field("/acme/access", "token", "hidden"));
    assert_eq!(
        Dom::parse(&enter).all("input")[0].attribute("value").as_deref(),
        Some("aB-_9")
    );
}

#[test]
fn whoever_is_asked_again_learns_why() {
    let [password, mail, ..] = guards().map(guarded);
    let alert = |document, asked| {
        let dom = Dom::parse(&html::door(document, asked));
        let alerts = dom.with_class("alert");
        alerts
            .first()
            .map(|alert| (alert.attribute("role").unwrap(), alert.text()))
    };
    assert_eq!(alert(&password, Asked::First), None);
    let (role, words) = alert(&password, Asked::Wrong).unwrap();
    assert_eq!((&*role, &*words), ("alert", "That password is wrong."));
    let (role, words) = alert(&mail, Asked::Sent).unwrap();
    assert_eq!(role, "status");
    assert!(words.contains("If that address may see this page"), "{words}");
    assert!(alert(&mail, Asked::Expired).unwrap().1.contains("no longer"));
    assert!(alert(&password, Asked::TooMany).unwrap().1.contains("too many"));
}

#[test]
fn a_link_that_is_no_address_of_the_web_is_not_shown() {
    let document = guarded(Guard::Members {
        sign_in_url: "javascript:alert(1)".to_owned(),
    });
    assert!(
        Dom::parse(&html::door(&document, Asked::First))
            .all("a")
            .is_empty()
    );
    let mut document = fine();
    document.contact_url = Some("javascript:alert(1)".to_owned());
    assert!(!html::page(&view(&document)).contains("javascript"));
}

#[test]
fn what_is_no_page_speaks_all_languages() {
    for (html, english, german) in [
        (html::not_found(), "Page not found", "Seite nicht gefunden"),
        (
            html::unavailable(),
            "Temporarily unavailable",
            "Zurzeit nicht verfügbar",
        ),
    ] {
        let text = Dom::parse(&html).text();
        assert!(text.contains(english) && text.contains(german), "{text}");
        assert!(html.contains("noindex"));
    }
}

#[test]
fn feeds_of_a_guarded_page_come_with_a_pass() {
    let document = guarded(guards()[0].clone());
    let dom = Dom::parse(&html::feeds(&view(&document), Some("abc-_")));
    let links: Vec<String> = dom.all("dd").iter().map(|one| one.text()).collect();
    assert_eq!(links[0], "https://status.example.org/acme/feed.rss?pass=abc-_");
    assert_eq!(links.len(), 7);
    assert!(links.iter().all(|one| one.contains("?pass=abc-_")), "{links:?}");
    assert!(dom.text().contains("Keep them to yourself"));
    let dom = Dom::parse(&html::feeds(&view(&fine()), None));
    assert!(!dom.text().contains("Keep them"));
    assert!(dom.all("dd").iter().all(|one| !one.text().contains('?')));
}
