use alerting::{Input, Ledger, LogPosition, NotificationSettings, Recipient, Upstream, decide};
use domain::alert_event::Source;
use domain::alert_policy::AlertPolicy;
use domain::alert_rules::AlertRules;
use domain::channel::ChannelAlerts;
use domain::record::{Lifecycle, LifecycleEvent};
use domain::{OrgId, Record};

use super::*;

const DOWN: &[u8] = include_bytes!("../../../../domain/fixtures/result-v1-down.json");
const CHANNEL: ChannelId = ChannelId(1);

#[test]
fn drills_are_in_no_storm_of_others() {
    let kind = |ended_by, is_drill| GroupKind {
        alert: AlertKind::Down,
        ended_by,
        is_drill,
        after_quiet: None,
    };
    // Alerters of other releases have the same keys for what they know.
    for (kind, key) in [
        (kind(None, false), "down"),
        (kind(Some(CloseReason::Paused), false), "down-paused"),
        (kind(None, true), "drill-down"),
        (kind(Some(CloseReason::Paused), true), "drill-down-paused"),
    ] {
        assert_eq!(kind.to_string(), key);
    }
    assert_ne!(kind(None, false), kind(None, true));
    let end = Some(Timestamp::from_millis(1_795_845_600_000));
    let after_quiet = |is_drill| GroupKind {
        after_quiet: end,
        ..kind(None, is_drill)
    };
    assert_eq!(after_quiet(false).to_string(), "quiet-1795845600000");
    assert_eq!(after_quiet(true).to_string(), "drill-quiet-1795845600000");
}

#[test]
fn what_regions_have_silenced_is_one_message_however_little_it_is() {
    let kind = |alert, ended_by| GroupKind {
        alert,
        ended_by,
        is_drill: false,
        after_quiet: None,
    };
    assert!(kind(AlertKind::Unseen, None).is_put_together());
    assert!(kind(AlertKind::Seen, Some(CloseReason::Paused)).is_put_together());
    assert!(!kind(AlertKind::Down, None).is_put_together());
    assert_eq!(kind(AlertKind::Unseen, None).to_string(), "unseen");
}

#[test]
fn what_has_no_name_has_a_number() {
    assert_eq!(nameless("", MonitorId(42)), "Monitor 42");
    assert_eq!(nameless("", MonitorId(-3)), "Drill 3");
    assert_eq!(
        nameless("https://shop.example/", MonitorId(-3)),
        "https://shop.example/"
    );
}

/// The fixture's check, so many seconds later, with other words.
fn failing(seconds: i64, words: &str) -> Record {
    let mut record = Record::decode(DOWN).unwrap();
    if let Record::Result(result) = &mut record {
        result.scheduled_at = result.scheduled_at.plus_millis(1_000 * seconds);
        result.error = Some(words.to_owned());
    }
    record
}

#[test]
fn what_is_said_while_it_lasts_is_the_newest_failure() {
    let (mut ledger, monitor, now) = (Ledger::owned_by(OrgId(7)), MonitorId(42), shared::now());
    let nowhere = || LogPosition {
        source: Source {
            cluster: String::new(),
            topic: String::new(),
            partition: 0,
            offset: 0,
        },
        appended_at: now,
    };
    let recipients = [Recipient {
        channel: CHANNEL,
        preferences: ChannelAlerts::default(),
        wants_acknowledgements: true,
        is_own: false,
    }];
    let rules = AlertRules::default();
    for record in [failing(0, "the first"), failing(60, "the newest")] {
        let input = Input::Record {
            record: &record,
            position: &nowhere,
        };
        let _ = decide(&mut ledger, monitor, input, now);
    }
    let tick = Input::Tick {
        settings: Some(NotificationSettings {
            recipients: &recipients,
            incident_keepers: &[],
            rules: &rules,
            policy: &AlertPolicy::default(),
            route_index: None,
            labels: None,
            upstream: Upstream::NotDown,
        }),
        backlog_before: now,
    };
    let _ = decide(&mut ledger, monitor, tick, now);
    let due = ledger.due();
    let (incident, ..) = due[0];
    for (alert, words) in [
        (AlertKind::Down, "the first"),
        (AlertKind::Reminder, "the newest"),
        (AlertKind::Acknowledged, "the newest"),
        (AlertKind::Up, "the first"),
    ] {
        let context = MessageContext::new(incident, alert, CHANNEL);
        assert_eq!(context.error.as_deref(), Some(words), "{alert:?}");
        let is_asked_for = matches!(alert, AlertKind::Down | AlertKind::Reminder);
        assert_eq!(context.asks_for_acknowledgement, is_asked_for, "{alert:?}");
    }
    let mut ended = incident.clone();
    ended.resolution = Some(alerting::Resolution {
        at: now,
        reason: CloseReason::Recovered,
    });
    let mut degraded = incident.clone();
    degraded.degraded = true;
    for incident in [ended, degraded] {
        let context = MessageContext::new(&incident, AlertKind::Down, CHANNEL);
        assert!(!context.asks_for_acknowledgement);
    }
    let acknowledged = Record::Lifecycle(Lifecycle {
        monitor_id: monitor,
        org_id: OrgId(7),
        url: String::new(),
        timestamp: now,
        revision: 3,
        event: LifecycleEvent::Acknowledged,
        incident_id: Some(incident.id),
        usual: None,
        delivery_id: None,
        probe_revision: None,
    });
    let input = Input::Record {
        record: &acknowledged,
        position: &nowhere,
    };
    let _ = decide(&mut ledger, monitor, input, now);
    for (incident, kind, _) in ledger.due() {
        let context = MessageContext::new(incident, kind, CHANNEL);
        assert!(!context.asks_for_acknowledgement, "{kind:?}");
    }
    assert!(!ledger.due().is_empty());
}
