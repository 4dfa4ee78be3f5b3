//! Rollups counted anew from the rows.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use domain::MonitorId;
use tokio_postgres::Row;

use super::days::ROLL_UP;
use super::fields::{Fields as _, each};
use super::partitions::{day_in, day_of};
use super::rollups::{self, Hours};
use super::{Store, StoreError, plan_retention, rows, states};
use crate::rollup::{Sample, hour_of, slots_by_hour};

/// Monitors in one transaction.
const MONITORS: usize = 200;

const RESULTS: &str = "SELECT monitor_id, scheduled_at, interval_ms, state, latency_ms, delay_ms
     FROM check_results
     WHERE monitor_id = ANY($1) AND scheduled_at >= $2 AND scheduled_at < $3";

const SKIPPED: &str = "SELECT monitor_id, first_slot, last_slot, interval_ms FROM skipped_slots
     WHERE monitor_id = ANY($1) AND last_slot >= $2 AND first_slot < $3";

const DELETE: &str = "DELETE FROM rollups_hourly WHERE monitor_id = ANY($1) AND hour >= $2 AND hour < $3";

impl Store {
    /// The first day whose results are all kept, with those of the day before that reach into it. None when
    /// nothing was dropped yet.
    pub(crate) async fn kept_from(&self) -> Result<Option<NaiveDate>, StoreError> {
        let client = self.pool.get().await?;
        let select =
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'check_results'::regclass";
        let rows = client.query(select, &[]).await?;
        let Some(oldest) = each(&rows, "partition", |row| Ok(day_in(row.field(0)?)))
            .flatten()
            .min()
        else {
            return Ok(None);
        };
        let older = client
            .query_one(
                "SELECT EXISTS (SELECT FROM rollups_hourly WHERE hour < $1::date::timestamp AT TIME ZONE 'UTC')",
                &[&oldest],
            )
            .await?;
        Ok(older.field::<bool>(0)?.then(|| oldest + Days::new(1)))
    }

    /// Counts the rollups of one day anew; answers how many hours of monitors there are. Nothing is added
    /// to a monitor's rollups meanwhile.
    pub(crate) async fn recount_day(&self, day: NaiveDate) -> Result<usize, StoreError> {
        let mut after = MonitorId(i64::MIN);
        let mut counted = 0;
        loop {
            let monitors = self.monitors_after(after, MONITORS).await?;
            let Some(&last) = monitors.last() else {
                return Ok(counted);
            };
            counted += self.recount(day, &monitors).await?;
            after = last;
        }
    }

    async fn recount(&self, day: NaiveDate, monitors: &[MonitorId]) -> Result<usize, StoreError> {
        let start = |day: NaiveDate| -> DateTime<Utc> { day.and_time(NaiveTime::MIN).and_utc() };
        let (before, from, to) = (start(day - Days::new(1)), start(day), start(day + Days::new(1)));
        let within = from.timestamp_millis()..to.timestamp_millis();
        let mut client = self.pool.get().await?;
        // What a plan does not keep any more cannot be counted: the rollups stay as they are.
        let ids = plan_retention::whole(&client, monitors, day).await?;
        let tx = client.transaction().await?;
        states::hold(&tx, &ids).await?;
        let mut hours = Hours::new();
        let results = tx.query(RESULTS, &[&ids, &before, &to]).await?;
        for (monitor, sample) in each(&results, "result", |row| Ok((row.field(0)?, sample(row)?))) {
            let own = hour_of(sample.slot);
            if within.contains(&own) {
                hours.entry((monitor, own)).or_default().count(&sample);
            }
            for (hour, ms) in sample.stands().filter(|part| within.contains(&part.0)) {
                hours.entry((monitor, hour)).or_default().stand(sample.state, ms);
            }
        }
        let skipped = tx.query(SKIPPED, &[&ids, &from, &to]).await?;
        let read = |row: &Row| {
            let by_hour = slots_by_hour(row.instant(1)?, row.instant(2)?, row.millis(3)?);
            Ok((row.field::<i64>(0)?, by_hour))
        };
        for (monitor, by_hour) in each(&skipped, "skipped range", read) {
            for (hour, slots) in by_hour.into_iter().filter(|part| within.contains(&part.0)) {
                hours.entry((monitor, hour)).or_default().skipped += slots;
            }
        }
        tx.execute(DELETE, &[&ids, &from, &to]).await?;
        if !hours.is_empty() {
            rollups::write(&tx, &hours).await?;
        }
        if day < day_of(shared::now()) {
            tx.execute(
                "DELETE FROM rollups_daily WHERE monitor_id = ANY($1) AND day = $2",
                &[&ids, &day],
            )
            .await?;
            tx.execute(ROLL_UP, &[&day, &ids]).await?;
        }
        tx.commit().await?;
        Ok(hours.len())
    }
}

fn sample(row: &Row) -> Result<Sample, StoreError> {
    Ok(Sample {
        slot: row.instant(1)?,
        interval_ms: row.millis(2)?,
        delay_ms: row.millis(5)?,
        state: rows::state_of(row.field(3)?),
        latency_ms: row.latency(4)?,
    })
}
