//! Where a page can be followed.

use askama::Template;
use askama::filters::{Escaper, Html};

use super::frame::{self, Frame};
use super::subscribing;
use crate::address;
use crate::text;
use crate::view::View;
use crate::words::subscribing::Subscribing;
use crate::words::{self, Clock, Texts};

#[derive(Template)]
#[template(path = "feeds.html")]
struct Feeds {
    t: &'static Texts,
    frame: Frame,
    is_home: bool,
    has_bars: bool,
    is_secret: bool,
    addresses: Vec<(&'static str, String)>,
    /// What shows the line in a page of the reader's own.
    frame_code: String,
    subscribing: Option<subscribing::Form>,
    subscribing_words: &'static Subscribing,
}

pub(super) fn render(view: &View<'_>, pass: Option<&str>) -> String {
    let document = view.document;
    let t = words::of(document.locale);
    let clock = Clock::new(t, document.time_zone);
    let query = pass
        .map(|pass| format!("?pass={}", text::token(pass)))
        .unwrap_or_default();
    let names = frame::feeds(&clock, document).into_iter().map(|feed| feed.name);
    let ways = names.chain([t.badge, t.embed]).zip([
        address::RSS,
        address::ATOM,
        address::JSON_FEED,
        address::CALENDAR,
        address::BADGE,
        address::EMBED,
    ]);
    let at = |name| format!("{}{query}", address::absolute(document, name));
    super::rendered(&Feeds {
        t,
        frame: Frame::of(&clock, document, view.overall(), t.subscribe, address::FEEDS),
        is_home: false,
        has_bars: false,
        is_secret: pass.is_some(),
        subscribing: subscribing::Form::sign_up(document),
        subscribing_words: words::subscribing::of(document.locale),
        addresses: ways.map(|(name, way)| (name, at(way))).collect(),
        frame_code: frame_code(&at(address::EMBED), &text::line(&document.title)),
    })
}

/// Markup for a page of somebody else. A frame of the light scheme is transparent, whichever scheme is around it.
fn frame_code(address: &str, title: &str) -> String {
    let mut code = r#"<iframe src=""#.to_owned();
    // Writing to a string does not fail.
    let _ = Html.write_escaped_str(&mut code, address);
    code.push_str(r#"" title=""#);
    let _ = Html.write_escaped_str(&mut code, title);
    code.push_str(r#"" width="320" height="40" style="border:0;color-scheme:light"></iframe>"#);
    code
}
