//! What was found of a monitor, or of several together.

use api::{SlaFigures, SlaLatency, SlaResult};
use domain::histogram::Histogram;

use super::outages::Mean;
use super::target::Target;
use crate::rules::measured::Measured;

/// What was measured of a span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) measured: Measured,
    pub(crate) length_ms: i64,
    pub(crate) incidents: usize,
}

impl Counted {
    fn add(&mut self, other: &Self) {
        self.measured.add(other.measured);
        self.length_ms += other.length_ms;
        self.incidents += other.incidents;
    }

    fn view(&self, target: Target) -> SlaFigures {
        let measured = &self.measured;
        SlaFigures {
            ratio: measured.ratio(),
            percent: target.shown(measured),
            up_ms: measured.up_ms,
            degraded_ms: measured.degraded_ms,
            down_ms: measured.down_ms,
            length_ms: self.length_ms,
            coverage: measured.coverage(self.length_ms),
            incidents: self.incidents,
        }
    }
}

/// Response times.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Latencies {
    pub(crate) histogram: Histogram,
    pub(crate) min_ms: Option<i32>,
    pub(crate) max_ms: Option<i32>,
}

impl Latencies {
    pub(crate) fn add(&mut self, other: &Self) {
        self.histogram.merge(&other.histogram);
        self.min_ms = [self.min_ms, other.min_ms].into_iter().flatten().min();
        self.max_ms = self.max_ms.max(other.max_ms);
    }

    fn view(&self) -> Option<SlaLatency> {
        let quantile = |q| {
            // A bucket's middle may lie beyond what was measured.
            let (min, max) = (f64::from(self.min_ms?), f64::from(self.max_ms?));
            self.histogram.quantile(q).map(|ms| ms.clamp(min, max))
        };
        Some(SlaLatency {
            p50_ms: quantile(0.5)?,
            p95_ms: quantile(0.95)?,
            p99_ms: quantile(0.99)?,
        })
    }
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Found {
    pub(crate) all_time: Counted,
    pub(crate) without_maintenance: Counted,
    pub(crate) to_acknowledge: Mean,
    pub(crate) to_recover: Mean,
    pub(crate) latencies: Latencies,
}

impl Found {
    /// Adds that of another monitor: the sums of their times.
    pub(crate) fn add(&mut self, other: &Self) {
        self.all_time.add(&other.all_time);
        self.without_maintenance.add(&other.without_maintenance);
        self.to_acknowledge.add(other.to_acknowledge);
        self.to_recover.add(other.to_recover);
        self.latencies.add(&other.latencies);
    }

    /// What a report says of it.
    pub(crate) fn view(&self, target: Target, exclude_maintenance: bool) -> SlaResult {
        let decisive = match exclude_maintenance {
            true => &self.without_maintenance,
            false => &self.all_time,
        };
        SlaResult {
            all_time: self.all_time.view(target),
            without_maintenance: self.without_maintenance.view(target),
            met: target.is_met(&decisive.measured),
            budget: target.budget(&decisive.measured),
            mtta: self.to_acknowledge.view(),
            mttr: self.to_recover.view(),
            latency: self.latencies.view(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(up_ms: i64, down_ms: i64, latency: u32) -> Found {
        let mut found = Found::default();
        found.all_time.measured = Measured {
            up_ms,
            degraded_ms: 0,
            down_ms,
        };
        found.all_time.length_ms = up_ms + down_ms;
        found.without_maintenance = found.all_time;
        found.latencies.histogram.record(latency);
        found.latencies.min_ms = Some(latency as i32);
        found.latencies.max_ms = Some(latency as i32);
        found
    }

    #[test]
    fn a_monitor_counts_for_as_long_as_it_was_measured() {
        // An hour with 10 % downtime, and nine without: not the mean of the two.
        let mut total = found(3_240_000, 360_000, 100);
        total.add(&found(9 * 3_600_000, 0, 300));
        let view = total.view(Target::DEFAULT, true);
        assert_eq!(view.all_time.percent.as_deref(), Some("99.000"));
        assert_eq!(view.met, Some(false));
        let latency = view.latency.unwrap();
        // As finely as buckets are: a tenth of the checks, those of 100 ms, are below.
        for ms in [latency.p50_ms, latency.p99_ms] {
            assert!((285.0..=300.0).contains(&ms), "{ms}");
        }
        assert_eq!(Found::default().view(Target::DEFAULT, true).latency, None);
        assert_eq!(Found::default().view(Target::DEFAULT, true).met, None);
    }

    proptest! {
        #[test]
        fn when_each_met_the_target_all_did(
            monitors in proptest::collection::vec((0i64..2_678_400_000, 0i64..3_000_000), 1..50),
        ) {
            let mut total = Found::default();
            let mut met = Vec::new();
            for (up, down) in &monitors {
                let one = found(*up, *down, 80);
                met.extend(one.view(Target::DEFAULT, false).met);
                total.add(&one);
            }
            let all = total.view(Target::DEFAULT, false);
            let sum: i64 = monitors.iter().map(|(_, down)| down).sum();
            prop_assert_eq!(all.budget.used_ms, sum);
            if !met.is_empty() && met.iter().all(|met| *met) {
                prop_assert_eq!(all.met, Some(true));
            }
            if !met.is_empty() && met.iter().all(|met| !met) {
                prop_assert_eq!(all.met, Some(false));
            }
        }
    }
}
