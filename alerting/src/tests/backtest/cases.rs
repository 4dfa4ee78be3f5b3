//! Single histories.

use domain::IncidentId;
use domain::fold::{CloseReason, State};
use domain::hold::{Hold, HoldKind};
use domain::routing::{Conditions, Labels};

use super::*;
use crate::Resolution;

fn recovered(seconds: i64) -> Option<Resolution> {
    Some(Resolution {
        at: at(seconds),
        reason: CloseReason::Recovered,
    })
}

#[test]
fn an_outage_and_its_end_are_sent_when_they_were_found() {
    let simulated = World::of(both()).run(checks("..x."));
    assert_eq!(
        messages(&simulated),
        [(121, 1, "down"), (121, 2, "down"), (181, 1, "up"), (181, 2, "up")]
    );
    let [incident] = simulated.incidents.as_slice() else {
        panic!("{simulated:?}")
    };
    assert_eq!(incident.id, IncidentId::new(ID, 1, at(120)));
    assert!(!incident.degraded && incident.reasons.is_empty());
    assert_eq!((incident.started_at, incident.detected_at), (at(120), at(121)));
    assert_eq!(incident.resolution, recovered(180));
    assert_eq!(incident.error_code, Some(ErrorCode::ReadTimeout));
    assert_eq!((simulated.results, simulated.state.state), (4, State::Up));
}

#[test]
fn a_degradation_and_its_end_are_sent_to_who_wants_to_know() {
    let simulated = World::of(both()).run(checks(".--."));
    assert_eq!(messages(&simulated), [(61, 1, "degraded"), (181, 1, "recovered")]);
    let incident = &simulated.incidents[0];
    assert_eq!(incident.id, IncidentId::of_degradation(ID, 1, at(60)));
    assert!(incident.degraded);
    assert_eq!(incident.resolution, recovered(180));
    // It ends with a pause, too.
    let mut records = checks(".-");
    let Record::Lifecycle(paused) = edited(0, 2, LifecycleEvent::Paused) else {
        unreachable!("it is one")
    };
    let paused = Lifecycle {
        timestamp: at(90),
        ..paused
    };
    records.push((at(91), Record::Lifecycle(paused)));
    let ended = World::of(both()).run(records).incidents[0].resolution;
    let paused = Resolution {
        at: at(90),
        reason: CloseReason::Paused,
    };
    assert_eq!(ended, Some(paused));
}

#[test]
fn every_result_is_judged_by_the_rule_that_is_tried() {
    let mut world = World::of(both());
    let records = || checks(".xx.xxx.");
    let began = |simulated: &Simulated| -> Vec<i64> {
        let incidents = simulated.incidents.iter();
        incidents.map(|incident| seconds(incident.started_at)).collect()
    };
    assert_eq!(began(&world.run(records())), [60, 240]);
    world.rule = Some(Rule {
        down_after: 3,
        ..Rule::default()
    });
    let simulated = world.run(records());
    assert_eq!(began(&simulated), [240]);
    assert_eq!(simulated.incidents[0].detected_at, at(361));
}

#[test]
fn a_result_that_is_late_decides_nothing() {
    let mut records = checks(".. .");
    records.push((at(185), check(120, 60, 'x')));
    let simulated = World::of(both()).run(records);
    assert_eq!((simulated.results, simulated.incidents.len()), (4, 0));
    assert!(simulated.messages.is_empty());
}

#[test]
fn an_outage_that_goes_on_is_reminded_of_until_the_end() {
    let reminding = ChannelAlerts {
        remind_every_seconds: Some(300),
        ..PLAIN
    };
    let mut world = World::of(one(reminding));
    world.until = at(901);
    let simulated = world.run(checks("x"));
    assert_eq!(
        messages(&simulated),
        [(1, 2, "down"), (301, 2, "reminder"), (601, 2, "reminder")],
        "the end is the first instant after it"
    );
    assert_eq!(simulated.incidents[0].resolution, None);
    assert_eq!(simulated.state.state, State::Down);
    // For weeks, without a result.
    world.until = at(300 * 10_000 + 2);
    assert_eq!(world.run(checks("x")).messages.len(), 10_001);
}

#[test]
fn what_comes_from_the_end_on_is_left_out() {
    let mut world = World::of(both());
    world.until = at(61);
    let simulated = world.run(checks(".x."));
    assert_eq!((simulated.results, simulated.incidents.len()), (1, 0));
}

fn silenced() -> Settings {
    let silence = Hold {
        kind: HoldKind::Silence,
        monitors: vec![ID],
        conditions: Conditions::default(),
        spans: vec![(at(0), at(3_600))],
    };
    let mut settings = both();
    settings.rules.holds.push(silence);
    settings
}

#[test]
fn settings_hold_from_the_instant_on_at_which_they_came_into_force() {
    let mut world = World::of(silenced());
    world.until = at(700);
    assert_eq!(messages(&world.run(checks(".x"))), []);
    // Somebody ends the silence: what waits is looked at then.
    world.settings.push((at(600), Arc::new(both())));
    assert_eq!(
        messages(&world.run(checks(".x"))),
        [(600, 1, "down"), (600, 2, "down")]
    );
    // The first ones were in force before, too.
    world.settings[0].0 = at(500);
    assert_eq!(messages(&world.run(checks(".x")))[0], (600, 1, "down"));
    // What was announced before stays so.
    world.settings = vec![(at(0), Arc::new(both())), (at(600), Arc::new(silenced()))];
    assert_eq!(
        messages(&world.run(checks(".x"))),
        [(61, 1, "down"), (61, 2, "down")]
    );
}

fn child(depends_on: &[MonitorId]) -> Settings {
    Settings {
        labels: Labels {
            depends_on: depends_on.to_vec(),
            wait_seconds: 40,
            recheck_seconds: 90,
            ..Labels::default()
        },
        ..one(PLAIN)
    }
}

#[test]
fn an_alert_waits_for_monitors_that_were_down_and_announced() {
    let mut world = World::of(child(&[PARENT]));
    assert_eq!(messages(&world.run(checks(".x"))), [(101, 2, "down")]);
    world.upstreams = vec![(PARENT, vec![at(70)..at(300)])];
    let simulated = world.run(checks(".x"));
    assert_eq!(messages(&simulated), [(390, 2, "down")]);
    assert_eq!(reasons(&simulated), ["monitor 50, on which it depends, is down"]);
    assert_eq!(simulated.incidents[0].reasons[0].at, at(70));
    // That it is down only later changes nothing.
    world.upstreams = vec![(PARENT, vec![at(102)..at(300)])];
    assert_eq!(messages(&world.run(checks(".x"))), [(101, 2, "down")]);
}

#[test]
fn of_several_monitors_that_were_down_the_first_one_is_named() {
    let mut world = World::of(child(&[OTHER_PARENT, PARENT]));
    world.upstreams = vec![
        (PARENT, vec![at(0)..at(300)]),
        (OTHER_PARENT, vec![at(0)..at(200)]),
    ];
    let simulated = world.run(checks(".x"));
    assert_eq!(
        reasons(&simulated),
        [
            "monitor 51, on which it depends, is down",
            "monitor 50, on which it depends, is down"
        ]
    );
    assert_eq!(simulated.incidents[0].reasons[1].at, at(200));
    assert_eq!(messages(&simulated), [(390, 2, "down")]);
}

#[test]
fn a_month_of_results_is_gone_through() {
    // Down for a minute every half an hour.
    let pattern = format!("{}x", ".".repeat(29)).repeat(1_440);
    let mut world = World::of(both());
    world.until = at(43_200 * 60);
    let simulated = world.run(checks(&pattern));
    assert_eq!(simulated.results, 43_200);
    assert_eq!(simulated.incidents.len(), 1_440);
    assert_eq!(simulated.messages.len(), 4 * 1_440 - 2, "the last one goes on");
}
