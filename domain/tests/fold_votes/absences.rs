//! Regions that are not heard of, or late.

use domain::fold::{CloseReason, State, Voted};
use domain::record::{SkipReason, Skipped};
use domain::{Effect, MonitorId, Needed, Record};

use super::{INTERVAL, Monitor, Revision, at, of_three, quorum};

#[test]
fn an_outage_that_only_a_lost_region_has_found_ends_without_it() {
    let mut monitor = Monitor::default();
    let revision = Revision::of(of_three(1));
    monitor.hear(&revision, "ap+90 eu-100 us+110 ap+150 us+170 ap+210 us+230");
    assert!(monitor.is_down(), "eu may be heard of any moment");
    monitor.hear(&revision, "ap+270 us+290");
    assert_eq!(monitor.outages(), [(100, 290, CloseReason::Recovered)]);
}

#[test]
fn an_outage_that_another_region_finds_as_well_is_not_called_off_because_one_is_lost() {
    let mut monitor = Monitor::default();
    let revision = Revision::of(of_three(2));
    monitor.hear(
        &revision,
        "ap+90 eu-100 us-110 ap+150 us-170 ap+210 us-230 ap+270 us-290 ap+330 us-350",
    );
    assert!(monitor.is_down());
    monitor.hear(&revision, "ap+390 us+410");
    assert_eq!(monitor.outages(), [(110, 410, CloseReason::Recovered)]);
}

#[test]
fn a_region_that_returns_does_not_open_an_outage_by_what_it_found_long_ago() {
    let revision = Revision::of(of_three(1)).confirming(1, 2);
    let mut monitor = Monitor::default();
    monitor.hear(
        &revision,
        "ap+90 eu-100 us+110 ap+150 us+170 ap+210 us+230 ap+270 us+290",
    );
    assert_eq!(monitor.outages(), [(100, 290, CloseReason::Recovered)]);
    monitor.hear(&revision, "eu+340 ap+345");
    assert!(!monitor.is_down());
    // If it fails again it does, since then.
    monitor.hear(&revision, "eu-400");
    assert_eq!(monitor.opened()[1].started_at, at(400));
}

#[test]
fn a_region_that_answers_opens_nothing_although_it_has_not_recovered() {
    let revision = Revision::of(of_three(2)).confirming(1, 2);
    let mut monitor = Monitor::default();
    monitor.hear(&revision, "ap+90 eu-100 us+110 eu+160 us-170");
    assert!(!monitor.is_down(), "eu has just answered");
    monitor.hear(&revision, "eu-220");
    assert_eq!(monitor.opened()[0].started_at, at(170));
}

#[test]
fn a_region_that_returns_failing_says_so_since_it_returned() {
    let revision = Revision::of(of_three(2));
    let mut monitor = Monitor::default();
    monitor.hear(
        &revision,
        "ap+90 eu-100 us+110 ap+150 us+170 ap+210 us+230 ap+270 us+290 eu-340 us-350",
    );
    assert_eq!(monitor.opened()[0].started_at, at(350));
    assert_eq!(
        monitor.state.votes.as_ref().unwrap().regions["eu"].since,
        Some(at(340))
    );
    // A run of failures does not reach over the time in which it was silent.
    let revision = revision.confirming(2, 1);
    let mut monitor = Monitor::default();
    monitor.hear(
        &revision,
        "ap+90 eu-100 us+110 ap+150 us+170 ap+210 us+230 ap+270 us+290 eu-340",
    );
    assert_eq!(monitor.state.votes.as_ref().unwrap().regions["eu"].state, None);
}

#[test]
fn where_all_have_to_find_it_one_missing_slot_is_no_outage() {
    let all = Revision::of(quorum(&["ap", "eu", "us"], Needed::ALL, 2));
    let mut monitor = Monitor::default();
    monitor.hear(&all, "ap+90 eu-100 us-110 eu-160 us-170 eu-220 us-230");
    assert!(!monitor.is_down(), "ap has missed two slots");
    // It is absent after three intervals; until it was silent it did say up.
    monitor.hear(&all, "eu-280");
    assert_eq!(monitor.opened()[0].started_at, at(90 + INTERVAL));
    // And one region that answers ends it, also while another is lost.
    monitor.hear(&all, "ap+330 eu-340");
    assert_eq!(monitor.outages(), [(150, 330, CloseReason::Recovered)]);
}

#[test]
fn nothing_is_decided_before_enough_regions_were_heard_of() {
    let revision = Revision::of(quorum(&["ap", "eu", "us"], Needed::Regions(1), 2));
    let mut monitor = Monitor::default();
    monitor.hear(&revision, "eu-100 eu-160");
    assert_eq!(monitor.state.state, State::Pending);
    monitor.hear(&revision, "us+170");
    assert!(monitor.is_down());
    assert_eq!(monitor.opened()[0].started_at, at(100));
}

#[test]
fn a_region_that_has_not_decided_is_not_heard_of() {
    let revision = Revision::of(of_three(2)).confirming(3, 1);
    let mut monitor = Monitor::default();
    monitor.hear(&revision, "ap+90 eu-100");
    assert_eq!(monitor.state.state, State::Pending);
    monitor.hear(&revision, "us+110");
    assert_eq!(monitor.state.state, State::Up);
}

#[test]
fn where_too_few_are_heard_of_everything_stays_as_it_is() {
    let revision = Revision::of(of_three(2));
    let mut monitor = Monitor::default();
    monitor.hear(&revision, "ap+90 eu+100 us+110");
    monitor.hear(&revision, "us-170 us-230 us-290 us-350 us-410");
    assert_eq!(
        (monitor.state.state, monitor.state.since),
        (State::Up, Some(at(100)))
    );
    assert_eq!(monitor.transitions.len(), 1);
}

#[test]
fn a_backlog_of_hours_is_history() {
    let revision = Revision::of(of_three(2));
    let mut monitor = Monitor::default();
    monitor.hear(&revision, "ap+90 eu+10000 us+10010");
    let known = monitor.state.clone();
    monitor.hear(&revision, "ap-150 ap-210 ap-9829");
    assert_eq!(monitor.effects[3..], [Effect::Late; 3]);
    assert_eq!(monitor.state, known);
    monitor.hear(&revision, "ap-9831");
    assert_eq!(monitor.effects.last(), Some(&Effect::Applied));
}

#[test]
fn the_first_result_of_a_revision_is_not_late_however_old_it_is() {
    let revision = Revision::of(of_three(2));
    let mut monitor = Monitor::default();
    monitor.hear(&revision, "eu+10000 us+10010");
    monitor.hear(&revision.edited(of_three(2)), "ap-90 eu+10060");
    assert_eq!(monitor.effects[2..], [Effect::Applied; 2]);
    assert_eq!(monitor.state.revision, 2);
}

#[test]
fn a_result_that_comes_twice_or_from_two_pods_counts_once() {
    let revision = Revision::of(of_three(1)).confirming(2, 1);
    let mut monitor = Monitor::default();
    monitor.hear(&revision, "ap+90 eu-100 eu-100");
    assert_eq!(monitor.effects.last(), Some(&Effect::Late));
    assert!(!monitor.is_down());
}

#[test]
fn a_pinger_that_keeps_an_old_definition_is_not_heard_of() {
    let old = Revision::of(of_three(1));
    let new = old.edited(of_three(1));
    let mut monitor = Monitor::default();
    monitor
        .hear(&old, "ap+90 eu+100")
        .hear(&new, "ap+150")
        .hear(&old, "eu-160");
    assert_eq!(monitor.effects.last(), Some(&Effect::OldRevision));
    assert!(!monitor.is_down());
}

#[test]
fn skipped_slots_move_no_vote() {
    let revision = Revision::of(of_three(2));
    let mut monitor = Monitor::default();
    monitor.hear(&revision, "ap+90 eu-100 us+110");
    let known = monitor.state.clone();
    let skipped = Skipped {
        monitor_id: MonitorId(1),
        org_id: None,
        url: String::new(),
        timestamp: at(400),
        from: at(160),
        until: at(400),
        interval_ms: Some(60_000),
        region: "eu".into(),
        revision: Some(1),
        reason: SkipReason::Standstill,
        judged: None,
    };
    monitor.fold([&Record::Skipped(skipped)]);
    assert_eq!(
        (monitor.effects.last(), &monitor.state),
        (Some(&Effect::NoVerdict), &known)
    );
    assert_eq!(
        monitor.state.votes.unwrap().regions["eu"].state,
        Some(Voted::Down)
    );
}
