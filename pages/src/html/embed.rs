//! One line for a frame of another page.

use askama::Template;

use super::parts;
use super::style;
use crate::text;
use crate::view::View;
use crate::words::{self, Texts};

#[derive(Template)]
#[template(path = "embed.html")]
struct Embed<'a> {
    t: &'static Texts,
    theme: &'static str,
    style: &'static str,
    name: String,
    url: &'a str,
    state: &'static str,
    shape: &'static str,
    words: &'static str,
}

pub(super) fn render(view: &View<'_>) -> String {
    let document = view.document;
    let t = words::of(document.locale);
    let state = words::state_key(view.overall());
    super::rendered(&Embed {
        t,
        theme: style::theme_class(document.theme),
        style: style::EMBED,
        name: text::line(&document.title),
        url: &document.url,
        state,
        shape: parts::shape(state),
        words: t.overall(view.overall()),
    })
}
