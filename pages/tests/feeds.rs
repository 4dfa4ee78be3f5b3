//! Feeds, read as feed readers do.

use chrono::{DateTime, Utc};
use domain::status_page::{Impact, Locale, ReportStatus};
use feed_rs::model::{Feed, FeedType};
use pages::document::Document;
use pages::feed;

use crate::samples::{DAY_MS, HOUR_MS, affected, empty, fine, outage, report, view};

fn read(text: &str) -> Feed {
    feed_rs::parser::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn all(document: &Document) -> [Feed; 3] {
    let view = view(document);
    [feed::rss(&view), feed::atom(&view), feed::json(&view)].map(|text| read(&text))
}

fn utc(text: &str) -> Option<DateTime<Utc>> {
    text.parse().ok()
}

#[test]
fn each_update_is_an_entry_in_every_feed() {
    let feeds = all(&outage());
    assert_eq!(
        feeds.each_ref().map(|feed| feed.feed_type.clone()),
        [FeedType::RSS2, FeedType::Atom, FeedType::JSON]
    );
    for feed in &feeds {
        assert_eq!(feed.title.as_ref().unwrap().content, "Acme Cloud");
        assert_eq!(feed.entries.len(), 4);
        let entry = &feed.entries[0];
        assert_eq!(entry.title.as_ref().unwrap().content, "Identified: Payments fail");
        assert_eq!(
            entry.links[0].href,
            "https://status.example.org/acme/reports/12#update-12000"
        );
        assert_eq!(entry.published, utc("2026-11-27T12:55:00Z"));
        let body = entry.content.as_ref().and_then(|content| content.body.clone());
        let body = body
            .or(entry.summary.as_ref().map(|summary| summary.content.clone()))
            .unwrap();
        assert!(body.contains("<strong>of its own</strong>"), "{body}");
        assert!(body.contains("rel=\"nofollow noopener noreferrer\""), "{body}");
        let first = &feed.entries[1];
        let body = first.content.as_ref().and_then(|content| content.body.clone());
        let body = body
            .or(first.summary.as_ref().map(|summary| summary.content.clone()))
            .unwrap();
        assert!(body.contains("<li>Checkout: Major outage</li>"), "{body}");
    }
    let ids = feeds.each_ref().map(|feed| {
        feed.entries
            .iter()
            .map(|entry| entry.id.clone())
            .collect::<Vec<_>>()
    });
    assert_eq!(ids[0], ids[1]);
    assert_eq!(ids[0], ids[2]);
    assert!(ids[0].iter().all(|id| id.starts_with("urn:uuid:")), "{ids:?}");
}

#[test]
fn an_entry_keeps_its_name() {
    let mut document = outage();
    let before = all(&document);
    document.url = "https://status.example.net".to_owned();
    document.title = "Other".to_owned();
    document.reports[0].updates[0].message = "Mended words.".to_owned();
    document.reports[0].updates[0].updated_at = document.as_of;
    let after = all(&document);
    for (before, after) in before.iter().zip(&after).skip(1) {
        assert_eq!(before.entries[0].id, after.entries[0].id);
        assert_eq!(before.entries[0].published, after.entries[0].published);
        assert_ne!(before.entries[0].updated, after.entries[0].updated);
    }
    assert_eq!(before[1].id, after[1].id, "of the feed too");
    assert_eq!(before[0].entries[0].id, after[0].entries[0].id);
}

#[test]
fn a_feed_has_the_newest_updates() {
    let mut document = empty();
    for at in 0..4 {
        let updates: Vec<_> = (0..20)
            .map(|n| (ReportStatus::Monitoring, "Still.", at * 1_000 + n * HOUR_MS))
            .collect();
        let components = vec![affected(1, "API", Impact::PartialOutage)];
        document.reports.push(report(at, "Long", components, &updates));
    }
    for feed in all(&document) {
        assert_eq!(feed.entries.len(), 50);
        let dates: Vec<_> = feed.entries.iter().map(|entry| entry.published).collect();
        assert!(dates.is_sorted_by(|newer, older| newer >= older));
        assert_eq!(dates[0], Some(crate::samples::now().to_datetime()));
    }
}

#[test]
fn a_feed_without_entries_is_one() {
    for feed in all(&empty()) {
        assert!(feed.entries.is_empty());
    }
}

#[test]
fn feeds_say_what_they_are() {
    let mut document = fine();
    document.locale = Locale::De;
    let view = view(&document);
    let rss = feed::rss(&view);
    for part in [
        "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\">",
        "<language>de</language>",
        "<ttl>5</ttl>",
        "<guid isPermaLink=\"false\">urn:uuid:",
        "<title>Behoben: Orders were confirmed late</title>",
        "href=\"https://status.example.org/acme/feed.rss\"",
    ] {
        assert!(rss.contains(part), "{part}: {rss}");
    }
    let date = rss.split("<pubDate>").nth(1).unwrap().split('<').next().unwrap();
    assert_eq!(
        DateTime::parse_from_rfc2822(date).unwrap(),
        crate::samples::ago(4 * DAY_MS).to_datetime()
    );
    let atom = feed::atom(&view);
    assert!(
        atom.contains("<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"de\">"),
        "{atom}"
    );
    assert!(atom.contains("<content type=\"html\">"), "{atom}");
    let json: serde_json::Value = serde_json::from_str(&feed::json(&view)).unwrap();
    assert_eq!(json["version"], "https://jsonfeed.org/version/1.1");
    assert_eq!(json["items"][0]["date_modified"], "2026-11-23T13:05:00+00:00");
}
