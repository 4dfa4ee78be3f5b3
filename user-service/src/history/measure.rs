//! How long a monitor was up, degraded and down within a window.
//!
//! A result stands for the time from its slot to the next slot, but not beyond the next result. Whole hours
//! come from the rollups; what is left at the ends of the window comes from the results themselves, so that
//! a window may begin and end at any instant.

use deadpool_postgres::GenericClient;
use domain::{MonitorId, Timestamp};
use shared::problem::Problem;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// A span of time that ends now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(super) start: Timestamp,
    pub(super) until: Timestamp,
}

impl Window {
    /// The last 24 hours of a monitor.
    pub(crate) fn last_day(now: Timestamp, created_at: Timestamp) -> Self {
        Self::clipped(now.plus_millis(-DAY_MS), now, created_at)
    }

    /// The last `days` days of a monitor, from a full hour on, because results are not kept for so long.
    pub(super) fn last_days(days: i64, now: Timestamp, created_at: Timestamp) -> Self {
        Self::clipped(hour_ceil(now.plus_millis(-days * DAY_MS)), now, created_at)
    }

    fn clipped(start: Timestamp, now: Timestamp, created_at: Timestamp) -> Self {
        Self {
            start: start.max(created_at).min(now),
            until: now,
        }
    }

    pub(super) fn millis(&self) -> i64 {
        self.until.millis_since(self.start)
    }

    /// The whole hours in the window, and what is left of it.
    fn split(&self) -> (Option<Self>, Vec<Self>) {
        let (first, last) = (hour_ceil(self.start), hour_floor(self.until));
        let span = |start, until| Self { start, until };
        if first >= last {
            return (None, vec![*self]);
        }
        let edges = [span(self.start, first), span(last, self.until)];
        let edges = edges.into_iter().filter(|edge| edge.millis() > 0).collect();
        (Some(span(first, last)), edges)
    }
}

fn hour_floor(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.as_millis().div_euclid(HOUR_MS) * HOUR_MS)
}

fn hour_ceil(at: Timestamp) -> Timestamp {
    hour_floor(at.plus_millis(HOUR_MS - 1))
}

/// Milliseconds in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Measured {
    pub(super) up_ms: i64,
    pub(super) degraded_ms: i64,
    pub(super) down_ms: i64,
}

impl Measured {
    pub(super) fn total_ms(&self) -> i64 {
        self.up_ms + self.degraded_ms + self.down_ms
    }

    /// The part of the measured time that the monitor was not down; nothing when none was measured.
    pub(crate) fn ratio(&self) -> Option<f64> {
        let total = self.total_ms();
        (total > 0).then(|| (self.up_ms + self.degraded_ms) as f64 / total as f64)
    }

    pub(super) fn add(&mut self, other: Self) {
        self.up_ms += other.up_ms;
        self.degraded_ms += other.degraded_ms;
        self.down_ms += other.down_ms;
    }
}

/// Measures each monitor in its window, in two queries.
pub(crate) async fn measure(
    client: &impl GenericClient,
    windows: &[(MonitorId, Window)],
) -> Result<Vec<Measured>, Problem> {
    let (mut hours, mut edges) = (Spans::default(), Spans::default());
    for (n, (monitor, window)) in windows.iter().enumerate() {
        let (whole, rest) = window.split();
        whole.into_iter().for_each(|span| hours.push(n, *monitor, span));
        rest.into_iter().for_each(|span| edges.push(n, *monitor, span));
    }
    let mut measured = vec![Measured::default(); windows.len()];
    for (sql, spans) in [(HOURS, hours), (EDGES, edges)] {
        // Kept prepared: with a partition for each day, planning takes longer than reading.
        let statement = client.prepare_cached(sql).await?;
        let rows = client
            .query(
                &statement,
                &[&spans.n, &spans.monitor, &spans.start, &spans.until],
            )
            .await?;
        for row in rows {
            let n: i32 = row.try_get(0)?;
            let part = Measured {
                up_ms: row.try_get(1)?,
                degraded_ms: row.try_get(2)?,
                down_ms: row.try_get(3)?,
            };
            if let Some(sum) = measured.get_mut(n as usize) {
                sum.add(part);
            }
        }
    }
    Ok(measured)
}

/// Spans by column, as PostgreSQL's `unnest` takes them.
#[derive(Default)]
struct Spans {
    n: Vec<i32>,
    monitor: Vec<i64>,
    start: Vec<chrono::DateTime<chrono::Utc>>,
    until: Vec<chrono::DateTime<chrono::Utc>>,
}

impl Spans {
    fn push(&mut self, n: usize, monitor: MonitorId, span: Window) {
        self.n.push(n as i32);
        self.monitor.push(monitor.0);
        self.start.push(span.start.to_datetime());
        self.until.push(span.until.to_datetime());
    }
}

/// Monitor by monitor: as a join the planner may read the hours of everybody.
pub(super) const HOURS: &str = "
    SELECT w.n, r.up_ms, r.degraded_ms, r.down_ms
    FROM unnest($1::int[], $2::bigint[], $3::timestamptz[], $4::timestamptz[]) AS w (n, monitor_id, start, until)
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(up_ms), 0)::bigint AS up_ms, coalesce(sum(degraded_ms), 0)::bigint AS degraded_ms,
               coalesce(sum(down_ms), 0)::bigint AS down_ms
        FROM rollups_hourly WHERE monitor_id = w.monitor_id AND hour >= w.start AND hour < w.until
    ) r";

/// The result before the window may reach into it; no interval is longer than a day.
pub(super) const EDGES: &str = "
    SELECT w.n,
           coalesce(sum(r.ms) FILTER (WHERE r.state = 0), 0)::bigint,
           coalesce(sum(r.ms) FILTER (WHERE r.state = 1), 0)::bigint,
           coalesce(sum(r.ms) FILTER (WHERE r.state = 2), 0)::bigint
    FROM unnest($1::int[], $2::bigint[], $3::timestamptz[], $4::timestamptz[]) AS w (n, monitor_id, start, until)
    CROSS JOIN LATERAL (
        SELECT c.state, greatest(0, round(1000 * extract(epoch FROM
            least(w.until, c.scheduled_at + c.interval_ms * interval '1 millisecond',
                  lead(c.scheduled_at) OVER (ORDER BY c.scheduled_at))
            - greatest(w.start, c.scheduled_at)))) AS ms
        FROM (
            (SELECT scheduled_at, interval_ms, state FROM check_results
             WHERE monitor_id = w.monitor_id AND scheduled_at > w.start AND scheduled_at < w.until)
            UNION ALL
            (SELECT scheduled_at, interval_ms, state FROM check_results
             WHERE monitor_id = w.monitor_id AND scheduled_at <= w.start
               AND scheduled_at > w.start - interval '1 day'
             ORDER BY scheduled_at DESC LIMIT 1)
        ) c
    ) r
    GROUP BY w.n";

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64, millis: i64) -> Timestamp {
        Timestamp::from_millis(hours * HOUR_MS + millis)
    }

    #[test]
    fn a_window_is_whole_hours_and_two_ends() {
        let window = Window::last_day(at(100, 7), at(0, 0));
        let (whole, edges) = window.split();
        let span = |start, until| Window { start, until };
        assert_eq!(whole, Some(span(at(77, 0), at(100, 0))));
        assert_eq!(edges, [span(at(76, 7), at(77, 0)), span(at(100, 0), at(100, 7))]);

        let week = Window::last_days(7, at(500, 7), at(0, 0));
        assert_eq!(week.start, at(333, 0), "it begins at a full hour");
        assert_eq!(week.split().1, [span(at(500, 0), at(500, 7))]);
    }

    #[test]
    fn a_young_monitor_has_a_short_window() {
        let (created, now) = (at(99, 50), at(99, 70));
        for window in [Window::last_day(now, created), Window::last_days(7, now, created)] {
            assert_eq!((window.millis(), window.split()), (20, (None, vec![window])));
        }
        assert_eq!(Window::last_day(created, now).millis(), 0, "clocks may differ");
    }

    #[test]
    fn nothing_measured_has_no_ratio() {
        assert_eq!(Measured::default().ratio(), None);
        let measured = Measured {
            up_ms: 2,
            degraded_ms: 1,
            down_ms: 1,
        };
        assert_eq!(measured.ratio(), Some(0.75));
    }
}
