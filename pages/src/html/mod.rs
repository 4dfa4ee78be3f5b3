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
mod subscribing;

use askama::Template;
use domain::status_page::SubscriberState;
use domain::{ComponentId, StatusReportId};

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

/// What came of an address that somebody has entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedUp {
    /// A mail is on its way, or it is known already: which of both is not said.
    Sent,
    /// It is no address.
    NoAddress,
    /// It is not one of those for which the page is.
    OtherDomain,
    /// A component that was chosen is gone.
    GoneComponent,
    /// There were too many attempts; later.
    TooMany,
    /// It cannot be done at the moment.
    Unavailable,
}

/// Whose the link of a mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscriber<'a> {
    /// The token of the link.
    pub token: &'a str,
    /// The address, as much of it as is shown.
    pub address: &'a str,
    /// Whether mails go there.
    pub state: SubscriberState,
    /// The components that the subscription is about; none for all of them.
    pub components: Option<&'a [ComponentId]>,
    /// Whether the link confirms.
    pub can_confirm: bool,
}

/// What a subscriber has done just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noticed {
    /// Has confirmed.
    Confirmed,
    /// Has chosen components.
    Saved,
    /// Has chosen one that is gone.
    GoneComponent,
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

/// What came of an address that somebody has entered.
pub fn signed_up(document: &Document, what: SignedUp) -> String {
    subscribing::signed_up(document, what)
}

/// The page to which links in mails lead: to confirm, to choose components, to unsubscribe.
pub fn subscription(document: &Document, subscriber: &Subscriber<'_>, noticed: Option<Noticed>) -> String {
    subscribing::subscription(document, subscriber, noticed)
}

/// Asks whether somebody wants no more mails.
pub fn ask_unsubscribe(document: &Document, token: &str) -> String {
    subscribing::ask_unsubscribe(document, token)
}

/// That no more mails come.
pub fn unsubscribed(document: &Document) -> String {
    subscribing::unsubscribed(document)
}

/// That the link of a mail leads nowhere.
pub fn unknown_subscription(document: &Document) -> String {
    subscribing::unknown(document)
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
