//! Writes pages to look at to a folder: `cargo run -p pages --example gallery -- FOLDER`.

#[allow(dead_code)]
#[path = "../tests/samples/mod.rs"]
mod samples;

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use domain::StatusReportId;
use domain::status_page::Locale;
use pages::document::{Document, Guard};
use pages::html::{self, Asked};
use samples::{empty, fine, many, outage, view};

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

fn guarded(guard: Guard) -> Document {
    Document { guard, ..fine() }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("name a folder")?);
    fs::create_dir_all(&folder)?;
    let (fine, outage, german) = (fine(), outage(), german());
    let password = guarded(Guard::Password { hash: String::new() });
    let mail = guarded(Guard::EmailDomain { domains: Vec::new() });
    let mut stale = view(&outage);
    stale.now = stale.now.plus_millis(600_000);
    for (name, page) in [
        ("fine", html::page(&view(&fine))),
        ("outage", html::page(&view(&outage))),
        ("german", html::page(&view(&german))),
        ("empty", html::page(&view(&empty()))),
        ("many", html::page(&view(&many(50)))),
        ("most", html::page(&view(&many(200)))),
        ("stale", html::page(&stale)),
        (
            "report",
            html::report(&view(&outage), StatusReportId(12)).unwrap_or_default(),
        ),
        ("history", html::history(&view(&outage))),
        ("feeds", html::feeds(&view(&fine), Some("pass"))),
        ("embed", html::embed(&view(&outage))),
        ("password", html::door(&password, Asked::Wrong)),
        ("mail", html::door(&mail, Asked::Sent)),
        ("enter", html::enter(&mail, "token")),
        ("not_found", html::not_found()),
        ("unavailable", html::unavailable()),
    ] {
        fs::write(folder.join(name).with_extension("html"), page)?;
    }
    Ok(())
}
