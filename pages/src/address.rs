//! Where a page and what is made of it are. The gateway serves them below the page's address by these names.

use domain::StatusReportId;

use crate::document::Document;
use crate::text;

/// The page of all reports.
pub const HISTORY: &str = "history";
/// One line for a frame.
pub const EMBED: &str = "embed";
/// The addresses of feeds, calendar and badge.
pub const FEEDS: &str = "feeds";
/// RSS.
pub const RSS: &str = "feed.rss";
/// Atom.
pub const ATOM: &str = "feed.atom";
/// JSON Feed.
pub const JSON_FEED: &str = "feed.json";
/// Maintenance as iCalendar.
pub const CALENDAR: &str = "calendar.ics";
/// The badge of the page.
pub const BADGE: &str = "badge.svg";
/// The logo.
pub const LOGO: &str = "logo.png";
/// Takes the password.
pub const UNLOCK: &str = "unlock";
/// Takes an address that a link is sent to.
pub const LINK: &str = "link";
/// Takes the token of a link.
pub const ACCESS: &str = "access";
/// Takes an address that wants mails about the page.
pub const SUBSCRIBE: &str = "subscribe";
/// Where a subscription is confirmed and changed.
pub const SUBSCRIPTION: &str = "subscription";
/// Where a subscription is ended, also by mail programs (RFC 8058).
pub const UNSUBSCRIBE: &str = "unsubscribe";

/// The address of a report below its page.
pub fn report(id: StatusReportId) -> String {
    format!("reports/{id}")
}

/// The whole address of what is below a page.
pub(crate) fn absolute(document: &Document, name: &str) -> String {
    format!("{}/{name}", document.url)
}

/// The path of the page itself.
pub(crate) fn home(document: &Document) -> &str {
    match prefix(document) {
        "" => "/",
        path => path,
    }
}

/// The path of what is below a page.
pub(crate) fn path(document: &Document, name: &str) -> String {
    format!("{}/{name}", prefix(document))
}

/// The path of a page, nothing at the root of a host name of its own.
fn prefix(document: &Document) -> &str {
    let url = document.url.trim_end_matches('/');
    let host = url.find("://").map_or(0, |at| at + 3);
    url[host..].find('/').map_or("", |slash| &url[host + slash..])
}

/// Whether a link of a user may be followed: to the web, or to write a mail.
pub(crate) fn is_safe_link(link: &str) -> bool {
    let starts_with = |scheme: &str| {
        let start = link.as_bytes().get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme.as_bytes()))
    };
    ["http://", "https://", "mailto:"].into_iter().any(starts_with)
        && link.chars().all(|c| text::is_harmless(c) && !c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_to_the_web_and_to_mail_are_safe() {
        for safe in [
            "https://example.org/?a=b#c",
            "HTTP://example.org",
            "mailto:help@example.org",
        ] {
            assert!(is_safe_link(safe), "{safe}");
        }
        for unsafe_link in [
            "javascript:alert(1)",
            " https://example.org",
            "java\nscript:alert(1)",
            "https://example.org/\u{0}",
            "data:text/html,x",
            "//example.org",
            "/relative",
            "vbscript:x",
            "http:example",
            "",
            "ä",
        ] {
            assert!(!is_safe_link(unsafe_link), "{unsafe_link:?}");
        }
    }
}
