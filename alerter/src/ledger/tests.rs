//! Duplicates, late records and any restart point change no decision.

use domain::alert_event::{AlertEvent, Source, Step};
use domain::alert_filter::{AlertRules, Mute, Span, Window};
use domain::record::{CheckResult, Lifecycle, LifecycleEvent, Timings};
use domain::{ChannelId, MonitorId, OrgId, Record, Rule, Timestamp};
use proptest::prelude::*;

use super::alert::Seen;
use domain::channel::ChannelAlerts;

use super::route::Routed;
use super::{Hearer, MAX_INCIDENTS, Monitor, Outcome, RETENTION_MS, Wanted};

const ID: MonitorId = MonitorId(1);
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
    assert_eq!(alerter.monitor.incidents.len(), 1, "it can be sent once more");
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
        assert!(monitor.route(ID, None, LATER, NOW, &mut events).needs_channels);
    }
    assert!(
        monitor
            .route(ID, wanted(&BOTH[..1], &NO_RULES), LATER, NOW, &mut events)
            .changed
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
    let put_off = Routed {
        later: Some(after),
        ..Routed::default()
    };
    assert_eq!(
        monitor.route(ID, wanted(BOTH, &rules), NOW, within, &mut events),
        put_off
    );
    assert!(monitor.is_unrouted() && events.is_empty());
    assert!(
        monitor
            .route(ID, wanted(BOTH, &rules), NOW, after, &mut events)
            .changed
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
    assert!(
        monitor
            .route(ID, wanted(BOTH, &muted), NOW, after, &mut events)
            .changed
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
    assert!(
        monitor
            .route(ID, wanted(BOTH, &rules), NOW, NOW, &mut events)
            .changed
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

#[test]
fn slowness_is_told_to_those_who_want_it_and_so_is_its_end() {
    let mut alerter = Alerter::default();
    for record in [up(1), slow(2), slow(3), up(4)] {
        alerter.take(&record);
        while alerter.note(&sent()) > 0 {}
    }
    let told = ["decided", "sent"];
    let expected: Vec<_> = ["degraded", "recovered"]
        .into_iter()
        .flat_map(|alert| told.map(|step| (alert, step)))
        .collect();
    assert_eq!(steps(&alerter), expected);
    assert!(
        alerter
            .events
            .iter()
            .all(|event| event.channel_id == Some(ChannelId(1)))
    );
    assert!(alerter.monitor.incidents.is_empty());
    // What becomes worse is told as such, and nobody hears that it is in time again.
    for record in [slow(5), down(6), up(7)] {
        alerter.take(&record);
        while alerter.note(&sent()) > 0 {}
    }
    let told: Vec<_> = steps(&alerter)[4..]
        .iter()
        .filter(|(_, step)| *step == "sent")
        .map(|(alert, _)| *alert)
        .collect();
    assert_eq!(told, ["degraded", "down", "down", "up", "up"]);
}

#[test]
fn a_channel_that_hears_rarely_is_told_when_it_lasts() {
    let rare = ChannelAlerts {
        throttle_seconds: 60,
        ..PLAIN
    };
    let hearers = [hearer(1, rare), hearer(2, PLAIN)];
    let mut alerter = Alerter::default();
    for (record, at) in [(down(1), 0), (up(2), 1), (down(3), 2)] {
        fold(&mut alerter, &record, at);
        route(&mut alerter, &hearers, &NO_RULES, at);
        while alerter.note(&sent()) > 0 {}
    }
    let later = Some(NOW.plus_millis(60_000));
    assert_eq!(route(&mut alerter, &hearers, &NO_RULES, 59).later, later);
    let to = |alerter: &Alerter, channel| {
        let events = alerter.events.iter().filter(|event| event.step == Step::Decided);
        events
            .filter(|event| event.channel_id == Some(ChannelId(channel)))
            .count()
    };
    assert_eq!((to(&alerter, 1), to(&alerter, 2)), (2, 3));
    let put_off = serde_json::to_vec(&alerter.monitor).unwrap();
    assert!(route(&mut alerter, &hearers, &NO_RULES, 60).changed);
    assert_eq!(to(&alerter, 1), 3);
    // One that is over by then is told to nobody, and neither is its end.
    let mut alerter = Alerter {
        monitor: serde_json::from_slice(&put_off).unwrap(),
        ..Alerter::default()
    };
    // Slots are in the past of the clock.
    fold(&mut alerter, &up(4), 30);
    assert!(route(&mut alerter, &hearers, &NO_RULES, 30).changed);
    let told: Vec<_> = steps(&alerter);
    assert_eq!(told, [("down", "suppressed"), ("up", "decided")]);
}

#[test]
fn reminders_come_until_somebody_takes_it_on() {
    let nagging = ChannelAlerts {
        remind_every_seconds: Some(300),
        ..PLAIN
    };
    let hearers = [hearer(1, nagging), hearer(2, PLAIN)];
    let mut alerter = Alerter::default();
    fold(&mut alerter, &down(1), 0);
    route(&mut alerter, &hearers, &NO_RULES, 0);
    alerter.note(&sent());
    let mut reminders = Vec::new();
    for round in 1..=3 {
        let at = round * 300;
        assert_eq!(
            route(&mut alerter, &hearers, &NO_RULES, at - 1).later,
            Some(NOW.plus_millis(at * 1_000))
        );
        assert!(route(&mut alerter, &hearers, &NO_RULES, at).changed);
        // Asking again decides nothing again, also not after a restart.
        let written = serde_json::to_vec(&alerter.monitor).unwrap();
        alerter.monitor = serde_json::from_slice(&written).unwrap();
        assert!(!route(&mut alerter, &hearers, &NO_RULES, at).changed);
        reminders.extend(alerter.monitor.due().iter().map(|(.., delivery)| delivery.id));
        assert_eq!(alerter.note(&sent()), 1);
    }
    let incident = alerter.monitor.incidents[0].id;
    let named = (0..3).map(|n| domain::DeliveryId::new(incident, ChannelId(1), "reminder", n));
    assert!(reminders.into_iter().eq(named));
    let acknowledged = |offset| {
        let mut record = edited(2, 1, LifecycleEvent::Acknowledged);
        if let Record::Lifecycle(lifecycle) = &mut record {
            lifecycle.incident_id = Some(incident);
        }
        (record, offset)
    };
    route(&mut alerter, &hearers, &NO_RULES, 1_200);
    let (record, at) = acknowledged(1_201);
    for _ in 0..2 {
        fold(&mut alerter, &record, at);
        route(&mut alerter, &hearers, &NO_RULES, at);
    }
    let steps = steps(&alerter);
    let last = [
        ("reminder", "decided"),
        ("reminder", "suppressed"),
        ("acknowledged", "decided"),
    ];
    assert_eq!(steps[steps.len() - 3..], last);
    alerter.note(&sent());
    assert_eq!(
        route(&mut alerter, &hearers, &NO_RULES, 90_000),
        Routed::default()
    );
}

#[test]
fn what_failed_is_sent_once_more_by_hand_for_seven_days() {
    const DAY: i64 = 86_400;
    let failed = || {
        let mut alerter = Alerter::default();
        fold(&mut alerter, &down(1), 0);
        route(&mut alerter, &BOTH[..1], &NO_RULES, 0);
        alerter.note(&Outcome::Failed {
            reason: "gone".into(),
        });
        fold(&mut alerter, &up(2), 1);
        route(&mut alerter, &BOTH[..1], &NO_RULES, 1);
        alerter
    };
    let resend = |alerter: &mut Alerter, at| {
        let mut record = edited(3, 1, LifecycleEvent::Resend);
        if let Record::Lifecycle(lifecycle) = &mut record {
            let incident = domain::IncidentId::new(ID, 1, Timestamp::from_millis(10_000));
            lifecycle.delivery_id = Some(domain::DeliveryId::new(incident, ChannelId(1), "down", 0));
        }
        alerter.monitor.prune(NOW.plus_millis(at * 1_000));
        fold(alerter, &record, at);
        alerter.monitor.pending()
    };
    let mut alerter = failed();
    assert_eq!(resend(&mut alerter, 7 * DAY - 2), 2, "the outage, and its end");
    // The record is read again.
    alerter.note(&Outcome::Failed {
        reason: "gone".into(),
    });
    assert_eq!(resend(&mut alerter, 7 * DAY - 2), 0);
    assert_eq!(resend(&mut alerter, 7 * DAY - 1), 2);
    alerter.note(&sent());
    alerter.note(&sent());
    assert!(alerter.monitor.incidents.is_empty());
    let attempts: Vec<_> = alerter
        .events
        .iter()
        .filter(|event| event.alert.as_str() == "down")
        .map(|event| (event.step.as_str(), event.attempt))
        .collect();
    let expected = [
        ("decided", 0),
        ("failed", 1),
        ("decided", 1),
        ("failed", 2),
        ("decided", 2),
        ("sent", 3),
    ];
    assert_eq!(attempts, expected);
    assert_eq!(resend(&mut failed(), 7 * DAY + 1), 0, "it is forgotten");
    assert_eq!(resend(&mut Alerter::default(), 1), 0, "it was never there");
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    let rule = (1u16..4, 1u16..4).prop_map(|(down_after, up_after)| Rule {
        down_after,
        up_after,
        slow_ms: Some(100),
    });
    let step = prop_oneof![
        20 => (0u8..3, 0i64..3).prop_map(|(found, late)| (Some((found, late)), LifecycleEvent::Edited)),
        1 => Just((None, LifecycleEvent::Edited)),
        1 => Just((None, LifecycleEvent::Paused)),
    ];
    (rule, proptest::collection::vec(step, 1..60)).prop_map(|(rule, steps)| {
        let mut revision = 1;
        let mut records = Vec::new();
        for (slot, (step, event)) in steps.into_iter().enumerate() {
            let slot = slot as i64 + 10;
            match step {
                Some((found, late)) => {
                    let mut record = result(slot - late, found > 0, rule, revision);
                    if let (Record::Result(result), 1) = (&mut record, found) {
                        result.latency_ms = Some(500);
                    }
                    records.push(record);
                }
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
