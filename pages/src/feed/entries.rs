//! The newest updates, which all feeds have in common.

use askama::filters::{Escaper, Html};
use chrono::{DateTime, FixedOffset};
use domain::Timestamp;
use domain::status_page::Impact;

use crate::address;
use crate::document::{Document, Report, Update};
use crate::markdown;
use crate::names;
use crate::text;
use crate::words::{self, Texts};

/// How many updates a feed has.
const MAX: usize = 50;

/// An update in a feed.
pub(super) struct Entry {
    /// A URN.
    pub(super) id: String,
    pub(super) title: String,
    pub(super) link: String,
    pub(super) status: &'static str,
    /// HTML.
    pub(super) content: String,
    pub(super) published: DateTime<FixedOffset>,
    pub(super) updated: DateTime<FixedOffset>,
}

/// The newest updates of all reports, newest first.
pub(super) fn newest(document: &Document) -> Vec<Entry> {
    let of = |report| -> Vec<(&Report, &Update)> {
        let report: &Report = report;
        report
            .updates
            .iter()
            .map(move |update| (report, update))
            .collect()
    };
    let mut updates: Vec<(&Report, &Update)> = document.reports.iter().flat_map(of).collect();
    updates.sort_by_key(|(_, update)| std::cmp::Reverse((update.at, update.id)));
    updates.truncate(MAX);
    let t = words::of(document.locale);
    updates
        .into_iter()
        .map(|(report, update)| entry(t, document, report, update))
        .collect()
}

fn entry(t: &Texts, document: &Document, report: &Report, update: &Update) -> Entry {
    let status = t.status(update.status);
    Entry {
        id: names::update(update.id),
        title: format!("{status}: {}", text::line(&report.title)),
        link: format!(
            "{}#update-{}",
            address::absolute(document, &address::report(report.id)),
            update.id
        ),
        status,
        content: format!("{}{}", markdown::html(&update.message), affected(t, update)),
        published: instant(update.at),
        updated: instant(update.updated_at.max(update.at)),
    }
}

/// Which components the update says are affected, and how.
fn affected(t: &Texts, update: &Update) -> String {
    let mut list = String::new();
    for affected in &update.components {
        let state = t.state(affected.impact.into());
        list.push_str("<li>");
        // Writing to a string does not fail.
        let _ = Html.write_escaped_str(&mut list, &text::line(&affected.name));
        list.push_str(": ");
        list.push_str(state);
        list.push_str("</li>");
    }
    match update
        .components
        .iter()
        .any(|affected| affected.impact != Impact::Operational)
    {
        true => format!("<ul>{list}</ul>"),
        false => String::new(),
    }
}

/// When anything of a feed was changed last; when the document was made if it has none.
pub(super) fn updated(document: &Document, entries: &[Entry]) -> DateTime<FixedOffset> {
    let newest = entries.iter().map(|entry| entry.updated).max();
    newest.unwrap_or_else(|| instant(document.as_of))
}

pub(super) fn instant(at: Timestamp) -> DateTime<FixedOffset> {
    at.to_datetime().fixed_offset()
}

/// What a feed is called.
pub(super) fn title(document: &Document) -> String {
    text::line(&document.title)
}

/// What a feed is about.
pub(super) fn about(document: &Document) -> String {
    let name = text::line(&document.title);
    words::of(document.locale).status_of.replacen("{}", &name, 1)
}
