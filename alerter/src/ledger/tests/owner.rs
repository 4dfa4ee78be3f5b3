//! Whose a monitor is: user-service's word, and what records say.

use super::*;

const OTHER: OrgId = OrgId(9);

fn said_by(org: Option<OrgId>, record: Record) -> Record {
    match record {
        Record::Result(result) => Record::Result(CheckResult {
            org_id: org,
            ..result
        }),
        Record::Lifecycle(lifecycle) => Record::Lifecycle(Lifecycle {
            org_id: org.unwrap(),
            ..lifecycle
        }),
        Record::Skipped(skipped) => Record::Skipped(skipped),
    }
}

/// A monitor that a record has spoken of, and nobody else.
fn met(org: OrgId) -> Monitor {
    let mut monitor = Monitor::default();
    monitor
        .fold(&said_by(Some(org), down(1)), seen, NOW, &mut Vec::new())
        .unwrap();
    monitor
}

fn routed(monitor: &mut Monitor, events: &mut Vec<AlertEvent>) -> bool {
    let routed = monitor.route(ID, wanted(BOTH, &NO_RULES), NOW, NOW, events);
    assert_eq!(routed.needs_channels, monitor.owner().is_none());
    routed.changed
}

#[test]
fn a_record_of_another_organisation_is_ignored_whatever_it_tells() {
    let mut monitor = Monitor::of(OWNER);
    monitor.fold(&up(1), seen, NOW, &mut Vec::new()).unwrap();
    let before = monitor.clone();
    let theirs = [
        down(2),
        up(3),
        edited(4, 2, LifecycleEvent::Paused),
        edited(5, 9, LifecycleEvent::Deleted),
        Record::Skipped(domain::Skipped {
            monitor_id: ID,
            org_id: Some(OTHER),
            url: String::new(),
            timestamp: NOW,
            from: NOW,
            until: NOW,
            interval_ms: None,
            region: "default".into(),
            revision: Some(9),
            reason: domain::record::SkipReason::Unknown,
        }),
    ];
    let mut events = Vec::new();
    for record in theirs.map(|record| said_by(Some(OTHER), record)) {
        assert!(monitor.fold(&record, seen, NOW, &mut events).is_none());
        monitor.learn(&record);
    }
    assert_eq!((monitor, events.len()), (before, 0));
}

#[test]
fn a_record_that_names_no_organisation_is_the_owners() {
    let mut monitor = Monitor::of(OWNER);
    let folded = monitor.fold(&said_by(None, down(1)), seen, NOW, &mut Vec::new());
    assert!(folded.unwrap().transition.is_some());
    assert_eq!(monitor.owner(), Some(OWNER));
    let mut unclaimed = Monitor::default();
    unclaimed
        .fold(&said_by(None, down(1)), seen, NOW, &mut Vec::new())
        .unwrap();
    unclaimed.believe();
    assert_eq!(unclaimed.owner(), None, "there is nothing to be believed");
}

#[test]
fn nobody_is_told_before_user_service_has_said_whose_it_is() {
    let (mut monitor, mut events) = (met(OWNER), Vec::new());
    assert!(!routed(&mut monitor, &mut events));
    assert!(monitor.belongs_to(OWNER, ID, NOW, &mut events));
    assert!(routed(&mut monitor, &mut events) && monitor.due().len() == 2);
    assert!(events.iter().all(|event| event.org_id == OWNER));
}

#[test]
fn what_records_of_another_organisation_brought_about_is_forgotten() {
    let (mut monitor, mut events) = (met(OTHER), Vec::new());
    assert!(!monitor.belongs_to(OWNER, ID, NOW, &mut events));
    assert!(monitor.incidents.is_empty() && events.is_empty());
    assert!(!routed(&mut monitor, &mut events));
    // What its own organisation's records tell counts from the start.
    monitor.fold(&down(1), seen, NOW, &mut events).unwrap();
    assert!(routed(&mut monitor, &mut events));
    assert!(events.iter().all(|event| event.org_id == OWNER));
}

#[test]
fn a_record_is_believed_while_user_service_is_away_until_it_says_otherwise() {
    let (mut monitor, mut events) = (met(OTHER), Vec::new());
    monitor.believe();
    assert!(routed(&mut monitor, &mut events) && monitor.due().len() == 2);
    let written = serde_json::to_vec(&monitor).unwrap();
    assert_eq!(serde_json::from_slice::<Monitor>(&written).unwrap(), monitor);
    events.clear();
    assert!(!monitor.belongs_to(OWNER, ID, NOW, &mut events));
    assert!(monitor.due().is_empty());
    let suppressed = events.iter().filter(|event| event.step == Step::Suppressed);
    assert_eq!((suppressed.count(), events.len()), (2, 2));
}

#[test]
fn when_records_contradict_each_other_nobody_is_told_and_none_is_lost() {
    for believed in [false, true] {
        let (mut monitor, mut events) = (met(OTHER), Vec::new());
        if believed {
            monitor.believe();
        }
        monitor.fold(&down(2), seen, NOW, &mut events).unwrap();
        monitor.believe();
        assert_eq!(monitor.owner(), None);
        assert!(monitor.belongs_to(OWNER, ID, NOW, &mut events));
        assert!(routed(&mut monitor, &mut events) && monitor.due().len() == 2);
    }
}

#[test]
fn a_state_of_a_version_that_took_records_at_their_word_is_not_knowledge() {
    let written = serde_json::to_string(&met(OTHER)).unwrap();
    assert!(!written.contains("owner_source"), "{written}");
    let mut monitor: Monitor = serde_json::from_str(&written).unwrap();
    assert_eq!(monitor.owner(), None);
    assert!(!monitor.belongs_to(OWNER, ID, NOW, &mut Vec::new()));
    assert_eq!(monitor.owner(), Some(OWNER));
}
