//! Whether a schedule leaves a minute between its dates.

use chrono::{DateTime, SecondsFormat};

use super::{Line, OnCalendar};

/// How far dates are apart at least, in milliseconds: as far as those of the shortest period.
const LEAST_MS: i64 = 60_000;

/// Dates of each line that are looked at.
const DATES: usize = 60;

impl OnCalendar {
    /// What is wrong when dates after an instant are less than a minute apart.
    ///
    /// A line that names several seconds has such dates whenever it is due. Otherwise dates of one line, and of lines with
    /// the same second, are whole minutes apart in every time zone; of lines with different seconds the next dates of each
    /// are held against those of the others, so that a rare line is not lost between the dates of a frequent one.
    pub(super) fn too_close(&self, after_ms: i64) -> Option<String> {
        if self.lines.iter().any(|line| line.times.seconds.count_ones() > 1) {
            return Some(
                "it names several seconds of a minute, and dates must be at least 60 s apart".to_owned(),
            );
        }
        let (first, second) = self.lines.iter().find_map(|line| self.close_to(line, after_ms))?;
        Some(format!(
            "two dates are less than 60 s apart: {} and {}",
            shown(first),
            shown(second)
        ))
    }

    /// A date of a line and one of another that are less than a minute apart, in their order.
    fn close_to(&self, line: &Line, after_ms: i64) -> Option<(i64, i64)> {
        let others = self
            .lines
            .iter()
            .filter(|other| other.times.seconds != line.times.seconds);
        let mut others: Vec<Upcoming> = others.map(|other| Upcoming::after(other, after_ms)).collect();
        if others.is_empty() {
            return None;
        }
        let dates = std::iter::successors(line.next_after(after_ms), |at| line.next_after(*at));
        dates.take(DATES).find_map(|at| {
            let mut next = others
                .iter_mut()
                .filter_map(|other| other.next_after(at - LEAST_MS));
            let close = next.find(|other| *other < at + LEAST_MS)?;
            Some((at.min(close), at.max(close)))
        })
    }
}

/// The next date of a line, which is looked up only when the one before is over: one that comes seldom, or never, takes
/// long.
struct Upcoming<'a> {
    line: &'a Line,
    next: Option<i64>,
}

impl<'a> Upcoming<'a> {
    fn after(line: &'a Line, after_ms: i64) -> Self {
        Self {
            line,
            next: line.next_after(after_ms),
        }
    }

    /// The first date after an instant, each time a later one.
    fn next_after(&mut self, after_ms: i64) -> Option<i64> {
        if self.next.is_some_and(|next| next <= after_ms) {
            self.next = self.line.next_after(after_ms);
        }
        self.next
    }
}

fn shown(at_ms: i64) -> String {
    let at = DateTime::from_timestamp_millis(at_ms);
    at.map_or_else(String::new, |at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
}
