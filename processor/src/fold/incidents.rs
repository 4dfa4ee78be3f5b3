//! The incidents of one monitor that a batch opens, goes on with, or closes.

use domain::fold::{CloseReason, OpenIncident, Votes};
use domain::live::{IncidentRegions, IncidentView};
use domain::record::{Ping, PingKind};
use domain::{CheckResult, ErrorCode, IncidentId, MonitorId, MonitorState, OrgId, Timestamp, Transition};

/// What a batch does to one incident.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct IncidentChange {
    pub(crate) id: IncidentId,
    pub(crate) monitor_id: MonitorId,
    pub(crate) org_id: OrgId,
    pub(crate) revision: u32,
    pub(crate) started_at: Timestamp,
    pub(crate) error_code: Option<ErrorCode>,
    pub(crate) first_error: Option<String>,
    /// The newest failure in words; none when the batch has no failure of it.
    pub(crate) last_error: Option<String>,
    /// Failing slots on top of those that were counted before.
    pub(crate) failed_slots: i32,
    /// The slot in which the batch opened it.
    pub(crate) opened: Option<Timestamp>,
    pub(crate) closed: Option<(Timestamp, CloseReason)>,
    /// What the regions said as it was opened, where several decide; known of those that the batch has opened.
    pub(crate) regions: Option<IncidentRegions>,
}

/// A record that says that its monitor fails.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failure<'a> {
    monitor_id: MonitorId,
    pub(super) error_code: Option<ErrorCode>,
    error: Option<&'a str>,
}

impl<'a> Failure<'a> {
    pub(super) fn of_result(result: &'a CheckResult) -> Option<Self> {
        (!result.up).then_some(Self {
            monitor_id: result.monitor_id,
            error_code: result.error_code,
            error: result.error.as_deref(),
        })
    }

    /// Of a ping that `state` has taken in.
    pub(super) fn of_ping(ping: &'a Ping, state: &MonitorState) -> Option<Self> {
        let streak = state.streak.as_ref().filter(|streak| !streak.up)?;
        Some(Self {
            monitor_id: ping.monitor_id,
            error_code: match ping.kind {
                PingKind::Fail => Some(ErrorCode::HeartbeatFailed),
                _ => streak.error_code,
            },
            error: ping.message.as_deref(),
        })
    }
}

/// The changes in the order in which they came about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Incidents(Vec<IncidentChange>);

impl Incidents {
    /// Takes over what a transition opens and closes; `votes` are those after it.
    pub(crate) fn follow(&mut self, transition: &Transition, votes: Option<&Votes>, org_id: OrgId) {
        let (monitor_id, revision) = (transition.monitor_id, transition.revision);
        if let Some(closed) = &transition.closed {
            let known = OpenIncident {
                id: closed.id,
                started_at: closed.started_at,
                error_code: closed.error_code,
                error: closed.error.clone(),
                confirmed_at: None,
                acknowledged: false,
                seen: closed.seen.clone(),
            };
            self.of(&known, monitor_id, org_id, revision).closed = Some((closed.resolved_at, closed.reason));
        }
        if let Some(opened) = &transition.opened {
            let seen = opened.seen.as_deref().zip(votes);
            let change = self.of(opened, monitor_id, org_id, revision);
            change.opened = Some(transition.at);
            change.regions = seen.map(|(seen, votes)| IncidentRegions::new(seen, votes));
        }
    }

    /// Counts a failure for the incident that is open after it, and that it has opened by so many failing slots, if it has.
    pub(crate) fn observe(
        &mut self,
        state: &MonitorState,
        failure: Option<Failure<'_>>,
        opened_by: u16,
        org_id: OrgId,
    ) {
        let (Some(incident), Some(failure)) = (state.incident.as_ref(), failure) else {
            return;
        };
        let change = self.of(incident, failure.monitor_id, org_id, state.revision);
        change.last_error = words(failure.error, failure.error_code);
        // The slots that were waited for were counted nowhere before.
        change.failed_slots += i32::from(opened_by.max(1));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &IncidentChange> {
        self.0.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut IncidentChange> {
        self.0.iter_mut()
    }

    fn of(
        &mut self,
        incident: &OpenIncident,
        monitor_id: MonitorId,
        org_id: OrgId,
        revision: u32,
    ) -> &mut IncidentChange {
        let at = self.0.iter().position(|change| change.id == incident.id);
        let at = at.unwrap_or_else(|| {
            self.0.push(IncidentChange {
                id: incident.id,
                monitor_id,
                org_id,
                revision,
                started_at: incident.started_at,
                error_code: incident.error_code,
                first_error: words(incident.error.as_deref(), incident.error_code),
                last_error: None,
                failed_slots: 0,
                opened: None,
                closed: None,
                regions: None,
            });
            self.0.len() - 1
        });
        &mut self.0[at]
    }
}

impl IncidentChange {
    /// What people are shown of it: how it began, and how it ended where it did.
    pub(crate) fn views(&self) -> impl Iterator<Item = IncidentView> + '_ {
        let began = self.opened.map(|at| self.view(at, None));
        let ended = self.closed.map(|(at, reason)| self.view(at, Some(reason)));
        began.into_iter().chain(ended)
    }

    fn view(&self, at: Timestamp, close_reason: Option<CloseReason>) -> IncidentView {
        IncidentView {
            id: self.id,
            monitor_id: self.monitor_id,
            monitor_name: None,
            started_at: self.started_at,
            resolved_at: close_reason.map(|_| at),
            duration_seconds: at.millis_since(self.started_at).max(0) / 1_000,
            close_reason,
            error_code: self.error_code,
            first_error: self.first_error.clone(),
            last_error: self.last_error.clone(),
            regions: self.regions.clone(),
        }
    }
}

/// What went wrong, in words: those of the producer, or else of the closed list.
fn words(error: Option<&str>, code: Option<ErrorCode>) -> Option<String> {
    error
        .map(str::to_owned)
        .or_else(|| code.map(|code| code.sentence().to_owned()))
}
