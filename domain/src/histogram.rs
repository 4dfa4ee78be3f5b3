//! A mergeable histogram of latencies: the buckets of DDSketch (Masson, Rim, Lee: "DDSketch: a fast and
//! fully-mergeable quantile sketch with relative-error guarantees", VLDB 2019), stored sparsely.
//!
//! Bucket `i` covers `(γ^(i-1), γ^i]` milliseconds with γ = 1.1, and bucket [`ZERO`] what took less than one.
//! A quantile is told as `2γ^i / (γ + 1)`, which is at most (γ - 1) / (γ + 1) = 4.8 % from the value.

use std::collections::BTreeMap;

/// The ratio between the bounds of a bucket.
pub const GAMMA: f64 = 1.1;

/// The bucket of 0 ms.
pub const ZERO: i16 = -1;

/// How many latencies fell into each bucket. Adding one histogram to another is exact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram(BTreeMap<i16, u32>);

/// The bucket that a latency falls into.
pub fn bucket_of(latency_ms: u32) -> i16 {
    if latency_ms == 0 {
        return ZERO;
    }
    let latency = f64::from(latency_ms);
    let near = (latency.ln() / GAMMA.ln()).ceil() as i16;
    // The logarithm may err by the last bit at a bound; the power decides, so that every machine agrees.
    (near - 1..=near + 1)
        .find(|&bucket| latency <= GAMMA.powi(i32::from(bucket)))
        .unwrap_or(near)
        .max(0)
}

/// The latency that a bucket stands for, in milliseconds.
pub fn latency_of(bucket: i16) -> f64 {
    if bucket <= ZERO {
        return 0.0;
    }
    2.0 * GAMMA.powi(i32::from(bucket)) / (GAMMA + 1.0)
}

impl Histogram {
    /// From the stored form: buckets, and the count of each.
    pub fn from_parts(buckets: &[i16], counts: &[i32]) -> Self {
        let mut histogram = Self::default();
        for (&bucket, &count) in buckets.iter().zip(counts) {
            histogram.add(bucket, i64::from(count));
        }
        histogram
    }

    /// The stored form: buckets in ascending order, and the count of each.
    pub fn to_parts(&self) -> (Vec<i16>, Vec<i32>) {
        self.0
            .iter()
            .map(|(&bucket, &count)| (bucket, i32::try_from(count).unwrap_or(i32::MAX)))
            .unzip()
    }

    /// Counts one latency.
    pub fn record(&mut self, latency_ms: u32) {
        self.add(bucket_of(latency_ms), 1);
    }

    /// Takes one latency back.
    pub fn forget(&mut self, latency_ms: u32) {
        self.add(bucket_of(latency_ms), -1);
    }

    /// Adds another histogram.
    pub fn merge(&mut self, other: &Self) {
        for (&bucket, &count) in &other.0 {
            self.add(bucket, i64::from(count));
        }
    }

    /// How many latencies were counted.
    pub fn count(&self) -> u64 {
        self.0.values().map(|&count| u64::from(count)).sum()
    }

    /// The latency below which the part `q` (0 to 1) of all lies, in milliseconds.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let total = self.count();
        let rank = (q.clamp(0.0, 1.0) * total.saturating_sub(1) as f64).round() as u64;
        let mut seen = 0;
        self.0.iter().find_map(|(&bucket, &count)| {
            seen += u64::from(count);
            (seen > rank).then(|| latency_of(bucket))
        })
    }

    fn add(&mut self, bucket: i16, count: i64) {
        let entry = self.0.entry(bucket).or_default();
        *entry = u32::try_from(i64::from(*entry) + count).unwrap_or(0);
        if *entry == 0 {
            self.0.remove(&bucket);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn buckets_are_frozen() {
        let found: Vec<i16> = [0, 1, 2, 10, 87, 1_000, 30_000, u32::MAX]
            .into_iter()
            .map(bucket_of)
            .collect();
        assert_eq!(found, [-1, 0, 8, 25, 47, 73, 109, 233]);
    }

    proptest! {
        #[test]
        fn a_quantile_errs_by_at_most_five_percent(
            mut values in proptest::collection::vec(0u32..120_000, 1..300),
            q in 0.0f64..=1.0,
        ) {
            let mut histogram = Histogram::default();
            values.iter().for_each(|&value| histogram.record(value));
            values.sort_unstable();
            let rank = (q * (values.len() - 1) as f64).round() as usize;
            let exact = f64::from(values[rank]);
            let told = histogram.quantile(q).unwrap();
            prop_assert!((told - exact).abs() <= 0.05 * exact, "{told} for {exact}");
        }

        #[test]
        fn merging_is_the_same_as_recording_everything(
            a in proptest::collection::vec(any::<u32>(), 0..100),
            b in proptest::collection::vec(any::<u32>(), 0..100),
        ) {
            let of = |values: &[u32]| {
                let mut histogram = Histogram::default();
                values.iter().for_each(|&value| histogram.record(value));
                histogram
            };
            let mut merged = of(&a);
            merged.merge(&of(&b));
            let all = [a, b.clone()].concat();
            prop_assert_eq!(&merged, &of(&all));
            let (buckets, counts) = merged.to_parts();
            prop_assert_eq!(&Histogram::from_parts(&buckets, &counts), &merged);
            b.iter().for_each(|&value| merged.forget(value));
            prop_assert_eq!(merged.count(), (all.len() - b.len()) as u64);
        }
    }
}
