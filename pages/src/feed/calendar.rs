//! Maintenance as iCalendar (RFC 5545, RFC 7986).

use super::entries;
use crate::address;
use crate::document::{Document, Maintenance};
use crate::icalendar::Calendar;
use crate::names;
use crate::text;
use crate::view::View;

pub(super) fn write(view: &View<'_>) -> String {
    let document = view.document;
    let mut calendar = Calendar::new("Status pages", &entries::title(document));
    calendar.push("METHOD", "PUBLISH");
    calendar.push(
        "SOURCE;VALUE=URI",
        &address::absolute(document, address::CALENDAR),
    );
    for maintenance in &document.maintenance {
        push_event(&mut calendar, document, maintenance);
    }
    calendar.end()
}

fn push_event(calendar: &mut Calendar, document: &Document, maintenance: &Maintenance) {
    calendar.push("BEGIN", "VEVENT");
    let uid = names::occurrence(document.id, maintenance.window_id, maintenance.from);
    calendar.push("UID", &uid);
    calendar.push("SEQUENCE", &maintenance.version.max(0).to_string());
    calendar.push_instant("DTSTAMP", maintenance.updated_at);
    calendar.push_instant("LAST-MODIFIED", maintenance.updated_at);
    calendar.push_instant("DTSTART", maintenance.from);
    calendar.push_instant("DTEND", maintenance.until);
    calendar.push_text("SUMMARY", &text::line(&maintenance.title));
    let names = document
        .components()
        .filter(|component| maintenance.components.contains(&component.id));
    let names: Vec<String> = names.map(|component| text::line(&component.name)).collect();
    if !names.is_empty() {
        calendar.push_text("DESCRIPTION", &names.join(", "));
    }
    calendar.push("URL", &document.url);
    calendar.push("STATUS", "CONFIRMED");
    calendar.push("TRANSP", "TRANSPARENT");
    calendar.push("END", "VEVENT");
}
