//! Each outage has a name of its own, and a time of its own.

use domain::fold::CloseReason::{Edited, Recovered};
use domain::fold::FoundBy;
use domain::{IncidentId, MonitorId, Needed};

use super::{Monitor, Revision, at, of_three, quorum};

#[test]
fn an_outage_that_begins_while_a_region_fails_ever_since_the_last_one_has_a_new_name() {
    let revision = Revision::of(of_three(2));
    let mut monitor = Monitor::default();
    monitor.hear(&revision, "eu-100 us-103 us+163 eu-160 us-223");
    let names: Vec<_> = monitor.opened().iter().map(|incident| incident.id).collect();
    let by = |slot, region| IncidentId::by_quorum(MonitorId(1), 1, at(slot), region);
    assert_eq!(names, [by(103, "us"), by(223, "us")]);
    assert_eq!(monitor.outages(), [(103, 163, Recovered)]);
    assert_eq!(monitor.opened()[1].started_at, at(223));
    assert_eq!(monitor.transitions.last().unwrap().region.as_deref(), Some("us"));
}

#[test]
fn an_outage_begins_after_the_last_one_has_ended() {
    // A result that was long on its way tells of a time that the last outage had already.
    let revision = Revision::of(of_three(1));
    let mut monitor = Monitor::default();
    monitor.hear(&revision, "ap+90 eu-100 eu+160 us-143");
    assert_eq!(monitor.outages(), [(100, 160, Recovered)]);
    assert_eq!(monitor.opened()[1].started_at, at(160));
    assert_eq!(monitor.state.since, Some(at(160)));

    // So does a run of failures that is confirmed after it.
    let revision = revision.confirming(2, 1);
    let mut monitor = Monitor::default();
    monitor.hear(&revision, "eu-100 eu-160 us-163 eu+220 us-223");
    assert_eq!(monitor.outages(), [(100, 220, Recovered)]);
    assert_eq!(monitor.opened()[1].started_at, at(220));
}

#[test]
fn an_outage_begins_after_the_one_that_an_edit_has_ended() {
    let before = Revision::of(of_three(1));
    let after = Revision {
        number: 2,
        ..before.clone()
    };
    let mut monitor = Monitor::default();
    monitor
        .hear(&before, "ap+90 eu-100")
        .hear(&after, "ap+163 us-143");
    assert_eq!(monitor.outages(), [(100, 163, Edited)]);
    assert_eq!(monitor.opened()[1].started_at, at(163));
}

#[test]
fn an_outage_began_when_so_many_regions_failed() {
    let revision = Revision::of(of_three(2)).confirming(2, 1);
    let mut monitor = Monitor::default();
    monitor.hear(&revision, "eu-100 us-123 ap+140 eu-160 us-183");
    let opened = monitor.opened()[0];
    assert_eq!(opened.started_at, at(123));
    assert_eq!(opened.error.as_deref(), Some("eu failed at 100"));
    let seen = opened.seen.as_deref().unwrap();
    assert_eq!(
        (seen.revision, &*seen.down, &*seen.up),
        (1, &["eu".to_owned(), "us".to_owned()][..], &["ap".to_owned()][..])
    );
    assert!(seen.absent.is_empty());
}

#[test]
fn an_outage_names_the_regions_that_were_not_heard_of() {
    let revision = Revision::of(quorum(&["ap", "eu", "me", "us"], Needed::Regions(2), 2));
    let mut monitor = Monitor::default();
    monitor.hear(&revision, "ap+10 eu+20 us+40 eu+80 us+100 eu-260 us-280");
    let seen = monitor.opened()[0].seen.as_deref().unwrap();
    assert_eq!((seen.down.join(" "), seen.up.len()), ("eu us".to_owned(), 0));
    // One has vanished, and one was never there.
    assert_eq!(seen.absent.join(" "), "ap me");
    monitor.hear(&revision, "us+340");
    let found = FoundBy::from(&**monitor.state.votes.as_ref().unwrap());
    assert_eq!(
        (found.down.join(" "), found.up.join(" "), found.absent.join(" ")),
        ("eu".to_owned(), "us".to_owned(), "ap me".to_owned())
    );
}

#[test]
fn it_is_an_edit_that_ends_an_outage_which_only_a_removed_region_has_found() {
    let one = Revision::of(of_three(1));
    let without_eu = one.edited(quorum(&["ap", "us"], Needed::Regions(1), 1));
    let mut monitor = Monitor::default();
    monitor.hear(&one, "eu-100 us+103").hear(&without_eu, "us+163");
    assert_eq!(monitor.outages(), [(100, 163, Edited)]);

    // The same where more regions have to find it.
    let mut monitor = Monitor::default();
    monitor.hear(&one, "eu-100 us+103 ap+110");
    monitor.hear(&one.edited(of_three(3)), "eu-160 us+163 ap+170");
    assert_eq!(monitor.outages(), [(100, 170, Edited)]);

    // Who found it has recovered: that is no edit.
    let mut monitor = Monitor::default();
    monitor.hear(&one, "eu-100 us+103 ap+110");
    monitor.hear(&one.edited(of_three(3)), "eu+160 us+163 ap+170");
    assert_eq!(monitor.outages(), [(100, 170, Recovered)]);
}
