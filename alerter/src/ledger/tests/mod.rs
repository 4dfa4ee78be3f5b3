//! An alerter of one monitor, without Kafka and channels.

mod filters;
mod golden;
mod owner;
mod properties;
mod telling;

use domain::alert_event::{AlertEvent, Source, Step};
use domain::alert_filter::AlertRules;
use domain::channel::ChannelAlerts;
use domain::record::{CheckResult, Lifecycle, LifecycleEvent, Timings};
use domain::{ChannelId, MonitorId, OrgId, Record, Rule, Timestamp};

use super::alert::Seen;
use super::route::Routed;
use super::{Hearer, Monitor, Outcome, Wanted};

const ID: MonitorId = MonitorId(1);
const OWNER: OrgId = OrgId(7);
const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const LATER: Timestamp = NOW.plus_millis(60_001);
const PLAIN: ChannelAlerts = ChannelAlerts {
    degraded: false,
    throttle_seconds: 0,
    remind_every_seconds: None,
};
const ALL: ChannelAlerts = ChannelAlerts {
    degraded: true,
    ..PLAIN
};
const BOTH: &[Hearer] = &[hearer(1, ALL), hearer(2, PLAIN)];

const fn hearer(id: i64, alerts: ChannelAlerts) -> Hearer {
    Hearer {
        id: ChannelId(id),
        alerts,
        follows: id == 1,
    }
}

const NO_RULES: AlertRules = AlertRules {
    muted: Vec::new(),
    windows: Vec::new(),
};

fn wanted<'a>(enabled: &'a [Hearer], rules: &'a AlertRules) -> Option<Wanted<'a>> {
    Some(Wanted { enabled, rules })
}

fn result(slot: i64, up: bool, rule: Rule, revision: u32) -> Record {
    let slot = Timestamp::from_millis(slot * 10_000);
    Record::Result(CheckResult {
        monitor_id: ID,
        org_id: Some(OWNER),
        url: "http://a.example/".into(),
        kind: "http".into(),
        timestamp: slot,
        scheduled_at: slot,
        interval_ms: Some(10_000),
        region: "default".into(),
        revision: Some(revision),
        revised_at: None,
        rule,
        up,
        status_code: None,
        latency_ms: Some(50),
        attempts: 1,
        error: None,
        error_code: None,
        timings: Timings::default(),
        tls_expires_at: None,
    })
}

fn up(slot: i64) -> Record {
    result(slot, true, Rule::default(), 1)
}

fn down(slot: i64) -> Record {
    result(slot, false, Rule::default(), 1)
}

fn edited(slot: i64, revision: u32, event: LifecycleEvent) -> Record {
    Record::Lifecycle(Lifecycle {
        monitor_id: ID,
        org_id: OWNER,
        url: "http://a.example/".into(),
        timestamp: Timestamp::from_millis(slot * 10_000),
        revision,
        event,
        incident_id: None,
        delivery_id: None,
    })
}

fn seen() -> Seen {
    let source = Source {
        cluster: "c".into(),
        topic: "t".into(),
        partition: 0,
        offset: 1,
    };
    (source, NOW)
}

/// An alerter of one monitor: what it has written, and what it has decided.
#[derive(Clone)]
struct Alerter {
    monitor: Monitor,
    written: Option<Vec<u8>>,
    events: Vec<AlertEvent>,
}

impl Default for Alerter {
    fn default() -> Self {
        Self {
            monitor: Monitor::of(OWNER),
            written: None,
            events: Vec::new(),
        }
    }
}

impl Alerter {
    fn take(&mut self, record: &Record) {
        let mut events = Vec::new();
        let folded = self.monitor.fold(record, seen, NOW, &mut events).unwrap();
        let routed = self
            .monitor
            .route(ID, wanted(BOTH, &NO_RULES), NOW, NOW, &mut events);
        if folded.changed || routed.changed {
            self.written = Some(serde_json::to_vec(&self.monitor).unwrap());
        }
        self.events.extend(events);
    }

    fn note(&mut self, outcome: &Outcome) -> usize {
        let due: Vec<_> = self
            .monitor
            .due()
            .iter()
            .map(|(.., delivery)| delivery.id)
            .collect();
        for id in &due {
            assert!(self.monitor.note(ID, *id, outcome, NOW, &mut self.events));
        }
        self.written = Some(serde_json::to_vec(&self.monitor).unwrap());
        due.len()
    }

    /// What a new owner knows that has read back `before`.
    fn restarted(&self, before: &[Record]) -> Self {
        let monitor = self
            .written
            .as_ref()
            .map(|written| serde_json::from_slice(written).unwrap());
        let mut monitor: Monitor = monitor.unwrap_or_else(|| Monitor::of(OWNER));
        before.iter().for_each(|record| monitor.learn(record));
        monitor.learned();
        Self {
            monitor,
            written: self.written.clone(),
            events: Vec::new(),
        }
    }

    fn decisions(&self) -> Vec<(Step, String, Option<ChannelId>)> {
        let events = self.events.iter().filter(|event| event.step == Step::Decided);
        events
            .map(|event| {
                (
                    event.step,
                    format!("{}/{}", event.incident_id, event.alert.as_str()),
                    event.channel_id,
                )
            })
            .collect()
    }
}

fn sent() -> Outcome {
    Outcome::Sent { receipt: "ok".into() }
}

fn steps(alerter: &Alerter) -> Vec<(&'static str, &'static str)> {
    alerter
        .events
        .iter()
        .map(|event| (event.alert.as_str(), event.step.as_str()))
        .collect()
}

fn slow(slot: i64) -> Record {
    let rule = Rule {
        slow_ms: Some(10),
        ..Rule::default()
    };
    result(slot, true, rule, 1)
}

/// An alerter whose clock and channels are the test's.
fn route(alerter: &mut Alerter, hearers: &[Hearer], rules: &AlertRules, now: i64) -> Routed {
    let now = NOW.plus_millis(now * 1_000);
    alerter
        .monitor
        .route(ID, wanted(hearers, rules), NOW, now, &mut alerter.events)
}

fn fold(alerter: &mut Alerter, record: &Record, at: i64) {
    let now = NOW.plus_millis(at * 1_000);
    let seen = || {
        let (source, _) = seen();
        let source = Source { offset: at, ..source };
        (source, now)
    };
    alerter.monitor.fold(record, seen, now, &mut alerter.events);
}
