//! What keeps somebody from being notified, puts it off, or repeats it.

use domain::alert_rules::Mute;
use domain::maintenance::{MaintenanceWindow, Span};

use super::*;

/// Rules with a maintenance window around the slots 1 to 5.
fn maintenance() -> AlertRules {
    let span = Span::Once {
        from: Timestamp::from_millis(10_000),
        until: Timestamp::from_millis(60_000),
    };
    AlertRules {
        windows: vec![MaintenanceWindow {
            monitors: vec![ID],
            span,
            exceptions: Vec::new(),
        }],
        ..AlertRules::default()
    }
}

#[test]
fn an_outage_in_a_maintenance_window_is_announced_when_it_outlasts_it() {
    let rules = maintenance();
    let mut alerter = Alerter::default();
    fold(&mut alerter, &down(2), 0);
    let (within, after) = (Timestamp::from_millis(30_000), Timestamp::from_millis(60_000));
    let put_off = tick(&mut alerter.ledger, settings(BOTH, &rules), NOW, within);
    assert_eq!(put_off.next_due, Some(after));
    assert!(!put_off.persist && !put_off.needs_settings && put_off.events.is_empty());
    assert!(alerter.ledger.is_unrouted());
    assert!(tick(&mut alerter.ledger, settings(BOTH, &rules), NOW, after).persist);
    assert_eq!(alerter.ledger.due().len(), 2);
    // Its end is announced, whatever is muted then.
    fold(&mut alerter, &up(7), 0);
    let muted = AlertRules {
        muted: vec![Mute {
            monitor_id: ID,
            until: None,
        }],
        ..AlertRules::default()
    };
    assert!(tick(&mut alerter.ledger, settings(BOTH, &muted), NOW, after).persist);
    assert_eq!(alerter.ledger.pending(), 4);
}

#[test]
fn an_outage_that_is_over_within_a_maintenance_window_is_not_announced() {
    let rules = maintenance();
    let mut alerter = Alerter::default();
    fold(&mut alerter, &down(2), 0);
    fold(&mut alerter, &up(4), 0);
    assert!(route(&mut alerter, BOTH, &rules, 0).persist);
    assert!(alerter.ledger.incidents.is_empty());
    let steps: Vec<_> = alerter
        .events
        .iter()
        .map(|event| (event.alert.as_str(), event.step, event.reason.as_deref()))
        .collect();
    let reason = Some("resolved during a maintenance window");
    assert_eq!(
        steps,
        [
            ("down", Step::Suppressed, reason),
            ("up", Step::Suppressed, reason)
        ]
    );
}

#[test]
fn who_wants_it_is_notified_of_degraded_monitors_and_of_the_end() {
    let mut alerter = Alerter::default();
    for record in [up(1), degraded(2), degraded(3), up(4)] {
        alerter.take(&record);
        while alerter.attempt(&sent()) > 0 {}
    }
    let both = ["decided", "sent"];
    let expected: Vec<_> = ["degraded", "recovered"]
        .into_iter()
        .flat_map(|alert| both.map(|step| (alert, step)))
        .collect();
    assert_eq!(steps(&alerter), expected);
    assert!(
        alerter
            .events
            .iter()
            .all(|event| event.channel_id == Some(ChannelId(1)))
    );
    assert!(alerter.ledger.incidents.is_empty());
    // What becomes worse is announced as such; that it is no longer degraded is not.
    for record in [degraded(5), down(6), up(7)] {
        alerter.take(&record);
        while alerter.attempt(&sent()) > 0 {}
    }
    let sent: Vec<_> = steps(&alerter)[4..]
        .iter()
        .filter(|(_, step)| *step == "sent")
        .map(|(alert, _)| *alert)
        .collect();
    assert_eq!(sent, ["degraded", "down", "down", "up", "up"]);
}

#[test]
fn who_keeps_incidents_is_notified_that_one_became_another() {
    let recipients = [recipient(KEEPER.0, ALL), recipient(2, ALL)];
    let decided = |alerter: &Alerter| -> Vec<_> {
        let events = alerter.events.iter().filter(|event| event.step == Step::Decided);
        events
            .map(|event| {
                (
                    event.alert.as_str(),
                    event.channel_id.unwrap().0,
                    event.incident_id,
                )
            })
            .collect()
    };
    let mut alerter = Alerter::default();
    for (record, at) in [(degraded(1), 0), (down(2), 1)] {
        fold(&mut alerter, &record, at);
        // Also by who takes over before it is known which channels these are.
        let written = serde_json::to_vec(&alerter.ledger).unwrap();
        alerter.ledger = serde_json::from_slice(&written).unwrap();
        assert!(alerter.ledger.is_unrouted());
        route(&mut alerter, &recipients, &NO_RULES, at);
        while alerter.attempt(&sent()) > 0 {}
    }
    let all = decided(&alerter);
    let names: Vec<_> = all.iter().map(|(alert, channel, _)| (*alert, *channel)).collect();
    let expected = [
        ("degraded", 9),
        ("degraded", 2),
        ("recovered", 9),
        ("down", 9),
        ("down", 2),
    ];
    assert_eq!(names, expected);
    assert_eq!(all[0].2, all[2].2);
    assert_ne!(all[2].2, all[3].2);
    assert_eq!(alerter.ledger.incidents.len(), 1);

    // What nobody has sent yet has neither a beginning nor an end.
    let mut alerter = Alerter::default();
    fold(&mut alerter, &degraded(1), 0);
    route(&mut alerter, &recipients, &NO_RULES, 0);
    let opening = alerter.ledger.due()[0].2.id;
    fold(&mut alerter, &down(2), 1);
    route(&mut alerter, &recipients, &NO_RULES, 1);
    assert!(decide(&mut alerter.ledger, ID, Input::Idle(opening), NOW).persist);
    let due = alerter.ledger.due();
    assert!(
        due.iter().all(|(_, alert, _)| alert.as_str() == "down"),
        "{due:?}"
    );
}

#[test]
fn who_keeps_incidents_is_notified_of_ends_although_it_was_disabled() {
    let mut alerter = Alerter::default();
    fold(&mut alerter, &degraded(1), 0);
    route(&mut alerter, &[recipient(KEEPER.0, ALL)], &NO_RULES, 0);
    alerter.attempt(&sent());
    fold(&mut alerter, &down(2), 1);
    route(&mut alerter, &[], &NO_RULES, 1);
    let due: Vec<_> = alerter.ledger.due();
    let due: Vec<_> = due
        .iter()
        .map(|(_, alert, delivery)| (alert.as_str(), delivery.channel))
        .collect();
    assert_eq!(due, [("recovered", KEEPER)]);
}

#[test]
fn a_throttled_channel_is_notified_of_what_lasts() {
    let rare = ChannelAlerts {
        throttle_seconds: 60,
        ..PLAIN
    };
    let recipients = [recipient(1, rare), recipient(2, PLAIN)];
    let mut alerter = Alerter::default();
    for (record, at) in [(down(1), 0), (up(2), 1), (down(3), 2)] {
        fold(&mut alerter, &record, at);
        route(&mut alerter, &recipients, &NO_RULES, at);
        while alerter.attempt(&sent()) > 0 {}
    }
    let later = Some(NOW.plus_millis(60_000));
    assert_eq!(route(&mut alerter, &recipients, &NO_RULES, 59).next_due, later);
    let to = |alerter: &Alerter, channel| {
        let events = alerter.events.iter().filter(|event| event.step == Step::Decided);
        events
            .filter(|event| event.channel_id == Some(ChannelId(channel)))
            .count()
    };
    assert_eq!((to(&alerter, 1), to(&alerter, 2)), (2, 3));
    let put_off = serde_json::to_vec(&alerter.ledger).unwrap();
    assert!(route(&mut alerter, &recipients, &NO_RULES, 60).persist);
    assert_eq!(to(&alerter, 1), 3);
    // One that is over by then is not announced, and neither is its end.
    let mut alerter = Alerter {
        ledger: serde_json::from_slice(&put_off).unwrap(),
        ..Alerter::default()
    };
    // Slots are in the past of the clock.
    fold(&mut alerter, &up(4), 30);
    assert!(route(&mut alerter, &recipients, &NO_RULES, 30).persist);
    let steps = steps(&alerter);
    assert_eq!(steps, [("down", "suppressed"), ("up", "decided")]);
}

#[test]
fn a_reminder_is_about_the_newest_failure_and_each_check_writes_nothing() {
    let failing = |slot, words: &str| {
        let mut record = down(slot);
        if let Record::Result(result) = &mut record {
            result.error = Some(words.to_owned());
        }
        record
    };
    let mut alerter = Alerter::default();
    let newest = |alerter: &Alerter| alerter.ledger.incidents[0].newest_failure().1.map(str::to_owned);
    fold(&mut alerter, &failing(1, "first"), 0);
    route(&mut alerter, BOTH, &NO_RULES, 0);
    alerter.attempt(&sent());
    for (slot, words) in [(2, "second"), (3, "third"), (4, "first")] {
        let actions = take(&mut alerter.ledger, &failing(slot, words));
        assert!(!actions.persist, "{words}");
        assert_eq!(newest(&alerter).as_deref(), Some(words));
        assert_eq!(alerter.ledger.incidents[0].error.as_deref(), Some("first"));
    }
    // A success that does not end it says nothing of how it fails.
    let rule = Rule {
        up_after: 2,
        ..Rule::default()
    };
    take(&mut alerter.ledger, &failing(5, "third"));
    take(&mut alerter.ledger, &result(6, true, rule, 1));
    assert_eq!(newest(&alerter).as_deref(), Some("third"));
    // The next incident has a failure of its own.
    take(&mut alerter.ledger, &up(7));
    take(&mut alerter.ledger, &failing(8, "another"));
    let incidents = &alerter.ledger.incidents;
    assert_eq!(incidents.len(), 2);
    assert_eq!(incidents[0].newest_failure().1, Some("third"));
    assert_eq!(incidents[1].newest_failure().1, Some("another"));
}

#[test]
fn reminders_come_until_somebody_acknowledges() {
    let nagging = ChannelAlerts {
        remind_every_seconds: Some(300),
        ..PLAIN
    };
    let recipients = [recipient(1, nagging), recipient(2, PLAIN)];
    let mut alerter = Alerter::default();
    fold(&mut alerter, &down(1), 0);
    route(&mut alerter, &recipients, &NO_RULES, 0);
    alerter.attempt(&sent());
    let mut reminders = Vec::new();
    for round in 1..=3 {
        let at = round * 300;
        assert_eq!(
            route(&mut alerter, &recipients, &NO_RULES, at - 1).next_due,
            Some(NOW.plus_millis(at * 1_000))
        );
        assert!(route(&mut alerter, &recipients, &NO_RULES, at).persist);
        // Asking again decides nothing again, also not after a restart.
        let written = serde_json::to_vec(&alerter.ledger).unwrap();
        alerter.ledger = serde_json::from_slice(&written).unwrap();
        assert!(!route(&mut alerter, &recipients, &NO_RULES, at).persist);
        reminders.extend(alerter.ledger.due().iter().map(|(.., delivery)| delivery.id));
        assert_eq!(alerter.attempt(&sent()), 1);
    }
    let incident = alerter.ledger.incidents[0].id;
    let named = (0..3).map(|n| domain::DeliveryId::new(incident, ChannelId(1), "reminder", n));
    assert!(reminders.into_iter().eq(named));
    let acknowledged = |offset| {
        let mut record = edited(2, 1, LifecycleEvent::Acknowledged);
        if let Record::Lifecycle(lifecycle) = &mut record {
            lifecycle.incident_id = Some(incident);
        }
        (record, offset)
    };
    route(&mut alerter, &recipients, &NO_RULES, 1_200);
    let (record, at) = acknowledged(1_201);
    for _ in 0..2 {
        fold(&mut alerter, &record, at);
        route(&mut alerter, &recipients, &NO_RULES, at);
    }
    let steps = steps(&alerter);
    let last = [
        ("reminder", "decided"),
        ("reminder", "suppressed"),
        ("acknowledged", "decided"),
    ];
    assert_eq!(steps[steps.len() - 3..], last);
    alerter.attempt(&sent());
    let actions = route(&mut alerter, &recipients, &NO_RULES, 90_000);
    assert!(!actions.persist && actions.next_due.is_none() && !actions.needs_settings);
}
