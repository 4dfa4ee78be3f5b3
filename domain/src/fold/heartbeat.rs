//! What pings do to the state of a heartbeat.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error_code::ErrorCode;
use crate::record::{Due, Judged, Ping, PingKind, Run};
use crate::time::Timestamp;

/// Runs of one heartbeat that are watched at a time; the oldest are watched no more when there are others.
pub const MAX_RUNS: usize = 20;

/// A start and an end that are further apart belong to different runs, in milliseconds.
const LONGEST_RUN_MS: i64 = 72 * 3_600_000;

/// Pings that are known by their names, so that one that is read again is not taken twice.
const MAX_NAMES: usize = 20;

/// How far the clocks of two gateways may be apart, in milliseconds: what comes later on the log is later, whatever they
/// say.
const SKEW_MS: i64 = 10_000;

/// What is known of the pings of a heartbeat. Edits leave it alone; resuming begins anew.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HeartbeatState {
    /// The latest ping that is a verdict ([`Ping::is_verdict`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_ping: Option<LastPing>,
    /// When a run has started last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_start: Option<Timestamp>,
    /// The date of the schedule that was missed last, since the last ping.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missed: Option<Timestamp>,
    /// The runs that have started and not ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<Run>,
    /// The named runs that ended last: a start of theirs that is read again begins nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<Uuid>,
    /// The names of the pings of the last seconds that say that a job started or how it ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<Uuid>,
    /// When the next ping is due, as was known at the last one or the last verdict; none where the job must not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Due>,
    /// When it was resumed last: what came before that, and is read again, means nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resumed_at: Option<Timestamp>,
}

/// The latest ping that is a verdict ([`Ping::is_verdict`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LastPing {
    /// When it arrived.
    pub at: Timestamp,
    /// Its name.
    pub id: Uuid,
    /// How long its run took in milliseconds, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u32>,
    /// Whether it said that the job has failed, or came to that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
}

/// What a ping comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Nothing new: it was read before, or a later one was.
    Late,
    /// Nothing that is watched.
    Nothing,
    /// A run has started, or goes on.
    Run,
    /// The job has ended: well, or with what went wrong.
    End(Result<(), ErrorCode>),
}

impl HeartbeatState {
    /// Takes a ping in.
    pub(super) fn hear(&mut self, ping: &Ping) -> Heard {
        let is_forgotten = |resumed_at| ping.timestamp.plus_millis(SKEW_MS) <= resumed_at;
        if self.resumed_at.is_some_and(is_forgotten) {
            return Heard::Late;
        }
        match ping.kind {
            PingKind::Ignored => Heard::Nothing,
            PingKind::Start if ping.limits.must_not_ping => self.start_unexpectedly(ping),
            PingKind::Start => self.start(ping),
            PingKind::Log => self.extend(ping),
            PingKind::Success | PingKind::Fail => self.end(ping),
        }
    }

    fn start(&mut self, ping: &Ping) -> Heard {
        let is_over = self.last_ping.is_some_and(|last| match ping.run_id {
            // A job may call each of its runs the same.
            Some(id) => self.ended.contains(&id) && ping.timestamp <= last.at,
            None => is_before(ping.timestamp, last.at),
        });
        let known = self.runs.iter().position(|run| run.id == ping.run_id);
        let is_known = known.is_some_and(|at| {
            let run = &self.runs[at];
            // A run that has a name starts once.
            let is_repeat = run.id.is_some() && !run.is_overdue;
            is_repeat || is_before(ping.timestamp, run.started_at)
        });
        if is_over || is_known || self.names.contains(&ping.id) {
            return Heard::Late;
        }
        self.remember(ping.id);
        self.last_start = self.last_start.max(Some(ping.timestamp));
        if let Some(at) = known {
            self.runs.remove(at);
        }
        if self.runs.len() >= MAX_RUNS {
            self.runs.remove(0);
        }
        self.runs.push(Run {
            id: ping.run_id,
            started_at: ping.timestamp,
            heard_at: None,
            is_overdue: false,
        });
        Heard::Run
    }

    /// That a job runs which must not says as much as its end.
    fn start_unexpectedly(&mut self, ping: &Ping) -> Heard {
        if self.start(ping) == Heard::Late {
            return Heard::Late;
        }
        let at = self
            .last_ping
            .map_or(ping.timestamp, |last| last.at.max(ping.timestamp));
        self.last_ping = Some(LastPing {
            at,
            id: ping.id,
            duration_ms: None,
            failed: true,
        });
        (self.missed, self.due) = (None, None);
        Heard::End(Err(ErrorCode::HeartbeatUnexpected))
    }

    fn extend(&mut self, ping: &Ping) -> Heard {
        let run = self.run_of(ping).map(|at| &mut self.runs[at]);
        let Some(run) = run.filter(|run| !is_before(ping.timestamp, run.started_at)) else {
            return Heard::Nothing;
        };
        if run.heard_at.is_some_and(|heard| ping.timestamp <= heard) {
            return Heard::Late;
        }
        run.heard_at = Some(ping.timestamp.max(run.started_at));
        Heard::Run
    }

    fn end(&mut self, ping: &Ping) -> Heard {
        if self.names.contains(&ping.id) {
            return Heard::Late;
        }
        let before = self.last_ping;
        if before.is_some_and(|before| is_before(ping.timestamp, before.at)) {
            return Heard::Late;
        }
        let run = self.end_run(ping);
        let mut last = LastPing {
            at: before.map_or(ping.timestamp, |before| before.at.max(ping.timestamp)),
            id: ping.id,
            duration_ms: run
                .and_then(|run| duration_ms(&run, ping.timestamp))
                .or(ping.latency_ms),
            failed: false,
        };
        let ended = judge(ping, &last, before);
        last.failed = ended.is_err();
        self.remember(ping.id);
        self.last_ping = Some(last);
        self.missed = None;
        self.due = ping.due.filter(|_| !ping.limits.must_not_ping);
        Heard::End(ended)
    }

    fn remember(&mut self, name: Uuid) {
        if self.names.len() >= MAX_NAMES {
            self.names.remove(0);
        }
        self.names.push(name);
    }

    /// Whether the ping belongs to a run that was found to take too long.
    pub(super) fn is_of_overdue_run(&self, ping: &Ping) -> bool {
        self.run_of(ping).is_some_and(|at| self.runs[at].is_overdue)
    }

    /// The run of the ping has its time again.
    pub(super) fn watch_again(&mut self, ping: &Ping) {
        if let Some(at) = self.run_of(ping) {
            self.runs[at].is_overdue = false;
        }
    }

    /// The run that the ping belongs to: the one that it names, or else the one without a name, or the only one.
    fn run_of(&self, ping: &Ping) -> Option<usize> {
        let at = self.runs.iter().position(|run| run.id == ping.run_id);
        at.or((ping.run_id.is_none() && self.runs.len() == 1).then_some(0))
    }

    /// Ends the run that the ping belongs to.
    fn end_run(&mut self, ping: &Ping) -> Option<Run> {
        let began = |at: &usize| {
            let run = &self.runs[*at];
            run.id.is_some() && run.id == ping.run_id || run.started_at <= ping.timestamp.plus_millis(SKEW_MS)
        };
        let run = self.run_of(ping).filter(began).map(|at| self.runs.remove(at));
        if let Some(id) = run.and_then(|run| run.id).or(ping.run_id) {
            self.ended.retain(|known| *known != id);
            if self.ended.len() >= MAX_RUNS {
                self.ended.remove(0);
            }
            self.ended.push(id);
        }
        run
    }

    /// Whether something was said of a deadline without a ping that is known here, or was decided before: it says nothing
    /// then.
    pub(crate) fn is_past(&self, judged: &Judged) -> bool {
        self.overtakes(judged) || self.knows(judged)
    }

    /// Whether a verdict was reached without a ping that is known here.
    fn overtakes(&self, judged: &Judged) -> bool {
        let is_same = |run: &&Run, of: &Run| run.id == of.id && run.started_at == of.started_at;
        let run_ended = judged.run.as_ref().is_some_and(|of| {
            let open = self.runs.iter().find(|run| is_same(run, of));
            open.is_none_or(|run| run.heard_at > of.heard_at)
        });
        let has_started = judged.missed.is_some() && self.last_start > judged.last_start;
        // Who knows another ping looked at what was forgotten since, when it was resumed.
        run_ended || has_started || self.last_ping.map(|last| last.at) != judged.last_ping
    }

    /// Whether a verdict was taken before.
    fn knows(&self, judged: &Judged) -> bool {
        let is_known_date = judged.missed.is_some() && judged.missed <= self.missed;
        let is_known_run = judged.run.as_ref().is_some_and(|of| {
            let mut runs = self.runs.iter();
            runs.any(|run| run.id == of.id && run.started_at == of.started_at && run.is_overdue)
        });
        is_known_date || is_known_run
    }

    /// Forgets what was overdue: by other settings it may not be.
    pub(super) fn judge_anew(&mut self) {
        self.missed = None;
        for run in &mut self.runs {
            run.is_overdue = false;
        }
    }

    /// Takes a verdict in that was not overtaken.
    pub(super) fn take(&mut self, judged: &Judged) {
        // Whoever knows nothing of it yet knows this by it.
        self.last_ping = self.last_ping.or(judged.last_ping.map(|at| LastPing {
            at,
            id: Uuid::nil(),
            duration_ms: None,
            failed: false,
        }));
        self.last_start = self.last_start.max(judged.last_start);
        self.missed = judged.missed.or(self.missed);
        self.due = judged.due;
        if let Some(of) = &judged.run {
            let run = self.runs.iter_mut().find(|run| run.id == of.id);
            if let Some(run) = run {
                run.is_overdue = true;
            }
        }
    }
}

/// Whether a ping came before another instant, whichever gateway says so.
fn is_before(at: Timestamp, other: Timestamp) -> bool {
    at.plus_millis(SKEW_MS) <= other
}

fn duration_ms(run: &Run, ended_at: Timestamp) -> Option<u32> {
    let took = ended_at.millis_since(run.started_at).max(0);
    u32::try_from(took).ok().filter(|_| took <= LONGEST_RUN_MS)
}

fn judge(ping: &Ping, last: &LastPing, before: Option<LastPing>) -> Result<(), ErrorCode> {
    let limits = ping.limits;
    let is_below = |value: Option<i64>, least: Option<u32>| matches!((value, least), (Some(value), Some(least)) if value < i64::from(least));
    if ping.kind == PingKind::Fail {
        return Err(ErrorCode::HeartbeatFailed);
    }
    if limits.must_not_ping {
        return Err(ErrorCode::HeartbeatUnexpected);
    }
    if is_below(last.duration_ms.map(i64::from), limits.shortest_ms) {
        return Err(ErrorCode::HeartbeatTooShort);
    }
    // What comes at once after the one before is that one, sent again.
    let pause = before.map(|before| last.at.millis_since(before.at));
    let pause = pause.filter(|pause| *pause > SKEW_MS);
    if is_below(pause, limits.least_pause_ms) {
        return Err(ErrorCode::HeartbeatTooOften);
    }
    Ok(())
}
