//! What changed of the partitions that a consumer reads, between the client, which must not wait, and whoever takes
//! the changes. It holds at most one change for each partition, however often the group is rebalanced meanwhile.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A change of what a consumer reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assignment {
    /// These partitions (topic, partition) are now read here.
    Added(Vec<(String, i32)>),
    /// These are no longer.
    Removed(Vec<(String, i32)>),
}

/// The changes that nobody has taken yet. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Assignments(Arc<Mutex<BTreeMap<(String, i32), Change>>>);

/// What has become of a partition since the changes were taken last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Added,
    Removed,
    /// It went, and is back: what was known of it is another consumer's by now.
    Replaced,
}

impl Assignments {
    /// Notes a change.
    pub fn note(&self, change: Assignment) {
        let mut changes = self.lock();
        match change {
            Assignment::Added(partitions) => {
                for partition in partitions {
                    let change = changes.entry(partition).or_insert(Change::Added);
                    if *change == Change::Removed {
                        *change = Change::Replaced;
                    }
                }
            }
            // Of one that was added and nobody has heard of, the removal is told all the same: it may have been here
            // before.
            Assignment::Removed(partitions) => {
                changes.extend(
                    partitions
                        .into_iter()
                        .map(|partition| (partition, Change::Removed)),
                );
            }
        }
    }

    /// Takes the next change, if there is one: first what is no longer read here, then what is.
    pub fn take(&self) -> Option<Assignment> {
        let mut changes = self.lock();
        let mut removed = Vec::new();
        for (partition, change) in changes.iter_mut().filter(|(_, change)| **change != Change::Added) {
            removed.push(partition.clone());
            if *change == Change::Replaced {
                *change = Change::Added;
            }
        }
        if !removed.is_empty() {
            changes.retain(|_, change| *change == Change::Added);
            return Some(Assignment::Removed(removed));
        }
        let added: Vec<_> = std::mem::take(&mut *changes).into_keys().collect();
        (!added.is_empty()).then_some(Assignment::Added(added))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(String, i32), Change>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(numbers: &[i32]) -> Vec<(String, i32)> {
        numbers.iter().map(|&number| ("t".to_owned(), number)).collect()
    }

    fn taken(assignments: &Assignments) -> Vec<Assignment> {
        std::iter::from_fn(|| assignments.take()).collect()
    }

    #[test]
    fn changes_are_taken_once_and_removals_first() {
        let assignments = Assignments::default();
        assert_eq!(assignments.take(), None);
        assignments.note(Assignment::Added(of(&[1, 2])));
        assert_eq!(taken(&assignments), [Assignment::Added(of(&[1, 2]))]);
        assignments.note(Assignment::Added(of(&[3])));
        assignments.note(Assignment::Removed(of(&[1])));
        let expected = [Assignment::Removed(of(&[1])), Assignment::Added(of(&[3]))];
        assert_eq!(taken(&assignments), expected);
        assert_eq!(assignments.take(), None);
    }

    #[test]
    fn of_a_partition_that_comes_and_goes_the_last_word_is_kept_and_that_it_was_away() {
        let assignments = Assignments::default();
        for _ in 0..1_000 {
            assignments.note(Assignment::Removed(of(&[1, 2])));
            assignments.note(Assignment::Added(of(&[1, 3])));
        }
        assert_eq!(assignments.lock().len(), 3);
        let expected = [Assignment::Removed(of(&[1, 2])), Assignment::Added(of(&[1, 3]))];
        assert_eq!(taken(&assignments), expected);
        assignments.note(Assignment::Added(of(&[1])));
        assignments.note(Assignment::Removed(of(&[1])));
        assert_eq!(taken(&assignments), [Assignment::Removed(of(&[1]))]);
    }
}
