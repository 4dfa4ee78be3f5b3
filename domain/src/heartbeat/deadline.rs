//! When a heartbeat is overdue next, and why.

use super::Expectation;
use crate::error_code::ErrorCode;
use crate::fold::HeartbeatState;
use crate::record::{Due, Run};
use crate::time::Timestamp;

/// An instant from which on a heartbeat is overdue, if nothing is heard until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// The instant. It names the verdict.
    pub at: Timestamp,
    /// What is overdue then.
    pub overdue: Overdue,
}

/// What is overdue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overdue {
    /// A ping that was due.
    Ping(Due),
    /// The start of a run that was due.
    Start(Due),
    /// The end of a run.
    End(Run),
}

impl Overdue {
    /// Why the heartbeat fails.
    pub fn error_code(&self) -> ErrorCode {
        match self {
            Self::Ping(_) => ErrorCode::HeartbeatOverdue,
            Self::Start(_) => ErrorCode::HeartbeatNotStarted,
            Self::End(_) => ErrorCode::HeartbeatTooLong,
        }
    }
}

impl Expectation {
    /// The next instant from which on the heartbeat is overdue, as long as nothing else is heard; nothing where no ping
    /// was heard yet and no run goes on, or where the schedule has no further date.
    pub fn deadline(&self, heard: &HeartbeatState) -> Option<Deadline> {
        let watched = heard.runs.iter().filter(|run| !run.is_overdue);
        let ends = watched.clone().filter_map(|run| {
            let at = self.run_deadline(run)?;
            Some(Deadline {
                at,
                overdue: Overdue::End(*run),
            })
        });
        let next = self.due_apart_from_runs(heard).map(|due| {
            let ping = Deadline {
                at: due.deadline,
                overdue: Overdue::Ping(due),
            };
            let has_started = heard.last_start.is_some_and(|start| self.belongs(start, due));
            let start = self
                .start_grace_seconds
                .filter(|_| !has_started)
                .map(|grace| Deadline {
                    at: due.at.plus_millis(1_000 * i64::from(grace)),
                    overdue: Overdue::Start(due),
                });
            start.filter(|start| start.at < ping.at).unwrap_or(ping)
        });
        ends.chain(next).min_by_key(|deadline| deadline.at)
    }

    /// When the next ping is due: after the last one, and after the last date that was missed.
    pub fn due_next(&self, heard: &HeartbeatState) -> Option<Due> {
        let last = heard.last_ping?.at;
        match heard.missed {
            Some(missed) if missed > last => self.due_after_date(missed),
            _ => self.due_after(last),
        }
    }

    /// The next date to which no run belongs: one that has begun has a time of its own, also when that is up.
    fn due_apart_from_runs(&self, heard: &HeartbeatState) -> Option<Due> {
        let mut due = self.due_next(heard)?;
        if !self.watches_starts() {
            return Some(due);
        }
        // A period has no further date as long as the run goes on that it will be counted from.
        let is_timed = |run: &Run| !run.is_overdue && self.run_deadline(run).is_some();
        let mut of_due = heard.runs.iter().filter(|run| self.belongs(run.started_at, due));
        if matches!(self.schedule, schedules::Schedule::Period(_)) && of_due.any(is_timed) {
            return None;
        }
        for _ in 0..=heard.runs.len() {
            if !heard.runs.iter().any(|run| self.belongs(run.started_at, due)) {
                break;
            }
            due = self.due_after_date(due.at)?;
        }
        Some(due)
    }

    /// Whether a run that has started then is the one of a date.
    fn belongs(&self, started_at: Timestamp, due: Due) -> bool {
        started_at.plus_millis(1_000 * i64::from(self.early())) >= due.at
    }

    fn due_after_date(&self, date: Timestamp) -> Option<Due> {
        let at = Timestamp::from_millis(self.schedule.next_after(date.as_millis())?);
        Some(self.due_at(at))
    }

    /// Whether starts and ends are waited for apart.
    fn watches_starts(&self) -> bool {
        self.start_grace_seconds.is_some() || self.longest_run_seconds.is_some()
    }
}
