use domain::monitor::MonitorInput;
use serde_json::{Value, json};

use super::*;

fn ids(ids: &[i64]) -> Vec<MonitorId> {
    ids.iter().copied().map(MonitorId).collect()
}

fn graph(pairs: &[(i64, i64)]) -> Graph {
    Graph::of(
        pairs
            .iter()
            .map(|&(one, other)| (MonitorId(one), MonitorId(other))),
    )
}

/// A change by somebody who sees these monitors, or all.
fn change(named: &[i64], seen: Option<&[i64]>, graph: Graph) -> Change {
    Change {
        named: ids(named),
        sight: Sight::of(seen.map(ids)),
        graph,
    }
}

#[test]
fn each_is_named_once_and_they_are_not_too_many() {
    assert_eq!(named(ids(&[9, 3])), Ok(ids(&[3, 9])));
    assert!(named((1..=20).map(MonitorId).collect()).is_ok());
    for wrong in [(1..=21).collect::<Vec<_>>(), vec![5, 7, 5]] {
        assert_eq!(named(ids(&wrong)).unwrap_err().field, DEPENDS_ON, "{wrong:?}");
    }
}

/// One change of a monitor that depended on `old` ones.
fn made(change: &mut Change, monitor: i64, old: &[i64]) -> Result<Vec<MonitorId>, Refused> {
    let mut made = change.make(&[(MonitorId(monitor), ids(old))]);
    made.remove(0)
}

fn message(made: Result<Vec<MonitorId>, Refused>) -> String {
    match made {
        Err(Refused::Invalid(wrong)) => {
            assert_eq!(wrong.field, DEPENDS_ON);
            wrong.message
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn those_that_are_not_seen_stay() {
    let mut narrowed = change(&[2], Some(&[1, 2, 9]), Graph::default());
    assert_eq!(made(&mut narrowed, 9, &[1, 5]), Ok(ids(&[2, 5])));
    let many: Vec<i64> = (10..30).collect();
    let mut narrowed = change(&many, Some(&many), Graph::default());
    let wrong = message(made(&mut narrowed, 9, &[5]));
    assert_eq!(
        wrong,
        "must name at most 20 monitors, with those that you do not see"
    );
}

#[test]
fn who_does_not_see_what_is_below_holds_back_none_of_it() {
    // 4 is below 3, and 3 below 2.
    let below = || graph(&[(3, 2), (4, 3)]);
    let mut blind = change(&[1], Some(&[1, 2, 3]), below());
    for (monitor, old) in [(2, &[][..]), (3, &[2][..])] {
        assert_eq!(
            made(&mut blind, monitor, old),
            Err(Refused::Narrowed),
            "{monitor}"
        );
    }
    assert_eq!(made(&mut blind, 5, &[]), Ok(ids(&[1])), "nothing is below it");
    // What they leave as it is is no change, and who sees it all may do it.
    let mut same = change(&[2], Some(&[1, 2, 3]), below());
    assert_eq!(made(&mut same, 3, &[2]), Ok(ids(&[2])));
    for sees in [None, Some(&[1, 2, 3, 4][..])] {
        let mut seeing = change(&[1], sees, below());
        assert_eq!(made(&mut seeing, 2, &[]), Ok(ids(&[1])));
    }
}

#[test]
fn the_same_list_of_many_makes_a_circle_where_it_holds_one_of_them() {
    let mut change = change(&[1, 2], None, graph(&[(2, 3)]));
    let rows = [4, 1, 2, 3, 5].map(|id| match id {
        2 => (MonitorId(2), ids(&[3])),
        _ => (MonitorId(id), Vec::new()),
    });
    let made = change.make(&rows);
    let expected = [
        None,
        Some("1 → 1"),
        Some("2 → 2"),
        Some("3 → 2 → 3"),
        // What was refused is not there for the others.
        None,
    ];
    for (made, path) in made.into_iter().zip(expected) {
        match path {
            None => assert_eq!(made, Ok(ids(&[1, 2]))),
            Some(path) => assert_eq!(message(made), format!("would depend on itself: {path}")),
        }
    }
}

#[test]
fn of_many_those_are_refused_that_are_wrong_and_no_others() {
    // 10 depends on 9, 9 on 8, and so on to 0: with one above that there would be a level too many.
    let chain: Vec<(i64, i64)> = (1..=10).map(|id| (id, id - 1)).collect();
    let mut alone = change(&[30], None, graph(&chain));
    let made = alone.make(&[(MonitorId(0), Vec::new()), (MonitorId(20), Vec::new())]);
    let [top, other] = made.try_into().unwrap();
    assert_eq!(
        message(top),
        "would have monitor 10 depend on others by more than 10 levels"
    );
    assert_eq!(other, Ok(ids(&[30])));
    // Together they are right: what is below 5 is no longer below 0.
    let mut together = change(&[30], None, graph(&chain));
    let made = together.make(&[(MonitorId(0), Vec::new()), (MonitorId(5), ids(&[4]))]);
    assert_eq!(made, [Ok(ids(&[30])), Ok(ids(&[30]))]);
}

fn spec(input: Value) -> Spec {
    let input: MonitorInput = serde_json::from_value(input).unwrap();
    input.validate().unwrap().1
}

/// One whose check takes 8 s at most, every 20 s.
fn checked(more: Value) -> Spec {
    let mut input = json!({"url": "https://a.example/", "interval_seconds": 20, "timeout_ms": 4_000, "retries": 1,
                           "retry_delay_ms": 0});
    let more = more.as_object().unwrap().clone();
    input.as_object_mut().unwrap().extend(more);
    spec(input)
}

fn heartbeat(paused: bool) -> Spec {
    spec(json!({"kind": "heartbeat", "url": "heartbeat://nightly", "paused": paused}))
}

#[test]
fn an_alert_waits_until_the_other_monitor_would_be_down() {
    let wait = |more: Value| wait_seconds(&checked(more));
    assert_eq!(wait(json!({})), 20 + 8 + 2);
    assert_eq!(wait(json!({"down_after": 3})), 60 + 8 + 2);
    assert_eq!(wait(json!({"down_after": 3, "down_of": 5})), 100 + 8 + 2);
    // It fails first after up to 20 s, and is down at the first slot that is 90 s later, or more.
    assert_eq!(wait(json!({"down_for_seconds": 90})), 20 + 100 + 8 + 2);
    assert_eq!(wait(json!({"down_for_seconds": 100})), 20 + 100 + 8 + 2);
    assert_eq!(
        wait(json!({"down_after": 2, "down_for_seconds": 30})),
        20 + 40 + 8 + 2
    );
    assert_eq!(wait(json!({"down_after": 4, "down_for_seconds": 30})), 80 + 8 + 2);
    assert_eq!(wait(json!({"timeout_ms": 4_001})), 20 + 9 + 2);
    assert_eq!(wait(json!({"interval_seconds": 3_600})), 300);
    assert_eq!(wait(json!({"down_for_seconds": 86_400})), 300);
    assert_eq!(wait(json!({"paused": true})), 0);
    assert_eq!(
        (wait_seconds(&heartbeat(false)), wait_seconds(&heartbeat(true))),
        (300, 0)
    );
}

#[test]
fn a_monitor_is_looked_at_again_within_as_many_intervals_as_it_takes_to_be_up() {
    let recheck = |more: Value| recheck_seconds(&checked(more));
    assert_eq!(recheck(json!({"down_after": 5})), 20 + 8 + 2);
    assert_eq!(recheck(json!({"up_after": 3})), 60 + 8 + 2);
    assert_eq!(recheck(json!({"interval_seconds": 3_600})), 3_600);
    assert_eq!(recheck(json!({"paused": true})), 0);
    assert_eq!(
        (
            recheck_seconds(&heartbeat(false)),
            recheck_seconds(&heartbeat(true))
        ),
        (300, 0)
    );
}
