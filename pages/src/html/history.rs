//! What has happened, by month.

use askama::Template;
use chrono::Datelike;

use super::frame::Frame;
use super::news::{self, Item};
use crate::address;
use crate::view::View;
use crate::words::{self, Clock, Texts};

#[derive(Template)]
#[template(path = "history.html")]
struct History {
    t: &'static Texts,
    frame: Frame,
    is_home: bool,
    has_bars: bool,
    months: Vec<Month>,
}

struct Month {
    heading: String,
    items: Vec<Item>,
}

pub(super) fn render(view: &View<'_>) -> String {
    let document = view.document;
    let t = words::of(document.locale);
    let clock = Clock::new(t, document.time_zone);
    let mut months: Vec<Month> = Vec::new();
    let mut current = None;
    for (day, item) in news::all(&clock, view, 3) {
        let month = (day.year(), day.month());
        match months.last_mut() {
            Some(last) if current == Some(month) => last.items.push(item),
            _ => months.push(Month {
                heading: clock.month(day),
                items: vec![item],
            }),
        }
        current = Some(month);
    }
    super::rendered(&History {
        t,
        frame: Frame::of(&clock, document, view.overall(), t.history, address::HISTORY),
        is_home: false,
        has_bars: false,
        months,
    })
}
