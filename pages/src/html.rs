//! The page as HTML that works without JavaScript and asks for nothing from elsewhere.

use domain::StatusReportId;

use crate::document::Document;
use crate::view::View;

/// Why somebody who wants in is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// For the first time.
    First,
    /// The password was wrong.
    Wrong,
    /// A link was sent, if the address is of a domain that gets one.
    Sent,
    /// The link is not valid, or no longer.
    Expired,
    /// There were too many attempts; later.
    TooMany,
}

/// The page itself.
pub fn page(_view: &View<'_>) -> String {
    String::new()
}

/// One report on a page of its own; nothing where there is none.
pub fn report(_view: &View<'_>, _id: StatusReportId) -> Option<String> {
    None
}

/// All reports and maintenance that are kept, by month.
pub fn history(_view: &View<'_>) -> String {
    String::new()
}

/// The addresses of feeds, calendar, badge and frame; with the pass by which they let in, where the page is guarded.
pub fn feeds(_view: &View<'_>, _pass: Option<&str>) -> String {
    String::new()
}

/// The page's state in a frame of somebody else's page: one line that links to the page.
pub fn embed(_view: &View<'_>) -> String {
    String::new()
}

/// What who may not see the page is shown, by its guard: a form for the password, one for an address, a link to sign in, or
/// that there is nothing to be seen from where they are. It says nothing of the page but its title.
pub fn door(_document: &Document, _asked: Asked) -> String {
    String::new()
}

/// The page that a link in a mail opens, with a button that posts `token` to `access` beside it: programs that follow
/// links in mails do not use it up.
pub fn enter(_document: &Document, _token: &str) -> String {
    String::new()
}

/// That there is no such page.
pub fn not_found() -> String {
    String::new()
}

/// That the page cannot be shown at the moment.
pub fn unavailable() -> String {
    String::new()
}

/// The `style-src` of everything that is made of a document, as in `'sha256-…' 'sha256-…'`.
pub fn style_sources(_document: &Document) -> String {
    String::new()
}

/// The `style-src` of [`not_found`] and [`unavailable`].
pub fn style_hash() -> String {
    String::new()
}
