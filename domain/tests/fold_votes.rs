//! Votes of regions: what a quorum finds, however late, lost or doubled the results of a region are.

mod absences;
mod edits;
mod logs;
mod names;
mod properties;
mod quorums;
mod reference;
mod stored;
mod windows;

use std::sync::Arc;

use domain::fold::{CloseReason, ClosedIncident, MonitorState, OpenIncident, State, Transition};
use domain::record::{CheckResult, Lifecycle, LifecycleEvent, Timings};
use domain::{Decision, Effect, MonitorId, Needed, OrgId, Quorum, Record, Rule, Timestamp, decide};

const SECOND: i64 = 1_000;

/// Seconds from one slot of a region to its next.
const INTERVAL: i64 = 60;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * SECOND)
}

/// What the results of a revision have in common.
#[derive(Clone)]
struct Revision {
    number: u32,
    probe: Option<u32>,
    revised_at: Option<Timestamp>,
    interval_ms: u32,
    rule: Rule,
    quorum: Option<Arc<Quorum>>,
}

fn quorum(regions: &[&str], down: Needed, min_regions: u8) -> Arc<Quorum> {
    let regions = regions.iter().map(|&name| name.to_owned()).collect();
    let quorum = Quorum {
        regions,
        down,
        min_regions,
    };
    Arc::new(quorum.valid().unwrap())
}

/// Of three regions, so many.
fn of_three(down: u8) -> Arc<Quorum> {
    quorum(&["ap", "eu", "us"], Needed::Regions(down), down)
}

impl Revision {
    fn of(quorum: Arc<Quorum>) -> Self {
        Self {
            number: 1,
            probe: None,
            revised_at: None,
            interval_ms: (INTERVAL * SECOND) as u32,
            rule: Rule::default(),
            quorum: Some(quorum),
        }
    }

    /// Slow is what takes longer than 500 ms.
    fn confirming(mut self, down_after: u16, up_after: u16) -> Self {
        self.rule = Rule {
            down_after,
            up_after,
            slow_ms: Some(500),
            ..Rule::default()
        };
        self
    }

    /// The next revision, in which the same is checked.
    fn edited(&self, quorum: Arc<Quorum>) -> Self {
        Self {
            number: self.number + 1,
            probe: Some(self.probe.unwrap_or(self.number)),
            quorum: Some(quorum),
            ..self.clone()
        }
    }

    fn result(&self, region: &str, point: char, slot: Timestamp) -> CheckResult {
        let up = point != '-';
        CheckResult {
            monitor_id: MonitorId(1),
            org_id: Some(OrgId(1)),
            url: "http://a.example/".into(),
            kind: "http".into(),
            timestamp: slot,
            scheduled_at: slot,
            interval_ms: Some(self.interval_ms),
            region: region.to_owned(),
            revision: Some(self.number),
            revised_at: self.revised_at,
            probe_revision: self.probe,
            rule: self.rule,
            quorum: self.quorum.clone(),
            up,
            status_code: None,
            latency_ms: Some(if point == '~' { 900 } else { 50 }),
            attempts: 1,
            error: (!up).then(|| format!("{region} failed at {}", slot.as_millis() / SECOND)),
            error_code: None,
            timings: Timings::default(),
            tls_expires_at: None,
            judged: None,
        }
    }

    /// The results that are written so: `eu-100` is eu's of the slot at 100 s, which failed, `eu+160` one that did not,
    /// and `eu~220` one that was slow.
    fn results(&self, written: &str) -> Vec<Record> {
        let one = |word: &str| {
            let sign = word.find(['-', '+', '~']).unwrap();
            let point = word[sign..].chars().next().unwrap();
            let slot = at(word[sign + 1..].parse().unwrap());
            Record::Result(self.result(&word[..sign], point, slot))
        };
        written.split_whitespace().map(one).collect()
    }
}

fn lifecycle(event: LifecycleEvent, revision: u32, probe_revision: Option<u32>, at: Timestamp) -> Record {
    Record::Lifecycle(Lifecycle {
        monitor_id: MonitorId(1),
        org_id: OrgId(1),
        url: "http://a.example/".into(),
        timestamp: at,
        revision,
        probe_revision,
        event,
        incident_id: None,
        usual: None,
        delivery_id: None,
    })
}

/// A monitor whose records are folded one after another.
#[derive(Clone, Default)]
struct Monitor {
    state: MonitorState,
    effects: Vec<Effect>,
    transitions: Vec<Transition>,
}

impl Monitor {
    fn after<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut monitor = Self::default();
        monitor.fold(records);
        monitor
    }

    fn fold<'a>(&mut self, records: impl IntoIterator<Item = &'a Record>) {
        for record in records {
            let Decision {
                state,
                transition,
                effect,
                ..
            } = decide(std::mem::take(&mut self.state), record);
            self.state = state;
            self.effects.push(effect);
            self.transitions.extend(transition);
        }
    }

    /// Folds results, as [`Revision::results`] reads them.
    fn hear(&mut self, revision: &Revision, written: &str) -> &mut Self {
        self.fold(&revision.results(written));
        self
    }

    fn opened(&self) -> Vec<&OpenIncident> {
        let opened = self.transitions.iter();
        opened
            .filter_map(|transition| transition.opened.as_ref())
            .collect()
    }

    fn closed(&self) -> Vec<&ClosedIncident> {
        let closed = self.transitions.iter();
        closed
            .filter_map(|transition| transition.closed.as_ref())
            .collect()
    }

    fn is_down(&self) -> bool {
        assert_eq!(self.state.incident.is_some(), self.state.state == State::Down);
        self.state.incident.is_some()
    }

    /// Since when each outage was, until when, and why it ended.
    fn outages(&self) -> Vec<(i64, i64, CloseReason)> {
        let seconds = |at: Timestamp| at.as_millis() / SECOND;
        let closed = self.closed().into_iter();
        closed
            .map(|incident| {
                (
                    seconds(incident.started_at),
                    seconds(incident.resolved_at),
                    incident.reason,
                )
            })
            .collect()
    }
}
