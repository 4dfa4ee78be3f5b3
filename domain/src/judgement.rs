//! What is said of a heartbeat, from what was heard of it. Pure.

use crate::error_code::ErrorCode;
use crate::fold::HeartbeatState;
use crate::heartbeat::{Deadline, Expectation, Overdue, Schedule};
use crate::monitor::HeartbeatProbe;
use crate::record::{Due, Judged};
use crate::time::Timestamp;

/// A ping that comes so long before its time, in milliseconds, was probably meant for it.
const MEANT_FOR_MS: i64 = 300_000;

/// Dates that are looked through, at most: every minute of the days that are looked back at.
const MOST_DATES: usize = 10_000;

/// How far is looked back at dates that nobody decided, in milliseconds: the log takes nothing that is older than a week.
const LOOKED_BACK_MS: i64 = 6 * 86_400_000;

/// Dates are no closer together, in milliseconds.
const MINUTE_MS: i64 = 60_000;

/// What is said of a heartbeat at an instant, which names it.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The deadline that has passed; or when it was looked, if none has.
    pub slot: Timestamp,
    /// What is wrong, with a sentence for people.
    pub failure: Option<(ErrorCode, String)>,
    /// What was known.
    pub judged: Judged,
}

impl Judgement {
    /// How long after its deadline it is said at `now`, in milliseconds; nothing where no deadline has passed.
    pub fn delay_ms(&self, now: Timestamp) -> Option<i64> {
        let has_passed = self.judged.missed.is_some() || self.judged.run.is_some();
        has_passed.then(|| now.millis_since(self.slot).max(0))
    }
}

/// What is said of the deadlines that have passed by `until`, in their order: of as many of the first as open an incident, of
/// each run that has not ended, for otherwise that would be said after what came later, and of the last date before such a
/// run and of all, from which the next one is counted.
pub fn all_overdue(
    heartbeat: &HeartbeatProbe,
    heard: &HeartbeatState,
    until: Timestamp,
    down_after: u16,
) -> Vec<Judgement> {
    let expectation = &heartbeat.expectation;
    let (mut heard, mut said) = (heard.clone(), Vec::new());
    let first = until.plus_millis(-LOOKED_BACK_MS);
    skip_ahead(expectation, &mut heard, first, until);
    let many = usize::from(down_after.max(1));
    let mut last: Option<Deadline> = None;
    for n in 0..MOST_DATES {
        if n == many {
            skip_to_last(expectation, &mut heard, until);
        }
        let Some(deadline) = expectation
            .deadline(&heard)
            .filter(|deadline| deadline.at <= until)
        else {
            break;
        };
        if n < many || matches!(deadline.overdue, Overdue::End(_)) {
            said.extend(last.take().map(|last| overdue(heartbeat, &heard, &last, first)));
            pass(&mut heard, &deadline);
            said.push(overdue(heartbeat, &heard, &deadline, first));
        } else {
            pass(&mut heard, &deadline);
            last = Some(deadline);
        }
    }
    said.extend(last.map(|last| overdue(heartbeat, &heard, &last, first)));
    said
}

/// Passes over the dates before `first`, if one after it is overdue as well: the log does not take them any more, and there
/// may be many. Otherwise the old one is all that there is to say.
fn skip_ahead(expectation: &Expectation, heard: &mut HeartbeatState, first: Timestamp, until: Timestamp) {
    let is_old = |due: Due| due.deadline < first;
    if !expectation.due_next(heard).is_some_and(is_old) {
        return;
    }
    let missed = heard.missed.replace(first);
    let next = expectation.due_next(heard);
    if next.is_none_or(|due| due.deadline > until) {
        heard.missed = missed;
    }
}

/// Passes over the dates up to the last one that is overdue by `until`, but for a minute of them. A look-up may be dear, and
/// who edits a schedule could have thousands made. The dates of a period hang together, and cost nothing.
fn skip_to_last(expectation: &Expectation, heard: &mut HeartbeatState, until: Timestamp) {
    let (false, Some(last)) = (
        matches!(expectation.schedule, Schedule::Period(_)),
        heard.last_ping,
    ) else {
        return;
    };
    let missed = heard.missed;
    let (mut low, mut high) = (missed.map_or(last.at, |missed| missed.max(last.at)), until);
    let mut skipped = missed;
    while high.millis_since(low) > MINUTE_MS {
        let middle = low.plus_millis(high.millis_since(low) / 2);
        heard.missed = Some(middle);
        match expectation.due_next(heard).filter(|due| due.deadline <= until) {
            Some(due) => (low, skipped) = (due.at, Some(middle)),
            None => high = middle,
        }
    }
    heard.missed = skipped;
}

/// Goes on to what is waited for after a deadline.
fn pass(heard: &mut HeartbeatState, deadline: &Deadline) {
    match deadline.overdue {
        Overdue::Ping(due) | Overdue::Start(due) => heard.missed = Some(due.at),
        Overdue::End(of) => {
            for run in heard.runs.iter_mut().filter(|run| run.id == of.id) {
                run.is_overdue = true;
            }
        }
    }
}

/// What is said when a deadline has passed without anything heard, which `heard` knows of. Of a job that must not run
/// that is good.
fn overdue(
    heartbeat: &HeartbeatProbe,
    heard: &HeartbeatState,
    deadline: &Deadline,
    first: Timestamp,
) -> Judgement {
    let must_not_ping = heartbeat.limits.must_not_ping;
    let judged = awaited(heard, deadline);
    let is_good = must_not_ping && judged.run.is_none();
    Judgement {
        slot: deadline.at.max(first),
        failure: (!is_good).then(|| (deadline.overdue.error_code(), words(heard, deadline))),
        judged: Judged {
            due: heartbeat.expectation.due_next(heard).filter(|_| !must_not_ping),
            ..judged
        },
    }
}

/// What is known of the pings for which a deadline stands, and what is awaited until then.
pub fn awaited(heard: &HeartbeatState, deadline: &Deadline) -> Judged {
    let (missed, run) = match deadline.overdue {
        Overdue::Ping(due) | Overdue::Start(due) => (Some(due.at), None),
        Overdue::End(run) => (None, Some(run)),
    };
    Judged {
        missed,
        run,
        ..known(heard)
    }
}

/// What is said of a heartbeat that is not overdue, the first time after it was changed: that it is in time, unless somebody
/// has pinged since, or it is known to have failed.
pub fn first_said(
    heartbeat: &HeartbeatProbe,
    heard: &HeartbeatState,
    changed_at: Timestamp,
    now: Timestamp,
) -> Option<Judgement> {
    let must_not_ping = heartbeat.limits.must_not_ping;
    let is_unpinged = heard.last_ping.is_none_or(|last| last.at < changed_at);
    let is_well = heard.last_ping.map_or(must_not_ping, |last| !last.failed);
    let has_verdict = is_well && heard.missed.is_none() && heard.runs.iter().all(|run| !run.is_overdue);
    let due = || heartbeat.expectation.due_next(heard).filter(|_| !must_not_ping);
    (is_unpinged && has_verdict).then(|| Judgement {
        slot: now,
        failure: None,
        judged: Judged {
            due: due(),
            ..known(heard)
        },
    })
}

fn known(heard: &HeartbeatState) -> Judged {
    Judged {
        last_ping: heard.last_ping.map(|last| last.at),
        last_start: heard.last_start,
        ..Judged::default()
    }
}

fn words(heard: &HeartbeatState, deadline: &Deadline) -> String {
    let last = heard.last_ping.map(|last| last.at);
    let since = last.map_or_else(String::new, |last| format!("; the last ping came at {last}"));
    match deadline.overdue {
        Overdue::Ping(due) => match last.map(|last| due.at.millis_since(last)) {
            Some(early) if (1..=MEANT_FOR_MS).contains(&early) => format!(
                "No ping since it was due at {}; one came {} s before that",
                due.at,
                (early + 999) / 1_000
            ),
            _ => format!("No ping since it was due at {}{since}", due.at),
        },
        Overdue::Start(due) => format!("No start since it was due at {}{since}", due.at),
        Overdue::End(run) => format!("A run that started at {} has not ended", run.started_at),
    }
}
