use alerting::Recipient;
use alerting::backtest::{StoredMonitor, StoredRecord, StoredResult, StoredRevision};
use api::WhyIncident;
use domain::Rule;
use domain::alert_event::AlertKind;
use domain::alert_rules::AlertRules;
use domain::channel::ChannelAlerts;
use domain::hold::{Hold, HoldKind};
use domain::record::PointState;
use domain::routing::Conditions;

use super::*;

const MINUTE: i64 = 60_000;
const MONITOR: MonitorId = MonitorId(7);
const OPS: ChannelId = ChannelId(10);
const PAGER: ChannelId = ChannelId(11);

fn minute(number: i64) -> Timestamp {
    Timestamp::from_millis(1_795_255_200_000 + number * MINUTE)
}

fn log(down: std::ops::Range<i64>) -> StoredLog {
    log_of(|number| down.contains(&number))
}

/// A result of each of thirty minutes.
fn log_of(is_down: impl Fn(i64) -> bool) -> StoredLog {
    let of = StoredMonitor {
        id: MONITOR,
        org: OrgId(1),
        kind: "http".to_owned(),
        revisions: vec![StoredRevision {
            revision: 1,
            began_at: None,
            rule: Rule {
                down_after: 1,
                ..Rule::default()
            },
            probe_revision: None,
            is_known: true,
        }],
        quorums: Vec::new(),
    };
    let results = (0..30).map(|number| StoredResult {
        scheduled_at: minute(number),
        revision: 1,
        interval_ms: 60_000,
        delay_ms: 0,
        append_delay_ms: Some(500),
        latency_ms: Some(80),
        state: match is_down(number) {
            true => PointState::Down,
            false => PointState::Up,
        },
        region: "default".into(),
        by_quorum: false,
        error_code: None,
        error: None,
    });
    let appended = |result: StoredResult| (result.appended_at(), StoredRecord::Result(result));
    StoredLog::new(of, results.map(appended).collect())
}

fn recipient(channel: ChannelId) -> Recipient {
    Recipient {
        channel,
        preferences: ChannelAlerts::default(),
        wants_acknowledgements: false,
        is_own: false,
    }
}

/// An outage from the tenth to the twentieth minute, and a silence that began before it.
fn silenced(until: i64) -> Rerun {
    let silence = Hold {
        kind: HoldKind::Silence,
        monitors: vec![MONITOR],
        conditions: Conditions::default(),
        spans: vec![(minute(5), minute(until))],
    };
    let settings = Settings {
        recipients: vec![recipient(OPS), recipient(PAGER)],
        rules: AlertRules {
            holds: vec![silence],
            ..AlertRules::default()
        },
        ..Settings::default()
    };
    Rerun {
        monitor: MONITOR,
        org: OrgId(1),
        incident: IncidentId::new(MONITOR, 1, minute(10)),
        settings: vec![(minute(0), Arc::new(settings))],
        upstreams: Vec::new(),
        log: log(10..20),
        heartbeat: None,
        time: minute(0)..minute(30),
        names: vec![(OPS, "ops".to_owned())],
    }
}

fn message(at: Timestamp, channel: ChannelId, name: Option<&str>, alert: AlertKind) -> SimulatedMessage {
    SimulatedMessage {
        at,
        channel_id: channel,
        channel_name: name.map(str::to_owned),
        alert,
    }
}

/// What would have been sent without these, however long that takes to find out.
fn without(rerun: &Rerun, each: &[Suppression]) -> (Vec<WhyWithout>, u64) {
    let (told, results) = rerun.without(each, &mut Budget::of(u64::MAX)).unwrap();
    (told.unwrap(), results)
}

#[test]
fn what_would_have_been_sent_is_what_there_is_only_without() {
    let (told, results) = without(&silenced(25), &[Suppression::Silence, Suppression::Mute]);
    let (began, ended) = (minute(10).plus_millis(500), minute(20).plus_millis(500));
    let messages = vec![
        message(began, OPS, Some("ops"), AlertKind::Down),
        message(began, PAGER, None, AlertKind::Down),
        message(ended, OPS, Some("ops"), AlertKind::Up),
        message(ended, PAGER, None, AlertKind::Up),
    ];
    assert_eq!(
        told,
        [
            WhyWithout {
                without: Suppression::Silence,
                messages
            },
            // Nobody has muted it.
            WhyWithout {
                without: Suppression::Mute,
                messages: Vec::new()
            },
        ]
    );
    assert_eq!(results, 90);
}

#[test]
fn what_was_sent_later_would_have_been_sent_sooner() {
    let (told, _) = without(&silenced(15), &[Suppression::Silence]);
    let told: Vec<_> = told[0].messages.iter().map(|it| (it.at, it.alert)).collect();
    let down = (minute(10).plus_millis(500), AlertKind::Down);
    assert_eq!(told, [down, down], "the end is as it was");
}

#[test]
fn messages_about_other_incidents_are_not_told() {
    let mut rerun = silenced(25);
    rerun.log = log(10..12);
    let (alone, _) = without(&rerun, &[Suppression::Silence]);
    // One after it, in the same silence.
    rerun.log = log_of(|number| matches!(number, 10 | 11 | 14));
    let (told, _) = without(&rerun, &[Suppression::Silence]);
    assert_eq!(told, alone);
    assert_eq!(told[0].messages.len(), 4);
}

#[test]
fn of_an_incident_that_is_not_found_again_nothing_is_known() {
    let mut rerun = silenced(25);
    rerun.incident = IncidentId::new(MONITOR, 1, minute(11));
    let made = rerun.without(&[Suppression::Silence], &mut Budget::of(u64::MAX));
    assert_eq!(made, Ok((None, 30)));
}

#[test]
fn an_incident_is_followed_until_an_hour_after_its_end_and_not_into_the_future() {
    let hour = 60;
    let incident = |resolved_at| WhyIncident {
        id: IncidentId::new(MONITOR, 1, minute(0)),
        degraded: false,
        started_at: minute(0),
        resolved_at,
        close_reason: None,
        error_code: None,
        error: None,
        source: None,
        acknowledged: None,
    };
    let far = minute(100 * hour);
    for (resolved_at, now, until) in [
        (Some(minute(5)), far, minute(5 + hour)),
        (Some(minute(5)), minute(10), minute(10)),
        (None, far, minute(24 * hour)),
        (Some(minute(50 * hour)), far, minute(24 * hour)),
    ] {
        let time = time(&incident(resolved_at), minute(-48 * hour), now);
        assert_eq!(time, Some(minute(-24 * hour)..until), "{resolved_at:?} {now}");
    }
    // Results that are not shown are not gone through.
    let incident = incident(Some(minute(5)));
    let from = |shown_from: i64| Some(time(&incident, minute(shown_from), far)?.start);
    assert_eq!(from(-hour), Some(minute(-hour)));
    assert_eq!(from(0), Some(minute(0)));
    assert_eq!(from(1), None);
}

#[test]
fn what_takes_too_many_steps_comes_to_nothing() {
    let rerun = silenced(25);
    let mut budget = Budget::of(10_000);
    assert!(rerun.without(&[Suppression::Silence], &mut budget).is_ok());
    let spent = 10_000 - budget.left();
    let mut too_few = Budget::of(spent - 1);
    let stopped = rerun.without(&[Suppression::Silence], &mut too_few);
    assert_eq!(stopped, Err(Stopped::TooMuch));
    let is_late = || true;
    let mut late = Budget::while_in_time(10_000, &is_late);
    let stopped = rerun.without(&[Suppression::Silence], &mut late);
    assert_eq!(stopped, Err(Stopped::Late));
}
