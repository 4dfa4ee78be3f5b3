//! Time is a grid: a monitor's slots are `offset + k · interval` on the Unix epoch.
//!
//! The offset is a hash of the monitor's id. So any pod computes the same slots without state, load spreads evenly over
//! an interval, and restarts and hand-overs change nothing. Where several regions check a monitor, their slots are spread
//! evenly over its interval, so that somebody looks at it as often as possible.

use crate::ids::MonitorId;
use crate::time::Timestamp;

/// The slots of one monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    interval_ms: i64,
    offset_ms: i64,
}

impl Grid {
    /// The grid of `monitor` with one slot every `interval_ms` milliseconds (at least 1).
    pub fn new(monitor: MonitorId, interval_ms: u32) -> Self {
        Self::of_region(monitor, interval_ms, 0, 1)
    }

    /// The grid of the region at `index` among the `regions` (at least 1) that check `monitor`, in the order of their
    /// names: `interval · index / regions` later than the first one's.
    pub fn of_region(monitor: MonitorId, interval_ms: u32, index: usize, regions: usize) -> Self {
        let interval = u64::from(interval_ms.max(1));
        let later = index as u64 * interval / regions.max(1) as u64;
        let offset = (splitmix64(monitor.0 as u64) % interval + later) % interval;
        Self {
            interval_ms: interval as i64,
            offset_ms: offset as i64,
        }
    }

    /// The latest slot at or before `now`.
    pub fn at_or_before(&self, now: Timestamp) -> Timestamp {
        let since_offset = now.as_millis() - self.offset_ms;
        Timestamp::from_millis(since_offset.div_euclid(self.interval_ms) * self.interval_ms + self.offset_ms)
    }

    /// The first slot after `now`.
    pub fn after(&self, now: Timestamp) -> Timestamp {
        self.at_or_before(now).plus_millis(self.interval_ms)
    }

    /// Milliseconds between two slots.
    pub fn interval_ms(&self) -> i64 {
        self.interval_ms
    }

    /// How many slots lie in `(after, until]`.
    pub fn count_between(&self, after: Timestamp, until: Timestamp) -> u64 {
        let first = self.after(after);
        if first > until {
            return 0;
        }
        (until.millis_since(first) / self.interval_ms + 1) as u64
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators",
/// OOPSLA 2014) over `x + golden gamma`: a bijection that spreads consecutive ids.
fn splitmix64(x: u64) -> u64 {
    let mut z = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hash_is_frozen() {
        // The first three outputs of the reference generator seeded with 0, and one offset.
        assert_eq!(splitmix64(0), 0xe220_a839_7b1d_cdaf);
        assert_eq!(splitmix64(0x9e37_79b9_7f4a_7c15), 0x6e78_9e6a_a1b9_65f4);
        assert_eq!(
            splitmix64(0x9e37_79b9_7f4a_7c15u64.wrapping_mul(2)),
            0x06c4_5d18_8009_454f
        );
        assert_eq!(Grid::new(MonitorId(42), 60_000).offset_ms, 35_413);
    }

    proptest! {
        #[test]
        fn slots_tile_the_time(id in 1i64.., interval in 1u32..86_400_000, now in -1_000_000i64..4_000_000_000_000) {
            let grid = Grid::new(MonitorId(id), interval);
            let now = Timestamp::from_millis(now);
            let slot = grid.at_or_before(now);
            prop_assert!(slot <= now);
            prop_assert!(now.millis_since(slot) < grid.interval_ms());
            prop_assert_eq!(grid.at_or_before(slot), slot);
            prop_assert_eq!(grid.after(slot), slot.plus_millis(grid.interval_ms()));
            prop_assert_eq!(grid.count_between(slot, slot.plus_millis(grid.interval_ms() * 3)), 3);
            prop_assert_eq!(grid.count_between(slot, slot), 0);
        }
    }

    proptest! {
        #[test]
        fn regions_look_in_turn(id in 1i64.., interval in 10_000u32..86_400_000, regions in 1usize..=16) {
            let start = Grid::new(MonitorId(id), interval).at_or_before(Timestamp::from_millis(1_795_255_200_000));
            let interval_ms = i64::from(interval);
            for index in 0..regions {
                // The first slots of all regions, from one slot of the first region to its next.
                let grid = Grid::of_region(MonitorId(id), interval, index, regions);
                let slot = grid.after(start.plus_millis(-1));
                prop_assert_eq!(grid.interval_ms(), interval_ms);
                prop_assert_eq!(slot.millis_since(start), index as i64 * interval_ms / regions as i64);
            }
            prop_assert_eq!(Grid::of_region(MonitorId(id), interval, 0, regions), Grid::new(MonitorId(id), interval));
        }
    }

    proptest! {
        #[test]
        fn no_two_slots_in_a_row_are_far_apart(
            id in 1i64..,
            interval in 1_000u32..86_400_000,
            regions in 1usize..=16,
            from in 0i64..4_000_000_000_000,
        ) {
            let from = Timestamp::from_millis(from);
            let until = from.plus_millis(i64::from(interval) * 2);
            let mut slots = Vec::new();
            for index in 0..regions {
                let grid = Grid::of_region(MonitorId(id), interval, index, regions);
                let mut slot = grid.after(from);
                while slot <= until {
                    slots.push(slot);
                    slot = grid.after(slot);
                }
            }
            slots.sort();
            prop_assert_eq!(slots.len(), 2 * regions, "each region looks once in an interval");
            let step = i64::from(interval.div_ceil(regions as u32));
            prop_assert!(slots[0].millis_since(from) <= step);
            for pair in slots.windows(2) {
                let apart = pair[1].millis_since(pair[0]);
                prop_assert!((step - 1..=step).contains(&apart), "{apart} ms of {step}");
            }
        }
    }

    #[test]
    fn the_grids_of_regions_are_frozen() {
        let offsets = [0, 1, 2].map(|index| Grid::of_region(MonitorId(42), 60_000, index, 3).offset_ms);
        assert_eq!(offsets, [35_413, 55_413, 15_413]);
    }

    #[test]
    fn consecutive_ids_spread_over_the_interval() {
        let mut per_second = [0u32; 60];
        for id in 1..=6_000 {
            per_second[(Grid::new(MonitorId(id), 60_000).offset_ms / 1_000) as usize] += 1;
        }
        assert!(
            per_second.iter().all(|&n| (60..=140).contains(&n)),
            "{per_second:?}"
        );
    }
}
