//! What edits do to votes, and records of another kind.

use domain::fold::{CloseReason, State, Voted};
use domain::record::LifecycleEvent;
use domain::{Effect, Needed, Record};

use super::{Monitor, Revision, at, lifecycle, of_three, quorum};

fn edited(revision: u32) -> Record {
    lifecycle(LifecycleEvent::Edited, revision, Some(1), at(150))
}

#[test]
fn an_edit_of_the_interval_leaves_an_outage_open_until_the_regions_are_heard_of() {
    let before = Revision::of(of_three(2));
    let after = before.edited(of_three(2));
    let mut monitor = Monitor::default();
    monitor.hear(&before, "ap+90 eu-100 us-103");
    monitor.fold([&edited(2)]);
    // Neither one region nor those that have not found it end it.
    monitor.hear(&after, "eu+160");
    assert!(monitor.is_down());
    monitor.hear(&after, "us-163 ap+170");
    assert_eq!(monitor.outages(), [(103, 163, CloseReason::Recovered)]);
}

#[test]
fn an_edit_does_not_end_an_outage_because_the_healthy_regions_are_heard_of_first() {
    let before = Revision::of(quorum(&["ap", "eu", "me", "us"], Needed::Regions(2), 2));
    let after = before.edited(before.quorum.clone().unwrap());
    let mut monitor = Monitor::default();
    monitor.hear(&before, "ap+90 me+95 eu-100 us-103");
    monitor.fold([&edited(2)]);
    monitor.hear(&after, "ap+150 me+155");
    assert!(monitor.is_down());
    monitor.hear(&after, "eu-160 us-163");
    assert!(monitor.is_down());
    assert_eq!(monitor.opened().len(), 1);

    // Nor do those that are never heard of again hold it for ever.
    let mut monitor = Monitor::default();
    monitor.hear(&before, "ap+90 me+95 eu-100 us-103");
    monitor.hear(&after, "ap+150 me+155 ap+210 me+215 ap+270 me+275");
    assert!(monitor.is_down());
    monitor.hear(&after, "ap+330");
    assert_eq!(monitor.outages(), [(103, 330, CloseReason::Recovered)]);
}

#[test]
fn what_was_found_before_an_edit_opens_nothing_after_it() {
    let before = Revision::of(quorum(&["ap", "eu", "us"], Needed::Regions(2), 3));
    let after = before.edited(of_three(2)).confirming(2, 1);
    let mut monitor = Monitor::default();
    monitor.hear(&before, "eu-100 us-103");
    assert!(!monitor.is_down(), "ap was not heard of");
    monitor.hear(&after, "ap+150 eu-160");
    assert!(!monitor.is_down(), "us was not heard of in this revision");
    // Nothing begins before the revision either.
    monitor.hear(&after, "us-163");
    assert_eq!(monitor.opened()[0].started_at, at(163));
}

#[test]
fn the_first_result_of_each_region_after_an_edit_counts_under_a_slot_that_has_passed() {
    let before = Revision::of(of_three(2));
    let mut monitor = Monitor::default();
    monitor.hear(&before, "ap+100 eu+120 us+140");
    monitor.hear(&before.edited(of_three(2)), "ap-100 eu-120 us-140 us-140");
    use Effect::{Applied, Late};
    assert_eq!(monitor.effects[3..], [Applied, Applied, Applied, Late]);
    assert!(monitor.is_down());
}

#[test]
fn another_check_a_pause_and_a_deletion_begin_with_no_votes() {
    for event in [
        LifecycleEvent::Edited,
        LifecycleEvent::Paused,
        LifecycleEvent::Deleted,
    ] {
        let mut monitor = Monitor::default();
        monitor.hear(&Revision::of(of_three(2)), "eu-100 us-103");
        monitor.fold([&lifecycle(event, 2, None, at(150))]);
        assert_eq!((monitor.state.votes.as_ref(), monitor.is_down()), (None, false));
        // What is still on its way says nothing.
        monitor.hear(&Revision::of(of_three(2)), "eu-160 us-163");
        assert!(!monitor.is_down());
    }
}

#[test]
fn a_restore_keeps_votes_and_the_outage() {
    let before = Revision::of(of_three(2));
    let mut monitor = Monitor::default();
    monitor.hear(&before, "ap+90 eu-100 us-103");
    monitor.fold([&lifecycle(LifecycleEvent::Restored, 2, None, at(150))]);
    monitor.hear(&before.edited(of_three(2)), "eu-160 us+163");
    assert_eq!(monitor.outages(), [(103, 163, CloseReason::Recovered)]);
}

#[test]
fn the_first_result_of_a_revision_says_by_whom_it_is_judged() {
    let revision = Revision::of(of_three(2));
    let other = Revision::of(quorum(&["ap", "eu", "sa"], Needed::Regions(1), 1));
    let mut monitor = Monitor::default();
    monitor.hear(&revision, "ap+100").hear(&other, "eu-120 sa-130");
    assert_eq!(
        monitor.effects,
        [Effect::Applied, Effect::Applied, Effect::Uncounted]
    );
    assert!(!monitor.is_down());
    let votes = monitor.state.votes.unwrap();
    assert_eq!(Some(votes.quorum), revision.quorum.as_deref().cloned());
}

#[test]
fn a_result_without_a_quorum_decides_nothing_where_there_is_one() {
    let revision = Revision::of(of_three(2));
    let mut monitor = Monitor::default();
    monitor.hear(&revision, "ap+90 eu-100 us-103");
    let known = monitor.state.clone();
    let mut own = revision.result("eu", '+', at(200));
    own.quorum = None;
    for number in [None, Some(1)] {
        own.revision = number;
        monitor.fold([&Record::Result(own.clone())]);
        assert_eq!(monitor.effects.last(), Some(&Effect::Uncounted));
        assert_eq!(monitor.state, known);
    }
}

#[test]
fn a_later_revision_without_a_quorum_has_one_region() {
    let revision = Revision::of(of_three(2));
    let one = Revision {
        quorum: None,
        ..revision.edited(of_three(2))
    };
    let mut monitor = Monitor::default();
    monitor
        .hear(&revision, "ap+90 eu-100 us-103")
        .hear(&one, "eu-160");
    assert!(monitor.is_down() && monitor.state.votes.is_none());
    monitor.hear(&one, "eu+220");
    assert_eq!(monitor.outages(), [(103, 220, CloseReason::Recovered)]);
    assert_eq!(monitor.state.state, State::Up);
}

#[test]
fn an_outage_that_one_region_has_found_goes_on_until_the_others_are_asked() {
    let one = Revision {
        quorum: None,
        ..Revision::of(of_three(2))
    };
    let several = one.edited(of_three(2));
    let mut monitor = Monitor::default();
    monitor.hear(&one, "eu-100").hear(&several, "eu-160");
    assert!(monitor.is_down());
    let mut agreed = monitor.clone();
    agreed.hear(&several, "us-163 ap+170");
    assert!(agreed.is_down());
    // The other regions do not find it: what ends it is the edit.
    let mut edited = monitor.clone();
    edited.hear(&several, "us+163 ap+170");
    assert_eq!(edited.outages(), [(100, 163, CloseReason::Edited)]);
    monitor.hear(&several, "eu+220 us+223");
    assert_eq!(monitor.outages(), [(100, 223, CloseReason::Recovered)]);
}

#[test]
fn a_ping_that_comes_before_its_monitor_is_a_heartbeat_leaves_the_verdict_to_the_regions() {
    let mut monitor = Monitor::default();
    monitor.hear(&Revision::of(of_three(2)), "ap+90 eu-100 us-103");
    let ping = include_bytes!("../../fixtures/ping-v1-fail.json");
    let Ok(Record::Ping(mut ping)) = Record::decode(ping) else {
        panic!("no ping")
    };
    ping.kind = domain::record::PingKind::Success;
    monitor.fold([&Record::Ping(ping)]);
    assert!(monitor.is_down() && monitor.closed().is_empty());
    assert!(
        monitor
            .state
            .heartbeat
            .is_some_and(|heartbeat| heartbeat.last_ping.is_some())
    );
    let us = &monitor.state.votes.unwrap().regions["us"];
    assert_eq!(us.state, Some(Voted::Down));
}
