//! One report.

use askama::Template;
use domain::StatusReportId;

use super::frame::Frame;
use super::news::ReportCard;
use crate::address;
use crate::markdown;
use crate::view::View;
use crate::words::{self, Clock, Texts};

/// How many updates there may be.
const MAX_UPDATES: usize = 500;

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage {
    t: &'static Texts,
    frame: Frame,
    is_home: bool,
    has_bars: bool,
    report: ReportCard,
    postmortem: Option<String>,
}

pub(super) fn render(view: &View<'_>, id: StatusReportId) -> Option<String> {
    let document = view.document;
    let report = document.reports.iter().find(|report| report.id == id)?;
    let t = words::of(document.locale);
    let clock = Clock::new(t, document.time_zone);
    let card = ReportCard::new(&clock, document, report, 2, MAX_UPDATES);
    Some(super::rendered(&ReportPage {
        t,
        frame: Frame::of(
            &clock,
            document,
            view.overall(),
            &card.title,
            &address::report(id),
        ),
        is_home: false,
        has_bars: false,
        report: card,
        postmortem: report.postmortem.as_deref().map(markdown::html),
    }))
}
