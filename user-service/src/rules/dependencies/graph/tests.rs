//! Changes of dependencies, held to a slow, obvious model.

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use super::super::{Change, Depending, Refused};
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

/// Changes one, for somebody who sees everything.
fn set(graph: &mut Graph, monitor: i64, named: &[i64]) -> Result<(), String> {
    let (monitor, named) = (MonitorId(monitor), ids(named));
    let set = graph.set_all(&[(monitor, &named)]);
    set.map_err(|wrong| wrong.message(monitor, &Sight::default()))
}

#[test]
fn a_circle_is_refused_with_its_path() {
    let mut graph = graph(&[(7, 12), (12, 3), (5, 7)]);
    for (monitor, named, path) in [
        (7, 7, "7 → 7"),
        (12, 7, "12 → 7 → 12"),
        (3, 5, "3 → 5 → 7 → 12 → 3"),
    ] {
        let wrong = set(&mut graph, monitor, &[named]).unwrap_err();
        assert_eq!(wrong, format!("would depend on itself: {path}"));
    }
    assert_eq!(
        graph.ancestors(MonitorId(5)),
        ids(&[3, 7, 12]),
        "nothing has changed"
    );
    // What was taken away is no part of a circle any more.
    set(&mut graph, 7, &[]).unwrap();
    set(&mut graph, 12, &[7]).unwrap();
    assert_eq!(graph.ancestors(MonitorId(12)), ids(&[7]));
    assert_eq!(graph.monitors().into_iter().collect::<Vec<_>>(), ids(&[5, 7, 12]));
}

#[test]
fn there_are_ten_levels_also_for_those_below() {
    // 10 depends on 9, 9 on 8, and so on to 0.
    let chain: Vec<(i64, i64)> = (1..=10).map(|id| (id, id - 1)).collect();
    let mut graph = graph(&chain);
    let above = set(&mut graph, 11, &[10]).unwrap_err();
    assert_eq!(above, "would depend on others by more than 10 levels");
    let below = set(&mut graph, 0, &[12]).unwrap_err();
    assert_eq!(
        below,
        "would have monitor 10 depend on others by more than 10 levels"
    );
    set(&mut graph, 11, &[9]).unwrap();
}

#[test]
fn there_are_a_hundred_ancestors_also_of_those_below() {
    // Each of 1 to 5 names twenty others, and with them that makes 105.
    let pairs: Vec<(i64, i64)> = (1..=5)
        .flat_map(|id| (0..20).map(move |n| (id, 100 * id + n)))
        .collect();
    let mut graph = graph(&pairs);
    set(&mut graph, 9, &[1, 2, 3, 4]).unwrap();
    assert_eq!(graph.ancestors(MonitorId(9)).len(), 84);
    let wrong = set(&mut graph, 9, &[1, 2, 3, 4, 5]).unwrap_err();
    assert_eq!(
        wrong,
        "would depend on more than 100 monitors, directly or by others"
    );
    let wrong = set(&mut graph, 400, &[5]).unwrap_err();
    assert_eq!(
        wrong,
        "would have monitor 9 depend on more than 100 monitors, directly or by others"
    );
}

#[test]
fn an_organisation_has_so_many_dependencies_and_none_more() {
    // 999 monitors with twenty each, and one with nineteen.
    let named = |id: i64| (0..20).map(move |n| (id, 10_000 + n));
    let pairs: Vec<(i64, i64)> = (0..1_000).flat_map(named).skip(1).collect();
    let mut graph = graph(&pairs);
    set(&mut graph, 1_000, &[1]).unwrap();
    let wrong = set(&mut graph, 1_000, &[1, 2]).unwrap_err();
    assert!(wrong.contains("at most 20000"), "{wrong}");
    // One for another is no more than before.
    set(&mut graph, 1_000, &[2]).unwrap();
    set(&mut graph, 1_000, &[]).unwrap();
}

#[test]
fn what_is_not_seen_is_not_named() {
    let sight = Sight::of(Some(ids(&[1, 2])));
    for (wrong, message) in [
        (
            Wrong::Circle(ids(&[1, 7, 2, 1])),
            "would depend on itself: 1 → a monitor that you do not see → 2 → 1",
        ),
        (
            Wrong::Levels(MonitorId(7)),
            "would have a monitor that you do not see depend on others by more than 10 levels",
        ),
        (
            Wrong::Ancestors(MonitorId(2)),
            "would have monitor 2 depend on more than 100 monitors, directly or by others",
        ),
    ] {
        assert_eq!(wrong.message(MonitorId(1), &sight), message);
    }
}

#[test]
fn a_circle_that_a_hand_has_made_ends() {
    let mut graph = graph(&[(1, 2), (2, 1), (3, 1), (4, 5)]);
    assert_eq!(graph.ancestors(MonitorId(3)), []);
    assert_eq!(graph.ancestors(MonitorId(4)), ids(&[5]));
    set(&mut graph, 2, &[]).unwrap();
    set(&mut graph, 1, &[2]).unwrap();
    assert_eq!(graph.ancestors(MonitorId(3)), ids(&[1, 2]));
}

const NODES: usize = 14;

/// As few as so few monitors reach.
const FEW: Limits = Limits {
    levels: 4,
    ancestors: 6,
    dependencies: 18,
};

/// Which monitors depend on which.
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

fn is_circular(table: &Table) -> bool {
    let above = closed(table);
    (0..NODES).any(|one| above[one][one])
}

fn count(row: &[bool; NODES]) -> usize {
    row.iter().filter(|&&is_named| is_named).count()
}

fn is_valid(table: &Table) -> bool {
    !is_circular(table)
        && levels(table).iter().all(|&levels| levels <= FEW.levels)
        && closed(table).iter().all(|above| count(above) <= FEW.ancestors)
        && table.iter().map(count).sum::<usize>() <= FEW.dependencies
}

fn with(table: &Table, rows: &[usize], named: &[bool; NODES]) -> Table {
    let mut table = *table;
    rows.iter().for_each(|&row| table[row] = *named);
    table
}

/// What becomes of a table, with all of it looked at for each row.
fn slowly(table: &Table, rows: &[usize], named: &[bool; NODES]) -> Table {
    let alone = |row: &&usize| !is_circular(&with(table, &[**row], named));
    let rows: Vec<usize> = rows.iter().filter(alone).copied().collect();
    let together = with(table, &rows, named);
    if is_valid(&together) {
        return together;
    }
    rows.iter().fold(*table, |table, row| {
        let changed = with(&table, &[*row], named);
        if is_valid(&changed) { changed } else { table }
    })
}

fn listed(row: &[bool; NODES]) -> Vec<MonitorId> {
    let named = (0..NODES).filter(|&other| row[other]);
    named.map(|other| MonitorId(other as i64)).collect()
}

proptest! {
    #[test]
    fn what_is_done_and_refused_is_what_it_slowly_is(
        changes in vec((btree_set(0..NODES, 1..5), btree_set(0..NODES, 0..4)), 1..40),
    ) {
        let mut table = [[false; NODES]; NODES];
        let mut change = Change {
            named: Vec::new(),
            sight: Sight::default(),
            graph: Graph { limits: FEW, ..Graph::default() },
        };
        for (rows, named) in changes {
            let rows: Vec<usize> = rows.into_iter().collect();
            let mut row = [false; NODES];
            named.iter().for_each(|&other| row[other] = true);
            change.named = listed(&row);
            let before: Vec<Depending> =
                rows.iter().map(|&one| (MonitorId(one as i64), listed(&table[one]))).collect();
            let made = change.make(&before);
            let after = slowly(&table, &rows, &row);
            for (made, &one) in made.iter().zip(&rows) {
                match made {
                    Ok(made) => prop_assert_eq!(made, &listed(&after[one])),
                    Err(refused) => {
                        prop_assert!(matches!(refused, Refused::Invalid(_)));
                        prop_assert_eq!(after[one], table[one], "{}: {:?}", one, refused);
                        prop_assert_ne!(after[one], row, "{}: {:?}", one, refused);
                    }
                }
            }
            table = after;
            let above = closed(&table);
            for (one, above) in above.iter().enumerate() {
                prop_assert_eq!(change.graph.ancestors(MonitorId(one as i64)), listed(above));
            }
        }
    }

    #[test]
    fn what_is_read_is_what_was_written(pairs in btree_set((0..NODES, 0..NODES), 0..30)) {
        let mut table = [[false; NODES]; NODES];
        let pairs: Vec<(usize, usize)> = pairs.into_iter().filter(|(one, other)| other < one).collect();
        pairs.iter().for_each(|&(one, other)| table[one][other] = true);
        let graph = Graph::of(pairs.iter().map(|&(one, other)| (MonitorId(one as i64), MonitorId(other as i64))));
        for (one, above) in closed(&table).iter().enumerate() {
            prop_assert_eq!(graph.ancestors(MonitorId(one as i64)), listed(above));
        }
    }
}
