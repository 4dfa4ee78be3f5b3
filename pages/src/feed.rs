//! Feeds of reports and maintenance.

use crate::view::View;

/// RSS 2.0, one item for each update.
pub fn rss(_view: &View<'_>) -> String {
    String::new()
}

/// Atom (RFC 4287), one entry for each update.
pub fn atom(_view: &View<'_>) -> String {
    String::new()
}

/// JSON Feed 1.1.
pub fn json(_view: &View<'_>) -> String {
    String::new()
}

/// Maintenance as iCalendar (RFC 5545).
pub fn calendar(_view: &View<'_>) -> String {
    String::new()
}
