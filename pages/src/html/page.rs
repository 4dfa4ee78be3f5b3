//! The page itself.

use askama::Template;
use chrono::{Days, NaiveDate};

use super::bars;
use super::components::{Group, groups};
use super::frame::Frame;
use super::news::{self, Item, ReportCard, UpkeepCard};
use super::parts::Moment;
use super::subscribing;
use crate::markdown;
use crate::state::ComponentState;
use crate::view::View;
use crate::words::subscribing::Subscribing;
use crate::words::{self, Clock, Texts};

/// How many open reports are shown, and how many updates of each.
const MAX_OPEN: usize = 20;
const MAX_UPDATES: usize = 10;
/// How much planned maintenance is shown at first.
const MAX_PLANNED: usize = 3;
/// How many days of past reports there are.
const PAST_DAYS: u64 = 14;

#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    t: &'static Texts,
    frame: Frame,
    is_home: bool,
    has_bars: bool,
    description: Option<String>,
    stale: Option<Moment>,
    overall: &'static str,
    overall_words: &'static str,
    affected: Option<String>,
    as_of: Moment,
    open: Vec<ReportCard>,
    more_open: Option<String>,
    maintenance: Vec<UpkeepCard>,
    later_maintenance: Vec<UpkeepCard>,
    more_maintenance: Option<String>,
    groups: Vec<Group>,
    subscribing: Option<subscribing::Form>,
    subscribing_words: &'static Subscribing,
    /// Over how many days uptime is measured.
    period: String,
    uptime_over: String,
    legend: Vec<(String, &'static str)>,
    past: Vec<PastDay>,
}

/// A day of the past, or several on which nothing happened.
struct PastDay {
    heading: String,
    items: Vec<Item>,
}

pub(super) fn render(view: &View<'_>) -> String {
    let document = view.document;
    let t = words::of(document.locale);
    let clock = Clock::new(t, document.time_zone);
    let overall = view.overall();
    let groups = groups(&clock, view);
    let (state, overall_words) = match groups.is_empty() {
        true => (ComponentState::Unknown, t.nothing_yet),
        false => (overall, t.overall(overall)),
    };
    let open: Vec<_> = document
        .reports
        .iter()
        .filter(|report| report.resolved_at.is_none())
        .collect();
    let mut maintenance: Vec<UpkeepCard> = document
        .maintenance
        .iter()
        .filter(|maintenance| maintenance.until > view.now)
        .map(|maintenance| UpkeepCard::new(&clock, view, maintenance, 3))
        .collect();
    let under_way = maintenance
        .iter()
        .take_while(|upkeep| upkeep.is_under_way)
        .count();
    let later_maintenance = maintenance.split_off(maintenance.len().min(under_way + MAX_PLANNED));
    let has_bars = groups
        .iter()
        .flat_map(|group| &group.components)
        .any(|row| row.bar.is_some());
    let history_days = u64::from(document.history_days.max(1));
    let frame = Frame::of(&clock, document, state, overall_words, "");
    let page = Page {
        t,
        frame: Frame {
            logo: view.embedded_logo.clone().or(frame.logo),
            ..frame
        },
        is_home: true,
        has_bars,
        description: document.description.as_deref().map(markdown::html),
        stale: view.is_stale().then(|| Moment::at(&clock, document.as_of)),
        overall: words::state_key(state),
        overall_words,
        affected: affected(t, view),
        as_of: Moment::at(&clock, if view.is_stale() { document.as_of } else { view.now }),
        open: open
            .iter()
            .take(MAX_OPEN)
            .map(|report| ReportCard::new(&clock, document, report, 3, MAX_UPDATES))
            .collect(),
        more_open: (open.len() > MAX_OPEN).then(|| t.and_more.of(count(open.len() - MAX_OPEN))),
        more_maintenance: (!later_maintenance.is_empty())
            .then(|| t.more_maintenance.of(count(later_maintenance.len()))),
        maintenance,
        later_maintenance,
        groups,
        subscribing: subscribing::Form::sign_up(document),
        subscribing_words: words::subscribing::of(document.locale),
        period: t.days.of(history_days),
        uptime_over: t.uptime_days.of(history_days),
        legend: bars::legend(t),
        past: past(&clock, view),
    };
    super::rendered(&page)
}

fn count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// How many components do not work as they should.
fn affected(t: &Texts, view: &View<'_>) -> Option<String> {
    let affected = view
        .components()
        .filter(|(_, state)| *state > ComponentState::Unknown)
        .count();
    (affected > 0).then(|| t.components_affected.of(count(affected)))
}

/// The last days, newest first; those on which nothing happened by their runs.
fn past(clock: &Clock, view: &View<'_>) -> Vec<PastDay> {
    let mut items = news::past(clock, view, 4).into_iter().peekable();
    let today = clock.day(view.now);
    let document = view.document;
    let open = document
        .reports
        .iter()
        .filter(|report| report.resolved_at.is_none());
    let under_way = document.maintenance.iter();
    let under_way = under_way.filter(|one| one.from <= view.now && view.now < one.until);
    let begun = open
        .map(|report| report.started_at)
        .chain(under_way.map(|one| one.from));
    let busy: Vec<NaiveDate> = begun.map(|at| clock.day(at)).collect();
    let is_busy = |day| busy.contains(&day);
    let mut days: Vec<PastDay> = Vec::new();
    let mut quiet: Option<(NaiveDate, NaiveDate)> = None;
    for back in 0..PAST_DAYS {
        let Some(day) = today.checked_sub_days(Days::new(back)) else {
            break;
        };
        let mut of_day = Vec::new();
        while let Some((_, item)) = items.next_if(|(date, _)| *date >= day) {
            of_day.push(item);
        }
        if of_day.is_empty() && is_busy(day) {
            // What is still going on stands above, and its day was not a quiet one.
            days.extend(quiet.take().map(|run| quiet_days(clock, run)));
            continue;
        }
        if of_day.is_empty() {
            quiet = Some((day, quiet.map_or(day, |(_, last)| last)));
            continue;
        }
        days.extend(quiet.take().map(|run| quiet_days(clock, run)));
        days.push(PastDay {
            heading: clock.long_date(day),
            items: of_day,
        });
    }
    days.extend(quiet.take().map(|run| quiet_days(clock, run)));
    days
}

fn quiet_days(clock: &Clock, (first, last): (NaiveDate, NaiveDate)) -> PastDay {
    PastDay {
        heading: clock.dates(first, last),
        items: Vec::new(),
    }
}
