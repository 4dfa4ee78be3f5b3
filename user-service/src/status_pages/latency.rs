//! How long components take to answer, of the hours that are counted anyway: 24 rows of a monitor.

use std::collections::HashMap;

use deadpool_postgres::GenericClient;
use domain::coverage::hour_floor;
use domain::{MonitorId, Timestamp};
use pages::document::Latency;

use crate::rules::series_bucket::Bucket;
use crate::store::error::StoreError;
use crate::store::series::hours_of;

const HOUR_MS: i64 = 3_600_000;

/// Hours that are shown, the last one under way.
const HOURS: usize = 24;

/// The latencies of the monitors of which there are any.
pub(super) async fn read(
    client: &impl GenericClient,
    monitors: &[MonitorId],
    now: Timestamp,
) -> Result<HashMap<MonitorId, Latency>, StoreError> {
    if monitors.is_empty() {
        return Ok(HashMap::new());
    }
    let start = hour_floor(now).plus_millis(-(HOURS as i64 - 1) * HOUR_MS);
    let hours = hours_of(client, monitors, start, now).await?;
    Ok(hours
        .into_iter()
        .map(|(monitor, hours)| (monitor, latency(&hours, start)))
        .collect())
}

/// The latency of a component without a measurement.
pub(super) fn nothing() -> Latency {
    latency(&[], Timestamp::default())
}

fn latency(hours: &[(Timestamp, Bucket)], start: Timestamp) -> Latency {
    let (mut medians, mut sum) = (vec![None; HOURS], Bucket::default());
    for (at, hour) in hours {
        sum.merge(hour);
        let place = usize::try_from(at.millis_since(start) / HOUR_MS);
        if let Some(median) = place.ok().and_then(|place| medians.get_mut(place)) {
            *median = whole(hour.quantile(0.5));
        }
    }
    Latency {
        p50_ms: whole(sum.quantile(0.5)),
        p95_ms: whole(sum.quantile(0.95)),
        hours: medians,
    }
}

fn whole(ms: Option<f64>) -> Option<u32> {
    ms.map(|ms| ms.round() as u32)
}

#[cfg(test)]
mod tests {
    use domain::histogram::Histogram;

    use super::*;

    fn hour(latencies: &[u32]) -> Bucket {
        let mut histogram = Histogram::default();
        latencies.iter().for_each(|ms| histogram.record(*ms));
        Bucket {
            latency: histogram,
            min_ms: latencies.iter().min().map(|ms| ms.cast_signed()),
            max_ms: latencies.iter().max().map(|ms| ms.cast_signed()),
            ..Bucket::default()
        }
    }

    #[test]
    fn each_hour_has_its_median_and_all_of_them_have_one() {
        let start = Timestamp::from_millis(1_795_003_200_000);
        let hours = [
            (start, hour(&[100, 100, 100])),
            (start.plus_millis(23 * HOUR_MS), hour(&[300; 7])),
        ];
        let latency = latency(&hours, start);
        assert_eq!(
            (latency.hours[0], latency.hours[1], latency.hours[23]),
            (Some(100), None, Some(300))
        );
        assert_eq!(latency.hours.len(), 24);
        // What is counted is counted by buckets, but never beyond what was measured.
        let near = |ms: Option<u32>| ms.is_some_and(|ms| (285..=300).contains(&ms));
        assert!(near(latency.p50_ms) && near(latency.p95_ms), "{latency:?}");
        assert_eq!((nothing().p50_ms, nothing().hours.len()), (None, 24));
    }
}
