//! Whatever people call things and write: every form stays well-formed, and none of it becomes markup.

use domain::status_page::Locale;
use domain::{ComponentId, StatusReportId};
use pages::document::{Document, Guard};
use pages::html::{self, Asked};
use pages::statuspage::{self, Part};
use pages::{badge, feed};
use proptest::prelude::*;

use crate::dom::Dom;
use crate::samples::{outage, view};

/// What has broken others.
const NASTY: [&str; 24] = [
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "<!-- ",
    "--><svg/onload=alert(1)>",
    "]]><script>alert(1)</script>",
    "<![CDATA[",
    "&lt;script&gt;&#60;script&#62;",
    "&",
    "{{ 7 * 7 }}{% raw %}",
    "\u{0}\u{1}\u{8}\u{b}\u{1b}[31m\u{7f}\u{85}\u{9f}",
    "\u{fffe}\u{ffff}\u{fdd0}\u{1fffe}",
    "\u{202e}gnp.exe\u{202d}\u{2066}\u{2067}",
    "مرحبا بالعالم",
    "שלום \u{200f}עולם",
    "😀👩‍👩‍👧‍👦🏳️‍🌈𐍈",
    "漢字カタカナ한국어",
    "e\u{301}\u{301}\u{301}\u{301}\u{301}",
    "\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nX:;,\\n",
    "\u{2028}\u{2029}\u{feff}",
    "[x](javascript:alert(1)) ![x](https://example.org/x.png) <https://example.org/\"onload=x>",
    "# <h1>\n> - * `\n```\n<script>\n",
];

fn words() -> impl Strategy<Value = String> {
    let nasty = prop::sample::select(NASTY.to_vec()).prop_map(str::to_owned);
    let part = prop_oneof![3 => nasty, 1 => any::<String>(), 1 => "[<>&\"'/=a-z \u{0}-\u{1f}]{0,40}"];
    let few = prop::collection::vec(part, 0..4).prop_map(|parts| parts.concat());
    prop_oneof![9 => few, 1 => (1_000..5_000_usize).prop_map(|length| "W".repeat(length))]
}

/// A page in which all that people wrote is hostile.
fn hostile() -> impl Strategy<Value = Document> {
    (prop::collection::vec(words(), 10), any::<bool>()).prop_map(|(words, is_german)| {
        let mut document = outage();
        let word = |at: usize| words[at].clone();
        document.title = word(0);
        document.description = Some(word(1));
        document.contact_url = Some(word(2));
        document.logo = Some(word(2));
        document.accent_colour = word(3);
        // The days hold nothing that people write.
        document.history_days = 3;
        document.locale = if is_german { Locale::De } else { Locale::En };
        document.groups[1].name = Some(word(4));
        for component in document.groups.iter_mut().flat_map(|group| &mut group.components) {
            component.name = word(5);
            component.description = Some(word(6));
        }
        for report in &mut document.reports {
            report.title = word(7);
            report.postmortem = Some(word(8));
            for affected in &mut report.components {
                affected.name = word(5);
            }
            for update in &mut report.updates {
                update.message = word(8);
                for affected in &mut update.components {
                    affected.name = word(5);
                }
            }
        }
        for maintenance in &mut document.maintenance {
            maintenance.title = word(9);
        }
        document
    })
}

fn is_harmless_html(html: &str) {
    let dom = Dom::parse(html);
    assert!(!html.to_ascii_lowercase().contains("<script"), "{html}");
    assert!(dom.all("script").is_empty());
    for element in dom.elements() {
        assert!(
            !["iframe", "object", "embed", "base"].contains(&&*element.name),
            "{}",
            element.name
        );
        for (name, value) in element.attributes() {
            assert!(!name.starts_with("on") && name != "style", "{name}={value}");
            let is_address = ["href", "src", "action"].contains(&&*name);
            let value = value.to_ascii_lowercase();
            assert!(!(is_address && value.contains("javascript:")), "{name}={value}");
        }
        if element.name == "img" {
            let own = element.attribute("src").expect("an image has an address");
            assert!(own.starts_with("/acme/logo.png?v="), "{own}");
        }
    }
    assert_eq!(
        dom.all("title")
            .iter()
            .filter(|title| title.text().is_empty())
            .count(),
        0
    );
    for character in ['\u{0}', '\u{1b}', '\u{202e}', '\u{2066}', '\u{fffe}'] {
        assert!(!dom.text().contains(character), "{character:?}");
    }
}

fn is_xml(xml: &str) {
    let mut reader = quick_xml::Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    loop {
        match reader
            .read_event()
            .unwrap_or_else(|error| panic!("{error}: {xml}"))
        {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Start(start) | quick_xml::events::Event::Empty(start) => {
                for attribute in start.attributes() {
                    attribute.unwrap_or_else(|error| panic!("{error}: {xml}"));
                }
            }
            _ => {}
        }
    }
    // XML 1.0 has no way to write these, not even escaped.
    let is_forbidden = |c: char| {
        (c.is_control() && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    assert!(!xml.contains(is_forbidden), "{xml}");
    assert!(!xml.to_ascii_lowercase().contains("<script"), "{xml}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn html_stays_well_formed(document in hostile()) {
        let view = view(&document);
        is_harmless_html(&html::page(&view));
        is_harmless_html(&html::history(&view));
        is_harmless_html(&html::report(&view, StatusReportId(11)).unwrap());
        is_harmless_html(&html::embed(&view));
    }

    #[test]
    fn doors_stay_well_formed(document in hostile(), word in words()) {
        is_harmless_html(&html::enter(&document, &word));
        is_harmless_html(&html::feeds(&view(&document), Some(&word)));
        let document = Document { guard: Guard::Members { sign_in_url: word }, ..document };
        is_harmless_html(&html::door(&document, Asked::First));
    }

    #[test]
    fn xml_stays_well_formed(document in hostile()) {
        let view = view(&document);
        for xml in [feed::rss(&view), feed::atom(&view)] {
            is_xml(&xml);
            let read = feed_rs::parser::parse(xml.as_bytes());
            prop_assert!(read.is_ok(), "{:?}: {}", read, xml);
            prop_assert_eq!(read.map(|feed| feed.entries.len()).ok(), Some(4));
        }
        is_xml(&badge::svg(&view, None).unwrap());
        is_xml(&badge::svg(&view, Some(ComponentId(3))).unwrap());
    }

    #[test]
    fn calendars_stay_well_formed(document in hostile()) {
        let calendar = feed::calendar(&view(&document));
        for line in calendar.split("\r\n") {
            prop_assert!(line.len() <= 75 && !line.contains(|c: char| c.is_control()), "{:?}", line);
        }
        // Where nothing is folded, nothing but the names of the standard begins a line.
        let unfolded = calendar.replace("\r\n ", "");
        prop_assert_eq!(unfolded.matches("\r\nBEGIN:VEVENT\r\n").count(), 2);
        prop_assert_eq!(unfolded.matches("\r\nUID:").count(), 2);
    }

    #[test]
    fn json_holds_lines(document in hostile()) {
        let view = view(&document);
        let feed: serde_json::Value = serde_json::from_str(&feed::json(&view)).unwrap();
        prop_assert_eq!(feed["items"].as_array().map(Vec::len), Some(4));
        for part in Part::ALL {
            let json = statuspage::document(&view, part);
            let name = json["page"]["name"].as_str().unwrap();
            prop_assert!(!name.is_empty() && name.chars().count() <= 301);
        }
    }
}
