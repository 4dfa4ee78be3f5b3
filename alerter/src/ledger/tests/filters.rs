//! What keeps somebody from being told, or makes them be told later or again.

use domain::alert_filter::{Mute, Span, Window};

use super::*;

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
    let mut monitor = Monitor::of(OWNER);
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
    let mut monitor = Monitor::of(OWNER);
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
    let reason = Some("resolved during a maintenance window");
    assert_eq!(
        told,
        [
            ("down", Step::Suppressed, reason),
            ("up", Step::Suppressed, reason)
        ]
    );
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
