//! Where a page can be followed.

use askama::Template;

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
    super::rendered(&Feeds {
        t,
        frame: Frame::of(&clock, document, view.overall(), t.subscribe, address::FEEDS),
        is_home: false,
        has_bars: false,
        is_secret: pass.is_some(),
        subscribing: subscribing::Form::sign_up(document),
        subscribing_words: words::subscribing::of(document.locale),
        addresses: ways
            .map(|(name, at)| (name, format!("{}{query}", address::absolute(document, at))))
            .collect(),
    })
}
