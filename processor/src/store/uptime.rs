//! The uptime of a few monitors, for their metrics. What uptime is, is told in docs/UPTIME.md.

use std::collections::HashMap;
use std::ops::Range;

use chrono::{DateTime, Utc};
use deadpool_postgres::Client;
use domain::coverage::{SpanParts, covered_span, overlap_ms};
use domain::heartbeat::{SpanState, StateSpan, time_within};
use domain::record::PointState;
use domain::{MonitorId, Timestamp};
use tokio_postgres::Row;

use super::fields::{Fields as _, each};
use super::rows::state_of;
use super::{Store, StoreError, joint, quorums};
use crate::rollup::{self, Hours};

const DAY_MS: i64 = 86_400_000;

/// The hours, and the results of the spans that are looked at one by one. The few results before a span may
/// reach into it: those of a monitor follow each other. One statement, so that both are of the same instant.
const PARTS: &str = "
    SELECT key.monitor_id, NULL::int, hour.up_ms + hour.degraded_ms, hour.down_ms, NULL::bigint, NULL::timestamptz
    FROM unnest($1::bigint[]) AS key (monitor_id)
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(up_ms), 0)::bigint AS up_ms, coalesce(sum(degraded_ms), 0)::bigint AS degraded_ms,
            coalesce(sum(down_ms), 0)::bigint AS down_ms
        FROM rollups_hourly WHERE monitor_id = key.monitor_id AND hour >= $2 AND hour < $3
    ) hour
    UNION ALL
    SELECT key.monitor_id, span.n::int, row.interval_ms, row.delay_ms, row.state, row.scheduled_at
    FROM unnest($1::bigint[]) AS key (monitor_id)
    CROSS JOIN unnest($4::timestamptz[], $5::timestamptz[]) WITH ORDINALITY AS span (start, until, n)
    CROSS JOIN LATERAL (
        (SELECT scheduled_at, interval_ms, delay_ms, state, by_quorum FROM check_results
         WHERE monitor_id = key.monitor_id AND scheduled_at >= span.start AND scheduled_at < span.until)
        UNION ALL
        (SELECT scheduled_at, interval_ms, delay_ms, state, by_quorum FROM check_results
         WHERE monitor_id = key.monitor_id AND (scheduled_at, region) < (span.start, '')
             AND scheduled_at > span.start - interval '1 day'
         ORDER BY scheduled_at DESC, region DESC LIMIT 4)
    ) row WHERE NOT row.by_quorum";

/// What heartbeats were taken for when the day began, and since.
const SPANS: &str = "
    SELECT key.monitor_id, span.began, span.state
    FROM unnest($1::bigint[]) AS key (monitor_id)
    CROSS JOIN LATERAL (
        (SELECT began, state FROM heartbeat_spans WHERE monitor_id = key.monitor_id AND began <= $2
         ORDER BY began DESC LIMIT 1)
        UNION ALL
        (SELECT began, state FROM heartbeat_spans
         WHERE monitor_id = key.monitor_id AND began > $2 AND began < $3)
    ) span ORDER BY key.monitor_id, span.began";

/// Milliseconds in which a monitor answered, and in which it did not.
#[derive(Clone, Copy, Debug, Default)]
struct Time {
    up_ms: i64,
    down_ms: i64,
}

/// Adds what several regions say together of the spans that are looked at one by one, each with its sign.
async fn add_joint(
    client: &Client,
    ids: &[i64],
    spans: &[(&Range<Timestamp>, i64)],
    times: &mut HashMap<i64, Time>,
) -> Result<(), StoreError> {
    let quorums = quorums::of(client, ids).await?;
    for (span, sign) in spans {
        let windows = joint::windows_of(&quorums, span);
        let found = joint::within(client, &windows).await?;
        for (window, rows) in windows.iter().zip(&found) {
            let Some(known) = quorums.get(&(window.monitor, window.revision)) else {
                continue;
            };
            let mut hours = Hours::new();
            rollup::add_joint(window.monitor.0, &known.quorum, rows, span, *sign, &mut hours);
            let time = times.entry(window.monitor.0).or_default();
            for rollup in hours.values() {
                time.up_ms += rollup.up_ms + rollup.degraded_ms;
                time.down_ms += rollup.down_ms;
            }
        }
    }
    Ok(())
}

impl Store {
    /// The percentage of the time that was measured within the last 24 hours in which each of `monitors`
    /// answered. A monitor that was not measured is left out.
    pub(crate) async fn uptime_of_a_day(
        &self,
        monitors: &[MonitorId],
    ) -> Result<Vec<(MonitorId, f64)>, StoreError> {
        self.uptime_until(monitors, shared::now()).await
    }

    async fn uptime_until(
        &self,
        monitors: &[MonitorId],
        now: Timestamp,
    ) -> Result<Vec<(MonitorId, f64)>, StoreError> {
        let ids: Vec<i64> = monitors.iter().map(|monitor| monitor.0).collect();
        let mut parts = SpanParts::default();
        parts.add(now.plus_millis(-DAY_MS)..now, now);
        // The hours of one span follow each other.
        let (first, last) = match (parts.hours.first(), parts.hours.last()) {
            (Some(first), Some(last)) => (first.start, last.end),
            _ => (now, now),
        };
        let (first, last): (DateTime<Utc>, DateTime<Utc>) = (first.into(), last.into());
        let spans: Vec<_> = parts
            .added
            .iter()
            .map(|span| (span, 1))
            .chain(parts.removed.iter().map(|span| (span, -1)))
            .collect();
        let starts: Vec<DateTime<Utc>> = spans.iter().map(|(span, _)| span.start.into()).collect();
        let ends: Vec<DateTime<Utc>> = spans.iter().map(|(span, _)| span.end.into()).collect();
        let client = self.pool.get().await?;
        let select = client.prepare_cached(PARTS).await?;
        let rows = client
            .query(&select, &[&ids, &first, &last, &starts, &ends])
            .await?;
        let mut times: HashMap<i64, Time> = HashMap::new();
        let read = |row: &Row| {
            let (monitor, mut time) = (row.field::<i64>(0)?, Time::default());
            let Some(n) = row.field::<Option<i32>>(1)? else {
                (time.up_ms, time.down_ms) = (row.field(2)?, row.field(3)?);
                return Ok((monitor, time));
            };
            let Some((span, sign)) = usize::try_from(n - 1).ok().and_then(|n| spans.get(n)) else {
                return Ok((monitor, time));
            };
            let covered = covered_span(row.instant(5)?, row.field(2)?, row.field(3)?);
            let ms = sign * overlap_ms(span, &covered);
            match state_of(row.field::<i64>(4)? as i16) {
                PointState::Down => time.down_ms = ms,
                _ => time.up_ms = ms,
            }
            Ok((monitor, time))
        };
        for (monitor, part) in each(&rows, "uptime", read) {
            let time = times.entry(monitor).or_default();
            time.up_ms += part.up_ms;
            time.down_ms += part.down_ms;
        }
        add_joint(&client, &ids, &spans, &mut times).await?;
        let spans = client.prepare_cached(SPANS).await?;
        let day: DateTime<Utc> = now.plus_millis(-DAY_MS).into();
        let spans = client
            .query(&spans, &[&ids, &day, &DateTime::<Utc>::from(now)])
            .await?;
        let read = |row: &Row| {
            let (began, state) = (row.instant(1)?, SpanState::named(row.field(2)?));
            Ok((row.field::<i64>(0)?, StateSpan { began, state }))
        };
        let mut heartbeats: HashMap<i64, Vec<StateSpan>> = HashMap::new();
        for (monitor, span) in each(&spans, "heartbeat", read) {
            heartbeats.entry(monitor).or_default().push(span);
        }
        for (monitor, spans) in heartbeats {
            let (up_ms, down_ms) = time_within(&spans, &(now.plus_millis(-DAY_MS)..now));
            let time = times.entry(monitor).or_default();
            time.up_ms += up_ms;
            time.down_ms += down_ms;
        }
        let share = |monitor: &MonitorId| {
            let time = times.get(&monitor.0)?;
            let total = time.up_ms + time.down_ms;
            (total > 0).then(|| (*monitor, 100.0 * time.up_ms as f64 / total as f64))
        };
        Ok(monitors.iter().filter_map(share).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_percentage_is_over_exactly_a_day_and_over_time() {
        let url = testkit::database().await;
        let client = testkit::connect(&url).await;
        // Monitor 1 is checked every ten minutes, also before the day; of the last hour, and of what was
        // before the day, everything was down. Monitor 2 was never checked.
        let fill = "CREATE TABLE check_results_all PARTITION OF check_results DEFAULT;
             INSERT INTO check_results
             SELECT 1, at, 1, 600000, 3, 80,
                 CASE WHEN at < $1::timestamptz - interval '24 hours' OR at >= $1 - interval '1 hour' THEN 2 ELSE 0 END,
                 200, 1, 'default'
             FROM generate_series($1 - interval '26 hours', $1, interval '10 minutes') AS at;
             INSERT INTO rollups_hourly (monitor_id, hour, up_ms, down_ms)
             SELECT 1, hour, coalesce(sum(ms) FILTER (WHERE state = 0), 0), coalesce(sum(ms) FILTER (WHERE state = 2), 0)
             FROM generate_series(date_trunc('hour', $1::timestamptz - interval '30 hours'), $1 + interval '1 hour',
                                  interval '1 hour') AS hour
             CROSS JOIN LATERAL (
                 SELECT state, (1000 * extract(epoch FROM least(hour + interval '1 hour', scheduled_at + interval '10 minutes')
                     - greatest(hour, scheduled_at)))::bigint AS ms
                 FROM check_results
                 WHERE scheduled_at < hour + interval '1 hour' AND scheduled_at + interval '10 minutes' > hour
             ) r GROUP BY hour";
        // At different distances from the full hour.
        for minutes in [0, 5, 25, 50] {
            let now = domain::coverage::hour_floor(shared::now()).plus_millis(minutes * 60_000 + 7);
            let literal = format!("'{now}'::timestamptz");
            client
                .batch_execute(&fill.replace("$1::timestamptz", &literal).replace("$1", &literal))
                .await
                .unwrap();
            let settings = shared::postgres::PostgresSettings::from_url(&url);
            let store = Store::new(shared::postgres::pool(&settings).unwrap());
            let shares = store
                .uptime_until(&[MonitorId(1), MonitorId(2)], now)
                .await
                .unwrap();
            assert_eq!(shares.len(), 1);
            assert!(
                (shares[0].1 - 100.0 * 23.0 / 24.0).abs() < 1e-9,
                "{minutes}: {shares:?}"
            );
            client
                .batch_execute("DROP TABLE check_results_all; DELETE FROM rollups_hourly")
                .await
                .unwrap();
        }
    }
}
