//! What a bucket adds up to. Pure.

use std::ops::Range;

use api::SeriesBucket;
use domain::Timestamp;
use domain::coverage::covered_span;
use domain::histogram::Histogram;
use domain::record::PointState;

use super::measured::Measured;
use super::series_grid::Grid;

/// The numbers of one bucket, while they are added up.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Bucket {
    pub(crate) up: i64,
    pub(crate) degraded: i64,
    pub(crate) down: i64,
    pub(crate) skipped: i64,
    pub(crate) time: Measured,
    pub(crate) latency: Histogram,
    pub(crate) min_ms: Option<i32>,
    pub(crate) max_ms: Option<i32>,
}

/// A row of `check_results`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) slot: Timestamp,
    pub(crate) interval_ms: i64,
    pub(crate) delay_ms: i64,
    pub(crate) latency_ms: Option<i32>,
    pub(crate) state: PointState,
    /// Whether it stands for its time by itself, and not together with those of other regions.
    pub(crate) is_alone: bool,
}

impl Bucket {
    /// Adds the numbers of a rollup.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.up += other.up;
        self.degraded += other.degraded;
        self.down += other.down;
        self.skipped += other.skipped;
        self.time.add(other.time);
        self.latency.merge(&other.latency);
        self.min_ms = [self.min_ms, other.min_ms].into_iter().flatten().min();
        self.max_ms = self.max_ms.max(other.max_ms);
    }

    fn count(&mut self, sample: &Sample) {
        match sample.state {
            PointState::Up => self.up += 1,
            PointState::Degraded => self.degraded += 1,
            PointState::Down => self.down += 1,
            PointState::Skipped => self.skipped += 1,
        }
        // How long a target takes to fail says nothing of its answers.
        if let Some(latency) = sample.latency_ms.filter(|_| sample.state != PointState::Down) {
            self.latency.record(latency.unsigned_abs());
            self.min_ms = Some(self.min_ms.map_or(latency, |min| min.min(latency)));
            self.max_ms = self.max_ms.max(Some(latency));
        }
    }

    /// The latency that a part `q` of the measurements does not exceed, in milliseconds.
    pub(crate) fn quantile(&self, q: f64) -> Option<f64> {
        // A bucket's middle may lie beyond what was measured.
        let (min, max) = (f64::from(self.min_ms?), f64::from(self.max_ms?));
        self.latency.quantile(q).map(|ms| ms.clamp(min, max))
    }

    fn view(&self, at: Timestamp, length_ms: i64) -> SeriesBucket {
        SeriesBucket {
            at,
            up: self.up,
            degraded: self.degraded,
            down: self.down,
            skipped: self.skipped,
            availability: self.time.ratio(),
            coverage: match length_ms {
                ..=0 => 0.0,
                length => (self.time.total_ms() as f64 / length as f64).min(1.0),
            },
            p50_ms: self.quantile(0.5),
            p95_ms: self.quantile(0.95),
            p99_ms: self.quantile(0.99),
            min_ms: self.min_ms,
            max_ms: self.max_ms,
        }
    }
}

/// Buckets made of single results; some may lie before the range and reach into it.
pub(crate) fn of_samples(grid: &Grid, samples: &[Sample]) -> Vec<Bucket> {
    let mut buckets = vec![Bucket::default(); grid.count];
    for sample in samples {
        if sample.slot < grid.until
            && let Some(bucket) = grid.index_of(sample.slot)
        {
            buckets[bucket].count(sample);
        }
        if sample.is_alone {
            let stands = covered_span(sample.slot, sample.interval_ms, sample.delay_ms);
            stand(&mut buckets, grid, &stands, sample.state);
        }
    }
    buckets
}

/// Adds a span of time in a state to the buckets that it lies in.
pub(crate) fn stand(buckets: &mut [Bucket], grid: &Grid, span: &Range<Timestamp>, state: PointState) {
    let end = span.end.min(grid.until);
    let mut at = span.start.max(grid.start);
    while at < end
        && let Some(bucket) = grid.index_of(at)
    {
        let until = end.min(grid.end(bucket));
        buckets[bucket].time.stand(state, until.millis_since(at));
        at = until;
    }
}

/// The buckets as they are answered. What lies before the monitor was made, or after now, is not missing.
pub(crate) fn views(grid: &Grid, buckets: &[Bucket], created_at: Timestamp) -> Vec<SeriesBucket> {
    let view = |(index, bucket): (usize, &Bucket)| {
        let begins = grid.at(index);
        let length_ms = grid.end(index).millis_since(begins.max(created_at));
        bucket.view(begins, length_ms)
    };
    buckets.iter().enumerate().map(view).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rules::uptime_window::Kept;

    const MINUTE: i64 = 60_000;
    const START: Timestamp = Timestamp::from_millis(1_795_003_200_000);

    fn at(minutes: i64) -> Timestamp {
        START.plus_millis(minutes * MINUTE)
    }

    fn sample(minutes: i64, state: PointState, latency_ms: i32) -> Sample {
        Sample {
            slot: at(minutes),
            interval_ms: MINUTE,
            delay_ms: 12,
            latency_ms: Some(latency_ms),
            state,
            is_alone: true,
        }
    }

    fn grid(minutes: i64, points: usize) -> Grid {
        Grid::new(START, at(minutes), points, Kept::ALL)
    }

    #[test]
    fn results_fall_into_their_buckets_and_their_time_flows_on() {
        // Five minutes each.
        let grid = grid(20, 4);
        let samples = [
            sample(-1, PointState::Down, 9),
            Sample {
                interval_ms: 3 * MINUTE,
                ..sample(3, PointState::Up, 100)
            },
            sample(7, PointState::Degraded, 300),
            sample(8, PointState::Down, 5_000),
            Sample {
                delay_ms: 30_000,
                ..sample(10, PointState::Up, 200)
            },
        ];
        let buckets = of_samples(&grid, &samples);
        let views = views(&grid, &buckets, at(-100));
        let time = |bucket: usize| {
            let Measured {
                up_ms,
                degraded_ms,
                down_ms,
            } = buckets[bucket].time;
            (up_ms, degraded_ms, down_ms)
        };
        assert_eq!(time(0), (2 * MINUTE, 0, 0));
        assert_eq!(time(1), (MINUTE, MINUTE, MINUTE));
        assert_eq!(time(2), (30_000, 0, 0), "it stands from its late start");
        assert_eq!(time(3), (0, 0, 0));
        assert_eq!((views[1].up, views[1].degraded, views[1].down), (0, 1, 1));
        assert_eq!(views[1].availability, Some(2.0 / 3.0));
        assert_eq!((views[1].min_ms, views[1].max_ms), (Some(300), Some(300)));
        assert_eq!(views[1].p99_ms, Some(300.0), "a failure's latency is not one");
        assert_eq!(
            (views[3].availability, views[3].coverage, views[3].p50_ms),
            (None, 0.0, None)
        );
        assert_eq!(views[0].coverage, 0.4);
    }

    #[test]
    fn what_does_not_stand_alone_is_counted_and_its_time_is_said_elsewhere() {
        let grid = grid(10, 2);
        let samples = [0, 4].map(|minutes| Sample {
            is_alone: false,
            ..sample(minutes, PointState::Down, 9)
        });
        let mut buckets = of_samples(&grid, &samples);
        assert_eq!((buckets[0].down, buckets[0].time), (2, Measured::default()));
        stand(&mut buckets, &grid, &(at(-3)..at(2)), PointState::Up);
        stand(&mut buckets, &grid, &(at(4)..at(30)), PointState::Degraded);
        let times = buckets
            .iter()
            .map(|bucket| (bucket.time.up_ms, bucket.time.degraded_ms));
        let expected = [(2 * MINUTE, MINUTE), (0, 5 * MINUTE)];
        assert!(times.eq(expected), "within the range alone");
    }

    #[test]
    fn time_before_the_monitor_is_not_missing() {
        let grid = grid(10, 2);
        let samples = [sample(4, PointState::Up, 1)];
        let views = views(&grid, &of_samples(&grid, &samples), at(4));
        assert_eq!((views[0].coverage, views[1].coverage), (1.0, 0.0));
    }

    proptest! {
        #[test]
        fn no_time_is_lost_or_counted_twice(
            states in proptest::collection::vec(0u8..4, 1..200),
            points in 2usize..60,
        ) {
            let minutes = states.len() as i64;
            let grid = grid(minutes, points);
            let samples: Vec<_> = states.iter().enumerate().filter_map(|(n, state)| {
                let state = match state {
                    0 => PointState::Up,
                    1 => PointState::Degraded,
                    2 => PointState::Down,
                    _ => return None,
                };
                Some(sample(n as i64, state, 7))
            }).collect();
            let mut sum = Bucket::default();
            of_samples(&grid, &samples).iter().for_each(|bucket| sum.merge(bucket));
            let of = |wanted| samples.iter().filter(|sample| sample.state == wanted).count() as i64;
            prop_assert_eq!(sum.time.up_ms, of(PointState::Up) * MINUTE);
            prop_assert_eq!(sum.time.degraded_ms, of(PointState::Degraded) * MINUTE);
            prop_assert_eq!(sum.time.down_ms, of(PointState::Down) * MINUTE);
            prop_assert_eq!(sum.up + sum.degraded + sum.down, samples.len() as i64);
        }
    }
}
