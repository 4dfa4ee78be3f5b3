//! The days of a component as a bar, and what stands beside it. Heights say what colours do.

use std::fmt::Write as _;

use domain::status_page::Impact;

use crate::document::{Component, Day};
use crate::words::{Clock, Texts};

/// How wide a day is drawn, and the space to the next, in units of the bar.
const WIDTH: usize = 4;
const PITCH: usize = 6;
/// How high the bar is.
const HEIGHT: usize = 36;
/// How many days phones show: `templates/style.css` has the same.
pub(super) const FEW_DAYS: u16 = 30;
/// Of how much of the measured time a day has to be up not to be bad, in percent.
const BAD_BELOW: i128 = 99;

/// How a day was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    NoData,
    Up,
    Some,
    Bad,
}

impl Kind {
    /// How a day was of which something `is_known` beside what was measured.
    fn of(day: &Day, is_known: bool) -> Self {
        let (up, down) = (i128::from(day.up_ms.max(0)), i128::from(day.down_ms.max(0)));
        let is_bad = up * 100 < (up + down) * BAD_BELOW || day.reported == Impact::MajorOutage;
        match day.reported {
            _ if is_bad => Self::Bad,
            Impact::Operational if up + down == 0 && !is_known => Self::NoData,
            Impact::Operational if down == 0 => Self::Up,
            _ => Self::Some,
        }
    }

    /// Its class, and its first and last row.
    fn drawn(self) -> (&'static str, usize, usize) {
        match self {
            Self::NoData => (" class=\"n\"", 16, 20),
            Self::Up => ("", 6, 30),
            Self::Some => (" class=\"a\"", 3, 33),
            Self::Bad => (" class=\"r\"", 0, HEIGHT),
        }
    }

    fn is_problem(self) -> bool {
        matches!(self, Self::Some | Self::Bad)
    }
}

/// A bar with what is written below it.
pub(super) struct Bar {
    /// An SVG image.
    pub(super) svg: String,
    /// When it begins, and when what phones show of it does.
    pub(super) begin: String,
    pub(super) begin_short: String,
    /// How many days had problems.
    pub(super) problem_count: Option<String>,
    /// Which, newest first, and which had no data; nothing when there was no problem.
    pub(super) problems: Vec<(String, String)>,
}

impl Bar {
    /// The bar of a component; nothing where its days are not shown. Where a page has more days than the component, the
    /// first ones are left empty.
    pub(super) fn new(clock: &Clock, component: &Component, history_days: u16) -> Option<Self> {
        let width = usize::from(history_days.max(1));
        let skipped = component.days.len().saturating_sub(width);
        let days = &component.days[skipped..];
        if days.is_empty() {
            return None;
        }
        let is_measured = component.monitor.is_some();
        // Of a component whose state is only what reports say, a day without a report was up, once it was there.
        let is_known = |day: &Day| !is_measured && component.since.is_none_or(|since| since <= day.date);
        let kinds: Vec<Kind> = days.iter().map(|day| Kind::of(day, is_known(day))).collect();
        let count = |wanted: fn(Kind) -> bool| {
            let count = kinds.iter().filter(|kind| wanted(**kind)).count();
            u64::try_from(count).unwrap_or(u64::MAX)
        };
        let problems = count(Kind::is_problem);
        let empty = count(|kind| kind == Kind::NoData);

        let t = clock.texts;
        let problem_count = (problems > 0).then(|| t.days_with_problems.of(problems));
        let mut label = t.bar_summary.of(u64::from(history_days.max(1)));
        let _ = write!(label, ": {}", problem_count.as_deref().unwrap_or(t.no_problems));
        if empty > 0 {
            let _ = write!(label, ", {}", t.days_without_data.of(empty));
        }
        let mut svg = format!(
            r#"<svg viewBox="0 0 {} {HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{label}">"#,
            width * PITCH - (PITCH - WIDTH)
        );
        for (at, (day, kind)) in days.iter().zip(&kinds).enumerate() {
            let (class, top, bottom) = kind.drawn();
            let x = (width - days.len() + at) * PITCH;
            let (date, words) = (clock.date(day.date), described(t, day, *kind, is_measured));
            let height = bottom - top;
            let _ = write!(
                svg,
                r#"<rect{class} x="{x}" y="{top}" width="{WIDTH}" height="{height}"><title>{date}: {words}</title></rect>"#
            );
        }
        svg.push_str("</svg>");
        Some(Self {
            svg,
            begin: t.days_ago.of(u64::from(history_days.max(1))),
            begin_short: t.days_ago.of(u64::from(history_days.clamp(1, FEW_DAYS))),
            problem_count,
            problems: match problems {
                0 => Vec::new(),
                _ => noteworthy(clock, days, &kinds, is_measured),
            },
        })
    }
}

/// What is said of a day.
fn described(t: &Texts, day: &Day, kind: Kind, is_measured: bool) -> String {
    let mut words = match t.percent(day.up_ms, day.down_ms) {
        Some(percent) => percent,
        None if kind == Kind::NoData || is_measured => t.no_data.to_owned(),
        None if day.reported == Impact::Operational => t.nothing_reported.to_owned(),
        None => String::new(),
    };
    let mut add = |pattern: &str, what: &str| {
        let separator = if words.is_empty() { "" } else { ", " };
        let _ = write!(words, "{separator}{}", pattern.replacen("{}", what, 1));
    };
    if day.down_ms > 0 {
        add(t.down_for, &t.duration(day.down_ms));
    }
    if day.degraded_ms > 0 {
        add(t.degraded_for, &t.duration(day.degraded_ms));
    }
    if day.reported != Impact::Operational {
        add(t.reported, &t.state(day.reported.into()).to_lowercase());
    }
    words
}

/// The days that were not as they should be, newest first; those without data by their runs.
fn noteworthy(clock: &Clock, days: &[Day], kinds: &[Kind], is_measured: bool) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut at = days.len();
    while at > 0 {
        at -= 1;
        let (day, kind) = (&days[at], kinds[at]);
        match kind {
            Kind::Up => {}
            Kind::Some | Kind::Bad => {
                found.push((
                    clock.date(day.date),
                    described(clock.texts, day, kind, is_measured),
                ));
            }
            Kind::NoData => {
                let last = day.date;
                while at > 0 && kinds[at - 1] == Kind::NoData {
                    at -= 1;
                }
                let words = clock.texts.no_data.to_owned();
                found.push((clock.dates(days[at].date, last), words));
            }
        }
    }
    found
}

/// A day of each kind, with words.
pub(super) fn legend(t: &Texts) -> Vec<(String, &'static str)> {
    let kinds = [
        (Kind::Up, t.legend_up),
        (Kind::Some, t.legend_some),
        (Kind::Bad, t.legend_bad),
        (Kind::NoData, t.legend_none),
    ];
    let drawn = |(kind, words): (Kind, &'static str)| {
        let (class, top, bottom) = kind.drawn();
        let height = bottom - top;
        let svg = format!(
            r#"<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" aria-hidden="true"><rect{class} y="{top}" width="{WIDTH}" height="{height}"/></svg>"#
        );
        (svg, words)
    };
    kinds.into_iter().map(drawn).collect()
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    const DAY: i64 = 86_400_000;

    fn day(down_ms: i64, reported: Impact) -> Day {
        Day {
            date: NaiveDate::from_ymd_opt(2026, 10, 3).unwrap(),
            up_ms: DAY - down_ms,
            degraded_ms: 0,
            down_ms,
            reported,
        }
    }

    #[test]
    fn a_day_is_as_bad_as_what_was_measured_or_said_of_it() {
        let empty = Day {
            up_ms: 0,
            ..day(0, Impact::Operational)
        };
        for (day, kind) in [
            (day(0, Impact::Operational), Kind::Up),
            (day(1, Impact::Operational), Kind::Some),
            (day(DAY / 100, Impact::Operational), Kind::Some),
            (day(DAY / 100 + 1, Impact::Operational), Kind::Bad),
            (day(DAY, Impact::Operational), Kind::Bad),
            (day(0, Impact::DegradedPerformance), Kind::Some),
            (day(0, Impact::PartialOutage), Kind::Some),
            (day(0, Impact::MajorOutage), Kind::Bad),
            (empty, Kind::NoData),
        ] {
            assert_eq!(Kind::of(&day, false), kind, "{day:?}");
        }
        assert_eq!(Kind::of(&empty, true), Kind::Up);
    }

    #[test]
    fn kinds_differ_in_height() {
        let kinds = [Kind::NoData, Kind::Up, Kind::Some, Kind::Bad];
        let heights = kinds.map(Kind::drawn).map(|(_, top, bottom)| bottom - top);
        assert!(heights.is_sorted_by(|less, more| less + 4 < *more), "{heights:?}");
    }
}
