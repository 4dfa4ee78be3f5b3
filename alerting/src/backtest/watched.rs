//! What a pinger says of a heartbeat while a simulation goes through its pings. Nothing of that is stored: what pings leave
//! open is decided again, by the function by which pingers decide it.

use domain::fold::{Activity, HeartbeatState, MonitorState};
use domain::judgement::{Judgement, all_overdue, first_said};
use domain::monitor::HeartbeatProbe;
use domain::record::{CheckResult, HEARTBEAT, Timings};
use domain::{MonitorId, OrgId, Record, Rule, Timestamp};

use super::stored::StoredRevision;

/// A heartbeat that is simulated. A pinger speaks of each deadline when that passes.
#[derive(Clone, Copy, Debug)]
pub struct Watched<'a> {
    /// What it expects of its job, all the time.
    pub heartbeat: &'a HeartbeatProbe,
    /// Its revisions that are known, ascending.
    pub revisions: &'a [StoredRevision],
    /// Of a time before, in which nothing was heard and every date says the same, not every date is gone through.
    pub since: Timestamp,
}

impl Watched<'_> {
    /// When a pinger speaks next, by an instant at the latest, and what it says. Nothing moves it but what is heard.
    pub(super) fn said_next(
        &self,
        state: &MonitorState,
        rule: Option<Rule>,
        now: Timestamp,
        until: Timestamp,
    ) -> Option<(Timestamp, Vec<Judgement>)> {
        let heard = state.heartbeat.as_deref();
        let heard = heard.filter(|_| state.activity == Activity::Active)?;
        let mut at = self.heartbeat.expectation.deadline(heard)?.at.max(now);
        if self.says_the_same(state, heard) {
            at = at.max(self.since.min(until));
        }
        let down_after = self.rule(state.revision, rule).down_after;
        (at <= until).then(|| (at, all_overdue(self.heartbeat, heard, at, down_after)))
    }

    /// Whether nothing that is said before something is heard changes anything. While it is down, every date that is missed
    /// says that; of a job that must not run one says that all is well, but not of a run that takes too long.
    fn says_the_same(&self, state: &MonitorState, heard: &HeartbeatState) -> bool {
        let expectation = &self.heartbeat.expectation;
        let mut watched = heard.runs.iter().filter(|run| !run.is_overdue);
        match self.heartbeat.limits.must_not_ping {
            true => state.incident.is_none() && watched.all(|run| expectation.run_deadline(run).is_none()),
            false => state.incident.is_some(),
        }
    }

    /// What a pinger says at once of a revision that has begun at an instant, where nothing is overdue.
    pub(super) fn said_first(
        &self,
        state: &MonitorState,
        changed_at: Timestamp,
        now: Timestamp,
    ) -> Option<Judgement> {
        let nothing = HeartbeatState::default();
        let heard = state.heartbeat.as_deref().unwrap_or(&nothing);
        let is_active = state.activity == Activity::Active;
        is_active
            .then(|| first_said(self.heartbeat, heard, changed_at, now))
            .flatten()
    }

    /// The record of what is said at an instant.
    pub(super) fn record(
        &self,
        (monitor, org): (MonitorId, OrgId),
        revision: u32,
        rule: Option<Rule>,
        at: Timestamp,
        said: Judgement,
    ) -> Record {
        let own = self.revision(revision).filter(|own| own.revision == revision);
        let changed_at = own.and_then(|own| own.began_at);
        let slot = changed_at.map_or(said.slot, |changed_at| said.slot.max(changed_at));
        let (error_code, error) = said.failure.unzip();
        Record::Result(CheckResult {
            monitor_id: monitor,
            org_id: Some(org),
            url: String::new(),
            kind: HEARTBEAT.to_owned(),
            timestamp: at,
            scheduled_at: slot,
            interval_ms: None,
            region: String::new(),
            revision: Some(revision).filter(|revision| *revision > 0),
            revised_at: changed_at.filter(|changed_at| *changed_at > slot),
            probe_revision: own
                .and_then(|own| own.probe_revision)
                .filter(|since| *since < revision),
            rule: self.rule(revision, rule),
            quorum: None,
            up: error_code.is_none(),
            status_code: None,
            latency_ms: None,
            attempts: 1,
            error,
            error_code,
            timings: Timings::default(),
            tls_expires_at: None,
            judged: Some(said.judged),
        })
    }

    /// The last revision that is known by then.
    fn revision(&self, revision: u32) -> Option<&StoredRevision> {
        let begun = self.revisions.partition_point(|known| known.revision <= revision);
        self.revisions[..begun].last()
    }

    /// The rule that is tried, or else the one that was in force.
    fn rule(&self, revision: u32, tried: Option<Rule>) -> Rule {
        let of_revision = || self.revision(revision).or(self.revisions.first());
        tried.unwrap_or_else(|| of_revision().map_or_else(Rule::default, |known| known.rule))
    }
}
