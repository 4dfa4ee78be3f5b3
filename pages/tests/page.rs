//! The page itself.

use std::collections::HashSet;

use domain::live::LiveState;
use domain::status_page::{Impact, Locale, ReportStatus, Theme};
use pages::document::Document;
use pages::html;

use crate::dom::{Dom, Element};
use crate::samples::{self, DAY_MS, affected, ago, empty, fine, outage, report, view};

fn page(document: &Document) -> Dom {
    Dom::parse(&html::page(&view(document)))
}

fn texts(elements: &[Element]) -> Vec<String> {
    elements.iter().map(Element::text).collect()
}

#[test]
fn a_page_that_is_fine_says_so() {
    let dom = page(&fine());
    let banner = &dom.with_class("banner")[0];
    assert!(
        banner
            .text()
            .starts_with("All systems operational As of 27 Nov 2026, 14:05"),
        "{}",
        banner.text()
    );
    assert_eq!(texts(&dom.all("h1")), ["Acme Cloud"]);
    assert_eq!(dom.all("title")[0].text(), "Acme Cloud – All systems operational");
    assert!(dom.with_class("notice").is_empty());
    let text = dom.text();
    for words in [
        "New database Planned 28 Nov 2026, 20:05 – 22:05 Affects: Checkout , Search",
        "Response time 124 ms · 95% within 342 ms",
        "Monday, 23 November 2026 Orders were confirmed late",
        "Lasted 2 hours",
        "24 – 27 Nov 2026 Nothing to report",
        "Times are in Europe/Berlin (UTC+01:00). The days of a bar are in UTC.",
        "Telephone support Operational",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn an_outage_comes_first() {
    let dom = page(&outage());
    let text = dom.text();
    assert!(
        dom.with_class("banner")[0]
            .text()
            .starts_with("Major outage 4 components are affected")
    );
    let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words}: {text}"));
    let order = [
        "Major outage 4 components",
        "Open reports Payments fail",
        "Major outage Checkout Partial outage Website",
        "Identified 27 Nov 2026, 13:55",
        "Investigating 27 Nov 2026, 13:23",
        "Under way 27 Nov 2026, 13:05 – 16:05",
        "Components API",
        "Past reports",
    ];
    assert!(order.map(at).is_sorted(), "{:?}", order.map(at));
    let groups = dom.all("details");
    let group = |name: &str| {
        groups
            .iter()
            .find(|group| group.text().starts_with(name))
            .unwrap()
    };
    let shop = group("Shop");
    assert_eq!(
        shop.attribute("open").as_deref(),
        Some(""),
        "a closed group with a problem is open"
    );
    assert!(shop.text().starts_with("Shop Major outage"));
    assert_eq!(
        group("Offices").attribute("open"),
        None,
        "nobody knows is no problem"
    );
}

#[test]
fn no_state_is_told_by_colour_alone() {
    let dom = page(&outage());
    for state in dom.with_class("state") {
        assert!(!state.text().is_empty());
    }
    let shapes: HashSet<String> = dom
        .all("use")
        .iter()
        .filter_map(|one| one.attribute("href"))
        .collect();
    let symbols: HashSet<String> = dom
        .all("symbol")
        .iter()
        .filter_map(|one| Some(format!("#{}", one.attribute("id")?)))
        .collect();
    assert!(shapes.is_subset(&symbols), "{shapes:?}");
    assert!(shapes.len() >= 5, "{shapes:?}");
}

#[test]
fn every_day_can_be_read() {
    let dom = page(&outage());
    let bars: Vec<Element> = dom
        .all("svg")
        .into_iter()
        .filter(|svg| svg.attribute("role").is_some())
        .collect();
    let label = bars[2].attribute("aria-label").unwrap();
    assert_eq!(
        label,
        "The last 90 days: 7 days with problems, 5 days without data"
    );
    let titles = bars[2].text();
    assert!(titles.contains("30 Aug 2026: no data"), "{titles}");
    assert!(
        titles.contains("27 Nov 2026: 100%, major outage reported"),
        "{titles}"
    );
    let days = dom.with_class("days");
    let list = days
        .iter()
        .map(Element::text)
        .find(|text| text.contains("7 days"))
        .unwrap();
    assert!(
        list.contains("no data") && list.contains("30 Aug – 3 Sep 2026"),
        "{list}"
    );
    assert!(list.contains("down"), "{list}");
    let down = titles.matches(" down").count();
    assert_eq!(
        list.matches(" down").count(),
        down,
        "what has a title stands in the list"
    );
}

#[test]
fn what_was_not_measured_is_not_up() {
    let text = page(&outage()).text();
    assert!(text.contains("Door locks Unknown"), "{text}");
    assert!(text.contains("90 days ago 30 days ago no data Today"), "{text}");
}

/// Once it was there, no report is no problem.
#[test]
fn before_a_component_was_added_nothing_is_known_of_it() {
    let label = |since: Option<u64>| {
        let mut document = fine();
        let component = &mut document.groups[0].components[0];
        component.monitor = None;
        for day in &mut component.days {
            (day.up_ms, day.degraded_ms, day.down_ms) = (0, 0, 0);
            day.reported = Impact::Operational;
        }
        let last = component.days.last().unwrap().date;
        component.since = since.map(|days| last - chrono::Days::new(days));
        let dom = page(&document);
        let bars = dom.all("svg");
        let bar = bars.iter().find(|svg| svg.attribute("role").is_some()).unwrap();
        (bar.attribute("aria-label").unwrap(), bar.text())
    };
    let (added_today, days) = label(Some(0));
    assert_eq!(added_today, "The last 90 days: no problems, 89 days without data");
    assert_eq!(days.matches("no problem reported").count(), 1, "{days}");
    assert_eq!(days.matches("no data").count(), 89, "{days}");
    assert_eq!(label(Some(400)).0, "The last 90 days: no problems");
    assert_eq!(label(None).0, "The last 90 days: no problems");
}

#[test]
fn an_outage_never_reads_as_none() {
    let mut document = fine();
    let website = &mut document.groups[0].components[1];
    website.days[10].down_ms = 1;
    let uptime = website.uptime.as_mut().unwrap();
    uptime.down_ms = 1;
    let text = page(&document).text();
    assert!(
        text.contains("99.99% uptime (90 days) 1 day with problems"),
        "{text}"
    );
    assert!(text.contains("99.99%, 1 second down"), "{text}");
}

#[test]
fn phones_see_the_last_days() {
    let mut document = fine();
    document.history_days = 7;
    for component in document.groups.iter_mut().flat_map(|group| &mut group.components) {
        let skipped = component.days.len().saturating_sub(7);
        component.days.drain(..skipped);
    }
    let html = html::page(&view(&document));
    assert!(html.contains("--days:7;"));
    assert!(Dom::parse(&html).text().contains("7 days ago 7 days ago"));
    let html = html::page(&view(&fine()));
    assert!(html.contains("--days:90;"));
    assert!(Dom::parse(&html).text().contains("90 days ago 30 days ago"));
}

#[test]
fn an_old_document_says_so() {
    let document = outage();
    let mut late = view(&document);
    late.now = late.now.plus_millis(600_000);
    let dom = Dom::parse(&html::page(&late));
    let notice = dom.with_class("notice")[0].text();
    assert!(notice.contains("from 27 Nov 2026, 14:04"), "{notice}");
    assert!(
        dom.with_class("banner")[0]
            .text()
            .contains("As of 27 Nov 2026, 14:04")
    );
}

#[test]
fn an_empty_page_claims_nothing() {
    let dom = page(&empty());
    assert!(dom.text().contains("Nothing is shown here yet"));
    assert!(!dom.text().contains("operational"));
    assert!(dom.with_class("legend").is_empty());
}

#[test]
fn a_page_speaks_its_language() {
    let mut document = outage();
    document.locale = Locale::De;
    document.theme = Theme::Dark;
    let dom = page(&document);
    let html = &dom.all("html")[0];
    assert_eq!(html.attribute("lang").as_deref(), Some("de"));
    assert_eq!(html.attribute("class").as_deref(), Some("dark"));
    let text = dom.text();
    for words in [
        "Schwerer Ausfall 4 Komponenten sind betroffen",
        "27. Nov. 2026, 14:05",
        "vor 90 Tagen",
        "Montag, 23. November 2026",
        "99,98 % verfügbar",
        "7 Tage mit Störungen",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    for english in [
        "Operational",
        "Major outage",
        "Partial",
        "days",
        "Components",
        "reports",
        "Today",
        "uptime",
        "within",
        "Began",
    ] {
        assert!(!text.contains(english), "{english}: {text}");
    }
}

#[test]
fn what_is_shown_is_bounded() {
    let mut document = fine();
    let update = (ReportStatus::Investigating, "We look into it.", 1_000);
    for id in 0..60 {
        let components = vec![affected(1, "API", Impact::MajorOutage); 50];
        document
            .reports
            .push(report(100 + id, "Again", components, &[update; 40]));
    }
    let dom = page(&document);
    let main = dom.text();
    assert_eq!(
        main.matches("Began").count(),
        21,
        "20 that are open, one of the past"
    );
    assert!(
        main.contains("View all 40 updates") && main.contains("and 42 more") && main.contains("and 40 more")
    );
    assert_eq!(main.matches("We look into it.").count(), 200);
}

#[test]
fn much_maintenance_is_folded() {
    let mut document = fine();
    let daily = (1..=30).map(|day| samples::maintenance(30, "Backup", ago(-day * DAY_MS), 1, &[1]));
    document.maintenance = daily.collect();
    let text = page(&document).text();
    assert!(text.contains("27 more planned"), "{text}");
    let dom = page(&document);
    let later = &dom.with_class("later")[0];
    assert_eq!(later.text().matches("Backup").count(), 27);
}

#[test]
fn a_component_without_a_monitor_was_up_where_nothing_was_reported() {
    let mut document = fine();
    let mut days = samples::days(&mut samples::Dice(1), 90, 0, 90);
    days[88].reported = Impact::PartialOutage;
    let mut component = samples::component(9, "Support", LiveState::Up, days);
    component.monitor = None;
    component.uptime = None;
    document.groups = vec![samples::group(None, true, vec![component])];
    let text = page(&document).text();
    assert!(text.contains("25 Nov 2026: no problem reported"), "{text}");
    assert!(text.contains("26 Nov 2026: partial outage reported"), "{text}");
    assert!(!text.contains("no data"), "{text}");
}

#[test]
fn a_day_on_which_something_began_that_goes_on_is_not_called_quiet() {
    let text = page(&outage()).text();
    assert!(text.contains("24 – 26 Nov 2026 Nothing to report"), "{text}");
    assert!(!text.contains("27 Nov 2026 Nothing to report"), "{text}");
}
