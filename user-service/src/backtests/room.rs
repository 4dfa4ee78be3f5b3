//! How many results a backtest may still read.

/// Results of a monitor that are gone through, at most.
const MAX_OF_ONE: usize = 300_000;

/// Results of all monitors of a backtest, at most.
const MAX_OF_ALL: usize = 1_000_000;

/// Room for results, those that lead to the time and those of which nothing came included: reading takes as long then.
#[derive(Debug)]
pub(super) struct Room {
    left: usize,
}

impl Room {
    pub(super) fn new() -> Self {
        Self { left: MAX_OF_ALL }
    }

    /// How many results the next monitor may have.
    pub(super) fn of_one(&self) -> usize {
        self.left.min(MAX_OF_ONE)
    }

    /// Takes up room for so many results.
    pub(super) fn take(&mut self, results: usize) {
        self.left = self.left.saturating_sub(results);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_monitor_has_room_for_some_of_what_is_left() {
        let mut room = Room::new();
        let mut read = Vec::new();
        // Each has more results than there is room for.
        while room.of_one() > 0 {
            read.push(room.of_one());
            room.take(room.of_one());
        }
        assert_eq!(read, [300_000, 300_000, 300_000, 100_000]);
        room.take(1);
        assert_eq!(room.of_one(), 0);
    }
}
