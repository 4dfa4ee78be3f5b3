//! Writes pages to look at to a folder: `cargo run -p pages --example gallery -- FOLDER`. `gallery.json` names them, each with
//! the sources of its styles.

#[allow(dead_code)]
#[path = "../tests/samples/mod.rs"]
mod samples;

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use domain::StatusReportId;
use domain::status_page::{Locale, SubscriberState, Theme};
use pages::document::{Document, Guard};
use pages::html::{self, Asked, Noticed, SignedUp, Subscriber};
use samples::{empty, fine, many, outage, view};
use serde_json::json;

/// A page in German, with words as long as they get.
fn german() -> Document {
    let mut document = outage();
    document.locale = Locale::De;
    document.title = "Donaudampfschifffahrtsgesellschaft".to_owned();
    document.groups[1].name = Some("Rindfleischetikettierungsüberwachungsaufgabenübertragung".to_owned());
    document.groups[1].components[0].name =
        "Kraftfahrzeughaftpflichtversicherungsbeitragsrechnungsportal".to_owned();
    document.accent_colour = "#ffe600".to_owned();
    document
}

/// Words that run from the right, pictures, and names that nothing breaks.
fn odd() -> Document {
    let mut document = outage();
    document.title = "حالة الخدمات 🛰️".to_owned();
    document.theme = Theme::Dark;
    document.groups[0].name = Some("أوروبا".to_owned());
    document.groups[0].components[0].name = "واجهة برمجة التطبيقات (API)".to_owned();
    document.groups[1].components[0].name = "x".repeat(100);
    document.groups[1].components[1].name = "👩‍💻".repeat(50);
    document.reports[0].title = "W".repeat(200);
    document.reports[0].updates[0].message = format!("{}\n\n`{}`", "m".repeat(400), "c".repeat(400));
    document
}

fn guarded(guard: Guard) -> Document {
    Document { guard, ..fine() }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("name a folder")?);
    fs::create_dir_all(&folder)?;
    let (fine, outage, german, odd) = (fine(), outage(), german(), odd());
    let [ten, fifty, most] = [10, 50, 200].map(many);
    let empty = empty();
    let password = guarded(Guard::Password { hash: String::new() });
    let mail = guarded(Guard::EmailDomain { domains: Vec::new() });
    let addresses = guarded(Guard::Addresses { networks: Vec::new() });
    let members = guarded(Guard::Members {
        sign_in_url: "https://uptime.example.org/status-pages/7/visit".to_owned(),
    });
    let mut stale = view(&outage);
    stale.now = stale.now.plus_millis(600_000);
    let subscriber = Subscriber {
        token: "token",
        address: "a…a@example.org",
        state: SubscriberState::Confirmed,
        components: None,
        can_confirm: false,
    };
    let mut names = Vec::new();
    let mut write = |name: &str, styles: String, page: String| {
        names.push(json!({"name": name, "styles": styles}));
        fs::write(folder.join(name).with_extension("html"), page)
    };
    for (name, document, page) in [
        ("fine", &fine, html::page(&view(&fine))),
        ("outage", &outage, html::page(&view(&outage))),
        ("german", &german, html::page(&view(&german))),
        ("odd", &odd, html::page(&view(&odd))),
        ("empty", &empty, html::page(&view(&empty))),
        ("ten", &ten, html::page(&view(&ten))),
        ("fifty", &fifty, html::page(&view(&fifty))),
        ("most", &most, html::page(&view(&most))),
        ("stale", &outage, html::page(&stale)),
        (
            "report",
            &outage,
            html::report(&view(&outage), StatusReportId(12)).unwrap_or_default(),
        ),
        ("history", &outage, html::history(&view(&outage))),
        ("feeds", &fine, html::feeds(&view(&fine), Some("pass"))),
        ("embed", &outage, html::embed(&view(&outage))),
        ("password", &password, html::door(&password, Asked::First)),
        ("wrong", &password, html::door(&password, Asked::Wrong)),
        ("mail", &mail, html::door(&mail, Asked::First)),
        ("sent", &mail, html::door(&mail, Asked::Sent)),
        ("enter", &mail, html::enter(&mail, "token")),
        ("addresses", &addresses, html::door(&addresses, Asked::First)),
        ("members", &members, html::door(&members, Asked::First)),
        ("signed_up", &fine, html::signed_up(&fine, SignedUp::Sent)),
        (
            "subscription",
            &fine,
            html::subscription(&fine, &subscriber, Some(Noticed::Saved)),
        ),
        ("unsubscribe", &fine, html::ask_unsubscribe(&fine, "token")),
    ] {
        write(name, html::style_sources(document), page)?;
    }
    write("not_found", html::style_hash(), html::not_found())?;
    write("unavailable", html::style_hash(), html::unavailable())?;
    fs::write(folder.join("gallery.json"), json!(names).to_string())?;
    Ok(())
}
