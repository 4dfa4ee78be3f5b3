//! Reports and maintenance as they are listed, and when they belong to the past.

use chrono::NaiveDate;
use domain::Timestamp;
use domain::status_page::Impact;

use super::parts::{Moment, Names, StateTag};
use crate::address;
use crate::document::{Affected, Document, Maintenance, Report, Update};
use crate::markdown;
use crate::text;
use crate::view::View;
use crate::words::{self, Clock, Texts};

/// How many names of components stand in a line.
const MAX_NAMES: usize = 8;

/// A report.
pub(super) struct ReportCard {
    pub(super) level: u8,
    /// That of the worst impact.
    pub(super) class: &'static str,
    pub(super) path: String,
    pub(super) title: String,
    pub(super) status: &'static str,
    pub(super) began: Moment,
    pub(super) lasted: Option<String>,
    /// Which components it affects, the worst first.
    pub(super) affected: Vec<(StateTag, Names)>,
    pub(super) updates: Vec<UpdateItem>,
    /// What leads to those that are left out.
    pub(super) more: Option<String>,
}

/// An update of a report.
pub(super) struct UpdateItem {
    pub(super) id: i64,
    pub(super) status: &'static str,
    pub(super) at: Moment,
    pub(super) message: String,
}

/// An occurrence of maintenance.
pub(super) struct UpkeepCard {
    pub(super) level: u8,
    pub(super) title: String,
    pub(super) phase: &'static str,
    pub(super) is_under_way: bool,
    pub(super) span: Moment,
    pub(super) names: Names,
}

/// What has happened.
pub(super) enum Item {
    Report(ReportCard),
    Upkeep(UpkeepCard),
}

impl ReportCard {
    /// A report with its newest updates.
    pub(super) fn new(clock: &Clock, document: &Document, report: &Report, level: u8, most: usize) -> Self {
        let t = clock.texts;
        let impacts = report.components.iter().map(|affected| affected.impact);
        let worst = impacts.max().unwrap_or_default();
        let lasted = report.resolved_at.map(|end| end.millis_since(report.started_at));
        let count = u64::try_from(report.updates.len()).unwrap_or(u64::MAX);
        Self {
            level,
            class: match worst {
                Impact::Operational => "",
                worst => words::state_key(worst.into()),
            },
            path: address::path(document, &address::report(report.id)),
            title: text::line(&report.title),
            status: t.status(report.status),
            began: Moment::at(clock, report.started_at),
            lasted: lasted
                .filter(|&lasted| lasted >= 1_000)
                .map(|lasted| t.duration(lasted)),
            affected: affected(t, &report.components),
            updates: report
                .updates
                .iter()
                .take(most)
                .map(|update| UpdateItem::new(clock, update))
                .collect(),
            more: (report.updates.len() > most).then(|| t.all_updates.of(count)),
        }
    }
}

impl UpdateItem {
    fn new(clock: &Clock, update: &Update) -> Self {
        Self {
            id: update.id.0,
            status: clock.texts.status(update.status),
            at: Moment::at(clock, update.at),
            message: markdown::html(&update.message),
        }
    }
}

fn affected(t: &Texts, components: &[Affected]) -> Vec<(StateTag, Names)> {
    let of = |impact| {
        let components = components
            .iter()
            .filter(move |affected| affected.impact == impact);
        let names = Names::new(t, components.map(|affected| &*affected.name), MAX_NAMES);
        (StateTag::new(t, impact.into()), names)
    };
    let impacts = Impact::ALL
        .into_iter()
        .rev()
        .filter(|&impact| impact != Impact::Operational);
    impacts
        .map(of)
        .filter(|(_, names)| !names.shown.is_empty())
        .collect()
}

impl UpkeepCard {
    pub(super) fn new(clock: &Clock, view: &View<'_>, maintenance: &Maintenance, level: u8) -> Self {
        let t = clock.texts;
        let concerned = view.document.components();
        let concerned = concerned.filter(|component| maintenance.components.contains(&component.id));
        Self {
            level,
            title: text::line(&maintenance.title),
            phase: match (maintenance.from <= view.now, maintenance.until <= view.now) {
                (_, true) => t.maintenance_done,
                (true, false) => t.under_way,
                (false, false) => t.planned,
            },
            is_under_way: maintenance.from <= view.now && view.now < maintenance.until,
            span: Moment::span(clock, maintenance.from, maintenance.until),
            names: Names::new(t, concerned.map(|component| &*component.name), MAX_NAMES),
        }
    }
}

/// Reports that are closed and maintenance that is over, the newest first, each with its day.
pub(super) fn past(clock: &Clock, view: &View<'_>, level: u8) -> Vec<(NaiveDate, Item)> {
    happened(
        clock,
        view,
        level,
        |report| report.resolved_at.is_some(),
        |done| done.until <= view.now,
    )
}

/// All reports and all maintenance that has begun, the newest first, each with its day.
pub(super) fn all(clock: &Clock, view: &View<'_>, level: u8) -> Vec<(NaiveDate, Item)> {
    happened(
        clock,
        view,
        level,
        |_| true,
        |maintenance| maintenance.from <= view.now,
    )
}

fn happened(
    clock: &Clock,
    view: &View<'_>,
    level: u8,
    takes_report: impl Fn(&Report) -> bool,
    takes_maintenance: impl Fn(&Maintenance) -> bool,
) -> Vec<(NaiveDate, Item)> {
    let document = view.document;
    let reports = document.reports.iter().filter(|report| takes_report(report));
    let reports = reports.map(|report| {
        let card = ReportCard::new(clock, document, report, level, 1);
        (report.started_at, Item::Report(card))
    });
    let maintenance = document
        .maintenance
        .iter()
        .filter(|maintenance| takes_maintenance(maintenance));
    let maintenance = maintenance.map(|maintenance| {
        (
            maintenance.from,
            Item::Upkeep(UpkeepCard::new(clock, view, maintenance, level)),
        )
    });
    let mut items: Vec<(Timestamp, Item)> = reports.chain(maintenance).collect();
    items.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    items
        .into_iter()
        .map(|(at, item)| (clock.day(at), item))
        .collect()
}
