//! One monitor's ledger, its inputs and what follows.

mod backtest;
mod drills;
mod escalation;
mod filters;
mod golden;
mod heartbeats;
mod noise;
mod notifying;
mod owner;
mod properties;
mod regions;
mod slower;
mod unseen;

use domain::alert_event::{AlertEvent, Source, Step};
use domain::alert_policy::AlertPolicy;
use domain::alert_rules::AlertRules;
use domain::channel::ChannelAlerts;
use domain::record::{CheckResult, Lifecycle, LifecycleEvent, Timings};
use domain::{ChannelId, MonitorId, OrgId, Record, Rule, Timestamp};

use super::{
    Actions, DeliveryOutcome, Input, Ledger, LogPosition, NotificationSettings, OwnerAnswer, Recipient,
    Upstream, decide,
};

const ID: MonitorId = MonitorId(1);
const OWNER: OrgId = OrgId(7);
const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const LATER: Timestamp = NOW.plus_millis(60_001);
const PLAIN: ChannelAlerts = ChannelAlerts {
    degraded: false,
    throttle_seconds: 0,
    remind_every_seconds: None,
    quiet_hours: None,
    owner_quiet_hours: None,
    acknowledge_by_link: false,
};
const ALL: ChannelAlerts = ChannelAlerts {
    degraded: true,
    ..PLAIN
};
const BOTH: &[Recipient] = &[recipient(1, ALL), recipient(2, PLAIN)];

const fn recipient(id: i64, alerts: ChannelAlerts) -> Recipient {
    Recipient {
        channel: ChannelId(id),
        preferences: alerts,
        wants_acknowledgements: id == 1,
        is_own: false,
    }
}

/// The channel that has incidents of its own.
const KEEPER: ChannelId = ChannelId(9);

const NO_RULES: AlertRules = AlertRules {
    muted: Vec::new(),
    windows: Vec::new(),
    holds: Vec::new(),
};

static NO_POLICY: AlertPolicy = AlertPolicy {
    routes: Vec::new(),
    escalation_policies: Vec::new(),
    schedules: Vec::new(),
    teams: Vec::new(),
    people: Vec::new(),
    labels_version: 0,
};

fn settings<'a>(recipients: &'a [Recipient], rules: &'a AlertRules) -> Option<NotificationSettings<'a>> {
    Some(NotificationSettings {
        recipients,
        incident_keepers: &[KEEPER],
        rules,
        policy: &NO_POLICY,
        route_index: None,
        labels: None,
        upstream: Upstream::NotDown,
    })
}

fn take(ledger: &mut Ledger, record: &Record) -> Actions {
    let position = &position;
    decide(ledger, ID, Input::Record { record, position }, NOW)
}

fn tick(
    ledger: &mut Ledger,
    settings: Option<NotificationSettings<'_>>,
    backlog_before: Timestamp,
    now: Timestamp,
) -> Actions {
    let input = Input::Tick {
        settings,
        backlog_before,
    };
    decide(ledger, ID, input, now)
}

fn answer(ledger: &mut Ledger, answer: OwnerAnswer) -> Actions {
    decide(ledger, ID, Input::Owner(answer), NOW)
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
        probe_revision: None,
        rule,
        up,
        status_code: None,
        latency_ms: Some(50),
        attempts: 1,
        error: None,
        error_code: None,
        timings: Timings::default(),
        tls_expires_at: None,
        quorum: None,
        judged: None,
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
        usual: None,
        delivery_id: None,
        probe_revision: None,
    })
}

fn position() -> LogPosition {
    let source = Source {
        cluster: "c".into(),
        topic: "t".into(),
        partition: 0,
        offset: 1,
    };
    LogPosition {
        source,
        appended_at: NOW,
    }
}

/// An alerter of one monitor: what it has written, and what it has decided.
#[derive(Clone)]
struct Alerter {
    ledger: Ledger,
    written: Option<Vec<u8>>,
    events: Vec<AlertEvent>,
}

impl Default for Alerter {
    fn default() -> Self {
        Self {
            ledger: Ledger::owned_by(OWNER),
            written: None,
            events: Vec::new(),
        }
    }
}

impl Alerter {
    fn take(&mut self, record: &Record) {
        let folded = take(&mut self.ledger, record);
        let routed = tick(&mut self.ledger, settings(BOTH, &NO_RULES), NOW, NOW);
        if folded.persist || routed.persist {
            self.written = Some(serde_json::to_vec(&self.ledger).unwrap());
        }
        self.events.extend(folded.events);
        self.events.extend(routed.events);
    }

    /// Notes the outcome of every delivery that is due; answers how many there were.
    fn attempt(&mut self, outcome: &DeliveryOutcome) -> usize {
        let due = self.ledger.due();
        let due: Vec<_> = due.iter().map(|(.., delivery)| delivery.id).collect();
        for &delivery in &due {
            let actions = decide(&mut self.ledger, ID, Input::Attempt { delivery, outcome }, NOW);
            assert!(actions.persist);
            self.events.extend(actions.events);
        }
        self.written = Some(serde_json::to_vec(&self.ledger).unwrap());
        due.len()
    }

    /// What a new owner of the partition knows that has read back `before`.
    fn restarted(&self, before: &[Record]) -> Self {
        let ledger = self
            .written
            .as_ref()
            .map(|written| serde_json::from_slice(written).unwrap());
        let mut ledger: Ledger = ledger.unwrap_or_else(|| Ledger::owned_by(OWNER));
        before.iter().for_each(|record| ledger.learn(record));
        ledger.finish_learning();
        Self {
            ledger,
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

fn sent() -> DeliveryOutcome {
    DeliveryOutcome::Sent { receipt: "ok".into() }
}

fn steps(alerter: &Alerter) -> Vec<(&'static str, &'static str)> {
    alerter
        .events
        .iter()
        .map(|event| (event.alert.as_str(), event.step.as_str()))
        .collect()
}

fn degraded(slot: i64) -> Record {
    let rule = Rule {
        slow_ms: Some(10),
        ..Rule::default()
    };
    result(slot, true, rule, 1)
}

/// Ticks at a time and with channels of the test's; answers what follows, apart from the events.
fn route(alerter: &mut Alerter, recipients: &[Recipient], rules: &AlertRules, now: i64) -> Actions {
    let now = NOW.plus_millis(now * 1_000);
    let mut actions = tick(&mut alerter.ledger, settings(recipients, rules), NOW, now);
    alerter.events.append(&mut actions.events);
    actions
}

fn fold(alerter: &mut Alerter, record: &Record, at: i64) {
    let now = NOW.plus_millis(at * 1_000);
    let position = || {
        let source = Source {
            offset: at,
            ..position().source
        };
        LogPosition {
            source,
            appended_at: now,
        }
    };
    let position = &position;
    let actions = decide(&mut alerter.ledger, ID, Input::Record { record, position }, now);
    alerter.events.extend(actions.events);
}
