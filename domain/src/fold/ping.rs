//! Pings, and how they go with what is said for want of them.

use super::heartbeat::Heard;
use super::verdict::Verdict;
use super::{Activity, CloseReason, ClosedIncident, Decision, Effect, MonitorState, OpenIncident, State};
use crate::error_code::ErrorCode;
use crate::record::{Judged, Ping, PingKind};

/// Whether a verdict on a heartbeat says nothing: what has been heard since, or was said before, counts.
pub(super) fn is_overtaken(state: &MonitorState, judged: &Judged, revision: u32) -> bool {
    let is_in_time = judged.missed.is_none() && judged.run.is_none();
    // That nothing is overdue ends no outage: pings do.
    if is_in_time && state.incident.is_some() && revision == state.revision {
        return true;
    }
    let heartbeat = state.heartbeat.as_ref();
    heartbeat.is_some_and(|heartbeat| heartbeat.is_past(judged))
}

pub(super) fn decide_ping(mut state: MonitorState, ping: &Ping) -> Decision {
    if state.activity != Activity::Active {
        return Decision::unchanged(state, Effect::OldRevision);
    }
    let heartbeat = state.heartbeat.get_or_insert_default();
    let is_of_overdue_run = heartbeat.is_of_overdue_run(ping);
    // What a job has said of itself stays so.
    let has_failed = heartbeat.last_ping.is_some_and(|last| last.failed);
    let heard = heartbeat.hear(ping);
    let from = state.state;
    let incident = state.incident.as_ref();
    let is_withdrawn =
        incident.is_some_and(|incident| !has_failed && disproves(ping, heard, is_of_overdue_run, incident));
    let (mut failure, mut failed_slots) = (None, 0);
    let (opened, closed) = match heard {
        // It is a heartbeat from the next revision on: what was checked until then is for the regions to say.
        Heard::End(_) | Heard::Run if state.votes.is_some() => (None, None),
        Heard::End(ended) => {
            let reason = if is_withdrawn {
                CloseReason::Withdrawn
            } else {
                CloseReason::Recovered
            };
            let verdict = Verdict::of_ping(ping, ended);
            let applied = state.apply(&verdict, reason);
            failure = verdict.failure_during(state.incident.as_ref());
            failed_slots = applied.failed_slots;
            (applied.opened, applied.closed)
        }
        Heard::Run if is_withdrawn => (None, state.withdraw(ping)),
        Heard::Run => (None, None),
        Heard::Late => return Decision::unchanged(state, Effect::Late),
        Heard::Nothing => return Decision::unchanged(state, Effect::NoVerdict),
    };
    if is_withdrawn && let Some(closed) = &closed {
        state.since = Some(closed.started_at.min(ping.timestamp));
    }
    Decision {
        failure,
        failed_slots,
        ..Decision::judged(state, ping.monitor_id, ping.timestamp, from, (opened, closed))
    }
}

/// Whether an incident never was: what was not heard in time had arrived by then, and is read now.
fn disproves(ping: &Ping, heard: Heard, is_of_overdue_run: bool, incident: &OpenIncident) -> bool {
    let deadline = incident.confirmed_at.unwrap_or(incident.started_at);
    let is_success = heard == Heard::End(Ok(()));
    let is_missing = match incident.error_code {
        Some(ErrorCode::HeartbeatOverdue) => is_success,
        Some(ErrorCode::HeartbeatNotStarted) => {
            is_success || (heard == Heard::Run && ping.kind == PingKind::Start)
        }
        Some(ErrorCode::HeartbeatTooLong) => is_of_overdue_run && (is_success || heard == Heard::Run),
        _ => false,
    };
    is_missing && ping.timestamp < deadline
}

impl MonitorState {
    /// Takes an incident back because of a run that goes on.
    fn withdraw(&mut self, ping: &Ping) -> Option<ClosedIncident> {
        let heartbeat = self.heartbeat.as_deref_mut()?;
        heartbeat.watch_again(ping);
        let was_heard = heartbeat.last_ping.is_some();
        let incident = self.incident.take()?;
        self.streak = None;
        self.state = if was_heard || ping.limits.must_not_ping {
            State::Up
        } else {
            State::Pending
        };
        Some(incident.closed(ping.timestamp, CloseReason::Withdrawn))
    }
}
