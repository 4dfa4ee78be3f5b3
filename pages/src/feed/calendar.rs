//! Maintenance as iCalendar (RFC 5545, RFC 7986).

use domain::Timestamp;

use super::entries;
use crate::address;
use crate::document::{Document, Maintenance};
use crate::names;
use crate::text;
use crate::view::View;

/// How long a line may be, in octets, without its end.
const MAX_LINE: usize = 75;
/// How often a program should ask for the calendar.
const REFRESH: &str = "PT1H";

/// Lines that are folded and end as the standard has it.
struct Lines(String);

impl Lines {
    /// A line whose value needs no escaping.
    fn push(&mut self, name: &str, value: &str) {
        let mut left = MAX_LINE;
        for c in name.chars().chain([':']).chain(value.chars()) {
            if c.len_utf8() > left {
                self.0.push_str("\r\n ");
                left = MAX_LINE - 1;
            }
            self.0.push(c);
            left -= c.len_utf8();
        }
        self.0.push_str("\r\n");
    }

    /// A line of somebody's words.
    fn push_text(&mut self, name: &str, value: &str) {
        let mut escaped = String::with_capacity(value.len());
        for c in value.chars() {
            if matches!(c, '\\' | ',' | ';') {
                escaped.push('\\');
            }
            escaped.push(c);
        }
        self.push(name, &escaped);
    }
}

pub(super) fn write(view: &View<'_>) -> String {
    let document = view.document;
    let title = entries::title(document);
    let mut lines = Lines(String::new());
    lines.push("BEGIN", "VCALENDAR");
    lines.push("VERSION", "2.0");
    lines.push("PRODID", "-//Uptime Monitor//Status pages//EN");
    lines.push("CALSCALE", "GREGORIAN");
    lines.push("METHOD", "PUBLISH");
    // The name and the interval a second time, for programs from before RFC 7986.
    for name in ["NAME", "X-WR-CALNAME"] {
        lines.push_text(name, &title);
    }
    lines.push("REFRESH-INTERVAL;VALUE=DURATION", REFRESH);
    lines.push("X-PUBLISHED-TTL", REFRESH);
    lines.push(
        "SOURCE;VALUE=URI",
        &address::absolute(document, address::CALENDAR),
    );
    for maintenance in &document.maintenance {
        push_event(&mut lines, document, maintenance);
    }
    lines.push("END", "VCALENDAR");
    lines.0
}

fn push_event(lines: &mut Lines, document: &Document, maintenance: &Maintenance) {
    lines.push("BEGIN", "VEVENT");
    let uid = names::occurrence(document.id, maintenance.window_id, maintenance.from);
    lines.push("UID", &uid);
    lines.push("SEQUENCE", &maintenance.version.max(0).to_string());
    lines.push("DTSTAMP", &instant(maintenance.updated_at));
    lines.push("LAST-MODIFIED", &instant(maintenance.updated_at));
    lines.push("DTSTART", &instant(maintenance.from));
    lines.push("DTEND", &instant(maintenance.until));
    lines.push_text("SUMMARY", &text::line(&maintenance.title));
    let names = document
        .components()
        .filter(|component| maintenance.components.contains(&component.id));
    let names: Vec<String> = names.map(|component| text::line(&component.name)).collect();
    if !names.is_empty() {
        lines.push_text("DESCRIPTION", &names.join(", "));
    }
    lines.push("URL", &document.url);
    lines.push("STATUS", "CONFIRMED");
    lines.push("TRANSP", "TRANSPARENT");
    lines.push("END", "VEVENT");
}

/// An instant in UTC, to the second.
fn instant(at: Timestamp) -> String {
    at.to_datetime().format("%Y%m%dT%H%M%SZ").to_string()
}
