//! Dependencies, held to a slow, obvious model.

use domain::monitor::MonitorInput;
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
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

fn change(named: &[i64], seen: &[i64], graph: Graph) -> Change {
    Change {
        named: ids(named),
        seen: ids(seen).into_iter().collect(),
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

#[test]
fn a_circle_is_refused_with_its_path() {
    let mut graph = graph(&[(7, 12), (12, 3), (5, 7)]);
    for (monitor, named, path) in [
        (7, 7, "7 → 7"),
        (12, 7, "12 → 7 → 12"),
        (3, 5, "3 → 5 → 7 → 12 → 3"),
    ] {
        let wrong = graph.set(MonitorId(monitor), &ids(&[named])).unwrap_err();
        assert_eq!(wrong, format!("would depend on itself: {path}"));
    }
    assert_eq!(
        graph.ancestors(MonitorId(5)),
        ids(&[3, 7, 12]),
        "nothing has changed"
    );
    // What was taken away is no part of a circle any more.
    graph.set(MonitorId(7), &[]).unwrap();
    graph.set(MonitorId(12), &ids(&[7])).unwrap();
    assert_eq!(graph.ancestors(MonitorId(12)), ids(&[7]));
}

#[test]
fn there_are_ten_levels_also_for_those_below() {
    // 10 depends on 9, 9 on 8, and so on to 0.
    let chain: Vec<(i64, i64)> = (1..=10).map(|id| (id, id - 1)).collect();
    let mut graph = graph(&chain);
    let above = graph.set(MonitorId(11), &ids(&[10])).unwrap_err();
    assert_eq!(above, "would depend on others by more than 10 levels");
    let below = graph.set(MonitorId(0), &ids(&[12])).unwrap_err();
    assert_eq!(
        below,
        "would have monitor 10 depend on others by more than 10 levels"
    );
    graph.set(MonitorId(11), &ids(&[9])).unwrap();
}

#[test]
fn there_are_a_hundred_ancestors_also_of_those_below() {
    // Each of 1 to 5 names twenty others, and with them that makes 105.
    let pairs: Vec<(i64, i64)> = (1..=5)
        .flat_map(|id| (0..20).map(move |n| (id, 100 * id + n)))
        .collect();
    let mut graph = graph(&pairs);
    graph.set(MonitorId(9), &ids(&[1, 2, 3, 4])).unwrap();
    assert_eq!(graph.ancestors(MonitorId(9)).len(), 84);
    let wrong = graph.set(MonitorId(9), &ids(&[1, 2, 3, 4, 5])).unwrap_err();
    assert_eq!(
        wrong,
        "would depend on more than 100 monitors, directly or by others"
    );
    let wrong = graph.set(MonitorId(400), &ids(&[5])).unwrap_err();
    assert_eq!(
        wrong,
        "would have monitor 9 depend on more than 100 monitors, directly or by others"
    );
}

#[test]
fn those_that_are_not_seen_stay() {
    let mut narrowed = change(&[2], &[1], Graph::default());
    assert_eq!(narrowed.make(MonitorId(9), &ids(&[1, 5])), Ok(ids(&[2, 5])));
    let many: Vec<i64> = (10..30).collect();
    let mut narrowed = change(&many, &[], Graph::default());
    assert_eq!(
        narrowed.make(MonitorId(9), &ids(&[5])).unwrap_err().field,
        DEPENDS_ON
    );
}

#[test]
fn the_same_list_of_many_makes_a_circle_where_it_holds_one_of_them() {
    let mut change = change(&[1, 2], &[], graph(&[(2, 3)]));
    assert_eq!(change.make(MonitorId(4), &[]), Ok(ids(&[1, 2])));
    for (monitor, path) in [(1, "1 → 1"), (2, "2 → 2"), (3, "3 → 2 → 3")] {
        let wrong = change.make(MonitorId(monitor), &[]).unwrap_err();
        assert_eq!(wrong.message, format!("would depend on itself: {path}"));
    }
    // What was refused is not there for the others.
    assert_eq!(change.make(MonitorId(5), &[]), Ok(ids(&[1, 2])));
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

const NODES: usize = 14;

/// Which monitors depend on which, as a table.
type Table = [[bool; NODES]; NODES];

fn triples() -> impl Iterator<Item = (usize, usize, usize)> {
    let pairs = |one| (0..NODES).flat_map(move |other| (0..NODES).map(move |third| (one, other, third)));
    (0..NODES).flat_map(pairs)
}

/// Of each monitor all that are above it.
fn closed(table: &Table) -> Table {
    let mut closed = *table;
    for (by, one, other) in triples() {
        closed[one][other] |= closed[one][by] && closed[by][other];
    }
    closed
}

/// The levels above each, of a table without circles.
fn levels(table: &Table) -> [usize; NODES] {
    let mut levels = [0; NODES];
    for (_, one, other) in triples() {
        if table[one][other] {
            levels[one] = levels[one].max(levels[other] + 1);
        }
    }
    levels
}

proptest! {
    #[test]
    fn what_is_refused_would_make_a_circle_or_a_level_too_many(
        changes in vec((0..NODES, btree_set(0..NODES, 0..4)), 1..80),
    ) {
        let (mut graph, mut table) = (Graph::default(), [[false; NODES]; NODES]);
        for (monitor, named) in changes {
            let mut wanted = table;
            wanted[monitor] = [false; NODES];
            named.iter().for_each(|&other| wanted[monitor][other] = true);
            let above = closed(&wanted);
            let is_circular = (0..NODES).any(|one| above[one][one]);
            let is_valid = !is_circular && levels(&wanted).iter().all(|&levels| levels <= MAX_LEVELS);
            let named: Vec<MonitorId> = named.iter().map(|&other| MonitorId(other as i64)).collect();
            let set = graph.set(MonitorId(monitor as i64), &named);
            prop_assert_eq!(set.is_ok(), is_valid, "{:?}", set);
            if is_valid {
                table = wanted;
            }
            for (one, above) in closed(&table).iter().enumerate() {
                let above = (0..NODES).filter(|&other| above[other]);
                let expected: Vec<MonitorId> = above.map(|other| MonitorId(other as i64)).collect();
                prop_assert_eq!(graph.ancestors(MonitorId(one as i64)), expected);
            }
        }
    }
}
