//! Feeds of reports, and maintenance as a calendar.

mod atom;
mod calendar;
mod entries;
mod json;
mod rss;

use crate::view::View;

/// RSS 2.0, one item for each update.
pub fn rss(view: &View<'_>) -> String {
    rss::write(view)
}

/// Atom (RFC 4287), one entry for each update.
pub fn atom(view: &View<'_>) -> String {
    atom::write(view)
}

/// JSON Feed 1.1.
pub fn json(view: &View<'_>) -> String {
    json::write(view)
}

/// Maintenance as iCalendar (RFC 5545).
pub fn calendar(view: &View<'_>) -> String {
    calendar::write(view)
}
