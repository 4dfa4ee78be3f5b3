//! Failures among the last results of a region, and how long they last.

use domain::fold::Voted;
use domain::record::LifecycleEvent;

use super::{Monitor, Revision, at, lifecycle, of_three};

/// Two regions of three decide, each by so many of its last results.
fn of_the_last(down_after: u16, down_of: u16) -> Revision {
    let mut revision = Revision::of(of_three(2)).confirming(down_after, 1);
    revision.rule.down_of = Some(down_of);
    revision
}

fn says(monitor: &Monitor, region: &str) -> Option<Voted> {
    let votes = monitor.state.votes.as_ref().unwrap();
    votes.regions[region].state
}

#[test]
fn each_region_counts_its_own_last_results() {
    let revision = of_the_last(2, 3);
    let mut monitor = Monitor::default();
    monitor.hear(&revision, "ap+90 eu-100 us-110 ap+150 eu+160 us+170 eu-220");
    assert_eq!(says(&monitor, "eu"), Some(Voted::Down));
    assert!(!monitor.is_down());
    monitor.hear(&revision, "us-230");
    // Two regions fail since then, and a success of each lies between.
    let opened = monitor.opened()[0];
    assert_eq!(opened.started_at, at(110));
    assert_eq!(opened.error.as_deref(), Some("eu failed at 220"));
    let votes = monitor.state.votes.as_ref().unwrap();
    assert!(votes.regions.values().all(|vote| vote.window.is_none()));
    // What failed before it ended counts no more.
    monitor.hear(&revision, "eu+280 eu-340");
    assert_eq!(says(&monitor, "eu"), Some(Voted::Up));
    monitor.hear(&revision, "eu-400");
    assert_eq!(says(&monitor, "eu"), Some(Voted::Down));
}

#[test]
fn a_region_that_was_absent_begins_anew() {
    let revision = of_the_last(2, 3);
    let mut monitor = Monitor::default();
    monitor.hear(&revision, "eu-100 us+110 eu+160");
    let mut absent = monitor.clone();
    monitor.hear(&revision, "us+170 eu-220");
    assert_eq!(says(&monitor, "eu"), Some(Voted::Down));
    absent.hear(&revision, "us+170 us+230 us+290 us+350 eu-400");
    assert_eq!(says(&absent, "eu"), Some(Voted::Up));
    // So it does after an edit that is told meanwhile.
    let mut edited = Monitor::default();
    edited.hear(&revision, "eu-100 us+110 us+170 us+230 us+290");
    edited.hear(&revision.edited(of_three(2)), "eu-340");
    assert_eq!(says(&edited, "eu"), None);
}

#[test]
fn an_edit_through_which_the_same_is_checked_leaves_the_last_results() {
    let before = of_the_last(2, 3);
    let mut monitor = Monitor::default();
    monitor.hear(&before, "ap+90 eu-100 us-103");
    let mut paused = monitor.clone();
    monitor.hear(&before.edited(of_three(2)), "eu-160 us-163");
    assert_eq!(monitor.opened()[0].started_at, at(103));

    paused.fold([
        &lifecycle(LifecycleEvent::Paused, 2, None, at(150)),
        &lifecycle(LifecycleEvent::Resumed, 3, None, at(155)),
    ]);
    let resumed = Revision { number: 3, ..before };
    paused.hear(&resumed, "eu-160 us-163");
    assert!(!paused.is_down());
    paused.hear(&resumed, "eu-220 us-223");
    assert_eq!(paused.opened()[0].started_at, at(163));
}

#[test]
fn each_region_has_to_find_it_for_as_long_as_the_rule_says() {
    let mut revision = Revision::of(of_three(2)).confirming(1, 1);
    revision.rule.down_for_seconds = 120;
    let mut monitor = Monitor::default();
    monitor.hear(&revision, "ap+90 eu-100 us-110 ap+150 eu-160 us-170 ap+210");
    assert_eq!((says(&monitor, "eu"), says(&monitor, "us")), (None, None));
    monitor.hear(&revision, "eu-220");
    assert_eq!(says(&monitor, "eu"), Some(Voted::Down));
    assert!(!monitor.is_down());
    monitor.hear(&revision, "us-230");
    assert_eq!(monitor.opened()[0].started_at, at(110));
}
