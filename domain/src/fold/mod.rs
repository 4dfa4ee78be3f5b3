//! State is a fold over the log.
//!
//! [`decide`] is the one function that turns records into states, transitions and incidents. Processor and
//! alerter run it independently over the same partition in the same order, and reach the same incidents.

mod found_by;
mod heartbeat;
mod lifecycle;
mod ping;
mod state;
mod tally;
mod transition;
mod usual;
mod verdict;
mod votes;
mod window;

pub use found_by::FoundBy;
pub use heartbeat::{HeartbeatState, LastPing, MAX_RUNS};
pub use state::{Activity, Failure, MonitorState, OpenIncident, Seen, State, Streak};
pub use transition::{CloseReason, ClosedIncident, Transition};
pub use usual::{AnomalyChange, Usual};
pub use votes::{Vote, Voted, Votes};
pub use window::{FailedSlot, Onset, Window};

use crate::error_code::ErrorCode;
use crate::ids::{IncidentId, MonitorId};
use crate::record::{CheckResult, HEARTBEAT, PointState, Record};
use crate::time::Timestamp;
use lifecycle::decide_lifecycle;
use ping::{decide_ping, is_overtaken};
use verdict::Verdict;
use votes::decide_vote;

/// What a record did to a state.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The state after the record.
    pub state: MonitorState,
    /// What changed, if anything that others care for did.
    pub transition: Option<Transition>,
    /// How the record was taken.
    pub effect: Effect,
    /// The failure that a verdict has found, while an incident is open: the incident keeps the one that it began with.
    pub failure: Option<Failure>,
    /// How many failing slots have opened an incident, those that were waited for included; 0 where none was opened.
    pub failed_slots: u16,
}

impl Decision {
    /// Nothing changed that others care for.
    fn unchanged(state: MonitorState, effect: Effect) -> Self {
        Self {
            state,
            transition: None,
            effect,
            failure: None,
            failed_slots: 0,
        }
    }

    /// A verdict counted, which said so of `at`; the state was `from` before, and these incidents began and ended.
    fn judged(
        state: MonitorState,
        monitor_id: MonitorId,
        at: Timestamp,
        from: State,
        (opened, closed): (Option<OpenIncident>, Option<ClosedIncident>),
    ) -> Self {
        let changed = state.state != from || opened.is_some() || closed.is_some();
        let failed_slots = u16::from(opened.is_some());
        let transition = changed.then_some(Transition {
            monitor_id,
            revision: state.revision,
            at,
            from,
            to: state.state,
            opened,
            closed,
            region: None,
            anomaly: None,
        });
        Self {
            state,
            transition,
            effect: Effect::Applied,
            failure: None,
            failed_slots,
        }
    }

    /// The verdict that was taken in found this.
    fn with_failure(mut self, verdict: &Verdict<'_>) -> Self {
        self.failure = verdict.failure_during(self.state.incident.as_ref());
        self
    }

    /// The result that decided was one of `region`.
    fn by_region(mut self, region: &str) -> Self {
        if let Some(transition) = &mut self.transition {
            transition.region = Some(region.to_owned());
        }
        self
    }
}

/// How a record was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It moved the state on.
    Applied,
    /// Its slot is not newer than the state's: a duplicate, or late. History only.
    Late,
    /// It belongs to an earlier revision of the monitor. History only.
    OldRevision,
    /// It is no verdict, and moves nothing.
    NoVerdict,
    /// A quorum decides, of which it knows nothing, or in which its region does not count. History only.
    Uncounted,
}

impl Effect {
    /// The name in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Late => "late",
            Self::OldRevision => "old_revision",
            Self::NoVerdict => "no_verdict",
            Self::Uncounted => "uncounted",
        }
    }
}

/// Folds one record into the state of its monitor. Pure, and deterministic in the order of the log.
///
/// - A lower revision is ignored; a higher one resets the streak and closes an open incident.
/// - An edit that changes how often is looked, or the rule, but nothing of what is checked begins a revision in which
///   the verdict and an open incident go on: the record says since which revision the same is checked.
/// - A restore from a backup begins a revision too, but nobody has changed the monitor on purpose: the verdict and
///   an open incident stay until results of the restored definition say otherwise, so that whoever was notified of
///   the outage is notified of its end.
/// - A result whose slot is not newer than the state's is late. The first result of a revision is exempt:
///   after an edit the check runs at once, under the name of a slot that has passed already.
/// - Skipped slots leave everything as it is.
/// - An incident opens after so many failures in a row, or among the last results ([`Rule::window`](crate::Rule::window)),
///   once they have lasted for as long as the rule says. The last results are those of the log that count.
/// - Where a result says which regions decide (`quorum`), each of them has a vote, slots grow per region, and an incident
///   is what enough votes say together (docs/adr/0032-an-outage-is-what-a-quorum-of-regions-finds.md).
/// - States and incidents begin when the result that shows them does ([`CheckResult::begins_at`]): never
///   before the monitor, its revision or its resumption. An incident that is opened by failures among the last results
///   begins with the first of these, so that successes may lie in it, and an edit through which the same is checked.
/// - A ping is a verdict by itself, at the instant at which it arrived. A verdict on a heartbeat that was reached without
///   a ping that is known here is late; a ping that had arrived before the heartbeat was overdue, and is read after that
///   was said, withdraws the incident: a success that was missing, a start, or what says that a run goes on.
/// - Where the log has said what is usual of response times ([`Usual`]), each result that counts is compared with that of its
///   hour. It is no verdict, and changes neither state nor incident.
pub fn decide(state: MonitorState, record: &Record) -> Decision {
    let before = state.anomaly();
    decide_record(state, record).with_anomaly(before, record)
}

fn decide_record(state: MonitorState, record: &Record) -> Decision {
    match record {
        Record::Result(result) => decide_result(state, result),
        Record::Lifecycle(lifecycle) => decide_lifecycle(state, lifecycle),
        Record::Ping(ping) => decide_ping(state, ping),
        Record::Skipped(_) => Decision::unchanged(state, Effect::NoVerdict),
    }
}

fn decide_result(mut state: MonitorState, result: &CheckResult) -> Decision {
    let revision = result.revision.unwrap_or(state.revision);
    // Nobody speaks of a heartbeat that is paused; whoever does has not heard of it.
    let inactive =
        state.activity != Activity::Active && (revision == state.revision || result.judged.is_some());
    if revision < state.revision || inactive {
        return Decision::unchanged(state, Effect::OldRevision);
    }
    if let Some(judged) = &result.judged
        && is_overtaken(&state, judged, revision)
    {
        return Decision::unchanged(state, Effect::Late);
    }
    if let Some(votes) = &state.votes
        && votes.leave_out(result, revision)
    {
        return Decision::unchanged(state, Effect::Uncounted);
    }
    let from = state.state;
    let slot = result.scheduled_at;
    let mut closed = None;
    if revision > state.revision {
        if state.goes_on(result.probe_revision) {
            state.adopt_revision(revision);
        } else {
            closed = state.enter_revision(revision, result.begins_at(), CloseReason::Edited);
            state.activity = Activity::Active;
        }
    }
    if let Some(quorum) = &result.quorum {
        return decide_vote(state, result, quorum, from, closed);
    }
    // There is one region now.
    state.votes = None;
    let first_of_revision = state.fresh && result.revision.is_some();
    // Deadlines do not come in the order of time: an edit may make one of yesterday.
    let is_named_otherwise = result
        .judged
        .is_some_and(|judged| judged.missed.is_some() || judged.run.is_some());
    if !first_of_revision && !is_named_otherwise && state.last_slot.is_some_and(|last| slot <= last) {
        return Decision::unchanged(state, Effect::Late);
    }
    if result.kind != HEARTBEAT {
        // It may have been one until it was edited.
        state.heartbeat = None;
    }
    state.fresh = false;
    state.last_slot = state.last_slot.max(Some(slot));
    if let Some(judged) = &result.judged {
        state.heartbeat.get_or_insert_default().take(judged);
    }
    let verdict = Verdict::of_result(result);
    let applied = state.apply(&verdict, CloseReason::Recovered);
    state.compare(result);
    let incidents = (applied.opened, applied.closed.or(closed));
    let decision = Decision {
        failed_slots: applied.failed_slots,
        ..Decision::judged(state, result.monitor_id, slot, from, incidents)
    };
    decision.with_failure(&verdict)
}

/// What a verdict has come to.
#[derive(Default)]
struct Applied {
    /// The incident that it opens.
    opened: Option<OpenIncident>,
    /// By how many failing slots.
    failed_slots: u16,
    /// The incident that it closes.
    closed: Option<ClosedIncident>,
}

impl MonitorState {
    /// Begins a revision: nothing is known of the new definition yet.
    fn enter_revision(
        &mut self,
        revision: u32,
        at: Timestamp,
        reason: CloseReason,
    ) -> Option<ClosedIncident> {
        let closed = self.incident.take().map(|incident| incident.closed(at, reason));
        if let Some(heartbeat) = &mut self.heartbeat {
            heartbeat.judge_anew();
        }
        self.revision = revision;
        self.fresh = true;
        (self.streak, self.window, self.votes) = (None, None, None);
        // It was of what was checked before.
        self.usual = None;
        if self.state != State::Pending {
            self.state = State::Pending;
            self.since = Some(at);
        }
        closed
    }

    /// Whether the same is checked still that the state is about, `probe_revision` being the revision in which that
    /// began.
    fn goes_on(&self, probe_revision: Option<u32>) -> bool {
        self.activity == Activity::Active && probe_revision.is_some_and(|since| since <= self.revision)
    }

    /// Begins a revision in which the verdict stands until results say otherwise. The failures among the last results
    /// stay: the same was checked.
    fn adopt_revision(&mut self, revision: u32) {
        self.revision = revision;
        self.fresh = true;
        self.streak = None;
        if let Some(votes) = &mut self.votes {
            votes.adopt();
        }
    }

    /// Takes a verdict in, which closes an incident for `reason`.
    fn apply(&mut self, verdict: &Verdict<'_>, reason: CloseReason) -> Applied {
        let streak = self.streak.take();
        // What a ping says needs no confirmation by dates that were missed before.
        let is_own = verdict.error_code.is_some_and(ErrorCode::is_of_ping) && self.incident.is_none();
        self.streak = Some(Streak::extended(streak.filter(|_| !is_own), verdict));
        let window = self.window.take();
        if self.incident.is_none() {
            self.window = Window::extended(window, verdict);
        }
        let mut applied = Applied::default();
        if verdict.is_up() {
            applied.closed = self.close_if_recovered(verdict, reason);
        } else if let Some((incident, onset)) = self.open_if_confirmed(verdict) {
            (applied.opened, applied.failed_slots) = (Some(incident), onset.slots);
        }
        self.settle(verdict);
        applied
    }

    fn close_if_recovered(&mut self, verdict: &Verdict<'_>, reason: CloseReason) -> Option<ClosedIncident> {
        let streak = self.streak.as_ref()?;
        if streak.count < verdict.rule.up_after.max(1) {
            return None;
        }
        let recovered_at = streak.since;
        self.incident
            .take()
            .map(|incident| incident.closed(recovered_at, reason))
    }

    /// What is said of it is the first failure of the streak that opens it: where successes lie before that, no more is
    /// known of earlier failures than their slots.
    fn open_if_confirmed(&mut self, verdict: &Verdict<'_>) -> Option<(OpenIncident, Onset)> {
        let streak = self.streak.as_ref().filter(|_| self.incident.is_none())?;
        let onset = Onset::confirmed_by(verdict, streak, self.window.as_deref())?;
        let started_at = onset.first.since();
        let is_silence = verdict.error_code.is_some_and(ErrorCode::is_silence);
        let incident = OpenIncident {
            id: IncidentId::new(verdict.monitor_id, self.revision, onset.first.slot),
            started_at,
            error_code: streak.error_code,
            error: streak.error.clone(),
            confirmed_at: Some(verdict.slot).filter(|slot| is_silence && *slot != started_at),
            acknowledged: false,
            seen: None,
        };
        self.window = None;
        self.incident = Some(incident.clone());
        Some((incident, onset))
    }

    /// Derives the state from the incident and the verdict. A first failure that does not open an incident
    /// yet leaves the state alone.
    fn settle(&mut self, verdict: &Verdict<'_>) {
        let settled = match (&self.incident, verdict.point) {
            (Some(_), _) => State::Down,
            (None, PointState::Up) => State::Up,
            (None, PointState::Degraded) => State::Degraded,
            (None, _) => return,
        };
        if settled != self.state {
            let began = match (&self.incident, &self.streak) {
                (Some(incident), _) => incident.started_at,
                (None, Some(streak)) if self.state == State::Down => streak.since,
                _ => verdict.begins_at,
            };
            self.state = settled;
            self.since = Some(began);
        }
    }
}
