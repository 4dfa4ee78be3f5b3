//! Who is notified of an outage and of its end, and what is sent again.

use domain::alert_event::AlertKind;

use super::*;
use crate::{MAX_INCIDENTS, RETENTION_MS};

#[test]
fn the_end_is_announced_after_the_outage_and_to_the_same_channels() {
    let mut alerter = Alerter::default();
    alerter.take(&down(1));
    alerter.take(&up(2));
    let due: Vec<_> = alerter
        .ledger
        .due()
        .iter()
        .map(|(_, kind, _)| kind.as_str())
        .collect();
    assert_eq!(due, ["down", "down"]);
    assert_eq!(alerter.attempt(&sent()), 2);
    assert_eq!(alerter.attempt(&sent()), 2);
    assert_eq!(alerter.attempt(&sent()), 0);
    assert!(alerter.ledger.incidents.is_empty());
    assert!(!alerter.ledger.may_be_forgotten(NOW));
    assert!(alerter.ledger.may_be_forgotten(NOW.plus_millis(RETENTION_MS + 1)));
}

#[test]
fn a_channel_that_was_not_notified_of_the_outage_is_not_of_its_end() {
    let mut alerter = Alerter::default();
    alerter.take(&down(1));
    alerter.take(&up(2));
    alerter.attempt(&DeliveryOutcome::Failed {
        reason: "gone".into(),
    });
    assert_eq!(alerter.attempt(&sent()), 0);
    assert_eq!(alerter.ledger.incidents.len(), 1, "it can be sent once more");
    let ends = [("down", "failed"), ("up", "suppressed")];
    assert_eq!(steps(&alerter)[4..], [ends, ends].concat());
}

const BY_USERS: [LifecycleEvent; 3] = [
    LifecycleEvent::Paused,
    LifecycleEvent::Edited,
    LifecycleEvent::Deleted,
];

#[test]
fn whoever_was_notified_is_notified_that_a_user_ended_it() {
    for event in BY_USERS {
        let mut alerter = Alerter::default();
        alerter.take(&down(1));
        assert_eq!(alerter.attempt(&sent()), 2);
        alerter.take(&edited(2, 2, event));
        let due = alerter.ledger.due();
        assert_eq!(due.len(), 2);
        for (incident, kind, _) in due {
            assert_eq!(kind, AlertKind::Up);
            assert_eq!(incident.resolution.unwrap().reason.as_str(), event.as_str());
        }
        // Once, also when the record is read again after a restart, or a late failure comes.
        let mut restarted = alerter.restarted(&[down(1)]);
        restarted.take(&edited(2, 2, event));
        restarted.take(&down(3));
        assert_eq!(restarted.decisions(), []);
        assert_eq!(restarted.attempt(&sent()), 2);
        assert_eq!(restarted.attempt(&sent()), 0);
        assert!(restarted.ledger.incidents.is_empty());
    }
}

#[test]
fn what_may_be_on_its_way_is_not_repeated_but_ended() {
    for event in BY_USERS {
        let mut alerter = Alerter::default();
        alerter.take(&down(1));
        let opening = alerter.ledger.due()[0].2.id;
        alerter.take(&edited(2, 2, event));
        assert_eq!(steps(&alerter)[2..4], [("down", "suppressed"); 2]);
        assert_eq!(steps(&alerter)[4..], [("up", "decided"); 2]);
        assert_eq!(
            alerter.events[2].reason,
            Some(format!("the monitor was {}", event.as_str()))
        );
        // An attempt was under way. Without an answer it may have arrived; a refusal says that it has not.
        let note = |alerter: &mut Alerter, outcome: &DeliveryOutcome| {
            let delivery = opening;
            let _ = decide(&mut alerter.ledger, ID, Input::Attempt { delivery, outcome }, NOW);
            alerter.ledger.due().len()
        };
        let attempted = DeliveryOutcome::Attempted {
            reason: "no response".into(),
            next_at: NOW,
            may_have_arrived: true,
        };
        let idle = |alerter: &mut Alerter| {
            let _ = decide(&mut alerter.ledger, ID, Input::Idle(opening), NOW);
            alerter.ledger.due().len()
        };
        let mut unanswered = alerter.clone();
        assert_eq!(note(&mut unanswered, &attempted), 2);
        assert_eq!(idle(&mut unanswered), 2);
        let mut refused_for_now = alerter.clone();
        let attempted = DeliveryOutcome::Attempted {
            reason: "HTTP 500".into(),
            next_at: NOW,
            may_have_arrived: false,
        };
        assert_eq!(note(&mut refused_for_now, &attempted), 2);
        assert_eq!(idle(&mut refused_for_now), 1);
        // No attempt was made.
        assert_eq!(idle(&mut alerter.clone()), 1);
        assert_eq!(note(&mut alerter.clone(), &sent()), 2);
        let refused = DeliveryOutcome::Failed {
            reason: "HTTP 404".into(),
        };
        assert_eq!(note(&mut alerter, &refused), 1);
    }
}

#[test]
fn an_idle_delivery_that_was_not_withdrawn_is_still_sent() {
    let mut alerter = Alerter::default();
    alerter.take(&down(1));
    let opening = alerter.ledger.due()[0].2.id;
    for record in [None, Some(up(2))] {
        record.iter().for_each(|record| alerter.take(record));
        let actions = decide(&mut alerter.ledger, ID, Input::Idle(opening), NOW);
        assert!(!actions.persist && actions.events.is_empty());
        assert_eq!(alerter.ledger.due().len(), 2);
    }
}

#[test]
fn a_refusal_takes_nothing_back_of_an_attempt_that_may_have_arrived() {
    let mut alerter = Alerter::default();
    alerter.take(&down(1));
    alerter.attempt(&DeliveryOutcome::Attempted {
        reason: "no response".into(),
        next_at: NOW,
        may_have_arrived: true,
    });
    alerter.attempt(&DeliveryOutcome::Failed {
        reason: "HTTP 404".into(),
    });
    alerter.take(&up(2));
    assert_eq!(alerter.attempt(&sent()), 2);
}

#[test]
fn of_what_nobody_was_notified_nobody_is_notified_that_a_user_ended_it() {
    let mut ledger = Ledger::owned_by(OWNER);
    for record in [down(1), edited(2, 2, LifecycleEvent::Paused)] {
        let _ = take(&mut ledger, &record);
    }
    assert!(ledger.due().is_empty() && ledger.incidents.is_empty());
}

#[test]
fn an_edit_that_changes_nothing_of_what_failed_notifies_nobody() {
    let mut alerter = Alerter::default();
    alerter.take(&down(1));
    alerter.attempt(&sent());
    let Record::Lifecycle(lifecycle) = edited(2, 2, LifecycleEvent::Edited) else {
        unreachable!("it is a lifecycle record")
    };
    alerter.take(&Record::Lifecycle(Lifecycle {
        probe_revision: Some(1),
        ..lifecycle
    }));
    let same = |slot, up| {
        let Record::Result(result) = result(slot, up, Rule::default(), 2) else {
            unreachable!("it is a result")
        };
        Record::Result(CheckResult {
            probe_revision: Some(1),
            ..result
        })
    };
    alerter.take(&same(2, false));
    assert!(alerter.ledger.due().is_empty());
    alerter.take(&same(3, true));
    assert_eq!(alerter.attempt(&sent()), 2);
    let alerts: Vec<_> = steps(&alerter).into_iter().map(|(alert, _)| alert).collect();
    assert_eq!(alerts, ["down", "down", "down", "down", "up", "up", "up", "up"]);
}

#[test]
fn outages_of_a_backlog_that_are_over_become_one_message() {
    let mut ledger = Ledger::owned_by(OWNER);
    let mut events = Vec::new();
    for record in [down(1), up(2), down(3), up(5), down(7)] {
        events.extend(take(&mut ledger, &record).events);
        assert!(tick(&mut ledger, None, LATER, NOW).needs_settings);
    }
    let actions = tick(&mut ledger, settings(&BOTH[..1], &NO_RULES), LATER, NOW);
    assert!(actions.persist);
    events.extend(actions.events);
    let steps: Vec<_> = events
        .iter()
        .map(|event| (event.alert.as_str(), event.step.as_str()))
        .collect();
    let earlier = [("down", "suppressed"), ("up", "suppressed")];
    let summary = [("down", "suppressed"), ("up", "decided")];
    assert_eq!(steps[..4], [earlier, summary].concat());
    assert_eq!(steps[4..], [("down", "decided")]);
    let over = &ledger.incidents[0];
    assert_eq!(
        (over.earlier_incidents, over.is_summary_for(ChannelId(1))),
        (1, true)
    );
    assert_eq!(over.started_at, Timestamp::from_millis(10_000));
    assert!(!ledger.incidents[1].is_summary_for(ChannelId(1)));
}

#[test]
fn unfinished_outages_are_bounded() {
    let mut alerter = Alerter::default();
    for slot in 0..100 {
        alerter.take(&if slot % 2 == 0 { down(slot) } else { up(slot) });
    }
    assert_eq!(alerter.ledger.incidents.len(), MAX_INCIDENTS);
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
    let mut ledger = Ledger::owned_by(OWNER);
    for slot in 0..10 {
        assert!(!take(&mut ledger, &up(slot)).persist);
    }
    assert!(take(&mut ledger, &down(10)).persist);
    for slot in 11..20 {
        assert!(!take(&mut ledger, &down(slot)).persist);
    }
}

#[test]
fn what_failed_is_sent_once_more_by_hand_for_seven_days() {
    const DAY: i64 = 86_400;
    let failed = || {
        let mut alerter = Alerter::default();
        fold(&mut alerter, &down(1), 0);
        route(&mut alerter, &BOTH[..1], &NO_RULES, 0);
        alerter.attempt(&DeliveryOutcome::Failed {
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
        alerter.ledger.prune(NOW.plus_millis(at * 1_000));
        fold(alerter, &record, at);
        alerter.ledger.pending()
    };
    let mut alerter = failed();
    assert_eq!(resend(&mut alerter, 7 * DAY - 2), 2, "the outage, and its end");
    // The record is read again.
    alerter.attempt(&DeliveryOutcome::Failed {
        reason: "gone".into(),
    });
    assert_eq!(resend(&mut alerter, 7 * DAY - 2), 0);
    assert_eq!(resend(&mut alerter, 7 * DAY - 1), 2);
    alerter.attempt(&sent());
    alerter.attempt(&sent());
    assert!(alerter.ledger.incidents.is_empty());
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

fn resend(alerter: &mut Alerter, delivery: domain::DeliveryId) -> usize {
    let mut record = edited(9, 1, LifecycleEvent::Resend);
    if let Record::Lifecycle(lifecycle) = &mut record {
        lifecycle.delivery_id = Some(delivery);
    }
    alerter.take(&record);
    alerter.ledger.due().len()
}

#[test]
fn who_gets_the_beginning_after_the_end_gets_the_end_once_more() {
    let mut alerter = Alerter::default();
    alerter.take(&down(1));
    let opening = alerter.ledger.due()[0].2.id;
    // It may have arrived before it failed, so that its end is sent.
    alerter.attempt(&DeliveryOutcome::Attempted {
        reason: "no response".into(),
        next_at: NOW,
        may_have_arrived: true,
    });
    alerter.attempt(&DeliveryOutcome::Failed {
        reason: "HTTP 404".into(),
    });
    alerter.take(&up(2));
    let ends: Vec<_> = alerter
        .ledger
        .due()
        .iter()
        .map(|(.., delivery)| delivery.id)
        .collect();
    alerter.attempt(&sent());
    assert_eq!(resend(&mut alerter, opening), 1);
    assert_eq!(alerter.ledger.due()[0].2.id, opening);
    assert_eq!(alerter.attempt(&sent()), 1);
    let due = alerter.ledger.due();
    let kinds: Vec<_> = due.iter().map(|(_, kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["up"]);
    assert!(
        !ends.contains(&due[0].2.id),
        "a name that nobody has answered for yet"
    );
}

#[test]
fn what_was_true_while_it_lasted_is_not_sent_again_after_it() {
    let mut alerter = Alerter::default();
    alerter.take(&down(1));
    alerter.attempt(&sent());
    let acknowledged = {
        let mut record = edited(1, 1, LifecycleEvent::Acknowledged);
        if let Record::Lifecycle(lifecycle) = &mut record {
            lifecycle.incident_id = Some(alerter.ledger.incidents[0].id);
        }
        record
    };
    alerter.take(&acknowledged);
    let told = alerter.ledger.due()[0].2.id;
    alerter.attempt(&DeliveryOutcome::Failed {
        reason: "HTTP 403".into(),
    });
    let mut ended = alerter.clone();
    assert_eq!(resend(&mut alerter, told), 1, "it is so still");
    ended.take(&up(2));
    ended.attempt(&sent());
    assert_eq!(resend(&mut ended, told), 0);
}

#[test]
fn of_too_many_incidents_one_goes_that_nobody_was_notified_of() {
    let mut alerter = Alerter::default();
    alerter.take(&down(1));
    alerter.attempt(&sent());
    let known = alerter.ledger.incidents[0].id;
    for flap in 1..80 {
        alerter.take(&up(2 * flap));
        alerter.take(&down(2 * flap + 1));
    }
    assert!(
        alerter
            .ledger
            .incidents
            .iter()
            .any(|incident| incident.id == known)
    );
}
