//! What is written to `alert-state` and `alert-events`, to the byte: `domain/fixtures` holds every shape.

use domain::alert_rules::Mute;

use super::*;

/// Compares with a frozen file. One that is missing is made, and fails once, so that somebody looks at it.
fn assert_frozen(name: &str, written: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../domain/fixtures")
        .join(name);
    let Ok(frozen) = std::fs::read_to_string(&path) else {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, written).unwrap();
        panic!("{name} did not exist; it was made: check and commit it");
    };
    assert_eq!(written, frozen, "{name}");
}

/// Compares a monitor's record and its events with the frozen ones, and reads the record back.
fn assert_shape(name: &str, alerter: &Alerter) {
    let state = serde_json::to_string(&alerter.ledger).unwrap();
    assert_frozen(&format!("alert-state/{name}.json"), &state);
    let read: Ledger = serde_json::from_str(&state).unwrap();
    assert_eq!(read, alerter.ledger, "{name}");
    assert_eq!(serde_json::to_string(&read).unwrap(), state, "{name}");
    let events = alerter.events.iter().cloned();
    let lines = events.map(|mut event| {
        // Words for people may become better ones.
        event.reason = event.reason.map(|_| "a reason".to_owned());
        serde_json::to_string(&event).unwrap() + "\n"
    });
    assert_frozen(&format!("alert-events/{name}.jsonl"), &lines.collect::<String>());
}

const REMINDED: ChannelAlerts = ChannelAlerts {
    remind_every_seconds: Some(300),
    ..ALL
};
const THROTTLED: ChannelAlerts = ChannelAlerts {
    throttle_seconds: 60,
    ..PLAIN
};

fn failing(slot: i64) -> Record {
    let Record::Result(result) = down(slot) else {
        unreachable!("it is a result")
    };
    Record::Result(CheckResult {
        error: Some("HTTP status 500, expected 200-399".into()),
        error_code: Some(domain::ErrorCode::StatusMismatch),
        ..result
    })
}

fn opened(slot: i64) -> Alerter {
    let mut alerter = Alerter::default();
    fold(&mut alerter, &failing(slot), 0);
    alerter
}

fn decided(slot: i64) -> Alerter {
    let mut alerter = opened(slot);
    route(&mut alerter, BOTH, &NO_RULES, 0);
    alerter
}

fn notified(slot: i64) -> Alerter {
    let mut alerter = decided(slot);
    alerter.attempt(&sent());
    alerter
}

fn reminded(slot: i64) -> Alerter {
    let mut alerter = notified(slot);
    let recipients = [recipient(1, REMINDED), recipient(2, PLAIN)];
    for round in [300, 600] {
        route(&mut alerter, &recipients, &NO_RULES, round);
        alerter.attempt(&sent());
    }
    alerter
}

fn lifecycle(event: LifecycleEvent, alerter: &Alerter) -> Record {
    let Record::Lifecycle(lifecycle) = edited(90, 1, event) else {
        unreachable!("it is a lifecycle record")
    };
    let incident = alerter.ledger.incidents.first();
    Record::Lifecycle(Lifecycle {
        incident_id: incident.map(|incident| incident.id),
        delivery_id: incident.and_then(|it| it.opening().deliveries.first().map(|delivery| delivery.id)),
        ..lifecycle
    })
}

#[test]
fn open_incidents() {
    assert_shape("opened", &opened(1));
    assert_shape("decided", &decided(1));
    let mut attempted = decided(1);
    attempted.attempt(&DeliveryOutcome::Attempted {
        reason: "HTTP 500".into(),
        next_at: NOW.plus_millis(1_500),
        may_have_arrived: false,
    });
    assert_shape("attempted", &attempted);
    attempted.attempt(&DeliveryOutcome::Attempted {
        reason: "no response within 5000 ms".into(),
        next_at: NOW.plus_millis(20_000),
        may_have_arrived: true,
    });
    assert_shape("unanswered", &attempted);
    assert_shape("told", &notified(1));
    let mut unconfirmed = Alerter::default();
    let rule = Rule {
        down_after: 2,
        ..Rule::default()
    };
    fold(&mut unconfirmed, &result(1, false, rule, 1), 0);
    assert_shape("unconfirmed", &unconfirmed);
}

#[test]
fn reminders_and_acknowledgements() {
    assert_shape("reminded", &reminded(2));
    let mut due = notified(2);
    route(&mut due, &[recipient(1, REMINDED)], &NO_RULES, 300);
    assert_shape("reminder-decided", &due);
    let mut failing_otherwise = notified(2);
    let mut later = failing(3);
    if let Record::Result(result) = &mut later {
        result.error = Some("HTTP status 503, expected 200-399".into());
    }
    fold(&mut failing_otherwise, &later, 10);
    route(&mut failing_otherwise, &[recipient(1, REMINDED)], &NO_RULES, 300);
    assert_shape("reminder-of-another-failure", &failing_otherwise);
    let mut acknowledged = reminded(3);
    let record = lifecycle(LifecycleEvent::Acknowledged, &acknowledged);
    fold(&mut acknowledged, &record, 700);
    assert_shape("acknowledged", &acknowledged);
    route(&mut acknowledged, BOTH, &NO_RULES, 700);
    acknowledged.attempt(&sent());
    assert_shape("acknowledged-told", &acknowledged);
}

#[test]
fn what_filters_hold_back() {
    let mut muted = opened(1);
    let rules = AlertRules {
        muted: vec![Mute {
            monitor_id: ID,
            until: None,
        }],
        ..AlertRules::default()
    };
    route(&mut muted, BOTH, &rules, 0);
    assert_shape("muted", &muted);
    let mut without_channels = opened(1);
    route(&mut without_channels, &[], &NO_RULES, 0);
    assert_shape("without-channels", &without_channels);
    let recipients = [recipient(1, THROTTLED), recipient(2, PLAIN)];
    let mut throttled = opened(1);
    for (record, at) in [(None, 0), (Some(up(2)), 1), (Some(failing(3)), 2)] {
        record.iter().for_each(|record| fold(&mut throttled, record, at));
        route(&mut throttled, &recipients, &NO_RULES, at);
        while throttled.attempt(&sent()) > 0 {}
    }
    assert_shape("throttled", &throttled);
}

/// A result of one of four regions, of which two have to find it down.
fn by_region(region: &str, record: Record) -> Record {
    let Record::Result(result) = record else {
        unreachable!("it is a result")
    };
    let quorum = domain::Quorum {
        regions: ["ap", "eu", "me", "us"].map(str::to_owned).to_vec(),
        down: domain::Needed::Regions(2),
        min_regions: 2,
    };
    Record::Result(CheckResult {
        region: region.to_owned(),
        interval_ms: Some(60_000),
        quorum: Some(std::sync::Arc::new(quorum)),
        ..result
    })
}

#[test]
fn incidents_that_several_regions_find() {
    let mut alerter = Alerter::default();
    for (region, record) in [("ap", up(1)), ("eu", failing(3)), ("us", failing(5))] {
        fold(&mut alerter, &by_region(region, record), 0);
    }
    route(&mut alerter, BOTH, &NO_RULES, 0);
    alerter.attempt(&sent());
    fold(&mut alerter, &by_region("eu", up(9)), 1);
    route(&mut alerter, BOTH, &NO_RULES, 1);
    assert_shape("regions", &alerter);
}

#[test]
fn incidents_that_are_over() {
    let mut recovered = notified(1);
    fold(&mut recovered, &up(2), 1);
    assert_shape("recovered", &recovered);
    route(&mut recovered, BOTH, &NO_RULES, 1);
    assert_shape("recovery-decided", &recovered);
    recovered.attempt(&sent());
    assert_shape("finished", &recovered);
    let mut failed = decided(1);
    failed.attempt(&DeliveryOutcome::Failed {
        reason: "HTTP 404".into(),
    });
    fold(&mut failed, &up(2), 1);
    route(&mut failed, BOTH, &NO_RULES, 1);
    assert_shape("failed", &failed);
    let record = lifecycle(LifecycleEvent::Resend, &failed);
    fold(&mut failed, &record, 2);
    assert_shape("resent", &failed);
    let mut backlog = opened(1);
    for record in [up(2), failing(3), up(4)] {
        fold(&mut backlog, &record, 0);
    }
    let now = NOW.plus_millis(100_000);
    let before = NOW.plus_millis(40_000);
    let actions = tick(&mut backlog.ledger, settings(BOTH, &NO_RULES), before, now);
    backlog.events.extend(actions.events);
    assert_shape("summary", &backlog);
    let mut given_up = decided(1);
    given_up.attempt(&DeliveryOutcome::GivenUp {
        reason: "not received within 24 h; at last: HTTP 500".into(),
    });
    assert_shape("given-up", &given_up);
    let mut withdrawn = decided(1);
    withdrawn.attempt(&DeliveryOutcome::Suppressed {
        reason: "a reason".into(),
    });
    assert_shape("suppressed", &withdrawn);
}

#[test]
fn slowness() {
    let mut alerter = Alerter::default();
    for record in [up(1), degraded(2)] {
        fold(&mut alerter, &record, 0);
    }
    route(&mut alerter, BOTH, &NO_RULES, 0);
    assert_shape("slow", &alerter);
    alerter.attempt(&sent());
    fold(&mut alerter, &up(3), 1);
    route(&mut alerter, BOTH, &NO_RULES, 1);
    assert_shape("slow-recovered", &alerter);
}

#[test]
fn what_users_do() {
    for event in [
        LifecycleEvent::Paused,
        LifecycleEvent::Edited,
        LifecycleEvent::Deleted,
        LifecycleEvent::Restored,
    ] {
        let mut alerter = notified(1);
        fold(&mut alerter, &edited(2, 2, event), 1);
        assert_shape(&format!("told-{}", event.as_str()), &alerter);
    }
    // It may be on its way.
    let mut undelivered = decided(1);
    fold(&mut undelivered, &edited(2, 2, LifecycleEvent::Paused), 1);
    assert_shape("decided-paused", &undelivered);
    let mut slow = Alerter::default();
    for record in [up(1), degraded(2)] {
        fold(&mut slow, &record, 0);
    }
    route(&mut slow, BOTH, &NO_RULES, 0);
    fold(&mut slow, &edited(3, 2, LifecycleEvent::Deleted), 1);
    assert_shape("slow-deleted", &slow);
    let mut restored = decided(1);
    fold(&mut restored, &edited(2, 2, LifecycleEvent::Restored), 1);
    assert_shape("restored", &restored);
}

#[test]
fn what_earlier_releases_have_written_is_read() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../domain/fixtures");
    for entry in std::fs::read_dir(format!("{folder}/alert-state")).unwrap() {
        let path = entry.unwrap().path();
        let written = std::fs::read_to_string(&path).unwrap();
        let ledger: Ledger = serde_json::from_str(&written).unwrap();
        assert_eq!(
            serde_json::to_string(&ledger).unwrap(),
            written,
            "{}",
            path.display()
        );
    }
    for entry in std::fs::read_dir(format!("{folder}/alert-events")).unwrap() {
        let path = entry.unwrap().path();
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            let event: AlertEvent = serde_json::from_str(line).unwrap();
            assert_eq!(serde_json::to_string(&event).unwrap(), line, "{}", path.display());
        }
    }
}

#[test]
fn owners() {
    let met = |said: &[i64]| {
        let mut alerter = Alerter {
            ledger: Ledger::default(),
            ..Alerter::default()
        };
        for (slot, org) in (1..).zip(said) {
            let Record::Result(result) = failing(slot) else {
                unreachable!("it is a result")
            };
            let org_id = Some(OrgId(*org));
            fold(&mut alerter, &Record::Result(CheckResult { org_id, ..result }), 0);
        }
        alerter
    };
    assert_shape("owner-said", &met(&[7]));
    assert_shape("owner-disputed", &met(&[7, 8]));
    let mut believed = met(&[7]);
    let _ = answer(&mut believed.ledger, OwnerAnswer::Unavailable);
    assert_shape("owner-believed", &believed);
}
