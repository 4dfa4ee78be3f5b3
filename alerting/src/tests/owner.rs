//! Whose a ledger is: user-service's word, and what records say.

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
        Record::Ping(ping) => Record::Ping(Box::new(domain::record::Ping {
            org_id: org.unwrap(),
            ..*ping
        })),
    }
}

/// The ledger of a monitor that only records have named.
fn met(org: OrgId) -> Ledger {
    let mut ledger = Ledger::default();
    take(&mut ledger, &said_by(Some(org), down(1))).effect.unwrap();
    ledger
}

fn routed(ledger: &mut Ledger, events: &mut Vec<AlertEvent>) -> bool {
    let mut routed = tick(ledger, settings(BOTH, &NO_RULES), NOW, NOW);
    assert_eq!(routed.needs_settings, ledger.owner().is_none());
    events.append(&mut routed.events);
    routed.persist
}

/// User-service says whose it is. Answers false when what was kept is forgotten.
fn belongs_to(org: OrgId, ledger: &mut Ledger, events: &mut Vec<AlertEvent>) -> bool {
    let mut actions = answer(ledger, OwnerAnswer::Organisation(org));
    events.append(&mut actions.events);
    !actions.disowned
}

/// User-service cannot be asked.
fn believe(ledger: &mut Ledger) {
    assert!(!answer(ledger, OwnerAnswer::Unavailable).persist);
}

#[test]
fn a_record_of_another_organisation_is_ignored_whatever_it_says() {
    let mut ledger = Ledger::owned_by(OWNER);
    take(&mut ledger, &up(1)).effect.unwrap();
    let before = ledger.clone();
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
            judged: None,
        }),
    ];
    for record in theirs.map(|record| said_by(Some(OTHER), record)) {
        let actions = take(&mut ledger, &record);
        assert!(actions.effect.is_none() && actions.events.is_empty());
        ledger.learn(&record);
    }
    assert_eq!(ledger, before);
}

#[test]
fn a_record_that_names_no_organisation_is_the_owners() {
    let mut ledger = Ledger::owned_by(OWNER);
    let folded = take(&mut ledger, &said_by(None, down(1)));
    assert!(folded.transition.is_some());
    assert_eq!(ledger.owner(), Some(OWNER));
    let mut unclaimed = Ledger::default();
    take(&mut unclaimed, &said_by(None, down(1))).effect.unwrap();
    believe(&mut unclaimed);
    assert_eq!(unclaimed.owner(), None, "there is nothing to be believed");
}

#[test]
fn nobody_is_notified_before_user_service_has_said_whose_it_is() {
    let (mut ledger, mut events) = (met(OWNER), Vec::new());
    assert!(!routed(&mut ledger, &mut events));
    assert!(belongs_to(OWNER, &mut ledger, &mut events));
    assert!(routed(&mut ledger, &mut events) && ledger.due().len() == 2);
    assert!(events.iter().all(|event| event.org_id == OWNER));
}

#[test]
fn what_records_of_another_organisation_brought_about_is_forgotten() {
    let (mut ledger, mut events) = (met(OTHER), Vec::new());
    assert!(!belongs_to(OWNER, &mut ledger, &mut events));
    assert!(ledger.incidents.is_empty() && events.is_empty());
    assert!(!routed(&mut ledger, &mut events));
    // What its own organisation's records say counts from the start.
    take(&mut ledger, &down(1)).effect.unwrap();
    assert!(routed(&mut ledger, &mut events));
    assert!(events.iter().all(|event| event.org_id == OWNER));
}

#[test]
fn a_record_is_believed_while_user_service_is_away_until_it_says_otherwise() {
    let (mut ledger, mut events) = (met(OTHER), Vec::new());
    believe(&mut ledger);
    assert!(routed(&mut ledger, &mut events) && ledger.due().len() == 2);
    let written = serde_json::to_vec(&ledger).unwrap();
    assert_eq!(serde_json::from_slice::<Ledger>(&written).unwrap(), ledger);
    events.clear();
    assert!(!belongs_to(OWNER, &mut ledger, &mut events));
    assert!(ledger.due().is_empty());
    let suppressed = events.iter().filter(|event| event.step == Step::Suppressed);
    assert_eq!((suppressed.count(), events.len()), (2, 2));
}

#[test]
fn when_records_contradict_each_other_nobody_is_notified_and_none_is_lost() {
    for believed in [false, true] {
        let (mut ledger, mut events) = (met(OTHER), Vec::new());
        if believed {
            believe(&mut ledger);
        }
        take(&mut ledger, &down(2)).effect.unwrap();
        believe(&mut ledger);
        assert_eq!(ledger.owner(), None);
        assert!(belongs_to(OWNER, &mut ledger, &mut events));
        assert!(routed(&mut ledger, &mut events) && ledger.due().len() == 2);
    }
}

#[test]
fn a_state_of_a_version_that_took_records_at_their_word_is_not_knowledge() {
    let written = serde_json::to_string(&met(OTHER)).unwrap();
    assert!(!written.contains("owner_source"), "{written}");
    let mut ledger: Ledger = serde_json::from_str(&written).unwrap();
    assert_eq!(ledger.owner(), None);
    assert!(!belongs_to(OWNER, &mut ledger, &mut Vec::new()));
    assert_eq!(ledger.owner(), Some(OWNER));
}
