//! The hours that are known of a monitor, and what they say is usual.

use std::collections::BTreeMap;

use super::sensitivity::Sensitivity;
use crate::time::Timestamp;

/// The length of an hour in milliseconds.
pub const HOUR_MS: i64 = 3_600_000;

/// So many weeks are looked back.
pub const WEEKS: i64 = 8;

/// How far is looked back, in milliseconds.
pub const HISTORY_MS: i64 = WEEKS * HOURS_PER_WEEK * HOUR_MS;

/// So many hours say what is usual, at least.
pub const MIN_HOURS: usize = 3;

/// The median of the distances of normally distributed values from their median, times this, is their standard deviation.
const DEVIATIONS_PER_MAD: f64 = 1.482_6;

/// What is less than this times the median is usual, however close to each other the hours are: a percentile of a
/// histogram is exact to 5 %.
const LEAST_RATIO: f64 = 1.2;

const HOURS_PER_DAY: i64 = 24;
const HOURS_PER_WEEK: i64 = 7 * HOURS_PER_DAY;

/// So many checks say how fast an hour was, at least, where that many were made in it.
const MIN_CHECKS: u64 = 3;

/// An hour of a monitor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KnownHour {
    /// When it begins.
    pub at: Timestamp,
    /// The 95th percentile of its response times.
    pub p95_ms: f64,
}

/// The hours of a monitor that say what is usual: none with an incident, a maintenance or too few checks is among them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History(BTreeMap<i64, f64>);

/// What is usual in an hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// What is faster is unusual, too; nobody is concerned about that.
    pub lower_ms: f64,
    /// The median of the hours that it is made of.
    pub median_ms: f64,
    /// What is slower is slower than usual.
    pub upper_ms: f64,
    /// Of how many hours it is made.
    pub hours: usize,
    /// Whether these are the same hour of each day, because too few are known of the hour of the week.
    pub is_by_day: bool,
}

/// The hour that an instant lies in, counted from the Unix epoch.
pub const fn hour_of(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(HOUR_MS)
}

/// How many response times an hour needs to be known in which so many checks were made: how often the monitor is checked now
/// says nothing of it.
pub fn enough_checks(made: u64) -> u64 {
    made.clamp(1, MIN_CHECKS)
}

impl History {
    /// Of these hours; what is not a positive number of milliseconds says nothing.
    pub fn new(hours: impl IntoIterator<Item = KnownHour>) -> Self {
        let known = hours
            .into_iter()
            .filter(|hour| hour.p95_ms.is_finite() && hour.p95_ms >= 0.0);
        Self(known.map(|hour| (hour_of(hour.at), hour.p95_ms)).collect())
    }

    /// What is usual in the hour of `at`, by the hours before that one alone: the same answer, whenever it is asked for.
    /// None while it is still to be learnt.
    pub fn band(&self, at: Timestamp, sensitivity: Sensitivity) -> Option<Band> {
        let hour = hour_of(at);
        let of_week = self.before(hour, HOURS_PER_WEEK);
        if of_week.len() >= MIN_HOURS {
            return Some(Band::of(of_week, false, sensitivity));
        }
        let of_day = self.before(hour, HOURS_PER_DAY);
        (of_day.len() >= MIN_HOURS).then(|| Band::of(of_day, true, sensitivity))
    }

    /// How many of the hours before that of `at` are known, as far as is looked back.
    pub fn known_before(&self, at: Timestamp) -> usize {
        self.looked_back(at).count()
    }

    /// In how many of the weeks before the hour of `at` one is known.
    pub fn weeks_before(&self, at: Timestamp) -> usize {
        let hour = hour_of(at);
        let mut weeks: Vec<i64> = self
            .looked_back(at)
            .map(|known| (hour - 1 - known) / HOURS_PER_WEEK)
            .collect();
        // They are in their order.
        weeks.dedup();
        weeks.len()
    }

    /// When the first hour begins that is known before that of `at`, as far as is looked back.
    pub fn known_since(&self, at: Timestamp) -> Option<Timestamp> {
        let first = self.looked_back(at).next()?;
        Some(Timestamp::from_millis(first * HOUR_MS))
    }

    fn looked_back(&self, at: Timestamp) -> impl Iterator<Item = i64> {
        let hour = hour_of(at);
        self.0
            .range(hour - WEEKS * HOURS_PER_WEEK..hour)
            .map(|(known, _)| *known)
    }

    /// The hours that lie a multiple of so many before one.
    fn before(&self, hour: i64, every: i64) -> Vec<f64> {
        let count = WEEKS * HOURS_PER_WEEK / every;
        (1..=count)
            .filter_map(|back| self.0.get(&(hour - back * every)).copied())
            .collect()
    }
}

impl Band {
    fn of(mut hours: Vec<f64>, is_by_day: bool, sensitivity: Sensitivity) -> Self {
        let count = hours.len();
        let median_ms = median(&mut hours);
        let mut distances: Vec<f64> = hours.iter().map(|hour| (hour - median_ms).abs()).collect();
        let apart = sensitivity.deviations() * DEVIATIONS_PER_MAD * median(&mut distances);
        Self {
            lower_ms: (median_ms - apart).min(median_ms / LEAST_RATIO).max(0.0),
            median_ms,
            upper_ms: (median_ms + apart).max(LEAST_RATIO * median_ms),
            hours: count,
            is_by_day,
        }
    }

    /// The longest response time that is usual, in whole milliseconds: what is more is slower than usual. What takes no
    /// time worth measuring is usual as well.
    pub fn bound_ms(&self) -> u32 {
        // A number that does not fit is cut to what does.
        (self.upper_ms.ceil() as u32).max(1)
    }
}

/// The value in the middle, or the mean of the two; of none it is 0.
fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (values.get(middle), values.len() % 2) {
        (None, _) => 0.0,
        (Some(value), 1) => *value,
        (Some(value), _) => f64::midpoint(values[middle - 1], *value),
    }
}
