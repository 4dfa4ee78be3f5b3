//! The page as HTML that works without JavaScript and asks for nothing from elsewhere. Its styles stand in it; a content
//! security policy names them by [`style_sources`] or [`style_hash`].
//!
//! No page loads itself anew: that would close what a visitor has opened, and take the page from under who has it read aloud
//! or enlarged (WCAG 2.2.1, 2.2.2). It says when it is from, with a link to load it again. Only the line in a frame does, which
//! has nothing to lose.

mod bars;
mod components;
mod door;
mod embed;
mod feeds;
mod frame;
mod history;
mod news;
mod page;
mod parts;
mod report;
mod style;

use askama::Template;
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
pub fn page(view: &View<'_>) -> String {
    page::render(view)
}

/// One report on a page of its own; nothing where there is none.
pub fn report(view: &View<'_>, id: StatusReportId) -> Option<String> {
    report::render(view, id)
}

/// All reports and maintenance that are kept, by month.
pub fn history(view: &View<'_>) -> String {
    history::render(view)
}

/// The addresses of feeds, calendar, badge and frame; with the pass by which they let in, where the page is guarded.
pub fn feeds(view: &View<'_>, pass: Option<&str>) -> String {
    feeds::render(view, pass)
}

/// The page's state in a frame of somebody else's page: one line that links to the page.
pub fn embed(view: &View<'_>) -> String {
    embed::render(view)
}

/// What who may not see the page is shown, by its guard: a form for the password, one for an address, a link to sign in, or
/// that there is nothing to be seen from where they are. It says nothing of the page but its title.
pub fn door(document: &Document, asked: Asked) -> String {
    door::door(document, asked)
}

/// The page that a link in a mail opens, with a button that posts `token` to `access` beside it: programs that follow
/// links in mails do not use it up.
pub fn enter(document: &Document, token: &str) -> String {
    door::enter(document, token)
}

/// That there is no such page.
pub fn not_found() -> String {
    door::nothing(|t| (t.not_found, t.not_found_why))
}

/// That the page cannot be shown at the moment.
pub fn unavailable() -> String {
    door::nothing(|t| (t.unavailable, t.unavailable_why))
}

/// The `style-src` of everything that is made of a document, as in `'sha256-…' 'sha256-…'`.
pub fn style_sources(document: &Document) -> String {
    sources(&[style::STYLE, &style::own(document), style::EMBED])
}

/// The `style-src` of [`not_found`] and [`unavailable`].
pub fn style_hash() -> String {
    sources(&[style::STYLE, &style::neutral()])
}

fn sources(styles: &[&str]) -> String {
    let sources: Vec<String> = styles.iter().map(|style| style::source(style)).collect();
    sources.join(" ")
}

/// A template as text. Rendering fails only where a value of it cannot be written, and all of ours can.
fn rendered(template: &impl Template) -> String {
    template.render().unwrap_or_default()
}
