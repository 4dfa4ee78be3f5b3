//! Duplicates, late records and any restart point change no decision.

use domain::alert_event::{AlertEvent, Source, Step};
use domain::alert_filter::{AlertRules, Mute, Span, Window};
use domain::record::{CheckResult, Lifecycle, LifecycleEvent, Timings};
use domain::{ChannelId, MonitorId, OrgId, Record, Rule, Timestamp};
use proptest::prelude::*;

use super::alert::Seen;
use super::{MAX_INCIDENTS, Monitor, Outcome, RETENTION_MS, Routed, Wanted};

const ID: MonitorId = MonitorId(1);
const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const LATER: Timestamp = NOW.plus_millis(60_001);
const BOTH: &[ChannelId] = &[ChannelId(1), ChannelId(2)];

const NO_RULES: AlertRules = AlertRules {
    muted: Vec::new(),
    windows: Vec::new(),
};

fn wanted<'a>(enabled: &'a [ChannelId], rules: &'a AlertRules) -> Option<Wanted<'a>> {
    Some(Wanted { enabled, rules })
}

fn result(slot: i64, up: bool, rule: Rule, revision: u32) -> Record {
    let slot = Timestamp::from_millis(slot * 10_000);
    Record::Result(CheckResult {
        monitor_id: ID,
        org_id: Some(OrgId(7)),
        url: "http://a.example/".into(),
        kind: "http".into(),
        timestamp: slot,
        scheduled_at: slot,
        interval_ms: Some(10_000),
        region: "default".into(),
        revision: Some(revision),
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
        org_id: OrgId(7),
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
#[derive(Clone, Default)]
struct Alerter {
    monitor: Monitor,
    written: Option<Vec<u8>>,
    events: Vec<AlertEvent>,
}

impl Alerter {
    fn take(&mut self, record: &Record) {
        let mut events = Vec::new();
        let folded = self.monitor.fold(record, seen, NOW, &mut events);
        let routed = self
            .monitor
            .route(ID, wanted(BOTH, &NO_RULES), NOW, NOW, &mut events);
        if folded.changed || routed == Routed::Changed {
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
        let mut monitor: Monitor = monitor.unwrap_or_default();
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

#[test]
fn the_end_is_told_after_the_outage_and_to_the_same_channels() {
    let mut alerter = Alerter::default();
    alerter.take(&down(1));
    alerter.take(&up(2));
    let due: Vec<_> = alerter
        .monitor
        .due()
        .iter()
        .map(|(_, kind, _)| kind.as_str())
        .collect();
    assert_eq!(due, ["down", "down"]);
    assert_eq!(alerter.note(&sent()), 2);
    assert_eq!(alerter.note(&sent()), 2);
    assert_eq!(alerter.note(&sent()), 0);
    assert!(alerter.monitor.incidents.is_empty());
    assert!(!alerter.monitor.may_be_forgotten(NOW));
    assert!(
        alerter
            .monitor
            .may_be_forgotten(NOW.plus_millis(RETENTION_MS + 1))
    );
}

#[test]
fn a_channel_that_failed_to_hear_of_the_outage_does_not_hear_of_its_end() {
    let mut alerter = Alerter::default();
    alerter.take(&down(1));
    alerter.take(&up(2));
    alerter.note(&Outcome::Failed {
        reason: "gone".into(),
    });
    assert_eq!(alerter.note(&sent()), 0);
    let ends = [("down", "failed"), ("up", "suppressed")];
    assert_eq!(steps(&alerter)[4..], [ends, ends].concat());
}

#[test]
fn what_the_user_ended_is_withdrawn() {
    for event in [
        LifecycleEvent::Paused,
        LifecycleEvent::Edited,
        LifecycleEvent::Deleted,
    ] {
        let mut alerter = Alerter::default();
        alerter.take(&down(1));
        alerter.take(&edited(2, 2, event));
        assert!(alerter.monitor.due().is_empty());
        assert_eq!(steps(&alerter)[2..], [("down", "suppressed"); 2]);
        assert_eq!(
            alerter.events[2].reason,
            Some(format!("the monitor was {}", event.as_str()))
        );
        // A late failure of the definition before does not open it again.
        alerter.take(&down(3));
        assert!(alerter.monitor.due().is_empty() && alerter.events.len() == 4);
    }
}

#[test]
fn outages_of_a_backlog_that_are_over_become_one_message() {
    let mut monitor = Monitor::default();
    let mut events = Vec::new();
    for record in [down(1), up(2), down(3), up(5), down(7)] {
        monitor.fold(&record, seen, NOW, &mut events);
        assert_eq!(
            monitor.route(ID, None, LATER, NOW, &mut events),
            Routed::NeedsChannels
        );
    }
    assert_eq!(
        monitor.route(ID, wanted(&BOTH[..1], &NO_RULES), LATER, NOW, &mut events),
        Routed::Changed
    );
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.alert.as_str(), event.step.as_str()))
        .collect();
    let told_before = [("down", "suppressed"), ("up", "suppressed")];
    let summary = [("down", "suppressed"), ("up", "decided")];
    assert_eq!(told[..4], [told_before, summary].concat());
    assert_eq!(told[4..], [("down", "decided")]);
    let over = &monitor.incidents[0];
    assert_eq!(
        (over.earlier_outages, over.is_summary_for(ChannelId(1))),
        (1, true)
    );
    assert_eq!(over.started_at, Timestamp::from_millis(10_000));
    assert!(!monitor.incidents[1].is_summary_for(ChannelId(1)));
}

/// Rules with a maintenance window around the slots 1 to 5.
fn maintenance() -> AlertRules {
    let span = Span::Once {
        from: Timestamp::from_millis(10_000),
        until: Timestamp::from_millis(60_000),
    };
    AlertRules {
        windows: vec![Window {
            monitors: vec![ID],
            span,
        }],
        ..AlertRules::default()
    }
}

#[test]
fn an_outage_in_a_maintenance_window_is_told_when_it_outlasts_it() {
    let rules = maintenance();
    let mut monitor = Monitor::default();
    let mut events = Vec::new();
    monitor.fold(&down(2), seen, NOW, &mut events);
    let (within, after) = (Timestamp::from_millis(30_000), Timestamp::from_millis(60_000));
    assert_eq!(
        monitor.route(ID, wanted(BOTH, &rules), NOW, within, &mut events),
        Routed::Later(after)
    );
    assert!(monitor.is_unrouted() && events.is_empty());
    assert_eq!(
        monitor.route(ID, wanted(BOTH, &rules), NOW, after, &mut events),
        Routed::Changed
    );
    assert_eq!(monitor.due().len(), 2);
    // Its end is told, whatever is muted then.
    monitor.fold(&up(7), seen, NOW, &mut events);
    let muted = AlertRules {
        muted: vec![Mute {
            monitor_id: ID,
            until: None,
        }],
        ..AlertRules::default()
    };
    assert_eq!(
        monitor.route(ID, wanted(BOTH, &muted), NOW, after, &mut events),
        Routed::Changed
    );
    assert_eq!(monitor.pending(), 4);
}

#[test]
fn an_outage_that_is_over_within_a_maintenance_window_is_told_to_nobody() {
    let rules = maintenance();
    let mut monitor = Monitor::default();
    let mut events = Vec::new();
    monitor.fold(&down(2), seen, NOW, &mut events);
    monitor.fold(&up(4), seen, NOW, &mut events);
    assert_eq!(
        monitor.route(ID, wanted(BOTH, &rules), NOW, NOW, &mut events),
        Routed::Changed
    );
    assert!(monitor.incidents.is_empty());
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.alert.as_str(), event.step, event.reason.as_deref()))
        .collect();
    let reason = Some("it was over within a maintenance window");
    assert_eq!(
        told,
        [
            ("down", Step::Suppressed, reason),
            ("up", Step::Suppressed, reason)
        ]
    );
}

#[test]
fn unfinished_outages_are_bounded() {
    let mut alerter = Alerter::default();
    for slot in 0..100 {
        alerter.take(&if slot % 2 == 0 { down(slot) } else { up(slot) });
    }
    assert_eq!(alerter.monitor.incidents.len(), MAX_INCIDENTS);
    let dropped = (100 / 2 - MAX_INCIDENTS) * 2 * BOTH.len();
    assert_eq!(
        steps(&alerter)
            .iter()
            .filter(|(_, step)| *step == "suppressed")
            .count(),
        dropped
    );
}

#[test]
fn steady_results_write_nothing() {
    let mut monitor = Monitor::default();
    let mut events = Vec::new();
    for slot in 0..10 {
        let folded = monitor.fold(&up(slot), seen, NOW, &mut events);
        assert!(!folded.changed);
    }
    assert!(monitor.fold(&down(10), seen, NOW, &mut events).changed);
    for slot in 11..20 {
        assert!(!monitor.fold(&down(slot), seen, NOW, &mut events).changed);
    }
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    let rule = (1u16..4, 1u16..4).prop_map(|(down_after, up_after)| Rule {
        down_after,
        up_after,
        slow_ms: None,
    });
    let step = prop_oneof![
        20 => (any::<bool>(), 0i64..3).prop_map(|(up, late)| (Some((up, late)), LifecycleEvent::Edited)),
        1 => Just((None, LifecycleEvent::Edited)),
        1 => Just((None, LifecycleEvent::Paused)),
    ];
    (rule, proptest::collection::vec(step, 1..60)).prop_map(|(rule, steps)| {
        let mut revision = 1;
        let mut records = Vec::new();
        for (slot, (step, event)) in steps.into_iter().enumerate() {
            let slot = slot as i64 + 10;
            match step {
                Some((up, late)) => records.push(result(slot - late, up, rule, revision)),
                None => {
                    revision += 1;
                    records.push(edited(slot, revision, event));
                    // A paused monitor goes on under the next revision.
                    if event == LifecycleEvent::Paused {
                        revision += 1;
                    }
                }
            }
        }
        records
    })
}

proptest! {
    /// A crash between any two records, with the last records read again, and with every message received in
    /// the mean time or none: the decisions are the same.
    #[test]
    fn a_restart_changes_no_decision(records in records(), at in 0usize..60, again in 0usize..10, receives: bool) {
        let at = at.min(records.len());
        let committed = at.saturating_sub(again);
        let mut steady = Alerter::default();
        for record in &records {
            steady.take(record);
            if receives { while steady.note(&sent()) > 0 {} }
        }
        let mut first = Alerter::default();
        for record in &records[..at] {
            first.take(record);
            if receives { while first.note(&sent()) > 0 {} }
        }
        let mut second = first.restarted(&records[..committed]);
        for record in &records[committed..] {
            second.take(record);
            if receives { while second.note(&sent()) > 0 {} }
        }
        let mut decisions = first.decisions();
        decisions.extend(second.decisions());
        prop_assert_eq!(decisions, steady.decisions());
        prop_assert_eq!(second.monitor.due().len(), steady.monitor.due().len());
    }

    /// Records that are read twice or come late decide nothing.
    #[test]
    fn duplicates_change_no_decision(records in records(), again in 1usize..8) {
        let mut once = Alerter::default();
        let mut twice = Alerter::default();
        for (index, record) in records.iter().enumerate() {
            once.take(record);
            twice.take(record);
            records[index.saturating_sub(again)..=index].iter().for_each(|record| twice.take(record));
        }
        prop_assert_eq!(once.decisions(), twice.decisions());
    }
}
