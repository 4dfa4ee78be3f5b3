//! Rollups counted anew from the rows.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use domain::{MonitorId, Timestamp};
use tokio_postgres::Row;

use super::days::ROLL_UP;
use super::fields::{Fields as _, each};
use super::partitions::{day_in, day_of};
use super::region_rollups::{self, RegionHours};
use super::{Store, StoreError, joint, plan_retention, quorums, rollups, rows, states};
use crate::rollup::{Hours, RegionRows, Sample, add_joint, hour_of, slots_by_hour};

/// Monitors in one transaction.
const MONITORS: usize = 200;

/// The same where several regions check them: each has as many results as all those.
const OF_SEVERAL_REGIONS: usize = 20;

const RESULTS: &str =
    "SELECT monitor_id, scheduled_at, interval_ms, state, latency_ms, delay_ms, by_quorum, region, revision
     FROM check_results
     WHERE monitor_id = ANY($1) AND scheduled_at >= $2 AND scheduled_at < $3";

const SKIPPED: &str =
    "SELECT monitor_id, first_slot, last_slot, interval_ms, by_quorum, region FROM skipped_slots
     WHERE monitor_id = ANY($1) AND last_slot >= $2 AND first_slot < $3";

const DELETE: &str = "DELETE FROM rollups_hourly WHERE monitor_id = ANY($1) AND hour >= $2 AND hour < $3";

const DELETE_BY_REGION: &str =
    "DELETE FROM rollups_hourly_by_region WHERE monitor_id = ANY($1) AND hour >= $2 AND hour < $3";

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
            let quorums = {
                let ids: Vec<i64> = monitors.iter().map(|monitor| monitor.0).collect();
                quorums::of(&self.pool.get().await?, &ids).await?
            };
            let several: BTreeSet<MonitorId> = quorums.keys().map(|(monitor, _)| *monitor).collect();
            let (several, one): (Vec<MonitorId>, Vec<MonitorId>) = monitors
                .into_iter()
                .partition(|monitor| several.contains(monitor));
            for some in one.chunks(MONITORS).chain(several.chunks(OF_SEVERAL_REGIONS)) {
                counted += self.recount(day, some).await?;
            }
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
        let quorums = quorums::of(&tx, &ids).await?;
        let (mut hours, mut by_region) = (Hours::new(), RegionHours::new());
        let mut of_regions: BTreeMap<(i64, i32), RegionRows> = BTreeMap::new();
        let results = tx.query(RESULTS, &[&ids, &before, &to]).await?;
        for (monitor, mut sample, of_region) in each(&results, "result", result) {
            if let Some((region, revision)) = of_region {
                region_rollups::take(&mut by_region, monitor, region, &sample, |hour| {
                    within.contains(&hour)
                });
                let rows = of_regions.entry((monitor, revision)).or_default();
                rows.insert((sample.slot, region.to_owned()), sample);
                sample = rows::counted(sample);
            }
            let own = hour_of(sample.slot);
            if within.contains(&own) {
                hours.entry((monitor, own)).or_default().count(&sample);
            }
            for (hour, ms) in sample.stands().filter(|part| within.contains(&part.0)) {
                hours.entry((monitor, hour)).or_default().stand(sample.state, ms);
            }
        }
        let day_itself = Timestamp::from_millis(within.start)..Timestamp::from_millis(within.end);
        for ((monitor, revision), rows) in &of_regions {
            if let Some(known) = quorums.get(&(MonitorId(*monitor), *revision)) {
                add_joint(*monitor, &known.quorum, rows, &day_itself, 1, &mut hours);
            }
        }
        let skipped = tx.query(SKIPPED, &[&ids, &from, &to]).await?;
        let read = |row: &Row| {
            let by_hour = slots_by_hour(row.instant(1)?, row.instant(2)?, row.millis(3)?);
            let region = row
                .field::<bool>(4)?
                .then(|| row.field::<String>(5))
                .transpose()?;
            Ok((row.field::<i64>(0)?, by_hour, region))
        };
        for (monitor, by_hour, region) in each(&skipped, "skipped range", read) {
            for (hour, slots) in by_hour.into_iter().filter(|part| within.contains(&part.0)) {
                hours.entry((monitor, hour)).or_default().skipped += slots;
                if let Some(region) = &region {
                    region_rollups::skip(&mut by_region, monitor, hour, region, slots);
                }
            }
        }
        tx.execute(DELETE, &[&ids, &from, &to]).await?;
        tx.execute(DELETE_BY_REGION, &[&ids, &from, &to]).await?;
        if !hours.is_empty() {
            rollups::write(&tx, &hours).await?;
        }
        region_rollups::write(&tx, &by_region).await?;
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

/// A result's monitor, and its region and revision where several regions decide by it.
type Counted<'r> = (i64, Sample, Option<(&'r str, i32)>);

fn result(row: &Row) -> Result<Counted<'_>, StoreError> {
    let of_region = match row.field(6)? {
        true => Some((row.field(7)?, row.field(8)?)),
        false => None,
    };
    Ok((row.field(0)?, joint::sample(row)?, of_region))
}
