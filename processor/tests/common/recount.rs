//! The rollups counted anew from the rows, in another way than the processor does it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::histogram::Histogram;
use tokio_postgres::Client;

const HOUR: i64 = 3_600_000;

#[derive(Debug, Default, PartialEq)]
pub struct Hour {
    pub counts: [i64; 4],
    pub times: [i64; 3],
    pub latency: (i64, i64, Option<i32>, Option<i32>),
    pub histogram: Histogram,
}

pub type Hours = BTreeMap<(i64, i64), Hour>;

fn millis(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

pub async fn stored(client: &Client) -> Hours {
    let rows = client.query("SELECT * FROM rollups_hourly", &[]).await.unwrap();
    rows.iter()
        .map(|row| {
            let small = |name: &str| i64::from(row.get::<_, i32>(name));
            let hour = Hour {
                counts: [small("up"), small("degraded"), small("down"), row.get("skipped")],
                times: [row.get("up_ms"), row.get("degraded_ms"), row.get("down_ms")],
                latency: (
                    small("latency_count"),
                    row.get("latency_sum_ms"),
                    row.get("latency_min_ms"),
                    row.get("latency_max_ms"),
                ),
                histogram: Histogram::from_parts(
                    &row.get::<_, Vec<i16>>("latency_buckets"),
                    &row.get::<_, Vec<i32>>("latency_counts"),
                ),
            };
            ((row.get("monitor_id"), millis(row.get("hour"))), hour)
        })
        .collect()
}

pub async fn recounted(client: &Client) -> Hours {
    let mut hours = Hours::new();
    for row in client.query("SELECT * FROM check_results", &[]).await.unwrap() {
        let monitor: i64 = row.get("monitor_id");
        let (slot, state) = (
            millis(row.get("scheduled_at")),
            row.get::<_, i16>("state") as usize,
        );
        let latency: Option<i32> = row.get("latency_ms");
        let own = hours.entry((monitor, slot / HOUR * HOUR)).or_default();
        own.counts[state] += 1;
        if let Some(latency) = latency.filter(|_| state != 2) {
            own.latency.0 += 1;
            own.latency.1 += i64::from(latency);
            own.latency.2 = Some(own.latency.2.map_or(latency, |min| min.min(latency)));
            own.latency.3 = Some(own.latency.3.map_or(latency, |max| max.max(latency)));
            own.histogram.record(latency as u32);
        }
        let interval = i64::from(row.get::<_, i32>("interval_ms"));
        let delay = i64::from(row.get::<_, i32>("delay_ms"));
        let begins = if delay > interval / 10 { slot + delay } else { slot };
        let mut hour = begins / HOUR * HOUR;
        while hour < slot + interval {
            let part = (slot + interval).min(hour + HOUR) - begins.max(hour);
            if part > 0 {
                hours.entry((monitor, hour)).or_default().times[state] += part;
            }
            hour += HOUR;
        }
    }
    for row in client.query("SELECT * FROM skipped_slots", &[]).await.unwrap() {
        let (first, slots): (i64, i64) = (millis(row.get("first_slot")), row.get("slots"));
        let interval = i64::from(row.get::<_, i32>("interval_ms"));
        for slot in 0..slots {
            let hour = (first + slot * interval) / HOUR * HOUR;
            hours.entry((row.get("monitor_id"), hour)).or_default().counts[3] += 1;
        }
    }
    hours
}

pub async fn assert_exact(client: &Client) {
    let (stored, recounted) = (stored(client).await, recounted(client).await);
    assert!(!recounted.is_empty());
    assert_eq!(stored, recounted);
}
