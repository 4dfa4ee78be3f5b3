//! States with votes, as they are stored.

use domain::MonitorState;

use super::{Monitor, Revision, of_three};
use crate::golden::assert_json;

#[test]
fn states_with_votes_are_frozen() {
    let revision = Revision::of(of_three(2)).confirming(2, 2);
    let mut monitor = Monitor::default();
    monitor.hear(
        &revision,
        "ap+90 eu-100 us~110 ap+150 eu-160 us-170 ap+210 us-230 us+290",
    );
    assert!(monitor.is_down());
    assert_json("fold/votes-down", &monitor.state);
    monitor.hear(&revision, "us+350 us+410 us-470");
    let state: MonitorState = monitor.state;
    let regions = &state.votes.as_ref().unwrap().regions;
    assert!(regions["ap"].absent && regions["eu"].absent && state.incident.is_none());
    assert_json("fold/votes-unseen", &state);
}
