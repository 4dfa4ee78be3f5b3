//! Which heartbeats are looked at next: those first whose deadline has passed.

use std::collections::VecDeque;

/// Heartbeats that are looked at together, at most: those that press, and those that do not. They are few, because what
/// presses meanwhile waits until they are read.
const PRESSING: usize = 400;
const REGULAR: usize = 100;

/// Where a heartbeat is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It does not wait.
    None,
    /// It waits.
    Regular,
    /// It waits, before those that do not press.
    Pressing,
    /// It is being looked at.
    Looking,
}

/// Those that wait, each where its [`Turn`] says. Places that they have left are passed over.
#[derive(Debug, Default)]
pub(super) struct Queue {
    pressing: VecDeque<i64>,
    regular: VecDeque<i64>,
}

impl Queue {
    /// Has a heartbeat wait that is where `turn` says; answers where it is then.
    pub(super) fn add(&mut self, id: i64, turn: Turn, is_pressing: bool) -> Turn {
        match (turn, is_pressing) {
            (Turn::None | Turn::Regular, true) => {
                self.pressing.push_back(id);
                Turn::Pressing
            }
            (Turn::None, false) => {
                self.regular.push_back(id);
                Turn::Regular
            }
            _ => turn,
        }
    }

    /// The next ones; `takes` answers whether one still waits there.
    pub(super) fn next_page(&mut self, mut takes: impl FnMut(i64, Turn) -> bool) -> Vec<i64> {
        let mut page = Vec::new();
        for (queue, turn, most) in [
            (&mut self.pressing, Turn::Pressing, PRESSING),
            (&mut self.regular, Turn::Regular, REGULAR),
        ] {
            let waiting = std::iter::from_fn(|| queue.pop_front());
            page.extend(waiting.filter(|id| takes(*id, turn)).take(most));
        }
        page
    }
}
