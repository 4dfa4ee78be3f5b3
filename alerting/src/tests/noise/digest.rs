//! What waited for quiet hours is due together when they end.

use super::*;

const QUIET: i64 = 2;

/// A monitor that does not pass, and one channel, which has quiet hours for an hour.
fn sleeping() -> Noisy {
    let mut monitor = quiet(Severity::Warning);
    monitor.recipients = vec![recipient(QUIET, quiet_for(3_600))];
    monitor
}

/// What is due now, and for the end of which quiet hours it waited, in seconds after the beginning.
fn due(monitor: &Noisy) -> Vec<(&'static str, i64, Option<i64>)> {
    let due = monitor.alerter.ledger.due().into_iter();
    due.map(|(_, kind, delivery)| {
        let ended = delivery.after_quiet.map(|at| at.millis_since(NOW) / 1_000);
        (kind.as_str(), delivery.channel.0, ended)
    })
    .collect()
}

/// Why what was decided was not decided sooner, with the channel.
fn held(monitor: &Noisy) -> Vec<(&'static str, Option<Timestamp>)> {
    let events = monitor.alerter.events.iter();
    let decided = events.filter(|event| event.step == Step::Decided);
    decided
        .map(|event| {
            let ended = event.reason.as_deref().and_then(crate::quiet_hours_ended);
            (event.alert.as_str(), ended)
        })
        .collect()
}

#[test]
fn what_began_and_ended_in_quiet_hours_and_what_goes_on_are_due_at_once() {
    let mut monitor = sleeping();
    monitor.result(0, false);
    monitor.tick(0);
    monitor.result(60, true);
    monitor.tick(60);
    monitor.result(600, false);
    monitor.tick(600);
    assert_eq!(due(&monitor), []);
    monitor.tick(3_600);
    let together = [("up", QUIET, Some(3_600)), ("down", QUIET, Some(3_600))];
    assert_eq!(due(&monitor), together);
    let end = Some(NOW.plus_millis(3_600_000));
    assert_eq!(held(&monitor), [("up", end), ("down", end)]);
    // An alerter that is killed now sends the same, under the same names.
    let names = |monitor: &Noisy| -> Vec<_> {
        let due = monitor.alerter.ledger.due().into_iter();
        due.map(|(.., delivery)| delivery.id).collect()
    };
    let before = names(&monitor);
    let written = serde_json::to_vec(&monitor.alerter.ledger).unwrap();
    monitor.alerter.ledger = serde_json::from_slice(&written).unwrap();
    monitor.tick(3_700);
    assert_eq!(names(&monitor), before);
    assert_eq!(monitor.send(), [("up", QUIET), ("down", QUIET)]);
    // Of the end of what it was notified of, it is notified at once, and by itself.
    monitor.result(4_000, true);
    monitor.tick(4_000);
    assert_eq!(due(&monitor), [("up", QUIET, None)]);
    assert_eq!(monitor.send(), [("up", QUIET)]);
    assert!(monitor.alerter.ledger.incidents.is_empty());
    monitor.assert_names_differ();
}

#[test]
fn an_alerter_that_was_away_when_they_ended_decides_the_same() {
    for late in [0, 1, 1_800] {
        let mut monitor = sleeping();
        monitor.result(600, false);
        monitor.tick(3_600 + late);
        assert_eq!(due(&monitor), [("down", QUIET, Some(3_600))], "{late}");
    }
}

#[test]
fn what_passes_and_what_comes_later_wait_for_nothing() {
    let mut critical = sleeping();
    critical.labels.severity = Severity::Critical;
    critical.result(0, false);
    critical.tick(0);
    assert_eq!(due(&critical), [("down", QUIET, None)]);
    assert_eq!(held(&critical), [("down", None)]);
    let mut later = sleeping();
    later.result(3_600, false);
    later.tick(3_600);
    assert_eq!(due(&later), [("down", QUIET, None)]);
    // Its first failing check was in quiet hours, but nobody knew of it.
    let mut found_later = sleeping();
    let slot = NOW.as_millis() / 10_000 + 359;
    let record = result(slot, false, Rule::default(), 1);
    fold(&mut found_later.alerter, &record, 3_601);
    found_later.tick(3_601);
    assert_eq!(due(&found_later), [("down", QUIET, None)]);
}

#[test]
fn who_was_notified_in_the_night_is_not_in_it() {
    let mut monitor = quiet(Severity::Warning);
    monitor.result(0, false);
    monitor.tick(0);
    assert_eq!(due(&monitor), [("down", 1, None)]);
    monitor.send();
    monitor.tick(3_600);
    assert_eq!(due(&monitor), [("down", QUIET, Some(3_600))]);
    monitor.send();
    monitor.result(4_000, true);
    monitor.tick(4_000);
    assert_eq!(due(&monitor), [("up", 1, None), ("up", QUIET, None)]);
}

#[test]
fn the_quiet_hours_of_a_member_count_as_well() {
    let mut monitor = sleeping();
    let quiet = monitor.recipients[0].preferences.quiet_hours.take().unwrap();
    let window = domain::channel::QuietWindow {
        days: quiet.hours.days,
        from: quiet.hours.from,
        until: quiet.hours.until,
    };
    let of_member = domain::channel::OwnerQuietHours::new(Some("UTC"), vec![window], None).unwrap();
    monitor.recipients[0].preferences.owner_quiet_hours = Some(of_member);
    monitor.result(0, false);
    monitor.tick(0);
    assert_eq!(due(&monitor), []);
    monitor.tick(3_600);
    assert_eq!(due(&monitor), [("down", QUIET, Some(3_600))]);
}

#[test]
fn who_keeps_incidents_gets_each_by_itself_and_in_their_order() {
    let mut alerter = Alerter::default();
    let quiet = QuietHours {
        passes: None,
        ..quiet_for(3_600).quiet_hours.unwrap()
    };
    let alerts = ChannelAlerts {
        quiet_hours: Some(quiet),
        ..PLAIN
    };
    let recipients = [recipient(KEEPER.0, alerts)];
    let slot = NOW.as_millis() / 10_000;
    for (seconds, is_up) in [(0, false), (60, true), (600, false)] {
        fold(
            &mut alerter,
            &result(slot + seconds / 10, is_up, Rule::default(), 1),
            seconds,
        );
        route(&mut alerter, &recipients, &NO_RULES, seconds);
    }
    route(&mut alerter, &recipients, &NO_RULES, 3_600);
    let due = alerter.ledger.due();
    assert_eq!(due.len(), 1);
    assert!(due.iter().all(|(.., delivery)| delivery.after_quiet.is_none()));
}

#[test]
fn what_failed_and_is_sent_once_more_is_sent_by_itself() {
    let mut monitor = sleeping();
    monitor.result(0, false);
    monitor.tick(3_600);
    let failed = DeliveryOutcome::Failed {
        reason: "HTTP 404".into(),
    };
    monitor.alerter.attempt(&failed);
    let incident = &monitor.alerter.ledger.incidents[0];
    let (incident_id, delivery_id) = (incident.id, incident.opening().deliveries[0].id);
    let Record::Lifecycle(resend) = edited(NOW.as_millis() / 10_000 + 400, 1, LifecycleEvent::Resend) else {
        unreachable!("it is a lifecycle record")
    };
    let resend = Record::Lifecycle(Lifecycle {
        incident_id: Some(incident_id),
        delivery_id: Some(delivery_id),
        ..resend
    });
    fold(&mut monitor.alerter, &resend, 4_000);
    assert_eq!(due(&monitor), [("down", QUIET, None)]);
}

/// A monitor that depends on another one, which is down from the beginning until an instant; what is due when it is announced.
fn due_after_parent(freed: i64) -> Vec<(&'static str, i64, Option<i64>)> {
    let mut child = Noisy::child();
    child.labels.severity = Severity::Warning;
    child.recipients = vec![recipient(QUIET, quiet_for(3_600))];
    child.upstream = Upstream::Down(PARENT);
    child.result(0, false);
    child.tick(0);
    child.upstream = Upstream::NotDown;
    child.tick(freed);
    let free = freed.max(3_600);
    child.tick(free);
    assert_eq!(due(&child), []);
    child.tick(free + WAIT);
    due(&child)
}

#[test]
fn what_another_monitor_has_held_back_for_longer_did_not_wait_for_quiet_hours() {
    for freed in [1_800, 3_600] {
        assert_eq!(due_after_parent(freed), [("down", QUIET, Some(3_600))]);
    }
    for freed in [3_601, 9_000] {
        assert_eq!(due_after_parent(freed), [("down", QUIET, None)]);
    }
}

#[test]
fn what_had_to_last_for_longer_did_not_wait_for_quiet_hours() {
    for (before, announced, ended) in [(2, 3_600, Some(3_600)), (3, 3_800, None)] {
        let mut monitor = sleeping();
        monitor.labels.flapping = flapping().labels.flapping;
        let outages = (0..before).map(|outage| NOW.plus_millis((3_000 + outage * 100) * 1_000));
        monitor.alerter.ledger.recent_outages = outages.collect();
        monitor.result(3_500, false);
        assert_eq!(monitor.tick(3_500), Some(100));
        monitor.tick(3_600);
        monitor.tick(announced);
        assert_eq!(due(&monitor), [("down", QUIET, ended)], "{before}");
    }
}
